package link

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hearth/chat"
)

// Link keeps one connection for an enrolled device, for ever.
type Link struct {
	// Fixed after New.
	cfg    Config
	o      Options
	spread func(time.Duration) time.Duration
	try    chan struct{} // capacity 1: a person wants an attempt now
	wake   chan struct{} // capacity 1: the machine woke, or the network changed
	quiet  atomic.Bool

	// Guarded by mu.
	mu        sync.Mutex
	addresses []string
	pin       chat.ServerID // moves to an identity that has succeeded it
	status    Status

	// Owned by Run.
	back    backoff
	network string    // as it was when last looked at
	looked  time.Time // when that was
	woke    time.Time // when the present connection was last probed for waking
}

// New returns a link; it does nothing before Run.
func New(c Config, o Options) *Link {
	return &Link{
		cfg: c, o: o.withDefaults(), spread: uniform, try: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		addresses: slices.Clone(c.Link.Addresses), pin: c.Link.Server, status: Status{State: StateOffline},
	}
}

// Status returns the present status.
func (l *Link) Status() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}

// TryNow ends a wait, also in StateStopped, on a person's wish.
func (l *Link) TryNow() { signal(l.try) }

// Wake says that the machine woke, that the network changed, or that the window
// came back after a minute or more: a connection is probed, a wait shortened.
// It does not end StateStopped, nor a wait that the server asked for.
func (l *Link) Wake() { signal(l.wake) }

// SetQuiet makes heartbeats half as frequent, for a hidden window on battery;
// it takes effect with the next beat.
func (l *Link) SetQuiet(on bool) { l.quiet.Store(on) }

// SetAddresses replaces where the server may be found, from the next attempt
// on. The pin stays.
func (l *Link) SetAddresses(addresses []string) {
	if len(addresses) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.addresses = slices.Clone(addresses)
}

// target is the link with the identity that must answer now.
func (l *Link) target() chat.Link {
	addresses := l.targets()
	l.mu.Lock()
	defer l.mu.Unlock()
	return chat.Link{Addresses: addresses, Server: l.pin, Bound: l.cfg.Link.Bound}
}

// movePin follows the server to an identity that has succeeded the pinned one,
// once it has shown that it knows this device. From then on the old one, which
// may have been stolen, opens nothing here any more.
func (l *Link) movePin(to chat.ServerID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pin == to {
		return
	}
	l.o.Log.Info("the server's identity was succeeded by another", "from", l.pin.String(), "to", to.String())
	l.pin = to
}

// targets returns the addresses to try, the one that worked last first.
func (l *Link) targets() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := slices.Clone(l.addresses)
	if i := slices.Index(out, l.status.Address); i > 0 {
		copy(out[1:i+1], out[:i])
		out[0] = l.status.Address
	}
	return out
}

// Run keeps the connection until the context ends; it returns when all its
// goroutines have. Its only error is a configuration that cannot work.
func (l *Link) Run(ctx context.Context) error {
	if err := usable(l.cfg.Link, false); err != nil {
		return err
	}
	if l.cfg.Handler == nil {
		return &Error{Kind: KindInternal, Err: errors.New("no handler")}
	}
	if _, err := devicePublic(l.cfg.Device.Key); err != nil {
		return err
	}
	l.back, l.network = backoff{spread: l.spread}, l.o.Network()
	for l.awaitRoute(ctx) {
		failed, up := l.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		l.back.ended(up)
		l.o.Log.Info("connection ended", "kind", failed.Kind, "address", failed.Address, "error", failed.Err, "ready_for", up)
		if !l.rest(ctx, failed, up > 0) {
			break
		}
	}
	l.set(Status{State: StateStopped, Reason: &Error{Kind: KindClosed}})
	return nil
}

// connect makes one attempt and serves the connection it leads to. up is how
// long that was ready.
func (l *Link) connect(ctx context.Context) (*Error, time.Duration) {
	got := l.enter(ctx)
	if got.err != nil {
		return got.err, 0
	}
	g := got.g
	l.movePin(g.greeting.Server)
	s := newSession(g, got.ready, l.cfg.Handler, l.o.Log)
	l.set(Status{State: StateLive, Address: g.address, ClockSkew: g.skew, Unbound: g.binding.Unbound})
	begin := time.Now()
	why := l.serve(ctx, s)
	return why, max(time.Since(begin), 1)
}

