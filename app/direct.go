package app

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"hearth/chat"
	"hearth/store"
)

// Direct rooms: conversations of a few. Their ids follow from who is in them, so that
// nothing has to be agreed upon before the first word.

// Direct implements Commands.
func (a *App) Direct(ctx context.Context, people []MemberView) (chat.RoomID, error) {
	me := a.shot.Load().me
	others := make([]chat.AccountID, 0, len(people))
	for _, p := range people {
		if p.Account != me && !p.Account.IsZero() && !slices.Contains(others, p.Account) {
			others = append(others, p.Account)
		}
	}
	switch n := len(others); {
	case n == 0:
		return chat.RoomID{}, &Failed{Code: FailBadValue, Field: "people", Detail: "nobody else is named"}
	case n >= chat.MaxDirect:
		return chat.RoomID{}, &Failed{Code: FailCode(chat.CodeLimitReached), Field: "people"}
	}
	id := chat.DirectRoom(append([]chat.AccountID{me}, others...)...)
	there, err := ask(ctx, a, func() (bool, error) { return a.wantDirect(id, people) })
	if err != nil || there {
		return id, err
	}
	body := chat.RoomCreate{Access: chat.AccessDirect, History: chat.HistoryAll, Members: others}
	_, err = a.enqueue(ctx, id, chat.KindRoomCreate, body, nil)
	return id, err
}

// wantDirect shows a direct room from now on, also while nothing is said in it, and
// reports whether it is there already or about to be.
func (a *App) wantDirect(id chat.RoomID, people []MemberView) (bool, error) {
	g := a.group
	if g == nil {
		return false, &Failed{Code: FailNoRoom, Detail: "no group is open"}
	}
	if g.known == nil {
		g.known = map[chat.AccountID]MemberView{}
	}
	for _, p := range people {
		g.known[p.Account] = p
	}
	r := g.rooms[id]
	if r == nil || !r.joined(g.me()) {
		return false, nil
	}
	r.wanted = true
	g.touch(r)
	a.viewNew = true
	if r.putAside(g) {
		return true, a.putAside(r, false)
	}
	return true, nil
}

// dropMet forgets creations of direct rooms that are there: somebody else in them was
// quicker, and what was wanted is so. What waits behind them goes out.
func (a *App) dropMet() {
	g := a.group
	for r := range g.busy {
		if !r.id.Direct() || !r.synced(g.me()) {
			continue
		}
		for _, o := range slices.Clone(r.out) {
			if o.Kind != chat.KindRoomCreate || o.flying || o.State == store.EntryAcknowledged {
				continue
			}
			if err := g.store.Discard(a.disk, o.MID); err != nil {
				a.storeTrouble(err)
				return
			}
			g.dropEntry(o.MID)
			a.changes.addRoom(r.id, RoomChange{Waiting: true})
		}
	}
}

// met takes note that a direct room is there. Its creation stands in the way of what
// waits behind it until the room has come here; dropMet removes it then.
func (r *room) met(o *outgoing) {
	r.send.realign = true
	o.met = true
}

// hidden reports whether the person need not know of a room yet: a conversation that
// somebody else has begun, and in which nothing has been said.
func (r *room) hidden(me chat.AccountID) bool {
	return r.state != nil && r.state.Access == chat.AccessDirect && r.state.Creator != me &&
		max(r.c.LastMessage, r.c.Unheeded) == 0 && len(r.out) == 0 && r.draft.IsZero() && !r.wanted
}

// directName is what a direct room is called here: the others in it.
func directName(members []MemberView) string {
	var names []string
	for _, m := range members {
		if m.Me {
			continue
		}
		name := cmp.Or(m.Display, m.Name)
		if m.Alike {
			name += " (" + m.Name + ")"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// personOf returns what is known of somebody from any room, or from the list of
// people; else only who it is.
func (g *group) personOf(account chat.AccountID) MemberView {
	for _, r := range g.rooms {
		if r.state == nil {
			continue
		}
		if m, ok := r.state.Members[account]; ok {
			return MemberView{Account: account, Name: m.Name, Display: m.Display, Role: chat.RoleMember}
		}
	}
	m, ok := g.known[account]
	if !ok {
		m.Display = account.String()[:8]
	}
	return MemberView{Account: account, Name: m.Name, Display: m.Display, Role: chat.RoleMember}
}
