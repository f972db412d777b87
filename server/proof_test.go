package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"testing/synctest"

	"hearth/chat"
	"hearth/net/wire"
)

// TestProofOld: a proof of the password that was begun before the password was replaced
// counts for nothing afterwards: it enrols no device, renews none, and changes nothing.
func TestProofOld(t *testing.T) {
	replace := map[string]func(w *world, a *raw){
		"changed": func(_ *world, a *raw) {
			if _, f := a.change("person1", "old", "new", true); f.Type() != wire.TypePasswordChanged {
				a.t.Fatalf("not changed: %+v", f)
			}
		},
		"reset": func(w *world, a *raw) {
			c := w.dial()
			if f := c.answer(c.ask(c.resetting(w.resetFor(a.account), "new", false))); f.Type() != wire.TypeReady {
				a.t.Fatalf("not reset: %+v", f)
			}
		},
	}
	for name, replaced := range replace {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t, nil, Options{})
				a := w.person()
				a.protect("old")
				thief, again := w.dial(), w.dial()
				_, thief.device, _ = ed25519.GenerateKey(rand.Reader)
				again.device = a.device // proves the password again
				login, renewal := thief.loggingIn("person1", "old"), again.loggingIn("person1", "old")
				b := w.enrolled("person1", "old")
				_, change := b.changing("person1", "old", "thief's", true)
				replaced(w, a)
				if e := thief.refused(login); e.Code != chat.CodeAuthFailed {
					t.Errorf("a new device: %+v", e)
				}
				if e := again.refused(renewal); e.Code != chat.CodeAuthFailed {
					t.Errorf("a device that is known: %+v", e)
				}
				if name == "reset" { // else it was signed out
					if e := b.refused(change); e.Code != chat.CodeAuthFailed {
						t.Errorf("a change: %+v", e)
					}
				}
				if d, err := w.store.Device(t.Context(), thief.deviceID()); err == nil {
					t.Errorf("enrolled %+v", d)
				}
				if _, f := w.logIn("person1", "new"); f.Type() != wire.TypeReady {
					t.Errorf("the new password: %+v", f)
				}
			})
		})
	}
}
