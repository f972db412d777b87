package ui

import (
	"context"
	"testing"
	"time"

	"hearth/app"
	"hearth/chat"
)

// slowMessages answers what a room has when it is let.
type slowMessages struct {
	*invented
	let chan struct{}
}

// Messages implements app.Commands.
func (s *slowMessages) Messages(ctx context.Context, id chat.RoomID, w app.Window) (app.Page, error) {
	select {
	case <-s.let:
	case <-ctx.Done():
		return app.Page{}, ctx.Err()
	}
	return s.invented.Messages(ctx, id, w)
}

// TestAwaited: where a room's messages take long, lines keep their place; they do not flash
// where the messages come at once, and go when the messages come.
func TestAwaited(t *testing.T) {
	core := &slowMessages{newInvented(time.Now()), make(chan struct{})}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	if u.home.room == inventedRoom("design") {
		t.Fatal("the room is open already")
	}
	u.home.openRoom(inventedRoom("design"))
	p := u.home.pane
	if u.home.room != inventedRoom("design") {
		t.Fatal("the room is not open")
	}
	shown := func() bool { n, _ := skeletons(u); return n == 1 }
	if shown() || p.timeline.Loaded() {
		t.Fatal("lines flash")
	}
	q.until(t, "the lines", shown)
	if at, s := p.awaited.lines.Position(), p.awaited.lines.Size(); at.Y < p.timeline.Position().Y || s.Height < 40 || at.Y+s.Height > p.timeline.Position().Y+p.timeline.Size().Height+1 {
		t.Errorf("the lines are at %v, %v; the messages at %v, %v", at, s, p.timeline.Position(), p.timeline.Size())
	}
	u.home.openRoom(inventedRoom("general"))
	if shown() {
		t.Error("the lines of one room stay in the next")
	}
	q.until(t, "the lines of the next", shown)
	close(core.let)
	q.until(t, "the messages", p.timeline.Loaded)
	if shown() {
		t.Error("the lines stay")
	}
	u.home.openRoom(inventedRoom("design"))
	q.until(t, "the messages of the first", p.timeline.Loaded)
	q.linger(2 * skeletonAfter)
	if shown() {
		t.Error("lines come after the messages")
	}
}
