package ui

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/narrate"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// TestMediaBound shows that what is kept decoded stays within its bound, and that
// what was seen last stays.
func TestMediaBound(t *testing.T) {
	m := newMedia(nil)
	hash := func(i int) (h chat.Hash) { h[0], h[1] = byte(i), byte(i>>8); return h }
	big := image.NewRGBA(image.Rect(0, 0, 480, 480))
	for i := range 400 {
		m.take(hash(i), big, true)
		if e := m.kept[hash(0)]; e != nil {
			m.order.MoveToFront(e)
		}
		if m.bytes > mediaBytes || len(m.kept) != m.order.Len() {
			t.Fatalf("after %d pictures %d bytes in %d", i, m.bytes, len(m.kept))
		}
	}
	if m.kept[hash(0)] == nil || m.kept[hash(399)] == nil || m.kept[hash(1)] != nil {
		t.Error("the wrong pictures were kept")
	}
	m.take(hash(0), nil, false)
	if m.kept[hash(0)].Value.(*thumb).img == nil {
		t.Error("a blur took the place of the picture")
	}
}

// brokenThumbs has for small pictures what is none.
type brokenThumbs struct{ *invented }

// LoadThumb implements app.Commands.
func (brokenThumbs) LoadThumb(context.Context, chat.RoomID, chat.File) ([]byte, error) {
	return []byte("\x89PNG\r\n\x1a\nno more"), nil
}

// TestBrokenPictureSaysSo: the place of a picture that cannot be shown is not left
// without a word.
func TestBrokenPictureSaysSo(t *testing.T) {
	core := newInvented(time.Now())
	galleryFiles(core, time.Now())
	room := inventedRoom("release-room")
	core.view.LastRoom, core.messages[room] = room, core.messages[room][:6]
	core.messages[room][5].Files[0].Blur = ""
	u, q := newWindow(t, brokenThumbs{core}, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.until(t, "the words", func() bool {
		said := false
		each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
			if text, ok := o.(*canvas.Text); ok && text.Text == "Cannot be shown" {
				said = true
			}
		})
		return said
	})
}

// awaitedThumbs has no picture until the test ends.
type awaitedThumbs struct{ *invented }

// LoadThumb implements app.Commands.
func (awaitedThumbs) LoadThumb(ctx context.Context, _ chat.RoomID, _ chat.File) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestAwaitedPictures: the list of a room's pictures can be drawn before any is there.
func TestAwaitedPictures(t *testing.T) {
	core := newInvented(time.Now())
	galleryFiles(core, time.Now())
	room := inventedRoom("release-room")
	core.view.LastRoom = room
	for i := range core.messages[room] {
		files := core.messages[room][i].Files
		for j := range files {
			files[j].Blur = ""
		}
	}
	u, q := newWindow(t, awaitedThumbs{core}, Options{})
	u.prepare(t.Context())
	u.win.Resize(fyne.NewSize(1200, 800))
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	list := u.home.showMedia(room)
	q.until(t, "the list", func() bool { return len(list.tiles) > 0 })
	for _, tiles := range list.tiles {
		tile := tiles[0]
		if tile.Image != nil || tile.Size().IsZero() {
			t.Errorf("a tile of %v, there %v", tile.Size(), tile.Image != nil)
		}
	}
	u.win.Canvas().Capture() // without a panic
}

