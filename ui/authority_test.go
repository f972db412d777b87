package ui

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/internal/desktop"
	"hearth/ui/tr"
)

func (r *recorder) SetAuthority(_ context.Context, file []byte) (app.AuthorityView, error) {
	if len(file) < 5 {
		return app.AuthorityView{}, &app.Failed{Code: app.FailAuthority, Field: "authority", Wrong: app.AuthorityNone, Detail: "none"}
	}
	r.invented.view.Group.Authority = app.AuthorityView{Name: "Works CA", Fingerprint: "0123 4567", Until: time.Now().AddDate(1, 0, 0), Count: 1}
	r.invented.fail = nil
	return r.invented.view.Group.Authority, r.note("authority", len(file))
}

func (r *recorder) RemoveAuthority(context.Context) error {
	r.invented.view.Group.Authority = app.AuthorityView{}
	return r.note("no authority")
}

// choosing has the desktop's dialog answer with a file of some text.
func choosing(t *testing.T, u *UI, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	u.desktop.AskFiles = func(context.Context, desktop.Ask) ([]string, error) { return []string{path}, nil }
}

// TestAuthority: from the details of the connection an authority is imported and removed;
// a bad file is named in words and changes nothing.
func TestAuthority(t *testing.T) {
	g, q := newGallery(t, "connection,light,en")
	rec := record(g)
	g.pose(q)
	u := g.u
	q.until(t, "the details of the connection", func() bool { return shows(u, tr.S("authority.open")) })
	pressButton(t, u, tr.S("authority.open"))
	if !shows(u, tr.S("authority.text")) || shows(u, tr.S("authority.remove")) {
		t.Fatal("not the page of no authority")
	}
	choosing(t, u, "no")
	pressButton(t, u, tr.S("authority.choose"))
	q.until(t, "what is wrong with the file", func() bool { return shows(u, tr.S("authority.none")) })
	u.desktop.AskFiles = func(context.Context, desktop.Ask) ([]string, error) { return []string{t.TempDir()}, nil }
	pressButton(t, u, tr.S("authority.choose"))
	q.until(t, "that it is no file", func() bool { return shows(u, tr.S("fail.file_unreadable")) })
	choosing(t, u, "a certificate")
	u.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) // the button has the keyboard
	q.until(t, "the authority", func() bool { return slices.Equal(rec.did(), []string{"authority 13"}) && len(u.dialogs) == 0 })

	u.showAuthority("", nil)
	for _, text := range []string{"Works CA", "0123 4567", tr.S("authority.remove")} {
		if !shows(u, text) {
			t.Errorf("%q is not shown", text)
		}
	}
	pressButton(t, u, tr.S("authority.remove"))
	q.until(t, "that it is removed", func() bool { return len(rec.did()) == 2 && rec.did()[1] == "no authority" && len(u.dialogs) == 0 })
}

// TestJoinNeedsAuthority: where an invite fails for want of an authority its file can be
// chosen, and the way in goes on by itself.
func TestJoinNeedsAuthority(t *testing.T) {
	g, q := newGallery(t, "join-authority,light,en")
	rec := record(g)
	g.pose(q)
	u := g.u
	q.until(t, "the offer", func() bool { return shows(u, tr.S("authority.choose")) && shows(u, tr.S("reason.authority")) })
	choosing(t, u, "a certificate")
	pressButton(t, u, tr.S("authority.choose"))
	q.until(t, "the page behind the link", func() bool { return len(rec.did()) == 1 && shows(u, tr.S("join.submit")) })
	if !shows(u, tr.S("authority.fact")) {
		t.Error("the page does not say whose certificates count")
	}
}

// TestAuthorityFaults: everything that may be wrong with a file has words of its own.
func TestAuthorityFaults(t *testing.T) {
	newGallery(t, "main,light,en")
	seen := map[string]bool{}
	for _, wrong := range []app.AuthorityFault{app.AuthorityLarge, app.AuthorityForeign, app.AuthorityDamaged, app.AuthorityLeaf, app.AuthorityMany, app.AuthorityNone} {
		text := explain(&app.Failed{Code: app.FailAuthority, Field: "authority", Wrong: wrong}).text
		if text == "" || seen[text] {
			t.Errorf("%s: %q", wrong, text)
		}
		seen[text] = true
	}
}

// TestAuthorityBanner: where the server's authority is not known, the banner leads to where
// one is chosen.
func TestAuthorityBanner(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	v := *g.u.view
	v.Connection = app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonAuthority}
	g.u.apply(app.Changes{View: true}, &v)
	pressButton(t, g.u, tr.S("authority.open"))
	if !shows(g.u, tr.S("authority.text")) {
		t.Error("the banner leads elsewhere")
	}
}
