package app

import (
	"cmp"
	"slices"
	"time"

	"hearth/chat"
)

// View is the whole state a window needs besides messages: immutable, replaced
// as a whole by the loop, read by anybody with App.View.
type View struct {
	Phase   Phase
	Problem *Problem // why Phase is PhaseLocked or PhaseFailed; nil otherwise

	Group      GroupView
	Me         MeView
	Connection ConnectionView
	Rooms      []RoomView // in the order to show: unread mentions of activity first is the window's choice; newest activity first
	LastRoom   chat.RoomID
	// Fresh says that the first sync of this device is not over: what is unread is not
	// known yet, no room shows anything as unread, and SetRead does nothing.
	Fresh   bool
	Waiting int // messages in the outbox that are not failed
	Failed  int // messages in the outbox that wait for a decision
	// ServerFull says that some of Waiting wait for space on the server's disk; they
	// are sent by themselves once there is some.
	ServerFull bool
	Hosting    *HostingView
	// EndedHere says that the group has ended and that the person ended it, who hosted it
	// here. Kept is the folder where the data of its server still are, so that HostAgain can
	// serve it again; "" if there is none.
	EndedHere bool
	Kept      string
	Settings  Settings
	// SettingsBroken is where the file lies whose settings could not be read when this
	// program began, "" if they could: what was not understood has its default.
	SettingsBroken string
	Privacy        Privacy      // of the account, as the server said last
	Blocked        []MemberView // people the account has blocked, by their names
	// Known are the people whose pictures are shown by themselves: those the person has
	// written to in a room that is not open to everybody, and those that Know names.
	// Never changed.
	Known map[chat.AccountID]bool
	// AllPictures: of everybody in this group. PicturesAsked: the person has chosen.
	AllPictures   bool
	PicturesAsked bool
	// Cards is what people show besides their names, who show anything: of whom the
	// person shares a room with, the own ones as they will be once the server knows,
	// of nobody who is blocked.
	// Never changed.
	Cards map[chat.AccountID]CardView
	// Presence is what is known, while there is a connection, of the other members of
	// the open room, of the partners of conversations of two, and of whom Watch names.
	// Who is not in it is unknown, or does not want it known, or is blocked. Never
	// changed.
	Presence map[chat.AccountID]PresenceView
	// CardWaiting says that the server does not know all yet that the person wants to show.
	CardWaiting bool
	CardDue     bool // the server, which has a new epoch, is being asked what the person shows
	// Notify are the rules about notifications; never nil while a group is open,
	// never changed: see Commands.ChangeNotify.
	Notify *NotifyRules
	// Emoji is what the person uses of the table of emoji, as this group keeps it.
	Emoji EmojiChoice
}

// Phase is where the program stands as a whole.
type Phase string

// Phases.
const (
	PhaseStarting Phase = "starting" // reading the profile; a moment
	PhaseWelcome  Phase = "welcome"  // no group yet: host, join or sign in
	PhaseLocked   Phase = "locked"   // the secrets need the person: see Problem
	PhaseOpen     Phase = "open"     // a group is open, with or without network
	PhaseFailed   Phase = "failed"   // cannot go on: see Problem
)

// ProblemKind names what stands in the way.
type ProblemKind string

