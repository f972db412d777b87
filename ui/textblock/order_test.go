package textblock

import (
	"cmp"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hearth/internal/bidi"
)

// stands lists the texts of a layout as they stand, line by line, from left to right.
func stands(l *Layout) []string {
	var v View
	v.Show(l, Place{}, Colors{Text: color.Black, Link: color.Black}, Range{})
	var texts []*canvas.Text
	for _, o := range v.Objects(nil) {
		if t, ok := o.(*canvas.Text); ok {
			texts = append(texts, t)
		}
	}
	lineOf := func(t *canvas.Text) int { return max(0, l.lineAt(t.Position().Y+6)) }
	slices.SortStableFunc(texts, func(a, b *canvas.Text) int {
		return cmp.Or(lineOf(a)-lineOf(b), int(math.Ceil(float64(a.Position().X-b.Position().X))))
	})
	var out []string
	last := -1
	for _, t := range texts {
		if at := lineOf(t); at != last {
			out, last = append(out, ""), at
		}
		out[len(out)-1] += "<" + strings.TrimPrefix(t.Text, bidi.Mark) + ">"
	}
	return out
}

// TestDirections: words of both directions stand where their readers look for them.
func TestDirections(t *testing.T) {
	test.NewTempApp(t)
	for _, c := range []struct {
		text string
		want []string
	}{
		{"hello שלום end", []string{"<hello ><שלום>< end>"}},
		{"שלום to everybody", []string{"<to everybody><שלום >"}},
		{"see שלום 123 עולם now", []string{"<see ><עולם>< ><123><שלום >< now>"}},
		{"שלום **מאוד** טוב", []string{"<טוב>< ><מאוד><שלום >"}},
		{"- שלום abc", []string{"<• ><abc><שלום >"}},
		{"```\nx = שלום;\n```", []string{"<x = ><שלום><;>"}},
	} {
		if diff := gocmp.Diff(c.want, stands(ParseMarkup(c.text).Wrap(400, font))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
	l := Parse("שלום לכולם וברוכים הבאים אל החדר\nand this is Latin").Wrap(120, font)
	for i, line := range l.Lines {
		hebrew := line.Start < strings.IndexByte(l.Text.Plain, '\n')
		if line.Trailing != hebrew || hebrew && line.X+line.Width < l.Width-0.5 || !hebrew && line.X != 0 {
			t.Errorf("line %d of %v: %+v", i, l.Width, line)
		}
	}
}

// TestHitInBothDirections: the middle of each character is over that character, and a
// selection covers as much as it holds.
func TestHitInBothDirections(t *testing.T) {
	test.NewTempApp(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.SampledFrom([]string{"ab ", "שלום", "12", " ", "ע", "你", "(x)"}), 1, 6).Draw(t, "text")
		l := Parse(strings.Join(plain, "")).Wrap(5000, font)
		line := l.Lines[0]
		for at, r := range l.Text.Plain {
			if r == '\n' || at >= line.End {
				continue
			}
			end := at + len(string(r))
			l.across(line, at, end, func(x, width float32) {
				if got := l.At(fyne.NewPos(line.X+x+width/2, 10)); got != at {
					t.Fatalf("%q: over %d is %d (x %v, width %v)", l.Text.Plain, at, got, x, width)
				}
			})
		}
		total := float32(0)
		l.across(line, line.Start, line.End, func(_, width float32) { total += width })
		if d := total - line.Width; d < -2 || d > 2 {
			t.Fatalf("%q: %v of %v is covered", l.Text.Plain, total, line.Width)
		}
	})
}
