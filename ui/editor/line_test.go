package editor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hearth/ui/look"
)

// written is what both kinds have.
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

// line is an editor of one line as a program would have it.
type line struct{ Editor }

func newLine() *line {
	l := &line{}
	l.InitLine()
	l.Self = l
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

// both opens an editor of one line and one of several.
func both(t *testing.T) []under {
	test.NewTempApp(t)
	l, p := newLine(), newPage()
	list := []under{
		{l, "line", l.Text, l.Selected, l.Caret, new(int)},
		{p, "page", p.Text, p.Selected, p.Caret, new(int)},
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
		over bool // of all, which was selected
	}{
		"a letter over a selection": {func(u under) { u.TypedRune('x') }, "x", true},
		"a word over a selection":   {func(u under) { test.Type(u, "xyz") }, "xyz", true},
		"paste over a selection":    {func(u under) { u.TypedShortcut(&fyne.ShortcutPaste{Clipboard: &paste}) }, "one two", true},
		"cut":                       {func(u under) { u.TypedShortcut(&fyne.ShortcutCut{Clipboard: new(clip)}) }, "", true},
		"Backspace":                 {func(u under) { u.press(fyne.KeyBackspace) }, "", true},
		"a word taken back":         {func(u under) { u.press(fyne.KeyEnd); u.TypedShortcut(ctrl(fyne.KeyBackspace)) }, "hello brave new ", false},
		"letters taken back":        {func(u under) { u.press(fyne.KeyEnd, fyne.KeyBackspace, fyne.KeyBackspace) }, "hello brave new wor", false},
		"letters before the caret":  {func(u under) { u.press(fyne.KeyHome, fyne.KeyDelete, fyne.KeyDelete) }, "llo brave new world", false},
		"a doubled letter":          {func(u under) { u.press(fyne.KeyHome, fyne.KeyRight, fyne.KeyRight); test.Type(u, "ll") }, "hellllo brave new world", false},
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
				if got := u.selected(); c.over && got != u.text() || !c.over && got != "" {
					t.Errorf("%s, %s: with it %q is selected", u.name, name, got)
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

var shiftKey = &fyne.KeyEvent{Name: desktop.KeyShiftLeft}

// openedLine opens a line with the focus, in a window where another could have it.
func openedLine(t testing.TB, width float32) (*line, fyne.Canvas) {
	test.NewTempApp(t)
	l, other := newLine(), newLine()
	w := test.NewTempWindow(t, container.NewVBox(l, other))
	w.SetPadded(false)
	w.Resize(fyne.NewSize(width, 100))
	w.Canvas().Focus(l)
	return l, w.Canvas()
}

func (l *line) press(keys ...fyne.KeyName) {
	for _, k := range keys {
		l.TypedKey(&fyne.KeyEvent{Name: k})
	}
}

// mouse does something with the pointer at a distance from the left end.
func (l *line) mouse(x float32, do func(*desktop.MouseEvent)) {
	do(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, 12)}})
}

func (l *line) drag(x float32) {
	l.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, -400)}})
}

// TestLineHasNoBreaks: what is pasted is one line, Enter hands it over, and no key and no
// owner breaks it.
func TestLineHasNoBreaks(t *testing.T) {
	l, _ := openedLine(t, 200)
	for pasted, want := range map[string]string{
		"one\ntwo": "one two", "one\r\ntwo\rthree\u2028four": "one two three four", "a\tb\x00c": "a bc",
		"hearth://x\r\n": "hearth://x", "bad\xff": "bad\uFFFD",
	} {
		l.SetText("")
		text := clip(pasted)
		l.TypedShortcut(&fyne.ShortcutPaste{Clipboard: &text})
		if l.Text() != want {
			t.Errorf("%q is pasted as %q", pasted, l.Text())
		}
		if l.SetText(pasted); l.Text() != want {
			t.Errorf("%q is set as %q", pasted, l.Text())
		}
	}
	var told []string
	l.OnSubmitted = func(s string) { told = append(told, s) }
	l.SetText("done")
	l.press(fyne.KeyReturn, fyne.KeyTab, fyne.KeyEnter)
	if l.Text() != "done" || !slices.Equal(told, []string{"done", "done"}) {
		t.Errorf("%q is written, told is %q", l.Text(), told)
	}
}

