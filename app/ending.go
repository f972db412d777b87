package app

import (
	"context"
	"time"
)

// Ending a group that is hosted here (docs/adr/0049): its server stops, and its data go, or
// go aside. Either way the server's folder takes another name first, which says which group
// it was of, so that a program that ends in between neither serves the rest of it nor begins
// another group with it, but goes on at its next start with what was wanted. That can fail,
// and nobody can be told again that a group has not ended: they are told only once it is done.

// returning is how long those who were connected have to come back to be told, where a
// folder cannot be moved under a server that runs.
const returning = 10 * time.Second

// EndHosting implements Commands.
func (a *App) EndHosting(ctx context.Context, keep bool) (folder string, err error) {
	err = a.inTurn(ctx, func() (err error) {
		if keep {
			folder, err = a.endKeeping(ctx)
			return err
		}
		return a.endErasing(ctx)
	})
	return folder, err
}

// mayEnd returns what EndHosting ends. Called by the loop.
func (a *App) mayEnd() (l leaving, err error) {
	g := a.group
	if a.opening || a.enrolled || a.o.Hoster == nil || g == nil || g.hosted == nil {
		return l, &Failed{Code: FailHosting, Detail: "no group is hosted here"}
	}
	return leaving{g.folder.ID(), g.owner.Device}, nil
}

// endErasing removes the group, all that its server has and all that lies here.
func (a *App) endErasing(ctx context.Context) error {
	l, err := ask(ctx, a, a.mayEnd)
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if _, err := a.retire(ctx, func() (string, error) { return a.prof.EndServer(l.id) }); err != nil {
		return err
	}
	closed, err := ask(ctx, a, func() (bool, error) {
		if a.opening || a.group == nil || a.group.folder.ID() != l.id {
			return false, nil // the next start goes on with it
		}
		a.opening, a.locked, a.hosting = true, nil, nil
		a.closeGroupLogged()
		return true, nil
	})
	if err != nil || !closed {
		return err
	}
	return a.settleWelcome(ctx, func(ctx context.Context) error { return a.finishEnding(ctx, l) })
}

// endKeeping puts the server's data aside. Nothing of the group goes; the person reads on
// as everybody else does. From the moving on it is finished, whatever the caller does.
func (a *App) endKeeping(ctx context.Context) (string, error) {
	l, err := ask(ctx, a, a.mayEnd)
	if err != nil {
		return "", err
	}
	ctx = context.WithoutCancel(ctx)
	config, err := a.hostedHere(ctx)
	if err != nil {
		return "", err
	}
	if err := a.o.Hoster.Describe(a.prof.ServerDir(), config); err != nil {
		return "", storageFailed(a, err)
	}
	path, err := a.retire(ctx, func() (string, error) { return a.prof.KeepServer(l.id) })
	if err != nil {
		return "", err
	}
	return path, tell(ctx, a, func() error {
		g := a.group
		if g == nil || g.folder.ID() != l.id {
			return nil // the next start goes on with it
		}
		a.stopLink()
		a.hosting = nil
		a.conn, a.viewNew = ConnectionView{State: ConnStopped, Reason: ReasonEnded, Since: time.Now()}, true
		a.finishKeeping(ctx, g)
		return nil
	})
}

// retire gives the server's folder its other name, and then ends the server; who is
// connected is told so. Where the folder does not move nothing has changed.
func (a *App) retire(ctx context.Context, move func() (string, error)) (string, error) {
	config, err := a.hostedHere(ctx)
	if err != nil {
		return "", err
	}
	runs := a.hosts.Load() && !config.Paused
	if runs && a.still {
		if err := a.o.Hoster.Stop(ctx); err != nil {
			a.log.Error("the bundled server did not stop well", "err", err)
		}
	}
	path, err := move()
	if err != nil {
		if runs && a.still {
			if back := a.serve(ctx, config); back != nil {
				a.log.Error("the bundled server did not start again", "err", back)
			}
		}
		return "", &Failed{Code: FailMove, Detail: err.Error(), Err: err}
	}
	if runs && a.still {
		if _, err := a.o.Hoster.Start(ctx, path, config, func() {}); err != nil {
			a.log.Warn("nobody is told that the group has ended", "err", err)
		} else {
			select {
			case <-time.After(returning):
			case <-a.in.done:
			}
		}
	}
	if err := a.o.Hoster.End(ctx); err != nil {
		a.log.Error("the bundled server did not stop well", "err", err)
	}
	return path, nil
}

// finishKeeping notes of a group whose server's data are aside that it has ended and is not
// hosted here any more. What cannot be written down now is at the next start.
func (a *App) finishKeeping(ctx context.Context, g *group) {
	g.hosted, g.near, g.ended, g.endedHere, g.kept = nil, nil, true, true, true
	err := g.store.SetSetting(ctx, settingEnded, []byte{endedHere})
	if err == nil {
		account := g.folder.Account()
		account.Hosted = false
		err = g.folder.Update(account)
	}
	if g.account = g.folder.Account(); err != nil {
		a.log.Warn("that a group is not hosted here any more was not written down", "err", err)
	}
}

// finishEnding removes a group whose server has ended, and then what the server had.
func (a *App) finishEnding(ctx context.Context, l leaving) error {
	if err := a.erase(ctx, l); err != nil {
		return err
	}
	return a.prof.RemoveEnded(l.id)
}

// finishEndings goes on with what an earlier program was removing when it ended.
func (a *App) finishEndings(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, leaveTimeout)
	defer cancel()
	for _, id := range a.prof.Ended() {
		if !a.shared.hold(id, a) {
			continue // another core is at it
		}
		if err := a.finishEnding(ctx, leaving{id: id}); err != nil {
			a.log.Warn("what is left of a group that was hosted here was not removed", "err", err)
			a.shared.free(id, a)
		}
	}
}
