package look

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// TipRoot is the top of a window's content that can show tooltips above it. A
// tooltip is not an overlay, because the toolkit gives all clicks to overlays.
type TipRoot struct {
	*fyne.Container
	content fyne.CanvasObject
	box     *Box
	text    *Line
	timer   *fyne.Animation // runs while a tooltip is due
	owner   fyne.CanvasObject
}

// tipDelay is how long the pointer rests before its tooltip shows.
const tipDelay = 500 * time.Millisecond

// WithTips wraps the content of a window so that icon buttons can show their
// tooltips. Give the result's Container to Window.SetContent.
func WithTips(content fyne.CanvasObject) *fyne.Container {
	text := NewLine("", Caption, Text)
	box := NewBox(RaisedFill, 6, text)
	box.PadX, box.PadY, box.Edge, box.Raised = 8, 4, EdgeInk, true
	box.Hide()
	r := &TipRoot{content: content, box: box, text: text}
	r.Container = container.NewWithoutLayout(content, box)
	r.Container.Layout = r
	return r.Container
}

// Layout implements fyne.Layout.
func (r *TipRoot) Layout(_ []fyne.CanvasObject, s fyne.Size) { r.content.Resize(s) }

// MinSize implements fyne.Layout.
func (r *TipRoot) MinSize([]fyne.CanvasObject) fyne.Size { return r.content.MinSize() }

// tipRootOf finds the tip layer over an object; nil if its window has none.
func tipRootOf(o fyne.CanvasObject) *TipRoot {
	if o == nil {
		return nil
	}
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c == nil {
		return nil
	}
	top := c.Content()
	if overlay := c.Overlays().Top(); overlay != nil {
		top = overlay
	}
	if box, ok := top.(*fyne.Container); ok {
		if r, ok := box.Layout.(*TipRoot); ok {
			return r
		}
	}
	return nil
}

// ShowTip shows a tooltip under an object when the pointer has rested on it for a
// moment; for widgets that draw several things at once. [HideTip] takes it away.
func ShowTip(o fyne.CanvasObject, tip string) { showTip(o, tip) }

// HideTip takes the tooltip of an object away.
func HideTip(o fyne.CanvasObject) { hideTip(o) }

func showTip(o fyne.CanvasObject, tip string) {
	r := tipRootOf(o)
	if r == nil || tip == "" {
		return
	}
	HideTips()
	tipped, r.owner = r, o
	r.timer = fyne.NewAnimation(tipDelay, func(done float32) {
		if done >= 1 && r.owner == o {
			r.show(o, tip)
		}
	})
	r.timer.Start()
}

// tipped is the layer that has a tooltip, or will have one; nil: none. Where its owner is
// shown cannot be asked the toolkit, which forgets that of what is out of view. UI
// goroutine only.
var tipped *TipRoot

func hideTip(o fyne.CanvasObject) {
	if tipped != nil && tipped.owner == o {
		HideTips()
	}
}

// HideTips takes the tooltip away that shows, if any: its owner goes out of view without
// the pointer having left it.
func HideTips() {
	if r := tipped; r != nil {
		r.stop()
		tipped, r.owner = nil, nil
		r.box.Hide()
	}
}

func (r *TipRoot) stop() {
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
}

// show puts the tooltip below its owner, above it at the lower edge.
func (r *TipRoot) show(o fyne.CanvasObject, tip string) {
	d := fyne.CurrentApp().Driver()
	at, size, room := d.AbsolutePositionForObject(o), o.Size(), r.Container.Size()
	if at.IsZero() {
		return // has gone from the window without the pointer having left it
	}
	at = at.Subtract(d.AbsolutePositionForObject(r.Container))
	r.text.SetText(tip)
	want := r.box.MinSize()
	y := at.Y + size.Height + 6
	if y+want.Height > room.Height {
		y = at.Y - want.Height - 6
	}
	x := at.X + (size.Width-want.Width)/2
	r.box.Move(fyne.NewPos(max(4, min(x, room.Width-want.Width-4)), y))
	r.box.Resize(want)
	r.box.Show()
	canvas.Refresh(r.Container) // not of the box: the window does not know what was never visible
}
