package ui

import (
	"testing"

	"hearth/app"
)

// TestAwayAgain: each time nobody looks, the line goes to what comes then, also if another
// device had read what came the time before.
func TestAwayAgain(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	u := g.u
	p := u.home.pane
	r := u.home.roomOf(u.home.room)
	for i, seen := range []uint64{3, 5} {
		u.setLooking(false)
		p.seen = 0
		r.Read = 1 << 20 // on another device
		p.read(seen)
		p.changed(app.RoomChange{Tail: true}, false)
		if !p.missed {
			t.Fatalf("time %d: what comes is not noticed", i)
		}
		u.setLooking(true)
		if p.missed {
			t.Errorf("time %d: the person looks, and what came still counts as coming unseen", i)
		}
	}
}
