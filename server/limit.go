package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"hearth/chat"
)

// addressKey returns what counts as one address: an IPv4 address, or the /64 of an
// IPv6 one. Addresses that are no IP (in-memory networks) count together.
func addressKey(addr net.Addr) netip.Prefix {
	a, ok := ipOf(addr)
	if !ok {
		return netip.Prefix{}
	}
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// prefixOf returns the prefix of an address that logs may show.
func prefixOf(addr net.Addr) netip.Prefix {
	a, ok := ipOf(addr)
	if !ok {
		return netip.Prefix{}
	}
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, _ := a.Prefix(bits)
	return p
}

func ipOf(addr net.Addr) (netip.Addr, bool) {
	ap, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.Addr{}, false
	}
	return ap.Addr().Unmap().WithZone(""), true
}

// gate counts connections: all of them, and those that have not proven
// themselves, in all and by address. It also paces admissions.
type gate struct {
	admissions *rate.Limiter // fixed

	mu      sync.Mutex
	total   int                  // guarded by mu
	unauth  int                  // guarded by mu
	byAddr  map[netip.Prefix]int // guarded by mu: without a proof
	silent  int                  // guarded by mu: not yet upgraded, in all
	quiet   map[netip.Prefix]int // guarded by mu: not yet upgraded, by address
	held    int                  // guarded by mu: refused and not yet closed, see Server.turnOut
	backlog float64              // guarded by mu: refused for pace lately
	decayed time.Time            // guarded by mu: when backlog was last brought up to date
}

// SilentShare is how many times more connections may be at TLS and HTTP than
// may be without a proof afterwards: most pass quickly, and whoever comes in
// time gets an answer (503) rather than a closed line.
const SilentShare = 4

// knock admits a TCP connection to TLS and HTTP; false if too many have not
// said anything sensible yet. hush takes it back.
func (g *gate) knock(key netip.Prefix, unauth, perAddr int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.silent+g.held >= SilentShare*unauth || limited(key) && g.quiet[key] >= SilentShare*perAddr {
		return false
	}
	g.silent++
	g.quiet[key]++
	return true
}

// hush forgets a connection that was upgraded or closed.
func (g *gate) hush(key netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.silent--
	if g.quiet[key]--; g.quiet[key] <= 0 {
		delete(g.quiet, key)
	}
}

// hold admits a refused connection to those that are closed a moment later; false if there
// are too many. They count as strangers, of whom they may be a quarter. release takes it
// back.
func (g *gate) hold(unauth int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held >= unauth {
		return false
	}
	g.held++
	return true
}

func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held--
}

// limited reports whether an address stands for one stranger. Loopback does not:
// a pass-through proxy or a tunnel may stand there for everybody.
func limited(key netip.Prefix) bool { return key.IsValid() && !key.Addr().IsLoopback() }

// enter admits a connection; wait is when to come back if it does not.
func (g *gate) enter(key netip.Prefix, total, unauth, perAddr int) (ok bool, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= total || g.unauth >= unauth || limited(key) && g.byAddr[key] >= perAddr {
		return false, 5 * time.Second
	}
	// Who was refused comes back at the rate of admissions, or never.
	now, rate := time.Now(), float64(g.admissions.Limit())
	g.backlog = max(0, g.backlog-now.Sub(g.decayed).Seconds()*rate)
	g.decayed = now
	if !g.admissions.Allow() {
		g.backlog++
		// Spread those who wait over the time it takes to admit them.
		return false, time.Second + time.Duration(g.backlog/rate*1.2*float64(time.Second))
	}
	g.total++
	g.unauth++
	g.byAddr[key]++
	return true, 0
}

// proven moves a connection from those without a proof to the others.
func (g *gate) proven(key netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leaveUnauthLocked(key)
}

// leave forgets a connection.
func (g *gate) leave(key netip.Prefix, wasProven bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if !wasProven {
		g.leaveUnauthLocked(key)
	}
}

func (g *gate) leaveUnauthLocked(key netip.Prefix) {
	g.unauth--
	if g.byAddr[key]--; g.byAddr[key] <= 0 {
		delete(g.byAddr, key)
	}
}

// faults mutes a connection that keeps sending nonsense: twenty requests within a
// minute that could not be understood silence it for a minute. The reader notes
// them, and rooms, which read bodies.
type faults struct {
	mu    sync.Mutex
	since time.Time // guarded by mu
	count int       // guarded by mu
	muted time.Time // guarded by mu: until
}

const (
	faultsAllowed = 20
	faultsWindow  = time.Minute
)

// nonsense tells requests that no client of ours sends from those that are only
// refused.
func nonsense(code chat.Code) bool {
	switch code {
	case chat.CodeBadJSON, chat.CodeBadUTF8, chat.CodeDuplicateKey, chat.CodeTooDeep, chat.CodeMissingField, chat.CodeBadType,
		chat.CodeOutOfRange, chat.CodeBadValue, chat.CodeTooLong, chat.CodeEmpty, chat.CodeUnknownType, chat.CodeUnknownKind,
		chat.CodePayloadTooLarge:
		return true
	}
	return false
}

// note counts a refused request if it was nonsense.
func (f *faults) note(code chat.Code, now time.Time) {
	if !nonsense(code) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.since) > faultsWindow {
		f.since, f.count = now, 0
	}
	if f.count++; f.count >= faultsAllowed {
		f.muted, f.since, f.count = now.Add(faultsWindow), now, 0
	}
}

// wait returns how long the connection is still muted.
func (f *faults) wait(now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(0, f.muted.Sub(now))
}