// Problems of the secrets (PhaseLocked) and of the data (PhaseFailed).
const (
	ProblemKeyringLocked     ProblemKind = "keyring.locked"     // unlock it, then Retry
	ProblemKeyringSlow       ProblemKind = "keyring.slow"       // did not answer within 10 s; Retry
	ProblemKeyringAbsent     ProblemKind = "keyring.absent"     // there is none (any more); Retry or sign in again
	ProblemKeyringUnreadable ProblemKind = "keyring.unreadable" // what it holds is not ours
	ProblemSecretMissing     ProblemKind = "secret.missing"     // the keyring works but lost our item: sign in again, data is kept
	ProblemPassphrase        ProblemKind = "vault.passphrase"   // the vault wants its passphrase: Unlock
	ProblemWrongPassphrase   ProblemKind = "vault.wrong"        // that was not it: Unlock
	ProblemVaultMissing      ProblemKind = "vault.missing"      // its file is gone: put it back, or sign in again, data is kept
	ProblemVaultDamaged      ProblemKind = "vault.damaged"      // its file is not what was written: the same
	ProblemAccountDamaged    ProblemKind = "account.damaged"    // account.json is not what was written: the same (PhaseFailed)
	ProblemAlreadyOpen       ProblemKind = "store.open"         // another Hearth uses this profile
	ProblemDamaged           ProblemKind = "store.damaged"      // the store is damaged: Rebuild
	ProblemNewer             ProblemKind = "store.newer"        // written by a newer Hearth
	ProblemOlder             ProblemKind = "store.older"        // written by an older Hearth, where nothing can be written
	ProblemDisk              ProblemKind = "disk"               // folder not writable or full
)

// Problem is something a person must read. Detail is for the "more" fold and for
// logs: never a secret, never message text.
type Problem struct {
	Kind    ProblemKind
	Path    string // the file or folder concerned, if any
	Full    bool   // ProblemDisk: no space is left; it passes by itself
	Missing bool   // the file is not damaged, but missing or empty
	Detail  string
	// Link and Name lead back in where signing in again is a way out: the server of
	// the secrets that cannot be had, and the login name. "" if unknown.
	Link, Name string
}

// MaySignIn reports whether signing in as a new device is a way out: everything
// stored stays, though what is sealed under lost secrets cannot be read until they
// are found again.
func (p *Problem) MaySignIn() bool {
	if p == nil {
		return false
	}
	switch p.Kind {
	case ProblemKeyringAbsent, ProblemKeyringUnreadable, ProblemSecretMissing, ProblemVaultMissing, ProblemVaultDamaged, ProblemAccountDamaged:
		return true
	}
	return false
}

// GroupView is the group (server) that is open.
type GroupView struct {
	Name        string
	Server      chat.ServerID
	Fingerprint string // in groups of four, for comparing
	Addresses   []string
	Verified    bool // the identity came by an invite or was compared by the person
	MayInvite   bool
	MayCreate   bool
	Limits      chat.Limits
	Authority   AuthorityView // whose certificates of the server count
	Unbound     bool          // the link allows that a proxy in between ends TLS
}

// MeView is the person's own account on this device.
type MeView struct {
	Account chat.AccountID
	Device  chat.DeviceID
	Name    string // login name
	Display string
	Vault   SecretMode // where the secrets are kept
	// Recovery is what is known of the account's recovery key.
	Recovery RecoveryView
}

// RecoveryView is what is known of the account's recovery key.
type RecoveryView struct {
	Known bool      // the server keeps recovery keys, and has said which there is
	Made  time.Time // since when the present one counts; zero: there is none
	// Owed: the present one was made on this device, and the person has not kept it.
	Owed bool
	// Key is it, as long as it is owed and this run of the program made it; in memory
	// only. Its Sheet is what people keep.
	Key chat.RecoverySecret
}

// SecretMode says where a profile's secrets live.
type SecretMode string

// Secret modes.
const (
	SecretKeyring SecretMode = "keyring" // the system's keyring
	SecretVault   SecretMode = "vault"   // a file sealed by a passphrase
	SecretMemory  SecretMode = "memory"  // this session only; nothing survives it
)

// ConnState is the state of the connection, as people see it.
type ConnState string

// Connection states.
const (
	ConnOffline    ConnState = "offline"    // not trying (no network route, or not started)
	ConnConnecting ConnState = "connecting" // dialling or greeting
	ConnSyncing    ConnState = "syncing"    // connected, catching up
	ConnLive       ConnState = "live"       // everything is here
	ConnWaiting    ConnState = "waiting"    // next attempt at NextTry
	ConnStopped    ConnState = "stopped"    // will not try by itself: see Reason
)

// Reason says why there is no connection. The window has words for each.
type Reason string

