package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestElsewhere: drafts and what waits to be sent are of the group in view, and say so: the
// other groups in which there are some are named, and lead there.
func TestElsewhere(t *testing.T) {
	g, q := newGallery(t, "rail,light,en")
	g.pose(q)
	u, far := g.u, g.u.all[4]
	name := far.fullName()
	for i := range u.view.Rooms {
		u.view.Rooms[i].Draft = chat.Draft{}
	}
	u.home.showDrafts()
	if list := u.home.drafting.list.Objects; len(list) != 2 || !shows(u, "No drafts in Nimbus") || !shows(u, name) || !shows(u, "1 draft") {
		t.Fatalf("%d lines about drafts", len(list))
	} else {
		test.Tap(list[1].(*touch))
	}
	if u.shown != far || !shows(u, "Who has the key to the shed?") {
		t.Errorf("the line leads to the drafts of %q", u.shown.groupName())
	}
	u.closeAll()
	u.show(u)

	g.core.outbox = nil
	u.home.showOutbox()
	p := u.home.outbox
	q.until(t, "the list", func() bool { return p.known })
	if shows(u, tr.S("outbox.empty")) || !shows(u, "Nothing waits in Nimbus. Everything you wrote there is on the server.") || !shows(u, name) || !shows(u, "2 messages that were not sent") {
		t.Error("it is not said that something waits in another group")
	}
	if tip := u.rail.facts(far).fullTip(); !strings.Contains(tip, "2 messages that were not sent") {
		t.Errorf("the tile says %q", tip)
	}
	with := func(waiting int) {
		v := *far.view
		v.Waiting = waiting
		far.apply(app.Changes{View: true}, &v)
	}
	if with(0); shows(u, name) {
		t.Error("what has been sent meanwhile is still named")
	}
	with(1)
	u.win.Canvas().Focus(p.other.Objects[0].(*touch))
	key(u, fyne.KeyReturn)
	if u.shown != far || far.home.outbox == nil || u.home.outbox != nil || len(u.dialogs) != 1 {
		t.Errorf("the line leads to %q", u.shown.groupName())
	}
}
