package ui

import (
	"context"
	"image"
	"log/slog"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver"

	"hearth/app"
	"hearth/internal/desktop"
	"hearth/internal/version"
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

// Window is the window of a client with the groups in it: a page for each, of which
// it shows one, and the rail that tells of the others.
type Window struct {
	groups  app.GroupsCommands // fixed
	fyne    fyne.App           // fixed
	log     *slog.Logger       // fixed
	version string             // fixed
	post    func(func())       // fixed
	desktop Desktop            // fixed

	leaving context.Context // fixed after prepare: ends when the window is about to
	leave   context.CancelFunc

	// Owned by the UI goroutine.
	win        fyne.Window
	life       *pump // what belongs to no group
	running    bool  // pages follow their cores
	all        []*UI // one page for each group, in order
	shown      *UI   // the one in view
	body       *fyne.Container
	rail       *rail
	tray       *tray // nil: none
	toasts     *toasts
	ground     *fyne.Container // below all dialogs
	dialogs    []*dialog       // open ones, the newest last
	viewer     *viewer         // while a picture is shown large
	settings   app.Settings    // in force in the window
	keeper     *keeper         // hands them to the core
	link       string          // waiting to be shown
	emoji      app.EmojiChoice // what the person uses
	active     bool            // the window has the keyboard
	hidden     bool            // closed while the program goes on
	filled     bool            // it has been shown, and fills the screen if it did before
	saidHidden bool            // the person knows how to bring it back
	saidBroken bool            // the person knows that the settings could not be read
	quitting   bool
	queue      uiQueue
	repaints   *repaints // fixed
	moment     moment    // what words about time were made of
	timelies   []timely  // what names times, beside the pages
	section    section   // of the settings, shown last
	gone       []*pump   // of groups that are gone; waited for at the end
	returnTo   int       // key of the group that was shown before one was to be added
	searched   string    // what was looked for last
	searchHere bool      // in the group in view, not in all
	travels
}

// alone is a profile of one core.
type alone struct{ core app.Commands }

// Groups implements app.GroupsCommands.
func (a alone) Groups() []app.GroupItem { return []app.GroupItem{a.Add()} }

// Changed implements app.GroupsCommands.
func (a alone) Changed() <-chan struct{} { return nil }

// Last implements app.GroupsCommands.
func (a alone) Last() int { return 1 }

// Add implements app.GroupsCommands.
func (a alone) Add() app.GroupItem { return app.GroupItem{Key: 1, Core: a.core} }

// Cancel implements app.GroupsCommands.
func (a alone) Cancel(int) {}

// Show implements app.GroupsCommands.
func (a alone) Show(int) {}

// Move implements app.GroupsCommands.
func (a alone) Move(int, int) {}

// NewWindow returns a window for the groups of a profile. Nothing shows before Show.
func NewWindow(groups app.GroupsCommands, fyneApp fyne.App, o Options) *Window {
	w := &Window{
		groups: groups, fyne: fyneApp, log: o.Log, version: o.Version, link: o.Link, post: o.post, settings: o.Settings,
		desktop: o.Desktop, hidden: o.Hidden,
	}
	w.repaints = newRepaints(fyneApp.Driver().AllWindows)
	w.queue.repaints = w.repaints
	if w.post == nil {
		w.post = w.queue.post
	}
	w.keeper = &keeper{w: w}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if w.version == "" {
		w.version = version.Line("Hearth")
	}
	if w.settings == (app.Settings{}) {
		w.settings = app.DefaultSettings()
	}
	for _, item := range groups.Groups() {
		w.all = append(w.all, w.newPage(item))
	}
	if w.shown = w.page(groups.Last()); w.shown == nil {
		w.shown = w.all[0]
	}
	return w
}

// Run shows the window and returns when the person has quit or ctx has ended.
// It must be called on the main goroutine, which becomes the UI goroutine.
func (w *Window) Run(ctx context.Context) {
	w.Show(ctx)
	w.Loop(ctx)
}

// Loop is Run for a window that has been shown.
func (w *Window) Loop(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { w.life.foreign(w.quit) }) // at a logout, too, the place and choices are kept
	defer stop()
	w.fyne.Run()
	w.queue.closed.Store(true) // the toolkit may quit by itself, too: at a logout it does
	w.leave()
	w.keepLast()
	w.End()
}

