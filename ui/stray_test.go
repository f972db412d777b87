package ui

import (
	"testing"

	"hearth/ui/tr"
)

// TestBadLink: a link that is none, given to a second start of the program, takes nobody
// away from what they are doing.
func TestBadLink(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.link = "http://example.org/not-ours"
	u.offerLink()
	q.run()
	if !u.inView() || u.home == nil || u.link != "" || !shows(u, tr.S("fail.bad_link")) {
		t.Error("it is not said over the conversation")
	}
}
