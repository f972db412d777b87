package textblock

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/ui/look"
)

// Range is a selection in a text; empty if Start equals End.
type Range struct{ Start, End int }

// Empty reports whether nothing is selected.
func (r Range) Empty() bool { return r.Start == r.End }

// Ordered returns the range with Start before End.
func (r Range) Ordered() Range {
	if r.Start > r.End {
		return Range{r.End, r.Start}
	}
	return r
}

// Colors are what a View draws with.
type Colors struct {
	Text, Link, Marked color.Color
}

// View draws a layout. Its objects are reused from Show to Show; the owner puts
// them into its container.
type View struct {
	texts []*canvas.Text
	marks []*canvas.Rectangle
	used  int // of texts
	lit   int // of marks

	layout *Layout // shown last
}

// Place says where and how much of a layout to draw.
type Place struct {
	At     fyne.Position // upper left corner of the text
	Width  float32       // of the block, for text that is not leading
	Align  fyne.TextAlign
	Top    float32 // height, from At, from which on lines are needed
	Bottom float32 // and up to which; 0 means all
}

// Show sets up the objects for the lines of a layout between two heights. A long
// message has thousands of lines; only those asked for become objects.
func (v *View) Show(l *Layout, p Place, c Colors, selected Range) {
	v.layout, v.used, v.lit = l, 0, 0
	from, to := 0, len(l.Lines)
	if p.Bottom > 0 {
		from = max(0, min(len(l.Lines), int(p.Top/l.Font.Line)))
		to = max(from, min(len(l.Lines), int(p.Bottom/l.Font.Line)+1))
	}
	selected = selected.Ordered()
	for i := from; i < to; i++ {
		v.line(i, p, c, selected)
	}
	for _, t := range v.texts[v.used:] {
		t.Text = "" // frees the message
	}
}

// line draws one line: its selection, then its stretches of one colour.
func (v *View) line(i int, p Place, c Colors, selected Range) {
	l, line := v.layout, v.layout.Lines[i]
	x := p.At.X
	switch p.Align {
	case fyne.TextAlignCenter:
		x += (p.Width - line.Width) / 2
	case fyne.TextAlignTrailing:
		x += p.Width - line.Width
	}
	y := p.At.Y + float32(i)*l.Font.Line
	if s, e := max(selected.Start, line.Start), min(selected.End, line.End); s < e || s == e && selected.Start < line.Start && selected.End > line.End {
		left, right := l.x(line, s), l.x(line, e)
		if selected.End > line.End {
			right += l.Font.Size * 0.35 // the line break is selected too
		}
		v.mark(fyne.NewPos(x+left, y), fyne.NewSize(right-left, l.Font.Line), c.Marked)
	}
	at := line.Start
	for _, link := range l.Text.Links {
		if link.End <= at || link.Start >= line.End {
			continue
		}
		s, e := max(link.Start, at), min(link.End, line.End)
		v.stretch(line, at, s, fyne.NewPos(x, y), c.Text)
		v.stretch(line, s, e, fyne.NewPos(x, y), c.Link)
		at = e
	}
	v.stretch(line, at, line.End, fyne.NewPos(x, y), c.Text)
}

// stretch draws part of a line in one colour; pos is the line's corner. Each
// script is an object of its own, moved to the common base line.
func (v *View) stretch(line Line, start, end int, pos fyne.Position, ink color.Color) {
	if start >= end {
		return
	}
	l := v.layout
	pos.X += l.x(line, start)
	for _, r := range look.Runs(l.Text.Plain[start:end]) {
		if v.used == len(v.texts) {
			v.texts = append(v.texts, &canvas.Text{})
		}
		t := v.texts[v.used]
		v.used++
		t.Text, t.Color, t.TextSize, t.TextStyle = r.Text, ink, r.Size(l.Font.Size), l.Font.Style
		size := fyne.NewSize(line.Width, l.Font.Line)
		if len(r.Text) < line.End-line.Start {
			size.Width = measureOf(l.Font).text(r.Text)
		}
		if r.Script == look.Latin {
			t.Move(pos) // in a box of the line's height the toolkit centres the letters
		} else {
			size.Height = 1 // and here it must not: the run is placed by its base line
			t.Move(pos.AddXY(0, (l.Font.Line-measureOf(l.Font).height)/2-r.Rise(l.Font.Size, l.Font.Style)))
		}
		t.Resize(size)
		pos.X += size.Width
	}
}

func (v *View) mark(pos fyne.Position, size fyne.Size, ink color.Color) {
	if v.lit == len(v.marks) {
		r := canvas.NewRectangle(ink)
		r.CornerRadius = 2
		v.marks = append(v.marks, r)
	}
	r := v.marks[v.lit]
	v.lit++
	r.FillColor = ink
	r.Move(pos)
	r.Resize(size)
}

// Objects appends what Show set up, in drawing order.
func (v *View) Objects(dst []fyne.CanvasObject) []fyne.CanvasObject {
	for _, r := range v.marks[:v.lit] {
		dst = append(dst, r)
	}
	for _, t := range v.texts[:v.used] {
		dst = append(dst, t)
	}
	return dst
}

// x is the distance of an offset from the start of its line.
func (l *Layout) x(line Line, offset int) float32 {
	if offset <= line.Start {
		return 0
	}
	if offset >= line.End {
		return line.Width
	}
	return measureOf(l.Font).text(l.Text.Plain[line.Start:offset])
}

// Hit returns the offset nearest to a point relative to the text's corner. on
// reports whether the point lies over a character, not in the room around.
func (l *Layout) Hit(p fyne.Position) (offset int, on bool) {
	if len(l.Lines) == 0 {
		return 0, false
	}
	i := int(p.Y / l.Font.Line)
	if p.Y < 0 {
		return 0, false
	}
	if i >= len(l.Lines) {
		return len(l.Text.Plain), false
	}
	line := l.Lines[i]
	if p.X <= 0 {
		return line.Start, false
	}
	if p.X >= line.Width {
		return line.End, false
	}
	at, _ := l.near(line, p.X)
	return at, true
}

// At returns the character under a point relative to the text's corner, -1 if
// there is none; for links and words.
func (l *Layout) At(p fyne.Position) int {
	i := int(p.Y / l.Font.Line)
	if p.Y < 0 || p.X < 0 || i >= len(l.Lines) || p.X >= l.Lines[i].Width {
		return -1
	}
	_, under := l.near(l.Lines[i], p.X)
	return under
}

// near finds the border nearest to x in a line, and the character under x.
func (l *Layout) near(line Line, x float32) (border, under int) {
	ends := []int{line.Start}
	for rest, state, at := l.Text.Plain[line.Start:line.End], -1, line.Start; rest != ""; {
		var g string
		g, rest, state = look.Cluster(rest, state)
		at += len(g)
		ends = append(ends, at)
	}
	low, high := 0, len(ends)-1 // the border at low is left of x, that at high right of it
	for low+1 < high {
		mid := (low + high) / 2
		if l.x(line, ends[mid]) <= x {
			low = mid
		} else {
			high = mid
		}
	}
	left, right := l.x(line, ends[low]), l.x(line, ends[high])
	if x-left > right-x {
		return ends[high], ends[low]
	}
	return ends[low], ends[low]
}
