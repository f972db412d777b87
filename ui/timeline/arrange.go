package timeline

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/ui/look"
)

// arrange places the rows around the anchor, gives them views, and puts bar and
// pill in place. It runs after everything that may have moved something.
func (t *Timeline) arrange() {
	size := t.Size()
	if size.Height <= 0 || size.Width <= 0 {
		return
	}
	t.place(size.Height)
	bound := t.bind()
	t.placeBar(size)
	t.placeJump(size)
	t.placeEmpty(size)
	t.placeBack(size)
	t.placeStrip(size)
	t.placeHover()
	t.report(t.readable())
	t.placeUnread(size)
	t.placeGlow() // behind all that it may lie over
	if at := t.AtEnd(); at != t.ended {
		t.ended = at
		if t.hooks.OnEnd != nil {
			t.hooks.OnEnd(at)
		}
	}
	if free := t.Free(); free != t.free {
		t.free = free
		if t.hooks.OnFree != nil {
			t.hooks.OnFree()
		}
	}
	t.tellPicked()
	if bound {
		t.repaint() // moves do it themselves
	}
	t.loadNear()
	t.loadStale()
}

// repaint has the window painted, in the cheapest way: the toolkit draws nothing anew but
// what is told to it. That must be something which is in view, for of what it has not
// painted the toolkit does not know the window: the bar is not, in a short room.
func (t *Timeline) repaint() { canvas.Refresh(t.spot) }

// Free is how high the part of the view is that nothing lies in, above what it shows: some
// in a short room, and nothing before it is known what the room holds.
func (t *Timeline) Free() float32 {
	switch {
	case !t.loaded:
		return 0
	case len(t.placed) == 0:
		return max(0, t.empty.Position().Y)
	case t.placed[0].index > 0:
		return 0
	}
	return max(0, t.placed[0].y)
}

// place fills t.placed: rows that touch the view, and where.
func (t *Timeline) place(height float32) {
	t.placed, t.before = t.before[:0], t.placed
	defer t.release()
	if len(t.window.rows) == 0 {
		t.anchor = nil
		return
	}
	at := len(t.window.rows) - 1
	if t.follow {
		t.distance = t.foot()
	} else {
		at = t.anchorIndex()
	}
	t.fill(at, height-t.distance, height)
	t.clamp(height)
	t.drop(height)
	t.chooseAnchor(height)
}

// clamp keeps the view from going beyond the ends of what there is. A short room
// lies at the lower edge, as a conversation does.
func (t *Timeline) clamp(height float32) {
	if highest := t.placed[0]; highest.index == 0 && highest.y > 0 {
		t.fill(0, highest.m.height, height)
	}
	room := height - t.foot()
	if lowest := t.placed[len(t.placed)-1]; lowest.index == len(t.window.rows)-1 && lowest.bottom() < room {
		t.fill(lowest.index, room, height)
	}
}

// fill places row at with its lower edge at bottom, and its neighbours as far as
// they touch the view.
func (t *Timeline) fill(at int, bottom, height float32) {
	t.placed = t.placed[:0]
	y := bottom
	for i := at; i >= 0 && (y > 0 || i == at); i-- {
		m := t.of(i)
		y -= m.height
		t.placed = append(t.placed, placed{index: i, y: y, m: m})
	}
	slices.Reverse(t.placed)
	y = bottom
	for i := at + 1; i < len(t.window.rows) && y < height; i++ {
		m := t.of(i)
		t.placed = append(t.placed, placed{index: i, y: y, m: m})
		y += m.height
	}
}

// drop forgets the rows that the walk from a far anchor only passed through.
func (t *Timeline) drop(height float32) {
	from, to := 0, len(t.placed)
	for from < to-1 && t.placed[from].bottom() <= 0 {
		from++
	}
	for to-1 > from && t.placed[to-1].y >= height {
		to--
	}
	t.placed = append(t.placed[:0], t.placed[from:to]...)
}

