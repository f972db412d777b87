package cputime

import (
	"syscall"
	"time"
)

func used() (user, system time.Duration) {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, 0
	}
	var made, ended, kernel, own syscall.Filetime
	if syscall.GetProcessTimes(self, &made, &ended, &kernel, &own) != nil {
		return 0, 0
	}
	return length(own), length(kernel)
}

// length reads a length of time, which Windows counts in steps of 100 ns.
func length(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
