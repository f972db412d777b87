package ui

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// members is the list of people beside a room. A room may have thousands, so
// that only the lines in view have widgets.
type members struct {
	h      *home
	object fyne.CanvasObject
	title  *look.Line
	back   *look.IconButton
	add    *look.Button
	list   *peopleList
	of     []app.MemberView // as the core gave them
	all    bool             // the person is among them
	sorted []app.MemberView // the same, in the order of the list
}

func newMembers(h *home) *members {
	m := &members{h: h}
	m.title = look.NewStrong("", look.Title, look.Text)
	m.back = look.NewIconButton(look.IconClose, tr.S("button.close"), h.toggleMembers)
	m.add = look.NewIconTextButton(look.IconAdd, tr.S("members.add"), look.Quiet, h.showAddPeople)
	m.list = newPeopleList(nil)
	m.list.opened = h.showPerson
	m.list.menu = h.memberMenu
	m.list.line = m.line
	body := columnGrow(0, 2,
		inset(18, 14, 10, 14, rowGrow(4, 0, m.title, m.back)),
		look.NewRule(),
		m.list,
		inset(16, 8, 16, 14, m.add),
	)
	m.object = look.NewBox(look.PanelFill, 0, body)
	return m
}

// apply shows the people of a room; nil shows nobody.
func (m *members) apply(r *app.RoomView) {
	if r == nil {
		m.of, m.sorted = nil, nil
		m.list.set(nil)
		return
	}
	all := !ended(m.h.u.view)
	if m.all != all {
		m.of, m.all = nil, all
	}
	if len(m.of) == 0 || len(m.of) != len(r.Members) || &m.of[0] != &r.Members[0] { // the core makes another list for other people
		m.of, m.sorted = r.Members, sortedPeople(present(m.h.u.view, r))
		people := make([]person, len(m.sorted))
		for i := range m.sorted {
			people[i] = person{id: m.sorted[i].Account, name: readName(&m.sorted[i])}
		}
		m.list.set(people)
	}
	m.title.SetText(tr.N("pane.members", len(m.sorted)))
	m.list.fill() // what is known of those in view
	if r.Joined && r.Access != chat.AccessDirect && !r.Archived && !over(m.h.u.view) {
		m.add.Show()
	} else {
		m.add.Hide()
	}
}

// person is a line of a list of people.
type person struct {
	id          chat.AccountID
	name, about string
	marked      bool
	dot         app.PresenceState // "" none
	shut        bool              // suspended, as whoever runs the server may know
}

// line is what stands on a line: a room may have thousands, and somebody comes or goes
// all the time, so that it is made for those in view only.
func (m *members) line(i int) person {
	u := m.h.u
	return u.markShut(personOf(&m.sorted[i], u.view.Presence, u.view.Cards, time.Now()), &m.sorted[i])
}

// sortedPeople sorts members for reading: by name, the person first.
func sortedPeople(list []app.MemberView) []app.MemberView {
	type keyed struct {
		at  int
		key string
	}
	keys := make([]keyed, len(list))
	for i := range list {
		keys[i] = keyed{i, strings.ToLower(list[i].Display)}
	}
	slices.SortStableFunc(keys, func(a, b keyed) int {
		if me := list[a.at].Me; me != list[b.at].Me {
			if me {
				return -1
			}
			return 1
		}
		return strings.Compare(a.key, b.key)
	})
	sorted := make([]app.MemberView, len(list))
	for i, k := range keys {
		sorted[i] = list[k.at]
	}
	return sorted
}

// readName is somebody's display name, else the login name.
func readName(m *app.MemberView) string {
	if name := cleanName(m.Display); name != "" {
		return name
	}
	return cleanName(m.Name)
}

// personOf is a line about somebody: what is known of where they are stands behind the
// login name, their status before it.
func personOf(m *app.MemberView, there map[chat.AccountID]app.PresenceView, cards map[chat.AccountID]app.CardView, now time.Time) person {
	about := atName(*m)
	if m.Me {
		about = tr.F("members.you", "Name", about)
	}
	if m.Role == chat.RoleOwner {
		about = tr.F("members.owner", "Name", about)
	}
	about = dotted(statusText(cards[m.Account].Status), about, presenceWords(there[m.Account], now))
	return person{id: m.Account, name: readName(m), about: about, dot: there[m.Account].State}
}

// peopleOf are the lines about members in the order of sortedPeople.
func peopleOf(list []app.MemberView, there map[chat.AccountID]app.PresenceView, cards map[chat.AccountID]app.CardView, now time.Time) []person {
	sorted := sortedPeople(list)
	out := make([]person, len(sorted))
	for i := range sorted {
		out[i] = personOf(&sorted[i], there, cards, now)
	}
	return out
}

// peopleList is a scrolling list of people. With tapped set its lines can be
// chosen and show a tick; with opened set they open what is known of somebody.
type peopleList struct {
	widget.BaseWidget
	longList[*personRow]
	people  []person
	longest int         // most lines there have been
	tapped  func(i int) // nil: a list to look at
	opened  func(chat.AccountID)
	menu    func(chat.AccountID, fyne.Position) // nil: none
	line    func(i int) person                  // makes what stands on a line; nil: as it is in people
	cursor  int
	focus   bool
}

