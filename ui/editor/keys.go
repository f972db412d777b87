package editor

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// TypedKey implements fyne.Focusable.
func (e *Editor) TypedKey(k *fyne.KeyEvent) {
	if e.Disabled() {
		return
	}
	b := &e.buffer
	switch k.Name {
	case fyne.KeyLeft, fyne.KeyRight:
		e.change(func() { b.Step(k.Name == fyne.KeyRight, e.shift) })
	case fyne.KeyUp:
		e.line(-1)
	case fyne.KeyDown:
		e.line(1)
	case fyne.KeyHome:
		e.edge(false)
	case fyne.KeyEnd:
		e.edge(true)
	case fyne.KeyPageUp:
		e.page(-1)
	case fyne.KeyPageDown:
		e.page(1)
	case fyne.KeyBackspace:
		e.change(b.Backspace)
	case fyne.KeyDelete:
		e.change(b.Delete)
	case fyne.KeyReturn, fyne.KeyEnter:
		e.enter()
	case fyne.KeyTab:
		if !b.line {
			e.change(func() { b.Type('\t') })
		}
	}
}

// enter breaks the line; a field of one line is done with it.
func (e *Editor) enter() {
	if !e.buffer.line {
		e.change(func() { e.buffer.Type('\n') })
	} else if e.OnSubmitted != nil {
		e.OnSubmitted(e.Text())
	}
}

// line moves the caret up or down, as straight as it can.
func (e *Editor) line(by int) {
	l, b := e.layout(), &e.buffer
	if len(l.Lines) == 0 {
		return
	}
	at := e.caretAt()
	goal := e.goal
	if goal < 0 {
		goal = at.X
	}
	from := l.LineAt(e.shown(b.Caret()), e.late)
	to := from + by
	e.change(func() {
		switch {
		case to < 0:
			b.Move(0, e.shift)
		case to >= len(l.Lines):
			b.Move(len(b.Text()), e.shift)
		default:
			e.moveTo(fyne.NewPos(goal, l.Lines[to].Y+1), e.shift)
		}
	})
	if to >= 0 && to < len(l.Lines) {
		e.goal = goal
	}
}

// page moves the caret by as much as is in view less a line, or to the end of a text
// that is in view whole.
func (e *Editor) page(direction int) {
	by := len(e.layout().Lines)
	if e.Long() {
		by = max(1, int((e.visible()+0.5)/e.font().Line)-1)
	}
	e.line(direction * by)
}

// edge moves the caret to the beginning or the end of its line.
func (e *Editor) edge(end bool) {
	l := e.layout()
	if len(l.Lines) == 0 {
		return
	}
	line := l.Lines[l.LineAt(e.shown(e.buffer.Caret()), e.late)]
	e.change(func() {
		if end {
			e.buffer.Move(e.written(line.End), e.shift)
			e.late = true
		} else {
			e.buffer.Move(e.written(line.Start), e.shift)
		}
	})
}

// moveTo puts the caret at the border of letters that is nearest to a place of the
// layout.
func (e *Editor) moveTo(pos fyne.Position, extend bool) {
	l := e.layout()
	at, _ := l.Hit(pos)
	e.buffer.Move(e.written(at), extend)
	if i := l.LineAt(at, false); i > 0 && l.Lines[i].Y > pos.Y { // it begins the next line, too
		e.late = true
	}
}

// wordModifier is what makes the arrow keys go by words.
func wordModifier() fyne.KeyModifier {
	if runtime.GOOS == "darwin" {
		return fyne.KeyModifierAlt
	}
	return fyne.KeyModifierShortcutDefault
}

// TypedShortcut implements fyne.Shortcutable.
func (e *Editor) TypedShortcut(s fyne.Shortcut) {
	b := &e.buffer
	switch s := s.(type) {
	case *fyne.ShortcutCopy:
		e.copy(s.Clipboard)
		return
	case *fyne.ShortcutSelectAll:
		e.change(func() { b.Select(0, len(b.Text())) })
		return
	}
	if e.Disabled() {
		return
	}
	switch s := s.(type) {
	case *fyne.ShortcutUndo:
		e.change(func() { b.Undo() })
	case *fyne.ShortcutRedo:
		e.change(func() { b.Redo() })
	case *fyne.ShortcutCut:
		if b.Selected() != "" && !b.hidden {
			e.copy(s.Clipboard)
			e.change(func() { b.Insert("") })
		}
	case *fyne.ShortcutPaste:
		if text := s.Clipboard.Content(); text != "" {
			e.Insert(text)
		}
	case *desktop.CustomShortcut:
		e.combined(s)
	}
}

func (e *Editor) copy(to fyne.Clipboard) {
	if text := e.buffer.Selected(); text != "" && !e.buffer.hidden {
		to.SetContent(text)
	}
}

// combined is a key of the editor with others held.
func (e *Editor) combined(s *desktop.CustomShortcut) {
	b := &e.buffer
	extend := s.Modifier&fyne.KeyModifierShift != 0
	modifier := s.Modifier &^ fyne.KeyModifierShift
	right := s.KeyName == fyne.KeyRight
	if runtime.GOOS == "darwin" && modifier == fyne.KeyModifierSuper && (right || s.KeyName == fyne.KeyLeft) {
		e.edge(right)
		return
	}
	if modifier != wordModifier() {
		return
	}
	switch s.KeyName {
	case fyne.KeyLeft, fyne.KeyRight:
		e.change(func() { b.StepWord(right, extend) })
	case fyne.KeyHome:
		e.change(func() { b.Move(0, extend) })
	case fyne.KeyEnd:
		e.change(func() { b.Move(len(b.Text()), extend) })
	case fyne.KeyBackspace, fyne.KeyDelete:
		e.change(func() { b.EraseWord(s.KeyName == fyne.KeyDelete) })
	}
}

func isShift(k *fyne.KeyEvent) bool {
	return k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight
}
