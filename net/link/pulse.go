package link

import (
	"errors"
	"time"

	"hearth/internal/fault"
	"hearth/net/wire"
)

// Heartbeats (protocol.md 9). The client drives them; the server only evicts
// who is silent.
const (
	nudgeAfter   = 4 * time.Second              // a request unanswered for this long gets a beat beside it
	nudgeReply   = 4*time.Second - staleArrival // and then silence for this long means dead: both, and saying so, within 8 s
	staleArrival = 250 * time.Millisecond

	// probeReply is the patience after waking. Until waking is noticed a
	// clockPeriod may pass; both together are the two seconds that are promised.
	probeReply = 2*time.Second - clockPeriod
)

// Bounds of what a server may ask for.
const (
	minInterval = time.Second
	maxInterval = time.Minute
	minReply    = time.Second
)

// beatAnswer is the reader's word that a beat was answered.
type beatAnswer struct {
	id  uint64
	rtt time.Duration
}

// beat is one without an answer yet.
type beat struct {
	id       uint64
	sent     time.Time
	patience time.Duration
}

// pulse decides when to beat and when the peer is dead. It is owned by the
// goroutine of Run, and made anew for every connection: a stale doubt of the
// last one must not kill the next.
//
// A peer is dead if for a beat's patience neither its answer came nor any byte
// at all: on a slow line an answer may wait behind a page that is arriving.
// Bytes that arrive within the first moment after a beat do not count; after
// waking they may be left over from before.
type pulse struct {
	interval time.Duration
	reply    time.Duration
	idle     time.Duration // silence the server tolerates, 0 unknown
	quiet    time.Duration // interval while quiet, 0: not quiet
	jitter   func(time.Duration) time.Duration

	nextBeat  time.Time
	lastNudge time.Time
	open      []beat
	again     bool // we woke while a probe was under way: its answer may be older than that
}

func newPulse(plan wire.HeartbeatPlan, now time.Time, spread func(time.Duration) time.Duration) *pulse {
	idle := time.Duration(plan.IdleMS) * time.Millisecond
	p := &pulse{
		interval: clamp(time.Duration(plan.IntervalMS)*time.Millisecond, minInterval, maxInterval),
		reply:    clamp(time.Duration(plan.ReplyMS)*time.Millisecond, minReply, maxInterval),
		jitter:   spread,
	}
	if idle >= 2*minInterval {
		p.interval, p.idle = min(p.interval, idle/2), idle // or the server would evict us
	}
	p.nextBeat = now.Add(spread(p.interval))
	return p
}

func clamp(d, least, most time.Duration) time.Duration { return min(max(d, least), most) }

// setQuiet doubles the interval, within what the server tolerates.
func (p *pulse) setQuiet(on bool) {
	p.quiet = 0
	if on {
		p.quiet = max(p.interval, min(2*p.interval, p.idle*2/3))
	}
}

// sent notes a beat and plans the next regular one, ±20 %.
func (p *pulse) sent(id uint64, now time.Time, patience time.Duration) {
	if len(p.open) == maxBeats { // the oldest of them say when the peer is dead
		p.open = p.open[:maxBeats-1]
	}
	p.open = append(p.open, beat{id: id, sent: now, patience: patience})
	d := max(p.interval, p.quiet)
	p.nextBeat = now.Add(d*4/5 + p.jitter(d*2/5))
}

// answered forgets a beat and all before it, because answers come in order. It
// reports whether to ask once more, since the question was put before we woke.
func (p *pulse) answered(id uint64) bool {
	for len(p.open) > 0 && p.open[0].id <= id {
		p.open = p.open[1:]
	}
	return p.again && len(p.open) == 0
}

// dead reports whether patience has run out, and when to ask again. lastByte is
// when anything last arrived; stalled says that we ourselves do not read.
func (p *pulse) dead(now, lastByte time.Time, stalled bool) (bool, time.Time) {
	next := time.Time{}
	if fault.Bug(fault.HeartbeatMissing) {
		return false, next
	}
	for _, b := range p.open {
		from := b.sent
		if lastByte.After(b.sent.Add(staleArrival)) {
			from = lastByte
		}
		if stalled {
			from = now
		}
		due := from.Add(b.patience)
		if !now.Before(due) {
			return true, next
		}
		if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return false, next
}

// nudge reports whether a request that waits since oldest deserves a beat of
// its own now, and when to ask again.
func (p *pulse) nudge(now, oldest time.Time) (bool, time.Time) {
	if oldest.IsZero() || fault.Bug(fault.SendProbeMissing) {
		return false, time.Time{}
	}
	due := oldest.Add(nudgeAfter)
	if again := p.lastNudge.Add(nudgeAfter); again.After(due) {
		due = again
	}
	if now.Before(due) {
		return false, due
	}
	p.lastNudge = now
	return true, now.Add(nudgeAfter)
}

// beatNow sends a beat with the given patience.
func (s *Session) beatNow(p *pulse, patience time.Duration) {
	id, err := s.submit(&wire.Heartbeat{}, &call{beat: true})
	if err != nil {
		// Only a connection that has ended refuses; then this changes nothing.
		s.end(&Error{Kind: KindLost, Address: s.g.address, Err: err})
		return
	}
	p.sent(id, time.Now(), patience)
}

// check does what is due and returns when to look again.
func (s *Session) check(p *pulse) time.Time {
	now := time.Now()
	stalled := s.inbox.isStalled()
	oldest := s.oldest()
	if !oldest.IsZero() && now.Sub(oldest) >= requestTimeout && !stalled {
		s.end(&Error{Kind: KindLost, Address: s.g.address, Err: errors.New("a request was never answered")})
		return now
	}
	dead, deadline := p.dead(now, s.g.raw.lastByte(), stalled)
	if dead {
		s.end(&Error{Kind: KindLost, Address: s.g.address, Err: errors.New("no sign of life from the server")})
		return now
	}
	nudge, nudgeAt := p.nudge(now, oldest)
	switch {
	case nudge && !stalled:
		s.beatNow(p, nudgeReply)
	case !now.Before(p.nextBeat):
		s.beatNow(p, p.reply)
	default:
		return earliest(p.nextBeat, deadline, nudgeAt)
	}
	_, deadline = p.dead(now, s.g.raw.lastByte(), stalled)
	return earliest(p.nextBeat, deadline, nudgeAt)
}

// probing reports whether a probe is under way already; one at a time is enough,
// as long as another one follows if that was answered from before we woke.
func (p *pulse) probing(now time.Time) bool {
	return len(p.open) > 0 && p.open[0].patience == probeReply && now.Sub(p.open[0].sent) < probeReply
}

// oldest returns since when the oldest request other than a beat waits.
func (s *Session) oldest() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	var t time.Time
	for _, c := range s.pending {
		if (c.done != nil || c.answer != nil) && (t.IsZero() || c.sent.Before(t)) {
			t = c.sent
		}
	}
	return t
}

// earliest returns the first of the times that are set.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
