package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestEmptyRoomList: keys on a list without rooms do nothing.
func TestEmptyRoomList(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	view := *g.core.view
	view.Rooms = nil
	u.apply(app.Changes{View: true, Reset: true}, &view)
	u.win.Canvas().Focus(u.home.side.list)
	for _, k := range []fyne.KeyName{fyne.KeyDown, fyne.KeyReturn, fyne.KeyEnd, fyne.KeySpace, fyne.KeyHome, fyne.KeyUp, fyne.KeyEnter} {
		key(u, k)
	}
	if !u.home.room.IsZero() {
		t.Errorf("room %v is open", u.home.room)
	}
}

// TestRoomListMoves: the keyboard stays on the room it is on when another one comes to
// the top, so that Enter opens what is marked.
func TestRoomListMoves(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	list := u.home.side.list
	u.win.Canvas().Focus(list)
	key(u, fyne.KeyHome)
	key(u, fyne.KeyDown)
	key(u, fyne.KeyDown)
	want := list.ids[2]
	view := *g.core.view
	last := slices.IndexFunc(view.Rooms, func(r app.RoomView) bool { return r.ID == list.ids[len(list.ids)-1] })
	top := view.Rooms[last]
	view.Rooms = slices.Insert(slices.Delete(slices.Clone(view.Rooms), last, last+1), 0, top)
	u.apply(app.Changes{View: true}, &view)
	if list.ids[2] == want {
		t.Fatal("nothing has moved")
	}
	if i := slices.IndexFunc(list.rows, func(r *roomRow) bool { return r.facts.cursor }); i < 0 || list.ids[i] != want {
		t.Errorf("line %d is marked", i)
	}
	key(u, fyne.KeyReturn)
	if u.home.room != want {
		t.Error("another room was opened")
	}
	view.Rooms = view.Rooms[:1]
	list.cursor = len(list.ids) - 1
	u.apply(app.Changes{View: true}, &view)
	u.win.Canvas().Focus(list)
	key(u, fyne.KeyReturn) // the one that is left
}

// crowd is a room of many.
func crowd(u *UI, n int) *app.View {
	view := *u.view
	view.Rooms = slices.Clone(view.Rooms)
	view.Presence = map[chat.AccountID]app.PresenceView{}
	r := &view.Rooms[slices.IndexFunc(view.Rooms, func(r app.RoomView) bool { return r.ID == u.home.room })]
	r.Members = nil
	for i := range n {
		id := chat.AccountID{1, byte(i), byte(i >> 8)}
		r.Members = append(r.Members, app.MemberView{Account: id, Name: fmt.Sprint("p", i), Display: fmt.Sprintf("Person %04d", i)})
		view.Presence[id] = app.PresenceView{State: app.PresenceOffline, Seen: time.Now().Add(-time.Hour)}
	}
	return &view
}

// TestManyMembers: what happens in a room of thousands costs what is in view, not what
// is in the room.
func TestManyMembers(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	view := crowd(u, 5000)
	u.apply(app.Changes{View: true}, view)
	if !u.home.members.object.Visible() {
		u.home.toggleMembers()
	}
	list := u.home.members.list
	if len(list.people) != 5000 || list.people[4999].name != "Person 4999" || len(list.inner.Objects) > 100 {
		t.Fatalf("%d people, %d lines", len(list.people), len(list.inner.Objects))
	}
	room := u.home.roomOf(u.home.room)
	if n := testing.AllocsPerRun(3, func() { u.home.members.apply(room) }); n > 2500 {
		t.Errorf("showing them again allocates %v times", n)
	}
	first := list.pool[0]
	if first.p.about == "" || first.p.dot != app.PresenceOffline {
		t.Errorf("the first line is %+v", first.p)
	}
	view.Presence[first.p.id] = app.PresenceView{State: app.PresenceOnline}
	u.home.members.apply(room)
	if first.p.dot != app.PresenceOnline {
		t.Errorf("then %+v", first.p)
	}
}

