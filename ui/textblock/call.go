package textblock

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/internal/markup"
)

// Called is somebody a message calls: it stands as "@" and Name in the text.
type Called struct {
	Name string
	Me   bool // the person at this window, or everybody
}

// Call is a word that calls somebody; Start and End are offsets, the "@" included.
type Call struct {
	Start, End int
	Me         bool
}

// FindCalls notes where the text calls those in the list. A name within code, an
// address or another word calls nobody.
func (t *Text) FindCalls(list []Called) {
	if len(list) == 0 {
		return
	}
	defer t.findFields()
	for at := 0; at < len(t.Plain); {
		i := strings.IndexByte(t.Plain[at:], '@')
		if i < 0 {
			return
		}
		start := at + i
		at = start + 1
		before, _ := utf8.DecodeLastRuneInString(t.Plain[:start])
		if start > 0 && (unicode.IsLetter(before) && before < 0x2E80 || unicode.IsDigit(before) || before == '_') || t.closed(start) {
			continue
		}
		name := t.Plain[at : at+nameLen(t.Plain[at:])]
		for _, c := range list {
			if n := len(c.Name); n > 0 && len(name) >= n && strings.EqualFold(name[:n], c.Name) && ends(name[n:]) {
				t.Calls = append(t.Calls, Call{Start: start, End: at + n, Me: c.Me})
				at += n
				break
			}
		}
	}
}

// nameLen is how much of s can be a login name.
func nameLen(s string) int {
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune("._-", r) {
			return i
		}
	}
	return len(s)
}

// ends reports whether a name may end before rest: at punctuation, or where a
// script begins that writes without blanks.
func ends(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || r >= 0x2E80 || strings.TrimLeft(rest, "._-") == ""
}

// closed reports whether an offset is in code or in an address.
func (t *Text) closed(at int) bool {
	for _, b := range t.Blocks {
		if b.Code && at >= b.Start && at < b.End {
			return true
		}
	}
	for _, s := range t.Spans {
		if s.Style&markup.Code != 0 && at >= s.Start && at < s.End {
			return true
		}
	}
	return t.LinkAt(at) != nil
}
