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

// HostingCommands are for whose program runs the server of the open group (docs/adr/0049);
// a part of Commands. For anybody else they fail with FailHosting.
type HostingCommands interface {
	// StartHosting starts the server, also one that was paused.
	StartHosting(ctx context.Context) error
	// StopHosting ends it cleanly; the next start of the program starts it again.
	StopHosting(ctx context.Context) error
	// PauseHosting ends it cleanly until StartHosting, whatever the program does meanwhile.
	PauseHosting(ctx context.Context) error
	// MoveHosting makes the server listen elsewhere. Who is connected is told to come
	// back in a moment. Where it cannot, it goes on as before: FailPortInUse and
	// FailPortDenied are of Field "port". A server that is paused stays so.
	MoveHosting(ctx context.Context, to HostPlace) error
	// HostingBackups says what copies of the group there are; BackupHosting adds one to
	// them, while everybody goes on, and returns where it lies.
	HostingBackups(ctx context.Context) (HostBackups, error)
	BackupHosting(ctx context.Context) (file string, err error)
	// CheckBackup looks through one of those copies; FailBackup if it cannot be used.
	CheckBackup(ctx context.Context, path string) error
	// RestoreHosting goes back to one of them or, without one, to the present data as far
	// as they are sound, and serves that (docs/adr/0054): the server stops meanwhile. It
	// returns where the data from before are. With FailBackup, FailHostSpace and the end of
	// ctx before the swap nothing has changed.
	RestoreHosting(ctx context.Context, path string) (aside string, err error)
	// HostingStock counts what the server has; it reads all of it.
	HostingStock(ctx context.Context) (HostStock, error)
	// EndHosting stops the server for good; who is connected is told so. With keep its
	// data go to a folder that hearth-server can serve, which is returned, and what this
	// device has stays readable; without it everything goes, here too, and the core is at
	// PhaseWelcome afterwards.
	EndHosting(ctx context.Context, keep bool) (folder string, err error)
	// HostAgain serves a group again that was ended here with its data kept
	// (View.Kept), where it was served before. With FailKept and FailKeptRuns nothing
	// has changed.
	HostAgain(ctx context.Context) error
}

// HostingView is the bundled server inside this program.
type HostingView struct {
	Running   bool
	Paused    bool     // it does not run because the person wants it so
	Addresses []string // where others reach it
	Local     bool     // this machine only
	Port      int      // where it listens, 0: not known yet
	Problem   string   // why it does not run, for a person; "" if it does
	PortTaken int      // it does not run because another program uses this port; 0 otherwise
	Damaged   bool     // it does not run because its data are damaged
	Mendable  bool     // and only the last commit may be missing of them
	// Accounts is another number whenever whoever runs the server has changed somebody's
	// account, here or from the command line, and when there is another backup.
	Accounts int
	Disk     *HostDisk // its disk has too little left; nil while there is enough
}

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
		next.movedTo(HostPlace{Local: to.Local, Port: cmp.Or(to.Port, was.Port, chat.DefaultPort)}, time.Now())
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
// looked for any more by itself: something else may have its address. Its value says who has
// ended it.
const settingEnded = "ended"

// Values of settingEnded; they are on the disk.
const (
	endedElsewhere byte = 1
	endedHere      byte = 2 // by the person, who hosted it here
)

// noteEnded keeps whether that is so.
func (a *App) noteEnded(on bool) {
	g := a.group
	if g.ended == on {
		return
	}
	var value []byte
	if on {
		value = []byte{endedElsewhere}
	}
	g.ended, g.endedHere, a.viewNew = on, false, true
	a.storeResult(g.store.SetSetting(a.disk, settingEnded, value))
}

// loadEnded reads whether it was so when the program ended.
func (g *group) loadEnded(ctx context.Context) error {
	value, err := g.store.Setting(ctx, settingEnded)
	g.endedHere = len(value) == 1 && value[0] == endedHere
	if g.ended = err == nil; errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return err
}
