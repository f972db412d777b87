package link

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/link/linktest"
	"hearth/net/memnet"
)

// TestSuccession: a client that knows an old identity follows to one that it has
// vouched for, and to no other.
func TestSuccession(t *testing.T) {
	first, second, third, thief := newKey(t), newKey(t), newKey(t), newKey(t)
	chain := func(keys ...ed25519.PrivateKey) func() tls.Certificate {
		return func() tls.Certificate { return linktest.Succeeded(t, keys...) }
	}
	mixed := func() tls.Certificate { // the second vouches for itself; the first stands beside it
		c := linktest.Succeeded(t, second)
		c.Certificate = append(c.Certificate, linktest.Succeeded(t, first).Certificate[1])
		return c
	}
	var many []ed25519.PrivateKey
	for range mostCertificates {
		many = append(many, newKey(t))
	}
	for _, c := range []struct {
		name        string
		pin, answer ed25519.PrivateKey
		chain       func() tls.Certificate
		want        Kind
	}{
		{"known", second, second, chain(second), ""},
		{"known, with its history", second, second, chain(second, first), ""},
		{"succeeded once", first, second, chain(second, first), ""},
		{"succeeded twice", first, third, chain(third, second, first), ""},
		{"in the middle", second, third, chain(third, second, first), ""},
		{"vouched for by nobody", first, second, mixed, KindPinMismatch},
		{"a successor by a thief of the old key, met by who has moved on", second, thief, chain(thief, first), KindPinMismatch},
		{"vouched for by a stranger", first, thief, chain(thief, second), KindPinMismatch},
		{"the other way round", second, first, chain(first, second), ""},
		{"shown the right chain by somebody without the key", first, thief, chain(second, first), KindPinMismatch},
		{"without end", many[len(many)-1], many[0], chain(many...), KindPinMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				h.identity, h.chain = c.answer, c.chain
				h.id, _ = chat.ServerIDOf(publicOf(c.answer))
				h.start()
				l := h.link()
				l.Server, _ = chat.ServerIDOf(publicOf(c.pin))
				id, err := Probe(t.Context(), l, h.options())
				if KindOf(err) != c.want {
					t.Fatalf("%v, want %q", err, c.want)
				}
				if err == nil && (id.Server != h.id || !id.Verified) {
					t.Errorf("%+v", id)
				}
			})
		})
	}
}

// TestPinMoves: who has followed to a successor is not to be had by the old key.
func TestPinMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		s := linktest.New(t, n, home)
		old, fresh, thief := s.Key, newKey(t), newKey(t)
		w := &watcher{}
		l := New(Config{Link: s.Link(), Device: Device{Key: newKey(t), Name: "test"}, Handler: w}, Options{Dial: n.Dial, Route: func() bool { return true }})
		s.Key, s.Chain = fresh, func() tls.Certificate { return linktest.Succeeded(t, fresh, old) }
		s.Start()
		done := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- l.Run(ctx) }()
		time.Sleep(time.Second)
		if got := w.session(t).Greeting().Server; got != s.ID() {
			t.Fatalf("connected to %s", got)
		}
		s.Stop()
		liar := linktest.New(t, n, home)
		liar.Key, liar.Chain = thief, func() tls.Certificate { return linktest.Succeeded(t, thief, old) }
		liar.Start()
		time.Sleep(10 * time.Minute)
		if st := l.Status(); st.State != StateStopped || st.Reason.Kind != KindPinMismatch || st.Reason.Expected != s.ID() {
			t.Errorf("%+v", st)
		}
		if frames := liar.Tape().Frames(); len(frames) > 0 {
			t.Errorf("sent %q", frames)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
