package boltkit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"hearth/internal/fault"
)

// request is one function waiting to be committed. After take it belongs to the
// committer's goroutine.
type request struct {
	fn   func(tx *bbolt.Tx) error
	done func(error)
	// first begins a group: the request wants a transaction that nobody has
	// written in.
	first bool
	err   error // the answer
}

// committer is the one writer of a file.
type committer struct {
	ended    chan struct{} // closed when run has ended
	failedCh chan struct{} // closed when failed is set

	mu      sync.Mutex
	wake    sync.Cond  // on mu: something waits, or closing
	waiting []*request // guarded by mu
	closing bool       // guarded by mu
	failed  error      // guarded by mu; set once, by run
	stuck   bool       // guarded by mu; bbolt still holds its own locks after a panic

	closeOnce sync.Once
	closeErr  error // guarded by closeOnce
}

func (db *DB) startCommitter() {
	db.ended, db.failedCh = make(chan struct{}), make(chan struct{})
	db.wake.L = &db.mu
	go db.run()
}

// Submit hands over a request and returns at once. done is called exactly once,
// from the committer's goroutine, with nil after the commit is synced; it must
// not block. Requests run in the order of their submission. After Close, done is
// called with ErrClosed from a goroutine of its own.
func (db *DB) Submit(fn func(tx *bbolt.Tx) error, done func(error)) {
	if !db.enqueue(&request{fn: fn, done: done}) {
		go done(db.closedError()) // ends by itself, done does not block
	}
}

// Update runs a request and waits for its answer. If ctx ends before the
// committer has taken the request, nothing is written and the error is that of
// ctx; after that Update waits for the answer.
func (db *DB) Update(ctx context.Context, fn func(tx *bbolt.Tx) error) error {
	return db.wait(ctx, &request{fn: fn})
}

// wait submits r and waits for its answer or, before it has been taken, for ctx.
func (db *DB) wait(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	answer := make(chan error, 1)
	r.done = func(err error) { answer <- err }
	if !db.enqueue(r) {
		return db.closedError()
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		if db.withdraw(r) {
			return ctx.Err()
		}
		return <-answer
	}
}

// Err returns why the database takes no writes any more, nil while it does.
func (db *DB) Err() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.failed
}

// Failed is closed when the database takes no writes any more; Err says why.
func (db *DB) Failed() <-chan struct{} { return db.failedCh }

// Close commits what was handed over, answers it, and closes the file. Calling it
// again returns the same. It waits for readers.
func (db *DB) Close() error {
	db.closeOnce.Do(func() {
		db.mu.Lock()
		db.closing = true
		db.wake.Signal()
		db.mu.Unlock()
		<-db.ended
		if db.stuck { // nobody changes it any more
			db.closeErr = db.failed
			return
		}
		sums := db.lastSums()
		if db.closeErr = guard(db.bolt.Close); db.closeErr != nil || db.failed != nil || db.readOnly || db.suspect.Load() {
			return
		}
		if err := markClosed(db.path, sums); err != nil {
			db.log.Warn("could not mark the database as closed", "err", err) // the next start looks at more
		}
	})
	return db.closeErr
}

// lastSums are the sums for the mark that closing leaves; nil if there is to be none.
func (db *DB) lastSums() (sums map[string]string) {
	if len(db.summed) == 0 || db.failed != nil || db.readOnly || db.suspect.Load() {
		return nil
	}
	err := guard(func() error {
		return db.bolt.View(func(tx *bbolt.Tx) (err error) {
			sums, err = sumsOf(tx, db.summed)
			return err
		})
	})
	if err != nil { // whatever is wrong there, the next opening is to look at all of it
		db.logPanic(err)
		db.suspect.Store(true)
		return nil
	}
	return sums
}

func (db *DB) closedError() error {
	if db.readOnly {
		return ErrReadOnly
	}
	return ErrClosed
}

func (db *DB) enqueue(r *request) bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closing || db.readOnly {
		return false
	}
	db.waiting = append(db.waiting, r)
	if len(db.waiting) == 1 {
		db.wake.Signal()
	}
	return true
}

