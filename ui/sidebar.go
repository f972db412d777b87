package ui

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// sidebar is the left part: the group's name, the rooms, the person.
type sidebar struct {
	h      *home
	object fyne.CanvasObject
	group  *look.Line
	list   *roomList
	scroll *look.Scroll
	invite *look.Button
	me     *look.Avatar
	name   *look.Line
	state  *look.Line
	more   *look.IconButton
	write  *look.IconButton // a new room
	quiet  *look.IconButton // while all is silent, says until when
	told   bool             // the core hears soon which rooms are in view
}

// manyDirect is from how many conversations of two on the core is told which of them are
// in view: below, all are watched.
const manyDirect = 60

// tellInView tells the core in a moment which rooms are in view.
func (s *sidebar) tellInView() {
	if s.told {
		return
	}
	s.told = true
	s.h.u.pump.after(400*time.Millisecond, func() {
		s.told = false
		direct := 0
		for i := range s.h.u.view.Rooms {
			if s.h.u.view.Rooms[i].Access == chat.AccessDirect {
				direct++
			}
		}
		if direct >= manyDirect {
			s.h.u.core.WatchRooms(s.inView())
		}
	})
}

// inView are the rooms whose rows are in view.
func (s *sidebar) inView() (rooms []chat.RoomID) {
	from := s.scroll.Offset.Y
	to := from + s.scroll.Size().Height
	for i, r := range s.list.rows {
		if i < len(s.list.ids) && r.Visible() && r.Position().Y+r.Size().Height > from && r.Position().Y < to {
			rooms = append(rooms, s.list.ids[i])
		}
	}
	return rooms
}

func newSidebar(h *home) *sidebar {
	s := &sidebar{h: h}
	s.group = look.NewStrong("", look.AppTitle, look.Text)
	s.more = look.NewIconButton(look.IconMore, tr.S("side.more"), s.showMenu)
	s.write = look.NewIconButton(look.IconEdit, tr.S("side.new_room"), h.showNewRoom)
	s.quiet = look.NewIconButton(look.IconBellOff, "", func() { h.u.showSettingsNamed("notify.title") })
	s.quiet.Hide()
	head := inset(20, 14, 12, 0, rowGrow(2, 0, s.group, s.quiet, s.write, s.more))

	within := []fyne.CanvasObject{look.NewIcon(look.IconSearch, look.Faint, 18), look.NewElided(tr.S("side.find"), look.Body, look.Faint)}
	words := look.MeasureRuns(tr.S("side.find"), look.Sizes().Body, fyne.TextStyle{})
	if hint := keyCap(strings.ReplaceAll(keysOf("keys.switch"), "+", " ")); words+hint.MinSize().Width < look.SidebarWidth-90 { // its words matter more
		within = append(within, hint)
	}
	find := newTouch(rowGrow(8, 1, within...), h.showSwitcher)
	find.Fill, find.PadX, find.PadY = look.FieldFill, 11, 7

	s.list = newRoomList(s)
	s.scroll = look.NewVScroll(s.list)
	s.scroll.OnScrolled = func(fyne.Position) { s.tellInView() }
	s.invite = look.NewIconTextButton(look.IconInvite, tr.S("side.invite"), look.Quiet, h.showInvite)

	s.me = look.NewAvatar("", "", look.AvatarSmall)
	s.name = look.NewStrong("", look.Body, look.Text)
	s.state = look.NewElided("", look.Caption, look.Secondary)
	me := newTouch(rowGrow(10, 1, s.me, column(1, s.name, s.state), look.NewIcon(look.IconSettings, look.Faint, 18)), h.u.showSettings)
	me.PadX, me.PadY = 10, 8

	body := columnGrow(0, 2,
		head,
		inset(16, 10, 16, 8, find),
		s.scroll,
		inset(16, 8, 16, 10, s.invite),
		look.NewRule(),
		inset(8, 6, 8, 6, me),
	)
	s.object = look.NewBox(look.PanelFill, 0, body)
	return s
}

// keyCap shows a key as on a keyboard.
func keyCap(text string) fyne.CanvasObject {
	b := look.NewBox(look.PanelFill, 5, look.NewLine(text, look.Caption, look.Secondary))
	b.PadX, b.PadY = 6, 2
	return b
}

