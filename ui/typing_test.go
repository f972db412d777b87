package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hearth/ui/tr"
)

// TestPasteTooMuch: what could never be sent is not taken over, and the person is
// told; a line takes what a line can hold.
func TestPasteTooMuch(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	c := u.home.pane.composer
	u.fyne.Clipboard().SetContent(strings.Repeat("x", c.limit+1))
	paste := &fyne.ShortcutPaste{Clipboard: u.fyne.Clipboard()}
	c.entry.TypedShortcut(paste)
	if c.entry.Text() != "" || !shows(u, tr.S("attach.long.title")) {
		t.Errorf("%d characters were pasted", len(c.entry.Text()))
	}
	u.closeAll()
	u.fyne.Clipboard().SetContent(strings.Repeat("x", c.limit))
	c.entry.TypedShortcut(paste)
	if len(c.entry.Text()) != c.limit {
		t.Errorf("%d characters were pasted, %d may be", len(c.entry.Text()), c.limit)
	}
	c.setText("")
	u.home.showSwitcher()
	f := u.win.Canvas().Focused().(*input)
	u.fyne.Clipboard().SetContent(strings.Repeat("é", 100_000))
	f.TypedShortcut(paste)
	full := func() bool { return shows(u, tr.N("field.full", mostTyped)) }
	if n := len([]rune(f.Text())); n != mostTyped || !full() {
		t.Errorf("a line took %d characters, said that is all: %v", n, full())
	}
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	f.TypedRune('x')
	if n := len([]rune(f.Text())); n != mostTyped || full() {
		t.Errorf("%d characters are typed, said too much: %v", n, full())
	}
	if f.TypedRune('y'); strings.Contains(f.Text(), "y") || !full() {
		t.Error("one character too many was typed, or refused without a word")
	}
	f.TypedShortcut(&fyne.ShortcutSelectAll{})
	if f.TypedRune('z'); f.Text() != "z" || full() {
		t.Errorf("in the place of all %d characters are typed", len([]rune(f.Text())))
	}
}

// TestSendKeys: Enter sends, or only Ctrl+Enter, as the person chose; Shift+Enter begins
// a new line either way, and what names the key follows.
func TestSendKeys(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	c := u.home.pane.composer
	enter := func(shift bool) {
		if shift {
			c.entry.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
			defer c.entry.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
		}
		c.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	withCtrl := combo(fyne.KeyModifierShortcutDefault, fyne.KeyReturn)
	if c.send.Tip != "Send (Enter)" {
		t.Errorf("the button says %q", c.send.Tip)
	}
	c.setText("ctrl")
	c.entry.TypedShortcut(withCtrl)
	if c.entry.Text() != "" {
		t.Error("Ctrl+Enter does not send where Enter does")
	}
	u.showSettingsNamed("settings.keyboard")
	var choice *segments
	for _, o := range test.LaidOutObjects(u.win.Canvas().Overlays().Top()) {
		if s, ok := o.(*segments); ok {
			choice = s
		}
	}
	if choice == nil {
		t.Fatal("there is no choice")
	}
	choice.FocusGained()
	choice.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	q.run()
	if want := keyText(withCtrl); !u.settings.CtrlSends || !shows(u, "Enter, Shift+Enter") || c.send.Tip != "Send ("+want+")" {
		t.Errorf("chosen %v, the button says %q", u.settings.CtrlSends, c.send.Tip)
	}
	key(u, fyne.KeyEscape)
	q.run()
	c.setText("")
	test.Type(c.entry, "a")
	enter(false)
	test.Type(c.entry, "b")
	enter(true)
	test.Type(c.entry, "c")
	if c.entry.Text() != "a\nb\nc" {
		t.Errorf("typed %q", c.entry.Text())
	}
	c.entry.TypedShortcut(withCtrl)
	if c.entry.Text() != "" {
		t.Errorf("Ctrl+Enter left %q", c.entry.Text())
	}
}

func TestComposer(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	c := u.home.pane.composer
	low := c.height(0)
	test.Type(c.entry, "one")
	c.entry.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	c.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	c.entry.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	test.Type(c.entry, "two")
	if c.entry.Text() != "one\ntwo" || c.rows != 2 || c.height(0) <= low {
		t.Errorf("text %q, %d rows, height %v after %v", c.entry.Text(), c.rows, c.height(0), low)
	}
	c.setText(strings.Repeat("line\n", 30))
	if c.rows != maxRows {
		t.Errorf("grows to %d rows, want %d", c.rows, maxRows)
	}
	c.setText(strings.Repeat("x", c.limit+1))
	if !c.send.Disabled() || c.count.Hidden {
		t.Error("a text over the limit can be sent, or its length does not show")
	}
	c.submit()
	if c.entry.Text() == "" {
		t.Error("a text over the limit was taken")
	}
	// What could not be sent comes back.
	c.setText("  for later  ")
	c.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if c.entry.Text() != "" {
		t.Error("Enter does not clear the composer")
	}
	q.until(t, "the text comes back", func() bool { return c.entry.Text() == "for later" })
	if !u.toasts.box.Visible() {
		t.Error("nothing says that it failed")
	}
	// A draft stays with its room.
	u.home.openRoom(inventedRoom("general"))
	if c.entry.Text() != "" {
		t.Errorf("the draft %q came along", c.entry.Text())
	}
	u.home.openRoom(inventedRoom("release-room"))
	if c.entry.Text() != "for later" {
		t.Errorf("the draft is %q", c.entry.Text())
	}
	u.home.openRoom(inventedRoom("old-project"))
	if c.usable() || !c.entry.Disabled() {
		t.Error("one can write to a room one has left")
	}
}

// TestRedo: Ctrl+Shift+Z brings back what Ctrl+Z took, in a line and in the composer; the
// sheet says so.
func TestRedo(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	try := func(name string, entry fyne.Shortcutable, text func() string) {
		entry.TypedShortcut(&fyne.ShortcutUndo{})
		if text() != "" {
			t.Errorf("%s: undone to %q", name, text())
		}
		entry.TypedShortcut(combo(fyne.KeyModifierShortcutDefault|fyne.KeyModifierShift, fyne.KeyZ))
		if text() != "hello" {
			t.Errorf("%s: brought back as %q", name, text())
		}
	}
	w := u.home.pane.composer.entry
	test.Type(w, "hello")
	try("composer", w, w.Text)
	u.home.showSwitcher()
	line := u.win.Canvas().Focused().(*input)
	test.Type(line, "hello")
	try("line", line, line.Text)
	u.closeAll()
	u.showKeys()
	if !shows(u, "Ctrl+Z, Ctrl+Shift+Z") || !shows(u, "Enter, Menu, Shift+F10") {
		t.Error("the sheet does not say so")
	}
}
