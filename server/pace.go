package server

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"hearth/chat"
)

// pacers hold the send rate of each device. It outlives the connection, or
// reconnecting would fill it up again; it is forgotten once it is full anyway and
// nobody is connected by it.
type pacers struct {
	rate  rate.Limit // fixed
	burst int        // fixed

	mu    sync.Mutex
	table map[chat.DeviceID]*pacer // guarded by mu
}

type pacer struct {
	limiter *rate.Limiter
	users   int // connections; guarded by pacers.mu
}

// borrow returns a device's limiter for a connection; give takes it back.
func (p *pacers) borrow(id chat.DeviceID) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.table[id]
	if !ok {
		e = &pacer{limiter: rate.NewLimiter(p.rate, p.burst)}
		p.table[id] = e
	}
	e.users++
	return e.limiter
}

func (p *pacers) give(id chat.DeviceID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, ok := p.table[id]; ok {
		e.users--
	}
}

// sweep forgets limiters that are as good as new.
func (p *pacers) sweep(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, e := range p.table {
		if e.users <= 0 && e.limiter.TokensAt(now) >= float64(p.burst) {
			delete(p.table, id)
		}
	}
}
