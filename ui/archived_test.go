package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/tr"
)

// archiveShown archives the open room from elsewhere.
func archiveShown(g *Gallery) {
	v := *g.core.view
	v.Rooms = slices.Clone(v.Rooms)
	for i := range v.Rooms {
		if v.Rooms[i].ID == g.u.home.room {
			v.Rooms[i].Archived = true
		}
	}
	g.u.apply(app.Changes{View: true}, &v)
}

// TestArchivedWhileTyping: when the open room is archived the composer does not keep the
// keyboard, neither at once nor when a dialog or another window gives it back: the toolkit
// lets every shortcut end in an entry that is disabled.
func TestArchivedWhileTyping(t *testing.T) {
	for _, over := range []string{"", "dialog", "window"} {
		g, q := newGallery(t, "main,light,en")
		q.run()
		u := g.u
		u.home.openRoom(inventedRoom("general"))
		u.home.focus()
		focused := func() fyne.Focusable { return u.win.Canvas().Focused() }
		if focused() != fyne.Focusable(u.home.pane.composer.entry) {
			t.Fatalf("the composer has not the focus but %T", focused())
		}
		switch over {
		case "dialog":
			u.showKeys()
		case "window":
			u.home.pane.composer.entry.FocusLost()
		}
		archiveShown(g)
		if over == "dialog" {
			key(u, fyne.KeyEscape)
		}
		q.run()
		if !shows(u, tr.S("composer.archived")) {
			t.Error("the room does not say that it is archived")
		}
		if focused() != fyne.Focusable(u.home.pane.timeline) {
			t.Errorf("with the %q before it: the focus is on %T", over, focused())
		}
		if u.home.pane.composer.here {
			t.Error("the closed composer shows a focus")
		}
	}
}

// TestHidden: a conversation that is hidden leaves the list, the next one opens, the
// switcher still finds it, and it is there while it is open.
func TestHidden(t *testing.T) {
	g, q := newGallery(t, "direct-list")
	q.run()
	h, id := g.u.home, inventedRoom("Ana Borg")
	g.core.fail = nil
	h.openRoom(id)
	item := h.hideItem(h.roomOf(id))
	if item.Text != tr.S("room.hide") || item.Off || h.hideItem(&app.RoomView{Joined: true}).Action != nil {
		t.Fatalf("the menu offers %+v", item)
	}
	item.Action()
	q.until(t, "another room", func() bool { return h.room != id && !h.room.IsZero() && g.u.toasts.box.Visible() })
	v := *g.core.view
	v.Rooms, v.LastRoom = slices.Clone(v.Rooms), id
	for i := range v.Rooms {
		v.Rooms[i].Hidden = v.Rooms[i].ID == id
	}
	g.u.apply(app.Changes{View: true}, &v)
	listed := func() bool {
		return slices.ContainsFunc(h.shown(), func(r *app.RoomView) bool { return r.ID == id })
	}
	if listed() {
		t.Error("it is in the list")
	}
	if h.openFirst(&v); h.room == id {
		t.Error("the next start opens it")
	}
	h.showSwitcher()
	g.u.win.Canvas().Focused().(*input).SetText("ana b")
	key(g.u, fyne.KeyReturn)
	if h.room != id || !listed() || h.hideItem(h.roomOf(id)).Text != tr.S("room.unhide") {
		t.Error("the switcher does not find it")
	}
}