// awaitRoute waits until this machine has a network, or somebody insists. It
// reports false when the context ended.
func (l *Link) awaitRoute(ctx context.Context) bool {
	if slices.ContainsFunc(l.targets(), loopback) {
		return ctx.Err() == nil
	}
	for !l.o.Route() {
		if s := l.Status(); s.State != StateOffline || s.Reason == nil {
			l.set(Status{State: StateOffline, Reason: &Error{Kind: KindNoRoute}})
		}
		switch l.idle(ctx, routePoll, true) {
		case idleEnded:
			return false
		case idleTried:
			return true
		}
	}
	return ctx.Err() == nil
}

// rest waits as the cause of the failure asks, or for a person after a final
// error; one that others may lift it looks at again after long. It reports false when the context ended.
func (l *Link) rest(ctx context.Context, e *Error, up bool) bool {
	if e.Final() {
		l.set(Status{State: StateStopped, Reason: e, Address: e.Address})
		return l.idle(ctx, l.back.again(e), false) != idleEnded
	}
	d := l.back.next(e, up)
	if !asked(e) && !l.woke.IsZero() && time.Since(l.woke) <= wokeLately {
		d = min(d, l.back.hurry())
	}
	l.woke = time.Time{} // it hurries one attempt only
	return l.wait(ctx, e, d)
}

// wokeLately is for how long after waking the end of a connection is taken for
// its consequence.
const wokeLately = probeReply + time.Second

// asked reports whether the server asked for the wait that follows.
func asked(e *Error) bool { return e.RetryAfter > 0 || e.Kind == KindDisplaced }

// wait counts down to the next attempt. A wait that the server asked for is
// shortened by a person only.
func (l *Link) wait(ctx context.Context, e *Error, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	end := time.Now().Add(d)
	l.set(Status{State: StateWaiting, Reason: e, Next: end, Address: e.Address})
	switch l.idle(ctx, d, !asked(e)) {
	case idleEnded:
		return false
	case idleOver:
		return true
	}
	if d = min(l.back.hurry(), time.Until(end)); d <= 0 {
		return true
	}
	l.set(Status{State: StateWaiting, Reason: e, Next: time.Now().Add(d), Address: e.Address})
	return l.idle(ctx, d, false) != idleEnded
}

// ending says what ended an idle time.
type ending int

const (
	idleOver  ending = 1 // the time was over
	idleTried ending = 2 // a person wants an attempt
	idleWoke  ending = 3 // the machine woke, the network or the clock changed
	idleEnded ending = 4 // the context ended
)

// idle waits for d, or without end if d is 0. Waking ends it early only if
// wakes is set.
func (l *Link) idle(ctx context.Context, d time.Duration, wakes bool) ending {
	var over, clock <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	var watch clockWatch
	if wakes {
		watch.jumped(time.Now())
		t := time.NewTicker(clockPeriod)
		defer t.Stop()
		clock = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return idleEnded
		case <-over:
			return idleOver
		case <-l.try:
			return idleTried
		case <-l.wake:
			if wakes {
				return idleWoke
			}
		case <-clock:
			if l.stirred(&watch, time.Now()) {
				return idleWoke
			}
		}
	}
}

// stirred reports whether the machine slept, its clock was set, or it is in
// another network since the last look.
func (l *Link) stirred(watch *clockWatch, now time.Time) bool {
	stirred := watch.jumped(now)
	if now.Sub(l.looked) >= networkPeriod {
		before := l.network
		l.network, l.looked = l.o.Network(), now
		stirred = stirred || l.network != before
	}
	return stirred
}

// set publishes a new status, keeping what it does not say.
func (l *Link) set(s Status) {
	l.mu.Lock()
	old := l.status
	s.Since = time.Now()
	s.Attempt = l.back.attempts
	if s.Address == "" {
		s.Address = old.Address
	}
	if s.ClockSkew == 0 {
		s.ClockSkew = old.ClockSkew
	}
	if s.Reason == nil && s.State != StateLive {
		s.Reason = old.Reason
	}
	l.status = s
	l.mu.Unlock()
	l.cfg.Handler.State(s)
}

// measured publishes a round trip.
func (l *Link) measured(rtt time.Duration) {
	l.mu.Lock()
	l.status.RTT = max(rtt, 1)
	s := l.status
	l.mu.Unlock()
	l.cfg.Handler.State(s)
}
