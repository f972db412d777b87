package ui

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// retold is a core whose messages change while it is being read.
type retold struct {
	*invented
	mu   sync.Mutex // guards what invented has
	view *app.View
}

// retell has the window read from a core whose messages change.
func retell(g *Gallery) *retold {
	r := &retold{invented: g.core, view: g.core.view}
	g.u.core = r
	return r
}

func (r *retold) View() *app.View {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view
}

func (r *retold) Messages(ctx context.Context, room chat.RoomID, w app.Window) (app.Page, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.invented.Messages(ctx, room, w)
}

func (r *retold) Pins(ctx context.Context, room chat.RoomID) ([]app.MessageView, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.invented.Pins(ctx, room)
}

func (r *retold) RoomFiles(ctx context.Context, room chat.RoomID, before chat.Seq, limit int) ([]app.MessageView, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.invented.RoomFiles(ctx, room, before, limit)
}

// change changes messages of a room, or what there is beside them, and has the window hear
// of it.
func (r *retold) change(u *UI, room chat.RoomID, do func(rows []app.MessageView, in *app.RoomView)) {
	r.mu.Lock()
	v := *r.view
	v.Rooms = slices.Clone(v.Rooms)
	i := slices.IndexFunc(v.Rooms, func(x app.RoomView) bool { return x.ID == room })
	do(r.messages[room], &v.Rooms[i])
	r.view, r.invented.view = &v, &v
	r.mu.Unlock()
	u.apply(app.Changes{View: true, Rooms: map[chat.RoomID]app.RoomChange{room: {Changed: true}}}, &v)
}

// TestPinsFollow: the pin bar and the list of pins say what the messages say now, after
// an edit too, and which pin is shown does not change by that.
func TestPinsFollow(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	core := retell(g)
	q.run()
	u, b := g.u, g.u.home.pane.pins
	q.until(t, "the pins", func() bool { return len(b.pins) == 2 && b.text.Text() != "" })
	room := u.home.room
	says := func(text string) {
		core.change(u, room, func(rows []app.MessageView, _ *app.RoomView) { rows[2].Text = text })
	}
	b.next()
	first := b.text.Text()
	says("said otherwise since")
	q.until(t, "the edit", func() bool { return strings.Contains(b.text.Text(), "said otherwise since") })
	if b.at != 1 || strings.Contains(first, "otherwise") {
		t.Errorf("the bar shows pin %d, before it said %q", b.at, first)
	}

	b.showAll()
	says("and once more")
	q.until(t, "the edit in the list", func() bool { return shows(u, pinText(b.pins[1])) && strings.Contains(b.text.Text(), "once more") })

	core.change(u, room, func(rows []app.MessageView, in *app.RoomView) {
		rows[2].Text, rows[2].Erased = "", true
		in.Pins = []chat.Seq{5}
	})
	q.until(t, "the deletion in the list", func() bool { return shows(u, tr.S("pins.off")) })
	if strings.Contains(b.text.Text(), "once more") || b.at != 0 {
		t.Errorf("the bar says %q of a message that was deleted", b.text.Text())
	}
}

// TestPinsOfBlocked: the words of a blocked person are in no pin bar, unless they were
// asked for.
func TestPinsOfBlocked(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	core := retell(g)
	q.run()
	u, b := g.u, g.u.home.pane.pins
	q.until(t, "the pins", func() bool { return len(b.pins) == 2 && b.text.Text() != "" })
	room := u.home.room
	was, mid := b.text.Text(), b.pins[0].MID
	core.change(u, room, func(rows []app.MessageView, _ *app.RoomView) { rows[4].Blocked = true })
	q.until(t, "nothing of a blocked person", func() bool { return b.text.Text() == tr.S("row.blocked") })
	b.showAll()
	q.run()
	if !shows(u, tr.S("row.blocked")) {
		t.Error("the list of pins does not say that a message is from a blocked person")
	}
	u.unfolded.Store(mid, true)
	core.change(u, room, func([]app.MessageView, *app.RoomView) {})
	q.until(t, "what was asked for", func() bool { return b.text.Text() == was })
}
