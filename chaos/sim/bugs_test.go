//go:build chaos

package sim

import (
	"flag"
	"io"
	"slices"
	"strings"
	"testing"

	"hearth/internal/fault"
)

var (
	flagBug  = flag.String("sim.bug", "", "plant only this bug, or switch only this injector on")
	flagMost = flag.Int("sim.most", 150, "play at most so many seeds to catch a bug")
)

// elsewhere are the planted bugs that no run of right clients and a right server
// can show, with who catches them.
var elsewhere = map[fault.Planted]string{
	fault.AuthNonceFixed:         "a recorded proof must be played back: chaos/run",
	fault.ExporterNotBound:       "a recorded proof must be played back: chaos/run",
	fault.ContentNotBound:        "our clients never use an id for two contents: chaos/run asks so",
	fault.DuplicateAckWrong:      "our client goes by its own event, not by the place in the answer: chaos/run asks",
	fault.SubscribeAfterSnapshot: "a commit must fall between two statements of the server: chaos/run tries often enough",
	fault.AckRemovesEntry:        "the message is out of sight for a moment only: chaos/run stretches that",
	fault.VoidIgnored:            "no server of version 1 declares anything void: chaos/run asks the store",
	fault.CursorBeforeEvents:     "the power must fail between two commits of one call: chaos/run kills there",
	fault.EditAfterErase:         "our clients do not edit what was deleted: chaos/run asks so",
	fault.EraseBeforeCommit:      "whose deletion was answered and lost offers it again: chaos/run kills within the commit",
	fault.DeleteNotErased:        "clients erase by the event alone: chaos/run looks at the server's log",
	fault.DirectTwice:            "our clients know of the room: chaos/run asks so",
	fault.MarkerOverwritten:      "each device repeats its own position: chaos/run tells an older one",
	fault.UploadInMemory:         "nobody sends files here: chaos/run kills the server in the middle of one",
	fault.ClockOrdersOutbox:      "fake time never steps back: chaos/run with HEARTH_CLOCK",
}

// beside are the injectors that a bug needs in order to show: it sits in a part
// that survives what a right peer never does.
var beside = map[fault.Planted]fault.Planted{
	fault.DigestIgnored:    fault.InjectPushLost,
	fault.GapUnrepaired:    fault.InjectPushLost,
	fault.DuplicateCounted: fault.InjectPushTwice,
	fault.ChainNotChecked:  fault.InjectBodyRewritten,
	fault.RetryReorders:    fault.InjectBusy,
	fault.DseqNotChecked:   fault.InjectBusy,
}

// TestSeededBugs shows that the simulation can fail: each bug that was planted on
// purpose is caught within a bounded number of seeds, and says by which check.
func TestSeededBugs(t *testing.T) {
	for _, bug := range fault.Simulated {
		if elsewhere[bug] != "" {
			t.Errorf("%s is caught nowhere", bug)
		}
	}
	for _, bug := range fault.Bugs {
		if why, not := elsewhere[bug]; not || *flagBug != "" && *flagBug != string(bug) {
			if not {
				t.Logf("%-26s not here: %s", bug, why)
			}
			continue
		}
		removes := []func(){fault.Plant(bug)}
		if injector, needed := beside[bug]; needed {
			removes = append(removes, fault.Plant(injector))
			lossy = injector == fault.InjectPushLost
		}
		caught := false
		for seed := range uint64(*flagMost) { //nolint:gosec // not negative
			if o := playSeed(t, seed, io.Discard); len(o.violations) > 0 {
				t.Logf("%-26s caught by seed %d: %s", bug, seed, checksOf(o))
				if *flagBug != "" {
					t.Log(o.report())
				}
				caught = true
				break
			}
		}
		for _, remove := range removes {
			remove()
		}
		lossy = false
		if !caught {
			t.Errorf("%-26s was not caught by %d seeds", bug, *flagMost)
		}
	}
}

// checksOf lists which checks noticed something, in order.
func checksOf(o *outcome) string {
	var names []string
	for _, v := range o.violations {
		if !slices.Contains(names, v.check) {
			names = append(names, v.check)
		}
	}
	return strings.Join(names, " ")
}

// TestInjectors shows that a right program survives what the injectors do; else a
// bug beside one would be caught for the wrong reason.
func TestInjectors(t *testing.T) {
	n := uint64(10)
	if *flagSeeds > 0 {
		n = uint64(*flagSeeds)
	}
	for _, injector := range fault.Injectors {
		if *flagBug != "" && *flagBug != string(injector) {
			continue
		}
		if injector == fault.InjectBodyRewritten || injector == fault.InjectPushesLost {
			// What a server rewrites is refused for good, and where nothing is ever pushed
			// each event waits for a heartbeat: nothing converges in time.
			continue
		}
		remove := fault.Plant(injector)
		lossy = injector == fault.InjectPushLost
		for seed := range n {
			if o := playSeed(t, seed, io.Discard); len(o.violations) > 0 {
				t.Errorf("%s: %s", injector, o.report())
			}
		}
		remove()
		lossy = false
	}
}
