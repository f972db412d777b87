//go:build unix

package app

import (
	"syscall"
	"time"
)

// cpuTime is the processor time this process has used, in all and outside the
// system's calls, which for a store are mostly the disk's.
func cpuTime() (all, own time.Duration) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), time.Duration(u.Utime.Nano())
}
