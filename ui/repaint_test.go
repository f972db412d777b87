package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
)

// TestRepaints: what comes after the toolkit has forgotten waits for a painting, in
// order, and the windows are marked for it.
func TestRepaints(t *testing.T) {
	marked, on := 0, false
	r := newRepaints(func() []fyne.Window { return nil })
	r.dirty = func() { marked++ }
	r.frames, r.end = starter(func() { on = true }), func() { on = false }
	var got []int
	add := func(n int) { r.run(func() { got = append(got, n) }) }
	add(1)
	r.watch()
	if marked != 0 || on {
		t.Fatal("marked before anything was forgotten")
	}
	r.canaries[0].CreateRenderer().Destroy()
	add(2)
	if marked != 1 || !on || !slices.Equal(got, []int{1}) {
		t.Fatalf("forgotten: marked %d, on %v, got %v", marked, on, got)
	}
	r.frame() // this one is painted
	add(3)
	r.canaries[1].CreateRenderer().Destroy() // and forgets again
	r.frame()
	add(4)
	if len(got) != 1 || marked != 2 {
		t.Fatalf("between: %v, marked %d", got, marked)
	}
	r.frame()
	add(5)
	if on || !slices.Equal(got, []int{1, 2, 3, 4, 5}) {
		t.Errorf("got %v, on %v", got, on)
	}
}

type starter func()

func (s starter) Start() { s() }
