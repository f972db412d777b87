package app

import (
	"context"
	"io"
	"time"

	"hearth/chat"
)

// Commands is everything the core may be asked; *App implements it. Commands
// that take a context wait for their outcome and may be slow: the window calls
// them off its own goroutine; when one has returned, View shows what it did. The
// others return at once and report by Changes.
// Errors are *Failed (with words by code for the person) or context errors.
type Commands interface {
	FileCommands
	CardCommands
	RecoveryCommands
	AuthorityCommands

	// View returns the present state; never nil, never blocks.
	View() *View
	// Subscribe begins a subscription; End it.
	Subscribe() *Subscription
	// Messages reads a stretch of a room's timeline from the store, no network.
	Messages(ctx context.Context, room chat.RoomID, w Window) (Page, error)
	// Search looks for messages in everything stored, newest first, no network, also in
	// what the server has lost (MessageView.Lost: see LostMessages). It
	// calls found, on the caller's goroutine, until found says false, the context
	// ends or all has been seen. The query is words, "phrases", and filters (package
	// textsearch); one that is not understood fails with the field "search" and the
	// filter as Detail.
	Search(ctx context.Context, query string, found func(Hit) bool) error
	// Export writes a room's log as it is on this disk, oldest first, no network, and
	// returns what that came to. Where events are missing it says so. What was copied
	// into the folder before it failed stays there.
	Export(ctx context.Context, w io.Writer, r ExportRequest) (Exported, error)
	// LostMessages reads what is stored here of a room but no longer on the server,
	// in the order it was put aside, as it was at last; no network. Own messages among
	// it wait in the outbox, held, under their old ids, until the person decides. An edit
	// stands by itself if the server still has the message, without that edit.
	LostMessages(ctx context.Context, room chat.RoomID) ([]MessageView, error)

	// CheckInvite asks the server of an invite what it admits to. Nothing is stored.
	CheckInvite(ctx context.Context, link string) (InviteView, error)
	// CheckServer looks at the server of a server link or bare address before
	// signing in. For a bare address the identity is not verified: the person
	// must compare it, and SignIn takes it back as Compared.
	CheckServer(ctx context.Context, linkOrAddress string) (ServerView, error)
	// Join makes an account through an invite and opens the group.
	Join(ctx context.Context, r JoinRequest) error
	// SignIn enrols this device for an account that exists and opens the group.
	// In a profile whose session expired or whose keyring lost the secret it
	// keeps all local data.
	SignIn(ctx context.Context, r SignInRequest) error
	// ResetPassword gives an account a new password by a link for it, as whoever runs
	// the server makes one, enrols this device and opens the group. In a profile whose
	// session has ended it is a new device, which takes over what waits.
	ResetPassword(ctx context.Context, r ResetRequest) error
	// Host makes a new group on this machine, joins it as its owner and opens it.
	Host(ctx context.Context, r HostRequest) error

	// Unlock opens a vault with its passphrase; in PhaseLocked.
	Unlock(ctx context.Context, passphrase []byte) error
	// Retry tries again what PhaseLocked or PhaseFailed stopped at.
	Retry()
	// Rebuild puts a damaged store aside (it is renamed, never deleted) and
	// starts a fresh one from the server.
	Rebuild(ctx context.Context) error

	// Send puts a message into the outbox; it returns when it is on disk, with
	// the row that now shows it. Failing validation stores nothing.
	Send(ctx context.Context, room chat.RoomID, text string) (chat.MID, error)
	// SendMessage is Send for a message that answers another or passes words on. Whom
	// the text calls is found in it.
	SendMessage(ctx context.Context, room chat.RoomID, m Outgoing) (chat.MID, error)
	// What follows changes messages of the log and works offline, through the outbox;
	// the change is shown at once. A refused edit stays in the outbox for the person
	// to decide; other refused changes are dropped, and the truth is shown again.
	EditMessage(ctx context.Context, room chat.RoomID, seq chat.Seq, text string) error
	DeleteMessage(ctx context.Context, room chat.RoomID, seq chat.Seq) error
	React(ctx context.Context, room chat.RoomID, seq chat.Seq, emoji string, on bool) error
	Pin(ctx context.Context, room chat.RoomID, seq chat.Seq, on bool) error
	// Forward sends a message's newest text to a room.
	Forward(ctx context.Context, room chat.RoomID, seq chat.Seq, to chat.RoomID) (chat.MID, error)
	// Versions lists the texts a message has had, the original first; Reactors who put
	// which emoji on it; Pins the pinned messages, the one pinned last first, those that
	// are not stored here with only Seq and Missing. No network.
	Versions(ctx context.Context, room chat.RoomID, seq chat.Seq) ([]Version, error)
	Reactors(ctx context.Context, room chat.RoomID, seq chat.Seq) ([]ReactionView, error)
	Pins(ctx context.Context, room chat.RoomID) ([]MessageView, error)
	// RetryMessage queues a failed message again; DiscardMessage drops it;
	// EditWaiting replaces the text of one that was never handed to the server;
	// RemoveFile takes the file at a place out of its files, FailEmpty if nothing else is
	// in it. Both give it another id.
	RetryMessage(ctx context.Context, room chat.RoomID, mid chat.MID) error
	DiscardMessage(ctx context.Context, room chat.RoomID, mid chat.MID) error
	EditWaiting(ctx context.Context, room chat.RoomID, mid chat.MID, text string) error
	RemoveFile(ctx context.Context, room chat.RoomID, mid chat.MID, at int, file chat.Hash) error
	// Outbox lists everything that waits or failed, over all rooms, in the order of
	// sending. View.Waiting and View.Failed say when it is worth looking.
	Outbox(ctx context.Context) ([]OutboxEntry, error)
	// RetryAll queues everything again that failed or is held; it returns how much
	// that was.
	RetryAll(ctx context.Context) (int, error)

	// SetDraft keeps what was begun in a room; cheap, written a little later.
	SetDraft(room chat.RoomID, d chat.Draft)
	// KeepContent takes what has no place on this machine, such as a pasted picture,
	// into the profile, for a draft to name: it stays while one does.
	KeepContent(ctx context.Context, content io.Reader) (chat.Hash, error)
	// SetEmoji keeps what the person uses of the table of emoji, unless something newer is
	// kept.
	SetEmoji(e EmojiChoice)
	// SetRead says the person has seen everything up to seq. It does nothing while the
	// view is Fresh.
	SetRead(room chat.RoomID, seq chat.Seq)
	// MarkUnread marks everything from seq on as unread, on all devices, until SetRead
	// says seq or beyond; 0 takes the mark away.
	MarkUnread(ctx context.Context, room chat.RoomID, seq chat.Seq) error
	// Typing says that the person is writing in a room; to be called whenever the text
	// changes, cheap.
	Typing(room chat.RoomID)
	// SetPrivacy replaces what the account keeps to itself; needs a connection.
	SetPrivacy(ctx context.Context, p Privacy) error
	// Block says whether the person wants nothing to do with somebody: what they write
	// is marked as such and tells nothing, and the server lets them bring the person
	// into no room. It holds on all devices, needs no connection, and is told to nobody.
	Block(ctx context.Context, account chat.AccountID, on bool) error
	// Know says that the person knows somebody, or does not: see View.Known. It holds on
	// this device, and is told to nobody.
	Know(ctx context.Context, account chat.AccountID, on bool) error
	// ShowPictures says whether the pictures of everybody in the group are shown by
	// themselves, of those who come later too: see View.AllPictures. It holds on this
	// device, and is told to nobody.
	ShowPictures(ctx context.Context, all bool) error
	// SetActive says which room is open (zero: none) and whether the person looks
	// at the window: orders syncing, and decides what needs a notification. Back
	// after more than a minute, the connection is probed.
	SetActive(room chat.RoomID, looking bool)
	// Watch names somebody whose presence is wanted besides that of whom View.Presence
	// has anyway; zero: nobody. The server tells it if a room is shared.
	Watch(account chat.AccountID)
	// WatchRooms names the rooms that the person sees in a list: of more conversations of
	// two than can be watched, theirs come first.
	WatchRooms(rooms []chat.RoomID)

	// SetAtEnd says whether the room that is open shows its newest message: only
	// then is what comes seen, and needs no notification. SetActive leaves it as it is.
	SetAtEnd(at bool)
	// ChangeNotify changes the rules about notifications: change gets a copy of those
	// in force, on the core's goroutine. What makes no sense is left out.
	ChangeNotify(ctx context.Context, change func(*NotifyRules)) error
	// WhyNotified says what was decided about a message when it came, and by which
	// rule: "why did this ring?". The Rule is "" if nothing is known: of own and old
	// messages, and of those that came before this device belonged to the room.
	WhyNotified(ctx context.Context, room chat.RoomID, seq chat.Seq) (Notified, error)

	// CreateRoom goes through the outbox like a message: works offline.
	CreateRoom(ctx context.Context, r RoomRequest) (chat.RoomID, error)
	// Direct returns the conversation of the person with up to nine others, and begins
	// it if there is none; works offline. Its name is made of theirs.
	Direct(ctx context.Context, people []MemberView) (chat.RoomID, error)
	RenameRoom(ctx context.Context, room chat.RoomID, name string) error
	SetTopic(ctx context.Context, room chat.RoomID, topic string) error
	// ArchiveRoom makes a room one for reading, or takes that back; its owner may.
	ArchiveRoom(ctx context.Context, room chat.RoomID, archived bool) error
	// KeepRoom says for how many days the server shall keep messages of a room, 0 for
	// ever; its owner may. What is on people's devices stays.
	KeepRoom(ctx context.Context, room chat.RoomID, days int) error
	// HideReadings says that nobody in a room is shown how far others have read, or takes
	// that back; its owner may.
	HideReadings(ctx context.Context, room chat.RoomID, hidden bool) error
	// SetHistory says what newcomers of a room see from then on; its owner may. Nobody who
	// is in the room sees more or less by it, and what was written before stays closed to
	// those to whom it was (docs/adr/0042).
	SetHistory(ctx context.Context, room chat.RoomID, history chat.History) error
	// Older counts what of a room is older than so many days and not purged yet, as far
	// as it is stored here, no network.
	Older(ctx context.Context, room chat.RoomID, days int) (Older, error)
	LeaveRoom(ctx context.Context, room chat.RoomID) error
	// HideRoom leaves a direct room, or one that the person has left, out of lists on
	// this device until there is a new message, or takes that back. What is unread in
	// it counts as read.
	HideRoom(ctx context.Context, room chat.RoomID, hidden bool) error
	JoinRoom(ctx context.Context, room chat.RoomID) error
	AddMember(ctx context.Context, room chat.RoomID, account chat.AccountID) error
	// RemoveMember takes somebody out of a room, for its owner. It holds: they come
	// back only if an owner adds them (docs/adr/0039).
	RemoveMember(ctx context.Context, room chat.RoomID, account chat.AccountID) error
	// OpenRooms and People ask the server; they need a connection.
	OpenRooms(ctx context.Context) ([]OpenRoom, error)
	// RoomLike finds a room that the person sees, other than except, whose name looks like
	// one that they are about to give; nil for none. Without a connection only those are
	// known that the person is in.
	RoomLike(ctx context.Context, name string, except chat.RoomID) (*OpenRoom, error)
	People(ctx context.Context) ([]MemberView, error)
	// SetDisplay changes the person's display name; needs a connection.
	SetDisplay(ctx context.Context, display string) error

	// Devices lists the account's devices that may connect, this one first;
	// RemoveDevice ends one's right to, and its connection; RemoveOtherDevices
	// leaves only this one. All need a connection.
	Devices(ctx context.Context) ([]DeviceView, error)
	RemoveDevice(ctx context.Context, id chat.DeviceID) error
	RemoveOtherDevices(ctx context.Context) error
	// DeleteAccount deletes the account on the server for good (docs/adr/0039); needs a
	// connection. What is on this disk stays and can be read and exported; see
	// DeleteLocal. Password is wiped.
	DeleteAccount(ctx context.Context, r DeleteRequest) error
	// ChangePassword replaces the account's password; needs a connection and some
	// seconds of computing.
	ChangePassword(ctx context.Context, r PasswordRequest) error

	// CreateInvite makes an invite; needs a connection. Invites lists those that
	// live; RevokeInvite ends one.
	CreateInvite(ctx context.Context, uses int, expires time.Duration) (InviteLink, error)
	Invites(ctx context.Context) ([]InviteLink, error)
	RevokeInvite(ctx context.Context, id chat.InviteID) error
	// MakeReset makes a link for ResetPassword for somebody who forgot theirs, by login
	// name; only where the group is hosted here and its server runs.
	MakeReset(ctx context.Context, name string) (link string, err error)
	// ChangeAccount suspends somebody's account, by login name, lets it in again, or
	// deletes it for good; only where the group is hosted here and its server runs. It
	// returns who owns rooms from then on beside whom it has suspended.
	ChangeAccount(ctx context.Context, name string, change AccountChange) ([]Heir, error)
	// Accounts lists who has an account in the group, where ChangeAccount may be called.
	Accounts(ctx context.Context) ([]HostedAccount, error)

	// Follow makes the open group be looked for at other addresses from now on, first of
	// all: those of a link, or one that is given. Account and device stay as they are.
	// Whoever answers there must prove to be the group's server, else it fails with
	// FailOtherGroup; nothing secret is sent before. FailUnbound as by the ways in.
	Follow(ctx context.Context, linkOrAddress string) error

	// AllowUnbound lets the ways into a group, and Follow, go through a proxy that can read along, where
	// the profile has an account there that no proxy could: without it they fail with
	// FailUnbound, as a link alone must not take that away. It counts for this run; zero:
	// wherever that is.
	AllowUnbound(server chat.ServerID)

	// TryNow ends a wait between attempts; Wake says that the machine woke or the
	// network changed.
	TryNow()
	Wake()

	LocalCommands
	// SetSettings keeps the person's choices.
	SetSettings(s Settings) error
	HostingCommands
}

