package emoji

import (
	"fyne.io/fyne/v2"

	"hearth/ui/editor"
	"hearth/ui/look"
)

// entry is the search field: it gives the picker what moves the mark.
type entry struct {
	editor.Entry
	key   func(*fyne.KeyEvent) bool // asked first; true if used
	focus func(bool)                // told
}

func newEntry(hint string) *entry {
	e := &entry{}
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	e.SetPlaceHolder(hint)
	e.ExtendBaseWidget(e)
	return e
}

// CreateRenderer implements fyne.Widget.
func (e *entry) CreateRenderer() fyne.WidgetRenderer {
	r := look.LaidEntry(&e.Entry.Entry, e.Entry.CreateRenderer())
	e.OnCursorChanged = look.ShowCaret(&e.Entry.Entry, r)
	e.OnCursorChanged()
	return r
}

// TypedKey implements fyne.Focusable.
func (e *entry) TypedKey(k *fyne.KeyEvent) {
	if !e.key(k) {
		e.Entry.TypedKey(k)
	}
}

// FocusGained implements fyne.Focusable.
func (e *entry) FocusGained() {
	e.Entry.FocusGained()
	e.focus(true)
}

// FocusLost implements fyne.Focusable.
func (e *entry) FocusLost() {
	e.Entry.FocusLost()
	e.focus(false)
}

// TypedShortcut implements fyne.Shortcutable. What is pasted here is short, or it
// is a mistake.
func (e *entry) TypedShortcut(s fyne.Shortcut) {
	if p, ok := s.(*fyne.ShortcutPaste); ok && len(p.Clipboard.Content()) > 200 {
		return
	}
	e.Entry.TypedShortcut(s)
}

// TappedSecondary implements fyne.SecondaryTappable with a menu of our own look.
func (e *entry) TappedSecondary(ev *fyne.PointEvent) {
	editor.ShowMenu(e, ev.AbsolutePosition, e.SelectedText() != "", false)
}
