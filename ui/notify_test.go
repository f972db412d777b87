package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/desktop"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// told is a desktop that notes what it is asked to show. Its other side, a real
// notification service, is tested in internal/desktop.
type told struct {
	desktop.Notifier
	shown  []desktop.Notification
	closed []string
}

func (d *told) Show(n desktop.Notification) { d.shown = append(d.shown, n) }
func (d *told) Close(tag string)            { d.closed = append(d.closed, tag) }

func (d *told) newest() desktop.Notification { return d.shown[len(d.shown)-1] }

// ringing opens the invented group over a desktop that notes.
func newRinging(t *testing.T) (*Gallery, *queue, *told) {
	t.Helper()
	g, q := newGallery(t, "main,light,en")
	return g, q, startRinging(g, q)
}

func startRinging(g *Gallery, q *queue) *told {
	g.core.view.Notify = &app.NotifyRules{}
	q.run()
	d := &told{}
	g.u.desktop.Notifier = d
	g.u.apply(app.Changes{View: true}, g.core.view)
	return d
}

// TestRing: one notification a room, that grows, goes when it is read, and leads to
// the first of its messages.
func TestRing(t *testing.T) {
	g, q, d := newRinging(t)
	u := g.u
	room := inventedRoom("design")
	notice := func(seq int, author, text string) app.Notice {
		return app.Notice{Kind: app.NoticeMessages, Room: room, Rooms: 1, Count: 1, News: []app.News{{Seq: chat.Seq(seq), Author: author, Text: text}}}
	}
	u.tell(notice(195, "Ana\u202e Borg", "**bold** <b>x</b>"))
	want := desktop.Notification{Tag: u.ringing.tag(room.String()), Title: "design", Open: "Open", Sound: true}
	got := d.newest()
	if !strings.Contains(got.Body, "Ana Borg") || !strings.Contains(got.Body, "bold <b>x</b>") || strings.ContainsAny(got.Body, "\u202e*") {
		t.Errorf("body %q", got.Body)
	}
	got.Body = ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("one message (-want +got):\n%s", diff)
	}
	n := notice(196, "Tom", "second")
	n.Silent = true
	u.tell(n)
	if got := d.newest(); got.Title != "design (2)" || got.Sound || !strings.HasPrefix(got.Body, "2 new messages\n") || !strings.HasSuffix(got.Body, "second") || strings.Count(got.Body, "\n") != 2 {
		t.Errorf("two messages: %+v", got)
	}

	u.tell(app.Notice{Kind: app.NoticeMessages, Room: inventedRoom("general"), Rooms: 1, Count: 12, CaughtUp: true, News: []app.News{{Seq: 1, Author: "a", Text: "b"}, {Seq: 2, Author: "Ana", Text: "last"}}})
	q.until(t, "what came while catching up", func() bool { return len(d.shown) == 3 })
	if got := d.newest(); got.Title != "general (12)" || strings.Count(got.Body, "\n") != 1 || !strings.HasSuffix(got.Body, "last") {
		t.Errorf("caught up: %+v", got)
	}
	u.tell(app.Notice{Kind: app.NoticeMessages, Rooms: 5, Count: 34, CaughtUp: true})
	if got := d.newest(); got.Tag != u.ringing.tag(tagAll) || got.Body != "34 new messages in 5 rooms" {
		t.Errorf("many rooms: %+v", got)
	}

	go u.Opened(u.ringing.tag(room.String())) // as the notifier's goroutine does
	q.until(t, "the room", func() bool { return u.home.room == room })
	if len(u.ringing.shown) != 2 {
		t.Errorf("%d notifications show", len(u.ringing.shown))
	}
	v := *g.core.view
	v.Rooms = slices.Clone(v.Rooms)
	for i := range v.Rooms {
		v.Rooms[i].Unread = 0 // read on another device
	}
	u.looking = false
	u.apply(app.Changes{View: true}, &v)
	if !slices.Equal(d.closed, []string{u.ringing.tag(inventedRoom("general").String())}) {
		t.Errorf("closed %q", d.closed)
	}
	u.setLooking(true)
	if !slices.Contains(d.closed, u.ringing.tag(tagAll)) {
		t.Error("what is about many rooms stays although the person looks")
	}
}

