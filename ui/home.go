package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// home is the main page: rooms on the left, the open room, its people on the
// right where asked for. In a narrow window one of the three shows at a time.
type home struct {
	u        *UI
	object   *homeWidget
	side     *sidebar
	pane     *pane
	members  *members
	room     chat.RoomID // the open one; zero none
	places   map[chat.RoomID]timeline.Place
	unfolded bool          // archived rooms are in the list
	wanted   chat.RoomID   // to open as soon as it is in the view
	outbox   *outboxPage   // while it is open
	card     *openCard     // likewise
	drafting *draftsPage   // while it is open
	files    *mediaList    // while it is open
	versions *versionsPage // while they are open
	search   *searchPage   // while it is open
	recent   []chat.RoomID // rooms by when they were opened, the newest first
	alarmed  string        // fingerprint the pin page was shown for
}

// place is where the person was, to come back to it when pages are built anew.
type place struct {
	room    chat.RoomID
	at      timeline.Place
	members bool
	writing bool // the keyboard was on the composer
}

func newHome(u *UI) *home {
	h := &home{u: u, places: map[chat.RoomID]timeline.Place{}}
	h.side = newSidebar(h)
	h.pane = newPane(h)
	h.members = newMembers(h)
	h.object = newHomeWidget(h)
	v := u.view
	h.apply(app.Changes{View: true, Reset: true}, v)
	return h
}

// roomOf finds a room of the present view.
func (h *home) roomOf(id chat.RoomID) *app.RoomView {
	return h.u.roomOf(id)
}

// apply takes over what changed in the core.
func (h *home) apply(c app.Changes, v *app.View) {
	if !h.wanted.IsZero() && h.roomOf(h.wanted) != nil {
		id := h.wanted
		h.wanted = chat.RoomID{}
		h.openRoom(id)
	}
	if h.room.IsZero() || h.roomOf(h.room) == nil {
		h.openFirst(v)
		if !h.room.IsZero() && h.u.home == h {
			defer h.focus()
		}
	}
	h.side.apply(v)
	h.pane.apply(v)
	if h.members.object.Visible() { // else it is brought up to date when it shows
		h.members.apply(h.roomOf(h.room))
	}
	h.card.apply(h.u, time.Now())
	if change, ok := c.Rooms[h.room]; ok || c.Reset {
		h.pane.changed(change, c.Reset)
	}
	h.u.recheckPads(c)
	h.followFiles(c)
	h.followVersions(c)
	if h.outbox != nil {
		h.outbox.load()
	}
	h.object.arrange()
	h.alarm(v.Connection)
}

// openFirst opens the room the person was in last, or the first there is. On a new
// device it waits until it is known what of it is unread.
func (h *home) openFirst(v *app.View) {
	if v.Fresh {
		if !h.room.IsZero() {
			h.show(chat.RoomID{})
		}
		return
	}
	id := v.LastRoom
	if r := h.roomOf(id); r == nil || r.Hidden {
		id = chat.RoomID{}
		if rooms := h.shown(); len(rooms) > 0 {
			id = rooms[0].ID
		}
	}
	h.show(id)
}

// openRoom shows a room because the person asked for it.
func (h *home) openRoom(id chat.RoomID) {
	h.u.travel(func() { h.turnTo(id) })
}

// turnTo is openRoom without a place of its own among those the person has been to.
func (h *home) turnTo(id chat.RoomID) {
	h.object.showList, h.object.showMembers = false, h.object.showMembers && !h.object.narrow
	if h.object.showMembers && id != h.room {
		h.u.askShut()
	}
	if id != h.room {
		h.show(id)
		h.side.apply(h.u.view)
		h.side.reveal(slices.Index(h.side.list.ids, id))
		if h.members.object.Visible() {
			h.members.apply(h.roomOf(id))
		}
	}
	h.object.arrange()
	h.focus()
}

// show changes the open room; zero shows the empty page.
func (h *home) show(id chat.RoomID) {
	if !h.room.IsZero() {
		h.places[h.room] = h.pane.timeline.Place()
	}
	h.room = id
	h.used(id)
	h.pane.open(h.roomOf(id))
	h.active()
	h.u.retitle()
}

// active tells the core what the person looks at.
func (h *home) active() {
	h.u.core.SetActive(h.room, h.u.looking)
	h.look()
}

// look follows whether the person sees the conversation.
func (h *home) look() {
	h.pane.tellEnd()
	if h.sees() {
		h.pane.missed = false
		h.pane.timeline.Back()
	}
	h.pane.looked()
}

