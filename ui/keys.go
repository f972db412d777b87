package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// keyCommand is one shortcut of the window, as the sheet of shortcuts and the
// switcher show it.
type keyCommand struct {
	shortcut *desktop.CustomShortcut
	keys     string // as people read it, made from the shortcut
	words    tr.Key
	icon     look.Icon
	run      func(*home)
}

func combo(mod fyne.KeyModifier, key fyne.KeyName) *desktop.CustomShortcut {
	return &desktop.CustomShortcut{Modifier: mod, KeyName: key}
}

// keyNames are keys whose name is not what stands on them.
var keyNames = map[fyne.KeyName]string{fyne.KeyUp: "↑", fyne.KeyDown: "↓", fyne.KeyLeft: "←", fyne.KeyRight: "→", fyne.KeyReturn: "Enter"}

// keyText is a shortcut as people read it.
func keyText(s *desktop.CustomShortcut) string {
	text := ""
	for _, m := range []struct {
		bit  fyne.KeyModifier
		name string
	}{{fyne.KeyModifierControl, "Ctrl"}, {fyne.KeyModifierSuper, "Cmd"}, {fyne.KeyModifierAlt, "Alt"}, {fyne.KeyModifierShift, "Shift"}} {
		if s.Modifier&m.bit != 0 {
			text += m.name + "+"
		}
	}
	if name, ok := keyNames[s.KeyName]; ok {
		return text + name
	}
	return text + string(s.KeyName)
}

// keyCommands returns the shortcuts that work on the main page wherever the focus
// is. It is the one table of them: the window listens to it, the sheet and the
// switcher show it.
func keyCommands() []keyCommand {
	const ctrl, alt, shift = fyne.KeyModifierShortcutDefault, fyne.KeyModifierAlt, fyne.KeyModifierShift
	list := []keyCommand{
		{combo(ctrl, fyne.KeyK), "", "keys.switch", look.IconForward, (*home).showSwitcher},
		{combo(ctrl, fyne.KeyF), "", "keys.search", look.IconSearch, (*home).showSearch},
		{combo(ctrl, fyne.KeyJ), "", "date.jump", look.IconClock, (*home).showRoomDates},
		{combo(alt, fyne.KeyUp), "", "keys.previous", look.IconUp, func(h *home) { h.step(-1) }},
		{combo(alt, fyne.KeyDown), "", "keys.next", look.IconDown, func(h *home) { h.step(1) }},
		{backKey(), "", "keys.back", look.IconBack, (*home).goBackward},
		{forwardKey(), "", "keys.forward", look.IconNext, (*home).goForward},
		{combo(alt, fyne.KeyHome), "", "keys.unread", look.IconArrowUp, func(h *home) { h.pane.toUnread() }},
		{combo(ctrl, fyne.KeyN), "", "keys.new_room", look.IconAdd, (*home).showNewRoom},
		{combo(ctrl, fyne.KeyO), "", "keys.browse", look.IconHash, (*home).showBrowse},
		{combo(ctrl|shift, fyne.KeyI), "", "keys.invite", look.IconInvite, (*home).showInvite},
		{combo(ctrl, fyne.KeyM), "", "keys.members", look.IconPeople, (*home).toggleMembers},
		{combo(ctrl, fyne.KeyU), "", "keys.attach", look.IconClip, func(h *home) { h.pane.composer.chooseFiles() }},
		{combo(ctrl, fyne.KeyE), "", "drafts.title", look.IconEdit, (*home).showDrafts},
		{combo(ctrl|shift, fyne.KeyB), "", "keys.outbox", look.IconSend, (*home).showOutbox},
		{combo(ctrl, fyne.KeyD), "", "keys.connection", look.IconServer, (*home).showConnection},
		{combo(ctrl, fyne.KeyComma), "", "keys.settings", look.IconSettings, func(h *home) { h.u.showSettings() }},
		{combo(ctrl, fyne.KeySlash), "", "keys.sheet", look.IconKeys, func(h *home) { h.u.showKeys() }},
	}
	for i := range list {
		list[i].keys = keyText(list[i].shortcut)
	}
	return list
}

// keysOf is the shortcut of a command as people read it, on this system.
func keysOf(words tr.Key) string {
	for _, k := range keyCommands() {
		if k.words == words {
			return k.keys
		}
	}
	return ""
}

// heldKeys are the modifiers that are held down; a click does not say which.
func (w *Window) heldKeys() fyne.KeyModifier {
	if d, ok := w.fyne.Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}

// redoKey is the other shortcut, besides the toolkit's, that takes back an undo.
func redoKey() *desktop.CustomShortcut {
	return combo(fyne.KeyModifierShortcutDefault|fyne.KeyModifierShift, fyne.KeyZ)
}

// otherKey is a line of the sheet for keys that a widget takes itself.
type otherKey struct {
	keys  string
	words tr.Key
}

// otherKeys complete the sheet.
func otherKeys(ctrlSends bool) []otherKey {
	line := "Shift+Enter"
	if ctrlSends {
		line = "Enter, " + line
	}
	list := []otherKey{
		{sendKeys(ctrlSends), "keys.send"},
		{line, "keys.line"},
	}
	for _, f := range formats() {
		list = append(list, otherKey{keyText(f.shortcut), f.words})
	}
	return append(list, []otherKey{
		{"↑", "keys.change"},
		{"↑, ↑", "keys.timeline"},
		{"Shift+↑, Shift+↓", "keys.select"},
		{"Enter, Menu, Shift+F10", "keys.menu"},
		{tr.S("keys.space"), "keys.pick"},
		{"Del", "keys.delete_picked"},
		{"PgUp, PgDn", "keys.page"},
		{"Home, End", "keys.ends"},
		{keyText(combo(fyne.KeyModifierShortcutDefault, fyne.KeyZ)) + ", " + keyText(redoKey()), "keys.undo"},
		{"Tab", "keys.tab"},
		{"Esc", "keys.escape"},
		{keyText(groupKey(0)) + " … 9", "keys.group"},
		{keyText(carryUp()) + ", " + keyText(carryDown()), "keys.move_group"},
		{"F1", "keys.sheet"},
	}...)
}

