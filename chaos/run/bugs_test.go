//go:build unix

package run

import (
	"slices"
	"testing"

	"hearth/internal/fault"
)

// TestEveryBugHasATrial: a bug nobody tries to catch proves nothing.
func TestEveryBugHasATrial(t *testing.T) {
	have := map[fault.Planted]bool{}
	for _, trial := range Trials {
		have[trial.Bug] = true
	}
	for _, bug := range fault.Bugs {
		if have[bug] == slices.Contains(fault.Simulated, bug) {
			t.Errorf("%s has no trial, or one and the simulation alone is to catch it", bug)
		}
	}
	if len(fault.Bugs) < 20 {
		t.Errorf("only %d bugs are planted", len(fault.Bugs))
	}
}

// TestTooLittle: a programme in which hardly anything happened is no success.
func TestTooLittle(t *testing.T) {
	size, tally := Size{LeastKills: 2, LeastMessages: 10}, NewTally()
	tally.killed("somewhere")
	if found := tooLittle(size, tally); len(found) != 2 {
		t.Errorf("one kill and no message: %v", found)
	}
	tally.killed("somewhere")
	tally.add(10, 0)
	if found := tooLittle(size, tally); len(found) != 0 {
		t.Errorf("enough of both: %v", found)
	}
}
