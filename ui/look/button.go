package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// ButtonKind is how loud a button is.
type ButtonKind int

// Button kinds: one Primary at most on a page.
const (
	Primary   ButtonKind = iota // what one most likely wants
	Quiet                       // other choices
	Plain                       // text only, like a link
	Dangerous                   // destroys something
)

// Button is a text button, with an icon before the text if one is given. Reached
// by Tab, pressed by Enter or Space.
type Button struct {
	widget.BaseWidget
	OnTapped func()

	text string
	icon Icon
	kind ButtonKind
	pressable
}

// NewButton returns a button.
func NewButton(text string, kind ButtonKind, tapped func()) *Button {
	b := &Button{text: text, kind: kind, OnTapped: tapped}
	b.ExtendBaseWidget(b)
	return b
}

// NewIconTextButton returns a button with an icon before the text.
func NewIconTextButton(icon Icon, text string, kind ButtonKind, tapped func()) *Button {
	b := NewButton(text, kind, tapped)
	b.icon = icon
	return b
}

// SetKind changes how loud it is.
func (b *Button) SetKind(k ButtonKind) {
	if b.kind != k {
		b.kind = k
		b.Refresh()
	}
}

// SetText changes the text.
func (b *Button) SetText(s string) {
	if s != b.text {
		b.text = s
		b.Refresh()
	}
}

// SetIcon changes the icon before the text.
func (b *Button) SetIcon(i Icon) {
	if i != b.icon {
		b.icon = i
		b.Refresh()
	}
}

// Text returns the text.
func (b *Button) Text() string { return b.text }

func (b *Button) colors(p *Palette) (fill, ink color.NRGBA) {
	switch {
	case b.off:
		fill, ink = p.Field, p.Off
		if b.kind == Plain {
			fill = color.NRGBA{}
		}
	case b.kind == Primary:
		fill, ink = p.Accent, p.OnAccent
		if b.hover {
			fill = p.AccentHover
		}
	case b.kind == Dangerous:
		fill, ink = p.BadSoft, p.Bad
		if b.hover {
			fill = Mix(p.BadSoft, p.Bad, 0.12)
		}
	case b.kind == Plain:
		ink = p.Link
		if b.hover {
			fill = p.Hover
		}
	default:
		fill, ink = p.Field, p.Text
		if b.hover {
			fill = p.Pressed
		}
	}
	return fill, ink
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	b.ExtendBaseWidget(b)
	b.self = b
	ring, rect := newRing(), canvas.NewRectangle(color.Transparent)
	text := NewLine(b.text, Body, Text)
	img := canvas.NewImageFromResource(nil)
	const gap, pad = 8, 16
	side := func() float32 { return Grown(18) }
	refresh := func() {
		fill, ink := b.colors(Now())
		rect.FillColor, rect.CornerRadius = fill, Radius
		text.text, text.ink = b.text, func(*Palette) color.NRGBA { return ink }
		text.Bold = b.kind == Primary || b.kind == Dangerous
		img.Hidden = b.icon == ""
		if b.icon != "" {
			setImage(img, Glyph(b.icon, ink))
		}
		showRing(ring, b.focus && !b.off)
	}
	refresh()
	return NewRenderer(RendererParts{
		Of:      b,
		Objects: []fyne.CanvasObject{rect, ring, img, text},
		Min: func() fyne.Size {
			ts := text.MinSize()
			w := ts.Width + 2*pad
			if b.icon != "" {
				w += side() + gap
			}
			return fyne.NewSize(w, max(ButtonHeight, ts.Height+12))
		},
		Layout: func(s fyne.Size) {
			rect.Resize(s)
			layoutRing(ring, s)
			if b.kind == Primary || b.kind == Dangerous { // on their own fill it would not show
				around(ring, s)
			}
			ts := text.MinSize()
			x := (s.Width - ts.Width) / 2
			if b.icon != "" {
				side := side()
				x += (side + gap) / 2
				img.Move(fyne.NewPos(x-side-gap, (s.Height-side)/2))
				img.Resize(fyne.NewSquareSize(side))
			}
			text.Move(fyne.NewPos(x, (s.Height-ts.Height)/2))
			text.Resize(ts)
		},
		Refresh: refresh,
	})
}

