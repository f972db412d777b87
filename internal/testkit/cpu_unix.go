//go:build unix

package testkit

import (
	"syscall"
	"time"
)

// CPUTime is the processor time that this process has used: what computing takes, whatever
// else the machine does. 0 where it is not measured.
func CPUTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
