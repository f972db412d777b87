package ui

import (
	"slices"
	"testing"
	"time"

	"hearth/app"
	"hearth/chat"
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

// readings notes up to where the window says that the person has read.
type readings struct {
	*invented
	told []chat.Seq
}

// SetRead implements app.Commands.
func (r *readings) SetRead(_ chat.RoomID, seq chat.Seq) { r.told = append(r.told, seq) }

// TestReadBesideHole: what is not loaded yet was not seen by who sees what is behind it.
func TestReadBesideHole(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	g.loaded(t, q)
	u := g.u
	rec := &readings{invented: g.core}
	u.core = rec
	p := u.home.pane
	r := u.home.roomOf(u.home.room)
	u.setLooking(true)
	p.seen, p.held, r.Read = 0, false, 2
	r.Complete.Missing = []app.Gap{{From: 5, To: 9, Missing: true}}
	rec.told = nil
	p.read(12)
	if want := []chat.Seq{4}; !slices.Equal(rec.told, want) {
		t.Errorf("told %v, want %v", rec.told, want)
	}
	r.Read = 4
	p.looked()
	r.Complete.Missing = nil // it has come, and nobody has seen it
	p.looked()
	p.read(13)
	if want := []chat.Seq{4}; !slices.Equal(rec.told, want) {
		t.Errorf("when it has come told %v, want %v", rec.told, want)
	}
	r.Read = 9
	p.looked()
	if want := []chat.Seq{4, 13}; !slices.Equal(rec.told, want) {
		t.Errorf("in the end told %v, want %v", rec.told, want)
	}
}

// TestReadOnFromHole: what has come in a hole counts as read as the person goes on into it,
// and not from behind it.
func TestReadOnFromHole(t *testing.T) {
	if row := gapRow(app.Gap{From: 5, To: 9, Missing: true}, false, time.Time{}); row.Hole != 9 {
		t.Errorf("the line has a hole to %d", row.Hole)
	}
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	g.loaded(t, q)
	u := g.u
	rec := &readings{invented: g.core}
	u.core = rec
	p := u.home.pane
	r := u.home.roomOf(u.home.room)
	u.setLooking(true)
	top := chat.Seq(p.timeline.Top())
	if top < 2 {
		t.Fatalf("the uppermost on screen is %d", top)
	}
	p.seen, p.held, r.Read = 0, false, top-1
	r.Complete.Missing = []app.Gap{{From: top + 2, To: top + 100, Missing: true}}
	rec.told = nil
	for _, step := range []struct{ read, missing, seen chat.Seq }{
		{top + 120, top + 2, top + 1},  // behind the hole
		{top + 9, top + 50, top + 9},   // some of it has come meanwhile, and is gone on into
		{top + 60, top + 50, top + 49}, // up to the next
	} {
		r.Complete.Missing[0].From = step.missing
		p.read(uint64(step.read))
		if n := len(rec.told); n == 0 || rec.told[n-1] != step.seen {
			t.Errorf("who sees %d tells %v, want %d", step.read, rec.told, step.seen)
		}
		r.Read = step.seen
	}
	r.Complete.Missing = nil
	p.passed = top - 2 // the person is far from where they have read
	rec.told, r.Read, p.seen = nil, top-2, 0
	if p.read(uint64(top + 130)); len(rec.told) > 0 {
		t.Errorf("from behind it told %v", rec.told)
	}
}
