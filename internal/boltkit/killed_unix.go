//go:build unix

package boltkit

import "syscall"

// killedStatus reports whether a process was ended from outside. A fault on a
// page ends a Go process by exit code 2, so no other signal is ours.
func killedStatus(s syscall.WaitStatus) bool {
	return s.Signaled() && (s.Signal() == syscall.SIGKILL || s.Signal() == syscall.SIGTERM || s.Signal() == syscall.SIGINT)
}
