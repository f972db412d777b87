package editor

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Entry is the toolkit's entry of one line, whose keys and mouse go by whole letters and
// whose Undo takes back what was done at once. It is embedded like the toolkit's.
type Entry struct {
	widget.Entry
	history History
	deep    int  // changes are part of a step that has begun
	shift   bool // the key is held
	from    int  // where the pointer went down, a code point
}

var shiftKey = &fyne.KeyEvent{Name: desktop.KeyShiftLeft}

// plain reports an entry that is the toolkit's alone: each dot of a secret is a code
// point, and no other copy of it is kept.
func (e *Entry) plain() bool { return e.Password || e.Disabled() }

// Once runs f, and what it changes is one step for Undo.
func (e *Entry) Once(f func()) { e.step(false, f) }

func (e *Entry) step(typed bool, f func()) {
	if e.deep > 0 || e.plain() {
		f()
		return
	}
	before, from := e.Text, e.caret()
	e.deep++
	f()
	e.deep--
	e.history.Note(before, e.Text, from, e.caret(), typed)
}

// SetText implements the toolkit's; from outside it ends what can be undone.
func (e *Entry) SetText(text string) {
	e.Entry.SetText(text)
	if e.deep == 0 {
		e.history.Clear()
	}
}

// caret is where it stands, in bytes.
func (e *Entry) caret() int { return bytesOf(e.Text, e.CursorColumn) }

func bytesOf(text string, points int) int {
	for i := range text {
		if points == 0 {
			return i
		}
		points--
	}
	return len(text)
}

// choose selects what lies between two places, in code points; the caret stands at the
// second.
func (e *Entry) choose(from, to int) {
	e.Entry.KeyUp(shiftKey)
	e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome}) // nothing is selected any more
	e.CursorColumn = from
	if from != to {
		e.Entry.KeyDown(shiftKey) // it begins to select where the caret is
		e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
		e.CursorColumn = to
		e.Entry.KeyUp(shiftKey)
	}
	if e.shift {
		e.Entry.KeyDown(shiftKey)
	}
	e.Refresh()
}

// TypedRune implements fyne.Focusable.
func (e *Entry) TypedRune(r rune) {
	e.step(true, func() { e.Entry.TypedRune(r) })
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	if e.plain() {
		e.Entry.TypedKey(k)
		return
	}
	switch k.Name {
	case fyne.KeyBackspace, fyne.KeyDelete:
		e.step(true, func() { e.takeBack(k) })
	case fyne.KeyLeft, fyne.KeyRight:
		e.history.Close()
		selected := e.SelectedText() != ""
		e.Entry.TypedKey(k)
		if !selected || e.shift { // else to the end of what was selected
			e.settle(k.Name == fyne.KeyRight)
		}
	default:
		e.history.Close()
		e.Entry.TypedKey(k)
	}
}

// takeBack is Backspace or Delete.
func (e *Entry) takeBack(k *fyne.KeyEvent) {
	if e.SelectedText() != "" {
		e.Entry.TypedKey(k)
		return
	}
	at := e.caret()
	start, end := LetterAt(e.Text, at)
	if k.Name == fyne.KeyBackspace {
		if at == 0 {
			return
		}
		start, end = LetterAt(e.Text, at-1)
		if end == at && oneByOne(e.Text[start:end]) {
			_, n := utf8.DecodeLastRuneInString(e.Text[:at])
			start = at - n
		}
	}
	if start == end {
		return
	}
	runes := utf8.RuneCountInString(e.Text[:start])
	e.choose(runes, runes+utf8.RuneCountInString(e.Text[start:end]))
	e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
}

// settle moves the caret out of a letter.
func (e *Entry) settle(right bool) {
	at := e.caret()
	start, end := LetterAt(e.Text, at)
	if at <= start {
		return
	}
	if right {
		start = end
	}
	e.CursorColumn = utf8.RuneCountInString(e.Text[:start])
	e.Refresh()
}

// TypedShortcut implements fyne.Shortcutable.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if e.plain() {
		e.Entry.TypedShortcut(s)
		return
	}
	switch s.(type) {
	case *fyne.ShortcutUndo:
		e.restore(e.history.Undo(e.Text))
	case *fyne.ShortcutRedo:
		e.restore(e.history.Redo(e.Text))
	default:
		e.Once(func() { e.Entry.TypedShortcut(s) })
	}
}

// restore shows a text of before.
func (e *Entry) restore(text string, caret int, ok bool) {
	if !ok {
		return
	}
	e.deep++
	e.choose(0, 0)
	e.SetText(text)
	at := utf8.RuneCountInString(text[:min(caret, len(text))])
	e.choose(at, at)
	e.deep--
}

// MouseDown implements desktop.Mouseable: the caret stands beside a letter.
func (e *Entry) MouseDown(m *desktop.MouseEvent) {
	e.Entry.MouseDown(m)
	if e.plain() || m.Button == desktop.MouseButtonSecondary && e.SelectedText() != "" {
		return
	}
	e.history.Close()
	e.settle(false)
	if !e.shift {
		e.from = e.CursorColumn
	}
}

// Dragged implements fyne.Draggable: what is selected are whole letters.
func (e *Entry) Dragged(d *fyne.DragEvent) {
	e.Entry.Dragged(d)
	if e.plain() {
		return
	}
	e.settle(e.CursorColumn > e.from)
	if !e.shift {
		e.choose(e.from, e.CursorColumn)
	}
}

// KeyDown implements desktop.Keyable.
func (e *Entry) KeyDown(k *fyne.KeyEvent) {
	e.shift = e.shift || isShift(k)
	e.Entry.KeyDown(k)
}

// KeyUp implements desktop.Keyable.
func (e *Entry) KeyUp(k *fyne.KeyEvent) {
	e.shift = e.shift && !isShift(k)
	e.Entry.KeyUp(k)
}

// FocusLost implements fyne.Focusable.
func (e *Entry) FocusLost() {
	e.shift = false
	e.history.Close()
	e.Entry.FocusLost()
}

func isShift(k *fyne.KeyEvent) bool {
	return k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight
}
