//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hearth/chaos/check"
)

// Sizes of the small disks: the server's, and a client's.
const (
	diskBytes       = 96 << 20
	clientDiskBytes = 32 << 20
)

// space is a folder whose space can be taken away and given back: a small disk in
// memory or, without the right to mount one, any folder and a limit for the size of
// files, which systems report in the same places.
type space struct {
	folder  string
	mounted bool
}

// smallSpace makes a folder of so many bytes.
func smallSpace(dir, name string, bytes int) (*space, error) {
	s := &space{folder: filepath.Join(dir, name)}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return nil, err
	}
	s.mounted = syscall.Mount("tmpfs", s.folder, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)) == nil
	return s, nil
}

func (s *space) ballast() string { return filepath.Join(s.folder, "ballast") }

// fill takes all space, of the program p where there is no disk of its own. Below the
// limit lie the first pages of a database, so that hardly a commit succeeds.
func (s *space) fill(p *process) error {
	if s.mounted {
		return ballast(s.ballast())
	}
	return unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 16 << 10, Max: unix.RLIM_INFINITY}, nil)
}

// empty gives it back. A program that has been killed has nothing to be given.
func (s *space) empty(p *process) error {
	if s.mounted {
		return os.Remove(s.ballast())
	}
	err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}, nil)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

// how names it for the table.
func (s *space) how() string {
	if s.mounted {
		return ""
	}
	return " (by a file-size limit)"
}

func (s *space) close() {
	if s.mounted {
		_ = syscall.Unmount(s.folder, syscall.MNT_DETACH)
	}
}

// ballast takes all space that is left.
func ballast(path string) error {
	f, err := os.Create(path) //nolint:gosec // our own folder
	if err != nil {
		return err
	}
	for _, n := range []int{64 << 10, 4 << 10, 1} {
		block := make([]byte, n)
		for err == nil {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			break
		}
		err = nil
	}
	return errors.Join(f.Close(), err)
}

// FullDisk lets a server's disk run full while people talk, and frees it again.
func FullDisk(ctx context.Context, programs Programs, dir string, times int, tally *Tally) (found []check.Violation, played bool) {
	disk, err := smallSpace(dir, "disk", diskBytes)
	if err != nil {
		return notStarted(err), true
	}
	defer disk.close()
	w, err := newWorld(ctx, programs, filepath.Join(dir, "full"), "full", tally, setup{names: names[:2], data: filepath.Join(disk.folder, "data"), tolerate: true})
	if err != nil {
		return notStarted(err), true
	}
	defer w.close()
	for _, c := range w.clients {
		if err := c.start(); err != nil {
			return notStarted(err), true
		}
	}
	for range times {
		if err := w.allType(ctx, 200); err != nil {
			w.broken("disk", err)
			break
		}
		if err := w.fill(ctx, disk, tally); err != nil {
			w.broken("disk", err)
			break
		}
	}
	return w.finish(ctx), true
}

// fill takes all space, has people type, and gives it back: nothing is lost, and
// everything goes on without a restart.
func (w *world) fill(ctx context.Context, disk *space, tally *Tally) error {
	if err := disk.fill(w.server.running()); err != nil {
		return err
	}
	tally.fault("the server's disk is full" + disk.how())
	goal, stood := w.press(ctx, w.clients, func(still time.Duration) bool { return still > 3*time.Second })
	if !stood {
		return fmt.Errorf("the server goes on taking messages when its disk is full\n%s", w.server.log)
	}
	if over(w.server.running()) {
		return fmt.Errorf("the server ended when its disk was full\n%s", w.server.log)
	}
	if err := disk.empty(w.server.running()); err != nil {
		return err
	}
	if !w.reach(ctx, goal) {
		return errors.New("sending did not go on after there was space again")
	}
	return nil
}

// press has everybody type until there is enough. There may be room for a while within
// the files of a disk that is full: people go on as long as these get on, and enough is
// told for how long they have not. It returns how far each typed, and whether there was
// enough within two minutes.
func (w *world) press(ctx context.Context, these []*client, enough func(still time.Duration) bool) (goal map[*client]int, ok bool) {
	goal = map[*client]int{}
	last, at := map[*client]int{}, time.Now()
	ok = until(ctx, 2*time.Minute, func() bool {
		for _, c := range these {
			if _, shown := c.progress(); shown > last[c] {
				last[c], at = shown, time.Now()
			}
		}
		for _, c := range w.clients {
			if typed, shown := c.progress(); goal[c] == 0 || shown >= goal[c] {
				goal[c] = typed + 1000
				c.aim(goal[c])
			}
		}
		return enough(time.Since(at))
	})
	return goal, ok
}

// reach waits until everybody has seen so many of their messages.
func (w *world) reach(ctx context.Context, goal map[*client]int) bool {
	return until(ctx, 60*time.Second, func() bool {
		for c, n := range goal {
			if _, shown := c.progress(); shown < n {
				return false
			}
		}
		return true
	})
}

// ClientFullDisk lets a client's disk run full while people talk, and frees it
// again; every other time the client is killed meanwhile.
func ClientFullDisk(ctx context.Context, programs Programs, dir string, times int, tally *Tally) (found []check.Violation, played bool) {
	disk, err := smallSpace(dir, "client-disk", clientDiskBytes)
	if err != nil {
		return notStarted(err), true
	}
	defer disk.close()
	small := names[1]
	w, err := newWorld(ctx, programs, filepath.Join(dir, "client-full"), "client-full", tally,
		setup{names: names[:2], homes: map[string]string{small: filepath.Join(disk.folder, small)}})
	if err != nil {
		return notStarted(err), true
	}
	defer w.close()
	for _, c := range w.clients {
		if err := c.start(); err != nil {
			return notStarted(err), true
		}
	}
	for n := range times {
		err := w.allType(ctx, 200)
		if err == nil {
			err = w.fillClient(ctx, w.clients[1], disk, n%2 == 1)
		}
		if err != nil {
			w.broken("client's disk", err)
			break
		}
	}
	return w.finish(ctx), true
}

// fillClient takes all space of a client's disk, has people type, and gives it back:
// the program says what it waits for, nothing is lost, and it goes on by itself.
func (w *world) fillClient(ctx context.Context, c *client, disk *space, kill bool) error {
	p := c.running()
	began := time.Now() // the program may say it, once, before the last byte is taken
	if err := disk.fill(p); err != nil {
		return err
	}
	w.tally.fault("a client's disk is full" + disk.how())
	said := func() bool { return c.saidFull().After(began) }
	goal, _ := w.press(ctx, []*client{c}, func(still time.Duration) bool {
		return said() || over(c.running()) || still > 20*time.Second
	})
	switch {
	case over(c.running()):
		return fmt.Errorf("%s ended when its disk was full\n%s", c.name, c.log)
	case !said():
		return fmt.Errorf("%s does not say that its disk is full\n%s", c.name, c.log)
	}
	if err := pause(ctx, 3*time.Second); err != nil {
		return err
	}
	if kill {
		c.running().kill()
		w.tally.killed("client: while its disk is full")
	}
	if err := disk.empty(p); err != nil {
		return err
	}
	if kill {
		found, err := c.buried(ctx)
		w.add(found...)
		if err = errors.Join(err, c.start()); err != nil {
			return err
		}
	}
	if !w.reach(ctx, goal) {
		return fmt.Errorf("it did not go on after there was space again\n%s", c.log)
	}
	return nil
}
