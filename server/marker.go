package server

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// markerFlush is how long a read position may be in memory only. A crash loses no
// more: a position only grows, and clients repeat their own at each connection.
const markerFlush = time.Second

// markerRetry is how long to wait after the disk took none.
const markerRetry = 10 * time.Second

// markers are the read positions: those on disk, and above them what is not there
// yet. It is the one thing that is acknowledged before it is on disk.
type markers struct {
	srv *Server // fixed

	flushing sync.Mutex // held while positions are written

	mu     sync.Mutex
	dirty  map[markerKey]storage.Marker // guarded by mu: to be written
	flying map[markerKey]storage.Marker // guarded by mu: being written
}

type markerKey struct {
	account chat.AccountID
	room    chat.RoomID
}

// merge takes a position over and returns what was there before and is now.
func (m *markers) merge(ctx context.Context, fresh storage.Marker) (before, after storage.Marker, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list, err := m.srv.store.RoomMarkers(ctx, fresh.Room, []chat.AccountID{fresh.Account})
	if err != nil {
		return before, after, err
	}
	before = storage.Marker{Account: fresh.Account, Room: fresh.Room}
	for _, stored := range list {
		before = stored
	}
	before = m.newestLocked(before)
	after = before.Merge(fresh)
	if fault.Bug(fault.MarkerOverwritten) {
		after = fresh
	}
	if after != before {
		m.dirty[markerKey{fresh.Account, fresh.Room}] = after
		m.srv.soon.by(time.Now().Add(markerFlush))
	}
	return before, after, nil
}

// newestLocked returns what is known above a position on disk.
func (m *markers) newestLocked(stored storage.Marker) storage.Marker {
	k := markerKey{stored.Account, stored.Room}
	for _, above := range []map[markerKey]storage.Marker{m.flying, m.dirty} {
		if fresh, ok := above[k]; ok {
			stored = stored.Merge(fresh)
		}
	}
	return stored
}

// of returns all positions of an account.
func (m *markers) of(ctx context.Context, account chat.AccountID) ([]storage.Marker, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list, err := m.srv.store.AccountMarkers(ctx, account)
	return m.overLocked(list, func(k markerKey) bool { return k.account == account }), err
}

// in returns the positions of accounts in a room.
func (m *markers) in(ctx context.Context, room chat.RoomID, accounts []chat.AccountID) ([]storage.Marker, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list, err := m.srv.store.RoomMarkers(ctx, room, accounts)
	return m.overLocked(list, func(k markerKey) bool { return k.room == room && slices.Contains(accounts, k.account) }), err
}

// overLocked brings positions of the disk up to date and adds those that are not
// there yet.
func (m *markers) overLocked(list []storage.Marker, match func(markerKey) bool) []storage.Marker {
	there := make(map[markerKey]bool, len(list))
	for i := range list {
		there[markerKey{list[i].Account, list[i].Room}] = true
		list[i] = m.newestLocked(list[i])
	}
	for _, above := range []map[markerKey]storage.Marker{m.flying, m.dirty} {
		for k, fresh := range above {
			if match(k) && !there[k] {
				there[k] = true
				list = append(list, m.newestLocked(fresh))
			}
		}
	}
	return list
}

// flush writes what is only in memory.
func (m *markers) flush(ctx context.Context) {
	m.flushing.Lock()
	defer m.flushing.Unlock()
	m.mu.Lock()
	m.flying, m.dirty = m.dirty, map[markerKey]storage.Marker{}
	list := slices.Collect(maps.Values(m.flying))
	m.mu.Unlock()
	if len(list) == 0 {
		return
	}
	fault.Point(fault.ServerMarksBefore)
	err := m.srv.store.PutMarkers(context.WithoutCancel(ctx), list)
	fault.Point(fault.ServerMarksAfter)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.srv.log.Warn("Recording read positions failed", "err", err)
		for k, old := range m.flying {
			m.dirty[k] = old.Merge(m.dirty[k])
		}
		m.srv.soon.by(time.Now().Add(markerRetry))
	}
	m.flying = nil
}

// onRead takes over how far the account has read a room.
func (s *session) onRead(r *wire.Read) *chat.Error {
	if !s.signalling.Allow() {
		return tooFast(time.Second)
	}
	rm, state, e := s.allowed(OpMark, r.Room)
	if e != nil {
		return e
	}
	head := rm.head()
	fresh := storage.Marker{Account: s.account, Room: r.Room, Marker: r.Marker()}
	fresh.Read = min(fresh.Read, head)
	me, e := s.me()
	if e != nil {
		return e
	}
	if !me.Privacy.Readings && !state.HideReadings && !s.srv.o.NoReaders {
		fresh.Public = fresh.Read
	}
	before, after, err := s.srv.markers.merge(s.ctx, fresh)
	if err != nil {
		return s.internal(err)
	}
	s.send(&wire.OK{Rep: wire.Rep{Re: r.ID}})
	if after.Marker != before.Marker {
		for _, other := range s.srv.hub.of(s.account) {
			if other != s {
				other.signal(func(w *signals) { w.own[r.Room] = struct{}{} })
			}
		}
	}
	if after.Public > before.Public && len(state.Members) <= wire.MaxReaders {
		s.srv.presence.moved(r.Room, s.account)
	}
	return nil
}

// ownState is what the server keeps of the account besides its rooms, as told
// before the first events flow.
func (s *session) ownState() (frames []wire.Frame, e *chat.Error) {
	list, err := s.srv.markers.of(s.ctx, s.account)
	if err != nil {
		return nil, s.internal(err)
	}
	me, e := s.me()
	if e != nil {
		return nil, e
	}
	for more := true; more; {
		n := min(len(list), wire.MaxMarkers)
		more = n < len(list)
		frames = append(frames, readAt(list[:n], more))
		list = list[n:]
	}
	frames = append(frames, privacyAt(&me))
	if fault.Bug(fault.BlockForgotten) {
		return frames, nil
	}
	return append(frames, s.blockFrames()...), nil
}

func privacyAt(a *storage.Account) *wire.PrivacyAt {
	return &wire.PrivacyAt{Privacy: wire.Privacy{HidePresence: a.Privacy.Presence, HideReadings: a.Privacy.Readings, HideTyping: a.Privacy.Typing}}
}

func readAt(list []storage.Marker, more bool) *wire.ReadAt {
	f := &wire.ReadAt{Markers: make([]wire.RoomMarker, len(list)), More: more}
	for i, m := range list {
		f.Markers[i] = wire.RoomMarker{Room: m.Room, Seq: m.Read, Mark: m.Mark, Rev: m.Rev}
	}
	return f
}

// forget lets go of what is not on disk yet of an account that was deleted.
func (m *markers) forget(account chat.AccountID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.dirty, func(k markerKey, _ storage.Marker) bool { return k.account == account })
}
