package server

import (
	"testing"
	"time"

	"hearth/chat"
)

// TestGrantsEnd: a token opens the door for fifteen minutes, and two transfers of one session
// or four of one account are under way at once.
func TestGrantsEnd(t *testing.T) {
	of := func(account chat.AccountID) *session { return &session{account: account, ctx: t.Context()} }
	ann := chat.NewAccountID()
	g, s, now := newGrants(), of(ann), time.Now()
	key := g.give(s, now)
	if _, state := g.state(key, now.Add(grantLife-time.Millisecond)); state != SessionReady {
		t.Errorf("just before its end a token says %v", state)
	}
	if _, state := g.state(key, now.Add(grantLife)); state != SessionStranger {
		t.Errorf("at its end a token says %v", state)
	}
	other := of(ann)
	for i, c := range []struct {
		s    *session
		want bool
	}{{s, true}, {s, true}, {s, false}, {other, true}, {other, true}, {of(ann), false}, {of(chat.NewAccountID()), true}} {
		if got := g.enter(c.s); got != c.want {
			t.Errorf("transfer %d begins: %v, want %v", i, got, c.want)
		}
	}
	g.leave(s)
	if !g.enter(of(ann)) {
		t.Error("a transfer has ended and none may begin")
	}
}
