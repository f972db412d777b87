package boltkit

import (
	"syscall"
	"time"
)

// cpuTime is the processor time that this process has used.
func cpuTime() time.Duration {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0
	}
	var made, ended, system, own syscall.Filetime
	if syscall.GetProcessTimes(self, &made, &ended, &system, &own) != nil {
		return 0
	}
	return spent(system) + spent(own)
}

// spent reads a length of time, which Windows counts in steps of 100 ns.
func spent(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
