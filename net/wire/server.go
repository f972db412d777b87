package wire

import "hearth/chat"

// Hello is the first frame of a connection. Its content travels as one string so
// that the proof and the client's hash are over exact bytes.
type Hello struct {
	Hello string `json:"hello"` // JSON of Greeting
	Proof Bytes  `json:"proof"` // by the identity key over HelloInput
}

// Greeting is the content of Hello.
type Greeting struct {
	Server     chat.ServerID `json:"server"`
	Identity   Bytes         `json:"identity"` // Ed25519 public key, 32 bytes
	Epoch      chat.Epoch    `json:"epoch"`
	MinVersion int           `json:"min_version"`
	MaxVersion int           `json:"max_version"`
	Features   []string      `json:"features"`
	Mechanisms []string      `json:"mechanisms"` // of login: "scram-sha-256-plus", or "scram-sha-256" where bound is false
	Bound      bool          `json:"bound"`      // logins are bound to this TLS connection
	Nonce      Bytes         `json:"nonce"`      // 32 random bytes
	Time       int64         `json:"time"`
	Heartbeat  HeartbeatPlan `json:"heartbeat"`
	Limits     chat.Limits   `json:"limits"`
	Software   string        `json:"software"` // name and version, for people
	// Line is the identity's certificate signed by the identity that it has succeeded,
	// and so on back to the oldest (DER), as they stand in the TLS chain of a server
	// that shows its own. Empty if it has succeeded none lately.
	Line []Bytes `json:"line,omitempty"`
}

// HeartbeatPlan tells the client how often to beat and how long to wait.
type HeartbeatPlan struct {
	IntervalMS int64 `json:"interval_ms"` // between beats; clients vary it by ±20 %
	ReplyMS    int64 `json:"reply_ms"`    // an answer later than this means dead
	IdleMS     int64 `json:"idle_ms"`     // the server evicts a client silent for longer
}

// The login mechanisms of version 1: of a bound connection, and of one behind a proxy
// that ends TLS. A connection has exactly one.
const (
	MechanismScram        = "scram-sha-256-plus"
	MechanismScramUnbound = "scram-sha-256"
)

// InviteInfo answers InviteCheck.
type InviteInfo struct {
	Rep
	Group   string `json:"group"`             // the group's name
	Inviter string `json:"inviter,omitempty"` // display name; empty: the server itself
	Expires int64  `json:"expires"`
	Uses    int    `json:"uses"` // left
	// Name is the login name of the account that the invite gives a new password;
	// empty: it makes an account.
	Name string `json:"name,omitempty"`
}

// LoginChallenge answers LoginBegin.
type LoginChallenge struct {
	Rep
	Stretch Stretch `json:"stretch"`
	Scram   string  `json:"scram"` // server-first-message
}

// Abilities that Ready may name.
const (
	MayInvite     = "invite"
	MayCreateRoom = "room.create"
)

// Ready ends the handshake: the connection now acts for a device.
type Ready struct {
	Rep
	Scram          string         `json:"scram,omitempty"` // server-final-message, after LoginFinish
	Session        string         `json:"session"`         // UUID and HMAC; names the device's session
	Connection     string         `json:"connection"`      // names this connection in logs
	Account        chat.AccountID `json:"account"`
	Device         chat.DeviceID  `json:"device"`
	Name           string         `json:"name"`
	Display        string         `json:"display"`
	May            []string       `json:"may"`
	Group          string         `json:"group"`     // the group's name
	Addresses      []string       `json:"addresses"` // where the server says it can be reached; for links
	SessionExpires int64          `json:"session_expires"`
	Time           int64          `json:"time"`
	AwayMS         int64          `json:"away_ms"`           // how long this device was not connected
	Recovery       Recovery       `json:"recovery,omitzero"` // the account's recovery key; zero if it has none
	// KeepDays is the longest time that the server keeps messages of any room; 0: for ever.
	KeepDays int `json:"keep_days,omitzero"`
}

// SyncState says how a cursor fits the server's log.
type SyncState string

// Sync states.
const (
	SyncOK       SyncState = "ok"       // events after the cursor follow
	SyncDiverged SyncState = "diverged" // same epoch, other chain at the cursor: nothing follows
	SyncAhead    SyncState = "ahead"    // the cursor lies beyond the head: nothing follows
	SyncEpoch    SyncState = "epoch"    // another epoch and the chain does not fit: nothing follows
	SyncGone     SyncState = "gone"     // not a member, or no such room: nothing follows
)

// SyncRoom is one room's answer to its cursor.
type SyncRoom struct {
	Room  chat.RoomID `json:"room"`
	State SyncState   `json:"state"`
	Head  chat.Seq    `json:"head"`
	From  chat.Seq    `json:"from"` // the first sequence that follows when ok
	// Left is, when gone, where the account left the room, if it did and that is known.
	Left chat.Seq `json:"left,omitzero"`
}

// SyncStarted answers Sync. Rooms the client did not name are included.
type SyncStarted struct {
	Rep
	Epoch chat.Epoch `json:"epoch"`
	Rooms []SyncRoom `json:"rooms"`
}

