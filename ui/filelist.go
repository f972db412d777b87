package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"hearth/internal/folder"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// fileList lists a folder. It may have thousands of lines, so that only those in view
// have widgets. It has the keyboard as one: whatever is listed, the focus stays.
type fileList struct {
	widget.BaseWidget
	longList[*fileRow]
	x      *fileDialog
	shown  []int // of x.list.Entries
	cursor int
	focus  bool
	begun  string                  // of a name, typed on the list
	at     time.Time               // when its last letter was
	held   func() fyne.KeyModifier // which keys are held down
}

const (
	// jumpPause is how long after a letter the next one begins another name.
	jumpPause = time.Second
	// leapPause is how long after another folder shows a click is not yet one on it: the
	// second of a double click, with which many open folders.
	leapPause = 400 * time.Millisecond
)

func newFileList(x *fileDialog) *fileList {
	l := &fileList{x: x, held: x.u.heldKeys}
	l.init(longParts[*fileRow]{
		count: func() int { return len(l.shown) }, height: fileRowHeight, spare: dialogBar / 2,
		make: func() *fileRow { return newFileRow(l) }, filled: x.lookUp,
		set: func(r *fileRow, i int) { r.set(i, l.entry(i)) },
	})
	l.ExtendBaseWidget(l)
	return l
}

func fileRowHeight() float32 { return look.Grown(36) }

// show lists lines, from the one at the cursor on.
func (l *fileList) show(shown []int, cursor int) {
	l.shown, l.cursor = shown, min(max(0, cursor), max(0, len(shown)-1))
	l.again(l.cursor)
}

// entry is the i-th line.
func (l *fileList) entry(i int) *folder.Entry {
	if i < 0 || i >= len(l.shown) {
		return nil
	}
	return &l.x.list.Entries[l.shown[i]]
}

// Resize implements fyne.CanvasObject.
func (l *fileList) Resize(s fyne.Size) {
	l.BaseWidget.Resize(s)
	l.resize(s)
}

// CreateRenderer implements fyne.Widget.
func (l *fileList) CreateRenderer() fyne.WidgetRenderer {
	return look.NewRenderer(look.RendererParts{
		Of:      l,
		Objects: []fyne.CanvasObject{l.scroll},
		Min:     func() fyne.Size { return fyne.NewSize(120, leastList) },
		Layout:  func(fyne.Size) {},
	})
}

// to moves the cursor.
func (l *fileList) to(i int) {
	l.cursor = min(max(0, i), max(0, len(l.shown)-1))
	l.reveal(l.cursor)
	l.fill()
}

// jump goes to the next line that begins with what is typed on the list.
func (l *fileList) jump(r rune) {
	now := time.Now()
	if now.Sub(l.at) > jumpPause {
		l.begun = ""
	}
	if l.begun == "" && r == ' ' {
		return
	}
	l.begun, l.at = l.begun+folder.Fold(string(r)), now
	from := l.cursor
	if len(l.begun) == len(string(r)) { // the same letter again goes on
		from++
	}
	for i := range l.shown {
		if at := (from + i) % len(l.shown); l.entry(at).Begins(l.begun) {
			l.to(at)
			return
		}
	}
}

// FocusGained implements fyne.Focusable.
func (l *fileList) FocusGained() { l.focus = true; l.fill() }

// FocusLost implements fyne.Focusable.
func (l *fileList) FocusLost() { l.focus = false; l.fill() }

// TypedRune implements fyne.Focusable: a name jumps to its line, a path is one.
func (l *fileList) TypedRune(r rune) {
	if r == '/' || r == '~' || r == '\\' {
		l.x.typePath(string(r))
		return
	}
	l.jump(r)
}

// TypedKey implements fyne.Focusable.
func (l *fileList) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyBackspace:
		l.x.up()
	case fyne.KeyReturn, fyne.KeyEnter:
		l.x.enter(l.entry(l.cursor))
	case fyne.KeySpace:
		if time.Since(l.at) > jumpPause { // else it is a part of a name
			l.x.mark(l.entry(l.cursor))
		}
	default:
		if to, ok := l.step(e, l.cursor); ok {
			from := l.cursor
			l.to(to)
			if l.ranges() {
				l.x.markAll(from, to)
			}
		} else {
			passKey(l, e)
		}
	}
}

// ranges reports whether what is stepped over or clicked is to be chosen together with all
// from the last line on: Shift is held, and several may be chosen.
func (l *fileList) ranges() bool {
	return l.held()&fyne.KeyModifierShift != 0 && l.x.ask.save == nil && l.x.ask.most > 1
}

// TypedShortcut implements fyne.Shortcutable: all files of the folder are chosen.
func (l *fileList) TypedShortcut(s fyne.Shortcut) {
	if _, all := s.(*fyne.ShortcutSelectAll); all && l.x.ask.save == nil && l.x.ask.most > 1 {
		l.x.markAll(0, len(l.shown)-1)
		return
	}
	l.x.u.runShortcut(s)
}

