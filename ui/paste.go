package ui

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/desktop"
	"hearth/internal/folder"
	"hearth/internal/picture"
	"hearth/internal/zone"
	"hearth/ui/editor"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// pasteRest takes what a clipboard holds beside text: files, or a picture. An
// answer that is no text is not kept quiet about.
func (c *composer) pasteRest(text string) {
	u, room := c.h.u, c.h.room
	none := ""
	if !editor.IsText(text) {
		none = tr.S("field.no_text")
	}
	if u.pasting {
		return
	}
	if u.desktop.ReadClip == nil {
		if none != "" {
			u.toast(none, look.Bad)
		}
		return
	}
	u.pasting = true
	may := c.mayAttach()
	most := int64(u.view.Group.Limits.FileMiB) << 20
	u.pump.work(func(ctx context.Context) func() {
		clip, err := u.desktop.ReadClip(ctx)
		var a *attachment
		var why string
		if err == nil && !may {
			return func() {
				u.pasting = false
				c.tellNoFiles()
			}
		} else if err == nil && len(clip.Paths) == 0 {
			a, why = inspectPasted(ctx, u.core, clip.Picture, time.Now(), most)
		} else if errors.Is(err, desktop.ErrClipLarge) {
			why = tr.S("attach.paste.bad")
		} else if err != nil {
			why = none
		}
		return func() {
			u.pasting = false
			switch {
			case why != "":
				u.toast(why, look.Bad)
			case err != nil:
				u.log.Debug("nothing to paste", "error", err)
			case a == nil:
				c.attachIn(room, clip.Paths)
			case len(u.pad(room).files) >= chat.MaxFiles:
				u.toast(tr.F("attach.too_many", "Most", chat.MaxFiles), look.Bad)
			default:
				u.addAttached(room, []*attachment{a}, nil)
			}
		}
	})
}

// copiedFiles are those that a file manager has put into the clipboard; off the UI
// goroutine.
func (u *UI) copiedFiles(ctx context.Context) []string {
	if u.desktop.ReadClip == nil {
		return nil
	}
	clip, err := u.desktop.ReadClip(ctx)
	if err != nil {
		return nil
	}
	return clip.Paths
}

// inspectPasted looks at a picture from the clipboard like at one in a file, and has the
// core keep it; why says in words what is wrong.
func inspectPasted(ctx context.Context, core app.Commands, data []byte, now time.Time, most int64) (a *attachment, why string) {
	if most > 0 && int64(len(data)) > most {
		return nil, tr.F("attach.too_large", "Name", tr.S("attach.pasted"), "Size", narrate.Size(int64(len(data))), "Most", narrate.Size(most))
	}
	info, err := picture.Inspect(data, picture.Chosen)
	if err != nil {
		return nil, tr.S("attach.paste.bad")
	}
	small, err := picture.Thumbnail(ctx, data, attachSide, picture.Chosen)
	if err != nil {
		return nil, tr.S("attach.paste.bad")
	}
	ending := string(info.Format)
	if info.Format == picture.JPEG {
		ending = "jpg"
	}
	name := tr.S("attach.pasted") + now.Format(" 2006-01-02 15.04.05.") + ending
	content, err := core.KeepContent(ctx, bytes.NewReader(data))
	if err != nil {
		return nil, explain(err).text
	}
	return &attachment{DraftFile: chat.DraftFile{Content: content, Name: name, Size: int64(len(data)), Picture: true}, small: small}, ""
}

// pastedPaths are the files a pasted text seems to name, each line one: nil unless
// all lines do.
func pastedPaths(text string) (paths []string) {
	if len(text) > 64<<10 {
		return nil
	}
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line == "copy" || strings.HasPrefix(line, "#") {
			continue // as file managers write it
		}
		if strings.HasPrefix(line, "file://") {
			u, err := url.Parse(line)
			if err != nil || u.Host != "" && u.Host != "localhost" {
				return nil
			}
			line = folder.Path(line, string(filepath.Separator)) // on Windows without the slash before the drive
		}
		if !filepath.IsAbs(line) {
			return nil
		}
		paths = append(paths, line)
	}
	return paths[:min(len(paths), 4*chat.MaxFiles)]
}

// offerPasted asks whether a pasted text's files shall be attached; false if it names
// none, and is pasted as any other.
func (c *composer) offerPasted(text string) bool {
	paths := pastedPaths(text)
	if len(paths) == 0 || !c.mayAttach() {
		return false
	}
	u, room := c.h.u, c.h.room
	asText := func() {
		if c.h.room != room {
			return // they are no words for this one
		}
		c.entry.Insert(text)
	}
	u.pump.work(func(ctx context.Context) func() {
		if copied := u.copiedFiles(ctx); len(copied) > 0 { // no words that look like names
			return func() { c.attachIn(room, copied) }
		}
		for _, p := range paths {
			if info, err := os.Stat(p); err != nil || !info.Mode().IsRegular() {
				return asText
			}
		}
		return func() {
			if c.h.room == room {
				c.askPasted(paths, asText)
			}
		}
	})
	return true
}

func (c *composer) askPasted(paths []string, asText func()) {
	u := c.h.u
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, narrate.FileName(filepath.Base(p)))
	}
	var d *dialog
	words := look.NewButton(tr.S("attach.paste.words"), look.Quiet, func() {
		d.Close()
		asText()
	})
	do := look.NewButton(tr.S("attach.paste.do"), look.Primary, func() {
		d.Close()
		c.attach(paths)
	})
	d = u.open(dialogSpec{
		title: tr.S("attach.paste.title"),
		body: column(12, newPara(tr.S("attach.paste.text"), look.Body, look.Secondary),
			newBoxed(look.FieldFill, nil, 12, 10, newPara(strings.Join(names, "\n"), look.Body, look.Text))),
		buttons: []*look.Button{words, do},
	})
}

// offerFile asks whether a text that is too long for a message shall go as a file.
func (c *composer) offerFile(text string, n int) {
	u, room := c.h.u, c.h.room
	var d *dialog
	cancel := look.NewButton(tr.S("button.cancel"), look.Quiet, func() { d.Close() })
	do := look.NewButton(tr.S("attach.long.do"), look.Primary, func() {
		d.Close()
		u.attachText(room, text)
	})
	d = u.open(dialogSpec{
		title:   tr.S("attach.long.title"),
		body:    newPara(tr.N("composer.too_long", n, "Most", c.limit)+" "+tr.S("attach.long.text"), look.Body, look.Secondary),
		buttons: []*look.Button{cancel, do},
	})
}

// attachText puts a text over the composer, as a file that the core keeps.
func (u *UI) attachText(room chat.RoomID, text string) {
	if len(u.pad(room).files) >= chat.MaxFiles {
		u.toast(tr.F("attach.too_many", "Most", chat.MaxFiles), look.Bad)
		return
	}
	name := tr.S("attach.long.name") + zone.Now().Format(" 2006-01-02 15.04.05.txt")
	u.pump.work(func(ctx context.Context) func() {
		content, err := u.core.KeepContent(ctx, strings.NewReader(text))
		return func() {
			if err != nil {
				u.toast(explain(err).text, look.Bad)
				return
			}
			a := &attachment{DraftFile: chat.DraftFile{Content: content, Name: name, Size: int64(len(text))}}
			u.addAttached(room, []*attachment{a}, nil)
		}
	})
}
