package ui

import (
	"strings"
	"testing"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/ui/tr"
)

// TestAddedRoom: a room that somebody adds the person to stands out in the list, in the
// rail, in the tray's menu and to a screen reader until it is opened.
func TestAddedRoom(t *testing.T) {
	testkit.NoLeaks(t)
	g := newGroup(t)
	core := newCore(t)
	u, q := newWindow(t, core, Options{})
	u.Show(t.Context())
	q.until(t, "the welcome", func() bool { return u.stage.phase == app.PhaseWelcome })
	if err := core.Join(t.Context(), app.JoinRequest{Link: g.invite(), Display: "Ana", Password: []byte("a long enough password")}); err != nil {
		t.Fatal(err)
	}
	q.until(t, "the first room", func() bool {
		return u.home != nil && !u.home.room.IsZero() && core.View().Connection.State == app.ConnLive
	})
	other := join(t, core, q)
	id, err := other.CreateRoom(t.Context(), app.RoomRequest{Name: "Bees only", Access: chat.AccessClosed, Members: []chat.AccountID{core.View().Me.Account}})
	if err != nil {
		t.Fatal(err)
	}
	row := func() *roomRow {
		for _, r := range u.home.side.list.rows {
			if r.Visible() && r.facts.name == "Bees only" {
				return r
			}
		}
		return nil
	}
	q.until(t, "the room stands out", func() bool { r := row(); return r != nil && r.facts.badge == tr.S("room.new_badge") })
	f := row().facts
	if f.quiet || f.text != tr.S("room.added") || !strings.Contains(row().AccessibilityLabel(), f.badge) {
		t.Errorf("the room of the list shows %+v", f)
	}
	if n := u.unreadRooms(); n != 1 {
		t.Errorf("%d rooms with something new", n)
	}
	if r := u.rail.facts(u); !r.unread || r.badge != "" {
		t.Errorf("the rail shows %+v", r)
	}
	tray := &tray{w: u.Window}
	if _, shown := tray.menu(time.Now()); !strings.Contains(shown, "Bees only (New)") {
		t.Errorf("the tray offers %q", shown)
	}
	u.home.openRoom(id)
	q.until(t, "it is seen", func() bool {
		r := row()
		return r != nil && r.facts.badge == "" && r.facts.quiet && u.unreadRooms() == 0
	})
}
