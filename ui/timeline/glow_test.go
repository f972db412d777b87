package timeline

import (
	"testing"

	"fyne.io/fyne/v2"
)

// TestGlow: what a click acts on glows under the pointer, moves along with its row, and does
// not glow any more when the pointer is elsewhere.
func TestGlow(t *testing.T) {
	rows := album()
	rows[3].Reactions = []Reaction{{Emoji: "👍", Count: 2}}
	tl, _ := shown(t, rows, fyne.NewSize(800, 3200), Hooks{}, Start{})
	middle := func(row int, b func(*measured) box) (box, fyne.Position) {
		p := tl.placed[tl.placedRow(tl.window.rows[row])]
		at := b(p.m)
		at.Y += p.y
		return at, fyne.NewPos(at.X+at.W/2, at.Y+at.H/2)
	}
	glows := func(what string, want box) {
		t.Helper()
		if g := tl.glow.back; g.Hidden != (want == box{}) || !g.Hidden && (g.Position() != want.pos() || g.Size() != want.size()) {
			t.Errorf("%s: the glow is at %v %v (hidden: %v), not %v", what, g.Position(), g.Size(), g.Hidden, want)
		}
	}
	for what, place := range map[string]struct {
		row int
		at  func(*measured) box
	}{
		"a reaction": {3, func(m *measured) box { return m.pills[0].box }},
		"a file":     {5, func(m *measured) box { return m.files[0].box }},
		"a mark":     {8, func(m *measured) box { return m.files[0].main }},
	} {
		b, pos := middle(place.row, place.at)
		if what == "a file" {
			pos.X = b.X + 5 // not on its mark
		}
		tl.MouseMoved(mouseAt(pos))
		glows(what, b)
	}
	b, pos := middle(3, func(m *measured) box { return m.pills[0].box })
	tl.MouseMoved(mouseAt(pos))
	glows("a reaction again", b)
	tl.Resize(fyne.NewSize(800, 3100))
	b, _ = middle(3, func(m *measured) box { return m.pills[0].box })
	glows("a reaction in another place", b)
	_, pos = middle(2, func(m *measured) box { return m.files[0].box })
	tl.MouseMoved(mouseAt(pos))
	glows("a picture", box{})
	tl.MouseMoved(mouseAt(fyne.NewPos(b.X+2, b.Y+b.H/2)))
	tl.MouseOut()
	glows("nothing", box{})
}
