package server

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/storage"
)

func TestRegisterIsIdempotent(t *testing.T) {
	w := newWorld(t, nil, Options{})
	a := w.dial()
	req := a.registration("alice")
	first, ok := a.answer(a.ask(req)).(*wire.Ready)
	if !ok {
		t.Fatal("not admitted")
	}
	// The answer was lost; the same device asks again on another connection.
	b := w.dial()
	b.device = a.device
	second, ok := b.answer(b.ask(b.signed(req.Record))).(*wire.Ready)
	if !ok || second.Account != first.Account || second.Device != first.Device {
		t.Fatalf("the repetition gave %+v, want the account of %+v", second, first)
	}
	all, err := w.store.Accounts(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d accounts, %v", len(all), err)
	}
}

func TestRegisterRefused(t *testing.T) {
	w := newWorld(t, nil, Options{})
	w.person() // person1
	cases := map[string]struct {
		change func(c *raw, r *wire.Register)
		code   chat.Code
		path   string
	}{
		"name taken":        {func(c *raw, r *wire.Register) { *r = *c.registration("Person1") }, chat.CodeNameTaken, "/record/name"},
		"name bad":          {func(c *raw, r *wire.Register) { *r = *c.registration("a b") }, chat.CodeBadValue, "/record/name"},
		"invite unknown":    {func(_ *raw, r *wire.Register) { r.Invite = chat.InviteID{1} }, chat.CodeInviteUnknown, "/invite"},
		"invite not proven": {func(_ *raw, r *wire.Register) { r.InviteSignature[0] ^= 1 }, chat.CodeInviteUnknown, "/invite"},
		"device not proven": {func(_ *raw, r *wire.Register) { r.DeviceSignature[0] ^= 1 }, chat.CodeAuthFailed, "/device_signature"},
		"record changed":    {func(_ *raw, r *wire.Register) { r.Record = strings.Replace(r.Record, "carol", "karol", 1) }, chat.CodeInviteUnknown, "/invite"},
		"weak stretch": {func(c *raw, r *wire.Register) {
			*r = *c.signed(strings.Replace(r.Record, `"passes":3`, `"passes":1`, 1))
		}, chat.CodeOutOfRange, "/record/verifier/stretch/passes"},
		"other greeting": {func(_ *raw, r *wire.Register) { r.HelloHash[0] ^= 1 }, chat.CodeAuthBindingMismatch, "/hello_hash"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := w.dial()
			req := r.registration("carol")
			c.change(r, req)
			if e := r.refused(req); e.Code != c.code || e.Path != c.path {
				t.Fatalf("have %v at %q, want %s at %q", e.Code, e.Path, c.code, c.path)
			}
		})
	}
	all, err := w.store.Accounts(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("a refusal left something behind: %d accounts, %v", len(all), err)
	}
}

func TestAuth(t *testing.T) {
	w := newWorld(t, nil, Options{})
	a := w.person()
	a.again() // the honest way

	replayed := w.dial()
	old := replayed.auth(a)
	relay := w.dial()
	if e := relay.refused(&wire.Auth{Version: 1, HelloHash: relay.binding.Hello, Device: old.Device, Nonce: old.Nonce, Signature: old.Signature}); e.Code != chat.CodeAuthFailed {
		t.Fatalf("a proof of another connection: %v", e)
	}
	if err := w.store.RevokeDevice(t.Context(), old.Device); err != nil {
		t.Fatal(err)
	}
	c := w.dial()
	if e := c.refused(c.auth(a)); e.Code != chat.CodeAuthRevoked || !e.Fatal {
		t.Fatalf("a removed device: %v", e)
	}
}

func TestExpiredSession(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		proven, seen time.Duration // ago
		code         chat.Code
	}{
		"proven long ago, seen just now": {91 * day, 0, chat.CodeAuthExpired},
		"not seen for a month":           {31 * day, 31 * day, chat.CodeAuthExpired},
		"neither":                        {89 * day, 29 * day, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil, Options{})
			a := w.person()
			id, now := a.deviceID(), time.Now()
			_ = a.ws.CloseNow()
			testkit.Eventually(t, "gone", func() bool { return w.server.hub.device(id) == nil })
			err := w.store.ProveDevice(t.Context(), id, nil, now.Add(-c.proven).UnixMilli())
			if err == nil {
				err = w.store.TouchDevices(t.Context(), map[chat.DeviceID]storage.Touch{id: {Seen: now.Add(-c.seen).UnixMilli()}})
			}
			if err != nil {
				t.Fatal(err)
			}
			n := w.dial()
			if code := refusal(n.answer(n.ask(n.auth(a)))); code != c.code {
				t.Errorf("have %q, want %q", code, c.code)
			}
		})
	}
}