// sees reports whether the person sees the open conversation: what comes then is seen. A
// page that another has taken the place of shows nothing, whatever it still reads.
func (h *home) sees() bool { return h.u.home == h && h.u.looking && h.bare() }

// bare reports whether the conversation can be seen where the window has the keyboard:
// neither a picture nor a dialog lies over it, nor does another part stand in its place.
func (h *home) bare() bool { return h.pane.object.Visible() && !h.u.overlaid() }

// overlaid reports whether a picture or a dialog lies over the window.
func (w *Window) overlaid() bool {
	return w.viewer != nil || slices.ContainsFunc(w.dialogs, func(d *dialog) bool { return d.spec.anchor == nil })
}

// relook follows what lies over the window.
func (w *Window) relook() {
	if h := w.shown.home; h != nil {
		h.look()
	}
}

// focus puts the keyboard into the composer, or on the list if there is none.
func (h *home) focus() {
	if len(h.u.dialogs) > 0 || !h.u.inView() {
		return
	}
	// The toolkit finds only what has renderers, and forgets those of a group that is out
	// of view: to be asked for a size makes them anew.
	for _, o := range []fyne.CanvasObject{h.object, h.side.object, h.pane.object, h.pane.composer.object} {
		o.MinSize()
	}
	c := h.u.win.Canvas()
	switch {
	case h.object.narrow && h.object.showList, h.room.IsZero():
		c.Focus(h.side.list)
	case h.pane.composer.usable() && !h.pane.timeline.Picking():
		c.Focus(h.pane.composer.entry)
	default:
		c.Focus(h.pane.timeline)
	}
}

// step opens the next (1) or previous (-1) room of the list.
func (h *home) step(by int) {
	rooms := h.shown()
	if len(rooms) == 0 {
		return
	}
	at := slices.IndexFunc(rooms, func(r *app.RoomView) bool { return r.ID == h.room })
	at = (at + by + len(rooms)) % len(rooms)
	h.openRoom(rooms[at].ID)
}

// escape goes back one step: to the list in a narrow window, to the newest
// message otherwise.
func (h *home) escape() {
	switch {
	case h.pane.timeline.Picking():
		h.pane.stopPicking()
	case h.pane.composer.stop():
	case h.pane.timeline.Return():
		h.focus()
	case h.goBack():
	case h.object.showMembers && h.object.narrow:
		h.toggleMembers()
	case h.object.narrow && !h.object.showList:
		h.backToList()
	default:
		h.pane.timeline.ShowLatest()
		h.focus()
	}
}

// backToList shows the room list in a narrow window.
func (h *home) backToList() {
	h.object.showList = true
	h.object.arrange()
	h.focus()
}

func (h *home) toggleMembers() {
	if h.room.IsZero() {
		return
	}
	h.object.showMembers = !h.object.showMembers
	h.object.arrange()
	if h.object.showMembers {
		h.u.askShut()
	}
	if !h.object.showMembers {
		h.focus()
	}
}

// place notes where the person is.
func (h *home) place() *place {
	if h.room.IsZero() {
		return nil
	}
	return &place{room: h.room, at: h.pane.timeline.Place(), members: h.object.showMembers}
}

// restore comes back to a place.
func (h *home) restore(p *place) {
	if p == nil || h.roomOf(p.room) == nil {
		return
	}
	h.room = chat.RoomID{}
	h.places[p.room] = p.at
	h.object.showMembers = p.members
	h.u.keepPad(p.room) // what came while the core had no group
	h.show(p.room)
	h.apply(app.Changes{View: true}, h.u.view)
	if p.members {
		h.u.askShut()
	}
}

// newDay refreshes what names days and times of day.
func (h *home) newDay() {
	h.side.apply(h.u.view)
	h.pane.apply(h.u.view)
	h.pane.timeline.SetWords(timelineWords())
	if h.members.object.Visible() {
		h.members.apply(h.roomOf(h.room))
	}
	h.card.apply(h.u, time.Now())
}