// AccessibilityLabel implements fyne.Accessible.
func (b *Button) AccessibilityLabel() string { return b.text }

// AccessibilityRole implements fyne.Accessible.
func (*Button) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Tapped implements fyne.Tappable.
func (b *Button) Tapped(*fyne.PointEvent) { b.press(b.OnTapped) }

// TypedKey implements fyne.Focusable.
func (b *Button) TypedKey(e *fyne.KeyEvent) { b.typedKey(e, b.OnTapped) }

// IconButton is a square button with an icon and a tooltip.
type IconButton struct {
	widget.BaseWidget
	OnTapped func()
	Tip      string // what it does, in words; shown as tooltip
	// Round draws the accent disc of the send button.
	Round bool
	// Light draws it for a dark ground in both palettes: on pictures. With Round it brings
	// a dark disc along, for pictures of any colour.
	Light bool

	icon Icon
	pressable
}

// IconButtonSide is the side of an icon button. It grows with the text, and stays large
// enough to be met.
func IconButtonSide() float32 { return max(32, Grown(36)) }

// NewIconButton returns an icon button. tip says what it does.
func NewIconButton(icon Icon, tip string, tapped func()) *IconButton {
	b := &IconButton{icon: icon, Tip: tip, OnTapped: tapped}
	b.ExtendBaseWidget(b)
	return b
}

// SetIcon changes the drawing.
func (b *IconButton) SetIcon(i Icon) {
	if b.icon != i {
		b.icon = i
		b.Refresh()
	}
}

func (b *IconButton) colors(p *Palette) (fill, ink color.NRGBA) {
	switch {
	case b.Light && b.Round && b.hover:
		return color.NRGBA{R: 62, G: 65, B: 74, A: 225}, color.NRGBA{R: 255, G: 255, B: 255, A: 255}
	case b.Light && b.Round:
		return color.NRGBA{R: 10, G: 11, B: 14, A: 170}, color.NRGBA{R: 255, G: 255, B: 255, A: 255}
	case b.Light && b.hover:
		return color.NRGBA{R: 255, G: 255, B: 255, A: 48}, color.NRGBA{R: 255, G: 255, B: 255, A: 255}
	case b.Light:
		return fill, color.NRGBA{R: 226, G: 229, B: 236, A: 255}
	case b.Round && b.off:
		return p.Field, p.Off
	case b.Round && b.hover:
		return p.AccentHover, p.OnAccent
	case b.Round:
		return p.Accent, p.OnAccent
	case b.off:
		return fill, Alpha(p.Off, 0.6)
	case b.hover:
		return p.Pressed, p.Text
	}
	return fill, p.Second
}

// CreateRenderer implements fyne.Widget.
func (b *IconButton) CreateRenderer() fyne.WidgetRenderer {
	b.ExtendBaseWidget(b)
	b.self, b.tip = b, func() string { return b.Tip }
	ring, rect := newRing(), canvas.NewRectangle(color.Transparent)
	img := canvas.NewImageFromResource(nil)
	refresh := func() {
		fill, ink := b.colors(Now())
		rect.FillColor, rect.CornerRadius = fill, Radius
		if b.Round {
			rect.CornerRadius = canvas.RadiusMaximum
		}
		ring.CornerRadius = rect.CornerRadius
		setImage(img, Glyph(b.icon, ink))
		showRing(ring, b.focus && !b.off)
	}
	refresh()
	return NewRenderer(RendererParts{
		Of:      b,
		Objects: []fyne.CanvasObject{rect, ring, img},
		Min:     func() fyne.Size { return fyne.NewSquareSize(IconButtonSide()) },
		Layout: func(s fyne.Size) {
			whole, side := IconButtonSide(), Grown(20)
			at := fyne.NewPos((s.Width-whole)/2, (s.Height-whole)/2)
			rect.Move(at)
			rect.Resize(fyne.NewSquareSize(whole))
			ring.Move(at)
			ring.Resize(fyne.NewSquareSize(whole))
			img.Move(at.AddXY((whole-side)/2, (whole-side)/2))
			img.Resize(fyne.NewSquareSize(side))
		},
		Refresh: refresh,
	})
}

