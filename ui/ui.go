package ui

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"hearth/app"
	"hearth/chat"
	known "hearth/internal/emoji"
	"hearth/internal/version"
	"hearth/ui/highlight"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// Options are what a window may be given besides the core and the toolkit.
type Options struct {
	// Log takes what goes wrong; nil discards it.
	Log *slog.Logger
	// Link is an invite or server link the program was started with: shown for
	// confirmation, never followed by itself.
	Link string
	// Version is the line of the about page; "" means this program's own.
	Version string
	// Settings are those to begin with, before the core has read the person's.
	Settings app.Settings
	// Desktop is what the desktop gives besides windows.
	Desktop Desktop
	// Hidden leaves the window closed at first, as after a login.
	Hidden bool

	post func(func()) // tests drive the UI goroutine themselves
}

// UI is the window of a client.
type UI struct {
	core    app.Commands // fixed
	fyne    fyne.App     // fixed
	log     *slog.Logger // fixed
	version string       // fixed
	post    func(func()) // fixed
	desktop Desktop      // fixed

	unfolded sync.Map // chat.MID of messages of blocked people that are shown all the same; any goroutine

	leaving context.Context // fixed after prepare: ends when the window is about to
	leave   context.CancelFunc

	// Owned by the UI goroutine.
	win         fyne.Window
	pump        *pump
	tray        *tray // nil: none
	ringing     *ringing
	root        *fyne.Container // the page in view
	toasts      *toasts
	dialogs     []*dialog // open ones, the newest last
	viewer      *viewer   // while a picture is shown large
	media       *media
	painter     *highlight.Painter               // of code
	fetches     map[chat.Hash]context.CancelFunc // files the person waits for
	attached    map[chat.RoomID]*attached        // files of the next message of each room
	choosing    bool                             // the desktop asks for files
	pasting     bool                             // the clipboard is being read
	chosenIn    string                           // the folder files were chosen in last
	view        *app.View
	settings    app.Settings // in force in the window
	keeper      *keeper      // hands them to the core
	stage       stage        // what root shows
	pages       int          // counts what root has shown
	home        *home        // while a group is open
	link        string       // waiting to be shown
	recentEmoji []string     // used last, the newest first
	emojiTone   known.Tone
	looking     bool                     // the window has the keyboard
	hidden      bool                     // closed while the program goes on
	ruleChanges []func(*app.NotifyRules) // on their way to the core, in order
	saidHidden  bool                     // the person knows how to bring it back
	quitting    bool
	back        func()  // what Escape does on a page before a group is open; nil nothing
	midnight    func()  // stops the timer of the next day
	kept        *place  // where the person was when the group's page went away by itself
	late        *late   // nil: nobody was typing when something opened by itself
	flow        *page   // of the way into a group; nil while a group's page shows
	section     section // of the settings, shown last
}

// stage names what stands in the window; it is built anew when it changes.
type stage struct {
	phase app.Phase
	kind  app.ProblemKind
}

// New returns a window for a core. Nothing shows before Show.
func New(core app.Commands, fyneApp fyne.App, o Options) *UI {
	u := &UI{core: core, fyne: fyneApp, log: o.Log, version: o.Version, link: o.Link, post: o.post, settings: o.Settings, desktop: o.Desktop, hidden: o.Hidden}
	u.keeper = &keeper{u: u}
	u.ringing = &ringing{u: u, shown: map[string]*rung{}}
	if u.log == nil {
		u.log = slog.New(slog.DiscardHandler)
	}
	if u.version == "" {
		u.version = version.Line("Hearth")
	}
	if u.settings == (app.Settings{}) {
		u.settings = app.DefaultSettings()
	}
	u.midnight = func() {}
	u.media, u.fetches = newMedia(u), map[chat.Hash]context.CancelFunc{}
	u.attached = map[chat.RoomID]*attached{}
	return u
}

// Run shows the window and returns when the person has quit or ctx has ended.
// It must be called on the main goroutine, which becomes the UI goroutine.
func (u *UI) Run(ctx context.Context) {
	u.Show(ctx)
	u.Loop(ctx)
}

