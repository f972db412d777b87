package editor

import (
	"strings"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"hearth/ui/look"
	"hearth/ui/textblock"
)

// opened is an editor with the focus in a window, so wide that a line of it takes a width.
func opened(t testing.TB, width float32) *page {
	test.NewTempApp(t)
	p := newPage()
	w := test.NewTempWindow(t, p)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(width+2*Pad, 6*20+2*Pad))
	w.Canvas().Focus(p)
	return p
}

func (p *page) press(keys ...fyne.KeyName) {
	for _, k := range keys {
		p.TypedKey(&fyne.KeyEvent{Name: k})
	}
}

// drawn are the texts that show, with the places of their left ends.
func (p *page) drawn() map[string]fyne.Position {
	found := map[string]fyne.Position{}
	for _, o := range p.layer.Objects {
		if t, ok := o.(*canvas.Text); ok && t.Text != "" {
			found[t.Text] = t.Position()
		}
	}
	return found
}

// TestDrawnAsMessages: what is written stands as it will in the message, to the pixel:
// each script on the same base line, emoji as large, blanks where they belong.
func TestDrawnAsMessages(t *testing.T) {
	p := opened(t, 400)
	for _, text := range []string{
		"Message Carol 卡罗尔 🦊 é", "שלום 👨‍👩‍👧‍👦 مرحبا abc 🇲🇹é", "see שלום 123 עולם now", "plain", "a\tb",
	} {
		p.SetText(text)
		sent := textblock.Parse(text)
		if p.layout().Lines[0].Trailing { // which the bubble is as wide as
			sent = textblock.Draft(sent.Plain)
		}
		var v textblock.View
		s := look.Sizes()
		v.Show(sent.Wrap(400, textblock.Font{Size: s.Body, Line: s.Line}), textblock.Place{At: fyne.NewPos(Pad, Pad)}, textblock.Colors{Text: look.Now().Text}, textblock.Range{})
		want := v.Objects(nil)
		if len(want) != len(p.layer.Objects) {
			t.Fatalf("%q: %d things are drawn, %d in the message", text, len(p.layer.Objects), len(want))
		}
		for i, o := range p.layer.Objects {
			if o.Position() != want[i].Position() || o.Size() != want[i].Size() {
				t.Errorf("%q: thing %d at %v, %v large; in the message %v, %v", text, i, o.Position(), o.Size(), want[i].Position(), want[i].Size())
			}
		}
	}
}

// TestHintIsDrawnAsText: also the words in an empty one, and they go with the first letter.
func TestHintIsDrawnAsText(t *testing.T) {
	p := opened(t, 400)
	const words = "Message Carol 卡罗尔 🦊"
	p.SetHint(words)
	before := p.drawn()
	for _, o := range p.layer.Objects {
		if text, ok := o.(*canvas.Text); ok && text.Color != look.Now().Faint {
			t.Errorf("%q is not faint", text.Text)
		}
	}
	p.SetText(words)
	for text, at := range p.drawn() {
		if before[text] != at {
			t.Errorf("%q stands at %v, as a hint at %v", text, at, before[text])
		}
	}
	p.SetText("x")
	if d := p.drawn(); len(d) != 1 || d["x"] != fyne.NewPos(Pad, Pad) {
		t.Errorf("drawn is %v", d)
	}
}

// TestCaretStandsAtLetters: behind each letter typed the caret stands at its end, whatever
// its direction, and behind blanks, which a line ends with.
func TestCaretStandsAtLetters(t *testing.T) {
	p := opened(t, 400)
	x := func() float32 { return p.caretAt().X }
	last := float32(-1)
	for _, r := range "ab  é 中🦊  " {
		p.TypedRune(r)
		if x() <= last {
			t.Errorf("behind %q the caret stands at %v, before it %v", p.Text(), x(), last)
		}
		last = x()
	}
	p.SetText("")
	last = 401
	for _, r := range "שלום עולם" {
		p.TypedRune(r)
		if x() >= last {
			t.Errorf("behind %q the caret stands at %v, before it %v", p.Text(), x(), last)
		}
		last = x()
	}
	p.SetText("one\n")
	if at := p.caretAt(); at != fyne.NewPos(0, p.font().Line) {
		t.Errorf("in the new line the caret stands at %v", at)
	}
}