// endLoop ends the toolkit's loop. What is still on its way to the UI goroutine is dropped.
func (w *Window) endLoop() {
	w.queue.closed.Store(true)
	w.fyne.Quit()
}

// Show opens the window and begins to follow the cores; End when it is done.
func (w *Window) Show(ctx context.Context) {
	w.prepare(ctx)
	if !w.hidden {
		w.bringUp()
		w.active, w.shown.looking = true, true
	}
	w.follow()
	w.moment = momentOf(time.Now())
	w.keepTime()
	w.keepPainting()
}

// bringUp shows the toolkit's window.
func (w *Window) bringUp() {
	w.win.Show()
	if w.desktop.Shown != nil {
		w.desktop.Shown(w.win)
	}
	if fill := w.desktop.Maximize; fill != nil && w.settings.Maximized && !w.filled {
		fill(w.win)
	}
	w.filled = true // from now on the desktop knows it
}

// follow has every page follow its core, the one in view first.
func (w *Window) follow() {
	w.running = true
	w.shown.pump.start(w.shown.apply)
	for _, u := range w.all {
		if u != w.shown {
			u.pump.start(u.apply)
		}
	}
	changed := w.groups.Changed()
	w.life.wg.Go(func() {
		for {
			select {
			case <-w.life.ctx.Done():
				return
			case <-changed:
			}
			w.life.foreign(func() {
				if w.life.ctx.Err() == nil {
					w.sync()
				}
			})
		}
	})
}

// prepare makes the window without showing it.
func (w *Window) prepare(ctx context.Context) {
	w.life = newPump(ctx, nil, w.post)
	for _, u := range w.all {
		u.begin(ctx)
	}
	w.leaving, w.leave = context.WithCancel(ctx)
	look.ForgetFonts(w.fyne.Settings())
	w.applyLook(w.settings)
	// Its window class is the title at creation; the longer title comes later.
	w.win = w.fyne.NewWindow(appName)
	w.win.SetMaster()
	w.win.SetPadded(false)
	w.build()
	w.win.Resize(windowSize(w.settings))
	if w.desktop.Tray {
		w.tray = newTray(w)
	}
	w.win.SetCloseIntercept(w.closing)
	w.addKeys(w.win.Canvas())
	w.win.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { w.shown.dropped(uris) })
	look.FollowFocus(w.win.Canvas(), func(o fyne.CanvasObject) { w.shown.reveal(o) })
	look.SetPortraits(func(id string) image.Image { return w.shown.faces.of(id) })
	life := w.fyne.Lifecycle()
	life.SetOnEnteredForeground(func() {
		if !w.hidden { // some window managers give the keyboard to what has just been hidden
			w.setActive(true)
		}
	})
	life.SetOnExitedForeground(func() { w.setActive(false) })
	if end, ok := life.(interface{ SetOnStoppedHookExecuted(func()) }); ok {
		// At its end the toolkit queues this hook, which writes preferences that nobody here
		// has, and then stops reading the queue. If another goroutine puts it there between
		// its last look and its note that it looks no more, both wait for ever, and the
		// program with them (fyne 2.8.0, runGL and RunEventQueue).
		end.SetOnStoppedHookExecuted(nil)
	}
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

// End stops following the cores and waits for everything that runs.
func (w *Window) End() {
	for _, u := range w.all {
		u.pump.end()
	}
	for _, p := range w.gone {
		p.end()
	}
	w.life.end()
	look.FollowFocus(w.win.Canvas(), nil)
	look.SetPortraits(nil)
}

// raisePatience is how long a second start waits for the window.
const raisePatience = 1500 * time.Millisecond

// Raise brings the window back to the front, for a second start of the program;
// link is what that one was given, "" for none. It reports false if there will be
// no window any more. Any goroutine but the toolkit's may call it.
func (w *Window) Raise(link string) bool {
	shown := make(chan struct{})
	w.life.foreign(func() {
		if w.leaving.Err() != nil {
			return // the toolkit has ended, or is about to
		}
		w.unhide()
		if link != "" {
			w.link = link
			w.shown.offerLink()
		}
		close(shown)
	})
	patience := time.NewTimer(raisePatience)
	defer patience.Stop()
	select {
	case <-shown:
		return true
	case <-w.leaving.Done():
	case <-patience.C:
	}
	return false
}

