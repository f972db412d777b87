package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// TestShortcuts presses every shortcut where the composer has the focus, as it
// mostly has: each opens something or changes the room, and Escape takes it back.
func TestShortcuts(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	for _, k := range keyCommands() {
		if k.words == "keys.unread" {
			continue // there is nothing unread; see TestJumpLeavesUnread
		}
		u.home.openRoom(inventedRoom("general"))
		u.future = []spot{{u, inventedRoom("design"), timeline.Place{Follow: true}}}
		u.home.focus()
		if u.win.Canvas().Focused() != fyne.Focusable(u.home.pane.composer.entry) {
			t.Fatalf("the composer has not the focus but %T", u.win.Canvas().Focused())
		}
		members := u.home.object.showMembers
		shortcut(u, k.shortcut)
		q.until(t, k.keys+" does something", func() bool {
			return len(u.dialogs) == 1 || u.home.room != inventedRoom("general") || u.home.object.showMembers != members
		})
		if len(u.dialogs) == 1 {
			shortcut(u, k.shortcut)
			if len(u.dialogs) != 1 {
				t.Errorf("%s opens a second dialog over the first", k.keys)
			}
			key(u, fyne.KeyEscape)
			if len(u.dialogs) != 0 {
				t.Errorf("%s: Escape does not close what it opened", k.keys)
			}
			if u.win.Canvas().Focused() != fyne.Focusable(u.home.pane.composer.entry) {
				t.Errorf("%s: the focus does not come back to the composer but is on %T", k.keys, u.win.Canvas().Focused())
			}
		}
	}
}

// TestSettingsKeys: from the list of sections, Right leads to the first choice.
func TestSettingsKeys(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.showSettingsAt(0)
	key(u, fyne.KeyHome)
	key(u, fyne.KeyRight)
	if s, ok := u.win.Canvas().Focused().(*segments); !ok || len(s.labels) != len(app.Themes) {
		t.Errorf("the focus is on %T", u.win.Canvas().Focused())
	}
}

// TestDevicesKeys: what the server has said is not asked for anew by the key that leads to
// it, so that there is something to lead to.
func TestDevicesKeys(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.showDevices()
	q.until(t, "the devices", func() bool { return shows(u, tr.S("devices.sign_out")) })
	key(u, fyne.KeyRight)
	focusedOn(t, u, tr.S("devices.sign_out"))
}

func TestSwitcher(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	shortcut(u, keyCommands()[0].shortcut)
	test.Type(u.win.Canvas().Focused(), "an") // announcements, Ana Borg
	key(u, fyne.KeyDown)
	key(u, fyne.KeyUp)
	key(u, fyne.KeyReturn)
	q.run()
	if u.home.room != inventedRoom("announcements") {
		t.Errorf("the switcher opened %v", u.home.roomOf(u.home.room).Name)
	}
	u.win.Resize(fyne.NewSize(1200, 420)) // the list has no room for all
	shortcut(u, keyCommands()[0].shortcut)
	test.Type(u.win.Canvas().Focused(), "random")
	key(u, fyne.KeyReturn)
	q.run()
	side := u.home.side
	at := slices.Index(side.list.ids, inventedRoom("random"))
	top := float32(at)*rowHeight() + side.list.fold.above(at) - side.scroll.Offset.Y
	if u.home.room != inventedRoom("random") || side.scroll.Offset.Y == 0 || top < 0 || top+rowHeight() > side.scroll.Size().Height {
		t.Errorf("the room that was opened stands at %v of %v in the list", top, side.scroll.Size().Height)
	}
	shortcut(u, keyCommands()[0].shortcut)
	test.Type(u.win.Canvas().Focused(), "photos") // other words for the same
	key(u, fyne.KeyReturn)
	q.until(t, "the files of the room", func() bool { return shows(u, tr.S("media.title")) })
	key(u, fyne.KeyEscape)
	side.scroll.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 25)})
	if is := float32(at)*rowHeight() + side.list.fold.above(at) - side.scroll.Offset.Y - top; is < 99 {
		t.Errorf("a notch of the wheel scrolls by %v", is)
	}
}

