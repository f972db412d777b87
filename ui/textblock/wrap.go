package textblock

import (
	"sort"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"github.com/rivo/uniseg"

	"hearth/internal/bidi"
	"hearth/internal/markup"
	"hearth/ui/look"
)

// Line is one line of a wrapped text. The blanks and the line break at its end
// belong to neither line.
type Line struct {
	Start, End int     // offsets
	X, Y       float32 // corner, pixels
	Width      float32 // pixels
	Code       bool    // in a block of code
	Trailing   bool    // runs from right to left and ends at the right edge
}

// Layout is a text wrapped to a width. Immutable.
type Layout struct {
	Text  *Text
	Lines []Line
	Font  Font
	// Width is that of the widest line, with what stands left of it.
	Width float32
	// Height of the whole text.
	Height float32
	// Boxes are the blocks of code.
	Boxes []Box
	// Bars stand left of quotations.
	Bars []Box

	runs []bidi.Run // all, in the order of writing; nil: everything runs from left to right
}

// Box is where a block of code or the bar of a quotation stands.
type Box struct {
	Start, End int // offsets of what it holds
	X, Y, W, H float32
}

// Font is what wrapping depends on besides the width.
type Font struct {
	Size  float32
	Style fyne.TextStyle
	Line  float32 // distance between base lines
}

// Distances in a text, for a font of 14.
const (
	codePad  float32 = 9  // around a block of code
	codeMark float32 = 14 // right of it, for the mark to copy it
	quoteIn  float32 = 13
	barWidth float32 = 3
	// blankLess is how much lower than others a line is that only separates, as
	// part of its height.
	blankLess float32 = 0.45
)

// scaled is a distance in this font.
func (f Font) scaled(d float32) float32 { return d * f.Size / 14 }

// in returns the font of a style.
func (f Font) in(s markup.Style) Font {
	if s&markup.Code != 0 { // of which there is one face
		f.Style = fyne.TextStyle{Monospace: true}
		f.Size *= 0.93
		return f
	}
	f.Style.Bold = f.Style.Bold || s&markup.Bold != 0
	f.Style.Italic = f.Style.Italic || s&markup.Italic != 0
	return f
}

// LastWidth is the width of the last line, for what may stand behind it.
func (l *Layout) LastWidth() float32 {
	if len(l.Lines) == 0 {
		return 0
	}
	last := l.Lines[len(l.Lines)-1]
	return last.X + last.Width
}

// EndsInCode reports whether the last line is in the box of a block of code, so
// that nothing may stand behind it.
func (l *Layout) EndsInCode() bool {
	return len(l.Lines) > 0 && l.Lines[len(l.Lines)-1].Code
}

// Wrap breaks the text into lines of at most width pixels: at the places Unicode
// allows (Chinese between signs, but not before a full stop), inside a word only
// where it alone is too long.
func (t *Text) Wrap(width float32, font Font) *Layout {
	w := &wrapper{layout: &Layout{Text: t, Font: font}, most: max(width, font.Size*2)}
	at := 0
	for i, b := range t.AllBlocks() {
		for ; i > 0 && at+1 < b.Start; at++ { // the empty lines between
			w.put(at+1, at+1, 0, false)
			w.y -= font.Line * blankLess
		}
		w.block(b)
		at = b.End
	}
	w.layout.order()
	w.layout.stand(w.most)
	if t.draft {
		w.layout.Width = w.most
	}
	w.bars()
	w.layout.align()
	return w.layout
}

// joiner makes one character of those on both sides of it.
const joiner = "\u200D"

// wrapper is the state of one Wrap.
type wrapper struct {
	layout *Layout
	most   float32 // width of the whole
	y      float32

	// Of the block.
	left  float32 // where its lines begin
	first float32 // where its first line begins
	width float32 // of its lines
	lines int     // so far

	// Of the line being filled.
	start, stop int     // stop excludes blanks at its end
	fill        float32 // width up to stop
	blank       float32 // width of the blanks after stop
}

