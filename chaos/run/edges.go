//go:build unix

package run

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"hearth/chaos/check"
	"hearth/chaos/proxy"
	"hearth/internal/fault"
)

// Edges kills both programs where an ordinary conversation never passes: while a
// server makes or migrates its database, while a device enrols, while a client ends.
func Edges(ctx context.Context, programs Programs, dir string, rounds int, tally *Tally) []check.Violation {
	if found := newborn(ctx, programs, filepath.Join(dir, "newborn"), tally); len(found) > 0 {
		return found
	}
	w, err := newWorld(ctx, programs, filepath.Join(dir, "edges"), "edges", tally, setup{names: names[:2]})
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	// Whoever is let in by an invite counts once, however often the way in was cut.
	admitted := rounds * (len(fault.ClientEnrolPlaces) + 1)
	invite, err := w.clients[0].must(ctx, "invite", "--uses", fmt.Sprint(admitted))
	if err != nil {
		return notStarted(err)
	}
	for round := range rounds {
		for i, place := range append([]fault.Place{fault.ServerRegister}, fault.ClientEnrolPlaces...) {
			c, err := w.guest(ctx, programs, filepath.Join(dir, "edges"), fmt.Sprintf("guest%c%c", 'a'+round, 'a'+i))
			if err != nil {
				return notStarted(err)
			}
			if place == fault.ServerRegister {
				err = w.registerTwice(ctx, c, invite)
			} else {
				err = w.enrolTwice(ctx, c, invite, place, round)
			}
			if err != nil {
				w.broken("enrolment after a crash", fmt.Errorf("%s: %w", place, err))
				return w.found
			}
		}
	}
	for range rounds {
		for _, c := range w.clients {
			if err := w.exit(ctx, c); err != nil {
				w.broken("I8 after a crash", err)
				return w.found
			}
		}
	}
	return w.finish(ctx)
}

// guest makes a client that has not joined.
func (w *world) guest(ctx context.Context, programs Programs, dir, name string) (*client, error) {
	c, err := newClient(programs, filepath.Join(dir, name), name, w.setup.clientEnv, w.clock, w.currentEpoch)
	if err != nil {
		return nil, err
	}
	c.proxy, err = proxy.Start(context.WithoutCancel(ctx), "127.0.0.1:0", w.server.listen)
	w.clients = append(w.clients, c)
	return c, err
}

// enrolTwice kills a device while it enrols. It knows nothing of that afterwards
// but what is on its disk, asks again, and is the same one.
func (w *world) enrolTwice(ctx context.Context, c *client, invite string, place fault.Place, round int) error {
	passing := 1
	if place == fault.BoltMigrate || place == fault.BoltMigrateDone {
		passing = 1 + round%2
	}
	code, err := c.enrol(ctx, invite, c.proxy, fmt.Sprintf("HEARTH_KILL=%s:%d", place, passing))
	if err != nil {
		return err
	}
	if code >= 0 {
		return fmt.Errorf("was not killed but ended with code %d\n%s", code, c.log)
	}
	w.tally.killed("client: " + string(place))
	if place == fault.BoltMigrate || place == fault.BoltMigrateDone {
		// The account was complete, only its database was not: there is nothing to join.
		if _, err := c.must(ctx, "status", "--wait"); err != nil {
			return err
		}
		return c.unlock(ctx)
	}
	return c.join(ctx, invite, c.proxy)
}

// registerTwice kills the server when it has stored an account and told nobody.
func (w *world) registerTwice(ctx context.Context, c *client, invite string) error {
	if err := w.server.stop(); err != nil {
		return err
	}
	if err := w.server.start(ctx, "HEARTH_KILL="+string(fault.ServerRegister)); err != nil {
		return err
	}
	if code, err := c.enrol(ctx, invite, c.proxy); err != nil || code == 0 {
		return errors.Join(err, fmt.Errorf("joined a server that was to be killed: code %d\n%s", code, c.log))
	}
	if w.server.running().wait(10*time.Second) != nil {
		return errors.New("the server was not killed")
	}
	w.server.forget()
	w.tally.killed("server: " + string(fault.ServerRegister))
	if err := w.server.start(ctx); err != nil {
		return err
	}
	return c.join(ctx, invite, c.proxy)
}

