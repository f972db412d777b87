package ui

import (
	"fyne.io/fyne/v2"

	"hearth/ui/tr"
)

// writer is the entry of the composer: Enter sends, Shift+Enter breaks the line.
type writer struct {
	input
	c *composer
}

func newWriter(c *composer) *writer {
	w := &writer{c: c}
	w.input.self = w
	w.MultiLine = true
	w.Wrapping = fyne.TextWrapWord
	w.OnChanged = c.changed
	w.moved = func() {
		if c.offer != nil {
			c.offer.follow()
		}
	}
	w.input.shortcut = w.runShortcut
	w.input.paste = c.mayPaste
	w.input.focus = func(here bool) {
		c.here = here
		if !here {
			c.offer.show(false)
		}
		c.object.Refresh()
	}
	w.ExtendBaseWidget(w)
	w.SetMinRowsVisible(1)
	return w
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

// TypedKey implements fyne.Focusable.
func (w *writer) TypedKey(e *fyne.KeyEvent) {
	t := w.c.h.pane.timeline
	switch {
	case w.c.offer.key(e):
	case (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter) && !w.shift && !w.c.h.u.settings.CtrlSends:
		w.c.submit()
	case e.Name == fyne.KeyPageUp:
		t.Page(-1)
	case e.Name == fyne.KeyPageDown:
		t.Page(1)
	case e.Name == fyne.KeyUp && w.Text == "" && w.c.changeLast():
	case e.Name == fyne.KeyUp && w.c.pad.edit != nil && w.Text == w.c.pad.edit.text: // once more: to the messages
		w.c.stopEditing()
		t.Unmark()
		w.c.h.u.win.Canvas().Focus(t)
	case e.Name == fyne.KeyUp && w.Text == "":
		t.Unmark()
		w.c.h.u.win.Canvas().Focus(t)
	default:
		w.input.TypedKey(e)
	}
}

// AcceptsTab implements fyne.Tabbable: Tab takes what is offered, else it leaves the
// composer.
func (w *writer) AcceptsTab() bool { return w.c.offer.open() }
