package testkit

import (
	"fmt"
	"testing"
	"time"
)

// longest is how long Eventually waits before it takes something to be stuck. How fast
// things must be is for other checks.
const longest = 2 * time.Minute

// Eventually polls until ok. Where that does not come it fails the test and says what
// goes on, which is all that one learns of a failure on another machine.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	eventually(t, what, longest, ok)
}

func eventually(t testing.TB, what string, most time.Duration, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); !ok(); <-tick.C {
		waited := time.Since(begin)
		if waited <= most {
			continue
		}
		clock := ""
		if set := (time.Now().Round(0).Sub(begin.Round(0)) - waited).Round(time.Second); set != 0 {
			clock = fmt.Sprintf("The wall clock was set by %v meanwhile.\n", set)
		}
		t.Fatalf("%s did not come within %v.\n%sWhat goes on:\n%s", what, most, clock, GoesOn())
	}
}
