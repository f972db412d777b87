package ui

import (
	"context"
	"slices"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/highlight"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// UI is the page of one group in the window: what stands there while the group is
// shown, and all that is known of it meanwhile. The others are kept as they are.
type UI struct {
	*Window
	core app.Commands // fixed
	key  int          // fixed: of the group's item

	unfolded sync.Map // chat.MID of messages of blocked people that are shown all the same; any goroutine

	// Owned by the UI goroutine.
	item        app.GroupItem
	pump        *pump
	ringing     *ringing
	root        *fyne.Container                  // the page in view
	fetches     map[chat.Hash]context.CancelFunc // files the person waits for
	media       *media
	players     *players
	veils       *veils
	faces       *faces
	painter     *highlight.Painter   // of code
	toldEmoji   uint64               // the newest EmojiChoice that the core was told
	pads        map[chat.RoomID]*pad // what was begun in each room, as far as it was looked at
	choosing    context.CancelFunc   // ends the desktop's asking for files; nil: it does not
	pasting     bool                 // the clipboard is being read
	view        *app.View
	missed      app.Changes // since it was shown last; Notices not
	behind      bool        // missed, or the whole view, is still to be taken over
	untold      []app.Notice
	discarding  *discarding
	parked      []*dialog                // opened while another group was shown
	stage       stage                    // what root shows
	pages       int                      // counts what root has shown
	home        *home                    // while a group is open
	looking     bool                     // the window has the keyboard, and shows this group
	shut        map[chat.AccountID]bool  // who is suspended, for whom the server runs here
	accounts    *accountList             // while that is open
	reasks      []reask                  // what a dialog could not ask without a connection
	live        bool                     // there was a connection in the view that was applied last
	accountsAt  int                      // View.Hosting.Accounts as of what shut says
	ruleChanges []func(*app.NotifyRules) // on their way to the core, in order
	back        func()                   // what Escape does on a page before a group is open; nil nothing
	kept        *place                   // where the person was when the group's page went away by itself
	late        *late                    // nil: nobody was typing when something opened by itself
	flow        *page                    // of the way into a group; nil while a group's page shows
	// recoveryShown is the recovery key that was shown already; what is put off is in the
	// settings.
	recoveryShown  chat.RecoverySecret
	recoveryPutOff bool // the person was asked to make one, since the program began
}

// newPage makes the page of a group; nothing shows yet.
func (w *Window) newPage(item app.GroupItem) *UI {
	u := &UI{
		Window: w, core: item.Core, key: item.Key, item: item,
		fetches: map[chat.Hash]context.CancelFunc{}, pads: map[chat.RoomID]*pad{},
	}
	u.ringing = &ringing{u: u, shown: map[string]*rung{}}
	u.media, u.players, u.faces, u.veils = newMedia(u), newPlayers(u), newFaces(u), newVeils(u)
	u.root = container.New(stackMin{})
	u.root.Hide()
	return u
}

// begin prepares the page for following its core.
func (u *UI) begin(ctx context.Context) {
	u.pump = newPump(ctx, u.core, u.post)
	u.painter = highlight.NewPainter(u.pump.work, u.codeChanged)
}

// New returns a window for one core. Nothing shows before Show.
func New(core app.Commands, fyneApp fyne.App, o Options) *UI {
	return NewWindow(alone{core}, fyneApp, o).shown
}

// stage names what stands in the window; it is built anew when it changes.
type stage struct {
	phase app.Phase
	kind  app.ProblemKind
}

// stackMin lays its one object over the whole area and asks for the smallest
// window, so that a page never forces the window to grow.
type stackMin struct{}

func (stackMin) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(minWidth, minHeight) }

func (stackMin) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Resize(s)
	}
}

// setPage replaces what the window shows.
func (u *UI) setPage(o fyne.CanvasObject) {
	u.pages++
	u.flow = nil
	u.endLate()
	if u.inView() {
		u.win.Canvas().Unfocus()
	}
	u.root.Objects = []fyne.CanvasObject{o}
	u.root.Refresh()
	u.arrange()
}

// inView reports whether the window shows this group.
func (u *UI) inView() bool { return u.shown == u }

// apply takes over what changed in the core: at once where the group is shown, and
// else as far as the person must know now.
func (u *UI) apply(c app.Changes, v *app.View) {
	u.view = v
	u.takeEmoji(v)
	if u.inView() {
		if v.Settings != (app.Settings{}) && !u.keeper.stale(v.Settings) {
			u.applySettings(v.Settings)
		}
		u.take(c)
	} else {
		u.miss(c)
	}
	if v.SettingsBroken != "" && !u.saidBroken {
		u.saidBroken = true
		u.toast(tr.F("toast.settings", "Path", inSentence(v.SettingsBroken)), look.Warn)
	}
	u.retitle()
	u.ringing.settle(v)
	u.tray.apply()
	u.rail.apply()
	if h := u.shown.home; h != nil && h.outbox != nil {
		h.outbox.follow()
	}
	for _, n := range c.Notices {
		u.hear(n)
	}
	u.ringing.follow(c)
	if c.Closed && !u.quitting && u.listed() {
		u.quitting = true
		u.endLoop()
	}
}

// listed reports whether the group is still one of the profile's.
func (u *UI) listed() bool {
	return slices.ContainsFunc(u.groups.Groups(), func(i app.GroupItem) bool { return i.Key == u.key })
}

// miss notes what to take over when the group is shown.
func (u *UI) miss(c app.Changes) {
	c.Notices, c.Closed = nil, false
	u.missed.Merge(c)
	u.behind = true
}

