package server

import (
	"context"
	"sync"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// Presence is known while the server runs and written nowhere; last seen is what
// devices leave behind. See ephemeral.go for how it is told.

// offlineAfter is how long somebody still counts as present whose last connection
// has ended: most come back.
const offlineAfter = 15 * time.Second

// readersPause is the time between two tellings of one member's position in a room.
const readersPause = 2 * time.Second

// presence knows who is connected, who watches whom, and when each read position
// was told last. Its mutex comes before the hub's; no session's is taken within it.
type presence struct {
	srv *Server // fixed

	mu       sync.Mutex
	people   map[chat.AccountID]*present              // guarded by mu: who is not offline
	subjects map[*session][]chat.AccountID            // guarded by mu: whom a connection watches
	watchers map[chat.AccountID]map[*session]struct{} // guarded by mu: the same the other way
	rooms    map[chat.RoomID]map[*session]struct{}    // guarded by mu: who has a room open
	watched  map[*session]chat.RoomID                 // guarded by mu: the same the other way
	told     map[typist]reading                       // guarded by mu: whose position was told lately
}

// present is somebody who is not offline.
type present struct {
	state   wire.PresenceState
	leaving time.Time // when they count as offline; zero while connected
}

// reading is when a member's position was told.
type reading struct {
	at    time.Time
	again bool // it has moved since
}

func newPresence(s *Server) *presence {
	return &presence{
		srv: s, people: map[chat.AccountID]*present{}, subjects: map[*session][]chat.AccountID{},
		watchers: map[chat.AccountID]map[*session]struct{}{}, rooms: map[chat.RoomID]map[*session]struct{}{},
		watched: map[*session]chat.RoomID{}, told: map[typist]reading{},
	}
}

// update looks at the connections of an account and tells who watches it of a
// change.
func (p *presence) update(account chat.AccountID) {
	p.mu.Lock()
	if !p.updateLocked(account, time.Now()) {
		p.mu.Unlock()
		return
	}
	tell := p.watchersLocked(account)
	p.mu.Unlock()
	p.changed(account, tell)
}

func (p *presence) updateLocked(account chat.AccountID, now time.Time) (changed bool) {
	sessions := p.srv.hub.of(account)
	one := p.people[account]
	if len(sessions) == 0 {
		if one != nil && one.leaving.IsZero() {
			one.leaving = now.Add(offlineAfter)
			p.srv.soon.by(one.leaving)
		}
		return false
	}
	state := wire.PresenceAway
	for _, s := range sessions {
		if !s.away.Load() {
			state = wire.PresenceOnline
		}
	}
	if one == nil {
		one = &present{}
		p.people[account] = one
	}
	one.leaving = time.Time{}
	changed = one.state != state
	one.state = state
	return changed
}

func (p *presence) watchersLocked(account chat.AccountID) []*session {
	list := make([]*session, 0, len(p.watchers[account]))
	for s := range p.watchers[account] {
		list = append(list, s)
	}
	return list
}

func (p *presence) changed(account chat.AccountID, tell []*session) {
	for _, s := range tell {
		s.signal(func(w *signals) { w.people[account] = struct{}{} })
	}
}

// tellOf tells who watches an account that something about it has changed.
func (p *presence) tellOf(account chat.AccountID) {
	p.mu.Lock()
	tell := p.watchersLocked(account)
	p.mu.Unlock()
	p.changed(account, tell)
}

// gone forgets a connection that has ended and left the hub.
func (p *presence) gone(s *session) {
	p.watch(s, chat.RoomID{}, nil)
	p.update(s.account)
}

// watch makes a connection hear of people, MaxSubjects at most, and of how far the
// members of a room have read, instead of those before.
func (p *presence) watch(s *session, room chat.RoomID, people []chat.AccountID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.subjects[s] {
		if delete(p.watchers[a], s); len(p.watchers[a]) == 0 {
			delete(p.watchers, a)
		}
	}
	old := p.watched[s]
	if delete(p.rooms[old], s); len(p.rooms[old]) == 0 {
		delete(p.rooms, old)
	}
	delete(p.subjects, s)
	delete(p.watched, s)
	if len(people) > 0 {
		p.subjects[s] = people
	}
	for _, a := range people {
		if p.watchers[a] == nil {
			p.watchers[a] = map[*session]struct{}{}
		}
		p.watchers[a][s] = struct{}{}
	}
	if room.IsZero() {
		return
	}
	p.watched[s] = room
	if p.rooms[room] == nil {
		p.rooms[room] = map[*session]struct{}{}
	}
	p.rooms[room][s] = struct{}{}
}

// moved takes note that a member has read on, and tells who has the room open,
// now or as soon as it may be told again.
func (p *presence) moved(room chat.RoomID, account chat.AccountID) {
	p.mu.Lock()
	if len(p.rooms[room]) == 0 { // whoever opens it is told all
		p.mu.Unlock()
		return
	}
	now, k := time.Now(), typist{room, account}
	if r, ok := p.told[k]; ok && now.Sub(r.at) < readersPause {
		p.told[k] = reading{at: r.at, again: true}
		p.srv.soon.by(r.at.Add(readersPause))
		p.mu.Unlock()
		return
	}
	p.told[k] = reading{at: now}
	p.srv.soon.by(now.Add(readersPause)) // to forget it
	tell := p.roomWatchersLocked(room)
	p.mu.Unlock()
	p.readOn(account, tell)
}

func (p *presence) roomWatchersLocked(room chat.RoomID) []*session {
	list := make([]*session, 0, len(p.rooms[room]))
	for s := range p.rooms[room] {
		list = append(list, s)
	}
	return list
}

func (p *presence) readOn(account chat.AccountID, tell []*session) {
	for _, s := range tell {
		if s.account != account {
			s.signal(func(w *signals) { w.readers[account] = struct{}{} })
		}
	}
}

// expire lets those be offline who have been gone for long enough, and tells
// positions that had to wait.
func (p *presence) expire(now time.Time) {
	type news struct {
		account chat.AccountID
		tell    []*session
	}
	var left, read []news
	p.mu.Lock()
	for a, one := range p.people {
		switch {
		case one.leaving.IsZero():
		case one.leaving.After(now):
			p.srv.soon.by(one.leaving)
		default:
			delete(p.people, a)
			left = append(left, news{a, p.watchersLocked(a)})
		}
	}
	for k, r := range p.told {
		switch {
		case now.Sub(r.at) < readersPause:
			p.srv.soon.by(r.at.Add(readersPause))
		case r.again:
			p.told[k] = reading{at: now}
			p.srv.soon.by(now.Add(readersPause))
			read = append(read, news{k.account, p.roomWatchersLocked(k.room)})
		default:
			delete(p.told, k)
		}
	}
	p.mu.Unlock()
	for _, n := range left {
		p.changed(n.account, n.tell)
	}
	for _, n := range read {
		p.readOn(n.account, n.tell)
	}
}

// stateOf returns whether somebody is there.
func (p *presence) stateOf(account chat.AccountID) wire.PresenceState {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one := p.people[account]; one != nil {
		return one.state
	}
	return wire.PresenceOffline
}

// onPrivacySet changes what others learn of the account.
func (s *session) onPrivacySet(r *wire.PrivacySet) *chat.Error {
	if !s.signalling.Allow() {
		return tooFast(time.Second)
	}
	p := storage.Privacy{Presence: r.HidePresence, Readings: r.HideReadings, Typing: r.HideTyping}
	if err := s.srv.store.SetPrivacy(context.WithoutCancel(s.ctx), s.account, p); err != nil {
		return s.storing(err)
	}
	s.send(&wire.OK{Rep: wire.Rep{Re: r.ID}})
	for _, other := range s.srv.hub.of(s.account) {
		if other != s {
			other.signal(func(w *signals) { w.privacy = true })
		}
	}
	s.srv.presence.tellOf(s.account)
	return nil
}

// features names what this server can do beyond version 1.
func (o *Options) features() []string {
	list := []string{FeatureHoles, wire.FeatureMarkers, wire.FeaturePrivacy, wire.FeatureBlocks, wire.FeatureCards, wire.FeatureRecovery, wire.FeatureDeletion}
	for _, f := range []struct {
		name string
		off  bool
	}{{wire.FeatureFiles, o.Files == nil}, {wire.FeatureReaders, o.NoReaders}, {wire.FeatureTyping, o.NoTyping}, {wire.FeaturePresence, o.NoPresence}, {wire.FeatureWatch, o.NoPresence}} {
		if !f.off {
			list = append(list, f.name)
		}
	}
	return list
}
