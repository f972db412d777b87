package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"hearth/internal/fault"
	"hearth/store"
	"hearth/store/profile"
	"hearth/store/secret"
)

// pending is a group that could not be opened: what Unlock, Retry and Rebuild
// act on.
type pending struct {
	folder *profile.Group
	from   secret.Store // nil as long as a vault has not been given its passphrase
	// suspect: damage was found in the store; opening it again looks through all of it.
	suspect bool
	// anew: the store was put aside, another is to be made.
	anew bool
	// twin is an older folder of the same account to be taken over; nil: none but those
	// that need no passphrase.
	twin *sealedTwin
}

// opened is what came of an attempt to open the profile.
type opened struct {
	phase   Phase
	problem *Problem
	group   *group       // in PhaseOpen
	pending *pending     // in PhaseLocked and PhaseFailed, if a group is concerned
	hosting *HostingView // of a group that has just been made here; nil otherwise
}

// open begins to open the profile. Whatever takes time is off the loop.
func (a *App) open() {
	if a.opening || a.enrolled || a.group != nil || a.closing {
		return
	}
	a.opening = true
	a.setPhase(PhaseStarting, nil)
	a.spawn(func(ctx context.Context) { a.arrive(a.openProfile(ctx), nil) })
}

// arrive hands what was opened over to the loop, or closes it if the loop has
// ended. done, which may be nil, is told when the state shows it.
func (a *App) arrive(o opened, done chan<- struct{}) {
	ok := a.in.post(task{run: func() {
		a.opening, a.enrolled = false, false
		a.install(o)
		if done != nil {
			a.later(func() { close(done) })
		}
	}})
	if !ok && o.group != nil {
		o.group.wipe()
	}
}

// install makes what was opened the present state.
func (a *App) install(o opened) {
	if a.group != nil {
		a.closeGroupLogged()
	}
	a.locked = o.pending
	a.setPhase(o.phase, o.problem)
	if o.group == nil {
		return
	}
	a.group = o.group
	a.meetAuthority()
	a.awaitRules()
	a.changes.merge(Changes{Reset: true})
	if a.closing {
		return
	}
	a.meetTwins()
	a.startPorter()
	if o.group.store.ReadOnly() {
		a.conn = ConnectionView{State: ConnStopped, Reason: ReasonReadOnly, Since: time.Now()}
		return
	}
	a.alarm.set(alarmIndex, indexAfter, a.indexSome)
	a.alarm.set(alarmCheck, fault.Wait(checkAfter), a.lookThrough)
	if o.hosting != nil { // its server runs already
		a.hosting = o.hosting
		a.watchDisk()
		a.startLink()
		return
	}
	// The window is drawn first; then the server of a group that is hosted here,
	// and then the connection to it.
	switch {
	case o.group.hosted != nil && a.o.Hoster != nil && !a.o.NoHosting:
		if a.hosting = pausedView(o.group.hosted); a.hosting == nil {
			a.startHosted()
		}
		return
	case o.group.ended:
		a.conn = ConnectionView{State: ConnStopped, Reason: ReasonEnded, Since: time.Now()}
		return
	}
	a.startLink()
}

func (a *App) setPhase(p Phase, problem *Problem) {
	a.phase, a.problem, a.viewNew = p, problem, true
}

// fail stops at a problem that a person must read. The group stays readable.
func (a *App) fail(p *Problem) {
	if a.group != nil {
		a.locked = &pending{folder: a.group.folder, from: a.group.from}
	}
	if a.locked != nil && p.Kind == ProblemDamaged {
		a.locked.suspect = true
	}
	a.setPhase(PhaseFailed, p)
}

// openProfile finds the group to open and opens it.
func (a *App) openProfile(ctx context.Context) opened {
	if a.profErr != nil {
		p, err := profile.Open(a.o.Profile)
		if err != nil {
			return opened{phase: PhaseFailed, problem: a.diskProblem(err)}
		}
		a.prof, a.profErr = p, nil
		a.shared.read(p, a.log)
	}
	a.finishEndings(ctx)
	a.finishLeaving(ctx)
	if a.o.Fresh {
		return opened{phase: PhaseWelcome}
	}
	groups, err := a.prof.Groups()
	if err != nil {
		a.log.Warn("a group's folder cannot be read", "err", err)
	}
	if a.o.Group != "" {
		return a.openOnly(ctx, groups)
	}
	groups = slices.DeleteFunc(groups, func(g *profile.Group) bool { return a.forgotten(ctx, g) })
	if folder := a.choose(groups); folder != nil {
		return a.openFolder(ctx, &pending{folder: folder})
	}
	for _, folder := range slices.Backward(groups) {
		if !a.shared.hold(folder.ID(), a) {
			continue
		}
		if o, ok := a.recover(ctx, folder); ok {
			return o
		}
	}
	if err != nil && len(groups) == 0 {
		return opened{phase: PhaseFailed, problem: accountProblem(err, a.prof.Dir())}
	}
	return opened{phase: PhaseWelcome}
}

