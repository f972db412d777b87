package ui

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/desktop"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// paste presses Ctrl+V with a text in the clipboard, or none.
func paste(u *UI, text string) {
	u.home.pane.composer.entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipping([]rune(text))})
}

// TestPaste: a picture in the clipboard gets over the composer and is sent as one that
// has no path; copied files are attached; text stays text; what cannot be used is said.
func TestPaste(t *testing.T) {
	core := &sender{invented: newInvented(time.Now())}
	core.view.Group.Limits.FileMiB = 1
	var clip desktop.Clip
	var clipErr error
	reads := 0
	u, q := newWindow(t, core, Options{Desktop: Desktop{ReadClip: func(context.Context) (desktop.Clip, error) {
		reads++
		return clip, clipErr
	}}})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	c, a := u.home.pane.composer, u.pad(u.home.room)
	c.setText("")

	data := inventedPictures.of(inventPicture(1, 1600, 1000).Hash)
	clip = desktop.Clip{Picture: data}
	paste(u, "")
	q.until(t, "the picture is over the composer", func() bool { return len(a.files) == 1 })
	if f := a.files[0]; !f.Picture || f.small == nil || !strings.HasPrefix(f.Name, "Pasted picture 20") || !strings.HasSuffix(f.Name, ".png") {
		t.Errorf("pasted as %+v", f.Name)
	}
	paste(u, "just words")
	if c.entry.Text() != "just words" || len(a.files) != 1 || reads != 1 {
		t.Errorf("text was pasted as %q; the clipboard was read %d times", c.entry.Text(), reads)
	}
	c.submit()
	q.until(t, "it is sent", func() bool { return len(a.files) == 0 && !a.busy })
	f := core.got[0]
	r, err := f.Open()
	if err != nil || f.Path != "" || f.Original {
		t.Fatalf("sent as %+v, %v", f, err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
		t.Errorf("sent %d bytes, %v", len(got), err)
	}

	// Each of these is refused in words, and nothing is decoded beyond the limits.
	for name, x := range map[string]struct {
		clip desktop.Clip
		err  error
		want string
	}{
		"damaged":    {desktop.Clip{Picture: data[:300]}, nil, tr.S("attach.paste.bad")},
		"no picture": {desktop.Clip{Picture: []byte("hello")}, nil, tr.S("attach.paste.bad")},
		"bomb":       {desktop.Clip{Picture: slices.Concat(data[:16], []byte{0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0}, data[24:])}, nil, tr.S("attach.paste.bad")},
		"huge":       {desktop.Clip{}, desktop.ErrClipLarge, tr.S("attach.paste.bad")},
		"large":      {desktop.Clip{Picture: make([]byte, 2<<20)}, nil, tr.F("attach.too_large", "Name", tr.S("attach.pasted"), "Size", narrate.Size(2<<20), "Most", narrate.Size(1<<20))},
	} {
		clip, clipErr = x.clip, x.err
		paste(u, "")
		q.until(t, name, func() bool { return !u.pasting })
		if len(a.files) != 0 || !shows(u, x.want) {
			t.Errorf("%s: %d files, or nothing was said", name, len(a.files))
		}
	}
	clip, clipErr = desktop.Clip{}, desktop.ErrNoClip
	paste(u, "")
	q.until(t, "nothing", func() bool { return !u.pasting })
}

// TestPasteBytes: a program that offers only a picture and answers a request for text with
// its bytes, as xclip does, is not taken at its word.
func TestPasteBytes(t *testing.T) {
	core := &sender{invented: newInvented(time.Now())}
	data := inventedPictures.of(inventPicture(1, 1600, 1000).Hash)
	u, q := newWindow(t, core, Options{Desktop: Desktop{ReadClip: func(context.Context) (desktop.Clip, error) {
		return desktop.Clip{Picture: data}, nil
	}}})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	c, a := u.home.pane.composer, u.pad(u.home.room)
	c.setText("")
	paste(u, string(data[:200]))
	if text := c.entry.Text(); text != "" {
		t.Fatalf("bytes were pasted as text: %.20q", text)
	}
	q.until(t, "the picture", func() bool { return len(a.files) == 1 })
}

// TestPasteFiles: files that a file manager has copied are attached without a
// question; the same names as mere text are not.
func TestPasteFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b.txt")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	core := &sender{invented: newInvented(time.Now())}
	clip, clipErr := desktop.Clip{Paths: []string{path}}, error(nil)
	u, q := newWindow(t, core, Options{Desktop: Desktop{ReadClip: func(context.Context) (desktop.Clip, error) { return clip, clipErr }}})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	a := u.pad(u.home.room)
	for i, text := range []string{"", path, "file://" + strings.ReplaceAll(path, " ", "%20")} {
		paste(u, text)
		q.until(t, "the file is over the composer", func() bool { return len(a.files) == i+1 })
	}
	if len(u.dialogs) != 0 {
		t.Error("asked about what was copied as files")
	}
	clip, clipErr = desktop.Clip{}, desktop.ErrNoClip
	paste(u, path)
	q.until(t, "asked", func() bool { return len(u.dialogs) == 1 })
	if len(a.files) != 3 {
		t.Error("attached what is text without asking")
	}
}

