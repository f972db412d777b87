//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"hearth/chaos/check"
	"hearth/chaos/proxy"
	"hearth/internal/fault"
)

// Mixed is the main part of the programme: people talk while everything breaks.
type Mixed struct {
	Clients  int           // people
	Messages int           // each types at least so many, and goes on as long as programs are killed
	Kills    int           // at their places: of the server, and of clients, each at least
	Most     time.Duration // after which it ends, whatever is missing
	Steps    bool          // the clients' and the server's wall clocks step about

	// For runs with a planted bug; the zero values are those of an ordinary run.
	ServerPlaces []fault.Place // where the server is killed; empty and not nil: nowhere
	ClientPlaces []fault.Place // where clients are
	Calm         bool          // the network is left alone
	ServerEnv    []string
	ClientEnv    []string
	Config       string
	Tolerate     bool          // of lines in logs that an injector causes
	Patience     time.Duration // for what is to be through at the end; 0: as promised
}

func (m Mixed) withDefaults() Mixed {
	if m.ServerPlaces == nil {
		m.ServerPlaces = fault.ServerPlaces
	}
	if m.ClientPlaces == nil {
		m.ClientPlaces = fault.ClientPlaces
	}
	if m.Steps {
		m.ServerEnv = append(m.ServerEnv, "HEARTH_CLOCK=10m")
		m.ClientEnv = append(m.ClientEnv, "HEARTH_CLOCK=3m")
	}
	m.ClientEnv = append(m.ClientEnv, "HEARTH_WAIT=2s")
	if m.Config == "" {
		m.Config = "queue_frames = 64\n"
	}
	return m
}

// names of people; the last one's program is not killed, its network is.
var names = []string{"ana", "ben", "cal", "dora", "emil", "flora"}

// Play runs it in a folder; the dice decide.
func (m Mixed) Play(ctx context.Context, programs Programs, dir, name string, dice *rand.Rand, tally *Tally) []check.Violation {
	m = m.withDefaults()
	s := setup{names: names[:m.Clients], config: m.Config, serverEnv: m.ServerEnv, clientEnv: m.ClientEnv, tolerate: m.Tolerate, patience: m.Patience}
	w, err := newWorld(ctx, programs, dir, name, tally, s)
	if err != nil {
		return []check.Violation{{Check: "start", Text: err.Error()}}
	}
	defer w.close()
	faulty, stop := context.WithTimeout(ctx, m.Most)
	defer stop()
	lives := &lives{w: w, m: m, stop: stop}
	for i, c := range w.clients {
		c.aim(m.Messages)
		if len(m.ClientPlaces) > 0 && i < len(w.clients)-1 {
			continue // begins with a place to die at
		}
		if err := c.start(); err != nil {
			return []check.Violation{{Check: "start", Text: err.Error()}}
		}
	}
	var work sync.WaitGroup
	// Each has dice of its own, so that a seed means the same plan whoever is faster.
	split := func() *rand.Rand { return rand.New(rand.NewPCG(dice.Uint64(), dice.Uint64())) } //nolint:gosec // not a secret
	serverDice, networkDice := split(), split()
	if len(m.ServerPlaces) > 0 {
		work.Go(func() { lives.server(faulty, serverDice) })
	}
	for _, c := range w.clients[:len(w.clients)-1] {
		own := split()
		if len(m.ClientPlaces) > 0 {
			work.Go(func() { lives.client(faulty, c, own) })
		}
	}
	if !m.Calm {
		work.Go(func() { lives.network(faulty, networkDice) })
	}
	work.Go(func() { lives.watch(faulty) })
	work.Wait()
	w.typeOut(ctx, m)
	return w.finish(ctx)
}

// typeOut heals everything and lets people type the rest.
func (w *world) typeOut(ctx context.Context, m Mixed) {
	if w.violated() {
		return
	}
	for _, c := range w.clients {
		c.proxy.Set(proxy.Conditions{})
	}
	if w.server.running() == nil {
		if err := w.server.start(ctx, w.setup.serverEnv...); err != nil {
			w.broken("the server starts", err)
			return
		}
	}
	for _, c := range w.clients {
		if c.running() == nil {
			w.broken("the client starts", c.start())
		}
	}
	// If it takes longer than that, what was typed must still be right.
	until(ctx, m.Most, func() bool {
		for _, c := range w.clients {
			if typed, _ := c.progress(); typed < m.Messages {
				return false
			}
		}
		return true
	})
}