// TestNewsLineOfBothDirections: a name written from right to left does not turn the
// line around, as desktops do that look at the first letter only.
func TestNewsLineOfBothDirections(t *testing.T) {
	newRinging(t)
	for _, c := range []struct{ who, text, want string }{
		{"Tom", "hello", "Tom: hello"},
		{"דב Dov", "hello", "\u200E\u2068דב Dov\u2069: hello"},
	} {
		if got := newsLine(&app.News{Author: c.who, Text: c.text}); got != c.want {
			t.Errorf("%q", got)
		}
	}
}

// TestNewsLineOfAFile: a message without words rings with what it carries.
func TestNewsLineOfAFile(t *testing.T) {
	newRinging(t)
	if got := newsLine(&app.News{Author: "Tom", Carried: app.Carried{Files: 2, Pictures: true}}); got != "Tom: 2 pictures" {
		t.Errorf("%q", got)
	}
}

// TestRingHidden: what the rules hide does not come out, whatever the room is called.
func TestRingHidden(t *testing.T) {
	g, _, d := newRinging(t)
	g.core.view.Notify.Show = app.ShowNothing
	g.u.tell(app.Notice{Kind: app.NoticeMessages, Room: inventedRoom("design"), Rooms: 1, Count: 2, News: []app.News{{Seq: 1}, {Seq: 2}}})
	if got := d.newest(); got.Title != "Hearth" || got.Body != "2 new messages" {
		t.Errorf("nothing to show: %+v", got)
	}
	g.core.view.Notify.Show = app.ShowSender
	g.u.tell(app.Notice{Kind: app.NoticeMessages, Room: inventedRoom("general"), Rooms: 1, Count: 1, News: []app.News{{Seq: 1, Author: "Ana"}}})
	if got := d.newest(); got.Title != "general" || !strings.Contains(got.Body, "New message from") || !strings.Contains(got.Body, "Ana") {
		t.Errorf("the sender only: %+v", got)
	}
}

// TestWhy: there are words for every rule, and the details of a message have them.
func TestWhy(t *testing.T) {
	tr.Use("en")
	for _, rule := range []app.NotifyRule{
		app.RuleRead, app.RuleOnScreen, app.RulePaused, app.RuleMuted, app.RuleNone, app.RuleQuiet, app.RuleMention,
		app.RuleEverybody, app.RuleKeyword, app.RuleDirect, app.RuleAll, app.RuleMentions,
	} {
		if whyText(app.Notified{Rule: rule, Keyword: "x"}) == "" {
			t.Errorf("no words for %s", rule)
		}
	}
	if whyText(app.Notified{}) != "" || whyText(app.Notified{Rule: "of a newer version"}) != "" {
		t.Error("words for what is not known")
	}
	g, q, _ := newRinging(t)
	m := g.core.messages[inventedRoom("release-room")][3]
	g.u.showMessage(inventedRoom("release-room"), m)
	q.until(t, "why it rang", func() bool { return shows(g.u, "Why did this ring?") })
}

// TestCloseToTray: closing hides, once with words about how to come back; without
// the setting, and before a group is open, it ends the program.
func TestCloseToTray(t *testing.T) {
	g, _, d := newRinging(t)
	u := g.u
	u.leave = func() {}
	u.settings.CloseToTray = true
	for range 2 {
		u.closing()
		if !u.hidden || u.looking || u.quitting {
			t.Fatalf("hidden %t, looking %t, quitting %t", u.hidden, u.looking, u.quitting)
		}
		u.unhide()
	}
	if len(d.shown) != 1 || d.shown[0].Tag != tagHidden {
		t.Errorf("told %+v", d.shown)
	}
	u.settings.CloseToTray = false
	u.closing()
	if !u.quitting {
		t.Error("it does not end")
	}
}

