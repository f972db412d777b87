package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
	"hearth/store/profile"
	"hearth/store/secret"
)

// Options are the choices of New. Only Profile is required.
type Options struct {
	// Profile is the profile's folder; profile.Path makes one of a name. It is
	// made if it does not exist.
	Profile string
	// Log receives what is worth knowing: never a secret, never message text.
	// Default: nothing.
	Log *slog.Logger
	// Hoster runs the bundled server. Default: none, Host fails with FailHosting.
	Hoster Hoster
	// Keyring keeps the secrets in SecretKeyring mode. Default: the system's.
	Keyring secret.Store
	// Memory keeps the secrets in SecretMemory mode. Default: a fresh memory, and
	// the group's folder is removed when the core ends.
	Memory secret.Store
	// DeviceName is how this device appears in the person's list of devices.
	// Default: the host name.
	DeviceName string
	// Platform is what the device runs on. Default: GOOS/GOARCH.
	Platform string
	// Dial replaces the network, for tests. Default: net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Software names this program to the server. Default: "hearth".
	Software string
	// Wakes calls wake whenever the system says that the machine woke or that its
	// networks changed, until ctx ends. Default: nobody says so, and the link's own
	// look at clocks and addresses, every few seconds, has to do.
	Wakes func(ctx context.Context, wake func())
	// OnBattery reports whether the machine runs on its battery: then a window that
	// nobody looks at beats half as often. Default: it does not.
	OnBattery func() bool
	// Rerun makes a process of this program that looks at a store after a crash; its
	// main must call boltkit.RunTask with store.Tasks. Default: nobody looks, and a
	// damaged file may end this process.
	Rerun boltkit.Rerun
	// Thorough looks through the whole store before it is shown, however it was
	// closed. For a person who suspects it.
	Thorough bool
	// NoHosting leaves the bundled server alone that a profile hosts, for tests.
	NoHosting bool
	// Group is the id of the one folder this core is for (profile.Group.ID); if it is
	// gone, the core is at PhaseWelcome. Default: the one used last.
	Group string
	// Fresh opens no group: the core begins at PhaseWelcome, whatever the profile has.
	Fresh bool

	shared *shared        // with the other cores of the profile; nil: a new one
	stands func(standing) // is called by the loop when something of it has changed
}

// App is the client core. All methods may be called from any goroutine; before
// Run is called those that wait do wait, and after it has ended they fail.
type App struct {
	// Fixed after New.
	o       Options
	log     *slog.Logger
	in      *inbox
	memory  secret.Store
	keyring secret.Store
	keep    bool // Memory was given: folders of memory mode stay

	prof    *profile.Profile // nil if the folder could not be made
	profErr error            // why
	shared  *shared          // what the cores of a profile have in common
	hosts   atomic.Bool      // this core has started the bundled server
	still   bool             // a folder moves only while no program has a file of it open
	serving chan struct{}    // holds a token while something is done to the bundled server
	unbound sync.Map         // chat.ServerID: through a proxy, as the person wants it

	shot    atomic.Pointer[snapshot] // stored by the loop
	started atomic.Bool

	authority atomic.Pointer[authority] // stored by the loop; nil: the system's

	subMu sync.Mutex
	subs  map[*Subscription]bool // guarded by subMu
	ended bool                   // guarded by subMu

	lossMu sync.Mutex
	losses map[chat.RoomID]*lossMemo // guarded by lossMu

	loop // owned by Run
}

var _ Commands = (*App)(nil)

// loop is what only the goroutine of Run touches.
type loop struct {
	ctx      context.Context // of Run
	disk     context.Context // the same without its end: what is begun on disk is finished
	closing  bool
	given    bool           // the authority was given to this core, and not read with the group
	tasks    sync.WaitGroup // everything the loop started
	phase    Phase
	problem  *Problem
	group    *group   // nil while none is open
	locked   *pending // what Unlock, Retry and Rebuild act on; nil if nothing
	opening  bool     // a goroutine opens the profile at present
	enrolled bool     // a goroutine enrols at present
	hosting  *HostingView
	looking  bool // a goroutine looks at the disk of the hosted group
	accounts int  // how often accounts of the hosted group were changed
	conn     ConnectionView
	changes  Changes // since the last publication
	viewNew  bool    // something of View besides rooms has changed
	alarm    alarm
	indexing bool      // filters of searches are missing, and the next step of making them waits
	searched time.Time // when somebody searched last
	trouble  error     // of the store, since the step began
	gaps     int       // events missing in a stream, ever: 0 with a correct server
	stood    standing  // as told last
	into     string    // see standing
	replies  []func()  // answers to commands, due when the View shows what they did
}

