package app

import "context"

// Ending a group that is hosted here, once its person's account is deleted: its server
// stops, and its data and what this machine has of the group go. The server's folder takes
// another name first, which says which group it was of, so that a program that ends in
// between neither serves the rest of it nor begins another group with it, but goes on with
// removing it at its next start.

// EndHosting implements Commands.
func (a *App) EndHosting(ctx context.Context) error {
	may := func() (l leaving, err error) {
		g := a.group
		if a.opening || a.enrolled || a.o.Hoster == nil || g == nil || g.hosted == nil || a.conn.State != ConnStopped || a.conn.Reason != ReasonDeleted {
			return l, &Failed{Code: FailHosting, Detail: "no group is hosted here whose person has deleted their account"}
		}
		return leaving{g.folder.ID(), g.owner.Device}, nil
	}
	l, err := ask(ctx, a, func() (leaving, error) {
		l, err := may()
		if err == nil {
			a.opening, a.locked, a.hosting = true, nil, nil
			a.closeGroupLogged()
		}
		return l, err
	})
	if err != nil {
		return err
	}
	return a.settleWelcome(ctx, func(ctx context.Context) error {
		a.stopUseless(ctx)
		if err := a.prof.EndServer(l.id); err != nil {
			return err
		}
		return a.finishEnding(ctx, l)
	})
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
