package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// TestSegmentsWrap: choices that do not fit side by side go into another line, where
// they are whole and can be clicked.
func TestSegmentsWrap(t *testing.T) {
	newWindow(t, newInvented(time.Now()), Options{})
	labels := []string{"one single person", "five people", "twenty-five people", "a hundred people"}
	got := -1
	s := newSegments(labels, 0, func(i int) { got = i })
	one := s.HeightFor(2000)
	high := s.HeightFor(260)
	if high < 2*one {
		t.Fatalf("%v high at 260, %v at 2000", high, one)
	}
	s.Resize(fyne.NewSize(260, high))
	if s.MinSize().Height != high {
		t.Errorf("asks for %v, needs %v", s.MinSize().Height, high)
	}
	n := 0
	for _, o := range test.WidgetRenderer(s).Objects() {
		text, ok := o.(*canvas.Text)
		if !ok {
			continue
		}
		if text.Text != labels[n] {
			t.Errorf("%q is cut to %q", labels[n], text.Text)
		}
		s.Tapped(&fyne.PointEvent{Position: text.Position().AddXY(4, 4)})
		if s.at != n || n > 0 && got != n {
			t.Errorf("a click on %q chose %d", labels[n], s.at)
		}
		n++
	}
	if n != len(labels) {
		t.Errorf("%d labels", n)
	}
}