// New makes a core over a profile. It reads the settings, so that a window can be
// drawn, and does nothing else until Run.
func New(o Options) (*App, error) {
	if o.Profile == "" {
		return nil, errors.New("make the client core: a profile folder is required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.DeviceName == "" {
		o.DeviceName, _ = os.Hostname()
	}
	if o.DeviceName == "" {
		o.DeviceName = "computer"
	}
	if o.Platform == "" {
		o.Platform = runtime.GOOS + "/" + runtime.GOARCH
	}
	a := &App{o: o, log: o.Log, in: newInbox(), still: runtime.GOOS == "windows", serving: make(chan struct{}, 1), memory: o.Memory, keyring: o.Keyring, keep: o.Memory != nil, subs: map[*Subscription]bool{}}
	if a.memory == nil {
		a.memory = secret.NewMemory()
	}
	if a.keyring == nil {
		a.keyring = secret.NewKeyring(secret.KeyringOptions{})
	}
	a.phase = PhaseStarting
	a.conn = ConnectionView{State: ConnOffline}
	if a.shared = o.shared; a.shared == nil {
		a.shared = newShared()
	}
	if a.prof, a.profErr = profile.Open(o.Profile); a.profErr == nil {
		a.shared.read(a.prof, a.log)
	}
	a.shared.join(a)
	if o.Group != "" {
		a.shared.hold(o.Group, a)
	}
	a.shot.Store(a.takeShot())
	return a, nil
}

// View implements Commands.
func (a *App) View() *View { return a.shot.Load().full() }

// Subscribe implements Commands. After the core has ended the one Changes says so.
func (a *App) Subscribe() *Subscription {
	s := newSubscription(a.unsubscribe)
	a.subMu.Lock()
	defer a.subMu.Unlock()
	if a.ended {
		s.put(Changes{Closed: true})
		return s
	}
	a.subs[s] = true
	return s
}

func (a *App) unsubscribe(s *Subscription) {
	a.subMu.Lock()
	defer a.subMu.Unlock()
	delete(a.subs, s)
}

// Run is the core's life: it opens the profile, connects, and serves commands
// until ctx ends. It returns when everything it started has ended and everything
// it holds is on disk. It may be called once.
func (a *App) Run(ctx context.Context) error {
	if a.started.Swap(true) {
		return errors.New("the client core runs already")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.ctx, a.disk = ctx, context.WithoutCancel(ctx)
	a.alarm.init()
	if a.o.Wakes != nil {
		a.spawn(func(ctx context.Context) { a.o.Wakes(ctx, a.Wake) })
	}
	a.open()
	for ctx.Err() == nil {
		a.step()
	}
	cancel()
	fault.Point(fault.ClientExit)
	return a.close()
}

// step waits for one thing to happen, deals with it and with what came with it,
// and tells the readers.
func (a *App) step() {
	select {
	case <-a.ctx.Done():
		return
	case <-a.in.wake:
		a.runTasks()
	case f := <-a.frames():
		a.receive(f)
	case <-a.alarm.timer.C:
		a.alarm.ring(time.Now())
	}
	a.advance()
	a.faceTrouble()
	a.publish()
}

// later calls fn after the next publication.
func (a *App) later(fn func()) { a.replies = append(a.replies, fn) }

// runTasks runs what was posted, in order. Messages that follow one another are
// written to disk in one transaction.
func (a *App) runTasks() {
	var batch []*submission
	for _, t := range a.in.take() {
		if t.send != nil {
			batch = append(batch, t.send)
			continue
		}
		a.submit(batch)
		batch = batch[:0]
		t.run()
	}
	a.submit(batch)
}

// spawn starts a goroutine that close waits for. Its result comes back by do.
func (a *App) spawn(fn func(ctx context.Context)) {
	ctx := a.ctx // has ended if the core is closing
	a.tasks.Go(func() { fn(ctx) })
}

// close ends what the loop owns, in the order of dependence.
func (a *App) close() error {
	a.closing = true
	for _, t := range a.in.close() {
		if t.send != nil {
			t.send.answer(nil, &Failed{Code: FailClosed})
			continue
		}
		t.run() // it may hand over a group that must be closed
	}
	err := a.closeGroup()
	a.tasks.Wait()
	a.serving <- struct{}{} // what somebody began is finished, and nobody begins anything more
	err = errors.Join(err, a.stopHosting())
	a.shared.leave(a)
	if a.prof != nil {
		a.prof.Close()
	}
	a.alarm.timer.Stop()
	a.phase, a.problem = PhaseStarting, nil
	a.conn = ConnectionView{State: ConnOffline}
	a.viewNew = true
	a.publish()
	a.subMu.Lock()
	defer a.subMu.Unlock()
	a.ended = true
	for s := range a.subs {
		s.put(Changes{Closed: true, View: true})
	}
	clear(a.subs)
	return err
}

// publish shows the readers what has changed, and answers the commands that did
// it. A room that has not changed costs nothing.
func (a *App) publish() {
	a.show()
	a.sayStanding()
	for _, fn := range a.replies {
		fn()
	}
	a.replies = a.replies[:0]
}

func (a *App) show() {
	if a.group != nil {
		a.findKeywords()
	}
	if !a.viewNew && (a.group == nil || len(a.group.dirty) == 0) && !a.changes.any() {
		return
	}
	if a.viewNew || a.group != nil && len(a.group.dirty) > 0 {
		a.changes.View = true
		a.shot.Store(a.takeShot())
	}
	changes := a.changes
	a.changes, a.viewNew = Changes{}, false
	a.subMu.Lock()
	defer a.subMu.Unlock()
	for s := range a.subs {
		s.put(changes)
	}
}

// any reports whether there is anything to tell.
func (c *Changes) any() bool {
	return c.View || c.Reset || c.Closed || len(c.Rooms) > 0 || len(c.Notices) > 0
}

// takeShot makes the snapshot of the present state.
func (a *App) takeShot() *snapshot {
	s := &snapshot{base: View{
		Phase: a.phase, Problem: a.problem, Connection: a.conn, Hosting: a.hosting, Settings: settingsView(a.presentSettings()),
		SettingsBroken: a.shared.brokenSettings(),
	}}
	g := a.group
	if g == nil {
		s.base.Group.Authority = a.authority.Load().shown()
		return s
	}
	s.store, s.me, s.stock, s.port, s.blocked, s.keywords = g.store, g.me(), g.stock, g.port, g.blocked, g.rules.Keywords
	s.rooms = g.shots()
	g.fill(&s.base)
	if s.base.EndedHere = g.ended && g.endedHere; s.base.EndedHere && g.kept {
		s.base.Kept = a.prof.KeptDir(g.folder.ID())
	}
	s.base.Group.Authority = a.authority.Load().shown()
	s.base.Cards, s.base.CardWaiting = a.cardViews(), g.cards.wish != (cardWish{})
	s.base.CardDue = g.cardDue()
	s.base.Presence = g.there
	s.base.ServerFull = g.net != nil && g.net.full && s.base.Waiting > 0
	return s
}

// notice adds something to tell the person once.
func (a *App) notice(n Notice) { a.changes.merge(Changes{Notices: []Notice{n}}) }

// SetSettings implements Commands. It writes a small file; no group, and not even
// Run, is needed. The other cores of the profile show it, too.
func (a *App) SetSettings(v Settings) error {
	bound := false
	err := a.changeSettings(func(s *profile.Settings) {
		before := s.CacheMB
		*s = settingsOf(v, *s)
		bound = s.CacheMB != before
	})
	if err != nil {
		return &Failed{Code: FailStore, Problem: a.diskProblem(err), Err: err}
	}
	a.shared.tell(bound)
	return nil
}

// changeSettings changes the profile's settings on disk and in memory.
func (a *App) changeSettings(change func(*profile.Settings)) error {
	return a.shared.change(change)
}

func (a *App) presentSettings() profile.Settings { return a.shared.present() }