// Outgoing is a message to send.
type Outgoing struct {
	Text    string
	Reply   chat.Seq      // the message of the same room that it answers, 0: none
	Forward *chat.Forward // whose words it passes on, nil: own words
	// Draft is what of the room's draft is sent by this: it goes from there when the
	// message is in the outbox, at the same instant. nil: all of it. What is passed on
	// leaves it alone.
	Draft *chat.Draft
}

// Window says which stretch of a timeline to read. Exactly one of the fields
// Newest, Before, After, Around is meant: Around wins over Before, Before over
// After; none means Newest.
type Window struct {
	Before chat.Seq // messages older than this
	After  chat.Seq // messages newer than this; includes waiting ones when it reaches the end
	Around chat.Seq // half before, half from it on
	Limit  int      // at most this many, 1 to 500
	// Log reads the log as it is: changes are rows of their own, and messages have the
	// text they were sent with.
	Log bool
}

// OutboxEntry is something of the person's that is not in a log yet.
type OutboxEntry struct {
	Room     chat.RoomID
	RoomName string // "" for a room that is being joined
	// Part: it is no event of a room but what the person showed of themselves and the server
	// has lost; Message.Text has it, and Gone says that it was taken away.
	Part ProfilePart
	Gone bool
	// Message has the id for RetryMessage, DiscardMessage and EditWaiting, what was
	// written and when, State, and in StateFailed the Failure; CodeHeld there means
	// that it waits for the person's word and nobody has refused it.
	Message     MessageView
	Transmitted bool // it may have reached the server
	MayEdit     bool // EditWaiting will do
	MayCancel   bool // DiscardMessage will do
	MayRetry    bool // RetryMessage makes sense
}

