package app

import (
	"cmp"
	"maps"

	"hearth/chat"
	"hearth/internal/names"
)

// looks are what the names of the group's people have in common with those that look like
// them: for each, who is called so in how many rooms. A conversation is of a few people,
// whom everybody may begin one with: who looks like somebody there need not be in it.
type looks map[string]map[chat.AccountID]int

// note takes over that the people of a room look as in now, no longer as in was, and
// returns what began or ceased to be more than one person's.
func (l looks) note(was, now map[chat.AccountID]string) map[string]bool {
	shared := map[string]bool{}
	count := func(account chat.AccountID, like string, by int) {
		of := l[like]
		if of == nil {
			of = map[chat.AccountID]int{}
			l[like] = of
		}
		if _, known := shared[like]; !known {
			shared[like] = len(of) > 1
		}
		if of[account] += by; of[account] == 0 {
			delete(of, account)
		}
	}
	for account, like := range was {
		if now[account] != like {
			count(account, like, -1)
		}
	}
	for account, like := range now {
		if was[account] != like {
			count(account, like, 1)
		}
	}
	changed := map[string]bool{}
	for like, before := range shared {
		if before != (len(l[like]) > 1) {
			changed[like] = true
		}
		if len(l[like]) == 0 {
			delete(l, like)
		}
	}
	return changed
}

// setPeople makes what follows from who is, or was, in a room, and returns the
// conversations where somebody is told apart from now on, or no longer, by what came.
func (g *group) setPeople(r *room) (others []*room) {
	now := map[chat.AccountID]string{}
	if r.state != nil {
		for account, m := range r.state.Members {
			now[account] = g.likeness(cmp.Or(m.Display, m.Name))
		}
	}
	changed := g.looks.note(r.looks, now)
	r.looks = now
	r.alike = g.alikes(r.state)
	r.members = memberViews(r.state, r.alike, g.me())
	if len(changed) == 0 {
		return nil
	}
	for _, d := range g.rooms {
		if d == r || d.state == nil || d.state.Access != chat.AccessDirect || !d.shows(changed) {
			continue
		}
		alike := g.alikes(d.state)
		if maps.Equal(alike, d.alike) {
			continue
		}
		d.alike = alike
		d.members = memberViews(d.state, alike, g.me())
		if d.last != nil {
			d.last = d.renamedLast()
		}
		for _, o := range d.out {
			o.row = nil // it may show a name
		}
		g.touch(d)
		others = append(others, d)
	}
	return others
}

// setPeople is that of the group, and has the window show the other names.
func (a *App) setPeople(r *room) {
	for _, d := range a.group.setPeople(r) {
		a.changes.addRoom(d.id, RoomChange{Names: true})
	}
}

// shows reports whether somebody in the room has a name that looks like one of those.
func (r *room) shows(likes map[string]bool) bool {
	for _, like := range r.looks {
		if likes[like] {
			return true
		}
	}
	return false
}

// alikes finds the people in a room, those who left included, whose display names
// look like somebody else's there, in a conversation like anybody's, or like a word of the
// program's own; nil if there are none.
func (g *group) alikes(state *chat.Room) map[chat.AccountID]bool {
	if state == nil {
		return nil
	}
	var found map[chat.AccountID]bool
	mark := func(account chat.AccountID) {
		if found == nil {
			found = map[chat.AccountID]bool{}
		}
		found[account] = true
	}
	seen := make(map[string]chat.AccountID, len(state.Members))
	for _, people := range []map[chat.AccountID]chat.Member{state.Members, state.Former} {
		for account, m := range people {
			if m.Deleted {
				continue
			}
			like := g.likeness(cmp.Or(m.Display, m.Name))
			if names.Reserved(like) || state.Access == chat.AccessDirect && g.looks.other(like, account) {
				mark(account)
			}
			if other, taken := seen[like]; taken {
				mark(account)
				mark(other)
				continue
			}
			seen[like] = account
		}
	}
	return found
}

// other reports whether somebody else than that account looks so.
func (l looks) other(like string, account chat.AccountID) bool {
	of := l[like]
	return len(of) > 1 || len(of) == 1 && of[account] == 0
}

// mostLikes bounds the names whose likeness is remembered.
const mostLikes = 50_000

// likeness is names.Likeness, computed once for a name: most people are in many rooms,
// and of a room's people most stay when one comes.
func (g *group) likeness(name string) string {
	if like, known := g.likes[name]; known {
		return like
	}
	if g.likes == nil || len(g.likes) >= mostLikes {
		g.likes = map[string]string{}
	}
	like := names.Likeness(name)
	g.likes[name] = like
	return like
}