func (w *wrapper) block(b markup.Block) {
	font, text := w.layout.Font, w.layout.Text
	w.lines, w.first = 0, min(float32(b.Quote)*font.scaled(quoteIn), w.most/3)
	if b.List > 1 {
		w.first = min(w.first+float32(b.List-1)*font.scaled(18), w.most/2)
	}
	w.left = w.first
	switch {
	case b.Marker > 0:
		w.left += text.width(font, b.Start, b.Start+b.Marker, false)
	case b.List > 0: // a further block of an item
		w.first += font.scaled(18)
		w.left = w.first
	}
	w.width = w.most - w.left
	if b.Code {
		w.code(b)
		return
	}
	w.start, w.stop, w.fill, w.blank = b.Start, b.Start, 0, 0
	rest, state, at := text.Plain[b.Start:b.End], -1, b.Start
	if b.Marker > 0 { // the marker stands in the margin
		w.first, w.stop = w.left, b.Start+b.Marker
		rest, at, w.start = rest[b.Marker:], w.stop, w.stop
	}
	for rest != "" {
		var segment string
		segment, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		for strings.HasPrefix(rest, joiner) { // the library breaks after a skin tone
			var more string
			more, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
			segment = text.Plain[at : at+len(segment)+len(more)]
		}
		if end := min(text.linkEnd(at, len(segment)), b.End); end > at+len(segment) {
			segment = text.Plain[at:end] // an address is torn only where it alone is too long
			rest, state = text.Plain[end:b.End], -1
		}
		w.add(at, segment)
		at += len(segment)
		if strings.HasSuffix(segment, "\n") {
			w.end(at)
		}
	}
	if w.start < b.End || w.lines == 0 || text.draft && strings.HasSuffix(text.Plain, "\n") {
		w.end(b.End)
	}
	if b.Marker > 0 {
		w.outdent(b)
	}
}

// outdent lets the first line of a list's item begin with its marker.
func (w *wrapper) outdent(b markup.Block) {
	l := &w.layout.Lines[len(w.layout.Lines)-w.lines]
	hang := w.layout.Text.width(w.layout.Font, b.Start, b.Start+b.Marker, false)
	l.Start, l.X, l.Width = b.Start, l.X-hang, l.Width+hang
}

// code lays out a block whose lines and blanks stay as they are.
func (w *wrapper) code(b markup.Block) {
	font, plain := w.layout.Font, w.layout.Text.Plain
	pad := font.scaled(codePad)
	if w.y > 0 {
		w.y += pad / 3
	}
	width := w.layout.Width
	w.layout.Width = 0
	box := Box{Start: b.Start, End: b.End, X: w.left, Y: w.y}
	w.y += pad
	w.left += pad
	w.first = w.left
	w.width -= 2*pad + codeMark
	measure := measureOf(font.in(markup.Code))
	for at := b.Start; ; {
		end := b.End
		if i := strings.IndexByte(plain[at:b.End], '\n'); i >= 0 {
			end = at + i
		}
		for at < end {
			n := end - at
			if wide, whole := measure.word(plain[at:end], w.width); whole {
				w.put(at, end, wide, true)
			} else {
				n = measure.fit(plain[at:end], w.width)
				w.put(at, at+n, measure.text(plain[at:at+n]), true)
			}
			at += n
			if at == end {
				break
			}
		}
		if w.lines == 0 || at == end && (at == b.Start || plain[at-1] == '\n') {
			w.put(at, at, 0, true) // an empty line
		}
		if end == b.End {
			break
		}
		at = end + 1
	}
	w.y += pad
	box.H = w.y - box.Y
	w.y += pad / 3
	w.layout.Height = w.y
	w.layout.Width = max(width, w.layout.Width+pad+codeMark)
	w.layout.Boxes = append(w.layout.Boxes, box)
}

