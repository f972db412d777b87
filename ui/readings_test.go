package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// TestRoomHidesReadings: the owner's menu hides and shows who has read, after a question;
// the room's page and a message's details say why nothing is seen.
func TestRoomHidesReadings(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	h := g.u.home
	h.openRoom(inventedRoom("general"))
	q.run()
	entry := func(hidden bool) *look.MenuItem {
		r := *h.roomOf(h.room)
		r.HideReadings, r.Members = hidden, slices.Clone(r.Members)
		for i := range r.Members {
			if r.Members[i].Me {
				r.Members[i].Role = chat.RoleOwner
			}
		}
		want := tr.S("readings.hide")
		if hidden {
			want = tr.S("readings.show")
		}
		items := h.roomItems(&r)
		if i := slices.IndexFunc(items, func(m look.MenuItem) bool { return m.Text == want }); i >= 0 {
			return &items[i]
		}
		t.Fatalf("no entry %q in %+v", want, items)
		return nil
	}
	for hidden, text := range map[bool]tr.Key{false: "readings.hide.text", true: "readings.show.text"} {
		entry(hidden).Action()
		q.run()
		if !shows(g.u, tr.S(text)) {
			t.Errorf("hidden %v: the question is missing", hidden)
		}
		g.u.closeAll()
		q.run()
	}
	v := *g.core.view
	v.Rooms = slices.Clone(v.Rooms)
	for i := range v.Rooms {
		v.Rooms[i].HideReadings, v.Rooms[i].Readers, v.Rooms[i].Seen = true, nil, nil
	}
	g.u.apply(app.Changes{View: true}, &v)
	h.showRoomInfoOf(h.room)
	q.run()
	if !shows(g.u, tr.S("readings.hidden")) {
		t.Error("the room's page does not say that nobody sees it")
	}
}

// TestReadersOf: the details of a message name everybody who has read it, each name with
// its own direction of writing.
func TestReadersOf(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	v := *g.core.view
	v.Rooms = slices.Clone(v.Rooms)
	r := &v.Rooms[slices.IndexFunc(v.Rooms, func(r app.RoomView) bool { return r.ID == u.home.room })]
	r.Members, r.Readers = slices.Clone(r.Members[:1]), nil
	var want []string
	for i := range app.MostReaders - 1 {
		m := app.MemberView{Account: inventedAccount(fmt.Sprint("reader", i)), Name: fmt.Sprint("r", i), Display: fmt.Sprint("נועה ", i)}
		r.Members = append(r.Members, m)
		r.Readers = append(r.Readers, app.ReaderView{Account: m.Account, Span: app.Span{To: 9}})
		want = append(want, apart(cleanName(m.Display)))
	}
	if want[0] == cleanName("נועה 0") {
		t.Fatal("the names have no direction of their own")
	}
	u.apply(app.Changes{View: true}, &v)
	if got := u.readersOf(r.ID, 9, chat.AccountID{}); got != strings.Join(want, ", ") {
		t.Errorf("read by %q", got)
	}
	m := g.core.messages[r.ID][0]
	m.Seq = 9
	u.showMessage(r.ID, m)
	q.run()
	if d := u.win.Canvas().Overlays().Top(); d == nil || d.MinSize().Height > u.win.Canvas().Size().Height {
		t.Error("the details do not fit the window")
	}
}
