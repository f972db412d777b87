package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// resetFor makes an invite for somebody's account, as the operator does.
func (w *world) resetFor(a chat.AccountID) chat.InviteSecret {
	w.t.Helper()
	s := chat.NewInviteSecret()
	key := s.Key().Public().(ed25519.PublicKey)
	now := time.Now()
	err := w.store.PutInvite(w.t.Context(), storage.Invite{
		ID: chat.InviteIDOf(key), Key: key, Uses: 1, For: a, Created: now.UnixMilli(), Expires: now.Add(24 * time.Hour).UnixMilli(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// resetting is a request of this connection's device, which it makes if it has none.
func (c *raw) resetting(s chat.InviteSecret, password string, others bool) *wire.Reset {
	c.t.Helper()
	if c.device == nil {
		_, c.device, _ = ed25519.GenerateKey(rand.Reader)
	}
	record, err := wire.EncodeRecord(wire.NewStart{
		Verifier: verifierOf(c.t, password), Others: others,
		Device: wire.Device{Key: wire.Bytes(c.device.Public().(ed25519.PublicKey)), Name: "new", Platform: "test"},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	key := s.Key()
	return &wire.Reset{
		Version: wire.Version, HelloHash: c.binding.Hello, Invite: chat.InviteIDOf(key.Public().(ed25519.PublicKey)), Record: record,
		InviteSignature: ed25519.Sign(key, wire.ResetInput(c.binding, record)),
		DeviceSignature: ed25519.Sign(c.device, wire.EnrolInput(c.binding, record)),
	}
}

func (c *raw) check(s chat.InviteSecret) wire.Frame {
	c.t.Helper()
	key := s.Key()
	return c.answer(c.ask(&wire.InviteCheck{
		Invite: chat.InviteIDOf(key.Public().(ed25519.PublicKey)), Signature: ed25519.Sign(key, wire.InviteCheckInput(c.binding)),
	}))
}

// toldOfReset reads until this device is told that another came by a link.
func (c *raw) toldOfReset(other *raw) {
	c.t.Helper()
	for {
		if d := expect[*wire.DeviceAdded](c).Device; d.Device == other.deviceID() {
			if !d.Reset {
				c.t.Errorf("told of %+v", d)
			}
			return
		}
	}
}

// TestReset: who forgot the password chooses another, those who stay signed in are
// told, also when they come back later, and the link is used up but for the device
// that used it.
func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.protect("old")
		away := w.enrolled("person1", "old")
		_ = away.ws.CloseNow()
		synctest.Wait()
		time.Sleep(10 * time.Second)
		s := w.resetFor(a.account)

		c := w.dial()
		if info, ok := c.check(s).(*wire.InviteInfo); !ok || info.Name != "person1" || info.Uses != 1 || info.Inviter != "" {
			t.Fatalf("the link leads to %+v", info)
		}
		f := c.answer(c.ask(c.resetting(s, "new", false)))
		ready, ok := f.(*wire.Ready)
		if !ok || ready.Account != a.account || ready.Name != "person1" {
			t.Fatalf("refused: %+v", f)
		}
		a.toldOfReset(c)
		back := w.dial()
		back.answer(back.ask(back.auth(away)))
		back.toldOfReset(c)
		if _, f := w.logIn("person1", "old"); refusal(f) != chat.CodeAuthFailed {
			t.Errorf("the old password: %+v", f)
		}
		if _, f := w.logIn("person1", "new"); f.Type() != wire.TypeReady {
			t.Errorf("the new password: %+v", f)
		}

		// The answer was lost: the same device comes again, and nobody else.
		again := w.dial()
		again.device = c.device
		if info, ok := again.check(s).(*wire.InviteInfo); !ok || info.Uses != 0 {
			t.Errorf("a used link leads to %+v", info)
		}
		if f := again.answer(again.ask(again.resetting(s, "newer", true))); f.Type() != wire.TypeReady {
			t.Fatalf("again: %+v", f)
		}
		if last, code, _ := back.ended(); last == nil || code != wire.CloseAuthRevoked {
			t.Errorf("another device stays: %v, %v", last, code)
		}
		if len(again.devices()) != 1 {
			t.Errorf("devices: %+v", again.devices())
		}
		other := w.dial()
		if e := other.refused(other.resetting(s, "thief", true)); e.Code != chat.CodeInviteUsed {
			t.Errorf("another device: %+v", e)
		}
	})
}

// TestResetRefused: what is no link for a new password is told like one that does
// not exist, and nothing of it changes a thing.
func TestResetRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.protect("old")
		s := w.resetFor(a.account)
		refused := func(what string, code chat.Code, path string, make func(c *raw) wire.Request) {
			t.Helper()
			c := w.dial()
			if e := c.refused(make(c)); e.Code != code || e.Path != path {
				t.Errorf("%s: %+v", what, e)
			}
		}
		refused("an unknown one", chat.CodeInviteUnknown, "/invite", func(c *raw) wire.Request {
			return c.resetting(chat.NewInviteSecret(), "new", false)
		})
		refused("an ordinary invite", chat.CodeInviteUnknown, "/invite", func(c *raw) wire.Request {
			return c.resetting(w.invite, "new", false)
		})
		refused("another's signature", chat.CodeInviteUnknown, "/invite", func(c *raw) wire.Request {
			r := c.resetting(s, "new", false)
			r.InviteSignature = c.resetting(chat.NewInviteSecret(), "new", false).InviteSignature
			return r
		})
		refused("a signature for registering", chat.CodeInviteUnknown, "/invite", func(c *raw) wire.Request {
			r := c.resetting(s, "new", false)
			r.InviteSignature = ed25519.Sign(s.Key(), wire.InviteInput(c.binding, r.Record))
			return r
		})
		refused("from another connection", chat.CodeAuthBindingMismatch, "/hello_hash", func(*raw) wire.Request {
			return w.dial().resetting(s, "new", false)
		})
		refused("a device that did not sign", chat.CodeAuthFailed, "/device_signature", func(c *raw) wire.Request {
			r := c.resetting(s, "new", false)
			r.DeviceSignature[0]++
			return r
		})
		refused("a device that is known", chat.CodeForbidden, "/record/device/key", func(c *raw) wire.Request {
			c.device = a.device
			return c.resetting(s, "new", false)
		})
		refused("registering by it", chat.CodeInviteUnknown, "/invite", func(c *raw) wire.Request {
			r := c.registration("newcomer")
			key := s.Key()
			r.Invite, r.InviteSignature = chat.InviteIDOf(key.Public().(ed25519.PublicKey)), ed25519.Sign(key, wire.InviteInput(c.binding, r.Record))
			return r
		})
		if _, f := w.logIn("person1", "old"); f.Type() != wire.TypeReady {
			t.Errorf("the password changed: %+v", f)
		}
		time.Sleep(25 * time.Hour)
		refused("one that expired", chat.CodeInviteExpired, "/invite", func(c *raw) wire.Request { return c.resetting(s, "new", false) })
	})
}

// TestResetFull: an account with as many devices as it may have gets in by ending
// them, and the refusal before did not use the link up.
func TestResetFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.DevicesPerAccount = 2
		w := newBubble(t, nil, Options{Limits: l})
		a := w.person()
		a.protect("old")
		w.enrolled("person1", "old")
		s := w.resetFor(a.account)
		c := w.dial()
		if e := c.refused(c.resetting(s, "new", false)); e.Code != chat.CodeLimitReached {
			t.Errorf("full: %+v", e)
		}
		if f := c.answer(c.ask(c.resetting(s, "new", true))); f.Type() != wire.TypeReady {
			t.Errorf("ending the others: %+v", f)
		}
	})
}
