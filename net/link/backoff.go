package link

import (
	"math/rand/v2"
	"time"

	"hearth/internal/fault"
)

// Waiting times (protocol.md 9).
const (
	soon        = 500 * time.Millisecond // after waking, or on a person's wish
	afterDrop   = 5 * time.Second        // window of the first attempt after an unexplained loss
	longestWait = time.Minute
	firstWait   = time.Second
	stableAfter = time.Minute // of ready; then counting starts anew
	routePoll   = 15 * time.Second
	longestBusy = time.Hour // what a server may ask for by Retry-After

	// suspendedWait is until a suspended account asks whether it is let in again: half of
	// it, and up to as much more.
	suspendedWait = 10 * time.Minute
)

// backoff chooses how long to wait before the next attempt. It is a pure
// function of what happened and of chance.
type backoff struct {
	attempts int                               // since the last stable connection
	spread   func(time.Duration) time.Duration // U(0, d)
}

// uniform is the real spread.
func uniform(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d + 1)
}

// ended says how the last attempt or connection ended: up is how long it was
// ready, 0 if it never was.
func (b *backoff) ended(up time.Duration) {
	if up >= stableAfter {
		b.attempts = 0
	}
}

// next returns how long to wait after e. up says that a connection was ready
// before it ended.
func (b *backoff) next(e *Error, up bool) time.Duration {
	n := b.attempts
	b.attempts++
	switch {
	case e.exact:
		return e.RetryAfter
	case e.Kind == KindDisplaced:
		return displacedWait + b.spread(displacedWait/5)
	case e.RetryAfter > 0:
		after := min(e.RetryAfter, longestBusy)
		return after + b.spread(after/5)
	case up && n == 0:
		return b.spread(fault.Wait(afterDrop))
	}
	return b.spread(fault.Wait(window(n)))
}

// again returns how long to rest after a final error, 0 for until a person decides. Who is
// suspended may be let in again, and nobody could tell them.
func (b *backoff) again(e *Error) time.Duration {
	if e.Kind != KindSuspended {
		return 0
	}
	return suspendedWait/2 + b.spread(suspendedWait/2)
}

// hurry returns the wait after waking or on a person's wish.
func (b *backoff) hurry() time.Duration { return b.spread(soon) }

// window is min(60 s, 1 s × 2ⁿ).
func window(n int) time.Duration {
	if n >= 6 {
		return longestWait
	}
	return min(longestWait, firstWait<<n)
}
