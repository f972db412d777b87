package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/net/wire"
	"hearth/server/storage/memstore"
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
			l := c.exchange("victim")
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

// TestGuessesInAnHour: of ten thousand guesses in an hour, from as many addresses, at the
// password of one account few are judged, and so are few from one address at many.
func TestGuessesInAnHour(t *testing.T) {
	store := memstore.New()
	s, err := New(t.Context(), store, identityOf(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(s.Shutdown(t.Context()), store.Close()) }()
	const guesses = 10_000
	address := func(n int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(n >> 8), byte(n)}), 32)
	}
	name := func(n int) string { return fmt.Sprint("somebody", n) }
	for what, c := range map[string]struct {
		guess func(n int) (string, netip.Prefix)
		most  int
	}{
		"at one account":   {func(n int) (string, netip.Prefix) { return "victim", address(n) }, 30},
		"from one address": {func(n int) (string, netip.Prefix) { return name(n), address(guesses) }, 4 * 20},
	} {
		now, judged := time.Now(), 0
		for n := range guesses {
			if who, from := c.guess(n); s.mayGuess(who, from, now) == 0 {
				judged++
			}
			now = now.Add(time.Hour / guesses)
		}
		if judged > c.most || judged < 3 {
			t.Errorf("%s %d guesses were judged in an hour, want 3 to %d", what, judged, c.most)
		}
	}
}

// TestGuessesByLoopback: whoever guesses through something that passes connections on from
// loopback does not keep everybody else behind it from signing in; names are protected all
// the same.
func TestGuessesByLoopback(t *testing.T) {
	store := memstore.New()
	s, err := New(t.Context(), store, identityOf(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(s.Shutdown(t.Context()), store.Close()) }()
	now := time.Now()
	for _, at := range []string{"127.0.0.1/32", "::1/64"} {
		from, victim := netip.MustParsePrefix(at), "victim at "+at
		for n := range 100 {
			if wait := s.mayGuess(fmt.Sprint(at, "somebody", n), from, now); wait > 0 {
				t.Fatalf("%s: guess %d at somebody else must wait for %v", at, n, wait)
			}
		}
		for range 3 {
			s.mayGuess(victim, from, now)
		}
		if s.mayGuess(victim, from, now) == 0 {
			t.Errorf("%s: guesses at one name are not delayed", at)
		}
	}
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
		time.Sleep(lingeringOutside)
		synctest.Wait()
		if held, most := stillOpen(open), SilentShare*w.server.o.Limits.UnauthPerAddress; held != most {
			t.Errorf("%d silent connections of one address are held, want %d", held, most)
		}
	})
}

// stillOpen returns how many connections the other end has not closed.
func stillOpen(all []net.Conn) (n int) {
	for _, c := range all {
		_ = c.SetReadDeadline(time.Now().Add(time.Nanosecond))
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			n++
		}
	}
	return n
}

// TestTurnedOut: whoever is refused at the door waits for that, so that who knocks again
// and again cannot do so as fast as they like; more than the server wants to hold are
// closed at once. They hold nobody up who is let in, and the server's end does not wait
// for what they say.
func TestTurnedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.Unauthenticated, l.UnauthPerAddress = 30, 5
		w := newBubble(t, nil, Options{Limits: l})
		listener, err := w.net.Listen("office.test:1")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_ = w.server.Serve(&fromAddress{listener, net.TCPAddrFromAddrPort(netip.MustParseAddrPort("203.0.113.7:5"))})
		}()
		let, held := SilentShare*l.UnauthPerAddress, l.Unauthenticated
		knock := func() (all []net.Conn) {
			for range let + held + 50 {
				c, err := w.net.Dial(t.Context(), "tcp", "office.test:1")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = c.Close() })
				all = append(all, c)
			}
			synctest.Wait()
			return all
		}
		all := knock()
		if n := stillOpen(all); n != let+held {
			t.Errorf("%d connections are open at once, want %d that may speak and %d that were refused", n, let, held)
		}
		w.person()
		time.Sleep(lingeringOutside)
		synctest.Wait()
		if n := stillOpen(all); n != let {
			t.Errorf("a moment later %d are open, want %d", n, let)
		}
		if n := stillOpen(knock()); n != held {
			t.Errorf("of as many again %d are open, want %d that were refused", n, held)
		}
		w.stop()
		if n := stillOpen(all); n != 0 {
			t.Errorf("%d outlive the server", n)
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

// TestSendRateSurvivesReconnect: the rate of sends is the device's; coming back
// does not fill it up.
func TestSendRateSurvivesReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.SendsPerSecond, l.SendBurst = 1, 5
		w := newBubble(t, nil, Options{Limits: l})
		c := w.person()
		said := 0
		for range 3 {
			for refused := false; !refused; {
				s := c.post(w.general, chat.KindMessage, `{"text":"x"}`)
				switch f := c.answer(c.ask(s)).(type) {
				case *wire.Ack:
					c.dseq[w.general] = s.DSeq
					said++
				case *wire.Error:
					if refused = true; f.Err().Code != chat.CodeRateLimited {
						t.Fatal(f.Err())
					}
				}
			}
			c = c.again()
		}
		if said != l.SendBurst {
			t.Errorf("%d sends at one moment, want %d", said, l.SendBurst)
		}
		other := c.second() // which has its own
		other.text(w.general, "x")
		_, _ = c.ws.CloseNow(), other.ws.CloseNow()
		time.Sleep(2 * time.Minute) // full again, and nobody is there
		w.server.pacers.mu.Lock()
		defer w.server.pacers.mu.Unlock()
		if n := len(w.server.pacers.table); n != 0 {
			t.Errorf("%d limiters are kept", n)
		}
	})
}