// TestTrayMenu: what the menu offers, and that it is left alone while nothing changes.
func TestTrayMenu(t *testing.T) {
	g, q, _ := newRinging(t)
	u := g.u
	g.core.view.Rooms[0].Name = "a_room"
	tray := &tray{w: u.Window}
	now := time.Now()
	items, shows := tray.menu(now)
	var labels []string
	for _, i := range items {
		labels = append(labels, i.Label)
	}
	want := []string{"Show Hearth", "", "a__room (2)", "general (1)", "design (12)", "", "Silence for an hour", "Silence until tomorrow", "", "Quit"}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Errorf("menu (-want +got):\n%s", diff)
	}
	if !items[len(items)-1].IsQuit {
		t.Error("the toolkit adds an entry for quitting")
	}
	if _, again := tray.menu(now.Add(time.Minute)); again != shows {
		t.Error("the menu changes by itself")
	}
	items[4].Action()
	if u.home.room != inventedRoom("design") {
		t.Error("the entry of a room does not open it")
	}
	items[6].Action()
	q.until(t, "the pause", func() bool { return !g.core.view.Notify.Paused.IsZero() })
	u.apply(app.Changes{View: true}, g.core.view)
	items, _ = tray.menu(now)
	if got := items[6].Label; !strings.HasPrefix(got, "Silent until ") {
		t.Errorf("paused: %q", got)
	}
	items[6].Action()
	q.until(t, "the end of the pause", func() bool { return g.core.view.Notify.Paused.IsZero() })

	g.core.view.Notify.Rooms = map[chat.RoomID]app.RoomNotify{inventedRoom("general"): {Level: app.LevelNone}, inventedRoom("design"): {Muted: now.Add(time.Hour)}}
	u.apply(app.Changes{View: true}, g.core.view)
	if n := u.unreadRooms(); n != 1 || !strings.HasPrefix(u.win.Title(), "(2) design – ") {
		t.Errorf("%d rooms, title %q", n, u.win.Title())
	}
}

// TestTrayIcon: the icon with a mark differs where the mark is, and only there.
func TestTrayIcon(t *testing.T) {
	var pics []image.Image
	for _, m := range []trayMark{trayPlain, trayUnread} {
		icon, err := trayIcon(m)
		if err != nil {
			t.Fatal(err)
		}
		pic, err := png.Decode(bytes.NewReader(icon.Content()))
		if err != nil {
			t.Fatal(err)
		}
		pics = append(pics, pic)
	}
	side := pics[0].Bounds().Dx()
	if side != pics[1].Bounds().Dx() || pics[0].At(side/4, side/2) != pics[1].At(side/4, side/2) {
		t.Error("another icon altogether")
	}
	if r, g, b, a := pics[1].At(side*3/4+2, side/4-2).RGBA(); r>>8 != 0xE5 || g>>8 != 0x3E || b>>8 != 0x3E || a>>8 != 0xFF {
		t.Errorf("no dot but %x %x %x %x", r>>8, g>>8, b>>8, a>>8)
	}
	if _, ok := trayApp(Calm(test.NewTempApp(t))); ok {
		t.Skip("the toolkit's test app has a tray now: test newTray with it")
	}
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string]string{
		"7": "07:00", "7:30": "07:30", " 07.30 ": "07:30", "0730": "07:30", "22h15": "22:15", "23:59": "23:59", "0": "00:00", "8h": "08:00",
	} {
		if m, ok := parseClock(text); !ok || clockText(m) != want {
			t.Errorf("%q: %v, %t", text, m, ok)
		}
	}
	for _, text := range []string{"", "24", "24:00", "12:60", "-1", "noon", "1:2:3", "12345", "7:300", ":30", "+7"} {
		if m, ok := parseClock(text); ok {
			t.Errorf("%q is %s", text, clockText(m))
		}
	}
}

