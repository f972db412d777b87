package editor

import (
	"fyne.io/fyne/v2"

	"hearth/ui/look"
	"hearth/ui/tr"
)

// field is what a menu works on.
type field interface {
	fyne.CanvasObject
	fyne.Focusable
	fyne.Shortcutable
}

// showMenu shows the menu of a field; some says that something is selected that may be
// copied.
func showMenu(f field, at fyne.Position, some, disabled bool) {
	c := fyne.CurrentApp().Driver().CanvasForObject(f)
	if c == nil {
		return
	}
	clip := fyne.CurrentApp().Clipboard()
	do := func(s fyne.Shortcut) func() { return func() { f.TypedShortcut(s) } }
	look.ShowMenu(c, at, []look.MenuItem{
		{Text: tr.S("edit.cut"), Off: !some || disabled, Action: do(&fyne.ShortcutCut{Clipboard: clip})},
		{Text: tr.S("edit.copy"), Icon: look.IconCopy, Off: !some, Action: do(&fyne.ShortcutCopy{Clipboard: clip})},
		{Text: tr.S("edit.paste"), Icon: look.IconPaste, Off: disabled, Action: do(&fyne.ShortcutPaste{Clipboard: clip})},
		{},
		{Text: tr.S("edit.select_all"), Action: do(&fyne.ShortcutSelectAll{})},
	})
}
