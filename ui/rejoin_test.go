package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestRejoin: whom the server has forgotten is offered to sign in and to use another
// invite; one to another group is refused before anything is asked there.
func TestRejoin(t *testing.T) {
	link := chat.Link{Addresses: []string{"192.168.1.20:7480"}, Server: chat.ServerID{2}, Bound: true, Secret: chat.NewInviteSecret()}
	g, q := newGallery(t, "forgotten,light,en")
	q.run()
	u := g.u
	u.view.Group.Server = link.Server
	other := link
	other.Server = chat.ServerID{1}
	if !shows(u, tr.S("banner.sign_in")) {
		t.Error("the banner does not offer to sign in")
	}
	pressButton(t, u, tr.S("banner.invite"))
	list := entries(u)
	if list[1].Text() != g.core.view.Me.Display {
		t.Errorf("the name is %q", list[1].Text())
	}
	list[0].SetText(other.String())
	for _, e := range list {
		if e.Secret() {
			e.SetText("a long enough password")
		}
	}
	pressButton(t, u, tr.S("join.submit"))
	q.until(t, "the refusal", func() bool {
		return shows(u, tr.F("rejoin.other", "Group", inSentence(g.core.view.Group.Name))) && len(g.core.joined) == 0
	})
	list[0].SetText(link.String())
	pressButton(t, u, tr.S("join.submit"))
	offline := explain(&app.Failed{Code: app.FailOffline}).text // which the invented core is
	q.until(t, "the answer", func() bool { return shows(u, offline) })
	if len(g.core.joined) != 1 {
		t.Fatalf("joined %d times", len(g.core.joined))
	}
	r := g.core.joined[0]
	if r.Link != link.String() || r.Name != "daniel" || r.Display != "Daniel Camilleri" || r.Secret.Mode != app.SecretKeyring {
		t.Errorf("joined with %q as %q, %q, %q", r.Link, r.Name, r.Display, r.Secret.Mode)
	}

	// Of a device that was removed the account is there: no other invite is of use.
	g, q = newGallery(t, "forgotten,light,en")
	g.core.view.Connection.Reason = app.ReasonRevoked
	g.u.home.pane.banner.apply(g.core.view)
	q.run()
	if !shows(g.u, tr.S("banner.sign_in")) || shows(g.u, tr.S("banner.invite")) {
		t.Error("a removed device is offered to come back with an invite, or not to sign in")
	}

	// The keyboard has a way there that does not lead through the whole window.
	again := slices.IndexFunc(g.u.home.commands(), func(c command) bool { return c.name == tr.S("banner.sign_in") })
	if again < 0 {
		t.Fatal("the switcher does not offer to sign in again")
	}
	g.u.home.commands()[again].run()
	if !shows(g.u, tr.S("signin.again")) {
		t.Error("nothing asks for the password")
	}
}

// TestPasteNothing: an empty clipboard takes nothing from a link that stands there.
func TestPasteNothing(t *testing.T) {
	g, q := newGallery(t, "welcome,light,en")
	q.run()
	link := g.u.linkField("Link", "", func() {})
	window := test.NewTempWindow(t, link.Container)
	link.entry.SetText("hearth://somewhere")
	g.u.fyne.Clipboard().SetContent("")
	window.Canvas().Focus(link.entry)
	window.Canvas().FocusNext()
	window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if link.entry.Text() != "hearth://somewhere" {
		t.Errorf("the link is %q", link.entry.Text())
	}
	g.u.fyne.Clipboard().SetContent("hearth://elsewhere")
	window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	if link.entry.Text() != "hearth://elsewhere" {
		t.Errorf("the link is %q", link.entry.Text())
	}
}
