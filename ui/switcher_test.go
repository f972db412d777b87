package ui

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// joinCore joins rooms, or does not.
type joinCore struct {
	*invented
	refused error
	joined  *[]chat.RoomID
}

// JoinRoom implements app.Commands.
func (c joinCore) JoinRoom(_ context.Context, id chat.RoomID) error {
	if c.refused != nil {
		return c.refused
	}
	*c.joined = append(*c.joined, id)
	v := *c.view
	v.Rooms = append(slices.Clone(v.Rooms), app.RoomView{ID: id, Name: "garden", Access: chat.AccessOpen, Joined: true})
	c.view = &v
	return nil
}

// findGarden types the name of a room to join into the switcher, and waits for it.
func findGarden(t *testing.T, u *UI, q *queue, typed string) *input {
	t.Helper()
	u.home.showSwitcher()
	find := u.win.Canvas().Focused().(*input)
	find.SetText(typed)
	q.until(t, "the room to join", func() bool { return shows(u, "garden") && shows(u, tr.S("browse.join")) })
	return find
}

// TestSwitcherJoins: a room of the group that the person is not in is found beside their
// own, and entered; what keeps them out is said.
func TestSwitcherJoins(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	g.pose(q)
	u, h := g.u, g.u.home
	core := joinCore{g.core, nil, new([]chat.RoomID)}
	u.core = core
	before := h.room

	findGarden(t, u, q, "gard").SetText("general") // one's own, listed once
	if shows(u, tr.S("browse.join")) {
		t.Error("a room of the person's is offered to be joined")
	}
	u.closeAll()

	core.refused = &app.Failed{Code: app.FailOffline}
	u.core = core
	findGarden(t, u, q, "#gard")
	key(u, fyne.KeyReturn)
	q.until(t, "the reason", func() bool { return shows(u, explain(core.refused).text) })
	if h.room != before || len(u.dialogs) != 0 {
		t.Error("the room is open without having been joined")
	}

	core.refused = nil
	u.core = core
	findGarden(t, u, q, "gard")
	key(u, fyne.KeyReturn)
	q.until(t, "the way there", func() bool { return h.wanted == inventedRoom("garden") })
	u.apply(app.Changes{View: true}, core.view)
	if h.room != inventedRoom("garden") {
		t.Error("what was joined is not open")
	}
	if !slices.Equal(*core.joined, []chat.RoomID{inventedRoom("garden")}) {
		t.Errorf("joined: %v", *core.joined)
	}
}

// TestSwitcherOffersToJoin only where that is possible, and only to whoever looks for
// somewhere to go.
func TestSwitcherOffersToJoin(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	g.pose(q)
	u, h := g.u, g.u.home
	open, _ := g.core.OpenRooms(t.Context())
	offered := func() (n int) {
		s := &switcher{h: h}
		s.gatherOpen(open)
		return len(s.all)
	}
	if n := offered(); n != 2 {
		t.Errorf("%d rooms are offered, want 2", n)
	}
	v := *u.view
	v.Rooms = append(slices.Clone(v.Rooms), app.RoomView{ID: inventedRoom("garden"), Name: "garden", Access: chat.AccessOpen}) // left
	u.apply(app.Changes{View: true}, &v)
	if n := offered(); n != 1 {
		t.Errorf("with one that was left %d rooms are offered, want 1", n)
	}
	v.Connection = app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonDeleted}
	u.apply(app.Changes{View: true}, &v)
	if n := offered(); n != 0 {
		t.Errorf("without an account %d rooms are offered", n)
	}
}
