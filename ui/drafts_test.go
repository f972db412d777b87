package ui

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/desktop"
	"hearth/internal/testkit"
	"hearth/store/secret"
	"hearth/ui/tr"
)

// sitting is a window over a real core on a profile, until it is closed.
type sitting struct {
	u    *UI
	q    *queue
	core *app.App
	end  func()
}

// sit starts the program on a profile.
func sit(t *testing.T, dir string, ring secret.Store, d Desktop) *sitting {
	t.Helper()
	core, err := app.New(app.Options{Profile: dir, Keyring: ring, Log: testkit.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := core.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	s := &sitting{core: core}
	s.u, s.q = newWindow(t, core, Options{Desktop: d})
	s.end = sync.OnceFunc(func() {
		s.u.End()
		cancel()
		running.Wait()
	})
	t.Cleanup(s.end)
	s.u.Show(t.Context())
	return s
}

// opened waits until a room is in view, and returns its composer.
func (s *sitting) opened(t *testing.T) *composer {
	t.Helper()
	s.q.until(t, "a room", func() bool {
		return s.u.home != nil && !s.u.home.room.IsZero() && s.core.View().Connection.State == app.ConnLive
	})
	return s.u.home.pane.composer
}

func write(c *composer, text string) {
	test.Type(c.entry, text)
}

func enter(c *composer) { c.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) }

// TestDraftsReturn: what was begun in a room stands there again in another run: the
// message that is answered, a file that has vanished, as such, a pasted picture, and then
// a change of a message, which another room does not take away. All of it is sent once.
func TestDraftsReturn(t *testing.T) {
	g := newGroup(t)
	dir, ring := filepath.Join(t.TempDir(), "profile"), secret.NewMemory()
	files := Desktop{ReadClip: func(context.Context) (desktop.Clip, error) {
		return desktop.Clip{Picture: inventedPictures.of(inventPicture(1, 1600, 1000).Hash)}, nil
	}}
	s := sit(t, dir, ring, files)
	s.q.until(t, "the core", func() bool { return s.core.View().Phase == app.PhaseWelcome })
	if err := s.core.Join(t.Context(), app.JoinRequest{Link: g.invite(), Display: "Ana", Password: []byte("a long enough password")}); err != nil {
		t.Fatal(err)
	}
	c := s.opened(t)
	write(c, "the question")
	enter(c)
	s.q.until(t, "it is sent", func() bool {
		return drawn(s.u, "the question") && s.u.view.Waiting == 0 && s.u.home.pane.timeline.NewestOwn() != nil
	})
	path := filepath.Join(t.TempDir(), "plan.txt")
	if err := os.WriteFile(path, []byte("plan"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.answer(s.u.home.pane.timeline.NewestOwn())
	write(c, "see @ana")
	c.attach([]string{path})
	s.q.until(t, "the file", func() bool { return len(c.pad.files) == 1 })
	paste(s.u, "")
	s.q.until(t, "the picture", func() bool { return len(c.pad.files) == 2 })
	c.pad.files[1].Original = true
	c.keep()
	s.end()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}

	s = sit(t, dir, ring, files)
	c = s.opened(t)
	s.q.until(t, "all that was begun", func() bool {
		return len(c.pad.files) == 2 && c.pad.files[0].missing && c.pad.files[1].small != nil && c.barText.Text() == "the question"
	})
	if c.entry.Text() != "see @ana" || !c.editBar.Visible() || c.barTitle.Text() != tr.F("composer.replying", "Name", inSentence("Ana")) || !c.pad.files[1].Original {
		t.Errorf("%q under %q", c.entry.Text(), c.barTitle.Text())
	}
	if !shows(s.u, tr.S("attach.missing")) || !shows(s.u, tr.N("attach.missing.text", 1)) {
		t.Error("nothing says that the file has gone")
	}
	s.u.home.showDrafts()
	if !shows(s.u, "see @ana") || !drawn(s.u, "the question") || !drawn(s.u, tr.N("carried.files", 2)) {
		t.Error("the list does not show what was begun")
	}
	s.u.closeAll()
	enter(c) // the file is still gone
	s.q.until(t, "sending has failed", func() bool { return !c.pad.busy })
	if len(c.pad.files) != 2 || c.entry.Text() != "see @ana" || c.pad.reply == nil {
		t.Error("a failure lost what was begun")
	}
	c.tray.remove(c.pad, c.pad.files[0])
	enter(c)
	s.q.until(t, "it is sent", func() bool {
		r := s.u.home.pane.timeline.NewestOwn()
		return s.u.view.Waiting == 0 && r != nil && r.Text == "see @ana" && c.entry.Text() == "" && len(c.pad.files) == 0
	})
	s.q.until(t, "the core has no draft", func() bool { return s.u.view.Rooms[0].Draft.IsZero() })

	write(c, "meanwhile")
	c.change(s.u.home.pane.timeline.NewestOwn())
	write(c, " now")
	first := s.u.home.room
	if _, err := s.core.CreateRoom(t.Context(), app.RoomRequest{Name: "garden"}); err != nil {
		t.Fatal(err)
	}
	s.q.until(t, "another room", func() bool { return len(s.u.view.Rooms) == 2 })
	for _, r := range s.u.view.Rooms {
		if r.ID != first {
			s.u.home.openRoom(r.ID)
		}
	}
	if c.entry.Text() != "" || c.editBar.Visible() {
		t.Errorf("the other room has %q", c.entry.Text())
	}
	s.u.home.openRoom(first)
	if c.entry.Text() != "see @ana now" || !c.editBar.Visible() {
		t.Errorf("back, the change is %q", c.entry.Text())
	}
	s.end()

	s = sit(t, dir, ring, files)
	c = s.opened(t)
	s.q.until(t, "the change", func() bool { return c.pad.edit != nil && c.barText.Text() == "see @ana" })
	if c.entry.Text() != "see @ana now" {
		t.Errorf("the change is %q", c.entry.Text())
	}
	enter(c)
	s.q.until(t, "the new text", func() bool {
		return drawn(s.u, "see @ana now") && c.entry.Text() == "meanwhile" && s.u.view.Waiting == 0
	})
	rows := testRows(t, s.core, first)
	if n := len(rows); n != 2 || rows[1].Text != "see @ana now" || len(rows[1].Files) != 1 || rows[1].Reply == nil || len(rows[1].Mentions) != 1 {
		t.Errorf("%d messages, the last one %+v", n, rows[n-1])
	}
	key(s.u, fyne.KeyEscape) // nothing to leave: the draft stays
	if d := s.u.begun(s.u.home.roomOf(first)); d.Text != "meanwhile" || d.Edit.On() {
		t.Errorf("in the end the draft is %+v", d)
	}
}

// testRows are the messages of a room.
func testRows(t *testing.T, core *app.App, room chat.RoomID) (rows []app.MessageView) {
	t.Helper()
	page, err := core.Messages(t.Context(), room, app.Window{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range page.Messages {
		if m.Kind == chat.KindMessage {
			rows = append(rows, m)
		}
	}
	return rows
}

// TestDraftWithoutItsMessage: words of a change stay as a draft when the message cannot
// be changed any more.
func TestDraftWithoutItsMessage(t *testing.T) {
	core := &cleaner{invented: newInvented(time.Now())}
	room := core.view.Rooms[0].ID
	var theirs chat.Seq
	for _, m := range core.messages[room] {
		if !m.Own && m.Seq > 0 && m.Kind == chat.KindMessage {
			theirs = m.Seq
		}
	}
	core.view.LastRoom = room
	core.view.Rooms[0].Draft = chat.Draft{Text: "kept", Edit: chat.DraftEdit{Seq: theirs, Text: "changed"}}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	c := u.home.pane.composer
	if c.entry.Text() != "changed" {
		t.Errorf("at first %q", c.entry.Text())
	}
	q.until(t, "the change is given up", func() bool { return c.pad.edit == nil })
	if c.entry.Text() != "changed\n\nkept" || c.editBar.Visible() || !shows(u, tr.S("composer.edit_gone")) {
		t.Errorf("it became %q", c.entry.Text())
	}
}
