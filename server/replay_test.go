package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/storage"
)

// handshakes is what somebody recorded who reads every connection in the clear.
type handshakes struct {
	t        *testing.T
	w        *world
	recorded [][]wire.Request // each a whole proof, in order
}

// record runs n proofs of every kind, each by somebody else, and keeps them.
func (h *handshakes) record(n int) {
	for range n {
		c := h.w.dial()
		h.w.people++
		name := "recorded" + chat.NewMID().String()[:10]
		register := c.registration(name)
		ready, ok := c.answer(c.ask(register)).(*wire.Ready)
		if !ok {
			h.t.Fatal("not registered")
		}
		c.account = ready.Account
		c.protect("old")
		_ = c.ws.CloseNow()

		again := h.w.dial()
		auth := again.auth(c)
		if _, ok := again.answer(again.ask(auth)).(*wire.Ready); !ok {
			h.t.Fatal("not admitted")
		}
		_ = again.ws.CloseNow()

		check := h.w.dial()
		key := h.w.invite.Key()
		look := &wire.InviteCheck{Invite: chat.InviteIDOf(key.Public().(ed25519.PublicKey)), Signature: ed25519.Sign(key, wire.InviteCheckInput(check.binding))}
		if _, ok := check.answer(check.ask(look)).(*wire.InviteInfo); !ok {
			h.t.Fatal("not shown")
		}
		_ = check.ws.CloseNow()

		h.recorded = append(h.recorded, []wire.Request{register}, []wire.Request{auth}, []wire.Request{look}, h.login(name), h.comeBack(name, ready.Account))
	}
}

// comeBack records that somebody uses their recovery key.
func (h *handshakes) comeBack(name string, account chat.AccountID) []wire.Request {
	s := h.w.recoverable(account)
	c := h.w.dial()
	r := c.recovering(name, s, chat.NewRecoverySecret(), "old", false)
	if _, ok := c.answer(c.ask(r)).(*wire.Ready); !ok {
		h.t.Fatal("not recovered")
	}
	_ = c.ws.CloseNow()
	return []wire.Request{r}
}

// login records a login by password.
func (h *handshakes) login(name string) []wire.Request {
	c := h.w.dial()
	_, c.device, _ = ed25519.GenerateKey(rand.Reader)
	exchange := c.exchange(name)
	begin := &wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: name, Scram: exchange.First()}
	challenge, ok := c.answer(c.ask(begin)).(*wire.LoginChallenge)
	if !ok {
		h.t.Fatal("no challenge")
	}
	final, err := exchange.Final([]byte("old"), challenge.Scram, wire.MinIterations, wire.MaxIterations)
	if err != nil {
		h.t.Fatal(err)
	}
	record, err := wire.EncodeRecord(wire.Enrolment{Device: wire.Device{Key: wire.Bytes(c.device.Public().(ed25519.PublicKey)), Name: "second", Platform: "test"}})
	if err != nil {
		h.t.Fatal(err)
	}
	finish := &wire.LoginFinish{Scram: final, Record: record, DeviceSignature: ed25519.Sign(c.device, wire.EnrolInput(c.binding, record))}
	if _, ok := c.answer(c.ask(finish)).(*wire.Ready); !ok {
		h.t.Fatal("not admitted")
	}
	_ = c.ws.CloseNow()
	return []wire.Request{begin, finish}
}

// adapt makes a recorded request fit the connection it is replayed on as far as
// somebody without the secret can.
func adapt(r wire.Request, hello chat.Hash) wire.Request {
	switch r := r.(type) {
	case *wire.Auth:
		c := *r
		c.HelloHash = hello
		return &c
	case *wire.Register:
		c := *r
		c.HelloHash = hello
		return &c
	case *wire.Recover:
		c := *r
		c.HelloHash = hello
		return &c
	case *wire.LoginBegin:
		c := *r
		c.HelloHash = hello
		return &c
	}
	return r
}

// TestReplay replays 1,000 recorded proofs, as they were and adapted to the new
// connection: none succeeds (I12).
func TestReplay(t *testing.T) {
	n := 250
	if testing.Short() || testkit.Race {
		n = 25
	}
	t.Run("bound", func(t *testing.T) { replay(t, n, Options{}) })
	t.Run("unbound", func(t *testing.T) { replay(t, n/5, Options{Proxies: loopback}) })
	t.Run("account.delete", func(t *testing.T) { replayDeletion(t, n/5, Options{}) })
	t.Run("account.delete unbound", func(t *testing.T) { replayDeletion(t, n/5, Options{Proxies: loopback}) })
}

