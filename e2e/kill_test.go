//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestServerKilled sends 2,000 messages each way between two profiles while the
// server is killed ten times at random. Every message must be exactly once on
// both disks, in one order, with one chain. HEARTH_SEED repeats a run.
func TestServerKilled(t *testing.T) {
	const messages, kills = 2000, 10
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HEARTH_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("HEARTH_SEED=%d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))

	server := newServer(t, fastConfig)
	server.start(true)
	ana, ben := newCLI(t), newCLI(t)
	ana.must("", "join", server.invite, "--name", "ana", "--password-file", ana.pass)
	invite := strings.TrimSpace(ana.must("", "invite"))
	ben.must("", "join", invite, "--name", "ben", "--password-file", ben.pass)

	finished := make(chan error, 2)
	for _, who := range []struct {
		c    *cli
		name string
	}{{ana, "ana"}, {ben, "ben"}} {
		who.c.timeout = "4m"
		go func() { finished <- talk(t.Context(), who.c, who.name, messages) }()
	}

	open, killed := 2, 0
	for open > 0 {
		pause := time.Duration(100+dice.IntN(900)) * time.Millisecond
		if killed >= kills {
			pause = 5 * time.Minute
		}
		select {
		case err := <-finished:
			open--
			if err != nil {
				t.Error(err)
			}
		case <-time.After(pause):
			if killed >= kills {
				t.Fatal("the messages were not through five minutes after the last kill")
			}
			server.kill()
			killed++
			time.Sleep(time.Duration(dice.IntN(300)) * time.Millisecond)
			server.start(false)
		}
	}
	// A fast machine may be through before the tenth kill: the rest then hits a
	// server with all messages on disk, which must not lose them either.
	for ; killed < kills; killed++ {
		server.kill()
		server.start(false)
	}
	t.Logf("%d kills", killed)

	check(t, caughtUp(t, ana), caughtUp(t, ben), messages)
}

// talk sends numbered messages through one "send" process, which ends once the
// server has acknowledged all.
func talk(ctx context.Context, c *cli, name string, n int) error {
	return say(ctx, c, name, strings.NewReader(numbered(name, 0, n)))
}

// say sends the lines of r through one "send" process.
func say(ctx context.Context, c *cli, name string, r io.Reader) error {
	cmd := c.command(ctx, "send", "general", "-")
	cmd.Stdin = r
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, tail(string(out), 2000))
	}
	return nil
}

// numbered are the lines of somebody from one number up to another, without it.
func numbered(name string, from, to int) string {
	var lines strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&lines, "%s says %d\n", name, i)
	}
	return lines.String()
}

// caughtUp waits until a profile has all that the server has and reads it.
func caughtUp(t *testing.T, c *cli) []event {
	t.Helper()
	c.must("", "status", "--wait")
	return c.tail("general")
}

func check(t *testing.T, ana, ben []event, messages int) {
	t.Helper()
	if d := cmp.Diff(stripState(ana), stripState(ben)); d != "" {
		t.Fatalf("the two disks differ (-ana +ben):\n%s", tail(d, 4000))
	}
	next := map[string]int{}
	for i, e := range ana {
		if e.Seq != uint64(i+1) {
			t.Fatalf("event %d has sequence %d", i+1, e.Seq)
		}
		if e.Kind != "message" {
			continue
		}
		var name string
		var n int
		if _, err := fmt.Sscanf(e.Text, "%s says %d", &name, &n); err != nil {
			t.Fatalf("sequence %d: unexpected text %q", e.Seq, e.Text)
		}
		if n != next[name] {
			t.Fatalf("sequence %d: %s says %d, want %d", e.Seq, name, n, next[name])
		}
		next[name]++
	}
	if d := cmp.Diff(map[string]int{"ana": messages, "ben": messages}, next); d != "" {
		t.Fatalf("messages a sender (-want +have):\n%s", d)
	}
}

// stripState removes what only the sender's disk says.
func stripState(events []event) []event {
	out := make([]event, len(events))
	for i, e := range events {
		e.State = ""
		out[i] = e
	}
	return out
}