// tooFast refuses what comes before its time.
func tooFast(wait time.Duration) *chat.Error {
	e := chat.Errorf(chat.CodeRateLimited, "", "too many requests")
	e.RetryAfter = wait
	return e
}

// How long nothing is read from who has sent too much: refusals and pongs cost as much as
// answers, so that who floods waits, and pays with their own line. Of requests no more are
// refused than would be answered.
const (
	lingering       = 3 * time.Millisecond  // after a ping
	lingeringLonger = 30 * time.Millisecond // after a request
)

// How long a connection stays open that was refused before a word was said on it: who
// makes one after the other waits for each, and to accept and close them costs the server
// as often less.
const lingeringOutside = 500 * time.Millisecond

// turnOut closes a connection that was refused at once: a moment later, unless too many
// wait for that.
func (s *Server) turnOut(c net.Conn) {
	if !s.gate.hold(s.o.Limits.Unauthenticated) {
		_ = c.Close() // nothing was said on it
		return
	}
	if !s.begin() {
		s.gate.release()
		_ = c.Close()
		return
	}
	time.AfterFunc(lingeringOutside, func() {
		defer s.end()
		_ = c.Close()
		s.gate.release()
	})
}

// linger lets a reader rest.
func linger(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// lingerUntil lets somebody wait for their turn.
func lingerUntil(ctx context.Context, turn time.Time) { linger(ctx, time.Until(turn)) }

// Pings (and pongs nobody asked for) are a matter of the WebSocket library; clients of
// ours send none, and none counts as a sign of life.
const (
	pingsPerSecond = 1
	pingBurst      = 20
)

// pinged returns what decides whether a connection's next ping is answered.
func pinged() func(context.Context, []byte) bool {
	pings := rate.NewLimiter(pingsPerSecond, pingBurst)
	return func(ctx context.Context, _ []byte) bool {
		if pings.Allow() {
			return true
		}
		linger(ctx, lingering)
		return false
	}
}

// violation reports whether reading ended because the peer does not keep to the
// WebSocket protocol or sent a frame beyond the transport limit. The library has
// a text for each case and no kind; what the network or an end does has kinds.
func violation(err error) bool {
	var network net.Error
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		return true
	case websocket.CloseStatus(err) != -1, errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	}
	return true
}

// violated counts a breach of the transport's rules by an address. Loopback is not
// counted: a proxy may stand there for everybody.
func (s *Server) violated(key netip.Prefix) {
	s.metrics.ends.WithLabelValues("violation").Inc()
	if limited(key) {
		s.breaches.attempt(key, time.Now())
	}
}

// breachDelay refuses an address for ten minutes after five breaches.
func breachDelay(n int) time.Duration {
	if n < 5 {
		return 0
	}
	return breachWindow
}

const breachWindow = 10 * time.Minute

// guesses delays password attempts for names and addresses. The table is
// bounded: when full, the oldest entry goes, which an attacker must pay for with
// as many attempts from as many names.
type guesses[K comparable] struct {
	most int                       // fixed: entries
	wait func(n int) time.Duration // fixed: after n failures
	keep time.Duration             // fixed: failures are forgotten after this

	mu    sync.Mutex
	table map[K]*guess // guarded by mu
}

type guess struct {
	failures int
	last     time.Time
}

// delay returns how long an attempt must still wait.
func (g *guesses[K]) delay(k K, now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, ok := g.table[k]
	if !ok || now.Sub(e.last) > g.keep {
		return 0
	}
	return max(0, g.wait(e.failures)-now.Sub(e.last))
}

// attempt counts an attempt as failed until succeeded or forgive says otherwise,
// or returns how long it must wait. Counting first is what keeps attempts made
// at the same moment from all passing the same delay.
func (g *guesses[K]) attempt(k K, now time.Time) (wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, ok := g.table[k]
	if ok && now.Sub(e.last) <= g.keep {
		if wait := g.wait(e.failures) - now.Sub(e.last); wait > 0 {
			return wait
		}
	} else {
		if !ok {
			g.makeSpaceLocked()
		}
		e = &guess{}
		g.table[k] = e
	}
	e.failures++
	e.last = now
	return 0
}

// forgive takes back one attempt of k.
func (g *guesses[K]) forgive(k K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, ok := g.table[k]; ok {
		if e.failures--; e.failures <= 0 {
			delete(g.table, k)
		}
	}
}

func (g *guesses[K]) makeSpaceLocked() {
	if len(g.table) < g.most {
		return
	}
	var oldest K
	var when time.Time
	for k, e := range g.table {
		if when.IsZero() || e.last.Before(when) {
			oldest, when = k, e.last
		}
	}
	delete(g.table, oldest)
}

// succeeded forgets the failures of k.
func (g *guesses[K]) succeeded(k K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.table, k)
}

// nameDelay is 0, 0, 0, 1, 2, 4 … at most 900 s after n failures.
func nameDelay(n int) time.Duration {
	if n < 3 {
		return 0
	}
	return min(time.Duration(1)<<min(n-3, 20)*time.Second, 900*time.Second)
}

// guessed counts an attempt at a password from an address, or returns how long that must
// wait. Loopback is not counted: what passes connections on may stand there for everybody,
// and a stranger would keep them all from signing in.
func (s *Server) guessed(key netip.Prefix, now time.Time) (wait time.Duration) {
	if key.IsValid() && !limited(key) {
		return 0
	}
	return s.addrs.attempt(key, now)
}

// addressDelay lets 20 failures pass in 15 minutes.
func addressDelay(n int) time.Duration {
	if n < 20 {
		return 0
	}
	return 15 * time.Minute
}
