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
	"hearth/net/wire"
)

// Keeps: a room forgets what is older than a day, which is two seconds long here. The
// server is killed while it purges; afterwards all of it is gone and declared so, and
// what was answered before is answered like that again.

const (
	keepDay      = "HEARTH_DAY=2s"
	keepPatience = 30 * time.Second // two turns of the server's sweeper, and a busy machine
	keepTexts    = 12
)

// Keeps kills a server at each place that a purge passes.
func Keeps(ctx context.Context, programs Programs, dir string, tally *Tally) (found []check.Violation) {
	for _, place := range append([]fault.Place{""}, fault.ServerPurgePlaces...) {
		e := &experiment{programs: programs, dir: filepath.Join(dir, cmp.Or(strings.ReplaceAll(string(place), ".", "-"), "purged"))}
		v := e.keeps(ctx, place)
		if len(v) == 0 && place != "" {
			tally.killed("server: " + string(place))
		}
		found = append(found, v...)
	}
	return found
}

// keeping makes a trial of one purge.
func keeping(ctx context.Context, e *experiment) []check.Violation { return e.keeps(ctx, "") }

// longDay is a day of which a server is seen to keep what is half as old.
const longDay = 20 * time.Second

// keepingYoung: nothing is purged before its time, also when a room is told to forget
// what has been there for most of it.
func keepingYoung(ctx context.Context, e *experiment) (found []check.Violation) {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	invite, err := w.clients[0].must(ctx, "invite")
	if err != nil {
		return notStarted(err)
	}
	p, err := register(ctx, strings.TrimSpace(invite), w.server.listen, "keeper")
	if err != nil {
		return notStarted(err)
	}
	env := append([]string{"HEARTH_DAY=" + longDay.String()}, e.env...)
	if err := errors.Join(w.server.stop(), w.server.start(ctx, env...)); err != nil {
		return notStarted(err)
	}
	d := &doer{prober: p, room: chat.NewRoomID()}
	if err := d.enter(ctx); err != nil {
		return notStarted(err)
	}
	defer d.hangUp()
	if _, err := d.send(ctx, chat.KindRoomCreate, `{"name":"forgetful","access":"closed","history":"all"}`); err != nil {
		return notStarted(err)
	}
	last, err := d.send(ctx, chat.KindMessage, `{"text":"too young to go"}`)
	wrote := time.Now()
	if err == nil {
		err = pause(ctx, longDay*11/20)
	}
	if err == nil {
		_, err = d.send(ctx, chat.KindKeep, `{"days":1}`)
	}
	if err != nil {
		return notStarted(err)
	}
	for looked := 0; ; looked++ {
		reply, err := d.ask(ctx, &wire.History{Room: d.room, From: 1, To: last})
		page, ok := reply.(*wire.HistoryPage)
		age := time.Since(wrote)
		switch {
		case err != nil || !ok:
			return notStarted(fmt.Errorf("no page: %w", err))
		case age >= longDay && looked == 0:
			return notStarted(errors.New("the machine is too busy to tell"))
		case age >= longDay:
			return nil
		case page.Void == wire.VoidPurged:
			return []check.Violation{{Check: "retention", Text: fmt.Sprintf("what was written %v ago is purged; the room keeps it for %v", age.Round(time.Millisecond), longDay)}}
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return notStarted(err)
		}
	}
}

