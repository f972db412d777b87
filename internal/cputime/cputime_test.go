package cputime_test

import (
	"testing"
	"time"

	"hearth/internal/cputime"
)

// TestAll measures work and rest: work is counted, sleep is not.
func TestAll(t *testing.T) {
	all, user := cputime.All(), cputime.User()
	for began := time.Now(); cputime.User()-user < 50*time.Millisecond; {
		if time.Since(began) > time.Minute {
			t.Fatal("a minute of work took no time")
		}
	}
	if used := cputime.All() - all; used < 50*time.Millisecond {
		t.Errorf("%v of all, of it 50 ms or more in user mode", used)
	}
	all = cputime.All()
	<-time.After(300 * time.Millisecond)
	if used := cputime.All() - all; used > 200*time.Millisecond {
		t.Errorf("rest used %v", used)
	}
}