// Reasons.
const (
	ReasonNone         Reason = ""
	ReasonUnreachable  Reason = "unreachable"  // nothing answers there
	ReasonRefused      Reason = "refused"      // the machine answers, no server there
	ReasonNameNotFound Reason = "name_unknown" // the host name is unknown
	ReasonNoRoute      Reason = "no_route"     // this machine has no network
	ReasonTimeout      Reason = "timeout"      // it did not answer in time
	ReasonLost         Reason = "lost"         // the connection broke
	ReasonRestart      Reason = "restart"      // the server restarts
	ReasonBusy         Reason = "busy"         // the server asks to come back later
	ReasonNotHearth    Reason = "not_hearth"   // something else answers there
	ReasonTooOld       Reason = "server_old"   // the server is too old for this client
	ReasonTooNew       Reason = "server_new"   // the server is too new for this client
	ReasonPinMismatch  Reason = "pin_mismatch" // another identity answers: see Expected and Presented
	ReasonNotBound     Reason = "not_bound"    // something sits between us and the server
	ReasonAuthority    Reason = "authority"    // its certificate is of an authority that is not known here: see AuthorityCommands
	ReasonCertificate  Reason = "certificate"  // the server's certificate has expired
	ReasonExpired      Reason = "auth_expired" // sign in again; data and outbox are kept
	ReasonRevoked      Reason = "auth_revoked" // this device was removed
	ReasonSuspended    Reason = "suspended"    // whoever runs the server has shut the account out; it is asked for again at long intervals, and by TryNow
	ReasonDeleted      Reason = "deleted"      // the account is no more; data stays readable
	ReasonEnded        Reason = "ended"        // whoever runs the server has ended the group; TryNow tries again
	ReasonUnknown      Reason = "auth_unknown" // the server does not know this device: an older backup took the place of its data
	ReasonDisplaced    Reason = "displaced"    // the same device is connected elsewhere
	ReasonHistory      Reason = "history"      // the server's history does not fit ours
	ReasonUnsafe       Reason = "weak_stretch" // the server wants the password handled unsafely; it was not sent
	ReasonDiskFull     Reason = "disk_full"    // there is no space left on this disk; tried again by itself
	ReasonReadOnly     Reason = "read_only"    // the group's folder cannot be written: all of it can be read, and nothing done; TryNow looks again
	ReasonInternal     Reason = "internal"     // a fault of ours; the log says more
)

// ConnectionView is what the state line says.
type ConnectionView struct {
	State     ConnState
	Reason    Reason
	Detail    string        // for the details fold; plain English
	NextTry   time.Time     // when State is ConnWaiting
	RTT       time.Duration // round-trip time of the last heartbeat; 0 unknown
	Address   string        // the address in use or tried last
	Since     time.Time     // since when this state lasts
	Behind    int           // events still to come while syncing; -1 unknown
	ClockSkew time.Duration // this machine's clock minus the server's; 0 unknown or small
	Unbound   bool          // a proxy in between ends TLS and can read along; while connected
	Expected  string        // fingerprints of a pin mismatch, in groups of four
	Presented string
}

