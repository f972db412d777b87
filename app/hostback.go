package app

import (
	"context"
	"errors"
)

// Going back to a backup of a group that is hosted here (docs/adr/0054). The data change by
// one rename, at the end; until then everything can end, by itself or by a kill, and the
// server runs on with what it had.

// CheckBackup implements Commands.
func (a *App) CheckBackup(ctx context.Context, path string) error {
	if _, err := a.hostedHere(ctx); err != nil {
		return err
	}
	return backupFailed(a.o.Hoster.Check(ctx, a.prof.ServerDir(), path))
}

// RestoreHosting implements Commands. What the server was before it stopped it is again,
// whatever came of it.
func (a *App) RestoreHosting(ctx context.Context, path string) (aside string, err error) {
	err = a.inTurn(ctx, func() (err error) {
		aside, err = a.restore(ctx, path)
		return err
	})
	return aside, err
}

func (a *App) restore(ctx context.Context, path string) (aside string, err error) {
	config, err := a.hostedHere(ctx)
	if err != nil {
		return "", err
	}
	if path != "" { // before anybody is disconnected for a copy that is of no use
		if err := backupFailed(a.o.Hoster.Check(ctx, a.prof.ServerDir(), path)); err != nil {
			return "", err
		}
	}
	lasting := context.WithoutCancel(ctx)
	if a.hosts.Load() {
		if err := a.o.Hoster.Stop(lasting); err != nil {
			a.log.Error("the bundled server did not stop well", "err", err) // as data that are damaged may have it
		}
	}
	aside, err = a.o.Hoster.Restore(ctx, a.prof.ServerDir(), path)
	if err = backupFailed(err); err == nil {
		a.log.Info("the data of the hosted group are those of a backup", "from", path, "before", aside)
	}
	stays, failed := ask(lasting, a, func() (bool, error) { return a.hosting != nil && a.hosting.Paused, nil })
	if failed != nil || stays { // the core ends, or the person wants it so
		return aside, errors.Join(err, failed)
	}
	paused := config.Paused // and then started it in vain
	config.Paused = false
	served := a.serve(lasting, config)
	if served == nil && paused {
		served = a.noteHosting(lasting, config)
	}
	if err == nil {
		err = served
	}
	return aside, err
}

// backupFailed words what looking at a backup, or putting it back, met.
func backupFailed(err error) error {
	switch {
	case err == nil, errors.As(err, new(*Failed)):
		return err
	case errors.Is(err, ErrHostDamaged):
		return &Failed{Code: FailBackup, Detail: err.Error(), Err: err}
	case errors.Is(err, ErrNoSpace):
		return &Failed{Code: FailHostSpace, Detail: err.Error(), Err: err}
	}
	return hostingFailed(err)
}
