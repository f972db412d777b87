//go:build unix

package run

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"hearth/chaos/check"
	"hearth/internal/fault"
)

// Trial is a short run that must find a planted bug, and must find nothing
// without it.
type Trial struct {
	Bug  fault.Planted
	With fault.Planted // an injector that is on in both runs, "" for none
	play func(ctx context.Context, e *experiment) []check.Violation
}

// experiment is what a trial plays in.
type experiment struct {
	programs Programs
	dir      string
	dice     *rand.Rand
	env      []string // HEARTH_BUG=…, for all programs
	injects  bool
}

// none is for "killed nowhere".
var none = []fault.Place{}

// mixed makes a trial of a short mixed run.
func mixed(m Mixed) func(context.Context, *experiment) []check.Violation {
	return func(ctx context.Context, e *experiment) []check.Violation {
		m := m
		if m.Clients == 0 {
			m.Clients = 3
		}
		if m.Messages == 0 {
			m.Messages = 300
		}
		m.Most, m.Tolerate = 20*time.Second, e.injects
		if m.Patience == 0 {
			m.Patience = 25 * time.Second
		}
		m.ServerEnv, m.ClientEnv = append(e.env, m.ServerEnv...), append(e.env, m.ClientEnv...)
		return m.Play(ctx, e.programs, e.dir, "trial", e.dice, NewTally())
	}
}

// Trials are all; every planted bug has one.
var Trials = []Trial{
	{Bug: fault.AckBeforeCommit, play: mixed(Mixed{Kills: 3, Calm: true, ServerPlaces: []fault.Place{fault.ServerAppendBefore, fault.BoltBeforeSync}, ClientPlaces: none})},
	{Bug: fault.PushBeforeCommit, play: mixed(Mixed{Kills: 3, Calm: true, ServerPlaces: []fault.Place{fault.BoltBeforeSync, fault.ServerAppendInTx}, ClientPlaces: none})},
	{Bug: fault.DedupeInMemory, play: probing},
	{Bug: fault.DseqNotChecked, With: fault.InjectBusy, play: mixed(Mixed{Calm: true, Patience: 90 * time.Second, ServerPlaces: none, ClientPlaces: none})},
	{Bug: fault.SubscribeAfterSnapshot, play: beginning},
	{Bug: fault.LagDropsEvents, play: lagging},
	{Bug: fault.LeftRoomDelivered, play: probing},
	{Bug: fault.AuthNonceFixed, play: probing},
	{Bug: fault.ExporterNotBound, play: probing},
	{Bug: fault.RequestUnanswered, play: probing},
	{Bug: fault.DuplicateAckWrong, play: probing},
	{Bug: fault.ContentNotBound, play: probing},
	{Bug: fault.EditAfterErase, play: deeds(fault.ServerMarksAfter)},
	{Bug: fault.DeleteNotErased, play: deeds(fault.ServerMarksAfter)},
	{Bug: fault.DirectTwice, play: deeds(fault.ServerMarksAfter)},
	{Bug: fault.MarkerOverwritten, play: deeds(fault.ServerMarksAfter)},
	{Bug: fault.UploadInMemory, play: deeds("")},
	{Bug: fault.EraseBeforeCommit, play: deeds(fault.ServerEraseInTx)},
	{Bug: fault.VoidUndeclared, play: laterTrial},
	{Bug: fault.HistoryReopened, play: laterTrial},
	{Bug: fault.BlockForgotten, play: deeds(fault.ServerMarksAfter)},
	{Bug: fault.ContentMiscounted, play: deeds(fault.ServerMarksAfter)},
	{Bug: fault.PurgeForgetsDedupe, play: keeping},
	{Bug: fault.PurgeWithoutVoid, play: keeping},
	{Bug: fault.PurgeTooYoung, play: keepingYoung},
	{Bug: fault.SuspendedStays, play: leaving("")},
	{Bug: fault.DeletionForgotten, play: leaving(fault.ServerDeleteStored)},
	{Bug: fault.ErasesOthers, play: leaving("")},
	{Bug: fault.SuspendedDropped, play: leaving("")},
	{Bug: fault.CursorBeforeEvents, play: mixed(Mixed{Kills: 4, Calm: true, ServerPlaces: none, ClientPlaces: []fault.Place{fault.ClientApplyMid}})},
	{Bug: fault.DigestIgnored, With: fault.InjectPushLost, play: deadFeed},
	{Bug: fault.GapUnrepaired, With: fault.InjectPushLost, play: brokenFeed},
	{Bug: fault.ChainNotChecked, With: fault.InjectBodyRewritten, play: rewritten},
	{Bug: fault.OutboxRemovedOnSend, play: mixed(Mixed{Kills: 3, Calm: true, ServerPlaces: []fault.Place{fault.ServerSendRead, fault.ServerSendQueued}, ClientPlaces: none})},
	{Bug: fault.NewMIDOnRetry, play: mixed(Mixed{Kills: 3, Calm: true, ServerPlaces: []fault.Place{fault.ServerAppendCommitted, fault.BoltAfterSync}, ClientPlaces: none})},
	{Bug: fault.RetryReorders, play: mixed(Mixed{Kills: 3, Messages: 600, Calm: true, ServerPlaces: []fault.Place{fault.ServerSendRead}, ClientPlaces: none})},
	{Bug: fault.ClockOrdersOutbox, play: mixed(Mixed{Kills: 3, Messages: 600, Calm: true, Steps: true, ServerPlaces: []fault.Place{fault.ServerSendRead}, ClientPlaces: none})},
	{Bug: fault.DuplicateCounted, With: fault.InjectPushTwice, play: mixed(Mixed{Calm: true, ServerPlaces: none, ClientPlaces: none})},
	{Bug: fault.AckRemovesEntry, With: fault.InjectPushesLost, play: ackFirst},
	{Bug: fault.VoidIgnored, play: direct},
	{Bug: fault.ReadMarkerDecreases, play: direct},
	{Bug: fault.EpochIgnored, play: restored},
	{Bug: fault.SendProbeMissing, play: halfOpen},
	{Bug: fault.HeartbeatMissing, play: halfOpen},
	{Bug: fault.ResendForgotten, play: mixed(Mixed{Kills: 4, Calm: true, ServerPlaces: []fault.Place{fault.ServerSendRead, fault.ServerSendQueued}, ClientPlaces: none})},
	{Bug: fault.RefusedEntryDropped, play: refusedLater},
	{Bug: fault.ReactionCountsTwice, play: twice},
}