// RoomView is one line of the room list and the head of the room's page.
type RoomView struct {
	ID   chat.RoomID
	Name string
	// Mark tells a room from another one in the list whose name looks the same: who
	// made it, by login name. It is to be shown behind the name; "" for most, and for the
	// group's own room.
	Mark    string
	Topic   string
	Access  chat.Access
	History chat.History // what newcomers see; "" not known
	// Ruled is where that was changed the last time, 0: never; what was written before is
	// not for newcomers. From is where what oneself sees begins; 1: at the start; 0: not known.
	Ruled, From chat.Seq
	Joined      bool // false after leaving: readable, not writable
	Forgotten   bool // not Joined because the server has lost it, as after it was restored from an older backup
	Removed     bool // not Joined because an owner of the room wants it so: only an owner can add the person again
	Pending     bool // being created: waits in the outbox
	Archived    bool // readable, not writable, until its owner takes it back
	// Keep is for how many days the room says that the server keeps its messages, 0 for
	// ever, and Kept for how many it does, as the server has a say in it; Purged is the
	// last place of which it keeps nothing. What is on this device stays.
	Keep, Kept int
	Purged     chat.Seq
	Hidden     bool // to be left out of lists: put aside by HideRoom, or a direct room that others have begun and nobody has written in
	Members    []MemberView
	Unread     int
	UnreadMore bool       // of what is not loaded yet there is more
	Mentions   int        // unread messages that call the person, or have a keyword
	Added      bool       // somebody has added the person, who has opened the room on no device since
	Pins       []chat.Seq // pinned messages, the one pinned last at the end
	Read       chat.Seq   // newest message the person has seen, or what lies before the mark of MarkUnread
	Head       chat.Seq   // newest event stored here
	Chain      chat.Hash
	Waiting    int // own messages still to be sent
	Failed     int
	Diverged   bool // the server's history does not fit what is stored here: see LostMessages, NoticeLost
	Lost       int  // events stored here that are no longer on the server: see LostMessages
	// Back says how often, since this program began, the room has gone back to a place
	// that the server still had.
	Back     GoneBack
	Complete Completeness
	Draft    chat.Draft
	Last     *LastView // newest line to preview, nil in an empty room
	Activity time.Time // of the newest message, one that waits among them, or, in a new room, its creation

	// Typing names who is writing at present, as they began: people's names.
	Typing []string
	// HideReadings says that the room keeps from its members how far others have read.
	HideReadings bool
	// Readers are the newest positions that other members let see, the newest first;
	// see ReadBy.
	Readers []ReaderView
	// Seen is what anybody else has ever let see that they have read, also who is no longer
	// here: parts that lie apart, the first first.
	Seen []Span
}

// owns reports whether the person is an owner of the room.
func (r *RoomView) owns() bool {
	return slices.ContainsFunc(r.Members, func(m MemberView) bool { return m.Me && m.Role == chat.RoleOwner })
}

// GoneBack tells who prints a room's log as it grows that what stood behind a place is
// no longer on the server: other events may stand there now.
type GoneBack struct {
	Times  int
	To     chat.Seq // the last time: the last place that stayed
	Lowest chat.Seq // of all times
}

// again is once more, to a place.
func (b GoneBack) again(to chat.Seq) GoneBack {
	if b.Times == 0 || to < b.Lowest {
		b.Lowest = to
	}
	b.Times++
	b.To = to
	return b
}

// FirstUnread is where to open the room: the first message not seen, or the first
// that is stored behind that place; 0 if there is nothing unread.
func (r *RoomView) FirstUnread() chat.Seq {
	if r.Unread == 0 {
		return 0
	}
	return r.Read + 1
}

// News reports whether there is something in the room that the person has not seen:
// messages, or the room itself.
func (r *RoomView) News() bool { return r.Unread > 0 || r.Added }

// LastView is the preview of a room's newest message.
type LastView struct {
	Author  string // display name; "" for system lines
	Own     bool
	Text    string // its beginning, cut to a sensible length; raw people's text: guard before drawing
	Kind    chat.Kind
	State   MessageState
	Erased  bool // an own deletion of it waits
	Blocked bool // somebody blocked wrote it; Text is empty and nothing is carried
	// Written is by this computer's clock, of what waits to be sent; zero: the room's
	// Activity says when.
	Written time.Time
	Carried
}

// Carried says in short what files a message carries, for lines that have no room for
// them.
type Carried struct {
	Files    int
	File     string // name of the first; raw people's text: guard before drawing
	Pictures bool   // all of them are pictures
}

func carried(files []chat.File) (c Carried) {
	for i, f := range files {
		shown := shownType(f.Type)
		if i == 0 {
			c = Carried{Files: len(files), File: f.Name, Pictures: shown}
		}
		c.Pictures = c.Pictures && shown
	}
	return c
}

// MemberView is somebody in a room.
type MemberView struct {
	Account chat.AccountID
	Name    string
	Display string
	Role    chat.Role
	Me      bool
	Blocked bool // by the person, see Commands.Block
	Deleted bool // the account is no more; in direct rooms only
	Alike   bool // somebody else in the room has a display name that looks like this one
}

