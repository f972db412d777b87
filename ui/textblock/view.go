package textblock

import (
	"image/color"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/internal/markup"
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
	// Code is the ink of the parts of code, by [Shade.Ink]; nil: all are Text.
	Code []color.NRGBA
	// Box is behind code, Bar beside quotations.
	Box, Bar color.Color
	// Call is the ink of a word that calls somebody, Back what lies behind it; the
	// Me ones are of words that call the person at this window.
	Call, CallBack, CallMe, CallMeBack color.Color
}

// View draws a layout. Its objects are reused from Show to Show; the owner puts
// them into its container.
type View struct {
	texts []*canvas.Text
	rects []*canvas.Rectangle
	used  int // of texts
	under int // of rects: below the text
	over  []*canvas.Rectangle
	lines int // of over: lines through the text

	pictures look.Pictures // emoji
	shades   [][]Shade     // of the blocks of code, while showing

	layout      *Layout // shown last
	left, right float32 // what is needed of its lines; see [Place]
}

// Place says where and how much of a layout to draw.
type Place struct {
	At     fyne.Position // upper left corner of the text
	Width  float32       // of the block, for text that is not leading
	Align  fyne.TextAlign
	Top    float32 // height, from At, from which on lines are needed
	Bottom float32 // and up to which; 0 means all
	Left   float32 // distance, from At, from which on letters are needed
	Right  float32 // and up to which; 0 means all
	// Shades are the colours of the blocks of code, by their place in Layout.Boxes; it
	// may be shorter.
	Shades [][]Shade
}

// Shade is a part of a block of code that has a colour; Start and End are bytes from
// the block's beginning. They come in order.
type Shade struct {
	Start, End int
	Ink        look.CodeInk
}

// Show sets up the objects for the lines of a layout between two heights. A long
// message has thousands of lines; only those asked for become objects.
func (v *View) Show(l *Layout, p Place, c Colors, selected Range) {
	v.layout, v.used, v.under, v.lines = l, 0, 0, 0
	v.shades, v.left, v.right = p.Shades, p.Left, p.Right
	v.pictures.Begin()
	from, to := 0, len(l.Lines)
	if p.Bottom > 0 {
		from = min(to, l.lineAt(p.Top))
		to = max(from, min(to, l.lineAt(p.Bottom)+1))
	}
	for _, b := range l.Boxes {
		v.rect(p.At.AddXY(b.X, b.Y), fyne.NewSize(b.W, b.H), c.Box, 6)
	}
	for _, b := range l.Bars {
		v.rect(p.At.AddXY(b.X, b.Y), fyne.NewSize(b.W, b.H), c.Bar, barWidth/2)
	}
	selected = selected.Ordered()
	for i := from; i < to; i++ {
		v.line(i, p, c, selected)
	}
	v.shades = nil
	for _, t := range v.texts[v.used:] {
		t.Text = "" // frees the message
	}
}

// line draws one line: its selection, then its stretches of one colour and style.
func (v *View) line(i int, p Place, c Colors, selected Range) {
	l, line := v.layout, v.layout.Lines[i]
	at := p.At.AddXY(line.X, line.Y)
	if line.Trailing && p.Align != fyne.TextAlignLeading { // it is where it is aligned to
		at.X = p.At.X
	}
	switch p.Align {
	case fyne.TextAlignCenter:
		at.X += (p.Width - line.Width) / 2
	case fyne.TextAlignTrailing:
		at.X += p.Width - line.Width
	}
	if !line.Code {
		v.codeSpans(line, at, c)
	}
	if s, e := max(selected.Start, line.Start), min(selected.End, line.End); s < e || s == e && selected.Start < line.Start && selected.End > line.End {
		v.mark(line, Range{s, e}, selected.End > line.End, at, c)
	}
	from := line.Start
	l.Text.inks(line, c, func(start, end int, ink, back color.Color) {
		v.plain(line, from, start, at, c)
		if back != nil {
			v.field(line, start, end, at, back, 5)
		}
		v.stretch(line, start, end, at, ink)
		from = end
	})
	v.plain(line, from, line.End, at, c)
}

// mark draws what is selected of a line, and with it the line break behind it.
func (v *View) mark(line Line, r Range, lineBreak bool, at fyne.Position, c Colors) {
	l := v.layout
	more := float32(0)
	if lineBreak {
		more = l.Font.Size * 0.35
	}
	l.across(line, r.Start, r.End, func(x, width float32) {
		switch {
		case line.Trailing && x <= 0:
			x, width = x-more, width+more
		case !line.Trailing && x+width >= line.Width:
			width += more
		}
		if v.right > 0 { // what is not seen may be wider than can be painted
			from := max(x, v.left-line.X-l.Font.Size)
			if width = min(x+width, v.right-line.X+l.Font.Size) - from; width <= 0 {
				return
			}
			x = from
		}
		v.rect(at.AddXY(x, 0), fyne.NewSize(width, l.Font.Line), c.Marked, 2)
	})
}

