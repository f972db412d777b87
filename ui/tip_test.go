package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"hearth/ui/look"
)

// TestTooltip shows what an icon button does while the pointer rests on it.
func TestTooltip(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	b := g.u.home.side.more
	b.MouseIn(nil)
	if !drawn(g.u, "Menu") {
		t.Error("no tooltip")
	}
	each(g.u, func(o fyne.CanvasObject, at fyne.Position, _ bounds) {
		if l, ok := o.(*look.Line); ok && l.Text() == "Menu" && (at.Y < 50 || l.Size().Width < 20) {
			t.Errorf("it is at %v, %v large", at, l.Size())
		}
	})
	b.MouseOut()
	if drawn(g.u, "Menu") {
		t.Error("the tooltip stays")
	}
}

// TestTooltipOfWhatHasGone: a page that changes under the resting pointer takes the
// tooltips of its buttons with it.
func TestTooltipOfWhatHasGone(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	b := g.u.home.side.more
	g.build() // another page
	q.run()
	look.ShowTip(b, "left behind")
	if drawn(g.u, "left behind") {
		t.Error("a tooltip of a button that is not there")
	}
}
