package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth/chat"
	"hearth/store/profile"
)

// GroupsCommands is what the window may ask about the groups of a profile; *Groups
// implements it. Nothing here waits.
type GroupsCommands interface {
	// Groups returns what there is in the order to show, at least one: an account in
	// a group each, and the one being added, if there is one, at the end.
	Groups() []GroupItem
	// Changed delivers a token when Groups returns something new. One reader.
	Changed() <-chan struct{}
	// Last returns the key of the item shown last.
	Last() int
	// Add returns the item by which a group is added: its core is at PhaseWelcome,
	// and the others go on. There is at most one; Cancel gives it up.
	Add() GroupItem
	Cancel(key int)
	// Show notes which item the person looks at, to begin with it the next time.
	Show(key int)
	// Move puts an item to another place in the order.
	Move(key, to int)
}

// GroupItem is one account in a group, or the way into one.
type GroupItem struct {
	Key  int // while the program runs
	Core Commands
	// ID is the same whenever the program runs; "" as long as nothing of it is there.
	ID string
	// Group and Account name the group and the person's account as they were known
	// last, "" unknown; foreign text. The core's View knows better once it is open.
	Group, Account string
	Server         chat.ServerID // the identity that must answer, as in GroupView
	Adding         bool          // a group is being added; nothing of it is there yet
}

// Groups owns the cores of one profile: one App for each account in a group, all of
// them running at once, each with a store, a connection and a loop of its own. It
// must never look into what they own.
type Groups struct {
	o      Options // fixed
	log    *slog.Logger
	shared *shared       // fixed
	told   chan struct{} // a token for the reader of Groups; fixed
	wake   chan struct{} // a token for tend; fixed
	wg     sync.WaitGroup

	mu      sync.Mutex
	ctx     context.Context // guarded by mu; of Run, nil before
	members []*member       // guarded by mu; in the order they came
	keys    int             // guarded by mu; given so far
	last    int             // guarded by mu; key of the member shown
	failed  error           // guarded by mu; of cores that have ended
	order   []string        // guarded by mu; ids of folders as the person ordered them
	tried   map[string]bool // guarded by mu; folders that a core was begun for
}

// member is one core and what its owner knows of it. All but app and the channels is
// guarded by Groups.mu.
type member struct {
	key     int
	app     *App
	account profile.Account // as its folder said when it was met; the zero value if it cannot
	at      standing
	folder  string        // id of the folder it is for, "" none yet
	before  []string      // ids of folders that it has replaced, whose place it keeps
	half    bool          // a crash left it half-made: not shown until it is open
	adding  bool          // no group yet, and the person is about to choose one
	settled chan struct{} // closed once it has left PhaseStarting for the first time
	run     bool          // started
	stop    context.CancelFunc
}

