package ui

import (
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
	"hearth/internal/picture"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// attachment is a file that the next message shall have.
type attachment struct {
	chat.DraftFile
	refused app.FailCode // why it could not be made ready: as original it goes
	missing bool         // it cannot be read any more
	small   image.Image  // of pictures that can be drawn
}

// mayAttach reports whether a message with files can be written at present.
func (c *composer) mayAttach() bool {
	return c.usable() && c.pad.edit == nil && !c.h.room.IsZero()
}

// tellNoFiles says why no file can be attached at present.
func (c *composer) tellNoFiles() {
	switch {
	case c.h.room.IsZero(): // there is nowhere to, as can be seen
	case !c.usable():
		c.h.u.toast(c.off, look.Bad)
	default:
		c.h.u.toast(tr.S("attach.editing"), look.Bad)
	}
}

// chooseFiles lets the person choose files.
func (c *composer) chooseFiles() {
	u := c.h.u
	if !c.mayAttach() {
		c.tellNoFiles()
		return
	}
	c.h.pane.stopPicking()
	room := c.h.room
	// Whatever has come over the window meanwhile: what was chosen is taken.
	u.chooseFiles(filesToSend(func(paths []string) { u.home.pane.composer.attachIn(room, paths) }, func() bool { return u.home != nil && u.roomOf(room) != nil }))
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
	c := u.home.pane.composer
	if len(paths) > 0 && !c.mayAttach() {
		c.tellNoFiles()
	} else if len(paths) > 0 {
		c.h.pane.stopPicking()        // else it would not be seen where they are
		u.win.Canvas().Focus(c.entry) // what comes now is a caption, or Enter
	}
	c.attach(paths)
}

// attach looks at files, off the UI goroutine, and puts them over the composer. What
// cannot be sent is said at once.
func (c *composer) attach(paths []string) {
	if len(paths) > 0 && c.mayAttach() {
		c.h.u.attachTo(c.h.room, paths)
	}
}

// attachIn is attach in the room that was open when the files were asked for: the person
// may have gone to another one meanwhile, where they are not meant to be.
func (c *composer) attachIn(room chat.RoomID, paths []string) {
	c.h.u.endBack()
	if c.h.room == room {
		c.attach(paths)
		return
	}
	c.h.u.attachTo(room, paths)
}

// attachTo looks at files and puts them with what was begun in a room.
func (u *UI) attachTo(room chat.RoomID, paths []string) {
	most := int64(u.view.Group.Limits.FileMiB) << 20
	free := chat.MaxFiles - len(u.pad(room).files)
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
	p := u.pad(room)
	if most := max(0, chat.MaxFiles-len(p.files)); len(list) > most { // others came while these were looked at
		list = list[:most]
		wrong = append(wrong, tr.F("attach.too_many", "Most", chat.MaxFiles))
	}
	for _, why := range wrong {
		u.toast(why, look.Bad)
	}
	p.files = append(p.files, list...)
	u.padChanged(room, p)
}

// attachSide is the longest side of a picture over the composer, in pixels.
const attachSide = 160

// tooLarge says that a file is, and by how much where both sizes read alike.
func tooLarge(name string, size, most int64) string {
	is, may := narrate.Size(size), narrate.Size(most)
	if is == may {
		return tr.F("attach.too_large_by", "Name", apart(name), "By", narrate.Size(size-most), "Most", may)
	}
	return tr.F("attach.too_large", "Name", apart(name), "Size", is, "Most", may)
}

// inspect looks at a file that shall be sent; why says in words what is wrong.
func inspect(ctx context.Context, path string, most int64) (a *attachment, why string) {
	name := narrate.FileName(filepath.Base(path))
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, tr.F("attach.no_file", "Name", apart(name))
	}
	if most > 0 && info.Size() > most {
		return nil, tooLarge(name, info.Size(), most)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, tr.F("attach.no_file", "Name", apart(name))
	}
	defer f.Close()
	a = &attachment{DraftFile: chat.DraftFile{Path: path, Name: filepath.Base(path), Size: info.Size()}}
	if err := a.look(ctx, f); err != nil {
		return nil, tr.F("attach.no_file", "Name", apart(name))
	}
	return a, ""
}

