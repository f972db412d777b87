package ui

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestFreshDevice: on a new device no room opens by itself before it is known what is
// unread, and one that was opened by hand goes there once it is.
func TestFreshDevice(t *testing.T) {
	for _, byHand := range []bool{false, true} {
		core := newInvented(time.Now())
		settled := core.view
		fresh := *settled
		fresh.Fresh, fresh.LastRoom, fresh.Connection.State = true, chat.RoomID{}, app.ConnSyncing
		fresh.Rooms = slices.Clone(settled.Rooms)
		for i := range fresh.Rooms {
			r := &fresh.Rooms[i]
			r.Unread, r.Mentions, r.Read = 0, 0, 0
		}
		core.view = &fresh
		u, q := newWindow(t, core, Options{})
		u.prepare(t.Context())
		u.win.Resize(fyne.NewSize(1000, 500))
		u.apply(app.Changes{View: true, Reset: true}, core.view)
		q.run()
		if !u.home.room.IsZero() || !u.home.pane.empty.Visible() || u.home.pane.invite.Visible() {
			t.Fatal("a room is open, or it says that there is none, before it is known what is unread")
		}
		want := settled.Rooms[0].ID
		if byHand {
			u.home.openRoom(want)
			q.until(t, "the room's messages", func() bool { return u.home.pane.timeline.Seen() > 0 })
			if drawn(u, tr.S("timeline.new")) {
				t.Error("a line for what is new before that is known")
			}
		}
		core.view = settled
		u.apply(app.Changes{View: true}, core.view)
		if u.home.room != want {
			t.Fatalf("by hand %v: %v is open", byHand, u.home.room)
		}
		q.until(t, "the line above what is unread", func() bool { return drawn(u, tr.S("timeline.new")) })
	}
}