// Loop is Run for a window that has been shown.
func (u *UI) Loop(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { u.pump.foreign(u.fyne.Quit) })
	defer stop()
	u.fyne.Run()
	u.leave()
	u.End()
}

// Show opens the window and begins to follow the core; End when it is done.
func (u *UI) Show(ctx context.Context) {
	u.prepare(ctx)
	if !u.hidden {
		u.win.Show()
		u.looking = true
	}
	u.pump.start(u.apply)
	u.armMidnight()
}

// prepare makes the window without showing it.
func (u *UI) prepare(ctx context.Context) {
	u.pump = newPump(ctx, u.core, u.post)
	u.painter = highlight.NewPainter(u.pump.work, u.codeChanged)
	u.leaving, u.leave = context.WithCancel(ctx)
	u.applyLook(u.settings)
	// Its window class is the title at creation; the longer title comes later.
	u.win = u.fyne.NewWindow(appName)
	u.win.SetMaster()
	u.win.SetPadded(false)
	u.build()
	u.win.Resize(windowSize(u.settings))
	if u.desktop.Tray {
		u.tray = newTray(u)
	}
	u.win.SetCloseIntercept(u.closing)
	u.addKeys(u.win.Canvas())
	u.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { u.dropped(uris) })
	look.FollowFocus(u.win.Canvas(), u.reveal)
	life := u.fyne.Lifecycle()
	life.SetOnEnteredForeground(func() {
		if !u.hidden { // some window managers give the keyboard to what has just been hidden
			u.setLooking(true)
		}
	})
	life.SetOnExitedForeground(func() { u.setLooking(false) })
}

// appName is the name of the program in every language; the window manager knows
// the window by it.
const appName = "Hearth"

// windowSize is the size kept in the settings, within reason.
func windowSize(s app.Settings) fyne.Size {
	d := app.DefaultSettings()
	if s.Width < minWidth || s.Height < minHeight || s.Width > 8000 || s.Height > 8000 {
		return fyne.NewSize(d.Width, d.Height)
	}
	return fyne.NewSize(s.Width, s.Height)
}

// The smallest window that is laid out well.
const (
	minWidth  float32 = 360
	minHeight float32 = 420
)

// End stops following the core and waits for everything that runs.
func (u *UI) End() {
	u.pump.end()
	look.FollowFocus(u.win.Canvas(), nil)
}

// raisePatience is how long a second start waits for the window.
const raisePatience = 1500 * time.Millisecond

// Raise brings the window back to the front, for a second start of the program;
// link is what that one was given, "" for none. It reports false if there will be
// no window any more. Any goroutine but the toolkit's may call it.
func (u *UI) Raise(link string) bool {
	shown := make(chan struct{})
	u.pump.foreign(func() {
		if u.leaving.Err() != nil {
			return // the toolkit has ended, or is about to
		}
		u.unhide()
		if link != "" {
			u.link = link
			u.offerLink()
		}
		close(shown)
	})
	patience := time.NewTimer(raisePatience)
	defer patience.Stop()
	select {
	case <-shown:
		return true
	case <-u.leaving.Done():
	case <-patience.C:
	}
	return false
}

// Answer returns what is closed as soon as the UI goroutine gets to it: how long that
// takes tells whether the window is alive. Any goroutine may call it.
func (u *UI) Answer() <-chan struct{} {
	answered := make(chan struct{})
	u.pump.foreign(func() { close(answered) })
	return answered
}

func (u *UI) unhide() {
	u.hidden = false
	if u.saidHidden {
		u.unnotify(tagHidden)
	}
	u.win.Show()
	u.win.RequestFocus()
	u.setLooking(true)
}

// build makes the window's content for the language in use.
func (u *UI) build() {
	u.root = container.New(stackMin{})
	u.toasts = newToasts()
	u.win.SetContent(look.WithTips(container.NewStack(u.root, u.toasts.layer)))
	u.stage = stage{}
	u.home = nil
	u.setPage(newStarting())
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
	u.win.Canvas().Unfocus()
	u.root.Objects = []fyne.CanvasObject{o}
	u.root.Refresh()
}

