package ui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

func (r *recorder) RemoveMember(_ context.Context, room chat.RoomID, account chat.AccountID) error {
	return r.note("take out", room, " ", account)
}

func (r *recorder) DeleteAccount(_ context.Context, q app.DeleteRequest) error {
	if r.fail != nil {
		return r.fail
	}
	return r.note("delete", string(q.Password), " ", q.Erase)
}

func (r *recorder) ChangeAccount(_ context.Context, name string, change app.AccountChange) ([]app.Heir, error) {
	if r.fail != nil {
		return nil, r.fail
	}
	return r.heirs, r.note("account", name, " ", string(change))
}

func (r *recorder) MakeReset(_ context.Context, name string) (string, error) {
	return inventedLink, r.note("reset", name)
}

func (r *recorder) EndHosting(_ context.Context, keep bool) (string, error) {
	return "/kept/here", r.note("end", keep)
}

// openMenu is the menu that lies over the window.
func openMenu(t *testing.T, u *UI) *look.Menu {
	t.Helper()
	m, ok := u.win.Canvas().Overlays().Top().(*look.Menu)
	if !ok {
		t.Fatalf("no menu is open: %T", u.win.Canvas().Overlays().Top())
	}
	return m
}

// choose taps the last card or row in view that says something.
func choose(t *testing.T, u *UI, text string) {
	t.Helper()
	var card *touch
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if c, ok := o.(*touch); ok && saysIn(c, text) {
			card = c
		}
	})
	if card == nil {
		t.Fatalf("there is no choice %q", text)
	}
	card.Tapped(nil)
}

func saysIn(o fyne.CanvasObject, text string) bool {
	found := false
	walk(o, fyne.Position{}, bounds{}, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		switch o := o.(type) {
		case *look.Line:
			found = found || o.Text() == text
		case *para:
			found = found || o.text == text
		}
	})
	return found
}

// TestRemoveMember: the owner of a room takes somebody out of it from their card and from
// the list of people, after a second word; who owns nothing is not offered it.
func TestRemoveMember(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	liwei := inventedAccount("liwei")
	u.home.showPerson(liwei)
	if shows(u, tr.S("remove.open")) {
		t.Error("a member is offered to remove others")
	}
	closeAll(u)

	galleryOwner(g.core, g.core.view.Connection.Since)
	r := u.home.roomOf(u.home.room)
	want := "take out " + strings.TrimSpace(r.ID.String()+" "+liwei.String())
	name := inSentence(personName(r.Members[3]))
	u.home.showPerson(liwei)
	pressButton(t, u, tr.S("remove.open"))
	if !shows(u, tr.F("remove.title", "Name", name, "Room", inSentence(roomName(r)))) || len(rec.did()) != 0 {
		t.Fatalf("not asked for once more: %v", rec.did())
	}
	pressButton(t, u, tr.S("button.cancel"))
	if len(rec.did()) != 0 || len(u.dialogs) != 0 {
		t.Fatalf("cancelled: %v", rec.did())
	}
	u.home.memberMenu(liwei, fyne.NewPos(10, 10))
	openMenu(t, u).TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	u.home.removeMember(r.ID, r.Members[3])
	pressButton(t, u, tr.S("remove.do"))
	q.until(t, "the removal", func() bool { return len(rec.did()) == 1 && rec.did()[0] == want })

	me := r.Members[0]
	if mayRemove(r, me) {
		t.Error("one removes oneself")
	}
	direct := *r
	direct.Access = chat.AccessDirect
	if mayRemove(&direct, r.Members[3]) {
		t.Error("somebody is removed from a direct room")
	}
}

