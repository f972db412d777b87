package ui

import (
	"fyne.io/fyne/v2"
)

// awaited keeps the place of a room's messages while they are read, for a machine that is
// busy: lines without words, where the newest messages will be. They appear after
// skeletonAfter only; a room is there in a few milliseconds, and what flashes disturbs.
type awaited struct {
	p     *pane
	lines *skeleton
	times int // it was begun and ended
}

// awaitedRows is how many lines there are, if they fit.
const awaitedRows = 5

func newAwaited(p *pane) *awaited {
	a := &awaited{p: p, lines: &skeleton{rows: awaitedRows, lines: true}}
	a.lines.ExtendBaseWidget(a.lines)
	a.lines.Hide()
	return a
}

// begin is called when a room is opened.
func (a *awaited) begin() {
	a.end()
	if a.p.timeline.Loaded() {
		return
	}
	now := a.times
	a.p.h.u.pump.after(skeletonAfter, func() {
		if a.times != now || a.p.timeline.Loaded() || !a.p.anyRoom {
			return
		}
		a.lines.Show()
		a.lines.Refresh()
		a.p.object.arrange()
	})
}

// end is called when the messages are there, or none are to be shown.
func (a *awaited) end() {
	a.times++
	setShown(a.lines, false)
}

// place puts it at the lower end of the place of the messages.
func (a *awaited) place(at fyne.Position, s fyne.Size) {
	high := min(a.lines.MinSize().Height, s.Height)
	side := min(24, s.Width/20)
	a.lines.Move(at.AddXY(side, s.Height-high))
	a.lines.Resize(fyne.NewSize(min(max(0, s.Width-2*side), 420), high))
}
