package server

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// Whom a connection watches: the other members of the room that is open, and people it
// has named (docs/adr/0032). What it is told of somebody is decided anew each time.

// telling is what a connection is told of people. Its mutex comes before all others and
// is held from looking how things stand until what is told has its place in the order
// of what is written: the newer of two tellings is written last.
type telling struct {
	mu    sync.Mutex
	named []chat.AccountID                // guarded by mu: watched wherever they are
	told  map[chat.AccountID]wire.Subject // guarded by mu: of whom is watched, what was told last
}

// onPresence takes over where the person is, and tells who else is there.
func (s *session) onPresence(r *wire.Presence) *chat.Error {
	if !s.signalling.Allow() {
		return tooFast(time.Second)
	}
	for {
		if answered, e := s.watch(r); answered || e != nil {
			return e
		}
	}
}

// watch is onPresence; false if the membership of the room that is opened has ended while
// it was looked up who is there, so that it is done again.
func (s *session) watch(r *wire.Presence) (answered bool, e *chat.Error) {
	var members, former []chat.AccountID
	lasts := func() bool { return true }
	if !r.Room.IsZero() {
		rm, state, e := s.allowed(OpWatch, r.Room)
		if e != nil {
			return false, e
		}
		members = s.srv.present(s.ctx, state, s.account)
		former = lately(state)
		lasts = func() bool { return rm.lasts(state, s.account) }
	}
	if s.away.Swap(r.Away) != r.Away {
		s.srv.presence.update(s.account)
	}
	s.telling.mu.Lock()
	defer s.telling.mu.Unlock()
	s.telling.named = nil
	var watched []chat.AccountID
	if !s.srv.o.NoPresence {
		s.telling.named = s.srv.shared(s.ctx, s.account, r.People)
		watched = watchable(s.telling.named, members)
	}
	s.srv.presence.watch(s, r.Room, watched)
	if s.ctx.Err() != nil { // it has been forgotten meanwhile
		s.srv.presence.watch(s, chat.RoomID{}, nil)
	}
	s.signal(func(w *signals) {
		w.watched = r.Room
		clear(w.people)
		clear(w.readers)
		if s.srv.o.NoReaders || len(members) >= wire.MaxReaders { // and oneself
			return
		}
		for _, a := range slices.Concat(members, former) {
			w.readers[a] = struct{}{}
		}
	})
	answer := &wire.PresenceList{Rep: wire.Rep{Re: r.ID}, People: s.srv.subjects(s.ctx, s.account, watched)}
	s.telling.told = make(map[chat.AccountID]wire.Subject, len(watched))
	for _, one := range answer.People {
		s.telling.told[one.Account] = one
	}
	for _, a := range r.People { // who hides and with whom no room is shared look the same
		if _, in := s.telling.told[a]; !in && !s.srv.o.NoPresence {
			answer.People = append(answer.People, wire.Subject{Account: a, State: wire.PresenceHidden})
		}
	}
	if !lasts() {
		s.leaveWatched()
		return false, nil
	}
	s.send(answer)
	return true, nil
}

// watchable puts those together whom a connection watches: who is named, and of the
// members as many as there is space for.
func watchable(named, members []chat.AccountID) []chat.AccountID {
	list := slices.Clone(named)
	for _, a := range members {
		if len(list) >= wire.MaxSubjects {
			break
		}
		if !slices.Contains(named, a) {
			list = append(list, a)
		}
	}
	return list
}

// newsOf says what is new of those of some people whom the connection watches. That
// somebody who hides has come or gone is nothing new. Holds telling.mu.
func (s *session) newsOf(people map[chat.AccountID]struct{}) []wire.Subject {
	var list []chat.AccountID
	for a := range people {
		if _, in := s.telling.told[a]; in {
			list = append(list, a)
		}
	}
	return slices.DeleteFunc(s.srv.subjects(s.ctx, s.account, list), func(one wire.Subject) bool { return s.telling.told[one.Account] == one })
}

// subjectFrames tells news of those whom the connection still watches and may see:
// members of its open room, or with whom a room is shared. That is looked up behind the
// news. Holds telling.mu.
func (s *session) subjectFrames(news []wire.Subject, members map[chat.AccountID]chat.Member) []wire.Frame {
	var elsewhere []chat.AccountID
	for _, one := range news {
		if _, in := members[one.Account]; !in && slices.Contains(s.telling.named, one.Account) {
			elsewhere = append(elsewhere, one.Account)
		}
	}
	elsewhere = s.srv.shared(s.ctx, s.account, elsewhere)
	news = slices.DeleteFunc(news, func(one wire.Subject) bool {
		_, in := members[one.Account]
		return !in && !slices.Contains(elsewhere, one.Account)
	})
	if len(news) == 0 {
		return nil
	}
	for _, one := range news {
		s.telling.told[one.Account] = one
	}
	return []wire.Frame{&wire.PresenceAt{People: news}}
}

