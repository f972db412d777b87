package editor

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// field is what both kinds have.
type written interface {
	fyne.Focusable
	fyne.Shortcutable
	fyne.CanvasObject
	SetText(string)
	KeyDown(*fyne.KeyEvent)
	KeyUp(*fyne.KeyEvent)
	MouseDown(*desktop.MouseEvent)
	Dragged(*fyne.DragEvent)
}

// line is an entry of one line as a program would have it.
type line struct{ Entry }

func newLine() *line {
	l := &line{}
	l.Wrapping, l.Scroll = fyne.TextWrapOff, fyne.ScrollDirection(-1)
	l.ExtendBaseWidget(l)
	return l
}

type page struct{ Editor }

func newPage() *page {
	p := &page{}
	p.Init()
	p.Self = p
	p.SetRows(6)
	p.ExtendBaseWidget(p)
	return p
}

// under is one of them in a window, and how to look at it.
type under struct {
	written
	name     string
	text     func() string
	selected func() string
	caret    func() int
	changed  *int
}

// both opens an entry and an editor.
func both(t *testing.T) []under {
	test.NewTempApp(t)
	l, p := newLine(), newPage()
	list := []under{
		{l, "entry", func() string { return l.Text }, l.SelectedText, l.Entry.caret, new(int)},
		{p, "editor", p.Text, p.Selected, p.Caret, new(int)},
	}
	l.OnChanged = func(string) { *list[0].changed++ }
	p.OnChanged = func(string) { *list[1].changed++ }
	for _, u := range list {
		w := test.NewTempWindow(t, u.written)
		w.Resize(fyne.NewSize(190, 300))
		w.Canvas().Focus(u.written)
	}
	return list
}

func (u under) press(keys ...fyne.KeyName) {
	for _, k := range keys {
		u.TypedKey(&fyne.KeyEvent{Name: k})
	}
}

// TestWholeLetters: what people take for one letter is one for the keys, wherever a row
// ends.
func TestWholeLetters(t *testing.T) {
	whole := []string{"🇲🇹", "👍🏽", "👨‍👩‍👧‍👦", "❤️", "1️⃣", "#️⃣", "👩🏽‍❤️‍💋‍👨🏿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"}
	parts := []string{"e\u0301", "ก็", "कि", "שָ"}
	for _, u := range both(t) {
		for _, letter := range append(whole, parts...) {
			is := func(after, text string, caret string) {
				t.Helper()
				if u.text() != text || u.caret() != len(caret) {
					t.Errorf("%s, %q: after %s %q, the caret at %d", u.name, letter, after, u.text(), u.caret())
				}
			}
			full := func() {
				u.SetText("ab" + strings.Repeat(letter, 9) + "c")
				u.press(fyne.KeyPageUp)
				*u.changed = 0
			}
			full()
			u.press(fyne.KeyRight, fyne.KeyRight)
			for n := range 9 {
				is("Right", u.text(), "ab"+strings.Repeat(letter, n))
				u.press(fyne.KeyRight)
			}
			for n := 9; n > 0; n-- {
				is("Left", u.text(), "ab"+strings.Repeat(letter, n))
				u.press(fyne.KeyLeft)
			}
			is("all to the left", u.text(), "ab")
			u.press(fyne.KeyDelete)
			is("Delete", "ab"+strings.Repeat(letter, 8)+"c", "ab")
			u.TypedShortcut(&fyne.ShortcutUndo{})
			is("Undo", "ab"+strings.Repeat(letter, 9)+"c", "ab")
			full()
			u.press(fyne.KeyPageDown, fyne.KeyLeft, fyne.KeyBackspace)
			rest := strings.Repeat(letter, 8)
			if slices.Contains(parts, letter) {
				r := []rune(letter)
				rest += string(r[:len(r)-1])
			}
			is("Backspace", "ab"+rest+"c", "ab"+rest)
			if *u.changed != 1 {
				t.Errorf("%s, %q: Backspace was %d changes", u.name, letter, *u.changed)
			}
		}
	}
}

// TestLettersAreSelectedWhole: with Shift, too.
func TestLettersAreSelectedWhole(t *testing.T) {
	const family = "👨‍👩‍👧‍👦"
	for _, u := range both(t) {
		u.SetText("a" + family + "🇲🇹")
		selects := func(want string) {
			t.Helper()
			if got := u.selected(); got != want {
				t.Errorf("%s: selected is %q, want %q", u.name, got, want)
			}
		}
		u.press(fyne.KeyEnd)
		u.KeyDown(shiftKey)
		u.press(fyne.KeyLeft)
		selects("🇲🇹")
		u.press(fyne.KeyLeft)
		selects(family + "🇲🇹")
		u.press(fyne.KeyRight, fyne.KeyRight, fyne.KeyBackspace) // nothing is selected, the key still held
		if u.text() != "a"+family {
			t.Errorf("%s: with Shift Backspace leaves %q", u.name, u.text())
		}
		u.press(fyne.KeyLeft)
		selects(family)
		u.KeyUp(shiftKey)
		u.press(fyne.KeyRight)
		selects("")
	}
}

