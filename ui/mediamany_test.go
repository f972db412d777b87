package ui

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
)

// slowThumbs gives every small picture after a moment, as a network does.
type slowThumbs struct{ *invented }

// LoadThumb implements app.Commands.
func (slowThumbs) LoadThumb(ctx context.Context, _ chat.RoomID, _ chat.File) ([]byte, error) {
	select {
	case <-time.After(5 * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var b bytes.Buffer
	err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)))
	return b.Bytes(), err
}

// manyPictures is a window whose open room has messages with one picture each, all of them
// different.
func manyPictures(t *testing.T, n int) (*UI, *queue, *invented, chat.RoomID) {
	core := newInvented(time.Now())
	galleryFiles(core, time.Now())
	room := inventedRoom("release-room")
	core.view.LastRoom = room
	one := core.messages[room][5]
	var list []app.MessageView
	for i := range n {
		m := one
		m.Seq, m.MID = chat.Seq(i+1), chat.NewMID()
		m.Files = []app.FileView{{File: chat.File{Name: fmt.Sprint(i, ".png"), Hash: chat.Hash{1, byte(i), byte(i >> 8)}, Width: 8, Height: 8, Type: "image/png"}, Picture: true}}
		list = append(list, m)
	}
	core.messages[room] = list
	u, q := newWindow(t, slowThumbs{core}, Options{})
	u.prepare(t.Context())
	u.win.Resize(fyne.NewSize(1200, 800))
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	return u, q, core, room
}

// TestAllTiles: every picture in the list of a room's files comes, however many are listed
// at once.
func TestAllTiles(t *testing.T) {
	u, q, _, room := manyPictures(t, mediaPage)
	m := u.home.showMedia(room)
	q.until(t, "the list", func() bool { return len(m.tiles) == mediaPage })
	empty := func() (n int) {
		for _, tiles := range m.tiles {
			if tiles[0].Image == nil {
				n++
			}
		}
		return n
	}
	q.until(t, "all pictures", func() bool { return empty() == 0 })
}

// TestMediaComes: a picture or file that comes into a room while the list of its files, or
// the viewer, is open is in it, and the keyboard stays where it was.
func TestMediaComes(t *testing.T) {
	g, q := newGallery(t, "files,light,en")
	core := retell(g)
	q.run()
	u, room := g.u, g.u.home.room
	m := u.home.showMedia(room)
	q.until(t, "the files", func() bool { return m.end && !m.reading && len(m.lines) > 1 })
	var all []viewed
	for i := range m.found {
		all = append(all, picturesOf(&m.found[i])...)
	}
	u.openViewer(room, []viewed{all[0]}, 0)
	v := u.viewer
	q.until(t, "the pictures around it", func() bool { return len(v.list) == len(all) })
	was := v.list[v.at]
	send := func() {
		core.mu.Lock()
		rows := core.messages[room]
		row := m.found[0]
		row.Seq, row.MID = row.Seq+100, chat.NewMID()
		row.Files = append([]app.FileView{{File: chat.File{Name: "new.png", Hash: chat.Hash{7, byte(row.Seq)}, Width: 8, Height: 8}, Picture: true, Here: true}}, row.Files[:0]...)
		core.messages[room] = append(rows[:len(rows):len(rows)], row)
		core.mu.Unlock()
		u.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{room: {Tail: true}}}, u.view)
	}
	send()
	q.until(t, "the new picture", func() bool { return len(v.list) == len(all)+1 && len(m.lines) == len(all)+1 })
	if now := v.list[v.at]; now.seq != was.seq || now.file.Hash != was.file.Hash || v.list[len(all)].file.Name != "new.png" {
		t.Error("the viewer shows another picture, or has the new one elsewhere than at its end")
	}
	v.close()
	u.win.Canvas().Focus(m.lines[1])
	send()
	q.until(t, "one more", func() bool { return len(m.lines) == len(all)+2 })
	if u.win.Canvas().Focused() != m.lines[2] {
		t.Error("the keyboard is not where it was")
	}
}

// TestMediaFirst: the first picture of a room comes into its list, which was empty.
func TestMediaFirst(t *testing.T) {
	g, q := newGallery(t, "files,light,en")
	core := retell(g)
	q.run()
	u, room := g.u, g.u.home.room
	core.mu.Lock()
	rows := core.messages[room]
	core.messages[room] = nil
	core.mu.Unlock()
	m := u.home.showMedia(room)
	q.until(t, "the empty list", func() bool { return m.end && !m.reading })
	core.mu.Lock()
	core.messages[room] = rows
	core.mu.Unlock()
	u.apply(app.Changes{Rooms: map[chat.RoomID]app.RoomChange{room: {Tail: true}}}, u.view)
	q.until(t, "the first pictures", func() bool { return len(m.lines) > 0 && m.oldest > 0 })
}

// TestViewerFar: from a picture behind a thousand others one goes on to those beside it.
func TestViewerFar(t *testing.T) {
	const n = 1300
	u, q, core, room := manyPictures(t, n)
	const at = 50
	u.openViewer(room, picturesOf(&core.messages[room][at]), 0)
	v := u.viewer
	q.until(t, "the pictures around it", func() bool { return len(v.list) == n })
	v.step(1)
	if name := v.list[v.at].file.Name; v.at != at+1 || name != "51.png" {
		t.Errorf("the next one is %s, at %d", name, v.at)
	}
}
