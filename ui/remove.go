package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Taking somebody out of a room, for its owner.

// mayRemove reports whether the person may take a member out of a room.
func mayRemove(r *app.RoomView, m app.MemberView) bool {
	return r != nil && r.Joined && !r.Pending && r.Access != chat.AccessDirect && owns(r) && !m.Me
}

// removeMember asks once more, and takes somebody out of a room.
func (h *home) removeMember(room chat.RoomID, m app.MemberView) {
	r := h.roomOf(room)
	if r == nil {
		return
	}
	h.u.confirm(confirmation{
		title: tr.F("remove.title", "Name", inSentence(personName(m)), "Room", inSentence(roomName(r))),
		text:  tr.S("remove.text"), do: tr.S("remove.do"), danger: true,
		then: func() { h.do(func(ctx context.Context) error { return h.u.core.RemoveMember(ctx, room, m.Account) }) },
	})
}

// memberMenu offers what can be done with somebody in the list of people.
func (h *home) memberMenu(account chat.AccountID, at fyne.Position) {
	r := h.roomOf(h.room)
	m, in := h.member(account)
	if r == nil || in != r {
		return
	}
	items := []look.MenuItem{{Text: tr.S("person.title"), Icon: look.IconInfo, Action: func() { h.showPerson(account) }}}
	if !m.Me && !ended(h.u.view) {
		if other, two := partner(r); !two || other.Account != m.Account {
			items = append(items, look.MenuItem{Text: tr.S("person.message"), Icon: look.IconSend, Action: func() { h.message([]app.MemberView{m}) }})
		}
	}
	if mayRemove(r, m) && !ended(h.u.view) {
		room := r.ID
		items = append(items, look.MenuItem{}, look.MenuItem{Text: tr.S("remove.open"), Icon: look.IconLeave, Danger: true, Action: func() { h.removeMember(room, m) }})
	}
	if h.u.hosts() && !m.Me && m.Name != "" && !m.Deleted {
		items = append(items, look.MenuItem{}, look.MenuItem{Text: tr.S("host.account.open"), Icon: look.IconPerson, Action: func() { h.u.openAccount(m.Account) }})
	}
	look.ShowMenu(h.u.win.Canvas(), at, items)
}