// bars places what depends on the width of the whole: boxes of code, and bars
// from the first to the last line of each quotation.
func (w *wrapper) bars() {
	l := w.layout
	l.Width = min(l.Width, w.most)
	for i := range l.Boxes {
		l.Boxes[i].W = l.Width - l.Boxes[i].X
	}
	blocks := l.Text.AllBlocks()
	for depth := 1; ; depth++ {
		found := false
		for i := 0; i < len(blocks); i++ {
			if blocks[i].Quote < depth {
				continue
			}
			found = true
			from := i
			for i+1 < len(blocks) && blocks[i+1].Quote >= depth {
				i++
			}
			first, last := l.lineOf(blocks[from].Start), l.lineOf(blocks[i].End)
			top, bottom := l.Lines[first].Y, l.Lines[last].Y+l.Font.Line
			l.Bars = append(l.Bars, Box{
				Start: blocks[from].Start, End: blocks[i].End,
				X: float32(depth-1) * l.Font.scaled(quoteIn), Y: top + 2, W: barWidth, H: bottom - top - 4,
			})
		}
		if !found {
			return
		}
	}
}

// lineOf is the line an offset stands on.
func (l *Layout) lineOf(offset int) int {
	return max(0, sort.Search(len(l.Lines), func(i int) bool { return l.Lines[i].Start > offset })-1)
}

// lineAt is the line at a height; len(Lines) below the last.
func (l *Layout) lineAt(y float32) int {
	return sort.Search(len(l.Lines), func(i int) bool {
		bottom := l.Lines[i].Y + l.Font.Line
		if i+1 < len(l.Lines) { // lines that only separate are lower
			bottom = min(bottom, l.Lines[i+1].Y)
		}
		return bottom > y
	})
}

// add puts a segment that may not be broken, blanks after it included, on the
// line, or on the next. A word wider than any line is broken between characters.
func (w *wrapper) add(at int, segment string) {
	word := strings.TrimRight(segment, " \n")
	next := at + len(segment)
	blanks := w.blanks(at, at+len(word), next)
	wide, whole := w.wide(at, at+len(word))
	joint := w.joint(at, word)
	if w.stop > w.start && (!whole || w.fill+w.blank+joint+wide > w.width) {
		w.end(at)
		joint = 0
	} else if w.stop == w.start && w.blank > 0 && (!whole || w.blank+wide > w.width) {
		w.start, w.stop, w.blank = at, at, 0 // indented, but the word needs the room
	}
	for !whole {
		n, fill := w.part(at, word)
		w.stop, w.fill, w.blank = at+n, fill, 0
		at, word = at+n, word[n:]
		w.end(at)
		wide, whole = w.wide(at, at+len(word))
	}
	if word != "" {
		w.fill += w.blank + joint + wide
		w.blank = 0
		w.stop = at + len(word)
	}
	w.blank += blanks
}

// part is how much of a word that is wider than a line fits on one, in whole
// characters, and how wide that is; at least one character.
func (w *wrapper) part(at int, word string) (n int, wide float32) {
	m := measureOf(w.layout.Font.in(w.styleAt(at)))
	for room := w.width; ; {
		n = m.fit(word, room)
		wide = w.layout.Text.width(w.layout.Font, at, at+n, false)
		if wide <= w.width || room <= 0 {
			return n, wide
		}
		// Characters that move apart beside each other, or letters of several styles.
		room -= max(wide-w.width, 1)
	}
}

// blanks is how wide the blanks between two offsets are, which stand behind the word
// that begins at word: they are drawn in its font, and in their style.
func (w *wrapper) blanks(word, start, end int) (wide float32) {
	t := w.layout.Text
	if start == end || t.Plain[end-1] == '\n' { // which ends the line
		return 0
	}
	if word == start { // it was added before: an address ends there
		word = min(w.start, start)
	}
	before := lastOf(t.Plain[word:start])
	if len(t.Spans) == 0 && before < "\u0300" {
		return float32(end-start) * measureOf(w.layout.Font).blank
	}
	t.Pieces(start-len(before), end, func(from, to int, s markup.Style) {
		m := measureOf(w.layout.Font.in(s))
		switch {
		case from >= start:
			wide += m.known(t.Plain[from:to])
		case to > start:
			wide += m.known(t.Plain[from:to]) - m.known(t.Plain[from:start])
		}
	})
	return wide
}

