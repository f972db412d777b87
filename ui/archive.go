package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Archived rooms: for reading, in a fold below the others.

// owns reports whether the person owns a room.
func owns(r *app.RoomView) bool {
	return slices.ContainsFunc(r.Members, func(m app.MemberView) bool { return m.Me && m.Role == chat.RoleOwner })
}

// archiveItem is the entry of a room's menu that archives it or takes that back.
func (h *home) archiveItem(r *app.RoomView) look.MenuItem {
	id := r.ID
	set := func(archived bool) {
		h.do(func(ctx context.Context) error { return h.u.core.ArchiveRoom(ctx, id, archived) })
	}
	if r.Archived {
		return look.MenuItem{Text: tr.S("archive.undo"), Icon: look.IconArchive, Action: func() { set(false) }}
	}
	title := tr.F("archive.title", "Room", inSentence(roomName(r)))
	return look.MenuItem{Text: tr.S("archive.room"), Icon: look.IconArchive, Action: func() {
		h.u.confirm(confirmation{title: title, text: tr.S("archive.text"), do: tr.S("archive.do"), then: func() { set(true) }})
	}}
}

// fold is the line above the archived rooms; pressing it shows them or folds them away.
type fold struct {
	*touch
	h     *home
	arrow *look.IconView
	text  *look.Line
	count int // archived rooms
	from  int // the first row behind it
}

func newFold(h *home) *fold {
	f := &fold{h: h}
	f.arrow = look.NewIcon(look.IconNext, look.Faint, 16)
	f.text = look.NewElided("", look.Caption, look.Secondary)
	f.touch = newTouch(rowGrow(8, 1, f.arrow, f.text), func() {
		h.unfolded = !h.unfolded
		h.side.list.apply(h.u.view)
	})
	f.PadX, f.PadY = 22, 9
	f.Hide()
	return f
}

// apply counts what there is to fold away.
func (f *fold) apply(rooms []*app.RoomView) {
	f.count, f.from = 0, len(rooms)
	for i := range f.h.u.view.Rooms {
		if r := &f.h.u.view.Rooms[i]; r.Archived && !r.Hidden {
			f.count++
		}
	}
	if i := slices.IndexFunc(rooms, func(r *app.RoomView) bool { return r.Archived }); i >= 0 {
		f.from = i
	}
	f.text.SetText(tr.F("side.archived", "N", f.count))
	icon := look.IconNext
	if f.h.unfolded {
		icon = look.IconDown
	}
	f.arrow.Set(icon, look.Faint)
	f.Hidden = f.count == 0
}

// above returns the height of what the fold puts above a row.
func (f *fold) above(row int) float32 {
	if f.count == 0 || row < f.from {
		return 0
	}
	return f.MinSize().Height
}

// among puts the fold in its place among the rows.
func (f *fold) among(rows []*roomRow) []fyne.CanvasObject {
	list := make([]fyne.CanvasObject, 0, len(rows)+1)
	for i, r := range rows {
		if i == f.from && f.count > 0 {
			list = append(list, f.touch)
		}
		list = append(list, r)
	}
	if f.count > 0 && f.from == len(rows) {
		list = append(list, f.touch)
	}
	return list
}