// TestPasteLong: a text too long for a message is offered as a file, with all of it.
func TestPasteLong(t *testing.T) {
	core := &sender{invented: newInvented(time.Now())}
	core.view.Group.Limits.FileMiB = 1
	u, q := newWindow(t, core, Options{})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	c := u.home.pane.composer
	long := strings.Repeat("line\n", c.limit)
	paste(u, long)
	if c.entry.Text() != "" || len(u.dialogs) != 1 || !shows(u, tr.S("attach.long.title")) {
		t.Fatalf("%d characters were pasted, or nothing was offered", len(c.entry.Text()))
	}
	pressButton(t, u, tr.S("attach.long.do"))
	q.until(t, "the text is over the composer", func() bool { return len(c.pad.files) == 1 })
	c.submit()
	q.until(t, "it is sent", func() bool { return len(c.pad.files) == 0 })
	r, err := core.got[0].Open()
	if err != nil || !strings.HasSuffix(core.got[0].Name, ".txt") {
		t.Fatalf("sent as %+v, %v", core.got[0], err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != long {
		t.Errorf("sent %d bytes, %v", len(got), err)
	}
	c.setText(strings.Repeat("x", c.limit+3))
	if !shows(u, tr.N("composer.over", 3)) || !c.send.Disabled() {
		t.Error("nothing says how much is too much")
	}
}

// TestPastedLine: what nobody can see does not get into a name, where it would be refused;
// a secret stays what it is. A name for others that is not accepted is marked itself.
func TestPastedLine(t *testing.T) {
	u, _ := newWindow(t, newInvented(time.Now()), Options{})
	const hidden = "Anna\u202ebob\nLee"
	line, secret := newInput(), newInput()
	secret.SetSecret(false)
	for _, e := range []*input{line, secret} {
		e.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipping([]rune(hidden))})
	}
	if line.Text() != "Annabob Lee" {
		t.Errorf("pasted as %q", line.Text())
	}
	if !strings.Contains(secret.Text(), "\u202e") {
		t.Errorf("a secret was changed to %q", secret.Text())
	}

	f := newForm(u)
	a := newAccount(f, func() {})
	f.after = a.refused
	f.show(explain(&app.Failed{Code: app.FailName, Field: "display"}))
	if !a.display.bad || a.login.bad || a.login.Visible() {
		t.Error("a display name that was refused is not what is marked")
	}
}

// TestPasteNoText: bytes that a program hands out as text get into no field, and that is
// said; the words go with the next key. In the composer a picture may stand behind them.
func TestPasteNoText(t *testing.T) {
	reads := 0
	u, q := newWindow(t, &sender{invented: newInvented(time.Now())}, Options{Desktop: Desktop{ReadClip: func(context.Context) (desktop.Clip, error) {
		reads++
		return desktop.Clip{}, desktop.ErrNoClip
	}}})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, newInvented(time.Now()).view)
	q.run()
	for name, bytes := range map[string]string{"invalid": "\xff\xd8\xff\xe0", "control": "\x89PNG\r\n\x1a\n", "a file": "PK\x03\x04\x00\x00"} {
		for _, f := range []*field{newField("Name", "hint"), newSecretField("Password", "hint"), u.linkField("Link", "hint", func() {})} {
			f.entry.SetText("old")
			f.entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: raw(bytes)})
			if f.Text() != "old" || !f.bad || f.under.text != tr.S("field.no_text") {
				t.Errorf("%s: the field holds %q and says %q", name, f.Text(), f.under.text)
			}
			f.entry.TypedRune('x')
			if f.bad {
				t.Errorf("%s: it still says so after a key", name)
			}
		}
		before := reads
		u.home.pane.composer.entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: raw(bytes)})
		q.until(t, name, func() bool { return !u.pasting })
		if reads != before+1 || u.home.pane.composer.entry.Text() != "" || !shows(u, tr.S("field.no_text")) {
			t.Errorf("%s: the composer holds %q, or nothing was said", name, u.home.pane.composer.entry.Text())
		}
		u.toast("other", look.Accent)
	}
}

