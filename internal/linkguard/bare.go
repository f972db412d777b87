package linkguard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// bareStart begins an address that people write without its scheme. Other names are
// left alone: nobody can tell "notes.md" from a machine.
const bareStart = "www."

// Bare reports whether a stretch that is a link was written without its scheme.
func (s Span) Bare(text string) bool {
	return strings.EqualFold(text[s.Start:s.Start+len(bareStart)], bareStart)
}

// nextBare finds where an address without a scheme starts a word, from an offset on; -1
// if nowhere.
func nextBare(text string, from int) int {
	for at := from; ; {
		dot := strings.IndexByte(text[at:], '.')
		if dot < 0 {
			return -1
		}
		at += dot + 1
		start := at - len(bareStart)
		if start < from || !strings.EqualFold(text[start:at], bareStart) {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		if start > 0 && before < utf8.RuneSelf && (unicode.IsLetter(before) || unicode.IsDigit(before) || strings.ContainsRune("+-.@_/\\:", before)) {
			continue // the tail of another name, address or path
		}
		return start
	}
}

// bareHost is the part of an address without a scheme that names the machine.
func bareHost(raw string) string {
	if i := strings.IndexAny(raw, "/?#:"); i >= 0 {
		return raw[:i]
	}
	return raw
}

// bareExtent is how many bytes belong to an address without a scheme. Where words are
// written without blanks, the next one may follow at once: no name of a machine ends in
// letters of both kinds.
func bareExtent(raw string) int {
	host := bareHost(raw)
	last := strings.LastIndexByte(host, '.') + 1
	if last == len(host) || host[last] >= utf8.RuneSelf {
		return len(raw)
	}
	for i, r := range host[last:] {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) {
			return last + i
		}
	}
	return len(raw)
}

// CheckBare decides about an address that is written without its scheme, and so is opened
// as https. It needs a name behind the "www." and a last part of letters: "www.conf" and
// "www.2.1" are no machines.
func CheckBare(raw string) (Link, bool) {
	if len(raw) < len(bareStart) || !strings.EqualFold(raw[:len(bareStart)], bareStart) {
		return Link{}, false
	}
	labels := strings.Split(strings.TrimSuffix(bareHost(raw), "."), ".")
	last := labels[len(labels)-1]
	if len(labels) < 3 || len(last) < 2 {
		return Link{}, false
	}
	odd := func(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) }
	if strings.IndexFunc(last, odd) >= 0 && !strings.HasPrefix(strings.ToLower(last), "xn--") {
		return Link{}, false
	}
	return Check("https://" + raw)
}
