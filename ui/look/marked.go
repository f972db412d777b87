package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Part is a stretch of a Marked line.
type Part struct {
	Text   string
	Marked bool
}

// Marked is one line of text of which some parts stand out, for what a search
// found. It never overflows: what does not fit ends in "…".
type Marked struct {
	widget.BaseWidget
	parts []Part
	size  Size
	ink   Ink
}

// NewMarked returns a line that may shrink to nothing.
func NewMarked(size Size, ink Ink, parts ...Part) *Marked {
	m := &Marked{parts: parts, size: size, ink: ink}
	m.ExtendBaseWidget(m)
	return m
}

// Text returns the whole text.
func (m *Marked) Text() (s string) {
	for _, p := range m.parts {
		s += p.Text
	}
	return s
}

// CreateRenderer implements fyne.Widget.
func (m *Marked) CreateRenderer() fyne.WidgetRenderer {
	m.ExtendBaseWidget(m)
	return &markedRenderer{m: m, width: -1}
}

// markedRenderer makes its objects in Layout, because they depend on the width,
// and only when that has changed or Refresh was called.
type markedRenderer struct {
	m       *Marked
	objects []fyne.CanvasObject
	width   float32
}

func (r *markedRenderer) Destroy()                     {}
func (r *markedRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *markedRenderer) MinSize() fyne.Size {
	return fyne.NewSize(0, fyne.MeasureText("x", r.m.size(Sizes()), fyne.TextStyle{Bold: true}).Height)
}

func (r *markedRenderer) Layout(s fyne.Size) {
	if r.width == s.Width {
		return
	}
	r.width = s.Width
	r.objects = r.objects[:0]
	size, x := r.m.size(Sizes()), float32(0)
	for _, p := range r.m.parts {
		style, ink := fyne.TextStyle{Bold: p.Marked}, r.m.ink
		if p.Marked {
			ink = Text
		}
		text := Elide(oneLine(p.Text), s.Width-x, size, style)
		if text == "" {
			break
		}
		var runs RunTexts
		width := runs.Show(text, fyne.NewPos(x, 0), s.Height, size, style, ink)
		if p.Marked && text != "…" {
			back := canvas.NewRectangle(color.Transparent)
			back.FillColor, back.CornerRadius = Now().AccentSoft, 3
			back.Move(fyne.NewPos(x-1, 0))
			back.Resize(fyne.NewSize(width+2, s.Height))
			r.objects = append(r.objects, back)
		}
		r.objects = runs.Objects(r.objects)
		if x += width; text != oneLine(p.Text) {
			break
		}
	}
}

func (r *markedRenderer) Refresh() {
	r.width = -1
	r.Layout(r.m.Size())
	canvas.Refresh(r.m)
}
