package ui

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
)

// Between two redraws caused by the core there is at least a frame, and so many times
// what the last one took, so that a burst leaves the UI goroutine to the person; but
// never so long that somebody would see it.
const (
	frame      = 16 * time.Millisecond
	frameShare = 10
	longFrame  = 100 * time.Millisecond
)

// pump carries things between the core's goroutines and the UI goroutine. Everything it starts has ended when end returns.
type pump struct {
	core app.Commands // fixed
	post func(func()) // fixed: runs a function on the UI goroutine, later
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// uiQueue is the toolkit's queue of functions for the UI goroutine, until the program
// quits. Behind the end of its loop the toolkit runs them on the goroutine that asks,
// beside what the UI goroutine does then.
type uiQueue struct {
	closed   atomic.Bool
	repaints *repaints // fixed; nil: everything is painted
}

// post runs f on the UI goroutine, later; never once the queue is closed.
func (q *uiQueue) post(f func()) {
	if q.closed.Load() {
		return
	}
	fyne.Do(func() {
		q.run(func() {
			if !q.closed.Load() {
				f()
			}
		})
	})
}

func (q *uiQueue) run(f func()) {
	if q.repaints == nil {
		f()
		return
	}
	q.repaints.run(f)
}

// newPump returns a pump over a queue's post. Tests pass their own, because the
// toolkit's test driver would run functions on any goroutine.
func newPump(ctx context.Context, core app.Commands, post func(func())) *pump {
	p := &pump{core: core, post: post}
	p.ctx, p.stop = context.WithCancel(ctx)
	return p
}

// start begins to deliver changes: apply runs on the UI goroutine with what
// changed and the view as it is, at most once a frame.
func (p *pump) start(apply func(app.Changes, *app.View)) {
	sub := p.core.Subscribe()
	p.wg.Go(func() {
		defer sub.End()
		p.drain(sub, apply)
	})
}

func (p *pump) drain(sub *app.Subscription, apply func(app.Changes, *app.View)) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-sub.Ready():
		}
		c, ok := sub.Take()
		if !ok {
			continue
		}
		view := p.core.View()
		done := make(chan struct{})
		var took time.Duration // belongs to the UI goroutine until done
		p.post(func() {
			defer close(done)
			if p.ctx.Err() == nil {
				began := time.Now()
				apply(c, view)
				took = time.Since(began)
			}
		})
		select {
		case <-done:
		case <-p.ctx.Done():
			return
		}
		if c.Closed {
			return
		}
		pause.Reset(min(max(frame, frameShare*took), longFrame))
		select {
		case <-pause.C:
		case <-p.ctx.Done():
			return
		}
	}
}

// work runs do on a goroutine of its own and what it returns on the UI goroutine,
// unless the pump has ended by then. UI goroutine only.
func (p *pump) work(do func(ctx context.Context) (then func())) {
	if p.ctx.Err() != nil {
		return
	}
	p.wg.Go(func() {
		then := do(p.ctx)
		if then == nil {
			return
		}
		p.post(func() {
			if p.ctx.Err() == nil {
				then()
			}
		})
	})
}

// after runs then on the UI goroutine when some time has passed, unless the
// returned function was called before. UI goroutine only.
func (p *pump) after(d time.Duration, then func()) (cancel func()) {
	ctx, stop := context.WithCancel(p.ctx)
	if p.ctx.Err() != nil {
		return stop
	}
	p.wg.Go(func() {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		p.post(func() {
			if ctx.Err() == nil {
				stop()
				then()
			}
		})
	})
	return stop
}

// foreign runs f on the UI goroutine for a caller on any other one.
func (p *pump) foreign(f func()) { p.post(f) }

// end stops everything and waits for it.
func (p *pump) end() {
	p.stop()
	p.wg.Wait()
}
