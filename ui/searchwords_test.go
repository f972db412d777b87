package ui

import (
	"testing"

	"hearth/ui/tr"
)

// TestSearchBadFilter: whoever writes a filter that is none reads what that one takes, and
// whoever names nobody, or no room, that there is none of that name.
func TestSearchBadFilter(t *testing.T) {
	for screen, want := range map[string]string{
		"search-bad":     tr.F("search.bad", "Filter", inSentence("before:soon")),
		"search-bad-has": tr.F("search.bad_has", "Filter", inSentence("has:tea")),
		"search-nobody":  tr.F("search.nobody", "Name", inSentence("nobody")),
		"search-nowhere": tr.F("search.nowhere", "Name", inSentence("nowhere")),
	} {
		g, q := newGallery(t, screen+",light,en")
		g.pose(q)
		q.until(t, "the words about "+screen, func() bool { return says(g.u, want) || shows(g.u, want) })
	}
}
