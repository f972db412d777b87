package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/net/wire"
)

// TestParallelGuesses: guesses that are prepared at leisure and sent at one moment
// do not pass the delay together.
func TestParallelGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		type guess struct {
			c         *raw
			login     *stretch.Login
			challenge string
		}
		var all []guess
		for range 15 {
			c := w.dial()
			l := stretch.NewLogin("victim", c.binding.Exporter[:])
			f, ok := c.answer(c.ask(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: "victim", Scram: l.First()})).(*wire.LoginChallenge)
			if !ok {
				t.Fatal("no challenge")
			}
			all = append(all, guess{c, l, f.Scram})
		}
		judged := 0
		for _, g := range all {
			final, err := g.login.Final([]byte("guess"), g.challenge, 4096, 1<<30)
			if err != nil {
				t.Fatal(err)
			}
			if e := g.c.refused(g.c.finish(final)); e.Code == chat.CodeAuthFailed {
				judged++
			} else if e.Code != chat.CodeRateLimited || e.RetryAfter <= 0 {
				t.Errorf("a guess too many: %v, again after %v", e, e.RetryAfter)
			}
		}
		if judged != 3 {
			t.Errorf("%d guesses were judged at one moment, want 3", judged)
		}
	})
}

// finish makes the last step of a login with a new device.
func (c *raw) finish(final string) *wire.LoginFinish {
	c.t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	record, err := wire.EncodeRecord(wire.Enrolment{Device: wire.Device{Key: wire.Bytes(key.Public().(ed25519.PublicKey)), Name: "d", Platform: "p"}})
	if err != nil {
		c.t.Fatal(err)
	}
	return &wire.LoginFinish{Scram: final, Record: record, DeviceSignature: ed25519.Sign(key, wire.EnrolInput(c.binding, record))}
}

// TestHalfOpen: connections that never speak are counted, by address.
func TestHalfOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		var open []net.Conn
		for range 200 {
			c, err := w.connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			open = append(open, c)
		}
		synctest.Wait()
		held := 0
		for _, c := range open {
			_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
				held++
			}
		}
		if most := silentShare * w.server.o.Limits.UnauthPerAddress; held != most {
			t.Errorf("%d silent connections of one address are held, want %d", held, most)
		}
	})
}

// TestBigFramesBeforeProof: a stranger's frame far above the limit is not read
// into memory.
func TestBigFramesBeforeProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		c := w.dial()
		big := make([]byte, 200<<10)
		for i := range big {
			big[i] = ' '
		}
		_ = c.ws.Write(t.Context(), 1, big) // the server may close before all is written
		if f, err := c.read(); err == nil {
			t.Errorf("it was read and answered: %+v", f)
		}
		if n := w.net.Last().Up.Carried(); n > 64<<10 {
			t.Errorf("the server took %d bytes", n)
		}
	})
}
