package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// recorder notes the commands that matter here; they succeed.
type recorder struct {
	*invented
	mu   sync.Mutex
	told []string // guarded by mu: commands run beside the window
}

// did is what it was told so far.
func (r *recorder) did() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

func (r *recorder) note(what string, args ...any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, strings.TrimSpace(what+" "+fmt.Sprint(args...)))
	return nil
}

func (r *recorder) RetryMessage(_ context.Context, _ chat.RoomID, m chat.MID) error {
	return r.note("retry", m)
}

func (r *recorder) DiscardMessage(_ context.Context, _ chat.RoomID, m chat.MID) error {
	return r.note("discard", m)
}

func (r *recorder) RemoveFile(_ context.Context, _ chat.RoomID, m chat.MID, at int, _ chat.Hash) error {
	return r.note(fmt.Sprint("remove file ", at), m)
}

func (r *recorder) RetryAll(context.Context) (int, error) { return 2, r.note("retry all") }

func (r *recorder) RemoveDevice(_ context.Context, id chat.DeviceID) error {
	return r.note("remove", id)
}

func (r *recorder) RemoveOtherDevices(context.Context) error { return r.note("remove others") }

func (r *recorder) ChangePassword(_ context.Context, p app.PasswordRequest) error {
	return r.note("password", len(p.Present), len(p.Fresh), p.RemoveOthers)
}

// record lets a gallery's window talk to a recorder.
func record(g *Gallery) *recorder {
	r := &recorder{invented: g.core}
	g.u.core = r
	return r
}

func TestOutbox(t *testing.T) {
	g, q := newGallery(t, "pending,light,en")
	rec := record(g)
	q.run()
	u := g.u
	if !u.home.pane.outArea.Visible() || pillText(u.home.pane.outPill) != "1 not sent" {
		t.Errorf("the head says %q about the failed message", pillText(u.home.pane.outPill))
	}
	u.home.pane.outArea.take()
	q.until(t, "the list", func() bool { return u.home.outbox.known })
	for _, want := range []string{
		"Writing this on the train", "Will do after lunch.", "On its way", "Waits to be sent", "4 minutes ago", "2 hours ago",
		"Too long for the server", "This text is too long.", "李伟的房间", "9 days ago", tr.S("fail.away"), tr.S("outbox.maybe"),
	} {
		if !shows(u, want) {
			t.Errorf("the outbox does not show %q", want)
		}
	}

	pressButton(t, u, "Try all again")
	q.until(t, "the command", func() bool { return len(rec.did()) == 1 })
	pressButton(t, u, "Try again") // the last of them
	q.until(t, "the command", func() bool { return len(rec.did()) == 2 })
	pressButton(t, u, "Discard")
	if len(rec.did()) != 2 {
		t.Error("it discards without asking")
	}
	pressButton(t, u, "Discard")
	q.until(t, "the command", func() bool { return len(rec.did()) == 3 })
	last := rec.outbox[4].Message.MID
	want := []string{"retry all", fmt.Sprint("retry ", last), fmt.Sprint("discard ", last)}
	if d := cmp.Diff(want, rec.did()); d != "" {
		t.Error(d)
	}

	pressButton(t, u, "Edit")
	if u.home.outbox != nil || u.home.room != inventedRoom("announcements") || u.home.pane.composer.entry.Text() != "Too long for the server" {
		t.Errorf("editing is in %v with %q", u.home.room, u.home.pane.composer.entry.Text())
	}
}

// TestOutboxFollows shows that the page follows what happens, and that Escape
// closes it.
func TestOutboxFollows(t *testing.T) {
	g, q := newGallery(t, "pending,light,en")
	q.run()
	u := g.u
	u.home.showOutbox()
	q.until(t, "the list", func() bool { return u.home.outbox.known })
	if shows(u, tr.S("outbox.empty")) || !u.home.outbox.all.Visible() {
		t.Error("a full outbox looks empty")
	}
	g.core.outbox = nil
	u.home.apply(app.Changes{View: true}, g.core.view)
	q.until(t, "the empty list", func() bool { return shows(u, tr.S("outbox.empty")) })
	if u.home.outbox.all.Visible() {
		t.Error("there is nothing to try again")
	}
	key(u, fyne.KeyEscape)
	if u.home.outbox != nil || len(u.dialogs) != 0 {
		t.Error("Escape does not close the outbox")
	}
}

