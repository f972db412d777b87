package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"hearth/ui/tr"
)

// TestExport writes a room into a file, refuses one that is there, and says what is
// wrong with a place.
func TestExport(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.home.showExport(u.home.room)
	if !filepath.IsAbs(line(t, u).Text) {
		t.Errorf("the file is %q", line(t, u).Text)
	}
	there := filepath.Join(t.TempDir(), "there.html")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		there:                                   tr.S("export.file.exists"),
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
	q.until(t, "the file", func() bool { return len(u.dialogs) == 0 && shows(u, tr.N("export.done", 3, "Path", fresh)) })
	if data, err := os.ReadFile(fresh); string(data) != "html" {
		t.Errorf("%q, %v", data, err)
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
