package ui

import (
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

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
	q.until(t, "a place", func() bool { return place.Text != "" })
	dir := t.TempDir()
	none := filepath.Join(dir, "none")
	for path, want := range map[string]string{
		dir + "/":                       tr.S("file.place.folder"),
		filepath.Join(none, "file.pdf"): tr.F("file.place.none", "Folder", inSentence(none)),
	} {
		place.SetText(path)
		pressButton(t, u, tr.S("file.save.submit"))
		q.until(t, path, func() bool { return shows(u, want) })
	}
}