// TestRemovedRoom: who was removed, or whose membership the server has lost, reads what is
// there and cannot write, and is told what helps, in the room and in the list.
func TestRemovedRoom(t *testing.T) {
	for screen, says := range map[string][2]tr.Key{
		"removed": {"composer.removed", "room.removed"}, "lost-member": {"composer.forgotten", "room.forgotten"},
	} {
		g, q := newGallery(t, screen+",light,en")
		q.run()
		u := g.u
		if u.home.pane.composer.usable() || !shows(u, tr.S(says[0])) {
			t.Errorf("%s: the composer does not say why nothing can be written", screen)
		}
		r := u.home.roomOf(inventedRoom("release-room"))
		if f := factsOf(r, "", g.core.view.Connection.Since); f.text != tr.S(says[1]) {
			t.Errorf("%s: the list says %q", screen, f.text)
		}
	}
}

// TestFarewell: an account is deleted with its password and the choice that was made; a
// wrong password is said where it was typed, and what is here is offered to go, too.
func TestFarewell(t *testing.T) {
	for name, erase := range map[string]bool{"keeps": false, "erases": true} {
		t.Run(name, func(t *testing.T) {
			g, q := newGallery(t, "main,light,en")
			rec := record(g)
			q.run()
			u := g.u
			u.showSettingsNamed("settings.account")
			pressButton(t, u, tr.S("farewell.open"))
			pressButton(t, u, tr.S("farewell.do"))
			if !shows(u, tr.S("password.missing")) || len(rec.did()) != 0 {
				t.Fatalf("without a password: %v", rec.did())
			}
			if erase {
				choose(t, u, tr.S("farewell.erase"))
			}
			typed := entries(u)
			password := typed[len(typed)-1]
			password.SetText("not my password")
			rec.fail = &app.Failed{Code: app.FailPassword, Field: "present"}
			pressButton(t, u, tr.S("farewell.do"))
			q.until(t, "the refusal", func() bool { return shows(u, tr.S("fail.password_alone")) })
			rec.fail = nil
			password.SetText("my present password")
			pressButton(t, u, tr.S("farewell.do"))
			q.until(t, "the last question", func() bool { return shows(u, tr.S("farewell.local")) })
			if b, ok := u.win.Canvas().Focused().(*look.Button); !ok || b.Text() != tr.S("button.cancel") {
				t.Error("Enter, pressed once more, would delete what is on this disk")
			}
			want := "delete my present password " + map[bool]string{false: "false", true: "true"}[erase]
			if !slices.Equal(rec.did(), []string{want}) {
				t.Errorf("asked for %q", rec.did())
			}
		})
	}
}

// TestFarewellExport: who deletes their account gets to the export of any of their rooms
// from there, and comes back to where they were.
func TestFarewellExport(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	record(g)
	q.run()
	u := g.u
	u.showFarewell()
	pressButton(t, u, tr.S("farewell.export.open"))
	choose(t, u, "design")
	if !shows(u, tr.F("export.title", "Room", inSentence("design"))) {
		t.Error("the export of the room does not open")
	}
	u.dialogs[len(u.dialogs)-1].Close()
	if len(u.dialogs) != 1 || !shows(u, tr.S("farewell.do")) {
		t.Errorf("%d dialogs are left", len(u.dialogs))
	}
}

// TestShutOut: a suspended person can try again, one whose account was deleted cannot; in a
// group that has ended, or whose folder cannot be written, one can try again, but begins nothing. All are told that what is here
// stays.
func TestShutOut(t *testing.T) {
	for screen, c := range map[string]struct {
		reason        app.Reason
		again, begins bool
	}{"suspended": {app.ReasonSuspended, true, true}, "deleted": {app.ReasonDeleted, false, false}, "group-ended": {app.ReasonEnded, true, false}, "read-only": {app.ReasonReadOnly, true, false}} {
		t.Run(screen, func(t *testing.T) {
			g, q := newGallery(t, screen+",light,en")
			q.run()
			if !shows(g.u, reasonText(c.reason)) || shows(g.u, tr.S("conn.try_now")) != c.again {
				t.Errorf("the banner says %+v", g.u.home.pane.banner.shown)
			}
			if p := g.u.home.pane; p.composer.usable() != c.begins || shows(g.u, tr.S("side.invite")) != c.begins || p.composer.off != "" && !shows(g.u, p.composer.off) {
				t.Errorf("the composer says %q; invites are offered: %v", p.composer.off, shows(g.u, tr.S("side.invite")))
			}
			if g.u.home.showInvite(); (len(g.u.dialogs) > 0) != c.begins {
				t.Errorf("%d dialogs for an invite", len(g.u.dialogs))
			}
		})
	}
}