// plain draws part of a line in the ordinary colour or, of code, in those of its parts.
func (v *View) plain(line Line, start, end int, at fyne.Position, c Colors) {
	if line.Code && len(c.Code) > 0 && start < end {
		box, shades := v.shadesOf(line)
		for _, s := range shades {
			from, to := max(start, box+s.Start), min(end, box+s.End)
			if from >= end {
				break
			}
			if from < to && int(s.Ink) < len(c.Code) {
				v.stretch(line, start, from, at, c.Text)
				v.stretch(line, from, to, at, c.Code[s.Ink])
				start = to
			}
		}
	}
	v.stretch(line, start, end, at, c.Text)
}

// shadesOf returns where the block of a line of code begins, and the shades from that
// line on.
func (v *View) shadesOf(line Line) (start int, shades []Shade) {
	for i, b := range v.layout.Boxes {
		if i == len(v.shades) {
			break
		}
		if line.Start >= b.Start && line.Start <= b.End {
			list := v.shades[i]
			first := sort.Search(len(list), func(k int) bool { return b.Start+list[k].End > line.Start })
			return b.Start, list[first:]
		}
	}
	return 0, nil
}

// inks calls f for the stretches of a line that are not in the ordinary colour, in
// order: links and calls, which never overlap.
func (t *Text) inks(line Line, c Colors, f func(start, end int, ink, back color.Color)) {
	links, calls := t.Links, t.Calls
	for len(links) > 0 || len(calls) > 0 {
		var start, end int
		var ink, back color.Color
		if len(calls) == 0 || len(links) > 0 && links[0].Start < calls[0].Start {
			start, end, ink, links = links[0].Start, links[0].End, c.Link, links[1:]
		} else {
			start, end, ink, back = calls[0].Start, calls[0].End, c.Call, c.CallBack
			if calls[0].Me {
				ink, back = c.CallMe, c.CallMeBack
			}
			calls = calls[1:]
		}
		if start, end = max(start, line.Start), min(end, line.End); start < end {
			f(start, end, ink, back)
		}
	}
}

// codeSpans draws what lies behind code within a line.
func (v *View) codeSpans(line Line, at fyne.Position, c Colors) {
	l := v.layout
	if len(l.Text.Spans) == 0 {
		return
	}
	l.Text.Pieces(line.Start, line.End, func(start, end int, s markup.Style) {
		if s&markup.Code == 0 {
			return
		}
		v.field(line, start, end, at, c.Box, 4)
	})
}

// field draws what lies behind letters that stand in a field. Where a line ends within
// it, it reaches over the line's edge.
func (v *View) field(line Line, start, end int, at fyne.Position, back color.Color, radius float32) {
	l := v.layout
	before, behind := l.Text.padsAt(l.Font, start, end)
	l.across(line, start, end, func(x, width float32) {
		if pad := l.Font.scaled(fieldPad); x <= 0 && before == 0 && start == line.Start {
			x, width = x-pad, width+pad
		}
		if pad := l.Font.scaled(fieldPad); x+width >= line.Width && behind == 0 && end == line.End {
			width += pad
		}
		v.rect(at.AddXY(x, 1), fyne.NewSize(width, l.Font.Line-2), back, radius)
	})
}

// stretch draws part of a line in one colour; pos is the line's corner.
func (v *View) stretch(line Line, start, end int, pos fyne.Position, ink color.Color) {
	if start >= end {
		return
	}
	l := v.layout
	parts := l.parts(line)
	if parts == nil {
		whole := part{start: start, end: end, x: l.x(line, start)}
		if v.right > 0 {
			whole.width = l.x(line, end) - whole.x
		}
		v.needed(line, whole, pos, ink)
		return
	}
	for _, p := range parts {
		v.needed(line, l.cut(line, p, start, end), pos, ink)
	}
}

// needed draws what is to be seen of a piece.
func (v *View) needed(line Line, p part, pos fyne.Position, ink color.Color) {
	if v.right > 0 {
		p = v.layout.within(line, p, v.left-line.X, v.right-line.X)
	}
	if p.start < p.end {
		v.piece(line, p, pos, ink)
	}
}

// piece draws what is of one direction and one colour; pos is the line's corner.
func (v *View) piece(line Line, p part, pos fyne.Position, ink color.Color) {
	l := v.layout
	if line.Code {
		v.runs(line, p, pos.AddXY(p.x, 0), markup.Code, ink)
		return
	}
	x := p.x
	l.Text.Pieces(p.start, p.end, func(start, end int, s markup.Style) {
		one := part{start: start, end: end, rtl: p.rtl}
		if p.rtl && (start > p.start || end < p.end) {
			one = l.cut(line, p, start, end)
			x = one.x
		}
		before, behind := l.Text.padsAt(l.Font, start, end)
		if p.rtl {
			before, behind = behind, before
		}
		x += before
		width := v.runs(line, one, pos.AddXY(x, 0), s, ink)
		if s&markup.Strike != 0 {
			v.through(fyne.NewPos(pos.X+x, pos.Y+l.Font.Line*0.54), width, ink)
		}
		x += width + behind
	})
}

