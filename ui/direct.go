package ui

import (
	"context"
	"slices"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Conversations of a few: they have the faces and names of the people in them.

// partner is the other one of a conversation of two; false for any other room.
func partner(r *app.RoomView) (app.MemberView, bool) {
	if r.Access != chat.AccessDirect || len(r.Members) != 2 {
		return app.MemberView{}, false
	}
	i := slices.IndexFunc(r.Members, func(m app.MemberView) bool { return !m.Me })
	if i < 0 {
		return app.MemberView{}, false
	}
	return r.Members[i], true
}

// faceOf returns what a room's picture is made of: the room itself, or the other one
// of a conversation of two.
func faceOf(r *app.RoomView) string {
	if m, ok := partner(r); ok {
		return m.Account.String()
	}
	return r.ID.String()
}

// deserted reports whether a conversation has nothing in it and nobody to write to.
func deserted(r *app.RoomView) bool {
	m, two := partner(r)
	return two && m.Deleted && r.Last == nil && r.Waiting == 0 && r.Failed == 0
}

// shown are the rooms for lists: without those that others have begun with the person
// and not yet used, without empty ones with somebody whose account is no more, and behind the others the archived ones, if they are not folded
// away. The open one is always among them.
func (h *home) shown() []*app.RoomView {
	list := make([]*app.RoomView, 0, len(h.u.view.Rooms))
	var archived []*app.RoomView
	for i := range h.u.view.Rooms {
		r := &h.u.view.Rooms[i]
		switch {
		case r.ID != h.room && (r.Hidden || deserted(r) || r.Archived && !h.unfolded):
		case r.Archived:
			archived = append(archived, r)
		default:
			list = append(list, r)
		}
	}
	return append(list, archived...)
}

// hideItem is the entry of a room's menu that leaves a conversation, or a room one has
// left, out of the list until there is something new in it, or takes that back; without
// an Action for others.
func (h *home) hideItem(r *app.RoomView) look.MenuItem {
	id := r.ID
	switch {
	case r.Hidden:
		return look.MenuItem{Text: tr.S("room.unhide"), Icon: look.IconEye, Action: func() {
			h.do(func(ctx context.Context) error { return h.u.core.HideRoom(ctx, id, false) })
		}}
	case r.Pending || r.Joined && r.Access != chat.AccessDirect:
		return look.MenuItem{}
	}
	return look.MenuItem{Text: tr.S("room.hide"), Icon: look.IconEyeOff, Off: r.Waiting+r.Failed > 0, Action: func() { h.hide(id) }}
}

// hide leaves a room out of the list; if it is open the next one opens.
func (h *home) hide(id chat.RoomID) {
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.HideRoom(ctx, id, true)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
				return
			}
			if u.home == h && h.room == id {
				h.closeRoom()
			}
			u.toast(tr.F("room.hidden", "Keys", keyCommands()[0].keys), look.Accent)
		}
	})
}

// closeRoom opens the room of the list that is next to the open one.
func (h *home) closeRoom() {
	rooms := h.shown()
	at := slices.IndexFunc(rooms, func(r *app.RoomView) bool { return r.ID == h.room })
	switch {
	case at >= 0 && at+1 < len(rooms):
		at++
	default:
		at--
	}
	if at < 0 {
		h.show(chat.RoomID{})
		h.apply(app.Changes{View: true}, h.u.view)
		return
	}
	list := h.object.showList
	h.openRoom(rooms[at].ID)
	if h.object.narrow && list {
		h.backToList()
	}
}

// message opens the conversation with people, beginning it if there is none.
func (h *home) message(people []app.MemberView) {
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		id, err := u.core.Direct(ctx, people)
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
				return
			}
			h.wanted = id
			h.apply(app.Changes{}, u.core.View())
		}
	})
}

// showNewMessage asks whom to write to.
func (h *home) showNewMessage() {
	if h.shutOut() {
		return
	}
	u := h.u
	f := newForm(u)
	var d *dialog
	people := u.newChooser(nil)
	submit := func() {
		chosen := people.people()
		switch n := len(chosen); {
		case n == 0:
			f.setAll(tr.S("people.choose"))
			return
		case n >= chat.MaxDirect:
			f.setAll(tr.S("direct.people"))
			return
		}
		d.Close()
		h.message(chosen)
	}
	f.submit = look.NewButton(tr.S("direct.submit"), look.Primary, submit)
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	d = u.open(dialogSpec{
		title: tr.S("direct.new"), width: 460, body: column(12, note(tr.S("direct.people")), people.object, f.all, f.busy),
		buttons: []*look.Button{cancel, f.submit}, focus: people.find.entry,
	})
	f.page, people.page, people.done = d, d, submit
}
