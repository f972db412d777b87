// Package names owns the rules for login names, which both the server and the
// client apply. It must never decide about display names: those are free text
// within wire.CheckName.
package names

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// Bounds of a login name, in characters.
const (
	Least = 2
	Most  = 32
)

// ErrBad reports a name that cannot be used; the wrapped text says why.
var ErrBad = errors.New("the name cannot be used")

// Normalize returns the one form of a login name: PRECIS UsernameCaseMapped
// (RFC 8265), of 2 to 32 letters and digits of one script, with . _ - inside.
func Normalize(name string) (string, error) {
	n, err := precis.UsernameCaseMapped.String(strings.TrimSpace(name))
	if err != nil {
		return "", fmt.Errorf("%w: letters and digits only, no spaces or symbols", ErrBad)
	}
	if c := utf8.RuneCountInString(n); c < Least || c > Most {
		return "", fmt.Errorf("%w: %d to %d characters", ErrBad, Least, Most)
	}
	for i, r := range n {
		if !allowed(r) || strings.ContainsRune("._-", r) && (i == 0 || i == len(n)-1) {
			return "", fmt.Errorf("%w: letters and digits, and . _ - inside", ErrBad)
		}
	}
	if !oneScript(n) {
		return "", fmt.Errorf("%w: letters of one script only", ErrBad)
	}
	return n, nil
}

func allowed(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) || strings.ContainsRune("._-", r)
}

// together are scripts that are written mixed within one language.
var together = map[string]string{"Hiragana": "Han", "Katakana": "Han", "Hangul": "Han", "Bopomofo": "Han"}

// oneScript refuses names that mix scripts, so that a Cyrillic а cannot pose as a
// Latin a within a Latin name.
func oneScript(name string) bool {
	first := ""
	for _, r := range name {
		s := scriptOf(r)
		if s == "" {
			continue
		}
		if first != "" && s != first {
			return false
		}
		first = s
	}
	return true
}

// scriptOf returns the script of a letter, "" for what all scripts share.
func scriptOf(r rune) string {
	if unicode.In(r, unicode.Common, unicode.Inherited) {
		return ""
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			if with, ok := together[name]; ok {
				return with
			}
			return name
		}
	}
	return ""
}

// Suggest makes a login name of what somebody calls themselves: the usable
// characters of its first word, or "member" if there are none.
func Suggest(display string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(display) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		} else if b.Len() > 0 {
			break
		}
	}
	if n, err := Normalize(b.String()); err == nil {
		return n
	}
	return "member"
}
