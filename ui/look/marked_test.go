package look

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// seen is the text of an object's lines as it stands, from left to right, and what of
// it stands out.
func seen(m *Marked) (line, strong string) {
	var texts []*canvas.Text
	for _, o := range test.WidgetRenderer(m).Objects() {
		if t, ok := o.(*canvas.Text); ok {
			texts = append(texts, t)
		}
	}
	slices.SortFunc(texts, func(a, b *canvas.Text) int { return int(a.Position().X - b.Position().X) })
	for _, t := range texts {
		line += t.Text
		if t.TextStyle.Bold {
			strong += t.Text
		}
	}
	return line, strong
}

// TestMarkedOrder: what is found stands out where it stands; it does not change the
// order of a line with both directions of writing.
func TestMarkedOrder(t *testing.T) {
	test.NewTempApp(t)
	show := func(parts ...Part) *Marked {
		m := NewMarked(Body, Secondary, parts...)
		w := test.NewTempWindow(t, m)
		w.SetPadded(false)
		w.Resize(fyne.NewSize(900, 40))
		return m
	}
	for _, c := range []struct{ before, found, after, strong string }{
		{"שלום עולם he", "l", "lo abc", "l"},
		{"hello של", "ו", "ם abc", "שלום"}, // a word from right to left is marked whole
		{"one ", "two", " שלום three", "two"},
		{"", "שלום hel", "lo", "helשלום"},
	} {
		plain, _ := seen(show(Part{Text: c.before + c.found + c.after}))
		line, strong := seen(show(Part{Text: c.before}, Part{Text: c.found, Marked: true}, Part{Text: c.after}))
		bare := func(s string) string { return strings.NewReplacer(" ", "", "\u200f", "").Replace(s) }
		if bare(line) != bare(plain) || bare(strong) != bare(c.strong) {
			t.Errorf("%q: %q, unmarked %q; %q stands out, want %q", c.before+c.found+c.after, line, plain, strong, c.strong)
		}
	}
	long := []Part{{Text: "שלום "}, {Text: "abc", Marked: true}, {Text: strings.Repeat(" word מילה", 80)}}
	m := show(long...)
	for _, o := range test.WidgetRenderer(m).Objects() {
		if right := o.Position().X + o.Size().Width; right > m.Size().Width+3 {
			t.Errorf("%s ends at %v of %v", fmt.Sprintf("%T", o), right, m.Size().Width)
		}
	}
}

// TestPillWithoutRoom: a state that has no room for words is a dot, not a broken word.
func TestPillWithoutRoom(t *testing.T) {
	test.NewTempApp(t)
	p := NewPill("Connected", GoodFill, Good)
	p.Dot, p.Elides = true, true
	w := test.NewTempWindow(t, p)
	w.SetPadded(false)
	high := p.MinSize().Height
	for _, c := range []struct {
		width float32
		words string
	}{{200, "Connected"}, {high, ""}} {
		p.Resize(fyne.NewSize(c.width, high))
		for _, o := range test.WidgetRenderer(p).Objects() {
			switch o := o.(type) {
			case *canvas.Text:
				if o.Text != c.words {
					t.Errorf("%v wide: %q", c.width, o.Text)
				}
			case *canvas.Circle:
				if at := o.Position().X; c.words == "" && at != (c.width-o.Size().Width)/2 {
					t.Errorf("the dot is at %v of %v", at, c.width)
				}
			}
		}
	}
}

// TestPillShrinksBeforeItIsDrawn: a pill that has a size before it has a renderer, as after
// the toolkit has thrown renderers away, makes one and not one in another for ever.
func TestPillShrinksBeforeItIsDrawn(t *testing.T) {
	p := NewPill("Connected", GoodFill, Good)
	p.Dot, p.Elides = true, true
	p.Resize(fyne.NewSize(10, 10))
	if r := p.CreateRenderer(); len(r.Objects()) != 3 {
		t.Errorf("%d objects", len(r.Objects()))
	}
}
