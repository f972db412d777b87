package ui

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

func (r *recorder) Recover(_ context.Context, q app.RecoverRequest) error {
	return r.note("recover", q.Link, q.Name, " ", q.Key, len(q.Password), q.RemoveOthers)
}

func (r *recorder) NewRecoveryKey(_ context.Context, password []byte) error {
	r.invented.view.Me.Recovery.Key = chat.RecoverySecret{9}
	return r.note("new key", len(password))
}

func (r *recorder) RecoveryKept(context.Context) error { return r.note("kept") }

// TestRecoveryKey: a key that was made is shown once by itself, as it is typed later; who
// puts it off finds it in the settings, who has kept it says so.
func TestRecoveryKey(t *testing.T) {
	g, q := newGallery(t, "recovery-offer,light,en")
	rec := record(g)
	q.run()
	u := g.u
	sheet := u.view.Me.Recovery.Key.Sheet()
	if len(u.dialogs) != 0 || !shows(u, tr.S("banner.recovery")) {
		t.Fatal("it is not offered, or is in the way")
	}
	pressButton(t, u, tr.S("recovery.show"))
	if !shows(u, tr.S("recovery.title")) || !shows(u, inLines(sheet)) {
		t.Fatal("the key is not shown")
	}
	pressButton(t, u, tr.S("recovery.copy"))
	if got := u.fyne.Clipboard().Content(); got != sheet {
		t.Errorf("copied %q", got)
	}
	pressButton(t, u, tr.S("recovery.later"))
	u.take(app.Changes{})
	if len(u.dialogs) != 0 || shows(u, tr.S("banner.recovery")) || len(rec.did()) != 0 {
		t.Fatalf("it comes again: %v", rec.did())
	}
	u.showSettingsNamed("settings.account")
	if !shows(u, tr.S("recovery.owed")) {
		t.Error("the settings say nothing")
	}
	pressButton(t, u, tr.S("recovery.show"))
	pressButton(t, u, tr.S("recovery.kept"))
	q.until(t, "the word that it is kept", func() bool { return len(rec.did()) == 1 && rec.did()[0] == "kept" })
}

// TestRecoverySave: the sheet is a new file that nobody else reads, with all that one
// needs; what is there already stays.
func TestRecoverySave(t *testing.T) {
	g, q := newGallery(t, "recovery-offer,light,en")
	rec := record(g)
	q.run()
	u := g.u
	sheet := u.view.Me.Recovery.Key.Sheet()
	path := filepath.Join(t.TempDir(), "key.txt")
	u.showRecoveryKey()
	pressButton(t, u, tr.S("recovery.save"))
	q.until(t, "a place", func() bool { return entries(u)[0].Text() != "" })
	entries(u)[0].SetText(path)
	pressButton(t, u, tr.S("file.save.submit"))
	q.until(t, "the file", func() bool { return len(rec.did()) == 1 && rec.did()[0] == "kept" })
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), sheet) || !strings.Contains(string(text), u.view.Me.Name) {
		t.Errorf("%v: %s", err, text)
	}
	q.until(t, "the dialogs to close", func() bool { return len(u.dialogs) == 0 })
	if err := writeSheet(path, "other", false); err == nil {
		t.Error("written over")
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(text) {
		t.Errorf("%v: %s", err, now)
	}
}

// TestNewRecoveryKey: a new key takes the password, and is then shown.
func TestNewRecoveryKey(t *testing.T) {
	g, q := newGallery(t, "recovery-new,light,en")
	rec := record(g)
	q.run()
	u := g.u
	u.showNewRecovery()
	pressButton(t, u, tr.S("recovery.new.submit"))
	if len(rec.did()) != 0 || !shows(u, tr.S("password.missing")) {
		t.Fatalf("without a password: %v", rec.did())
	}
	entries(u)[0].SetText("the present password")
	pressButton(t, u, tr.S("recovery.new.submit"))
	q.until(t, "the key", func() bool { return shows(u, inLines(chat.RecoverySecret{9}.Sheet())) })
	if len(rec.did()) != 1 || rec.did()[0] != "new key 20" {
		t.Errorf("%v", rec.did())
	}
}

