package look

import (
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hearth/internal/bidi"
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

// Set changes the text.
func (m *Marked) Set(parts ...Part) {
	m.parts = parts
	m.Refresh()
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
	return Laid(m, &markedRenderer{m: m, width: -1})
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
	if whole := oneLine(r.m.Text()); !bidi.Simple(whole) {
		r.mixed(whole, s)
		return
	}
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
		if x += r.show(LineRuns(text), x, s.Height, p.Marked && text != "…", style, ink); text != oneLine(p.Text) {
			break
		}
	}
}

// show draws runs from x on and returns their width.
func (r *markedRenderer) show(list []Run, x, height float32, marked bool, style fyne.TextStyle, ink Ink) float32 {
	var runs RunTexts
	width := runs.ShowRuns(list, fyne.NewPos(x, 0), height, r.m.size(Sizes()), style, ink)
	if marked {
		back := canvas.NewRectangle(color.Transparent)
		back.FillColor, back.CornerRadius = Now().AccentSoft, 3
		back.Move(fyne.NewPos(x-1, 0))
		back.Resize(fyne.NewSize(width+2, height))
		r.objects = append(r.objects, back)
	}
	r.objects = runs.Objects(r.objects)
	return width
}

// mixed draws a line that does not only go from left to right. Its order is that of the
// whole line: what is marked changes nothing about it.
func (r *markedRenderer) mixed(whole string, s fyne.Size) {
	text := Elide(whole, s.Width, r.m.size(Sizes()), fyne.TextStyle{Bold: true})
	parts := bidi.Runs(text, bidi.Auto)
	bidi.Visual(parts)
	x := float32(0)
	for _, p := range parts {
		pieces := r.m.pieces(text, p)
		if p.RTL() {
			slices.Reverse(pieces)
		}
		for _, piece := range pieces {
			ink := r.m.ink
			if piece.marked {
				ink = Text
			}
			x += r.show(PartRuns(text[piece.start:piece.end], p.RTL()), x, s.Height, piece.marked, fyne.TextStyle{Bold: piece.marked}, ink)
		}
	}
}

// piece is a stretch of a run, marked or not.
type piece struct {
	start, end int
	marked     bool
}

// pieces splits a run of a text, which begins as the whole one does, where marks begin
// and end. From right to left whole words are marked: their letters are joined.
func (m *Marked) pieces(text string, run bidi.Run) (list []piece) {
	add := func(from, to int, marked bool) {
		from, to = max(from, run.Start), min(to, run.End)
		switch {
		case from >= to:
		case len(list) > 0 && list[len(list)-1].marked == marked:
			list[len(list)-1].end = to
		default:
			list = append(list, piece{from, to, marked})
		}
	}
	done, at := run.Start, 0
	for _, p := range m.parts {
		from, to := at, at+len(p.Text)
		if at = to; !p.Marked || to <= run.Start || from >= run.End {
			continue
		}
		from, to = max(from, run.Start), min(to, run.End)
		if run.RTL() {
			if i := strings.LastIndexByte(text[run.Start:from], ' '); i >= 0 {
				from = run.Start + i + 1
			} else {
				from = run.Start
			}
			if i := strings.IndexByte(text[to:run.End], ' '); i >= 0 {
				to += i
			} else {
				to = run.End
			}
		}
		add(done, from, false)
		add(max(done, from), to, true)
		done = max(done, to)
	}
	add(done, run.End, false)
	return list
}

func (r *markedRenderer) Refresh() {
	r.width = -1
	r.Layout(r.m.Size())
	canvas.Refresh(r.m)
}
