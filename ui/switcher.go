package ui

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// switcher goes to a room, a person or a command by typing a part of its name.
type switcher struct {
	h      *home
	d      *dialog
	find   *field
	lines  *fyne.Container
	scroll *look.Scroll
	none   *para
	all    []aim // rooms, people, rooms to join, commands
	rooms  int   // how many of all are rooms of the person's
	found  []int // of all, in order
	rows   []*touch
	at     int
	roomChoice
	place chat.PlaceLink // what was pasted; zero none
}

// roomChoice is what a room is chosen for.
type roomChoice struct {
	title string
	only  func(*app.RoomView) bool // which rooms; nil all
	taken func(chat.RoomID)
	// person is told of somebody who was chosen with whom there is no conversation
	// yet; nil offers rooms only.
	person func(app.MemberView)
	// commands offers these, too, other groups, and the open rooms of this one that the
	// person is not in.
	commands bool
}

// aim is something to go to. The order of kinds breaks ties between names that
// match alike.
type aim struct {
	kind   int
	name   string
	note   string // beside it; "" nothing
	act    string // what choosing it does, if that is more than going there
	keys   string // shortcut that does the same
	id     string
	face   string // what the picture is made of
	icon   look.Icon
	badge  string
	unread bool
	take   func()
	called []string // what it is called, folded: who types that whole means this
	login  bool     // a person, or the conversation with one alone
	ranked
}

// Kinds of targets, the most wanted first.
const (
	aimRoom      = iota
	aimElsewhere // a room of another group
	aimGroup
	aimPerson
	aimOpen // a room to join
	aimCommand
)

const (
	maxSwitcher = 30   // lines listed
	switcherTop = 8    // lines in view
	mostOthers  = 2000 // people, and as many rooms to join
)

// showSwitcher goes to a room, a person or a command, or to the message whose link
// is pasted.
func (h *home) showSwitcher() {
	h.chooseRoom(roomChoice{title: tr.S("keys.switch"), taken: h.openRoom, person: h.talkTo, commands: true})
}

// chooseRoom lets the person choose a room by typing a part of its name.
func (h *home) chooseRoom(c roomChoice) {
	s := &switcher{h: h, lines: column(2), roomChoice: c}
	hint := tr.Key("switcher.hint")
	switch {
	case c.commands:
		hint = "switcher.hint_all"
	case c.person != nil:
		hint = "switcher.hint_people"
	}
	s.gather()
	s.find = newField("", "")
	s.find.entry.SetHint(tr.S(hint))
	s.find.entry.OnChanged = func(string) { s.filter() }
	s.find.entry.OnSubmitted = func(string) { s.take(s.at) }
	s.find.entry.key = s.key
	s.none = note(tr.S("switcher.none"))
	s.scroll = look.NewVScroll(s.lines)
	box := container.New(&listRoom{
		u: h.u, d: func() *dialog { return s.d }, want: switcherTop * switcherRow(),
		rest: func(width float32) float32 { return restOf(10, width, s.find, s.none) },
	}, s.scroll)
	s.d = h.u.open(dialogSpec{title: c.title, width: 520, body: column(10, s.find, s.none, box), focus: s.find.entry})
	s.filter()
	s.askOthers()
}

func switcherRow() float32 { return max(44, look.Sizes().Body*1.4+22) }

// gather lists what there is to go to: rooms by when they were used last, then
// people, then commands.
func (s *switcher) gather() {
	h := s.h
	v := h.u.view
	when := map[chat.RoomID]int{}
	for i, id := range h.recent {
		when[id] = i + 1
	}
	for i := range v.Rooms {
		r := &v.Rooms[i]
		if s.only != nil && !s.only(r) {
			continue
		}
		name := roomName(r)
		t := aim{name: name, id: r.ID.String(), face: faceOf(r), unread: r.News(), take: func() { s.taken(r.ID) }, ranked: newRanked(name)}
		if t.unread {
			t.badge = factsOf(r, "", r.Activity).badge
		}
		t.called = []string{t.folded}
		if m, ok := partner(r); ok {
			t.person(cleanName(m.Display), cleanName(m.Name))
		}
		s.all = append(s.all, t)
		if when[r.ID] == 0 {
			when[r.ID] = len(h.recent) + 1 + i
		}
	}
	byUse := map[string]int{}
	for id, n := range when {
		byUse[id.String()] = n
	}
	slices.SortStableFunc(s.all, func(a, b aim) int {
		if a.unread != b.unread {
			return map[bool]int{true: -1, false: 1}[a.unread]
		}
		return cmp.Compare(byUse[a.id], byUse[b.id])
	})
	s.rooms = len(s.all)
	if s.person != nil {
		s.gatherPeople(nil)
	}
	if s.commands {
		s.gatherCommands()
	}
}