// TestChangeAccount: who hosts the group suspends or deletes an account after a second
// word; who does not host is not offered it.
func TestChangeAccount(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	liwei := inventedAccount("liwei")
	u.home.showPerson(liwei)
	if shows(u, tr.S("host.account.open")) {
		t.Error("offered to somebody who does not host")
	}
	closeAll(u)
	galleryHosts(g.core, g.core.view.Connection.Since)
	u.home.showPerson(inventedAccount("daniel"))
	if shows(u, tr.S("host.account.open")) {
		t.Error("offered for one's own account")
	}
	closeAll(u)
	u.home.showPerson(liwei)
	pressButton(t, u, tr.S("host.account.open"))
	q.until(t, "the account", func() bool { return shows(u, tr.S("host.account.suspend.text")) })
	rec.fail = &app.Failed{Code: app.FailNoAccount, Field: "name"}
	suspend := func() {
		pressButton(t, u, tr.S("host.account.suspend"))
		if len(rec.did()) > 0 || !shows(u, tr.S("host.account.suspend.sure")) {
			t.Fatalf("suspended without a second word: %q", rec.did())
		}
		pressButton(t, u, tr.S("host.account.suspend"))
	}
	suspend()
	q.until(t, "the refusal", func() bool { return shows(u, tr.S("fail.no_account")) })
	rec.fail, rec.heirs = nil, []app.Heir{{Name: "ana", Display: "Ana", Rooms: 2}}
	suspend()
	q.until(t, "the end", func() bool { return len(u.dialogs) == 0 })
	if want := tr.F("host.account.suspended", "Name", inSentence("liwei")) + " " + tr.N("host.account.heir", 2, "Name", inSentence("Ana")); !shows(u, want) {
		t.Errorf("not told: %q", want)
	}

	u.showAccount(galleryAccount(u, "liwei")).choose(2)
	pressButton(t, u, tr.S("host.account.delete"))
	if len(rec.did()) != 1 {
		t.Fatalf("deleted without a second word: %q", rec.did())
	}
	pressButton(t, u, tr.S("host.account.delete"))
	q.until(t, "the end", func() bool { return len(u.dialogs) == 0 })

	u.showAccount(galleryAccount(u, "liwei"))
	pressButton(t, u, tr.S("reset.make"))
	pressButton(t, u, tr.S("reset.make.submit"))
	q.until(t, "the link", func() bool { return shows(u, inventedLink) })
	if want := []string{"account liwei suspend", "account liwei erase", "reset liwei"}; !slices.Equal(rec.did(), want) {
		t.Errorf("asked for %q", rec.did())
	}
}

// TestGoneDirect: a conversation with somebody whose account was deleted is read only, and
// nothing stands where their login name was.
func TestGoneDirect(t *testing.T) {
	g, q := newGallery(t, "gone-direct,light,en")
	q.run()
	openDirect(g.u.home)
	if p := g.u.home.pane; p.about.Text() != "" || p.composer.usable() || p.composer.off != tr.S("composer.deleted") {
		t.Errorf("%q below the name; the composer says %q", p.about.Text(), p.composer.off)
	}
	if got := atName(app.MemberView{Deleted: true}); got != "" {
		t.Errorf("a login name of %q", got)
	}
}

