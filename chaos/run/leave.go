//go:build unix

package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"hearth/chaos/check"
	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/link"
)

// Leavings: whoever runs the server shuts people out, lets them in again, and deletes
// the account of one with everything they wrote. The server is killed while it does so;
// afterwards it is done, and nothing of anybody else has gone with it.

const (
	leavePatience = 30 * time.Second
	// shutOutBound is how long a connection may outlive its account's right to it, and
	// what a busy machine takes to say so.
	shutOutBound = time.Second + 500*time.Millisecond
	goersText    = "of who goes"
	stayersText  = "of who stays"
)

// Leavings kills a server at each place that such deeds pass.
func Leavings(ctx context.Context, programs Programs, dir string, tally *Tally) (found []check.Violation) {
	for _, place := range append([]fault.Place{""}, fault.ServerLeavePlaces...) {
		e := &experiment{programs: programs, dir: filepath.Join(dir, cmp.Or(strings.ReplaceAll(string(place), ".", "-"), "left"))}
		v := e.leaves(ctx, place)
		if len(v) == 0 && place != "" {
			tally.killed("server: " + string(place))
		}
		found = append(found, v...)
	}
	return found
}

// leaving makes a trial of it, with a kill at a place or without.
func leaving(place fault.Place) func(context.Context, *experiment) []check.Violation {
	return func(ctx context.Context, e *experiment) []check.Violation { return e.leaves(ctx, place) }
}

// leaver is one such run.
type leaver struct {
	*world
	e     *experiment
	place fault.Place
	add   adder
}

func (e *experiment) leaves(ctx context.Context, place fault.Place) (found []check.Violation) {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	l := &leaver{world: w, e: e, place: place, add: func(name, format string, args ...any) {
		found = append(found, check.Violation{Check: name, Text: fmt.Sprintf(format, args...) + fmt.Sprintf(" (killed at %q)", place)})
	}}
	invite, err := w.clients[0].must(ctx, "invite")
	if err != nil {
		return notStarted(err)
	}
	p, err := register(ctx, strings.TrimSpace(invite), w.server.listen, "goer")
	if err != nil {
		return notStarted(err)
	}
	d := &doer{prober: p}
	for _, step := range []func(context.Context, *doer) error{l.shutsOut, l.letsIn, l.waits, l.deletes} {
		if err := step(ctx, d); err != nil {
			return append(found, notStarted(err)...)
		}
		if len(found) > 0 {
			return found
		}
	}
	if err := errors.Join(w.server.stop(), w.server.run(ctx, "verify", "--data", w.server.data, "--config", w.server.config)); err != nil {
		l.add("I1 durable", "%v", err)
	}
	return found
}

// manage has whoever runs the server do something with an account. Where the server is
// to be killed meanwhile, it is started anew afterwards.
func (l *leaver) manage(ctx context.Context, at fault.Place, args ...string) error {
	args = append(args, "--data", l.server.data, "--config", l.server.config)
	if at == "" || at != l.place {
		return l.server.run(ctx, args...)
	}
	if err := errors.Join(l.server.stop(), l.server.start(ctx, append([]string{"HEARTH_KILL=" + string(at)}, l.e.env...)...)); err != nil {
		return err
	}
	_ = l.server.run(ctx, args...) // it may have been told nothing any more
	if err := l.server.running().wait(leavePatience); err != nil {
		return fmt.Errorf("the server was not killed at %q: %w", at, err)
	}
	l.server.forget()
	return l.server.start(ctx, l.e.env...)
}

// ended waits until a connection has ended for a reason.
func (p *prober) ended(ctx context.Context, kind link.Kind, most time.Duration) bool {
	return until(ctx, most, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.end != nil && p.end.Kind == kind
	})
}

// keptOut: nobody gets in with the device, and hears why.
func (l *leaver) keptOut(ctx context.Context, d *doer, kind link.Kind) {
	var e *link.Error
	if err := d.enter(ctx); err == nil || !errors.As(err, &e) || e.Kind != kind {
		l.add("never let in", "a device whose account is %s comes in: %v", kind, err)
	}
	d.hangUp()
}

