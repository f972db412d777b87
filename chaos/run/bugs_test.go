//go:build unix

package run

import (
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
		if !have[bug] {
			t.Errorf("%s has no trial", bug)
		}
	}
	if len(fault.Bugs) < 20 {
		t.Errorf("only %d bugs are planted", len(fault.Bugs))
	}
}
