// Package textsearch is how text is searched: what counts as the same letter, what
// a query means, where it matches, and a small filter that tells which part of a
// log cannot hold a match. It owns no data and never stores anything; store keeps
// the filters, app asks the questions, the window paints the marks.
//
// Searching is for parts of words in any script, without settings: a text is
// folded (Fold) and a query's terms are looked for in it as they are.
package textsearch

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters that compatibility decomposition (Unicode Annex 15) leaves alone, and what
// people type who have no key for them.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'ŋ': "n", 'ς': "σ",
	'‘': "'", '’': "'", '“': `"`, '”': `"`, '–': "-", '—': "-", '‐': "-", '‑': "-",
}

// Fold returns the form of a text in which it is searched: lower case, without
// accents, full-width letters as ordinary ones, all white space as single blanks.
func Fold(s string) string {
	if isFolded(s) {
		return s
	}
	f := folder{out: make([]byte, 0, len(s)+8)}
	f.text(s)
	return string(f.out)
}

// FoldMap is Fold with, for each byte of the result and its end, the offset in s
// of the character it comes from.
func FoldMap(s string) (folded string, from []int) {
	f := folder{out: make([]byte, 0, len(s)+8), from: make([]int, 0, len(s)+8), mapped: true}
	f.text(s)
	return string(f.out), append(f.from, len(s))
}

// isFolded spares the work for most of what is typed in English.
func isFolded(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c < ' ' || c >= 'A' && c <= 'Z' || c == ' ' && (i == 0 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

type folder struct {
	out    []byte
	from   []int
	mapped bool
}

func (f *folder) text(s string) {
	for at, r := range s {
		switch {
		case r < utf8.RuneSelf && r > ' ':
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			f.add(at, r)
		case unicode.IsSpace(r) || unicode.IsControl(r):
			if n := len(f.out); n > 0 && f.out[n-1] != ' ' {
				f.add(at, ' ')
			}
		case unicode.Is(unicode.Cf, r): // joiners and other invisible things
		case r >= 0xAC00 && r <= 0xD7A3 || r >= 0x4E00 && r <= 0x9FFF:
			f.add(at, r) // Hangul syllables stay whole, most of Han has nothing to fold
		default:
			f.rare(at, r)
		}
	}
}

// rare folds what may decompose into several characters.
func (f *folder) rare(at int, r rune) {
	for _, d := range norm.NFKD.String(string(r)) {
		if mark(d) {
			continue
		}
		d = unicode.ToLower(d)
		if d == ' ' {
			if n := len(f.out); n == 0 || f.out[n-1] == ' ' {
				continue
			}
		}
		if as, ok := letters[d]; ok {
			for _, c := range as {
				f.add(at, c)
			}
			continue
		}
		if !f.join(d) {
			f.add(at, d)
		}
	}
}

// The letters of Hangul and the syllables that they form (Unicode 3.12): the first of a
// syllable, its vowel, and what may stand at its end.
const (
	hangulFirst, hangulFirsts = 0x1100, 19
	hangulVowel, hangulVowels = 0x1161, 21
	hangulEnd, hangulEnds     = 0x11A7, 28 // of which the first stands for none
	hangulSyllable            = 0xAC00
)

// join adds a letter of Hangul to the syllable that it goes on, if there is one: macOS
// writes names of files in letters, people type syllables.
func (f *folder) join(r rune) bool {
	last, size := utf8.DecodeLastRune(f.out)
	vowel, end := r-hangulVowel, r-hangulEnd
	first, open := last-hangulFirst, last-hangulSyllable
	switch {
	case vowel >= 0 && vowel < hangulVowels && first >= 0 && first < hangulFirsts:
		r = hangulSyllable + (first*hangulVowels+vowel)*hangulEnds
	case end > 0 && end < hangulEnds && open >= 0 && open < hangulFirsts*hangulVowels*hangulEnds && open%hangulEnds == 0:
		r = last + end
	default:
		return false
	}
	f.out = utf8.AppendRune(f.out[:len(f.out)-size], r) // as many bytes as the last
	return true
}

// mark reports what is written above or below letters and left out by many who
// type: accents, Hebrew points, Arabic vowels, and what asks for another shape of the
// same sign (emoji and text, forms of Han). Vowel signs of Indic scripts and the voicing
// of kana are letters.
func mark(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF ||
		r >= 0x0300 && r <= 0x036F || r >= 0x0591 && r <= 0x05C7 || r >= 0x064B && r <= 0x0652 || r == 0x0670
}

func (f *folder) add(at int, r rune) {
	n := len(f.out)
	f.out = utf8.AppendRune(f.out, r)
	if f.mapped {
		for range len(f.out) - n {
			f.from = append(f.from, at)
		}
	}
}

// Range is part of a text, in bytes.
type Range struct{ Start, End int }

// Marks returns where the terms stand in a text, in order, overlapping ones as one.
func Marks(s string, terms []string) []Range {
	folded, from := FoldMap(s)
	var hit []bool
	for _, term := range terms {
		for at := 0; term != ""; {
			i := strings.Index(folded[at:], term)
			if i < 0 {
				break
			}
			if hit == nil {
				hit = make([]bool, len(folded))
			}
			for k := at + i; k < at+i+len(term); k++ {
				hit[k] = true
			}
			at += i + 1
		}
	}
	var marks []Range
	for i := 0; i < len(hit); i++ {
		if !hit[i] {
			continue
		}
		start := from[i]
		for i+1 < len(hit) && hit[i+1] {
			i++
		}
		end := behind(from, i)
		if n := len(marks); n > 0 && start <= marks[n-1].End {
			marks[n-1].End = max(end, marks[n-1].End)
			continue
		}
		marks = append(marks, Range{start, end})
	}
	return marks
}

// behind is where the character of the text ends that byte i of its folded form comes from,
// by what FoldMap says.
func behind(from []int, i int) int {
	end := from[i]
	for k := i; k < len(from) && end == from[i]; k++ { // to the next character of s
		end = from[k]
	}
	return end
}