// TestNotifySettings works the page by keyboard and by touch, and looks at the rules.
func TestNotifySettings(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.core.view.Notify = &app.NotifyRules{}
	g.u.apply(app.Changes{View: true}, g.core.view)
	u := g.u
	galleryDesktop(u)
	q.run()
	rules := func() *app.NotifyRules { return g.core.View().Notify }
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if s, ok := o.(*segments); ok {
			s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
		}
	})
	q.until(t, "the choices", func() bool {
		r := rules()
		return r.Level == app.LevelMentions && r.Show == app.ShowSender && r.Silent
	})
	find := func(label string) *input {
		for _, e := range entries(u) {
			if e.Text() == label {
				return e
			}
		}
		t.Fatalf("no entry has %q", label)
		return nil
	}
	words := find("")
	u.win.Canvas().Focus(words)
	test.Type(words, "bees, 蜂，honey")
	u.win.Canvas().Unfocus()
	q.until(t, "the keywords", func() bool { return slices.Equal(rules().Keywords, []string{"bees", " 蜂", "honey"}) })

	pressButton(t, u, "Add quiet hours")
	q.until(t, "quiet hours", func() bool { return len(rules().Quiet) == 1 })
	if _, ok := u.win.Canvas().Focused().(*days); !ok {
		t.Errorf("the new hours are not where the keyboard is, %T is", u.win.Canvas().Focused())
	}
	var picker *days
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if d, ok := o.(*days); ok {
			picker = d
		}
	})
	u.win.Canvas().Focus(picker)
	picker.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	picker.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	q.until(t, "a day less", func() bool { return rules().Quiet[0].Days == app.EveryDay.With(time.Tuesday, false) })
	from := find("22:00")
	from.SetText("later")
	from.OnSubmitted("")
	if !shows(u, "A time such as 22:30") {
		t.Error("nothing is said about a time that is none")
	}
	from.SetText("23")
	from.OnSubmitted("")
	q.until(t, "another time", func() bool { return rules().Quiet[0].From == 23*60 })
	q.linger(pictureWait)
	pressed := time.Now()
	pressButton(t, u, "For an hour")
	q.until(t, "the pause", func() bool { return !rules().Paused.IsZero() })
	if end := rules().Paused; end.Before(pressed.Add(time.Hour)) {
		t.Errorf("an hour ends %v after the button was pressed", end.Sub(pressed))
	}
	focusedOn(t, u, "End that now")
	pressButton(t, u, "End that now")
	q.until(t, "the end of the pause", func() bool { return rules().Paused.IsZero() })
}

// TestNotifySettingsFollow: what is silenced from the tray shows in the settings that are
// open, and that it is over.
func TestNotifySettingsFollow(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	var kept []string
	set := func(until time.Time) {
		v := *g.core.view
		v.Notify = &app.NotifyRules{Paused: until, Keywords: kept}
		g.core.view = &v
		u.apply(app.Changes{View: true}, &v)
		q.run()
	}
	set(time.Time{})
	u.showSettingsNamed("notify.title")
	q.run()
	if !shows(u, "For an hour") || shows(u, "End that now") {
		t.Fatal("the page does not offer to silence everything")
	}
	set(time.Now().Add(time.Hour))
	if !shows(u, "End that now") || shows(u, "For an hour") {
		t.Error("what the tray has silenced does not show")
	}
	set(time.Time{})
	if !shows(u, "For an hour") || shows(u, "End that now") {
		t.Error("it goes on showing after its end")
	}
	words := entries(u)[0]
	u.win.Canvas().Focus(words)
	test.Type(words, "bees,, bees")
	u.win.Canvas().Unfocus()
	kept = []string{"bees"} // what the core makes of it
	q.until(t, "the rules", func() bool { return len(u.ruleChanges) == 0 })
	set(time.Time{})
	if words.Text() != "bees" {
		t.Errorf("the keywords are %q in the field", words.Text())
	}
	u.win.Canvas().Focus(words)
	test.Type(words, ", w")
	set(time.Time{})
	if words.Text() != "bees, w" {
		t.Errorf("what is being typed became %q", words.Text())
	}
}

