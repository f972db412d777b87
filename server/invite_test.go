package server

import (
	"crypto/ed25519"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
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

// TestRevokedInvite: an invite that was revoked admits nobody, and whoever has it learns
// nothing any more, neither the group nor who invited.
func TestRevokedInvite(t *testing.T) {
	w := newWorld(t, nil, Options{Name: "Harbour"})
	a := w.person()
	s := chat.NewInviteSecret()
	key := s.Key()
	i := storage.Invite{Key: key.Public().(ed25519.PublicKey), Creator: a.account, Uses: 5, Expires: time.Now().Add(time.Hour).UnixMilli()}
	i.ID = chat.InviteIDOf(i.Key)
	if err := w.store.PutInvite(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	if info, ok := w.dial().check(s).(*wire.InviteInfo); !ok || info.Group != "Harbour" || info.Inviter == "" {
		t.Fatalf("before: %+v", info)
	}
	if err := w.store.RevokeInvite(t.Context(), i.ID); err != nil {
		t.Fatal(err)
	}
	if e, ok := w.dial().check(s).(*wire.Error); !ok || e.Code != chat.CodeInviteUnknown || e.Path != "/invite" {
		t.Errorf("looking at it: %+v", e)
	}
	c := w.dial()
	r := c.registration("newcomer")
	r.Invite, r.InviteSignature = i.ID, ed25519.Sign(key, wire.InviteInput(c.binding, r.Record))
	if e := c.refused(r); e.Code != chat.CodeInviteUnknown || e.Path != "/invite" {
		t.Errorf("joining by it: %+v", e)
	}
}
