//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
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
	for run := range runs {
		var in strings.Builder
		for i := range lines {
			fmt.Fprintf(&in, "run %d line %d\n", run, i)
		}
		cmd := ana.command(t.Context(), "send", "general", "-")
		cmd.Stdin = strings.NewReader(in.String())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(150+dice.IntN(900)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	ana.must("", "send", "general", "the end")
	ours, theirs := caughtUp(t, ana), caughtUp(t, ben)
	if d := cmp.Diff(stripState(ours), stripState(theirs)); d != "" {
		t.Fatalf("the two disks differ (-ana +ben):\n%s", tail(d, 4000))
	}
	next, sent := map[int]int{}, 0
	for _, e := range ours {
		var run, line int
		if n, _ := fmt.Sscanf(e.Text, "run %d line %d", &run, &line); n != 2 {
			continue
		}
		if line != next[run] {
			t.Fatalf("sequence %d: run %d line %d, want line %d", e.Seq, run, line, next[run])
		}
		next[run]++
		sent++
	}
	t.Logf("%d of %d lines had reached the outbox: %v", sent, runs*lines, next)
	if sent == 0 || sent == runs*lines {
		t.Error("no kill hit a client that was sending")
	}
	if last := ours[len(ours)-1]; last.Text != "the end" {
		t.Errorf("the last message is %q", last.Text)
	}
}
