package main

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// errNoDisplay is for a person who starts the window on a machine without one.
var errNoDisplay = errors.New("no display: neither DISPLAY nor WAYLAND_DISPLAY leads to one. On a machine without a screen try: xvfb-run hearth (in the source tree: xvfb-run make run)")

// checkDisplay reports that no window can be opened, before the toolkit aborts.
func checkDisplay() error {
	if os.Getenv("WAYLAND_DISPLAY") != "" {
		return nil
	}
	display := os.Getenv("DISPLAY")
	number, local := strings.CutPrefix(display, ":")
	if display == "" {
		return errNoDisplay
	}
	if !local {
		return nil // another machine's: only trying tells
	}
	number, _, _ = strings.Cut(number, ".")
	for _, path := range []string{"/tmp/.X11-unix/X" + number, "@/tmp/.X11-unix/X" + number} {
		if c, err := net.DialTimeout("unix", path, 2*time.Second); err == nil {
			_ = c.Close() // it was there, which is all we wanted to know
			return nil
		}
	}
	return errNoDisplay
}

// noCoreDumps keeps keys and messages out of core files.
func noCoreDumps() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) // where it is not allowed there is nothing to do
}
