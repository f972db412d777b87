package textblock

import (
	"image/color"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"hearth/internal/emoji"
)

// everyEmoji is all that the table has, in all skin tones.
func everyEmoji() (all []string) {
	for _, g := range emoji.Groups() {
		for _, e := range emoji.List(g) {
			all = append(all, e.Text)
			for t := emoji.Light; e.Toned && t <= emoji.Dark; t++ {
				all = append(all, emoji.WithTone(e.Text, t))
			}
		}
	}
	return all
}

// TestEmojiArePictures: emoji become pictures on the line, as wide as measured;
// what is text stays text.
func TestEmojiArePictures(t *testing.T) {
	test.NewTempApp(t)
	l := Parse("hi 👨‍👩‍👧‍👦🇲🇹 ok ❤\uFE0E 1️⃣你好👍🏽").Wrap(900, font)
	var v View
	v.Show(l, Place{}, colors, Range{})
	var texts []string
	var pictures []*canvas.Image
	right := float32(0)
	for _, o := range v.Objects(nil) {
		switch o := o.(type) {
		case *canvas.Text:
			texts = append(texts, o.Text)
		case *canvas.Image:
			pictures = append(pictures, o)
			right = max(right, o.Position().X+o.Size().Width)
			if top, bottom := o.Position().Y, o.Position().Y+o.Size().Height; top < -0.5 || bottom > font.Line+0.5 {
				t.Errorf("a picture stands from %v to %v in a line of %v", top, bottom, font.Line)
			}
		}
	}
	if d := cmp.Diff([]string{"hi ", " ok ", "❤\uFE0E ", "你好"}, texts); d != "" {
		t.Error(d)
	}
	if len(pictures) != 3 {
		t.Fatalf("%d rows of pictures, want 3", len(pictures))
	}
	if d := right - l.Lines[0].Width; d > 0.5 || d < -0.5 {
		t.Errorf("the last picture ends at %v, the line at %v", right, l.Lines[0].Width)
	}
}

// TestEmojiAreOneCharacter: the pointer finds all of an emoji or nothing of it.
func TestEmojiAreOneCharacter(t *testing.T) {
	test.NewTempApp(t)
	const s = "a👨‍👩‍👧‍👦🇲🇹👍🏽b"
	l := Parse(s).Wrap(500, font)
	borders := map[int]bool{0: true, 1: true, len(s) - 1: true, len(s): true}
	borders[len("a👨‍👩‍👧‍👦")], borders[len("a👨‍👩‍👧‍👦🇲🇹")] = true, true
	seen := map[int]bool{}
	for x := float32(0); x < l.Lines[0].Width+3; x++ {
		at, _ := l.Hit(fyne.NewPos(x, 10))
		seen[at] = true
		if !borders[at] {
			t.Fatalf("at %v an emoji is cut at %d", x, at)
		}
	}
	if len(seen) != len(borders) {
		t.Errorf("found %v of %v", seen, borders)
	}
}

// TestEmojiWrap: a line is not wider for emoji than for letters, and no emoji is
// cut by its end.
func TestEmojiWrap(t *testing.T) {
	test.NewTempApp(t)
	all := strings.Join(everyEmoji(), "")
	text := Parse(all)
	l := text.Wrap(300, font)
	at := 0
	for _, line := range l.Lines {
		if line.Width > 301 {
			t.Fatalf("%q is %v wide", text.Plain[line.Start:line.End], line.Width)
		}
		for s := text.Plain[line.Start:line.End]; s != ""; {
			n := emoji.First(s)
			if n == 0 {
				t.Fatalf("a line begins or ends within an emoji: %q", s)
			}
			s = s[n:]
		}
		if line.Start != at {
			t.Fatalf("lost %q", text.Plain[at:line.Start])
		}
		at = line.End
	}
	if text.Plain[at:] != "" {
		t.Fatalf("lost %q", text.Plain[at:])
	}
}

// TestRowsAreKept: what was drawn the last time is the same object, so that its
// pixels need not go to the screen again.
func TestRowsAreKept(t *testing.T) {
	test.NewTempApp(t)
	l := Parse("👍👍\n👍👍\n🎉").Wrap(400, font)
	images := func(v *View) (out []fyne.CanvasObject) {
		for _, o := range v.Objects(nil) {
			if _, ok := o.(*canvas.Image); ok {
				out = append(out, o)
			}
		}
		return out
	}
	var v View
	v.Show(l, Place{}, colors, Range{})
	first := images(&v)
	v.Show(l, Place{At: fyne.NewPos(0, -40)}, colors, Range{})
	second := images(&v)
	if len(first) != 3 || len(second) != 3 || first[0] == first[1] {
		t.Fatalf("%d and %d rows", len(first), len(second))
	}
	for i := range first {
		if first[i] != second[i] {
			t.Errorf("row %d is another object", i)
		}
	}
}

// BenchmarkEmojiStorm wraps and shows a message of 10,000 different emoji.
func BenchmarkEmojiStorm(b *testing.B) {
	test.NewTempApp(b)
	all := everyEmoji()
	var s strings.Builder
	for i := range 10_000 {
		s.WriteString(all[i*7%len(all)])
	}
	var wrap, show time.Duration
	for b.Loop() {
		began := time.Now()
		l := Parse(s.String()).Wrap(520, font)
		wrap += time.Since(began)
		began = time.Now()
		var v View
		v.Show(l, Place{Top: 1000, Bottom: 2000}, Colors{Text: color.Black}, Range{})
		show += time.Since(began)
	}
	b.ReportMetric(float64(wrap.Microseconds())/float64(b.N), "µs/wrap")
	b.ReportMetric(float64(show.Microseconds())/float64(b.N), "µs/show")
}
