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

	"hearth/chaos/check"
)

// Sizes of the small disks: the server's, and a client's.
const (
	diskBytes       = 96 << 20
	clientDiskBytes = 32 << 20
)

// smallDisk mounts a disk of so many bytes; free takes it away. Without the right to
// mount nothing is played.
func smallDisk(dir, name string, bytes int) (mount string, free func(), played bool, err error) {
	mount = filepath.Join(dir, name)
	if err := os.MkdirAll(mount, 0o700); err != nil {
		return "", nil, true, err
	}
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		return "", nil, false, nil //nolint:nilerr // the answer says so
	}
	return mount, func() { _ = syscall.Unmount(mount, syscall.MNT_DETACH) }, true, nil
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
// It needs the right to mount; without it the result is not played.
func FullDisk(ctx context.Context, programs Programs, dir string, times int, tally *Tally) (found []check.Violation, played bool) {
	mount, free, played, err := smallDisk(dir, "disk", diskBytes)
	if err != nil || !played {
		return notStarted(err), played
	}
	defer free()
	w, err := newWorld(ctx, programs, filepath.Join(dir, "full"), "full", tally, setup{names: names[:2], data: filepath.Join(mount, "data"), tolerate: true})
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
		if err := w.fill(ctx, filepath.Join(mount, "ballast"), tally); err != nil {
			w.broken("disk", err)
			break
		}
	}
	return w.finish(ctx), true
}

// fill takes all space, has people type, and gives it back: nothing is lost, and
// everything goes on without a restart.
func (w *world) fill(ctx context.Context, path string, tally *Tally) error {
	if err := ballast(path); err != nil {
		return err
	}
	tally.fault("the server's disk is full")
	goal := map[*client]int{}
	for _, c := range w.clients {
		typed, _ := c.progress()
		goal[c] = typed + 1000
		c.aim(typed + 1000)
	}
	if err := pause(ctx, 3*time.Second); err != nil {
		return err
	}
	if over(w.server.running()) {
		return fmt.Errorf("the server ended when its disk was full\n%s", w.server.log)
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	ok := until(ctx, 60*time.Second, func() bool {
		for c, n := range goal {
			if _, shown := c.progress(); shown < n {
				return false
			}
		}
		return true
	})
	if !ok {
		return errors.New("sending did not go on after there was space again")
	}
	return nil
}

// ClientFullDisk lets a client's disk run full while people talk, and frees it
// again; every other time the client is killed meanwhile.
func ClientFullDisk(ctx context.Context, programs Programs, dir string, times int, tally *Tally) (found []check.Violation, played bool) {
	mount, free, played, err := smallDisk(dir, "client-disk", clientDiskBytes)
	if err != nil || !played {
		return notStarted(err), played
	}
	defer free()
	small := names[1]
	w, err := newWorld(ctx, programs, filepath.Join(dir, "client-full"), "client-full", tally,
		setup{names: names[:2], homes: map[string]string{small: filepath.Join(mount, small)}})
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
			err = w.fillClient(ctx, w.clients[1], filepath.Join(mount, "ballast"), n%2 == 1)
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
func (w *world) fillClient(ctx context.Context, c *client, path string, kill bool) error {
	if err := ballast(path); err != nil {
		return err
	}
	w.tally.fault("a client's disk is full")
	began := time.Now()
	goal := map[*client]int{}
	for _, c := range w.clients {
		typed, _ := c.progress()
		goal[c] = typed + 1000
		c.aim(goal[c])
	}
	said := until(ctx, 20*time.Second, func() bool { return c.log.when(markFull).After(began) || over(c.running()) })
	switch {
	case over(c.running()):
		return fmt.Errorf("%s ended when its disk was full\n%s", c.name, c.log)
	case !said:
		return fmt.Errorf("%s does not say that its disk is full\n%s", c.name, c.log)
	}
	if err := pause(ctx, 3*time.Second); err != nil {
		return err
	}
	if kill {
		c.running().kill()
		w.tally.killed("client: while its disk is full")
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	if kill {
		found, err := c.buried(ctx)
		w.add(found...)
		if err = errors.Join(err, c.start()); err != nil {
			return err
		}
	}
	ok := until(ctx, 60*time.Second, func() bool {
		for c, n := range goal {
			if _, shown := c.progress(); shown < n {
				return false
			}
		}
		return true
	})
	if !ok {
		return fmt.Errorf("it did not go on after there was space again\n%s", c.log)
	}
	return nil
}