func newPeopleList(tapped func(int)) *peopleList {
	l := &peopleList{tapped: tapped}
	l.init(longParts[*personRow]{
		count: func() int { return len(l.people) }, height: personHeight,
		make: func() *personRow { return newPersonRow(l) }, set: l.show,
	})
	l.ExtendBaseWidget(l)
	return l
}

// personHeight is the height of a line.
func personHeight() float32 {
	s := look.Sizes()
	return max(look.Grown(52), (s.Body+s.Caption)*1.6+11)
}

func (l *peopleList) set(people []person) {
	if slices.Equal(people, l.people) {
		return
	}
	if l.cursor < len(l.people) { // the keyboard stays with whom it is on
		on := l.people[l.cursor].id
		if i := slices.IndexFunc(people, func(p person) bool { return p.id == on }); i >= 0 {
			l.cursor = i
		}
	}
	l.cursor = min(l.cursor, max(0, len(people)-1))
	l.people, l.longest = people, max(l.longest, len(people))
	l.fill()
	l.scroll.Refresh()
}

// Resize implements fyne.CanvasObject.
func (l *peopleList) Resize(s fyne.Size) {
	l.BaseWidget.Resize(s)
	l.resize(s)
}

// show shows a line in a widget.
func (l *peopleList) show(r *personRow, i int) {
	p := l.people[i]
	if l.line != nil {
		p = l.line(i)
	}
	r.set(i, p, l.tapped != nil, l.focus && i == l.cursor)
}

// CreateRenderer implements fyne.Widget.
func (l *peopleList) CreateRenderer() fyne.WidgetRenderer {
	return look.NewRenderer(look.RendererParts{
		Of:      l,
		Objects: []fyne.CanvasObject{l.scroll},
		Min:     func() fyne.Size { return fyne.NewSize(120, 2*personHeight()) },
		Layout:  func(fyne.Size) {},
	})
}

func (l *peopleList) take(i int) {
	if i < 0 || i >= len(l.people) {
		return
	}
	l.cursor = i
	switch {
	case l.tapped != nil:
		l.tapped(i)
	case l.opened != nil:
		l.opened(l.people[i].id)
	}
}

// ask opens the menu of a line, by the keyboard.
func (l *peopleList) ask(i int) {
	if l.menu == nil || i < 0 || i >= len(l.people) {
		return
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(l)
	l.menu(l.people[i].id, at.AddXY(16, float32(i+1)*personHeight()-l.scroll.Offset.Y))
}

// FocusGained implements fyne.Focusable.
func (l *peopleList) FocusGained() { l.focus = true; l.fill() }

// FocusLost implements fyne.Focusable.
func (l *peopleList) FocusLost() { l.focus = false; l.fill() }

// TypedRune implements fyne.Focusable.
func (l *peopleList) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (l *peopleList) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		l.take(l.cursor)
		return
	case desktop.KeyMenu:
		l.ask(l.cursor)
		return
	}
	to, ok := l.step(e, l.cursor)
	if !ok {
		passKey(l, e)
		return
	}
	l.cursor = to
	l.reveal(to)
	l.fill()
}

// personRow is one line of a list of people.
type personRow struct {
	press
	l      *peopleList
	i      int
	p      person
	avatar *look.Avatar
	name   *look.Line
	about  *look.Line
	tick   *radio
}

// TappedSecondary implements fyne.SecondaryTappable.
func (r *personRow) TappedSecondary(e *fyne.PointEvent) {
	if r.l.menu != nil && r.i >= 0 && r.i < len(r.l.people) {
		r.l.cursor = r.i
		r.l.menu(r.l.people[r.i].id, e.AbsolutePosition)
	}
}

func newPersonRow(l *peopleList) *personRow {
	r := &personRow{l: l, i: -1}
	r.avatar = look.NewAvatar("", "", look.AvatarSmall)
	r.name = look.NewStrong("", look.Body, look.Text)
	r.about = look.NewElided("", look.Caption, look.Secondary)
	r.tick = newTick(false)
	r.content = rowGrow(11, 1, r.avatar, column(0, r.name, r.about), r.tick)
	r.PadX, r.PadY, r.Radius = 16, 4, 8
	r.tapped = func() { l.take(r.i) }
	r.ExtendBaseWidget(r)
	return r
}

func (r *personRow) set(i int, p person, choose, cursor bool) {
	if r.i == i && r.p == p && r.focus == cursor {
		return
	}
	r.i, r.p, r.focus = i, p, cursor
	r.off = !choose && r.l.opened == nil
	r.avatar.Set(p.id.String(), p.name)
	r.avatar.SetDot(dotOf(p.dot), look.PanelFill)
	r.name.SetText(p.name)
	r.about.SetText(p.about)
	if r.about.SetInk(look.Secondary); p.shut {
		r.about.SetInk(look.Bad)
	}
	r.tick.Hidden = !choose
	r.tick.set(p.marked)
	r.Refresh()
}

// atName is a login name as it is shown; "" for an account that was deleted.
func atName(m app.MemberView) string {
	if m.Name == "" {
		return ""
	}
	return "@" + cleanName(m.Name)
}
