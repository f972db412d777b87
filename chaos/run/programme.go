//go:build unix

package run

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"hearth/chaos/check"
)

// Size is how much a programme does.
type Size struct {
	Worlds   int           // mixed worlds, killed all the time
	Kills    int           // in each: of the server, and of clients
	Messages int           // each of three people types in each
	Most     time.Duration // a world's faults end after this
	AtOnce   int           // worlds at the same time
	Crowd    int           // connections of the storm; 0: none
	Full     int           // how often a disk is full
	Bounds   bool          // measure the bounds
	Damages  int           // flipped bits and torn pages, of each program
	Edges    int           // rounds of kills while starting, enrolling and ending
	Readers  bool          // measure what stalled readers cost the others
	Floods   bool          // measure what those who send as fast as they can cost the others
	Offences string        // only those floods whose name contains this

	// Fewer kills or messages than these are a violation: nothing found in little done
	// says little.
	LeastKills, LeastMessages int
	// EveryPlace makes it a violation that a named place was hit by no kill, or that a
	// part could not be played.
	EveryPlace bool
}

// Sizes by name.
var Sizes = map[string]Size{
	"slice":  {Worlds: 1, Kills: 5, Messages: 500, Most: 12 * time.Second, AtOnce: 3, Full: 1},
	"world":  {Worlds: 1, Kills: 28, Messages: 12_600, Most: 2 * time.Minute, AtOnce: 1},
	"storm":  {AtOnce: 1, Crowd: 2000},
	"edges":  {AtOnce: 1, Edges: 1},
	"damage": {AtOnce: 1, Damages: 20},
	// Only the times, to repeat what a whole run has measured.
	"bounds":  {AtOnce: 1, Bounds: true},
	"readers": {AtOnce: 1, Readers: true},
	"floods":  {AtOnce: 1, Floods: true},
	"disk":    {AtOnce: 1, Full: 2},
	"full":    {Worlds: 8, Kills: 28, Messages: 12_600, Most: 4 * time.Minute, AtOnce: 4, Full: 3, Crowd: 2000, Bounds: true, Edges: 2, Damages: 20, Readers: true, Floods: true, LeastKills: 400, LeastMessages: 300_000, EveryPlace: true},
}

// Programme plays everything of a size. progress is told what has ended.
func Programme(ctx context.Context, programs Programs, dir string, seed uint64, size Size, tally *Tally, progress func(string)) {
	var work sync.WaitGroup
	turns := make(chan struct{}, size.AtOnce)
	play := func(name string, do func() []check.Violation) {
		work.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			began := time.Now()
			found := do()
			for i := range found {
				found[i].Text = name + ": " + found[i].Text
			}
			tally.violated(found...)
			progress(fmt.Sprintf("%-24s %4.0f s  %d violations", name, time.Since(began).Seconds(), len(found)))
			for _, v := range found {
				progress(fmt.Sprintf("    %.1000s", v))
			}
		})
	}
	dice := func(n int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(n))) } //nolint:gosec // not a secret, not negative
	for i := range size.Worlds {
		name := fmt.Sprintf("world %d", i+1)
		m := Mixed{Clients: 3, Messages: size.Messages, Kills: size.Kills, Most: size.Most, Steps: i%2 == 1}
		play(name, func() []check.Violation {
			return m.Play(ctx, programs, filepath.Join(dir, fmt.Sprint("w", i)), name, dice(i), tally)
		})
	}
	if size.Edges > 0 {
		play("start, enrolment, exit", func() []check.Violation {
			return Edges(ctx, programs, dir, size.Edges, tally)
		})
		play("acks before events", func() []check.Violation { return acksFirst(ctx, programs, filepath.Join(dir, "acks"), tally) })
		play("deeds cut short", func() []check.Violation { return Deeds(ctx, programs, filepath.Join(dir, "deeds"), size.Edges, tally) })
		play("purges cut short", func() []check.Violation { return Keeps(ctx, programs, filepath.Join(dir, "keeps"), tally) })
		play("accounts cut short", func() []check.Violation { return Leavings(ctx, programs, filepath.Join(dir, "leaves"), tally) })
		play("selves cut short", func() []check.Violation { return Selves(ctx, programs, filepath.Join(dir, "selves"), tally) })
		play("rebuilding cut short", func() []check.Violation { return Rebuilds(ctx, programs, filepath.Join(dir, "rebuilds"), tally) })
		play("who comes later", func() []check.Violation { return Later(ctx, programs, filepath.Join(dir, "later"), dice(-2), tally) })
	}
	if size.Damages > 0 {
		play("damaged files", func() []check.Violation {
			return Damage(ctx, programs, dir, size.Damages, dice(-1), tally)
		})
	}
	if size.Full > 0 {
		play("older backup restored", func() []check.Violation {
			return Restore(ctx, programs, filepath.Join(dir, "restore"), tally)
		})
		for name, fill := range map[string]func(context.Context, Programs, string, int, *Tally) ([]check.Violation, bool){
			"full disk": FullDisk, "client's disk full": ClientFullDisk,
		} {
			play(name, func() []check.Violation {
				found, played := fill(ctx, programs, dir, size.Full, tally)
				return append(found, unplayed(size, name, played, progress)...)
			})
		}
	}
	work.Wait()
	for i, m := range missedPlaces(size, tally) {
		name := fmt.Sprintf("missed places %d", i+1)
		play(name, func() []check.Violation {
			return m.Play(ctx, programs, filepath.Join(dir, fmt.Sprint("missed", i)), name, dice(-10-i), tally)
		})
	}
	work.Wait()
	// Times are measured by themselves.
	for _, act := range timed(ctx, programs, dir, size, tally, progress) {
		play(act.name, act.do)
		work.Wait()
	}
	tally.violated(tooLittle(size, tally)...)
}

