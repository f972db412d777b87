package boltkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// panicError is a panic, or a memory fault, out of bbolt or a function it called.
type panicError struct {
	value any
	stack []byte // for the log only
}

func (p *panicError) Error() string { return fmt.Sprintf("%v: %v", ErrDamaged, p.value) }
func (p *panicError) Unwrap() error { return ErrDamaged }

// guard runs fn and turns a panic into an error. Faults on mapped memory (a file
// that somebody has cut off) panic only because we ask for it here, and only on
// this goroutine.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return fn()
}

// View runs fn in a read transaction. What it reads is the state after some
// commit and is valid during fn only.
func (db *DB) View(fn func(tx *bbolt.Tx) error) error {
	err := guard(func() error { return db.bolt.View(fn) })
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	db.logPanic(err)
	return err
}

// Check walks every bucket, key and value and then every page of the file. It
// takes time and memory in proportion to the file; writers wait for its second half.
func (db *DB) Check(ctx context.Context) error {
	// First on this goroutine, where a fault is caught; bbolt's own check runs on
	// another, and would find freed pages of a writer if one were at work.
	if err := db.View(func(tx *bbolt.Tx) error { return walkAll(ctx, tx) }); err != nil {
		return err
	}
	checked := errors.New("checked")
	check := func(tx *bbolt.Tx) error { return Refuse(cmp.Or(db.checkPages(tx), checked)) }
	err := ErrReadOnly
	if !db.readOnly {
		err = db.wait(ctx, &request{fn: check, first: true})
	}
	if errors.Is(err, ErrFailed) || errors.Is(err, ErrReadOnly) { // then nobody writes
		err = db.View(check)
	}
	if errors.Is(err, checked) {
		return nil
	}
	return err
}

// checkPages returns the first error bbolt finds. It finds errors for minutes in
// a page that leads to itself; whoever only reads is a process made for looking,
// which ends, and does not wait for that. Others must: bbolt still reads.
func (db *DB) checkPages(tx *bbolt.Tx) (first error) {
	for err := range tx.Check() {
		if first == nil {
			first = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if db.readOnly {
			break
		}
	}
	return first
}

func walkAll(ctx context.Context, tx *bbolt.Tx) error {
	return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return walk(ctx, b) })
}

func walk(ctx context.Context, b *bbolt.Bucket) error {
	var last []byte
	n := 0
	return b.ForEach(func(k, v []byte) error {
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if last != nil && string(last) >= string(k) {
			return fmt.Errorf("%w: keys out of order", ErrDamaged)
		}
		last = append(last[:0], k...)
		if v == nil {
			return walk(ctx, b.Bucket(k))
		}
		touch(v)
		return nil
	})
}

// touch reads one byte of each page a value lies on.
func touch(v []byte) {
	var x byte
	for i := 0; i < len(v); i += smallestPage {
		x ^= v[i]
	}
	runtime.KeepAlive(x) // or the compiler drops the reads
}
