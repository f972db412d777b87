package app

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"hearth/chat"
	"hearth/store"
	"hearth/store/profile"
)

// LocalCommands are about what lies on this machine; a part of Commands.
type LocalCommands interface {
	// SeqAt finds where to begin reading a room from a time on: the first row stored
	// here whose server time is not before at; 0 if there is none. No network.
	SeqAt(ctx context.Context, room chat.RoomID, at time.Time) (chat.Seq, error)
	// Storage says how much the profile takes on the disk.
	Storage(ctx context.Context) (Storage, error)
	// DeleteLocal removes everything of the group from this machine: messages,
	// files, drafts, what was not sent, and the secrets of this device; also of one
	// that is locked or cannot be opened. The account
	// and what the server has of it stay; the server is asked to forget the device
	// if it can be reached. A group that is hosted here fails with FailHosting: its
	// data is the group. Afterwards the core is at PhaseWelcome.
	DeleteLocal(ctx context.Context) error
}

// Storage is what a profile takes on the disk, in bytes.
type Storage struct {
	Folder   string // of the profile
	Messages int64  // the database of the open group
	Files    int64  // pictures and other files of the open group
	Aside    int64  // databases that were put aside, damaged or outdated
	Server   int64  // of the group hosted here
	All      int64  // everything in the folder
}

// SeqAt implements Commands. The log is in the order of its sequence, and server
// times nearly are: a server's clock that was set back leaves some that are
// smaller than the one before. The search halves the log as if they were in order,
// and then looks back over seqSlack rows for one that is late enough; where the
// clock was set back further, the place found is the later one.
func (a *App) SeqAt(ctx context.Context, id chat.RoomID, at time.Time) (chat.Seq, error) {
	s := a.shot.Load()
	r := s.room(id)
	if s.store == nil || r == nil {
		return 0, &Failed{Code: FailNoRoom}
	}
	seq, err := seqAt(func(q store.Query) ([]chat.Event, error) {
		w, err := s.store.Messages(ctx, id, q)
		return w.Events, err
	}, r.view.Head, at.UnixMilli())
	if err != nil {
		return 0, a.readFailed(err)
	}
	return seq, nil
}

// seqSlack is how many rows a clock that was set back is looked for over.
const seqSlack = 64

// seqAt is SeqAt over a way to read rows.
func seqAt(read func(store.Query) ([]chat.Event, error), head chat.Seq, want int64) (chat.Seq, error) {
	low, high := chat.Seq(1), head+1 // the first row that is late enough is the first from low…high on
	for low < high {
		middle := low + (high-low)/2
		found, err := read(store.Query{Place: store.After, Seq: middle - 1, Limit: 1, Rows: true})
		switch {
		case err != nil:
			return 0, err
		case len(found) == 0 || found[0].Time >= want:
			high = middle
		default:
			low = found[0].Seq + 1
		}
	}
	before, err := read(store.Query{Place: store.Before, Seq: low, Limit: seqSlack, Rows: true})
	if err != nil {
		return 0, err
	}
	for i := range before {
		if before[i].Time >= want {
			return before[i].Seq, nil
		}
	}
	found, err := read(store.Query{Place: store.After, Seq: low - 1, Limit: 1, Rows: true})
	if err != nil || len(found) == 0 || found[0].Time < want {
		return 0, err
	}
	return found[0].Seq, nil
}

// Storage implements Commands.
func (a *App) Storage(ctx context.Context) (Storage, error) {
	type place struct {
		prof   *profile.Profile
		folder *profile.Group // nil: no group is open
	}
	at, err := ask(ctx, a, func() (place, error) {
		switch {
		case a.prof == nil:
			return place{}, &Failed{Code: FailStore, Problem: a.diskProblem(a.profErr)}
		case a.group == nil:
			return place{prof: a.prof}, nil
		}
		return place{a.prof, a.group.folder}, nil
	})
	if err != nil {
		return Storage{}, err
	}
	folder := at.folder
	u := Storage{Folder: at.prof.Dir()}
	if u.All, err = sizeOf(ctx, u.Folder); err == nil {
		u.Server, err = sizeOf(ctx, at.prof.ServerDir())
	}
	if err == nil && folder != nil {
		err = u.ofGroup(ctx, folder)
	}
	if err != nil {
		return Storage{}, storageFailed(a, err)
	}
	return u, nil
}

