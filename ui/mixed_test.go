package ui

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"

	"hearth/internal/bidi"
	"hearth/internal/linkguard"
	"hearth/ui/look"
)

// outside is what of a line stands in no isolate.
func outside(line string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case linkguard.EndsIsolate(r):
			depth--
			return -1
		case linkguard.Isolates(r):
			depth++
			return -1
		case depth > 0:
			return -1
		}
		return r
	}, line)
}

// TestMixedLines: on no screen does a name that is written from right to left stand bare
// in one line with words that go the other way: it would turn them around.
func TestMixedLines(t *testing.T) {
	callPeople(t, leftward[:5]) // the last one is mixed by itself
	g, q := newGallery(t, "welcome")
	seen := 0
	check := func(text string) {
		if bidi.Simple(text) {
			return
		}
		seen++
		rest := outside(text)
		left := strings.IndexFunc(rest, func(r rune) bool { return r < 0x250 && unicode.IsLetter(r) }) >= 0
		if left && strings.ContainsFunc(rest, func(r rune) bool { return unicode.In(r, unicode.Hebrew, unicode.Arabic) }) && !strings.Contains(rest, "room 12") { // which somebody wrote so
			t.Errorf("%s: %q", g.screens[g.at].name, text)
		}
	}
	lists := regexp.MustCompile("main|list|members|people|card|direct|switcher|forward|search|drafts|media|pin|browse|outbox|viewer|scripts|details|block|devices|notif|rail|accounts|reply|why|typing")
	for i, s := range g.screens {
		if !lists.MatchString(s.name) {
			continue
		}
		g.at = i
		g.pose(q)
		q.linger(pictureWait)
		mixedLines(g.u, check)
	}
	if seen < 100 {
		t.Errorf("only %d lines with such names were seen", seen)
	}
}

func mixedLines(u *UI, visit func(string)) {
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		switch o := o.(type) {
		case *look.Line:
			visit(o.Text())
		case *para:
			visit(o.text)
		}
	})
}