// TestPeopleListMoves: the keyboard stays on the person it is on when somebody comes.
func TestPeopleListMoves(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.apply(app.Changes{View: true}, crowd(u, 100))
	if !u.home.members.object.Visible() {
		u.home.toggleMembers()
	}
	list := u.home.members.list
	var opened chat.AccountID
	list.opened = func(id chat.AccountID) { opened = id }
	u.win.Canvas().Focus(list)
	key(u, fyne.KeyEnd)
	if list.cursor != 99 {
		t.Fatalf("End leads to %d", list.cursor)
	}
	key(u, fyne.KeyPageUp)
	key(u, fyne.KeyPageDown)
	key(u, fyne.KeyUp)
	want := list.people[98].id
	view := crowd(u, 100)
	r := &view.Rooms[slices.IndexFunc(view.Rooms, func(r app.RoomView) bool { return r.ID == u.home.room })]
	r.Members = append(r.Members, app.MemberView{Account: chat.AccountID{2}, Name: "aa", Display: "Aa"})
	u.apply(app.Changes{View: true}, view)
	key(u, fyne.KeyReturn)
	if opened != want {
		t.Error("another person was opened")
	}
	u.apply(app.Changes{View: true}, crowd(u, 3))
	key(u, fyne.KeyReturn)
	if opened != list.people[2].id {
		t.Error("somebody who is not there was opened")
	}
}

// manyFound has a search find n messages.
func manyFound(u *UI, n int) (s *searchPage, f findings) {
	u.home.showSearch()
	s = u.home.search
	s.most = n
	for i := range n {
		h := app.Hit{Room: u.home.room, Message: app.MessageView{Name: fmt.Sprint("Ann ", i), MID: chat.NewMID(), Seq: chat.Seq(n - i), Text: fmt.Sprint("some word ", i), Time: time.Now().Add(-time.Duration(i) * time.Minute)}}
		f.hits = append(f.hits, hitIn{h, u})
	}
	return s, f
}

// TestSearchMany: a thousand messages that are found cost what is in view, and an arrow
// key draws two lines anew.
func TestSearchMany(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	s, f := manyFound(u, 1000)
	s.show(f, true)
	if n := len(s.list.pool); n == 0 || n > 20 {
		t.Fatalf("%d widgets", n)
	}
	few := testing.AllocsPerRun(3, func() {
		s.mark(1)
		s.mark(0)
	})
	if few > 200 {
		t.Errorf("it allocates %v times", few)
	}
	shows := func() (list []string, marked int) {
		for i, o := range s.list.inner.Objects {
			r := o.(*hitRow)
			list = append(list, r.name.Text())
			if r.Fill != nil {
				if marked = r.i; r.i != s.at {
					t.Errorf("line %d is marked, not %d", r.i, s.at)
				}
			}
			if want := fmt.Sprint("Ann ", r.i); list[i] != want || !strings.Contains(r.words.Text(), fmt.Sprint("word ", r.i)) {
				t.Errorf("line %d shows %q: %q", r.i, list[i], r.words.Text())
			}
		}
		return list, marked
	}
	shows()
	key(u, fyne.KeyEnd) // of the text: the field has the keyboard
	if s.at != 0 {
		t.Errorf("End in the field leads to %d", s.at)
	}
	key(u, fyne.KeyPageDown)
	page := s.at
	if page < 2 || page > 20 {
		t.Errorf("a page is %d lines", page)
	}
	u.win.Canvas().Focus(s.list)
	key(u, fyne.KeyEnd)
	if list, at := shows(); at != 999 || !slices.Contains(list, "Ann 999") {
		t.Errorf("End leads to %d: %q", at, list)
	}
	key(u, fyne.KeyUp)
	key(u, fyne.KeyPageUp)
	if _, at := shows(); at != 998-page {
		t.Errorf("a page up from 998 leads to %d", at)
	}
	if want := "Ann 9"; !strings.HasPrefix(s.list.AccessibilityLabel(), want) {
		t.Errorf("spoken: %q", s.list.AccessibilityLabel())
	}
	key(u, fyne.KeyHome)
	if _, at := shows(); at != 0 {
		t.Errorf("Home leads to %d", at)
	}
	u.win.Canvas().Focused().TypedRune('x')
	if s.find.Text() != "x" || u.win.Canvas().Focused() != fyne.Focusable(s.find.entry) {
		t.Errorf("typed on the list: %q", s.find.Text())
	}
}