// lives makes programs end and begin again.
type lives struct {
	w    *world
	m    Mixed
	stop func() // everything wanted has happened

	mu      sync.Mutex
	servers int // guarded by mu: killed
	clients int // guarded by mu
}

// atRandom is the place of lives that did not reach theirs, or had none.
const atRandom = "at random"

// died counts an end at a place.
func (l *lives) died(server bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if server {
		l.servers++
	} else {
		l.clients++
	}
}

// talkOn is how many messages people type at once who have typed all they had to while
// programs are still being killed: a place in silence is passed by nobody.
const talkOn = 2

// watch ends the faults once there were enough of them, or something was found. Until
// then nobody falls silent. Where nobody is killed they go on until everything is typed.
func (l *lives) watch(ctx context.Context) {
	for pause(ctx, 50*time.Millisecond) == nil {
		l.mu.Lock()
		enough := (l.servers >= l.m.Kills || len(l.m.ServerPlaces) == 0) && (l.clients >= l.m.Kills || len(l.m.ClientPlaces) == 0)
		l.mu.Unlock()
		for _, c := range l.w.clients {
			typed, _ := c.progress()
			enough = enough && (l.m.Kills > 0 || typed >= l.m.Messages)
		}
		if enough || l.w.violated() {
			l.stop()
			return
		}
		for _, c := range l.w.clients {
			if l.m.Kills > 0 {
				c.talkOn(talkOn)
			}
		}
	}
}

// seldom are places that are passed once a connection or less.
var seldom = map[fault.Place]bool{
	fault.ServerPageRead: true, fault.ServerReady: true, fault.ClientLive: true, fault.ClientPageApplied: true, fault.ClientAckAfter: true,
}

// slow are places before which a disk may take its time, while everything else
// goes on: whatever leaves meanwhile leaves too early.
var slow = map[fault.Place]bool{fault.ServerAppendBefore: true, fault.ServerAppendInTx: true, fault.BoltBeforeSync: true, fault.ClientApplyMid: true}

// plan chooses a place and a passing of it.
func plan(dice *rand.Rand, places []fault.Place) (fault.Place, string) {
	p := places[dice.IntN(len(places))]
	n := 1 + dice.IntN(100)
	if seldom[p] {
		n = 1 + dice.IntN(2)
	}
	if p == fault.ClientApplyMid {
		n = 1 + dice.IntN(15) // one a batch, not one a message
	}
	if slow[p] {
		return p, fmt.Sprintf("HEARTH_KILL=%s:%d+%dms", p, n, 1+dice.IntN(40))
	}
	return p, fmt.Sprintf("HEARTH_KILL=%s:%d", p, n)
}

// server lets the server live many lives.
func (l *lives) server(ctx context.Context, dice *rand.Rand) {
	s := l.w.server
	s.kill()
	defer s.kill() // the last life has a place to die at, too
	for ctx.Err() == nil {
		place, env := plan(dice, l.m.ServerPlaces)
		graceful := dice.IntN(12) == 0
		if graceful {
			place = fault.ServerStopPlaces[dice.IntN(len(fault.ServerStopPlaces))]
			env = "HEARTH_KILL=" + string(place)
		}
		// A start that has begun is awaited and judged also if its time ends meanwhile.
		if err := s.start(context.WithoutCancel(ctx), append([]string{env}, l.w.setup.serverEnv...)...); err != nil && !errors.Is(err, errDied) {
			l.w.broken("the server starts", err)
			return
		}
		l.serve(ctx, place, graceful, time.Duration(1500+dice.IntN(2500))*time.Millisecond)
	}
}

// serve waits for a server's end at a place, or brings another one about.
func (l *lives) serve(ctx context.Context, place fault.Place, graceful bool, most time.Duration) {
	p := l.w.server.running()
	if p.wait(most) != nil && graceful {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		_ = p.wait(15 * time.Second)
	}
	if !over(p) {
		place = atRandom
		l.w.server.kill()
	}
	l.w.server.forget()
	if killed, code := p.killed(); !killed {
		if graceful && code == 0 {
			return // the place was not passed
		}
		l.w.add(check.Violation{Check: "the server goes on", Text: fmt.Sprintf("it ended by itself with code %d\n%s", code, l.w.server.log)})
		l.stop()
		return
	}
	if ctx.Err() == nil || place != atRandom {
		l.w.tally.killed("server: " + string(place))
	}
	if place != atRandom {
		l.died(true)
	}
}