// shutsOut suspends somebody who is connected.
func (l *leaver) shutsOut(ctx context.Context, d *doer) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	if _, err := d.send(ctx, chat.KindMessage, `{"text":"`+goersText+` before"}`); err != nil {
		return err
	}
	if err := l.manage(ctx, fault.ServerSuspendStored, "suspend", "goer"); err != nil {
		return err
	}
	if l.place != fault.ServerSuspendStored && !d.ended(ctx, link.KindSuspended, shutOutBound) {
		l.add("never let in", "a connection goes on %v after its account was shut out", shutOutBound)
	}
	d.hangUp()
	l.keptOut(ctx, d, link.KindSuspended)
	return nil
}

// letsIn takes that back.
func (l *leaver) letsIn(ctx context.Context, d *doer) error {
	if err := l.manage(ctx, "", "unsuspend", "goer"); err != nil {
		return err
	}
	if err := d.enter(ctx); err != nil {
		l.add("I3 delivered", "who was let in again is not: %v", err)
		return nil
	}
	if _, err := d.send(ctx, chat.KindMessage, `{"text":"`+goersText+` again"}`); err != nil {
		l.add("I3 delivered", "who was let in again cannot write: %v", err)
	}
	return nil
}

// waits: what somebody writes while they are shut out is sent once they are not.
func (l *leaver) waits(ctx context.Context, _ *doer) error {
	ana := l.clients[0]
	if err := l.manage(ctx, "", "suspend", ana.name); err != nil {
		return err
	}
	if _, err := ana.must(ctx, "send", "--queue", "general", stayersText); err != nil {
		return err
	}
	if out, code, err := ana.command(ctx, nil, "--timeout", "5s", "status", "--wait"); err != nil || code == 0 {
		l.add("never let in", "a program whose account is shut out is up to date: %v\n%s", err, out)
	}
	if err := l.manage(ctx, "", "unsuspend", ana.name); err != nil {
		return err
	}
	if _, err := ana.must(ctx, "send", "general", stayersText+", later"); err != nil {
		return err
	}
	return l.says(ctx, l.clients[1], map[string]int{stayersText: 2, goersText: 2})
}

// says looks how often texts stand in the room, as a client exports it.
func (l *leaver) says(ctx context.Context, c *client, want map[string]int) error {
	var out string
	deadline := time.Now().Add(leavePatience)
	for {
		_, err := c.must(ctx, "status", "--wait")
		if err == nil {
			out, err = c.must(ctx, "export", "general", "--format", "json")
		}
		if err != nil {
			return err
		}
		right := true
		for text, n := range want {
			right = right && strings.Count(out, text) == n
		}
		if right {
			return nil
		}
		if time.Now().After(deadline) {
			break
		}
		if err := pause(ctx, 300*time.Millisecond); err != nil {
			return err
		}
	}
	for text, n := range want {
		if got := strings.Count(out, text); got != n {
			l.add("I3 delivered", "%s is shown %d messages %s, there have to be %d", c.name, got, text, n)
		}
	}
	return nil
}

// deletes deletes an account with everything it wrote.
func (l *leaver) deletes(ctx context.Context, d *doer) error {
	place := l.place
	if place == fault.ServerSuspendStored {
		place = ""
	}
	if err := l.manage(ctx, place, "delete-account", "--yes", "--erase", "goer"); err != nil {
		return err
	}
	if place == "" && !d.ended(ctx, link.KindDeleted, shutOutBound) {
		l.add("never let in", "a connection goes on %v after its account was deleted", shutOutBound)
	}
	d.hangUp()
	l.keptOut(ctx, d, link.KindDeleted)
	for _, c := range l.clients {
		if err := l.says(ctx, c, map[string]int{stayersText: 2, goersText: 0}); err != nil {
			return err
		}
	}
	return nil
}