// look finds out whether a content is a picture, and how it looks.
func (f *attachment) look(ctx context.Context, content io.Reader) error {
	head := make([]byte, 16)
	n, _ := io.ReadFull(content, head)
	if f.Picture = looksLikePicture(head[:n]); !f.Picture || f.Size > int64(picture.Chosen.Bytes) {
		return nil
	}
	rest, err := io.ReadAll(io.LimitReader(content, int64(picture.Chosen.Bytes)))
	if err != nil {
		return err
	}
	if small, err := picture.Thumbnail(ctx, append(head[:n], rest...), attachSide, picture.Chosen); err == nil {
		f.small = small
	}
	return nil
}

// lookAgain looks at a file of an earlier run: it may have changed, or be gone.
func lookAgain(ctx context.Context, core app.Commands, was chat.DraftFile, most int64) attachment {
	if was.Content.IsZero() {
		if a, why := inspect(ctx, was.Path, most); why == "" {
			a.Original = was.Original
			return *a
		}
		return attachment{DraftFile: was, missing: true}
	}
	a := attachment{DraftFile: was}
	content, err := openContent(ctx, core, was.Content)
	if err == nil {
		err = errors.Join(a.look(ctx, content), content.Close())
	}
	a.missing = err != nil && ctx.Err() == nil
	return a
}

// seen takes over how a file looks now.
func (f *attachment) seen(now *attachment) {
	f.Size, f.Picture, f.small, f.missing = now.Size, now.Picture, now.small, now.missing
}

// openContent opens what the profile keeps for a draft.
func openContent(ctx context.Context, core app.Commands, h chat.Hash) (io.ReadCloser, error) {
	c, err := core.OpenFile(ctx, chat.File{Hash: h})
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(c, 0, c.Size()), c}, nil
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

// localFiles are files of a draft as the core takes them.
func localFiles(ctx context.Context, core app.Commands, files []chat.DraftFile) []app.LocalFile {
	list := make([]app.LocalFile, len(files))
	for i, f := range files {
		list[i] = app.LocalFile{Path: f.Path, Original: f.Original}
		if !f.Content.IsZero() {
			list[i] = app.LocalFile{Name: f.Name, Original: f.Original, Open: func() (io.ReadCloser, error) {
				return openContent(ctx, core, f.Content)
			}}
		}
	}
	return list
}

// submitFiles sends what waits over the composer with the text as caption. Until it
// is in the outbox everything stays where it is, so that nothing is lost.
func (c *composer) submitFiles(text string) {
	u, room, p := c.h.u, c.h.room, c.pad
	if p.busy {
		return
	}
	p.busy = true
	sent, reply := p.draft(), p.reply
	m := app.Outgoing{Text: text, Reply: sent.Reply, Draft: &sent}
	c.showAttached()
	u.pump.work(func(ctx context.Context) func() {
		_, err := u.core.SendFiles(ctx, room, m, localFiles(ctx, u.core, sent.Files))
		return func() {
			p.busy = false
			shown := p.refuse(err) && u.home != nil && u.home.room == room
			if err == nil {
				p.leave(&sent, reply)
			} else if !shown { // else its card says it, which a toast would cover
				u.tellFiles(err)
			}
			u.padChanged(room, p)
			if h := u.home; err == nil && h != nil && h.room == room {
				h.pane.composer.showNewest()
			}
		}
	})
}

// leave takes what was sent from the pad; what came since stays.
func (p *pad) leave(sent *chat.Draft, reply *target) {
	p.files = p.files[min(len(sent.Files), len(p.files)):]
	if p.text == sent.Text {
		p.text = ""
	}
	if p.reply == reply {
		p.reply = nil
	}
}

// refuse marks the file that could not be made ready, or read, and reports whether
// there is one.
func (p *pad) refuse(err error) bool {
	var f *app.Failed
	if !errors.As(err, &f) {
		return false
	}
	marked := false
	for _, x := range p.files {
		if app.SentName(x.Name) != f.Detail {
			continue
		}
		switch {
		case unready(f) && x.Picture && !x.Original:
			x.refused = f.Code
		case f.Code == app.FailFileUnreadable:
			x.missing = true
		default:
			continue
		}
		marked = true
	}
	return marked
}

// unready reports that a picture could not be made ready for others.
func unready(f *app.Failed) bool {
	return f.Code == app.FailPicture || f.Code == app.FailPictureLarge
}

// tellFiles says why files were not sent.
func (u *UI) tellFiles(err error) {
	e := explain(err)
	text := e.text
	if e.more != "" && (unready(&e.Failed) || e.Code == app.FailFileName || e.Code == app.FailFileTooLarge || e.Code == app.FailFileUnreadable) {
		text = apart(narrate.FileName(e.more)) + ": " + text
	}
	u.toast(text, look.Bad)
}
