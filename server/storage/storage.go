// Package storage is what the server keeps, as an interface: room logs,
// accounts, devices and invites. It owns the meaning of each operation and its
// errors; engines live in sub-packages (boltstore: one file on this machine;
// memstore: memory, for tests and as the model the others are checked against)
// and must all pass storagetest. The clients' own database is package store.
//
// Nothing of an engine shows through: no transactions, buckets, files or
// iterators. What must be atomic is one call. An engine over a replicated log
// can implement Append with a compare-on-last-sequence and rebuild the indexes
// from the log, so indexes are never a second truth: RoomHead, AccountRooms and
// FindMID all follow from the events alone.
//
// Order of truth: an account exists before it joins a room; its joins are events
// of the rooms' logs. Nothing spans two rooms.
package storage

import (
	"context"
	"errors"

	"hearth/chat"
)

// Errors of every engine. Anything else means that the engine cannot vouch for
// its state: the server must stop accepting writes.
var (
	ErrNotFound      = errors.New("not found")
	ErrConflict      = errors.New("the log has moved on") // Append: head is not Expect
	ErrNameTaken     = errors.New("the name is taken")
	ErrDeviceTaken   = errors.New("the device exists already")
	ErrInviteUnknown = errors.New("no such invite")
	ErrInviteExpired = errors.New("the invite has expired")
	ErrInviteUsed    = errors.New("the invite is used up")
	ErrProofOld      = errors.New("the password was proven before it was replaced")
	ErrTooMany       = errors.New("too many")            // AddDevice beyond its limit
	ErrNoSpace       = errors.New("the disk is full")    // nothing was written; may succeed later
	ErrInUse         = errors.New("the data is in use")  // another process holds it
	ErrDamaged       = errors.New("the data is damaged") // do not go on
	ErrNewer         = errors.New("the data was written by a newer version")
	ErrClosed        = errors.New("the store is closed")
	ErrPurged        = errors.New("that is no longer kept") // a place that was purged
)

// Entry is an event with what is derived from it once and stored beside it.
type Entry struct {
	Event chat.Event
	Chain chat.Hash // after the event
	// Content is the content hash of what the client asked (chat.ContentHash of
	// the request), for telling a retry from a conflict. Zero for events the
	// server makes itself.
	Content chat.Hash
}

// Batch is an atomic addition to one room's log.
type Batch struct {
	Room chat.RoomID
	// Expect is the head the writer believes in; 0 creates the room.
	Expect chat.Seq
	// Entries are contiguous from Expect + 1; at least one. The message ids of one
	// author are new to the room: whoever owns the room asks FindMID first.
	Entries []Entry
	// DSeqs are the new counters of devices that sent, see chat's glossary.
	DSeqs map[chat.DeviceID]uint64
	// State is the room's state after the batch, nil if it did not change. Its
	// members are exactly the accounts whose lists of rooms hold this room.
	State *chat.Room
	// Joined and Left say which accounts' lists of rooms change.
	Joined, Left []chat.AccountID
	// Erase are places up to Expect whose events lose body, salt and content hash
	// (chat.Event.Erase), wherever the engine keeps them; one that is erased already
	// stays as it is. Events of the batch itself are handed over erased.
	Erase []chat.Seq
}

// RoomLog is the state a room's owner needs to go on.
type RoomLog struct {
	State *chat.Room
	Head  chat.Head
	// Floor is the last place that was purged, and the chain value there.
	Floor chat.Head
	DSeqs map[chat.DeviceID]uint64
}

// Sent is what the log says about a message id.
type Sent struct {
	Seq     chat.Seq
	Time    int64
	Chain   chat.Hash
	Content chat.Hash
	Erased  bool // the body is gone: a matching id alone is a duplicate
}

// Page is a contiguous part of a log. In an empty page both chain values are
// those of the newest place before the first sequence asked for.
type Page struct {
	Events []chat.Event
	Before chat.Hash // chain before the first event
	Chain  chat.Hash // chain after the last event
}

// Account is a person on this server.
type Account struct {
	ID       chat.AccountID
	Name     string // login name in its one normal form; unique
	Display  string
	Owner    bool   // of the server
	Verifier []byte // opaque to storage
	Created  int64  // milliseconds
	Disabled bool   // suspended, or deleted: it lets nobody in
	Deletion Deletion
	// Settled is set once the account has joined the default rooms.
	Settled  bool
	Privacy  Privacy
	Recovery Recovery
}

// Deletion is how far the deletion of an account is.
type Deletion byte

