package server

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"hearth/chat"
)

// pacers hold the rates of each device, or account, or address. They outlive its
// connections, or reconnecting would fill them up again; one is forgotten once it is full
// anyway and nobody is connected by it.
type pacers[K comparable] struct {
	rate  rate.Limit // fixed
	burst int        // fixed

	mu    sync.Mutex
	table map[K]*pacer // guarded by mu
}

type pacer struct {
	limiter *rate.Limiter
	users   int // connections; guarded by pacers.mu
}

func newPacers[K comparable](perSecond float64, burst int) *pacers[K] {
	return &pacers[K]{rate: rate.Limit(perSecond), burst: burst, table: map[K]*pacer{}}
}

// borrow returns the limiter of k for a connection; give takes it back.
func (p *pacers[K]) borrow(k K) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.table[k]
	if !ok {
		e = &pacer{limiter: rate.NewLimiter(p.rate, p.burst)}
		p.table[k] = e
	}
	e.users++
	return e.limiter
}

func (p *pacers[K]) give(k K) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, ok := p.table[k]; ok {
		e.users--
	}
}

// sweep forgets limiters that are as good as new.
func (p *pacers[K]) sweep(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, e := range p.table {
		if e.users <= 0 && e.limiter.TokensAt(now) >= float64(p.burst) {
			delete(p.table, k)
		}
	}
}

// Whoever has several devices may ask for more than with one, and not for as much as
// twenty may.
const accountShare = 3

// Pages of rooms that are caught up with, of all connections of an account together: so
// many times what a connection may ask for of the past. That is far more than who comes
// back needs (a room's state stands for what is longer), and slow enough for one who has
// everything sent again and again.
const (
	feedShare = 4  // a second
	feedBurst = 40 // at once
)

// Bytes of contents that an account may send and fetch, whatever connections it uses:
// several of the largest files as fast as the line carries them, then so much of one a
// second. They wait, nothing is refused. A request costs as much as some bytes do, however
// few it carries.
const (
	largestLeast = 256 // MiB: a server that takes small files only is no slower
	sentAtOnce   = 2   // of the largest files
	sentWithin   = 16  // seconds for one of them
	fetchShare   = 2   // times as much may be fetched
	requestBytes = 64 << 10
)

// carriers make the limiters of what accounts send and fetch, in KiB.
func carriers(l chat.Limits) (sending, fetching *pacers[chat.AccountID]) {
	largest := max(l.FileMiB, largestLeast) << 10
	perSecond := float64(largest) / sentWithin
	return newPacers[chat.AccountID](perSecond, sentAtOnce*largest), newPacers[chat.AccountID](fetchShare*perSecond, fetchShare*sentAtOnce*largest)
}

// carry waits until so many bytes more may be carried.
func carry(ctx context.Context, of *rate.Limiter, n int64) {
	now := time.Now()
	if wait := of.ReserveN(now, int(min((n+1023)>>10, int64(of.Burst())))).DelayFrom(now); wait > 0 {
		linger(ctx, wait)
	}
}

// carried is a content that is read as fast as an account may fetch.
type carried struct {
	io.ReadSeeker
	ctx  context.Context //nolint:containedctx // of the request that reads it
	of   *rate.Limiter
	owed int64 // read and not yet waited for
}

// carriedAtOnce is after how many bytes it is looked whether to wait.
const carriedAtOnce = 256 << 10

// Read implements io.Reader.
func (c *carried) Read(b []byte) (int, error) {
	if c.owed >= carriedAtOnce {
		c.settle()
	}
	n, err := c.ReadSeeker.Read(b)
	c.owed += int64(n)
	return n, err
}

// settle waits for what was read and not yet waited for.
func (c *carried) settle() {
	carry(c.ctx, c.of, c.owed)
	c.owed = 0
}

// Accounts that may be made from an address: as many at once as a family, a class or an
// office has people, then so many a minute. Each is there for good, and everybody in the
// rooms it gets into is told of it.
const (
	newcomersAtOnce    = 50
	newcomersPerMinute = 6
)

// mayCome reports when another account may be made from an address: at once (0), or later.
// Unless it is made, back gives the place to somebody else.
func (s *Server) mayCome(key netip.Prefix) (wait time.Duration, back func()) {
	if !limited(key) {
		return 0, func() {}
	}
	now := time.Now()
	r := s.arrivals.borrow(key).ReserveN(now, 1)
	s.arrivals.give(key)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait, func() {}
	}
	return 0, func() { r.CancelAt(now) }
}

// Connections that an address may begin: a part of what the server admits altogether, and
// at once as many as it may hold. Each costs a TLS handshake before anything is known of
// who makes it.
const (
	knocksShare = 25                // so small a part of Options.Admissions a second
	knockWait   = headerTimeout / 2 // at most, for a turn
)

// late is a connection that is read from once its turn has come.
type late struct {
	net.Conn
	ctx  context.Context //nolint:containedctx // the server's: a connection has no other
	turn time.Time
	once sync.Once
}

// Read implements net.Conn.
func (l *late) Read(b []byte) (int, error) {
	l.once.Do(func() { lingerUntil(l.ctx, l.turn) })
	return l.Conn.Read(b)
}

// paced returns a new connection of an address, which is read from when it is its turn;
// false if that would take too long.
func (s *Server) paced(c net.Conn, key netip.Prefix) (net.Conn, bool) {
	if !limited(key) {
		return c, true
	}
	now := time.Now()
	r := s.knocks.borrow(key).ReserveN(now, 1)
	s.knocks.give(key)
	wait := r.DelayFrom(now)
	if wait > knockWait {
		r.CancelAt(now)
		return c, false
	}
	if wait == 0 {
		return c, true
	}
	return &late{Conn: c, ctx: s.ctx, turn: now.Add(wait)}, true
}
