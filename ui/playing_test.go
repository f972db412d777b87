package ui

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/gif"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
)

// movingFiles has one GIF of two colours for every file.
type movingFiles struct {
	*invented
	data []byte
}

// LoadFile implements app.Commands.
func (movingFiles) LoadFile(context.Context, chat.RoomID, chat.File) error { return nil }

// OpenFile implements app.Commands.
func (m movingFiles) OpenFile(context.Context, chat.File) (app.FileContent, error) {
	return inventedContent{bytes.NewReader(m.data)}, nil
}

// twoColours is a GIF that is black and white by turns.
func twoColours(t testing.TB, w, h int) []byte {
	t.Helper()
	inks := color.Palette{color.Black, color.White}
	one, other := image.NewPaletted(image.Rect(0, 0, w, h), inks), image.NewPaletted(image.Rect(0, 0, w, h), inks)
	for i := range other.Pix {
		other.Pix[i] = 1
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{one, other}, Delay: []int{4, 4}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// inMotion opens a room with one picture, which moves.
func inMotion(t testing.TB, w, h int, o Options) (*UI, *queue, *chat.File) {
	t.Helper()
	core := newInvented(time.Now())
	galleryFiles(core, time.Now())
	room := inventedRoom("release-room")
	core.view.LastRoom, core.messages[room] = room, core.messages[room][:6]
	f := &core.messages[room][5].Files[0]
	core.messages[room][5].Files = core.messages[room][5].Files[:1]
	f.Type, f.Width, f.Height, f.Moving = "image/gif", w, h, app.MoveNone
	u, q := newWindow(t, movingFiles{core, twoColours(t, w, h)}, o)
	u.prepare(t.Context())
	u.win.Resize(fyne.NewSize(1000, 800))
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	u.setLooking(true)
	return u, q, &f.File
}

// TestPlays: a picture that moves plays in the timeline while somebody looks, for a while,
// and stands then; in the viewer it plays on, and nowhere else meanwhile.
func TestPlays(t *testing.T) {
	u, q, f := inMotion(t, 80, 60, Options{})
	seen := map[color.Color]bool{}
	plays := func() bool {
		x := u.players.on[f.Hash]
		if x != nil && x.img != nil {
			seen[x.img.At(5, 5)] = true
		}
		return len(seen) == 2
	}
	q.until(t, "both frames", plays)
	u.setLooking(false)
	if len(u.players.on) > 0 {
		t.Error("it plays before nobody")
	}
	q.run()
	u.setLooking(true)
	clear(seen)
	q.until(t, "both frames again", plays)
	u.openViewer(u.home.room, []viewed{{file: *f, seq: 6}}, 0)
	v := u.viewer
	large := map[color.Color]bool{}
	q.until(t, "both frames in the viewer", func() bool {
		if v.part < 0 && v.img.Image != nil {
			large[v.img.Image.At(5, 5)] = true
		}
		return len(large) == 2
	})
	if len(u.players.on) > 0 {
		t.Error("it plays behind the viewer, too")
	}
	v.close()
	clear(seen)
	q.until(t, "both frames behind it", plays)
	u.players.on[f.Hash].began = time.Now().Add(-playAtMost)
	q.until(t, "its end", func() bool { return len(u.players.on) == 0 })
	u.home.pane.timeline.PicturesChanged()
	if len(u.players.on) > 0 || !u.players.stood[f.Hash] {
		t.Error("it begins again by itself")
	}
}

// TestPlaysAgain: a picture that had its turn plays once more when the pointer comes upon it,
// and not again for a pointer that stays there.
func TestPlaysAgain(t *testing.T) {
	u, q, f := inMotion(t, 80, 60, Options{})
	ends := func() {
		t.Helper()
		q.until(t, "its first frame", func() bool { return u.players.on[f.Hash] != nil && u.players.on[f.Hash].img != nil })
		u.players.on[f.Hash].began = time.Now().Add(-playAtMost)
		q.until(t, "its end", func() bool { return len(u.players.on) == 0 })
	}
	ends()
	tl := u.home.pane.timeline
	at := fyne.Position{}
	over := func(by float32) {
		tl.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at.AddXY(by, 0)}})
	}
	for size := tl.Size(); len(u.players.on) == 0 && at.Y < size.Height; at.X += 10 { // look for it
		if at.X > size.Width {
			at = fyne.NewPos(0, at.Y+10)
		}
		over(0)
	}
	at.X -= 10
	ends()
	over(3)
	if len(u.players.on) > 0 {
		t.Error("it plays for ever under a pointer that stays")
	}
	tl.MouseOut()
	over(0)
	ends()
	u.players.unfit[f.Hash] = true
	tl.MouseOut()
	over(0)
	if len(u.players.on) > 0 {
		t.Error("what cannot be played is tried again")
	}
}

// TestPlaysInstead: when as many play as may, the one under the pointer does instead of the
// one that plays longest, which does not begin again by itself.
func TestPlaysInstead(t *testing.T) {
	u, q, f := inMotion(t, 80, 60, Options{})
	q.until(t, "its first frame", func() bool { return u.players.on[f.Hash] != nil && u.players.on[f.Hash].img != nil })
	p := u.players
	began := p.on[f.Hash].began
	for i := range playsAtOnce - 1 {
		p.on[chat.Hash{byte(i + 1)}] = &player{began: began.Add(time.Hour), stop: func() {}}
	}
	other := *f
	other.Hash = chat.Hash{200}
	p.replay(u.home.room, &other)
	if len(p.on) != playsAtOnce || p.on[other.Hash] == nil || p.on[f.Hash] != nil || !p.stood[f.Hash] {
		t.Errorf("playing: %v, the first stands: %v", len(p.on), p.stood[f.Hash])
	}
	if u.home.pane.timeline.PicturesChanged(); p.on[f.Hash] != nil {
		t.Error("the one that had to stand plays again by itself")
	}
}

// TestPlaysNot: nothing plays for who wants nothing to move, nor what is too much for a
// list of messages.
func TestPlaysNot(t *testing.T) {
	for name, c := range map[string]struct {
		w, h int
		do   func(*UI, *chat.File)
	}{
		"nothing is to move": {80, 60, func(u *UI, _ *chat.File) {
			u.fyne.Settings().SetTheme(look.NewTheme(look.Options{Variant: "light", Still: true}))
		}},
		"a large file": {80, 60, func(_ *UI, f *chat.File) { f.Size = playBytes + 1 }},
		"a photograph": {80, 60, func(_ *UI, f *chat.File) { f.Type = "image/jpeg" }},
	} {
		u, q, f := inMotion(t, c.w, c.h, Options{})
		u.players.still()
		c.do(u, f)
		if img := u.players.frame(u.home.room, f); img != nil || len(u.players.on) > 0 {
			t.Errorf("%s: it plays", name)
		}
		q.run()
	}
	u, q, f := inMotion(t, 1100, 1000, Options{}) // a larger canvas than is played
	q.until(t, "the refusal", func() bool { return u.players.stood[f.Hash] })
}

// BenchmarkPlayedFrame is what a frame in the timeline costs the UI goroutine.
func BenchmarkPlayedFrame(b *testing.B) {
	u, q, f := inMotion(b, 480, 360, Options{})
	for u.players.on[f.Hash] == nil || u.players.on[f.Hash].img == nil {
		q.linger(20 * time.Millisecond)
	}
	x := u.players.on[f.Hash]
	x.stop()
	for b.Loop() {
		u.home.pane.timeline.PictureMoved(f.Hash.String())
	}
}
