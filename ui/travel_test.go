package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// backTo are the words of the way back to a room of the gallery.
func backTo(room string) string { return tr.F("timeline.back_to", "Room", inSentence(room)) }

// arrived waits until what the open room shows is there.
func (g *Gallery) arrived(t *testing.T, q *queue) {
	t.Helper()
	q.until(t, "the room", func() bool { return g.u.home.pane.timeline.Loaded() })
}

// TestWayBack: after a jump to another room the way back is on the screen; it leads back by
// Escape, and is gone once the person does something where they are, or goes on by
// themselves.
func TestWayBack(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	u, h := g.u, g.u.home
	general, release, design := inventedRoom("general"), inventedRoom("release-room"), inventedRoom("design")
	words := backTo(roomName(h.roomOf(general)))
	own := func() *timeline.Row { return h.pane.timeline.NewestOwn() }
	for name, c := range map[string]struct {
		do   func()
		room chat.RoomID // where Escape leads then
	}{
		"nothing":           {func() {}, general},
		"looking around":    {func() { h.pane.timeline.Page(-1) }, general},
		"a second jump":     {func() { h.goTo(design, 2) }, release},
		"typing":            {func() { h.pane.composer.typed('x') }, release},
		"typing and taking": {func() { h.pane.composer.typed('x'); key(u, fyne.KeyBackspace) }, release},
		"reacting":          {func() { h.pane.react(own(), "👍") }, release},
		"choosing":          {func() { h.pane.timeline.Pick(own()); h.pane.stopPicking() }, release},
		"the switcher":      {func() { h.showSwitcher(); test.Type(entries(u)[0], "design"); key(u, fyne.KeyReturn) }, design},
		"another room":      {func() { h.openRoom(design) }, design},
		"there and back":    {func() { h.openRoom(design); h.openRoom(release) }, release},
	} {
		h.openRoom(general)
		g.arrived(t, q)
		h.goTo(release, 6)
		g.loaded(t, q)
		if !drawn(u, words) {
			t.Fatalf("%s: the way back is not shown", name)
		}
		c.do()
		g.arrived(t, q)
		if (c.room == general) != drawn(u, words) {
			t.Errorf("%s: the way back shows: %v", name, drawn(u, words))
		}
		h.pane.composer.entry.SetText("")
		h.escape()
		g.arrived(t, q)
		if h.room != c.room {
			t.Errorf("%s: Escape leads to %q", name, roomName(h.roomOf(h.room)))
		}
	}
}

// TestPlacesAreKept: Alt and the arrows go back and forward through the places the person
// was at, rooms and within them; what is gone meanwhile is passed over.
func TestPlacesAreKept(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	u, h := g.u, g.u.home
	a, b, c := inventedRoom("general"), inventedRoom("release-room"), inventedRoom("design")
	leads := func(k fyne.Shortcut, want chat.RoomID) {
		t.Helper()
		shortcut(u, k)
		g.arrived(t, q)
		if h.room != want {
			t.Errorf("%s leads to %q, not to %q", k.ShortcutName(), roomName(h.roomOf(h.room)), roomName(h.roomOf(want)))
		}
	}
	back, forward := backKey(), forwardKey()
	for _, id := range []chat.RoomID{a, b, c} {
		h.openRoom(id)
		g.arrived(t, q)
	}
	leads(back, b)
	leads(back, a)
	leads(forward, b)
	leads(forward, c)
	leads(forward, c) // there is nothing
	leads(back, b)
	h.openRoom(a) // forgets what was ahead
	leads(forward, a)
	leads(back, b)

	// Within a room: the place before the jump, and that behind it.
	g.loaded(t, q)
	was := h.pane.timeline.Place()
	h.pane.timeline.Go(5)
	far := h.pane.timeline.Place()
	if far == was {
		t.Fatal("the room is too short to jump in")
	}
	leads(back, b)
	if at := h.pane.timeline.Place(); at != was {
		t.Errorf("back at %+v, was at %+v", at, was)
	}
	leads(forward, b)
	if at := h.pane.timeline.Place(); at != far {
		t.Errorf("forward at %+v, was at %+v", at, far)
	}

	// A room that is gone is passed over.
	for _, id := range []chat.RoomID{a, c, b} {
		h.openRoom(id)
		g.arrived(t, q)
	}
	view := *g.core.view
	view.Rooms = slices.DeleteFunc(slices.Clone(view.Rooms), func(r app.RoomView) bool { return r.ID == c })
	g.core.view = &view
	u.apply(app.Changes{View: true}, &view)
	leads(back, a)
}

// TestJumpLeavesUnread: with a real core and server, a jump past unread messages leaves
// them unread, as sending does; the way to the first of them is shown, and who wants the
// newest has read all.
func TestJumpLeavesUnread(t *testing.T) {
	g := newGroup(t)
	core := newCore(t)
	u, q := newWindow(t, core, Options{})
	u.Show(t.Context())
	q.until(t, "the profile is read", func() bool { return core.View().Phase == app.PhaseWelcome })
	r := app.JoinRequest{Link: g.invite(), Display: "Ana", Name: "ana", Password: []byte("a long enough password")}
	if err := core.Join(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	q.until(t, "the group", func() bool {
		return u.home != nil && !u.home.room.IsZero() && core.View().Connection.State == app.ConnLive
	})
	u.setLooking(true)
	general := u.home.room
	other := join(t, core, q)
	garden, err := core.CreateRoom(t.Context(), app.RoomRequest{Name: "garden", Access: chat.AccessOpen})
	if err != nil {
		t.Fatal(err)
	}
	q.until(t, "another room", func() bool { return u.home.roomOf(garden) != nil })
	u.home.openRoom(garden)
	const count = 20
	for i := range count {
		text := fmt.Sprint("number ", i, strings.Repeat("\nand more of it", 12))
		if _, err := other.Send(t.Context(), general, text); err != nil {
			t.Fatal(err)
		}
	}
	unread := func() int { return u.home.roomOf(general).Unread }
	q.until(t, "all of it", func() bool { return unread() == count })
	page, err := core.Messages(t.Context(), general, app.Window{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	last := page.Messages[len(page.Messages)-2].Seq

	u.goToSeq(general, last)
	q.until(t, "the message", func() bool { return drawn(u, "number 18") })
	if !drawn(u, tr.N("timeline.unread", count)) || !drawn(u, backTo("garden")) {
		t.Error("the way to the first unread message, or that back, is not shown")
	}
	u.home.pane.timeline.Page(1)
	u.home.pane.timeline.Page(1)
	if at := u.home.pane.timeline.AtEnd(); !at || unread() != count {
		t.Errorf("at the end: %v, %d are unread", at, unread())
	}
	c := u.home.pane.composer
	write(c, "I am here")
	enter(c)
	q.until(t, "the own message", func() bool { return drawn(u, "I am here") && core.View().Waiting == 0 })
	if drawn(u, backTo("garden")) {
		t.Error("the way back is still shown")
	}
	shortcut(u, combo(fyne.KeyModifierAlt, fyne.KeyHome))
	q.until(t, "the first of them is read", func() bool { return drawn(u, "number 0") && unread() < count })
	if n := unread(); n < count-6 { // as many as there is room for, and none of those that were jumped to
		t.Errorf("%d are unread", n)
	}
	u.home.pane.timeline.ShowLatest()
	q.until(t, "all is read", func() bool { return unread() == 0 })
}
