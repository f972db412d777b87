package ui

import (
	"sync"
	"testing"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
)

// seer notes what the core hears of what the person sees.
type seer struct {
	*retold
	mu   sync.Mutex
	end  bool                     // guarded by mu
	read map[chat.RoomID]chat.Seq // guarded by mu
}

// SetAtEnd implements app.Commands.
func (s *seer) SetAtEnd(at bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = at
}

// SetRead implements app.Commands.
func (s *seer) SetRead(room chat.RoomID, seq chat.Seq) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read[room] = max(s.read[room], seq)
}

func (s *seer) heard(room chat.RoomID) (end bool, read chat.Seq) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end, s.read[room]
}

// TestSeesNothingBehind: what comes to the open room behind a picture, a dialog or another
// part of a narrow window is not seen: it rings, and is not read before the person is back.
func TestSeesNothingBehind(t *testing.T) {
	for _, c := range []struct {
		name        string
		wide        float32
		cover, back func(u *UI)
	}{
		{"a picture", 1200, func(u *UI) {
			u.openViewer(u.home.room, []viewed{{file: chat.File{Name: "a.png"}}}, 0)
		}, func(u *UI) { u.viewer.close() }},
		{"a dialog", 1200, func(u *UI) { u.showSettings() }, func(u *UI) { u.closeAll() }},
		{"two dialogs", 1200, func(u *UI) { u.home.showSearch(); u.showNotifySettings() }, func(u *UI) { u.closeAll() }},
		{"the list", 500, func(u *UI) { u.home.backToList() }, func(u *UI) { u.home.openRoom(u.home.room) }},
		{"the people", 500, func(u *UI) { u.home.toggleMembers() }, func(u *UI) { u.home.toggleMembers() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, q := newGallery(t, "main,light,en")
			g.pose(q)
			g.u.win.Resize(fyne.NewSize(c.wide, 800))
			core := &seer{retold: retell(g), read: map[chat.RoomID]chat.Seq{}}
			u := g.u
			u.core = core
			g.loaded(t, q)
			room := u.home.room
			if room.IsZero() || !u.home.pane.object.Visible() {
				t.Fatal("no room is in view")
			}
			u.setLooking(true)
			u.home.pane.timeline.ShowLatest()
			q.until(t, "the end", u.home.pane.timeline.AtEnd)
			core.SetAtEnd(true) // as was told before

			c.cover(u)
			q.run()
			if end, _ := core.heard(room); end {
				t.Error("what comes now would not ring")
			}
			_, before := core.heard(room)
			rows := core.messages[room]
			news := rows[len(rows)-1]
			news.Seq, news.MID, news.Text, news.Own = news.Seq+1, chat.NewMID(), "while nobody looks", false
			core.retold.mu.Lock()
			v := *core.view
			v.Rooms = append([]app.RoomView(nil), v.Rooms...)
			for i := range v.Rooms {
				if v.Rooms[i].ID == room {
					v.Rooms[i].Head, v.Rooms[i].Unread = news.Seq, 1
				}
			}
			core.messages[room] = append(rows, news)
			core.view, core.invented.view = &v, &v
			core.retold.mu.Unlock()
			u.apply(app.Changes{View: true, Rooms: map[chat.RoomID]app.RoomChange{room: {Tail: true}}}, &v)
			q.until(t, "what has come", func() bool { return u.home.pane.seen == news.Seq })
			q.run()
			if _, read := core.heard(room); read != before {
				t.Errorf("read up to %d behind it, %d before", read, before)
			}
			c.back(u)
			q.until(t, "that it is read", func() bool { end, read := core.heard(room); return end && read == news.Seq })
		})
	}
}
