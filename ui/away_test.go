package ui

import (
	"slices"
	"testing"

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
