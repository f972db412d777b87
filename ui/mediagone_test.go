package ui

import (
	"fmt"
	"slices"
	"testing"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/tr"
)

// TestMediaOfBlocked: pictures and files of a blocked person stand neither in the list of a
// room's files nor beside those that the viewer shows, unless their message was asked for;
// the list reads on over them.
func TestMediaOfBlocked(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	core := retell(g)
	q.run()
	u, room := g.u, inventedRoom("release-room")
	var list []app.MessageView
	for i := range 100 {
		m := core.messages[room][0]
		m.Seq, m.MID, m.Kind, m.Blocked = chat.Seq(i+1), chat.NewMID(), chat.KindMessage, i >= 10
		m.Files = []app.FileView{{File: chat.File{Name: fmt.Sprint(i, ".png"), Hash: chat.Hash{byte(i + 1)}, Width: 8, Height: 8}, Picture: true, Here: true}}
		list = append(list, m)
	}
	u.unfolded.Store(list[20].MID, true)
	core.change(u, room, func([]app.MessageView, *app.RoomView) { core.messages[room] = list })
	m := u.home.showMedia(room)
	q.until(t, "what others sent", func() bool { return !m.reading && len(m.lines) > 0 })
	for !m.end {
		m.read()
		q.until(t, "more", func() bool { return !m.reading })
	}
	if len(m.found) != 11 || len(m.lines) != 11 {
		t.Errorf("%d messages and %d tiles in the list", len(m.found), len(m.lines))
	}
	u.openViewer(room, picturesOf(&list[3]), 0)
	q.until(t, "the pictures around it", func() bool { return len(u.viewer.list) > 1 })
	if n := len(u.viewer.list); n != 11 {
		t.Errorf("the viewer leads to %d pictures", n)
	}
}

// TestMediaFollows: a picture that is deleted for everyone goes from the list of files and
// from the viewer while they are open; the viewer closes where it was the one shown.
func TestMediaFollows(t *testing.T) {
	g, q := newGallery(t, "files,light,en")
	core := retell(g)
	q.run()
	u, room := g.u, g.u.home.room
	m := u.home.showMedia(room)
	q.until(t, "the files", func() bool { return m.end && !m.reading })
	var all []viewed
	for i := range m.found {
		all = append(all, picturesOf(&m.found[i])...)
	}
	first, last := all[0], all[len(all)-1]
	if first.seq == last.seq {
		t.Fatal("there are pictures of one message only")
	}
	u.openViewer(room, []viewed{first}, 0)
	v := u.viewer
	q.until(t, "the pictures around it", func() bool { return len(v.list) == len(all) })
	erase := func(seq chat.Seq) {
		core.change(u, room, func(rows []app.MessageView, _ *app.RoomView) {
			i := slices.IndexFunc(rows, func(m app.MessageView) bool { return m.Seq == seq })
			rows[i].Text, rows[i].Files, rows[i].Erased = "", nil, true
		})
	}
	has := func(seq chat.Seq) bool {
		return slices.ContainsFunc(m.found, func(m app.MessageView) bool { return m.Seq == seq })
	}
	erase(last.seq)
	q.until(t, "the other one has gone", func() bool { return len(v.list) < len(all) && !has(last.seq) })
	if !v.open || v.list[v.at].seq != first.seq || !has(first.seq) {
		t.Errorf("the viewer is open: %v, with another picture, or the list lacks it", v.open)
	}
	erase(first.seq)
	q.until(t, "the end of the viewer", func() bool { return !v.open && !has(first.seq) })
	if u.viewer != nil || !m.d.isOpen || !shows(u, tr.S("row.erased")) {
		t.Error("the list does not stand there as before, or nothing is said")
	}
}
