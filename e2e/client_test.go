//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestClientKilled kills the sending client at random, again and again. What of
// its lines had reached the outbox is sent by the next start, once and in order;
// nothing is sent twice and nothing is skipped.
func TestClientKilled(t *testing.T) {
	const runs, lines = 12, 400
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HEARTH_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("HEARTH_SEED=%d", seed)
	dice := rand.New(rand.NewPCG(seed, 2))
	server := newServer(t, fastConfig)
	server.start(true)
	ana, ben := newCLI(t), newCLI(t)
	ana.must("", "join", server.invite, "--name", "ana", "--password-file", ana.pass)
	ben.must("", "join", strings.TrimSpace(ana.must("", "invite")), "--name", "ben", "--password-file", ben.pass)
	run := 0
	kill := func(pause time.Duration) {
		var in strings.Builder
		for i := range lines {
			fmt.Fprintf(&in, "run %d line %d\n", run, i)
		}
		run++
		cmd := ana.command(t.Context(), "send", "general", "-")
		cmd.Stdin = strings.NewReader(in.String())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pause)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	for range runs {
		kill(time.Duration(150+dice.IntN(900)) * time.Millisecond)
	}
	ours, next := settled(t, ana, ben)
	// This machine may be so slow or so fast that no kill hit a client that was
	// sending: then the time is looked for at which one does.
	hit := func(n int) bool { return n > 0 && n < lines }
	for pause := time.Second; !slices.ContainsFunc(slices.Collect(maps.Values(next)), hit); {
		if run == 10*runs {
			t.Fatalf("no kill hit a client that was sending: %v", next)
		}
		kill(pause)
		if ours, next = settled(t, ana, ben); next[run-1] == 0 {
			pause = pause * 4 / 3
		} else {
			pause = pause * 3 / 4
		}
	}
	t.Logf("of each of %d runs, so many of %d lines had reached the outbox: %v", run, lines, next)
	if last := ours[len(ours)-1]; last.Text != "the end" {
		t.Errorf("the last message is %q", last.Text)
	}
}

// settled has what waits sent, compares both disks, and returns the events and how many
// lines of each run are among them: all up to one.
func settled(t *testing.T, ana, ben *cli) ([]event, map[int]int) {
	t.Helper()
	ana.must("", "send", "general", "the end")
	ours, theirs := caughtUp(t, ana), caughtUp(t, ben)
	if d := cmp.Diff(stripState(ours), stripState(theirs)); d != "" {
		t.Fatalf("the two disks differ (-ana +ben):\n%s", tail(d, 4000))
	}
	next := map[int]int{}
	for _, e := range ours {
		var run, line int
		if n, _ := fmt.Sscanf(e.Text, "run %d line %d", &run, &line); n != 2 {
			continue
		}
		if line != next[run] {
			t.Fatalf("sequence %d: run %d line %d, want line %d", e.Seq, run, line, next[run])
		}
		next[run]++
	}
	return ours, next
}
