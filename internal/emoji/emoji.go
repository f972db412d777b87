// Package emoji knows what an emoji is: it recognises them in text, names them in
// the languages of the program, finds them by words and gives them skin tones. It
// owns no picture and no widget; it must never import a toolkit, because the
// server asks it too, nor take the newest emoji it knows for the newest there is.
//
// What counts as an emoji is decided by form (Unicode Technical Standard 51, the
// grammar of 1.4.9), not by a list:
//
//	flag      two regional indicators
//	keycap    0 to 9, # or *, then U+20E3
//	element   a pictograph, then U+FE0F, a skin tone or tags, any or none of them
//	emoji     elements joined by U+200D, at most MaxLen bytes in all
//
// One element alone must also be shown as a picture: by itself, by U+FE0F, or by
// what follows it. A pictograph is any code point with the property Emoji, or one
// that Unicode has reserved for pictographs and not yet given out; so an emoji that
// is younger than our tables is one already, as is any new joining of old ones.
//
// Everything is safe for use from several goroutines.
package emoji

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLen is the length of the longest emoji we accept, bytes. The longest in use,
// couples of two skin tones, have 35; the grammar knows no end.
const MaxLen = 64

// Code points with a part in the grammar.
const (
	joiner      = '\u200D'
	asText      = '\uFE0E'
	asEmoji     = '\uFE0F'
	keycap      = '\u20E3'
	firstTone   = '\U0001F3FB'
	lastTone    = '\U0001F3FF'
	firstLetter = '\U0001F1E6' // of the regional indicators
	lastLetter  = '\U0001F1FF'
	firstTag    = '\U000E0020'
	endOfTags   = '\U000E007F'
)

// Is reports whether s is exactly one emoji.
func Is(s string) bool {
	return s != "" && len(s) <= MaxLen && First(s) == len(s)
}

// First returns the length of the emoji that s begins with, 0 if it begins with
// something else. Where s goes on with a mark that belongs to the same character
// as people see it, the emoji is not all of that character.
func First(s string) int {
	if s == "" || s[0] < utf8.RuneSelf && !strings.ContainsRune("0123456789#*", rune(s[0])) {
		return 0
	}
	at, picture, joined := 0, false, false
	for {
		n, shown := element(s[at:])
		if n == 0 {
			break
		}
		joined = at > 0
		picture = picture || shown
		at += n
		if n, ok := next(s[at:], joiner); ok {
			if m, _ := element(s[at+n:]); m > 0 {
				at += n
				continue
			}
		}
		break
	}
	if at > MaxLen || !picture && !joined {
		return 0
	}
	return at
}

// Count returns how many emoji a text is made of, if it is made of nothing but 1
// to most of them, with or without blanks between; otherwise 0.
func Count(s string, most int) (n int) {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimLeft(s, " ") {
		at := First(s)
		if at == 0 || n == most || strings.HasPrefix(s[at:], string(joiner)) {
			return 0
		}
		n, s = n+1, s[at:]
	}
	return n
}

// element returns the length of the element that s begins with, 0 if there is
// none, and whether it asks to be shown as a picture.
func element(s string) (n int, shown bool) {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r < 0x80 && strings.ContainsRune("0123456789#*", r):
		m, _ := next(s[n:], asEmoji)
		k, ok := next(s[n+m:], keycap)
		if !ok {
			return 0, false
		}
		return n + m + k, true
	case isLetter(r):
		second, m := utf8.DecodeRuneInString(s[n:])
		if !isLetter(second) {
			return 0, false
		}
		return n + m, true
	case isTone(r):
		return n, true
	case !pictograph(r):
		return 0, false
	}
	shown = unicode.Is(presentation, r) || unicode.Is(reserved, r)
	if _, ok := next(s[n:], asText); ok {
		return 0, false
	}
	if m, ok := next(s[n:], asEmoji); ok {
		n, shown = n+m, true
	}
	if tone, m := utf8.DecodeRuneInString(s[n:]); isTone(tone) {
		n, shown = n+m, true
	}
	if m := tags(s[n:]); m > 0 {
		n, shown = n+m, true
	}
	return n, shown
}

// tags returns the length of the tags that s begins with, their end included.
func tags(s string) int {
	for i, r := range s {
		switch {
		case r == endOfTags && i > 0:
			return i + utf8.RuneLen(r)
		case r < firstTag || r >= endOfTags || i >= MaxLen:
			return 0
		}
	}
	return 0
}

// next is the length of r if s begins with it.
func next(s string, r rune) (int, bool) {
	if first, n := utf8.DecodeRuneInString(s); first == r {
		return n, true
	}
	return 0, false
}

func isTone(r rune) bool   { return r >= firstTone && r <= lastTone }
func isLetter(r rune) bool { return r >= firstLetter && r <= lastLetter }

func pictograph(r rune) bool {
	return r > 0x7F && (unicode.Is(emojis, r) || unicode.Is(reserved, r))
}

// Key is the form by which an emoji is looked up: without the marks that only
// choose between picture and text, which programs leave out or put in as they
// like.
func Key(s string) string { return strings.ReplaceAll(s, string(asEmoji), "") }