// tapped is a click on a line: a folder opens, a file is chosen, by a double click for
// good; with Shift all from the last line to this one are.
func (l *fileList) tapped(i int) {
	now := time.Now()
	e := l.entry(i)
	if e == nil || now.Sub(l.x.since) < leapPause {
		return
	}
	again := i == l.cursor && now.Sub(l.x.clicked) < leapPause
	from := l.cursor
	l.to(i)
	l.x.clicked = now
	switch {
	case l.ranges():
		l.x.markAll(from, i)
	case e.Folder:
		l.x.clicked = time.Time{}
		l.x.open(l.x.pathOf(e), "")
	case again:
		l.x.enter(e)
	default:
		l.x.mark(e)
	}
	l.x.focusList()
}

// fileRow is one line of a folder.
type fileRow struct {
	press
	l          *fileList
	i          int
	mark       *look.IconView
	name       *look.Line
	size, date *look.Line
}

func newFileRow(l *fileList) *fileRow {
	r := &fileRow{l: l, i: -1}
	r.mark = look.NewIcon(look.IconFile, look.Secondary, 20)
	r.name = look.NewElided("", look.Body, look.Text)
	r.size, r.date = look.NewElided("", look.Caption, look.Secondary), look.NewElided("", look.Caption, look.Secondary)
	r.size.Align, r.date.Align = fyne.TextAlignTrailing, fyne.TextAlignTrailing
	r.content = container.New(fileRowLayout{}, r.mark, r.name, r.size, r.date)
	r.PadX, r.Radius = 8, 8
	r.tapped = func() { l.tapped(r.i) }
	r.ExtendBaseWidget(r)
	return r
}

// set shows an entry in the row; the row has its size already.
func (r *fileRow) set(i int, e *folder.Entry) {
	r.i = i
	name := narrate.FileName(e.Name)
	icon, ink := look.FileIcon(name)
	if e.Folder {
		icon, ink = look.IconFolder, look.Accent
	}
	r.Fill = nil
	if r.l.x.marked[r.l.x.pathOf(e)] {
		icon, ink, r.Fill = look.IconCheck, look.Link, look.SelectedFill
	}
	r.mark.Set(icon, ink)
	r.focus = r.l.focus && i == r.l.cursor
	wide := fileColumns(r.Size().Width - 2*r.PadX)
	r.name.SetText(look.ElideFile(name, wide.name, look.Sizes().Body, fyne.TextStyle{}))
	size, date := "", ""
	if e.Known && !e.Time.IsZero() {
		if wide.date > 0 {
			date = tr.Date(zone.In(e.Time), true)
		}
		if wide.size > 0 && !e.Folder {
			size = narrate.Size(e.Size)
		}
	}
	r.size.SetText(size)
	r.date.SetText(date)
	r.Refresh()
}

// fileWidths are how wide the columns of a line are; 0: it has no place.
type fileWidths struct{ name, size, date float32 }

const fileRowGap float32 = 10

// fileColumns shares out the width of a line.
func fileColumns(width float32) (w fileWidths) {
	caption := look.Sizes().Caption
	w.name = width - look.Grown(20) - fileRowGap
	if w.name > caption*22 {
		w.size = caption * 6
		w.name -= w.size + fileRowGap
	}
	if w.name > caption*26 {
		w.date = caption * 10.5
		w.name -= w.date + fileRowGap
	}
	return w
}

// fileRowLayout puts the parts of a line side by side.
type fileRowLayout struct{}

// MinSize implements fyne.Layout.
func (fileRowLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(60, fileRowHeight()) }

// Layout implements fyne.Layout.
func (fileRowLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w := fileColumns(s.Width)
	x := float32(0)
	for i, wide := range []float32{look.Grown(20), w.name, w.size, w.date} {
		o := objects[i]
		h := o.MinSize().Height
		lay(o, x, (s.Height-h)/2, wide, h)
		x += wide
		if wide > 0 {
			x += fileRowGap
		}
	}
}

// AccessibilityLabel implements fyne.Accessible: the line at the cursor.
func (l *fileList) AccessibilityLabel() string {
	e := l.entry(l.cursor)
	if e == nil {
		return l.x.empty.text
	}
	kind, size, date, chosen := "", "", "", ""
	if e.Folder {
		kind = tr.S("choose.folder")
	} else if e.Known {
		size = narrate.Size(e.Size)
	}
	if e.Known && !e.Time.IsZero() {
		date = tr.Date(zone.In(e.Time), true)
	}
	if l.x.marked[l.x.pathOf(e)] {
		chosen = tr.S("speak.chosen")
	}
	return spoken(narrate.FileName(e.Name), kind, chosen, size, date, tr.F("speak.step", "N", l.cursor+1, "Of", len(l.shown)))
}

// AccessibilityRole implements fyne.Accessible.
func (*fileList) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
