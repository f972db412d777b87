package ui

import (
	"context"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

func (r *recorder) ResetPassword(_ context.Context, q app.ResetRequest) error {
	return r.note("reset", q.Link, len(q.Password), q.RemoveOthers)
}

// TestResetHere: who is signed out and forgot the password pastes a link; one to
// another group, and a short password, are refused before anything is asked.
func TestResetHere(t *testing.T) {
	link := chat.Link{Addresses: []string{"192.168.1.20:7480"}, Server: chat.ServerID{2}, Bound: true, Secret: chat.NewInviteSecret()}
	g, q := newGallery(t, "signed-out,light,en")
	rec := record(g)
	q.run()
	u := g.u
	u.view.Group.Server = link.Server
	u.home.showSignInAgain()
	pressButton(t, u, tr.S("reset.have"))
	other := link
	other.Server = chat.ServerID{1}
	var text, fresh *input
	for _, e := range entries(u) {
		if e.Secret() {
			fresh = e
		} else {
			text = e
		}
	}
	text.SetText(other.String())
	fresh.SetText("short")
	pressButton(t, u, tr.S("reset.submit"))
	if len(rec.did()) != 0 {
		t.Fatalf("a short password: %v", rec.did())
	}
	fresh.SetText("a long enough password")
	pressButton(t, u, tr.S("reset.submit"))
	if !shows(u, tr.F("rejoin.other", "Group", inSentence(g.core.view.Group.Name))) || len(rec.did()) != 0 {
		t.Fatalf("another group's link: %v", rec.did())
	}
	text.SetText(link.String())
	pressButton(t, u, tr.S("reset.submit"))
	q.until(t, "the request", func() bool { return len(rec.did()) == 1 })
}
