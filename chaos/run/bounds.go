//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"hearth/chaos/check"
	"hearth/chaos/proxy"
)

// Bounds measures what docs/protocol.md promises about time, with real programs.
// Each is the promised number and what two busy cores need to say so.
func Bounds(ctx context.Context, programs Programs, dir string, tally *Tally) []check.Violation {
	w, err := newWorld(ctx, programs, filepath.Join(dir, "bounds"), "bounds", tally, setup{names: names[:4]})
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	for _, c := range w.clients {
		if err := c.start(); err != nil {
			return notStarted(err)
		}
	}
	if err := w.allType(ctx, 1); err != nil {
		return notStarted(err)
	}
	for _, measure := range []func(context.Context) error{w.whileSending, w.afterWake, w.backAgain, w.whileIdle, w.manyMissed} {
		if err := measure(ctx); err != nil {
			w.broken("bound", err)
			break
		}
	}
	return w.finish(ctx)
}

// allType has everybody type n more messages and waits until they are shown.
func (w *world) allType(ctx context.Context, n int) error {
	goal := map[*client]int{}
	for _, c := range w.clients {
		typed, _ := c.progress()
		goal[c] = typed + n
		c.aim(typed + n)
	}
	if !w.reach(ctx, goal) {
		return errors.New("messages are not through although nothing was broken")
	}
	return nil
}

// each measures with every client at the same time.
func (w *world) each(clients []*client, measure func(*client) (time.Duration, error)) ([]time.Duration, error) {
	took, failures := make([]time.Duration, len(clients)), make([]error, len(clients))
	var work sync.WaitGroup
	for i, c := range clients {
		work.Go(func() { took[i], failures[i] = measure(c) })
	}
	work.Wait()
	slices.Sort(took)
	return took, errors.Join(failures...)
}

func (w *world) whileSending(ctx context.Context) error {
	took, err := w.each(w.clients, func(c *client) (time.Duration, error) { return w.noticed(ctx, c) })
	w.tally.bound(Bound{Name: "dead link noticed while sending", Most: sendingBound, Got: took[len(took)-1], Cases: len(took)})
	return errors.Join(err, w.allType(ctx, 1))
}

// asleep stops a program for a while, during which its network ends in a way it
// cannot hear of.
func asleep(ctx context.Context, c *client) error {
	p := c.running()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	c.proxy.Set(proxy.BlackHole)
	if err := pause(ctx, 4*time.Second); err != nil {
		return err
	}
	return p.cmd.Process.Signal(syscall.SIGCONT)
}

func (w *world) afterWake(ctx context.Context) error {
	took, err := w.each(w.clients, func(c *client) (time.Duration, error) {
		defer c.proxy.Set(proxy.Conditions{})
		if err := asleep(ctx, c); err != nil {
			return 0, err
		}
		began := time.Now()
		until(ctx, 30*time.Second, func() bool { return c.log.when(markEnded).After(began) })
		return time.Since(began), nil
	})
	w.tally.bound(Bound{Name: "dead link noticed after waking", Most: 2 * time.Second, Got: took[len(took)-1], Cases: len(took)})
	return errors.Join(err, w.allType(ctx, 1))
}

// backAgain: programs wake up in a working network with a connection that died
// while they slept, which they have to find out; in every other round they were
// awake before in a network that swallowed everything, so that an attempt is under
// way or a long wait. The first client goes on and types for the others to see.
func (w *world) backAgain(ctx context.Context) error {
	const rounds = 12
	first, rest := w.clients[0], w.clients[1:]
	var all []time.Duration
	for round := range rounds {
		typed, _ := first.progress()
		first.aim(typed + 1) // pushed to those who sleep: their links are dead from then on
		took, err := w.each(rest, func(c *client) (time.Duration, error) {
			c.proxy.Set(proxy.BlackHole)
			if round%2 == 1 {
				began := time.Now()
				own, _ := c.progress()
				c.aim(own + 1) // an unanswered send: noticed soon
				until(ctx, 12*time.Second, func() bool { return c.log.when(markEnded).After(began) })
				if err := pause(ctx, time.Duration(round)*100*time.Millisecond); err != nil {
					return 0, err
				}
			}
			if err := asleep(ctx, c); err != nil {
				return 0, err
			}
			began := time.Now()
			c.proxy.Set(proxy.Conditions{})
			until(ctx, 20*time.Second, func() bool { return c.saw(first.text(typed + 1)) })
			return time.Since(began), nil
		})
		if err != nil {
			return err
		}
		all = append(all, took...)
		if err := w.allType(ctx, 1); err != nil {
			return err
		}
	}
	slices.Sort(all)
	w.tally.bound(Bound{Name: "awake and network back → live, p95", Most: 3 * time.Second, Got: all[(len(all)*95+99)/100-1], Cases: len(all)})
	return nil
}

func (w *world) whileIdle(ctx context.Context) error {
	took, err := w.each(w.clients, func(c *client) (time.Duration, error) {
		c.proxy.Set(proxy.BlackHole)
		defer c.proxy.Set(proxy.Conditions{})
		began := time.Now()
		until(ctx, 30*time.Second, func() bool { return c.log.when(markEnded).After(began) })
		return time.Since(began), nil
	})
	w.tally.bound(Bound{Name: "dead link noticed while idle", Most: 26*time.Second + 500*time.Millisecond, Got: took[len(took)-1], Cases: len(took)})
	return errors.Join(err, w.allType(ctx, 1))
}

// manyMissed: a program that was away for 1,000 messages starts again.
func (w *world) manyMissed(ctx context.Context) error {
	const missed = 1000
	first, c := w.clients[0], w.clients[1]
	c.running().kill()
	if found, err := c.buried(ctx); err != nil || len(found) > 0 {
		w.add(found...)
		return err
	}
	typed, _ := first.progress()
	first.aim(typed + missed)
	if !until(ctx, 120*time.Second, func() bool { _, shown := first.progress(); return shown >= typed+missed }) {
		return fmt.Errorf("%d messages are not through", missed)
	}
	if err := c.start(); err != nil {
		return err
	}
	began := time.Now()
	until(ctx, 30*time.Second, func() bool { return c.saw(first.text(typed + missed)) })
	// From the start of the process on, its vault's argon2id included.
	w.tally.bound(Bound{Name: "1,000 missed messages, from the start on", Most: 2 * time.Second, Got: time.Since(began), Cases: 1})
	return nil
}
