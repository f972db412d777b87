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
			if n := len(texts); n > 0 && t.Text == texts[n-1].Text && t.Position().X-texts[n-1].Position().X < 2 {
				continue // bold letters of which there is no bold font are drawn twice
			}
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

// TestSentenceWithNames: a sentence of ours runs from left to right also where a name comes
// first that does not, and all its lines stay in the place they are given, centred.
func TestSentenceWithNames(t *testing.T) {
	test.NewTempApp(t)
	long := strings.Repeat("W", 64)
	for text, want := range map[string][]string{
		"נועה is now called נועם":       {"<נועה>< is now called ><נועם>"},
		"\u2068נועה (noa)\u2069 joined": {"<נועה>< (noa) joined>"},
	} {
		if diff := gocmp.Diff(want, stands(Sentence(text).Wrap(400, font))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for _, parse := range []func(string) *Text{Parse, Sentence} {
		for _, text := range []string{"נועה is now called " + long, long + " is now called נועה", "נועה " + long + " נועם " + long} {
			l := parse(text).Wrap(300, font)
			if len(l.Lines) < 2 {
				t.Fatalf("%d lines", len(l.Lines))
			}
			var v View
			v.Show(l, Place{At: fyne.NewPos(50, 0), Width: 300, Align: fyne.TextAlignCenter}, Colors{Text: color.Black, Link: color.Black}, Range{})
			for _, o := range v.Objects(nil) {
				if t1, ok := o.(*canvas.Text); ok {
					left, right := t1.Position().X, t1.Position().X+fyne.MeasureText(t1.Text, font.Size, t1.TextStyle).Width
					if left < 49 || right > 351 {
						t.Errorf("%q: %q stands from %v to %v", text, t1.Text, left, right)
					}
				}
			}
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
