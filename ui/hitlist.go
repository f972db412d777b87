package ui

import (
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/internal/bidi"
	"hearth/internal/markup"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// hitList lists what a search found. It has the keyboard as one; while somebody types, the
// field of the search gives it the keys that move the mark.
type hitList struct {
	widget.BaseWidget
	longList[*hitRow]
	s      *searchPage
	tall   float32 // of a line; 0 not known
	narrow bool    // what the lines were made for
	focus  bool
}

// hitsFrom is how many lines before the end more are asked for.
const hitsFrom = 12

func newHitList(s *searchPage) *hitList {
	l := &hitList{s: s, narrow: s.h.object.narrow}
	l.init(longParts[*hitRow]{
		count: func() int { return len(s.hits) }, height: l.height, spare: dialogBar / 2,
		make: func() *hitRow { return newHitRow(l) },
		set:  func(r *hitRow, i int) { r.show(i, l.focus, i == s.at) },
		filled: func(_, end int) {
			if s.more && end > len(s.hits)-hitsFrom {
				s.extend()
			}
		},
	})
	l.ExtendBaseWidget(l)
	return l
}

// retime says anew when what was found was written.
func (l *hitList) retime() {
	for _, r := range l.pool {
		r.of = hitIn{}
	}
	l.fill()
}

// height is that of a line, which is the same whatever stands on it.
func (l *hitList) height() float32 {
	if narrow := l.s.h.object.narrow; l.tall == 0 || l.narrow != narrow {
		l.pool, l.inner.Objects, l.narrow = nil, nil, narrow
		l.tall = newHitRow(l).MinSize().Height + 2
	}
	return l.tall
}

// Resize implements fyne.CanvasObject.
func (l *hitList) Resize(s fyne.Size) {
	l.BaseWidget.Resize(s)
	l.resize(s)
}

// CreateRenderer implements fyne.Widget.
func (l *hitList) CreateRenderer() fyne.WidgetRenderer {
	return look.NewRenderer(look.RendererParts{
		Of:      l,
		Objects: []fyne.CanvasObject{l.scroll},
		Min:     func() fyne.Size { return fyne.NewSize(120, leastList) },
		Layout:  func(fyne.Size) {},
	})
}

// FocusGained implements fyne.Focusable.
func (l *hitList) FocusGained() { l.focus = true; l.fill() }

// FocusLost implements fyne.Focusable.
func (l *hitList) FocusLost() { l.focus = false; l.fill() }

// TypedRune implements fyne.Focusable: who types, goes on with what is looked for.
func (l *hitList) TypedRune(r rune) {
	e := l.s.find.entry
	l.s.h.u.win.Canvas().Focus(e)
	e.TypedRune(r)
}

// TypedKey implements fyne.Focusable.
func (l *hitList) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		l.s.enter()
	case fyne.KeySpace: // comes as a letter, too
	default:
		if !l.key(e) {
			passKey(l, e)
		}
	}
}

// key moves the mark; false if the key does not.
func (l *hitList) key(e *fyne.KeyEvent) bool {
	to, ok := l.step(e, l.s.at)
	if ok {
		l.s.mark(to)
	}
	return ok
}

// AccessibilityLabel implements fyne.Accessible: the line that is marked.
func (l *hitList) AccessibilityLabel() string {
	if l.s.at >= len(l.s.hits) {
		return l.s.note.text
	}
	h := &l.s.hits[l.s.at]
	where, when := l.s.place(h)
	return spoken(cleanName(h.Message.Name), where, when, saidIn(&h.Hit), tr.F("speak.step", "N", l.s.at+1, "Of", len(l.s.hits)))
}

// AccessibilityRole implements fyne.Accessible.
func (*hitList) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// hitRow is one message that was found: who, where and when, and the words.
type hitRow struct {
	press
	l      *hitList
	i      int
	of     hitIn // what it shows
	avatar *look.Avatar
	name   *look.Line
	where  *look.Line
	when   *look.Line // nil where one line has no space for all three
	head   *fyne.Container
	file   *look.IconView
	words  *look.Marked
	below  *fyne.Container
}

func newHitRow(l *hitList) *hitRow {
	r := &hitRow{l: l, i: -1}
	r.avatar = look.NewAvatar("", "", look.AvatarSmall)
	r.name = look.NewStrong("", look.Preview, look.Text)
	if l.narrow {
		r.where = look.NewElided("", look.Caption, look.Secondary)
		r.head = column(2, r.name, r.where)
	} else {
		r.where, r.when = look.NewElided("", look.Preview, look.Secondary), look.NewLine("", look.Caption, look.Faint)
		r.head = container.New(hitHead{r}, r.name, r.where, r.when)
	}
	r.file, r.words = look.NewIcon(look.IconFile, look.Faint, 16), look.NewMarked(look.Body, look.Secondary)
	r.below = rowGrow(6, 1, r.file, r.words)
	r.content = rowGrow(10, 1, r.avatar, column(2, r.head, r.below))
	r.PadX, r.PadY, r.Radius = 10, 8, look.Radius
	r.tapped = func() { l.s.take(r.i) }
	r.ExtendBaseWidget(r)
	return r
}

// hitHead is the line over what was found: who, where, and at the end when, which is
// always whole. Who leaves where its words, or four tenths of what the two have.
type hitHead struct{ r *hitRow }