// pictureKeys are those of the viewer.
func pictureKeys() []otherKey {
	return []otherKey{
		{"←, →", "keys.step"},
		{"+, −, 0", "keys.zoom"},
		{"S", "keys.save"},
		{"Esc", "keys.leave"},
	}
}

// sendKeys is the key that sends a message, as people read it.
func sendKeys(ctrlSends bool) string {
	if ctrlSends {
		return keyText(combo(fyne.KeyModifierShortcutDefault, fyne.KeyReturn))
	}
	return "Enter"
}

// addKeys makes the window listen to its shortcuts. Entries hand theirs on by
// [UI.runShortcut].
func (w *Window) addKeys(c fyne.Canvas) {
	for _, k := range keyCommands() {
		c.AddShortcut(k.shortcut, func(s fyne.Shortcut) { w.shown.runShortcut(s) })
	}
	for n := range groupKeys {
		c.AddShortcut(groupKey(n), func(s fyne.Shortcut) { w.shown.runShortcut(s) })
	}
	c.AddShortcut(&fyne.ShortcutPaste{}, func(s fyne.Shortcut) { w.shown.pasted(s) })
	c.SetOnTypedKey(func(e *fyne.KeyEvent) { w.shown.typedKey(e) })
	c.SetOnTypedRune(func(r rune) { w.shown.typedRune(r) })
}

// groupKeys is how many groups have a key of their own.
const groupKeys = 9

// groupKey is the shortcut of the group at a place. Not with Alt: together with Ctrl
// that is the third level of many keyboards, with signs on the digits.
func groupKey(at int) *desktop.CustomShortcut {
	return combo(fyne.KeyModifierShortcutDefault, fyne.KeyName(rune('1'+at)))
}

// runShortcut runs a shortcut of the window; it reports whether it was one. Under
// what lies over the window, be it a dialog, a menu or a picture, nothing runs, but
// the shortcut is taken.
func (u *UI) runShortcut(s fyne.Shortcut) bool {
	for n := range groupKeys {
		if groupKey(n).ShortcutName() == s.ShortcutName() {
			if n < len(u.all) && !u.covered() {
				u.show(u.all[n])
			}
			return true
		}
	}
	for _, k := range keyCommands() {
		if k.shortcut.ShortcutName() != s.ShortcutName() {
			continue
		}
		if u.home != nil && !u.covered() {
			k.run(u.home)
		}
		return true
	}
	return false
}

// covered reports whether something lies over the window that has the keyboard.
func (w *Window) covered() bool { return w.win.Canvas().Overlays().Top() != nil }

// typedRune gets characters while nothing has the keyboard: they belong to the composer
// of the room in view, as those do that are typed over its messages.
func (u *UI) typedRune(r rune) {
	if u.lateRune(r) {
		return
	}
	if t := u.underKeys(); t != nil {
		t.TypedRune(r)
	}
}

// pasted gets what is pasted while nothing has the keyboard that takes it.
func (u *UI) pasted(s fyne.Shortcut) {
	if t := u.underKeys(); t != nil {
		t.TypedShortcut(s)
	}
}

// underKeys are the messages that get what is typed while nothing has the keyboard; nil if
// none are in view.
func (u *UI) underKeys() *timeline.Timeline {
	if h := u.home; h != nil && !u.covered() && !h.room.IsZero() && h.pane.object.Visible() {
		return h.pane.timeline
	}
	return nil
}

// typedKey gets keys that no widget used.
func (u *UI) typedKey(e *fyne.KeyEvent) {
	if u.lateKey(e) {
		return
	}
	switch e.Name {
	case fyne.KeyBackspace:
		if t := u.underKeys(); t != nil && u.win.Canvas().Focused() == nil {
			t.TypedKey(e)
		}
	case fyne.KeyEscape:
		if u.viewer != nil && u.win.Canvas().Overlays().Top() == u.viewer.layer {
			u.viewer.close()
		} else if len(u.dialogs) > 0 {
			u.dialogs[len(u.dialogs)-1].Close()
		} else if u.home != nil {
			u.home.escape()
		} else if u.back != nil {
			u.back()
		}
	case fyne.KeyF1:
		if !u.covered() {
			u.showKeys()
		}
	default:
		u.scrollKey(e.Name)
	}
}

// scrollKey scrolls what is in view by a key that no widget there uses: the dialog on top, the
// page, or the messages.
func (u *UI) scrollKey(k fyne.KeyName) {
	var p *page
	switch n := len(u.dialogs); {
	case n > 0 && u.win.Canvas().Overlays().Top() == u.dialogs[n-1].layer:
		p = u.dialogs[n-1].shownPart()
	case u.covered():
	case u.home == nil:
		p = u.flow
	default:
		if t := u.underKeys(); t != nil && k == fyne.KeyPageUp {
			t.Page(-1)
		} else if t != nil && k == fyne.KeyPageDown {
			t.Page(1)
		}
	}
	if p != nil {
		scrollByKey(p.scroll, k)
	}
}