// TestMediaPages: the list of files reads on until there are some, the keyboard goes to the
// first of those that come when more are wanted, and a picture that was sent again and
// again shows wherever it stands.
func TestMediaPages(t *testing.T) {
	core := newInvented(time.Now())
	galleryFiles(core, time.Now())
	room := inventedRoom("release-room")
	core.view.LastRoom = room
	one := core.messages[room][5]
	if !one.Files[0].Picture {
		t.Fatal("it has no picture")
	}
	var list []app.MessageView
	for i := range 100 {
		m := one
		m.Seq, m.MID, m.Files = chat.Seq(i+1), chat.NewMID(), one.Files[:1]
		if i < 3 {
			m.Files = []app.FileView{{File: chat.File{Name: fmt.Sprint(i, ".txt"), Hash: chat.Hash{byte(i)}}}}
		}
		list = append(list, m)
	}
	core.messages[room] = list
	u, q := newWindow(t, awaitedThumbs{core}, Options{})
	u.prepare(t.Context())
	u.win.Resize(fyne.NewSize(1200, 800))
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	m := u.home.showMedia(room)
	q.until(t, "pictures", func() bool { return len(m.lines) == mediaPage && !m.reading })
	if n := len(m.tiles[one.Files[0].Hash]); n != mediaPage {
		t.Errorf("%d of %d tiles hear of the picture", n, mediaPage)
	}
	u.win.Canvas().Focus(m.more)
	key(u, fyne.KeyReturn)
	q.until(t, "more pictures", func() bool { return len(m.lines) == 2*mediaPage && !m.reading })
	if u.win.Canvas().Focused() != m.lines[mediaPage] {
		t.Errorf("the keyboard is on %T", u.win.Canvas().Focused())
	}
	m.d.Close()
	m = u.home.showMedia(room)
	q.until(t, "pictures again", func() bool { return len(m.lines) == mediaPage && !m.reading })
	m.choose(false)
	q.until(t, "files", func() bool { return len(m.lines) == 3 && m.end })
}

// countedThumbs counts what is asked for.
type countedThumbs struct {
	*invented
	asked atomic.Int32
}

// LoadThumb implements app.Commands.
func (c *countedThumbs) LoadThumb(ctx context.Context, room chat.RoomID, f chat.File) ([]byte, error) {
	c.asked.Add(1)
	return c.invented.LoadThumb(ctx, room, f)
}

// TestVeiled: nothing of a picture of somebody one does not know is fetched, in the
// conversation, in the list and in the viewer, before one asks for it; then it is.
func TestVeiled(t *testing.T) {
	core := &countedThumbs{invented: newInvented(time.Now())}
	galleryVeiled(core.invented, time.Now())
	room := inventedRoom("release-room")
	core.view.LastRoom, core.messages[room] = room, core.messages[room][:6]
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	h := u.home
	q.until(t, "the words on it", func() bool {
		said := false
		each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
			if text, ok := o.(*canvas.Text); ok && text.Text == "Show picture" {
				said = true
			}
		})
		return said
	})
	list := h.showMedia(room)
	q.until(t, "the list", func() bool { return len(list.tiles) == 1 })
	m := core.messages[room][5]
	u.openViewer(room, picturesOf(&m), 0)
	file := m.Files[0].File
	if !u.viewer.veiled() || core.asked.Load() != 0 || !list.eyes[file.Hash] {
		t.Fatalf("%d pictures were asked for", core.asked.Load())
	}
	u.viewer.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	q.until(t, "the picture", func() bool { return core.asked.Load() == 1 && !list.eyes[file.Hash] })
	if u.viewer.veiled() || u.veils.hides(m.Author, file.Hash) {
		t.Error("it is still veiled")
	}
	other := chat.Hash{9}
	if !u.veils.hides(m.Author, other) {
		t.Error("one click shows everything of theirs")
	}
	u.view.Known = map[chat.AccountID]bool{m.Author: true}
	if u.veils.hides(m.Author, other) {
		t.Error("somebody known is veiled")
	}
	u.settings.Pictures = app.PicturesNever
	if !u.veils.hides(m.Author, other) || u.veils.hides(u.view.Me.Account, other) {
		t.Error("none by itself: of somebody known, or of oneself")
	}
	if u.settings.Pictures, u.view.Known = app.PicturesAll, nil; u.veils.hides(m.Author, other) {
		t.Error("all by themselves")
	}
	if u.settings.Pictures, u.view.AllPictures = app.PicturesKnown, true; u.veils.hides(m.Author, other) {
		t.Error("all of the group by themselves")
	}
}

// pictureChooser notes what is said of pictures.
type pictureChooser struct {
	*invented
	said chan bool
	knew chan chat.AccountID
}

func (c *pictureChooser) ShowPictures(_ context.Context, all bool) error {
	c.said <- all
	return nil
}

func (c *pictureChooser) Know(_ context.Context, account chat.AccountID, _ bool) error {
	c.knew <- account
	return nil
}