// TestOutboxKeepsFocus: while attempts to connect come and go the list is made anew, and
// the keyboard stays on the button where it was.
func TestOutboxKeepsFocus(t *testing.T) {
	g, q := newGallery(t, "pending,light,en")
	q.run()
	u := g.u
	u.home.showOutbox()
	p := u.home.outbox
	q.until(t, "the list", func() bool { return p.known && len(p.lines) > 1 })
	c := u.win.Canvas()
	for i := range p.lines {
		was := p.lines[i]
		c.Focus(was.b)
		p.fill()
		if p.lines[i].b == was.b {
			t.Fatal("the lines were not made anew")
		}
		if c.Focused() != fyne.Focusable(p.lines[i].b) {
			t.Errorf("after %q of line %d the focus is on %T", was.text, i, c.Focused())
		}
	}
	last := p.lines[len(p.lines)-1]
	c.Focus(last.b)
	p.cancel(p.shown[len(p.shown)-1], last.text)
	p.fill()
	key(u, fyne.KeyEscape) // the question
	if at := p.lines[len(p.lines)-1].b; c.Focused() != fyne.Focusable(at) {
		t.Errorf("after a question the focus is on %T", c.Focused())
	}
	p.shown = p.shown[:1] // the entry goes
	p.fill()
	if c.Focused() != fyne.Focusable(p.d.spec.buttons[0]) {
		t.Errorf("after an entry has gone the focus is on %T", c.Focused())
	}
	c.Focus(p.d.cross)
	p.fill()
	if c.Focused() != fyne.Focusable(p.d.cross) {
		t.Errorf("the focus goes from the cross to %T", c.Focused())
	}
}

// TestHeadWaits shows that the head speaks of waiting messages only when they
// wait for longer than sending takes.
func TestHeadWaits(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	p := g.u.home.pane
	v := *g.core.view
	v.Waiting = 3
	p.applyOutbox(&v)
	if p.outArea.Visible() {
		t.Error("it blinks when a message is sent")
	}
	v.Connection.State = app.ConnWaiting
	p.applyOutbox(&v)
	if !p.outArea.Visible() || pillText(p.outPill) != "3 wait" {
		t.Errorf("offline the head says %q", pillText(p.outPill))
	}
	v.Waiting = 0
	p.applyOutbox(&v)
	if p.outArea.Visible() {
		t.Error("it goes on although nothing waits")
	}
}

func TestCompleteness(t *testing.T) {
	g, _ := newGallery(t, "main,light,en")
	u := g.u
	for _, c := range []struct {
		room app.RoomView
		want []string
	}{
		{app.RoomView{Complete: app.Completeness{Through: 1240}}, []string{"Complete to message 1240, nothing missing"}},
		{app.RoomView{}, []string{"Nothing has been written here yet"}},
		{app.RoomView{Complete: app.Completeness{Through: 9, Behind: 1}}, []string{"Complete to message 9; 1 newer one is still to come"}},
		{
			app.RoomView{Complete: app.Completeness{
				Through: 900, MissingEvents: 40, Missing: []app.Gap{{From: 12, To: 50}, {From: 60, To: 60}}, VoidEvents: 1, Void: []app.Gap{{From: 70, To: 70}},
			}},
			[]string{"40 messages are not loaded yet: 12–50, 60", "1 message was removed or is not for you: 70"},
		},
	} {
		d := u.open(dialogSpec{title: "", body: completenessLines(&c.room)})
		for _, want := range c.want {
			if !shows(u, want) {
				t.Errorf("%+v: does not show %q", c.room.Complete, want)
			}
		}
		if len(c.want) != 1 && shows(u, "nothing missing") {
			t.Errorf("%+v counts as complete", c.room.Complete)
		}
		d.Close()
	}
	u.home.pane.title.take()
	if len(u.dialogs) != 1 || !shows(u, "About this room") {
		t.Error("a click on the room's name says nothing about it")
	}
}