// TestUpAndDown: the caret goes straight through short lines, and to the ends.
func TestUpAndDown(t *testing.T) {
	p := opened(t, 400)
	p.SetText("a long line\nx\nanother long line")
	p.Select(6, 6)
	at := func(want int) {
		t.Helper()
		if p.Caret() != want {
			t.Errorf("the caret is at %d, want %d", p.Caret(), want)
		}
	}
	p.press(fyne.KeyDown)
	at(13)
	p.press(fyne.KeyDown)
	if at := p.Caret(); at < 19 || at > 21 {
		t.Errorf("the caret is at %d", at)
	}
	p.press(fyne.KeyUp, fyne.KeyUp)
	at(6)
	p.press(fyne.KeyUp)
	at(0)
	p.press(fyne.KeyDown, fyne.KeyDown, fyne.KeyDown)
	at(len(p.Text()))
	p.press(fyne.KeyHome)
	at(14)
	p.KeyDown(shiftKey)
	p.press(fyne.KeyUp, fyne.KeyEnd)
	if p.Selected() != "\n" {
		t.Errorf("selected is %q", p.Selected())
	}
}

// TestEndOfBrokenLine: End stays on its line also where the next goes on without a blank,
// and what is typed there comes there.
func TestEndOfBrokenLine(t *testing.T) {
	p := opened(t, 100)
	p.SetText(strings.Repeat("中", 20))
	p.press(fyne.KeyPageUp, fyne.KeyEnd)
	line := p.layout().Lines[0]
	if p.Caret() != line.End || p.caretAt().Y != 0 || p.caretAt().X != line.Width {
		t.Errorf("End goes to %d, %v", p.Caret(), p.caretAt())
	}
	p.press(fyne.KeyEnd)
	if p.caretAt().Y != 0 {
		t.Error("End once more goes further")
	}
	p.press(fyne.KeyHome)
	if p.Caret() != 0 {
		t.Errorf("Home goes to %d", p.Caret())
	}
	p.press(fyne.KeyEnd, fyne.KeyRight)
	if p.caretAt().Y == 0 {
		t.Error("Right stays in the line")
	}
}

// TestScrolls: the caret stays in view, and only what is in view is drawn.
func TestScrolls(t *testing.T) {
	p := opened(t, 200)
	for range 40 {
		test.Type(p, "line")
		p.press(fyne.KeyReturn)
	}
	inView := func() bool {
		y := p.caretAt().Y - p.top
		return y >= 0 && y+p.font().Line <= p.visible()+0.5
	}
	if p.top == 0 || !inView() || p.Bar.Hidden {
		t.Errorf("scrolled to %v, the caret at %v, bar hidden: %v", p.top, p.caretAt(), p.Bar.Hidden)
	}
	if n := len(p.layer.Objects); n > 12 {
		t.Errorf("%d things are drawn", n)
	}
	p.Scroll(1e6)
	if p.top != 0 || inView() {
		t.Errorf("scrolled to %v", p.top)
	}
	p.press(fyne.KeyUp)
	if !inView() {
		t.Error("the caret is out of view")
	}
	p.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyHome, Modifier: wordModifier()})
	if p.top != 0 || !inView() {
		t.Errorf("scrolled to %v", p.top)
	}
	p.TypedShortcut(&fyne.ShortcutSelectAll{})
	p.press(fyne.KeyBackspace)
	if p.top != 0 || !p.Bar.Hidden {
		t.Errorf("an empty one is scrolled to %v, bar hidden: %v", p.top, p.Bar.Hidden)
	}
}

// TestPages: in a text that is longer than the box the keys go by what is in view, and
// with Shift select it; in another one they go to its ends.
func TestPages(t *testing.T) {
	p := opened(t, 200)
	at := func(want int) {
		t.Helper()
		if p.Caret() != want {
			t.Errorf("the caret is at %d, want %d", p.Caret(), want)
		}
	}
	p.SetText(strings.Repeat("line\n", 40)) // five bytes each
	page := 5 * (int((p.visible()+0.5)/p.font().Line) - 1)
	if !p.Long() || page < 10 || page > 50 {
		t.Fatalf("long: %v, a page has %d bytes", p.Long(), page)
	}
	p.Select(2, 2)
	p.press(fyne.KeyPageDown)
	at(2 + page)
	p.press(fyne.KeyPageDown, fyne.KeyPageUp)
	at(2 + page)
	p.KeyDown(shiftKey)
	p.press(fyne.KeyPageDown)
	if p.Selected() != p.Text()[2+page:2+2*page] {
		t.Errorf("selected is %q", p.Selected())
	}
	p.KeyUp(shiftKey)
	for range 40 {
		p.press(fyne.KeyPageDown)
	}
	at(len(p.Text()))
	for range 40 {
		p.press(fyne.KeyPageUp)
	}
	at(0)
	p.SetText("one\ntwo\nthree")
	if p.Long() {
		t.Error("three lines are longer than the box")
	}
	p.Select(5, 5)
	p.press(fyne.KeyPageUp)
	at(0)
	p.press(fyne.KeyPageDown)
	at(13)
}

