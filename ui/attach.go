package ui

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/desktop"
	"hearth/internal/picture"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// attachment is a file that the next message shall have.
type attachment struct {
	path     string
	data     []byte // instead of a path: a picture that was pasted
	name     string
	size     int64
	picture  bool        // begins like one, even if it turns out to be broken
	original bool        // send it as it is
	refused  bool        // it could not be made ready: as original it goes
	small    image.Image // of pictures that can be drawn
}

// attached is what waits over the composer of one room.
type attached struct {
	files []*attachment
	busy  bool // on its way into the outbox
}

// attachedIn returns what waits in a room.
func (u *UI) attachedIn(room chat.RoomID) *attached {
	a := u.attached[room]
	if a == nil {
		a = &attached{}
		u.attached[room] = a
	}
	return a
}

// mayAttach reports whether a message with files can be written at present.
func (c *composer) mayAttach() bool {
	return c.usable() && c.editing == (chat.MID{}) && c.changing == nil && !c.h.room.IsZero()
}

// chooseFiles lets the person choose files: in the desktop's own dialog, or in ours
// where there is none.
func (c *composer) chooseFiles() {
	u := c.h.u
	if !c.mayAttach() || u.choosing {
		return
	}
	if u.desktop.ChooseFiles == nil {
		c.chooseHere()
		return
	}
	u.choosing = true
	title := tr.S("attach.choose")
	u.pump.work(func(ctx context.Context) func() {
		paths, err := u.desktop.ChooseFiles(ctx, title)
		return func() {
			u.choosing = false
			if u.home == nil || u.home.pane.composer != c {
				return
			}
			if errors.Is(err, desktop.ErrNoChooser) {
				u.log.Debug("the desktop has no file chooser", "error", err)
				c.chooseHere()
				return
			}
			c.attach(paths)
		}
	})
}

// dropped takes what was dropped onto the window.
func (u *UI) dropped(uris []fyne.URI) {
	if u.home == nil || len(u.dialogs) > 0 || u.viewer != nil {
		return
	}
	var paths []string
	for _, x := range uris {
		if x.Scheme() == "file" {
			paths = append(paths, x.Path())
		}
	}
	u.home.pane.composer.attach(paths)
}

// attach looks at files, off the UI goroutine, and puts them over the composer. What
// cannot be sent is said at once.
func (c *composer) attach(paths []string) {
	if len(paths) == 0 || !c.mayAttach() {
		return
	}
	u, room := c.h.u, c.h.room
	most := int64(u.view.Group.Limits.FileMiB) << 20
	free := chat.MaxFiles - len(u.attachedIn(room).files)
	tooMany := len(paths) > free
	paths = paths[:min(len(paths), max(0, free))]
	u.pump.work(func(ctx context.Context) func() {
		var list []*attachment
		var wrong []string
		for _, path := range paths {
			a, why := inspect(ctx, path, most)
			if why != "" {
				wrong = append(wrong, why)
				continue
			}
			list = append(list, a)
		}
		return func() {
			if tooMany {
				wrong = append(wrong, tr.F("attach.too_many", "Most", chat.MaxFiles))
			}
			u.addAttached(room, list, wrong)
		}
	})
}

// addAttached puts files over the composer of a room and says what was wrong with
// others.
func (u *UI) addAttached(room chat.RoomID, list []*attachment, wrong []string) {
	for _, why := range wrong {
		u.toast(why, look.Bad)
	}
	a := u.attachedIn(room)
	a.files = append(a.files, list...)
	a.files = a.files[:min(len(a.files), chat.MaxFiles)]
	if u.home != nil {
		u.home.pane.composer.showAttached()
	}
}

// attachSide is the longest side of a picture over the composer, in pixels.
const attachSide = 160

// inspect looks at a file that shall be sent; why says in words what is wrong.
func inspect(ctx context.Context, path string, most int64) (a *attachment, why string) {
	name := cleanFileName(filepath.Base(path))
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, tr.F("attach.no_file", "Name", name)
	}
	if most > 0 && info.Size() > most {
		return nil, tr.F("attach.too_large", "Name", name, "Size", sizeWords(info.Size()), "Most", sizeWords(most))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, tr.F("attach.no_file", "Name", name)
	}
	defer f.Close()
	a = &attachment{path: path, name: filepath.Base(path), size: info.Size()}
	head := make([]byte, 16)
	n, _ := io.ReadFull(f, head)
	if a.picture = looksLikePicture(head[:n]); !a.picture || info.Size() > picture.MaxBytes {
		return a, ""
	}
	rest, err := io.ReadAll(io.LimitReader(f, picture.MaxBytes))
	if err != nil {
		return nil, tr.F("attach.no_file", "Name", name)
	}
	if small, err := picture.Thumbnail(ctx, append(head[:n], rest...), attachSide); err == nil {
		a.small = small
	}
	return a, ""
}

// looksLikePicture spares reading what is none.
func looksLikePicture(head []byte) bool {
	for _, begin := range []string{"\x89PNG", "\xff\xd8", "GIF8"} {
		if strings.HasPrefix(string(head), begin) {
			return true
		}
	}
	return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP"
}

// local is the file as the core takes it.
func (f *attachment) local() app.LocalFile {
	if f.data == nil {
		return app.LocalFile{Path: f.path, Original: f.original}
	}
	return app.LocalFile{Name: f.name, Original: f.original, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(f.data)), nil
	}}
}

// submitFiles sends what waits over the composer with the text as caption. Until it
// is in the outbox everything stays where it is, so that nothing is lost.
func (c *composer) submitFiles(text string) {
	u, room, reply := c.h.u, c.h.room, c.reply
	a := u.attachedIn(room)
	if a.busy {
		return
	}
	a.busy = true
	files := make([]app.LocalFile, len(a.files))
	for i, f := range a.files {
		files[i] = f.local()
	}
	m := app.Outgoing{Text: text}
	if reply != nil {
		m.Reply = reply.seq
	}
	written := c.entry.Text
	c.showAttached()
	u.pump.work(func(ctx context.Context) func() {
		_, err := u.core.SendFiles(ctx, room, m, files)
		return func() {
			a.busy = false
			if err == nil {
				a.files = a.files[min(len(files), len(a.files)):]
			}
			a.refuse(err)
			if u.home != nil {
				u.home.pane.composer.sentFiles(room, written, err)
			}
		}
	})
}

// refuse marks the picture that could not be made ready.
func (a *attached) refuse(err error) {
	var f *app.Failed
	if !errors.As(err, &f) || f.Code != app.FailPicture {
		return
	}
	for _, x := range a.files {
		x.refused = x.refused || x.picture && !x.original && x.name == f.Detail
	}
}

// sentFiles takes over how sending files went.
func (c *composer) sentFiles(room chat.RoomID, written string, err error) {
	c.showAttached()
	if err != nil {
		e := explain(err)
		text := e.text
		if e.more != "" && (e.Code == app.FailPicture || e.Code == app.FailFileName || e.Code == app.FailFileTooLarge || e.Code == app.FailFileUnreadable) {
			text = cleanFileName(e.more) + ": " + text
		}
		c.h.u.toast(text, look.Bad)
		return
	}
	delete(c.h.replies, room)
	if c.h.room != room {
		if c.h.drafts[room] == written {
			c.h.drafts[room] = ""
			c.h.u.core.SetDraft(room, "")
		}
		return
	}
	c.reply = nil
	c.showBar()
	if c.entry.Text == written {
		c.setText("")
		c.changed("")
	}
	c.h.pane.timeline.MarkUnread(0)
	c.h.pane.timeline.ShowLatest()
}