func TestDevices(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	u.showDevices()
	q.until(t, "the list", func() bool { return shows(u, "laptop · linux/amd64") })
	for _, want := range []string{"This device · from 192.168.1.0/24", "Connected now · from 203.0.113.0/24", "Last seen 9 days ago · from 2001:db8:7::/48"} {
		if !shows(u, want) {
			t.Errorf("it does not show %q", want)
		}
	}
	pressButton(t, u, "Sign out") // of the last one
	pressButton(t, u, "Sign out") // the question
	q.until(t, "the command", func() bool { return len(rec.did()) == 1 })
	pressButton(t, u, "Sign out all others")
	pressButton(t, u, "Sign out all others")
	q.until(t, "the command", func() bool { return len(rec.did()) == 2 })
	if d := cmp.Diff([]string{fmt.Sprint("remove ", chat.DeviceID(id16("old"))), "remove others"}, rec.did()); d != "" {
		t.Error(d)
	}
}

// TestDevicesFollow: when a device signs in, the open list is loaded anew, behind the question
// whether that was right.
func TestDevicesFollow(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	rec.fail = &app.Failed{Code: app.FailOffline}
	u.showDevices()
	page := u.dialogs[0].spec.body.(*settingsPage).signed
	q.until(t, "the failure", func() bool { return page.state.text != "" })
	rec.fail = nil
	u.hear(app.Notice{Kind: app.NoticeDeviceAdded, Device: app.DeviceView{Name: "Office PC"}})
	if !shows(u, tr.S("devices.new.title")) {
		t.Error("nobody is asked about it")
	}
	q.until(t, "the list", func() bool { return page.state.text == "" })
}

// TestSettingsBack: what the settings could not ask for without a connection is asked for once
// there is one, and what they say of it follows.
func TestSettingsBack(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	connect := func(s app.ConnState) {
		v := *u.view
		v.Connection.State = s
		g.core.view = &v
		u.apply(app.Changes{View: true}, &v)
	}
	connect(app.ConnOffline)
	rec.fail = &app.Failed{Code: app.FailOffline}
	u.showDevices()
	p := u.dialogs[0].spec.body.(*settingsPage)
	q.until(t, "the failure", func() bool { return p.signed.state.text != "" })
	rec.fail = nil
	connect(app.ConnLive)
	q.until(t, "the list", func() bool { return p.signed.state.text == "" && len(p.signed.list.Objects) > 1 })
	p.showNamed("privacy.title")
	if shows(u, tr.S("privacy.offline")) {
		t.Error("it says that there is no connection")
	}
	connect(app.ConnOffline)
	if !shows(u, tr.S("privacy.offline")) {
		t.Error("it does not say that the connection went")
	}
	connect(app.ConnLive)
	if shows(u, tr.S("privacy.offline")) {
		t.Error("it goes on saying that there is no connection")
	}
}

func TestPassword(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	rec := record(g)
	q.run()
	u := g.u
	u.showPassword()
	fields := entries(u)
	in := fields[len(fields)-2:]
	in[1].OnSubmitted("")
	if !shows(u, tr.S("password.missing")) {
		t.Error("it goes on without the present password")
	}
	in[0].SetText("correct horse battery")
	in[1].SetText("short")
	in[1].OnSubmitted("")
	if len(rec.did()) != 0 || u.win.Canvas().Focused() != fyne.Focusable(in[1]) {
		t.Errorf("a short password is taken: %v", rec.did())
	}
	in[1].SetText("another horse battery")
	in[1].OnSubmitted("")
	q.until(t, "the command", func() bool { return len(rec.did()) == 1 && len(u.dialogs) == 0 })
	if d := cmp.Diff([]string{"password 21 21 true"}, rec.did()); d != "" {
		t.Error(d)
	}
}