// replayDeletion replays proofs by which people deleted their accounts, or wanted to and
// were cut off, on connections of others and of another device of theirs.
func replayDeletion(t *testing.T, n int, o Options) {
	o.Admissions = 1_000_000
	w := newWorld(t, nil, o)
	thief := w.person()
	thief.protect("another")
	try := func(c *raw, name string, recorded ...wire.Request) {
		t.Helper()
		w.server.names.succeeded(name)
		w.server.addrs.succeeded(addressKey(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})) // or the delay would answer for the proof
		for _, r := range recorded {
			switch f := c.answer(c.ask(r)).(type) {
			case *wire.AccountDeleted:
				t.Fatal("a deletion was accepted again")
			case *wire.PasswordChallenge: // with a nonce of its own
			case *wire.Error:
				if f.Code == chat.CodeRateLimited || f.Code == chat.CodeInternal {
					t.Fatalf("%T was not judged: %v", r, f.Err())
				}
			default:
				t.Fatalf("%T is answered by %+v", r, f)
			}
		}
	}
	for i := range n {
		ann := w.person()
		ann.protect("old")
		name := fmt.Sprintf("person%d", w.people)
		login := ann.exchange(name)
		begin := &wire.PasswordBegin{Scram: login.First()}
		final, err := login.Final([]byte("old"), ann.answer(ann.ask(begin)).(*wire.PasswordChallenge).Scram, wire.MinIterations, wire.MaxIterations)
		if err != nil {
			t.Fatal(err)
		}
		del := &wire.AccountDelete{Scram: final, Erase: true}
		other, done := ann.second(), i%2 == 0
		if done {
			if _, ok := ann.answer(ann.ask(del)).(*wire.AccountDeleted); !ok {
				t.Fatal("not deleted")
			}
		}
		_ = ann.ws.CloseNow()
		for c, name := range map[*raw]string{thief: "person1", other: name} {
			if c == other && done {
				continue // it has no session any more
			}
			try(c, name, begin, del)
			try(c, name, del)
		}
		if d := w.deletion(ann.account); (d != storage.DeletionNone) != done {
			t.Fatalf("the account is at %v", d)
		}
	}
	if d := w.deletion(thief.account); d != storage.DeletionNone {
		t.Fatalf("the account of whoever replays is at %v", d)
	}
}

func replay(t *testing.T, n int, o Options) {
	o.Admissions = 1_000_000
	w := newWorld(t, nil, o)
	h := &handshakes{t: t, w: w}
	h.record(n)
	before, err := w.store.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, proof := range h.recorded {
		for _, adapted := range []bool{false, true} {
			c := w.dial()
			w.server.addrs.succeeded(addressKey(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})) // or the delay would answer for the proof
			for _, r := range proof {
				if adapted {
					r = adapt(r, c.binding.Hello)
				}
				id := c.ask(r)
				f, err := c.read()
				if err != nil {
					break // closed: as good as refused
				}
				switch f := f.(type) {
				case *wire.Ready, *wire.InviteInfo:
					t.Fatalf("%T was accepted again (%v): %+v", r, adapted, f)
				case *wire.Error:
					if f.Code == chat.CodeRateLimited || f.Code == chat.CodeInternal {
						t.Fatalf("%T was not judged: %v", r, f.Err())
					}
				case *wire.LoginChallenge:
					if f.Re != id || !adapted {
						t.Fatalf("%T: %+v", r, f)
					}
				}
			}
			tried++
			_ = c.ws.CloseNow()
		}
	}
	if tried != 10*n {
		t.Fatalf("%d attempts", tried)
	}
	after, err := w.store.Accounts(t.Context())
	if err != nil || len(after) != len(before) {
		t.Fatalf("%d accounts, then %d, %v", len(before), len(after), err)
	}
}

// relay forwards every byte between clients and the server, ending TLS on both
// sides: it reads all in the clear.
func (w *world) relay() string {
	w.t.Helper()
	certificate, err := identityOf(w.t).Certificate()
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*certificate}})
	if err != nil {
		w.t.Fatal(err)
	}
	direct := w.address
	var running sync.WaitGroup
	running.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			var to net.Conn
			if w.server.unbound() {
				to, err = net.Dial("tcp", direct)
			} else {
				to, err = tls.Dial("tcp", direct, &tls.Config{InsecureSkipVerify: true})
			}
			if err != nil {
				_ = from.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
				running.Go(func() {
					_, _ = io.Copy(pair[0], pair[1])
					_, _ = from.Close(), to.Close()
				})
			}
		}
	})
	w.t.Cleanup(func() {
		_ = l.Close()
		w.stop() // ends the connections
		running.Wait()
	})
	return l.Addr().String()
}

// TestRelay: a client careless enough to talk through a relay (ours is not, see
// package app) still gives it nothing: no proof made there is worth anything on
// the relay's own connection to the server.
func TestRelay(t *testing.T) {
	w := newWorld(t, nil, Options{})
	a := w.person()
	a.protect("old")
	direct := w.address
	w.address = w.relay()
	w.relayed = true // and so the server's proof does not fit
	c := w.dial()
	if e := c.refused(c.auth(a)); e.Code != chat.CodeAuthFailed {
		t.Errorf("a key: %v", e)
	}
	c = w.dial()
	if e := c.refused(c.registration("mallory")); e.Code != chat.CodeInviteUnknown {
		t.Errorf("an invite: %v", e)
	}
	c = w.dial()
	_, c.device, _ = ed25519.GenerateKey(rand.Reader)
	exchange := c.exchange("person1")
	challenge, ok := c.answer(c.ask(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: "person1", Scram: exchange.First()})).(*wire.LoginChallenge)
	if !ok {
		t.Fatal("no challenge")
	}
	final, err := exchange.Final([]byte("old"), challenge.Scram, wire.MinIterations, wire.MaxIterations)
	if err != nil {
		t.Fatal(err)
	}
	record, err := wire.EncodeRecord(wire.Enrolment{Device: wire.Device{Key: wire.Bytes(c.device.Public().(ed25519.PublicKey)), Name: "x", Platform: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	if e := c.refused(&wire.LoginFinish{Scram: final, Record: record, DeviceSignature: ed25519.Sign(c.device, wire.EnrolInput(c.binding, record))}); e.Code != chat.CodeAuthFailed {
		t.Errorf("the right password: %v", e)
	}
	w.address, w.relayed = direct, false
	if _, f := w.logIn("person1", "old"); refusal(f) != "" {
		t.Errorf("the same without the relay: %+v", f)
	}
}
