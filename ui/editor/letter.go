package editor

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/ui/look"
)

// The toolkit counts in code points: a flag is two of them and a family seven. Here the
// keys go by what people take for one letter. Offsets are bytes.

// LetterAt is the letter that the code point at a place belongs to: where it begins and
// ends. At the end of the text both are there.
func LetterAt(text string, at int) (start, end int) {
	if at >= len(text) {
		return len(text), len(text)
	}
	start = apart(text, at)
	for rest, state := text[start:], -1; rest != ""; {
		var letter string
		letter, rest, state = look.Cluster(rest, state)
		if end = start + len(letter); end > at {
			return start, end
		}
		start = end
	}
	return start, start
}

// apart is a place at or before another where a letter begins for sure: behind the end of
// a line, or between two signs that nothing joins.
func apart(text string, at int) int {
	for at > 0 {
		if !utf8.RuneStart(text[at]) {
			at--
			continue
		}
		r, _ := utf8.DecodeRuneInString(text[at:])
		before, n := utf8.DecodeLastRuneInString(text[:at])
		if before == '\n' || alone(before) && alone(r) {
			return at
		}
		at -= n
	}
	return 0
}

// alone reports a sign that joins no other of its kind.
func alone(r rune) bool {
	return r >= ' ' && r < utf8.RuneSelf || r >= 0x4E00 && r <= 0x9FFF
}

// oneByOne reports a letter of which Backspace takes the last part only, which has been
// typed by itself: an accent, a vowel sign, a letter of a syllable.
func oneByOne(letter string) bool {
	last, n := utf8.DecodeLastRuneInString(letter)
	return len(letter) == n || unicode.In(last, unicode.L, unicode.Mn, unicode.Mc) && !unicode.Is(unicode.Variation_Selector, last)
}

// nextLetter and letterBefore are the places one letter further.
func nextLetter(text string, at int) int {
	_, end := LetterAt(text, at)
	return end
}

func letterBefore(text string, at int) int {
	if at <= 0 {
		return 0
	}
	start, _ := LetterAt(text, at-1)
	return start
}

// kind is what belongs together when a key goes by words.
type kind int

const (
	blankKind kind = iota
	lineKind
	wordKind
	signKind // Chinese and the like: one or two of them are a word, nobody can tell which
	markKind
)

func kindOf(text string, at int) kind {
	r, _ := utf8.DecodeRuneInString(text[at:])
	switch {
	case r == '\n':
		return lineKind
	case unicode.IsSpace(r):
		return blankKind
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
		return signKind
	case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
		return wordKind
	}
	return markKind
}

// nextWord is the end of the word behind a place; an end of a line is a word.
func nextWord(text string, at int) int {
	for at < len(text) && kindOf(text, at) == blankKind {
		at = nextLetter(text, at)
	}
	if at == len(text) {
		return at
	}
	k := kindOf(text, at)
	at = nextLetter(text, at)
	for k != lineKind && at < len(text) && kindOf(text, at) == k {
		at = nextLetter(text, at)
	}
	return at
}

// wordBefore is the beginning of the word before a place.
func wordBefore(text string, at int) int {
	before := func() (int, kind) {
		start := letterBefore(text, at)
		return start, kindOf(text, start)
	}
	for at > 0 {
		start, k := before()
		if k != blankKind {
			break
		}
		at = start
	}
	if at == 0 {
		return 0
	}
	start, k := before()
	for at = start; k != lineKind && at > 0; at = start {
		var other kind
		if start, other = before(); other != k {
			break
		}
	}
	return at
}

// separates reports a sign at which typing becomes another step for Undo.
func separates(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("`~!@#$%^&*()-=+[{]}\\|;:'\",.<>/?", r)
	})
}
