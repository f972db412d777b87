package ui

import (
	"context"

	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// showBrowse lists the rooms anybody of the group may join.
func (h *home) showBrowse() {
	if h.shutOut() {
		return
	}
	u := h.u
	state, wait := note(""), newSkeleton(u, 3, tr.S("browse.loading"))
	state.Hide() // before the dialog measures what it shows
	about := note(tr.S("browse.text"))
	var d *dialog
	var rooms []app.OpenRoom
	var list *lineList
	list = newLineList(func(i int) { h.enterOpen(rooms[i], d, list, i) })
	fit := &listRoom{d: func() *dialog { return d }, u: u, rest: func(width float32) float32 { return restOf(12, width, about, state, wait) }}
	box := container.New(fit, list)
	box.Hide()
	d = u.open(dialogSpec{title: tr.S("side.browse"), width: 480, body: column(12, about, state, wait, box)})
	var load func()
	load = func() {
		u.pump.work(func(ctx context.Context) func() {
			found, err := u.core.OpenRooms(ctx)
			return func() {
				wait.Hide()
				state.Hidden = err == nil && len(found) > 0
				switch {
				case err != nil:
					state.Set(explain(err).text, look.Bad)
					u.onceBack(d, load)
				case len(found) == 0:
					state.Set(tr.S("browse.none"), look.Secondary)
				default:
					rooms = found
					list.lines = openRoomLines(rooms)
					fit.want = list.whole()
					box.Show()
				}
				d.Refresh()
				if len(rooms) > 0 && d.isOpen {
					list.show(list.lines)
				}
			}
		})
	}
	load()
}

// openRoomLines are the rooms, each with what joins or opens it.
func openRoomLines(rooms []app.OpenRoom) []aLine {
	lines := make([]aLine, len(rooms))
	for i, r := range rooms {
		name := cleanName(r.Name)
		about := dotted(tr.N("pane.members", r.Members), cleanName(r.Topic))
		if r.Alike {
			about = dotted(tr.S("browse.alike"), about)
		}
		lines[i] = aLine{id: r.ID.String(), face: name, name: name, about: about, act: tr.S("browse.join"), loud: true, strong: true}
		if r.Joined {
			lines[i].act, lines[i].loud = tr.S("browse.open"), false
		}
	}
	return lines
}

// enterOpen opens an open room, or joins it first.
func (h *home) enterOpen(r app.OpenRoom, d *dialog, list *lineList, i int) {
	u := h.u
	if r.Joined {
		d.Close()
		h.openRoom(r.ID)
		return
	}
	if list.lines[i].off {
		return
	}
	off := func(on bool) {
		list.lines[i].off = on
		list.fill()
	}
	off(true)
	u.pump.work(func(ctx context.Context) func() {
		err := u.core.JoinRoom(ctx, r.ID)
		return func() {
			if err != nil {
				off(false)
				u.toast(explain(err).text, look.Bad)
				return
			}
			d.Close()
			h.wanted = r.ID
			h.apply(app.Changes{}, u.core.View())
		}
	})
}
