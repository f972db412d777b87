package ui

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
)

// listening hears which rooms are in view.
type listening struct {
	*invented
	rooms atomic.Pointer[[]chat.RoomID]
}

// WatchRooms implements app.Commands.
func (c *listening) WatchRooms(rooms []chat.RoomID) { c.rooms.Store(&rooms) }

// TestRoomsInView: of many conversations the core hears which are in view, again after
// scrolling.
func TestRoomsInView(t *testing.T) {
	core := &listening{invented: newInvented(time.Now())}
	for i := range 80 {
		r := core.view.Rooms[0]
		r.ID, r.Name, r.Access = inventedRoom(fmt.Sprint("two ", i)), fmt.Sprint("two ", i), chat.AccessDirect
		core.view.Rooms = append(core.view.Rooms, r)
	}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.win.Resize(fyne.NewSize(1200, 800))
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	side := u.home.side
	heard := func(what string) []chat.RoomID {
		t.Helper()
		q.until(t, what, func() bool { return core.rooms.Load() != nil })
		return *core.rooms.Swap(nil)
	}
	first := heard("what is in view")
	if len(first) == 0 || len(first) > 20 || first[0] != side.list.ids[0] {
		t.Fatalf("%d rooms in view", len(first))
	}
	side.scroll.ScrollToBottom()
	side.tellInView()
	if last := heard("what is in view below"); !slices.Contains(last, side.list.ids[len(side.list.ids)-1]) || slices.Contains(last, first[0]) {
		t.Errorf("%d rooms in view below", len(last))
	}
}
