package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/ui/tr"
)

// format is a key of the composer that puts marks of markup around what is selected.
type format struct {
	shortcut *desktop.CustomShortcut
	mark     string
	words    tr.Key
}

// formats are the keys that format, in the order of the sheet.
func formats() []format {
	const ctrl, shift = fyne.KeyModifierShortcutDefault, fyne.KeyModifierShift
	return []format{
		{combo(ctrl, fyne.KeyB), "**", "keys.bold"},
		{combo(ctrl, fyne.KeyI), "*", "keys.italic"},
		{combo(ctrl|shift, fyne.KeyX), "~~", "keys.strike"},
		{combo(ctrl|shift, fyne.KeyC), codeMark, "keys.code"},
	}
}

const codeMark = "`"

// format puts marks around what is selected, or takes them away; without a selection
// around what will be typed next. It reports whether the shortcut was one of these.
func (w *writer) format(s fyne.Shortcut) bool {
	for _, f := range formats() {
		if f.shortcut.ShortcutName() != s.ShortcutName() {
			continue
		}
		if chosen := w.Selected(); chosen != "" {
			now := marked(chosen, f.mark)
			w.Once(func() {
				w.Insert(now)
				w.Select(w.Caret()-len(now), w.Caret()) // once more, and the marks are gone
			})
			return true
		}
		w.Once(func() {
			w.Insert(f.mark + f.mark)
			at := w.Caret() - len(f.mark)
			w.Select(at, at)
		})
		return true
	}
	return false
}

// marked returns a text with marks around the words of each line, or without them if
// they are there. Blanks stay outside: marks beside a blank would be letters
// (CommonMark 0.31, 6.2). Several lines of code become a block.
func marked(text, mark string) string {
	if mark == codeMark {
		return codeMarked(text)
	}
	lines := strings.Split(text, "\n")
	on := false
	for _, line := range lines {
		if core := strings.TrimSpace(line); core != "" && !has(core, mark) {
			on = true
		}
	}
	for i, line := range lines {
		core := strings.TrimSpace(line)
		if core == "" {
			continue
		}
		before, after, _ := strings.Cut(line, core)
		if has(core, mark) {
			core = core[len(mark) : len(core)-len(mark)]
		}
		if on {
			core = mark + core + mark
		}
		lines[i] = before + core + after
	}
	return strings.Join(lines, "\n")
}

// has reports whether a text stands between marks. One star more makes it bold, and is
// no mark of its own.
func has(text, mark string) bool {
	if len(text) <= 2*len(mark) || !strings.HasPrefix(text, mark) || !strings.HasSuffix(text, mark) {
		return false
	}
	if mark != "*" {
		return true
	}
	stars := len(text) - len(strings.TrimLeft(text, "*"))
	return stars == 1 || stars == 3
}

// codeMarked is marked for code, which no other mark works in.
func codeMarked(text string) string {
	const fence = codeMark + codeMark + codeMark
	if core := strings.Trim(text, "\n"); strings.Contains(core, "\n") {
		if inner, ok := strings.CutPrefix(core, fence+"\n"); ok && strings.HasSuffix(inner, "\n"+fence) {
			return strings.TrimSuffix(inner, "\n"+fence)
		}
		return fence + "\n" + core + "\n" + fence
	}
	switch {
	case has(text, codeMark):
		return text[1 : len(text)-1]
	case strings.Contains(text, codeMark):
		return codeMark + codeMark + " " + text + " " + codeMark + codeMark
	}
	return codeMark + text + codeMark
}
