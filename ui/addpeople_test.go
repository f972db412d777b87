package ui

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// TestAddNobody: where everybody is in the room already, there is nothing to press but the
// way to bring people into the group, and that only for who may.
func TestAddNobody(t *testing.T) {
	for _, may := range []bool{true, false} {
		g, q := newGallery(t, "main,light,en")
		q.run()
		v := *g.core.view
		v.Group.MayInvite = may
		g.u.apply(app.Changes{View: true}, &v)
		g.u.home.showAddPeopleTo(inventedRoom("release-room"))
		q.until(t, "that there is nobody", func() bool { return shows(g.u, tr.S("people.none")) })
		if shows(g.u, tr.S("people.submit")) || shows(g.u, tr.S("people.text")) {
			t.Error("it offers to add nobody")
		}
		var offered []*look.Button
		for _, b := range g.u.dialogs[len(g.u.dialogs)-1].spec.buttons {
			if b.Visible() && b.Text() == tr.S("side.invite") {
				offered = append(offered, b)
			}
		}
		if (len(offered) > 0) != may {
			t.Errorf("may invite %v: %d ways to do so", may, len(offered))
		}
		if may {
			test.Tap(offered[0])
			q.until(t, "the invites", func() bool { return shows(g.u, tr.S("invite.for")) })
		}
	}
}

// TestAddSays: what those who are added will see is the room's own rule.
func TestAddSays(t *testing.T) {
	for _, c := range []struct {
		history chat.History
		ruled   chat.Seq
		want    func() string
	}{
		{chat.HistoryAll, 0, func() string { return tr.S("people.text") }},
		{chat.HistoryAll, 40, func() string { return tr.F("people.text_since", "N", uint64(40)) }},
		{chat.HistoryJoined, 40, func() string { return tr.S("people.text_joined") }},
	} {
		g, q := newGallery(t, "main,light,en")
		q.run()
		v := *g.core.view
		v.Rooms = slices.Clone(v.Rooms)
		for i := range v.Rooms {
			v.Rooms[i].History, v.Rooms[i].Ruled, v.Rooms[i].Members = c.history, c.ruled, v.Rooms[i].Members[:2]
		}
		g.u.apply(app.Changes{View: true}, &v)
		g.u.home.showAddPeopleTo(inventedRoom("general"))
		q.run()
		if !shows(g.u, c.want()) {
			t.Errorf("%s, ruled at %d: %q is not said", c.history, c.ruled, c.want())
		}
	}
}

// TestInviteFor: of a link for a new password it is said whose.
func TestInviteFor(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.u.home.showInvite()
	until := tr.Until(time.Until(time.Now().Add(23*time.Hour - time.Second)))
	q.until(t, "whose it is", func() bool {
		return shows(g.u, tr.F("reset.line_for", "Name", inSentence("Ana Borg"), "Until", until))
	})
}