// TestSearch finds, moves with the keys, goes to the message, and comes back to
// what was found.
func TestSearch(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	open := func() *searchPage {
		t.Helper()
		shortcut(u, keyCommands()[1].shortcut)
		if u.home.search == nil {
			t.Fatal("the search did not open")
		}
		return u.home.search
	}
	s := open()
	test.Type(u.win.Canvas().Focused(), "the")
	if s.find.Text() != "the" {
		t.Fatalf("typed %q into %T", s.find.Text(), u.win.Canvas().Focused())
	}
	q.until(t, "messages", func() bool { return len(s.hits) > 2 })
	want := s.hits[1]
	key(u, fyne.KeyDown)
	key(u, fyne.KeyReturn)
	q.run()
	if u.home.search != nil || u.home.room != want.Room || u.win.Canvas().Focused() != fyne.Focusable(u.home.pane.timeline) {
		t.Errorf("the search went to %v, the keyboard is on %T", u.home.room, u.win.Canvas().Focused())
	}
	q.until(t, "the message", func() bool { return u.home.pane.timeline.Marked() == uint64(want.Message.Seq) })
	s = open()
	q.until(t, "the last search", func() bool { return len(s.hits) > 2 })
	if s.find.Text() != "the" {
		t.Errorf("the search begins with %q", s.find.Text())
	}
	s.find.entry.SetText("before:soon")
	q.until(t, "what is wrong", func() bool { return len(s.hits) == 0 && strings.Contains(s.note.text, "before:soon") })
	s.find.entry.SetText("slowly")
	q.until(t, "that it goes on", func() bool { return s.note.text == tr.S("search.busy") })
	s.find.entry.SetText("nothing like that")
	q.until(t, "nothing", func() bool { return s.note.text == tr.S("search.none") })
	s.find.entry.SetText("")
	q.until(t, "help", func() bool { return s.note.text == tr.S("search.help") })
}

// TestSearchEnter: Enter within the pause after the last key goes to what is found for
// the words as they stand, not for those before.
func TestSearchEnter(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.home.showSearch()
	s := u.home.search
	test.Type(s.find.entry, "the")
	q.until(t, "messages", func() bool { return len(s.hits) > 2 })
	before := s.hits[0]
	key(u, fyne.KeyDown)
	s.find.entry.SetText("laptop")
	key(u, fyne.KeyReturn)
	q.until(t, "a message", func() bool { return u.home.search == nil && u.home.pane.timeline.Marked() != 0 })
	page, err := u.core.Messages(t.Context(), u.home.room, app.Window{Around: chat.Seq(u.home.pane.timeline.Marked()), Limit: 1})
	if err != nil || len(page.Messages) != 1 {
		t.Fatal(len(page.Messages), err)
	}
	if m := page.Messages[0]; m.MID == before.Message.MID || !strings.Contains(strings.ToLower(m.Text), "laptop") {
		t.Errorf("Enter went to %q", m.Text)
	}
	u.home.showSearch()
	s = u.home.search
	s.find.entry.SetText("nothing like that")
	key(u, fyne.KeyReturn)
	s.find.entry.SetText("the")
	q.until(t, "messages again", func() bool { return u.home.search == nil || len(s.hits) > 2 })
	if u.home.search == nil {
		t.Error("Enter for what was not there went on with the next words")
	}
}