const (
	hitGap   = 8
	hitWhere = 0.4
)

func (l hitHead) MinSize([]fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(2*hitGap, 0)
	for _, o := range []*look.Line{l.r.name, l.r.where, l.r.when} {
		m := o.MinSize()
		s = fyne.NewSize(s.Width+m.Width, max(s.Height, m.Height))
	}
	return s
}

func (l hitHead) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	r := l.r
	both := max(0, s.Width-r.when.MinSize().Width-2*hitGap)
	name := min(r.name.Natural(), max(both-r.where.Natural(), both*(1-hitWhere)))
	x := float32(0)
	for _, part := range []struct {
		line  *look.Line
		width float32
	}{{r.name, name}, {r.where, both - name}, {r.when, r.when.MinSize().Width}} {
		h := part.line.MinSize().Height
		part.line.Move(fyne.NewPos(x, (s.Height-h)/2))
		part.line.Resize(fyne.NewSize(part.width, h))
		x += part.width + hitGap
	}
}

// MouseIn implements desktop.Hoverable.
func (r *hitRow) MouseIn(e *desktop.MouseEvent) { r.l.s.aimed = time.Now(); r.press.MouseIn(e) }

// MouseMoved implements desktop.Hoverable: who aims at a line finds it there.
func (r *hitRow) MouseMoved(*desktop.MouseEvent) { r.l.s.aimed = time.Now() }

// show shows what was found at a place of the list.
func (r *hitRow) show(i int, keyboard, marked bool) {
	h := &r.l.s.hits[i]
	r.i = i
	if !r.of.reads(*h) {
		r.of = *h
		r.fill(h)
	}
	if focus := keyboard && marked; marked != (r.Fill != nil) || focus != r.focus {
		r.Fill, r.focus = nil, focus
		if marked {
			r.Fill = look.SelectedFill
		}
		r.Refresh()
	}
}

// fill shows another message.
func (r *hitRow) fill(h *hitIn) {
	who := cleanName(h.Message.Name)
	where, when := r.l.s.place(h)
	r.avatar.Set(h.Message.Author.String(), who)
	r.name.SetText(who)
	if r.when == nil {
		r.where.SetText(dotted(where, when))
	} else {
		r.where.SetText(where)
		r.when.SetText(when)
	}
	if files := h.Message.Files; len(files) > 0 {
		icon, _ := look.FileIcon(narrate.FileName(files[0].Name))
		r.file.Set(icon, look.Faint)
	}
	r.file.Hidden = len(h.Message.Files) == 0 || h.Message.Blocked
	r.words.Set(excerpt(&h.Hit)...)
	r.head.Refresh() // the parts are as wide as their words
	r.below.Refresh()
}

// place says in which room, and group where there are several, a message is, and when it
// was written.
func (s *searchPage) place(h *hitIn) (where, when string) {
	where = cleanName(h.RoomName)
	if r := h.u.roomOf(h.Room); r != nil {
		where = roomName(r)
	}
	where = "# " + apart(where)
	if !s.listed.here && len(s.h.u.joined()) > 1 {
		where = dotted(where, h.u.groupName())
	}
	if h.Message.Lost {
		where = dotted(where, tr.S("lost.mark"))
	}
	at := zone.In(h.Message.Time)
	return where, tr.Date(at, true) + ", " + tr.Clock(at)
}

// beforeFound is how much of a message is shown before the first thing found in it.
const beforeFound = 28

// saidIn is a message, with the names of its files, in one line; not the words of somebody
// who is blocked.
func saidIn(h *app.Hit) string {
	if h.Message.Blocked {
		return tr.S("row.blocked")
	}
	said := strings.Fields(narrate.NameLinks(strings.Join(strings.Fields(markup.PlainText(h.Message.Text)), " ")))
	for i := range h.Message.Files { // found by their names, too
		if len(said) > 0 {
			said = append(said, "·")
		}
		said = append(said, strings.Fields(narrate.FileName(h.Message.Files[i].Name))...)
	}
	return strings.Join(said, " ")
}

// directed is what gives the end of a text the direction of the whole: nothing, or an
// invisible letter before it.
func directed(whole, end string) string {
	switch rtl := bidi.RTL(whole); {
	case rtl == bidi.RTL(end):
		return ""
	case rtl:
		return bidi.Mark
	}
	return leftMark
}

// excerpt cuts a message to the line that is shown of it.
func excerpt(h *app.Hit) []look.Part {
	text := saidIn(h)
	var marks []app.Mark
	if !h.Message.Blocked {
		marks = app.Marks(text, h.Terms)
	}
	start := 0
	if len(marks) > 0 && marks[0].Start > beforeFound {
		start = marks[0].Start - beforeFound
		for start > 0 && !utf8.RuneStart(text[start]) {
			start--
		}
		if i := strings.IndexByte(text[start:marks[0].Start], ' '); i >= 0 {
			start += i + 1
		}
	}
	var parts []look.Part
	add := func(s string, marked bool) {
		if s != "" {
			parts = append(parts, look.Part{Text: s, Marked: marked})
		}
	}
	if start > 0 {
		add(directed(text, "… "+text[start:])+"… ", false)
	}
	for _, m := range marks {
		add(text[start:m.Start], false)
		add(text[m.Start:m.End], true)
		start = m.End
	}
	add(text[start:], false)
	return parts
}
