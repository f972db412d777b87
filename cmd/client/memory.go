package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"
)

const (
	// heapGrowth is by how many percent the heap may grow before it is swept. Most of
	// a window's heap are fonts, which never change and cost a sweep nothing: with
	// the usual 100 as much again would be kept free for nothing.
	heapGrowth = 40
	// tidyAfter is when what only the start needed has been let go.
	tidyAfter = 8 * time.Second
	// trimEvery is how often the heap of C is given back as far as it is free: that
	// takes a millisecond or two.
	trimEvery = time.Minute
)

// frugal keeps the heaps small, unless the environment says otherwise.
func frugal() {
	strictMalloc()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}

// tidy gives what the start needed back to the system, once it is over, and what
// pictures and windows needed for a while from time to time.
func tidy(ctx context.Context) {
	t := time.NewTimer(tidyAfter)
	defer t.Stop()
	select {
	case <-t.C:
		debug.FreeOSMemory()
	case <-ctx.Done():
		return
	}
	every := time.NewTicker(trimEvery)
	defer every.Stop()
	for {
		trimMalloc()
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}
