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

// diskBytes is the size of the small disk.
const (
	diskBytes = 96 << 20
)

// FullDisk lets a server's disk run full while people talk, and frees it again.
// It needs the right to mount; without it the result is not played.
func FullDisk(ctx context.Context, programs Programs, dir string, times int, tally *Tally) (found []check.Violation, played bool) {
	mount := filepath.Join(dir, "disk")
	if err := os.MkdirAll(mount, 0o700); err != nil {
		return notStarted(err), true
	}
	if err := syscall.Mount("tmpfs", mount, "tmpfs", 0, fmt.Sprintf("size=%d", diskBytes)); err != nil {
		return nil, false
	}
	defer func() { _ = syscall.Unmount(mount, syscall.MNT_DETACH) }()
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
	f, err := os.Create(path) //nolint:gosec // our own folder
	if err != nil {
		return err
	}
	block := make([]byte, 64<<10)
	for err == nil {
		_, err = f.Write(block)
	}
	if err = errors.Join(f.Close(), ignore(err, syscall.ENOSPC)); err != nil {
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

// ignore returns nil for an expected error.
func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}
