package editor

import (
	"strings"
	"unicode/utf8"
)

// Buffer is a text that is being written: the caret, what is selected, what can be undone.
// Offsets are bytes, always at the border of a letter.
type Buffer struct {
	text    string
	caret   int
	anchor  int // where what is selected began; at the caret: nothing is
	history History
	deep    int  // changes are part of a step that has begun
	line    bool // it has no line breaks: what comes with one gets a blank there
	secret  bool // it is kept nowhere else, and nothing is taken out of it but the line break
	hidden  bool // where its words begin is not told
}

// Text returns the text.
func (b *Buffer) Text() string { return b.text }

// Caret is where it stands.
func (b *Buffer) Caret() int { return b.caret }

// Selection is what is selected; empty if start equals end.
func (b *Buffer) Selection() (start, end int) {
	return min(b.caret, b.anchor), max(b.caret, b.anchor)
}

// Selected returns the selected text.
func (b *Buffer) Selected() string {
	start, end := b.Selection()
	return b.text[start:end]
}

// Set puts another text in place of all, with the caret at its end, and forgets what
// could be undone. In a line what is selected stays so where it is not touched.
func (b *Buffer) Set(text string) {
	caret, anchor := -1, -1
	if b.line {
		if text = b.clean(text); text == b.text {
			return
		}
		anchor, caret = b.kept(text)
	}
	if caret < 0 {
		caret, anchor = len(text), len(text)
	}
	b.text, b.caret, b.anchor = text, caret, anchor
	b.history.Clear()
}

// kept says where what is selected is in another text, if all that differs is before it or
// behind it; else both are below 0.
func (b *Buffer) kept(text string) (anchor, caret int) {
	start, end := b.Selection()
	shift := len(text) - len(b.text)
	whole := func(at int) bool {
		from, _ := LetterAt(text, at)
		return at == len(text) || from == at
	}
	switch {
	case start == end:
	case strings.HasPrefix(text, b.text[:end]) && whole(end):
		return b.anchor, b.caret
	case strings.HasSuffix(text, b.text[start:]) && whole(start+shift):
		return b.anchor + shift, b.caret + shift
	}
	return -1, -1
}

// Once runs f, and what it changes is one step for Undo.
func (b *Buffer) Once(f func()) { b.step(false, f) }

func (b *Buffer) step(typed bool, f func()) {
	if b.deep > 0 {
		f()
		return
	}
	before, anchor, from := b.text, b.anchor, b.caret
	b.deep++
	f()
	b.deep--
	if !b.secret {
		b.history.Note(before, b.text, anchor, from, b.caret, typed)
	}
}

// Move puts the caret elsewhere; extend leaves the other end of the selection.
func (b *Buffer) Move(to int, extend bool) {
	to = min(max(0, to), len(b.text))
	if start, _ := LetterAt(b.text, to); start < to {
		to = start
	}
	b.caret = to
	if !extend {
		b.anchor = to
	}
	b.history.Close()
}

// Select selects what lies between two places, with the caret at the second.
func (b *Buffer) Select(from, to int) {
	b.Move(from, false)
	b.Move(to, true)
}

// replace puts text in place of a stretch.
func (b *Buffer) replace(start, end int, text string) {
	b.text = b.text[:start] + text + b.text[end:]
	b.caret = start + len(text)
	b.anchor = b.caret
}

// Type puts a letter in the place of what is selected, or where the caret is.
func (b *Buffer) Type(r rune) {
	b.step(true, func() {
		start, end := b.Selection()
		b.replace(start, end, string(r))
	})
}

// Insert is Type for a text, a step of its own.
func (b *Buffer) Insert(text string) {
	b.Once(func() {
		start, end := b.Selection()
		b.replace(start, end, b.clean(text))
	})
}

// clean is a text that comes from elsewhere as it may stand here. A line is pasted
// without the break at its end, which came along with it.
func (b *Buffer) clean(text string) string {
	if !b.line {
		return cleanBreaks(text)
	}
	text = strings.ToValidUTF8(strings.TrimRight(text, "\r\n"), "\uFFFD")
	text = strings.ReplaceAll(text, "\r\n", " ")
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '\n' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029, r == '\t' && !b.secret:
			return ' '
		case (r < ' ' || r == 0x7F) && !b.secret:
			return -1
		}
		return r
	}, text)
}

// cleanBreaks gives a text that comes from elsewhere the line breaks used here, and
// leaves out what cannot be typed.
func cleanBreaks(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// Erase takes a stretch away.
func (b *Buffer) Erase(start, end int) {
	b.Once(func() { b.replace(start, end, "") })
}

// Backspace takes what is selected, or the letter before the caret: of one that is
// typed in parts the last.
func (b *Buffer) Backspace() {
	b.step(true, func() {
		start, end := b.Selection()
		if start == end {
			start = letterBefore(b.text, end)
			if letter := b.text[start:end]; letter != "" && oneByOne(letter) {
				_, n := utf8.DecodeLastRuneInString(letter)
				start = end - n
			}
		}
		b.replace(start, end, "")
	})
}

// Delete takes what is selected, or the letter behind the caret.
func (b *Buffer) Delete() {
	b.step(true, func() {
		start, end := b.Selection()
		if start == end {
			end = nextLetter(b.text, start)
		}
		b.replace(start, end, "")
	})
}

// EraseWord takes what is selected, or the word before the caret or behind it.
func (b *Buffer) EraseWord(behind bool) {
	start, end := b.Selection()
	if at := b.word(behind); start == end && behind {
		end = at
	} else if start == end {
		start = at
	}
	b.Erase(start, end)
}

// Step moves the caret by a letter. Without extend it goes to the end of what is
// selected.
func (b *Buffer) Step(right, extend bool) {
	start, end := b.Selection()
	switch {
	case start != end && !extend && right:
		b.Move(end, false)
	case start != end && !extend:
		b.Move(start, false)
	case right:
		b.Move(nextLetter(b.text, b.caret), extend)
	default:
		b.Move(letterBefore(b.text, b.caret), extend)
	}
}

// StepWord moves the caret by a word.
func (b *Buffer) StepWord(right, extend bool) {
	b.Move(b.word(right), extend)
}

// word is where the word ends that is behind the caret, or where the one before it begins.
func (b *Buffer) word(right bool) int {
	switch {
	case b.hidden && right:
		return len(b.text)
	case b.hidden:
		return 0
	case right:
		return nextWord(b.text, b.caret)
	}
	return wordBefore(b.text, b.caret)
}

// Undo takes back the last step, and selects again what it replaced; Redo does it again.
// They report whether there was one.
func (b *Buffer) Undo() bool { return b.restore(b.history.Undo(b.text)) }

// Redo does again what was undone.
func (b *Buffer) Redo() bool { return b.restore(b.history.Redo(b.text)) }

func (b *Buffer) restore(text string, anchor, caret int, ok bool) bool {
	if ok {
		b.text = text
		b.anchor, b.caret = min(anchor, len(text)), min(caret, len(text))
	}
	return ok
}
