package textblock

import (
	"sort"
	"strings"

	"fyne.io/fyne/v2"
	"github.com/rivo/uniseg"

	"hearth/ui/linkguard"
)

// Text is a message as it is shown. Immutable after Parse.
type Text struct {
	// Plain is the cleaned text: what is drawn, and what copying yields.
	Plain string
	// Links are the addresses in Plain that may be opened.
	Links []linkguard.Span
}

// Parse cleans what somebody wrote and finds its links. Blank lines at the end
// are dropped.
func Parse(raw string) *Text {
	plain := strings.TrimRight(linkguard.CleanText(raw), " \n")
	return &Text{Plain: plain, Links: linkguard.Find(plain)}
}

// LinkAt returns the link over an offset, nil if there is none.
func (t *Text) LinkAt(offset int) *linkguard.Link {
	for i := range t.Links {
		if l := &t.Links[i]; offset >= l.Start && offset < l.End {
			return &l.Link
		}
	}
	return nil
}

// Word returns the borders of the word around an offset, for double clicks. A
// link is one word.
func (t *Text) Word(offset int) (start, end int) {
	for _, l := range t.Links {
		if offset >= l.Start && offset < l.End {
			return l.Start, l.End
		}
	}
	// Look at the line only: words do not cross lines.
	from := strings.LastIndexByte(t.Plain[:offset], '\n') + 1
	to := len(t.Plain)
	if i := strings.IndexByte(t.Plain[offset:], '\n'); i >= 0 {
		to = offset + i
	}
	rest, state, at := t.Plain[from:to], -1, from
	for rest != "" {
		var word string
		word, rest, state = uniseg.FirstWordInString(rest, state)
		if offset < at+len(word) {
			return at, at + len(word)
		}
		at += len(word)
	}
	return offset, offset
}

// Line is one line of a wrapped text. The blanks and the line break at its end
// belong to neither line.
type Line struct {
	Start, End int     // offsets
	Width      float32 // pixels
}

// Layout is a text wrapped to a width. Immutable.
type Layout struct {
	Text  *Text
	Lines []Line
	Font  Font
	// Width is that of the widest line.
	Width float32
}

// Font is what wrapping depends on besides the width.
type Font struct {
	Size  float32
	Style fyne.TextStyle
	Line  float32 // distance between base lines
}

// Height of the whole text.
func (l *Layout) Height() float32 { return float32(len(l.Lines)) * l.Font.Line }

// LastWidth is the width of the last line, for what may stand behind it.
func (l *Layout) LastWidth() float32 {
	if len(l.Lines) == 0 {
		return 0
	}
	return l.Lines[len(l.Lines)-1].Width
}

// Wrap breaks the text into lines of at most width pixels: at the places Unicode
// allows (Chinese between signs, but not before a full stop), inside a word only
// where it alone is too long.
func (t *Text) Wrap(width float32, font Font) *Layout {
	w := wrapper{layout: &Layout{Text: t, Font: font}, width: max(width, font.Size*2), measure: measureOf(font)}
	rest, state, at := t.Plain, -1, 0
	for rest != "" {
		var segment string
		segment, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		if end := t.linkEnd(at, len(segment)); end > at+len(segment) {
			segment = t.Plain[at:end] // an address is torn only where it alone is too long
			rest, state = t.Plain[end:], -1
		}
		w.add(at, segment)
		at += len(segment)
		if strings.HasSuffix(segment, "\n") {
			w.end(at)
		}
	}
	if w.start < len(t.Plain) || len(w.layout.Lines) == 0 {
		w.end(len(t.Plain))
	}
	return w.layout
}

// linkEnd is where the link ends that a segment of n bytes reaches into, 0 if it
// reaches into none.
func (t *Text) linkEnd(at, n int) int {
	i := sort.Search(len(t.Links), func(i int) bool { return t.Links[i].End > at })
	if i < len(t.Links) && t.Links[i].Start < at+n {
		return t.Links[i].End
	}
	return 0
}

// wrapper is the state of one Wrap.
type wrapper struct {
	layout  *Layout
	width   float32
	measure *measure

	start, stop int     // of the line being filled; stop excludes blanks at its end
	fill        float32 // width up to stop
	blank       float32 // width of the blanks after stop
}

// add puts a segment that may not be broken, blanks after it included, on the
// line, or on the next. A word wider than any line is broken between characters.
func (w *wrapper) add(at int, segment string) {
	word := strings.TrimRight(segment, " \n")
	blanks := float32(strings.Count(segment[len(word):], " ")) * w.measure.blank
	wide, whole := w.measure.word(word, w.width)
	if w.stop > w.start && (!whole || w.fill+w.blank+wide > w.width) {
		w.end(at)
	} else if w.stop == w.start && w.blank > 0 && (!whole || w.blank+wide > w.width) {
		w.start, w.stop, w.blank = at, at, 0 // indented, but the word needs the room
	}
	for !whole {
		n := w.measure.fit(word, w.width)
		w.stop, w.fill, w.blank = at+n, w.measure.text(word[:n]), 0
		at, word = at+n, word[n:]
		w.end(at)
		wide, whole = w.measure.word(word, w.width)
	}
	if word != "" {
		w.fill += w.blank + wide
		w.blank = 0
		w.stop = at + len(word)
	}
	w.blank += blanks
}

// end finishes the line; the next one begins at an offset.
func (w *wrapper) end(next int) {
	w.layout.Lines = append(w.layout.Lines, Line{Start: w.start, End: w.stop, Width: w.fill})
	w.layout.Width = max(w.layout.Width, w.fill)
	w.start, w.stop = next, next
	w.fill, w.blank = 0, 0
}
