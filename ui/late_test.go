package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/ui/look"
)

// TestProblemOverTyping: a page that opens by itself takes neither the draft nor the
// keys of somebody who is writing.
func TestProblemOverTyping(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.home.focus()
	u.home.pane.composer.entry.SetText("half a sen")
	show := func(phase app.Phase, p *app.Problem) {
		v := *u.view
		v.Phase, v.Problem = phase, p
		u.apply(app.Changes{View: true}, &v)
	}
	show(app.PhaseFailed, &app.Problem{Kind: app.ProblemDamaged})
	c := u.win.Canvas()
	if c.Focused() != nil {
		t.Fatalf("the keyboard is on %T", c.Focused())
	}
	for _, r := range "tencx" {
		c.OnTypedRune()(r)
	}
	c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	c.OnTypedRune()('e')
	show(app.PhaseOpen, nil)
	if got := u.home.pane.composer.entry.Text(); got != "half a sentence" {
		t.Errorf("the draft is %q", got)
	}
}

// TestLateFocus: after a pause the page has the keyboard.
func TestLateFocus(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.home.focus()
	v := *u.view
	v.Phase, v.Problem = app.PhaseFailed, &app.Problem{Kind: app.ProblemDamaged}
	u.apply(app.Changes{View: true}, &v)
	q.until(t, "the focus", func() bool { return u.win.Canvas().Focused() != nil })
}

// TestReveal: what has the focus is in view in the lowest window.
func TestReveal(t *testing.T) {
	g, q := newGallery(t, "join-confirm,light,en,narrow")
	g.pose(q)
	u := g.u
	u.win.Resize(fyne.NewSize(minWidth, minHeight))
	q.linger(10 * time.Millisecond)
	for range 6 {
		o, ok := u.win.Canvas().Focused().(fyne.CanvasObject)
		if !ok {
			t.Fatal("nothing has the focus")
		}
		y := u.fyne.Driver().AbsolutePositionForObject(o).Y
		if y < 0 || y+o.Size().Height > minHeight {
			t.Errorf("%T stands at %.0f to %.0f of %.0f", o, y, y+o.Size().Height, minHeight)
		}
		u.win.Canvas().(interface{ FocusNext() }).FocusNext()
	}
}

// TestWarningOverTyping: a warning that opens while somebody writes takes none of their
// keys, also after a pause; with Tab they come to its buttons, and Escape leads back.
func TestWarningOverTyping(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	u := g.u
	u.home.focus()
	entry := u.home.pane.composer.entry
	entry.SetText("well ")
	u.hear(app.Notice{Kind: app.NoticeDeviceAdded, Device: app.DeviceView{Name: "Office PC"}})
	if len(u.dialogs) != 1 {
		t.Fatal("there is no warning")
	}
	q.linger(latePause + latePause/2)
	c := u.win.Canvas()
	for _, r := range "that x" {
		c.OnTypedRune()(r)
	}
	c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	c.OnTypedRune()('w')
	if got := entry.Text(); got != "well that w" || len(u.dialogs) != 1 || c.Focused() != nil {
		t.Errorf("the draft is %q, with %d dialogs, the keyboard on %T", got, len(u.dialogs), c.Focused())
	}
	c.FocusNext()
	if _, is := c.Focused().(*look.Button); !is {
		t.Errorf("Tab leads to %T", c.Focused())
	}
	u.dialogs[0].Close()
	if c.Focused() != fyne.Focusable(entry) {
		t.Errorf("then the keyboard is on %T", c.Focused())
	}
}