// InviteView is what an invite admits to.
type InviteView struct {
	Group       string
	Inviter     string
	Addresses   []string
	Server      chat.ServerID
	Fingerprint string // in groups of four
	Expires     time.Time
	UsesLeft    int
	Name        string // login name of the account that ResetPassword is for; "": Join makes one
	Unbound     bool   // a proxy in between ends TLS and can read along
}

// ServerView is a server before signing in.
type ServerView struct {
	Address     string
	Server      chat.ServerID
	Fingerprint string // in groups of four
	Verified    bool   // it proved the identity the link pins
	Unbound     bool   // a proxy in between ends TLS and can read along
}

// SecretChoice says where the secrets of a new group shall live.
type SecretChoice struct {
	Mode       SecretMode // "" means the keyring, failing with ProblemKeyring… if it does not work
	Passphrase []byte     // for SecretVault
}

// JoinRequest makes an account. Passwords are wiped after use.
type JoinRequest struct {
	Link     string
	Name     string // login name; "" takes SuggestName(Display)
	Display  string
	Password []byte
	Secret   SecretChoice
}

// ResetRequest gives an account a new password by a link for it, and enrols this
// device. Passwords are wiped after use.
type ResetRequest struct {
	Link         string
	Password     []byte // the new one
	RemoveOthers bool   // sign out the account's other devices
	Secret       SecretChoice
}