// TestLineFollowsCaret: wherever the caret goes in a text that is longer than the line, it
// is in view, the line is full of letters, and none of them stands in the padding on the
// side where the text goes on. Without the focus a text shows its beginning.
func TestLineFollowsCaret(t *testing.T) {
	const wide = 160
	for _, text := range []string{
		strings.Repeat("one two three ", 4) + "four", strings.Repeat("0123456789", 9), strings.Repeat("שלום עולם ", 5) + "סוף",
		strings.Repeat("see שלום 12 عالم and 中文🦊 ", 2) + "end", strings.Repeat("السلام", 12),
	} {
		l, c := openedLine(t, wide)
		c.Unfocus()
		l.SetText(text)
		rtl := l.layout().Lines[0].Trailing
		if most := l.layout().Width - l.room(); rtl && l.left() != most || !rtl && l.left() != 0 {
			t.Errorf("%.9q: without the focus it is scrolled by %v", text, l.left())
		}
		c.Focus(l)
		check := func(after string) {
			t.Helper()
			if at := l.caret.Position().X; at < Pad-caretWidth || at+caretWidth > wide-Pad+caretWidth || l.caret.Hidden {
				t.Errorf("%.9q, %s: the caret of %d stands at %v", text, after, l.Caret(), at)
			}
			clip := l.clip.Position().X
			if right := clip + l.clip.Size().Width; l.left() > 0 != (clip == Pad) || (l.left()+l.room() < l.layout().Width-0.5) != (right == wide-Pad) {
				t.Errorf("%.9q, %s: scrolled by %v, it shows from %v to %v", text, after, l.left(), clip, right)
			}
			from, to := float32(wide), float32(0)
			for _, o := range l.layer.Objects {
				from, to = min(from, o.Position().X), max(to, o.Position().X+o.Size().Width)
			}
			if from > Pad || to < wide-Pad-1 || from < -4*wide || to > 5*wide {
				t.Errorf("%.9q, %s: letters stand from %v to %v", text, after, from, to)
			}
		}
		check("with the focus")
		for l.Caret() > 0 {
			l.press(fyne.KeyLeft)
			check("Left")
		}
		l.press(fyne.KeyEnd)
		check("End")
		l.press(fyne.KeyHome)
		check("Home")
		l.mouse(wide/2, l.MouseDown)
		for _, x := range []float32{wide + 100, -100} { // the pointer has left the line
			for range 20 {
				l.drag(x)
				check("dragging")
			}
		}
	}
}

// TestLineEndsAtItsSide: a text that runs from right to left ends at the right edge, also
// while it is short, and what follows of the other kind does not change that.
func TestLineEndsAtItsSide(t *testing.T) {
	l, _ := openedLine(t, 300)
	for text, right := range map[string]bool{"name": false, "שם": true, "اسم": true, "שם (new)": true, "new שם": false, "12 שם": true} {
		l.SetText(text)
		from, to := float32(300), float32(0)
		for _, o := range l.layer.Objects {
			from, to = min(from, o.Position().X), max(to, o.Position().X+o.Size().Width)
		}
		if !right && from != Pad || right && (to < 300-Pad-0.5 || to > 300-Pad+0.5) {
			t.Errorf("%q stands from %v to %v", text, from, to)
		}
	}
}

// TestSecretsAreNotKept: what is typed into a line for a secret is in no history, also
// while it shows; while it does not, nothing of it is drawn or copied but a dot for each
// code point, and keys and clicks do not tell where its words are.
func TestSecretsAreNotKept(t *testing.T) {
	l, _ := openedLine(t, 300)
	for _, shown := range []bool{false, true} {
		l.SetSecret(shown)
		l.SetText("")
		test.Type(l, "two wor")
		paste := clip("ds e\u0301\t1\n")
		l.TypedShortcut(&fyne.ShortcutPaste{Clipboard: &paste})
		const secret = "two words e\u0301\t1"
		if l.Text() != secret || len(l.buffer.history.steps) > 0 {
			t.Errorf("%q is typed, %v is kept", l.Text(), l.buffer.history.steps)
		}
		drawn := ""
		for _, o := range l.layer.Objects {
			if o, ok := o.(*canvas.Text); ok {
				drawn += o.Text
			}
		}
		if hidden := drawn == strings.Repeat("•", utf8.RuneCountInString(secret)); hidden == shown {
			t.Errorf("shown %v: drawn is %q", shown, drawn)
		}
		var copied clip
		l.TypedShortcut(&fyne.ShortcutSelectAll{})
		l.TypedShortcut(&fyne.ShortcutCopy{Clipboard: &copied})
		if shown != (copied == secret) || !shown && copied != "" {
			t.Errorf("shown %v: copied is %q", shown, copied)
		}
		if l.TypedShortcut(&fyne.ShortcutCut{Clipboard: &copied}); !shown && (copied != "" || l.Text() != secret) {
			t.Errorf("%q is cut", copied)
		}
	}
	l.SetSecret(false)
	l.SetText("two words")
	word := func(k fyne.KeyName) {
		l.TypedShortcut(&desktop.CustomShortcut{KeyName: k, Modifier: wordModifier()})
	}
	if word(fyne.KeyLeft); l.Caret() != 0 {
		t.Errorf("a word to the left the caret is at %d", l.Caret())
	}
	if word(fyne.KeyRight); l.Caret() != len("two words") {
		t.Errorf("a word to the right the caret is at %d", l.Caret())
	}
	l.mouse(20, l.MouseDown)
	if l.mouse(20, l.MouseDown); l.Selected() != "two words" {
		t.Errorf("two clicks select %q", l.Selected())
	}
	if word(fyne.KeyBackspace); l.Text() != "" {
		t.Errorf("the word taken back leaves %q", l.Text())
	}
}