func (db *DB) withdraw(r *request) bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	for i, w := range db.waiting {
		if w == r {
			db.waiting = append(db.waiting[:i:i], db.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// take waits for requests; none means that the database closes.
func (db *DB) take() (group []*request, failed error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for len(db.waiting) == 0 && !db.closing {
		db.wake.Wait()
	}
	n := groupLength(db.waiting)
	group = db.waiting[:n:n]
	if db.waiting = db.waiting[n:]; len(db.waiting) == 0 {
		db.waiting = nil
	}
	return group, db.failed
}

func groupLength(waiting []*request) int {
	for i, r := range waiting {
		if i == MaxGroup || i > 0 && r.first {
			return i
		}
	}
	return len(waiting)
}

// run is the committer's goroutine.
func (db *DB) run() {
	defer close(db.ended)
	for {
		group, failed := db.take()
		if len(group) == 0 {
			return
		}
		if failed == nil {
			db.commitGroup(group)
		} else {
			answer(group, failed)
		}
		for _, r := range group {
			r.done(r.err)
		}
	}
}

func answer(group []*request, err error) {
	for _, r := range group {
		r.err = err
	}
}

// commitGroup gives every request of the group its answer.
func (db *DB) commitGroup(group []*request) {
	for len(group) > 0 {
		tx, err := db.begin()
		if err != nil {
			answer(group, db.fail(err, nil))
			return
		}
		var written, again []*request
		err = guard(func() error {
			written, again = runGroup(tx, group)
			return nil
		})
		switch {
		case err != nil: // a panic: the engine is not to be trusted any more
			answer(group, db.fail(err, rollback(tx)))
			return
		case again != nil || len(written) == 0:
			if err := rollback(tx); err != nil {
				answer(group, db.fail(err, err))
				return
			}
			group = again
		default:
			answer(written, db.commit(tx))
			return
		}
	}
}

func (db *DB) begin() (tx *bbolt.Tx, err error) {
	err = guard(func() (err error) {
		tx, err = db.bolt.Begin(true)
		return err
	})
	return tx, err
}

// runGroup runs the functions in order. It returns the requests that await the
// commit or, if one failed after it may have written, those to begin again with.
func runGroup(tx *bbolt.Tx, group []*request) (written, again []*request) {
	for i, r := range group {
		if r.err = r.fn(tx); r.err == nil {
			written = append(written, r)
			continue
		}
		refused, ok := r.err.(refusal) //nolint:errorlint // only the outermost wrapper says that nothing was written
		if ok {
			r.err = refused.err
			continue
		}
		// What ran before it saw nothing of it, so refusals so far stand.
		return nil, append(written, group[i+1:]...)
	}
	return written, nil
}

// rollback ends a transaction that may have panicked. An error means that bbolt
// still holds its locks.
func rollback(tx *bbolt.Tx) error {
	if err := guard(tx.Rollback); err != nil && !errors.Is(err, berrors.ErrTxClosed) {
		return err
	}
	return nil
}

// commit syncs the transaction and returns the answer for its group.
func (db *DB) commit(tx *bbolt.Tx) error {
	id := tx.ID()
	fault.Point(fault.BoltBeforeSync)
	err := guard(tx.Commit)
	if err == nil {
		fault.Point(fault.BoltAfterSync)
		return nil
	}
	var p *panicError
	if errors.As(err, &p) {
		return db.fail(err, rollback(tx))
	}
	// Full: bbolt has rolled back. If it had got as far as the meta page, what the
	// disk holds after a power cut would be anybody's guess.
	if IsNoSpace(err) && db.newestCommit() < id {
		db.log.Warn("no space for a commit", "err", err)
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return db.fail(err, nil)
}

// newestCommit returns the transaction that readers see.
func (db *DB) newestCommit() (id int) {
	err := guard(func() error {
		return db.bolt.View(func(tx *bbolt.Tx) error {
			id = tx.ID()
			return nil
		})
	})
	if err != nil {
		return int(^uint(0) >> 1)
	}
	return id
}

// fail ends the database for writers. stuck is the error of rollback.
func (db *DB) fail(err, stuck error) error {
	db.logPanic(err)
	db.log.Error("database takes no writes any more", "err", err)
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.failed == nil {
		close(db.failedCh)
	}
	db.failed, db.stuck = failedError(err), stuck != nil
	return db.failed
}

// IsNoSpace recognises a full disk, also with files that are no database. bbolt
// passes some errors on as text only.
func IsNoSpace(err error) bool {
	if errors.Is(err, berrors.ErrMaxSizeReached) {
		return true
	}
	for _, e := range noSpace {
		if errors.Is(err, e) || strings.Contains(err.Error(), e.Error()) {
			return true
		}
	}
	return false
}

// IsUnwritable recognises a file or a folder that this user, or nobody, can write to,
// also with files that are no database.
func IsUnwritable(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, writeProtected)
}

// noSpace are the ways systems say that a file cannot grow now.
var noSpace = append([]syscall.Errno{syscall.ENOSPC}, moreNoSpace...)