// catchUp takes over what has changed since the group was shown last.
func (u *UI) catchUp() {
	if u.view == nil {
		return
	}
	if u.behind {
		c := u.missed
		u.missed, u.behind = app.Changes{}, false
		u.take(c)
	}
	untold, parked := u.untold, u.parked
	u.untold, u.parked = nil, nil
	for _, n := range untold {
		u.tell(n)
	}
	for _, d := range parked {
		d.present()
	}
}

// take shows what has changed.
func (u *UI) take(c app.Changes) {
	v := u.view
	now := stage{phase: v.Phase}
	if v.Problem != nil {
		now.kind = v.Problem.Kind
	}
	u.faces.apply(v)
	u.askAgain()
	if now != u.stage {
		u.enter(now)
	}
	if u.home != nil {
		u.home.apply(c, v)
	}
	for _, d := range u.dialogs {
		if p, ok := d.spec.body.(*settingsPage); ok && d.u == u {
			p.follow()
		}
	}
	u.followDiscard(c)
	for _, x := range u.all {
		if x.home != nil && x.home.search != nil {
			x.home.search.follow(u, c)
		}
	}
	u.followAccounts()
	u.veils.apply()
	u.arrange()
}

// hear tells what the person must know now, messages and who got at the account; of a
// group that is not shown the rest waits until it is.
func (u *UI) hear(n app.Notice) {
	switch {
	case u.inView(), n.Kind == app.NoticeMessages, n.Kind == app.NoticeDeviceAdded, n.Kind == app.NoticeRecoveryReplaced:
		u.tell(n)
		return
	}
	if u.untold = append(u.untold, n); len(u.untold) > mostUntold {
		u.untold = u.untold[1:]
	}
}

// mostUntold is how many notices of a group wait until it is shown.
const mostUntold = 20

// groupName is the group's name as it is known best.
func (u *UI) groupName() string {
	if u.view != nil {
		if n := cleanName(u.view.Group.Name); n != "" {
			return n
		}
	}
	if n := cleanName(u.item.Group); n != "" {
		return n
	}
	if u.item.Adding || u.item.Server.IsZero() {
		return tr.S("rail.new")
	}
	return appName
}

// face chooses the colour of the group: by what identifies it, so that everybody sees the
// same, wherever it is shown.
func (u *UI) face() string {
	if u.view != nil && !u.view.Group.Server.IsZero() {
		return groupFace(u.view.Group.Server)
	}
	if !u.item.Server.IsZero() {
		return groupFace(u.item.Server)
	}
	return u.item.ID // its account cannot be read
}

// groupFace chooses the colour of a group by its server.
func groupFace(server chat.ServerID) string { return server.String() }

// accountName is the person's own name there; "" unknown.
func (u *UI) accountName() string {
	if u.view != nil {
		for _, n := range []string{u.view.Me.Display, u.view.Me.Name} {
			if n = cleanName(n); n != "" {
				return n
			}
		}
	}
	return cleanName(u.item.Account)
}

// fullName is the group's name with the person's own there.
func (u *UI) fullName() string {
	if account := u.accountName(); account != "" {
		return tr.F("rail.tip", "Group", inSentence(u.groupName()), "Account", inSentence(account))
	}
	return u.groupName()
}

// enter shows the page of a phase.
func (u *UI) enter(s stage) {
	was, writing := u.stage, u.writing()
	u.stage = s
	if was.phase != s.phase {
		u.closeAll()
	}
	if s.phase != app.PhaseOpen {
		u.keepPlace(writing)
		u.home = nil
	}
	switch s.phase {
	case app.PhaseOpen:
		u.home = newHome(u)
		u.setPage(u.home.object)
		if u.kept != nil {
			u.home.restore(u.kept)
		}
		u.kept = nil
		u.home.focus()
	case app.PhaseWelcome:
		u.kept = nil
		clear(u.pads)
		u.showWelcome()
	case app.PhaseLocked, app.PhaseFailed:
		u.showProblem(u.view.Problem)
	default:
		u.setPage(newStarting())
	}
	if s.phase == app.PhaseOpen || s.phase == app.PhaseWelcome {
		u.offerLink()
	}
}

// newStarting is what shows while the profile is read: nothing that flickers.
func newStarting() fyne.CanvasObject {
	return look.NewBox(look.ChatFill, 0, nil)
}

// setLooking notes whether the person looks at this group.
func (u *UI) setLooking(on bool) {
	if u.looking == on {
		return
	}
	u.looking = on
	if u.home != nil {
		u.home.active()
		u.players.again()
	}
	if u.view != nil {
		u.ringing.settle(u.view)
	}
}

// title names the open room and the group.
func (u *UI) title() string {
	title := appName
	if v := u.view; v != nil && v.Phase == app.PhaseOpen {
		if name := cleanName(v.Group.Name); name != "" && name != appName {
			title = tr.F("app.title", "Group", name)
		}
		if u.home != nil {
			if r := u.roomOf(u.home.room); r != nil {
				title = tr.F("app.title_room", "Room", roomName(r), "Title", title)
			}
		}
	}
	return title
}

// offerLink shows what the program was started with, if it can be shown now: where a
// group is open, as the way into another.
func (u *UI) offerLink() {
	link := u.link
	if link == "" || u.view == nil || !u.inView() {
		return
	}
	switch u.view.Phase {
	case app.PhaseWelcome:
		u.link = ""
		u.showLink(link)
	case app.PhaseOpen:
		if _, err := chat.ParseLink(link); err != nil { // said over what the person is doing
			u.link = ""
			u.toast(tr.S("fail.bad_link"), look.Bad)
			return
		}
		u.addGroup()
	}
}
