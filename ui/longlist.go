package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"hearth/ui/look"
)

// longList shows lines of one height in a scroll. There may be thousands, so that only
// those in view have widgets, which are used again for others. Whose list it is keeps what
// the lines are about, and has the keyboard for all of them.
type longList[W fyne.CanvasObject] struct {
	longParts[W]
	pool   []W
	inner  *fyne.Container
	scroll *look.Scroll
}

// longParts says what a list is made of; fixed after init.
type longParts[W fyne.CanvasObject] struct {
	count  func() int     // how many lines there are
	height func() float32 // of one
	spare  float32        // at the right, where the bar lies over the list
	make   func() W
	set    func(w W, i int) // shows line i in a widget, which has its place and size
	filled func(first, end int)
}

func (l *longList[W]) init(p longParts[W]) {
	l.longParts = p
	l.inner = container.New(&longLayout{height: func() float32 { return float32(p.count()) * p.height() }})
	l.scroll = look.NewVScroll(l.inner)
	l.scroll.OnScrolled = func(fyne.Position) { l.fill() }
}

// longLayout leaves lines where fill put them.
type longLayout struct{ height func() float32 }

// MinSize implements fyne.Layout.
func (l *longLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, l.height()) }

// Layout implements fyne.Layout.
func (*longLayout) Layout([]fyne.CanvasObject, fyne.Size) {}

// resize gives the list its size.
func (l *longList[W]) resize(s fyne.Size) {
	if s != l.scroll.Size() {
		l.scroll.Resize(s)
		l.fill()
	}
}

// inView are the first line that shows and the one behind the last.
func (l *longList[W]) inView() (first, end int) {
	h, n := l.height(), l.count()
	first = min(max(0, int(l.scroll.Offset.Y/h)), n)
	end = min(n, int((l.scroll.Offset.Y+l.scroll.Size().Height)/h)+1)
	return first, max(first, end)
}

// fill gives the lines in view their widgets.
func (l *longList[W]) fill() {
	first, end := l.inView()
	n := end - first
	for len(l.pool) < n {
		l.pool = append(l.pool, l.make())
	}
	if len(l.inner.Objects) != n {
		l.inner.Objects = l.inner.Objects[:0]
		for _, w := range l.pool[:n] {
			l.inner.Objects = append(l.inner.Objects, w)
		}
	}
	h, wide := l.height(), l.scroll.Size().Width-l.spare
	for i := range n {
		w := l.pool[i]
		lay(w, 0, float32(first+i)*h, wide, h)
		l.set(w, first+i)
	}
	canvas.Refresh(l.inner) // what has changed in a line has been drawn anew
	if l.filled != nil {
		l.filled(first, end)
	}
}

// again begins with other lines: from the top, so that the one at a place is in view.
func (l *longList[W]) again(at int) {
	l.inner.Resize(l.inner.MinSize())
	l.scroll.Offset = fyne.NewPos(0, 0)
	l.reveal(at)
	l.scroll.Refresh()
	l.fill()
}

// reveal scrolls as little as needed to have a line in view.
func (l *longList[W]) reveal(i int) {
	h, view := l.height(), l.scroll.Size().Height
	top := float32(i) * h
	if y := l.scroll.Offset.Y; top < y {
		l.scroll.ScrollToOffset(fyne.NewPos(0, top))
	} else if top+h > y+view {
		l.scroll.ScrollToOffset(fyne.NewPos(0, max(0, top+h-view)))
	}
}

// step is the line that a key leads to from another one; false if it leads nowhere.
func (l *longList[W]) step(e *fyne.KeyEvent, from int) (to int, ok bool) {
	page := max(1, int(l.scroll.Size().Height/l.height())-1)
	switch e.Name {
	case fyne.KeyUp:
		to = from - 1
	case fyne.KeyDown:
		to = from + 1
	case fyne.KeyPageUp:
		to = from - page
	case fyne.KeyPageDown:
		to = from + page
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = l.count() - 1
	default:
		return from, false
	}
	return min(max(0, to), max(0, l.count()-1)), true
}
