//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"hearth/chaos/check"
	"hearth/chaos/proxy"
)

// world is a server, clients, and what is done to them.
type world struct {
	name    string
	server  *server
	clients []*client
	began   time.Time
	tally   *Tally
	setup   setup
	mender  *client // killed while it puts aside what a restored server lost; nil: nobody

	mu    sync.Mutex
	epoch string            // guarded by mu
	found []check.Violation // guarded by mu
}

// setup says what a world is like.
type setup struct {
	names     []string
	config    string
	strict    bool              // with the limits that are for people
	data      string            // the server's folder; "" below the world's own
	homes     map[string]string // of clients that live elsewhere than the world
	serverEnv []string          // of every life
	clientEnv []string
	tolerate  bool          // of lines in the logs that a liar causes
	patience  time.Duration // for what is to be through; 0: deliverPatience
}

// newWorld makes a running server and clients that have joined and do nothing.
func newWorld(ctx context.Context, programs Programs, dir, name string, tally *Tally, s setup) (*world, error) {
	if s.data == "" {
		s.data = filepath.Join(dir, "data")
	}
	limits := ordinaryLimits
	if s.strict {
		limits = strictLimits
	}
	srv, err := newServer(programs, filepath.Join(dir, "server"), s.data, limits+s.config)
	if err != nil {
		return nil, err
	}
	w := &world{name: name, server: srv, began: time.Now(), tally: tally, setup: s}
	if err := w.populate(ctx, programs, dir); err != nil {
		w.close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return w, nil
}

func (w *world) populate(ctx context.Context, programs Programs, dir string) error {
	if err := w.server.start(ctx, w.setup.serverEnv...); err != nil {
		return err
	}
	invite, err := w.server.firstInvite(ctx)
	if err != nil {
		return err
	}
	for i, who := range w.setup.names {
		home := filepath.Join(dir, who)
		if elsewhere := w.setup.homes[who]; elsewhere != "" {
			home = elsewhere
		}
		c, err := newClient(programs, home, who, w.setup.clientEnv, w.clock, w.currentEpoch)
		if err != nil {
			return err
		}
		through, err := proxy.Start(context.WithoutCancel(ctx), "127.0.0.1:0", w.server.listen)
		if err != nil {
			return err
		}
		w.clients = append(w.clients, c)
		if err := c.join(ctx, invite, through); err != nil {
			return err
		}
		if i == 0 && len(w.setup.names) > 1 {
			if invite, err = c.must(ctx, "invite", "--uses", fmt.Sprint(len(w.setup.names))); err != nil {
				return err
			}
		}
	}
	return w.learnEpoch(ctx)
}

// learnEpoch reads the epoch of a client that is up to date and not running.
func (w *world) learnEpoch(ctx context.Context) error {
	log, err := w.clients[0].readClient(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.epoch = log.Epoch
	return err
}

func (w *world) clock() time.Duration { return time.Since(w.began) }

func (w *world) currentEpoch() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.epoch
}

// add notes violations.
func (w *world) add(found ...check.Violation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, found...)
}

// broken notes something that went wrong outside the records.
func (w *world) broken(name string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		w.add(check.Violation{Check: name, Text: err.Error()})
	}
}

// violated reports whether anything was found yet.
func (w *world) violated() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.found) > 0
}

// close ends everything at once.
func (w *world) close() {
	for _, c := range w.clients {
		if p := c.running(); p != nil {
			p.kill()
			c.typing.Wait()
		}
		if c.proxy != nil {
			c.proxy.Close()
		}
	}
	w.server.kill()
}

// Patience of the end of a run: connectivity has come back.
const (
	deliverPatience  = 60 * time.Second
	outboxPatience   = 20 * time.Second
	convergePatience = 30 * time.Second
)

