package emoji

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
)

// Popup is a picker that floats over the window. A click elsewhere or Escape
// closes it; it takes the focus and gives it back.
type Popup struct {
	widget.BaseWidget
	canvas fyne.Canvas
	at     fyne.Position // of what it was opened from
	size   fyne.Size
	top    fyne.CanvasObject // the overlay
	before fyne.Focusable
	picker *Picker
	closed bool
}

// Show opens a picker beside a rectangle of the canvas, above it if there is more
// room. It closes when an emoji is chosen.
func Show(c fyne.Canvas, at fyne.Position, size fyne.Size, o Options, chosen func(emoji string)) *Popup {
	p := &Popup{canvas: c, at: at, size: size, before: c.Focused()}
	p.ExtendBaseWidget(p)
	cancel := o.Cancel
	o.Cancel = func() {
		p.Close()
		if cancel != nil {
			cancel()
		}
	}
	p.picker = NewPicker(o, func(emoji string) {
		p.Close()
		chosen(emoji)
	})
	p.top = look.WithTips(p)
	c.Overlays().Add(p.top)
	p.top.Resize(c.Size())
	c.Focus(p.picker.search)
	return p
}

// CloseAll closes the pickers that are open over a window.
func CloseAll(c fyne.Canvas) {
	for _, o := range c.Overlays().List() {
		layer, ok := o.(*fyne.Container)
		if !ok || len(layer.Objects) == 0 {
			continue
		}
		if p, ok := layer.Objects[0].(*Popup); ok {
			p.Close()
		}
	}
}

// Close closes the picker without choosing.
func (p *Popup) Close() {
	if p.closed {
		return
	}
	p.closed = true
	p.canvas.Overlays().Remove(p.top)
	if p.before != nil {
		p.canvas.Focus(p.before)
	}
}

// Tapped implements fyne.Tappable.
func (p *Popup) Tapped(e *fyne.PointEvent) {
	in := e.Position.Subtract(p.picker.Position())
	if s := p.picker.Size(); in.X < 0 || in.Y < 0 || in.X > s.Width || in.Y > s.Height {
		p.Close()
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (p *Popup) TappedSecondary(e *fyne.PointEvent) { p.Tapped(e) }

// place chooses where the picker stands in a window.
func (p *Popup) place(room fyne.Size) (fyne.Position, fyne.Size) {
	const edge, gap = 8, 6
	f := factor()
	want := fyne.NewSize(min(pickWide*f, room.Width-2*edge), min(pickHigh*f, room.Height-2*edge))
	above, below := p.at.Y-gap-edge, room.Height-p.at.Y-p.size.Height-gap-edge
	y := p.at.Y + p.size.Height + gap
	switch {
	case below >= want.Height:
	case above >= want.Height:
		y = p.at.Y - gap - want.Height
	default: // beside it
		y = max(edge, min(y, room.Height-want.Height-edge))
	}
	x := max(edge, min(p.at.X+p.size.Width-want.Width, room.Width-want.Width-edge))
	return fyne.NewPos(x, y), want
}

// CreateRenderer implements fyne.Widget.
func (p *Popup) CreateRenderer() fyne.WidgetRenderer {
	back := look.NewBox(look.RaisedFill, look.RadiusBig, nil)
	back.Edge, back.Raised = look.EdgeInk, true
	return look.NewRenderer(look.RendererParts{
		Of:      p,
		Objects: []fyne.CanvasObject{back, p.picker},
		Min:     func() fyne.Size { return fyne.NewSize(1, 1) },
		Layout: func(s fyne.Size) {
			at, size := p.place(s)
			for _, o := range []fyne.CanvasObject{back, p.picker} {
				o.Move(at)
				o.Resize(size)
			}
		},
	})
}
