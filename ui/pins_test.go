package ui

import (
	"strings"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// pinsChange has the window hear that messages of the open room changed.
func pinsChange(g *Gallery) {
	g.u.home.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{g.u.home.room: {Changed: true}}}, g.core.view)
}

// TestPinsFollow: the pin bar and the list of pins say what the messages say now, after
// an edit too, and which pin is shown does not change by that.
func TestPinsFollow(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	q.run()
	b := g.u.home.pane.pins
	q.until(t, "the pins", func() bool { return len(b.pins) == 2 && b.text.Text() != "" })
	b.next()
	first := b.text.Text()
	rows := g.core.messages[g.u.home.room]
	rows[2].Text = "said otherwise since"
	pinsChange(g)
	q.until(t, "the edit", func() bool { return strings.Contains(b.text.Text(), "said otherwise since") })
	if b.at != 1 || strings.Contains(first, "otherwise") {
		t.Errorf("the bar shows pin %d, before it said %q", b.at, first)
	}

	b.showAll()
	rows[2].Text = "and once more"
	pinsChange(g)
	q.until(t, "the edit in the list", func() bool { return shows(g.u, pinText(rows[2])) })

	rows[2].Text, rows[2].Erased = "", true
	g.core.view.Rooms[0].Pins = []chat.Seq{5}
	pinsChange(g)
	q.until(t, "the deletion in the list", func() bool { return shows(g.u, tr.S("pins.off")) })
	if strings.Contains(b.text.Text(), "once more") || b.at != 0 {
		t.Errorf("the bar says %q of a message that was deleted", b.text.Text())
	}
}

// TestPinsOfBlocked: the words of a blocked person are in no pin bar, unless they were
// asked for.
func TestPinsOfBlocked(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	q.run()
	b := g.u.home.pane.pins
	q.until(t, "the pins", func() bool { return len(b.pins) == 2 && b.text.Text() != "" })
	rows := g.core.messages[g.u.home.room]
	rows[4].Blocked = true
	pinsChange(g)
	q.until(t, "nothing of a blocked person", func() bool { return b.text.Text() == tr.S("row.blocked") })
	b.showAll()
	q.run()
	if !shows(g.u, tr.S("row.blocked")) {
		t.Error("the list of pins does not say that a message is from a blocked person")
	}
	g.u.unfolded.Store(rows[4].MID, true)
	pinsChange(g)
	q.until(t, "what was asked for", func() bool { return strings.Contains(b.text.Text(), rows[4].Text[:12]) })
}
