package app

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/net/wire"
)

// TestNamesAreSeen: of every character there is, a name that the server accepts still shows
// something once it was made safe to show.
func TestNamesAreSeen(t *testing.T) {
	accepted := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		name := string(r)
		if !utf8.ValidRune(r) || wire.CheckName(name, "/name", chat.DefaultLimits()) != nil {
			continue
		}
		accepted++
		if linkguard.CleanName(name) == "" {
			t.Errorf("%U is accepted as a name, and nothing of it is shown", r)
		}
	}
	if accepted < 100_000 {
		t.Errorf("only %d characters are accepted as a name", accepted)
	}
}
