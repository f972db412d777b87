package markup

import (
	"strings"
	"unicode/utf8"

	"hearth/internal/textsearch"
)

// Free reports whether a stretch of the text is in one line, outside of code and of
// addresses.
func (t *Text) Free(start, end int) bool {
	for i := start; i < end; i++ {
		if t.Plain[i] == '\n' || t.code(i) || t.LinkAt(i) != nil {
			return false
		}
	}
	return true
}

// Ats yields the offsets of each "@" that may call somebody: at the beginning of a word,
// outside of code and of addresses. In scripts without spaces between words, one begins
// anywhere.
func (t *Text) Ats(yield func(at int) bool) {
	for from := 0; ; {
		i := strings.IndexByte(t.Plain[from:], '@')
		if i < 0 {
			return
		}
		at := from + i
		from = at + 1
		before, _ := utf8.DecodeLastRuneInString(t.Plain[:at])
		if textsearch.Joined(before, 'a') || before == '_' || t.code(at) || t.LinkAt(at) != nil {
			continue
		}
		if !yield(at) {
			return
		}
	}
}
