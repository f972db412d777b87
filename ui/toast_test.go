package ui

import (
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestRefusedChangeIsTold: a deletion, a reaction or a pin that the server refuses goes
// from the screen again, and the window says so and why.
func TestRefusedChangeIsTold(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.u.apply(app.Changes{Notices: []app.Notice{{Kind: app.NoticeChangeRefused, Room: g.u.home.room, Target: 1, Code: chat.CodeMessageGone}}}, g.core.view)
	if want := tr.F("toast.change_refused", "Why", tr.S("fail.message_gone")); !g.u.toasts.box.Visible() || !shows(g.u, want) {
		t.Errorf("the window does not say %q", want)
	}
}