// openOnly opens the one folder this core is for.
func (a *App) openOnly(ctx context.Context, groups []*profile.Group) opened {
	if !a.shared.hold(a.o.Group, a) {
		return opened{phase: PhaseWelcome} // it has gone on to another group, and another core has this one
	}
	for _, folder := range groups {
		switch {
		case folder.ID() != a.o.Group:
		case a.forgotten(ctx, folder):
			return opened{phase: PhaseWelcome}
		case folder.Account().Complete:
			return a.openFolder(ctx, &pending{folder: folder})
		default:
			if o, ok := a.recover(ctx, folder); ok {
				return o
			}
		}
	}
	_, broken, err := a.prof.Scan()
	if err != nil {
		return opened{phase: PhaseFailed, problem: a.diskProblem(err)}
	}
	for _, b := range broken {
		if b.ID == a.o.Group {
			return opened{phase: PhaseFailed, problem: accountProblem(b.Err, a.prof.Dir())}
		}
	}
	return opened{phase: PhaseWelcome}
}

// forgotten reports whether a group lived in the memory of a program that has
// ended. Its folder is left alone: that program may still run.
func (a *App) forgotten(ctx context.Context, folder *profile.Group) bool {
	account := folder.Account()
	if account.Secrets != profile.ModeMemory {
		return false
	}
	b, err := a.memory.Load(ctx, refOf(account))
	b.Wipe()
	return err != nil
}

func refOf(account profile.Account) secret.Ref {
	return secret.Ref{Server: account.Server, Device: account.Device}
}

// choose returns the complete group used last, else the newest one.
func (a *App) choose(groups []*profile.Group) *profile.Group {
	last := a.presentSettings().LastGroup
	var chosen *profile.Group
	for _, g := range groups {
		if !g.Account().Complete || !a.shared.hold(g.ID(), a) {
			continue
		}
		if chosen != nil {
			a.shared.free(chosen.ID(), a)
		}
		if chosen = g; g.ID() == last {
			break
		}
	}
	return chosen
}

// secrets returns where a group's secrets lie; nil for a vault without passphrase.
func (a *App) secrets(folder *profile.Group, mode profile.Mode, passphrase []byte) secret.Store {
	switch mode {
	case profile.ModeMemory:
		return a.memory
	case profile.ModeVault:
		if passphrase == nil {
			return nil
		}
		return secret.NewVault(folder.VaultPath(), passphrase)
	}
	return a.keyring
}

// openFolder unlocks a group's secrets and opens its store.
func (a *App) openFolder(ctx context.Context, p *pending) opened {
	account := p.folder.Account()
	if p.from == nil {
		p.from = a.secrets(p.folder, account.Secrets, nil)
	}
	if p.from == nil {
		problem := &Problem{Kind: ProblemPassphrase, Path: p.folder.VaultPath()}
		if err := secret.CheckVault(p.folder.VaultPath()); err != nil { // no passphrase would help
			problem = secretProblem(err, account.Secrets, p.folder.VaultPath())
		}
		return opened{phase: PhaseLocked, pending: p, problem: problem.leading(&account)}
	}
	b, err := p.from.Load(ctx, refOf(account))
	if err != nil {
		path := p.folder.Dir()
		if account.Secrets == profile.ModeVault {
			path = p.folder.VaultPath()
			if errors.Is(err, secret.ErrWrongPassphrase) {
				p = &pending{folder: p.folder}
			}
		}
		return opened{phase: PhaseLocked, pending: p, problem: secretProblem(err, account.Secrets, path).leading(&account)}
	}
	defer b.Wipe()
	options := a.storeOptions()
	options.Thorough = options.Thorough || p.suspect
	options.Expected = account.Stored && !p.anew && p.folder.NotTakenOver() == ""
	g, err := openGroup(ctx, p.folder, &b, p.from, options)
	if err != nil {
		a.log.Error("the group cannot be opened", "err", err)
		g.wipe()
		problem := storeProblem(err, p.folder.StorePath())
		p.suspect = p.suspect || problem.Kind == ProblemDamaged
		return opened{phase: PhaseFailed, pending: p, problem: problem}
	}
	if g.store.ReadOnly() {
		a.log.Warn("the group's folder can only be read", "path", p.folder.Dir())
		return opened{phase: PhaseOpen, group: g}
	}
	if account.Hosted && a.prof.HasKept(p.folder.ID()) {
		a.finishKeeping(ctx, g)
	}
	g.kept = g.hosted == nil && a.prof.HasKept(p.folder.ID())
	g.endedHere = g.ended && (g.endedHere || g.kept) // who ended it was not always written down
	a.noteStored(g)
	a.takeOver(ctx, g, b.Key)
	a.takeTwins(ctx, g, p.twin)
	a.tidy(g)
	return opened{phase: PhaseOpen, group: g}
}

