//go:build e2e && unix

package run

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth/internal/fault"
)

// TestSlice plays a small part of the fault programme, so that nobody breaks it
// unseen: one world of kills and bad networks, an older backup, a full disk.
func TestSlice(t *testing.T) {
	t.Parallel() // it mostly waits for what it has killed
	dir := t.TempDir()
	programs, err := Build(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	tally := NewTally()
	Programme(t.Context(), programs, dir, seed, Sizes["slice"], tally, func(line string) { t.Log(line) })
	var table strings.Builder
	tally.Print(&table)
	t.Log("\n" + table.String())
	if found := tally.Violations(); len(found) > 0 {
		t.Errorf("%d violations, see above", len(found))
	}
	if tally.Kills() < Sizes["slice"].Kills || tally.Messages() == 0 {
		t.Errorf("%d kills and %d messages are too few to mean anything", tally.Kills(), tally.Messages())
	}
}

// TestTrialsCatch shows that three of the programme's checks can fail; make chaos
// shows it of all.
func TestTrialsCatch(t *testing.T) {
	t.Parallel() // it mostly waits for what it has killed
	dir := t.TempDir()
	programs, err := Build(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, bug := range []fault.Planted{fault.ContentNotBound, fault.RefusedEntryDropped, fault.OutboxRemovedOnSend} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		failed := RunTrials(ctx, programs, dir, string(bug), 1, 1, func(c Caught) {
			t.Logf("%s: caught by %q (%s); without it %v", c.Bug, c.By, c.Example, c.False)
		})
		cancel()
		if failed > 0 {
			t.Errorf("%s was not caught, or something else was", bug)
		}
	}
}
