package ui

import (
	"fmt"
	"image/color"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
	"github.com/rivo/uniseg"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/linkguard"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// rowFacts is what a line of the room list shows, ready to draw and comparable.
type rowFacts struct {
	id         string // what the picture is made of
	few        bool   // a conversation of a few
	dot        app.PresenceState
	status     string // the emoji of the other one's status
	name       string
	time       string
	lead, text string // lead is coloured: the draft mark
	badge      string
	unread     int  // as the badge says
	added      bool // by somebody, and not opened since: the badge says so
	calls      int
	called     bool      // somebody calls the person
	icon       look.Icon // waiting or failed mark; "" none
	iconBad    bool
	quiet      bool // left, or nothing unread
	muted      bool // presses nothing upon the person
	selected   bool
	cursor     bool // where the keyboard is
}

// factsOf gathers what to show of a room.
func factsOf(r *app.RoomView, draft string, now time.Time) rowFacts {
	f := rowFacts{id: faceOf(r), few: r.Access == chat.AccessDirect, name: roomName(r), time: tr.Short(zone.In(r.Activity), now), quiet: !r.News()}
	if f.name == "" {
		f.name = tr.S("room.unnamed")
	}
	if r.Last != nil && !r.Last.Written.IsZero() {
		f.time = tr.Short(zone.In(r.Last.Written), now)
	}
	switch {
	case r.Unread > 999:
		f.badge = "999+"
	case r.Unread > 0:
		f.badge = fmt.Sprint(r.Unread)
		if r.UnreadMore {
			f.badge += "+"
		}
	case r.Added:
		f.badge, f.added = tr.S("room.new_badge"), true
	}
	f.unread, f.calls = r.Unread, r.Mentions
	if f.called = r.Mentions > 0 && f.badge != ""; f.called {
		f.badge = "@" + countText(r.Mentions)
	}
	switch {
	case r.Failed > 0:
		f.icon, f.iconBad = look.IconAlert, true
	case r.Waiting > 0 || r.Pending:
		f.icon = look.IconClock
	}
	switch {
	case draft != "" && !r.Pending:
		f.lead, f.text = tr.S("room.draft"), linkguard.CleanText(draft)
	case r.Removed:
		f.text = tr.S("room.removed")
	case r.Forgotten && !r.Pending:
		f.text = tr.S("room.forgotten")
	case !r.Joined && !r.Pending:
		f.text = tr.S("room.left")
	case r.Pending:
		f.text = tr.S("room.pending")
	case r.Last == nil && r.Added:
		f.text = tr.S("room.added")
	default:
		f.text = preview(lastOf(r))
	}
	return f
}

// meet adds what is known of the other one of a conversation of two.
func (f *rowFacts) meet(r *app.RoomView, v *app.View) {
	if m, ok := partner(r); ok {
		f.dot, f.status = v.Presence[m.Account].State, v.Cards[m.Account].Status.Emoji
	}
}

// lastOf is the newest line of a room to preview: in a conversation of two the other one's
// name stands above it already.
func lastOf(r *app.RoomView) *app.LastView {
	if _, two := partner(r); !two || r.Last == nil {
		return r.Last
	}
	last := *r.Last
	last.Author = ""
	return &last
}

// preview is the newest line of a room in one line.
func preview(l *app.LastView) string {
	if l == nil {
		return tr.S("room.empty")
	}
	if l.Kind != chat.KindMessage {
		return systemPreview(l, linkguard.CleanText(l.Text))
	}
	if l.Blocked {
		return tr.S("row.blocked")
	}
	if l.Erased {
		return tr.S("row.erased")
	}
	key := previewKey{tr.Lang(), *l}
	key.last.Written = time.Time{}
	line, ok := previews[key]
	if !ok {
		if len(previews) >= mostPreviews {
			clear(previews)
		}
		line = previewLine(l)
		previews[key] = line
	}
	return line
}

// previews keeps lines of the list of rooms: all rooms are gone through when one has
// changed, and to make a line takes Markdown apart. UI goroutine only.
var previews = map[previewKey]string{}

const mostPreviews = 500

type previewKey struct {
	language string
	last     app.LastView
}

func previewLine(l *app.LastView) string {
	text := narrate.NameLinks(narrate.Message(l.Text, l.Carried))
	switch {
	case l.Own:
		return tr.F("room.you", "Text", apart(text))
	case l.Author != "":
		return tr.F("room.who", "Who", inSentence(abridged(l.Author)), "Text", apart(text))
	}
	return text
}

// mostOfName is how much of a name stands before a preview, in characters as people count
// them, so that what was said behind a long one has room.
const mostOfName = 20

// abridged is a name cut to mostOfName.
func abridged(name string) string {
	at := 0
	for rest, state, n := name, -1, 0; rest != ""; n++ {
		var g string
		g, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if n == mostOfName-1 && rest != "" {
			return strings.TrimRight(name[:at], " ") + "…"
		}
		at += len(g)
	}
	return name
}

// previewWords are the lines for events that are no messages.
var previewWords = map[chat.Kind]tr.Key{
	chat.KindRoomCreate: "preview.create",
	chat.KindJoin:       "preview.join",
	chat.KindLeave:      "preview.leave",
	chat.KindRemove:     "preview.remove",
	chat.KindRole:       "preview.owner",
	chat.KindGone:       "row.gone",
	chat.KindName:       "preview.name",
	chat.KindRename:     "preview.rename",
	chat.KindTopic:      "preview.topic",
}

func systemPreview(l *app.LastView, text string) string {
	if k, ok := previewWords[l.Kind]; ok {
		return tr.S(k)
	}
	if text != "" {
		return text
	}
	return tr.S("row.unknown")
}

// roomRow is one line of the room list.
type roomRow struct {
	widget.BaseWidget
	facts     rowFacts
	tapped    func()
	secondary func(fyne.Position)
	hover     bool
}

func newRoomRow(tapped func(), secondary func(fyne.Position)) *roomRow {
	r := &roomRow{tapped: tapped, secondary: secondary}
	r.ExtendBaseWidget(r)
	return r
}

func (r *roomRow) set(f rowFacts) {
	if r.facts != f {
		r.facts = f
		r.Refresh()
	}
}

// rowHeight follows the text size.
func rowHeight() float32 {
	s := look.Sizes()
	return max(look.Grown(s.Close(look.RoomRow, 48)), (s.Body+s.Preview)*1.6+s.Close(16, 4))
}

// CreateRenderer implements fyne.Widget.
func (r *roomRow) CreateRenderer() fyne.WidgetRenderer {
	p := &roomRowParts{
		row:    r,
		back:   canvas.NewRectangle(color.Transparent),
		avatar: look.NewAvatar("", "", look.AvatarSize),
		name:   look.NewStrong("", look.Body, look.Text),
		when:   look.NewLine("", look.Caption, look.Faint),
		text:   look.NewElided("", look.Preview, look.Secondary),
		lead:   look.NewLine("", look.Preview, look.Bad),
		badge:  look.NewBadge(""),
		icon:   look.NewIcon(look.IconClock, look.Faint, 16),
		few:    look.NewIcon(look.IconPerson, look.Faint, 14),
		status: look.NewLine("", look.Body, look.Text),
	}
	p.refresh()
	return look.NewRenderer(look.RendererParts{
		Of:      r,
		Objects: []fyne.CanvasObject{p.back, p.avatar, p.name, p.when, p.lead, p.text, p.icon, p.badge, p.few, p.status},
		Min:     func() fyne.Size { return fyne.NewSize(200, rowHeight()) },
		Layout:  p.layout,
		Refresh: p.refresh,
	})
}

// roomRowParts are what a roomRow draws.
type roomRowParts struct {
	row        *roomRow
	back       *canvas.Rectangle
	avatar     *look.Avatar
	name, text *look.Line
	when, lead *look.Line
	status     *look.Line
	badge      *look.Pill
	icon, few  *look.IconView
}

// refresh shows the facts of the row.
func (p *roomRowParts) refresh() {
	f := p.row.facts
	p.surface(f)
	p.avatar.Set(f.id, f.name)
	p.avatar.SetDot(dotOf(f.dot), look.PanelFill)
	p.few.Hidden, p.status.Hidden = !f.few, f.status == ""
	p.status.SetText(f.status)
	p.name.SetText(f.name)
	p.when.SetText(f.time)
	p.text.SetText(f.text)
	p.lead.SetText(f.lead)
	p.badge.Hidden, p.lead.Hidden, p.icon.Hidden = f.badge == "", f.lead == "", f.icon == ""
	ink := look.Ink(look.Faint)
	if !f.quiet && !f.muted {
		ink = look.Link
	}
	p.when.SetInk(ink)
	if f.muted && !f.called {
		p.badge.Set(f.badge, look.FieldFill, look.Secondary)
	} else {
		p.badge.Set(f.badge, look.Accent, look.OnAccent)
	}
	if f.icon != "" {
		ink = look.Faint
		if f.iconBad {
			ink = look.Bad
		}
		p.icon.Set(f.icon, ink)
	}
}

// surface draws what lies below the row.
func (p *roomRowParts) surface(f rowFacts) {
	colours := look.Now()
	p.back.CornerRadius, p.back.FillColor, p.back.StrokeWidth = 10, color.Transparent, 0
	switch {
	case f.selected:
		p.back.FillColor = colours.Selected
	case p.row.hover:
		p.back.FillColor = colours.Hover
	}
	if f.cursor {
		p.back.StrokeWidth, p.back.StrokeColor = 2, colours.Accent
	}
}

// layout places the parts: the picture, and beside it two lines.
func (p *roomRowParts) layout(s fyne.Size) {
	p.back.Move(fyne.NewPos(8, 1))
	p.back.Resize(fyne.NewSize(s.Width-16, s.Height-2))
	side := look.Grown(look.AvatarSize)
	p.avatar.Move(fyne.NewPos(18, (s.Height-side)/2))
	p.avatar.Resize(fyne.NewSquareSize(side))
	left, right := 18+side+12, s.Width-18
	scale := look.Sizes().Body / 14
	p.upper(left, right, s.Height/2-10*scale)
	p.lower(left, right, s.Height/2+11*scale)
}

// put gives a part of a line its place; middle is that of the line.
func put(o fyne.CanvasObject, x, width, middle float32) {
	h := o.MinSize().Height
	o.Move(fyne.NewPos(x, middle-h/2))
	o.Resize(fyne.NewSize(max(0, width), h))
}

// upper places the name and what belongs to it, and the time.
func (p *roomRowParts) upper(x, right, middle float32) {
	w := p.when.MinSize().Width
	put(p.when, right-w, w, middle)
	if !p.few.Hidden {
		m := p.few.MinSize()
		put(p.few, x, m.Width, middle)
		x += m.Width + 5
	}
	end := right - w - 8
	if !p.status.Hidden {
		w := p.status.MinSize().Width
		at := max(x, min(x+p.name.Natural()+6, end-w))
		put(p.status, at, w, middle)
		end = at - 4
	}
	put(p.name, x, end-x, middle)
}

// lower places the preview, and what stands before and behind it.
func (p *roomRowParts) lower(x, right, middle float32) {
	if !p.badge.Hidden {
		w := p.badge.MinSize().Width
		put(p.badge, right-w, w, middle)
		right -= w + 8
	}
	if !p.icon.Hidden {
		w := p.icon.MinSize().Width
		put(p.icon, right-w, w, middle)
		right -= w + 8
	}
	if !p.lead.Hidden {
		w := p.lead.MinSize().Width
		put(p.lead, x, w, middle)
		x += w + 5
	}
	put(p.text, x, right-x, middle)
}

// Tapped implements fyne.Tappable.
func (r *roomRow) Tapped(*fyne.PointEvent) { r.tapped() }

// TappedSecondary implements fyne.SecondaryTappable.
func (r *roomRow) TappedSecondary(e *fyne.PointEvent) {
	if r.secondary != nil {
		r.secondary(e.AbsolutePosition)
	}
}

// MouseIn implements desktop.Hoverable.
func (r *roomRow) MouseIn(*desktop.MouseEvent) { r.hover = true; r.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (r *roomRow) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (r *roomRow) MouseOut() { r.hover = false; r.Refresh() }

// Cursor implements desktop.Cursorable.
func (r *roomRow) Cursor() desktop.Cursor { return desktop.PointerCursor }