// AccessibilityLabel implements fyne.Accessible.
func (b *IconButton) AccessibilityLabel() string { return b.Tip }

// AccessibilityRole implements fyne.Accessible.
func (*IconButton) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// Tapped implements fyne.Tappable.
func (b *IconButton) Tapped(*fyne.PointEvent) { b.press(b.OnTapped) }

// TypedKey implements fyne.Focusable.
func (b *IconButton) TypedKey(e *fyne.KeyEvent) { b.typedKey(e, b.OnTapped) }

// pressable is what all buttons share: hover, focus, disabling.
type pressable struct {
	self              fyne.Widget   // set with the renderer
	tip               func() string // nil: no tooltip
	hover, focus, off bool
}

func (b *pressable) refresh() {
	if b.self != nil {
		b.self.Refresh()
	}
}

func (b *pressable) press(do func()) {
	hideTip(b.self)
	if !b.off && do != nil {
		do()
	}
}

func (b *pressable) typedKey(e *fyne.KeyEvent, do func()) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		b.press(do)
	default:
		// What a button does not use (Escape) is for its window.
		if c := fyne.CurrentApp().Driver().CanvasForObject(b.self); c != nil && c.OnTypedKey() != nil {
			c.OnTypedKey()(e)
		}
	}
}

// Enable, Disable and Disabled implement fyne.Disableable.
func (b *pressable) Enable() { b.off = false; b.refresh() }

// Disable implements fyne.Disableable.
func (b *pressable) Disable() { b.off, b.hover = true, false; b.refresh() }

// Disabled implements fyne.Disableable.
func (b *pressable) Disabled() bool { return b.off }

// MouseIn implements desktop.Hoverable.
func (b *pressable) MouseIn(*desktop.MouseEvent) {
	if b.off {
		return
	}
	b.hover = true
	b.refresh()
	if b.tip != nil {
		showTip(b.self, b.tip())
	}
}

// MouseMoved implements desktop.Hoverable.
func (b *pressable) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *pressable) MouseOut() {
	b.hover = false
	b.refresh()
	hideTip(b.self)
}

// Cursor implements desktop.Cursorable.
func (b *pressable) Cursor() desktop.Cursor {
	if b.off {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// FocusGained implements fyne.Focusable.
func (b *pressable) FocusGained() { b.focus = true; b.refresh(); Focused(b.self) }

// FocusLost implements fyne.Focusable.
func (b *pressable) FocusLost() { b.focus = false; b.refresh() }

// TypedRune implements fyne.Focusable.
func (b *pressable) TypedRune(rune) {}

// newRing makes the focus mark: a line in the accent colour around a widget.
func newRing() *canvas.Rectangle {
	r := canvas.NewRectangle(color.Transparent)
	r.StrokeWidth, r.CornerRadius = 2, Radius
	return r
}

func showRing(r *canvas.Rectangle, on bool) {
	r.Hidden = !on
	r.StrokeColor = Alpha(Now().Accent, 0.9)
	if on && r.StrokeColor != nil {
		r.StrokeColor = Mix(Now().Accent, Now().Text, 0.25)
	}
}

// around puts the ring at a distance around a widget.
func around(r *canvas.Rectangle, s fyne.Size) {
	const gap = 3
	r.CornerRadius = Radius + gap
	r.Move(fyne.NewPos(-gap, -gap))
	r.Resize(s.AddWidthHeight(2*gap, 2*gap))
}

func layoutRing(r *canvas.Rectangle, s fyne.Size) {
	r.Move(fyne.NewPos(0, 0))
	r.Resize(s)
}
