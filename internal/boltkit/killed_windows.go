package boltkit

import "syscall"

// killedStatus reports whether a process was ended from outside: by
// TerminateProcess with 1, which is no code of the Go runtime's crashes.
func killedStatus(s syscall.WaitStatus) bool { return s.ExitCode == 1 }
