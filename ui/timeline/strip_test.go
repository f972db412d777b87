package timeline

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
)

// TestStrip: the button to the newest message covers no words. It lies on a strip over the
// rows, and what is under the strip is neither read nor clicked nor where the keys lead.
func TestStrip(t *testing.T) {
	var read uint64
	s := &script{rows: talk(300)}
	tl, _ := shown(t, s, fyne.NewSize(480, 600), Hooks{OnRead: func(seq uint64) { read = seq }}, Start{Unread: 100})
	drawn := tl.CreateRenderer().Objects()
	order := func(o fyne.CanvasObject) int { return slices.Index(drawn, o) }
	if j := tl.jump; order(tl.layer) > order(j.strip) || order(j.strip) > order(j.disc) || order(j.strip) > order(tl.home.back) {
		t.Error("the strip is not between the rows and the buttons")
	}
	for range 60 {
		wheel(tl, -23)
		strip := tl.jump.strip
		if !tl.jump.shown || !strip.Visible() || strip.Position().Y > tl.jump.at.Y || strip.Size().Width < tl.Size().Width || tl.readable() != strip.Position().Y {
			t.Fatalf("the button is at %v, the strip at %v", tl.jump.at, strip.Position())
		}
		if h := tl.hitAt(fyne.NewPos(240, tl.readable()+3)); h.part != nothing || h.row != nil {
			t.Fatalf("under the strip is hit %v", h.row.Seq)
		}
		if i := tl.window.index(message(int(read), "").ID); tl.placedRow(tl.window.rows[i]) >= 0 {
			if p := tl.placed[tl.placedRow(tl.window.rows[i])]; p.y >= tl.readable() {
				t.Fatalf("message %d is read, and lies at %v, under the strip at %v", read, p.y, tl.readable())
			}
		}
	}
	tl.FocusGained()
	key(tl, fyne.KeyUp)
	for range 12 {
		key(tl, fyne.KeyDown)
		p := tl.placed[tl.placedRow(tl.cursor)]
		if p.m.height < tl.readable() && p.bottom() > tl.readable() {
			t.Fatalf("the keys are at a message that ends at %v, under the strip at %v", p.bottom(), tl.readable())
		}
	}
	tl.ShowLatest()
	if tl.jump.strip.Visible() || tl.readable() != tl.Size().Height {
		t.Error("there is a strip at the end")
	}
	end := func() float32 { return tl.placed[len(tl.placed)-1].bottom() }
	tl.OfferBack("Back to the other room")
	if !tl.home.shown || !tl.AtEnd() || end() != tl.readable()-listBottom {
		t.Errorf("the newest message ends at %v, under the way back at %v", end(), tl.home.at)
	}
	tl.OfferBack("")
	if tl.home.shown || !tl.AtEnd() || end() != tl.Size().Height-listBottom {
		t.Errorf("without a way back the newest message ends at %v", end())
	}
}
