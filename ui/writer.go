package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/ui/editor"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// writer is the entry of the composer: Enter sends, Shift+Enter breaks the line.
type writer struct {
	editor.Editor
	c    *composer
	name string // for a screen reader
}

func newWriter(c *composer) *writer {
	w := &writer{c: c}
	w.Init()
	w.Self = w
	w.OnChanged = c.changed
	w.OnMoved = func() {
		if c.offer != nil {
			c.offer.follow()
		}
	}
	w.ExtendBaseWidget(w)
	return w
}

// FocusGained implements fyne.Focusable.
func (w *writer) FocusGained() {
	w.Editor.FocusGained()
	look.Focused(w)
	w.focus(true)
}

// FocusLost implements fyne.Focusable.
func (w *writer) FocusLost() {
	w.Editor.FocusLost()
	w.focus(false)
}

func (w *writer) focus(here bool) {
	w.c.here = here
	if !here {
		w.c.offer.show(false)
	}
	w.c.object.Refresh()
}

// showKeys has the button that sends name the key that does so too.
func (c *composer) showKeys() {
	c.send.Tip = tr.F("composer.send", "Keys", sendKeys(c.h.u.settings.CtrlSends))
}

// runShortcut sends with Ctrl and Enter, and formats; the others are the window's.
func (w *writer) runShortcut(s fyne.Shortcut) bool {
	for _, k := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter} {
		if combo(fyne.KeyModifierShortcutDefault, k).ShortcutName() == s.ShortcutName() {
			w.c.submit()
			return true
		}
	}
	return w.format(s) || w.c.h.u.runShortcut(s)
}

// TypedShortcut implements fyne.Shortcutable.
func (w *writer) TypedShortcut(s fyne.Shortcut) {
	if w.runShortcut(s) {
		w.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft}) // what it opened is told when the key is let go
		return
	}
	if p, ok := s.(*fyne.ShortcutPaste); ok && !w.c.mayPaste(p.Clipboard.Content()) {
		return
	}
	if s.ShortcutName() == redoKey().ShortcutName() {
		s = &fyne.ShortcutRedo{}
	}
	w.Editor.TypedShortcut(s)
}

// TypedKey implements fyne.Focusable.
func (w *writer) TypedKey(e *fyne.KeyEvent) {
	t := w.c.h.pane.timeline
	switch {
	case w.c.offer.key(e):
	case (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter) && !w.Shift() && !w.c.h.u.settings.CtrlSends:
		w.c.submit()
	case e.Name == fyne.KeyPageUp && !w.Long():
		t.Page(-1)
	case e.Name == fyne.KeyPageDown && !w.Long():
		t.Page(1)
	case e.Name == fyne.KeyUp && w.Text() == "" && w.c.changeLast():
	case e.Name == fyne.KeyUp && w.c.pad.edit != nil && w.Text() == w.c.pad.edit.text: // once more: to the messages
		w.c.stopEditing()
		t.Unmark()
		w.c.h.u.win.Canvas().Focus(t)
	case e.Name == fyne.KeyUp && w.Text() == "":
		t.Unmark()
		w.c.h.u.win.Canvas().Focus(t)
	case e.Name == fyne.KeyEscape || functionKey(e.Name):
		passKey(w, e)
	default:
		w.Editor.TypedKey(e)
	}
}

// Scrolled implements fyne.Scrollable.
func (w *writer) Scrolled(s *fyne.ScrollEvent) { w.Scroll(s.Scrolled.DY) }

// AcceptsTab implements fyne.Tabbable: Tab takes what is offered, else it leaves the
// composer.
func (w *writer) AcceptsTab() bool { return w.c.offer.open() }

// AccessibilityLabel implements fyne.Accessible: its name and what was typed.
func (w *writer) AccessibilityLabel() string { return spoken(w.name, w.Text()) }

// AccessibilityRole implements fyne.Accessible. The toolkit has no role for fields.
func (*writer) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }
