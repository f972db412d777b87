package server

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage/memstore"
)

func recoveryPublic(s chat.RecoverySecret) []byte { return s.Key().Public().(ed25519.PublicKey) }

// recoverable gives an account a recovery key.
func (w *world) recoverable(a chat.AccountID) chat.RecoverySecret {
	w.t.Helper()
	s := chat.NewRecoverySecret()
	all, err := w.store.Devices(w.t.Context(), a)
	if err == nil {
		err = w.store.SetRecovery(w.t.Context(), a, nil, recoveryPublic(s), all[0].ID, time.Now().UnixMilli())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// recovering is a request of this connection's device, which it makes if it has none.
func (c *raw) recovering(name string, s, next chat.RecoverySecret, password string, others bool) *wire.Recover {
	c.t.Helper()
	if c.device == nil {
		_, c.device, _ = ed25519.GenerateKey(rand.Reader)
	}
	return c.comeback(name, s, wire.Comeback{
		Verifier: verifierOf(c.t, password), Others: others, Recovery: recoveryPublic(next),
		Device: wire.Device{Key: wire.Bytes(c.device.Public().(ed25519.PublicKey)), Name: "new", Platform: "test"},
	})
}

func (c *raw) comeback(name string, s chat.RecoverySecret, b wire.Comeback) *wire.Recover {
	c.t.Helper()
	record, err := wire.EncodeRecord(b)
	if err != nil {
		c.t.Fatal(err)
	}
	return &wire.Recover{
		Version: wire.Version, HelloHash: c.binding.Hello, Name: name, Record: record,
		RecoverySignature: ed25519.Sign(s.Key(), wire.RecoverInput(c.binding, record)),
		DeviceSignature:   ed25519.Sign(c.device, wire.EnrolInput(c.binding, record)),
	}
}

// TestRecover: who forgot the password gets in by the key that was given when the account
// was made, once; those who are signed in are told, also when they come back later; the
// device that used the key may come again, and what it said last counts.
func TestRecover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		first, second, third := chat.NewRecoverySecret(), chat.NewRecoverySecret(), chat.NewRecoverySecret()
		a := w.registered("ada", first)
		a.protect("old")
		away := w.enrolled("ada", "old")
		_ = away.ws.CloseNow()
		synctest.Wait()
		time.Sleep(10 * time.Second)

		c := w.dial()
		ready, ok := c.answer(c.ask(c.recovering("Ada", first, second, "new", false))).(*wire.Ready)
		if !ok || ready.Account != a.account || !bytes.Equal(ready.Recovery.Key, recoveryPublic(second)) || ready.Recovery.Made != time.Now().UnixMilli() {
			t.Fatalf("not back: %+v", ready)
		}
		if n := expect[*wire.RecoveryReplaced](a); !n.Used || !bytes.Equal(n.Recovery.Key, recoveryPublic(second)) {
			t.Errorf("told of %+v", n)
		}
		if n := expect[*wire.DeviceAdded](a); n.Device.Device != c.deviceID() || !n.Device.Recovered || n.Device.Reset {
			t.Errorf("told of %+v", n)
		}
		back := w.dial()
		if r, ok := back.answer(back.ask(back.auth(away))).(*wire.Ready); !ok || !bytes.Equal(r.Recovery.Key, recoveryPublic(second)) {
			t.Errorf("who comes back: %+v", r)
		}
		for {
			if d := expect[*wire.DeviceAdded](back).Device; d.Device == c.deviceID() {
				break
			}
		}
		if _, f := w.logIn("ada", "old"); refusal(f) != chat.CodeAuthFailed {
			t.Errorf("the old password: %+v", f)
		}

		again := w.dial() // the answer was lost
		again.device = c.device
		if f := again.answer(again.ask(again.recovering("ada", first, third, "newer", true))); f.Type() != wire.TypeReady {
			t.Fatalf("again: %+v", f)
		}
		if last, code, _ := back.ended(); last == nil || code != wire.CloseAuthRevoked {
			t.Errorf("another device stays: %v, %v", last, code)
		}
		for what, s := range map[string]chat.RecoverySecret{"a key that was used": first, "one that was replaced": second} {
			other := w.dial()
			if e := other.refused(other.recovering("ada", s, second, "thief's", true)); e.Code != chat.CodeAuthFailed {
				t.Errorf("%s: %+v", what, e)
			}
		}
		if _, f := w.logIn("ada", "newer"); f.Type() != wire.TypeReady {
			t.Errorf("the new password: %+v", f)
		}
		time.Sleep(25 * time.Hour)
		late := w.dial()
		late.device = c.device
		if e := late.refused(late.recovering("ada", first, second, "late", true)); e.Code != chat.CodeAuthFailed {
			t.Errorf("a day later: %+v", e)
		}
	})
}

// registered is somebody whose client made a recovery key with the account.
func (w *world) registered(name string, s chat.RecoverySecret) *raw {
	w.t.Helper()
	c := w.dial()
	r := c.registration(name)
	reg, err := wire.DecodeRegistration(r.Record)
	if err != nil {
		w.t.Fatal(err)
	}
	reg.Recovery = recoveryPublic(s)
	record, err := wire.EncodeRecord(reg)
	if err != nil {
		w.t.Fatal(err)
	}
	ready, ok := c.answer(c.ask(c.signed(record))).(*wire.Ready)
	if !ok || !bytes.Equal(ready.Recovery.Key, reg.Recovery) || ready.Recovery.Made == 0 {
		w.t.Fatalf("not registered: %+v", ready)
	}
	c.account = ready.Account
	return c
}

// TestRegisterAgainKeepsRecovery: a repetition of a registration that makes another
// recovery key, because the program ended before the answer came, is told which one counts.
func TestRegisterAgainKeepsRecovery(t *testing.T) {
	w := newWorld(t, nil, Options{})
	first := chat.NewRecoverySecret()
	a := w.registered("ada", first)
	again := w.dial()
	again.device = a.device
	reg, err := wire.DecodeRegistration(again.registration("ada").Record)
	if err != nil {
		t.Fatal(err)
	}
	reg.Recovery = recoveryPublic(chat.NewRecoverySecret())
	record, err := wire.EncodeRecord(reg)
	if err != nil {
		t.Fatal(err)
	}
	ready, ok := again.answer(again.ask(again.signed(record))).(*wire.Ready)
	if !ok || !bytes.Equal(ready.Recovery.Key, recoveryPublic(first)) {
		t.Errorf("told %+v", ready)
	}
	bad := w.dial()
	r := bad.registration("ben")
	if reg, err = wire.DecodeRegistration(r.Record); err != nil {
		t.Fatal(err)
	}
	reg.Recovery = []byte("short")
	if record, err = wire.EncodeRecord(reg); err != nil {
		t.Fatal(err)
	}
	if e := bad.refused(bad.signed(record)); e.Code != chat.CodeBadValue || e.Path != "/record/recovery" {
		t.Errorf("a short key: %+v", e)
	}
}

// TestRecoverRefused: nothing that is refused changes a thing, and who has no account,
// no recovery key or another one is told the same.
func TestRecoverRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.protect("old")
		s, next := w.recoverable(a.account), chat.NewRecoverySecret()
		w.person() // has none
		refused := func(what string, code chat.Code, path string, make func(c *raw) wire.Request) {
			t.Helper()
			c := w.dial()
			if e := c.refused(make(c)); e.Code != code || e.Path != path {
				t.Errorf("%s: %+v", what, e)
			}
			time.Sleep(time.Hour) // guesses wait
		}
		plain := func(name string, key chat.RecoverySecret) func(c *raw) wire.Request {
			return func(c *raw) wire.Request { return c.recovering(name, key, next, "new", true) }
		}
		const path = "/recovery_signature"
		refused("another key", chat.CodeAuthFailed, path, plain("person1", next))
		refused("who has none", chat.CodeAuthFailed, path, plain("person2", s))
		refused("nobody", chat.CodeAuthFailed, path, plain("nobody", s))
		refused("no name at all", chat.CodeAuthFailed, path, plain("\u200b!", s))
		refused("a signature for enrolling", chat.CodeAuthFailed, path, func(c *raw) wire.Request {
			r := c.recovering("person1", s, next, "new", true)
			r.RecoverySignature = ed25519.Sign(s.Key(), wire.EnrolInput(c.binding, r.Record))
			return r
		})
		refused("of another connection", chat.CodeAuthFailed, path, func(c *raw) wire.Request {
			r := c.recovering("person1", s, next, "new", true)
			other := w.dial().binding
			r.RecoverySignature = ed25519.Sign(s.Key(), wire.RecoverInput(other, r.Record))
			return r
		})
		refused("from another connection", chat.CodeAuthBindingMismatch, "/hello_hash", func(*raw) wire.Request {
			return w.dial().recovering("person1", s, next, "new", true)
		})
		refused("a device that did not sign", chat.CodeAuthFailed, "/device_signature", func(c *raw) wire.Request {
			r := c.recovering("person1", s, next, "new", true)
			r.DeviceSignature[0]++
			return r
		})
		refused("a device that is known", chat.CodeForbidden, "/record/device/key", func(c *raw) wire.Request {
			c.device = a.device
			return c.recovering("person1", s, next, "new", true)
		})
		refused("no next key", chat.CodeMissingField, "/record/recovery", func(c *raw) wire.Request {
			_, c.device, _ = ed25519.GenerateKey(rand.Reader)
			return c.comeback("person1", s, wire.Comeback{Verifier: verifierOf(t, "new"), Device: wire.Device{
				Key: wire.Bytes(c.device.Public().(ed25519.PublicKey)), Name: "new", Platform: "test",
			}})
		})
		refused("no record", chat.CodeBadJSON, "/record", func(c *raw) wire.Request {
			r := c.recovering("person1", s, next, "new", true)
			r.Record = "no"
			return r
		})
		if _, f := w.logIn("person1", "old"); f.Type() != wire.TypeReady {
			t.Errorf("the password changed: %+v", f)
		}
		c := w.dial()
		if f := c.answer(c.ask(c.recovering("person1", s, next, "new", true))); f.Type() != wire.TypeReady {
			t.Errorf("the key was used up: %+v", f)
		}
	})
}

// TestRecoverGuessing: guesses at a recovery key are counted with those at the password
// of the name, and wait alike whether anybody has it.
func TestRecoverGuessing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.protect("old")
		s := w.recoverable(a.account)
		for _, name := range []string{"person1", "nobody1"} {
			var codes []chat.Code
			for i := range 4 {
				if i == 1 {
					_, f := w.logIn(name, "wrong")
					codes = append(codes, refusal(f))
					continue
				}
				c := w.dial()
				codes = append(codes, c.refused(c.recovering(name, chat.NewRecoverySecret(), s, "new", true)).Code)
			}
			if codes[2] != chat.CodeAuthFailed || codes[3] != chat.CodeRateLimited {
				t.Errorf("%s: %v", name, codes)
			}
		}
		c := w.dial()
		if e := c.refused(c.recovering("person1", s, s, "new", true)); e.Code != chat.CodeRateLimited || e.RetryAfter <= 0 {
			t.Errorf("the right one, too early: %+v", e)
		}
		time.Sleep(time.Minute)
		c = w.dial()
		if f := c.answer(c.ask(c.recovering("person1", s, chat.NewRecoverySecret(), "new", true))); f.Type() != wire.TypeReady {
			t.Errorf("the right one: %+v", f)
		}
	})
}

// TestRecoverWork: a wrong recovery key of somebody costs the server the same steps as a
// name that nobody has, and is answered by as many bytes.
func TestRecoverWork(t *testing.T) {
	store := &countedStore{Store: memstore.New(), calls: map[string]int{}}
	w := newWorld(t, store, Options{})
	w.recoverable(w.person().account)
	s := chat.NewRecoverySecret()
	try := func(name string) (chat.Error, map[string]int) {
		c := w.dial()
		r := c.recovering(name, s, s, "new", true)
		store.take()
		e := c.refused(r)
		return *e, store.take()
	}
	known, asked := try("person1")
	unknown, askedToo := try("nobody1")
	if known.Code != unknown.Code || known.Path != unknown.Path || known.Message != unknown.Message || known.Code != chat.CodeAuthFailed {
		t.Errorf("known %+v\nunknown %+v", known, unknown)
	}
	if !maps.Equal(asked, askedToo) || asked["AccountByName"] != 1 {
		t.Errorf("storage was asked for %v and %v", asked, askedToo)
	}
}

// TestRecoverFull: an account with as many devices as it may have gets in by ending them,
// and the refusal before did not use the key up.
func TestRecoverFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.DevicesPerAccount = 2
		w := newBubble(t, nil, Options{Limits: l})
		a := w.person()
		a.protect("old")
		w.enrolled("person1", "old")
		s := w.recoverable(a.account)
		c := w.dial()
		if e := c.refused(c.recovering("person1", s, s, "new", false)); e.Code != chat.CodeLimitReached {
			t.Errorf("full: %+v", e)
		}
		if f := c.answer(c.ask(c.recovering("person1", s, chat.NewRecoverySecret(), "new", true))); f.Type() != wire.TypeReady {
			t.Errorf("ending the others: %+v", f)
		}
	})
}

// TestRecoverySet: a new recovery key takes the password; the other devices are told, and
// the key before it is worth nothing.
func TestRecoverySet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.protect("old")
		b := w.enrolled("person1", "old")
		old, fresh := w.recoverable(a.account), chat.NewRecoverySecret()
		if e := a.refused(&wire.RecoverySet{Scram: "x", Key: recoveryPublic(fresh)}); e.Code != chat.CodeForbidden {
			t.Errorf("without a challenge: %+v", e)
		}
		_, wrong := a.proof("person1", "wrong")
		if e := a.refused(&wire.RecoverySet{Scram: wrong, Key: recoveryPublic(fresh)}); e.Code != chat.CodeAuthFailed {
			t.Errorf("with a wrong password: %+v", e)
		}
		_, before := b.proof("person1", "old")
		login, final := a.proof("person1", "old")
		set, ok := a.answer(a.ask(&wire.RecoverySet{Scram: final, Key: recoveryPublic(fresh)})).(*wire.RecoveryChanged)
		if !ok || login.Verify(set.Scram) != nil || !bytes.Equal(set.Recovery.Key, recoveryPublic(fresh)) || set.Recovery.Made != time.Now().UnixMilli() {
			t.Fatalf("not replaced: %+v", set)
		}
		if n := expect[*wire.RecoveryReplaced](b); n.Used || !bytes.Equal(n.Recovery.Key, recoveryPublic(fresh)) {
			t.Errorf("told of %+v", n)
		}
		c := w.dial()
		if e := c.refused(c.recovering("person1", old, old, "new", false)); e.Code != chat.CodeAuthFailed {
			t.Errorf("the key before it: %+v", e)
		}
		if _, f := a.change("person1", "old", "newer", false); f.Type() != wire.TypePasswordChanged {
			t.Fatalf("not changed: %+v", f)
		}
		if e := b.refused(&wire.RecoverySet{Scram: before, Key: recoveryPublic(old)}); e.Code != chat.CodeAuthFailed {
			t.Errorf("a proof of a password that was replaced: %+v", e)
		}
		if f := c.answer(c.ask(c.recovering("person1", fresh, old, "newest", false))); f.Type() != wire.TypeReady {
			t.Errorf("a change of the password leaves the key: %+v", f)
		}
	})
}
