package app

import (
	"cmp"
	"context"
	"errors"
	"time"

	"hearth/chat"
	"hearth/store"
)

// Changing how a group is hosted here, and looking at what its server has (docs/adr/0049).

// HostInfo is how it runs.
type HostInfo struct {
	Invite    string // owner's invite link, "" once an owner has joined
	Link      string // server link for this machine
	Addresses []string
	Port      int
}

// HostPlace is where a hosted server listens.
type HostPlace struct {
	Local bool // for this machine only
	Port  int  // 0: as before
}

// HostBackups are the copies that a hosted server has made.
type HostBackups struct {
	Dir  string
	List []HostBackup // the newest first
}

// HostBackup is one copy.
type HostBackup struct {
	Path  string
	At    time.Time
	Bytes int64
	Asked bool // a person asked for it
}

// HostStock is what a hosted server has.
type HostStock struct {
	Accounts int // that are not deleted, the own one among them
	Rooms    int
	Messages int
}

// What a Hoster says so that it can be put into words: a disk has too little room; the data,
// or a backup, are not what was written; and the same of data of which only the last commit
// may be missing, so that they themselves can be put back.
var (
	ErrNoSpace     = errors.New("the disk has too little room")
	ErrHostDamaged = errors.New("the data are damaged")
	ErrHostHead    = errors.New("only the last commit may be missing")
)

// mostPort is the highest port there is.
const mostPort = 65535

// pausedView shows a server that the person has paused; nil for one that shall run.
func pausedView(c *HostConfig) *HostingView {
	if !c.Paused {
		return nil
	}
	return &HostingView{Paused: true, Local: c.Local, Port: c.Port}
}

// noteHosting keeps how the open group is hosted from now on.
func (a *App) noteHosting(ctx context.Context, c HostConfig) error {
	return tell(ctx, a, func() error {
		if a.group == nil || a.group.hosted == nil {
			return &Failed{Code: FailHosting, Detail: "no group is hosted here"}
		}
		err := a.group.keepHosting(a.disk, &c)
		a.storeResult(err)
		if a.hosting != nil && a.hosting.Paused && c.Paused {
			a.hosting, a.viewNew = pausedView(&c), true
		}
		return err
	})
}

// PauseHosting implements Commands. It is written down first: a program that ends in
// between does what the person wanted.
func (a *App) PauseHosting(ctx context.Context) error {
	return a.inTurn(ctx, func() error {
		config, err := a.hostedHere(ctx)
		if err != nil {
			return err
		}
		config.Paused = true
		if err := a.noteHosting(ctx, config); err != nil {
			return err
		}
		return a.stopServing(ctx, true)
	})
}

// MoveHosting implements Commands. From the stopping on it is finished, whatever the
// caller does.
func (a *App) MoveHosting(ctx context.Context, to HostPlace) error {
	if to.Port < 0 || to.Port > mostPort {
		return &Failed{Code: FailBadValue, Field: "port"}
	}
	return a.inTurn(ctx, func() error {
		was, err := a.hostedHere(ctx)
		if err != nil {
			return err
		}
		next := was
		next.Local, next.Port = to.Local, cmp.Or(to.Port, was.Port, chat.DefaultPort)
		ctx = context.WithoutCancel(ctx)
		if !was.Paused {
			if err := a.move(ctx, was, next); err != nil {
				return err
			}
		}
		return a.noteHosting(ctx, next)
	})
}

// move has the server listen elsewhere or, where it cannot, as before. Only what came of it
// is shown: in between it is neither here nor there.
func (a *App) move(ctx context.Context, was, next HostConfig) error {
	if a.hosts.Load() {
		if err := a.o.Hoster.Stop(ctx); err != nil {
			return hostingFailed(err)
		}
	}
	info, err := a.startServer(ctx, next)
	if err == nil {
		return a.showServed(next, info, nil)
	}
	back, failed := a.startServer(ctx, was)
	if failed = a.showServed(was, back, failed); failed != nil {
		a.log.Error("the bundled server does not run as before either", "err", failed)
	}
	return hostingFailed(err)
}

// HostingBackups implements Commands.
func (a *App) HostingBackups(ctx context.Context) (HostBackups, error) {
	if _, err := a.hostedHere(ctx); err != nil {
		return HostBackups{}, err
	}
	b, err := a.o.Hoster.Backups(a.prof.ServerDir())
	if err != nil {
		return b, storageFailed(a, err)
	}
	return b, nil
}

// BackupHosting implements Commands.
func (a *App) BackupHosting(ctx context.Context) (string, error) {
	if _, err := a.hostedHere(ctx); err != nil {
		return "", err
	}
	file, err := a.o.Hoster.Backup(ctx)
	if errors.Is(err, ErrNoSpace) {
		return "", &Failed{Code: FailHostSpace, Detail: err.Error(), Err: err}
	}
	if err != nil {
		return "", hostingFailed(err)
	}
	return file, nil
}

// HostingStock implements Commands.
func (a *App) HostingStock(ctx context.Context) (HostStock, error) {
	if _, err := a.hostedHere(ctx); err != nil {
		return HostStock{}, err
	}
	s, err := a.o.Hoster.Stock(ctx)
	if err != nil {
		return s, hostingFailed(err)
	}
	return s, nil
}

// settingEnded stands there once the server has said that the group has ended. It is not
// looked for any more by itself: something else may have its address.
const settingEnded = "ended"

// noteEnded keeps whether that is so.
func (a *App) noteEnded(on bool) {
	g := a.group
	if g.ended == on {
		return
	}
	var value []byte
	if on {
		value = []byte{1}
	}
	g.ended = on
	a.storeResult(g.store.SetSetting(a.disk, settingEnded, value))
}

// loadEnded reads whether it was so when the program ended.
func (g *group) loadEnded(ctx context.Context) error {
	_, err := g.store.Setting(ctx, settingEnded)
	if g.ended = err == nil; errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return err
}