// TestSearchStays: what is in view and the mark stay where they are as more is found,
// also before them.
func TestSearchStays(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	s, f := manyFound(u, 400)
	late := f
	late.hits = slices.Concat(f.hits[30:], nil) // a slow group is not there yet
	s.show(late, true)
	s.mark(100)
	s.list.scroll.ScrollToOffset(fyne.NewPos(0, 98*s.list.height()+7))
	s.list.fill()
	seen := func() (list []string) {
		for _, o := range s.list.inner.Objects {
			list = append(list, fmt.Sprint(o.(*hitRow).name.Text(), o.Position().Y-s.list.scroll.Offset.Y))
		}
		return list
	}
	before, marked := seen(), s.hits[s.at]
	s.show(f, true)
	if after := seen(); !slices.Equal(before, after) || !s.hits[s.at].is(marked) || s.at != 130 {
		t.Errorf("mark at %d, in view\n%q, before\n%q", s.at, after, before)
	}
	s.show(findings{hits: f.hits[:10]}, false) // the next search has just begun
	if len(s.hits) != 400 || !slices.Equal(before, seen()) {
		t.Errorf("%d are left while it looks for more", len(s.hits))
	}
}

// TestSearchExtends: as the end of the list comes into view more is looked for.
func TestSearchExtends(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.home.showSearch()
	s := u.home.search
	s.find.entry.SetText("the")
	s.most = 2
	s.search()
	q.until(t, "all of it", func() bool { return len(s.hits) > 2 && !s.more })
	if s.most < len(s.hits) || s.note.text != tr.N("search.found", len(s.hits)) {
		t.Errorf("%d of %d: %q", len(s.hits), s.most, s.note.text)
	}
}

// TestCallFolded: whoever has no key for a letter finds the person all the same, and a name
// without spaces by each of its parts.
func TestCallFolded(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	view := crowd(u, 3)
	r := &view.Rooms[slices.IndexFunc(view.Rooms, func(r app.RoomView) bool { return r.ID == u.home.room })]
	r.Members[1].Display, r.Members[2].Display = "Ann Ärzte", "\u00c9lodie 王小明"
	u.apply(app.Changes{View: true}, view)
	c := u.home.pane.composer
	u.win.Canvas().Focus(c.entry)
	for typed, want := range map[string]string{"@elo": "@p2 ", "@\u00c9LO": "@p2 ", "@arz": "@p1 ", "@p1": "@p1 ", "@王": "@p2 ", "@小明": "@p2 ", "你好@明": "@p2 ", "@lo": ""} {
		c.setText("")
		test.Type(c.entry, typed)
		if got := strings.Join(c.offer.become, ""); got != want {
			t.Errorf("%q offers %q, want %q", typed, got, want)
		}
	}
}

// manyOpen has a group of thousands of open rooms.
type manyOpen struct{ *invented }

// OpenRooms implements app.Commands.
func (manyOpen) OpenRooms(context.Context) (list []app.OpenRoom, _ error) {
	for i := range 5000 {
		list = append(list, app.OpenRoom{ID: chat.RoomID{1, byte(i), byte(i >> 8)}, Name: fmt.Sprint("room ", i), Members: i, Joined: i == 4999})
	}
	list[4999].ID = inventedRoom("design")
	return list, nil
}

// lineListOf is the list of lines in what is open.
func lineListOf(u *UI) (list *lineList) {
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if l, ok := o.(*lineList); ok {
			list = l
		}
	})
	return list
}

