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

// Selves: somebody begins a conversation, changes their name, shows a status and blocks
// somebody. The server is killed in the middle of it, and what was asked for is asked for
// again. In the end all of it is so, once, in every room.

const (
	selfName   = "Another Name"
	selfStatus = "out for a walk"
)

// Selves kills a server at each place that such deeds pass.
func Selves(ctx context.Context, programs Programs, dir string, tally *Tally) (found []check.Violation) {
	talk := []fault.Place{"", fault.ServerAppendInTx, fault.ServerAppendCommitted} // of the conversation
	for _, place := range append(talk, fault.ServerSelfPlaces...) {
		e := &experiment{programs: programs, dir: filepath.Join(dir, cmp.Or(strings.ReplaceAll(string(place), ".", "-"), "whole"))}
		v := e.selves(ctx, place)
		if len(v) == 0 && place != "" {
			tally.killed("server: " + string(place))
		}
		found = append(found, v...)
	}
	return found
}

// self is one such run.
type self struct {
	*doer
	other *prober
	two   chat.RoomID
	mids  [2]chat.MID // of the conversation and of the name
}

func (e *experiment) selves(ctx context.Context, place fault.Place) (found []check.Violation) {
	w, err := e.small(ctx, "")
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	add := func(name, format string, args ...any) {
		found = append(found, check.Violation{Check: name, Text: fmt.Sprintf(format, args...) + fmt.Sprintf(" (killed at %q)", place)})
	}
	invite, err := w.clients[0].must(ctx, "invite", "--uses", "2")
	if err != nil {
		return notStarted(err)
	}
	x := &self{mids: [2]chat.MID{chat.NewMID(), chat.NewMID()}}
	if x.other, err = register(ctx, strings.TrimSpace(invite), w.server.listen, "other"); err != nil {
		return notStarted(err)
	}
	p, err := register(ctx, strings.TrimSpace(invite), w.server.listen, "self")
	if err != nil {
		return notStarted(err)
	}
	x.doer = &doer{prober: p}
	x.two = chat.DirectRoom(p.ready.Account, x.other.ready.Account)
	if place != "" {
		if err := errors.Join(w.server.stop(), w.server.start(ctx, append([]string{"HEARTH_KILL=" + string(place)}, e.env...)...)); err != nil {
			return notStarted(err)
		}
	}
	if err := errors.Join(x.enter(ctx), x.wants(ctx)); (err == nil) != (place == "") {
		return notStarted(fmt.Errorf("to be killed at %q: %w", place, err))
	}
	x.hangUp()
	if place != "" {
		if err := w.server.running().wait(10 * time.Second); err != nil {
			return notStarted(err)
		}
		w.server.forget()
		if err := w.server.start(ctx, e.env...); err != nil {
			return notStarted(err)
		}
	}
	if err := errors.Join(x.enter(ctx), x.wants(ctx)); err != nil {
		add("I2 once", "what is asked for again is refused: %v", err)
		return found
	}
	x.hangUp()
	if err := x.enter(ctx); err != nil {
		return notStarted(err)
	}
	x.look(ctx, add)
	x.hangUp()
	if err := errors.Join(w.server.stop(), w.server.run(ctx, "verify", "--data", w.server.data, "--config", w.server.config)); err != nil {
		add("I1 durable", "%v", err)
	}
	return found
}

// wants asks for all of it, under the same ids each time.
func (x *self) wants(ctx context.Context) error {
	body := fmt.Sprintf(`{"access":"direct","history":"all","members":["%s"]}`, x.other.ready.Account)
	for _, r := range []wire.Request{
		&wire.Send{MID: x.mids[0], Room: x.two, DSeq: 1, Kind: chat.KindRoomCreate, Body: body},
		&wire.Profile{MID: x.mids[1], Display: selfName},
		&wire.StatusSet{Status: wire.Status{Text: selfStatus}},
		&wire.BlockSet{Block: chat.Block{Account: x.other.ready.Account, Blocked: true, Rev: 1}},
	} {
		if _, err := x.ask(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.Type(), err)
		}
	}
	return nil
}

// look compares what there is with what was wanted.
func (x *self) look(ctx context.Context, add adder) {
	for room, founded := range map[chat.RoomID]int{x.room: 1, x.two: 1} {
		reply, err := x.ask(ctx, &wire.History{Room: room, From: 1, To: 200})
		page, ok := reply.(*wire.HistoryPage)
		if err != nil || !ok {
			add("I1 durable", "a room is not there: %v", err)
			continue
		}
		named, made := 0, 0
		for i := range page.Events {
			e := page.Events[i].Event(room)
			if e.Kind == chat.KindName && e.Author == x.ready.Account && strings.Contains(string(e.Body), selfName) {
				named++
			}
			if e.Kind == chat.KindRoomCreate {
				made++
			}
		}
		if named != 1 || made != founded {
			add("I2 once", "a room was told a name %d times, and made %d times", named, made)
		}
	}
	reply, err := x.ask(ctx, &wire.Cards{})
	shown := ""
	if list, ok := reply.(*wire.CardsList); ok {
		for _, c := range list.Cards {
			if c.Account == x.ready.Account {
				shown = c.Status.Text
			}
		}
	}
	if err != nil || shown != selfStatus {
		add("cards", "the status is %q, %v", shown, err)
	}
	if err := x.caughtUp(ctx, x.s); err != nil {
		add("probe", "%v", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.blocks) != 1 || x.blocks[0].Account != x.other.ready.Account || !x.blocks[0].Blocked {
		add("blocks", "whom the account has blocked was told as %+v", x.blocks)
	}
}