// TestRoomNotify chooses for one room, and the list shows it.
func TestRoomNotify(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.core.view.Notify = &app.NotifyRules{Level: app.LevelMentions}
	u := g.u
	u.apply(app.Changes{View: true}, g.core.view)
	room := inventedRoom("general")
	u.home.showRoomNotify(room)
	if !shows(u, "At present: Mentions.") {
		t.Error("it is not said what holds for the group")
	}
	q.linger(pictureWait)
	pressed := time.Now()
	pressButton(t, u, "For an hour")
	muted := func() time.Time { return g.core.View().Notify.Rooms[room].Muted }
	q.until(t, "the muting", func() bool { return !muted().IsZero() })
	if end := muted(); end.Before(pressed.Add(time.Hour)) {
		t.Errorf("an hour ends %v after the button was pressed", end.Sub(pressed))
	}
	pressButton(t, u, "Unmute")
	q.until(t, "the end", func() bool { return muted().IsZero() })
	pressButton(t, u, "For a week")
	focusedOn(t, u, "Unmute")
	q.until(t, "the muting", func() bool { return time.Until(muted()) > 6*24*time.Hour })
	u.closeAll()
	u.apply(app.Changes{View: true}, g.core.View())
	facts := rowFacts{}
	for i, id := range u.home.side.list.ids {
		if id == room {
			facts = u.home.side.list.rows[i].facts
		}
	}
	if !facts.muted || facts.icon != look.IconBellOff {
		t.Errorf("the list shows %+v", facts)
	}
}

// focusedOn fails if another button, or none, has the keyboard.
func focusedOn(t *testing.T, u *UI, button string) {
	t.Helper()
	if b, ok := u.win.Canvas().Focused().(*look.Button); !ok || b.Text() != button {
		t.Errorf("the button that was used is gone, and %T has the keyboard instead of %q", u.win.Canvas().Focused(), button)
	}
}

// TestKeywordsOutliveEscape: what was typed into a field of a dialog counts though the
// dialog is closed from within the field.
func TestKeywordsOutliveEscape(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.core.view.Notify = &app.NotifyRules{}
	g.u.apply(app.Changes{View: true}, g.core.view)
	galleryDesktop(g.u)
	q.run()
	for _, e := range entries(g.u) {
		if e.Text() == "" {
			g.u.win.Canvas().Focus(e)
			break
		}
	}
	words, ok := g.u.win.Canvas().Focused().(*input)
	if !ok {
		t.Fatalf("%T has the keyboard", g.u.win.Canvas().Focused())
	}
	test.Type(words, "bees")
	words.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(g.u.dialogs) != 0 {
		t.Fatal("Escape leaves the dialog open")
	}
	q.until(t, "the keyword", func() bool { return slices.Equal(g.core.View().Notify.Keywords, []string{"bees"}) })
}