// TestAlone shows what somebody sees who has just founded a group.
func TestAlone(t *testing.T) {
	g, q := newGallery(t, "alone,light,en")
	g.pose(q)
	u := g.u
	q.until(t, "what to do in an empty room", func() bool { return shows(u, tr.S("pane.alone")) })
	v := *g.core.view
	rooms := append([]app.RoomView(nil), v.Rooms...)
	v.Rooms = rooms
	rooms[0].Last = &app.LastView{Text: "hello", Kind: chat.KindMessage, Own: true, State: app.StateSent}
	u.apply(app.Changes{View: true}, &v)
	q.run()
	if shows(u, tr.S("pane.alone")) {
		t.Error("it stays over the first message")
	}
}

// TestLengths has stretches of time in words.
func TestLengths(t *testing.T) {
	tr.Use("en")
	for d, want := range map[time.Duration]string{
		0: "just now", 59 * time.Second: "just now", time.Minute: "1 minute ago", 119 * time.Minute: "1 hour ago", 72 * time.Hour: "3 days ago",
	} {
		if got := tr.Ago(d); got != want {
			t.Errorf("%v ago is %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		93 * time.Second: "93 seconds", 3 * time.Minute: "3 minutes", 5 * time.Hour: "5 hours", 49 * time.Hour: "2 days",
	} {
		if got := tr.Length(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	if got := skew(-93 * time.Second); got != "93 seconds behind the server" {
		t.Errorf("the clock is %q", got)
	}
}

// TestGapRows shows that nothing is left out silently in a conversation.
func TestGapRows(t *testing.T) {
	tr.Use("en")
	at := time.Now()
	message := func(seq chat.Seq) app.MessageView {
		return app.MessageView{MID: chat.MID(id16(fmt.Sprint(seq))), Seq: seq, Kind: chat.KindMessage, State: app.StateSent, Text: fmt.Sprint(seq), Time: at}
	}
	waiting := message(0)
	waiting.Text = "waits"
	rows := rowsOfPage(app.Page{
		Messages: []app.MessageView{message(5), message(40), message(42), waiting}, Older: true,
		Gaps: []app.Gap{{From: 2, To: 4, Missing: true}, {From: 6, To: 39}, {From: 41, To: 41, Missing: true}, {From: 43, To: 50, Missing: true}},
	}, false, false)
	var got []string
	last := uint64(0)
	for _, r := range rows {
		got = append(got, r.Text)
		if r.Seq > 0 && r.Seq <= last {
			t.Errorf("%d after %d", r.Seq, last)
		}
		last = max(last, r.Seq)
		if r.Time.IsZero() {
			t.Errorf("%q has no time", r.Text)
		}
	}
	// What is missing behind the newest row is for the next page, or on its way.
	want := []string{
		"3 messages are not here yet; they are being loaded", "5", "34 messages were removed or are not for you", "40",
		"1 message is not here yet; it is being loaded", "42", "waits",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestOutboxNamesParts: what the server has lost of the profile is named, not taken for a
// message of a room, and what giving it up means is said of it.
func TestOutboxNamesParts(t *testing.T) {
	newGallery(t, "messages,light,en")
	for part, want := range map[app.ProfilePart][2]string{
		app.PartName: {"Your display name", "Ann"}, app.PartPicture: {"Your picture", "The newer picture; the old one is back."}, app.PartStatus: {"Your status", "Ann"},
	} {
		e := app.OutboxEntry{Part: part, MayRetry: true, Message: app.MessageView{State: app.StateFailed, Text: "Ann", Failure: &app.Failure{Code: app.CodeHeld, Because: app.CodeLost}}}
		if part == app.PartPicture {
			e.Message.Text = ""
		}
		f := outboxFactsOf(&e, time.Now())
		if f.name != want[0] || f.text != want[1] || f.state != tr.S("fail.lost") || !f.part || f.edit || f.maybe {
			t.Errorf("%s: %+v", part, f)
		}
		if e.Gone = true; outboxFactsOf(&e, time.Now()).text != tr.S("outbox.part_none") {
			t.Errorf("%s taken away: %q", part, outboxFactsOf(&e, time.Now()).text)
		}
	}
}

// TestOutboxSaysWhy: what is held says why, and of what the server has lost or has other
// words for it is not said that it may be there.
func TestOutboxSaysWhy(t *testing.T) {
	newGallery(t, "messages,light,en")
	for because, want := range map[chat.Code]struct {
		key   tr.Key
		maybe bool
	}{app.CodeLost: {"fail.lost", false}, app.CodeAway: {"fail.away", true}, app.CodeAltered: {"fail.altered", false}, "": {"fail.held", true}} {
		f := outboxFactsOf(&app.OutboxEntry{Transmitted: true, Message: app.MessageView{
			Kind: chat.KindMessage, State: app.StateFailed, Failure: &app.Failure{Code: app.CodeHeld, Because: because},
		}}, time.Now())
		if f.state != tr.S(want.key) || f.maybe != want.maybe {
			t.Errorf("%q: %q, may be there: %v", because, f.state, f.maybe)
		}
	}
}

// TestDiscardTooLate: the question whether to discard a message names its files, stays while
// the message waits, and goes when it was sent meanwhile, which is said.
func TestDiscardTooLate(t *testing.T) {
	g, q := newGallery(t, "pending,light,en")
	q.run()
	u := g.u
	row := &timeline.Row{ID: g.core.outbox[0].Message.MID.String(), MayEdit: true, Files: make([]timeline.File, 3)}
	room := u.home.room
	u.home.pane.discard(row)
	if want := tr.S("discard.text") + " " + tr.N("discard.files", 3); len(u.dialogs) != 1 || !shows(u, want) {
		t.Fatalf("it does not ask %q", want)
	}
	changed := app.Changes{Rooms: map[chat.RoomID]app.RoomChange{room: {Waiting: true}}}
	u.apply(changed, g.core.view)
	q.run()
	if len(u.dialogs) != 1 {
		t.Fatal("the question has gone while the message waits")
	}
	g.core.outbox = g.core.outbox[1:]
	u.apply(changed, g.core.view)
	q.until(t, "the question goes", func() bool { return len(u.dialogs) == 0 })
	if !shows(u, tr.S("fail.settled")) {
		t.Error("nobody is told why")
	}
}

// TestRemoveFile: of several files that wait one is taken out, after asking; the message
// with one file is discarded.
func TestRemoveFile(t *testing.T) {
	g, q := newGallery(t, "pending,light,en")
	rec := &recorder{invented: g.core}
	g.u.core = rec
	q.run()
	u := g.u
	file := timeline.File{Name: "plan.pdf", Move: timeline.Moving, Tag: &chat.File{Name: "plan.pdf"}}
	row := &timeline.Row{ID: g.core.outbox[0].Message.MID.String(), MayEdit: true, Files: []timeline.File{file, file}}
	u.home.pane.onFile(row, 1, timeline.FileCancel)
	if !shows(u, tr.F("discard.file.title", "File", inSentence("plan.pdf"))) || !shows(u, tr.S("discard.file.text")) {
		t.Fatal("it does not ask about the one file")
	}
	pressButton(t, u, tr.S("discard.file.do"))
	want := "remove file 1 " + row.ID
	q.until(t, "it is taken out", func() bool { return len(rec.did()) == 1 })
	if got := rec.did()[0]; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	row.Files = row.Files[:1]
	u.home.pane.onFile(row, 0, timeline.FileCancel)
	if !shows(u, tr.S("discard.title")) {
		t.Error("the message with one file is not asked about")
	}
}