// NewGroups makes the cores of a profile. Like New it reads and does nothing else until
// Run. Group and Fresh of the options are not used.
func NewGroups(o Options) (*Groups, error) {
	if o.Profile == "" {
		return nil, errors.New("make the client cores: a profile folder is required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Group, o.Fresh = "", false
	g := &Groups{o: o, log: o.Log, shared: newShared(), tried: map[string]bool{}, told: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
	found := g.scan()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.order = strings.Fields(g.shared.present().GroupOrder)
	g.gather(found)
	if len(g.members) == 0 {
		if _, err := g.add(Options{}); err != nil {
			return nil, err
		}
	}
	g.last = g.lastUsed().key
	return g, nil
}

// found are the folders of the profile.
type found struct {
	folders []*profile.Group
	broken  []profile.Broken
}

// scan lists the folders of the profile.
func (g *Groups) scan() (f found) {
	p, err := profile.Open(g.o.Profile)
	if err != nil {
		return f // a core says so to the person
	}
	defer p.Close()
	g.shared.read(p, g.log)
	if f.folders, f.broken, err = p.Scan(); err != nil {
		g.log.Warn("the groups of the profile cannot be listed", "err", err)
	}
	return f
}

// gather makes a core for each folder that has none. Called with mu held.
func (g *Groups) gather(f found) {
	held := g.shared.held()
	for _, folder := range f.folders {
		account := folder.Account()
		for _, m := range g.members {
			if m.folder == folder.ID() {
				m.before = folder.Before()
			}
		}
		if held[folder.ID()] || account.Secrets == profile.ModeMemory { // of a program that has ended, or runs elsewhere
			continue
		}
		if !account.Complete && g.tried[folder.ID()] {
			continue
		}
		if mayTakeTwin(&account) && folder.Newer(f.folders) != nil {
			continue // the core of that one takes it over
		}
		m, err := g.add(Options{Group: folder.ID()})
		if err != nil {
			g.log.Error("a group was not begun", "err", err)
			continue
		}
		m.folder, m.before, m.account, m.half = folder.ID(), folder.Before(), account, !account.Complete
		g.tried[m.folder] = true
	}
	for _, b := range f.broken {
		if held[b.ID] {
			continue
		}
		g.log.Warn("a group's folder cannot be read", "err", b.Err)
		if m, err := g.add(Options{Group: b.ID}); err == nil {
			m.folder = b.ID
		}
	}
}

// add makes a core. Called with mu held.
func (g *Groups) add(only Options) (*member, error) {
	o := g.o
	o.Group, o.Fresh, o.shared, o.Wakes = only.Group, only.Fresh, g.shared, nil
	g.keys++
	m := &member{key: g.keys, settled: make(chan struct{}), stop: func() {}}
	o.stands = func(now standing) { g.stands(m, now) }
	o.Log = g.log.With("group", m.key)
	var err error
	if m.app, err = New(o); err != nil {
		return nil, err
	}
	g.members = append(g.members, m)
	return m, nil
}

// lastUsed returns the member to begin with. Called with mu held.
func (g *Groups) lastUsed() *member {
	last := g.shared.present().LastGroup
	best := g.members[0]
	for _, m := range g.members {
		switch {
		case m.folder != "" && m.folder == last:
			return m
		case best.half || !m.half && m.account.Complete: // else the newest
			best = m
		}
	}
	return best
}

// Run is the life of all cores. The one shown last is opened first, the others one
// after another when it is there, so that nothing delays the window. It returns when
// everything has ended, and may be called once.
func (g *Groups) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g.mu.Lock()
	if g.ctx != nil {
		g.mu.Unlock()
		return errors.New("the client cores run already")
	}
	g.ctx = ctx
	first := g.find(g.last)
	g.start(first)
	g.mu.Unlock()
	if g.o.Wakes != nil {
		g.wg.Go(func() { g.o.Wakes(ctx, g.wakeAll) })
	}
	g.wg.Go(func() { g.tend(ctx, first) })
	<-ctx.Done()
	g.wg.Wait()
	g.keep()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failed
}

// start runs a member's core. Called with mu held.
func (g *Groups) start(m *member) {
	if m.run || g.ctx == nil || g.ctx.Err() != nil {
		return
	}
	m.run = true
	ctx, stop := context.WithCancel(g.ctx)
	m.stop = stop
	g.wg.Go(func() {
		defer stop()
		err := m.app.Run(ctx)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.failed = errors.Join(g.failed, err)
		g.poke() // a way in that was given up may have got further than it seemed
	})
}

// patience is how long the start of a group may hold up that of the next.
const patience = 2 * time.Second

// tend starts what has not been started, one after another, and does what waits for
// the disk.
func (g *Groups) tend(ctx context.Context, before *member) {
	for {
		if before != nil {
			wait := time.NewTimer(patience)
			select {
			case <-before.settled:
			case <-wait.C: // a keyring that waits for the person
			case <-ctx.Done():
			}
			wait.Stop()
		}
		if before = g.next(); before != nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-g.wake:
		}
		g.keep()
		found := g.scan()
		g.mu.Lock()
		had := g.shown()
		g.gather(found)
		changed := !slices.Equal(g.shown(), had)
		g.mu.Unlock()
		if changed {
			g.tell()
		}
	}
}

// keep writes down which group was shown last, and their order.
func (g *Groups) keep() {
	g.mu.Lock()
	last, order := "", strings.Join(g.order, " ")
	if m := g.find(g.last); m != nil {
		last = m.folder
	}
	g.mu.Unlock()
	err := g.shared.change(func(s *profile.Settings) {
		s.GroupOrder = order
		if last != "" {
			s.LastGroup = last
		}
	})
	if err != nil && !errors.Is(err, errNoProfile) {
		g.log.Warn("the group in use was not noted", "err", err)
	}
}

// next starts a member that does not run, and returns it.
func (g *Groups) next() *member {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx.Err() != nil {
		return nil
	}
	for _, m := range g.members {
		if !m.run {
			g.start(m)
			return m
		}
	}
	return nil
}

// stands takes over where a core stands. Its loop calls it, so that nothing waits.
func (g *Groups) stands(m *member, now standing) {
	g.mu.Lock()
	m.at = now
	if now.phase != PhaseStarting {
		closeOnce(m.settled)
	}
	if now.folder != "" && now.folder != m.folder {
		if m.folder != "" {
			g.shared.free(m.folder, m.app) // the person signed in again, or went into another group from there
			m.before = []string{m.folder}  // until gather knows which
		}
		m.folder = now.folder
		g.poke()
	}
	if now.phase == PhaseOpen {
		m.half, m.adding = false, false
		if v := m.app.View(); v.Phase == PhaseOpen {
			m.account.Group, m.account.Name, m.account.Display, m.account.Pin = v.Group.Name, v.Me.Name, v.Me.Display, v.Group.Server
		}
	}
	if now.phase == PhaseWelcome && !m.adding {
		m.folder, m.before, m.account = "", nil, profile.Account{}
		if to := g.having(now.into); to != nil && g.last == m.key {
			g.last = to.key
			g.poke()
		}
		if m.half || len(g.shown()) > 1 {
			g.drop(m)
		}
	}
	g.mu.Unlock()
	g.tell()
}

func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// shown lists the members to show, in order. Called with mu held.
func (g *Groups) shown() []*member {
	var list []*member
	for _, m := range g.members {
		if !m.half {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		list = append(list, g.members...)
	}
	place := func(m *member) int {
		i := slices.IndexFunc(g.order, func(id string) bool { return id == m.folder || slices.Contains(m.before, id) })
		switch {
		case m.adding:
			return len(g.order) + 1
		case i < 0:
			return len(g.order)
		}
		return i
	}
	slices.SortStableFunc(list, func(a, b *member) int { return place(a) - place(b) })
	return list
}

// drop ends a member's core, unless it is the last. Called with mu held.
func (g *Groups) drop(m *member) {
	at := slices.Index(g.members, m)
	if at < 0 || len(g.members) == 1 {
		m.half = false
		return
	}
	list := g.shown()
	g.members = slices.Delete(g.members, at, at+1)
	if g.last == m.key {
		next := max(0, slices.Index(list, m)-1)
		if list[next] == m {
			next = min(1, len(list)-1)
		}
		g.last = list[next].key
		g.poke()
	}
	m.stop()
}

// find returns a member; nil if there is none. Called with mu held.
func (g *Groups) find(key int) *member {
	for _, m := range g.members {
		if m.key == key {
			return m
		}
	}
	return nil
}

// having returns the member that a folder belongs to; nil if there is none. Called with mu
// held.
func (g *Groups) having(folder string) *member {
	for _, m := range g.members {
		if folder != "" && m.folder == folder {
			return m
		}
	}
	return nil
}

// tell gives the reader a token.
func (g *Groups) tell() { put(g.told) }

// poke has tend look for folders without a core.
func (g *Groups) poke() { put(g.wake) }

func put(token chan struct{}) {
	select {
	case token <- struct{}{}:
	default: // it is there already
	}
}

// wakeAll says to all cores that the machine woke or its network changed.
func (g *Groups) wakeAll() {
	for _, item := range g.Groups() {
		item.Core.Wake()
	}
}

// Settings returns the person's choices.
func (g *Groups) Settings() Settings { return settingsView(g.shared.present()) }

// Groups implements GroupsCommands.
func (g *Groups) Groups() []GroupItem {
	g.mu.Lock()
	defer g.mu.Unlock()
	var items []GroupItem
	for _, m := range g.shown() {
		items = append(items, m.item())
	}
	return items
}

func (m *member) item() GroupItem {
	return GroupItem{Key: m.key, Core: m.app, ID: m.folder, Group: m.account.Group, Account: cmp.Or(m.account.Display, m.account.Name), Server: cmp.Or(m.account.Pin, m.account.Server), Adding: m.adding}
}

// Changed implements GroupsCommands.
func (g *Groups) Changed() <-chan struct{} { return g.told }

// Last implements GroupsCommands.
func (g *Groups) Last() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last
}

// Add implements GroupsCommands.
func (g *Groups) Add() GroupItem {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.members {
		if m.adding || m.at.phase == PhaseWelcome && !m.half {
			return m.item()
		}
	}
	m, err := g.add(Options{Fresh: true})
	if err != nil {
		// Only a missing profile makes New fail, and NewGroups has refused that.
		g.log.Error("a group cannot be added", "err", err)
		return g.members[0].item()
	}
	m.adding = true
	g.start(m)
	g.tell()
	return m.item()
}

// Cancel implements GroupsCommands. What has become a group meanwhile stays.
func (g *Groups) Cancel(key int) {
	g.mu.Lock()
	if m := g.find(key); m != nil && m.adding {
		g.drop(m)
	}
	g.mu.Unlock()
	g.tell()
}

// Show implements GroupsCommands.
func (g *Groups) Show(key int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last != key && g.find(key) != nil {
		g.last = key
		g.poke()
	}
}

// Move implements GroupsCommands.
func (g *Groups) Move(key, to int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.shown()
	at := slices.IndexFunc(list, func(m *member) bool { return m.key == key })
	if at < 0 {
		return
	}
	m := list[at]
	list = slices.Insert(slices.Delete(list, at, at+1), min(max(0, to), len(list)-1), m)
	g.order = nil
	for _, m := range list {
		if m.folder != "" {
			g.order = append(g.order, m.folder)
		}
	}
	g.poke()
	g.tell()
}
