package ui

import (
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hearth/ui/look"
	"hearth/ui/tr"
)

// A toast stays as long as it takes to read it, within these bounds.
const (
	toastTime    = 4 * time.Second
	toastMost    = 15 * time.Second
	toastPerRune = 70 * time.Millisecond
)

// toastWidth is the most that a toast takes; longer sentences go on below.
const toastWidth float32 = 560

// toasts shows short sentences at the lower edge of the window, one at a time;
// a later one replaces an earlier one. It is in the topmost layer of the window, as a
// dialog or a picture may cover all others.
type toasts struct {
	layer  *fyne.Container
	ground *fyne.Container // what layer is in
	over   *dialog         // whose layer that is, if a dialog's
	box    *look.Box
	row    *fyne.Container
	text   *para
	dot    *look.IconView
	cancel func()                           // stops the timer of the one that shows
	writes func() (top float32, shown bool) // where in the window the composer begins
}

func newToasts(writes func() (float32, bool)) *toasts {
	t := &toasts{cancel: func() {}, writes: writes}
	t.text = newPara("", look.Body, look.Text)
	t.dot = look.NewIcon(look.IconInfo, look.Accent, 18)
	t.row = rowGrow(10, 1, t.dot, t.text)
	t.box = look.NewBox(look.RaisedFill, 10, t.row)
	t.box.PadX, t.box.PadY, t.box.Edge, t.box.Raised = 16, 11, look.EdgeInk, true
	t.box.Hide()
	t.layer = container.NewWithoutLayout(t.box)
	t.layer.Layout = t
	return t
}

// Layout implements fyne.Layout.
func (t *toasts) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	around := 2*t.box.PadX + t.dot.MinSize().Width + 10
	natural := look.MeasureRuns(t.text.text, t.text.size(look.Sizes()), t.text.style())
	w := min(around+natural+1, look.Grown(toastWidth), s.Width-24)
	h := heightFor(t.row, w-2*t.box.PadX) + 2*t.box.PadY
	if t.over != nil {
		t.box.Move(fyne.NewPos((s.Width-w)/2, t.besideCard(h, s.Height)))
		t.box.Resize(fyne.NewSize(w, h))
		return
	}
	bottom := s.Height - 92
	if top, shown := t.writes(); shown { // what one is writing stays to be read
		bottom = min(bottom, top-12)
	}
	t.box.Move(fyne.NewPos((s.Width-w)/2, max(12, bottom-h)))
	t.box.Resize(fyne.NewSize(w, h))
}

// besideCard is where something of height h lies above or below the card of a dialog; where
// neither has the room, over its head, which is read by then, and not over its buttons.
func (t *toasts) besideCard(h, window float32) float32 {
	const gap, edge float32 = 12, 8
	card := t.over.card
	top, bottom := card.at.Y, card.at.Y+card.size.Y
	switch {
	case window-bottom >= gap+h+edge:
		return min(bottom+3*gap, window-h-edge)
	case top >= gap+h+edge:
		return top - gap - h
	}
	return edge
}

// raiseToasts puts what is said in passing into the topmost layer that has room for it.
func (w *Window) raiseToasts() {
	t := w.toasts
	if !t.box.Visible() {
		return
	}
	ground, over := w.ground, (*dialog)(nil)
	for _, o := range w.win.Canvas().Overlays().List() {
		if w.viewer != nil && o == fyne.CanvasObject(w.viewer.layer) {
			ground, over = w.viewer.ground, nil
		}
		for _, d := range w.dialogs {
			if o == fyne.CanvasObject(d.layer) {
				ground, over = d.ground, d
			}
		}
	}
	t.over = over
	if t.ground != ground {
		if t.ground != nil {
			t.ground.Remove(t.layer)
		}
		t.ground = ground
		ground.Add(t.layer)
	}
}

// composerTop is where in the window the composer begins, if one shows.
func (w *Window) composerTop() (top float32, shown bool) {
	if w.shown == nil || w.shown.home == nil || w.shown.home.pane == nil {
		return 0, false
	}
	o := w.shown.home.pane.composer.object
	top = fyne.CurrentApp().Driver().AbsolutePositionForObject(o).Y
	return top, top > 0 && o.Visible()
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
	w.raiseToasts()
	t.layer.Refresh()
	t.cancel = w.life.after(toastStays(text), func() {
		t.box.Hide()
		canvas.Refresh(t.layer)
	})
}

// toastStays is how long a text shows.
func toastStays(text string) time.Duration {
	return min(max(toastTime, time.Duration(utf8.RuneCountInString(text))*toastPerRune), toastMost)
}

// sameInk compares two inks by what they draw.
func sameInk(a, b look.Ink) bool { return a(look.Now()) == b(look.Now()) }
