package ui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// pickSaid begins to choose messages of the open room with those that say something.
func pickSaid(t *testing.T, u *UI, q *queue, texts ...string) {
	t.Helper()
	tl := u.home.pane.timeline
	rows := map[string]*timeline.Row{}
	page, err := u.core.Messages(t.Context(), u.home.room, app.Window{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range page.Messages {
		rows[m.Text] = rowOf(m)
	}
	for _, text := range texts {
		if rows[text] == nil {
			t.Fatalf("nobody said %q", text)
		}
		tl.Pick(rows[text])
	}
	q.run()
	if got := len(tl.Picked()); got != len(texts) {
		t.Fatalf("%d messages are chosen", got)
	}
}

// TestPickReal: several messages, one with a file, are passed on in their order, each as
// one of its own, and deleted, over a real core and server.
func TestPickReal(t *testing.T) {
	g := newGroup(t)
	core := newCore(t)
	u, q := newWindow(t, core, Options{})
	u.Show(t.Context())
	q.until(t, "the profile is read", func() bool { return core.View().Phase == app.PhaseWelcome })
	r := app.JoinRequest{Link: g.invite(), Display: "Ana", Name: "ana", Password: []byte("a long enough password")}
	if err := core.Join(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	q.until(t, "the group", func() bool {
		return u.home != nil && !u.home.room.IsZero() && core.View().Connection.State == app.ConnLive
	})
	garden, err := core.CreateRoom(t.Context(), app.RoomRequest{Name: "garden", Access: chat.AccessOpen})
	if err != nil {
		t.Fatal(err)
	}
	general := u.home.room
	for _, text := range []string{"one", "two"} {
		if _, err := core.Send(t.Context(), general, text); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("what grows where"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := core.SendFiles(t.Context(), general, app.Outgoing{Text: "three"}, []app.LocalFile{{Path: path}}); err != nil {
		t.Fatal(err)
	}
	q.until(t, "the file is sent", func() bool { return core.View().Waiting == 0 && drawn(u, "notes.txt") })
	if _, err := core.Send(t.Context(), general, "four"); err != nil {
		t.Fatal(err)
	}
	q.until(t, "all is sent", func() bool { return core.View().Waiting == 0 && drawn(u, "four") })

	pickSaid(t, u, q, "four", "one", "three") // in whatever order they were chosen
	pressButton(t, u, tr.S("pick.forward"))
	test.Type(u.win.Canvas().Focused(), "garden")
	key(u, fyne.KeyReturn)
	if u.home.pane.timeline.Picking() || u.home.pane.picks.Visible() || !u.home.pane.composer.object.Visible() {
		t.Error("they are still being chosen")
	}
	q.until(t, "they are passed on", func() bool { return shows(u, tr.N("forward.done_many", 3, "Room", inSentence("garden"))) })
	said := func(room chat.RoomID) (list []string) {
		page, err := core.Messages(t.Context(), room, app.Window{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Messages {
			if m.Kind == chat.KindMessage && !m.Erased {
				if room == garden && (m.Forward == nil || m.Forward.Name != "Ana" || m.Text == "three" && len(m.Files) != 1) {
					t.Errorf("passed on as %+v", m)
				}
				list = append(list, m.Text)
			}
		}
		return list
	}
	q.until(t, "they are sent", func() bool { return core.View().Waiting == 0 })
	if got := said(garden); !slices.Equal(got, []string{"one", "three", "four"}) {
		t.Errorf("passed on: %q", got)
	}

	pickSaid(t, u, q, "one", "four")
	pressButton(t, u, tr.S("pick.delete"))
	if !shows(u, tr.N("pick.delete.title", 2)) {
		t.Fatal("nobody asks")
	}
	pressButton(t, u, tr.S("message.delete"))
	q.until(t, "they are deleted", func() bool {
		return core.View().Waiting == 0 && slices.Equal(said(general), []string{"two", "three"})
	})
}

// TestPickBar: the bar says how many are chosen and stands in place of the composer,
// copies them, tells which stay when they are deleted, and Escape ends it with the
// keyboard in the composer.
func TestPickBar(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	g.loaded(t, q)
	u := g.u
	p := u.home.pane
	tl := p.timeline
	tl.Pick(tl.NewestOwn())
	tl.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	for range 5 { // a message that is not wholly in view is scrolled first
		if len(tl.Picked()) < 2 {
			key(u, fyne.KeyUp)
		}
	}
	tl.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	if got := p.picks.count.Text(); got != tr.N("pick.count", 2) || p.composer.object.Visible() || !p.picks.Visible() {
		t.Fatalf("the bar says %q, shows %v", got, p.picks.Visible())
	}
	u.home.focus()
	if u.win.Canvas().Focused() != fyne.Focusable(tl) {
		t.Errorf("the keyboard is on %T", u.win.Canvas().Focused())
	}
	rows := tl.Picked()
	if said := tl.AccessibilityLabel(); !strings.HasSuffix(said, tr.S("speak.chosen")) {
		t.Errorf("spoken: %q", said)
	}
	mine := slices.DeleteFunc(slices.Clone(rows), func(r *timeline.Row) bool { return !r.MayDelete })
	if len(mine) != 1 {
		t.Fatalf("%d of them may be deleted", len(mine))
	}
	key(u, fyne.KeyDelete)
	asked := false
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if x, ok := o.(*para); ok && strings.HasPrefix(x.text, tr.N("pick.delete.stay", 1)) {
			asked = true
		}
	})
	if !asked {
		t.Error("nobody says that one stays")
	}
	key(u, fyne.KeyEscape)
	if !tl.Picking() {
		t.Fatal("no to the question ends the choosing")
	}
	shortcut(u, &fyne.ShortcutCopy{Clipboard: u.fyne.Clipboard()})
	if got := u.fyne.Clipboard().Content(); got != tl.CopiedPicked() || !strings.Contains(got, rows[0].Text) {
		t.Errorf("copied %q", got)
	}
	key(u, fyne.KeyEscape)
	if tl.Picking() || p.picks.Visible() || !p.composer.object.Visible() || u.win.Canvas().Focused() != fyne.Focusable(p.composer.entry) {
		t.Errorf("after Escape: choosing %v, the keyboard is on %T", tl.Picking(), u.win.Canvas().Focused())
	}

	tl.Pick(rows[0])
	u.home.step(1)
	if tl.Picking() || p.picks.Visible() {
		t.Error("it goes on in another room")
	}
}

// TestPickNothing: without a message that may be deleted the reason is said; with none
// chosen there is nothing to do.
func TestPickNothing(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	u := g.u
	p := u.home.pane
	page, err := u.core.Messages(t.Context(), u.home.room, app.Window{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(page.Messages, func(m app.MessageView) bool { return !m.Own && !m.MayDelete && m.Kind == chat.KindMessage && !m.Erased })
	row := rowOf(page.Messages[i])
	p.timeline.Pick(row)
	q.run()
	pressButton(t, u, tr.S("pick.delete"))
	if len(u.dialogs) > 0 || !shows(u, tr.S("pick.delete.none")) {
		t.Error("nobody says why it stays")
	}
	u.win.Canvas().Focus(p.timeline)
	key(u, fyne.KeySpace)
	for _, b := range p.picks.wide {
		if !b.Disabled() {
			t.Errorf("%q can be pressed", b.Text())
		}
	}
	u.home.pane.composer.typed('x') // from the list of rooms
	if p.timeline.Picking() || p.composer.entry.Text() != "x" {
		t.Errorf("typed elsewhere: %q", p.composer.entry.Text())
	}
}
