package ui

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/internal/textsearch"
)

// How well a name matches what was typed, best first. The order is the whole of
// the ranking between names, so that the same keys always lead to the same place.
const (
	matchPrefix  = iota // begins with it
	matchWord           // a word in it begins with it
	matchInside         // it stands inside
	matchLetters        // its letters stand there in order
	matchNone
)

// ranked is a name prepared for matching: without case and accents.
type ranked struct {
	folded string
}

func newRanked(name string) ranked { return ranked{textsearch.Fold(strings.TrimSpace(name))} }

// wanted is what was typed, prepared for matching.
type wanted []string

// newWanted takes words in any order: all must match.
func newWanted(typed string) wanted { return strings.Fields(textsearch.Fold(typed)) }

// match says how well a name matches: as its worst word does.
func (n ranked) match(w wanted) int {
	worst := matchPrefix
	for i, word := range w {
		m := n.matchOne(word)
		if i > 0 && m == matchWord {
			m = matchPrefix // a later word cannot be at the beginning
		}
		if worst = max(worst, m); worst == matchNone {
			break
		}
	}
	return worst
}

// whole reports whether each of the words is a whole word of the name, so that what is
// called by a number comes before what only begins with it.
func (n ranked) whole(w wanted) bool {
	if len(w) == 0 {
		return true
	}
	words := strings.FieldsFunc(n.folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, word := range w {
		if !slices.Contains(words, word) {
			return false
		}
	}
	return true
}

func (n ranked) matchOne(word string) int {
	best := matchNone
	for at := 0; at <= len(n.folded); {
		i := strings.Index(n.folded[at:], word)
		if i < 0 {
			break
		}
		i += at
		if i == 0 {
			return matchPrefix
		}
		if before, _ := utf8.DecodeLastRuneInString(n.folded[:i]); !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			return matchWord
		}
		best = matchInside
		_, size := utf8.DecodeRuneInString(n.folded[i:])
		at = i + max(1, size)
	}
	if best == matchNone && inOrder(n.folded, word) {
		best = matchLetters
	}
	return best
}

// inOrder reports whether the letters of a word of at least two stand in s in order,
// the first of them at the beginning of a word.
func inOrder(s, word string) bool {
	if utf8.RuneCountInString(word) < 2 {
		return false
	}
	first, size := utf8.DecodeRuneInString(word)
	before := ' '
	for i, r := range s {
		if r == first && !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			rest := word[size:]
			for _, x := range s[i+utf8.RuneLen(r):] {
				next, n := utf8.DecodeRuneInString(rest)
				if n > 0 && x == next {
					rest = rest[n:]
				}
			}
			if rest == "" {
				return true
			}
		}
		before = r
	}
	return false
}