// TestAskPictures: the first picture of a stranger that somebody wants shows at once, and
// asks what is to be done with others; that is asked once, and Enter says "only this one".
func TestAskPictures(t *testing.T) {
	for _, test := range []struct {
		choose    int
		all, knew bool
	}{{0, false, false}, {1, false, true}, {2, true, false}, {-1, false, false}} {
		g, q := newGallery(t, "veiled,light,en")
		g.pose(q)
		u := g.u
		core := &pictureChooser{g.core, make(chan bool, 9), make(chan chat.AccountID, 9)}
		u.core = core
		var row *timeline.Row
		at := 0
		for _, m := range g.core.messages[u.home.room] {
			r := rowOf(m)
			for i := range r.Files {
				if row == nil && u.home.pane.veiled(r, i) {
					row, at = r, i
				}
			}
		}
		if row == nil {
			t.Fatal("nothing is veiled")
		}
		u.home.pane.onFile(row, at, timeline.FileView)
		if u.home.pane.veiled(row, at) {
			t.Error("it does not show at once")
		}
		q.until(t, "the question", func() bool { return len(u.dialogs) == 1 && shows(u, tr.S("picture.ask")) })
		if test.choose < 0 {
			key(u, fyne.KeyEscape)
		} else {
			u.dialogs[0].spec.body.(*fyne.Container).Objects[1].(*fyne.Container).Objects[test.choose].(*touch).tapped()
			key(u, fyne.KeyReturn)
		}
		if all := <-core.said; all != test.all || len(u.dialogs) != 0 {
			t.Errorf("choice %d: all %v", test.choose, all)
		}
		if test.knew {
			if author, _ := authorOf(row); <-core.knew != author {
				t.Error("somebody else is known")
			}
		}
		u.view.PicturesAsked = true
		delete(u.veils.shown, row.Files[at].Tag.(*chat.File).Hash)
		u.home.pane.onFile(row, at, timeline.FileView)
		q.run()
		if len(u.dialogs) != 0 || len(core.said) != 0 || len(core.knew) != 0 {
			t.Error("asked twice, or said too much")
		}
	}
}

// TestBlurHostile shows that no string of a sender's stops the program.
func TestBlurHostile(t *testing.T) {
	good := inventPicture(1, 400, 300).Blur
	if img := blurOf(&chat.File{Blur: good, Width: 4000, Height: 300}); img == nil || img.Bounds().Dx() != mediaBlur {
		t.Fatal("a good blur is not drawn")
	}
	for _, bad := range []string{"x", "~~~~~~~~~~~~", strings.Repeat("~", 100), strings.Repeat("0", 5000), "L\x00\x01\x02\x03\x04", good[:len(good)-1]} {
		if img := blurOf(&chat.File{Blur: bad, Width: 10, Height: 1 << 30}); img != nil && img.Bounds().Dx() > mediaBlur {
			t.Errorf("%q was drawn as %v", bad, img.Bounds())
		}
	}
}

