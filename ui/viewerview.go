package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/ui/look"
)

// viewerBar is the height of the line at the top of the viewer.
const viewerBar float32 = 56

func (v *viewer) middle() fyne.Position { return fyne.NewPos(v.size.Width/2, v.size.Height/2) }

// fit is the size at which the picture fits below the bar; small ones stay as they are.
func (v *viewer) fit() fyne.Size {
	if v.wide < 1 || v.high < 1 {
		return fyne.NewSquareSize(200)
	}
	room := fyne.NewSize(max(40, v.size.Width-24), max(40, v.size.Height-2*viewerBar-8))
	scale := min(1, room.Width/v.wide, room.Height/v.high)
	if v.wide*scale < 160 && v.high*scale < 160 {
		scale = min(4, 160/max(v.wide, v.high))
	}
	return fyne.NewSize(v.wide*scale, v.high*scale)
}

// zoomBy makes the picture larger or smaller around a point of the window.
func (v *viewer) zoomBy(by float32, around fyne.Position) {
	to := max(1, min(viewerZoom, v.zoom*by))
	by = to / v.zoom
	v.zoom = to
	from := around.Subtract(v.middle())
	v.off = fyne.NewPos(from.X-(from.X-v.off.X)*by, from.Y-(from.Y-v.off.Y)*by)
	v.moveBy(0, 0)
}

// moveBy moves the picture, as far as something of it is outside the window.
func (v *viewer) moveBy(dx, dy float32) {
	s := v.fit()
	limit := func(at, has, room float32) float32 {
		most := max(0, (has*v.zoom-room)/2)
		return max(-most, min(most, at))
	}
	v.off = fyne.NewPos(limit(v.off.X+dx, s.Width, v.size.Width), limit(v.off.Y+dy, s.Height, v.size.Height-2*viewerBar))
	v.Refresh()
}

// Scrolled implements fyne.Scrollable: the wheel zooms.
func (v *viewer) Scrolled(e *fyne.ScrollEvent) {
	by := float32(1.15)
	if e.Scrolled.DY < 0 {
		by = 1 / by
	}
	v.zoomBy(by, e.Position)
}

// Dragged implements fyne.Draggable.
func (v *viewer) Dragged(e *fyne.DragEvent) { v.moveBy(e.Dragged.DX, e.Dragged.DY) }

// DragEnd implements fyne.Draggable.
func (v *viewer) DragEnd() {}

// Tapped implements fyne.Tappable: a click beside the picture closes.
func (v *viewer) Tapped(e *fyne.PointEvent) {
	s := v.fit()
	in := e.Position.Subtract(v.middle()).Subtract(v.off)
	if in.X < -s.Width*v.zoom/2 || in.X > s.Width*v.zoom/2 || in.Y < -s.Height*v.zoom/2 || in.Y > s.Height*v.zoom/2 {
		v.close()
		return
	}
	v.u.win.Canvas().Focus(v)
	v.unveil()
}

// TappedSecondary implements fyne.SecondaryTappable: the window below gets none.
func (v *viewer) TappedSecondary(*fyne.PointEvent) {}

// Cursor implements desktop.Cursorable.
func (v *viewer) Cursor() desktop.Cursor {
	if v.zoom > 1 {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

func (v *viewer) FocusGained() {} // FocusGained implements fyne.Focusable.
func (v *viewer) FocusLost()   {} // FocusLost implements fyne.Focusable.

// TypedRune implements fyne.Focusable.
func (v *viewer) TypedRune(r rune) {
	switch r {
	case '+', '=':
		v.zoomBy(1.4, v.middle())
	case '-':
		v.zoomBy(1/1.4, v.middle())
	case '0':
		v.zoom, v.off = 1, fyne.Position{}
		v.Refresh()
	case 's', 'S':
		v.save()
	}
}

// TypedKey implements fyne.Focusable.
func (v *viewer) TypedKey(e *fyne.KeyEvent) {
	const far = 80
	switch e.Name {
	case fyne.KeyEscape:
		v.close()
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		v.unveil()
	case fyne.KeyLeft:
		v.step(-1)
	case fyne.KeyRight:
		v.step(1)
	case fyne.KeyUp:
		v.moveBy(0, far)
	case fyne.KeyDown:
		v.moveBy(0, -far)
	case fyne.KeyHome:
		v.step(-v.at)
	case fyne.KeyEnd:
		v.step(len(v.list) - 1 - v.at)
	}
}

// Resize implements fyne.CanvasObject.
func (v *viewer) Resize(s fyne.Size) {
	v.size = s
	v.BaseWidget.Resize(s)
	v.moveBy(0, 0)
}

// CreateRenderer implements fyne.Widget.
func (v *viewer) CreateRenderer() fyne.WidgetRenderer {
	v.ExtendBaseWidget(v)
	objects := []fyne.CanvasObject{v.back, v.img, v.rail, v.done, v.plate, v.words, v.bar, v.name, v.note, v.prev, v.next}
	for _, b := range v.buttons {
		objects = append(objects, b)
	}
	return look.NewRenderer(look.RendererParts{
		Of:      v,
		Objects: objects,
		Min:     func() fyne.Size { return fyne.NewSize(1, 1) },
		Layout:  v.layout,
		Refresh: func() { v.layout(v.size) },
	})
}

func (v *viewer) layout(s fyne.Size) {
	v.back.Resize(s)
	v.bar.Resize(fyne.NewSize(s.Width, viewerBar))
	fit := v.fit()
	size := fyne.NewSize(fit.Width*v.zoom, fit.Height*v.zoom)
	at := fyne.NewPos((s.Width-size.Width)/2+v.off.X, (s.Height-size.Height)/2+v.off.Y)
	v.img.Move(at)
	v.img.Resize(size)
	right, side := s.Width-8, look.IconButtonSide()
	for i := len(v.buttons) - 1; i >= 0; i-- {
		right -= side + 2
		v.buttons[i].Move(fyne.NewPos(right, 28-side/2))
		v.buttons[i].Resize(fyne.NewSquareSize(side))
	}
	v.name.Move(fyne.NewPos(16, 8))
	v.name.Resize(fyne.NewSize(max(0, right-28), v.name.MinSize().Height))
	v.note.Move(fyne.NewPos(16, 10+v.name.MinSize().Height))
	v.note.Resize(fyne.NewSize(max(0, right-28), v.note.MinSize().Height))
	v.prev.Move(fyne.NewPos(12, s.Height-side-12))
	v.prev.Resize(fyne.NewSquareSize(side))
	v.next.Move(fyne.NewPos(s.Width-side-12, s.Height-side-12))
	v.next.Resize(fyne.NewSquareSize(side))
	width := min(420, s.Width-48)
	high := heightFor(v.words, width)
	v.words.Move(fyne.NewPos((s.Width-width)/2, s.Height-viewerBar-high-8))
	v.words.Resize(fyne.NewSize(width, high))
	v.plate.Hidden = v.words.text == ""
	v.plate.Move(v.words.Position().SubtractXY(12, 8))
	v.plate.Resize(fyne.NewSize(width+24, high+16))
	v.rail.Hidden, v.done.Hidden = v.part < 0, v.part < 0
	rail := min(280, s.Width-120)
	v.rail.Move(fyne.NewPos((s.Width-rail)/2, s.Height-30))
	v.rail.Resize(fyne.NewSize(rail, 4))
	v.done.Move(v.rail.Position())
	v.done.Resize(fyne.NewSize(rail*max(0.02, min(1, v.part)), 4))
}
