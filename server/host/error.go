package host

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"hearth/server/storage"
)

// Error is a reason why a server does not start, in words for the person who
// starts it.
type Error struct {
	Text string
	Err  error // may be nil
}

// Error implements error.
func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func personal(err error, format string, args ...any) error {
	return &Error{Text: fmt.Sprintf(format, args...), Err: err}
}

// storeError words what opening the data met.
func storeError(err error, dir string) error {
	switch {
	case errors.Is(err, storage.ErrInUse):
		return personal(err, "a server is running on %s already; stop it first, or choose another folder with --data", dir)
	case errors.Is(err, storage.ErrDamaged):
		return personal(err, "the data in %s is damaged and was left as it is: put a backup back, or choose another folder with --data", dir)
	case errors.Is(err, storage.ErrNewer):
		return personal(err, "the data in %s was written by a newer Hearth; use that version", dir)
	case errors.Is(err, storage.ErrNoSpace), errors.Is(err, syscall.ENOSPC):
		return personal(err, "the disk that holds %s is full", dir)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return personal(err, "the folder %s cannot be written; choose another with --data, or change its owner", dir)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return personal(err, "%s is not a folder; choose another with --data", dir)
	}
	return personal(err, "the data in %s cannot be opened: %v", dir, err)
}

// listenError words what binding an address met.
func listenError(err error, addr string) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return personal(err, "%s is in use by another program; stop that one, or choose another port with --listen", addr)
	case errors.Is(err, syscall.EACCES), errors.Is(err, fs.ErrPermission):
		return personal(err, "this user may not listen on %s; ports below 1024 need more rights, choose another with --listen", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return personal(err, "%s is no address of this machine; see --listen", addr)
	}
	return personal(err, "cannot listen on %s: %v", addr, err)
}