// SignInRequest enrols this device.
type SignInRequest struct {
	Link     string // server link, invite link (only its server part is used), or address
	Compared chat.ServerID
	Name     string
	Password []byte
	Secret   SecretChoice
}

// PasswordRequest changes the password. Both are wiped after use.
type PasswordRequest struct {
	Present      []byte
	Fresh        []byte
	RemoveOthers bool // also what RemoveOtherDevices does
}

// HostRequest makes a group on this machine.
type HostRequest struct {
	Group    string
	Display  string
	Name     string
	Password []byte
	Local    bool // listen on this machine only, not on all interfaces
	Port     int  // 0: the default, or a free one if that is taken
	Secret   SecretChoice
}

// RoomRequest makes a room.
type RoomRequest struct {
	Name    string
	Topic   string
	Access  chat.Access  // "": open
	History chat.History // what newcomers see, see SetHistory; "": all
	Members []chat.AccountID
}

// OpenRoom is a room anybody of the group may join.
type OpenRoom struct {
	ID      chat.RoomID
	Name    string
	Topic   string
	Members int
	Joined  bool
	// Alike: its name looks like that of another room of the list, or of one the person
	// knows.
	Alike bool
}

// InviteLink is an invite; Link is set only in the answer to CreateInvite,
// because nobody but its maker ever holds the secret.
type InviteLink struct {
	ID      chat.InviteID
	Link    string
	Created time.Time
	Expires time.Time
	Uses    int
	Used    int
	For     chat.AccountID // who gets a new password by it; zero: it is for somebody new
	Lead    InviteLead
}

