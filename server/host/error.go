package host

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"

	"hearth/server/storage"
)

// Kind says of which sort a reason is, for exit codes and for programs that
// start a server by themselves.
type Kind string

// Kinds of reasons.
const (
	KindOther    Kind = ""         // nothing of the below
	KindRequest  Kind = "request"  // what was asked for contradicts the limits or the configuration
	KindFolder   Kind = "folder"   // the data folder cannot be made or written
	KindInUse    Kind = "in_use"   // another process has the data
	KindDamaged  Kind = "damaged"  // the data, or the backup, is not what was written
	KindNewer    Kind = "newer"    // the data was written by a newer version
	KindSpace    Kind = "space"    // the disk is full
	KindAddress  Kind = "address"  // an address cannot be listened on
	KindIdentity Kind = "identity" // the identity is missing, unreadable or another server's
	KindCert     Kind = "cert"     // the certificate given for the server, or its key, cannot be used
	KindStopped  Kind = "stopped"  // the server served and could not go on
	KindAbsent   Kind = "absent"   // there is no server in the folder, or no such file
)

// Error is a reason why a server does not start, in words for the person who
// starts it.
type Error struct {
	Kind Kind
	Text string
	Err  error // may be nil
}

// Error implements error.
func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func personal(kind Kind, err error, format string, args ...any) error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...), Err: err}
}

// storeError words what opening or writing the data met.
func storeError(err error, dir string) error {
	var at *fs.PathError
	switch {
	case err == nil, errors.As(err, new(*Error)):
		return err
	case errors.Is(err, storage.ErrInUse):
		return personal(KindInUse, err, "a server is running on %s already; stop it first, or choose another folder with --data", dir)
	case errors.Is(err, storage.ErrDamaged):
		return personal(KindDamaged, err, "the data in %s is damaged and was left as it is: put a backup back, or choose another folder with --data", dir)
	case errors.Is(err, storage.ErrNewer):
		return personal(KindNewer, err, "the data in %s was written by a newer Hearth; use that version", dir)
	case errors.Is(err, storage.ErrNoSpace), errors.Is(err, syscall.ENOSPC):
		return personal(KindSpace, err, "the disk that holds %s is full", dir)
	case errors.As(err, &at) && errors.Is(err, fs.ErrPermission) && at.Path != dir && isThere(at.Path):
		return personal(KindFolder, err, "%s cannot be read or written by this user; change its owner or its permissions", at.Path)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return personal(KindFolder, err, "the folder %s cannot be written; choose another with --data, or change its owner", dir)
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return personal(KindFolder, err, "%s is not a folder; choose another with --data", dir)
	}
	return personal(KindOther, err, "the data in %s cannot be opened: %v", dir, err)
}

// madeError words why there is no data folder.
func madeError(err error, dir string) error {
	worded := storeError(err, dir)
	var known *Error
	if errors.As(worded, &known) && known.Kind == KindOther {
		return personal(KindFolder, err, "the folder %s cannot be made: %v", dir, err)
	}
	return worded
}

// isThere reports whether something has that path.
func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// listenError words what binding an address met, which setting is about.
func listenError(err error, addr, setting string) error {
	switch {
	case malformed(addr):
		return personal(KindRequest, err, "%q is no address to listen on (%s): host:port is, or :port", addr, setting)
	case errors.Is(err, syscall.EADDRINUSE):
		return personal(KindAddress, err, "%s is in use by another program; stop that one, or choose another port with %s", addr, setting)
	case errors.Is(err, syscall.EACCES), errors.Is(err, fs.ErrPermission):
		return personal(KindAddress, err, "this user may not listen on %s; ports below 1024 need more rights, choose another with %s", addr, setting)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return personal(KindAddress, err, "%s is no address of this machine; see %s", addr, setting)
	}
	return personal(KindAddress, err, "cannot listen on %s (%s): %v", addr, setting, err)
}

// malformed reports whether an address can be one on no machine. A name that is not
// known may be known later.
func malformed(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return true
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err != nil
}
