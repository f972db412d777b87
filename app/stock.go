package app

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"hearth/chat"
	"hearth/store"
	"hearth/store/shelf"
)

// stock is the shelf of a group and what must stay on it although no message of a
// log names it: what is being taken in, what waits in the outbox, people's pictures. Its methods
// may be called from any goroutine.
type stock struct {
	shelf *shelf.Shelf // fixed

	// Taking in reads, sweeping writes: between a content's coming to the shelf and
	// its being held nothing may be swept.
	sweeping sync.RWMutex

	mu   sync.Mutex
	held map[chat.Hash]int // guarded by mu: how often
	// faces are the pictures that people show. Guarded by mu; the map is never changed.
	faces map[chat.Hash]struct{}

	fetching chan struct{} // fixed: has a place for each picture on its way
}

func newStock(s *shelf.Shelf) *stock {
	return &stock{shelf: s, held: map[chat.Hash]int{}, fetching: make(chan struct{}, fetchAvatars)}
}

// put takes a content in and holds it.
func (s *stock) put(content io.Reader) (chat.Hash, int64, error) {
	s.sweeping.RLock()
	defer s.sweeping.RUnlock()
	h, size, err := s.shelf.Put(content)
	if err == nil {
		s.hold(h)
	}
	return h, size, err
}

// hold keeps contents on the shelf until they are released as often.
func (s *stock) hold(hashes ...chat.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range hashes {
		s.held[h]++
	}
}

func (s *stock) release(hashes ...chat.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range hashes {
		if s.held[h]--; s.held[h] <= 0 {
			delete(s.held, h)
		}
	}
}

// inUse returns what is held.
func (s *stock) inUse() []chat.Hash {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]chat.Hash, 0, len(s.held)+len(s.faces))
	for h := range s.held {
		list = append(list, h)
	}
	return list
}

// keep returns what is held, and the pictures of people.
func (s *stock) keep() []chat.Hash {
	list := s.inUse()
	s.mu.Lock()
	defer s.mu.Unlock()
	for h := range s.faces {
		list = append(list, h)
	}
	return list
}

// sweep removes what is not held and no message names.
func (s *stock) sweep(ctx context.Context, from *store.Store) (int, error) {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	keep := s.keep() // first: what lands meanwhile is let go of only once the log names it
	named, err := from.Contents(ctx, chat.RoomID{})
	if err != nil {
		return 0, err
	}
	for _, c := range named {
		keep = append(keep, c.Hash)
	}
	return s.shelf.Trim(0, keep)
}

// sweepAfter gathers reasons to sweep into one sweep.
const sweepAfter = 2 * time.Second

// sweepFirst is how long after the start what a crash left is looked for.
const sweepFirst = 30 * time.Second

// sweepSoon looks a little later for contents that nothing names any more.
func (a *App) sweepSoon(of *stock) {
	g := a.group
	if g == nil || g.stock != of {
		return
	}
	a.alarm.set(alarmSweep, sweepAfter, func() { a.sweepNow(g) })
}

// sweepNow sweeps, off the loop; one goroutine at a time.
func (a *App) sweepNow(g *group) {
	if g.store.ReadOnly() {
		return
	}
	if g.sweeping {
		g.sweepAgain = true
		return
	}
	g.sweeping = true
	unread, most := g.unread(), cacheBytes(settingsView(a.presentSettings()))
	a.spawn(func(ctx context.Context) {
		n, err := g.stock.sweep(ctx, g.store)
		if err == nil && most >= 0 {
			err = a.evict(ctx, g, unread, most)
		}
		switch {
		case err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrClosed):
			a.log.Warn("files that nothing names were not removed", "err", err)
		case n > 0:
			a.log.Info("files that nothing names were removed", "count", n)
		}
		a.do(func() { a.swept(g) })
	})
}

// swept is the end of a sweep: if there was another reason meanwhile, there is one more.
func (a *App) swept(g *group) {
	again := g.sweepAgain
	g.sweeping, g.sweepAgain = false, false
	if again {
		a.sweepSoon(g.stock)
	}
}
