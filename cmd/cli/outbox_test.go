package main

import (
	"io"
	"strings"
	"testing"

	"hearth/app"
	"hearth/chat"
)

// TestCancelGoesOn: what waited is dropped although something of it was sent since the list
// was made, by this very command's connection.
func TestCancelGoesOn(t *testing.T) {
	g := newRig(t)
	var o options
	o.Profile, o.VaultFile = g.args("ann", nil)[1], g.args("ann", nil)[3]
	var out, errs strings.Builder
	cmd := &terminal{ctx: t.Context(), options: &o, in: strings.NewReader(""), out: &out, err: &errs}
	g.check(cmd.withGroup(false, func(s *session) error {
		g.check(s.awaitLive())
		room := s.core.View().Rooms[0].ID
		var list []app.OutboxEntry
		write := func(text string) {
			mid, err := s.core.Send(s.ctx, room, text)
			g.check(err)
			list = append(list, app.OutboxEntry{Room: room, Message: app.MessageView{MID: mid}})
		}
		write("sent first")
		g.check(s.await(func() (bool, error) {
			now, err := s.core.Outbox(s.ctx)
			return len(now) == 0, err
		}))
		g.server.stop()
		g.check(s.await(func() (bool, error) { return s.core.View().Connection.State != app.ConnLive, nil }))
		write("waits")
		write("waits as well")
		mids := make([]string, len(list))
		for i := range list {
			mids[i] = list[i].Message.MID.String()
		}
		named := *s
		named.terminal = &terminal{ctx: t.Context(), options: &o, out: io.Discard, err: &errs}
		if err := named.cancel(list, mids[:1], false); err == nil || !strings.Contains(errs.String(), saySent) {
			t.Errorf("one that was named and is gone: %v %s", err, errs.String())
		}
		errs.Reset()
		g.check(s.cancel(list, mids, true))
		now, err := s.core.Outbox(s.ctx)
		if len(now) != 0 || err != nil {
			t.Errorf("%d still wait (%v)", len(now), err)
		}
		unknown := chat.NewMID().String()
		if err := named.cancel(list, []string{unknown}, false); err == nil || !strings.Contains(errs.String(), sayUnknown) {
			t.Errorf("one that never was: %v %s", err, errs.String())
		}
		return nil
	}))
	if got := out.String(); got != "2 messages dropped, 1 sent in the meantime\n" {
		t.Errorf("it says %q", got)
	}
}
