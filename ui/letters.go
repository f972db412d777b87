package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"hearth/ui/look"
)

// The toolkit counts in code points: a flag is two of them and a family seven. Here the
// keys of an entry go by what people take for one letter.

// letterAt is the letter that the code point at a place belongs to: where it begins and
// ends, in code points.
func letterAt(text string, at int) (start, end int) {
	line, state := 0, -1
	for rest := text; rest != ""; {
		if line == start { // no letter goes on over the end of a line
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				if count := utf8.RuneCountInString(rest[:n+1]); start+count <= at {
					start, line, rest = start+count, start+count, rest[n+1:]
					continue
				}
			}
		}
		var letter string
		letter, rest, state = look.Cluster(rest, state)
		if end = start + utf8.RuneCountInString(letter); end > at {
			return start, end
		}
		start = end
	}
	return start, start
}

// oneByOne reports a letter of which Backspace takes the last part only, which has been
// typed by itself: an accent, a vowel sign, a letter of a syllable.
func oneByOne(letter []rune) bool {
	last := letter[len(letter)-1]
	return len(letter) == 1 || unicode.In(last, unicode.L, unicode.Mn, unicode.Mc) && !unicode.Is(unicode.Variation_Selector, last)
}

var shiftKey = &fyne.KeyEvent{Name: desktop.KeyShiftLeft}

// letterKey does what a key does to a letter of several code points; false if the toolkit
// may do it.
func (e *input) letterKey(k fyne.KeyName) bool {
	if e.Password || e.Disabled() {
		return false // each dot is a code point
	}
	at, selected := e.CursorTextOffset(), e.SelectedText() != ""
	switch k {
	case fyne.KeyLeft, fyne.KeyRight:
		if selected && !e.shift {
			return false // to the end of what is selected
		}
		e.Entry.TypedKey(&fyne.KeyEvent{Name: k})
		e.settle(k)
	case fyne.KeyUp, fyne.KeyDown:
		e.Entry.TypedKey(&fyne.KeyEvent{Name: k})
		e.settle(fyne.KeyLeft)
	case fyne.KeyBackspace, fyne.KeyDelete:
		if selected {
			return false
		}
		if k == fyne.KeyBackspace {
			at--
		}
		if at < 0 {
			return false
		}
		start, end := letterAt(e.Text, at)
		if end-start < 2 || k == fyne.KeyBackspace && end == at+1 && oneByOne([]rune(e.Text)[start:end]) {
			return false
		}
		e.erase(start, end)
	default:
		return false
	}
	return true
}

// settle moves the caret out of a letter, with an arrow key.
func (e *input) settle(key fyne.KeyName) {
	at := e.CursorTextOffset()
	start, end := letterAt(e.Text, at)
	switch {
	case at <= start:
	case key == fyne.KeyLeft:
		e.goTo(start)
	default:
		e.goTo(end)
	}
}

// mostSteps is more than the code points and rows of the longest letter.
const mostSteps = 200

// goTo moves the caret, in code points from the beginning, with the arrow keys. At the
// end of a row one key may move it to the beginning of the next, which is the same place.
func (e *input) goTo(want int) {
	for stood, steps := 0, 0; stood < 2 && steps < mostSteps; steps++ {
		at, key := e.CursorTextOffset(), fyne.KeyLeft
		if at == want {
			return
		}
		if at < want {
			key = fyne.KeyRight
		}
		e.Entry.TypedKey(&fyne.KeyEvent{Name: key})
		if e.CursorTextOffset() == at {
			stood++
		} else {
			stood = 0
		}
	}
}

// erase takes a part of the text away, in one step for Undo: as if it had been selected.
func (e *input) erase(start, end int) {
	e.Entry.KeyUp(shiftKey)
	e.goTo(end)
	e.Entry.KeyDown(shiftKey)
	e.goTo(start)
	e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	e.Entry.KeyUp(shiftKey)
	if e.shift {
		e.Entry.KeyDown(shiftKey)
	}
}

// MouseDown implements desktop.Mouseable: the caret stands beside a letter, and what is
// selected from there begins with a whole one.
func (e *input) MouseDown(m *desktop.MouseEvent) {
	e.Entry.MouseDown(m)
	if e.Password || e.Disabled() || e.SelectedText() != "" {
		return
	}
	before := e.CursorTextOffset()
	e.settle(fyne.KeyLeft)
	if e.CursorTextOffset() != before && !e.shift {
		e.Entry.KeyDown(shiftKey) // it begins to select where the caret is
		e.Entry.KeyUp(shiftKey)
	}
}

// KeyDown implements desktop.Keyable.
func (e *input) KeyDown(k *fyne.KeyEvent) {
	e.shift = e.shift || isShift(k)
	e.Entry.KeyDown(k)
}

// KeyUp implements desktop.Keyable.
func (e *input) KeyUp(k *fyne.KeyEvent) {
	e.shift = e.shift && !isShift(k)
	e.Entry.KeyUp(k)
}

func isShift(k *fyne.KeyEvent) bool {
	return k.Name == desktop.KeyShiftLeft || k.Name == desktop.KeyShiftRight
}