// chooseAnchor takes the lowest row whose lower edge is in view, so that what
// changes above it pushes upwards; the lowest at all if a row fills the view. Who
// reads downwards and meets a hole goes on with what comes there: it pushes downwards.
func (t *Timeline) chooseAnchor(height float32) {
	p := t.placed[len(t.placed)-1]
	end := p.index == len(t.window.rows)-1 && !t.window.newer && p.bottom() <= height-t.foot()+0.5
	for i := len(t.placed) - 1; i >= 0 && !end; i-- {
		if t.placed[i].bottom() <= height {
			p = t.placed[i]
			break
		}
	}
	if i := t.holeIn(height); i >= 0 && t.downward {
		p, end = t.placed[i], false
	}
	t.anchor, t.anchorAt, t.distance, t.follow = p.m.row, p.index, height-p.bottom(), end
	if end {
		t.unseen = 0
	}
}

// holeIn finds the first hole in view that has messages nobody has seen; -1 if none.
func (t *Timeline) holeIn(height float32) int {
	return slices.IndexFunc(t.placed, func(p placed) bool {
		return p.m.row.Hole > t.unreadAfter && t.unreadAfter > 0 && p.bottom() > 0 && p.y < height
	})
}

// Top is the sequence number of the uppermost row on screen; 0 if there is none.
func (t *Timeline) Top() uint64 {
	for _, p := range t.placed {
		if p.m.row.Seq > 0 && p.bottom() > 0 {
			return p.m.row.Seq
		}
	}
	return 0
}

// bind gives every placed row a view that shows it, reusing the one that already
// does. It reports whether anything but positions changed.
func (t *Timeline) bind() (bound bool) {
	changed := len(t.layer.Objects) != len(t.placed)
	for i := range t.placed {
		p := &t.placed[i]
		if p.view == nil {
			p.view = t.spareView()
		}
		bound = t.show(p) || bound
		if !changed && t.layer.Objects[i] != fyne.CanvasObject(p.view.box) {
			changed = true
		}
	}
	if !changed {
		return bound
	}
	objects := make([]fyne.CanvasObject, 0, len(t.placed)+4)
	for i := range t.placed {
		objects = append(objects, t.placed[i].view.box)
	}
	t.layer.Objects = objects
	return true
}

// show binds a view if what it shows changed, which it reports, and moves it.
func (t *Timeline) show(p *placed) (bound bool) {
	v := p.view
	top, bottom := -p.y, t.Size().Height-p.y
	if v.m != p.m || v.paint != t.paint || v.selected != t.selectedIn(p.m.row) || v.ring != t.ringed(p.m.row) || v.flashed != t.flashes(p.m.row) || v.picked != t.pickStateOf(p.m.row) || !v.covers(top, bottom) {
		v.paint, v.selected, v.ring = t.paint, t.selectedIn(p.m.row), t.ringed(p.m.row)
		v.flashed, v.picked = t.flashes(p.m.row), t.pickStateOf(p.m.row)
		v.bind(t, p.m, top, bottom)
		bound = true
	}
	if pos := fyne.NewPos(0, p.y); v.box.Position() != pos {
		v.box.Move(pos)
	}
	return bound
}

// release hands the views of rows that stay to their new place and keeps the
// others for later.
func (t *Timeline) release() {
	for i := range t.before {
		v := t.before[i].view
		if j := t.placedRow(t.before[i].m.row); j >= 0 && t.placed[j].view == nil {
			t.placed[j].view = v
		} else {
			t.spare = append(t.spare, v)
		}
	}
	clear(t.before)
}

// placedRow finds a row on screen by identity; -1 if it is not.
func (t *Timeline) placedRow(r *Row) int {
	for i := range t.placed {
		if o := t.placed[i].m.row; o == r || o.ID == r.ID {
			return i
		}
	}
	return -1
}

// spareView returns a view that shows nothing of use.
func (t *Timeline) spareView() *rowView {
	if n := len(t.spare); n > 0 {
		v := t.spare[n-1]
		t.spare = t.spare[:n-1]
		return v
	}
	return newRowView()
}

// scrollBy moves the rows by a distance; positive shows older ones.
func (t *Timeline) scrollBy(dy float32) {
	if len(t.placed) == 0 || dy == 0 {
		return
	}
	if t.anchor == nil {
		return
	}
	t.moved()
	t.follow, t.downward = false, dy < 0
	t.distance -= dy
	t.arrange()
}

// Scrolled implements fyne.Scrollable.
func (t *Timeline) Scrolled(e *fyne.ScrollEvent) { t.scrollBy(e.Scrolled.DY * look.WheelGain) }
