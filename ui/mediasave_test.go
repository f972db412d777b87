package ui

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// TestSaveByKeys: what asks where a copy shall go has the keyboard, although it opens
// within a click, at whose end the toolkit takes the keyboard from whatever has it; and
// it says what is wrong with a place.
func TestSaveByKeys(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	file := inventFile("report.pdf", 4_000).File
	row := &timeline.Row{ID: "x", Files: []timeline.File{{Tag: &file}}}
	u.home.pane.onFile(row, 0, timeline.FileSave)
	u.win.Canvas().Unfocus() // as the toolkit does after the button was let go
	q.until(t, "the dialog", func() bool { return len(u.dialogs) == 1 })
	if u.win.Canvas().Focused() != fyne.Focusable(u.dialogs[0].spec.focus) {
		t.Errorf("the focus is on %T", u.win.Canvas().Focused())
	}
	place := line(t, u)
	q.until(t, "a place", func() bool { return filepath.Base(place.Text()) == "report.pdf" })
	if got := place.Selected(); got != "report" {
		t.Errorf("%q would be typed over", got)
	}
	dir := t.TempDir()
	none := filepath.Join(dir, "none")
	place.SetText(filepath.Join(none, "file.pdf"))
	pressButton(t, u, tr.S("file.save.submit"))
	q.until(t, "that there is no folder", func() bool { return shows(u, tr.F("file.place.none", "Folder", inSentence(none))) })
	place.SetText(dir) // a folder opens, and the name stays
	pressButton(t, u, tr.S("file.save.submit"))
	q.until(t, "the folder", func() bool { return place.Text() == filepath.Join(dir, "report.pdf") })
}

// TestSaveProgram: what a system would run is kept only after a second word, whatever it
// calls itself; other files are kept at once.
func TestSaveProgram(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	save := func(name, media, as string) bool {
		t.Helper()
		file := inventFile(name, 4_000).File
		if media != "" {
			file.Type = media
		}
		u.saveFile(u.home.room, file)
		place := line(t, u)
		q.until(t, "a place", func() bool { return place.Text() != "" })
		place.SetText(filepath.Join(t.TempDir(), as))
		pressButton(t, u, tr.S("file.save.submit"))
		q.until(t, name, func() bool { return len(u.dialogs) != 1 })
		return len(u.dialogs) == 2
	}
	for _, f := range [][3]string{
		{"holiday.jpg.EXE", "image/jpeg", "holiday.jpg.EXE"},
		{"setup.exe. .", "", "setup"},
		{"install.sh", "", "install.sh"},
		{"letter.pdf", "application/x-msdownload", "letter.pdf"},
		{"letter.pdf", "", "letter.desktop"},
	} {
		if !save(f[0], f[1], f[2]) {
			t.Errorf("%q is kept without a question", f)
			continue
		}
		if b, ok := u.win.Canvas().Focused().(*look.Button); !ok || b.Text() != tr.S("button.cancel") {
			t.Errorf("%q: Enter alone would keep it", f[0])
		}
		if !shows(u, tr.S("file.program.text")) || !shows(u, narrate.FileName(f[0])) {
			t.Errorf("the question does not name %q", f[0])
		}
		pressButton(t, u, tr.S("file.program.do"))
		q.run()
		if len(u.dialogs) != 0 {
			t.Errorf("%q: %d dialogs are left", f[0], len(u.dialogs))
		}
	}
	for _, name := range []string{"report.pdf", "photo.png", "notes.exe.txt", "README"} {
		if save(name, "", name) {
			t.Errorf("%q is taken for a program", name)
		}
	}
}

// shelfCore has contents that fit into a file, all but one.
type shelfCore struct {
	*invented
	lacks string
}

// LoadFile implements app.Commands.
func (c shelfCore) LoadFile(_ context.Context, _ chat.RoomID, f chat.File) error {
	if f.Name == c.lacks {
		return &app.Failed{Code: app.FailOffline}
	}
	return nil
}

// SaveFile implements app.Commands.
func (c shelfCore) SaveFile(_ context.Context, f chat.File, path string, _ bool) error {
	if f.Type == "full" {
		return &app.Failed{Code: app.FailStore, Err: fs.ErrInvalid}
	}
	return os.WriteFile(path, []byte(f.Name), 0o600)
}

// TestSaveAll: copies of all files of a message go into a new folder, each under a name of
// its own; if one cannot be had, there is no folder.
func TestSaveAll(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	dir := t.TempDir()
	there := func() (names []string) {
		list, err := os.ReadDir(filepath.Join(dir, "Ann"))
		if err != nil {
			return []string{"none"}
		}
		for _, e := range list {
			names = append(names, e.Name())
		}
		return names
	}
	file := func(name string) chat.File { return inventFile(name, 4_000).File }
	full := file("c.png")
	full.Type = "full"
	offline := explain(&app.Failed{Code: app.FailOffline}).text
	for _, test := range []struct {
		files []chat.File
		lacks string
		says  string
		there []string
	}{
		{[]chat.File{file("a.png"), file("b.png")}, "b.png", offline, []string{"none"}},
		{[]chat.File{file("a.png"), full}, "", explain(&app.Failed{Code: app.FailStore, Err: fs.ErrInvalid}).text, []string{"none"}},
		{[]chat.File{file("a.png"), file("../a.png"), file("a.png"), file("b.sh")}, "", tr.F("file.saved", "Path", filepath.Join(dir, "Ann")), []string{"a (2).png", "a (3).png", "a.png", "b.sh"}},
	} {
		u.core = shelfCore{g.core, test.lacks}
		u.saveFiles(u.home.room, test.files, "Ann")
		place := line(t, u)
		q.until(t, "a place", func() bool { return place.Text() != "" })
		place.SetText(filepath.Join(dir, "Ann"))
		pressButton(t, u, tr.S("file.save.submit"))
		if len(test.files) == 4 { // one of them is a program
			q.until(t, "the question", func() bool { return shows(u, tr.S("file.program.text")) })
			pressButton(t, u, tr.S("file.program.do"))
		}
		q.until(t, test.says, func() bool { return shows(u, test.says) })
		if got := there(); !slices.Equal(got, test.there) {
			t.Errorf("there is %q, want %q", got, test.there)
		}
	}

	// What is there meanwhile is not touched.
	u.saveInto([]chat.File{file("z.png")}, filepath.Join(dir, "Ann"))
	q.until(t, "that it exists", func() bool { return shows(u, tr.S("choose.new.exists")) })
	if got := there(); len(got) != 4 {
		t.Errorf("there is %q", got)
	}
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	u.saveFiles(u.home.room, []chat.File{file("a.png"), file("b.png")}, "Ann")
	place := line(t, u)
	q.until(t, "a place", func() bool { return place.Text() != "" })
	place.SetText(taken)
	pressButton(t, u, tr.S("file.save.submit"))
	q.until(t, "that a file is there", func() bool { return shows(u, tr.S("export.file.exists")) })
}