// tell shows a notice of the core.
func (u *UI) tell(n app.Notice) {
	room := ""
	if u.home != nil {
		if r := u.home.roomOf(n.Room); r != nil {
			room = roomName(r)
		}
	}
	switch n.Kind {
	case app.NoticeMessages:
		u.ringing.ring(n)
	case app.NoticeSendFailed:
		u.toast(tr.F("toast.send_failed", "Why", codeText(n.Code)), look.Bad)
	case app.NoticeChangeRefused:
		u.toast(tr.F("toast.change_refused", "Why", codeText(n.Code)), look.Bad)
	case app.NoticeAddedToRoom:
		u.toast(tr.F("toast.added", "Room", inSentence(room)), look.Accent)
	case app.NoticeRemoved:
		u.toast(tr.F("toast.removed", "Who", inSentence(n.By), "Room", inSentence(room)), look.Warn)
	case app.NoticeDiverged:
		u.toast(tr.F("toast.diverged", "Room", inSentence(room)), look.Warn)
	case app.NoticeLost:
		u.toast(tr.F("toast.lost", "Room", inSentence(room)), look.Warn)
	case app.NoticeProfileLost:
		u.toast(tr.S("toast.profile_lost"), look.Warn)
	case app.NoticePrivacyKept:
		u.toast(tr.S("toast.privacy_kept"), look.Accent)
	case app.NoticeDeviceAdded:
		u.tellDevice(n.Device)
	case app.NoticeRecoveryReplaced:
		u.tellRecovery()
	case app.NoticeClockSkew:
		u.toast(tr.S("toast.clock"), look.Warn)
	}
}

// homeWidget lays the three parts out. It decides which of them show when its
// size or a choice changes, never within Layout.
type homeWidget struct {
	widget.BaseWidget
	h           *home
	narrow      bool
	showList    bool // in a narrow window
	showMembers bool
	rules       [2]*look.Rule
	laid        [4]bool // parts as of the last layout
}

func newHomeWidget(h *home) *homeWidget {
	w := &homeWidget{h: h, rules: [2]*look.Rule{look.NewRule(), look.NewRule()}}
	w.ExtendBaseWidget(w)
	return w
}

// narrowWidth is where the list and the room no longer fit side by side.
const narrowWidth float32 = 700

// membersWidth is the width of the list of people beside a room.
const membersWidth float32 = 264

// Resize implements fyne.CanvasObject.
func (w *homeWidget) Resize(s fyne.Size) {
	w.narrow = w.h.u.isNarrow(s.Width)
	w.visibility()
	w.BaseWidget.Resize(s)
}

// arrange applies a changed choice. The parts bring themselves up to date; only where
// another one shows they get other places.
func (w *homeWidget) arrange() {
	w.visibility()
	w.h.u.arrange()
	if w.laid != w.parts() {
		w.layout(w.Size())
		canvas.Refresh(w.rules[0])
	}
}

// parts tells which of list, room and people show, and whether in one column.
func (w *homeWidget) parts() [4]bool {
	h := w.h
	return [4]bool{h.side.object.Visible(), h.pane.object.Visible(), h.members.object.Visible(), w.narrow}
}

// visibility shows and hides the parts.
func (w *homeWidget) visibility() {
	h := w.h
	side, pane, members := true, true, w.showMembers && !h.room.IsZero()
	if w.narrow {
		side = w.showList || h.room.IsZero()
		pane = !side && !members
		members = !side && members
	}
	setShown(h.side.object, side)
	if h.pane.object.Visible() != pane {
		setShown(h.pane.object, pane)
		h.look()
	}
	if members && !h.members.object.Visible() {
		h.members.apply(h.roomOf(h.room))
	}
	setShown(h.members.object, members)
	setShown(w.rules[0], side && pane)
	setShown(w.rules[1], members && pane)
	h.pane.setNarrow(w.narrow)
}

// CreateRenderer implements fyne.Widget.
func (w *homeWidget) CreateRenderer() fyne.WidgetRenderer {
	h := w.h
	return look.NewRenderer(look.RendererParts{
		Of:      w,
		Objects: []fyne.CanvasObject{h.side.object, h.pane.object, h.members.object, w.rules[0], w.rules[1]},
		Min:     func() fyne.Size { return fyne.NewSize(minWidth, minHeight) },
		Layout:  w.layout,
	})
}

// wideAs is a width that grows with the person's text size, up to what there is.
func wideAs(width, room float32) float32 { return max(width, min(look.Grown(width), room)) }

func (w *homeWidget) layout(s fyne.Size) {
	h := w.h
	w.laid = w.parts()
	x, right := float32(0), s.Width
	if h.side.object.Visible() {
		width := wideAs(look.SidebarWidth, s.Width*0.3)
		if w.narrow {
			width = s.Width
		}
		lay(h.side.object, 0, 0, width, s.Height)
		x = width + 1
		lay(w.rules[0], width, 0, 1, s.Height)
	}
	if h.members.object.Visible() {
		width := wideAs(membersWidth, s.Width*0.25)
		if w.narrow {
			width = s.Width
		}
		right = s.Width - width
		lay(h.members.object, right, 0, width, s.Height)
		right--
		lay(w.rules[1], right, 0, 1, s.Height)
	}
	if h.pane.object.Visible() {
		lay(h.pane.object, x, 0, max(0, right-x), s.Height)
	}
}
