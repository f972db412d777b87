package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Box is a rounded rectangle in a colour of the palette with something in it.
type Box struct {
	widget.BaseWidget
	Fill   Ink
	Edge   Ink     // border of one pixel; nil none
	Radius float32 // 0 for square
	Raised bool    // with a shadow, for things that float
	PadX   float32 // around Content
	PadY   float32

	content fyne.CanvasObject
}

// NewBox returns a box around content, which may be nil.
func NewBox(fill Ink, radius float32, content fyne.CanvasObject) *Box {
	b := &Box{Fill: fill, Radius: radius, content: content}
	b.ExtendBaseWidget(b)
	return b
}

// Fills for boxes.
func PanelFill(p *Palette) color.NRGBA    { return p.Panel }       // PanelFill is for side bar, header, dialogs.
func ChatFill(p *Palette) color.NRGBA     { return p.Chat }        // ChatFill lies behind the conversation.
func FieldFill(p *Palette) color.NRGBA    { return p.Field }       // FieldFill is for what one types into.
func RaisedFill(p *Palette) color.NRGBA   { return p.Raised }      // RaisedFill is for things that float.
func BubbleFill(p *Palette) color.NRGBA   { return p.Bubble }      // BubbleFill is for cards on the chat colour.
func SelectedFill(p *Palette) color.NRGBA { return p.Selected }    // SelectedFill marks the open row.
func EdgeInk(p *Palette) color.NRGBA      { return p.Edge }        // EdgeInk is the hairline around bubbles.
func LineInk(p *Palette) color.NRGBA      { return p.Line }        // LineInk separates.
func NoFill(*Palette) color.NRGBA         { return color.NRGBA{} } // NoFill draws nothing.

// CreateRenderer implements fyne.Widget.
func (b *Box) CreateRenderer() fyne.WidgetRenderer {
	b.ExtendBaseWidget(b)
	r := canvas.NewRectangle(color.Transparent)
	objects := []fyne.CanvasObject{r}
	if b.content != nil {
		objects = append(objects, b.content)
	}
	refresh := func() {
		p := Now()
		r.FillColor, r.CornerRadius = b.Fill(p), b.Radius
		if b.Edge != nil {
			r.StrokeColor, r.StrokeWidth = b.Edge(p), 1
		} else {
			r.StrokeWidth = 0
		}
		r.Shadow = canvas.Shadow{}
		if b.Raised {
			r.Shadow = Shadow(p)
		}
	}
	refresh()
	return NewRenderer(RendererParts{
		Of:      b,
		Objects: objects,
		Min: func() fyne.Size {
			pad := fyne.NewSize(2*b.PadX, 2*b.PadY)
			if b.content == nil {
				return pad
			}
			return b.content.MinSize().Add(pad)
		},
		Layout: func(s fyne.Size) {
			r.Resize(s)
			if b.content != nil {
				b.content.Move(fyne.NewPos(b.PadX, b.PadY))
				b.content.Resize(s.SubtractWidthHeight(2*b.PadX, 2*b.PadY))
			}
		},
		Refresh: refresh,
	})
}

// Shadow is the soft shadow of everything that floats.
func Shadow(p *Palette) canvas.Shadow {
	return canvas.Shadow{Color: p.Shadow, BlurRadius: 14, Offset: fyne.NewPos(0, 4), Variant: canvas.DropShadow}
}

// Rule is a separator of one pixel.
type Rule struct {
	widget.BaseWidget
}

// NewRule returns a separator. It is one pixel in both directions; the layout
// stretches it.
func NewRule() *Rule {
	r := &Rule{}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *Rule) CreateRenderer() fyne.WidgetRenderer {
	rect := canvas.NewRectangle(Now().Line)
	return NewRenderer(RendererParts{
		Of:      r,
		Objects: []fyne.CanvasObject{rect},
		Min:     func() fyne.Size { return fyne.NewSquareSize(1) },
		Layout:  func(s fyne.Size) { rect.Resize(s) },
		Refresh: func() { rect.FillColor = Now().Line },
	})
}

// Pill is a short text in a rounded field: counts, states, days. With Dot a
// small disc stands before the text.
type Pill struct {
	widget.BaseWidget
	Fill, Ink Ink
	Dot       bool
	Bold      bool
	PadX      float32
	Height    float32 // 0: from the text
	Elides    bool    // with less room than it wants it ends in "…"

	text string
}

