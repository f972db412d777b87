package ui

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
)

// slider chooses one of a few steps along a line. While it is dragged it tells
// moving, at its end changed; keys change at once.
type slider struct {
	widget.BaseWidget
	steps, at       int
	name            string // what is chosen, for a screen reader
	moving, changed func(int)
	hover, focus    bool
	dragged         bool
}

const (
	sliderKnob float32 = 20
	sliderBar  float32 = 6
)

func newSlider(steps, at int, moving, changed func(int)) *slider {
	s := &slider{steps: steps, at: at, moving: moving, changed: changed}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements fyne.Widget.
func (s *slider) CreateRenderer() fyne.WidgetRenderer {
	bar, done, knob := canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	refresh := func() {
		p := look.Now()
		bar.FillColor, bar.CornerRadius = p.Pressed, sliderBar/2
		done.FillColor, done.CornerRadius = p.Accent, sliderBar/2
		knob.CornerRadius, knob.FillColor, knob.StrokeColor, knob.StrokeWidth = sliderKnob/2, p.Accent, p.Panel, 3
		if s.hover {
			knob.FillColor = p.AccentHover
		}
		if s.focus {
			knob.StrokeColor, knob.StrokeWidth = look.Mix(p.Accent, p.Text, 0.5), 2
		}
	}
	layout := func(size fyne.Size) {
		x, y := s.knobAt(size.Width), size.Height/2
		bar.Move(fyne.NewPos(0, y-sliderBar/2))
		bar.Resize(fyne.NewSize(size.Width, sliderBar))
		done.Move(fyne.NewPos(0, y-sliderBar/2))
		done.Resize(fyne.NewSize(x, sliderBar))
		knob.Move(fyne.NewPos(x-sliderKnob/2, y-sliderKnob/2))
		knob.Resize(fyne.NewSquareSize(sliderKnob))
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      s,
		Objects: []fyne.CanvasObject{bar, done, knob},
		Min:     func() fyne.Size { return fyne.NewSize(160, sliderKnob+8) },
		Layout:  layout,
		Refresh: func() { refresh(); layout(s.Size()) },
	})
}

func (s *slider) knobAt(width float32) float32 {
	return sliderKnob/2 + (width-sliderKnob)*float32(s.at)/float32(max(1, s.steps-1))
}

// to moves the knob to a step.
func (s *slider) to(i int) bool {
	if i = min(max(i, 0), s.steps-1); i == s.at {
		return false
	}
	s.at = i
	s.Refresh()
	s.moving(i)
	return true
}

func (s *slider) step(pos fyne.Position) int {
	w := s.Size().Width - sliderKnob
	return int(math.Round(float64((pos.X - sliderKnob/2) / w * float32(s.steps-1))))
}

// Tapped implements fyne.Tappable.
func (s *slider) Tapped(e *fyne.PointEvent) {
	if s.to(s.step(e.Position)) {
		s.changed(s.at)
	}
}

// Dragged implements fyne.Draggable.
func (s *slider) Dragged(e *fyne.DragEvent) {
	s.dragged = s.to(s.step(e.Position)) || s.dragged
}

// DragEnd implements fyne.Draggable.
func (s *slider) DragEnd() {
	if s.dragged {
		s.dragged = false
		s.changed(s.at)
	}
}

// MouseIn implements desktop.Hoverable.
func (s *slider) MouseIn(*desktop.MouseEvent) { s.hover = true; s.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (s *slider) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (s *slider) MouseOut() { s.hover = false; s.Refresh() }

// Cursor implements desktop.Cursorable.
func (s *slider) Cursor() desktop.Cursor { return desktop.PointerCursor }

// FocusGained implements fyne.Focusable.
func (s *slider) FocusGained() { s.focus = true; s.Refresh(); look.Focused(s) }

// FocusLost implements fyne.Focusable.
func (s *slider) FocusLost() { s.focus = false; s.Refresh() }

// TypedRune implements fyne.Focusable.
func (s *slider) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (s *slider) TypedKey(e *fyne.KeyEvent) {
	to := s.at
	switch e.Name {
	case fyne.KeyLeft, fyne.KeyDown:
		to--
	case fyne.KeyRight, fyne.KeyUp:
		to++
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = s.steps - 1
	default:
		passKey(s, e)
		return
	}
	if s.to(to) {
		s.changed(s.at)
	}
}
