package app

import (
	"context"
	"sync"
)

// inbox is how everybody else speaks to the loop: a list of tasks that only the
// loop runs. Posting never waits.
type inbox struct {
	wake chan struct{} // holds one token while there are tasks; fixed
	done chan struct{} // closed when the loop takes no more tasks; fixed

	mu     sync.Mutex
	tasks  []task // guarded by mu
	closed bool   // guarded by mu
}

// task is one thing for the loop to do: a function, or a message to be sent.
// Messages stay recognisable so that those that wait together are written to
// disk together.
type task struct {
	run  func()
	send *submission
}

func newInbox() *inbox {
	return &inbox{wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// post hands a task over; false if the loop has ended.
func (b *inbox) post(t task) bool {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return false
	}
	b.tasks = append(b.tasks, t)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default: // the token is there already
	}
	return true
}

// take returns everything that waits.
func (b *inbox) take() []task {
	b.mu.Lock()
	defer b.mu.Unlock()
	tasks := b.tasks
	b.tasks = nil
	return tasks
}

// close refuses further tasks and returns those that were never run.
func (b *inbox) close() []task {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		close(b.done)
	}
	tasks := b.tasks
	b.tasks = nil
	return tasks
}

// do posts fn without waiting for it.
func (a *App) do(fn func()) { a.in.post(task{run: fn}) }

// ask runs fn in the loop and returns what it returned, once the View shows it.
// fn must not block.
func ask[T any](ctx context.Context, a *App, fn func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	reply := make(chan answer, 1)
	var none T
	ok := a.in.post(task{run: func() {
		v, err := fn()
		a.noteDamage(err)
		a.later(func() { reply <- answer{v, err} })
	}})
	if !ok {
		return none, &Failed{Code: FailClosed}
	}
	select {
	case r := <-reply:
		return r.v, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-a.in.done:
	}
	select { // the last tasks may have run
	case r := <-reply:
		return r.v, r.err
	default:
		return none, &Failed{Code: FailClosed}
	}
}

// reserve is ask for functions that claim something. If the caller has given up before
// it heard of it, undo gives the claim up, in the loop.
func reserve[T any](ctx context.Context, a *App, fn func() (T, error), undo func()) (T, error) {
	claimed := false // owned by the loop
	v, err := ask(ctx, a, func() (T, error) {
		v, err := fn()
		claimed = err == nil
		return v, err
	})
	if err != nil {
		a.do(func() {
			if claimed {
				undo()
			}
		})
	}
	return v, err
}

// tell is ask for functions that only succeed or fail.
func tell(ctx context.Context, a *App, fn func() error) error {
	_, err := ask(ctx, a, func() (struct{}, error) { return struct{}{}, fn() })
	return err
}
