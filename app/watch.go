package app

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// Whose presence the server is asked for (docs/adr/0032): of the members of the open
// room, of those with whom the person has a conversation of two, and of somebody whose
// card is open. Not of people who are blocked.

// awayAfter is how long nobody looks at the window until the person counts as away.
const awayAfter = 5 * time.Minute

// membersPatience gathers changes of rooms' members before asking anew who is there.
const membersPatience = 500 * time.Millisecond

// watching is what the server was asked to tell of people. Owned by the loop.
type watching struct {
	asked  wire.Presence // what was sent last on this connection
	sent   bool          // something was
	asking bool          // the answer has not come
}

// same reports whether two questions are the same.
func same(a, b *wire.Presence) bool {
	return a.Room == b.Room && a.Away == b.Away && slices.Equal(a.People, b.People)
}

// Watch implements Commands.
func (a *App) Watch(account chat.AccountID) {
	a.do(func() {
		if g := a.group; g != nil && g.watched != account {
			g.watched = account
			a.watch()
		}
	})
}

// WatchRooms implements Commands.
func (a *App) WatchRooms(rooms []chat.RoomID) {
	listed := make(map[chat.RoomID]bool, min(len(rooms), wire.MaxWatched))
	for _, id := range rooms[:min(len(rooms), wire.MaxWatched)] {
		listed[id] = true
	}
	a.do(func() {
		if g := a.group; g != nil && !maps.Equal(g.listed, listed) {
			g.listed = listed
			a.watch()
		}
	})
}

// watch tells the server where the person is, if that has changed, and so asks who
// else is there. One question at a time.
func (a *App) watch() {
	g := a.group
	if g == nil || g.net == nil {
		return
	}
	c := g.net
	if !c.live || c.watch.asking || !c.has(wire.FeaturePresence) && !c.has(wire.FeatureReaders) {
		return
	}
	want := wire.Presence{Away: a.away()}
	if r := g.rooms[g.active]; r != nil && r.synced(g.me()) {
		want.Room = r.id
	}
	if c.has(wire.FeatureWatch) {
		want.People = g.subjects()
	}
	if c.watch.sent && same(&c.watch.asked, &want) {
		return
	}
	c.watch.asked, c.watch.sent, c.watch.asking = want, true, true
	a.insist(alarmWatch, func() wire.Request { ask := want; return &ask }, func(reply wire.Reply) {
		c.watch.asking = false
		if f, ok := reply.(*wire.PresenceList); ok {
			a.presenceAt(f.People, true)
		}
		a.watch()
	}, func(error) {
		c.watch.asking = false
		a.setThere(nil)
	})
}

// subjects are the people to be told of besides the members of the open room: of more
// than there is space for those whose rooms are in view in the list, then those who have
// written last.
func (g *group) subjects() (list []chat.AccountID) {
	var two []*room
	for _, r := range g.rooms {
		if r.state != nil && r.state.Access == chat.AccessDirect && len(r.state.Members) == 2 && r.synced(g.me()) {
			two = append(two, r)
		}
	}
	slices.SortFunc(two, func(x, y *room) int {
		if g.listed[x.id] != g.listed[y.id] {
			if g.listed[x.id] {
				return -1
			}
			return 1
		}
		if hidden := x.hidden(g.me()); hidden != y.hidden(g.me()) {
			if hidden {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(y.c.Activity, x.c.Activity), slices.Compare(x.id[:], y.id[:]))
	})
	add := func(account chat.AccountID) {
		if len(list) < wire.MaxWatched && account != g.me() && !account.IsZero() && !g.blocked[account] && !slices.Contains(list, account) {
			list = append(list, account)
		}
	}
	add(g.watched)
	for _, r := range two {
		for account := range r.state.Members {
			add(account)
		}
	}
	slices.SortFunc(list, func(x, y chat.AccountID) int { return slices.Compare(x[:], y[:]) })
	return list
}

// watchAgain asks anew where a change of a room's members may have changed whom there
// is to ask for. Of the open room the server is asked even if the question stays the
// same.
func (a *App) watchAgain(r *room) {
	g := a.group
	switch {
	case g.net == nil || !g.net.watch.sent:
		return
	case r.id == g.net.watch.asked.Room:
		g.net.watch.sent = false
	case r.id == g.active: // it was opened before the person was in it: just made, or joined
	case r.state == nil || r.state.Access != chat.AccessDirect:
		return
	}
	a.alarm.set(alarmMembers, membersPatience, a.watch)
}

// away reports whether nobody has looked at the window for long.
func (a *App) away() bool {
	g := a.group
	if g.looking {
		return false
	}
	if left := awayAfter - time.Since(g.since); !g.since.IsZero() && left > 0 {
		a.alarm.set(alarmAway, left, a.watch)
		return false
	}
	return true
}

// presenceAt takes over who is there; all says that nothing else is known.
func (a *App) presenceAt(subjects []wire.Subject, all bool) {
	g := a.group
	if g.net == nil {
		return
	}
	people := map[chat.AccountID]PresenceView{}
	if !all {
		maps.Copy(people, g.there)
	}
	for _, s := range subjects {
		delete(people, s.Account)
		if len(people) >= wire.MaxSubjects || !g.watches(s.Account) {
			continue
		}
		switch s.State {
		case wire.PresenceOnline, wire.PresenceAway:
			people[s.Account] = PresenceView{State: PresenceState(s.State)}
		case wire.PresenceOffline:
			v := PresenceView{State: PresenceOffline}
			if s.Seen > 0 {
				v.Seen = time.UnixMilli(s.Seen)
			}
			people[s.Account] = v
		}
	}
	a.setThere(people)
}

// watches reports whether the server was asked for somebody.
func (g *group) watches(account chat.AccountID) bool {
	asked := &g.net.watch.asked
	if g.blocked[account] {
		return false
	}
	if slices.Contains(asked.People, account) {
		return true
	}
	r := g.rooms[asked.Room]
	if r == nil || r.state == nil {
		return false
	}
	_, in := r.state.Members[account]
	return in
}

// forgetBlocked: of who is blocked nothing is shown, and nothing asked any more.
func (a *App) forgetBlocked() {
	g := a.group
	people := maps.Clone(g.there)
	maps.DeleteFunc(people, func(account chat.AccountID, _ PresenceView) bool { return g.blocked[account] })
	a.setThere(people)
	if g.net != nil {
		g.net.watch.sent = false // who is not blocked any more may be a member of the open room
		a.alarm.set(alarmMembers, membersPatience, a.watch)
	}
}

// setThere publishes who is there.
func (a *App) setThere(people map[chat.AccountID]PresenceView) {
	if maps.Equal(a.group.there, people) {
		return
	}
	a.group.there = people
	a.viewNew = true
}
