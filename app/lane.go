package app

import (
	"time"

	"hearth/chat"
)

// lane is the state of sending in one room. The server accepts exactly the dseq
// it expects next, so after anything unexpected the lane lets what flies come
// home first and then goes on with what the server said. Owned by the loop.
type lane struct {
	next    uint64 // what the server expects, were nothing flying
	flying  int    // handed to the connection, not answered
	realign bool   // hand over nothing until nothing flies
	// sure: the server has confirmed next on this connection. Before, only one may
	// fly: of several, the first might be refused as stale and the second fit, and
	// their order would be lost (a profile that was restored or rebuilt).
	sure    bool
	until   time.Time
	trouble int       // refusals in a row that may pass
	why     chat.Code // of the last of them; "": nothing is in the way
	since   time.Time // when the first one came
}

// delay is what to say of what waits in the lane; nil while nothing lasting is in the way.
func (l *lane) delay() *Delay {
	if l.why == "" || l.trouble < delayTells {
		return nil
	}
	return &Delay{Code: l.why, Since: l.since}
}

// delayTells is how many refusals in a row are worth a word: the first few pass in seconds.
const delayTells = 2

// ready reports whether the next message may be handed over, and if not, when it
// makes sense to look again (zero: when an answer comes).
func (l *lane) ready(now time.Time) (bool, time.Time) {
	if l.realign && l.flying > 0 {
		return false, time.Time{}
	}
	if l.until.After(now) {
		return false, l.until
	}
	l.realign = false
	return true, time.Time{}
}

// free returns how many more may be handed over at once.
func (l *lane) free(window int) int {
	if !l.sure {
		window = 1
	}
	return window - l.flying
}

// dseq returns the number of the next message handed over.
func (l *lane) dseq() uint64 { return l.next + uint64(l.flying) } //nolint:gosec // small and not negative

// confirmed takes note that the server has accepted a number.
func (l *lane) confirmed(dseq uint64) { l.next, l.sure = max(l.next, dseq+1), true }

// Waits after a refusal that may pass. The longest leaves enough of the 30 seconds
// in which everything is sent once nothing is in the way any more (invariant I3).
const (
	firstPause = time.Second
	maxPause   = 20 * time.Second
)

// pause makes the lane wait after a refusal that may pass.
func (l *lane) pause(now time.Time, after time.Duration) {
	l.realign = true
	wait := min(firstPause<<min(l.trouble, 5), maxPause)
	l.trouble++
	l.until = now.Add(max(wait, after))
}

// pacer keeps all sends of the device below the server's rates, so that an
// outbox of any length drains without ever meeting rate_limited.
//
// The server refills a bucket of SendBurst at SendsPerSecond. The network may
// bunch up to as many sends as fly, so half of the bucket is kept for them: the
// pacer's own bucket is one half, and no more than the other half flies. What
// arrives in any time t is then at most both halves plus t times the rate. The
// bucket outlives connections, as the server's does. Owned by the loop.
type pacer struct {
	rate   float64 // a second
	burst  float64
	window int // most that may fly
	flying int
	tokens float64
	at     time.Time // when tokens was right
	known  bool
	until  time.Time // the server asked for a pause
}

// setLimits takes over the server's rates.
func (p *pacer) setLimits(l chat.Limits) {
	rate, burst := float64(l.SendsPerSecond), float64(l.SendBurst)
	// Sends are requests, too; a fifth stays for beats and everything else.
	rate, burst = min(rate, 0.8*float64(l.RequestsPerSecond)), min(burst, 0.8*float64(l.RequestBurst))
	p.rate, p.burst, p.window = max(rate, 0.1), max(burst/2, 1), max(int(burst/2), 1)
	if !p.known {
		p.known, p.tokens, p.at = true, p.burst, time.Now()
	}
	p.tokens = min(p.tokens, p.burst)
}

// allowed returns how many may be handed over now and, if none, when to look
// again (zero: when an answer comes).
func (p *pacer) allowed(now time.Time) (int, time.Time) {
	if p.until.After(now) {
		return 0, p.until
	}
	p.tokens = min(p.burst, p.tokens+p.rate*now.Sub(p.at).Seconds())
	p.at = now
	free := p.window - p.flying
	if free <= 0 {
		return 0, time.Time{}
	}
	if p.tokens < 1 {
		return 0, now.Add(time.Duration((1-p.tokens)/p.rate*float64(time.Second)) + time.Millisecond)
	}
	return min(int(p.tokens), free), time.Time{}
}

// launched takes n sends out of the bucket.
func (p *pacer) launched(n int) {
	p.tokens -= float64(n)
	p.flying += n
}

// landed says that a send was answered.
func (p *pacer) landed() { p.flying = max(p.flying-1, 0) }
