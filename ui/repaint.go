package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// The toolkit forgets where an object is shown a minute after it was asked for it
// last, whether it is in view or not, and learns it again when the window is painted.
// What is refreshed in between is not painted; and where nothing else has the window
// painted, it never is: the picture stands still for good. That is so after everything
// stood still for a minute (a suspended machine, a debugger, an X client that holds the
// server), and for parts that did not change while others did.
const (
	forgetEvery = 5 * time.Second // between two canaries
	forgetAfter = time.Minute     // the toolkit's
)

// repaints has the windows painted again as soon as the toolkit has forgotten
// something, and lets nothing be changed until that is done: canaries, which are
// forgotten first, tell of it. It belongs to the UI goroutine.
type repaints struct {
	dirty    func() // marks the windows
	frames   interface{ Start() }
	end      func() // ends those
	canaries []*canary
	next     int
	left     int      // frames to wait for
	waiting  []func() // until then
}

// canary is a widget that is shown nowhere. Its renderer is let go of together with
// what else the toolkit has not been asked for since.
type canary struct {
	widget.BaseWidget
	gone func()
}

// CreateRenderer implements fyne.Widget.
func (c *canary) CreateRenderer() fyne.WidgetRenderer { return &canaryRenderer{c.gone} }

type canaryRenderer struct{ gone func() }

func (r *canaryRenderer) Layout(fyne.Size)             {}
func (r *canaryRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *canaryRenderer) Objects() []fyne.CanvasObject { return nil }
func (r *canaryRenderer) Refresh()                     {}

// Destroy is called when the toolkit forgets.
func (r *canaryRenderer) Destroy() { r.gone() }

// newRepaints returns what watches over the windows of a driver.
func newRepaints(windows func() []fyne.Window) *repaints {
	r := &repaints{dirty: func() {
		for _, w := range windows() {
			if c, ok := w.Canvas().(interface{ SetDirty() }); ok {
				c.SetDirty()
			}
		}
	}}
	a := fyne.NewAnimation(time.Hour, func(float32) { r.frame() })
	a.RepeatCount = fyne.AnimationRepeatForever
	r.frames, r.end = a, a.Stop
	for range forgetAfter/forgetEvery + 1 {
		c := &canary{gone: r.forgot}
		c.ExtendBaseWidget(c)
		r.canaries = append(r.canaries, c)
	}
	return r
}

// watch sends the next canary: at any time there is one that is just old enough.
func (r *repaints) watch() {
	r.canaries[r.next].MinSize() // asks for its renderer
	r.next = (r.next + 1) % len(r.canaries)
}

// forgot has the windows painted; called at the end of a frame.
func (r *repaints) forgot() {
	if r.left == 0 {
		r.frames.Start()
	}
	r.left = 2 // told of before its painting, the next frame is over with the one behind it
	r.dirty()
}

// frame is told of each frame, before it is painted.
func (r *repaints) frame() {
	if r.left--; r.left > 0 {
		return
	}
	r.left = 0
	r.end()
	list := r.waiting
	r.waiting = nil
	for _, f := range list {
		f()
	}
}

// run runs f as soon as what it changes will be painted.
func (r *repaints) run(f func()) {
	if r.left > 0 {
		r.waiting = append(r.waiting, f)
		return
	}
	f()
}

// keepPainting sends canaries until the window's end.
func (w *Window) keepPainting() {
	w.repaints.watch()
	w.life.after(forgetEvery, w.keepPainting)
}

// Unpainted reports whether what is changed now would not be painted; it will be in
// one of the next frames. UI goroutine only.
func (w *Window) Unpainted() bool { return w.repaints.left > 0 }