// Failed is an error of a command, for a person: the window has words by Code;
// Field names the input concerned ("name", "password", "link", "text", …).
type Failed struct {
	Code     FailCode
	Field    string
	Detail   string              // plain English, for the "more" fold and for scripts
	After    time.Duration       // when trying again makes sense; 0 unsaid
	Limit    int                 // the number that FailOutboxFull is about; 0 otherwise
	Server   chat.ServerID       // of FailUnbound; of FailSignedIn: of the group that is here
	Recovery *chat.RecoveryError // what is mistyped in a recovery key
	Wrong    AuthorityFault      // what FailAuthority is about; "" otherwise
	Problem  *Problem            // of the secrets or the data, if that is what failed
	// Fingerprints of a pin mismatch, in groups of four.
	Expected, Presented string
	Err                 error // the cause, for errors.As; may be nil
}

// FailCode is a stable name of a failure. Every chat.Code that a server may
// answer is one; the others are below.
type FailCode string

// Failures that do not come from a server's error frame.
const (
	FailBadLink       FailCode = "link.bad"
	FailBadAddress    FailCode = "address.bad"  // neither a link nor an address; Detail says why
	FailUnbound       FailCode = "link.unbound" // Server says of which; see AllowUnbound
	FailNotInvite     FailCode = "link.not_invite"
	FailNotReset      FailCode = "link.not_reset"
	FailIsReset       FailCode = "link.is_reset"     // Join: the link gives an account that exists a new password
	FailRecovery      FailCode = "recovery.wrong"    // or the name: never says which
	FailRecoveryKey   FailCode = "recovery.mistyped" // Recovery says how
	FailNoAccount     FailCode = "account.unknown"
	FailOwnAccount    FailCode = "account.own"
	FailPassword      FailCode = "password.wrong" // or the name: never says which
	FailPasswordShort FailCode = "password.short"
	FailPasswordWeak  FailCode = "password.common"
	FailPasswordLong  FailCode = "password.long"
	FailName          FailCode = "name.bad"
	FailNameTaken     FailCode = "name.taken"
	FailConnection    FailCode = "connection" // Detail is a Reason
	FailOffline       FailCode = "offline"    // needs a connection, there is none
	FailSecrets       FailCode = "secrets"    // see Problem
	FailStore         FailCode = "store"      // see Problem
	FailReadOnly      FailCode = "unwritable" // nothing can be written to the group's folder
	FailHosting       FailCode = "hosting"    // the bundled server did not start; Detail says why
	FailPortInUse     FailCode = "hosting.port"
	FailPortDenied    FailCode = "hosting.denied"          // this user may not listen on that port
	FailHostsOther    FailCode = "hosting.other"           // the profile hosts another group
	FailKept          FailCode = "hosting.kept"            // the data of its server that were kept cannot be taken again; Detail says why
	FailKeptRuns      FailCode = "hosting.kept_runs"       // another program serves them
	FailMove          FailCode = "hosting.move"            // its server's folder cannot be moved, so it has not ended; Detail says why
	FailHostSpace     FailCode = "hosting.space"           // the disk has too little room for a backup
	FailHostDamaged   FailCode = "hosting.damaged"         // the server's data are damaged, so it did not start; Detail says how
	FailBackup        FailCode = "hosting.backup"          // the backup is damaged or another server's, so nothing was changed; Detail says how
	FailOtherGroup    FailCode = "link.other"              // another group's server answers there
	FailSignedIn      FailCode = "profile.signed_in"       // the profile has this account already
	FailSignedInReset FailCode = "profile.signed_in_reset" // the same, met by a link for a new password, which signs in a device of its own
	FailNoRoom        FailCode = "room.unknown"
	FailPurged        FailCode = "message.purged" // the server no longer keeps it, so nothing about it can be changed
	FailOutboxFull    FailCode = "outbox.full"
	FailSettled       FailCode = "outbox.settled"     // it does not wait any more: it was sent or discarded meanwhile
	FailTransmitted   FailCode = "outbox.transmitted" // it may be on the server already, so it can be neither changed nor dropped
	FailTooLong       FailCode = "text.long"
	FailEmpty         FailCode = "text.empty"
	FailBadValue      FailCode = "value.bad"
	FailNobody        FailCode = "search.nobody"  // from: names nobody of any room on this disk; Detail is what was typed
	FailNowhere       FailCode = "search.nowhere" // in: names no room on this disk; Detail is what was typed
	FailHasGroup      FailCode = "profile.has_group"
	FailAuthority     FailCode = "authority.file" // Wrong says how
	FailClosed        FailCode = "closed"
	FailInternal      FailCode = "internal"
)

