package textblock

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/internal/textsearch"
)

// Called is somebody a message calls: it stands as "@" and Name in the text.
type Called struct {
	Name string
	Me   bool // the person at this window, or everybody
}

// Call is a word that calls somebody, or a keyword; Start and End are offsets, the "@"
// included.
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
	for start := range t.Ats {
		begin := start + 1
		name := t.Plain[begin : begin+nameLen(t.Plain[begin:])]
		for _, c := range list {
			if n := len(c.Name); n > 0 && len(name) >= n && strings.EqualFold(name[:n], c.Name) && ends(name[n:]) {
				t.Calls = append(t.Calls, Call{Start: start, End: begin + n, Me: c.Me})
				break
			}
		}
	}
}

// FindWords notes where words stand that the person wants to be told of: they are marked as
// what calls the person. Within code, an address or a call they are not.
func (t *Text) FindWords(words []string) {
	calls := len(t.Calls)
	for _, r := range textsearch.Words(t.Plain, words) {
		over := func(c Call) bool { return c.Start < r.End && r.Start < c.End }
		if t.Free(r.Start, r.End) && !slices.ContainsFunc(t.Calls[:calls], over) {
			t.Calls = append(t.Calls, Call{Start: r.Start, End: r.End, Me: true})
		}
	}
	if len(t.Calls) > calls {
		slices.SortFunc(t.Calls, func(a, b Call) int { return cmp.Compare(a.Start, b.Start) })
		t.findFields()
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
	return strings.TrimLeft(rest, "._-") == "" || !textsearch.Joined('a', r) && !strings.ContainsRune("._-", r)
}
