package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/ui/tr"
)

// keyCommand is one shortcut of the window, as the sheet of shortcuts shows it.
type keyCommand struct {
	shortcut *desktop.CustomShortcut
	keys     string // as people read it
	words    tr.Key
	run      func(*home)
}

func combo(mod fyne.KeyModifier, key fyne.KeyName) *desktop.CustomShortcut {
	return &desktop.CustomShortcut{Modifier: mod, KeyName: key}
}

// keyCommands returns the shortcuts that work on the main page wherever the focus is.
func keyCommands() []keyCommand {
	return []keyCommand{
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeyK), "Ctrl+K", "keys.switch", (*home).showSwitcher},
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeyF), "Ctrl+F", "keys.search", (*home).showSearch},
		{combo(fyne.KeyModifierAlt, fyne.KeyUp), "Alt+↑", "keys.previous", func(h *home) { h.step(-1) }},
		{combo(fyne.KeyModifierAlt, fyne.KeyDown), "Alt+↓", "keys.next", func(h *home) { h.step(1) }},
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeyN), "Ctrl+N", "keys.new_room", (*home).showNewRoom},
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeyO), "Ctrl+O", "keys.browse", (*home).showBrowse},
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeyI), "Ctrl+I", "keys.invite", (*home).showInvite},
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeyM), "Ctrl+M", "keys.members", (*home).toggleMembers},
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeyD), "Ctrl+D", "keys.connection", (*home).showConnection},
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeyB), "Ctrl+B", "keys.outbox", (*home).showOutbox},
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeyComma), "Ctrl+,", "keys.settings", func(h *home) { h.u.showSettings() }},
		{combo(fyne.KeyModifierShortcutDefault, fyne.KeySlash), "Ctrl+/", "keys.sheet", func(h *home) { h.u.showKeys() }},
	}
}

// otherKeys complete the sheet: keys that widgets take themselves.
var otherKeys = []struct {
	keys  string
	words tr.Key
}{
	{"Enter", "keys.send"},
	{"Shift+Enter", "keys.line"},
	{"↑", "keys.timeline"},
	{"PgUp, PgDn", "keys.page"},
	{"Tab", "keys.tab"},
	{"Esc", "keys.escape"},
	{"F1", "keys.sheet"},
}

// addKeys makes the window listen to its shortcuts. Entries hand theirs on by
// [UI.runShortcut].
func (u *UI) addKeys(c fyne.Canvas) {
	for _, k := range keyCommands() {
		c.AddShortcut(k.shortcut, func(s fyne.Shortcut) { u.runShortcut(s) })
	}
	c.SetOnTypedKey(u.typedKey)
}

// runShortcut runs a shortcut of the window; it reports whether it was one. Over
// a dialog nothing runs, but the shortcut is taken.
func (u *UI) runShortcut(s fyne.Shortcut) bool {
	for _, k := range keyCommands() {
		if k.shortcut.ShortcutName() != s.ShortcutName() {
			continue
		}
		if u.home != nil && len(u.dialogs) == 0 {
			k.run(u.home)
		}
		return true
	}
	return false
}

// typedKey gets keys that no widget used.
func (u *UI) typedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		if len(u.dialogs) > 0 {
			u.dialogs[len(u.dialogs)-1].Close()
		} else if u.home != nil {
			u.home.escape()
		} else if u.back != nil {
			u.back()
		}
	case fyne.KeyF1:
		if len(u.dialogs) == 0 {
			u.showKeys()
		}
	}
}