// leaveWatched stops telling of a room that the account is no longer in. Holds
// telling.mu.
func (s *session) leaveWatched() {
	s.srv.presence.watch(s, chat.RoomID{}, s.telling.named)
	maps.DeleteFunc(s.telling.told, func(a chat.AccountID, _ wire.Subject) bool { return !slices.Contains(s.telling.named, a) })
	if s.ctx.Err() != nil {
		s.srv.presence.watch(s, chat.RoomID{}, nil)
	}
}

// shared returns those of some people with whom an account shares a room, in their
// order. The room of the two is looked at first: mostly it is that.
func (s *Server) shared(ctx context.Context, account chat.AccountID, people []chat.AccountID) (list []chat.AccountID) {
	if len(people) == 0 {
		return nil
	}
	found := map[chat.AccountID]bool{}
	look := func(id chat.RoomID) {
		rm, err := s.openRoom(ctx, id)
		if err != nil {
			return
		}
		state := rm.view.Load().state
		if state == nil || !Allowed(OpWatch, standing(state, account), state.Access) {
			return
		}
		for _, a := range people {
			found[a] = found[a] || a != account && within(standing(state, a))
		}
	}
	rooms, err := s.store.AccountRooms(ctx, account)
	if err != nil {
		return nil
	}
	missing := func(a chat.AccountID) bool { return !found[a] }
	for _, a := range people {
		if id := chat.DirectRoom(account, a); slices.Contains(rooms, id) {
			look(id)
		}
	}
	for _, id := range rooms {
		if !slices.ContainsFunc(people, missing) {
			break
		}
		look(id)
	}
	return slices.DeleteFunc(slices.Clone(people), missing)
}

// hides reports whether an account keeps its presence from another one: from
// everybody, or from somebody it has blocked. What cannot be read counts as hidden.
func (s *Server) hides(ctx context.Context, account, from chat.AccountID) bool {
	if a, err := s.store.Account(ctx, account); err != nil || a.Privacy.Presence {
		return true
	}
	blocked, err := s.blocks.has(ctx, account, from)
	return err != nil || blocked
}

// present returns the other members of a room, those who are there first. Who hides
// counts as not there: the order would tell.
func (s *Server) present(ctx context.Context, state *chat.Room, me chat.AccountID) []chat.AccountID {
	members := state.Members
	list := make([]chat.AccountID, 0, len(members))
	for a := range members {
		if a != me {
			list = append(list, a)
		}
	}
	there := map[chat.AccountID]bool{}
	s.presence.mu.Lock()
	for _, a := range list {
		if s.presence.people[a] != nil {
			there[a] = true
		}
	}
	s.presence.mu.Unlock()
	maps.DeleteFunc(there, func(a chat.AccountID, _ bool) bool { return s.hides(ctx, a, me) })
	slices.SortFunc(list, func(a, b chat.AccountID) int {
		if there[a] != there[b] {
			if there[a] {
				return -1
			}
			return 1
		}
		return bytes.Compare(a[:], b[:])
	})
	return list
}

// subjects describes people to an account. Whether somebody hides is looked up behind
// what there is to hide: whoever was told that it is hidden can be sure.
func (s *Server) subjects(ctx context.Context, to chat.AccountID, people []chat.AccountID) []wire.Subject {
	list := make([]wire.Subject, 0, len(people))
	for _, a := range people {
		one := wire.Subject{Account: a, State: s.presence.stateOf(a)}
		if one.State == wire.PresenceOffline {
			one.Seen = s.lastSeen(ctx, a)
		}
		if s.hides(ctx, a, to) {
			one = wire.Subject{Account: a, State: wire.PresenceHidden}
		}
		list = append(list, one)
	}
	return list
}

// lastSeen returns when a device of the account was last connected, to the minute.
func (s *Server) lastSeen(ctx context.Context, account chat.AccountID) (seen int64) {
	devices, err := s.store.Devices(ctx, account)
	if err != nil {
		return 0
	}
	for i := range devices {
		seen = max(seen, devices[i].Seen)
		if t, ok := s.lastTouch(devices[i].ID); ok {
			seen = max(seen, t.Seen)
		}
	}
	return seen - seen%time.Minute.Milliseconds()
}