// TestAccountList: who hosts the group finds everybody with an account in the group's menu,
// those who are suspended first, and each leads to what holds for them; nobody else is
// offered it.
func TestAccountList(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	u.home.side.showMenu()
	q.run()
	if shows(u, tr.S("host.people.menu")) {
		t.Error("offered where nothing is hosted")
	}
	gallerySuspended(g.core, time.Now())
	u.apply(app.Changes{View: true}, g.core.view)
	u.showAccounts()
	q.until(t, "the list", func() bool { return shows(u, "Marek Vella") })
	for _, want := range []string{"@marek", "@tom-long", "@liwei", tr.S("host.people.suspended"), tr.S("host.people.you")} {
		if !shows(u, want) {
			t.Errorf("%q is missing", want)
		}
	}
	test.Type(u.win.Canvas().Focused(), "Thomas")
	if shows(u, "@liwei") || !shows(u, "@tom-long") {
		t.Error("others than those who are looked for are listed")
	}
	choose(t, u, "@tom-long")
	if shows(u, tr.S("host.account.suspend")) || shows(u, tr.S("reset.make")) {
		t.Error("somebody who is suspended can be suspended, or get a new password")
	}
	pressButton(t, u, tr.S("host.account.unsuspend"))
	q.until(t, "the end", func() bool { return len(u.dialogs) == 0 })
	if want := []string{"account tom-long unsuspend"}; !slices.Equal(rec.did(), want) {
		t.Errorf("asked for %q", rec.did())
	}
	u.home.showInvite()
	if shows(u, tr.S("reset.make")) || shows(u, tr.S("host.account.open")) {
		t.Error("the invites are about accounts that exist")
	}
}

// TestEndHosting: who has deleted their account in the group that they host is asked whether
// it shall end, and told who else is in it; Enter alone does not end it. The same is asked
// in the settings.
func TestEndHosting(t *testing.T) {
	for _, others := range []bool{false, true} {
		g, q := newGallery(t, "main,light,en")
		rec := record(g)
		q.run()
		u := g.u
		galleryEnded(others)(g.core, time.Now())
		u.apply(app.Changes{View: true}, g.core.view)
		u.afterFarewell()
		group := inSentence(groupName(u.view))
		want := tr.F("ending.nobody", "Group", group)
		if others {
			want = tr.N("ending.others", len(g.core.accounts), "Group", group)
		}
		want += " " + tr.N("ending.messages", 12408)
		q.until(t, "who is left", func() bool { return shows(u, want) })
		u.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		q.run()
		if len(u.dialogs) > 0 || len(rec.did()) > 0 {
			t.Fatalf("Enter alone: %d dialogs, %q", len(u.dialogs), rec.did())
		}
		u.showSettingsNamed("settings.storage")
		pressButton(t, u, tr.S("hosting.open"))
		pressButton(t, u, tr.S("ending.open"))
		q.until(t, "who is left", func() bool { return shows(u, want) })
		choose(t, u, tr.S("ending.erase.data"))
		pressButton(t, u, tr.S("ending.do"))
		q.run()
		if !shows(u, tr.F("ending.type.wrong", "Group", group)) || len(rec.did()) > 0 {
			t.Fatalf("without the name: %q", rec.did())
		}
		test.Type(u.win.Canvas().Focused(), strings.ToUpper(groupName(u.view)))
		pressButton(t, u, tr.S("ending.do"))
		q.until(t, "the end", func() bool { return slices.Equal(rec.did(), []string{"end false"}) && len(u.dialogs) == 0 })
	}
}