// apply takes over the view.
func (s *sidebar) apply(v *app.View) {
	s.group.SetText(groupName(v))
	display := cleanName(v.Me.Display)
	if display == "" {
		display = cleanName(v.Me.Name)
	}
	s.me.Set(v.Me.Account.String(), display)
	s.name.SetText(display)
	state, _, ink := connectionWords(v.Connection, time.Now(), true)
	s.state.SetText(state)
	dot := ink
	s.me.SetDot(dot, look.PanelFill)
	if v.Group.MayInvite && !over(v) {
		s.invite.Show()
	} else {
		s.invite.Hide()
	}
	if over(v) {
		s.write.Hide()
	} else {
		s.write.Show()
	}
	s.sayQuiet()
	s.list.apply(v)
	s.tellInView()
}

// sayQuiet shows that nothing rings, and until when.
func (s *sidebar) sayQuiet() {
	words := s.h.u.quietWords(time.Now())
	if words == "" {
		s.quiet.Hide()
		return
	}
	s.quiet.Tip = words
	s.quiet.Show()
}

// groupName is the group's name for reading.
func groupName(v *app.View) string {
	if n := cleanName(v.Group.Name); n != "" {
		return n
	}
	return appName
}

func (s *sidebar) showMenu() {
	h := s.h
	c := h.u.win.Canvas()
	at := h.u.fyne.Driver().AbsolutePositionForObject(s.more).AddXY(0, s.more.Size().Height+4)
	items := []look.MenuItem{
		{Text: tr.S("direct.new"), Icon: look.IconSend, Off: !h.u.view.Group.MayCreate || over(h.u.view), Action: h.showNewMessage},
		{Text: tr.S("side.new_room"), Icon: look.IconAdd, Off: !h.u.view.Group.MayCreate || over(h.u.view), Action: h.showNewRoom},
		{Text: tr.S("side.search"), Icon: look.IconSearch, Action: h.showSearch},
		{Text: tr.S("side.browse"), Icon: look.IconSearch, Off: over(h.u.view), Action: h.showBrowse},
		{Text: tr.S("side.invite"), Icon: look.IconInvite, Off: !h.u.view.Group.MayInvite || over(h.u.view), Action: h.showInvite},
		{},
		{Text: tr.S("drafts.title"), Icon: look.IconEdit, Action: h.showDrafts},
		{Text: tr.S("side.outbox"), Icon: look.IconSend, Action: h.showOutbox},
		{Text: tr.S("side.connection"), Icon: look.IconServer, Action: h.showConnection},
		{Text: tr.S("side.settings"), Icon: look.IconSettings, Action: h.u.showSettings},
		{Text: tr.S("side.keys"), Icon: look.IconInfo, Action: h.u.showKeys},
		{},
		{Text: tr.S("rail.add"), Icon: look.IconAdd, Action: h.u.addGroup},
	}
	if h.u.hosts() {
		after := slices.IndexFunc(items, func(m look.MenuItem) bool { return m.Text == tr.S("side.invite") }) + 1
		items = slices.Insert(items, after, look.MenuItem{Text: tr.S("host.people.menu"), Icon: look.IconPerson, Action: h.u.showAccounts})
	}
	look.ShowMenu(c, at, items)
}

// reveal scrolls the list so that a row is in view; -1 is none.
func (s *sidebar) reveal(at int) {
	if at < 0 {
		return
	}
	top := float32(at)*rowHeight() + s.list.fold.above(at)
	view := s.scroll.Size().Height
	switch y := s.scroll.Offset.Y; {
	case top < y:
		s.scroll.ScrollToOffset(fyne.NewPos(0, top))
	case top+rowHeight() > y+view:
		s.scroll.ScrollToOffset(fyne.NewPos(0, top+rowHeight()-view))
	}
}

// roomList is the list of rooms: one widget for the keyboard, a row for each.
// Servers limit rooms to hundreds, so that every room has its row.
type roomList struct {
	widget.BaseWidget
	s      *sidebar
	rows   []*roomRow
	ids    []chat.RoomID
	box    *fyne.Container
	fold   *fold
	empty  *para
	focus  bool
	cursor int
}

