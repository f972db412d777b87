package boltkit

import (
	"os"
	"strconv"
	"syscall"
)

// yieldNice is how far behind others a task stands that nobody waits for.
const yieldNice = 10

// beNice lets others have the processor first. Priorities belong to threads here,
// and new ones inherit; threads that are started meanwhile by chance do not matter.
func beNice() {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, yieldNice)
		}
	}
}
