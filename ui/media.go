package ui

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"time"

	"github.com/buckket/go-blurhash"

	"hearth/chat"
	"hearth/internal/picture"
)

// Limits of what is kept decoded.
const (
	mediaBytes   = 24 << 20 // of pixels
	mediaSide    = 480      // longest side of a small picture
	mediaLoads   = 24       // under way at once, of those that give way; the oldest does
	mediaBlur    = 24       // longest side of what stands in for a picture
	mediaBlurLen = 128      // longest BlurHash that is drawn; real ones have 40 characters
	mediaAgain   = 20 * time.Second
)

// media holds the small pictures of what is or was in view, decoded, the ones seen
// last first. It belongs to the UI goroutine; loading and decoding do not.
type media struct {
	u       *UI
	kept    map[chat.Hash]*list.Element // of *thumb
	order   *list.List                  // the one seen last in front
	bytes   int
	loading []*mediaLoad
	watch   map[any]func(chat.Hash) // told when there is more of a picture
}

// thumb is what there is of one picture.
type thumb struct {
	hash   chat.Hash
	img    image.Image // nil: nothing can be shown
	bytes  int
	whole  bool      // not only the blur
	failed time.Time // when loading failed last
	why    thumbFailure
}

// thumbFailure is why a picture does not come.
type thumbFailure int

// Failures.
const (
	thumbFine    thumbFailure = 0 // or it is not known yet
	thumbMissing thumbFailure = 1 // it could not be loaded; that is tried again
	thumbBroken  thumbFailure = 2 // what came is no picture that can be shown
	thumbNone    thumbFailure = 3 // its sender gave no small one, and the whole is too large
)

var (
	errNoPicture = errors.New("no picture that can be shown")
	errNoThumb   = errors.New("no small picture")
)

type mediaLoad struct {
	hash   chat.Hash
	cancel context.CancelFunc
	stays  bool // it gives way to none: nobody would ask again
}

func newMedia(u *UI) *media {
	return &media{u: u, kept: map[chat.Hash]*list.Element{}, order: list.New(), watch: map[any]func(chat.Hash){}}
}

// picture returns what there is of a picture and, if that is not all, has the rest
// loaded. Who draws it asks again whenever it comes into view.
func (m *media) picture(room chat.RoomID, f *chat.File) image.Image { return m.get(room, f, false) }

// listed is picture for what is drawn once, be it in view or not: however many are asked
// for, all of them come, until [media.unlist].
func (m *media) listed(room chat.RoomID, f *chat.File) image.Image { return m.get(room, f, true) }

func (m *media) get(room chat.RoomID, f *chat.File, stays bool) image.Image {
	e := m.kept[f.Hash]
	if e == nil {
		m.load(room, *f, true, stays)
		return nil
	}
	m.order.MoveToFront(e)
	t := e.Value.(*thumb)
	if !t.whole && time.Since(t.failed) > mediaAgain {
		m.load(room, *f, false, stays)
	}
	return t.img
}

// unlist is for who needs what was listed no more: it gives way as all else does.
func (m *media) unlist() {
	for _, l := range m.loading {
		l.stays = false
	}
	m.giveWay(mediaLoads)
}

// giveWay ends the oldest loads while there are more than so many of those that do so.
func (m *media) giveWay(most int) {
	n := 0
	for _, l := range m.loading {
		if !l.stays {
			n++
		}
	}
	m.loading = slices.DeleteFunc(m.loading, func(l *mediaLoad) bool {
		if l.stays || n <= most {
			return false
		}
		n--
		l.cancel()
		return true
	})
}

// load draws the blur, if that is wanted, then gets the small picture.
func (m *media) load(room chat.RoomID, f chat.File, blur, stays bool) {
	for _, l := range m.loading {
		if l.hash == f.Hash {
			l.stays = l.stays || stays
			return
		}
	}
	if !stays {
		m.giveWay(mediaLoads - 1)
	}
	ctx, cancel := context.WithCancel(m.u.pump.ctx)
	l := &mediaLoad{f.Hash, cancel, stays}
	m.loading = append(m.loading, l)
	m.u.pump.work(func(context.Context) func() {
		if blur {
			if img := blurOf(&f); img != nil {
				m.u.pump.foreign(func() { m.take(f.Hash, img, false) })
			}
		}
		img, err := m.fetch(ctx, room, f)
		return func() {
			cancel()
			m.done(l, img, err)
		}
	})
}

