package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hearth/internal/markup"
)

// TestMarked: marks go around the words of each line, and away again.
func TestMarked(t *testing.T) {
	for _, c := range []struct{ text, mark, want, again string }{
		{"word", "**", "**word**", "word"},
		{" two words ", "*", " *two words* ", " two words "},
		{"**bold**", "*", "***bold***", "**bold**"},
		{"*thin*", "**", "***thin***", "*thin*"},
		{"one\n\n  two\n", "~~", "~~one~~\n\n  ~~two~~\n", "one\n\n  two\n"},
		{"**one**\ntwo", "**", "**one**\n**two**", "one\ntwo"},
		{"x := 1", "`", "`x := 1`", "x := 1"},
		{"a\n\tb", "`", "```\na\n\tb\n```", "a\n\tb"},
		{"a ` b", "`", "`` a ` b ``", ""},
		{"   ", "**", "   ", "   "},
		{"李伟", "**", "**李伟**", "李伟"},
	} {
		got := marked(c.text, c.mark)
		if got != c.want {
			t.Errorf("%q with %s: %q, want %q", c.text, c.mark, got, c.want)
		}
		if again := marked(got, c.mark); c.again != "" && again != c.again {
			t.Errorf("%q without %s: %q, want %q", got, c.mark, again, c.again)
		}
	}
}

// TestFormatKeys: the keys format what is selected or will be typed, in one step of
// undo, and open nothing.
func TestFormatKeys(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	e := g.u.home.pane.composer.entry
	g.u.win.Canvas().Focus(e)
	for i, want := range []markup.Style{markup.Bold, markup.Italic, markup.Strike, markup.Code} {
		e.SetText("")
		test.Type(e, "plain ")
		e.TypedShortcut(formats()[i].shortcut)
		test.Type(e, "word")
		text := markup.ParseMarkup(e.Text())
		if len(text.Spans) != 1 || text.Spans[0].Style != want || text.Plain[text.Spans[0].Start:text.Spans[0].End] != "word" {
			t.Errorf("key %d: %q has %v", i, e.Text(), text.Spans)
		}
		e.SetText("word")
		e.TypedShortcut(&fyne.ShortcutSelectAll{})
		e.TypedShortcut(formats()[i].shortcut)
		if text := markup.ParseMarkup(e.Text()); text.Plain != "word" || len(text.Spans) != 1 || text.Spans[0].Style != want {
			t.Errorf("key %d on what is selected: %q", i, e.Text())
		}
		formatted := e.Text()
		e.TypedShortcut(formats()[i].shortcut)
		if e.Text() != "word" {
			t.Errorf("key %d once more leaves %q", i, e.Text())
		}
		for _, want := range []string{formatted, "word"} {
			if e.TypedShortcut(&fyne.ShortcutUndo{}); e.Text() != want {
				t.Errorf("key %d is undone to %q, want %q", i, e.Text(), want)
			}
		}
	}
	if len(g.u.dialogs) > 0 {
		t.Error("a dialog has opened")
	}
}

// TestShiftOfShortcut: the Shift of a shortcut that opens a dialog is let go over the
// dialog; afterwards Enter sends, and the arrows do not select.
func TestShiftOfShortcut(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	e := g.u.home.pane.composer.entry
	g.u.win.Canvas().Focus(e)
	test.Type(e, "words")
	e.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	e.TypedShortcut(combo(fyne.KeyModifierShortcutDefault|fyne.KeyModifierShift, fyne.KeyB))
	if len(g.u.dialogs) != 1 {
		t.Fatalf("%d dialogs", len(g.u.dialogs))
	}
	g.u.dialogs[0].Close()
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	if e.Selected() != "" {
		t.Errorf("an arrow selects %q", e.Selected())
	}
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if e.Text() != "" {
		t.Errorf("Enter leaves %q", e.Text())
	}
}