// noteStored writes down that a group has a store: if it is missing one day, it was lost.
func (a *App) noteStored(g *group) {
	if g.account.Stored {
		return
	}
	account := g.account
	account.Stored = true
	if err := g.folder.Update(account); err != nil {
		a.log.Warn("that the group has a store was not written down", "err", err)
		return
	}
	g.account = account
}

// tidy removes databases that were put aside long ago, by the server's clock as of
// the last connection and by our own: one that is wrong must not cost data.
func (a *App) tidy(g *group) {
	now := time.Now()
	if seen := time.UnixMilli(g.info.Seen); seen.Before(now) {
		now = seen
	}
	removed, err := g.folder.Tidy(now)
	if err != nil {
		a.log.Warn("an old database was not removed", "err", err)
	}
	if len(removed) > 0 {
		a.log.Info("databases that were put aside long ago are removed", "count", len(removed))
	}
}

func (a *App) storeOptions() store.Options {
	return store.Options{Log: a.log, Rerun: a.o.Rerun, Thorough: a.o.Thorough}
}

// wipe closes the store and forgets the seed; nil is allowed.
func (g *group) wipe() error {
	if g == nil {
		return nil
	}
	g.seed.Wipe()
	if g.store == nil {
		return nil
	}
	return g.store.Close()
}

// Retry implements Commands.
func (a *App) Retry() {
	a.do(func() {
		if a.phase != PhaseLocked && a.phase != PhaseFailed {
			return
		}
		p := a.locked
		if a.group != nil { // it failed while open
			a.closeGroupLogged()
		}
		if p == nil || p.folder == nil {
			a.open()
			return
		}
		a.reopen(p)
	})
}

// reopen tries a group again.
func (a *App) reopen(p *pending) {
	if a.opening || a.enrolled || a.closing {
		return
	}
	a.opening = true
	a.setPhase(PhaseStarting, nil)
	a.spawn(func(ctx context.Context) { a.arrive(a.openFolder(ctx, p), nil) })
}

// takeLocked claims what is locked or failed for a command that mends it.
func (a *App) takeLocked(ctx context.Context, phase Phase) (*pending, error) {
	return reserve(ctx, a, func() (*pending, error) {
		if a.phase != phase || a.locked == nil || a.opening || a.enrolled {
			return nil, &Failed{Code: FailBadValue, Detail: "there is nothing of the kind to mend"}
		}
		a.opening = true
		p := *a.locked
		return &p, nil
	}, func() { a.opening = false })
}

// Unlock implements Commands.
func (a *App) Unlock(ctx context.Context, passphrase []byte) error {
	p, err := a.takeLocked(ctx, PhaseLocked)
	if err != nil {
		return err
	}
	p.from = a.secrets(p.folder, p.folder.Account().Secrets, passphrase)
	return a.settle(ctx, func(ctx context.Context) opened { return a.openFolder(ctx, p) })
}

// settle runs an opening that a command waits for, off the caller's goroutine so
// that it is finished whatever the caller does.
func (a *App) settle(ctx context.Context, do func(context.Context) opened) error {
	outcome := make(chan opened, 1)
	done := make(chan struct{})
	a.in.post(task{run: func() {
		a.spawn(func(ctx context.Context) {
			o := do(ctx)
			outcome <- o
			a.arrive(o, done)
		})
	}})
	select {
	case o := <-outcome:
		select {
		case <-done:
		case <-a.in.done:
			select {
			case <-done: // and then it ended: that is an answer, too
			default:
				return &Failed{Code: FailClosed}
			}
		}
		return o.failed()
	case <-ctx.Done():
		return ctx.Err()
	case <-a.in.done:
		return &Failed{Code: FailClosed}
	}
}

// failed is the opening as an error of the command that wanted it.
func (o *opened) failed() error {
	switch o.phase {
	case PhaseOpen:
		return nil
	case PhaseLocked:
		return &Failed{Code: FailSecrets, Problem: o.problem, Detail: o.problem.Detail}
	case PhaseFailed:
		return &Failed{Code: FailStore, Problem: o.problem, Detail: o.problem.Detail}
	}
	return &Failed{Code: FailInternal, Detail: "nothing was opened"}
}

// closeGroup ends the connection, writes what is still only in memory, and closes
// the store.
func (a *App) closeGroup() error {
	g := a.group
	if g == nil {
		return nil
	}
	a.stopLink()
	g.port.stop()
	a.flushDrafts()
	a.flushReads()
	a.saveCards()
	a.saveSeen()
	a.flushAcks()
	a.flushWhy()
	a.alarm.reset()
	a.group = nil
	a.viewNew = true
	err := g.wipe()
	if v, ok := g.from.(*secret.Vault); ok && a.closing {
		v.Wipe()
	}
	if g.account.Secrets == profile.ModeMemory && !a.keep && a.closing {
		// Its key dies with this program; nobody will ever read the folder.
		err = errors.Join(err, g.folder.Discard())
	}
	return err
}

func (a *App) closeGroupLogged() {
	if err := a.closeGroup(); err != nil {
		a.log.Error("the group did not close well", "err", err)
	}
}
