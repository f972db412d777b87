package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"hearth/ui/look"
	"hearth/ui/tr"
)

// lineList is a list in a dialog of things with a face, a name and a word about them, and
// something that can be done with each beside opening it. There may be thousands. It has
// the keyboard as one: Enter opens, Delete does the other thing.
type lineList struct {
	widget.BaseWidget
	longList[*lineRow]
	lines  []aLine
	open   func(i int)
	cursor int
	focus  bool
}

// aLine is what stands on a line.
type aLine struct {
	id, face     string // of the picture, and whose initials stand in it
	name, about  string
	act          string // what the button says; "": there is none
	loud, strong bool   // the button is what one most likely wants; the name stands out
	off          bool   // it is being done
	icon         look.Icon
	do           func() // nil: what open does
}

func newLineList(open func(i int)) *lineList {
	l := &lineList{open: open}
	l.init(longParts[*lineRow]{
		count: func() int { return len(l.lines) }, height: personHeight, spare: dialogBar / 2,
		make: func() *lineRow { return newLineRow(l) }, set: func(r *lineRow, i int) { r.show(i) },
	})
	l.ExtendBaseWidget(l)
	return l
}

// show lists lines, from the first on.
func (l *lineList) show(lines []aLine) {
	l.lines, l.cursor = lines, 0
	l.again(0)
}

// change lists lines anew without moving.
func (l *lineList) change(lines []aLine) {
	l.lines, l.cursor = lines, min(l.cursor, max(0, len(lines)-1))
	l.inner.Resize(l.inner.MinSize())
	l.scroll.Refresh()
	l.fill()
}

// whole is the height of all lines.
func (l *lineList) whole() float32 { return max(leastList, float32(len(l.lines))*personHeight()) }

// Resize implements fyne.CanvasObject.
func (l *lineList) Resize(s fyne.Size) {
	l.BaseWidget.Resize(s)
	l.resize(s)
}

// CreateRenderer implements fyne.Widget.
func (l *lineList) CreateRenderer() fyne.WidgetRenderer {
	return look.NewRenderer(look.RendererParts{
		Of:      l,
		Objects: []fyne.CanvasObject{l.scroll},
		Min:     func() fyne.Size { return fyne.NewSize(120, leastList) },
		Layout:  func(fyne.Size) {},
	})
}

// to moves the cursor.
func (l *lineList) to(i int) {
	l.cursor = min(max(0, i), max(0, len(l.lines)-1))
	l.reveal(l.cursor)
	l.fill()
}

// act does what the button of a line does.
func (l *lineList) act(i int) {
	if i < 0 || i >= len(l.lines) {
		return
	}
	if do := l.lines[i].do; do != nil {
		do()
	} else if l.lines[i].act != "" {
		l.open(i)
	}
}

// FocusGained implements fyne.Focusable.
func (l *lineList) FocusGained() { l.focus = true; l.fill(); look.Focused(l) }

// FocusLost implements fyne.Focusable.
func (l *lineList) FocusLost() { l.focus = false; l.fill() }

// TypedRune implements fyne.Focusable.
func (l *lineList) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (l *lineList) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if l.cursor < len(l.lines) {
			l.open(l.cursor)
		}
	case fyne.KeyDelete:
		if l.cursor < len(l.lines) && l.lines[l.cursor].do != nil {
			l.act(l.cursor)
		}
	default:
		if to, ok := l.step(e, l.cursor); ok {
			l.to(to)
		} else {
			passKey(l, e)
		}
	}
}

// AccessibilityLabel implements fyne.Accessible: the line at the cursor.
func (l *lineList) AccessibilityLabel() string {
	if l.cursor >= len(l.lines) {
		return ""
	}
	at := &l.lines[l.cursor]
	return spoken(at.name, at.about, at.act, tr.F("speak.step", "N", l.cursor+1, "Of", len(l.lines)))
}

// AccessibilityRole implements fyne.Accessible.
func (*lineList) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// lineRow is one line.
type lineRow struct {
	press
	l           *lineList
	i           int
	avatar      *look.Avatar
	name, about *look.Line
	word        *look.Line
	icon        *look.IconView
	button      *lineAct
}

// lineAct does the other thing; the keyboard has the list as one.
type lineAct struct{ press }

func newLineRow(l *lineList) *lineRow {
	r := &lineRow{l: l, i: -1}
	r.avatar = look.NewAvatar("", "", look.AvatarSmall)
	r.name, r.about = look.NewElided("", look.Body, look.Text), look.NewElided("", look.Caption, look.Secondary)
	r.word, r.icon = look.NewLine("", look.Preview, look.Text), look.NewIcon(look.IconClose, look.Secondary, 18)
	r.button = &lineAct{press{content: row(0, r.icon, r.word), Radius: look.Radius, PadX: 10, PadY: 6}}
	r.button.tapped = func() { l.act(r.i) }
	r.button.ExtendBaseWidget(r.button)
	r.content = rowGrow(11, 1, r.avatar, column(1, r.name, r.about), r.button)
	r.PadX, r.PadY, r.Radius = 8, 4, look.Radius
	r.tapped = func() {
		l.to(r.i)
		if l.lines[r.i].do != nil || !l.lines[r.i].loud { // joining takes the button
			l.open(r.i)
		}
	}
	r.ExtendBaseWidget(r)
	return r
}

// show shows a line; the row has its size already.
func (r *lineRow) show(i int) {
	at := &r.l.lines[i]
	r.i = i
	r.avatar.Set(at.id, at.face)
	r.name.Bold = at.strong
	r.name.SetText(at.name)
	r.about.SetText(at.about)
	r.button.Hidden = at.act == ""
	r.icon.Hidden, r.word.Hidden = at.icon == "", at.icon != ""
	r.word.SetText(at.act)
	if at.icon != "" {
		r.icon.Set(at.icon, look.Secondary)
	}
	r.button.Fill, r.word.Bold, r.button.off = nil, false, at.off
	switch {
	case at.icon != "":
	case at.off:
		r.button.Fill = look.FieldFill
		r.word.SetInk(look.Faint)
	case at.loud:
		r.button.Fill = look.SelectedFill
		r.word.SetInk(look.Link)
		r.word.Bold = true
	default:
		r.button.Fill = look.FieldFill
		r.word.SetInk(look.Text)
	}
	r.focus = r.l.focus && i == r.l.cursor
	r.Refresh()
	r.content.Refresh()
}
