package editor

import (
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"hearth/ui/look"
	"hearth/ui/textblock"
)

// A line is an editor without line breaks. It scrolls sideways; what begins with Hebrew or
// Arabic stands at its right end. One for a secret shows dots and remembers nothing.

// dot stands for a code point of a secret: one more for each key, one less for Backspace.
const dot = "•"

// reached is how the focus comes to a line.
type reached struct {
	pressed bool // the pointer brings it, and says where the caret stands
	back    bool // it was away for a moment
}

// InitLine is Init for a line.
func (e *Editor) InitLine() {
	e.buffer.line = true
	e.Init()
}

// SetSecret says that what is typed is a secret, of which no step is kept for Undo, and
// whether it shows.
func (e *Editor) SetSecret(shown bool) {
	e.buffer.secret, e.buffer.hidden = true, !shown
	e.buffer.history.Clear()
	e.follow()
}

// Secret reports a line for a secret.
func (e *Editor) Secret() bool { return e.buffer.secret }

// Concealed reports a secret that does not show.
func (e *Editor) Concealed() bool { return e.buffer.hidden }

// room is how wide the part of a line is in which text shows.
func (e *Editor) room() float32 { return e.laid.width }

// left is how far a line is scrolled from its left end.
func (e *Editor) left() float32 {
	l := e.layout()
	most := l.Width - e.room()
	e.past = max(0, min(e.past, most))
	if l.Lines[0].Trailing {
		return most - e.past
	}
	return e.past
}

// followLine scrolls a line to the caret, if one writes in it.
func (e *Editor) followLine(caret float32) {
	left := e.left()
	if !e.here {
		return
	}
	const half = caretWidth / 2
	was := left
	if left > caret-half {
		left = caret - half
	} else if most := caret + half - e.room(); left < most {
		left = most
	}
	if e.laid.layout.Lines[0].Trailing {
		e.past += was - left
	} else {
		e.past += left - was
	}
}

// linePlace is where a line is drawn, and which part of it.
func (e *Editor) linePlace() textblock.Place {
	left := e.left()
	return textblock.Place{
		At:   fyne.NewPos(Pad-left, max(0, (e.Size().Height-e.font().Line)/2)),
		Left: left - Pad, Right: left + e.room() + Pad,
	}
}

// clipLine is drawClip for a line.
func (e *Editor) clipLine() {
	from, to := float32(0), e.Size().Width
	left := e.left()
	if left > 0 {
		from = Pad
	}
	if left+e.room() < e.laid.layout.Width-0.5 {
		to -= Pad
	}
	e.clip.Move(fyne.NewPos(from, 0))
	e.clip.Resize(fyne.NewSize(max(0, to-from), e.Size().Height))
	e.text.Move(fyne.NewPos(-from, 0))
}

// hintLayout is what stands in an empty editor.
func (e *Editor) hintLayout() *textblock.Layout {
	hint := e.hint
	if e.buffer.line {
		hint = look.Elide(hint, e.room(), e.font().Size, e.font().Style)
	}
	return textblock.Raw(hint).Wrap(e.Size().Width, e.font())
}

// marks reports whether it is seen what is selected: in a line only with the focus.
func (e *Editor) marks() bool { return e.here || !e.buffer.line }

// arrive shows a line that got the focus.
func (e *Editor) arrive() {
	r := e.reached
	e.reached = reached{}
	switch {
	case e.Whole && !r.back:
		e.change(func() { e.buffer.Select(0, len(e.Text())) })
	case r.pressed:
		e.draw()
	default:
		e.follow()
	}
}

// bytesOf is where a code point stands.
func bytesOf(text string, points int) int {
	for i := range text {
		if points == 0 {
			return i
		}
		points--
	}
	return len(text)
}

// IsText reports whether a clipboard's answer is text. Some programs answer a request for
// text with the bytes of a picture or a file that is all they offer.
func IsText(s string) bool { return utf8.ValidString(s) && !strings.ContainsAny(s, "\x00\x1a") }
