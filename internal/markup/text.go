package markup

import (
	"sort"
	"strings"

	"hearth/internal/linkguard"
)

// Text is a message as it is shown. Immutable after Parse.
type Text struct {
	// Plain is the cleaned text without its markup: what is drawn, and what
	// copying yields.
	Plain string
	// Links are the addresses in Plain that may be opened, in order.
	Links []linkguard.Span
	// Spans are the stretches that are not in the ordinary style, in order.
	Spans []Span
	// Blocks are the paragraphs, quotes, list items and pieces of code, in order;
	// between two of them stands at least one line break. None: one paragraph.
	Blocks []Block
	// Titles are the links that are shown by words, in order; see [Text.Title].
	Titles []Titled
}

// Style is how a stretch of text is set, a sum of the values below.
type Style uint8

// Styles.
const (
	Bold Style = 1 << iota
	Italic
	Strike
	Code
)

// Span is a stretch of text in one style; Start and End are offsets.
type Span struct {
	Start, End int
	Style      Style
}

// Block is a part of a text that begins on a line of its own.
type Block struct {
	Start, End int
	Code       bool   // set as it is written, in a box
	Language   string // of code, as its author names it
	Quote      int    // how many quotations deep
	List       int    // how many lists deep
	Marker     int    // length of the list's marker at Start, the blank behind it included
}

// Parse cleans what somebody wrote and finds its links. Blank lines at the end
// are dropped. Nothing in it is taken for markup.
func Parse(raw string) *Text {
	plain := clean(raw)
	return &Text{Plain: plain, Links: linkguard.Find(plain)}
}

func clean(raw string) string { return strings.TrimRight(linkguard.CleanText(raw), " \n") }

// AllBlocks are the blocks of a text, at least one.
func (t *Text) AllBlocks() []Block {
	if len(t.Blocks) == 0 {
		return []Block{{End: len(t.Plain)}}
	}
	return t.Blocks
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

// Pieces calls f for each stretch of one style between two offsets.
func (t *Text) Pieces(start, end int, f func(start, end int, s Style)) {
	i := sort.Search(len(t.Spans), func(i int) bool { return t.Spans[i].End > start })
	for start < end {
		stop, style := end, Style(0)
		if i < len(t.Spans) {
			if s := t.Spans[i]; s.Start > start {
				stop = min(end, s.Start)
			} else {
				stop, style = min(end, s.End), s.Style
				i++
			}
		}
		f(start, stop, style)
		start = stop
	}
}
