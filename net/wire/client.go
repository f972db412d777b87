package wire

import "hearth/chat"

// Device describes the installation that enrols.
type Device struct {
	Key      Bytes  `json:"key"`      // Ed25519 public key, 32 bytes
	Name     string `json:"name"`     // for the person's own list of devices
	Platform string `json:"platform"` // for example linux/amd64
}

// Stretch says how a password is hardened before SCRAM sees it. Only argon2id
// (RFC 9106) exists; clients refuse parameters below MinStretch.
type Stretch struct {
	Alg       string `json:"alg"` // "argon2id"
	Salt      Bytes  `json:"salt"`
	MemoryKiB uint32 `json:"memory_kib"`
	Passes    uint32 `json:"passes"`
	Lanes     uint32 `json:"lanes"`
}

// Verifier is all the server ever holds of a password (RFC 5802): the keys of
// SCRAM-SHA-256 (RFC 7677) over the stretched password.
type Verifier struct {
	Stretch    Stretch `json:"stretch"`
	Salt       Bytes   `json:"salt"`
	Iterations int     `json:"iterations"`
	StoredKey  Bytes   `json:"stored_key"`
	ServerKey  Bytes   `json:"server_key"`
}

// InviteCheck asks what an invite admits to, proving that its secret is known.
// The answer is InviteInfo. Before ready only.
type InviteCheck struct {
	Req
	Invite    chat.InviteID `json:"invite"`
	Signature Bytes         `json:"signature"` // by the invite key over InviteCheckInput
}

// Registration is the record of Register, as a JSON string so that what is
// signed needs no canonical form.
type Registration struct {
	Name     string   `json:"name"`    // login name
	Display  string   `json:"display"` // what people read
	Verifier Verifier `json:"verifier"`
	Device   Device   `json:"device"`
	Recovery Bytes    `json:"recovery,omitzero"` // public key of a recovery key; nil without one
}

// Register makes a new account and enrols its first device. The answer is
// Ready. Repeating it with the same device key after a lost answer gives the
// same account.
type Register struct {
	Req
	Version         int           `json:"version"`
	HelloHash       chat.Hash     `json:"hello_hash"`
	Invite          chat.InviteID `json:"invite"`
	Record          string        `json:"record"`           // JSON of Registration
	InviteSignature Bytes         `json:"invite_signature"` // by the invite key over InviteInput
	DeviceSignature Bytes         `json:"device_signature"` // by the device key over EnrolInput
}

// NewStart is the record of Reset, as a JSON string.
type NewStart struct {
	Verifier Verifier `json:"verifier"`
	Device   Device   `json:"device"`
	Others   bool     `json:"others,omitzero"` // end the account's other devices
}

// Reset gives the account that an invite names a new password and enrols a device
// for it. The answer is Ready. The device that has used the invite may repeat it
// after a lost answer; no other device may use it again.
type Reset struct {
	Req
	Version         int           `json:"version"`
	HelloHash       chat.Hash     `json:"hello_hash"`
	Invite          chat.InviteID `json:"invite"`
	Record          string        `json:"record"`           // JSON of NewStart
	InviteSignature Bytes         `json:"invite_signature"` // by the invite key over ResetInput
	DeviceSignature Bytes         `json:"device_signature"` // by the device key over EnrolInput
}

// LoginBegin starts the enrolment of a new device of an account. The answer is
// LoginChallenge, also for names that do not exist.
type LoginBegin struct {
	Req
	Version   int       `json:"version"`
	HelloHash chat.Hash `json:"hello_hash"`
	Name      string    `json:"name"`
	Scram     string    `json:"scram"` // client-first-message, p=tls-exporter
}

// Enrolment is the record of LoginFinish, as a JSON string.
type Enrolment struct {
	Device Device `json:"device"`
}

// LoginFinish proves the password and enrols the device. The answer is Ready.
type LoginFinish struct {
	Req
	Scram           string `json:"scram"`            // client-final-message
	Record          string `json:"record"`           // JSON of Enrolment
	DeviceSignature Bytes  `json:"device_signature"` // by the device key over EnrolInput
}

// Auth proves that this is a device the server knows. The answer is Ready.
type Auth struct {
	Req
	Version   int           `json:"version"`
	HelloHash chat.Hash     `json:"hello_hash"`
	Device    chat.DeviceID `json:"device"`
	Nonce     Bytes         `json:"nonce"`     // 32 random bytes
	Signature Bytes         `json:"signature"` // by the device key over AuthInput
}

// Cursor is how far a client has a room.
type Cursor struct {
	Room  chat.RoomID `json:"room"`
	Seq   chat.Seq    `json:"seq"`
	Chain chat.Hash   `json:"chain"` // chain value at Seq; zero at 0
	// Snapshot asks for the room's state however short the backlog is; with Holes.
	Snapshot bool `json:"snapshot,omitzero"`
}