// runs draws a piece of one style and direction and returns its width. Each script is an
// object of its own, moved to the common base line.
func (v *View) runs(line Line, p part, pos fyne.Position, s markup.Style, ink color.Color) (width float32) {
	l := v.layout
	font := l.Font.in(s)
	m := measureOf(font)
	if s != 0 || line.Code { // other letters, the same base line
		whole := measureOf(l.Font)
		pos.Y += (whole.base - whole.height/2) - (m.base - m.height/2)
	}
	for _, r := range look.PartRuns(l.Text.Plain[p.start:p.end], p.rtl) {
		if r.Script == look.Emoji {
			w := v.pictures.Add(r, pos.X, pos.Y+(l.Font.Line-m.height)/2+m.base, font.Size)
			pos.X += w
			width += w
			continue
		}
		t := v.next()
		t.Text, t.Color, t.TextSize, t.TextStyle = r.Text, ink, r.Size(font.Size), font.Style
		size := fyne.NewSize(line.Width, l.Font.Line)
		if len(r.Text) < line.End-line.Start {
			size.Width = m.text(r.Text)
		}
		if r.Script == look.Latin {
			t.Move(pos) // in a box of the line's height the toolkit centres the letters
		} else {
			size.Height = t.MinSize().Height // and here it must not: the run is placed by its base line
			t.Move(pos.AddXY(0, (l.Font.Line-m.height)/2-r.Rise(font.Size, font.Style)))
		}
		t.Resize(size)
		if right, faint, ok := r.Embolden(font.Size, font.Style, ink); ok {
			again := v.next()
			again.Text, again.Color, again.TextSize, again.TextStyle = t.Text, faint, t.TextSize, t.TextStyle
			again.Move(t.Position().AddXY(right, 0))
			again.Resize(size)
		}
		pos.X += size.Width
		width += size.Width
	}
	return width
}

// next returns one more text.
func (v *View) next() *canvas.Text {
	if v.used == len(v.texts) {
		v.texts = append(v.texts, &canvas.Text{})
	}
	v.used++
	return v.texts[v.used-1]
}

// rect draws something below the text.
func (v *View) rect(pos fyne.Position, size fyne.Size, ink color.Color, radius float32) {
	if v.under == len(v.rects) {
		v.rects = append(v.rects, &canvas.Rectangle{})
	}
	place(v.rects[v.under], pos, size, ink, radius)
	v.under++
}

// through draws a line through the text.
func (v *View) through(pos fyne.Position, width float32, ink color.Color) {
	if v.lines == len(v.over) {
		v.over = append(v.over, &canvas.Rectangle{})
	}
	place(v.over[v.lines], pos, fyne.NewSize(width, 1), ink, 0)
	v.lines++
}

func place(r *canvas.Rectangle, pos fyne.Position, size fyne.Size, ink color.Color, radius float32) {
	r.FillColor, r.CornerRadius = ink, radius
	r.Move(pos)
	r.Resize(size)
}

// Objects appends what Show set up, in drawing order.
func (v *View) Objects(dst []fyne.CanvasObject) []fyne.CanvasObject {
	for _, r := range v.rects[:v.under] {
		dst = append(dst, r)
	}
	for _, t := range v.texts[:v.used] {
		dst = append(dst, t)
	}
	dst = v.pictures.Objects(dst)
	for _, r := range v.over[:v.lines] {
		dst = append(dst, r)
	}
	return dst
}

// x is the distance of an offset from the start of its line, which runs from left to
// right.
func (l *Layout) x(line Line, offset int) float32 {
	if offset <= line.Start {
		return 0
	}
	if offset >= line.End {
		return line.Width
	}
	return l.Text.width(l.Font, line.Start, offset, line.Code)
}

// Hit returns the offset nearest to a point relative to the text's corner. on
// reports whether the point lies over a character, not in the room around.
func (l *Layout) Hit(p fyne.Position) (offset int, on bool) {
	if len(l.Lines) == 0 || p.Y < 0 {
		return 0, false
	}
	i := l.lineAt(p.Y)
	if i >= len(l.Lines) {
		return len(l.Text.Plain), false
	}
	line := l.Lines[i]
	x := p.X - line.X
	if x <= 0 || x >= line.Width {
		return l.edge(line, x > 0), false
	}
	at, _ := l.near(line, x)
	return at, true
}

// At returns the character under a point relative to the text's corner, -1 if
// there is none; for links and words.
func (l *Layout) At(p fyne.Position) int {
	i := l.lineAt(p.Y)
	if p.Y < 0 || i >= len(l.Lines) {
		return -1
	}
	line := l.Lines[i]
	x := p.X - line.X
	if x < 0 || x >= line.Width || p.Y < line.Y {
		return -1
	}
	_, under := l.near(line, x)
	return under
}