func newRoomList(s *sidebar) *roomList {
	l := &roomList{s: s, box: column(0), fold: newFold(s.h)}
	l.empty = centredPara(tr.S("side.empty"), look.Preview, look.Faint)
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer implements fyne.Widget.
func (l *roomList) CreateRenderer() fyne.WidgetRenderer {
	return look.NewRenderer(look.RendererParts{
		Of:      l,
		Objects: []fyne.CanvasObject{l.box, l.empty},
		Min:     func() fyne.Size { return l.box.MinSize() },
		Layout: func(s fyne.Size) {
			l.box.Resize(s)
			l.empty.Move(fyne.NewPos(24, 40))
			l.empty.Resize(fyne.NewSize(s.Width-48, l.empty.HeightFor(s.Width-48)))
		},
	})
}

func (l *roomList) apply(v *app.View) {
	rooms := l.s.h.shown()
	for len(l.rows) < len(rooms) {
		i := len(l.rows)
		r := newRoomRow(func() { l.open(i) }, func(at fyne.Position) { l.menu(i, at) })
		l.rows = append(l.rows, r)
	}
	l.rows = l.rows[:len(rooms)]
	l.fold.apply(rooms)
	if objects := l.fold.among(l.rows); !slices.Equal(objects, l.box.Objects) {
		l.box.Objects = objects
		l.box.Refresh()
		l.Refresh()
	}
	var on chat.RoomID // the keyboard stays with the room it is on, wherever that moves
	if l.cursor < len(l.ids) {
		on = l.ids[l.cursor]
	}
	l.ids = l.ids[:0]
	for _, r := range rooms {
		l.ids = append(l.ids, r.ID)
	}
	if i := slices.Index(l.ids, on); i >= 0 {
		l.cursor = i
	}
	l.cursor = min(l.cursor, max(0, len(rooms)-1))
	now := time.Now()
	for i, r := range rooms {
		open := r.ID == l.s.h.room
		draft := ""
		if !open {
			draft = beganWords(l.s.h.u.begun(r))
		}
		f := factsOf(r, draft, now)
		f.meet(r, v)
		f.quieten(l.s.h.u.rules(), r.ID, now)
		f.selected = open
		f.cursor = l.focus && i == l.cursor
		l.rows[i].set(f)
	}
	empty := len(rooms) == 0 && l.fold.count == 0
	if empty != l.empty.Visible() {
		l.empty.Hidden = !empty
		l.Refresh()
	}
}

func (l *roomList) open(i int) {
	if i < len(l.ids) {
		l.cursor = i
		l.s.h.openRoom(l.ids[i])
	}
}

func (l *roomList) menu(i int, at fyne.Position) {
	if i < len(l.ids) {
		l.s.h.roomMenu(l.ids[i], at)
	}
}

func (l *roomList) move(to int) {
	l.cursor = min(max(0, to), max(0, len(l.ids)-1))
	l.apply(l.s.h.u.view)
	l.s.reveal(l.cursor)
}

// FocusGained implements fyne.Focusable.
func (l *roomList) FocusGained() {
	l.focus = true
	for i, id := range l.ids {
		if id == l.s.h.room {
			l.cursor = i
		}
	}
	l.apply(l.s.h.u.view)
}

// FocusLost implements fyne.Focusable.
func (l *roomList) FocusLost() {
	l.focus = false
	l.apply(l.s.h.u.view)
}

// TypedRune implements fyne.Focusable: who types, writes to the open room.
func (l *roomList) TypedRune(r rune) {
	if r != ' ' && !l.s.h.room.IsZero() {
		l.s.h.pane.composer.typed(r)
	}
}

// TypedKey implements fyne.Focusable.
func (l *roomList) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyUp:
		l.move(l.cursor - 1)
	case fyne.KeyDown:
		l.move(l.cursor + 1)
	case fyne.KeyHome:
		l.move(0)
	case fyne.KeyEnd:
		l.move(len(l.ids) - 1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		l.open(l.cursor)
	default:
		passKey(l, e)
	}
}