// TestWholeIsSelected: the first click in a line that is changed as a whole selects all of
// it, dragging a part; the next click sets the caret, and neither what the menu takes away
// for a moment nor a button let go outside selects again.
func TestWholeIsSelected(t *testing.T) {
	l, c := openedLine(t, 300)
	c.Unfocus()
	l.Whole = true
	l.SetText("08:30")
	l.mouse(25, l.MouseDown)
	if l.Selected() != "08:30" || c.Focused() != fyne.Focusable(l) {
		t.Errorf("a click selects %q", l.Selected())
	}
	l.pressed.at = l.pressed.at.Add(-doubleClick)
	if l.mouse(25, l.MouseDown); l.Selected() != "" {
		t.Errorf("the next click selects %q", l.Selected())
	}
	c.Unfocus()
	l.mouse(Pad, l.MouseDown)
	x := Pad + l.layout().Caret(2, false).X
	l.drag(x)
	part := l.Selected()
	c.Unfocus() // as the toolkit does where the button is let go over nothing
	l.DragEnd()
	if part != "08" || l.Selected() != part || c.Focused() != fyne.Focusable(l) {
		t.Errorf("dragging selects %q, then %q; the keyboard is on %T", part, l.Selected(), c.Focused())
	}
	l.TappedSecondary(&fyne.PointEvent{})
	menu := c.Overlays().Top()
	if menu == nil || !l.marks() {
		t.Fatal("no menu, or it is not seen what it is about")
	}
	menu.(*look.Menu).Close()
	if l.Selected() != part || c.Focused() != fyne.Focusable(l) || !l.marks() {
		t.Errorf("behind the menu %q is selected, the keyboard is on %T", l.Selected(), c.Focused())
	}
	if c.Unfocus(); l.marks() {
		t.Error("what is selected is seen without the focus")
	}
	if c.Focus(l); l.Selected() != "08:30" {
		t.Errorf("the key selects %q", l.Selected())
	}
}

// BenchmarkLongLine is two keys in a line as long as one may be, at its end.
func BenchmarkLongLine(b *testing.B) {
	for name, part := range map[string]string{"Latin": "0123456 89", "mixed": "abc שלום 中"} {
		for _, n := range []int{40, 400, 4000} {
			b.Run(fmt.Sprintf("%s_%d", name, n), func(b *testing.B) {
				l, _ := openedLine(b, 300)
				l.SetText(strings.Repeat(part, n/10))
				for b.Loop() {
					l.TypedRune('x')
					l.press(fyne.KeyBackspace)
				}
			})
		}
	}
}

// TestLineSetKeepsSelection: what is selected in a line stays so when the program changes
// what is before it or behind it, or nothing.
func TestLineSetKeepsSelection(t *testing.T) {
	for _, c := range []struct {
		to, selected string
		caret        int
	}{
		{"notes.txt", "notes", 5},
		{"notes.json", "notes", 5},
		{"my notes.txt", "notes", 8},
		{"other.txt", "", 9},
		{"notes\u0301.txt", "", 11},
		{"", "", 0},
		{"notes", "notes", 5},
	} {
		b := Buffer{line: true}
		b.Set("notes.txt")
		b.Select(0, 5)
		if b.Set(c.to); b.Text() != c.to || b.Selected() != c.selected || b.Caret() != c.caret {
			t.Errorf("%q: %q is selected, the caret at %d; want %q, %d", c.to, b.Selected(), b.Caret(), c.selected, c.caret)
		}
	}
}