// TestPaddingStaysFree: however a long text is scrolled, nothing of it stands in the
// padding, on the side where it goes on.
func TestPaddingStaysFree(t *testing.T) {
	p := opened(t, 200)
	p.SetText(strings.Repeat("Mgyj|\n", 40))
	p.Select(0, 0)
	inked := func(from, to float32) bool {
		img := fyne.CurrentApp().Driver().CanvasForObject(p).Capture()
		for y := int(from); y < int(to); y++ {
			for x := range img.Bounds().Dx() {
				if img.At(x, y) != img.At(0, y) {
					return true
				}
			}
		}
		return false
	}
	high := p.Size().Height
	for range 30 {
		p.Scroll(-7)
		if p.top == 0 || inked(0, Pad) || inked(high-Pad, high) {
			t.Fatalf("scrolled to %v, the text reaches into the padding", p.top)
		}
		if !inked(Pad, high-Pad) {
			t.Fatalf("scrolled to %v, nothing shows", p.top)
		}
	}
}

// TestClicks: two clicks take a word, three a line, and dragging goes on by that.
func TestClicks(t *testing.T) {
	p := opened(t, 400)
	p.SetText("one two three\nfour")
	x := func(at int) float32 { return Pad + p.layout().Caret(at, false).X + 1 }
	down := func(at int, mod fyne.KeyModifier) {
		p.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, Modifier: mod, PointEvent: fyne.PointEvent{Position: fyne.NewPos(x(at), Pad+5)}})
	}
	drag := func(at int) {
		p.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x(at), Pad+5)}})
	}
	selects := func(want string) {
		t.Helper()
		if p.Selected() != want {
			t.Errorf("selected is %q, want %q", p.Selected(), want)
		}
	}
	down(5, 0)
	selects("")
	down(5, 0)
	selects("two")
	drag(9)
	selects("two three")
	drag(0)
	selects("one two")
	p.pressed.clicks = 2
	down(5, 0)
	selects("one two three")
	p.pressed.clicks = 0
	p.pressed.at = p.pressed.at.Add(-doubleClick)
	down(4, 0)
	drag(7)
	selects("two")
	p.pressed.at = p.pressed.at.Add(-doubleClick)
	down(0, fyne.KeyModifierShift)
	selects("one ")
	p.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonSecondary, PointEvent: fyne.PointEvent{Position: fyne.NewPos(x(9), Pad+5)}})
	selects("one ")
}

// TestDragOutOfWindow: a selection whose drag ends beside the window keeps the keyboard,
// which the toolkit takes away there; what took it in the meantime keeps it.
func TestDragOutOfWindow(t *testing.T) {
	p := opened(t, 400)
	p.SetText("one two three")
	c := fyne.CurrentApp().Driver().CanvasForObject(p)
	at := fyne.NewPos(Pad+p.layout().Caret(5, false).X+1, Pad+5)
	p.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: fyne.PointEvent{Position: at}})
	p.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(2000, Pad+5)}})
	c.Unfocus()
	p.DragEnd()
	if c.Focused() != p || !p.here || p.Selected() != "wo three" {
		t.Errorf("the keyboard is at %v, selected is %q", c.Focused(), p.Selected())
	}
	c.Unfocus()
	p.Disable()
	p.DragEnd()
	if c.Focused() != nil {
		t.Error("what cannot be written in took the keyboard")
	}
}