// Sync starts the flow of events: once per connection, or again for single
// rooms with Only after a divergence was resolved. The server sends rooms in
// the order of the list, then those the client does not name. The answer is
// SyncStarted.
type Sync struct {
	Req
	Epoch chat.Epoch `json:"epoch,omitzero"` // the epoch the cursors belong to; unset: none yet
	Rooms []Cursor   `json:"rooms"`
	Only  bool       `json:"only,omitzero"` // concern only the rooms named
	// Holes names the feature: a backlog that is too long may be replaced by a
	// Snapshot, and loaded by History when there is time.
	Holes bool `json:"holes,omitzero"`
}

// Send asks for one event in a room's log. The answer is Ack or an error. A
// retry carries the same MID, room, kind and body.
type Send struct {
	Req
	MID  chat.MID    `json:"mid"`
	Room chat.RoomID `json:"room"`
	DSeq uint64      `json:"dseq"` // this device's count of accepted events in this room, plus one
	Kind chat.Kind   `json:"kind"`
	Body string      `json:"body"`
}

// SendStatus asks what became of message ids. The answer is SendState.
type SendStatus struct {
	Req
	Room chat.RoomID `json:"room"`
	MIDs []chat.MID  `json:"mids"`
}

// History asks for events From to To of a room, both included. The answer is
// HistoryPage, which may end early.
type History struct {
	Req
	Room chat.RoomID `json:"room"`
	From chat.Seq    `json:"from"`
	To   chat.Seq    `json:"to"`
}

// Chains asks for chain values at places of a room, to find a common prefix.
// The answer is ChainsAt.
type Chains struct {
	Req
	Room chat.RoomID `json:"room"`
	Seqs []chat.Seq  `json:"seqs"`
}

// Heads asks for the heads of the account's rooms. The answer is HeadsAt.
type Heads struct{ Req }

// Heartbeat asks for a sign of life. The answer is HeartbeatOK.
type Heartbeat struct{ Req }

// Profile changes the display name in the account and in all its rooms. The
// answer is OK. MID makes a retry harmless.
type Profile struct {
	Req
	MID     chat.MID `json:"mid"`
	Display string   `json:"display"`
}

// People asks for the accounts of the server behind After, in the order of their
// ids; unset: from the first. The answer is PeopleList, which may end early.
type People struct {
	Req
	After chat.AccountID `json:"after,omitzero"`
}

// Rooms asks for the open rooms of the server behind After, in the order of
// their ids; unset: from the first. The answer is RoomsList, which may end early.
type Rooms struct {
	Req
	After chat.RoomID `json:"after,omitzero"`
}

// InviteCreate admits further people. The client makes the secret and sends only
// its public key. The answer is InviteCreated.
type InviteCreate struct {
	Req
	Key       Bytes `json:"key"` // Ed25519 public key of the invite, 32 bytes
	Uses      int   `json:"uses"`
	ExpiresMS int64 `json:"expires_ms"` // from now
}

// InviteList asks for the invites this account may see behind After, in the order
// of their ids; unset: from the first. The answer is Invites, which may end early.
type InviteList struct {
	Req
	After chat.InviteID `json:"after,omitzero"`
}

// InviteRevoke ends an invite. The answer is OK.
type InviteRevoke struct {
	Req
	Invite chat.InviteID `json:"invite"`
}

// Type implements Frame.
func (*InviteCheck) Type() Type { return TypeInviteCheck }

// Type implements Frame.
func (*Register) Type() Type { return TypeRegister }

// Type implements Frame.
func (*Reset) Type() Type { return TypeReset }

// Type implements Frame.
func (*LoginBegin) Type() Type { return TypeLoginBegin }

// Type implements Frame.
func (*LoginFinish) Type() Type { return TypeLoginFinish }

// Type implements Frame.
func (*Auth) Type() Type { return TypeAuth }

// Type implements Frame.
func (*Sync) Type() Type { return TypeSync }

// Type implements Frame.
func (*Send) Type() Type { return TypeSend }

// Type implements Frame.
func (*SendStatus) Type() Type { return TypeSendStatus }

// Type implements Frame.
func (*History) Type() Type { return TypeHistory }

// Type implements Frame.
func (*Chains) Type() Type { return TypeChains }

// Type implements Frame.
func (*Heads) Type() Type { return TypeHeads }

// Type implements Frame.
func (*Heartbeat) Type() Type { return TypeHeartbeat }

// Type implements Frame.
func (*Profile) Type() Type { return TypeProfile }

// Type implements Frame.
func (*People) Type() Type { return TypePeople }

// Type implements Frame.
func (*Rooms) Type() Type { return TypeRooms }

// Type implements Frame.
func (*InviteCreate) Type() Type { return TypeInviteCreate }

// Type implements Frame.
func (*InviteList) Type() Type { return TypeInviteList }

// Type implements Frame.
func (*InviteRevoke) Type() Type { return TypeInviteRevoke }
