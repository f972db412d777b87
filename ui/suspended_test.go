package ui

import (
	"slices"
	"testing"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestSuspendedIsShown: for whom the server runs here the list of people and the card say
// who is suspended, instead of when they were there, and what is decided shows at once.
func TestSuspendedIsShown(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	marek := inventedAccount("marek")
	view := *g.core.view
	view.Presence = map[chat.AccountID]app.PresenceView{marek: {State: app.PresenceOnline}}
	suspended := tr.S("host.people.suspended")
	u.apply(app.Changes{View: true}, &view)
	u.home.toggleMembers()
	line := func() person {
		list := u.home.members.list
		return list.line(slices.IndexFunc(list.people, func(p person) bool { return p.id == marek }))
	}
	if p := line(); p.shut || p.dot == "" {
		t.Fatalf("before: %+v", p)
	}
	gallerySuspended(g.core, time.Now())
	view.Hosting = g.core.view.Hosting
	u.apply(app.Changes{View: true}, &view)
	u.home.toggleMembers()
	u.home.toggleMembers()
	q.until(t, "the list of people", func() bool { return line().shut })
	if p := line(); p.about != suspended+" · @marek" || p.dot != "" {
		t.Errorf("the list says %+v", p)
	}
	u.home.showPerson(marek)
	if u.home.card == nil || u.home.card.there.text != suspended {
		t.Fatal("the card does not say it")
	}
	for i := range g.core.accounts {
		g.core.accounts[i].Suspended = false
	}
	u.askShut()
	q.until(t, "them to be let in again", func() bool { return !line().shut && u.home.card.there.text != suspended })
	if line().dot == "" {
		t.Errorf("after: %+v", line())
	}
}
