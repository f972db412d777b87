package ui

import (
	"image/color"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

func pressKeys(w fyne.Focusable, keys ...fyne.KeyName) {
	for _, k := range keys {
		w.TypedKey(&fyne.KeyEvent{Name: k})
	}
}

// TestSlider: keys and clicks change at once, dragging tells on the way and changes at
// its end, and the ends hold.
func TestSlider(t *testing.T) {
	test.NewTempApp(t)
	var moved, changed []int
	s := newSlider(5, 2, func(i int) { moved = append(moved, i) }, func(i int) { changed = append(changed, i) })
	test.NewTempWindow(t, s)
	s.Resize(fyne.NewSize(4*50+sliderKnob, 40))
	at := func(i int) fyne.Position { return fyne.NewPos(sliderKnob/2+50*float32(i), 20) }
	pressKeys(s, fyne.KeyRight, fyne.KeyUp, fyne.KeyRight, fyne.KeyHome, fyne.KeyLeft, fyne.KeyEnd, fyne.KeyDown)
	if want := []int{3, 4, 0, 4, 3}; !slices.Equal(changed, want) || !slices.Equal(moved, want) {
		t.Errorf("keys: changed %v, moved %v", changed, moved)
	}
	moved, changed = nil, nil
	s.Tapped(&fyne.PointEvent{Position: at(1)})
	s.Tapped(&fyne.PointEvent{Position: at(1)})
	if !slices.Equal(changed, []int{1}) {
		t.Errorf("clicks: changed %v", changed)
	}
	moved, changed = nil, nil
	for _, i := range []int{2, 3, 9} {
		s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at(i)}})
	}
	if len(changed) != 0 || !slices.Equal(moved, []int{2, 3, 4}) {
		t.Errorf("while dragging: changed %v, moved %v", changed, moved)
	}
	s.DragEnd()
	s.DragEnd()
	if !slices.Equal(changed, []int{4}) {
		t.Errorf("at the end of dragging: changed %v", changed)
	}
}

// TestSwatches: keys and clicks choose one of the colours, never none.
func TestSwatches(t *testing.T) {
	test.NewTempApp(t)
	var changed []int
	ink := func(p *look.Palette) color.NRGBA { return p.Accent }
	s := newSwatches([]look.Ink{ink, ink, ink, ink}, []string{"a", "b", "c", "d"}, 1, func(i int) { changed = append(changed, i) })
	test.NewTempWindow(t, s)
	for _, width := range []float32{400, 140} { // apart, and close together
		s.at, changed = 1, nil
		s.Resize(fyne.NewSize(width, 40))
		for _, i := range []int{3, 0} {
			s.Tapped(&fyne.PointEvent{Position: s.place(i).AddXY(swatchSide/2, swatchSide/2)})
		}
		s.Tapped(&fyne.PointEvent{Position: fyne.NewPos(width+50, 10)})
		pressKeys(s, fyne.KeyLeft, fyne.KeyRight, fyne.KeyEnd, fyne.KeyRight, fyne.KeyHome)
		if want := []int{3, 0, 1, 3, 0}; !slices.Equal(changed, want) {
			t.Errorf("width %v: %v, want %v", width, changed, want)
		}
	}
}

// TestDraftsList: drafts are listed by their first line with something on it; opening
// one goes to its room, discarding asks and empties it for good.
func TestDraftsList(t *testing.T) {
	core := &cleaner{invented: newInvented(time.Now())}
	for i, text := range []string{"", "\n\n**Friday**?\nlater", "明天见", " \n "} {
		core.view.Rooms[i].Draft = chat.Draft{Text: text}
	}
	for i := 4; i < len(core.view.Rooms); i++ {
		core.view.Rooms[i].Draft = chat.Draft{}
	}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	h := u.home
	h.showDrafts()
	if drafts := u.drafted(); len(drafts) != 2 || !shows(u, "Friday?") || !shows(u, "明天见") {
		t.Fatalf("%d drafts, or their words are not shown", len(drafts))
	}
	list := u.dialogs[0].spec.body.(*fyne.Container)
	line := func(i int) *fyne.Container { return list.Objects[i].(*fyne.Container) }
	test.Tap(line(1).Objects[1].(*look.IconButton))
	if len(u.dialogs) != 2 || len(u.drafted()) != 2 {
		t.Fatal("discarded without asking")
	}
	test.Tap(button(t, u, tr.S("drafts.discard")))
	q.until(t, "discarded", func() bool { return len(u.dialogs) == 1 && len(u.drafted()) == 1 })
	if len(list.Objects) != 1 {
		t.Error("it is still listed")
	}
	test.Tap(line(0).Objects[0].(*touch))
	if len(u.dialogs) != 0 || h.room != core.view.Rooms[1].ID || h.pane.composer.entry.Text() != core.view.Rooms[1].Draft.Text {
		t.Errorf("opened %v with %q", h.room, h.pane.composer.entry.Text())
	}
	u.dropPad(h.room)
	h.showDrafts()
	if !shows(u, tr.S("drafts.none")) {
		t.Error("an empty list says nothing")
	}
}
