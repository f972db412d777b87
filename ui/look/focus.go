package look

import "fyne.io/fyne/v2"

// focusFollowers are told what gets the focus, by window. Owned by the UI goroutine.
var focusFollowers = map[fyne.Canvas]func(fyne.CanvasObject){}

// FollowFocus has f told which widget of a window gets the focus, so that it can be
// scrolled into view; nil ends it.
func FollowFocus(c fyne.Canvas, f func(fyne.CanvasObject)) {
	if f == nil {
		delete(focusFollowers, c)
		return
	}
	focusFollowers[c] = f
}

// Focused is called by widgets that get the focus.
func Focused(o fyne.CanvasObject) {
	if o == nil || len(focusFollowers) == 0 {
		return
	}
	if f := focusFollowers[fyne.CurrentApp().Driver().CanvasForObject(o)]; f != nil {
		f(o)
	}
}
