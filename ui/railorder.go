package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/ui/look"
)

// lift is a tile that is being dragged to another place of the rail.
type lift struct {
	item *railItem
	top  float32 // where it is now
	far  float32 // the most that it was away from its place
}

// slack is how far the pointer may move in a click.
const slack = 6

// movable is how many tiles have a place of their own: all but that of the group that is
// being added.
func (r *rail) movable() int {
	n := len(r.items)
	if n > 0 && r.items[n-1].u.item.Adding {
		n--
	}
	return n
}

// drag moves a tile with the pointer; the others make room.
func (r *rail) drag(i *railItem, by float32) {
	at := slices.Index(r.items, i)
	if at < 0 || at >= r.movable() {
		return
	}
	if r.lift == nil || r.lift.item != i {
		r.lift = &lift{item: i, top: float32(at) * railRow()}
		others := slices.DeleteFunc(slices.Clone(r.box.Objects), func(o fyne.CanvasObject) bool { return o == fyne.CanvasObject(i) })
		r.box.Objects = append(others, i)
		look.HideTip(i)
	}
	l := r.lift
	l.top = min(max(l.top+by, 0), float32(r.movable()-1)*railRow())
	l.far = max(l.far, l.top-float32(at)*railRow(), float32(at)*railRow()-l.top)
	scrollTo(r.scroll, l.top, railRow())
	r.arrange()
	canvas.Refresh(r.box)
}

// drop leaves the tile that was dragged where it is. One that hardly moved was clicked.
func (r *rail) drop() {
	l := r.lift
	if l == nil {
		return
	}
	from, to := slices.Index(r.items, l.item), r.slot(l)
	r.lift = nil
	r.arrange()
	canvas.Refresh(r.box)
	switch {
	case l.far < slack:
		l.item.take()
	case from >= 0 && from != to:
		r.w.move(l.item.u, to)
	}
}

// slot is the place over which the tile is.
func (r *rail) slot(l *lift) int {
	return min(max(int(l.top/railRow()+0.5), 0), r.movable()-1)
}

// arrange puts the tiles at their places; what is dragged is drawn over the others.
func (r *rail) arrange() {
	tiles := slices.Clone(r.items)
	if l := r.lift; l != nil {
		at := slices.Index(tiles, l.item)
		if at < 0 {
			r.lift = nil
			r.arrange()
			return
		}
		tiles = slices.Insert(slices.Delete(tiles, at, at+1), r.slot(l), l.item)
	}
	for n, i := range tiles {
		y := float32(n) * railRow()
		if r.lift != nil && r.lift.item == i {
			y = r.lift.top
		}
		i.Move(fyne.NewPos(0, y))
		i.Resize(fyne.NewSize(railWidth(), railRow()))
	}
	if r.last != nil {
		r.last.Move(fyne.NewPos(0, float32(len(tiles))*railRow()))
		r.last.Resize(r.last.MinSize())
	}
}

// railLayout lays out the tiles of the rail.
type railLayout struct{ r *rail }

// MinSize implements fyne.Layout.
func (l railLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(railWidth(), float32(len(l.r.items))*railRow())
	if l.r.last != nil {
		s.Height += l.r.last.MinSize().Height
	}
	return s
}

// Layout implements fyne.Layout.
func (l railLayout) Layout([]fyne.CanvasObject, fyne.Size) { l.r.arrange() }

// carry moves the group of a tile up or down by one.
func (r *rail) carry(i *railItem, by int) {
	from := slices.Index(r.items, i)
	to := from + by
	if from < 0 || from >= r.movable() || to < 0 || to >= r.movable() {
		return
	}
	r.w.move(i.u, to)
	scrollTo(r.scroll, float32(to)*railRow(), railRow())
}

// carryUp and carryDown are the shortcuts that move the group of the tile that has the
// keyboard.
func carryUp() *desktop.CustomShortcut {
	return combo(fyne.KeyModifierShortcutDefault, fyne.KeyUp)
}

func carryDown() *desktop.CustomShortcut {
	return combo(fyne.KeyModifierShortcutDefault, fyne.KeyDown)
}

// Dragged implements fyne.Draggable.
func (i *railItem) Dragged(e *fyne.DragEvent) { i.r.drag(i, e.Dragged.DY) }

// DragEnd implements fyne.Draggable.
func (i *railItem) DragEnd() { i.r.drop() }

// TypedShortcut implements fyne.Shortcutable.
func (i *railItem) TypedShortcut(s fyne.Shortcut) {
	switch s.ShortcutName() {
	case carryUp().ShortcutName():
		i.r.carry(i, -1)
	case carryDown().ShortcutName():
		i.r.carry(i, 1)
	default:
		i.r.w.shown.runShortcut(s)
	}
}
