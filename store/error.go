package store

import (
	"errors"
	"fmt"

	"hearth/chat"
)

// Errors of this package. Open returns the first group; none of them changes
// or removes the file.
var (
	// ErrInUse: another process has this group open.
	ErrInUse = errors.New("this group is already open in another window")
	// ErrWrongKey: the file is sealed with another key than the one given.
	ErrWrongKey = errors.New("the stored data belongs to another key")
	// ErrDamaged: the file is not what was written. The app may rename it aside
	// and load everything from the server again.
	ErrDamaged = errors.New("the stored data is damaged")
	// ErrMissing: a file that was there before is missing or empty. It is a kind of
	// ErrDamaged.
	ErrMissing = fmt.Errorf("%w: the file is missing or empty", ErrDamaged)
	// ErrNewer: the file was written by a newer version of the program.
	ErrNewer = errors.New("the stored data was written by a newer version of Hearth")
	// ErrOlder: the file was written by an older version, and lies where it cannot be
	// brought up to date.
	ErrOlder = errors.New("the stored data was written by an older version of Hearth, and cannot be written")
	// ErrOtherOwner: the file belongs to another account or server.
	ErrOtherOwner = errors.New("the stored data belongs to another account")

	// ErrNoSpace: the disk is full; nothing was written, a later try may succeed.
	ErrNoSpace = errors.New("the disk is full")
	// ErrReadOnly: the file cannot be written, see Store.ReadOnly; nothing was.
	ErrReadOnly = errors.New("the stored data cannot be written")
	// ErrFailed: a commit failed in a way that leaves the disk unknown; the store
	// takes no writes any more. Reading may go on.
	ErrFailed = errors.New("writing the stored data has failed")
	// ErrInvalid: the caller contradicts himself; nothing was changed.
	ErrInvalid = errors.New("not a valid request to the store")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("the store is closed")
	// ErrNotFound: no such room, outbox entry, draft or setting.
	ErrNotFound = errors.New("not found")
	// ErrOutboxFull: as many messages wait as are allowed; it comes as an
	// OutboxFullError.
	ErrOutboxFull = errors.New("too many messages are waiting to be sent")
	// ErrDuplicateMID: an outbox entry with this message id exists.
	ErrDuplicateMID = errors.New("this message id is already in the outbox")
	// ErrTransmitted: the entry may have reached the server, so that it cannot be
	// edited before its fate is known.
	ErrTransmitted = errors.New("this message may already have been sent")
)

// OutboxFullError says how many may wait. It matches ErrOutboxFull.
type OutboxFullError struct{ Limit int }

// Error implements error.
func (e *OutboxFullError) Error() string {
	return fmt.Sprintf("%s: at most %d may (the server's limit outbox_entries)", ErrOutboxFull, e.Limit)
}

// Is makes errors.Is(err, ErrOutboxFull) true.
func (e *OutboxFullError) Is(target error) bool { return target == ErrOutboxFull }

// GapError reports that events do not continue the cursor. Nothing was changed.
type GapError struct {
	Room chat.RoomID
	Have chat.Seq // the cursor
	Got  chat.Seq // first sequence that was offered
}

// Error implements error.
func (e *GapError) Error() string {
	return fmt.Sprintf("room %s: events from %d do not continue the cursor at %d", e.Room, e.Got, e.Have)
}

// ChainError reports that the chain value computed from the events is not the
// one the server stated: tampering, or a fault. Nothing was changed.
type ChainError struct {
	Room chat.RoomID
	Seq  chat.Seq // the place whose chain value differs
}

// Error implements error.
func (e *ChainError) Error() string {
	return fmt.Sprintf("room %s: the chain differs at %d", e.Room, e.Seq)
}

// DamageError is what Check and reads report about a place in the file. It
// matches ErrDamaged.
type DamageError struct {
	Where string // what kind of record, and the room or order it belongs to
	What  string // what is wrong with it
}

// Error implements error.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%s: %s: %s", ErrDamaged, e.Where, e.What)
}

// Is makes errors.Is(err, ErrDamaged) true.
func (e *DamageError) Is(target error) bool { return target == ErrDamaged }
