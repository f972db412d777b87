package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// page returns the page of a group; nil if there is none.
func (w *Window) page(key int) *UI {
	for _, u := range w.all {
		if u.key == key {
			return u
		}
	}
	return nil
}

// sync takes over which groups there are.
func (w *Window) sync() {
	var all []*UI
	for _, item := range w.groups.Groups() {
		u := w.page(item.Key)
		if u == nil {
			u = w.newPage(item)
			u.begin(w.life.ctx)
			u.clear()
			if w.running {
				u.pump.start(u.apply)
			}
		}
		u.item = item
		all = append(all, u)
	}
	gone := slices.DeleteFunc(slices.Clone(w.all), func(u *UI) bool { return slices.Contains(all, u) })
	w.all = all
	if slices.Contains(gone, w.shown) {
		next := w.page(w.groups.Last())
		if next == nil {
			next = all[0]
		}
		w.show(next)
	}
	for _, u := range gone {
		w.forget(u)
	}
	w.place()
	w.layOut()
	w.rail.apply()
	w.retitle()
	w.tray.apply()
}

// forget ends the page of a group that is gone.
func (w *Window) forget(u *UI) {
	for tag := range u.ringing.shown {
		w.unnotify(tag)
	}
	w.leaveOut(u)
	u.pump.stop()
	w.gone = append(w.gone, u.pump)
}

// place puts the rail and the pages of all groups into the window.
func (w *Window) place() {
	w.rail.set(w.all)
	objects := []fyne.CanvasObject{w.rail.object, w.rail.rule}
	for _, u := range w.all {
		objects = append(objects, u.root)
	}
	w.body.Objects = objects
}

// show brings a group into view. Everything of it is in memory: what has changed
// since it was seen last is taken over, and the rest stands as it was left.
func (w *Window) show(u *UI) {
	old := w.shown
	if u == nil || u == old {
		return
	}
	w.travel(func() { w.bring(old, u) })
}

// bring puts a group into view in place of another one.
func (w *Window) bring(old, u *UI) {
	w.closeAll()
	look.HideTips()
	old.endLate()
	w.win.Canvas().Unfocus()
	old.setLooking(false)
	w.shown = u
	w.groups.Show(u.key)
	old.root.Hide()
	if len(u.root.Objects) == 0 {
		u.setPage(newStarting())
	}
	u.root.Show()
	w.layOut()
	u.catchUp()
	u.faces.changed("")
	u.setLooking(w.active)
	if u.home != nil {
		u.home.focus()
	}
	w.rail.apply()
	w.retitle()
	u.offerLink()
}

// addGroup begins to add a group, or goes back to where that was begun.
func (w *Window) addGroup() {
	from := w.shown
	item := w.groups.Add()
	if item.Key == from.key {
		w.link = ""
		return
	}
	if !from.item.Adding {
		w.returnTo = from.key
	}
	w.sync()
	w.show(w.page(item.Key))
}

// wayBack is what leads back from the first page of the way into a group: to the
// group that was shown before. nil if there is none.
func (u *UI) wayBack() func() {
	if !u.item.Adding || len(u.all) < 2 {
		return nil
	}
	return u.cancelAdding
}

// cancelAdding gives up adding a group.
func (u *UI) cancelAdding() {
	if back := u.page(u.returnTo); back != nil && back != u {
		u.show(back)
	}
	u.groups.Cancel(u.key)
	u.sync()
}

// arrange shows or hides the rail where the page in view decides that.
func (u *UI) arrange() {
	if u.inView() && u.body != nil && u.railFits() != u.rail.object.Visible() {
		u.layOut()
	}
}

// isNarrow reports whether a page of a width shows one column.
func (w *Window) isNarrow(width float32) bool {
	if !w.railOn() {
		return width < narrowWidth
	}
	return w.body.Size().Width-railWidth() < narrowWidth // whether the rail shows just now or not
}

// railOn reports whether there is anything to choose from.
func (w *Window) railOn() bool { return len(w.all) > 1 }

