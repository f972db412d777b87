package emoji

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
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
