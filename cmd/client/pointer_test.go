package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-gl/glfw/v3.4/glfw"
)

// countedFrames stands in for the animation that is told of frames.
type countedFrames struct{ on bool }

func (f *countedFrames) Start() { f.on = true }

// TestPointer: what happens between two frames takes effect in its order, each click
// where the pointer was; the toolkit is given its look between a move and a click.
func TestPointer(t *testing.T) {
	var seen, at float64 // where the pointer is, and where the toolkit believes it is
	var got []string
	f := &countedFrames{}
	held := false
	p := &pointer{
		hold:   func() bool { return held },
		frames: f, end: func() { f.on = false },
		move: func(_ *glfw.Window, x, _ float64) { seen = x },
		click: func(_ *glfw.Window, _ glfw.MouseButton, a glfw.Action, _ glfw.ModifierKey) {
			got = append(got, fmt.Sprint(a, "@", at))
		},
		scroll: func(_ *glfw.Window, _, y float64) { got = append(got, fmt.Sprint("scroll", y, "@", at)) },
		key:    func(_ *glfw.Window, k glfw.Key, _ int, _ glfw.Action, _ glfw.ModifierKey) { got = append(got, "key") },
		char:   func(_ *glfw.Window, r rune) { got = append(got, string(r)) },
	}
	frame := func() { // as the toolkit's loop has it
		at = seen
		if f.on {
			p.tick()
		}
	}
	press := func(x float64) {
		p.moved(nil, x, 0)
		p.clicked(nil, glfw.MouseButtonLeft, glfw.Press, 0)
		p.clicked(nil, glfw.MouseButtonLeft, glfw.Release, 0)
	}
	p.typed(nil, 'a')
	if !slices.Equal(got, []string{"a"}) || f.on {
		t.Fatalf("a key with nothing before it: %v", got)
	}
	got = nil
	press(10)
	p.typed(nil, 'b')
	press(20)
	p.moved(nil, 30, 0)
	p.moved(nil, 40, 0)
	p.scrolled(nil, 0, 1)
	p.keyed(nil, glfw.KeyEnter, 0, glfw.Press, 0)
	if len(got) != 0 {
		t.Fatalf("before the frame: %v", got)
	}
	for range 3 {
		frame()
	}
	want := []string{"1@10", "0@10", "b", "1@20", "0@20", "scroll1@40", "key"}
	if !slices.Equal(got, want) || f.on {
		t.Errorf("%v, want %v; still on %v", got, want, f.on)
	}
	// What would not be painted waits until it would.
	got, held = nil, true
	p.moved(nil, 50, 0)
	p.moved(nil, 60, 0)
	p.typed(nil, 'c')
	press(70)
	frame()
	frame()
	if len(got) != 0 || seen != 40 || !f.on {
		t.Fatalf("held back: %v, %v, on %v", got, seen, f.on)
	}
	held = false
	for range 3 {
		frame()
	}
	if want := []string{"c", "1@70", "0@70"}; !slices.Equal(got, want) || f.on {
		t.Errorf("afterwards: %v, want %v; still on %v", got, want, f.on)
	}
}