// apply takes over what changed in the core.
func (u *UI) apply(c app.Changes, v *app.View) {
	u.view = v
	if v.Settings != (app.Settings{}) && !u.keeper.stale(v.Settings) {
		u.applySettings(v.Settings)
	}
	now := stage{phase: v.Phase}
	if v.Problem != nil {
		now.kind = v.Problem.Kind
	}
	if now != u.stage {
		u.enter(now)
	}
	if u.home != nil {
		u.home.apply(c, v)
	}
	u.retitle()
	u.ringing.settle(v)
	u.tray.apply()
	for _, n := range c.Notices {
		u.tell(n)
	}
	if c.Closed && !u.quitting {
		u.quitting = true
		u.fyne.Quit()
	}
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

// applySettings takes over the person's choices where they differ.
func (u *UI) applySettings(s app.Settings) {
	old := u.settings
	u.settings = s
	look := func(s app.Settings) app.Settings { // what the look is made of
		s.Width, s.Height, s.CloseToTray = 0, 0, false
		return s
	}
	if look(s) != look(old) {
		u.applyLook(s)
	}
	if s.Language != old.Language {
		u.rebuild()
	}
}

// applyLook sets theme and language.
func (u *UI) applyLook(s app.Settings) {
	tr.Use(s.Language)
	speakToolkit(u.log)
	u.fyne.Settings().SetTheme(look.NewTheme(look.Options{
		Variant: s.Theme, TextSize: s.TextSize, Accent: s.Accent, Compact: s.Density == app.Densities[1], Still: s.Still,
	}))
}

// rebuild makes every page anew in another language and comes back to the place
// where the person was.
func (u *UI) rebuild() {
	if u.win == nil || u.view == nil {
		return
	}
	var place *place
	if u.home != nil {
		place = u.home.place()
	}
	settingsOpen := len(u.dialogs) > 0 && u.dialogs[len(u.dialogs)-1].spec.title != ""
	u.closeAll()
	s := u.stage
	u.build()
	u.enter(s)
	if u.home != nil {
		u.home.restore(place)
		if settingsOpen {
			u.showSettings()
		}
	}
}

// setLooking notes whether the window has the keyboard.
func (u *UI) setLooking(on bool) {
	if u.looking == on {
		return
	}
	u.looking = on
	if u.home != nil {
		u.home.active()
	}
	if u.view != nil {
		u.ringing.settle(u.view)
	}
}

// retitle names the room and the group, and puts the number of rooms in front in
// which there is something unread that the person wants to be told of.
func (u *UI) retitle() {
	title := appName
	if v := u.view; v.Phase == app.PhaseOpen {
		if v.Group.Name != "" {
			title = tr.F("app.title", "Group", cleanName(v.Group.Name))
		}
		if u.home != nil {
			if r := u.roomOf(u.home.room); r != nil {
				title = tr.F("app.title_room", "Room", roomName(r), "Title", title)
			}
		}
		if unread := u.unreadRooms(); unread > 0 {
			title = tr.F("app.title_unread", "N", unread, "Title", title)
		}
	}
	if u.win.Title() != title {
		u.win.SetTitle(title)
	}
}

// armMidnight refreshes the days and dates in view when a new day begins.
func (u *UI) armMidnight() {
	now := time.Now()
	next := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 1, 0, now.Location())
	u.midnight = u.pump.after(next.Sub(now), func() {
		if u.home != nil {
			u.home.newDay()
		}
		u.armMidnight()
	})
}

// offerLink shows what the program was started with, if it can be shown now.
func (u *UI) offerLink() {
	link := u.link
	if link == "" || u.view == nil {
		return
	}
	switch u.view.Phase {
	case app.PhaseWelcome:
		u.link = ""
		u.showLink(link)
	case app.PhaseOpen:
		u.link = ""
		u.toast(tr.S("link.has_group"), look.Warn)
	}
}
