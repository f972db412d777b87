package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"hearth/chat"
	"hearth/internal/names"
	"hearth/net/wire"
	"hearth/store"
)

// Who came into a room behind the place that a restored server still has is no part of its
// state any more, and perhaps not even an account of the server. What they wrote is shown
// with their names all the same: their joins lie among what was lost.

// lostPeople are those whom the lost part of a room's log names, as it did last.
func lostPeople(asides []store.Aside) map[chat.AccountID]chat.Member {
	people := map[chat.AccountID]chat.Member{}
	for i := range asides {
		e := &asides[i].Event
		body, bad := wire.ParseBody(e.Kind, e.Body)
		if bad != nil {
			continue
		}
		switch b := body.(type) {
		case chat.Join:
			people[b.Account] = chat.Member{Account: b.Account, Name: b.Name, Display: b.Display}
		case chat.Name:
			if m, known := people[e.Author]; known {
				m.Display = b.Display
				people[e.Author] = m
			}
		}
	}
	return people
}

// nameList is who somebody is in a room: its state, and who in it looks like somebody else.
type nameList struct {
	state *chat.Room
	alike map[chat.AccountID]bool
}

// lostNames are the room's names with those of people whom only its lost part names.
func (r *roomShot) lostNames(asides []store.Aside) nameList {
	people := lostPeople(asides)
	maps.DeleteFunc(people, func(account chat.AccountID, _ chat.Member) bool {
		return knows(r.state, account)
	})
	if len(people) == 0 {
		return nameList{r.state, r.alike}
	}
	with := *chat.NewRoom(r.view.ID)
	if r.state != nil {
		with = *r.state
	}
	with.Former = map[chat.AccountID]chat.Member{}
	if r.state != nil {
		maps.Copy(with.Former, r.state.Former)
	}
	maps.Copy(with.Former, people)
	looks := map[string]int{}
	for _, all := range []map[chat.AccountID]chat.Member{with.Members, with.Former} {
		for _, m := range all {
			looks[likenessOf(&m)]++
		}
	}
	alike := map[chat.AccountID]bool{}
	maps.Copy(alike, r.alike)
	for account, m := range people {
		if like := likenessOf(&m); looks[like] > 1 || names.Reserved(like) {
			alike[account] = true
		}
	}
	return nameList{&with, alike}
}

// allLostNames are the lostNames of all rooms of which something is lost.
func (s *snapshot) allLostNames(ctx context.Context) (map[chat.RoomID]nameList, error) {
	all := map[chat.RoomID]nameList{}
	for _, r := range s.rooms {
		if r.view.Lost == 0 {
			continue
		}
		asides, err := s.store.Asides(ctx, r.view.ID)
		if err != nil {
			return nil, err
		}
		all[r.view.ID] = r.lostNames(asides)
	}
	return all, nil
}

func likenessOf(m *chat.Member) string { return names.Likeness(cmp.Or(m.Display, m.Name)) }

// roomBefore is a room as its lost log had it last, for one of which the server has
// nothing left; nil if that log does not begin with the room's first event.
func roomBefore(id chat.RoomID, asides []store.Aside) (was *chat.Room) {
	for i := range asides {
		e := &asides[i].Event
		body, bad := wire.ParseBody(e.Kind, e.Body)
		if bad != nil {
			continue
		}
		if e.Kind == chat.KindRoomCreate { // or again, in a later run
			was = chat.NewRoom(id)
		}
		if was != nil {
			was.Apply(e, body)
		}
	}
	return was
}

// settingWas begins the names of settings that say what a room was before the server lost
// it whole, JSON of chat.Room, for where the log does not: it begins with when the person
// came in.
const settingWas = "was "

// keepWas keeps what a room is that is about to go back to nothing.
func (g *group) keepWas(ctx context.Context, r *room) error {
	if r.state == nil || len(r.gaps) == 0 || r.gaps[0].From > 1 {
		return nil
	}
	return g.setJSON(ctx, settingWas+r.id.String(), r.state)
}

// learnLost reads what the lost part of a room tells: whom it names, if what waits in the
// outbox brings somebody in, or takes somebody out, whom nothing else here names; and what
// the room was, if nothing of it is left but that.
func (g *group) learnLost(ctx context.Context, r *room) error {
	stranger := func(o *outgoing) bool {
		account := concerned(o.parsed())
		return !account.IsZero() && !knows(r.state, account)
	}
	r.was = nil
	if r.c.Strays == 0 || r.state != nil && !slices.ContainsFunc(r.out, stranger) {
		return nil
	}
	asides, err := g.store.Asides(ctx, r.id)
	if err != nil {
		return err
	}
	if r.state == nil {
		if r.was = roomBefore(r.id, asides); r.was == nil {
			if err := g.loadJSON(ctx, settingWas+r.id.String(), &r.was); err != nil {
				return err
			}
		}
	}
	g.lost[r.id] = lostPeople(asides)
	for _, o := range r.out {
		o.row = nil
	}
	g.touch(r)
	return nil
}

// lostPerson is what somebody was called whom a room's state does not know (any more); ""
// if that is not known.
func (g *group) lostPerson(room chat.RoomID, account chat.AccountID) string {
	if m, named := g.lost[room][account]; named {
		return cmp.Or(m.Display, m.Name)
	}
	for _, r := range g.rooms {
		if r.state == nil {
			continue
		}
		if m, known := r.state.Person(account); known && !m.Deleted {
			return distinctOf(r.state, r.alike, account)
		}
	}
	return ""
}

// knows reports whether a room's state has names for somebody.
func knows(state *chat.Room, account chat.AccountID) bool {
	if state == nil {
		return false
	}
	_, known := state.Person(account)
	return known
}

// concerned is whom an event of the person's own brings into the room, or takes out of it.
func concerned(body chat.Body) chat.AccountID {
	switch b := body.(type) {
	case chat.Join:
		return b.Account
	case chat.Remove:
		return b.Account
	}
	return chat.AccountID{}
}

// settingCalled is where the names of rooms stand that a device before this one knew and
// this one does not, JSON: what it has left waits for them.
const settingCalled = "called"

// keepCalled writes down what the rooms were called in which something waits.
func (g *group) keepCalled(ctx context.Context, called map[chat.RoomID]string, waits []store.Entry) error {
	g.called = map[chat.RoomID]string{}
	for i := range waits {
		if name := called[waits[i].Room]; name != "" {
			g.called[waits[i].Room] = name
		}
	}
	if len(g.called) == 0 {
		return nil
	}
	data, err := json.Marshal(g.called)
	if err != nil {
		return err
	}
	return g.store.SetSetting(ctx, settingCalled, data)
}

// loadCalled reads it. What cannot be read is nothing.
func (g *group) loadCalled(ctx context.Context) error {
	data, err := g.store.Setting(ctx, settingCalled)
	if err == nil && json.Unmarshal(data, &g.called) != nil {
		g.called = nil
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return err
}
