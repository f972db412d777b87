package emoji

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/ui/look"
)

// TestSearchTakesWholeLetters: what people take for one letter is one for the keys, as in
// other fields.
func TestSearchTakesWholeLetters(t *testing.T) {
	test.NewTempApp(t)
	e := newEntry("Search")
	e.key, e.focus = func(*fyne.KeyEvent) bool { return false }, func(bool) {}
	test.NewTempWindow(t, e).Canvas().Focus(e)
	e.SetText("a🇲🇹👍🏽")
	for _, want := range []string{"a🇲🇹", "a", ""} {
		e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
		if e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace}); e.Text() != want {
			t.Errorf("Backspace leaves %q, want %q", e.Text(), want)
		}
	}
}

// TestSearchLeavesTheIcon: a search that begins at the right, or is long, does not lie under
// the icon.
func TestSearchLeavesTheIcon(t *testing.T) {
	s := show(t, "light", usual, Options{})
	var icon fyne.CanvasObject
	for _, o := range test.WidgetRenderer(s.picker).Objects() {
		if i, ok := o.(*look.IconView); ok {
			icon = i
		}
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject
	if end := at(s.picker.search).X + s.picker.search.Size().Width; end > at(icon).X || s.picker.search.Size().Width < 100 {
		t.Errorf("the text ends at %v, the icon begins at %v", end, at(icon).X)
	}
}

// TestPasteLong: of a long text the beginning is looked for; it is not dropped without a word.
func TestPasteLong(t *testing.T) {
	test.NewTempApp(t)
	e := newEntry("Search")
	e.key, e.focus = func(*fyne.KeyEvent) bool { return false }, func(bool) {}
	test.NewTempWindow(t, e)
	clip := test.NewClipboard()
	clip.SetContent(strings.Repeat("é", mostPasted+1))
	e.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
	if got := e.Text(); got != strings.Repeat("é", mostPasted) {
		t.Errorf("%d letters", len([]rune(got)))
	}
}

// TestPasteNoText: bytes are not searched for, whatever they begin with.
func TestPasteNoText(t *testing.T) {
	test.NewTempApp(t)
	e := newEntry("Search")
	e.key, e.focus = func(*fyne.KeyEvent) bool { return false }, func(bool) {}
	test.NewTempWindow(t, e)
	clip := test.NewClipboard()
	clip.SetContent(strings.Repeat("a", mostPasted) + "\x00")
	e.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
	if e.Text() != "" {
		t.Errorf("bytes were pasted: %q", e.Text())
	}
}
