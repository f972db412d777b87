package link

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// serve runs a connection until it ends and returns why. It is called by Run's
// goroutine, which keeps the pulse; reader, writer and deliverer have ended when
// it returns.
func (l *Link) serve(ctx context.Context, s *Session) *Error {
	var running sync.WaitGroup
	// The socket is closed by end; a context that expires inside the library would
	// do the same with less of a reason.
	alive, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	running.Go(func() { s.read(alive) })
	running.Go(func() { s.write(alive) })
	running.Go(func() { s.hand(ctx.Done()) })
	l.beat(ctx, s)
	running.Wait()
	return s.why()
}

// beat is the pulse's loop; it ends with the connection.
func (l *Link) beat(ctx context.Context, s *Session) {
	p := newPulse(s.g.greeting.Heartbeat, time.Now(), l.spread)
	var watch clockWatch
	watch.jumped(time.Now())
	look := time.NewTimer(0)
	defer look.Stop()
	clock := time.NewTicker(clockPeriod)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			s.end(&Error{Kind: KindClosed, Address: s.g.address, Err: ctx.Err()})
			return
		case <-s.down:
			return
		case a := <-s.beats:
			l.measured(a.rtt)
			if p.answered(a.id) {
				s.probe(p)
			}
		case <-s.kick:
		case <-l.try: // connected already: the wish is met if the peer lives
			l.woken(s, p)
		case <-l.wake:
			l.woken(s, p)
		case <-clock.C:
		case <-look.C:
		}
		// Before anybody is judged: if we stood still, what is overdue may lie in our
		// own buffers.
		if l.stirred(&watch, time.Now()) {
			l.woken(s, p)
		}
		p.setQuiet(l.quiet.Load())
		look.Reset(time.Until(s.check(p)))
	}
}

// woken probes the connection. Should that end it, or the network's return have
// reset it already, the next attempt does not wait as after an unexplained loss.
func (l *Link) woken(s *Session, p *pulse) {
	l.woke = time.Now()
	s.probe(p)
}

// probe asks for a sign of life at once, and forgives what was overdue. Nothing
// that was asked before waking proves anything, so a probe under way is followed by
// another one.
func (s *Session) probe(p *pulse) {
	if p.again = p.probing(time.Now()); p.again {
		return
	}
	p.open = nil
	s.beatNow(p, probeReply)
}

// hand is the deliverer: it calls the handler in order. When the connection has
// ended it still hands over what had arrived; if the program ends, only the
// answers.
func (s *Session) hand(quit <-chan struct{}) {
	s.handler.Up(s)
	for {
		i, ok := s.inbox.next(quit)
		if !ok {
			break
		}
		if i.call != nil {
			i.call.done(i.answer.reply, i.answer.err)
		} else {
			s.handler.Push(s, i.frame)
		}
	}
	<-s.down
	s.settle()
	s.handler.Down(s, s.why())
}

// settle calls back every request that still waits.
func (s *Session) settle() {
	for {
		i, ok := s.inbox.next(nil)
		if !ok {
			break
		}
		if i.call != nil {
			i.call.done(i.answer.reply, i.answer.err)
		}
	}
	s.mu.Lock()
	why := s.reason
	calls := make([]*call, 0, len(s.pending))
	for _, id := range slices.Sorted(maps.Keys(s.pending)) {
		calls = append(calls, s.pending[id])
	}
	clear(s.pending)
	s.mu.Unlock()
	for _, c := range calls {
		switch {
		case c.done != nil:
			c.done(nil, why)
		case c.answer != nil:
			c.answer <- answer{err: why}
		}
	}
}