// TestMouseTakesWholeLetters: wherever the pointer goes down and is let go, what is
// selected are whole letters.
func TestMouseTakesWholeLetters(t *testing.T) {
	const letter = "👨‍👩‍👧‍👦"
	for _, u := range both(t) {
		u.SetText(strings.Repeat(letter, 5))
		some := map[int]bool{}
		for from := float32(0); from < 100; from += 7 {
			for to := float32(0); to < 100; to += 5 {
				u.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{Position: fyne.NewPos(from, 14)}})
				u.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(to, 14)}, Dragged: fyne.NewDelta(to-from, 0)})
				got := u.selected()
				if strings.ReplaceAll(got, letter, "") != "" || u.caret()%len(letter) != 0 {
					t.Fatalf("%s: from %v to %v %q is selected", u.name, from, to, got)
				}
				some[len(got)] = true
			}
		}
		if len(some) < 3 {
			t.Errorf("%s: the mouse selects %v", u.name, some)
		}
	}
}

// clip is a clipboard.
type clip string

func (c *clip) Content() string     { return string(*c) }
func (c *clip) SetContent(s string) { *c = clip(s) }

// TestUndoIsWhatWasDone: what one did at once is one step, back and forth.
func TestUndoIsWhatWasDone(t *testing.T) {
	paste := clip("one two")
	ctrl := func(k fyne.KeyName) fyne.Shortcut {
		return &desktop.CustomShortcut{KeyName: k, Modifier: wordModifier()}
	}
	for name, c := range map[string]struct {
		do   func(u under)
		want string
	}{
		"a letter over a selection": {func(u under) { u.TypedRune('x') }, "x"},
		"a word over a selection":   {func(u under) { test.Type(u, "xyz") }, "xyz"},
		"paste over a selection":    {func(u under) { u.TypedShortcut(&fyne.ShortcutPaste{Clipboard: &paste}) }, "one two"},
		"cut":                       {func(u under) { u.TypedShortcut(&fyne.ShortcutCut{Clipboard: new(clip)}) }, ""},
		"Backspace":                 {func(u under) { u.press(fyne.KeyBackspace) }, ""},
		"a word taken back":         {func(u under) { u.press(fyne.KeyEnd); u.TypedShortcut(ctrl(fyne.KeyBackspace)) }, "hello brave new "},
		"letters taken back":        {func(u under) { u.press(fyne.KeyEnd, fyne.KeyBackspace, fyne.KeyBackspace) }, "hello brave new wor"},
		"letters before the caret":  {func(u under) { u.press(fyne.KeyHome, fyne.KeyDelete, fyne.KeyDelete) }, "llo brave new world"},
		"a doubled letter":          {func(u under) { u.press(fyne.KeyHome, fyne.KeyRight, fyne.KeyRight); test.Type(u, "ll") }, "hellllo brave new world"},
	} {
		for _, u := range both(t) {
			u.SetText("hello brave new world")
			u.TypedShortcut(&fyne.ShortcutSelectAll{})
			c.do(u)
			for range 2 {
				if u.text() != c.want {
					t.Errorf("%s, %s: %q", u.name, name, u.text())
				}
				u.TypedShortcut(&fyne.ShortcutUndo{})
				if u.text() != "hello brave new world" {
					t.Errorf("%s, %s: undone to %q", u.name, name, u.text())
				}
				u.TypedShortcut(&fyne.ShortcutRedo{})
			}
		}
	}
}

// TestUndoGoesByWords: typing is taken back word by word, and what comes after Undo
// takes the place of what was undone.
func TestUndoGoesByWords(t *testing.T) {
	for _, u := range both(t) {
		undo := func(want string) {
			t.Helper()
			u.TypedShortcut(&fyne.ShortcutUndo{})
			if u.text() != want {
				t.Errorf("%s: undone to %q, want %q", u.name, u.text(), want)
			}
		}
		test.Type(u, "one two three")
		undo("one two")
		undo("one")
		test.Type(u, " more")
		u.TypedShortcut(&fyne.ShortcutRedo{})
		if u.text() != "one more" {
			t.Errorf("%s: Redo brings back %q", u.name, u.text())
		}
		undo("one")
		undo("")
		undo("")
		test.Type(u, "ab")
		u.press(fyne.KeyLeft, fyne.KeyRight)
		test.Type(u, "c")
		undo("ab")
		undo("")
		u.SetText("other")
		undo("other")
	}
}

// TestSecretsAreNotKept: what is typed into a field for a secret is in no history.
func TestSecretsAreNotKept(t *testing.T) {
	test.NewTempApp(t)
	l := newLine()
	l.Password = true
	test.NewTempWindow(t, l).Canvas().Focus(l)
	test.Type(l, "hunter2")
	if len(l.history.steps) > 0 {
		t.Errorf("%v is kept", l.history.steps)
	}
}
