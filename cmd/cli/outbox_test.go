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

// TestRetryInVain: of what is refused for good "outbox retry" says so at once, also when
// nothing can be tried.
func TestRetryInVain(t *testing.T) {
	g := newRig(t)
	g.do("ann", "edit", "general", "999", "x", "--queue")
	for _, how := range []string{"--all", "id", "--all", "id"} {
		if how == "id" {
			how, _, _ = strings.Cut(g.do("ann", "outbox"), " ")
		}
		code, out, errs := g.try("ann", "outbox", "retry", how)
		if code != exitRefused || !strings.Contains(out, "message.gone") || !strings.Contains(errs, "refused 1 message") {
			t.Errorf("outbox retry %s: %d %s %s", how, code, out, errs)
		}
	}
	g.do("ann", "send", "general", "goes on")
}

// TestDirectBesideRefused: a conversation in which something was refused opens all the same.
func TestDirectBesideRefused(t *testing.T) {
	g := newRig(t)
	g.do("bob", "join", g.do("ann", "invite"), "--name", "bob", "--password-file", g.password())
	g.do("ann", "status", "--wait")
	id := strings.TrimSpace(g.do("ann", "direct", "bob"))
	g.do("ann", "edit", id, "999", "x", "--queue")
	if code, _, errs := g.try("ann", "outbox", "retry", "--all"); code != exitRefused {
		t.Errorf("the edit: %d %s", code, errs)
	}
	if again := strings.TrimSpace(g.do("ann", "direct", "bob")); again != id {
		t.Errorf("another conversation: %s, not %s", again, id)
	}
}
