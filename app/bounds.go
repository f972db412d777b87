package app

import (
	"context"
	"sync"

	"hearth/chat"
	"hearth/net/wire"
)

// What a server can make this program hold, whatever it sends.
const (
	// mostRooms is how many rooms are followed, far beyond what servers allow.
	mostRooms = 20_000
	// mostWaiting is about how many bytes of frames wait for the loop; one more
	// frame may always enter.
	mostWaiting = 2 << 20
)

// space bounds what waits between the link and the loop by its size in memory:
// a bound on the number of frames alone would allow hundreds of megabytes.
type space struct {
	mu    sync.Mutex
	held  int           // guarded by mu
	freed chan struct{} // capacity 1: there is space again
}

func newSpace() *space { return &space{freed: make(chan struct{}, 1)} }

// take waits until n bytes fit; false if the context ended first.
func (s *space) take(ctx context.Context, n int) bool {
	for {
		s.mu.Lock()
		fits := s.held == 0 || s.held+n <= mostWaiting
		if fits {
			s.held += n
		}
		s.mu.Unlock()
		if fits {
			return true
		}
		select {
		case <-s.freed:
		case <-ctx.Done():
			return false
		}
	}
}

func (s *space) give(n int) {
	s.mu.Lock()
	s.held -= n
	s.mu.Unlock()
	select {
	case s.freed <- struct{}{}:
	default: // nobody has taken the last word yet
	}
}

// weight is about what a delivery takes in memory.
func (d *delivery) weight() int {
	const small, event, head = 256, 256, 64
	switch f := d.frame.(type) {
	case *wire.Events:
		n := small + event*len(f.Events)
		for i := range f.Events {
			n += len(f.Events[i].Body) + len(f.Events[i].Kind)
		}
		return n
	case *wire.Live:
		return small + head*len(f.Heads)
	case *wire.Lag:
		return small + head*len(f.Rooms)
	case *wire.Snapshot:
		return small + len(f.State)
	case *wire.ReadAt:
		return small + head*len(f.Markers)
	case *wire.ReadBy:
		return small + head*len(f.Readers)
	case *wire.TypingAt:
		return small + head*len(f.Accounts)
	case *wire.PresenceAt:
		return small + head*len(f.People)
	case *wire.BlocksAt:
		return small + head*len(f.Blocks)
	case *wire.CardAt:
		return small + event*len(f.Cards)
	}
	return small
}

// follow returns a room that the server speaks of; nil if it speaks of more than
// there can be.
func (a *App) follow(id chat.RoomID) *room {
	g := a.group
	if r := g.rooms[id]; r != nil {
		return r
	}
	if len(g.rooms) >= mostRooms {
		a.log.Warn("the server speaks of too many rooms", "room", id)
		return nil
	}
	r := g.room(id)
	a.storeTrouble(g.loadDraft(a.disk, r))
	return r
}
