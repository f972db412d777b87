//go:build !chaos

package fault

import "time"

// Enabled reports whether this is a build of the fault programme.
const Enabled = false

// Point is a place at which the program can be killed: not in this build.
func Point(Place) {}

// Bug reports whether a bug is switched on: not in this build.
func Bug(Planted) bool { return false }

// Every reports each n-th passing while an injector is on: not in this build.
func Every(Planted, int) bool { return false }

// Clock returns the wall clock's reading as this program shall see it.
func Clock(t time.Time) time.Time { return t }

// Wait returns how long to wait where the programme is in a hurry.
func Wait(d time.Duration) time.Duration { return d }

// Day returns how long a day is where the server counts how long it keeps messages.
func Day(d time.Duration) time.Duration { return d }