// TestEndHostingKept: who has an account in the group that they host can end it, too, from
// the rail; what its server has stays, and it is said where.
func TestEndHostingKept(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	galleryHosts(g.core, time.Now())
	u.apply(app.Changes{View: true}, g.core.view)
	u.askDelete()
	q.until(t, "who is in it", func() bool {
		return shows(u, tr.N("ending.others", len(g.core.accounts)-1, "Group", inSentence(groupName(u.view)))+" "+tr.N("ending.messages", 12408))
	})
	pressButton(t, u, tr.S("ending.do")) // which leads to the name
	test.Type(u.win.Canvas().Focused(), groupName(u.view))
	u.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	q.until(t, "where the data are", func() bool {
		return slices.Equal(rec.did(), []string{"end true"}) && shows(u, "hearth-server --data /kept/here")
	})
	pressButton(t, u, tr.S("button.done"))
	if len(u.dialogs) > 0 {
		t.Errorf("%d dialogs stay", len(u.dialogs))
	}
}

func (r *recorder) AllowUnbound(s chat.ServerID) { _ = r.note("proxy", s) }

// TestProxyAsks: where a link lets a proxy read along that none could before, the person is
// asked, Enter alone does not go on, and after their word the form is sent again.
func TestProxyAsks(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u, sent := g.u, 0
	f := newForm(u)
	f.submit = look.NewButton("send", look.Primary, func() { sent++ })
	server := chat.ServerID{7}
	ask := func() { f.show(explain(&app.Failed{Code: app.FailUnbound, Field: "link", Server: server})) }
	ask()
	u.win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if len(rec.did()) > 0 || sent > 0 || len(u.dialogs) > 0 {
		t.Fatalf("Enter alone: %q, sent %d times", rec.did(), sent)
	}
	ask()
	pressButton(t, u, tr.S("unbound.do"))
	if len(rec.did()) != 1 || rec.did()[0] != "proxy "+server.String() || sent != 1 {
		t.Errorf("asked for %q, sent %d times", rec.did(), sent)
	}
}

// TestDeletedAccount: where the account is gone, nothing is offered that would need it.
func TestDeletedAccount(t *testing.T) {
	g, q := newGallery(t, "deleted,light,en")
	g.pose(q)
	u := g.u
	u.showSettingsNamed("settings.account")
	q.run()
	for _, gone := range []tr.Key{"password.title", "farewell.open"} {
		if shows(u, tr.S(gone)) {
			t.Errorf("%q is offered for an account that was deleted", tr.S(gone))
		}
	}
	if !shows(u, reasonText(app.ReasonDeleted)) {
		t.Error("it is not said why")
	}
}

func (r *recorder) HostAgain(context.Context) error {
	if r.fail != nil {
		return r.fail
	}
	return r.note("host again")
}

// TestHostAgain: whoever ended a group and kept its data reads that it was they, and hosts it
// again from the line over the messages, or looks whether somebody else serves it.
func TestHostAgain(t *testing.T) {
	g, q := newGallery(t, "group-ended-here,light,en")
	rec := record(g)
	q.run()
	u := g.u
	g.core.view.Connection = app.ConnectionView{State: app.ConnStopped, Reason: app.ReasonEnded}
	g.core.view.EndedHere, g.core.view.Kept = true, "/server-kept"
	u.apply(app.Changes{View: true}, g.core.view)
	if shows(u, reasonText(app.ReasonEnded)) || !shows(u, tr.S("again.banner")) {
		t.Error("it is not said who ended it")
	}
	pressButton(t, u, tr.S("again.open"))
	rec.fail = &app.Failed{Code: app.FailKeptRuns}
	pressButton(t, u, tr.S("again.do"))
	q.until(t, "why not", func() bool { return shows(u, tr.S("fail.hosting_kept_runs")) })
	rec.fail = nil
	pressButton(t, u, tr.S("again.open"))
	pressButton(t, u, tr.S("again.do"))
	q.until(t, "the group", func() bool { return slices.Equal(rec.did(), []string{"host again"}) })
	g.core.view.Kept = ""
	u.apply(app.Changes{View: true}, g.core.view)
	if !shows(u, tr.S("again.gone")) || shows(u, tr.S("again.open")) {
		t.Error("what is not kept is offered")
	}
}