// askOthers adds whoever is in the group but in no room of the person's, and the rooms
// that can be joined, if the server can be asked.
func (s *switcher) askOthers() {
	u := s.h.u
	if s.person == nil || u.view.Connection.State != app.ConnLive {
		return
	}
	u.pump.work(func(ctx context.Context) func() {
		// Where the server does not answer, what is known here is there already.
		people, _ := u.core.People(ctx)
		var open []app.OpenRoom
		if s.commands {
			open, _ = u.core.OpenRooms(ctx)
		}
		return func() {
			if s.d.isOpen {
				s.takeOthers(people, open)
			}
		}
	})
}

// takeOthers lists anew what is behind the person's rooms; what is marked stays so.
func (s *switcher) takeOthers(people []app.MemberView, open []app.OpenRoom) {
	before := len(s.all)
	marked := ""
	if s.at < len(s.found) {
		marked = s.all[s.found[s.at]].id
	}
	s.all = s.all[:s.rooms:s.rooms]
	s.gatherPeople(people)
	if s.commands {
		s.gatherOpen(open)
		s.gatherCommands()
	}
	if len(s.all) == before {
		return
	}
	s.filter()
	for i, at := range s.found {
		if marked != "" && s.all[at].id == marked {
			s.mark(i)
		}
	}
}

// gatherOpen adds the rooms that the person may join: choosing one does.
func (s *switcher) gatherOpen(rooms []app.OpenRoom) {
	h := s.h
	if over(h.u.view) {
		return
	}
	for _, r := range rooms[:min(len(rooms), mostOthers)] {
		if r.Joined || h.roomOf(r.ID) != nil {
			continue // who has left a room finds it among those that are here
		}
		name := cleanName(r.Name)
		t := aim{
			kind: aimOpen, name: name, act: tr.S("browse.join"), id: r.ID.String(), face: r.ID.String(),
			take: func() { h.joinRoom(r.ID, func(bool) {}) }, ranked: newRanked(name),
		}
		if r.Alike {
			t.note = tr.S("browse.alike")
		}
		t.called = []string{t.folded}
		s.all = append(s.all, t)
	}
}

// gatherPeople adds everybody who shares a room with the person, and others; but
// not those whose conversation with the person is in the list.
func (s *switcher) gatherPeople(others []app.MemberView) {
	h := s.h
	if ended(h.u.view) {
		return // nobody can be written to
	}
	seen := map[chat.AccountID]bool{h.u.view.Me.Account: true}
	for i := range h.u.view.Rooms {
		r := &h.u.view.Rooms[i]
		if m, ok := partner(r); ok && (s.only == nil || s.only(r)) {
			seen[m.Account] = true
		}
	}
	var people []aim
	add := func(list []app.MemberView) {
		for _, m := range list {
			if seen[m.Account] || m.Me || len(people) == mostOthers {
				continue
			}
			seen[m.Account] = true
			name := cleanName(m.Display)
			if name == "" {
				name = cleanName(m.Name)
			}
			t := aim{
				kind: aimPerson, name: name, note: "@" + cleanName(m.Name), id: m.Account.String(), face: m.Account.String(),
				take: func() { s.person(m) },
			}
			t.person(name, cleanName(m.Name))
			people = append(people, t)
		}
	}
	for i := range h.u.view.Rooms {
		add(h.u.view.Rooms[i].Members)
	}
	add(others)
	slices.SortStableFunc(people, func(a, b aim) int { return cmp.Compare(a.folded, b.folded) })
	s.all = append(s.all, people...)
}

// gatherCommands adds the other groups, and what the program can do.
func (s *switcher) gatherCommands() {
	s.gatherGroups()
	for _, c := range s.h.commands() {
		s.all = append(s.all, aim{
			kind: aimCommand, name: c.name, keys: c.keys, icon: c.icon, take: c.run, ranked: newRanked(c.name + " " + c.also),
		})
	}
}

// talkTo opens the conversation with somebody.
func (h *home) talkTo(m app.MemberView) {
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		id, err := u.core.Direct(ctx, []app.MemberView{m})
		return func() {
			switch {
			case err != nil:
				u.toast(explain(err).text, look.Bad)
			case u.home != h:
			case h.roomOf(id) != nil:
				h.openRoom(id)
			default:
				h.wanted = id
			}
		}
	})
}

// used notes that a room was opened; the newest first.
func (h *home) used(id chat.RoomID) {
	if !id.IsZero() {
		h.recent = slices.Insert(slices.DeleteFunc(h.recent, func(x chat.RoomID) bool { return x == id }), 0, id)
	}
}

func (s *switcher) key(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyUp:
		s.mark(s.at - 1)
	case fyne.KeyDown:
		s.mark(s.at + 1)
	case fyne.KeyPageUp:
		s.mark(max(0, s.at-switcherTop))
	case fyne.KeyPageDown:
		s.mark(min(len(s.rows)-1, s.at+switcherTop))
	default:
		return false
	}
	return true
}

