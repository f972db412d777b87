package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"hearth/store"
)

// Hosting again a group that was ended here with its data kept (docs/adr/0049). That it is
// hosted is written down first: a program that ends before the folder has its name again
// finds the folder kept, and the group ended as before; afterwards it serves it.

// HostAgain implements Commands.
func (a *App) HostAgain(ctx context.Context) error {
	return a.inTurn(ctx, func() error {
		ctx := context.WithoutCancel(ctx)
		if err := a.hostsOther(); err != nil {
			return err
		}
		if a.o.Hoster != nil && a.o.Hoster.Unused(ctx, a.prof.ServerDir()) {
			// A group that was to be hosted instead, and did not come into being.
			if err := a.prof.DropServer(); err != nil {
				return &Failed{Code: FailKept, Detail: err.Error(), Err: err}
			}
		}
		config, err := ask(ctx, a, func() (HostConfig, error) { return a.takeKept(ctx) })
		if err != nil {
			return err
		}
		return a.serve(ctx, config)
	})
}

// takeKept makes the kept data those of the bundled server again. Called by the loop.
func (a *App) takeKept(ctx context.Context) (none HostConfig, err error) {
	g := a.group
	if a.opening || a.enrolled || a.o.Hoster == nil || g == nil || g.hosted != nil {
		return none, &Failed{Code: FailHosting, Detail: "no group that was hosted here is open"}
	}
	kept := a.prof.KeptDir(g.folder.ID())
	if _, err := os.Stat(kept); err != nil {
		g.kept, a.viewNew = a.prof.HasKept(g.folder.ID()), true
		return none, &Failed{Code: FailKept, Detail: err.Error(), Err: err}
	}
	if a.o.Hoster.Occupied(kept) {
		return none, &Failed{Code: FailKeptRuns, Detail: "a server runs on " + kept}
	}
	config, err := g.hostedAs(ctx)
	if err != nil {
		return none, storageFailed(a, err)
	}
	config.Paused = false
	account := g.folder.Account()
	account.Hosted = true
	err = errors.Join(g.keepHosting(ctx, config), g.folder.Update(account))
	if err != nil {
		a.finishKeeping(ctx, g)
		return none, storageFailed(a, err)
	}
	g.account = account
	if err := a.prof.TakeServer(g.folder.ID()); err != nil {
		a.finishKeeping(ctx, g)
		return none, &Failed{Code: FailKept, Detail: err.Error(), Err: err}
	}
	a.stopLink()
	a.noteEnded(false)
	g.kept = false
	a.hosting = &HostingView{Local: config.Local, Port: config.Port}
	a.conn, a.viewNew = ConnectionView{State: ConnOffline, Since: time.Now()}, true
	return *config, nil
}

// hostedAs reads how the bundled server of a group runs, or ran.
func (g *group) hostedAs(ctx context.Context) (*HostConfig, error) {
	c := hostConfigOf(&g.account)
	data, err := g.store.Setting(ctx, settingHosting)
	if err == nil {
		_ = json.Unmarshal(data, c) // without it the defaults serve
	}
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return c, err
}