// finish heals everything, waits until all is through, ends all programs in good
// order and has the records checked.
func (w *world) finish(ctx context.Context) []check.Violation {
	for _, c := range w.clients {
		c.proxy.Set(proxy.Conditions{})
	}
	if err := w.settle(ctx); err != nil {
		w.broken("I3 delivered", err)
	}
	if !w.violated() {
		w.catchUp(ctx)
	}
	w.broken("shutdown", w.server.stop())
	w.verdict(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.found
}

// settle starts whatever does not run, ends the input of all clients and waits
// until each has everything acknowledged.
func (w *world) settle(ctx context.Context) error {
	if w.server.running() == nil {
		if err := w.server.start(ctx, w.setup.serverEnv...); err != nil {
			return err
		}
	}
	var work sync.WaitGroup
	failures := make([]error, len(w.clients))
	for i, c := range w.clients {
		work.Go(func() { failures[i] = w.drain(ctx, c) })
	}
	work.Wait()
	return errors.Join(failures...)
}

// drain lets one client end in good order.
func (w *world) drain(ctx context.Context, c *client) error {
	typed, _ := c.progress()
	c.aim(typed)
	p := c.running()
	if p == nil {
		if err := c.start(); err != nil {
			return err
		}
		p = c.running()
	}
	patience := deliverPatience
	if w.setup.patience > 0 {
		patience = w.setup.patience
	} else {
		// A program waits for the lines it was given itself: what one before it left in the
		// outbox, when it was killed, goes out while this one's input is open.
		until(ctx, outboxPatience, func() bool {
			typed, shown := c.progress()
			return shown >= typed || c.running() != p
		})
	}
	_ = p.stdin.Close()
	if err := w.await(ctx, c, p, patience); err != nil {
		_, shown := c.progress()
		p.kill()
		c.typing.Wait()
		return fmt.Errorf("%s: not everything was through %v after the last fault: %d typed, %d shown\n%s", c.name, patience, typed, shown, c.log)
	}
	p.work.Wait()
	c.typing.Wait()
	if killed, code := p.killed(); killed || code != 0 {
		return fmt.Errorf("%s ended with code %d\n%s", c.name, code, c.log)
	}
	return nil
}

// await waits for a program's end. Patience that a trial asks for is for one that gets
// nowhere: several are played at once, on machines that are busy.
func (w *world) await(ctx context.Context, c *client, p *process, patience time.Duration) error {
	until, last := time.Now().Add(patience), 0
	for {
		if err := p.wait(min(time.Second, time.Until(until))); !errors.Is(err, errLate) {
			return err
		}
		_, shown := c.progress()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case w.setup.patience > 0 && shown > last:
			until, last = time.Now().Add(patience), shown
		case !time.Now().Before(until):
			return errLate
		}
	}
}

// catchUp lets every client see what the others said last.
func (w *world) catchUp(ctx context.Context) {
	var work sync.WaitGroup
	for _, c := range w.clients {
		work.Go(func() {
			_, err := c.must(ctx, "--timeout", convergePatience.String(), "status", "--wait")
			w.broken("I15 convergence", err)
		})
	}
	work.Wait()
}

// verdict reads all disks and has the records checked.
func (w *world) verdict(ctx context.Context) {
	r := &check.Records{Sent: map[string]int{}}
	var err error
	if r.Server, err = readServer(ctx, w.server.data); err != nil {
		w.broken("I1 durable", err)
		return
	}
	for _, c := range w.clients {
		log, err := c.readClient(ctx)
		if err != nil {
			w.broken("I8 atomic cursor", err)
			return
		}
		r.Clients = append(r.Clients, log)
		_, highest, _, err := c.own(ctx)
		w.broken("I8 atomic cursor", err)
		c.mu.Lock()
		r.Sent[c.name] = max(highest, c.shown)
		for _, s := range c.sends {
			if s.Text != "" {
				r.Sends = append(r.Sends, s)
			}
		}
		r.Seen = append(r.Seen, c.seen...)
		c.mu.Unlock()
		w.tally.add(r.Sent[c.name], len(log.Events))
	}
	w.add(check.All(r)...)
	w.alarms()
}

// alarms turns lines of the logs that must not be there into violations.
func (w *world) alarms() {
	if w.setup.tolerate {
		return
	}
	for line, n := range w.server.log.raised() {
		w.add(check.Violation{Check: "server's log", Text: fmt.Sprintf("%d × %q\n%s", n, line, w.server.log)})
	}
	for _, c := range w.clients {
		for line, n := range c.log.raised() {
			w.add(check.Violation{Check: "client's log", Text: fmt.Sprintf("%s: %d × %q", c.name, n, line)})
		}
	}
}