// raw is a clipboard with bytes.
type raw string

// Content implements fyne.Clipboard.
func (r raw) Content() string { return string(r) }

// SetContent implements fyne.Clipboard.
func (raw) SetContent(string) {}

// TestPasteElsewhere: what is in the clipboard goes to the room it was pasted in, also if
// the desktop takes its time and the person has gone on; and no more than fit are taken,
// which is said.
func TestPasteElsewhere(t *testing.T) {
	core := &sender{invented: newInvented(time.Now())}
	var paths []string
	for i := range chat.MaxFiles {
		paths = append(paths, filepath.Join(t.TempDir(), fmt.Sprint(i)))
		if err := os.WriteFile(paths[i], []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	answer := make(chan struct{})
	u, q := newWindow(t, core, Options{Desktop: Desktop{ReadClip: func(context.Context) (desktop.Clip, error) {
		<-answer
		return desktop.Clip{Paths: paths[:2]}, nil
	}}})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	first := u.home.room
	paste(u, "")
	second := u.view.Rooms[slices.IndexFunc(u.view.Rooms, func(r app.RoomView) bool { return r.ID != first && r.Joined && !r.Archived })].ID
	u.home.openRoom(second)
	close(answer)
	q.until(t, "the files", func() bool { return !u.pasting && len(u.pad(first).files)+len(u.pad(second).files) == 2 })
	if n := len(u.pad(second).files); n != 0 {
		t.Errorf("%d files are with the other room", n)
	}
	u.home.pane.composer.attach(paths[:chat.MaxFiles-1])
	u.home.pane.composer.attach(paths[:2])
	q.until(t, "as many as fit", func() bool { return len(u.pad(second).files) == chat.MaxFiles })
	q.until(t, "that it is said", func() bool { return shows(u, tr.F("attach.too_many", "Most", chat.MaxFiles)) })
}

// TestNoFilesSaysSo: files that are dropped, pasted or asked for while they cannot be attached
// are not let fall without a word.
func TestNoFilesSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	core := &sender{invented: newInvented(time.Now())}
	u, q := newWindow(t, core, Options{Desktop: Desktop{ReadClip: func(context.Context) (desktop.Clip, error) {
		return desktop.Clip{Paths: []string{path}}, nil
	}}})
	u.prepare(t.Context())
	u.apply(app.Changes{View: true, Reset: true}, core.view)
	q.run()
	c, room := u.home.pane.composer, u.home.room
	says := func(words string) {
		t.Helper()
		for name, do := range map[string]func(){
			"drop":  func() { u.dropped([]fyne.URI{storage.NewFileURI(path)}) },
			"paste": func() { c.pasteRest("") },
			"ask":   c.chooseFiles,
		} {
			do()
			q.until(t, name, func() bool { return !u.pasting })
			if said := u.toasts.text.text; !u.toasts.box.Visible() || said != words || len(u.dialogs) > 0 || len(u.pad(room).files) > 0 {
				t.Errorf("%s: it says %q, or something was attached", name, said)
			}
			u.toasts.text.SetText("")
			u.toasts.box.Hide()
		}
	}
	c.pad.edit = &target{}
	says(tr.S("attach.editing"))
	c.pad.edit, c.off = nil, tr.S("composer.archived")
	says(tr.S("composer.archived"))
}

// TestChosenUnderDialog: files that were chosen in the desktop's dialog are taken although
// something has come over the window meanwhile; ours does not open over that.
func TestChosenUnderDialog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	g, q := newGallery(t, "main,light,en")
	g.pose(q)
	u := g.u
	for _, answer := range []error{nil, desktop.ErrNoChooser} {
		asked, go1 := make(chan bool), make(chan bool)
		u.desktop.AskFiles = func(context.Context, desktop.Ask) ([]string, error) {
			asked <- true
			<-go1
			return []string{path}, answer
		}
		u.home.pane.composer.chooseFiles()
		<-asked
		u.warn("Another device", "It has signed in.")
		close(go1)
		q.until(t, "the answer", func() bool { return u.choosing == nil })
		q.until(t, "the file", func() bool { return len(u.pad(u.home.room).files) == 1 })
		if len(u.dialogs) != 1 {
			t.Errorf("%v: %d dialogs", answer, len(u.dialogs))
		}
		u.closeAll()
	}
}
