package ui

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store/secret"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// household is a profile with several groups that run until stop is called.
type household struct {
	*app.Groups
	stop func()
}

func newHousehold(t testing.TB, dir string, ring secret.Store) *household {
	t.Helper()
	groups, err := app.NewGroups(app.Options{Profile: dir, Keyring: ring, Log: testkit.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := groups.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	h := &household{Groups: groups}
	h.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	t.Cleanup(h.stop)
	return h
}

// newHouse opens a window over a profile.
func newHouse(t testing.TB, h *household, d Desktop) (*Window, *queue) {
	t.Helper()
	q := newQueue()
	o := Options{Log: testkit.Logger(t), Settings: app.DefaultSettings(), Desktop: d, post: q.post}
	o.Settings.Language, o.Settings.Theme = "en", "light"
	w := NewWindow(h.Groups, test.NewTempApp(t), o)
	w.Show(t.Context())
	return w, q
}

// TestSeveral goes through a window with groups on two real servers: a second one is
// added by its invite, both receive, each is where it was left, one is left.
func TestSeveral(t *testing.T) {
	testkit.NoLeaks(t)
	bees, ants := newGroupNamed(t, "Bees"), newGroupNamed(t, "Ants")
	dir, ring := filepath.Join(t.TempDir(), "profile"), secret.NewMemory()
	h := newHousehold(t, dir, ring)
	d := &told{}
	w, q := newHouse(t, h, Desktop{Notifier: d})
	q.until(t, "the welcome", func() bool { return w.shown.stage.phase == app.PhaseWelcome })
	known := bees.invite()
	if err := w.shown.core.Join(t.Context(), app.JoinRequest{Link: known, Display: "Ana", Password: []byte("a long enough password")}); err != nil {
		t.Fatal(err)
	}
	b := w.shown
	live := func(u *UI) func() bool {
		return func() bool { return u.home != nil && !u.home.room.IsZero() && u.view.Connection.State == app.ConnLive }
	}
	q.until(t, "the first group", live(b))
	if w.rail.object.Visible() {
		t.Error("there is a rail for one group")
	}

	// An invite into a group that one is in says so, and leads back there.
	w.link = known
	b.offerLink()
	q.until(t, "the group that one is in", func() bool { return w.shown != b && shows(w.shown, tr.S("join.member.go")) })
	pressButton(t, w.shown, tr.S("join.member.go"))
	if w.shown != b || len(w.all) != 1 {
		t.Fatal("it does not lead there")
	}

	// One from outside leads into another group; it names the server, and asks it only
	// when it is told to. Nothing is joined by itself.
	w.link = ants.invite()
	b.offerLink()
	q.until(t, "the way into another group", func() bool { return w.shown != b })
	followLink(t, w.shown, q)
	q.until(t, "what the invite leads to", func() bool { return shows(w.shown, "Who are you?") })
	a := w.shown
	if a == b || !a.item.Adding || !w.rail.object.Visible() {
		t.Fatalf("adding: %+v, rail %v", a.item, w.rail.object.Visible())
	}
	fields := entries(a)
	test.Type(fields[0], "Ana")
	test.Type(fields[1], "a long enough password")
	pressButton(t, a, "Join")
	q.until(t, "the second group", live(a))
	q.until(t, "two groups", func() bool { return len(w.all) == 2 && !a.item.Adding && a.groupName() == "Ants" })

	testUnread(t, w, q, b, d)
	testSwitching(t, w, q, a, b)
	testOrdering(t, w, q, a, b)
	testSearchingAll(t, w, q, a, b)
	testLeaving(t, w, q, a, b)

	// A restart brings back what is left.
	w.End()
	h.stop()
	h = newHousehold(t, dir, ring)
	w, q = newHouse(t, h, Desktop{})
	q.until(t, "the group that is left", live(w.shown))
	if len(w.all) != 1 || w.shown.groupName() != "Bees" {
		t.Errorf("%d groups, the first is %q", len(w.all), w.shown.groupName())
	}
	w.End()
}

// testUnread has somebody write in the group that is not in view.
func testUnread(t *testing.T, w *Window, q *queue, b *UI, d *told) {
	t.Helper()
	other := join(t, b.core.(*app.App), q)
	if _, err := other.Send(t.Context(), b.home.room, "buzz"); err != nil {
		t.Fatal(err)
	}
	q.until(t, "an unread group", func() bool { return w.rail.items[0].facts.unread })
	q.until(t, "the title", func() bool { return strings.HasPrefix(w.win.Title(), "(1) ") })
	if b.looking || drawn(b, "buzz") && b.root.Visible() {
		t.Error("a group that is not in view is looked at")
	}
	b.core.(*app.App).ChangeNotify(t.Context(), func(r *app.NotifyRules) { r.Level = app.LevelAll }) //nolint:errcheck // the next step fails
	if _, err := other.Send(t.Context(), b.home.room, "buzz again"); err != nil {
		t.Fatal(err)
	}
	q.until(t, "the notification", func() bool { return len(d.shown) > 0 })
	if n := d.newest(); !strings.Contains(n.Title, "Bees") {
		t.Errorf("the notification does not name its group: %+v", n)
	}
	w.Opened(d.newest().Tag)
	q.until(t, "the group of the notification", func() bool { return w.shown == b && drawn(b, "buzz again") })
	q.until(t, "it is read", func() bool { return !w.rail.items[0].facts.unread && b.unreadRooms() == 0 })
}

// testSwitching goes to and fro: by key, by link, by the switcher.
func testSwitching(t *testing.T, w *Window, q *queue, a, b *UI) {
	t.Helper()
	c := b.home.pane.composer
	test.Type(c.entry, "asked")
	enter(c)
	q.until(t, "it is sent", func() bool { return b.view.Waiting == 0 && b.home.pane.timeline.NewestOwn() != nil })
	test.Type(c.entry, "half a thought")
	c.answer(b.home.pane.timeline.NewestOwn())
	c.change(b.home.pane.timeline.NewestOwn())
	test.Type(c.entry, " again")
	look.ShowTip(b.home.side.more, "of this group")
	if !drawn(b, "of this group") {
		t.Error("no tooltip")
	}
	shortcut(w.shown, groupKey(1))
	if drawn(a, "of this group") {
		t.Error("the tooltip of one group stays over the other")
	}
	if w.shown != a || a.root.Visible() == b.root.Visible() {
		t.Fatal("the key of the second group does not show it")
	}
	if f := w.win.Canvas().Focused(); f != fyne.Focusable(a.home.pane.composer.entry) {
		t.Errorf("the keyboard is on %T", f)
	}
	w.shown.home.showSwitcher()
	w.closeAll()
	s := &switcher{h: a.home}
	s.gatherGroups()
	kinds := map[int]int{}
	for _, x := range s.all {
		kinds[x.kind]++
	}
	if kinds[aimGroup] != 1 || kinds[aimElsewhere] != len(b.view.Rooms) {
		t.Errorf("the switcher offers %v", kinds)
	}
	a.goTo(chat.PlaceLink{Server: b.view.Group.Server, Room: b.home.room, Seq: 1})
	if w.shown != b || c.entry.Text() != "asked again" || !c.editBar.Visible() || a.home.pane.composer.editBar.Visible() {
		t.Errorf("a link leads to %q, the change is %q", w.shown.groupName(), c.entry.Text())
	}
	if c.stop(); c.entry.Text() != "half a thought" || c.pad.reply == nil {
		t.Errorf("behind the change the draft is %q", c.entry.Text())
	}
	c.stop()
	b.goTo(chat.PlaceLink{Server: chat.ServerID{1}, Room: b.home.room, Seq: 1})
	if w.shown != b {
		t.Error("a link to nowhere leads away")
	}
	w.rail.items[0].FocusGained()
	w.rail.items[0].TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	key(w.shown, fyne.KeyReturn)
	if w.shown != a {
		t.Error("the rail does not listen to the keyboard")
	}
	testWarnings(t, w, a, b)
	w.addGroup()
	q.until(t, "the ways in", func() bool { return w.shown.item.Adding && w.shown.stage.phase == app.PhaseWelcome })
	key(w.shown, fyne.KeyEscape)
	if w.shown != a || len(w.all) != 2 {
		t.Errorf("Escape leads to %q of %d", w.shown.groupName(), len(w.all))
	}
}

// testWarnings has somebody get at the account of the group that is not in view: it is
// said at once, with the group and the account, and leads there.
func testWarnings(t *testing.T, w *Window, a, b *UI) {
	t.Helper()
	for _, n := range []app.Notice{{Kind: app.NoticeDeviceAdded, Device: app.DeviceView{Name: "thief"}}, {Kind: app.NoticeRecoveryReplaced}} {
		b.hear(n)
		if w.shown != a || len(w.dialogs) != 1 || !shows(a, b.groupName()+" · "+b.accountName()) {
			t.Fatalf("%s in a group that is not in view: %d dialogs", n.Kind, len(w.dialogs))
		}
		d := w.dialogs[0]
		test.Tap(d.spec.buttons[1])
		if w.shown != b || len(w.dialogs) != 1 || !shows(b, tr.S("devices.text")) {
			t.Errorf("%s leads to %q", n.Kind, w.shown.groupName())
		}
		w.closeAll()
		w.show(a)
		if len(w.dialogs) != 0 || len(b.untold) != 0 {
			t.Errorf("%s is said twice", n.Kind)
		}
	}
}

// testOrdering puts the groups in another order, by dragging and by the keyboard, and
// looks at what they are told apart by.
func testOrdering(t *testing.T, w *Window, q *queue, a, b *UI) {
	t.Helper()
	order := func(want ...*UI) func() bool {
		return func() bool {
			for n, u := range want {
				i := w.rail.items[n]
				if w.all[n] != u || i.u != u || i.Position().Y != float32(n)*railRow() {
					return false
				}
			}
			return len(w.all) == len(want) && w.groups.Groups()[0].Key == want[0].key
		}
	}
	drag := func(i *railItem, steps ...float32) {
		for _, by := range steps {
			i.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(1, by)})
		}
	}
	q.until(t, "the order they came in", order(b, a))
	first, second := w.rail.items[0], w.rail.items[1]
	if f, g := first.facts.face, second.facts.face; f == g || f != groupFace(b.view.Group.Server) {
		t.Errorf("the colours are of %q and %q", f, g)
	}

	w.show(a)
	drag(first, 2, 10, railRow()/2)
	if first.Position().Y != 12+railRow()/2 || second.Position().Y != 0 || w.all[0] != b {
		t.Errorf("while it is dragged it is at %v, the other at %v", first.Position(), second.Position())
	}
	drag(first, -10, -railRow()/4)
	if second.Position().Y != railRow() {
		t.Errorf("dragged back again the other is at %v", second.Position())
	}
	drag(first, 3*railRow())
	first.DragEnd()
	q.until(t, "the other order", order(a, b))
	if w.shown != a {
		t.Error("what was dragged came into view")
	}

	// The hand that trembles in a click does not lose it.
	drag(first, -3)
	first.DragEnd()
	if q.until(t, "the order stays", order(a, b)); w.shown != b {
		t.Error("a click that moved by three pixels does nothing")
	}

	w.win.Canvas().Focus(first)
	first.TypedShortcut(carryDown()) // there is nothing below
	first.TypedShortcut(carryUp())
	q.until(t, "the order they came in", order(b, a))
	if w.win.Canvas().Focused() != fyne.Focusable(first) {
		t.Error("the keyboard does not stay on the tile")
	}
	first.TypedShortcut(combo(fyne.KeyModifierShortcutDefault, fyne.KeyK))
	if len(w.dialogs) == 0 {
		t.Error("on a tile the window's shortcuts do nothing")
	}
	w.closeAll()

	// What is being added comes last and stays there.
	w.addGroup()
	q.until(t, "the ways in", func() bool { return w.shown.item.Adding && w.shown.stage.phase == app.PhaseWelcome })
	drag(w.rail.items[2], -railRow())
	drag(first, 5*railRow())
	if first.Position().Y != railRow() {
		t.Errorf("a group can be dragged to %v, behind the one that is added", first.Position())
	}
	key(w.shown, fyne.KeyEscape)
	q.until(t, "two groups", func() bool { return len(w.all) == 2 })
	first.DragEnd()
	q.until(t, "the other order", order(a, b))
	second.TypedShortcut(carryDown())
	q.until(t, "the order they came in", order(b, a))
	w.show(a)
}