func TestExcerpt(t *testing.T) {
	for _, c := range []struct {
		text  string
		terms []string
		want  string
		files []string
	}{
		{"one two three", []string{"two"}, "one [two] three", nil},
		{"", []string{"known.x"}, "a.txt · un[known.x]yz", []string{"a.txt", "unknown.xyz"}},
		{"**the** plan", []string{"plan"}, "the [plan] · [Plan].pdf", []string{"Plan.pdf"}},
		{"a **bold** word and a very long beginning before the *match* at last", []string{"match"}, "… long beginning before the [match] at last", nil},
		{"nothing marked\nhere", nil, "nothing marked here", nil},
		{"message 1210 مرحبا مرحبا needle jumps", []string{"needle"}, "\u200E… 1210 مرحبا مرحبا [needle] jumps", nil}, // in the direction of the message
		{"message 1210 with مرحبا needle jumps", []string{"jumps"}, "… with مرحبا needle [jumps]", nil},
		{"مرحبا مرحبا مرحبا the brown patch lazy needle", []string{"needle"}, "\u200F… the brown patch lazy [needle]", nil},
		{"谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢好", []string{"好"}, "… 谢谢谢谢谢谢谢谢谢谢[好]", nil},
	} {
		var got string
		var files []app.FileView
		for _, name := range c.files {
			files = append(files, app.FileView{File: chat.File{Name: name}})
		}
		for _, p := range excerpt(&app.Hit{Message: app.MessageView{Text: c.text, Files: files}, Terms: c.terms}) {
			if p.Marked {
				p.Text = "[" + p.Text + "]"
			}
			got += p.Text
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestRoomList(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.win.Canvas().Focus(u.home.side.list)
	key(u, fyne.KeyEnd)
	key(u, fyne.KeyUp)
	key(u, fyne.KeyReturn)
	if u.home.room != inventedRoom("old-project") {
		t.Error("End, Up, Enter did not open the last room but one")
	}
	u.win.Canvas().Focus(u.home.side.list)
	u.home.openRoom(inventedRoom("general"))
	u.win.Canvas().Focus(u.home.side.list)
	test.Type(u.home.side.list, "hey")
	if got := u.home.pane.composer.entry.Text(); got != "hey" {
		t.Errorf("what is typed on the list comes to the composer as %q", got)
	}
}

// TestEscapeInNarrow goes back to the list, as the arrow does.
func TestEscapeInNarrow(t *testing.T) {
	g, q := newGallery(t, "main,light,en,narrow")
	q.run()
	h := g.u.home
	if h.side.object.Visible() || !h.pane.object.Visible() {
		t.Fatal("a narrow window shows the list beside the room")
	}
	key(g.u, fyne.KeyEscape)
	if !h.side.object.Visible() || h.pane.object.Visible() {
		t.Error("Escape does not go back to the list")
	}
	key(g.u, fyne.KeyReturn)
	if h.side.object.Visible() || !h.pane.object.Visible() {
		t.Error("Enter does not open the room")
	}
	h.toggleMembers()
	if h.pane.object.Visible() || !h.members.object.Visible() {
		t.Error("the members do not take the place of the room")
	}
	g.u.win.Resize(fyne.NewSize(1200, 800))
	if h.pane.back.Visible() {
		t.Error("a wide window shows the arrow back to the list")
	}
	if !h.side.object.Visible() || !h.pane.object.Visible() || !h.members.object.Visible() {
		t.Error("in a wide window not everything shows")
	}
	h.toggleMembers()
	g.u.win.Resize(fyne.NewSize(400, 700))
	if h.side.object.Visible() || !h.pane.back.Visible() {
		t.Error("a window that became narrow has no way back to the list")
	}
}

// TestForms walks the way of a person with a keyboard and wrong input.
func TestForms(t *testing.T) {
	g, q := newGallery(t, "welcome,light,en")
	u := g.u
	u.showHost()
	q.run()
	key(u, fyne.KeyReturn) // from the empty name of the group to the next field
	fields := entries(u)
	if len(fields) != 3 {
		t.Fatalf("%d fields", len(fields))
	}
	if u.win.Canvas().Focused() != fyne.Focusable(fields[1]) {
		t.Error("Enter does not go on to the next field")
	}
	pressButton(t, u, "Start the group")
	if !shows(u, "Give the group a name.") {
		t.Error("nothing says that the name of the group is missing")
	}
	test.Type(fields[0], "Bees")
	if shows(u, "Give the group a name.") {
		t.Error("the complaint stays while one mends it")
	}
	test.Type(fields[1], "Ana")
	test.Type(fields[2], "short")
	pressButton(t, u, "Start the group")
	if u.win.Canvas().Focused() != fyne.Focusable(fields[2]) {
		t.Error("the focus is not on the password that is too short")
	}
	test.Type(fields[2], " but now long enough")
	g.core.fail = &app.Failed{Code: app.FailSecrets, Problem: &app.Problem{Kind: app.ProblemKeyringAbsent}}
	pressButton(t, u, "Start the group")
	q.until(t, "the choice for the secrets", func() bool { return shows(u, "A file with a passphrase") })
	key(u, fyne.KeyEscape)
	if !shows(u, "Welcome to Hearth") {
		t.Error("Escape does not go back")
	}
}

// TestLate shows that an answer that comes after the person has gone elsewhere
// changes nothing.
func TestLate(t *testing.T) {
	g, q := newGallery(t, "welcome,light,en")
	q.run()
	g.u.showJoin(inventedLink)
	g.u.showWelcome()
	work := g.u.pump
	done := false
	work.after(50*time.Millisecond, func() { done = true })
	q.until(t, "the late answer", func() bool { return done })
	if !shows(g.u, "Welcome to Hearth") {
		t.Error("the late answer took the page away")
	}
}

// TestMenuKeys chooses from a room's menu with the keyboard.
func TestMenuKeys(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.u.home.pane.showMenu()
	if _, ok := g.u.win.Canvas().Focused().(*look.Menu); !ok {
		t.Fatalf("the focus is on %T", g.u.win.Canvas().Focused())
	}
	key(g.u, fyne.KeyDown)
	key(g.u, fyne.KeyReturn)
	if len(g.u.dialogs) != 1 || g.u.dialogs[0].spec.title != "About this room" {
		t.Error("the first entry does not open its dialog")
	}
}

// TestVersionsByKeyboard: what an edited message said before is in its menu, not only
// below the mouse.
func TestVersionsByKeyboard(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	for edited, want := range map[time.Time]bool{{}: false, time.Now(): true} {
		row := &timeline.Row{ID: "m", Seq: 5, Kind: timeline.Message, Text: "now", Edited: edited}
		items := g.u.home.pane.messageMenu(row, []look.MenuItem{{Text: "details"}})
		i := slices.IndexFunc(items, func(m look.MenuItem) bool { return m.Text == tr.S("versions.title") })
		if i >= 0 != want {
			t.Errorf("edited %v: the entry is at %d", edited, i)
		}
		if want && i >= 0 {
			items[i].Action()
			q.until(t, "the versions", func() bool { return len(g.u.dialogs) == 1 })
			g.core.fail = &app.Failed{Code: app.FailCode(chat.CodeMessageGone)}
			g.u.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{g.u.home.room: {Changed: true}}}, g.core.view)
			q.until(t, "they go with their message", func() bool { return len(g.u.dialogs) == 0 && shows(g.u, tr.S("fail.message_gone")) })
		}
	}
}

// TestUpToTheLowest: who has nothing of their own to change comes from the empty
// composer to the lowest message in view, not past it.
func TestUpToTheLowest(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	tried := 0
	// The messages of a room are read beside the UI goroutine, and may come later.
	q.until(t, "a room to try it in", func() bool {
		for i := range u.view.Rooms {
			u.home.openRoom(u.view.Rooms[i].ID)
			q.run()
			c := u.home.pane.composer
			if !c.usable() || c.entry.Text() != "" || c.changeLast() {
				continue
			}
			u.win.Canvas().Focus(u.home.pane.timeline)
			u.home.pane.timeline.Unmark()
			u.win.Canvas().Unfocus()
			u.win.Canvas().Focus(u.home.pane.timeline)
			want := u.home.pane.timeline.Marked()
			u.home.focus()
			key(u, fyne.KeyUp)
			if got := u.home.pane.timeline.Marked(); got != want || u.win.Canvas().Focused() != fyne.Focusable(u.home.pane.timeline) {
				t.Errorf("room %d: the keys are about message %d, not %d", i, got, want)
			}
			if want > 1 {
				tried++
			}
		}
		return tried > 0
	})
}

// TestKeysScroll: what a dialog has below its edge can be read by keys alone.
func TestKeysScroll(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.win.Resize(fyne.NewSize(900, 600))
	u.showKeys()
	s := u.dialogs[0].shownPart().scroll
	end := s.Content.MinSize().Height - s.Size().Height
	if end < 100 {
		t.Fatalf("all is in view: %v", end)
	}
	for _, step := range []struct {
		key  fyne.KeyName
		low  float32 // where it is at least afterwards, and at most
		high float32
	}{
		{fyne.KeyDown, 1, 100},
		{fyne.KeyPageDown, 101, end},
		{fyne.KeyEnd, end, end},
		{fyne.KeyPageDown, end, end},
		{fyne.KeyUp, end - 100, end - 1},
		{fyne.KeyHome, 0, 0},
		{fyne.KeyPageUp, 0, 0},
	} {
		if key(u, step.key); s.Offset.Y < step.low || s.Offset.Y > step.high {
			t.Errorf("after %s it is at %v, not within %v and %v", step.key, s.Offset.Y, step.low, step.high)
		}
	}
}
