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
		m.Files = []app.FileView{{File: chat.File{Name: fmt.Sprint(i, ".png"), Hash: chat.Hash{1, byte(i)}, Width: 8, Height: 8, Type: "image/png"}, Picture: true}}
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
