package ui

import (
	"container/list"
	"context"
	"errors"
	"image"
	"reflect"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/picture"
	"hearth/ui/look"
)

// Limits of the pictures of people that are kept decoded.
const (
	faceSide  = 128 // pixels: the largest avatar besides the card's, at twice the scale
	mostFaces = 400 // 25 MB
	faceLoads = 32  // under way at once; the oldest gives way
	faceAgain = time.Minute
)

// faces holds the pictures of people that are or were in view, decoded, the ones seen
// last first. Who shows none, or one that is no picture, has initials. It belongs to
// the UI goroutine; loading and decoding do not.
type faces struct {
	u       *UI
	cards   map[chat.AccountID]app.CardView // as of the view that was applied last
	shown   map[string]chat.Hash            // what accounts show
	ids     map[string]chat.AccountID
	kept    map[chat.Hash]*list.Element // of *face
	order   *list.List                  // the one seen last in front
	failed  map[chat.Hash]time.Time     // when loading failed last
	loading []*faceLoad
	live    bool // there was a connection in the view that was applied last
}

type face struct {
	hash chat.Hash
	img  image.Image
}

type faceLoad struct {
	hash   chat.Hash
	cancel context.CancelFunc
}

func newFaces(u *UI) *faces {
	return &faces{u: u, kept: map[chat.Hash]*list.Element{}, order: list.New(), failed: map[chat.Hash]time.Time{}}
}

// apply takes over what people show now.
func (f *faces) apply(v *app.View) {
	live := v.Connection.State == app.ConnLive
	back := live && !f.live
	f.live = live
	if back {
		clear(f.failed)
	}
	if reflect.ValueOf(v.Cards).Pointer() == reflect.ValueOf(f.cards).Pointer() {
		if back {
			f.changed("")
		}
		return
	}
	before := f.shown
	f.cards, f.shown, f.ids = v.Cards, make(map[string]chat.Hash, len(v.Cards)), make(map[string]chat.AccountID, len(v.Cards))
	for id, c := range v.Cards {
		if !c.Avatar.IsZero() {
			f.shown[id.String()], f.ids[id.String()] = c.Avatar, id
		}
	}
	var other []string
	for id, h := range f.shown {
		if before[id] != h {
			other = append(other, id)
		}
	}
	for id := range before {
		if _, ok := f.shown[id]; !ok {
			other = append(other, id)
		}
	}
	switch {
	case len(other) > 8:
		f.changed("")
	default:
		for _, id := range other {
			f.changed(id)
		}
	}
}

// changed draws somebody anew; "" draws everybody.
func (f *faces) changed(id string) {
	look.PortraitChanged(id)
	if h := f.u.home; h != nil {
		if id != "" {
			h.pane.timeline.FaceChanged(id)
			return
		}
		for id := range f.shown {
			h.pane.timeline.FaceChanged(id)
		}
	}
}

// of returns somebody's picture and has it loaded if it is not here.
func (f *faces) of(id string) image.Image {
	h, ok := f.shown[id]
	if !ok {
		return nil
	}
	if e := f.kept[h]; e != nil {
		f.order.MoveToFront(e)
		return e.Value.(*face).img
	}
	if time.Since(f.failed[h]) > faceAgain {
		f.load(id, h)
	}
	return nil
}

func (f *faces) load(id string, h chat.Hash) {
	for _, l := range f.loading {
		if l.hash == h {
			return
		}
	}
	if len(f.loading) >= faceLoads {
		f.loading[0].cancel()
		f.loading = f.loading[1:]
	}
	ctx, cancel := context.WithCancel(f.u.pump.ctx)
	l := &faceLoad{h, cancel}
	f.loading = append(f.loading, l)
	account := f.ids[id]
	f.u.pump.work(func(context.Context) func() {
		var got face
		var err error
		got.img, got.hash, err = f.u.portrait(ctx, account, faceSide)
		return func() {
			cancel()
			f.done(l, got, err)
		}
	})
}

// portrait loads and decodes somebody's picture; off the UI goroutine.
func (u *UI) portrait(ctx context.Context, account chat.AccountID, side int) (image.Image, chat.Hash, error) {
	data, err := u.core.Avatar(ctx, account)
	if err != nil {
		return nil, chat.Hash{}, err
	}
	img, err := picture.Portrait(ctx, data, chat.AvatarSide, chat.MaxAvatar, side)
	return img, chat.AvatarHash(data), err
}

// done takes what a load brought. Whoever shows that picture by now is drawn anew.
func (f *faces) done(l *faceLoad, got face, err error) {
	for i, o := range f.loading {
		if o == l {
			f.loading = append(f.loading[:i:i], f.loading[i+1:]...)
			break
		}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return // it gave way; asked for again when it is in view
	case err != nil:
		if len(f.failed) >= mostFaces {
			clear(f.failed)
		}
		f.failed[l.hash] = time.Now()
		return
	}
	if f.kept[got.hash] == nil { // what they show may have changed meanwhile
		f.kept[got.hash] = f.order.PushFront(&got)
	}
	for f.order.Len() > mostFaces {
		last := f.order.Remove(f.order.Back()).(*face)
		delete(f.kept, last.hash)
	}
	for id, h := range f.shown {
		if h == got.hash {
			f.changed(id)
		}
	}
}
