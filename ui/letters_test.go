package ui

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// TestWholeLetters: what people take for one letter is one for the keys, in a line and in
// the composer, wherever a row ends.
func TestWholeLetters(t *testing.T) {
	test.NewTempApp(t)
	whole := []string{"🇲🇹", "👍🏽", "👨‍👩‍👧‍👦", "❤️", "1️⃣", "#️⃣", "👩🏽‍❤️‍💋‍👨🏿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"}
	parts := []string{"e\u0301", "ก็", "कि", "שָ"}
	for _, multi := range []bool{false, true} {
		for _, letter := range append(whole, parts...) {
			f := newField("Name", "")
			e := f.entry
			if e.MultiLine = multi; multi {
				e.Wrapping = fyne.TextWrapWord
			}
			w := test.NewTempWindow(t, f)
			w.Resize(fyne.NewSize(90, 300))
			w.Canvas().Focus(e)
			press := func(keys ...fyne.KeyName) {
				for _, k := range keys {
					e.TypedKey(&fyne.KeyEvent{Name: k})
				}
			}
			changed := 0
			e.OnChanged = func(string) { changed++ }
			is := func(after, text string, caret string) {
				t.Helper()
				if e.Text != text || e.CursorTextOffset() != utf8.RuneCountInString(caret) {
					t.Errorf("%q, several rows %v: after %s %q, the caret at %d", letter, multi, after, e.Text, e.CursorTextOffset())
				}
			}
			full := func() { e.SetText("ab" + strings.Repeat(letter, 9) + "c"); press(fyne.KeyPageUp); changed = 0 }
			full()
			press(fyne.KeyRight, fyne.KeyRight)
			for n := range 9 {
				is("Right", e.Text, "ab"+strings.Repeat(letter, n))
				press(fyne.KeyRight)
				if e.CursorTextOffset() == utf8.RuneCountInString("ab"+strings.Repeat(letter, n)) { // a row ends
					press(fyne.KeyRight)
				}
			}
			for n := 9; n > 0; n-- {
				is("Left", e.Text, "ab"+strings.Repeat(letter, n))
				press(fyne.KeyLeft)
				if e.CursorTextOffset() == utf8.RuneCountInString("ab"+strings.Repeat(letter, n)) { // a row ends
					press(fyne.KeyLeft)
				}
			}
			is("all to the left", e.Text, "ab")
			press(fyne.KeyDelete)
			is("Delete", "ab"+strings.Repeat(letter, 8)+"c", "ab")
			e.TypedShortcut(&fyne.ShortcutUndo{})
			if e.Text != "ab"+strings.Repeat(letter, 9)+"c" {
				t.Errorf("%q: Undo of Delete gives %q", letter, e.Text)
			}
			full()
			press(fyne.KeyPageDown, fyne.KeyLeft, fyne.KeyBackspace)
			rest := strings.Repeat(letter, 8)
			if n := utf8.RuneCountInString(letter); slices.Contains(parts, letter) {
				rest += string([]rune(letter)[:n-1])
			}
			is("Backspace", "ab"+rest+"c", "ab"+rest)
			if changed != 1 {
				t.Errorf("%q: Backspace was %d changes", letter, changed)
			}
		}
	}
}

// TestLettersAreSelectedWhole: with Shift, too, and a letter in which the caret stands
// goes as a whole.
func TestLettersAreSelectedWhole(t *testing.T) {
	test.NewTempApp(t)
	const family = "👨‍👩‍👧‍👦"
	f := newField("Name", "")
	e := f.entry
	w := test.NewTempWindow(t, f)
	w.Canvas().Focus(e)
	e.SetText("a" + family + "🇲🇹")
	press := func(k fyne.KeyName) { e.TypedKey(&fyne.KeyEvent{Name: k}) }
	press(fyne.KeyEnd)
	e.KeyDown(shiftKey)
	press(fyne.KeyLeft)
	if e.SelectedText() != "🇲🇹" {
		t.Errorf("selected is %q", e.SelectedText())
	}
	press(fyne.KeyLeft)
	if e.SelectedText() != family+"🇲🇹" {
		t.Errorf("selected is %q", e.SelectedText())
	}
	press(fyne.KeyRight)
	press(fyne.KeyRight)
	press(fyne.KeyBackspace) // nothing is selected, the key still held
	if e.Text != "a"+family {
		t.Errorf("with Shift Backspace leaves %q", e.Text)
	}
	press(fyne.KeyLeft)
	if e.SelectedText() != family {
		t.Errorf("with Shift still held %q is selected", e.SelectedText())
	}
	e.KeyUp(shiftKey)
	press(fyne.KeyRight)
	for _, k := range []fyne.KeyName{fyne.KeyBackspace, fyne.KeyDelete} {
		e.SetText("a" + family + "b")
		e.CursorColumn = 4
		e.Refresh()
		press(k)
		if e.Text != "ab" || e.CursorTextOffset() != 1 {
			t.Errorf("%s within a letter leaves %q, the caret at %d", k, e.Text, e.CursorTextOffset())
		}
	}
}