// MessageState is how far an own message has come. Others' are always Sent.
type MessageState string

// Message states.
const (
	StateWaiting MessageState = "waiting" // in the outbox, not on its way
	StateSending MessageState = "sending" // handed to the connection
	StateSent    MessageState = "sent"    // on the server's disk, with a sequence
	StateFailed  MessageState = "failed"  // refused: see Failure
)

// MessageView is one row of a timeline: an event of the log, or an own message
// that is not in it yet. Text and names are people's: hostile until guarded.
type MessageView struct {
	MID     chat.MID // identity of the row, the same while waiting and once sent
	Seq     chat.Seq // 0 while it is not in the log, or its place is not known
	Kind    chat.Kind
	Author  chat.AccountID
	Device  chat.DeviceID
	Name    string // display name of the author at present, "" for the server
	Own     bool
	Time    time.Time // server's; for waiting messages when they were written
	State   MessageState
	Failure *Failure
	Delay   *Delay // why the server does not take what waits, if it says so again and again
	Text    string // of messages

	// System rows (everything but messages).
	Subject string // display name of whom it concerns: who joined or left
	Value   string // new name, topic, rule about newcomers
	On      bool   // of room.archive: archived, of room.readings: hidden; not taken back
	Days    int    // of room.keep: for so many; 0 for ever
	Purged  bool   // the server no longer keeps it: nothing about it can be changed
	Blocked bool   // its author is blocked: to be folded away until it is asked for
	Unknown bool   // the kind needs a newer version
	Erased  bool
	// ErasedBy is the display name of who deleted it, "" where nothing on this disk says.
	ErasedBy string
	Lost     bool     // no longer on the server
	Waits    bool     // Lost, and waits in the outbox, held, to be sent again
	Target   chat.Seq // the message that a change is about
	Missing  bool     // not stored here, only named by something that is: see Pins
	// Unloaded: one's own, and in a part of the log that is not loaded here, see Page.Gaps. Its
	// place is known, and what was written here; Time is this computer's.
	Unloaded bool
	Place    chat.Seq // of one's own that the server has, and whose event is not here (Seq is 0): where

	// What the changes behind a message say of it, and what it refers to.
	Edited     time.Time      // of the newest edit, zero: never
	Reactions  []ReactionView // in the order of their first appearance, without People
	Reply      *QuoteView     // the message this one answers
	Forward    *ForwardView   // whose words it passes on: a claim
	Places     []PlaceView    // where links to messages in it lead
	Pinned     bool
	Files      []FileView
	Mentions   []MentionView // whom the text calls: "@"+Name stands in Text
	Keywords   []string      // of the person that stand in Text; none in their own
	MentionsMe bool          // it calls the person, or everybody, or has a keyword, and is somebody else's
	Changing   bool          // an own change of it waits in the outbox, and is shown already
	MayEdit    bool          // by what is known here; the server decides
	MayDelete  bool          // for everyone; likewise
	MayRetry   bool          // it was not sent, and RetryMessage may help

	// Chain after this event, for details; zero while waiting.
	Chain chat.Hash
}

// ReactionView is one emoji on a message.
type ReactionView struct {
	Emoji  string
	Count  int
	Own    bool
	People []MemberView // as they came; only from Reactors
}

// QuoteView is the message that another one answers, as it is at present.
type QuoteView struct {
	Seq        chat.Seq
	Author     chat.AccountID
	Name, Text string // Text is its beginning, cut
	Own        bool
	Erased     bool
	Blocked    bool // its author is blocked; Text is empty
	Missing    bool // it is not stored here
	Carried
}

// ForwardView says whose words a message passes on. Nobody has checked it.
type ForwardView struct {
	Name    string
	Account chat.AccountID
	Time    time.Time
}

// MentionView is somebody whom a message calls, or everybody in the room.
type MentionView struct {
	Account       chat.AccountID
	Name, Display string // Name is the word behind the "@"
	Me, Room      bool
}

