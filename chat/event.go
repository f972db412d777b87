package chat

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Seq is a place in a room's log. The first event is 1; 0 means "before everything".
// It stays below 2^53 so that every JSON library can carry it.
type Seq uint64

// Hash is a SHA-256 value.
type Hash [32]byte

// Salt hides short bodies behind their hash, so that a deleted "yes" cannot be
// guessed from the envelope that remains.
type Salt [16]byte

// Event is one entry of a room's log.
type Event struct {
	Room   RoomID
	Seq    Seq
	Kind   Kind
	Author AccountID // zero: the server itself
	Device DeviceID  // zero when the server is the author
	MID    MID
	Time   int64 // server time, milliseconds since 1970-01-01 UTC; never used for order

	// Body is opaque bytes, at present one JSON object in UTF-8. Stored and
	// passed on exactly as received, also when the kind is unknown.
	Body []byte
	Salt Salt

	// Erased says that body and salt were deleted everywhere; BodyHash then
	// still holds what the chain needs.
	Erased bool
	// BodyHash is set when Erased; otherwise it may be zero, use HashBody.
	BodyHash Hash
}

// HashBody returns the salted hash of a body as it enters the envelope.
func HashBody(salt Salt, body []byte) Hash {
	h := sha256.New()
	h.Write([]byte("hearth-body-1\x00"))
	h.Write(salt[:])
	h.Write(body)
	return Hash(h.Sum(nil))
}

// EnvelopeHash returns the hash of the event's envelope. The encoding is fixed
// for ever: label, then every field in this order, integers big-endian, the kind
// preceded by its length.
func (e *Event) EnvelopeHash() Hash {
	body := e.BodyHash
	if !e.Erased {
		body = HashBody(e.Salt, e.Body)
	}
	h := sha256.New()
	h.Write([]byte("hearth-envelope-1\x00"))
	h.Write(e.Room[:])
	writeUint64(h, uint64(e.Seq))
	writeUint64(h, uint64(len(e.Kind)))
	h.Write([]byte(e.Kind))
	h.Write(e.Author[:])
	h.Write(e.Device[:])
	h.Write(e.MID[:])
	writeUint64(h, uint64(e.Time))
	h.Write(body[:])
	return Hash(h.Sum(nil))
}

// Chain returns the chain value after this event: SHA-256(previous ‖ envelope
// hash). The chain before the first event of a room is all zero.
func (e *Event) Chain(previous Hash) Hash {
	env := e.EnvelopeHash()
	h := sha256.New()
	h.Write(previous[:])
	h.Write(env[:])
	return Hash(h.Sum(nil))
}

func writeUint64(h hash.Hash, v uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	h.Write(b[:])
}

// ContentHash identifies what a client asked to store under one message id. A
// retry with the same id and another content hash is refused.
func ContentHash(room RoomID, kind Kind, body []byte) Hash {
	h := sha256.New()
	h.Write([]byte("hearth-content-1\x00"))
	h.Write(room[:])
	writeUint64(h, uint64(len(kind)))
	h.Write([]byte(kind))
	h.Write(body)
	return Hash(h.Sum(nil))
}

// Head is the newest place of a room's log and the chain value there.
type Head struct {
	Seq   Seq
	Chain Hash
}

// Digest sums heads into 64 bits: for each room the first eight bytes of
// SHA-256(room ‖ sequence), added modulo 2^64. Equal digests mean, for all
// practical purposes, equal heads; the order of rooms does not matter.
type Digest uint64

// Add returns the digest with one more room at seq. Rooms at 0 count too.
func (d Digest) Add(room RoomID, seq Seq) Digest { return d + headHash(room, seq) }

// Move returns the digest after a room went from one head to another.
func (d Digest) Move(room RoomID, from, to Seq) Digest {
	return d - headHash(room, from) + headHash(room, to)
}

// Remove returns the digest without a room that stood at seq.
func (d Digest) Remove(room RoomID, seq Seq) Digest { return d - headHash(room, seq) }

func headHash(room RoomID, seq Seq) Digest {
	var b [24]byte
	copy(b[:16], room[:])
	binary.BigEndian.PutUint64(b[16:], uint64(seq))
	sum := sha256.Sum256(b[:])
	return Digest(binary.BigEndian.Uint64(sum[:8]))
}