func (u *Storage) ofGroup(ctx context.Context, folder *profile.Group) (err error) {
	if u.Messages, err = sizeOf(ctx, folder.StorePath()); err != nil {
		return err
	}
	if u.Files, err = sizeOf(ctx, folder.FilesPath()); err != nil {
		return err
	}
	old, err := filepath.Glob(folder.StorePath() + ".*-*")
	for _, path := range old {
		n, e := sizeOf(ctx, path)
		u.Aside, err = u.Aside+n, errors.Join(err, e)
	}
	return err
}

func storageFailed(a *App, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Failed{Code: FailStore, Problem: a.diskProblem(err), Detail: err.Error(), Err: err}
}

// sizeOf adds up a file, or all files in a folder; 0 if there is none. Files that
// vanish meanwhile count nothing.
func sizeOf(ctx context.Context, path string) (sum int64, err error) {
	err = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return sum, err
}

// goodbye is how long the server may take to forget the device.
const goodbye = 3 * time.Second

// leaving is a group whose local data goes.
type leaving struct {
	id     string
	device chat.DeviceID // zero if no group is open
}

// DeleteLocal implements Commands.
func (a *App) DeleteLocal(ctx context.Context) error {
	l, err := ask(ctx, a, a.mayDelete)
	if err != nil {
		return err
	}
	if !l.device.IsZero() {
		// The session's end may come before its answer: either way it is done.
		bye, cancel := context.WithTimeout(ctx, goodbye)
		err = a.RemoveDevice(bye, l.device)
		cancel()
		if err != nil {
			a.log.Info("the server did not say that it forgot this device", "err", err)
		}
	}
	// From the closing on there is no way back, so the answer is waited for.
	l, err = ask(context.WithoutCancel(ctx), a, func() (leaving, error) {
		if ctx.Err() != nil {
			return l, ctx.Err()
		}
		l, err := a.mayDelete()
		if err == nil {
			a.opening, a.locked = true, nil
			a.closeGroupLogged()
		}
		return l, err
	})
	if err != nil {
		return err
	}
	return a.settleWelcome(ctx, func(ctx context.Context) error { return a.erase(ctx, l) })
}

// mayDelete returns what DeleteLocal removes, if it may go. Called by the loop.
func (a *App) mayDelete() (leaving, error) {
	hosted := false
	var l leaving
	switch {
	case a.opening || a.enrolled:
	case a.group != nil:
		l = leaving{a.group.folder.ID(), a.group.owner.Device}
		hosted = a.group.hosted != nil || a.group.account.Hosted
	case a.locked != nil && a.locked.folder != nil:
		l.id, hosted = a.locked.folder.ID(), a.locked.folder.Account().Hosted
	case a.phase == PhaseFailed:
		l.id = a.o.Group // its account.json cannot be read
	}
	switch {
	case l.id == "":
		return l, &Failed{Code: FailBadValue, Detail: "no group is open"}
	case hosted:
		return l, &Failed{Code: FailHosting, Detail: "this group lives on this machine"}
	}
	return l, nil
}

// settleWelcome removes what was closed and opens what else the profile has.
func (a *App) settleWelcome(ctx context.Context, remove func(context.Context) error) error {
	removed := make(chan error, 1)
	err := a.settle(ctx, func(ctx context.Context) opened {
		err := remove(ctx)
		if err != nil {
			a.log.Error("not everything of the group was removed", "err", err)
		}
		removed <- err
		return a.openProfile(ctx)
	})
	var failed *Failed
	if errors.As(err, &failed) && failed.Code == FailInternal { // PhaseWelcome: as it should be
		err = nil
	}
	if err == nil {
		if err = <-removed; err != nil {
			return storageFailed(a, err)
		}
	}
	return err
}