// testSearchingAll finds a message in the group that is not in view, goes there and
// comes back.
func testSearchingAll(t *testing.T, w *Window, q *queue, a, b *UI) {
	t.Helper()
	room := a.home.room
	a.home.showSearch()
	s := a.home.search
	test.Type(s.find.entry, "buzz")
	q.until(t, "messages of the other group", func() bool { return s.listed.text == "buzz" })
	if len(s.hits) != 2 || s.hits[0].u != b || s.hits[0].Message.Text != "buzz again" {
		t.Fatalf("found %+v", s.hits)
	}
	named := false
	each(w.shown, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if l, ok := o.(*look.Line); ok {
			named = named || strings.Contains(l.Text(), "· Bees")
		}
	})
	if !named {
		t.Error("what was found does not name its group")
	}
	// Only here, and everywhere again.
	var only *segments
	each(w.shown, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if x, ok := o.(*segments); ok {
			only = x
		}
	})
	only.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	q.until(t, "nothing here", func() bool { return s.listed.here && len(s.hits) == 0 })
	only.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	q.until(t, "both again", func() bool { return !s.listed.here && len(s.hits) == 2 })
	w.win.Canvas().Focus(s.find.entry)
	key(w.shown, fyne.KeyDown)
	want := s.hits[1].Message.Seq
	key(w.shown, fyne.KeyReturn)
	q.until(t, "the message", func() bool { return w.shown == b && b.home.pane.timeline.Marked() == uint64(want) })
	b.home.showSearch()
	if b.home.search.find.Text() != "buzz" {
		t.Error("another group does not know what was looked for last")
	}
	w.closeAll()
	key(b, fyne.KeyEscape)
	if w.shown != a || a.home.room != room {
		t.Errorf("back leads to %q", w.shown.groupName())
	}
}

// testLeaving removes a group from this machine.
func testLeaving(t *testing.T, w *Window, q *queue, a, b *UI) {
	t.Helper()
	a.askDelete()
	pressButton(t, a, "Delete local data")
	q.until(t, "one group", func() bool { return len(w.all) == 1 })
	if w.shown != b || w.rail.object.Visible() || len(w.dialogs) > 0 {
		t.Errorf("in view is %q, with %d dialogs", w.shown.groupName(), len(w.dialogs))
	}
	if b.view.Connection.State != app.ConnLive {
		t.Errorf("the other group: %+v", b.view.Connection)
	}
}
