package ui

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
)

// slowRooms answers what rooms there are when it is let.
type slowRooms struct {
	*invented
	let chan struct{}
}

// OpenRooms implements app.Commands.
func (s *slowRooms) OpenRooms(ctx context.Context) ([]app.OpenRoom, error) {
	select {
	case <-s.let:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.invented.OpenRooms(ctx)
}

// skeletons counts the places of awaited lists that show: without and with lines.
func skeletons(u *UI) (quiet, lines int) {
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if s, ok := o.(*skeleton); ok {
			if quiet++; s.lines {
				lines++
			}
		}
	})
	return quiet, lines
}

// TestSkeleton: a list that is awaited has its place at once, lines only after a
// moment, words only when it takes long; and nothing of it once it is there.
func TestSkeleton(t *testing.T) {
	core := &slowRooms{newInvented(time.Now()), make(chan struct{})}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	u.home.showBrowse()
	if places, lines := skeletons(u); places != 1 || lines != 0 || drawn(u, "Asking the server…") {
		t.Fatalf("at once: %d places, %d with lines", places, lines)
	}
	q.until(t, "lines", func() bool { _, lines := skeletons(u); return lines == 1 })
	q.until(t, "words", func() bool { return drawn(u, "Asking the server…") })
	close(core.let)
	q.until(t, "the rooms", func() bool { return shows(u, "coffee") })
	if places, _ := skeletons(u); places != 0 || drawn(u, "Asking the server…") {
		t.Error("what was awaited still shows")
	}
}