// Event is an event as it crosses the network; the room stands in the frame.
type Event struct {
	Seq    chat.Seq       `json:"seq"`
	Kind   chat.Kind      `json:"kind"`
	Author chat.AccountID `json:"author,omitzero"`
	Device chat.DeviceID  `json:"device,omitzero"`
	MID    chat.MID       `json:"mid"`
	Time   int64          `json:"time"`
	Salt   chat.Salt      `json:"salt,omitzero"`
	Body   string         `json:"body,omitzero"`
	Erased bool           `json:"erased,omitzero"`
	Hash   chat.Hash      `json:"hash,omitzero"` // of the erased body
}

// Events carries contiguous events of one room. Chain is the chain value after
// the last of them.
type Events struct {
	Room   chat.RoomID `json:"room"`
	Events []Event     `json:"events"`
	Chain  chat.Hash   `json:"chain"`
}

// Reasons of Void.
const (
	VoidPurged     = "purged"      // removed by retention
	VoidNotVisible = "not_visible" // before you joined, or while you were away
	VoidDamaged    = "damaged"     // the server's data of it do not fit their chain value
)

// Void declares sequences From to To as holding nothing for this client. It
// stands in the flow in place of the events; Chain is the value after To.
type Void struct {
	Room   chat.RoomID `json:"room"`
	From   chat.Seq    `json:"from"`
	To     chat.Seq    `json:"to"`
	Reason string      `json:"reason"`
	Chain  chat.Hash   `json:"chain"`
}

// Snapshot replaces a backlog that is too long: the room's state at At, after
// which the flow goes on at At + 1. The client keeps what it has and records
// HoleFrom to At as not yet loaded (none if HoleFrom is At + 1); it loads them
// with History. Servers send it only to clients that say so in Sync.
type Snapshot struct {
	Room     chat.RoomID `json:"room"`
	At       chat.Seq    `json:"at"`
	Chain    chat.Hash   `json:"chain"`
	HoleFrom chat.Seq    `json:"hole_from"`
	State    string      `json:"state"` // JSON of RoomState
	// VoidFrom, unless 0, declares VoidFrom to HoleFrom - 1 as holding nothing for this
	// client, as a Void would: in rooms that show newcomers only what is written once
	// they are in. VoidChain is the value after that part.
	VoidFrom  chat.Seq  `json:"void_from,omitzero"`
	VoidChain chat.Hash `json:"void_chain,omitzero"`
	// VoidReason is why; empty: VoidNotVisible.
	VoidReason string `json:"void_reason,omitzero"`
}

// RoomHead is a room and its head.
type RoomHead struct {
	Room  chat.RoomID `json:"room"`
	Seq   chat.Seq    `json:"seq"`
	Chain chat.Hash   `json:"chain"`
}

// Live says that the backlog of every room has been sent. Heads are those the
// client has reached by then.
type Live struct {
	Heads  []RoomHead  `json:"heads"`
	Digest chat.Digest `json:"digest"`
}

// Lag tells a client that it reads too slowly: pushes of these rooms are
// replaced by pages read from the log as fast as the client takes them.
type Lag struct {
	Rooms []chat.RoomID `json:"rooms"`
}

// Ack says that the event is on the server's disk at Seq.
type Ack struct {
	Rep
	MID       chat.MID    `json:"mid"`
	Room      chat.RoomID `json:"room"`
	Seq       chat.Seq    `json:"seq"`
	Time      int64       `json:"time"`
	Chain     chat.Hash   `json:"chain"`
	Duplicate bool        `json:"duplicate,omitzero"` // it was there already
}

// SendOutcome is what became of one message id: its sequence, or 0 if the room
// does not hold it.
type SendOutcome struct {
	MID chat.MID `json:"mid"`
	Seq chat.Seq `json:"seq"`
}

// SendState answers SendStatus.
type SendState struct {
	Rep
	Items []SendOutcome `json:"items"`
}

// HistoryPage answers History. Before is the chain value before the first
// event, Chain after the last. Fewer events than asked means: ask again behind. With
// Void, a reason as of the frame Void, there are no events: the first place that was
// asked for holds nothing for this client, and Before and Chain are around it.
type HistoryPage struct {
	Rep
	Room   chat.RoomID `json:"room"`
	Events []Event     `json:"events"`
	Before chat.Hash   `json:"before"`
	Chain  chat.Hash   `json:"chain"`
	Void   string      `json:"void,omitzero"`
	// VoidTo is the last place that holds nothing, wherever the request ended, and Chain
	// the value behind it; 0: the first place alone. Of what was purged long ago Before
	// may be missing.
	VoidTo chat.Seq `json:"void_to,omitzero"`
}

// ChainsAt answers Chains, in the order asked; places beyond the head are left out.
type ChainsAt struct {
	Rep
	Room   chat.RoomID `json:"room"`
	Chains []RoomHead  `json:"chains"`
	// Purged: places up to here that are left out are no longer known.
	Purged chat.Seq `json:"purged,omitzero"`
}

