package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hearth/ui/look"
	"hearth/ui/tr"
)

// toastTime is how long a toast stays.
const toastTime = 4 * time.Second

// toasts shows short sentences at the lower edge of the window, one at a time;
// a later one replaces an earlier one.
type toasts struct {
	layer  *fyne.Container
	box    *look.Box
	text   *look.Line
	dot    *look.IconView
	cancel func() // stops the timer of the one that shows
}

func newToasts() *toasts {
	t := &toasts{cancel: func() {}}
	t.text = look.NewLine("", look.Body, look.Text)
	t.dot = look.NewIcon(look.IconInfo, look.Accent, 18)
	t.box = look.NewBox(look.RaisedFill, 10, rowGrow(10, 1, t.dot, t.text))
	t.box.PadX, t.box.PadY, t.box.Edge, t.box.Raised = 16, 11, look.EdgeInk, true
	t.box.Hide()
	t.layer = container.NewWithoutLayout(t.box)
	t.layer.Layout = t
	return t
}

// Layout implements fyne.Layout.
func (t *toasts) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	m := t.box.MinSize()
	w := min(m.Width, s.Width-24)
	t.box.Move(fyne.NewPos((s.Width-w)/2, s.Height-m.Height-92))
	t.box.Resize(fyne.NewSize(w, m.Height))
}

// MinSize implements fyne.Layout.
func (t *toasts) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, 1) }

// toast tells the person something in passing; ink says how it is meant. A group that
// is not in view is named.
func (u *UI) toast(text string, ink look.Ink) {
	if !u.inView() {
		text = tr.F("rail.toast", "Group", inSentence(u.groupName()), "Text", text)
	}
	u.Window.toast(text, ink)
}

// toast tells the person something that is about no group.
func (w *Window) toast(text string, ink look.Ink) {
	t := w.toasts
	t.cancel()
	t.text.SetText(text)
	icon := look.IconInfo
	switch {
	case sameInk(ink, look.Good):
		icon = look.IconCheck
	case sameInk(ink, look.Bad), sameInk(ink, look.Warn):
		icon = look.IconAlert
	}
	t.dot.Set(icon, ink)
	t.box.Show()
	t.layer.Refresh()
	t.cancel = w.life.after(toastTime, func() {
		t.box.Hide()
		canvas.Refresh(t.layer)
	})
}

// sameInk compares two inks by what they draw.
func sameInk(a, b look.Ink) bool { return a(look.Now()) == b(look.Now()) }