// NewBadge returns the count pill of the room list.
func NewBadge(text string) *Pill {
	p := &Pill{text: text, Fill: Accent, Ink: OnAccent, PadX: 6, Bold: true}
	p.ExtendBaseWidget(p)
	return p
}

// Text returns what it says.
func (p *Pill) Text() string { return p.text }

// NewPill returns a pill in the given colours.
func NewPill(text string, fill, ink Ink) *Pill {
	p := &Pill{text: text, Fill: fill, Ink: ink, PadX: 12}
	p.ExtendBaseWidget(p)
	return p
}

// Fills for state pills; they go with the inks of the same name.
func GoodFill(p *Palette) color.NRGBA   { return p.GoodSoft }   // GoodFill goes with Good.
func WarnFill(p *Palette) color.NRGBA   { return p.WarnSoft }   // WarnFill goes with Warn.
func BadFill(p *Palette) color.NRGBA    { return p.BadSoft }    // BadFill goes with Bad.
func AccentFill(p *Palette) color.NRGBA { return p.AccentSoft } // AccentFill goes with Accent.

// Set changes text and colours.
func (p *Pill) Set(text string, fill, ink Ink) {
	same := p.text == text && sameInk(p.Fill, fill) && sameInk(p.Ink, ink)
	p.text, p.Fill, p.Ink = text, fill, ink
	if !same {
		p.Refresh()
	}
}

// SetText changes the text.
func (p *Pill) SetText(text string) {
	if p.text != text {
		p.text = text
		p.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (p *Pill) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	rect := canvas.NewRectangle(color.Transparent)
	text := canvas.NewText(p.text, color.Black)
	dot := canvas.NewCircle(color.Transparent)
	const dotSide, dotGap = 8, 6
	// Nothing here may ask the widget for its size: that makes a renderer, and while this
	// one is being made there is none, so it would be made again, for ever.
	least := func() fyne.Size {
		s := fyne.MeasureText(p.text, Sizes().Caption, fyne.TextStyle{Bold: p.Bold})
		h := s.Height + 4
		if p.Height > 0 {
			h = p.Height
		}
		w := s.Width + 2*p.PadX
		if p.Dot {
			w += dotSide + dotGap
		}
		return fyne.NewSize(max(w, h), h)
	}
	fitting := func(width float32) string {
		if !p.Elides || width <= 0 { // 0: not laid out yet
			return p.text
		}
		if p.Dot && width <= least().Height { // all there is room for
			return ""
		}
		width -= 2 * p.PadX
		if p.Dot {
			width -= dotSide + dotGap
		}
		return Elide(p.text, width+1, Sizes().Caption, fyne.TextStyle{Bold: p.Bold})
	}
	refresh := func() {
		colors := Now()
		rect.FillColor = p.Fill(colors)
		rect.CornerRadius = canvas.RadiusMaximum
		text.Text, text.Color, text.TextSize = fitting(p.Size().Width), p.Ink(colors), Sizes().Caption
		text.TextStyle.Bold = p.Bold
		dot.FillColor, dot.Hidden = p.Ink(colors), !p.Dot
	}
	refresh()
	return NewRenderer(RendererParts{
		Of:      p,
		Objects: []fyne.CanvasObject{rect, text, dot},
		Min:     least,
		Layout: func(s fyne.Size) {
			rect.Resize(s)
			if shown := fitting(s.Width); text.Text != shown {
				text.Text = shown
				text.Refresh()
			}
			ts := text.MinSize()
			x := (s.Width - ts.Width) / 2
			if p.Dot && text.Text == "" {
				dot.Move(fyne.NewPos((s.Width-dotSide)/2, (s.Height-dotSide)/2))
				dot.Resize(fyne.NewSquareSize(dotSide))
			} else if p.Dot {
				x += (dotSide + dotGap) / 2
				dot.Move(fyne.NewPos(x-dotSide-dotGap, (s.Height-dotSide)/2))
				dot.Resize(fyne.NewSquareSize(dotSide))
			}
			text.Move(fyne.NewPos(x, (s.Height-ts.Height)/2))
			text.Resize(ts)
		},
		Refresh: refresh,
	})
}

// Boxed puts an entry, which the theme gives no frame, into the own rounded field. The
// box is returned so that the owner can show focus: set Edge to [Accent] while
// the entry has it, nil otherwise, and Refresh.
func Boxed(entry fyne.CanvasObject) *Box {
	b := NewBox(FieldFill, Radius, entry)
	b.PadX = 4
	return b
}