// TestMuted: twenty requests in a minute that cannot be understood mute the
// connection for a minute; refusals that anybody may meet do not count.
func TestMuted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		c := w.person()
		c.beat(15 * time.Second)
		for range 2 * faultsAllowed {
			s := c.post(w.general, chat.KindMessage, `{"text":"x"}`)
			s.DSeq = 9
			if e := c.refused(s); e.Code != chat.CodeOrderGap {
				t.Fatal(e)
			}
		}
		for i := range faultsAllowed {
			var e *chat.Error
			if i%2 == 0 { // a frame, or a body, which the room reads
				c.bytes([]byte(`{"t":"nothing","id":1}`))
				e = c.answer(1).(*wire.Error).Err()
			} else {
				e = c.refused(c.post(w.general, chat.KindMessage, `{"text":""}`))
			}
			if e.Code == chat.CodeRateLimited {
				t.Fatalf("muted after %d faults", i)
			}
		}
		e := c.refused(&wire.Heads{})
		if e.Code != chat.CodeRateLimited || e.RetryAfter <= 0 || e.RetryAfter > time.Minute {
			t.Fatalf("after %d faults: %v, again after %v", faultsAllowed, e, e.RetryAfter)
		}
		time.Sleep(e.RetryAfter)
		if _, ok := c.answer(c.ask(&wire.Heads{})).(*wire.HeadsAt); !ok {
			t.Error("still muted")
		}
	})
}

// TestBreaches: five breaches of the transport's rules in ten minutes, and the
// address is refused for ten.
func TestBreaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		honest := w.person()
		honest.beat(15 * time.Second)
		breaches := []func(c *raw){
			func(c *raw) { _ = c.ws.Write(t.Context(), websocket.MessageBinary, []byte(`{}`)) },
			func(c *raw) { _ = c.ws.Write(t.Context(), websocket.MessageText, make([]byte, 300<<10)) },
			func(c *raw) { c.under([]byte{0x83, 0x80, 0, 0, 0, 0}) },        // an opcode that does not exist
			func(c *raw) { c.under([]byte{0xf1, 0x80, 0, 0, 0, 0}) },        // reserved bits
			func(c *raw) { c.under([]byte{0x81, 0x02, '{', '}', 0, 0, 0}) }, // not masked
		}
		for i, breach := range breaches {
			c := w.dial()
			if i%2 == 1 { // before and after a proof
				c.enrolFor(honest.account)
				if _, ok := c.answer(c.ask(c.auth(c))).(*wire.Ready); !ok {
					t.Fatal("not admitted")
				}
			}
			breach(c)
			c.over(time.Minute)
			synctest.Wait()
			if n := w.server.breaches.failures(addressKey(c.tls.LocalAddr())); n != i+1 {
				t.Errorf("%d breaches are counted, want %d", n, i+1)
			}
		}
		_, resp, err := w.try()
		if err == nil || resp == nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "600" {
			t.Fatalf("after five breaches: %v, %+v", err, resp)
		}
		if w.server.hub.device(honest.deviceID()) == nil {
			t.Error("a connection that is open was ended")
		}
		time.Sleep(breachWindow + time.Second)
		w.dial()
	})
}

// failures is what is counted against k.
func (g *guesses[K]) failures(k K) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e, ok := g.table[k]; ok {
		return e.failures
	}
	return 0
}

// under writes bytes below the WebSocket library.
func (c *raw) under(b []byte) {
	c.t.Helper()
	if _, err := c.tls.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// TestAccountConnections: an account has so many connections and no more, however
// its devices came to be; those that are being displaced do not count.
func TestAccountConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		c := w.person()
		var last *raw
		for range w.server.o.Limits.DevicesPerAccount - 1 {
			last = c.second()
		}
		for range 5 { // the same device anew
			last = last.again()
		}
		n := w.dial()
		n.enrolFor(c.account)
		if e := n.refused(n.auth(n)); e.Code != chat.CodeCapacityConnections || !e.Retryable || !e.Fatal {
			t.Errorf("one connection too many: %v", e)
		}
		_ = last.ws.CloseNow()
		synctest.Wait()
		c.second()
	})
}
