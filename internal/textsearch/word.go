package textsearch

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// HasWord reports whether a word stands in a text by itself, both folded. In scripts
// that put no spaces between words, it may stand anywhere.
func HasWord(text, word string) bool {
	return stands(text, word, func(end int) bool {
		last, _ := utf8.DecodeLastRuneInString(word)
		after, _ := utf8.DecodeRuneInString(text[end:])
		return !Joined(last, after)
	})
}

// BeginsWord reports whether a word of a text begins so, both folded. In scripts that
// put no spaces between words, every character begins one.
func BeginsWord(text, part string) bool {
	return stands(text, part, func(int) bool { return true })
}

// stands reports whether a part stands in a text where a word begins, and ends well.
func stands(text, part string, ends func(end int) bool) bool {
	if part == "" {
		return false
	}
	first, width := utf8.DecodeRuneInString(part)
	for from := 0; from <= len(text)-len(part); {
		at := strings.Index(text[from:], part)
		if at < 0 {
			return false
		}
		start := from + at
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		if !Joined(before, first) && ends(start+len(part)) {
			return true
		}
		from = start + width
	}
	return false
}

// Joined reports whether two characters side by side belong to one word, in scripts
// that put spaces between words. In others every character begins a word, and ends one.
func Joined(a, b rune) bool { return within(a) && within(b) }

func within(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
