package ui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// TestExport writes a room into a file, refuses one that is there, and says what is
// wrong with a place.
func TestExport(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.home.showExport(u.home.room)
	if !filepath.IsAbs(line(t, u).Text()) {
		t.Errorf("the file is %q", line(t, u).Text())
	}
	there := filepath.Join(t.TempDir(), "there.html")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	line(t, u).SetText(there)
	pressButton(t, u, tr.S("export.submit"))
	q.until(t, "the question", func() bool { return shows(u, tr.S("choose.replace")) })
	if b, ok := u.win.Canvas().Focused().(*look.Button); !ok || b.Text() != tr.S("button.cancel") {
		t.Error("Enter alone would lose the file")
	}
	key(u, fyne.KeyReturn)
	for path, want := range map[string]string{
		"relative.html":                         tr.S("export.file.absolute"),
		filepath.Join(there, "within.html"):     tr.F("file.place.none", "Folder", inSentence(there)),
		filepath.Join(there+"-not", "file.txt"): tr.F("file.place.none", "Folder", inSentence(there+"-not")),
		filepath.Dir(there) + "/":               tr.S("file.place.folder"),
	} {
		line(t, u).SetText("")
		test.Type(line(t, u), path)
		pressButton(t, u, tr.S("export.submit"))
		q.until(t, path, func() bool { return shows(u, want) })
	}
	if data, _ := os.ReadFile(there); string(data) != "mine" {
		t.Errorf("the file that was there holds %q", data)
	}
	fresh := filepath.Join(filepath.Dir(there), "fresh.html")
	line(t, u).SetText(fresh)
	pressButton(t, u, tr.S("export.submit"))
	q.until(t, "the file", func() bool { return len(u.dialogs) == 0 && shows(u, tr.F("export.done", "Path", fresh)) })
	if data, err := os.ReadFile(fresh); string(data) != "html" {
		t.Errorf("%q, %v", data, err)
	}
	u.home.showExport(u.home.room) // whoever wants it replaces one
	line(t, u).SetText(there)
	pressButton(t, u, tr.S("export.submit"))
	q.until(t, "the question", func() bool { return shows(u, tr.S("choose.replace.do")) })
	pressButton(t, u, tr.S("choose.replace.do"))
	q.until(t, "the file", func() bool { return len(u.dialogs) == 0 })
	if data, err := os.ReadFile(there); string(data) != "html" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestExportStops: an export shows how far it is; whoever leaves its dialog ends it, and
// nothing of it stays.
func TestExportStops(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	path := filepath.Join(t.TempDir(), "room.html")
	folder := exportedFiles(path)
	g.core.exporting = func(ctx context.Context, r *app.ExportRequest) error {
		if r.Folder != folder || r.Words.Language != "en" || r.Words.Size(1500) != "1.5 kB" {
			t.Errorf("asked for %+v", r)
		}
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "other"), nil, 0o600); err != nil {
			return err
		}
		if err := os.Mkdir(r.Folder, 0o700); err != nil {
			return err
		}
		r.Progress(420, 1000)
		<-ctx.Done()
		return fmt.Errorf("read a page: %w", ctx.Err())
	}
	u.home.showExport(u.home.room)
	line(t, u).SetText(path)
	pressButton(t, u, tr.S("export.submit"))
	q.until(t, "the progress", func() bool { return shows(u, tr.F("export.progress", "N", 42)) })
	pressButton(t, u, tr.S("button.cancel"))
	q.until(t, "the end", func() bool { return len(u.dialogs) == 0 && shows(u, tr.S("export.stopped")) })
	q.until(t, "an empty place", func() bool {
		left, err := os.ReadDir(filepath.Dir(path))
		return err == nil && len(left) == 1 && left[0].Name() == "other"
	})

	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	u.home.showExport(u.home.room)
	line(t, u).SetText(path)
	pressButton(t, u, tr.S("export.submit"))
	q.until(t, "the folder in the way", func() bool { return shows(u, tr.F("export.files.exist", "Folder", inSentence("room_files"))) })
}

// TestExportFiles: who is connected is offered the files that are not here; what became of
// each kind is said.
func TestExportFiles(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	type asked struct{ copies, fetch bool }
	for i, c := range []struct {
		state app.ConnState
		right int // presses of the arrow
		want  asked
	}{
		{app.ConnLive, 0, asked{copies: true}},
		{app.ConnLive, 1, asked{true, true}},
		{app.ConnLive, 2, asked{}},
		{app.ConnWaiting, 0, asked{copies: true}},
		{app.ConnWaiting, 1, asked{}},
	} {
		u.view.Connection.State = c.state
		u.home.showExport(u.home.room)
		path := filepath.Join(t.TempDir(), fmt.Sprint(i, ".html"))
		line(t, u).SetText(path)
		var choice *segments
		each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
			if s, ok := o.(*segments); ok {
				choice = s
			}
		})
		for range c.right {
			choice.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
		}
		var got asked
		g.core.exporting = func(_ context.Context, r *app.ExportRequest) error {
			got = asked{r.Folder == exportedFiles(path), r.Fetch}
			return nil
		}
		g.core.exported = app.Exported{Events: 3, Copies: 6, Previews: 2, Absent: 1}
		pressButton(t, u, tr.S("export.submit"))
		said := strings.Join([]string{tr.F("export.done", "Path", path), tr.N("export.copies", 6), tr.N("export.previews", 2), tr.N("export.absent", 1)}, " ")
		q.until(t, "the file", func() bool { return len(u.dialogs) == 0 && shows(u, said) })
		if got != c.want {
			t.Errorf("%s, %d to the right: %+v, wanted %+v", c.state, c.right, got, c.want)
		}
	}
}

// line is the only line of the dialog.
func line(t *testing.T, u *UI) *input {
	t.Helper()
	list := entries(u)
	if len(list) == 0 {
		t.Fatal("the dialog has no line")
	}
	return list[len(list)-1]
}

// TestFreeExport: another export of the same room on the same day, in whatever format, is not
// proposed where one is.
func TestFreeExport(t *testing.T) {
	at := filepath.Join(t.TempDir(), "general 2026-11-21")
	if got := freeExport(at); got != at {
		t.Errorf("with nothing there: %q", got)
	}
	if err := os.WriteFile(at+".html", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(at+" 2_files", 0o700); err != nil {
		t.Fatal(err)
	}
	if got := freeExport(at); got != at+" 3" {
		t.Errorf("with a page and files there: %q", got)
	}
}

func TestExportName(t *testing.T) {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for room, want := range map[string]string{
		"general": "general 2026-11-21", "a/b:c": "a-b-c 2026-11-21", "..": "room 2026-11-21", "李伟的房间": "李伟的房间 2026-11-21",
		strings.Repeat("x", 80): strings.Repeat("x", 60) + " 2026-11-21",
	} {
		if got := exportName(room, day); got != want {
			t.Errorf("%q: %q, want %q", room, got, want)
		}
	}
}