func (e *experiment) keeps(ctx context.Context, place fault.Place) (found []check.Violation) {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	add := func(name, format string, args ...any) {
		found = append(found, check.Violation{Check: name, Text: fmt.Sprintf(format, args...) + fmt.Sprintf(" (killed at %q)", place)})
	}
	invite, err := w.clients[0].must(ctx, "invite")
	if err != nil {
		return notStarted(err)
	}
	p, err := register(ctx, strings.TrimSpace(invite), w.server.listen, "keeper")
	if err != nil {
		return notStarted(err)
	}
	env := append([]string{keepDay}, e.env...)
	kill := env
	if place != "" {
		kill = append([]string{"HEARTH_KILL=" + string(place)}, env...)
	}
	if err := errors.Join(w.server.stop(), w.server.start(ctx, kill...)); err != nil {
		return notStarted(err)
	}
	d := &doer{prober: p, room: chat.NewRoomID()}
	first, last, err := d.fills(ctx)
	if err != nil {
		return notStarted(err)
	}
	if place != "" {
		if err := w.server.running().wait(keepPatience); err != nil {
			return notStarted(fmt.Errorf("the server was not killed at %q: %w", place, err))
		}
		d.hangUp()
		w.server.forget()
		if err := w.server.start(ctx, env...); err != nil {
			return []check.Violation{{Check: "the server starts", Text: err.Error()}}
		}
		if err := d.enter(ctx); err != nil {
			return notStarted(err)
		}
	}
	d.forgotten(ctx, first, last, add)
	d.hangUp()
	if err := errors.Join(w.server.stop(), w.server.run(ctx, "verify", "--data", w.server.data, "--config", w.server.config)); err != nil {
		add("I1 durable", "%v", err)
	}
	return found
}

// told is a message and what was answered to it.
type told struct {
	req *wire.Send
	ack *wire.Ack
}

// fills makes a room, writes in it, and has it forget.
func (d *doer) fills(ctx context.Context) (first told, last chat.Seq, err error) {
	if err := d.enter(ctx); err != nil {
		return first, 0, err
	}
	if _, err := d.send(ctx, chat.KindRoomCreate, `{"name":"forgetful","access":"closed","history":"all"}`); err != nil {
		return first, 0, err
	}
	d.dseq++
	first.req = &wire.Send{MID: chat.NewMID(), Room: d.room, DSeq: d.dseq, Kind: chat.KindMessage, Body: `{"text":"first"}`}
	reply, err := d.ask(ctx, first.req)
	ack, ok := reply.(*wire.Ack)
	if err != nil || !ok {
		return first, 0, errors.Join(err, errors.New("no ack"))
	}
	first.ack = ack
	for range keepTexts {
		if last, err = d.send(ctx, chat.KindMessage, `{"text":"to be purged"}`); err != nil {
			return first, 0, err
		}
	}
	_, err = d.send(ctx, chat.KindKeep, `{"days":1}`)
	return first, last, err
}

// forgotten waits until all is purged and looks what is left of it.
func (d *doer) forgotten(ctx context.Context, first told, last chat.Seq, add func(name, format string, args ...any)) {
	deadline := time.Now().Add(keepPatience)
	for {
		reply, err := d.ask(ctx, &wire.History{Room: d.room, From: 1, To: last})
		page, ok := reply.(*wire.HistoryPage)
		if err != nil || !ok {
			add("I7 no silent gap", "what was purged is not declared void: %v", err)
			return
		}
		if page.Void == wire.VoidPurged && page.VoidTo >= last {
			break
		}
		if time.Now().After(deadline) {
			add("retention", "nothing is purged: %d events from %d on", len(page.Events), 1)
			return
		}
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
	again := *first.req
	reply, err := d.ask(ctx, &again)
	if ack, ok := reply.(*wire.Ack); err != nil || !ok || ack.Seq != first.ack.Seq || ack.Chain != first.ack.Chain || ack.Time != first.ack.Time {
		add("I2 once", "a repetition of what was purged at %d is answered %+v, %v", first.ack.Seq, reply, err)
	}
	reply, err = d.ask(ctx, &wire.Chains{Room: d.room, Seqs: []chat.Seq{first.ack.Seq}})
	if at, ok := reply.(*wire.ChainsAt); err != nil || !ok || len(at.Chains) != 1 || at.Chains[0].Chain != first.ack.Chain {
		add("I4 agreement", "the chain value at %d, which was purged, is %+v, %v", first.ack.Seq, reply, err)
	}
	d.hangUp()
	if err := d.enter(ctx); err != nil {
		add("I15 convergence", "nobody new comes in: %v", err)
		return
	}
	for deadline = time.Now().Add(probePatience); !d.isLive(); {
		if time.Now().After(deadline) {
			add("I15 convergence", "a newcomer to a purged room is never up to date")
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// isLive reports whether all backlogs have come.
func (p *prober) isLive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live
}
