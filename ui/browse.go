package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// openRooms is the list of the rooms anybody of the group may join, with a filter above it.
type openRooms struct {
	h     *home
	d     *dialog
	find  *field
	state *para
	wait  *skeleton
	list  *lineList
	box   *fyne.Container
	fit   *listRoom
	rooms []app.OpenRoom
	ranks []ranked             // of rooms: what they are called, and are about
	shown []int                // indexes into rooms
	joins map[chat.RoomID]bool // those that are being joined
}

// showBrowse lists the rooms anybody of the group may join.
func (h *home) showBrowse() {
	if h.shutOut() {
		return
	}
	u := h.u
	o := &openRooms{h: h, state: note(""), wait: newSkeleton(u, 3, tr.S("browse.loading")), joins: map[chat.RoomID]bool{}}
	o.state.Hide() // before the dialog measures what it shows
	about := note(tr.S("browse.text"))
	o.find = newField("", "")
	o.find.entry.SetHint(tr.S("people.find"))
	o.find.entry.OnChanged = func(string) { o.filter() }
	o.find.entry.OnSubmitted = func(text string) {
		if strings.TrimSpace(text) != "" && len(o.shown) > 0 {
			o.enter(0)
		}
	}
	o.find.entry.key = o.key
	o.list = newLineList(o.enter)
	o.fit = &listRoom{d: func() *dialog { return o.d }, u: u, rest: func(width float32) float32 { return restOf(12, width, about, o.find, o.state, o.wait) }}
	o.box = container.New(o.fit, o.list)
	o.box.Hide()
	o.d = u.open(dialogSpec{title: tr.S("side.browse"), width: 480, body: column(12, about, o.find, o.state, o.wait, o.box), focus: o.find.entry})
	o.load()
}

// key leads from the filter into the list.
func (o *openRooms) key(e *fyne.KeyEvent) bool {
	if e.Name != fyne.KeyDown || len(o.shown) == 0 {
		return false
	}
	o.h.u.win.Canvas().Focus(o.list)
	return true
}

// load asks the server.
func (o *openRooms) load() {
	u := o.h.u
	u.pump.work(func(ctx context.Context) func() {
		found, err := u.core.OpenRooms(ctx)
		return func() {
			o.wait.Hide()
			if err != nil {
				o.state.Set(explain(err).text, look.Bad)
				o.state.Show()
				u.onceBack(o.d, o.load)
				o.d.Refresh()
				return
			}
			o.rooms, o.ranks = found, make([]ranked, len(found))
			for i, r := range found {
				o.ranks[i] = newRanked(cleanName(r.Name) + " " + cleanName(r.Topic))
			}
			o.filter()
		}
	})
}

// filter lists the rooms that fit what was typed.
func (o *openRooms) filter() {
	w := newWanted(o.find.Text())
	o.shown = o.shown[:0]
	for i := range o.rooms {
		if len(w) == 0 || o.ranks[i].match(w) != matchNone {
			o.shown = append(o.shown, i)
		}
	}
	o.state.Hidden = len(o.shown) > 0 || o.wait.Visible()
	switch {
	case o.wait.Visible(): // whoever knows the name need not wait to type it
	case len(o.rooms) == 0:
		o.state.Set(tr.S("browse.none"), look.Secondary)
	case len(o.shown) == 0:
		o.state.Set(tr.S("switcher.none"), look.Secondary)
	}
	o.list.lines = o.lines()
	o.fit.want = o.list.whole()
	o.box.Hidden = len(o.shown) == 0
	o.d.Refresh()
	if o.d.isOpen && !o.box.Hidden {
		o.list.show(o.list.lines)
	}
}

// lines are the rooms that fit, each with what joins or opens it.
func (o *openRooms) lines() []aLine {
	lines := make([]aLine, len(o.shown))
	for i, at := range o.shown {
		r := o.rooms[at]
		name := cleanName(r.Name)
		about := dotted(tr.N("pane.members", r.Members), cleanName(r.Topic))
		if r.Alike {
			about = dotted(tr.S("browse.alike"), about)
		}
		lines[i] = aLine{id: r.ID.String(), face: name, name: name, about: about, act: tr.S("browse.join"), loud: true, strong: true, off: o.joins[r.ID]}
		if r.Joined {
			lines[i].act, lines[i].loud = tr.S("browse.open"), false
		}
	}
	return lines
}

// enter opens the room of a line, or joins it first.
func (o *openRooms) enter(i int) {
	r := o.rooms[o.shown[i]]
	if r.Joined {
		o.d.Close()
		o.h.openRoom(r.ID)
		return
	}
	if o.joins[r.ID] {
		return
	}
	off := func(on bool) {
		o.joins[r.ID] = on
		o.list.change(o.lines())
	}
	off(true)
	o.h.joinRoom(r.ID, func(joined bool) {
		if joined {
			o.d.Close()
		} else {
			off(false)
		}
	})
}

// joinRoom joins an open room, tells what became of it, and opens the room or says why not.
func (h *home) joinRoom(id chat.RoomID, told func(joined bool)) {
	u := h.u
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.JoinRoom(ctx, id)
		return func() {
			told(err == nil)
			switch {
			case err != nil:
				u.toast(explain(err).text, look.Bad)
			case u.home == h:
				h.wanted = id
				h.apply(app.Changes{}, u.core.View())
			}
		}
	})
}
