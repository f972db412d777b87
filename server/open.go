package server

import (
	"context"
	"errors"
	"time"

	"hearth/chat"
	"hearth/server/storage"
)

// roomKept is how long a room stays in memory that nobody is connected to and
// nobody has asked for. It is far longer than anything holds on to a room between
// finding it and using it.
const roomKept = 10 * time.Minute

// openRoom finds a room in use or loads it, or makes the empty shell of one that
// does not exist.
func (s *Server) openRoom(ctx context.Context, id chat.RoomID) (*room, error) {
	for {
		s.hub.mu.Lock()
		r, ok := s.hub.rooms[id]
		forgets := s.hub.forgets
		s.hub.mu.Unlock()
		if ok {
			r.used.Store(time.Now().UnixMilli())
			return r, nil
		}
		r, err := s.loadRoom(ctx, id, forgets)
		if err != nil {
			return nil, err
		}
		if r = s.keep(r); r != nil {
			return r, nil
		}
	}
}

func (s *Server) loadRoom(ctx context.Context, id chat.RoomID, forgets uint64) (*room, error) {
	v := &roomView{dseqs: map[chat.DeviceID]uint64{}}
	log, err := s.store.Room(ctx, id)
	switch {
	case err == nil:
		v.state, v.head, v.dseqs = log.State, log.Head, log.DSeqs
		if v.dseqs == nil {
			v.dseqs = map[chat.DeviceID]uint64{}
		}
	case !errors.Is(err, storage.ErrNotFound):
		return nil, err
	}
	r := &room{id: id, srv: s, subs: map[*session]*feed{}, born: forgets}
	r.used.Store(time.Now().UnixMilli())
	r.view.Store(v)
	return r, nil
}

// keep puts a loaded room into the hub, or returns the one that somebody faster has
// put there; nil if what was loaded may be old by now: in between a room was
// forgotten, which may have been this one, with posts of its own.
func (s *Server) keep(r *room) *room {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if other, ok := s.hub.rooms[r.id]; ok {
		return other
	}
	if s.hub.forgets != r.born {
		return nil
	}
	// An empty shell is kept only once something is posted to it; otherwise
	// guessing ids would fill the memory.
	if r.view.Load().state != nil {
		s.hub.rooms[r.id] = r
	}
	return r
}

// adopt puts the shell of a room to be created into the hub, or returns the room
// that is there already.
func (s *Server) adopt(ctx context.Context, r *room) (*room, error) {
	for {
		s.hub.mu.Lock()
		other, ok := s.hub.rooms[r.id]
		fresh := s.hub.forgets == r.born
		if !ok && fresh {
			s.hub.rooms[r.id] = r
		}
		s.hub.mu.Unlock()
		switch {
		case ok:
			return other, nil
		case fresh:
			return r, nil
		}
		var err error
		if r, err = s.openRoom(ctx, r.id); err != nil {
			return nil, err
		}
	}
}

// forgetRooms lets go of rooms that nobody has needed for a while.
func (s *Server) forgetRooms(now time.Time) {
	s.hub.mu.Lock()
	var idle []*room
	for _, r := range s.hub.rooms {
		if now.UnixMilli()-r.used.Load() > roomKept.Milliseconds() {
			idle = append(idle, r)
		}
	}
	s.hub.mu.Unlock()
	for _, r := range idle {
		r.forget(now)
	}
}

// forget takes the room out of the hub if it is at rest. From then on it accepts
// neither posts nor feeds, so that whoever still holds it cannot become a second
// owner of the log beside the one that is loaded next.
func (r *room) forget(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running || len(r.inbox) > 0 || len(r.subs) > 0 || now.UnixMilli()-r.used.Load() <= roomKept.Milliseconds() {
		return
	}
	r.gone = true
	h := r.srv.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.rooms, r.id)
	h.forgets++
}