// TestManyOpenRooms: thousands of open rooms cost what is in view, and the keyboard reaches
// each of them.
func TestManyOpenRooms(t *testing.T) {
	core := manyOpen{newInvented(time.Now())}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.win.Resize(fyne.NewSize(1000, 700))
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	u.home.showBrowse()
	q.until(t, "the rooms", func() bool { l := lineListOf(u); return l != nil && len(l.pool) > 0 })
	list := lineListOf(u)
	if n := len(list.pool); len(list.lines) != 5000 || n > 30 || len(list.inner.Objects) < 4 {
		t.Fatalf("%d lines in %d widgets, %d in view", len(list.lines), n, len(list.inner.Objects))
	}
	u.win.Canvas().Focus(list)
	key(u, fyne.KeyEnd)
	if list.cursor != 4999 || !strings.HasPrefix(list.AccessibilityLabel(), "room 4999") {
		t.Errorf("End leads to %d, %q", list.cursor, list.AccessibilityLabel())
	}
	last := list.inner.Objects[len(list.inner.Objects)-1].(*lineRow)
	if last.i != 4999 || last.name.Text() != "room 4999" || last.word.Text() != tr.S("browse.open") || !last.focus {
		t.Errorf("line %d shows %q and %q", last.i, last.name.Text(), last.word.Text())
	}
	key(u, fyne.KeyReturn)
	if u.home.room != inventedRoom("design") || len(u.dialogs) != 0 {
		t.Error("Enter does not open it")
	}
}

// TestJoinByKeyboard: from where the keyboard is as the list of open rooms comes, Tab leads
// into it and Enter joins its first room, once.
func TestJoinByKeyboard(t *testing.T) {
	core := &joining{invented: newInvented(time.Now())}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.win.Resize(fyne.NewSize(1000, 700))
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	u.home.showBrowse()
	q.until(t, "the rooms", func() bool { l := lineListOf(u); return l != nil && len(l.pool) > 0 })
	u.win.Canvas().FocusNext()
	list := lineListOf(u)
	if u.win.Canvas().Focused() != fyne.Focusable(list) {
		t.Fatalf("Tab leads to %T", u.win.Canvas().Focused())
	}
	key(u, fyne.KeyDown) // the first one is joined already here
	key(u, fyne.KeyReturn)
	key(u, fyne.KeyReturn)
	q.until(t, "the end of the dialog", func() bool { return len(u.dialogs) == 0 })
	if joined := core.joined.Load(); joined != 1 || u.home.wanted != inventedRoom("coffee") {
		t.Errorf("joined %d times, wanted %v", joined, u.home.wanted)
	}
}

// TestBrowseFilter: the keyboard is in the filter as the list of open rooms comes; what is
// typed, without its accents as well, leaves the rooms that are called so or about it, and
// Enter takes the first of them.
func TestBrowseFilter(t *testing.T) {
	core := &joining{invented: newInvented(time.Now())}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.win.Resize(fyne.NewSize(1000, 700))
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	u.home.showBrowse()
	q.until(t, "the rooms", func() bool { l := lineListOf(u); return l != nil && len(l.pool) > 0 })
	all := len(lineListOf(u).lines)
	test.Type(u.win.Canvas().Focused(), "nothing of this kind")
	if l := lineListOf(u); l != nil && l.Visible() && len(l.lines) > 0 || !shows(u, tr.S("switcher.none")) {
		t.Error("what is called like nothing leaves rooms, or does not say so")
	}
	key(u, fyne.KeyReturn) // nothing to take
	for range "nothing of this kind" {
		key(u, fyne.KeyBackspace)
	}
	if l := lineListOf(u); l == nil || len(l.lines) != all || shows(u, tr.S("switcher.none")) {
		t.Error("an empty filter leaves rooms out")
	}
	test.Type(u.win.Canvas().Focused(), "COFFÉE")
	l := lineListOf(u)
	if l == nil || len(l.lines) != 1 || l.lines[0].id != inventedRoom("coffee").String() {
		t.Fatalf("the filter leaves %+v", l)
	}
	key(u, fyne.KeyDown)
	if u.win.Canvas().Focused() != fyne.Focusable(l) {
		t.Errorf("the arrow leads to %T", u.win.Canvas().Focused())
	}
	u.win.Canvas().FocusPrevious()
	key(u, fyne.KeyReturn)
	q.until(t, "the end of the dialog", func() bool { return len(u.dialogs) == 0 })
	if joined := core.joined.Load(); joined != 1 || u.home.wanted != inventedRoom("coffee") {
		t.Errorf("joined %d times, wanted %v", joined, u.home.wanted)
	}
}

// joining counts what is joined.
type joining struct {
	*invented
	joined atomic.Int32
}

// JoinRoom implements app.Commands.
func (j *joining) JoinRoom(context.Context, chat.RoomID) error {
	j.joined.Add(1)
	return nil
}
