//go:build unix

package host

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"hearth/server/storage"
)

// lockData holds the data against every server, also data that are too damaged
// to be opened. It is the lock that bbolt takes.
func lockData(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = storage.ErrInUse
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}

// held reports whether another process has the data. It asks for a shared lock, and only
// for a moment. Where that cannot be told it says yes: whoever asks tries then.
func held(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil
}
