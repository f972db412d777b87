//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hearth/chaos/check"
	"hearth/chaos/proxy"
	"hearth/internal/fault"
	"hearth/server/storage/boltstore"
)

// small makes a world for a trial; who names the people that talk at once.
func (e *experiment) small(ctx context.Context, config string, who ...string) (*world, error) {
	w, err := newWorld(ctx, e.programs, e.dir, "trial", NewTally(), setup{
		names: []string{"ana", "ben"}, config: config, serverEnv: e.env, clientEnv: append(slices.Clone(e.env), "HEARTH_WAIT=2s"), tolerate: e.injects, patience: 20 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	for _, c := range w.clients {
		if slices.Contains(who, c.name) {
			err = errors.Join(err, c.start())
		}
	}
	if err != nil {
		w.close()
	}
	return w, err
}

// notStarted is the finding of a trial that could not be played.
func notStarted(err error) []check.Violation {
	return []check.Violation{{Check: "start", Text: err.Error()}}
}

// until polls for a condition.
func until(ctx context.Context, most time.Duration, done func() bool) bool {
	deadline := time.Now().Add(most)
	for !done() {
		if time.Now().After(deadline) || pause(ctx, 10*time.Millisecond) != nil {
			return false
		}
	}
	return true
}

// saw reports whether the client has shown a text among the last events.
func (c *client) saw(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.seen) - 1; i >= max(0, len(c.seen)-200); i-- {
		if c.seen[i].Text == text {
			return true
		}
	}
	return false
}

// lagging: a queue of one frame is full all the time.
func lagging(ctx context.Context, e *experiment) []check.Violation {
	m := Mixed{Messages: 1000, Calm: true, ServerPlaces: none, ClientPlaces: none, Config: "queue_frames = 1\n"}
	return mixed(m)(ctx, e)
}

// beginning begins feeds while somebody talks.
func beginning(ctx context.Context, e *experiment) []check.Violation {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	invite, err := w.clients[0].must(ctx, "invite", "--uses", "5")
	if err != nil {
		return notStarted(err)
	}
	return probeFeeds(ctx, w.server, strings.TrimSpace(invite))
}

// probing asks a server what programs never ask.
func probing(ctx context.Context, e *experiment) []check.Violation {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	invite, err := w.clients[0].must(ctx, "invite", "--uses", "5")
	if err != nil {
		return notStarted(err)
	}
	return probe(ctx, w.server, strings.TrimSpace(invite))
}

// feedPatience is within what a dead feed on a live socket is noticed: the
// longest pause between two beats, and what a difference of digests waits.
const feedPatience = 27 * time.Second

// deadFeed: a push that nobody knows of is lost, and nothing follows it.
func deadFeed(ctx context.Context, e *experiment) []check.Violation {
	return feed(ctx, e, 1, feedPatience, func(*client, int) {})
}

// brokenFeed: a push is lost, and another one follows.
func brokenFeed(ctx context.Context, e *experiment) []check.Violation {
	return feed(ctx, e, 5, 5*time.Second, func(ana *client, n int) { ana.aim(n + 1) })
}

// feed types message after message. Whenever one does not arrive at once, it does
// something and gives the programs time to notice, until there were so many losses:
// a single one may be repaired by a heartbeat that happened to be due.
func feed(ctx context.Context, e *experiment, losses int, patience time.Duration, then func(*client, int)) []check.Violation {
	w, err := e.small(ctx, "", "ana", "ben")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	ana := w.clients[0]
	everywhere := func(n int) func() bool {
		return func() bool { return w.clients[0].saw(ana.text(n)) && w.clients[1].saw(ana.text(n)) }
	}
	ana.aim(1)
	if !until(ctx, 10*time.Second, everywhere(1)) {
		return notStarted(errors.New("the first message does not arrive"))
	}
	for n, lost := 2, 0; n < 150 && lost < losses; n++ {
		if typed, _ := ana.progress(); typed < n {
			ana.aim(n)
		}
		if until(ctx, time.Second, everywhere(n)) {
			continue
		}
		lost++
		then(ana, n)
		if !until(ctx, patience, everywhere(n)) {
			return []check.Violation{{Check: "2.5 dead feed", Text: fmt.Sprintf("message %d was not shown within %v although the connection was alive", n, patience)}}
		}
	}
	return w.finish(ctx)
}

// rewritten: the server pushes something else than its log holds.
func rewritten(ctx context.Context, e *experiment) []check.Violation {
	return mixed(Mixed{Clients: 2, Messages: 600, Calm: true, ServerPlaces: none, ClientPlaces: none})(ctx, e)
}

// ackFirst: acks come long before their events, which nobody pushes, and as soon as
// the acks are on disk the program is killed.
func ackFirst(ctx context.Context, e *experiment) []check.Violation {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	ben := w.clients[1]
	ben.proxy.Set(proxy.Conditions{Refuse: true})
	for n := 1; n <= 3; n++ {
		if _, err := ben.must(ctx, "send", "--queue", "general", ben.text(n)); err != nil {
			return notStarted(err)
		}
	}
	ben.proxy.Set(proxy.Conditions{})
	if err := ben.start("HEARTH_KILL=" + string(fault.ClientAckAfter)); err != nil {
		return notStarted(err)
	}
	if p := ben.running(); p.wait(15*time.Second) != nil {
		p.kill()
		return notStarted(errors.New("no ack came before its event"))
	}
	found, err := ben.buried(ctx)
	w.add(found...)
	w.broken("I8 after a crash", err)
	have, _, _, err := ben.own(ctx)
	w.broken("I8 after a crash", err)
	for n := 1; n <= 3; n++ {
		if !have[n] {
			w.add(check.Violation{Check: "I3 after a crash", Text: fmt.Sprintf("message %d was in the outbox, and is neither there nor in the log", n)})
		}
	}
	if w.violated() {
		return w.found
	}
	return w.finish(ctx)
}

// restored: an older backup under live clients.
func restored(ctx context.Context, e *experiment) []check.Violation {
	w, err := e.small(ctx, "", "ana", "ben")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	w.setup.tolerate = true // of histories that do not fit: they do not
	return w.restoreOnce(ctx, 200)
}

// restoreOnce types, makes a backup, types more, loses everything since, and has
// the lost messages sent again.
func (w *world) restoreOnce(ctx context.Context, n int) []check.Violation {
	to := func(n int) bool {
		for _, c := range w.clients {
			c.aim(n)
		}
		return until(ctx, 60*time.Second, func() bool {
			for _, c := range w.clients {
				if _, shown := c.progress(); shown < n {
					return false
				}
			}
			return true
		})
	}
	if !to(n) {
		return notStarted(errors.New("the messages before the backup are not through"))
	}
	backup := filepath.Join(w.server.dir, fmt.Sprintf("backup-%d.db", time.Now().UnixNano()))
	if err := w.server.run(ctx, "backup", "--data", w.server.data, "--config", w.server.config, "--to", backup); err != nil {
		return notStarted(err)
	}
	if !to(2 * n) {
		return notStarted(errors.New("the messages after the backup are not through"))
	}
	began := time.Now()
	w.server.kill()
	if err := w.server.run(ctx, "restore", "--data", w.server.data, "--config", w.server.config, "--from", backup); err != nil {
		return notStarted(err)
	}
	if err := w.newEpoch(); err != nil {
		return notStarted(err)
	}
	cut := func() error { return nil }
	if w.mender != nil {
		var err error
		if cut, err = w.cutMend(ctx, w.mender); err != nil {
			return notStarted(err)
		}
	}
	if err := w.server.start(ctx, w.setup.serverEnv...); err != nil {
		return notStarted(err)
	}
	w.broken("every place", cut())
	w.tally.fault("older backup restored under live clients")
	// Everybody notices, finds what is common, and puts aside what is not. One that
	// does not is found by the checks below.
	until(ctx, 45*time.Second, func() bool {
		for _, c := range w.clients {
			if c != w.mender && !c.log.when(markMended).After(began) {
				return false
			}
		}
		return true
	})
	if err := pause(ctx, time.Second); err != nil {
		return notStarted(err)
	}
	if err := w.settle(ctx); err != nil {
		w.broken("I3 delivered", err)
	}
	for _, c := range w.clients {
		if _, err := c.must(ctx, "status", "--wait"); err != nil {
			w.broken("I15 convergence", err)
		}
		if out, code, err := c.command(ctx, nil, "--timeout", "20s", "outbox", "retry", "--all"); err != nil || code != 0 {
			w.broken("I3 delivered", fmt.Errorf("%s: sending again what the server had lost: code %d, %w\n%s\n%s", c.name, code, errors.Join(err, errAgain), out, c.log))
		}
	}
	return w.finish(ctx)
}

var errAgain = errors.New("not sent again")

// newEpoch learns the epoch of restored data and forgets when messages were
// shown: that was in another history.
func (w *world) newEpoch() error {
	s, err := boltstore.Open(w.server.data, boltstore.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.epoch = s.Epoch().String()
	w.mu.Unlock()
	for _, c := range w.clients {
		c.mu.Lock()
		for i := range c.sends {
			c.sends[i].Done, c.sends[i].Seq = 0, 0
		}
		c.mu.Unlock()
	}
	return s.Close()
}

// deadLinks is how many links die in one trial: where no probe goes out, an idle beat
// that happens to be due still finds one of thirty in time.
const deadLinks = 3

// halfOpen: links die silently while something is sent.
func halfOpen(ctx context.Context, e *experiment) []check.Violation {
	w, err := e.small(ctx, "", "ana")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	for range deadLinks {
		took, err := w.noticed(ctx, w.clients[0])
		if err != nil {
			return notStarted(err)
		}
		if took > sendingBound+trialSlack {
			return []check.Violation{{Check: "2.5 dead link while sending", Text: fmt.Sprintf("noticed after %v, at most %v", took.Round(time.Millisecond), sendingBound+trialSlack)}}
		}
	}
	return w.finish(ctx)
}

// sendingBound is what reliability.md promises, from the last key on until the
// program says so. Trials are played four at a time, on machines that are busy.
const (
	sendingBound = 8 * time.Second
	trialSlack   = 500 * time.Millisecond
)

// noticed kills the link of a running client, has the person type, and measures
// how long the program takes to notice; at most 12 s.
func (w *world) noticed(ctx context.Context, c *client) (time.Duration, error) {
	_, shown := c.progress()
	c.aim(shown + 1)
	if !until(ctx, 20*time.Second, func() bool { _, now := c.progress(); return now > shown }) {
		return 0, errors.New("the first message is not through")
	}
	c.proxy.Set(proxy.BlackHole)
	defer c.proxy.Set(proxy.Conditions{})
	began := time.Now()
	c.aim(shown + 2)
	until(ctx, 12*time.Second, func() bool { return c.log.when(markEnded).After(began) })
	return time.Since(began), nil
}

// refusedLater: what was typed offline is refused when it gets there.
func refusedLater(ctx context.Context, e *experiment) []check.Violation {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	c := w.clients[0]
	if err := w.server.stop(); err != nil {
		return notStarted(err)
	}
	text := c.text(1) + strings.Repeat(" word", 200)
	if _, err := c.must(ctx, "send", "--queue", "general", text); err != nil {
		return notStarted(err)
	}
	if err := os.WriteFile(w.server.config, []byte(ordinaryLimits+"text_chars = 500\n"), 0o600); err != nil {
		return notStarted(err)
	}
	if err := w.server.start(ctx, e.env...); err != nil {
		return notStarted(err)
	}
	if _, _, err := c.command(ctx, nil, "--timeout", "10s", "send", "general", c.text(2)); err != nil {
		return notStarted(err)
	}
	log, err := c.readClient(ctx)
	if err != nil {
		return notStarted(err)
	}
	for _, entry := range log.Outbox {
		if entry.Failed && entry.Text == text {
			return nil
		}
	}
	return []check.Violation{{Check: "I3 delivered", Text: "a refused message is gone without a visible failure"}}
}