// TestUnknownNames: a name that does not exist is answered like one that does.
func TestUnknownNames(t *testing.T) {
	w := newWorld(t, nil, Options{})
	w.person()
	challenge := func(name string) *wire.LoginChallenge {
		c := w.dial()
		f := c.answer(c.ask(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: name, Scram: "p=tls-exporter,,n=" + name + ",r=0123456789abcdef"}))
		l, ok := f.(*wire.LoginChallenge)
		if !ok {
			t.Fatalf("%s: %+v", name, f)
		}
		return l
	}
	known, unknown, again := challenge("person1"), challenge("nobody"), challenge("nobody")
	if known.Stretch.MemoryKiB != unknown.Stretch.MemoryKiB || known.Stretch.Passes != unknown.Stretch.Passes ||
		len(known.Stretch.Salt) != len(unknown.Stretch.Salt)*2 && len(known.Stretch.Salt) < len(unknown.Stretch.Salt) {
		t.Errorf("parameters differ: %+v, %+v", known.Stretch, unknown.Stretch)
	}
	if string(unknown.Stretch.Salt) != string(again.Stretch.Salt) {
		t.Error("a name that does not exist changes its salt from one question to the next")
	}
	c := w.dial()
	for i := range 3 {
		c.answer(c.ask(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: "nobody", Scram: "p=tls-exporter,,n=nobody,r=0123456789abcdef"}))
		e := c.refused(&wire.LoginFinish{Scram: "c=biws,r=x,p=AAAA", Record: `{"device":{}}`, DeviceSignature: make([]byte, 64)})
		if e.Code != chat.CodeAuthFailed || e.Fatal != (i == 2) {
			t.Fatalf("attempt %d: %v, fatal %v", i+1, e, e.Fatal)
		}
	}
}

func TestScreen(t *testing.T) {
	w := newWorld(t, nil, Options{})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	upgrade := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
	with := func(more ...string) http.Header {
		h := upgrade.Clone()
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	for name, c := range map[string]struct {
		path   string
		header http.Header
		status int
	}{
		"origin":         {wire.Path, with("Origin", "https://"+w.address, "Sec-Websocket-Protocol", wire.Subprotocol), 403},
		"path":           {"/", with("Sec-Websocket-Protocol", wire.Subprotocol), 404},
		"no upgrade":     {wire.Path, http.Header{}, 426},
		"no subprotocol": {wire.Path, with(), 400},
		"other version":  {wire.Path, with("Sec-Websocket-Protocol", "hearth.9"), 400},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+w.address+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = c.header
		resp, err := client.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", name, resp.StatusCode, c.status)
		}
	}
	if _, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}}).DialContext(t.Context(), "tcp", w.address); err == nil {
		t.Error("TLS 1.2 was accepted")
	}
}

func TestCapacity(t *testing.T) {
	l := roomy()
	l.Connections = 1
	w := newWorld(t, nil, Options{Limits: l})
	w.person()
	_, resp, err := websocket.Dial(t.Context(), "wss://"+w.address+wire.Path, &websocket.DialOptions{
		HTTPClient:   &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}},
		Subprotocols: []string{wire.Subprotocol},
	})
	if err == nil || resp == nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Fatalf("have %v, %v; want 503 and a time to come back", resp, err)
	}
}

func TestBeforeReady(t *testing.T) {
	w := newWorld(t, nil, Options{})
	c := w.dial()
	if e := c.refused(&wire.Heads{}); e.Code != chat.CodeAuthRequired || !e.Fatal {
		t.Fatalf("a request before a proof: %v", e)
	}
	c = w.dial()
	c.bytes([]byte(`{"t":"auth","id":7,"x":"` + strings.Repeat("x", 5000) + `"}`))
	f, err := c.read()
	if e, ok := f.(*wire.Error); err != nil || !ok || e.Code != chat.CodePayloadTooLarge {
		t.Fatalf("a large frame before a proof: %+v, %v", f, err)
	}
}

func TestDisplaced(t *testing.T) {
	w := newWorld(t, nil, Options{})
	a := w.person()
	a.again()
	if g := expect[*wire.Goodbye](a); g.Reason != wire.GoodbyeDisplaced || g.AfterMS < 30_000 {
		t.Fatalf("have %+v", g)
	}
	if _, err := a.read(); websocket.CloseStatus(err) != websocket.StatusCode(wire.CloseDisplaced) {
		t.Fatalf("have %v, want close code %d", err, wire.CloseDisplaced)
	}
}

// A name that people would take for another's is taken.
func TestNamesAlike(t *testing.T) {
	w := newWorld(t, nil, Options{Limits: roomy()})
	c := w.dial()
	c.ask(c.registration("coco"))
	expect[*wire.Ready](c)
	for _, name := range []string{"сосо", "c0co", "coco"} { // the first is Cyrillic
		c := w.dial()
		if e := c.refused(c.registration(name)); e.Code != chat.CodeNameTaken || e.Path != "/record/name" {
			t.Errorf("%q: %v", name, e)
		}
	}
	other := w.dial()
	other.ask(other.registration("cocoa"))
	expect[*wire.Ready](other)
}
