package app

import (
	"context"
	"time"

	"hearth/chat"
	"hearth/store"
)

// What is fetched stays until the files of a group take more than the person wants;
// then go the contents that were not looked at for longest. What only lies here stays
// whatever the bound: what waits to be sent, what is in rooms that the server does not
// let us read any more, and what it has lost.

// CacheSizes are the values that Settings.CacheMB takes, megabytes; NoCacheLimit: files
// are never removed by themselves.
var CacheSizes = []int{250, 1000, DefaultCacheMB, 5000, 20000, NoCacheLimit}

// Values of Settings.CacheMB with a name.
const (
	DefaultCacheMB = 2000
	NoCacheLimit   = -1
)

// cacheBytes is the bound of a choice, -1 for none.
func cacheBytes(s Settings) int64 {
	if s.CacheMB == NoCacheLimit {
		return -1
	}
	return int64(s.CacheMB) * 1_000_000
}

// evictAfter gathers what was fetched into one look at the bound.
const evictAfter = 10 * time.Second

// evictSoon looks a little later whether files take too much.
func (a *App) evictSoon() {
	if g := a.group; g != nil {
		a.alarm.set(alarmEvict, evictAfter, func() { a.sweepNow(g) })
	}
}

// evict removes contents until the files of a group take no more than a number of
// bytes. Called off the loop.
func (a *App) evict(ctx context.Context, g *group, unread map[chat.RoomID]bool, most int64) error {
	n, err := g.stock.evict(ctx, g.store, unread, most)
	if n == 0 {
		return err
	}
	a.log.Info("files that were not looked at for long were removed", "count", n)
	a.do(func() {
		if a.group == g {
			a.filesWent(chat.RoomID{})
		}
	})
	return err
}

// filesWent shows the messages of a room (zero: of all) anew: files of them are no
// longer here.
func (a *App) filesWent(room chat.RoomID) {
	for id := range a.group.rooms {
		if room.IsZero() || id == room {
			a.changes.addRoom(id, RoomChange{Changed: true})
		}
	}
}

func (s *stock) evict(ctx context.Context, from *store.Store, unread map[chat.RoomID]bool, most int64) (int, error) {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	if bytes, _, err := s.shelf.Usage(); err != nil || bytes <= most {
		return 0, err
	}
	keep, err := s.lasting(ctx, from, unread)
	if err != nil {
		return 0, err
	}
	return s.shelf.Trim(most, keep)
}

// lasting is what is held and what only lies here; sweeping is locked. Pictures of people
// are not among it: they are within the bound like all that the server has.
func (s *stock) lasting(ctx context.Context, from *store.Store, unread map[chat.RoomID]bool) ([]chat.Hash, error) {
	keep := s.inUse()
	only, err := from.OnlyHere(ctx, unread)
	for _, c := range only {
		keep = append(keep, c.Hash)
	}
	return keep, err
}

// spare is how much clearing all files would free.
func (s *stock) spare(ctx context.Context, from *store.Store, unread map[chat.RoomID]bool) (int64, error) {
	s.sweeping.RLock()
	defer s.sweeping.RUnlock()
	keep, err := s.lasting(ctx, from, unread)
	if err != nil {
		return 0, err
	}
	return s.shelf.Spare(keep)
}

// unread are the rooms that the server does not let us read.
func (g *group) unread() map[chat.RoomID]bool {
	rooms := map[chat.RoomID]bool{}
	for id, r := range g.rooms {
		if !r.joined(g.me()) {
			rooms[id] = true
		}
	}
	return rooms
}

// unread are the rooms that the server does not let us read, if the files of all rooms
// are meant; nil for one room.
func (s *snapshot) unread(room chat.RoomID) map[chat.RoomID]bool {
	if !room.IsZero() {
		return nil
	}
	rooms := map[chat.RoomID]bool{}
	for _, r := range s.rooms {
		if !r.view.Joined {
			rooms[r.view.ID] = true
		}
	}
	return rooms
}
