package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"hearth/ui/editor"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// paraOf finds the paragraph with a text, and where it is.
func paraOf(t *testing.T, u *UI, text string) (found *para, top float32) {
	t.Helper()
	each(u, func(o fyne.CanvasObject, at fyne.Position, _ bounds) {
		if p, ok := o.(*para); ok && p.text == text {
			found, top = p, at.Y
		}
	})
	if found == nil {
		t.Fatalf("there is no paragraph %q", text)
	}
	return found, top
}

// TestNarrowAndLarge: in a narrow window with the largest text what is long takes more
// lines, with space around them.
func TestNarrowAndLarge(t *testing.T) {
	g, q := newGallery(t, "recovery-offer,light,en,narrow,large")
	q.run()
	b := g.u.home.pane.banner
	says, top := paraOf(t, g.u, b.text.text)
	from := g.u.fyne.Driver().AbsolutePositionForObject(b.object).Y
	above, below := top-from, from+b.object.Size().Height-top-says.Size().Height
	if len(says.lines(says.Size().Width)) < 2 || above < 8 || below < 8 {
		t.Errorf("the banner has %v above and %v below %d lines", above, below, len(says.lines(says.Size().Width)))
	}

	g, q = newGallery(t, "keys,light,en,narrow,large")
	q.run()
	g.act()
	q.run()
	g.u.showKeys()
	if p, _ := paraOf(t, g.u, tr.S("keys.switch")); p.Size().Height < p.HeightFor(p.Size().Width) || p.HeightFor(p.Size().Width) <= p.lineHeight() {
		t.Errorf("a shortcut's words have %v, of %v", p.Size(), p.HeightFor(p.Size().Width))
	}

	g, q = newGallery(t, "removed,light,en,narrow,large")
	q.run()
	c := g.u.home.pane.composer
	why, top := paraOf(t, g.u, tr.S("composer.removed"))
	want := why.HeightFor(why.Size().Width)
	from = g.u.fyne.Driver().AbsolutePositionForObject(c.object).Y
	if want <= why.lineHeight() || top < from+8 || top+want > from+c.object.Size().Height-8 {
		t.Errorf("why one cannot write is %v high at %v, in %v at %v", want, top, c.object.Size(), from)
	}
}

// TestWideAndLarge: lists and dialogs grow with the text where the window has the room.
func TestWideAndLarge(t *testing.T) {
	width := map[string]float32{}
	for _, form := range []string{"main,light,en", "main,light,en,large"} {
		g, q := newGallery(t, form)
		q.run()
		g.u.win.Resize(fyne.NewSize(1800, 900))
		g.u.showKeys()
		width["list "+form], width["dialog "+form] = g.u.home.side.object.Size().Width, g.u.dialogs[0].card.size.X
	}
	for _, part := range []string{"list ", "dialog "} {
		if small, large := width[part+"main,light,en"], width[part+"main,light,en,large"]; large < 1.4*small || large > 1.6*small {
			t.Errorf("%s: %v wide, with large text %v", part, small, large)
		}
	}
}

// TestOfferIsAtTheWord: what a word may become is offered above that word, and within the
// composer's width.
func TestOfferIsAtTheWord(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u, c := g.u, g.u.home.pane.composer
	u.win.Canvas().Focus(c.entry)
	offered := func(text string) (left, right, bottom float32) {
		c.setText("")
		for _, r := range text {
			c.entry.TypedRune(r)
		}
		q.run()
		if !c.offer.open() {
			t.Fatalf("%q: nothing is offered", text)
		}
		at, size := c.offer.box.Position(), c.offer.box.Size()
		return at.X, at.X + size.Width, at.Y + size.Height
	}
	from, end := c.object.Position().X, c.object.Position().X+c.object.Size().Width
	first, _, _ := offered("@")
	text := "Could somebody @"
	left, _, bottom := offered(text)
	wide := look.MeasureRuns(text[:len(text)-1], look.Sizes().Body, fyne.TextStyle{})
	if want := from + composerClip() + editor.Pad + wide - c.offer.box.PadX - offerPad; left < want-2 || left > want+2 || left <= first {
		t.Errorf("offered at %v, the word is at %v", left, want)
	}
	if bottom > c.object.Position().Y {
		t.Errorf("it ends at %v, in the composer at %v", bottom, c.object.Position().Y)
	}
	for range 8 {
		text = "Everybody who reads this " + text
		if left, right, _ := offered(text); left < from || right > end {
			t.Fatalf("offered from %v to %v, the composer from %v to %v", left, right, from, end)
		}
	}
}
