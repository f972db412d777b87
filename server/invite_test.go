package server

import (
	"crypto/ed25519"
	"testing"

	"hearth/chat"
	"hearth/net/wire"
)

// TestInviteAgain: a retry gets the invite it made; a key whose invite has ended,
// or is somebody else's, gets none.
func TestInviteAgain(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ana, ben := w.person(), w.person()
	secret := chat.NewInviteSecret()
	key := secret.Key().Public().(ed25519.PublicKey)
	create := func() *wire.InviteCreate { return &wire.InviteCreate{Key: wire.Bytes(key), Uses: 3, ExpiresMS: 60_000} }
	first, ok := ana.answer(ana.ask(create())).(*wire.InviteCreated)
	if !ok {
		t.Fatal("no invite")
	}
	again, ok := ana.answer(ana.ask(create())).(*wire.InviteCreated)
	if !ok || again.Invite != first.Invite {
		t.Errorf("a retry got %+v instead of %+v", again, first)
	}
	if e := ben.refused(create()); e.Code != chat.CodeInviteUnknown || e.Path != "/key" {
		t.Errorf("somebody else's: %+v", e)
	}
	if f := ana.answer(ana.ask(&wire.InviteRevoke{Invite: first.Invite.Invite})); f.Type() != "ok" {
		t.Fatalf("revoke: %+v", f)
	}
	if e := ana.refused(create()); e.Code != chat.CodeInviteUnknown || e.Path != "/key" {
		t.Errorf("revoked: %+v", e)
	}
}
