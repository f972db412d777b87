package ui

import (
	"slices"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// TestLeftRoomSays: where one wrote in a room stands, once one has left it, that its menu
// lets one join again, if it does.
func TestLeftRoomSays(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	h := g.u.home
	for access, want := range map[chat.Access]tr.Key{chat.AccessOpen: "composer.left_open", chat.AccessClosed: "composer.left"} {
		v := *g.core.view
		v.Rooms = slices.Clone(v.Rooms)
		r := &v.Rooms[slices.IndexFunc(v.Rooms, func(r app.RoomView) bool { return r.ID == h.room })]
		r.Joined, r.Access = false, access
		g.u.apply(app.Changes{View: true}, &v)
		if got := h.pane.composer.why.text; got != tr.S(want) {
			t.Errorf("%s: it says %q", access, got)
		}
		may := slices.ContainsFunc(h.roomItems(r), func(i look.MenuItem) bool { return i.Text == tr.S("browse.join") && !i.Off })
		if may != (access == chat.AccessOpen) {
			t.Errorf("%s: the menu lets one join: %v", access, may)
		}
	}
}