// TestRecover: what is mistyped is named before anything is asked, by its part, and what
// is typed in any way is taken.
func TestRecover(t *testing.T) {
	for _, here := range []bool{false, true} {
		name := map[bool]string{false: "recover,light,en", true: "recover-here,light,en"}[here]
		t.Run(name, func(t *testing.T) {
			g, q := newGallery(t, name)
			rec := record(g)
			q.run()
			u := g.u
			if here {
				u.home.showRecoverHere()
			} else {
				galleryRecover(u, "")
			}
			var key, fresh *input
			for _, e := range entries(u) {
				switch {
				case e.Secret() && fresh == nil:
					fresh = e
				case e.Hint() == "00000-00000-…":
					key = e
				}
			}
			fresh.SetText("a long enough password")
			sheet := chat.RecoverySecret{7}.Sheet()
			for typed, said := range map[string]string{
				"":                            tr.S("recover.key.missing"),
				sheet[:12]:                    tr.F("fail.recovery_short", "N", 10, "Most", 35, "Part", 3),
				sheet + "7":                   tr.F("fail.recovery_long", "Most", 35),
				"u" + sheet[1:]:               tr.F("fail.recovery_character", "Part", 1, "Character", inSentence("u")),
				sheet[:40] + wrong(sheet[40]): tr.F("fail.recovery_part", "Part", 7),
			} {
				key.SetText(typed)
				pressButton(t, u, tr.S("reset.submit"))
				if !shows(u, said) || len(rec.did()) != 0 {
					t.Errorf("%q: %v", typed, rec.did())
				}
			}
			key.SetText(strings.ToLower(sheet))
			pressButton(t, u, tr.S("reset.submit"))
			q.until(t, "the request", func() bool { return len(rec.did()) == 1 })
			if !strings.Contains(rec.did()[0], strings.ToLower(sheet)) || !strings.HasSuffix(rec.did()[0], "22 true") {
				t.Errorf("asked for %v", rec.did())
			}
		})
	}
}

