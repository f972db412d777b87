package ui

import (
	"context"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

func (r *recorder) MoveHosting(_ context.Context, to app.HostPlace) error {
	if r.fail != nil {
		return r.fail
	}
	return r.note("move", to.Local, " ", to.Port)
}

func (r *recorder) PauseHosting(context.Context) error { return r.note("pause") }

func (r *recorder) StartHosting(context.Context) error { return r.note("start") }

func (r *recorder) BackupHosting(context.Context) (string, error) {
	if r.fail != nil {
		return "", r.fail
	}
	return "", r.note("backup")
}

func (r *recorder) RestoreHosting(_ context.Context, path string) (string, error) {
	if r.fail != nil {
		return "", r.fail
	}
	return "/aside", r.note("restore", path)
}

func (r *recorder) CheckBackup(_ context.Context, path string) error {
	if path == "0" { // the newest
		return &app.Failed{Code: app.FailBackup}
	}
	return nil
}

func (r *recorder) Follow(_ context.Context, to string) error {
	if r.fail != nil {
		return r.fail
	}
	return r.note("follow", to)
}

// hostingPage opens the part of the settings about the hosted group.
func hostingPage(t *testing.T, as func(*invented, time.Time)) (*UI, *recorder, *queue, *hostingPart) {
	t.Helper()
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	as(g.core, time.Now())
	g.u.apply(app.Changes{View: true}, g.core.view)
	galleryHosting(g.u)
	q.run()
	return g.u, rec, q, g.u.dialogs[0].spec.body.(*settingsPage).hosted
}

// TestHostingMoves: where the hosted group is reached can be changed; what that means is
// said before, nothing is offered while nothing would change, and an error stands at its
// field.
func TestHostingMoves(t *testing.T) {
	u, rec, q, h := hostingPage(t, galleryHosts)
	if h.f.submit.Visible() || h.effect.Visible() {
		t.Error("a change is offered where nothing would change")
	}
	h.move()
	u.win.Resize(fyne.NewSize(1000, 600)) // in which the button comes below what is in view
	h.where.choose(1)
	if !h.f.submit.Visible() || !shows(u, tr.S("hosting.move.moment")+" "+tr.S("hosting.move.local")) {
		t.Errorf("this machine only: %q", h.effect.text)
	}
	q.run()
	bottom := func(o fyne.CanvasObject) float32 {
		return u.fyne.Driver().AbsolutePositionForObject(o).Y + o.Size().Height
	}
	if at, end := bottom(h.f.submit), bottom(h.p.view.scroll); at > end {
		t.Errorf("the button for it ends at %v, below the end of the page at %v", at, end)
	}
	h.port.entry.SetText("70000")
	pressButton(t, u, tr.S("hosting.move"))
	if q.run(); len(rec.did()) > 0 || !shows(u, tr.S("hosting.port.rule")) {
		t.Fatalf("no port: %q", rec.did())
	}
	h.port.entry.SetText("7490")
	if !shows(u, tr.S("hosting.move.moment")+" "+tr.S("hosting.move.local")+" "+tr.S("hosting.move.port")) {
		t.Errorf("another port: %q", h.effect.text)
	}
	rec.fail = &app.Failed{Code: app.FailPortInUse, Field: "port"}
	pressButton(t, u, tr.S("hosting.move"))
	q.until(t, "the error", func() bool { return h.port.bad && shows(u, tr.S("fail.port")) })
	rec.fail = nil
	pressButton(t, u, tr.S("hosting.move"))
	q.until(t, "the move", func() bool { return slices.Equal(rec.did(), []string{"move true 7490"}) })
	view := *u.view
	view.Hosting = &app.HostingView{Running: true, Local: true, Port: 7490, Addresses: []string{"127.0.0.1:7490"}}
	u.apply(app.Changes{View: true}, &view)
	if !shows(u, tr.S("hosting.local")) || !shows(u, "127.0.0.1:7490") || h.f.submit.Visible() {
		t.Errorf("after it: %q", h.state.text)
	}
}

// TestPortIsReplaced: who goes to the port by keyboard and types has typed the whole of it.
func TestPortIsReplaced(t *testing.T) {
	u, _, _, h := hostingPage(t, galleryHosts)
	u.win.Canvas().Focus(h.port.entry)
	for _, r := range "7490" {
		h.port.entry.TypedRune(r)
	}
	if to, ok := h.wanted(); !ok || to.Port != 7490 {
		t.Errorf("typed 7490, and it says %q", h.port.Text())
	}
}

// TestFollowByCommand: the switcher offers another address to who is in a group, and not
// to who hosts it.
func TestFollowByCommand(t *testing.T) {
	for as, want := range map[string]bool{"main": true, "settings-hosting": false} {
		g, q := newGallery(t, as+",light,en")
		g.pose(q)
		offered := slices.ContainsFunc(g.u.home.commands(), func(c command) bool { return c.name == tr.S("follow.title") })
		if offered != want {
			t.Errorf("%s: offered %v", as, offered)
		}
	}
}

// TestLongNameOfField: what somebody has to type is said in full, however long it is.
func TestLongNameOfField(t *testing.T) {
	newGallery(t, "main,light,en")
	f := newField(tr.F("ending.type", "Group", "The friends of the old harbour and of its lighthouse"), "")
	name, ok := f.Objects[0].(*para)
	if !ok {
		t.Fatalf("the name is a %T", f.Objects[0])
	}
	if one, two := name.HeightFor(1000), name.HeightFor(200); two < 2*one-2 {
		t.Errorf("at 200 it is %v high, on one line %v", two, one)
	}
}

// TestHostingPauses: the server of the hosted group is stopped after a question, to which
// Enter alone is no answer, and started again; without it there is nothing to copy.
func TestHostingPauses(t *testing.T) {
	u, rec, q, h := hostingPage(t, galleryHosts)
	pressButton(t, u, tr.S("hosting.backup.do"))
	q.until(t, "the copy", func() bool { return slices.Equal(rec.did(), []string{"backup"}) })
	pressButton(t, u, tr.S("hosting.pause"))
	if q.run(); len(u.dialogs) != 2 || len(rec.did()) != 1 {
		t.Fatalf("%d dialogs, %q", len(u.dialogs), rec.did())
	}
	pressButton(t, u, tr.S("hosting.pause"))
	q.until(t, "the pause", func() bool { return slices.Contains(rec.did(), "pause") && !h.toggle.Disabled() })
	view := *u.view
	view.Hosting = &app.HostingView{Paused: true, Port: 7480}
	u.apply(app.Changes{View: true}, &view)
	if !shows(u, tr.S("hosting.paused")) || !h.copyNow.Disabled() || !h.people.Disabled() {
		t.Errorf("paused: %q", h.state.text)
	}
	pressButton(t, u, tr.S("hosting.start"))
	q.until(t, "the start", func() bool { return slices.Contains(rec.did(), "start") })
}

// TestAccountsAreFollowed: what is done with an account from the command line shows in the
// list of accounts that is open, and of the people in view.
func TestAccountsAreFollowed(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	galleryHosts(g.core, time.Now())
	u.apply(app.Changes{View: true}, g.core.view)
	u.showAccounts()
	q.until(t, "the list", func() bool { return u.accounts != nil && len(u.accounts.all) > 0 })
	u.accounts.find.entry.SetText("mar")
	for i, want := range []bool{true, false} {
		for at := range g.core.accounts {
			if g.core.accounts[at].Name == "marek" {
				g.core.accounts[at].Suspended = want
			}
		}
		view, hosting := *u.view, *u.view.Hosting
		hosting.Accounts = i + 1
		view.Hosting = &hosting
		u.apply(app.Changes{View: true}, &view)
		q.until(t, "the list to say it", func() bool {
			return shows(u, tr.S("host.people.suspended")) == want && u.shut[inventedAccount("marek")] == want
		})
		if u.accounts.find.Text() != "mar" {
			t.Errorf("looked for is now %q", u.accounts.find.Text())
		}
	}
	u.accounts.d.Close()
	if u.accounts != nil {
		t.Error("a closed list is still told")
	}
}

// TestFollowAsks: a group is followed to another address; where a proxy could read along
// there that none could before, the person is asked.
func TestFollowAsks(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	u.home.showConnection()
	pressButton(t, u, tr.S("follow.open"))
	pressButton(t, u, tr.S("follow.do"))
	if q.run(); !shows(u, tr.S("follow.missing")) {
		t.Error("nothing is said of a field that is empty")
	}
	u.closeAll()
	u.showFollow("hearth://elsewhere")
	rec.fail = &app.Failed{Code: app.FailOtherGroup, Field: "link"}
	pressButton(t, u, tr.S("follow.do"))
	q.until(t, "that it is another group", func() bool { return shows(u, tr.S("fail.other_group")) })
	rec.fail = &app.Failed{Code: app.FailUnbound, Field: "link", Server: chat.ServerID{7}}
	pressButton(t, u, tr.S("follow.do"))
	q.until(t, "the question", func() bool { return shows(u, tr.S("unbound.title")) })
	rec.fail = nil
	pressButton(t, u, tr.S("unbound.do"))
	q.until(t, "the way there", func() bool {
		return slices.Contains(rec.did(), "follow hearth://elsewhere") && len(u.dialogs) == 0
	})
}

// TestSignedInOffersToFollow: who signs in with an account that is here already, by a link
// to its server, is offered to reach it by that link.
func TestSignedInOffersToFollow(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	e := explain(&app.Failed{Code: app.FailSignedIn, Field: "name"})
	if u.offerFollow(e, "hearth://elsewhere", chat.ServerID{9}, u.view.Me.Name) || u.offerFollow(e, "x", u.view.Group.Server, "somebody") {
		t.Error("offered for what is not here")
	}
	if !u.offerFollow(e, "hearth://elsewhere", u.view.Group.Server, u.view.Me.Name) {
		t.Fatal("nothing is offered")
	}
	pressButton(t, u, tr.S("follow.here.do"))
	pressButton(t, u, tr.S("follow.do"))
	q.until(t, "the way there", func() bool { return slices.Equal(rec.did(), []string{"follow hearth://elsewhere"}) })
}

// TestTwiceLeadsToTheOther: who signs in again in a group that is there twice is led to the
// one that is signed in, and to no group of another server.
func TestTwiceLeadsToTheOther(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	e := explain(&app.Failed{Code: app.FailSignedIn, Field: "name", Server: u.view.Group.Server})
	if u.offerOther(e) {
		t.Error("it leads to itself")
	}
	u.all = append(u.all, &UI{Window: u.Window, view: u.view})
	if u.offerOther(explain(&app.Failed{Code: app.FailSignedIn, Server: chat.ServerID{9}})) || u.offerOther(explain(&app.Failed{Code: app.FailEmpty})) {
		t.Error("it leads to another group")
	}
	if !u.offerOther(e) || !shows(u, tr.S("join.member.go")) {
		t.Error("it leads nowhere")
	}
	u.all = u.all[:len(u.all)-1]
}

// TestBackupFails: why no backup was made stands in the settings, under the button, until
// the next attempt.
func TestBackupFails(t *testing.T) {
	u, rec, q, h := hostingPage(t, galleryHosts)
	rec.fail = &app.Failed{Code: app.FailHostSpace, Detail: "raw words"}
	h.copyNow.OnTapped()
	want := tr.F("hosting.backup.failed", "Why", tr.S("fail.hosting_space"))
	q.until(t, "the reason", func() bool { return h.wrong.Visible() && shows(u, want) && !h.copyNow.Disabled() })
	top := func(o fyne.CanvasObject) float32 { return u.fyne.Driver().AbsolutePositionForObject(o).Y }
	if top(h.wrong) < top(h.copyNow)+h.copyNow.Size().Height || h.wrong.Size().Height < 10 {
		t.Errorf("it stands at %v, %v high, the button at %v", top(h.wrong), h.wrong.Size().Height, top(h.copyNow))
	}
	rec.fail = nil
	h.copyNow.OnTapped()
	q.until(t, "another attempt", func() bool { return !h.wrong.Visible() && !h.copyNow.Disabled() })
}

// TestGoingBack: from the banner of damaged data one comes to the backups; of those the
// newest sound one is chosen, what follows is asked with the focus on Cancel, a failure is
// said where one looks, and in the end it is said where the data from before are.
func TestGoingBack(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	galleryDamaged(g.core, time.Now())
	u := g.u
	u.apply(app.Changes{View: true}, g.core.view)
	if b := u.home.pane.banner.shown; b.text != tr.S("hosting.damaged") {
		t.Fatalf("the banner says %q", b.text)
	}
	u.home.pane.banner.press()
	second := bytesText(8_260_000-90_000) + " · " + tr.S("hosting.restore.sound")
	q.until(t, "the backups", func() bool {
		return shows(u, bytesText(8_260_000)+" · "+tr.S("hosting.restore.bad")) && shows(u, second)
	})
	pressButton(t, u, tr.S("hosting.restore.do"))
	if focus, ok := u.win.Canvas().Focused().(interface{ Text() string }); !ok || focus.Text() != tr.S("button.cancel") {
		t.Errorf("the focus is on %v", focus)
	}
	rec.fail = &app.Failed{Code: app.FailHostSpace}
	pressButton(t, u, tr.S("hosting.restore.sure.do"))
	q.until(t, "the failure", func() bool { return shows(u, tr.S("fail.hosting_space")) })
	if len(rec.did()) > 0 {
		t.Fatalf("it did %q", rec.did())
	}
	rec.fail = nil
	pressButton(t, u, tr.S("hosting.restore.do"))
	pressButton(t, u, tr.S("hosting.restore.sure.do"))
	q.until(t, "the end of it", func() bool { return shows(u, "/aside") && shows(u, tr.S("hosting.restore.done.text")) })
	if did := rec.did(); !slices.Equal(did, []string{"restore 1"}) {
		t.Errorf("it did %q", did)
	}
}

// TestHostsAlready: who hosts a group is told on the card that a second one cannot be
// hosted, before there is a form to fill in.
func TestHostsAlready(t *testing.T) {
	u, _, q, _ := hostingPage(t, galleryHosts)
	u.closeAll()
	u.showWelcome()
	q.run()
	why := tr.F("welcome.host.already", "Group", inSentence(groupName(u.view)))
	if !shows(u, why) {
		t.Fatal("the card does not say it")
	}
	u.view.Hosting = nil
	u.showWelcome()
	if q.run(); shows(u, why) || !shows(u, tr.S("welcome.host.text")) {
		t.Error("said of a group that is not hosted here")
	}
}

// TestBackupsAreFollowed: a backup that the server makes while the page is open is on it.
func TestBackupsAreFollowed(t *testing.T) {
	u, rec, q, h := hostingPage(t, galleryPaused)
	q.until(t, "no backup", func() bool { return shows(u, tr.S("hosting.backups.none")) })
	view := *u.view
	view.Hosting = &app.HostingView{Running: true, Port: 7480, Accounts: 1}
	rec.view.Hosting = view.Hosting
	h.shown.Running, h.shown.Paused = true, false // it ran before, without a backup
	u.apply(app.Changes{View: true}, &view)
	q.until(t, "the backup", func() bool { return shows(u, tr.N("hosting.backups.count", 5)) })
}

// TestWheelOverField: the wheel moves the page also where the pointer rests on a field.
func TestWheelOverField(t *testing.T) {
	u, _, q, h := hostingPage(t, galleryHosts)
	q.run()
	at := u.fyne.Driver().AbsolutePositionForObject(h.port.entry)
	size := h.port.entry.Size()
	test.Scroll(u.win.Canvas(), at.AddXY(size.Width/2, size.Height/2), 0, -25)
	if y := h.p.view.scroll.Offset.Y; y <= 0 {
		t.Errorf("the page is at %v after the wheel", y)
	}
}

// TestHostDiskShown: whoever hosts is told of a disk that has too little left in the window
// and in the settings, and no more once it has enough.
func TestHostDiskShown(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	with := func(d *app.HostDisk) string {
		g.core.view.Hosting = &app.HostingView{Running: true, Port: 7480, Disk: d}
		g.core.view.ServerFull, g.core.view.Waiting = d != nil && d.Full, 2
		u.apply(app.Changes{View: true}, g.core.view)
		return diskText(g.core.view.Hosting)
	}
	full := with(&app.HostDisk{Dir: "/data/of/bees", Full: true, Missing: 340_000_001})
	if want := tr.F("hosting.disk.full", "Missing", "341 MB", "Folder", inSentence("/data/of/bees")); full != want {
		t.Errorf("%q", full)
	}
	if !shows(u, full+" "+tr.N("conn.outbox", 2)) || shows(u, tr.S("banner.server_full")) {
		t.Error("the window does not say it")
	}
	galleryHosting(u)
	if !shows(u, full) {
		t.Error("the settings do not say it")
	}
	if low := with(&app.HostDisk{Dir: "/data/of/bees", Missing: 1}); !shows(u, low) || shows(u, full) || low == full {
		t.Errorf("%q", low)
	}
	unknown := with(&app.HostDisk{Dir: "/data/of/bees", Full: true})
	if !shows(u, unknown) || unknown != tr.F("hosting.disk.unknown", "Folder", inSentence("/data/of/bees")) {
		t.Errorf("%q", unknown)
	}
	if with(nil); shows(u, unknown) || shows(u, "/data/of/bees") {
		t.Error("it stays")
	}
}

// TestInvitesLead: an invite for a place where the group is no more says so.
func TestInvitesLead(t *testing.T) {
	g, q := newGallery(t, "hosting-invites,light,en")
	galleryHosts(g.core, time.Now())
	q.run()
	g.u.apply(app.Changes{View: true}, g.core.view)
	g.u.home.showInvite()
	q.until(t, "where it leads", func() bool { return shows(g.u, tr.S("invite.leads.nowhere")) })
	if !shows(g.u, tr.S("invite.dead")) {
		t.Error("it stands among the invites that work")
	}
	if shows(g.u, tr.S("invite.leads.here")) {
		t.Error("one leads here")
	}
}
