package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
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

// TestSearchMark: an arrow key draws two lines anew, however many were found.
func TestSearchMark(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.home.showSearch()
	s := u.home.search
	s.most = 400
	var f findings
	for i := range s.most {
		h := app.Hit{Room: u.home.room, Message: app.MessageView{Name: "Ann", Seq: chat.Seq(i + 1), Text: "some word", Time: time.Now()}}
		f.hits = append(f.hits, hitIn{h, u})
	}
	s.show(f, true)
	few := testing.AllocsPerRun(3, func() {
		s.mark(1)
		s.mark(0)
	})
	if few > 200 {
		t.Errorf("it allocates %v times", few)
	}
	for i, r := range s.rows {
		if (r.Fill != nil) != (i == 0) {
			t.Errorf("line %d: marked %v", i, r.Fill != nil)
		}
	}
}

// TestCallFolded: whoever has no key for a letter finds the person all the same.
func TestCallFolded(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	view := crowd(u, 3)
	r := &view.Rooms[slices.IndexFunc(view.Rooms, func(r app.RoomView) bool { return r.ID == u.home.room })]
	r.Members[1].Display, r.Members[2].Display = "Ann Ärzte", "\u00c9lodie"
	u.apply(app.Changes{View: true}, view)
	c := u.home.pane.composer
	u.win.Canvas().Focus(c.entry)
	for typed, want := range map[string]string{"@elo": "@p2 ", "@\u00c9LO": "@p2 ", "@arz": "@p1 ", "@p1": "@p1 "} {
		c.setText("")
		test.Type(c.entry, typed)
		if got := c.offer.become; len(got) != 1 || got[0] != want {
			t.Errorf("%q offers %q", typed, got)
		}
	}
}
