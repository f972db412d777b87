package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/ui/look"
)

// TestFocusIsFollowed: what gets the focus says so, and is scrolled into view.
func TestFocusIsFollowed(t *testing.T) {
	test.NewTempApp(t)
	for _, o := range []fyne.Focusable{
		newDays(0, func(app.Weekdays) {}), newSegments([]string{"one", "two"}, 0, func(int) {}),
	} {
		win := test.NewTempWindow(t, o.(fyne.CanvasObject))
		var told fyne.CanvasObject
		look.FollowFocus(win.Canvas(), func(got fyne.CanvasObject) { told = got })
		win.Canvas().Focus(o)
		look.FollowFocus(win.Canvas(), nil)
		if told != o.(fyne.CanvasObject) {
			t.Errorf("%T has the focus, and %T was told", o, told)
		}
	}
}