// Answer returns what is closed as soon as the UI goroutine gets to it: how long that
// takes tells whether the window is alive. Any goroutine may call it.
func (w *Window) Answer() <-chan struct{} {
	answered := make(chan struct{})
	w.life.foreign(func() { close(answered) })
	return answered
}

func (w *Window) unhide() {
	w.hidden = false
	if w.saidHidden {
		w.unnotify(tagHidden)
	}
	w.bringUp()
	w.unminimize()
	w.win.RequestFocus()
	w.setActive(true)
}

// unminimize brings the window back from where programs wait that are not looked at.
// The toolkit has no call for it, and its focus is not enough everywhere.
func (w *Window) unminimize() {
	native, ok := w.win.(driver.NativeWindow)
	if !ok {
		return // it is not on a desktop
	}
	native.RunNative(func(context any) {
		if on, ok := context.(driver.WindowsWindowContext); ok {
			desktop.Unminimize(on.HWND)
		}
	})
}

// build makes the window's content for the language in use; every page is made anew
// when it is shown.
func (w *Window) build() {
	w.toasts = newToasts(w.composerTop)
	w.rail = newRail(w)
	w.body = container.New(&bodyLayout{w})
	for _, u := range w.all {
		u.clear()
	}
	w.shown.missed, w.shown.behind = app.Changes{}, false
	w.place()
	w.ground = container.NewStack(w.body)
	w.win.SetContent(look.WithTips(w.ground))
	w.shown.root.Show()
	w.shown.setPage(newStarting())
}

// clear forgets what the page showed; it is made when it is shown again.
func (u *UI) clear() {
	u.stage, u.home = stage{}, nil
	u.root.Objects = nil
	u.missed, u.behind = app.Changes{View: true, Reset: true}, true
}

// setActive notes whether the window has the keyboard.
func (w *Window) setActive(on bool) {
	w.active = on
	if on {
		w.lookAtClock()
	}
	w.shown.setLooking(on)
}

// applySettings takes over the person's choices where they differ.
func (w *Window) applySettings(s app.Settings) {
	old := w.settings
	w.settings = s
	look := func(s app.Settings) app.Settings { // what the look is made of
		s.Width, s.Height, s.Maximized, s.CloseToTray, s.CtrlSends, s.Pictures = 0, 0, false, false, false, ""
		return s
	}
	if look(s) != look(old) {
		w.applyLook(s)
	}
	if s.Language != old.Language {
		w.rebuild()
	}
	for _, u := range w.all {
		if s.Pictures != old.Pictures && u.view != nil {
			u.veils.apply()
		}
	}
}

// applyLook sets theme and language.
func (w *Window) applyLook(s app.Settings) {
	tr.Use(s.Language)
	speakToolkit(w.log)
	w.fyne.Settings().SetTheme(look.NewTheme(look.Options{
		Variant: s.Theme, TextSize: s.TextSize, Accent: s.Accent, Compact: s.Density == app.Densities[1], Still: s.Still,
	}))
}

// rebuild makes every page anew in another language and comes back to the place
// where the person was.
func (w *Window) rebuild() {
	if w.win == nil || w.shown.view == nil {
		return
	}
	settingsOpen := len(w.dialogs) > 0 && w.dialogs[len(w.dialogs)-1].spec.title != ""
	w.closeAll()
	for _, u := range w.all {
		if u.home != nil {
			u.kept = u.home.place()
		}
	}
	u := w.shown
	s := u.stage
	w.build()
	u.enter(s)
	if settingsOpen {
		if p := u.showSettingsAt(u.section); p.language != nil {
			u.win.Canvas().Focus(p.language) // where the person was: the next language is a key away
		}
	}
}

// retitle names the room and the group in view, and puts the number of unread messages
// in front that the person wants to be told of, in all groups: the sum of the badges.
func (w *Window) retitle() {
	title := w.shown.title()
	if unread := w.unreadInAll(); unread > 0 {
		title = tr.F("app.title_unread", "N", countText(unread), "Title", title)
	}
	if w.win.Title() != title {
		w.win.SetTitle(title)
	}
}

// unreadInAll is how many messages of all groups are unread.
func (w *Window) unreadInAll() (n int) {
	for _, u := range w.all {
		for _, r := range u.unread(math.MaxInt) {
			n += r.Unread
		}
	}
	return n
}