// railFits reports whether the rail shows: in a narrow window beside the list of
// rooms, not beside what is opened from there.
func (w *Window) railFits() bool {
	u := w.shown
	switch {
	case !w.railOn():
		return false
	case !w.isNarrow(w.body.Size().Width):
		return true
	case u.home != nil:
		return u.home.object.showList || u.home.room.IsZero()
	}
	return u.back == nil
}

// layOut lays the window out anew. It refreshes nothing: a page that was hidden is as it
// was left.
func (w *Window) layOut() {
	w.body.Layout.Layout(w.body.Objects, w.body.Size())
	canvas.Refresh(w.body)
}

// bodyLayout lays out the rail and the page in view.
type bodyLayout struct{ w *Window }

// MinSize implements fyne.Layout.
func (*bodyLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(minWidth, minHeight) }

// Layout implements fyne.Layout.
func (l *bodyLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	w, x := l.w, float32(0)
	on := w.railFits()
	setShown(w.rail.object, on)
	setShown(w.rail.rule, on)
	if on {
		w.rail.object.Resize(fyne.NewSize(railWidth(), s.Height))
		w.rail.rule.Move(fyne.NewPos(railWidth(), 0))
		w.rail.rule.Resize(fyne.NewSize(1, s.Height))
		x = railWidth() + 1
	}
	w.shown.root.Move(fyne.NewPos(x, 0))
	w.shown.root.Resize(fyne.NewSize(s.Width-x, s.Height))
}

// goTo follows a link to a message, if it leads to a room of one of the groups. Of
// two accounts there the one in view is meant, if it is in the room.
func (u *UI) goTo(l chat.PlaceLink) {
	at := slices.IndexFunc(u.all, func(x *UI) bool { return x.has(l) })
	switch {
	case u.has(l):
	case at < 0:
		u.toast(tr.S("link.not_here"), look.Warn)
		return
	default:
		u = u.all[at]
	}
	u.closeAll()
	u.goToSeq(l.Room, l.Seq)
}

// goToSeq shows a message of a room of this group.
func (u *UI) goToSeq(room chat.RoomID, seq chat.Seq) {
	u.jump(func() {
		u.show(u)
		if u.home.room == room {
			u.home.pane.timeline.Go(uint64(seq))
			return
		}
		u.home.openRoom(room)
		u.home.pane.timeline.ShowSeq(uint64(seq))
	})
}

// has reports whether a link leads into this group.
func (u *UI) has(l chat.PlaceLink) bool {
	return u.view != nil && u.view.Phase == app.PhaseOpen && u.view.Group.Server == l.Server && u.roomOf(l.Room) != nil
}

// gatherGroups adds the other groups and their rooms to what the switcher offers.
func (s *switcher) gatherGroups() {
	for _, u := range s.h.u.all {
		if u == s.h.u {
			continue
		}
		name := u.groupName()
		where := name
		if slices.ContainsFunc(u.all, func(x *UI) bool { return x != u && x.groupName() == name }) {
			where = u.fullName() // in which account one would write
		}
		s.all = append(s.all, aim{
			kind: aimGroup, name: name, note: u.accountName(), id: u.item.ID, face: u.face(), unread: u.unreadRooms() > 0,
			take: func() { u.show(u) }, ranked: newRanked(name),
		})
		if u.view == nil || u.view.Phase != app.PhaseOpen {
			continue
		}
		for i := range u.view.Rooms {
			r := &u.view.Rooms[i]
			if r.Hidden || r.Archived {
				continue
			}
			a := aim{
				kind: aimElsewhere, name: roomName(r), called: []string{newRanked(roomName(r)).folded}, note: where, id: r.ID.String(), face: faceOf(r), unread: r.News(),
				take: func() { u.goToRoom(r.ID) }, ranked: newRanked(roomName(r)),
			}
			if a.unread {
				a.badge = factsOf(r, "", r.Activity).badge
			}
			s.all = append(s.all, a)
		}
	}
}

// goToRoom brings a group into view with one of its rooms open.
func (u *UI) goToRoom(id chat.RoomID) {
	u.jump(func() {
		u.show(u)
		if u.home != nil && u.roomOf(id) != nil {
			u.home.openRoom(id)
		}
	})
}