// joint is how much nearer a word comes to what stands right before it on the line
// than their widths say, below zero, or how much farther: some letters move together.
func (w *wrapper) joint(at int, word string) (wide float32) {
	if w.stop == w.start || w.blank > 0 || word == "" {
		return 0
	}
	t := w.layout.Text
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(t.Plain[w.start:w.stop])
	if still(first) || still(last) && first != ' ' { // a blank takes the width of what it is behind
		return 0
	}
	before, after := lastOf(t.Plain[w.start:w.stop]), firstOf(word)
	start, end := at-len(before), at+len(after)
	t.Pieces(start, end, func(from, to int, s markup.Style) {
		if from == start && to == end {
			m := measureOf(w.layout.Font.in(s))
			wide = m.known(t.Plain[start:end]) - m.known(before) - m.known(after)
		}
	})
	return wide
}

// still reports a sign that nothing beside it moves, one that stands in a square of its
// own or is a picture: such a text has a joint behind each.
func still(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3 || r >= 0x1F000 || r == '\uFE0F'
}

// lastOf is the last character of a word.
func lastOf(word string) string {
	r, n := utf8.DecodeLastRuneInString(word)
	if r < 0x300 || r < 0xFE00 && still(r) {
		return word[len(word)-n:]
	}
	if len(word) > 2*maxWordLen {
		word = word[len(word)-2*maxWordLen:]
		for !utf8.RuneStart(word[0]) {
			word = word[1:]
		}
	}
	for state := -1; ; {
		var g string
		if g, word, state = look.Cluster(word, state); word == "" {
			return g
		}
	}
}

// firstOf is the first character of a word, or all blanks before it: no line ends between
// those and a full stop.
func firstOf(word string) string {
	if n := len(word) - len(strings.TrimLeft(word, " ")); n > 0 {
		return word[:n]
	}
	if r, n := utf8.DecodeRuneInString(word); r < 0x300 && (n == len(word) || word[n] < utf8.RuneSelf) {
		return word[:n]
	}
	g, _, _ := look.Cluster(word, -1)
	return g
}

// wide measures a word; false if it is wider than a line.
func (w *wrapper) wide(start, end int) (float32, bool) {
	t := w.layout.Text
	if len(t.Spans) == 0 && len(t.fields) == 0 {
		return measureOf(w.layout.Font).word(t.Plain[start:end], w.width)
	}
	total, whole := t.pads(w.layout.Font, start, end), true
	t.Pieces(start, end, func(start, end int, s markup.Style) {
		if !whole {
			return
		}
		one, fits := measureOf(w.layout.Font.in(s)).word(t.Plain[start:end], w.width)
		total += one
		whole = fits
	})
	return total, whole && total <= w.width
}

func (w *wrapper) styleAt(offset int) (style markup.Style) {
	w.layout.Text.Pieces(offset, offset+1, func(_, _ int, s markup.Style) { style = s })
	return style
}

// end finishes the line; the next one begins at an offset.
func (w *wrapper) end(next int) {
	stop, fill := w.stop, w.fill
	if t := w.layout.Text; t.draft && (next == len(t.Plain) || next > 0 && t.Plain[next-1] == '\n') {
		if stop = next; next > w.start && t.Plain[next-1] == '\n' {
			stop--
		}
		if stop > w.stop {
			fill = t.width(w.layout.Font, w.start, stop, false)
		}
	}
	w.put(w.start, stop, fill, false)
	w.start, w.stop = next, next
	w.fill, w.blank = 0, 0
}

// put adds a line.
func (w *wrapper) put(start, end int, width float32, code bool) {
	x := w.left
	if w.lines == 0 {
		x = w.first
	}
	l := w.layout
	l.Lines = append(l.Lines, Line{Start: start, End: end, X: x, Y: w.y, Width: width, Code: code})
	l.Width = max(l.Width, x+width)
	w.y += l.Font.Line
	l.Height = w.y
	w.lines++
}

// width measures a stretch of one line; code says that all of it is code.
func (t *Text) width(font Font, start, end int, code bool) (width float32) {
	if code {
		return measureOf(font.in(markup.Code)).text(t.Plain[start:end])
	}
	if len(t.Spans) == 0 && len(t.fields) == 0 {
		return measureOf(font).text(t.Plain[start:end])
	}
	width = t.pads(font, start, end)
	t.Pieces(start, end, func(start, end int, s markup.Style) {
		width += measureOf(font.in(s)).text(t.Plain[start:end])
	})
	return width
}
