package emoji

import (
	"fyne.io/fyne/v2"

	"hearth/ui/editor"
)

// entry is the search field: it gives the picker what moves the mark.
type entry struct {
	editor.Editor
	key   func(*fyne.KeyEvent) bool // asked first; true if used
	focus func(bool)                // told
}

func newEntry(hint string) *entry {
	e := &entry{}
	e.InitLine()
	e.Self = e
	e.SetHint(hint)
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey implements fyne.Focusable.
func (e *entry) TypedKey(k *fyne.KeyEvent) {
	if !e.key(k) {
		e.Editor.TypedKey(k)
	}
}

// FocusGained implements fyne.Focusable.
func (e *entry) FocusGained() {
	e.Editor.FocusGained()
	e.focus(true)
}

// FocusLost implements fyne.Focusable.
func (e *entry) FocusLost() {
	e.Editor.FocusLost()
	e.focus(false)
}

// TypedShortcut implements fyne.Shortcutable. What is pasted here is short, or it
// is a mistake.
func (e *entry) TypedShortcut(s fyne.Shortcut) {
	if p, ok := s.(*fyne.ShortcutPaste); ok && len(p.Clipboard.Content()) > 200 {
		return
	}
	e.Editor.TypedShortcut(s)
}

// beforeIcon leaves room for the icon at the right end of the field, where a search in
// Hebrew or Arabic begins.
type beforeIcon struct{}

// Layout implements fyne.Layout.
func (beforeIcon) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(fyne.NewSize(size.Width-iconRoom, size.Height))
}

// MinSize implements fyne.Layout.
func (beforeIcon) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(iconRoom, 0)
}