// Error implements error.
func (f *Failed) Error() string {
	s := string(f.Code)
	if f.Field != "" {
		s += " (" + f.Field + ")"
	}
	if f.Detail != "" {
		s += ": " + f.Detail
	}
	return s
}

// Unwrap returns the cause.
func (f *Failed) Unwrap() error { return f.Err }

// Hoster runs the bundled server inside the client. cmd/client passes one in;
// package app does not know the server.
type Hoster interface {
	// Start serves the data in dir, making it if there is none, and returns when
	// it accepts connections. changed is told, on any goroutine, when whoever runs the
	// server has changed somebody's account, from here or from the command line, and
	// when there is another backup.
	// ErrHostDamaged: the data are damaged and were left as they are, ErrHostHead as well
	// if only the last commit may be missing.
	Start(ctx context.Context, dir string, c HostConfig, changed func()) (HostInfo, error)
	// Occupied reports whether another program serves the data in dir, as far as that can be
	// told without opening them.
	Occupied(dir string) bool
	// Unused reports whether the server in dir never had an account; no if that cannot be
	// told.
	Unused(ctx context.Context, dir string) bool
	// Disk looks how much is missing on the disk that holds dir, for the server that runs;
	// the zero value of Full and Missing if nothing is.
	Disk(dir string) HostDisk
	// Reset makes a link for a new password for the account with this login name, as
	// host.Host does; ErrNoAccount if there is none.
	Reset(ctx context.Context, name string) (string, error)
	// ChangeAccount changes the account with this login name, as host.Host does;
	// ErrNoAccount if there is none.
	ChangeAccount(ctx context.Context, name string, change AccountChange) ([]Heir, error)
	// People lists the accounts that are not deleted, as host.Host does.
	People(ctx context.Context) ([]HostedAccount, error)
	// Backups says what copies of the data in dir there are, whether it runs or not;
	// Backup adds one to them and returns where it lies; ErrNoSpace if the disk has too
	// little room.
	Backups(dir string) (HostBackups, error)
	Backup(ctx context.Context) (file string, err error)
	// Check looks through a copy of the data in dir, and Restore puts it in their place
	// (without a copy: themselves, mended) and returns where those from before are, as
	// hearth-server does. ErrHostDamaged: it is damaged or another's; ErrNoSpace.
	Check(ctx context.Context, dir, path string) error
	Restore(ctx context.Context, dir, path string) (aside string, err error)
	// Stock counts what the server has.
	Stock(ctx context.Context) (HostStock, error)
	// Stop ends it cleanly; nil if it does not run. End does so for good: who is
	// connected is told that the group has ended.
	Stop(ctx context.Context) error
	End(ctx context.Context) error
	// Describe leaves in the folder how its data were served, so that hearth-server serves
	// them there again.
	Describe(dir string, c HostConfig) error
}