// Steps of a deletion. From the first on nothing is left of the account but its id, its
// login name, which stays taken, and its devices' ids.
const (
	DeletionNone   Deletion = 0
	DeletionRooms  Deletion = 1 // its rooms are still to be told
	DeletionErases Deletion = 2 // and everything it wrote is still to be erased
	DeletionDone   Deletion = 3
	// DeletionErased is DeletionDone with everything erased.
	DeletionErased Deletion = 4
)

// Pending reports whether something is still to be done.
func (d Deletion) Pending() bool { return d == DeletionRooms || d == DeletionErases }

// Begin returns the step from which a deletion goes on that is asked for now.
func (d Deletion) Begin(erase bool) Deletion {
	switch {
	case d == DeletionErased:
		return d
	case erase:
		return DeletionErases
	}
	return max(d, DeletionRooms)
}

// End returns the step after the rooms were told and, where that was to be, everything
// erased.
func (d Deletion) End() Deletion {
	switch d {
	case DeletionRooms:
		return DeletionDone
	case DeletionErases:
		return DeletionErased
	}
	return d
}

// Bare returns what is kept of an account that is deleted.
func (a *Account) Bare(erase bool) Account {
	return Account{ID: a.ID, Name: a.Name, Created: a.Created, Disabled: true, Settled: true, Deletion: a.Deletion.Begin(erase)}
}

// Bare returns what is kept of a device of an account that is deleted: that its key is
// used up.
func (d *Device) Bare() Device {
	return Device{ID: d.ID, Account: d.Account, Created: d.Created, Revoked: true}
}

// Recovery is an account's recovery key: only its public half is here.
type Recovery struct {
	Key  []byte // Ed25519 public key; nil: it has none
	Made int64  // milliseconds
	// Used is the public key that RecoverAccount has used last, By the device that it
	// enrolled, which may use it again until Until. Nil and zero: none may.
	Used  []byte
	By    chat.DeviceID
	Until int64
}

// Comeback is what RecoverAccount puts in the place of what there was.
type Comeback struct {
	Verifier []byte
	Recovery []byte // public key
	Until    int64  // milliseconds: so long may the device repeat it
}

// Privacy is what an account keeps to itself.
type Privacy struct {
	Presence bool // whether and when it was here
	Readings bool // how far it has read
	Typing   bool // that it is writing
}

// Card is what an account shows besides its names (docs/adr/0028).
type Card struct {
	Account chat.AccountID
	Rev     uint64    // grows with each change, across restored backups too
	Avatar  chat.Hash // of the picture's bytes; zero none
	Status  Status
}

// Status is one line about what somebody is up to.
type Status struct {
	Text, Emoji string
	Until       int64 // milliseconds; 0 for good
}

// None reports whether the status says nothing, at a time.
func (s Status) None(now int64) bool {
	return s.Text == "" && s.Emoji == "" || s.Over(now)
}

// Over reports whether the status said something until a time that has come.
func (s Status) Over(now int64) bool { return s.Until != 0 && s.Until <= now }

// Next returns the revision of a card that is changed now.
func (c Card) Next(now int64) uint64 { return max(c.Rev+1, uint64(max(now, 1))) }

// Marker is how far an account has read a room.
type Marker struct {
	Account chat.AccountID
	Room    chat.RoomID
	chat.Marker
	// Public is how far it has let others see that; it only grows.
	Public chat.Seq
}

// Merge returns what follows from both, which are of one account and room.
func (m Marker) Merge(o Marker) Marker {
	m.Marker = m.Marker.Merge(o.Marker)
	m.Public = max(m.Public, o.Public)
	return m
}

// Device is an installation that may prove itself by key.
type Device struct {
	ID       chat.DeviceID
	Account  chat.AccountID
	Key      []byte // Ed25519 public key
	Name     string
	Platform string
	Created  int64
	Proven   int64  // last proof of the password
	Seen     int64  // last time connected; may lag by a minute after a crash
	Peer     string // address prefix it last connected from; "" unknown
	Revoked  bool
	Reset    bool // enrolled by ResetAccount
	// Recovered: enrolled by RecoverAccount.
	Recovered bool
}

// Touch is when and from where a device was last connected.
type Touch struct {
	Seen int64  // milliseconds
	Peer string // address prefix, never a whole address; "" leaves what is known
}