// Version is one text that a message has had.
type Version struct {
	Seq  chat.Seq // of the message or the edit
	Text string
	Time time.Time
}

// Delay is why something waits although there is a connection: it is tried again by itself.
type Delay struct {
	Code  chat.Code
	Since time.Time // by this machine's clock
}

// Failure says why a message was refused, or, with CodeHeld, that it waits for
// the person although nobody refused it.
type Failure struct {
	Code    chat.Code
	Message string
	Because chat.Code // with CodeHeld: CodeLost, CodeAway or CodeAltered; "" is not known
}

// Why is the code that says most about it, for words.
func (f *Failure) Why() chat.Code { return cmp.Or(f.Because, f.Code) }

// DeviceView is one device of the person's account. Name and Platform are what it
// said of itself: foreign text, guard before drawing.
type DeviceView struct {
	ID        chat.DeviceID
	Name      string
	Platform  string // such as linux/amd64
	Peer      string // prefix of the address it was last connected from, "" unknown
	Created   time.Time
	Seen      time.Time // last connected, to the minute
	Live      bool      // is connected
	Current   bool      // is this one
	Reset     bool      // came with a new password, by a link from whoever runs the server
	Recovered bool      // came with a new password, by the recovery key
}

// Page is a stretch of a room's timeline, oldest first, contiguous.
type Page struct {
	Messages []MessageView
	// Older and Newer say whether there is more in the store on that side. A page may
	// have fewer rows than were asked for although there is more, where very many
	// changes lie between them, but never none.
	Older, Newer bool
	// Gaps are the parts between the rows, or next to the first or last one, that
	// hold no rows, oldest first. Those that are missing are being loaded because
	// the page was read; RoomChange.Reload tells when there is more.
	Gaps []Gap
	// Losses are the places among the rows where something stood that the server has
	// lost, oldest first; without what waits in the outbox to be sent again.
	Losses []Loss
}

// Loss is a place in a room's timeline where something stood that is still stored here,
// and no longer on the server: see LostMessages.
type Loss struct {
	Behind   chat.Seq // the row before it; 0: it stands before all of them
	First    chat.MID // of what stood there
	Messages int      // so many, with what may be read of lost edits of others
	Lines    int      // system lines besides
}

// Gap is a part of a room's log without rows.
type Gap struct {
	From, To chat.Seq // both included
	Missing  bool     // the server has events there, not loaded yet
	Reason   string   // why there is nothing for the person, if not Missing: GapPurged, GapNotVisible, GapUnloaded, GapDamaged
}

// GapPurged is the Reason of what the server no longer keeps.
const GapPurged = "purged"

// GapNotVisible is the Reason of what was written while the person was not in a room
// that shows newcomers only what is written once they are in.
const GapNotVisible = "not_visible"

// GapUnloaded is the Reason of what was written while the person was in such a room and
// had not been loaded here when they left it. Other devices may have it.
const GapUnloaded = "unloaded"

// GapDamaged is the Reason of what the server cannot give because its data are damaged.
// Who had it before still has it.
const GapDamaged = "damaged"

// Completeness says how much of a room's log is here. Nothing is ever silently
// left out: every sequence up to Through is a row, or in one of the gaps.
type Completeness struct {
	Through chat.Seq
	Behind  int // events the server has behind Through, as far as known
	// Missing are not loaded yet, Void hold nothing for the person: oldest first, at
	// most 20 of each; the numbers count all.
	Missing       []Gap
	MissingEvents int
	Void          []Gap
	VoidEvents    int
}

// Seen is how far has been read of a room that was read to read, by who has now seen the
// place seen: no further than to what is not loaded yet, which nobody has seen.
func (c *Completeness) Seen(read, seen chat.Seq) chat.Seq {
	for _, g := range c.Missing {
		if g.To > read && g.From <= seen {
			return max(read, g.From-1)
		}
	}
	return seen
}

// Whole reports whether nothing is missing: "complete to message Through".
func (c *Completeness) Whole() bool { return c.MissingEvents == 0 && c.Behind == 0 }