// HostConfig is how the bundled server shall run.
type HostConfig struct {
	Name  string // the group's
	Local bool
	Port  int // 0: the default or, if taken, a free one
	// Paused: it does not run until the person starts it.
	Paused bool `json:",omitzero"`
	// Places are where it was reached since when, the present place the last; none if it
	// was never moved.
	Places []HostSince `json:",omitempty"`
}

// AccountChange is what whoever hosts a group does with somebody's account.
type AccountChange string

// Changes of accounts (docs/adr/0039), in the server's words.
const (
	AccountSuspend   AccountChange = "suspend"
	AccountUnsuspend AccountChange = "unsuspend"
	AccountDelete    AccountChange = "delete"
	AccountErase     AccountChange = "erase" // deletes it, and everything it wrote
)

// HostedAccount is somebody's account, for whoever hosts the group.
type HostedAccount struct {
	Account   chat.AccountID
	Name      string // login name
	Display   string
	Owner     bool // the group belongs to them
	Suspended bool // shut out until they are let in again
}

// Heir is somebody who became an owner of rooms that only somebody who was suspended owned.
type Heir struct {
	Name    string // login name
	Display string
	Rooms   int
}

// DeleteRequest is what deleting the account takes.
type DeleteRequest struct {
	Password []byte
	Erase    bool // also everything the account wrote
}
