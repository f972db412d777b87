package ui

import (
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"hearth/ui/look"
)

// latePause is how long after the last key somebody counts as still typing.
const latePause = 1200 * time.Millisecond

// late takes the keys of somebody who was typing when something opened by itself:
// they are meant for what was there before, not for a button that was not.
type late struct {
	write func(rune)
	erase func()
	then  fyne.Focusable // gets the focus after a pause; may be nil
	stays bool           // also after a pause, until what opened closes or is given the focus
	stop  func()
}

// listenLate begins to hand typed characters on instead of giving the focus to then.
func (u *UI) listenLate(write func(rune), erase func(), then fyne.Focusable) {
	u.endLate()
	l := &late{write: write, erase: erase, then: then, stop: func() {}}
	u.late = l
	u.win.Canvas().Unfocus()
	u.waitLate(l)
}

func (u *UI) waitLate(l *late) {
	l.stop()
	if l.stays {
		return
	}
	page, dialogs := u.pages, len(u.dialogs)
	l.stop = u.pump.after(latePause, func() {
		if u.late != l {
			return
		}
		u.endLate()
		if c := u.win.Canvas(); l.then != nil && u.pages == page && len(u.dialogs) == dialogs && c.Focused() == nil {
			c.Focus(l.then)
		}
	})
}

// endLate stops handing characters on.
func (u *UI) endLate() {
	if u.late != nil {
		u.late.stop()
		u.late = nil
	}
}

// lateRune takes a character that is meant for what was there before; true if it did.
func (u *UI) lateRune(r rune) bool {
	if u.late == nil {
		return false
	}
	u.late.write(r)
	u.waitLate(u.late)
	return true
}

// lateKey takes a key that is meant for what was typed; true if it did.
func (u *UI) lateKey(e *fyne.KeyEvent) bool {
	if u.late == nil || e.Name != fyne.KeyBackspace {
		return false
	}
	u.late.erase()
	u.waitLate(u.late)
	return true
}

// writing reports whether the keyboard is on the composer.
func (u *UI) writing() bool {
	return u.inView() && u.home != nil && len(u.dialogs) == 0 && u.win.Canvas().Focused() == fyne.Focusable(u.home.pane.composer.entry)
}

// keepPlace notes where the person is before the page of the group goes away by
// itself; what they go on typing belongs to the draft.
func (u *UI) keepPlace(writing bool) {
	if u.home == nil {
		return
	}
	if u.kept = u.home.place(); u.kept != nil {
		u.kept.writing = writing
	}
}

// focusLater gives the focus of a page that opened by itself to o, once a person
// who was writing pauses.
func (u *UI) focusLater(o fyne.Focusable) {
	p := u.kept
	if p == nil || !p.writing {
		if o != nil && u.inView() {
			u.win.Canvas().Focus(o)
		}
		return
	}
	begun := u.pads[p.room]
	if begun == nil {
		begun = &pad{}
		u.pads[p.room] = begun
	}
	keep := func(text string) {
		begun.write(text)
		u.keepPad(p.room)
	}
	u.listenLate(func(r rune) { keep(begun.shown() + string(r)) }, func() {
		text := begun.shown()
		_, n := utf8.DecodeLastRuneInString(text)
		keep(text[:len(text)-n])
	}, o)
}

// shownPage is what scrolls in the top dialog, else the page of the way into a group.
func (u *UI) shownPage() *page {
	if n := len(u.dialogs); n > 0 {
		if s, ok := u.dialogs[n-1].spec.body.(interface{ scrollPage() *page }); ok {
			return s.scrollPage()
		}
		return u.dialogs[n-1].page
	}
	return u.flow
}

// reveal scrolls what got the focus into view.
func (u *UI) reveal(o fyne.CanvasObject) {
	if len(u.dialogs) == 0 && u.flow == nil {
		return
	}
	if n := len(u.dialogs); n > 0 && u.dialogs[n-1].outside(o) {
		return
	}
	if p := u.shownPage(); p != nil {
		p.reveal(o)
	}
}

// outside reports whether o is a button beside the page of the dialog.
func (d *dialog) outside(o fyne.CanvasObject) bool {
	for _, b := range d.spec.buttons {
		if o == fyne.CanvasObject(b) {
			return true
		}
	}
	return o == fyne.CanvasObject(d.cross)
}

// revealSpace is kept free above and below what was scrolled into view.
const revealSpace float32 = 16

// reveal scrolls until an object of the page is in view.
func (p *page) reveal(o fyne.CanvasObject) {
	if p.scroll.Size().Height <= 0 {
		return
	}
	driver := fyne.CurrentApp().Driver()
	if driver.CanvasForObject(o) == nil || driver.CanvasForObject(p.scroll) == nil {
		return
	}
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(p.inner).Y
	scrollTo(p.scroll, top, o.Size().Height)
}

// revealAgain keeps what has the focus in view when the page changes its size.
func (p *page) revealAgain() {
	c := fyne.CurrentApp().Driver().CanvasForObject(p.scroll)
	if c == nil {
		return
	}
	if o, ok := c.Focused().(fyne.CanvasObject); ok {
		look.Focused(o)
	}
}
