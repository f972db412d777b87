package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
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

// TestComposerPages: PageUp and PageDown scroll the messages, but in a text that is longer
// than its box they move in it; its bar stands at the edge of the composer.
func TestComposerPages(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	g.loaded(t, q)
	u := g.u
	c, tl := u.home.pane.composer, u.home.pane.timeline
	u.win.Canvas().Focus(c.entry)
	c.entry.Insert("one\ntwo")
	q.run()
	place := tl.Place()
	key(u, fyne.KeyPageUp)
	if tl.Place() == place || c.entry.Caret() != len("one\ntwo") || !c.entry.Bar.Hidden {
		t.Errorf("in a short text: from %+v to %+v, the caret at %d", place, tl.Place(), c.entry.Caret())
	}
	for range 50 {
		key(u, fyne.KeyPageDown)
	}
	c.entry.Insert(strings.Repeat("\nline", 50))
	q.run()
	place = tl.Place()
	key(u, fyne.KeyPageUp)
	if caret := c.entry.Caret(); tl.Place() != place || caret == 0 || caret == len(c.entry.Text()) {
		t.Errorf("in a long text: from %+v to %+v, the caret at %d", place, tl.Place(), caret)
	}
	c.entry.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	key(u, fyne.KeyPageDown)
	c.entry.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	if tl.Place() != place || !strings.HasSuffix(c.entry.Text(), c.entry.Selected()) || c.entry.Selected() == "" {
		t.Errorf("with Shift: from %+v to %+v, selected is %q", place, tl.Place(), c.entry.Selected())
	}
	bar, wide := c.entry.Bar, c.object.Size().Width
	if right := bar.Position().X + bar.Size().Width; bar.Hidden || right > wide || right < wide-2 {
		t.Errorf("the bar ends at %v of %v, hidden: %v", right, wide, bar.Hidden)
	}
}

// TestTypedOnEmptyGround: a letter typed while nothing has the keyboard comes to the
// composer, and those after it; not with something over the window or while messages are
// chosen.
func TestTypedOnEmptyGround(t *testing.T) {
	g, q := newGallery(t, "messages,light,en")
	g.pose(q)
	u := g.u
	c, canvas := u.home.pane.composer, u.win.Canvas()
	typed := func(s string) {
		for _, r := range s {
			if f := canvas.Focused(); f != nil {
				f.TypedRune(r)
			} else if on := canvas.OnTypedRune(); on != nil {
				on(r)
			}
		}
	}
	canvas.Unfocus() // as the toolkit does at a click on what takes no keys
	typed("hello")
	if c.entry.Text() != "hello" || canvas.Focused() != fyne.Focusable(c.entry) {
		t.Errorf("the composer has %q, the keyboard is on %T", c.entry.Text(), canvas.Focused())
	}
	canvas.Unfocus()
	canvas.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	if c.entry.Text() != "hell" || canvas.Focused() != fyne.Focusable(c.entry) {
		t.Errorf("with Backspace it has %q, the keyboard is on %T", c.entry.Text(), canvas.Focused())
	}
	clip := test.NewClipboard()
	clip.SetContent("o there")
	paste := func() {
		if f, ok := canvas.Focused().(fyne.Shortcutable); ok {
			f.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
		} else {
			u.pasted(&fyne.ShortcutPaste{Clipboard: clip}) // the window hands it on; the canvas of tests takes none
		}
	}
	for _, on := range []fyne.Focusable{nil, u.home.pane.timeline} {
		c.entry.SetText("hell")
		if canvas.Unfocus(); on != nil {
			canvas.Focus(on)
		}
		if paste(); c.entry.Text() != "hello there" || canvas.Focused() != fyne.Focusable(c.entry) {
			t.Errorf("pasted on %T it has %q, the keyboard is on %T", on, c.entry.Text(), canvas.Focused())
		}
	}
	c.entry.SetText("hello")
	u.home.showInvite()
	canvas.Unfocus()
	typed("x")
	paste()
	canvas.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	key(u, fyne.KeyEscape)
	q.run()
	g.loaded(t, q)
	canvas.Unfocus()
	u.home.pane.timeline.Pick(u.home.pane.timeline.NewestOwn())
	canvas.Unfocus()
	typed("y")
	paste()
	key(u, fyne.KeyBackspace)
	if c.entry.Text() != "hello" {
		t.Errorf("the composer has %q", c.entry.Text())
	}
}

// TestTitleNamesTheProgramOnce: also where the group has its name.
func TestTitleNamesTheProgramOnce(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	v := *u.view
	v.Group.Name = appName
	u.view = &v
	room := roomName(u.roomOf(u.home.room))
	if got := u.title(); got != room+" – Hearth" {
		t.Errorf("the title is %q", got)
	}
	v.Group.Name = "Bees"
	if got := u.title(); got != room+" – Bees – Hearth" {
		t.Errorf("the title is %q", got)
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