// TestRingFollows: what the desktop still shows says no longer what was deleted or what
// a blocked person wrote, and what was edited as it is now; without a sound, and only
// where something changed.
func TestRingFollows(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	core := retell(g)
	d := startRinging(g, q)
	u := g.u
	room := inventedRoom("release-room")
	names, tag := core.messages[room], u.ringing.tag(room.String())
	for _, i := range []int{4, 5, 6} {
		u.tell(app.Notice{Kind: app.NoticeMessages, Room: room, Rooms: 1, Count: 1, News: []app.News{{Seq: names[i].Seq, Author: names[i].Name, Text: fmt.Sprint("word ", i)}}})
	}
	change := func(i int, do func(m *app.MessageView)) {
		core.change(u, room, func(rows []app.MessageView, in *app.RoomView) {
			in.Unread, in.Read = 3, 0
			do(&rows[i])
		})
	}
	says := func(what string, yes, no []string) {
		t.Helper()
		q.until(t, what, func() bool {
			body := d.newest().Body
			has := func(s string) bool { return strings.Contains(body, s) }
			return d.newest().Tag == tag && !d.newest().Sound && !slices.ContainsFunc(no, has) && !slices.ContainsFunc(yes, func(s string) bool { return !has(s) })
		})
	}
	change(5, func(m *app.MessageView) { m.Text, m.Erased = "", true })
	says("the deletion", []string{"2 new", "word 4", "word 6"}, []string{"word 5"})
	change(6, func(m *app.MessageView) { m.Text, m.Edited = "said otherwise", time.Now() })
	says("the edit", []string{"word 4", "said otherwise"}, []string{"word 6"})
	shown := len(d.shown)
	change(6, func(*app.MessageView) {})
	change(4, func(m *app.MessageView) { m.Blocked = true })
	says("nothing of a blocked person", []string{"said otherwise"}, []string{"word 4"})
	if len(d.shown) != shown+1 {
		t.Errorf("it was shown %d times more, once something had changed", len(d.shown)-shown)
	}
	change(6, func(m *app.MessageView) { m.Text, m.Erased = "", true })
	q.until(t, "the end", func() bool { return slices.Contains(d.closed, tag) })
}

// TestRingCaughtUp: what came during an absence is told as it is by then: nothing that was
// deleted since, what was edited as it reads, and nothing at all if nothing is left.
func TestRingCaughtUp(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	core := retell(g)
	d := startRinging(g, q)
	u := g.u
	room := inventedRoom("release-room")
	rows := core.messages[room]
	core.change(u, room, func(rows []app.MessageView, in *app.RoomView) {
		in.Unread, in.Read = 3, 0
		rows[4].Text, rows[4].Edited = "said otherwise", time.Now()
		rows[5].Text, rows[5].Erased = "", true
	})
	q.run()
	tell := func(at ...int) {
		n := app.Notice{Kind: app.NoticeMessages, Room: room, Rooms: 1, Count: len(at), CaughtUp: true}
		for _, i := range at {
			n.News = append(n.News, app.News{Seq: rows[i].Seq, Author: rows[i].Name, Text: fmt.Sprint("word ", i)})
		}
		u.tell(n)
	}
	tell(4, 5)
	q.until(t, "what is left", func() bool { return len(d.shown) > 0 })
	if got := d.newest(); len(d.shown) != 1 || !got.Sound || !strings.HasSuffix(got.Body, "said otherwise") || strings.Contains(got.Body, "word") {
		t.Errorf("it was shown %d times, at last %+v", len(d.shown), got)
	}
	u.ringing.shown, d.shown = map[string]*rung{}, nil
	tell(5)
	q.until(t, "nothing", func() bool { return len(u.ringing.shown) == 0 })
	if len(d.shown) > 0 {
		t.Errorf("what is deleted is told: %+v", d.newest())
	}
}

// TestRingHidesAtOnce: who no longer wants content shown does not see it stay on the desktop.
func TestRingHidesAtOnce(t *testing.T) {
	g, q, d := newRinging(t)
	u := g.u
	room := inventedRoom("general")
	u.tell(app.Notice{Kind: app.NoticeMessages, Room: room, Rooms: 1, Count: 1, News: []app.News{{Seq: 1 << 20, Author: "Ana", Text: "secret"}}})
	for _, c := range []struct {
		show app.NotifyShow
		says string
	}{{app.ShowSender, "New message from Ana"}, {app.ShowNothing, "1 new message"}} {
		before := len(d.shown)
		v := *g.core.view
		v.Notify = &app.NotifyRules{Show: c.show}
		g.core.view = &v
		u.apply(app.Changes{View: true}, &v)
		q.run()
		if got := d.newest(); len(d.shown) != before+1 || got.Sound || got.Body != c.says {
			t.Errorf("%s: shown %d times more, %+v", c.show, len(d.shown)-before, got)
		}
	}
}