// fetch gets a small picture; off the UI goroutine.
func (m *media) fetch(ctx context.Context, room chat.RoomID, f chat.File) (image.Image, error) {
	if f.Thumb == nil && f.Size > chat.MaxThumbSize {
		return nil, errNoThumb
	}
	data, err := m.u.core.LoadThumb(ctx, room, f)
	if err != nil {
		return nil, err
	}
	img, err := picture.Thumbnail(ctx, data, mediaSide, picture.Shown)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", errNoPicture, err)
	}
	return img, err
}

// failure says why nothing of a picture is there.
func (m *media) failure(hash chat.Hash) thumbFailure {
	e := m.kept[hash]
	if e == nil {
		return thumbFine
	}
	t := e.Value.(*thumb)
	if t.img != nil || t.failed.IsZero() {
		return thumbFine
	}
	return t.why
}

// done takes what a load brought.
func (m *media) done(l *mediaLoad, img image.Image, err error) {
	for i, o := range m.loading {
		if o == l {
			m.loading = append(m.loading[:i:i], m.loading[i+1:]...)
			break
		}
	}
	if err == nil {
		m.take(l.hash, img, true)
		return
	}
	if errors.Is(err, context.Canceled) {
		return // it gave way to what is in view; asked for again when it is
	}
	if m.kept[l.hash] == nil {
		m.take(l.hash, nil, false)
	}
	t := m.kept[l.hash].Value.(*thumb)
	first := t.failed.IsZero()
	t.failed, t.why = time.Now(), thumbMissing
	switch {
	case errors.Is(err, errNoPicture):
		t.why = thumbBroken
	case errors.Is(err, errNoThumb):
		t.why = thumbNone
	}
	if first && t.img == nil {
		m.tell(l.hash)
	}
}

// tell says that something about a picture has changed.
func (m *media) tell(hash chat.Hash) {
	for _, tell := range m.watch {
		tell(hash)
	}
}

// take keeps a picture and lets those go that were not seen for longest.
func (m *media) take(hash chat.Hash, img image.Image, whole bool) {
	t := &thumb{hash: hash, img: img, whole: whole}
	if img != nil {
		t.bytes = 4 * img.Bounds().Dx() * img.Bounds().Dy()
	}
	if e := m.kept[hash]; e != nil {
		if e.Value.(*thumb).whole && !whole {
			return
		}
		m.bytes -= e.Value.(*thumb).bytes
		e.Value = t
		m.order.MoveToFront(e)
	} else {
		m.kept[hash] = m.order.PushFront(t)
	}
	for m.bytes += t.bytes; m.bytes > mediaBytes && m.order.Len() > 1; {
		last := m.order.Remove(m.order.Back()).(*thumb)
		m.bytes -= last.bytes
		delete(m.kept, last.hash)
	}
	m.tell(hash)
}

// blurOf draws what stands in for a picture; nil if there is nothing to draw. The
// string is its sender's: a long one would take long.
func blurOf(f *chat.File) (img image.Image) {
	if f.Blur == "" || len(f.Blur) > mediaBlurLen || f.Width < 1 || f.Height < 1 {
		return nil
	}
	defer func() {
		if recover() != nil { // of a string that no encoder makes
			img = nil
		}
	}()
	w, h := mediaBlur, mediaBlur
	if f.Width > f.Height {
		h = max(2, mediaBlur*f.Height/f.Width)
	} else {
		w = max(2, mediaBlur*f.Width/f.Height)
	}
	out, err := blurhash.Decode(f.Blur, w, h, 1)
	if err != nil {
		return nil
	}
	return out
}
