package chat

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
)

// idText is the one spelling of identifiers in text: RFC 4648 base32, lower
// case, no padding. It survives file systems, URLs and people's dictation.
var idText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ErrBadID reports text that is not an identifier.
var ErrBadID = errors.New("not an identifier")

// ID is 128 bits; the common form of all identifiers but ServerID.
type ID [16]byte

// Distinct identifier types keep a room from being passed as an account.
type (
	// RoomID names a room. It is chosen at random by the client that creates it, or
	// derived of its members; see DirectRoom.
	RoomID ID
	// AccountID names a person on one server. The zero value is the server itself
	// as an author.
	AccountID ID
	// DeviceID names one installation of a client; see DeviceIDOf.
	DeviceID ID
	// MID is a message id: chosen at random by the sender, once, before the first
	// send. It must not be derived from a clock or counter, because a cloned or
	// restored profile would then reuse ids.
	MID ID
	// Epoch marks an unbroken life of a server's database.
	Epoch ID
	// InviteID names an invite; see InviteIDOf.
	InviteID ID
)

func random() (id ID) {
	// crypto/rand.Read never fails since Go 1.24.
	_, _ = rand.Read(id[:])
	return id
}

// NewRoomID returns a random room id that is not one of a direct room.
func NewRoomID() RoomID {
	for {
		if id := RoomID(random()); !id.Direct() {
			return id
		}
	}
}

// NewAccountID returns a random account id.
func NewAccountID() AccountID { return AccountID(random()) }

// NewMID returns a random message id.
func NewMID() MID { return MID(random()) }

// NewEpoch returns a random epoch.
func NewEpoch() Epoch { return Epoch(random()) }

// DeviceIDOf derives a device's id from its Ed25519 public key, so that a client
// knows its id before the server has ever answered.
func DeviceIDOf(public []byte) DeviceID { return DeviceID(derive("hearth-device-id-1", public)) }

// InviteIDOf derives an invite's id from the Ed25519 public key made of its secret.
func InviteIDOf(public []byte) InviteID { return InviteID(derive("hearth-invite-id-1", public)) }

// DerivedMID makes the message id of an event that the server adds because of
// another one (for example the joins that follow the creation of a room). Being
// a pure function of its cause, a repeated attempt meets its own duplicate.
func DerivedMID(cause MID, purpose string, subject AccountID) MID {
	return MID(derive("hearth-derived-mid-1\x00"+purpose, append(cause[:], subject[:]...)))
}

// derive makes a public identifier of data: the first half of derive32.
func derive(label string, data []byte) (id ID) {
	h := derive32(label, data)
	copy(id[:], h[:])
	return id
}

func decodeID(dst []byte, text []byte) error {
	if len(text) != idText.EncodedLen(len(dst)) {
		return fmt.Errorf("%w: want %d characters, have %d", ErrBadID, idText.EncodedLen(len(dst)), len(text))
	}
	buf := make([]byte, len(dst))
	if _, err := idText.Decode(buf, text); err != nil {
		return fmt.Errorf("%w: characters a to z and 2 to 7 only", ErrBadID)
	}
	// The last character carries unused bits; only one spelling is accepted.
	if idText.EncodeToString(buf) != string(text) {
		return fmt.Errorf("%w: not in its one spelling", ErrBadID)
	}
	copy(dst, buf)
	return nil
}

func derive32(label string, data []byte) [32]byte {
	h := sha256.New()
	h.Write([]byte(label))
	h.Write([]byte{0})
	h.Write(data)
	return [32]byte(h.Sum(nil))
}
