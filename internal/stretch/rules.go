package stretch

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed common.txt
var commonText string

// common is the bundled list: lower case, letters and digits only, longest first.
var common = sync.OnceValue(func() []string {
	var words []string
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			words = append(words, squeeze(line))
		}
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
})

// Left over after everything guessable was taken out.
const (
	minRest     = 6 // characters of other material a password must have
	minDistinct = 5 // different characters
	minRun      = 4 // a run along the keyboard or alphabet that long is guessable
)

// CheckRules applies the rules for a new password to its normal form. There are
// no rules of composition; a password made only of common words, names the
// server knows (names), runs and repetitions is refused.
func CheckRules(normal []byte, names ...string) error {
	if utf8.RuneCount(normal) < MinChars {
		return ErrShort
	}
	if utf8.RuneCount(normal) > MaxChars {
		return ErrLong
	}
	text := squeeze(string(normal))
	if distinct(string(normal)) < minDistinct {
		return ErrCommon
	}
	rest := unrepeated(text)
	for _, name := range names {
		if name = squeeze(name); utf8.RuneCountInString(name) >= 3 {
			rest = strings.ReplaceAll(rest, name, "\x00")
		}
	}
	for _, word := range common() {
		rest = strings.ReplaceAll(rest, word, "\x00")
	}
	if utf8.RuneCountInString(unrun(rest))+punctuation(string(normal)) < minRest {
		return ErrCommon
	}
	return nil
}

// squeeze keeps letters and digits, in lower case, and undoes usual disguises.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '@':
			return 'a'
		case '$':
			return 's'
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// punctuation counts what squeeze dropped, spaces and repetitions aside, for
// at most half of what is needed: a tail of signs saves no common word.
func punctuation(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) {
			seen[r] = true
		}
	}
	return min(len(seen), minRest/2)
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[unicode.ToLower(r)] = true
	}
	return len(seen)
}

// unrepeated returns the unit of a text that is one unit over and over.
func unrepeated(s string) string {
	r := []rune(s)
	for n := 1; n <= len(r)/2; n++ {
		same := true
		for i := n; i < len(r) && same; i++ {
			same = r[i] == r[i-n]
		}
		if same {
			return string(r[:n])
		}
	}
	return s
}

// rows are orders in which fingers and heads walk.
var rows = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop",
	"qsdfghjklm", "qazwsxedcrfvtgbyhnujm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
}

// unrun removes runs along a row, forwards or backwards, and of one character.
func unrun(s string) string {
	r := []rune(strings.ReplaceAll(s, "\x00", ""))
	var out []rune
	for i := 0; i < len(r); {
		n := run(r[i:])
		if n < minRun {
			out = append(out, r[i])
			n = 1
		}
		i += n
	}
	return string(out)
}

// run returns how many of the first characters follow one row or repeat.
func run(r []rune) int {
	best := 1
	for n := 2; n <= len(r); n++ {
		if !walks(string(r[:n])) {
			break
		}
		best = n
	}
	return best
}

func walks(s string) bool {
	if strings.Count(s, s[:utf8.RuneLen(firstRune(s))]) == utf8.RuneCountInString(s) {
		return true
	}
	back := []rune(s)
	slices.Reverse(back)
	for _, row := range rows {
		if strings.Contains(row, s) || strings.Contains(row, string(back)) {
			return true
		}
	}
	return false
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
