package link

import (
	"context"
	"time"

	"hearth/net/wire"
)

// freshAfter is what an attempt may still take after the machine woke or its
// network changed. What was begun before may wait for an answer to something that
// another network swallowed, for as long as TCP and we are patient; a person who
// opens the lid is not.
const freshAfter = time.Second

// entered is what an attempt has led to: err, or the rest.
type entered struct {
	g     *greeted
	ready *wire.Ready
	err   *Error
}

// attempt connects and proves this device, once.
func (l *Link) attempt(ctx context.Context) entered {
	l.set(Status{State: StateDialling})
	g, err := greet(ctx, l.target(), l.o)
	if err != nil {
		return entered{err: asError(err, "", KindInternal)}
	}
	l.set(Status{State: StateGreeting, Address: g.address, ClockSkew: g.skew})
	ready, err := authenticate(ctx, g, l.cfg.Device)
	if err != nil {
		g.abandon()
		return entered{err: asError(err, g.address, KindLost)}
	}
	return entered{g: g, ready: ready}
}

// enter makes one attempt, and replaces it once if the machine woke meanwhile and
// it still leads nowhere.
func (l *Link) enter(ctx context.Context) entered {
	got, overtaken := l.watched(ctx, true)
	if overtaken && ctx.Err() == nil {
		got, _ = l.watched(ctx, false)
	}
	return got
}

// watched runs an attempt. If it may be given up it listens meanwhile, and
// overtaken says that it was given up; otherwise whatever happens is left for the
// wait that may follow.
func (l *Link) watched(ctx context.Context, mayEnd bool) (got entered, overtaken bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan entered, 1)
	go func() { done <- l.attempt(ctx) }() // received below in any case
	if !mayEnd {
		return <-done, false
	}
	var watch clockWatch
	watch.jumped(time.Now())
	clock := time.NewTicker(clockPeriod)
	defer clock.Stop()
	var enough <-chan time.Time
	var woke, tried bool
	for {
		select {
		case got = <-done:
			// Nobody has acted on it yet.
			if got.err != nil && woke {
				signal(l.wake)
			}
			if got.err != nil && tried {
				signal(l.try)
			}
			return got, false
		case <-enough:
			cancel()
			got = <-done
			return got, got.err != nil
		case <-l.try:
			tried = true
		case <-l.wake:
			woke = true
		case <-clock.C:
			if !l.stirred(&watch, time.Now()) {
				continue
			}
			woke = true
		}
		if enough == nil {
			enough = time.After(freshAfter)
		}
	}
}