// person says that somebody is meant, by both names.
func (t *aim) person(name, login string) {
	t.login, t.ranked = true, newRanked(name+" "+login)
	t.called = append(t.called, newRanked(name).folded, newRanked(login).folded)
}

// Signs before a name say what it is of.
const (
	personSign = "@"
	roomSign   = "#"
)

func (t *aim) isPerson() bool { return t.login }
func (t *aim) isRoom() bool {
	return t.kind == aimRoom && !t.login || t.kind == aimElsewhere || t.kind == aimOpen
}
func (*aim) isAnything() bool { return true }

// search finds what matches: first what is called so, then the best first. A sign before
// it says what it is, unless there is nothing of that name.
func search(all []aim, typed string, most int) (found []int) {
	typed = strings.TrimSpace(typed)
	if rest, ok := strings.CutPrefix(typed, personSign); ok {
		found = searchOf(all, rest, most, (*aim).isPerson)
	} else if rest, ok := strings.CutPrefix(typed, roomSign); ok && rest != "" {
		found = searchOf(all, rest, most, (*aim).isRoom)
	}
	if len(found) == 0 {
		found = searchOf(all, typed, most, (*aim).isAnything)
	}
	return found
}

func searchOf(all []aim, typed string, most int, may func(*aim) bool) []int {
	w := newWanted(typed)
	name := newRanked(typed).folded
	var exact []int
	var by [matchNone][]int
	for i := range all {
		t := &all[i]
		if !may(t) {
			continue
		}
		if name != "" && slices.Contains(t.called, name) {
			exact = append(exact, i)
			continue
		}
		if m := t.match(w); m < matchNone {
			by[m] = append(by[m], i)
		}
	}
	found := exact
	for _, alike := range by {
		whole := func(i int) bool { return all[i].whole(w) }
		for _, i := range alike {
			if whole(i) {
				found = append(found, i)
			}
		}
		found = append(found, slices.DeleteFunc(alike, whole)...)
	}
	return found[:min(len(found), most)]
}

// filter lists what matches.
func (s *switcher) filter() {
	s.rows, s.lines.Objects, s.found = nil, nil, nil
	s.place = chat.PlaceLink{}
	if l, err := chat.ParsePlaceLink(s.find.Text()); err == nil && s.only == nil {
		s.place = l
		s.add(rowGrow(10, 1, look.NewIcon(look.IconLink, look.Link, 20), look.NewElided(tr.S("switcher.message"), look.Body, look.Text)))
	} else {
		s.found = search(s.all, s.find.Text(), maxSwitcher)
		for _, i := range s.found {
			s.add(s.all[i].line())
		}
	}
	s.none.Hidden = len(s.rows) > 0
	s.scroll.ScrollToTop()
	s.mark(0)
	s.lines.Refresh()
	s.d.Refresh()
}

func (s *switcher) add(line fyne.CanvasObject) {
	at := len(s.rows)
	t := newTouch(line, func() { s.take(at) })
	t.PadX, t.PadY = 10, 7
	s.rows, s.lines.Objects = append(s.rows, t), append(s.lines.Objects, t)
}

// line is a target as it is listed.
func (t *aim) line() fyne.CanvasObject {
	var face fyne.CanvasObject = look.NewAvatar(t.face, t.name, 28)
	switch t.kind {
	case aimGroup:
		face = look.NewTile(t.face, t.name, 28)
	case aimCommand:
		face = inset(4, 4, 4, 4, look.NewIcon(t.icon, look.Secondary, 20))
	}
	name := t.name
	if t.note != "" {
		name = apart(name) + "  " + apart(t.note)
	}
	line := rowGrow(10, 1, face, look.NewElided(name, look.Body, look.Text))
	if t.badge != "" {
		line.Add(look.NewBadge(t.badge))
	}
	if t.keys != "" {
		line.Add(fieldCap(t.keys))
	}
	if t.act != "" {
		line.Add(look.NewLine(t.act, look.Preview, look.Link))
	}
	return line
}

func (s *switcher) mark(at int) {
	if len(s.rows) == 0 {
		return
	}
	s.at = (at + len(s.rows)) % len(s.rows)
	for i, r := range s.rows {
		fill := look.Ink(nil)
		if i == s.at {
			fill = look.SelectedFill
		}
		if (fill == nil) != (r.Fill == nil) {
			r.Fill = fill
			r.Refresh()
		}
	}
	high := s.rows[0].MinSize().Height + 2
	scrollTo(s.scroll, float32(s.at)*high, high)
}

func (s *switcher) take(at int) {
	if s.place != (chat.PlaceLink{}) {
		s.d.Close()
		s.h.u.goTo(s.place)
		return
	}
	if at < len(s.found) {
		s.d.Close()
		s.all[s.found[at]].take()
	}
}
