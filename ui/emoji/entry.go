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

// mostPasted is how much is taken of what is pasted: a search is short.
const mostPasted = 200

// TypedShortcut implements fyne.Shortcutable. Of a long text its beginning is pasted.
func (e *entry) TypedShortcut(s fyne.Shortcut) {
	if p, ok := s.(*fyne.ShortcutPaste); ok {
		if text := p.Clipboard.Content(); !editor.IsText(text) {
			return // all of it is judged, not its beginning
		} else if begin := []rune(text); len(begin) > mostPasted {
			s = &fyne.ShortcutPaste{Clipboard: beginning(begin[:mostPasted])}
		}
	}
	e.Editor.TypedShortcut(s)
}

// beginning is a clipboard that only has the beginning of what is in another one.
type beginning string

// Content implements fyne.Clipboard.
func (b beginning) Content() string { return string(b) }

// SetContent implements fyne.Clipboard.
func (beginning) SetContent(string) {}

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