// TestWordsByKeys: the keys go by words, of Chinese by stretches, and over line ends.
func TestWordsByKeys(t *testing.T) {
	p := opened(t, 400)
	const text = "one, two_b\n中文 é🦊 end"
	p.SetText(text)
	stops := func(right bool) (list []string) {
		for range 20 {
			b := &p.buffer
			before := b.Caret()
			b.StepWord(right, false)
			if b.Caret() == before {
				break
			}
			list = append(list, text[:b.Caret()])
		}
		return list
	}
	p.press(fyne.KeyPageUp)
	want := []string{"one", "one,", "one, two_b", "one, two_b\n", "one, two_b\n中文", "one, two_b\n中文 é", "one, two_b\n中文 é🦊", text}
	if got := stops(true); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("to the right %q", got)
	}
	want = []string{"one, two_b\n中文 é🦊 ", "one, two_b\n中文 é", "one, two_b\n中文 ", "one, two_b\n", "one, two_b", "one, ", "one", ""}
	if got := stops(false); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("to the left %q", got)
	}
}

// TestPasteIsCleaned: line breaks are ours, and nothing comes that cannot be seen or sent.
func TestPasteIsCleaned(t *testing.T) {
	p := opened(t, 400)
	p.Insert("a\r\nb\rc\x00\x1b\td\xff")
	if p.Text() != "a\nb\nc\td\uFFFD" {
		t.Errorf("pasted is %q", p.Text())
	}
}

// TestDisabledTakesNothing: keys and the mouse change nothing.
func TestDisabledTakesNothing(t *testing.T) {
	p := opened(t, 400)
	p.SetText("kept")
	p.Disable()
	p.TypedRune('x')
	p.press(fyne.KeyBackspace, fyne.KeyReturn)
	p.TypedShortcut(&fyne.ShortcutCut{Clipboard: new(clip)})
	if p.Text() != "kept" || !p.caret.Hidden {
		t.Errorf("left is %q", p.Text())
	}
}

// TestEditorIsSound: whatever is typed, pasted, selected and undone, the caret stands
// between letters and in view, and all steps back lead to where it began.
func TestEditorIsSound(t *testing.T) {
	p := opened(t, 120)
	letters := rapid.SampledFrom([]string{"a", " ", "\n", "\t", "é", "e\u0301", "中", "👨‍👩‍👧‍👦", "🇲🇹", "ש", "ل", "1", ".", "long_word_that_is_wider_than_a_line"})
	keys := rapid.SampledFrom([]fyne.KeyName{
		fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown, fyne.KeyHome, fyne.KeyEnd,
		fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyReturn,
	})
	rapid.Check(t, func(t *rapid.T) {
		began := strings.Join(rapid.SliceOfN(letters, 0, 12).Draw(t, "before"), "")
		p.SetText(began)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 7).Draw(t, "kind") {
			case 0, 1:
				p.press(keys.Draw(t, "key"))
			case 2:
				p.KeyDown(shiftKey)
				p.press(keys.Draw(t, "key with Shift"))
				p.KeyUp(shiftKey)
			case 3:
				p.TypedShortcut(&desktop.CustomShortcut{KeyName: keys.Draw(t, "key with Ctrl"), Modifier: wordModifier()})
			case 4:
				p.Insert(letters.Draw(t, "pasted"))
			case 5:
				test.Type(p, letters.Draw(t, "typed"))
			case 6:
				p.TypedShortcut(&fyne.ShortcutUndo{})
			case 7:
				at := fyne.PointEvent{Position: fyne.NewPos(rapid.Float32Range(0, 140).Draw(t, "x"), rapid.Float32Range(0, 140).Draw(t, "y"))}
				p.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, PointEvent: at})
			}
			start, end := p.buffer.Selection()
			if start < 0 || end > len(p.Text()) || !starts(p.Text(), start) || !starts(p.Text(), end) {
				t.Fatalf("%d to %d of %q is selected", start, end, p.Text())
			}
			if at := p.caretAt(); at.Y < p.top || at.Y+p.font().Line > p.top+p.visible()+0.5 {
				t.Fatalf("the caret at %v is out of view at %v", at, p.top)
			}
		}
		now := p.Text()
		n := 0
		for p.buffer.Undo() {
			n++
		}
		if p.Text() != began {
			t.Fatalf("all undone is %q, it began with %q", p.Text(), began)
		}
		for range n {
			p.buffer.Redo()
		}
		if p.Text() != now || !utf8.ValidString(now) {
			t.Fatalf("all done again is %q, it was %q", p.Text(), now)
		}
	})
}

// BenchmarkLongText types into a text as long as a message may be.
func BenchmarkLongText(b *testing.B) {
	p := opened(b, 600)
	p.SetText(strings.Repeat("some words of a very long text, 中文, with é and 🦊 in it\n", 280))
	p.Select(0, 0)
	for b.Loop() {
		p.TypedRune('x')
	}
}