// client lets one client live many lives.
func (l *lives) client(ctx context.Context, c *client, dice *rand.Rand) {
	for ctx.Err() == nil {
		_, env := plan(dice, l.m.ClientPlaces)
		if dice.IntN(6) == 0 {
			env = "HEARTH_KILL=" // this one is killed at random
		}
		if err := c.start(env); err != nil {
			l.w.broken("the client starts", err)
			return
		}
		c.mark(env)
		place := l.outlive(ctx, c, time.Duration(1500+dice.IntN(3000))*time.Millisecond)
		found, err := c.buried(ctx)
		if err != nil && ctx.Err() != nil {
			found, err = c.buried(context.WithoutCancel(ctx))
		}
		l.w.broken("I8 after a crash", err)
		l.w.add(found...)
		if place != "" {
			l.w.tally.killed("client: " + place)
		}
		if place != "" && place != atRandom {
			l.died(false)
		}
		if err != nil || l.w.violated() {
			l.stop()
			return
		}
	}
	if p := c.running(); p != nil {
		p.kill()
		found, err := c.buried(context.WithoutCancel(ctx))
		l.w.broken("I8 after a crash", err)
		l.w.add(found...)
	}
}

// getGoing is how long a program that has a place to die at may take to show something,
// on a busy machine or a bad network, before its time begins.
const getGoing = 10 * time.Second

// outlive waits for a client's end and returns where it was killed.
func (l *lives) outlive(ctx context.Context, c *client, most time.Duration) string {
	p := c.running()
	place := c.plannedPlace()
	if place != "" {
		until(ctx, getGoing, func() bool { return over(p) || c.showing() })
	}
	if errors.Is(p.wait(most), errLate) {
		place = atRandom
		p.kill()
	}
	if killed, code := p.killed(); !killed {
		l.w.add(check.Violation{Check: "the client goes on", Text: fmt.Sprintf("%s ended by itself with code %d\n%s", c.name, code, c.log)})
		l.stop()
		return ""
	}
	return place
}

// network breaks the links of all, and lets the last one's program sleep.
func (l *lives) network(ctx context.Context, dice *rand.Rand) {
	last := l.w.clients[len(l.w.clients)-1]
	for pause(ctx, time.Duration(300+dice.IntN(1200))*time.Millisecond) == nil {
		c := l.w.clients[dice.IntN(len(l.w.clients))]
		kind, conditions := weather(dice)
		switch kind {
		case "sleep (SIGSTOP)":
			p := last.running()
			_ = p.cmd.Process.Signal(syscall.SIGSTOP)
			_ = pause(ctx, time.Duration(300+dice.IntN(2500))*time.Millisecond)
			_ = p.cmd.Process.Signal(syscall.SIGCONT)
		case "reset":
			c.proxy.Reset()
		default:
			c.proxy.Set(conditions)
			_ = pause(ctx, time.Duration(200+dice.IntN(2500))*time.Millisecond)
			c.proxy.Set(proxy.Conditions{})
		}
		l.w.tally.fault(kind)
	}
}

// weather chooses what happens to a link.
func weather(dice *rand.Rand) (string, proxy.Conditions) {
	ms := func(least, most int) time.Duration {
		return time.Duration(least+dice.IntN(most-least)) * time.Millisecond
	}
	slow := proxy.Way{Latency: ms(20, 300), Jitter: ms(1, 100)}
	thin := proxy.Way{Rate: 2000 + dice.IntN(50_000)}
	switch dice.IntN(9) {
	case 0:
		return "latency and jitter", proxy.Conditions{Up: slow, Down: slow}
	case 1:
		return "narrow link", proxy.Conditions{Up: thin, Down: thin}
	case 2:
		return "slices of one byte", proxy.Conditions{Up: proxy.Way{Slice: 1}, Down: proxy.Way{Slice: 1}}
	case 3:
		return "stall", proxy.Conditions{Up: proxy.Way{Stall: true}, Down: proxy.Way{Stall: true}}
	case 4:
		return "half-open to the server", proxy.Conditions{Up: proxy.Way{Discard: true}}
	case 5:
		return "half-open to the client", proxy.Conditions{Down: proxy.Way{Discard: true}}
	case 6:
		return "black hole", proxy.BlackHole
	case 7:
		return "reset", proxy.Conditions{}
	}
	return "sleep (SIGSTOP)", proxy.Conditions{}
}
