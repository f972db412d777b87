package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/ui/look"
)

// TestTakenIsOneStep: a name, a short code and a picked emoji are each one step for Undo,
// also in the place of what is selected.
func TestTakenIsOneStep(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	view := crowd(u, 3)
	u.apply(app.Changes{View: true}, view)
	c := u.home.pane.composer
	u.win.Canvas().Focus(c.entry)
	for name, step := range map[string]struct {
		before, want string
		do           func()
	}{
		"a name":     {"hey @p1", "hey @p1 ", func() { c.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) }},
		"short code": {"hey :tad", "hey 🎉 ", func() { c.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyTab}) }},
		"picked":     {"hey", "🦊", func() { c.entry.TypedShortcut(&fyne.ShortcutSelectAll{}); c.insert("🦊") }},
	} {
		c.setText("")
		test.Type(c.entry, step.before)
		step.do()
		for range 2 {
			if c.entry.Text() != step.want {
				t.Errorf("%s: %q is written", name, c.entry.Text())
			}
			c.entry.TypedShortcut(&fyne.ShortcutUndo{})
			if c.entry.Text() != step.before || c.pad.shown() != step.before {
				t.Errorf("%s: undone to %q, kept as %q", name, c.entry.Text(), c.pad.shown())
			}
			c.entry.TypedShortcut(&fyne.ShortcutRedo{})
		}
	}
}

// TestComposerIsAsHighAsItsText: as many lines as the text takes, an empty last one
// included, up to the most there may be; and one again when it is gone.
func TestComposerIsAsHighAsItsText(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	c := g.u.home.pane.composer
	g.u.win.Canvas().Focus(c.entry)
	for text, want := range map[string]int{
		"": 1, "one": 1, "one\n": 2, "one\n\n": 3, "\n": 2, strings.Repeat("中", 200): 0,
		strings.Repeat("line\n", 40): maxRows,
	} {
		c.setText("")
		c.entry.Insert(text)
		if want > 0 && c.rows != want {
			t.Errorf("%q takes %d rows, want %d", text, c.rows, want)
		}
		if got := min(max(1, c.entry.Rows(c.entry.Size().Width)), maxRows); got != c.rows {
			t.Errorf("%q is %d rows high and takes %d", text, c.rows, got)
		}
		if high := c.entry.Size().Height; high < float32(c.rows)*look.Sizes().Line {
			t.Errorf("%q: %d rows are %v high", text, c.rows, high)
		}
	}
}