func wrong(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

// TestRecoverySettings: what the settings say of a recovery key in each state.
func TestRecoverySettings(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	made := time.Now().AddDate(-1, 0, 0)
	for _, c := range []struct {
		v    app.RecoveryView
		want string
	}{
		{app.RecoveryView{Known: true}, tr.S("recovery.none")},
		{app.RecoveryView{Known: true, Made: made}, tr.F("recovery.since", "When", tr.Date(made.Local(), true))},
		{app.RecoveryView{Known: true, Made: made, Owed: true}, tr.S("recovery.lost")},
		{app.RecoveryView{Known: true, Made: made, Owed: true, Key: chat.RecoverySecret{1}}, tr.S("recovery.owed")},
	} {
		closeAll(u)
		u.view.Me.Recovery = c.v
		u.showSettingsNamed("settings.account")
		if !shows(u, c.want) {
			t.Errorf("%+v: the settings do not say %q", c.v, c.want)
		}
	}
	closeAll(u)
	u.view.Me.Recovery = app.RecoveryView{}
	u.showSettingsNamed("settings.account")
	if shows(u, tr.S("recovery.setting")) {
		t.Error("of a server without recovery keys something is said")
	}
	closeAll(u)
	u.tell(app.Notice{Kind: app.NoticeRecoveryReplaced})
	if !shows(u, tr.S("recovery.replaced.text")) {
		t.Error("a new key is not told")
	}
	closeAll(u)
	u.tell(app.Notice{Kind: app.NoticeDeviceAdded, Device: app.DeviceView{Name: "desk", Recovered: true}})
	if !shows(u, tr.S("devices.recovered.title")) {
		t.Error("a recovery is not told")
	}
}

// TestRecoverySettingsFollow: the page says at once what has become of the key, and who
// stood on a button that goes stands on the one beside it.
func TestRecoverySettingsFollow(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.showSettingsNamed("settings.account")
	now := func(r app.RecoveryView) {
		v := *u.view
		v.Me.Recovery = r
		u.apply(app.Changes{View: true}, &v)
	}
	made := time.Now()
	now(app.RecoveryView{Known: true, Made: made, Owed: true, Key: chat.RecoverySecret{7}})
	if !shows(u, tr.S("recovery.owed")) || !shows(u, tr.S("recovery.show")) {
		t.Error("a key that was just made is not offered")
	}
	page := u.dialogs[len(u.dialogs)-1].spec.body.(*settingsPage)
	u.win.Canvas().Focus(page.recovery.show)
	now(app.RecoveryView{Known: true, Made: made})
	if !shows(u, tr.F("recovery.since", "When", tr.Date(made.Local(), true))) || shows(u, tr.S("recovery.show")) {
		t.Error("what was kept is not said")
	}
	if u.win.Canvas().Focused() != page.recovery.renew {
		t.Errorf("the focus is at %T", u.win.Canvas().Focused())
	}
}

// TestRecoveryLost: a key that was not kept before the program ended is reminded of, until
// somebody has looked at how to make another.
func TestRecoveryLost(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	v := *u.view
	v.Me.Recovery = app.RecoveryView{Known: true, Made: time.Now(), Owed: true}
	u.apply(app.Changes{View: true}, &v)
	if !shows(u, tr.S("banner.recovery_lost")) {
		t.Fatal("nothing reminds of it")
	}
	pressButton(t, u, tr.S("recovery.new"))
	if !shows(u, tr.S("recovery.new.text")) {
		t.Error("the button leads elsewhere")
	}
	closeAll(u)
	u.take(app.Changes{})
	if shows(u, tr.S("banner.recovery_lost")) {
		t.Error("it stays in the way")
	}
}

func closeAll(u *UI) {
	for len(u.dialogs) > 0 {
		u.dialogs[len(u.dialogs)-1].Close()
	}
}

// TestRejoinByReset: a link for a new password that is pasted where an invite goes leads
// to where it is of use.
func TestRejoinByReset(t *testing.T) {
	g, q := newGallery(t, "rejoin,light,en")
	q.run()
	u := g.u
	link := chat.Link{Addresses: []string{"192.168.1.20:7480"}, Server: chat.ServerID{2}, Bound: true, Secret: chat.NewInviteSecret()}.String()
	u.view.Group.Server = chat.ServerID{2}
	u.home.showRejoin()
	g.core.fail = &app.Failed{Code: app.FailIsReset, Field: "link"}
	for _, e := range entries(u) {
		if e.Secret() {
			e.SetText("a long enough password")
		} else if e.Hint() == "hearth://…" {
			e.SetText(link)
		}
	}
	pressButton(t, u, tr.S("join.submit"))
	q.until(t, "a joining", func() bool { return len(g.core.joined) == 1 })
	q.until(t, "the dialog for a new password", func() bool {
		return shows(u, tr.S("reset.title")) && slices.ContainsFunc(entries(u), func(e *input) bool { return e.Text() == link })
	})
}

// resetLink says of every link that it gives an account a new password.
type resetLink struct{ *invented }

func (c resetLink) CheckInvite(context.Context, string) (app.InviteView, error) {
	return app.InviteView{Group: "Nimbus", Name: "ana"}, nil
}

// TestSignInByReset: a link for a new password is understood where somebody who forgot
// theirs looks first.
func TestSignInByReset(t *testing.T) {
	g, q := newGallery(t, "welcome,light,en")
	q.run()
	u := g.u
	u.core = resetLink{g.core}
	u.showSignIn("")
	entries(u)[0].SetText(chat.Link{Addresses: []string{"192.168.1.20:7480"}, Server: chat.ServerID{2}, Bound: true, Secret: chat.NewInviteSecret()}.String())
	pressButton(t, u, tr.S("button.continue"))
	q.until(t, "the page for a new password", func() bool { return shows(u, tr.S("reset.title")) })
}
