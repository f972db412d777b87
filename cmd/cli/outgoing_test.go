package main

import (
	"strings"
	"testing"

	"hearth/app"
	"hearth/chat"
)

// TestLandedBeforeNoted: the goroutine that reads the log may be faster than the
// one that sends. Once such a message stayed open for ever, and "chat" never ended.
func TestLandedBeforeNoted(t *testing.T) {
	o := &outgoing{open: map[chat.MID]bool{}, early: map[chat.MID]bool{}}
	fast, slow := chat.NewMID(), chat.NewMID()
	ignore := func(*app.MessageView) error { return nil }
	if err := o.landed(&app.MessageView{MID: fast, Own: true}, ignore); err != nil {
		t.Fatal(err)
	}
	o.sent(fast)
	o.sent(slow)
	if len(o.open) != 1 || !o.open[slow] || len(o.early) != 0 {
		t.Errorf("open %v, early %v", o.open, o.early)
	}
	if err := o.landed(&app.MessageView{MID: slow, Own: true}, ignore); err != nil {
		t.Fatal(err)
	}
	if len(o.open) != 0 {
		t.Errorf("open %v", o.open)
	}
}

// TestPassedOver: a line's answer is lost with the connection, which is far behind when it
// comes back, so that the line stands in what is loaded later, when the reader has gone by.
// Once such a message stayed open for ever, and "chat" never ended.
func TestPassedOver(t *testing.T) {
	g := newRig(t)
	g.do("ann", "send", "general", "before")
	var o options
	o.Profile, o.VaultFile = g.args("ann", nil)[1], g.args("ann", nil)[3]
	var out, errs strings.Builder
	cmd := &terminal{ctx: t.Context(), options: &o, in: strings.NewReader(""), out: &out, err: &errs}
	g.check(cmd.withGroup(false, func(s *session) error {
		g.check(s.awaitLive())
		general := newOutgoing(s, s.core.View().Rooms[0].ID, true)
		mid, err := s.core.Send(s.ctx, general.read.room, "mine")
		g.check(err)
		g.check(s.await(func() (bool, error) {
			waits, err := s.core.Outbox(s.ctx)
			if err != nil || len(waits) > 0 {
				return false, err
			}
			landing, err := s.core.Landing(s.ctx)
			return len(landing) == 0, err
		}))
		g.check(general.read.step(func(*app.MessageView) error { return nil }, nil))
		general.sent(mid)
		done, err := general.settle(nil)
		if g.check(err); !done || len(general.early) != 0 {
			t.Errorf("open %v, early %v", general.open, general.early)
		}
		general.sent(chat.NewMID()) // not in the outbox, and nowhere else
		for range 2 {
			done, err := general.settle(nil)
			if g.check(err); done || len(general.open) != 1 {
				t.Errorf("what is nowhere counts as sent: open %v", general.open)
			}
		}
		return nil
	}))
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"text":"mine"`) {
		t.Errorf("it prints %q", got)
	}
}