// HeadsAt answers Heads.
type HeadsAt struct {
	Rep
	Heads []RoomHead `json:"heads"`
}

// HeartbeatOK answers Heartbeat. Digest is over the heads of the account's rooms.
type HeartbeatOK struct {
	Rep
	Digest chat.Digest `json:"digest"`
	Time   int64       `json:"time"`
}

// Person is an account as others see it.
type Person struct {
	Account chat.AccountID `json:"account"`
	Name    string         `json:"name"`
	Display string         `json:"display"`
}

// PeopleList answers People.
type PeopleList struct {
	Rep
	People []Person `json:"people"`
	More   bool     `json:"more,omitzero"` // ask again behind the last one
}

// RoomInfo is a room as somebody outside sees it.
type RoomInfo struct {
	Room    chat.RoomID `json:"room"`
	Name    string      `json:"name"`
	Topic   string      `json:"topic,omitempty"`
	Members int         `json:"members"`
	Joined  bool        `json:"joined"`
}

// RoomsList answers Rooms.
type RoomsList struct {
	Rep
	Rooms []RoomInfo `json:"rooms"`
	More  bool       `json:"more,omitzero"` // ask again behind the last one
}

// Invite describes an invite; never its secret, which the server does not know.
type Invite struct {
	Invite  chat.InviteID  `json:"invite"`
	Creator chat.AccountID `json:"creator,omitzero"`
	For     chat.AccountID `json:"for,omitzero"` // the account it gives a new password; unset: it makes accounts
	Created int64          `json:"created"`
	Expires int64          `json:"expires"`
	Uses    int            `json:"uses"` // allowed
	Used    int            `json:"used"`
}

// InviteCreated answers InviteCreate.
type InviteCreated struct {
	Rep
	Invite Invite `json:"invite"`
}

// Invites answers InviteList.
type Invites struct {
	Rep
	Invites []Invite `json:"invites"`
	More    bool     `json:"more,omitzero"` // ask again behind the last one
}

// OK answers a request that has nothing to tell.
type OK struct{ Rep }

// Error refuses a request, or, without re, tells why the connection closes.
type Error struct {
	Rep
	Code         chat.Code `json:"code"`
	Path         string    `json:"path,omitzero"` // JSON Pointer
	Message      string    `json:"message"`
	Retryable    bool      `json:"retryable,omitzero"`
	RetryAfterMS int64     `json:"retry_after_ms,omitzero"`
	Fatal        bool      `json:"fatal,omitzero"`
	Next         uint64    `json:"next,omitzero"` // order_gap, order_stale: the dseq expected
}

// Reasons of Goodbye.
const (
	GoodbyeRestart   = "restart"   // the server stops; come back at the slot
	GoodbyeEnded     = "ended"     // it stops for good: whoever runs it has ended the group
	GoodbyeDisplaced = "displaced" // the same device connected anew
	GoodbyeIdle      = "idle"
	GoodbyeSlow      = "slow"
)

// Goodbye precedes a close on purpose.
type Goodbye struct {
	Reason  string `json:"reason"`
	AfterMS int64  `json:"after_ms"` // when to come back; the client's own slot
}

// Type implements Frame.
func (*Hello) Type() Type { return TypeHello }

// Type implements Frame.
func (*InviteInfo) Type() Type { return TypeInviteInfo }

// Type implements Frame.
func (*LoginChallenge) Type() Type { return TypeLoginChallenge }

// Type implements Frame.
func (*Ready) Type() Type { return TypeReady }

// Type implements Frame.
func (*SyncStarted) Type() Type { return TypeSyncStarted }

// Type implements Frame.
func (*Events) Type() Type { return TypeEvents }

// Type implements Frame.
func (*Void) Type() Type { return TypeVoid }

// Type implements Frame.
func (*Snapshot) Type() Type { return TypeSnapshot }

// Type implements Frame.
func (*Live) Type() Type { return TypeLive }

// Type implements Frame.
func (*Lag) Type() Type { return TypeLag }

// Type implements Frame.
func (*Ack) Type() Type { return TypeAck }

// Type implements Frame.
func (*SendState) Type() Type { return TypeSendState }

// Type implements Frame.
func (*HistoryPage) Type() Type { return TypeHistoryPage }

// Type implements Frame.
func (*ChainsAt) Type() Type { return TypeChainsAt }

// Type implements Frame.
func (*HeadsAt) Type() Type { return TypeHeadsAt }

// Type implements Frame.
func (*HeartbeatOK) Type() Type { return TypeHeartbeatOK }

// Type implements Frame.
func (*PeopleList) Type() Type { return TypePeopleList }

// Type implements Frame.
func (*RoomsList) Type() Type { return TypeRoomsList }

// Type implements Frame.
func (*InviteCreated) Type() Type { return TypeInviteCreated }

// Type implements Frame.
func (*Invites) Type() Type { return TypeInvites }

// Type implements Frame.
func (*OK) Type() Type { return TypeOK }

// Type implements Frame.
func (*Error) Type() Type { return TypeError }

// Type implements Frame.
func (*Goodbye) Type() Type { return TypeGoodbye }
