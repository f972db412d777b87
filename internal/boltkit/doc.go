// Package boltkit is what both databases of Hearth have in common: opening a
// bbolt file safely, moving it to a newer format, and committing to it in
// groups. It owns the bucket "hearth" of a file (its kind and format) and the one
// goroutine that writes. It must never know what the file holds: no rooms, no
// messages, no keys or values of others.
//
// # Use
//
//	db, err := boltkit.Open(path, boltkit.Options{Kind: "hearth-server", Migrations: migrations})
//	err = db.View(func(tx *bbolt.Tx) error { … copy values out … })
//	err = db.Update(ctx, func(tx *bbolt.Tx) error { … check, then put … })
//	db.Submit(func(tx *bbolt.Tx) error { … }, func(err error) { … })
//	err = db.Close()
//
// # Writing
//
// All writes go through one goroutine, which takes whatever requests wait (at
// most MaxGroup), runs them one after another in the order of submission inside
// one transaction, commits and syncs once, and then answers each. While it syncs
// the next requests gather. Nobody else may begin a write transaction.
//
// A request function
//
//   - sees what the requests before it have written, also those of its group;
//   - may run more than once, because a group is redone without a request that
//     failed: it must set its results afresh on every run and have no other
//     effect outside the transaction;
//   - that returns an error leaves no trace: the transaction is rolled back and
//     the others are redone without it. A function that has written nothing yet
//     says so with Refuse, which spares the others the second run. Check first,
//     then write.
//
// The answer nil means that the commit is synced to the disk. ErrNoSpace means
// that nothing of the group was written and that a later try may succeed. Any
// other failure of a commit leaves the state of the disk unknown: it ends the
// database for good (see Err), and everything after it is answered with ErrFailed.
//
// # Reading
//
// View is bbolt's read transaction: keep it short, copy every byte slice before
// it ends, never call Update inside it (a writer that has to map the file anew
// waits for all readers, so that would wait for ever).
//
// # Damage
//
// Open compares the size of the file with what its meta pages promise before the
// file is mapped. After that bbolt panics over a bad page, and a page beyond the
// end of a file is a memory fault. Both are turned into ErrDamaged wherever
// they happen on a goroutine of View, Check or the committer. What happens on
// one of bbolt's own goroutines ends the process; so does a page that leads to
// itself. Therefore Precheck looks at a file in a process of its own before this
// one opens it, and everything that walks a whole file is a Task for such a process.
package boltkit

import (
	"errors"
	"fmt"
)

// Errors of this package; match with errors.Is.
var (
	// ErrInUse: another process, or another DB of this one, holds the file.
	ErrInUse = errors.New("the file is in use")
	// ErrDamaged: the file is not what was written. Nothing was changed.
	ErrDamaged = errors.New("the file is damaged")
	// ErrHead: one of the two pages that say where everything begins is damaged, so
	// that the last commit may be missing; see MendHead. It is an ErrDamaged.
	ErrHead = fmt.Errorf("%w: one of its two heads is not valid, so the last commit may be missing", ErrDamaged)
	// ErrNewer: the file was written by a newer version of the program.
	ErrNewer = errors.New("the file was written by a newer version")
	// ErrOlder: the file was opened only to be read and has an older format.
	ErrOlder = errors.New("the file has an older format")
	// ErrReadOnly: the file was opened only to be read.
	ErrReadOnly = errors.New("the file was opened only to be read")
	// ErrWrongKind: a sound file, but not of this kind.
	ErrWrongKind = errors.New("the file is of another kind")
	// ErrNoSpace: the disk, a quota or Options.MaxBytes is full; nothing of the
	// group was written, a later try may succeed.
	ErrNoSpace = errors.New("no space left for the file")
	// ErrFailed: a commit failed in a way that leaves the disk unknown. The
	// database takes no writes any more.
	ErrFailed = errors.New("writing to the file has failed")
	// ErrClosed: Close was called.
	ErrClosed = errors.New("the file is closed")
)

// refusal is the error of a request that has written nothing.
type refusal struct{ err error }

func (r refusal) Error() string { return r.err.Error() }
func (r refusal) Unwrap() error { return r.err }

// Refuse wraps the error of a request function that has written nothing, so that
// the rest of its group need not be redone. The submitter receives err itself.
// Refusing after the first write breaks the promise that a failed request leaves
// no trace.
func Refuse(err error) error {
	if err == nil {
		return nil
	}
	return refusal{err}
}

func failedError(cause error) error { return fmt.Errorf("%w: %w", ErrFailed, cause) }
