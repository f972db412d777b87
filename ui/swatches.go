package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
)

// swatches is a row of colours of which one holds. With the focus, left and right
// choose.
type swatches struct {
	widget.BaseWidget
	inks    []look.Ink
	names   []string // for tooltips
	at      int
	hover   int
	focus   bool
	changed func(int)
}

const (
	swatchSide float32 = 30
	swatchGap  float32 = 10
)

func newSwatches(inks []look.Ink, names []string, at int, changed func(int)) *swatches {
	s := &swatches{inks: inks, names: names, at: at, hover: -1, changed: changed}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements fyne.Widget.
func (s *swatches) CreateRenderer() fyne.WidgetRenderer {
	ring := canvas.NewRectangle(color.Transparent)
	objects := []fyne.CanvasObject{ring}
	var discs []*canvas.Rectangle
	check := canvas.NewImageFromResource(look.Glyph(look.IconCheck, look.Now().OnAccent))
	for range s.inks {
		d := canvas.NewRectangle(color.Transparent)
		d.CornerRadius = swatchSide / 2
		discs, objects = append(discs, d), append(objects, d)
	}
	refresh := func() {
		p := look.Now()
		ring.CornerRadius, ring.StrokeWidth = swatchSide/2+4, 2
		ring.StrokeColor, ring.Hidden = look.Mix(s.inks[s.at](p), p.Text, 0.25), !s.focus
		for i, d := range discs {
			d.FillColor, d.StrokeWidth = s.inks[i](p), 0
			if i == s.hover && i != s.at {
				d.FillColor = look.Mix(s.inks[i](p), p.Text, 0.18)
			}
		}
	}
	layout := func(fyne.Size) {
		for i, d := range discs {
			d.Move(s.place(i))
			d.Resize(fyne.NewSquareSize(swatchSide))
		}
		at := s.place(s.at)
		ring.Move(at.SubtractXY(4, 4))
		ring.Resize(fyne.NewSquareSize(swatchSide + 8))
		check.Move(at.AddXY(6, 6))
		check.Resize(fyne.NewSquareSize(swatchSide - 12))
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      s,
		Objects: append(objects, check),
		Min: func() fyne.Size {
			return fyne.NewSize(float32(len(s.inks))*(swatchSide+swatchGap)-swatchGap+8, swatchSide+8)
		},
		Layout:  layout,
		Refresh: func() { refresh(); layout(s.Size()) },
	})
}

// place is where a disc stands; they come closer where there is less room.
func (s *swatches) place(i int) fyne.Position {
	step := swatchSide + swatchGap
	if n := len(s.inks); n > 1 {
		step = min(step, (s.Size().Width-8-swatchSide)/float32(n-1))
	}
	return fyne.NewPos(4+float32(i)*step, 4)
}

func (s *swatches) choose(i int) {
	if i < 0 || i >= len(s.inks) || i == s.at {
		return
	}
	s.at = i
	s.Refresh()
	s.changed(i)
}

func (s *swatches) index(pos fyne.Position) int {
	for i := range s.inks {
		if at := s.place(i); pos.X >= at.X-swatchGap/2 && pos.X < at.X+swatchSide+swatchGap/2 {
			return i
		}
	}
	return -1
}

// Tapped implements fyne.Tappable.
func (s *swatches) Tapped(e *fyne.PointEvent) { s.choose(s.index(e.Position)) }

// MouseIn implements desktop.Hoverable.
func (s *swatches) MouseIn(e *desktop.MouseEvent) { s.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (s *swatches) MouseMoved(e *desktop.MouseEvent) {
	if i := s.index(e.Position); i != s.hover {
		s.hover = i
		s.Refresh()
		look.HideTip(s)
		if i >= 0 {
			look.ShowTip(s, s.names[i])
		}
	}
}

// MouseOut implements desktop.Hoverable.
func (s *swatches) MouseOut() { s.hover = -1; s.Refresh(); look.HideTip(s) }

// Cursor implements desktop.Cursorable.
func (s *swatches) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (s *swatches) FocusGained() { s.focus = true; s.Refresh(); look.Focused(s) }

// FocusLost implements fyne.Focusable.
func (s *swatches) FocusLost() { s.focus = false; s.Refresh() }

// TypedRune implements fyne.Focusable.
func (s *swatches) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (s *swatches) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyUp:
		s.choose(s.at - 1)
	case fyne.KeyRight, fyne.KeyDown:
		s.choose(s.at + 1)
	case fyne.KeyHome:
		s.choose(0)
	case fyne.KeyEnd:
		s.choose(len(s.inks) - 1)
	default:
		passKey(s, e)
	}
}
