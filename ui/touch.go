package ui

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
)

// press makes content pressable by a click. It lights up under the pointer.
type press struct {
	widget.BaseWidget
	Fill   look.Ink // at rest; nil none
	Edge   look.Ink // border; nil none
	Radius float32
	PadX   float32
	PadY   float32

	content      fyne.CanvasObject
	tapped       func()
	hover, focus bool
	off          bool
}

// touch is press that the keyboard reaches: Enter and Space press it.
type touch struct {
	press
	key func(*fyne.KeyEvent) bool // asked first; true if used
}

func newTouch(content fyne.CanvasObject, tapped func()) *touch {
	t := &touch{press: press{content: content, tapped: tapped, Radius: look.Radius}}
	t.ExtendBaseWidget(t)
	return t
}

// HeightFor implements flexible.
func (t *press) HeightFor(width float32) float32 {
	return heightFor(t.content, width-2*t.PadX) + 2*t.PadY
}

// CreateRenderer implements fyne.Widget.
func (t *press) CreateRenderer() fyne.WidgetRenderer {
	t.ExtendBaseWidget(t)
	back := canvas.NewRectangle(color.Transparent)
	refresh := func() {
		p := look.Now()
		back.CornerRadius = t.Radius
		back.FillColor = color.Transparent
		if t.Fill != nil {
			back.FillColor = t.Fill(p)
		}
		if t.hover && !t.off {
			back.FillColor = p.Hover
			if t.Fill != nil {
				back.FillColor = look.Mix(t.Fill(p), p.Text, 0.05)
			}
		}
		back.StrokeWidth = 0
		if t.Edge != nil {
			back.StrokeColor, back.StrokeWidth = t.Edge(p), 1
		}
		if t.focus {
			back.StrokeColor, back.StrokeWidth = p.Accent, 2
		}
	}
	refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      t,
		Objects: []fyne.CanvasObject{back, t.content},
		Min:     func() fyne.Size { return t.content.MinSize().AddWidthHeight(2*t.PadX, 2*t.PadY) },
		Layout: func(s fyne.Size) {
			back.Resize(s)
			t.content.Move(fyne.NewPos(t.PadX, t.PadY))
			t.content.Resize(s.SubtractWidthHeight(2*t.PadX, 2*t.PadY))
		},
		Refresh: refresh,
	})
}

func (t *press) take() {
	if !t.off && t.tapped != nil {
		t.tapped()
	}
}

// Tapped implements fyne.Tappable.
func (t *press) Tapped(*fyne.PointEvent) { t.take() }

// MouseIn implements desktop.Hoverable.
func (t *press) MouseIn(*desktop.MouseEvent) { t.hover = true; t.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (t *press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (t *press) MouseOut() { t.hover = false; t.Refresh() }

// Cursor implements desktop.Cursorable.
func (t *press) Cursor() desktop.Cursor {
	if t.off {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// FocusGained implements fyne.Focusable.
func (t *touch) FocusGained() { t.focus = true; t.Refresh(); look.Focused(t) }

// FocusLost implements fyne.Focusable.
func (t *touch) FocusLost() { t.focus = false; t.Refresh() }

// TypedRune implements fyne.Focusable.
func (t *touch) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (t *touch) TypedKey(e *fyne.KeyEvent) {
	switch {
	case t.key != nil && t.key(e):
	case e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter || e.Name == fyne.KeySpace:
		t.take()
	default:
		passKey(t, e)
	}
}

// passKey gives a key that a widget does not use to its window.
func passKey(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		if f := c.OnTypedKey(); f != nil {
			f(e)
		}
	}
}

// focusWithin gives the focus to the first control in what has taken the place of the one
// that was used: it is gone, and the keyboard would be nowhere.
func (u *UI) focusWithin(o fyne.CanvasObject) {
	if f := firstControl(o); f != nil {
		u.win.Canvas().Focus(f)
	}
}

// keepFocus changes what is in a box. If the focus was in it, it is on the first control
// there afterwards.
func (u *UI) keepFocus(box *fyne.Container, change func()) {
	c := u.win.Canvas()
	was := holds(box, c.Focused())
	change()
	if was && !holds(box, c.Focused()) {
		u.focusWithin(box)
	}
}

// holds reports whether something is in a container, or in one in it.
func holds(box *fyne.Container, f fyne.Focusable) bool {
	return slices.ContainsFunc(box.Objects, func(o fyne.CanvasObject) bool {
		if inner, ok := o.(*fyne.Container); ok {
			return holds(inner, f)
		}
		own, ok := o.(fyne.Focusable)
		return ok && own == f
	})
}

// firstControl is the first thing in o that can have the focus; nil: nothing.
func firstControl(o fyne.CanvasObject) fyne.Focusable {
	if !o.Visible() {
		return nil
	}
	if f, ok := o.(fyne.Focusable); ok {
		return f
	}
	if box, ok := o.(*fyne.Container); ok {
		for _, inner := range box.Objects {
			if f := firstControl(inner); f != nil {
				return f
			}
		}
	}
	return nil
}
