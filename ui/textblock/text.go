package textblock

import (
	"sort"
	"strings"

	"github.com/rivo/uniseg"

	"hearth/ui/linkguard"
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
	// Calls are the words that call somebody, in order; see [Text.FindCalls].
	Calls []Call
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

// blocks of a text, at least one.
func (t *Text) blocks() []Block {
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

// linkEnd is where the link ends that a segment of n bytes reaches into, 0 if it
// reaches into none. A link with words of its own breaks like any text.
func (t *Text) linkEnd(at, n int) int {
	i := sort.Search(len(t.Links), func(i int) bool { return t.Links[i].End > at })
	if i < len(t.Links) && t.Links[i].Start < at+n && !strings.ContainsAny(t.Plain[t.Links[i].Start:t.Links[i].End], " \n") {
		return t.Links[i].End
	}
	return 0
}

// pieces calls f for each stretch of one style between two offsets.
func (t *Text) pieces(start, end int, f func(start, end int, s Style)) {
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