// act is something to be played.
type act struct {
	name string
	do   func() []check.Violation
}

// timed are the parts that measure times.
func timed(ctx context.Context, programs Programs, dir string, size Size, tally *Tally, progress func(string)) (acts []act) {
	add := func(wanted bool, name string, do func() []check.Violation) {
		if wanted {
			acts = append(acts, act{name, do})
		}
	}
	add(size.Bounds, "bounds", func() []check.Violation { return Bounds(ctx, programs, dir, tally) })
	add(size.Readers, "stalled readers", func() []check.Violation { return Readers(ctx, programs, dir, tally) })
	add(size.Floods, "floods", func() []check.Violation {
		found, played := Floods(ctx, programs, dir, size.Offences, tally)
		return append(found, unplayed(size, "floods", played, progress)...)
	})
	add(size.Crowd > 0, "storm", func() []check.Violation { return Storm(ctx, programs, dir, size.Crowd, tally) })
	return acts
}

// tooLittle finds a programme that did less than its size promises.
func tooLittle(size Size, tally *Tally) (found []check.Violation) {
	for _, n := range []struct {
		what       string
		got, least int
	}{{"kills", tally.Kills(), size.LeastKills}, {"messages", tally.Messages(), size.LeastMessages}} {
		if n.got < n.least {
			found = append(found, check.Violation{Check: "enough was done", Text: fmt.Sprintf("%d %s, at least %d are wanted", n.got, n.what, n.least)})
		}
	}
	if size.EveryPlace {
		found = append(found, unpassed(tally)...)
	}
	return found
}

// unplayed says that a part could not be played; in a whole run that is a violation:
// what was not looked at was not found to be right.
func unplayed(size Size, name string, played bool, progress func(string)) []check.Violation {
	if played {
		return nil
	}
	progress(fmt.Sprintf("%-24s not played: this system offers no way", name))
	if !size.EveryPlace {
		return nil
	}
	return []check.Violation{{Check: "enough was done", Text: name + " was not played"}}
}

// Restore plays an older backup under live clients. One of them is killed when it has
// put aside what the server lost and the window does not know yet.
func Restore(ctx context.Context, programs Programs, dir string, tally *Tally) []check.Violation {
	w, err := newWorld(ctx, programs, dir, "restore", tally, setup{names: names[:3], tolerate: true})
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	for _, c := range w.clients {
		if err := c.start(); err != nil {
			return notStarted(err)
		}
	}
	w.mender = w.clients[len(w.clients)-1]
	return w.restoreOnce(ctx, 400)
}
