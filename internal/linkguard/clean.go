package linkguard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Longest runs of combining marks that are shown; real writing needs fewer.
const (
	maxMarksText = 8
	maxMarksName = 4
)

// CleanText returns a message as it is shown and copied: line breaks of every
// kind become "\n", tabs four blanks, other control characters the replacement
// character, and characters that change the direction or hide things vanish.
func CleanText(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	var last rune
	marks, flag := 0, false
	for i, r := range s {
		flag = r == blackFlag || flag && isTag(r)
		switch {
		case r == '\r':
			if strings.HasPrefix(s[i:], "\r\n") {
				continue
			}
			r = '\n'
		case r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
			r = '\n'
		case r == '\t':
			b.WriteString("    ")
			last, marks = ' ', 0
			continue
		case r == '\n' || flag:
		case bidi(r) || isTag(r) || invisible(r):
			continue
		case r == zwj || r == zwnj:
			if !joins(last, s[i+utf8.RuneLen(r):]) {
				continue
			}
		case unicode.IsControl(r) || r == utf8.RuneError:
			r = utf8.RuneError
		}
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
			if marks++; marks > maxMarksText {
				continue
			}
		} else {
			marks = 0
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// CleanName returns a person's or room's name as it is shown: one line, no
// control, direction or invisible characters, blanks merged and trimmed. It may
// return "" for a name that has nothing to show.
func CleanName(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var last rune
	marks, blank := 0, false
	for i, r := range s {
		if unicode.IsSpace(r) || r == 0x2800 {
			blank = b.Len() > 0
			continue
		}
		if unicode.IsControl(r) || r == utf8.RuneError || bidi(r) || isTag(r) || invisible(r) || unicode.Is(unicode.Variation_Selector, r) {
			continue
		}
		if (r == zwj || r == zwnj) && (blank || !joins(last, s[i+utf8.RuneLen(r):])) {
			continue
		}
		if unicode.Is(unicode.M, r) {
			if marks++; marks > maxMarksName || b.Len() == 0 || blank {
				continue // a mark needs a letter to sit on
			}
		} else {
			marks = 0
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// CleanLine returns a text that is pasted into a line: without what nobody could see
// in it, so that it is what it looks like. Line breaks become blanks; blanks stay.
func CleanLine(s string) string {
	return strings.ReplaceAll(CleanText(s), "\n", " ")
}

// Isolate is CleanName for a name that becomes part of a sentence: wrapped so
// that its writing direction does not spill into the words around it.
func Isolate(name string) string {
	name = CleanName(name)
	if plainASCII(name) {
		return name
	}
	return Wrap(name)
}

// Wrap is Isolate for a text that is clean already.
func Wrap(s string) string { return string(fsi) + s + string(pdi) }

const (
	zwnj      rune = 0x200C
	zwj       rune = 0x200D
	fsi       rune = 0x2068
	pdi       rune = 0x2069
	blackFlag rune = 0x1F3F4
	variant   rune = 0xFE0F // makes a sign an emoji
)

// bidi reports characters that change the writing direction.
func bidi(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C ||
		r >= 0x206A && r <= 0x206F
}

// isTag reports the invisible letters that only flags may use.
func isTag(r rune) bool { return r >= 0xE0000 && r <= 0xE007F }

// invisible reports characters that show nothing or only blank where a letter is
// expected, joiners aside.
func invisible(r rune) bool {
	switch r {
	case 0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E, 0x180F,
		0x200B, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2065, 0x3164, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFA, 0xFFFB:
		return true
	}
	return r >= 0x1D173 && r <= 0x1D17A || r >= 0xE0080 && r <= 0xE0FFF && !unicode.Is(unicode.Variation_Selector, r)
}

// hidden reports every character that no address may hold.
func hidden(r rune) bool {
	return bidi(r) || isTag(r) || invisible(r) || r == zwj || r == zwnj || r == 0x2800 || unicode.Is(unicode.Variation_Selector, r)
}

// joins reports whether a joiner between last and the rest has work to do: in
// scripts that use it, and inside emoji.
func joins(last rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	if unicode.In(last, joining...) && unicode.In(next, joining...) && unicode.IsLetter(next) {
		return true
	}
	return isPicture(next) && (isPicture(last) || last == variant || isTag(last))
}

// isPicture reports what joiners put together to emoji.
func isPicture(r rune) bool { return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2190 && r <= 0x2BFF }

var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
	unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer,
}

// plainASCII reports that nothing needs cleaning.
func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x7f || c < ' ' && c != '\n' {
			return false
		}
	}
	return true
}

// Isolates reports the characters that [Isolate] puts around a name.
func Isolates(r rune) bool { return r == fsi || r == pdi }

// EndsIsolate reports the one behind the name.
func EndsIsolate(r rune) bool { return r == pdi }
