package textsearch

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// HasWord reports whether a word stands in a text by itself, both folded. In scripts
// that put no spaces between words, it may stand anywhere.
func HasWord(text, word string) bool { return nextWord(text, word, 0) >= 0 }

// nextWord is where a word stands in a text by itself for the first time from an offset
// on; -1 nowhere.
func nextWord(text, word string, from int) int {
	return stands(text, word, from, func(end int) bool {
		last, _ := utf8.DecodeLastRuneInString(word)
		after, _ := utf8.DecodeRuneInString(text[end:])
		return !Joined(last, after)
	})
}

// Words returns where words stand by themselves in a text as it is, in order, none touching
// another.
func Words(s string, words []string) (found []Range) {
	if len(words) == 0 {
		return nil
	}
	folded, from := FoldMap(s)
	for _, w := range words {
		w = strings.TrimSpace(Fold(w))
		for at := nextWord(folded, w, 0); at >= 0; at = nextWord(folded, w, at+len(w)) {
			found = append(found, Range{from[at], behind(from, at+len(w)-1)})
		}
	}
	slices.SortFunc(found, func(a, b Range) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End)) })
	end := 0
	return slices.DeleteFunc(found, func(r Range) bool {
		if r.Start < end {
			return true
		}
		end = r.End
		return false
	})
}

// BeginsWord reports whether a word of a text begins so, both folded. In scripts that
// put no spaces between words, every character begins one.
func BeginsWord(text, part string) bool {
	return stands(text, part, 0, func(int) bool { return true }) >= 0
}

// stands is where a part stands in a text for the first time from an offset on where a
// word begins, and ends well; -1 nowhere.
func stands(text, part string, from int, ends func(end int) bool) int {
	if part == "" {
		return -1
	}
	first, width := utf8.DecodeRuneInString(part)
	for from <= len(text)-len(part) {
		at := strings.Index(text[from:], part)
		if at < 0 {
			return -1
		}
		start := from + at
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		if !Joined(before, first) && ends(start+len(part)) {
			return start
		}
		from = start + width
	}
	return -1
}

// Joined reports whether two characters side by side belong to one word, in scripts
// that put spaces between words. In others every character begins a word, and ends one.
func Joined(a, b rune) bool { return within(a) && within(b) }

func within(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
