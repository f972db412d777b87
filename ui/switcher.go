package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// switcher jumps to a room by typing a part of its name.
type switcher struct {
	h     *home
	d     *dialog
	find  *field
	lines *fyne.Container
	none  *para
	ids   []chat.RoomID
	rows  []*touch
	at    int
	roomChoice
	place chat.PlaceLink // what was pasted; zero none
}

// roomChoice is what a room is chosen for.
type roomChoice struct {
	title string
	only  func(*app.RoomView) bool // which rooms; nil all
	taken func(chat.RoomID)
}

// maxSwitcher is how many rooms the switcher shows.
const maxSwitcher = 8

// showSwitcher jumps to a room, or to the message whose link is pasted.
func (h *home) showSwitcher() {
	h.chooseRoom(roomChoice{title: tr.S("keys.switch"), taken: h.openRoom})
}

// chooseRoom lets the person choose a room by typing a part of its name.
func (h *home) chooseRoom(c roomChoice) {
	s := &switcher{h: h, lines: column(2), roomChoice: c}
	s.find = newField("", "")
	s.find.entry.SetPlaceHolder(tr.S("switcher.hint"))
	s.find.entry.OnChanged = func(string) { s.filter() }
	s.find.entry.OnSubmitted = func(string) { s.take(s.at) }
	s.find.entry.key = s.key
	s.none = note(tr.S("switcher.none"))
	box := container.New(&fixedHeight{maxSwitcher * switcherRow}, s.lines)
	s.d = h.u.open(dialogSpec{title: c.title, width: 440, body: column(10, s.find, s.none, box), focus: s.find.entry})
	s.filter()
}

const switcherRow = 44

func (s *switcher) key(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyUp:
		s.mark(s.at - 1)
	case fyne.KeyDown:
		s.mark(s.at + 1)
	default:
		return false
	}
	return true
}

// filter lists the rooms that match, unread ones first.
func (s *switcher) filter() {
	want := strings.ToLower(strings.TrimSpace(s.find.Text()))
	s.ids, s.rows, s.lines.Objects = nil, nil, nil
	s.place = chat.PlaceLink{}
	if l, err := chat.ParsePlaceLink(s.find.Text()); err == nil && s.only == nil {
		s.place = l
		s.none.Hidden = true
		t := newTouch(rowGrow(10, 1, look.NewIcon(look.IconLink, look.Link, 20), look.NewElided(tr.S("switcher.message"), look.Body, look.Text)), func() { s.take(0) })
		t.PadX, t.PadY = 10, 10
		s.rows, s.lines.Objects = []*touch{t}, []fyne.CanvasObject{t}
		s.mark(0)
		s.lines.Refresh()
		s.d.Refresh()
		return
	}
	for _, unread := range []bool{true, false} {
		for i := range s.h.u.view.Rooms {
			r := &s.h.u.view.Rooms[i]
			name := cleanName(r.Name)
			if r.Hidden || s.only != nil && !s.only(r) || (r.Unread > 0) != unread || len(s.ids) == maxSwitcher || !strings.Contains(strings.ToLower(name), want) {
				continue
			}
			at := len(s.ids)
			line := rowGrow(10, 1, look.NewAvatar(faceOf(r), name, 28), look.NewElided(name, look.Body, look.Text))
			if unread {
				line.Add(look.NewBadge(factsOf(r, "", r.Activity).badge))
			}
			t := newTouch(line, func() { s.take(at) })
			t.PadX, t.PadY = 10, 7
			s.ids, s.rows = append(s.ids, r.ID), append(s.rows, t)
			s.lines.Objects = append(s.lines.Objects, t)
		}
	}
	s.none.Hidden = len(s.ids) > 0
	s.mark(0)
	s.lines.Refresh()
	s.d.Refresh()
}

func (s *switcher) mark(at int) {
	if len(s.rows) == 0 {
		return
	}
	s.at = (at + len(s.rows)) % len(s.rows)
	for i, r := range s.rows {
		r.Fill = nil
		if i == s.at {
			r.Fill = look.SelectedFill
		}
		r.Refresh()
	}
}

func (s *switcher) take(at int) {
	if s.place != (chat.PlaceLink{}) {
		s.d.Close()
		s.h.u.goTo(s.place)
		return
	}
	if at < len(s.ids) {
		s.d.Close()
		s.taken(s.ids[at])
	}
}
