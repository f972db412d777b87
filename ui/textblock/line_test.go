package textblock

import (
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	"github.com/rivo/uniseg"

	"hearth/ui/look"
)

// TestPartOfLine: what is drawn of a long line for a stretch that shows covers it, stands
// where the whole line has it, is not torn within a letter nor, where there are blanks,
// within a word, and is not much more than what shows.
func TestPartOfLine(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.NewTheme(look.Options{}))
	const wide = 150
	for _, text := range []string{
		strings.Repeat("one two three ", 14), strings.Repeat("0123456789", 25), strings.Repeat("שלום עולם ", 18), strings.Repeat("السلام عليكم ", 14),
		strings.Repeat("see שלום 12 عالم and 中文🦊 ", 9), strings.Repeat("👨‍👩‍👧‍👦", 60),
	} {
		l := Raw(text).Line(wide, Font{Size: 14, Line: 20})
		line := l.Lines[0]
		parts := l.parts(line)
		if parts == nil {
			parts = []part{{end: len(text), width: line.Width}}
		}
		border := map[int]bool{0: true}
		for g := uniseg.NewGraphemes(text); g.Next(); {
			_, end := g.Positions()
			border[end] = true
		}
		near := func(a, b float32) bool { return math.Abs(float64(a-b)) < 0.6 }
		for left := float32(0); left <= l.Width-wide; left += 37 {
			drawn := 0
			for _, p := range parts {
				c := l.within(line, p, left, left+wide)
				drawn += c.end - c.start
				from, to := max(left, p.x), min(left+wide, p.x+p.width)
				if from < to && (c.x > from || c.x+c.width < to) {
					t.Errorf("%.9q, %v from the left: %v to %v is drawn for %v to %v", text, left, c.x, c.x+c.width, from, to)
				}
				for _, at := range []int{c.start, c.end} {
					if at == p.start || at == p.end || c.start == c.end {
						continue
					}
					x := c.x
					if p.rtl == (at == c.start) {
						x += c.width
					}
					if !border[at] || !near(x, l.caretX(line, at)) {
						t.Errorf("%.9q, %v from the left: torn at %d, which stands at %v, not %v", text, left, at, x, l.caretX(line, at))
					}
					if strings.Contains(text, " ") && text[at-1] != ' ' && text[at] != ' ' {
						t.Errorf("%.9q, %v from the left: a word is torn at %d", text, left, at)
					}
				}
			}
			if drawn > len(text)*2/3 {
				t.Errorf("%.9q, %v from the left: %d of %d bytes are drawn", text, left, drawn, len(text))
			}
		}
	}
}