// Invite admits accounts. Its secret is not here: only the public key made of it.
type Invite struct {
	ID      chat.InviteID
	Key     []byte
	Creator chat.AccountID // zero: the server
	Created int64
	Expires int64 // milliseconds; from then on it admits nobody
	Uses    int
	Used    int
	Owner   bool // the account it admits owns the server
	Revoked bool
	// For is the account it gives a new password, once, instead of making one; zero:
	// it makes accounts. By is the device that ResetAccount enrolled; zero: none yet.
	For chat.AccountID
	By  chat.DeviceID
}

// Store is a server's data. All methods may be called from any goroutine. A
// write has returned (or called done) with nil only when it is on disk.
type Store interface {
	// Epoch marks the unbroken life of this data.
	Epoch() chat.Epoch

	// Append adds a batch and calls done exactly once, from a goroutine of the
	// engine: with nil after the batch is on disk, with ErrConflict or ErrNoSpace
	// if nothing was written. done must not block. Batches of one room that are
	// handed over one after another are applied in that order. The engine must
	// not keep or change the batch after done; the caller must not change it
	// before.
	Append(b *Batch, done func(error))
	// Room returns what the room's owner needs; ErrNotFound if it does not exist.
	// State is nil if no batch has ever carried one. The caller owns the result.
	Room(ctx context.Context, room chat.RoomID) (*RoomLog, error)
	// RoomIDs returns all rooms in no particular order.
	RoomIDs(ctx context.Context) ([]chat.RoomID, error)
	// AccountRooms returns the rooms an account is in.
	AccountRooms(ctx context.Context, account chat.AccountID) ([]chat.RoomID, error)
	// Read returns events from first on, up to and including last, at most
	// maxEvents and about maxBytes of body (at least one event if there is one).
	// A first of 0 means 1; a last beyond the head means the head. A page ends before
	// an event that does not fit its chain value; if that is the first, the error
	// matches ErrDamaged. ErrPurged if the first place was purged.
	Read(ctx context.Context, room chat.RoomID, first, last chat.Seq, maxEvents, maxBytes int) (Page, error)
	// Head returns the newest place of a room.
	Head(ctx context.Context, room chat.RoomID) (chat.Head, error)
	// ChainAt returns the chain value after seq; zero hash at 0, ErrNotFound beyond the
	// head, ErrPurged for what was purged and is forgotten; see ForgetPurged.
	ChainAt(ctx context.Context, room chat.RoomID, seq chat.Seq) (chat.Hash, error)
	// FindMID tells what a room's log says about a message id of an account (the
	// event's author). The zero id is never found.
	FindMID(ctx context.Context, room chat.RoomID, account chat.AccountID, mid chat.MID) (Sent, bool, error)

	// Purge takes events away from the beginning of a room's log: at least one and about
	// most of those up to through, which lies before the head, in one transaction. It
	// returns where the log begins then; to purge the rest it is called again. With an
	// event go what followed from it and the bodies of its edits, wherever they stand.
	// What stays is its message id, place, time and chain value, as of an erased event,
	// until ForgetPurged, and the state. now is noted with it.
	Purge(ctx context.Context, room chat.RoomID, through chat.Seq, now int64, most int) (floor chat.Head, err error)
	// ForgetPurged forgets what is left of events of a room that were purged before a
	// time, at most most of them, the oldest first, and returns how many there were.
	// FindMID and ChainAt know them no longer.
	ForgetPurged(ctx context.Context, room chat.RoomID, before int64, most int) (int, error)

	// Named reports whether an event of a room, from a place on, that is not erased
	// names a content (chat.Event.Contents), NamedAnywhere whether one of any room does, NamedBytes
	// how much an account's events name, each content counted once an event. They
	// follow from the logs.
	Named(ctx context.Context, room chat.RoomID, content chat.Hash, from chat.Seq) (bool, error)
	NamedAnywhere(ctx context.Context, content chat.Hash) (bool, error)
	NamedBytes(ctx context.Context, account chat.AccountID) (int64, error)

	// About returns the newest changes to a message (chat.Event.Target) of the given
	// kinds, at most most, in the order of the log; AboutPlaces the places of all of
	// them. Without a kind it is changes of any. ErrNotFound if there is no room. They
	// follow from the log: an edit that is erased changes nothing any more.
	About(ctx context.Context, room chat.RoomID, target chat.Seq, most int, kinds ...chat.Kind) ([]chat.Event, error)
	AboutPlaces(ctx context.Context, room chat.RoomID, target chat.Seq, kinds ...chat.Kind) ([]chat.Seq, error)

	// CreateAccount makes an account with its first device and uses the invite
	// once, all or nothing. alike is equal for names that people take for one
	// another, and as unique as the name. Errors, the first that applies:
	// ErrInviteUnknown (also if revoked), ErrInviteExpired, ErrInviteUsed,
	// ErrNameTaken (also if the account's id exists or alike is taken),
	// ErrDeviceTaken. The device becomes the account's.
	CreateAccount(ctx context.Context, a Account, alike string, d Device, invite chat.InviteID, now int64) error
	// ResetAccount replaces what checks the password of the account that the invite
	// is for, adds the device to it, notes in it that it came that way, and uses the
	// invite, all or nothing. With others it revokes all other devices of the account
	// and returns which. Repeated for the device that used the invite, while that
	// lives, it sets the verifier anew, and again is true. Errors, the first that applies:
	// ErrInviteUnknown (also if revoked, or for no account that is open),
	// ErrInviteExpired, ErrInviteUsed, ErrDeviceTaken (also if it was revoked since),
	// ErrTooMany if the account had most devices or more that stay.
	ResetAccount(ctx context.Context, invite chat.InviteID, verifier []byte, d Device, others bool, most int, now int64) (ended []chat.DeviceID, again bool, err error)
	// Account, AccountByName: ErrNotFound if there is none.
	Account(ctx context.Context, id chat.AccountID) (Account, error)
	AccountByName(ctx context.Context, name string) (Account, error)
	// Accounts returns all accounts.
	Accounts(ctx context.Context) ([]Account, error)
	// SetDisplay changes an account's display name; ErrNotFound if there is none, or it is
	// deleted: what it asked for beside its deletion must not come behind it. The same
	// holds for all that writes something about an account, unless it says otherwise.
	SetDisplay(ctx context.Context, id chat.AccountID, display string) error
	// SetSettled records that the account has joined the default rooms;
	// ErrNotFound if there is none.
	SetSettled(ctx context.Context, id chat.AccountID) error
	// RecoverAccount replaces what checks an account's password and its recovery key,
	// adds the device, notes in it that it came that way, and ends the invites for the
	// account, all or nothing. key is the public half of the recovery key that was
	// proven. others, ended, again and most are as in ResetAccount; the device may
	// repeat it with the same key until r.Until. Errors, the first that applies:
	// ErrNotFound if there is no such account that is open, ErrProofOld if key is
	// not its recovery key, ErrDeviceTaken, ErrTooMany.
	RecoverAccount(ctx context.Context, id chat.AccountID, key []byte, r Comeback, d Device, others bool, most int, now int64) (ended []chat.DeviceID, again bool, err error)
	// SetRecovery replaces an account's recovery key and records a fresh proof of the
	// password by the device that it was made on, all or nothing; ErrNotFound as in
	// SetVerifier, ErrProofOld as said there.
	SetRecovery(ctx context.Context, id chat.AccountID, was, key []byte, device chat.DeviceID, now int64) error
	// SetDisabled shuts an account out, or lets it in again; ErrNotFound if there is none
	// that is not deleted.
	SetDisabled(ctx context.Context, id chat.AccountID, disabled bool) error
	// DeleteAccount erases what is known of an account besides the logs, all or
	// nothing: names but the login name, verifier, recovery key, card and picture, read
	// positions, whom it has blocked (the setting named so), its devices but their ids,
	// and ends invites that it made or that are for it. What is left is Account.Bare.
	// Repeated, it only notes that everything is to be erased as well, where that is
	// asked for. ErrNotFound if there is none; ErrProofOld as in SetVerifier.
	DeleteAccount(ctx context.Context, id chat.AccountID, was []byte, erase bool, now int64) error
	// EndDeletion notes that the rest of a deletion that had come to a step is done;
	// where it has been asked for more since, nothing. ErrNotFound if there is no
	// such account.
	EndDeletion(ctx context.Context, id chat.AccountID, at Deletion) error
	// SetPrivacy replaces what an account keeps to itself; ErrNotFound if there is
	// none.
	SetPrivacy(ctx context.Context, id chat.AccountID, p Privacy) error
	// SetBlocks replaces the setting that holds whom an account has blocked, see
	// BlocksSetting; ErrNotFound if there is no such account.
	SetBlocks(ctx context.Context, id chat.AccountID, value []byte) error
	// SetVerifier replaces what checks an account's password, and records a fresh
	// proof by the device it was changed on, and ends the invites for the account,
	// all or nothing; ErrNotFound if there is no such account, or no such device of it.
	// Here and below, was is the verifier that the password has been proven against:
	// ErrProofOld if that is not the account's any more. With nil nothing is compared.
	SetVerifier(ctx context.Context, id chat.AccountID, was, verifier []byte, device chat.DeviceID, proven int64) error

	// AddDevice enrols a further device. Errors, the first that applies:
	// ErrNotFound if there is no such account, ErrProofOld, ErrDeviceTaken (also if
	// revoked), ErrTooMany if the account would have more than most devices that are
	// not revoked.
	AddDevice(ctx context.Context, d Device, was []byte, most int) error
	// Device: ErrNotFound if there is none.
	Device(ctx context.Context, id chat.DeviceID) (Device, error)
	// Devices returns an account's devices.
	Devices(ctx context.Context, account chat.AccountID) ([]Device, error)
	// TouchDevices records when and from where devices were last connected; it
	// passes over devices that do not exist.
	TouchDevices(ctx context.Context, seen map[chat.DeviceID]Touch) error
	// ProveDevice records a fresh proof of the password; ErrNotFound if there is no
	// such device, or ErrProofOld.
	ProveDevice(ctx context.Context, id chat.DeviceID, was []byte, proven int64) error
	// RevokeDevice ends a device's right to connect; ErrNotFound if there is none.
	RevokeDevice(ctx context.Context, id chat.DeviceID) error
	// RevokeOtherDevices ends the right of all of an account's devices but one,
	// all or nothing, and returns those that had it until now; ErrNotFound if
	// there is no such account.
	RevokeOtherDevices(ctx context.Context, account chat.AccountID, keep chat.DeviceID) ([]chat.DeviceID, error)

	// PutMarkers merges read positions into those there are, all or nothing; one of
	// an account and room may stand in it several times. Neither need exist; those of
	// accounts that are deleted are passed over.
	PutMarkers(ctx context.Context, markers []Marker) error
	// AccountMarkers returns all read positions of an account, RoomMarkers those that
	// the given accounts have in a room, in no particular order; what has none is
	// left out.
	AccountMarkers(ctx context.Context, account chat.AccountID) ([]Marker, error)
	RoomMarkers(ctx context.Context, room chat.RoomID, accounts []chat.AccountID) ([]Marker, error)

	// PutAvatar replaces an account's picture (empty: none) and PutStatus its status;
	// they return the card as it is then, which has grown in Rev. ErrNotFound if there
	// is no such account; one that is deleted can still be left with nothing.
	PutAvatar(ctx context.Context, id chat.AccountID, picture []byte, now int64) (Card, error)
	PutStatus(ctx context.Context, id chat.AccountID, s Status, now int64) (Card, error)
	// EndStatus erases a status whose time is over at now, and nothing else: one that
	// was set since somebody looked stays. It returns the card as it is then.
	// ErrNotFound if there is no such account.
	EndStatus(ctx context.Context, id chat.AccountID, now int64) (Card, error)
	// Cards returns the cards of all who have ever had one, in no particular order;
	// Avatar the picture that an account has now, ErrNotFound if it has none.
	Cards(ctx context.Context) ([]Card, error)
	Avatar(ctx context.Context, id chat.AccountID) ([]byte, error)

	// PutInvite adds an invite; earlier ones for the same account end with it. One
	// that exists stays as it is, so that a repeated request neither renews nor
	// revives it. ErrNotFound if its creator is an account that is deleted.
	PutInvite(ctx context.Context, i Invite) error
	// Invite: ErrNotFound if there is none.
	Invite(ctx context.Context, id chat.InviteID) (Invite, error)
	// Invites returns all invites that are not revoked.
	Invites(ctx context.Context) ([]Invite, error)
	// RevokeInvite ends an invite; ErrInviteUnknown if there is none.
	RevokeInvite(ctx context.Context, id chat.InviteID) error

	// Setting and SetSetting keep small values of the server itself (default
	// rooms, the secret behind decoy answers). ErrNotFound if unset.
	Setting(ctx context.Context, key string) ([]byte, error)
	SetSetting(ctx context.Context, key string, value []byte) error

	// Probe performs a real commit, for readiness checks.
	Probe(ctx context.Context) error
	// Verify walks every room's log and reports the first place where sequence,
	// chain or an index does not follow from the events, as an error that matches
	// ErrDamaged.
	Verify(ctx context.Context) error
	// Close finishes what was handed over and closes the data. Afterwards every
	// method returns ErrClosed, but Epoch; closing again does nothing.
	Close() error
}