// exit kills a client that was asked to end: what it took is on its disk.
func (w *world) exit(ctx context.Context, c *client) error {
	if err := c.start("HEARTH_KILL=" + string(fault.ClientExit)); err != nil {
		return err
	}
	typed, _ := c.progress()
	c.aim(typed + 5)
	if !until(ctx, 30*time.Second, func() bool { now, _ := c.progress(); return now == typed+5 }) {
		return fmt.Errorf("%s does not take what is typed\n%s", c.name, c.log)
	}
	p := c.running()
	_ = p.stdin.Close()
	if p.wait(30*time.Second) != nil {
		p.kill()
		return fmt.Errorf("%s does not end\n%s", c.name, c.log)
	}
	if killed, code := p.killed(); !killed {
		return fmt.Errorf("%s was not killed but ended with code %d\n%s", c.name, code, c.log)
	}
	w.tally.killed("client: " + string(fault.ClientExit))
	found, err := c.buried(ctx)
	w.add(found...)
	return err
}

// newborn kills a server in each of the steps that make its database, each time
// one step further. What is left is completed by the next start.
func newborn(ctx context.Context, programs Programs, dir string, tally *Tally) []check.Violation {
	for _, place := range []fault.Place{fault.BoltMigrate, fault.BoltMigrateDone, fault.ServerStarted} {
		s, err := newServer(programs, filepath.Join(dir, string(place)), filepath.Join(dir, string(place), "data"), ordinaryLimits)
		if err != nil {
			return notStarted(err)
		}
		kills := 0
		for ; kills < newbornKills; kills++ {
			// Every start goes on behind the steps that are done.
			passing := 1 + kills%2
			if place == fault.ServerStarted {
				passing = 1
			}
			killed, code, err := s.bornDead(ctx, fmt.Sprintf("HEARTH_KILL=%s:%d", place, passing))
			if err != nil {
				return notStarted(err)
			}
			if !killed && code == 0 {
				break // there are no steps left
			}
			if !killed {
				return []check.Violation{{Check: "the server starts", Text: fmt.Sprintf("after a kill at %s: code %d\n%s", place, code, s.log)}}
			}
			tally.killed("server: " + string(place))
		}
		if kills == 0 {
			return notStarted(fmt.Errorf("no kill at %s", place))
		}
		if killed, code, err := s.bornDead(ctx, ""); err != nil || killed || code != 0 {
			return []check.Violation{{Check: "the server starts", Text: fmt.Sprintf("after %d kills at %s: %v, code %d\n%s", kills, place, err, code, s.log)}}
		}
		if err := s.run(ctx, "verify", "--data", s.data, "--config", s.config); err != nil {
			return []check.Violation{{Check: "I1 durable", Text: err.Error()}}
		}
	}
	return nil
}

const newbornKills = 4

// bornDead starts a server that nobody knows yet, and ends it as soon as it says
// how to get in, unless it was killed before.
func (s *server) bornDead(ctx context.Context, env string) (killed bool, code int, err error) {
	s.mu.Lock()
	s.invite = ""
	s.mu.Unlock()
	if err := s.start(ctx, env); err != nil && !errors.Is(err, errDied) {
		return false, 0, err
	}
	p := s.running()
	until(ctx, 20*time.Second, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.invite != "" || over(p)
	})
	if !over(p) {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	}
	if err := p.wait(20 * time.Second); err != nil {
		p.kill()
		return false, 0, err
	}
	s.forget()
	killed, code = p.killed()
	return killed, code, nil
}
