package editor

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/ui/textblock"
)

// doubleClick is how quickly the next click must follow.
const doubleClick = 400 * time.Millisecond

// inside is a point of the editor in its layout.
func (e *Editor) inside(pos fyne.Position) fyne.Position {
	if e.buffer.line {
		return fyne.NewPos(pos.X-Pad+e.left(), e.font().Line/2)
	}
	at := pos.SubtractXY(Pad, Pad-e.top)
	return fyne.NewPos(at.X, max(0, at.Y))
}

// MouseDown implements desktop.Mouseable.
func (e *Editor) MouseDown(m *desktop.MouseEvent) {
	if e.Disabled() {
		return
	}
	first := e.Whole && !e.here
	e.reached.pressed = true
	e.takeFocus()
	e.reached.pressed = false
	if m.Button == desktop.MouseButtonSecondary && e.buffer.Selected() != "" {
		return // the menu is about it
	}
	near := m.Position.Subtract(e.pressed.pos)
	now := time.Now()
	if m.Button == desktop.MouseButtonPrimary && now.Sub(e.pressed.at) < doubleClick && near.X*near.X+near.Y*near.Y < 25 {
		e.pressed.clicks++
	} else {
		e.pressed.clicks = 1
	}
	e.pressed.at, e.pressed.pos = now, m.Position
	if first && m.Modifier&fyne.KeyModifierShift == 0 { // all of it is selected
		e.pressed.clicks = 1
		e.pressed.from = e.around(m.Position)
		return
	}
	e.change(func() { e.press(m) })
}

// takeFocus asks for the keyboard.
func (e *Editor) takeFocus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(e.Self.(fyne.CanvasObject)); c != nil {
		c.Focus(e.Self)
	}
}

func (e *Editor) press(m *desktop.MouseEvent) {
	if m.Modifier&fyne.KeyModifierShift != 0 && e.pressed.clicks == 1 {
		e.moveTo(e.inside(m.Position), true)
		e.pressed.from = textblock.Range{Start: e.buffer.anchor, End: e.buffer.anchor}
		return
	}
	e.pressed.from = e.around(m.Position)
	if e.pressed.clicks == 1 {
		e.moveTo(e.inside(m.Position), false)
		return
	}
	e.buffer.Select(e.pressed.from.Start, e.pressed.from.End)
}

// around is what is selected at a point: nothing, after two clicks a word, after three
// the line.
func (e *Editor) around(pos fyne.Position) textblock.Range {
	l, text := e.layout(), e.Text()
	at, _ := l.Hit(e.inside(pos))
	place := e.written(at)
	if e.buffer.hidden && e.pressed.clicks > 1 {
		return textblock.Range{End: len(text)}
	}
	switch under := l.At(e.inside(pos)); {
	case e.pressed.clicks == 2 && under >= 0:
		start, end := l.Text.Word(under)
		return textblock.Range{Start: e.written(start), End: e.written(end)}
	case e.pressed.clicks == 2 && place > 0 && text[place-1] != '\n': // behind the end of a line
		start, end := l.Text.Word(e.shown(letterBefore(text, place)))
		return textblock.Range{Start: e.written(start), End: e.written(end)}
	case e.pressed.clicks > 2:
		start := strings.LastIndexByte(text[:place], '\n') + 1
		end := len(text)
		if n := strings.IndexByte(text[place:], '\n'); n >= 0 {
			end = place + n
		}
		return textblock.Range{Start: start, End: end}
	}
	return textblock.Range{Start: place, End: place}
}

// MouseUp implements desktop.Mouseable.
func (e *Editor) MouseUp(*desktop.MouseEvent) {}

// Dragged implements fyne.Draggable: selects from where the pointer went down.
func (e *Editor) Dragged(d *fyne.DragEvent) {
	if e.Disabled() || e.pressed.clicks == 0 {
		return
	}
	from := e.pressed.from
	to := e.around(d.Position)
	e.change(func() {
		if to.Start < from.Start {
			e.buffer.Select(from.End, to.Start)
		} else {
			e.buffer.Select(from.Start, max(to.End, from.End))
		}
	})
}

// DragEnd implements fyne.Draggable. Where the button is let go over nothing that takes
// the keyboard, as beside the window, the toolkit has just taken it away: it comes back.
func (e *Editor) DragEnd() {
	c := fyne.CurrentApp().Driver().CanvasForObject(e.Self.(fyne.CanvasObject))
	if c != nil && c.Focused() == nil && !e.Disabled() && e.Self.(fyne.CanvasObject).Visible() {
		e.reached.back = true
		c.Focus(e.Self)
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (e *Editor) TappedSecondary(ev *fyne.PointEvent) {
	if !e.Disabled() {
		e.takeFocus()
	}
	showMenu(e.Self.(field), ev.AbsolutePosition, e.buffer.Selected() != "" && !e.buffer.hidden, e.Disabled())
}