// TestSafeName keeps names of files to what every system takes, with their end.
func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"a.txt": "a.txt", "../../etc/passwd": "etc-passwd", "...": "file", "": "file", "x\u202egpj.exe": "xgpj.exe",
		"con: a?.md": "con- a-.md", "-rf": "rf", "tail. ": "tail",
	} {
		got := safeName(name)
		if name == "../../etc/passwd" {
			if strings.ContainsAny(got, `/\`) || strings.HasPrefix(got, ".") {
				t.Errorf("%q became %q", name, got)
			}
			continue
		}
		if got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
	if got := safeName(strings.Repeat("x", 500) + ".tar.gz"); len([]rune(got)) != 120 || !strings.HasSuffix(got, ".gz") {
		t.Errorf("a long name became %q", got)
	}
	dir := t.TempDir()
	for _, long := range []string{safeName(strings.Repeat("长", 83) + ".txt"), exportName(strings.Repeat("🎉", 60), time.Now()) + "_files"} {
		for range 2 { // with a number, and while it is written
			path := freePath(dir, long)
			if err := os.WriteFile(path+".tmp12345", nil, 0o600); err != nil || filepath.Ext(long) == ".txt" != strings.HasSuffix(path, ".txt") {
				t.Errorf("%.10q cannot be made: %v", filepath.Base(path), err)
			}
			_ = os.WriteFile(path, nil, 0o600)
		}
	}
	for _, want := range []string{"a.txt", "a (2).txt", "a (3).txt"} {
		path := freePath(dir, "a.txt")
		if filepath.Base(path) != want {
			t.Errorf("%s is free, want %s", path, want)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if mayWrite(path) == nil {
			t.Error("what is there may be overwritten")
		}
	}
}

func TestPastedPaths(t *testing.T) {
	for text, want := range map[string]int{
		"file:///tmp/a.png": 1, "/tmp/a b.txt\n/tmp/c": 2, "copy\nfile:///tmp/a\nfile:///tmp/b": 2, "hello /tmp/a": 0,
		"/tmp/a\nand words": 0, "file://elsewhere/tmp/a": 0, "": 0, "https://example.org/": 0,
	} {
		if got := pastedPaths(text); len(got) != want {
			t.Errorf("%q names %q, want %d", text, got, want)
		}
	}
}

func TestSizeWords(t *testing.T) {
	newWindow(t, newInvented(time.Now()), Options{})
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 9949: "9.9 kB", 9951: "10 kB", 999_499: "999 kB", 999_600: "1.0 MB", 83_400_000: "83 MB", 5_000_000_000: "5.0 GB", 5_000_000_000_000: "5000 GB"} {
		if got := narrate.Size(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

// sender is a core that takes files and remembers them.
type sender struct {
	*invented
	got  []app.LocalFile
	text string
	err  error
	kept sync.Map // by hash
}

// KeepContent keeps what was pasted as the core does.
func (s *sender) KeepContent(_ context.Context, content io.Reader) (chat.Hash, error) {
	data, err := io.ReadAll(content)
	h := chat.Hash(sha256.Sum256(data))
	s.kept.Store(h, data)
	return h, err
}

// OpenFile opens what was kept.
func (s *sender) OpenFile(_ context.Context, f chat.File) (app.FileContent, error) {
	data, ok := s.kept.Load(f.Hash)
	if !ok {
		return nil, &app.Failed{Code: app.FailFileAbsent}
	}
	return inventedContent{bytes.NewReader(data.([]byte))}, nil
}

func (s *sender) SendFiles(_ context.Context, _ chat.RoomID, m app.Outgoing, files []app.LocalFile) (chat.MID, error) {
	s.got, s.text = files, m.Text
	return chat.MID{}, s.err
}

// TestAttach drops files onto the window, refuses what cannot be sent in words, and
// sends the rest with a caption; a failure loses nothing.
func TestAttach(t *testing.T) {
	core := &sender{invented: newInvented(time.Now())}
	core.view.Group.Limits.FileMiB = 1
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	dir := t.TempDir()
	var uris []fyne.URI
	for i, size := range []int{10, 2 << 20, 700} {
		path := filepath.Join(dir, fmt.Sprintf("file%d.dat", i))
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		uris = append(uris, storage.NewFileURI(path))
	}
	picture := filepath.Join(dir, "picture.png")
	if err := os.WriteFile(picture, inventedPictures.of(inventPicture(1, 1600, 1000).Hash), 0o600); err != nil {
		t.Fatal(err)
	}
	u.win.Canvas().Focus(u.home.pane.timeline)
	u.dropped(append(uris, storage.NewFileURI(picture), storage.NewFileURI(dir)))
	if u.win.Canvas().Focused() != fyne.Focusable(u.home.pane.composer.entry) {
		t.Errorf("the caption cannot be written: %T has the keyboard", u.win.Canvas().Focused())
	}
	c, a := u.home.pane.composer, u.pad(u.home.room)
	q.until(t, "the files are over the composer", func() bool { return len(a.files) == 3 })
	if !a.files[2].Picture || a.files[2].small == nil || a.files[0].Picture {
		t.Error("what is a picture was not seen")
	}
	if c.send.Disabled() || !c.tray.object.Visible() {
		t.Error("files cannot be sent without words")
	}
	a.files[2].Original = true
	c.tray.remove(a, a.files[0])
	c.setText("Look")
	core.err = &app.Failed{Code: app.FailNoSpace}
	c.submit()
	q.until(t, "sending has failed", func() bool { return !a.busy })
	if len(a.files) != 2 || c.entry.Text() != "Look" {
		t.Error("a failure lost what was written")
	}
	core.err = nil
	c.submit()
	if !a.busy || !c.send.Disabled() {
		t.Error("it can be sent twice")
	}
	q.until(t, "the files are sent", func() bool { return len(a.files) == 0 })
	if len(core.got) != 2 || core.text != "Look" || !core.got[1].Original || core.got[0].Original || c.entry.Text() != "" || c.tray.object.Visible() {
		t.Errorf("sent %v with %q; the composer has %q", core.got, core.text, c.entry.Text())
	}
}

// TestAttachBroken: a picture that cannot be made ready is marked, and can be sent as
// it is, as the words say.
func TestAttachBroken(t *testing.T) {
	core := &sender{invented: newInvented(time.Now())}
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	path := filepath.Join(t.TempDir(), "broken.png")
	if err := os.WriteFile(path, inventedPictures.of(inventPicture(1, 1600, 1000).Hash)[:300], 0o600); err != nil {
		t.Fatal(err)
	}
	u.dropped([]fyne.URI{storage.NewFileURI(path)})
	c, a := u.home.pane.composer, u.pad(u.home.room)
	q.until(t, "the file is over the composer", func() bool { return len(a.files) == 1 })
	core.err = &app.Failed{Code: app.FailPicture, Field: "files", Detail: "broken.png"}
	c.submit()
	q.until(t, "sending has failed", func() bool { return !a.busy })
	if a.files[0].refused == "" || !shows(u, tr.S("attach.original")) {
		t.Fatalf("the words offer the original, the tray does not: %+v", a.files[0])
	}
	if u.toasts.box.Visible() {
		t.Error("a toast covers the switch, and says the same")
	}
	core.err = &app.Failed{Code: app.FailPictureLarge, Field: "files", Detail: "broken.png"}
	c.submit()
	q.until(t, "sending has failed again", func() bool { return !a.busy })
	if want := tr.F("attach.refused_large", "Name", inSentence("broken.png"), "Original", tr.S("attach.original")); c.tray.note.text != want {
		t.Errorf("the tray says %q, want %q", c.tray.note.text, want)
	}
	var toggle *touch
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if x, ok := o.(*touch); ok && x.PadX == 4 && x.PadY == 1 {
			toggle = x
		}
	})
	test.Tap(toggle)
	core.err = nil
	c.submit()
	q.until(t, "it is sent", func() bool { return len(a.files) == 0 })
	if len(core.got) != 1 || !core.got[0].Original {
		t.Errorf("sent %+v", core.got)
	}
}

// TestViewer walks through a room's pictures by keyboard and saves nothing by itself.
func TestViewer(t *testing.T) {
	g, q := newGallery(t, "files,light,en")
	g.pose(q)
	u := g.u
	var r *timeline.Row
	for _, m := range u.core.(*invented).messages[u.home.room] {
		if len(m.Files) == 5 {
			r = rowOf(m)
		}
	}
	u.home.pane.onFile(r, 1, timeline.FileView)
	v := u.viewer
	if v == nil || u.win.Canvas().Focused() != fyne.Focusable(v) {
		t.Fatal("the viewer is not open, or has no focus")
	}
	q.until(t, "all pictures are found and this one is whole", func() bool { return len(v.list) == 6 && v.part < 0 && v.img.Image != nil })
	if v.list[v.at].file.Name != r.Files[1].Name {
		t.Errorf("it shows %s, not %s", v.list[v.at].file.Name, r.Files[1].Name)
	}
	var names []string
	for range 8 {
		names = append(names, v.list[v.at].file.Name)
		key(u, fyne.KeyRight)
	}
	if v.at != len(v.list)-1 {
		t.Errorf("the arrows led to %d of %d by %v", v.at, len(v.list), names)
	}
	v.TypedRune('+')
	v.TypedRune('+')
	if v.zoom < 1.9 {
		t.Errorf("zoomed to %v", v.zoom)
	}
	v.moveBy(1e6, 1e6)
	if at := v.img.Position(); at.X > 1 && at.X+v.img.Size().Width > v.size.Width+1 {
		t.Errorf("the picture was dragged away to %v", at)
	}
	key(u, fyne.KeyEscape)
	if u.viewer != nil || len(u.win.Canvas().Overlays().List()) != 0 || u.home == nil {
		t.Error("Escape did not close the viewer only")
	}
}
