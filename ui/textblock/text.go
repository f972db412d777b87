package textblock

import (
	"sort"
	"strings"

	"github.com/rivo/uniseg"

	"hearth/internal/markup"
)

// Text is a message as it is drawn. Immutable once its calls are found.
type Text struct {
	markup.Text
	// Calls are the words that call somebody, and keywords, in order; see [Text.FindCalls]
	// and [Text.FindWords].
	Calls []Call
	// Rightward says that the text runs from left to right as a whole, whatever it begins
	// with; see [Sentence].
	Rightward bool

	draft  bool    // see [Draft]
	fields []field // what stands in a field of its own, in order; see [Text.findFields]
}

// Parse is [markup.Parse] for a text that is to be drawn.
func Parse(raw string) *Text { return &Text{Text: *markup.Parse(raw)} }

// ParseMarkup is [markup.ParseMarkup] for a text that is to be drawn.
func ParseMarkup(raw string) *Text {
	t := &Text{Text: *markup.ParseMarkup(raw)}
	t.findFields()
	return t
}

// Title is [markup.Text.Title] for a text whose calls are not found yet.
func (t *Text) Title(words func(url string) string) {
	t.Text.Title(words)
	t.findFields()
}

// Raw is a text to the character as it is, without links: what is still being written.
func Raw(plain string) *Text { return &Text{Text: markup.Text{Plain: plain}} }

// Draft is Raw for a text in which somebody writes: an empty line at its end is a line,
// blanks at the end of a paragraph belong to its line, and what runs from right to left
// ends at the right edge of the width it is wrapped to.
func Draft(plain string) *Text {
	t := Raw(plain)
	t.draft = true
	return t
}

// Sentence is Parse for a sentence of the program's own in which names stand: all its
// languages run from left to right, also where a name that does not comes first.
func Sentence(raw string) *Text {
	t := Parse(raw)
	t.Rightward = true
	return t
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