// Caught is what became of a trial.
type Caught struct {
	Trial
	By      string // the check that caught the bug, "" if none did
	Example string
	Runs    int               // of the bug, until it was caught
	False   []check.Violation // what was found without the bug
}

// mostRuns is how often a bug is played until a check catches it. One run of those
// that need a kill at the right moment misses now and then.
const mostRuns = 12

// RunTrials plays the trials whose bug's name contains match, some at a time,
// each with its bug and without.
func RunTrials(ctx context.Context, programs Programs, dir, match string, seed uint64, atOnce int, report func(Caught)) (failed int) {
	var work sync.WaitGroup
	var mu sync.Mutex
	turns := make(chan struct{}, atOnce)
	for i, t := range Trials {
		if !strings.Contains(string(t.Bug), match) {
			continue
		}
		work.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			c := Caught{Trial: t}
			name := filepath.Join(dir, string(t.Bug))
			e := &experiment{programs: programs, injects: t.With != ""}
			e.dice, e.dir = rand.New(rand.NewPCG(seed, uint64(i))), name+"-not" //nolint:gosec // not a secret, not negative
			e.env = plant(t.With)
			c.False = t.play(ctx, e)
			e.env = plant(t.With, t.Bug)
			for c.By == "" && c.Runs < mostRuns && ctx.Err() == nil {
				// A kill hits the moment that matters or it does not: other dice each time.
				e.dice, e.dir = rand.New(rand.NewPCG(seed, uint64(i+c.Runs*len(Trials)))), fmt.Sprint(name, "-", c.Runs) //nolint:gosec // as above
				c.Runs++
				if found := t.play(ctx, e); len(found) > 0 {
					c.By, c.Example = found[0].Check, found[0].Text
				}
				_ = os.RemoveAll(e.dir)
			}
			_ = os.RemoveAll(name + "-not")
			mu.Lock()
			defer mu.Unlock()
			if c.By == "" || c.By == "start" || len(c.False) > 0 {
				failed++
			}
			report(c)
		})
	}
	work.Wait()
	return failed
}

// plant is the environment that switches bugs on.
func plant(bugs ...fault.Planted) []string {
	var names []string
	for _, b := range bugs {
		if b != "" {
			names = append(names, string(b))
		}
	}
	return []string{"HEARTH_BUG=" + strings.Join(names, ",")}
}

// direct runs the checks that need no second program, in a process of their own
// in which the bug is on.
func direct(ctx context.Context, e *experiment) []check.Violation {
	self, err := os.Executable()
	if err != nil {
		return []check.Violation{{Check: "start", Text: err.Error()}}
	}
	cmd := exec.CommandContext(ctx, self, "direct", e.dir)
	cmd.Env = append(os.Environ(), e.env...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	name, text, ok := strings.Cut(strings.TrimSpace(string(out)), ": ")
	if !ok {
		name = "start"
	}
	return []check.Violation{{Check: name, Text: text}}
}
