package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/net/wire"
	"hearth/server/storage"
)

// TestForwarded: what stands before the last address that is none of our proxies'
// is the client's own invention.
func TestForwarded(t *testing.T) {
	s := &Server{o: Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("fd00::1/128"), netip.MustParsePrefix("127.0.0.1/32")}}}
	peer := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}
	for _, c := range []struct {
		headers []string
		want    string
	}{
		{nil, "127.0.0.1"},
		{[]string{""}, "127.0.0.1"},
		{[]string{"192.0.2.7"}, "192.0.2.7"},
		{[]string{"192.0.2.7:1234"}, "192.0.2.7"},
		{[]string{"2001:db8::7"}, "2001:db8::7"},
		{[]string{"[2001:db8::7]"}, "2001:db8::7"},
		{[]string{"[2001:db8::7]:99"}, "2001:db8::7"},
		{[]string{"::ffff:192.0.2.7"}, "192.0.2.7"},
		{[]string{"198.51.100.1, 192.0.2.7"}, "192.0.2.7"},
		{[]string{"198.51.100.1", "192.0.2.7"}, "192.0.2.7"},
		{[]string{"192.0.2.7, 10.0.0.3"}, "192.0.2.7"},
		{[]string{"198.51.100.1, 192.0.2.7, fd00::1, 10.0.0.3"}, "192.0.2.7"},
		{[]string{"10.0.0.9, 10.0.0.3"}, "10.0.0.9"},
		{[]string{"10.0.0.3, 198.51.100.1"}, "198.51.100.1"},
		{[]string{"192.0.2.7, unknown"}, "127.0.0.1"},
		{[]string{"192.0.2.7, unknown, 10.0.0.3"}, "10.0.0.3"},
		{[]string{"192.0.2.7,"}, "127.0.0.1"},
		{[]string{"192.0.2.7, \x00"}, "127.0.0.1"},
		{[]string{"192.0.2.7, " + strings.Repeat("10.0.0.3, ", mostForwarded) + "10.0.0.3"}, "10.0.0.3"},
	} {
		got, ok := ipOf(s.forwarded(peer, c.headers))
		if !ok || got.String() != c.want {
			t.Errorf("%q: %s, want %s", c.headers, got, c.want)
		}
	}
}

// FuzzForwarded: whatever the header says, it is an address, and never one that stands
// before somebody who is no proxy of ours.
func FuzzForwarded(f *testing.F) {
	s := &Server{o: Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}}
	peer := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 4000}
	for _, seed := range []string{"", "192.0.2.7", "a, 192.0.2.7, 10.0.0.3", "[::1]:7,,", "10.0.0.3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if _, ok := ipOf(s.forwarded(peer, []string{header})); !ok {
			t.Error("no address")
		}
		got, _ := ipOf(s.forwarded(peer, []string{header + ", 192.0.2.7, 10.0.0.3"}))
		if got.String() != "192.0.2.7" && len(header) < 1000 {
			t.Errorf("%s is believed", got)
		}
	})
}

// TestForgedAddress: behind the proxy limits, and what the person is shown, go by the
// address that the proxy has appended, whatever the client says before it.
func TestForgedAddress(t *testing.T) {
	w := newWorld(t, nil, Options{Proxies: loopback})
	w.forwarded = []string{"203.0.113.9, 192.0.2.7"}
	a := w.person()
	d := w.server.hub.device(a.deviceID())
	if d == nil || d.peer != "192.0.2.0/24" {
		t.Fatalf("known as %v", d)
	}
	// Guesses wait by the true address, and nobody else's do.
	for i := range 40 {
		w.server.addrs.attempt(netip.MustParsePrefix("192.0.2.7/32"), time.Now().Add(time.Duration(i)*time.Second))
	}
	begin := func(c *raw) wire.Frame {
		return c.answer(c.ask(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: "nobody", Scram: c.exchange("nobody").First()}))
	}
	w.forwarded = []string{"198.51.100.77, 192.0.2.7"}
	if f := begin(w.dial()); refusal(f) != chat.CodeRateLimited {
		t.Errorf("by another name of the same: %+v", f)
	}
	w.forwarded = []string{"192.0.2.7, 198.51.100.77"}
	if f := begin(w.dial()); refusal(f) != "" {
		t.Errorf("somebody else: %+v", f)
	}

	// A server that is reached directly believes none of it.
	direct := newWorld(t, nil, Options{})
	direct.forwarded = []string{"192.0.2.7"}
	if d := direct.server.hub.device(direct.person().deviceID()); d == nil || d.peer != "127.0.0.0/24" {
		t.Errorf("known as %v", d)
	}
}

// TestOnlyTheProxy: without TLS nobody but the proxy is answered, for connections and
// for files; and the limit of strangers is that of each of those behind it.
func TestOnlyTheProxy(t *testing.T) {
	elsewhere := newWorld(t, nil, Options{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}})
	elsewhere.forwarded = []string{"192.0.2.1"}
	if _, resp, err := elsewhere.try(); err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("%v, %v", resp, err)
	}
	resp, err := http.Get("http://" + elsewhere.address + wire.FilesPath + "/x")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("files: %s", resp.Status)
	}

	l := roomy()
	l.UnauthPerAddress = 3
	w := newWorld(t, nil, Options{Limits: l, Proxies: loopback})
	w.forwarded = []string{"192.0.2.7"}
	var held []*raw
	for range l.UnauthPerAddress {
		held = append(held, w.dial())
	}
	if _, resp, err := w.try(); err == nil || resp == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one too many: %v, %v", resp, err)
	}
	w.forwarded = []string{"192.0.2.8"}
	held = append(held, w.dial())
	if len(held) != l.UnauthPerAddress+1 {
		t.Error(len(held))
	}
}

// TestKindsDoNotMix: what is proven on one kind of connection is worth nothing on the
// other, even by somebody who has the secret and signs whatever he is asked.
func TestKindsDoNotMix(t *testing.T) {
	onBoth(t, func(t *testing.T, o Options) {
		w := newWorld(t, nil, o)
		a := w.person()
		a.protect("old")
		wrong := func() *raw { // signs as on the other kind
			c := w.dial()
			c.binding.Unbound = !c.binding.Unbound
			c.binding.Exporter = [wire.ExporterLength]byte{}
			return c
		}
		worthless(t, wrong, a)
		for _, first := range []string{"n,,n=person1,r=abcdefgh", "y,,n=person1,r=abcdefgh", "p=tls-exporter,,n=person1,r=abcdefgh", "p=tls-unique,,n=person1,r=abcdefgh", "n,a=eve,n=person1,r=abcdefgh"} {
			c := w.dial()
			f := c.answer(c.ask(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: "person1", Scram: first}))
			right := strings.HasPrefix(first, "p=tls-exporter")
			if w.server.unbound() {
				right = strings.HasPrefix(first, "n,")
			}
			if right != (refusal(f) == "") {
				t.Errorf("%s: %+v", first, f)
			}
		}
	})
}

// TestRelayToUnbound: a careless client of the bound kind that talks through somebody in
// between to a server of the other kind gives it nothing.
func TestRelayToUnbound(t *testing.T) {
	w := newWorld(t, nil, Options{Proxies: loopback})
	a := w.person()
	a.protect("old")
	w.address = w.relay()
	w.relayed = true
	worthless(t, func() *raw {
		c := w.dial()
		exporter, err := c.state.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
		if err != nil {
			t.Fatal(err)
		}
		c.binding.Unbound, c.binding.Exporter = false, [wire.ExporterLength]byte(exporter)
		return c
	}, a)
}

// worthless tries every way in on connections that sign something else than the server
// wants.
func worthless(t *testing.T, dial func() *raw, a *raw) {
	t.Helper()
	c := dial()
	if e := c.refused(c.auth(a)); e.Code != chat.CodeAuthFailed {
		t.Errorf("a key: %v", e)
	}
	c = dial()
	if e := c.refused(c.registration("mallory")); e.Code != chat.CodeInviteUnknown {
		t.Errorf("an invite: %v", e)
	}
	c = dial()
	key := c.w.invite.Key()
	look := &wire.InviteCheck{Invite: chat.InviteIDOf(key.Public().(ed25519.PublicKey)), Signature: ed25519.Sign(key, wire.InviteCheckInput(c.binding))}
	if e := c.refused(look); e.Code != chat.CodeInviteUnknown {
		t.Errorf("a look at an invite: %v", e)
	}
	c = dial()
	if e := c.refused(&wire.LoginBegin{Version: 1, HelloHash: c.binding.Hello, Name: "person1", Scram: c.exchange("person1").First()}); e.Code != chat.CodeBadValue {
		t.Errorf("a password: %v", e)
	}
	// The right exchange, and a device that signs for the other kind.
	c = dial()
	_, c.device, _ = ed25519.GenerateKey(rand.Reader)
	exchange := stretch.NewUnboundLogin("person1")
	if !c.w.server.unbound() {
		exporter, err := c.state.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
		if err != nil {
			t.Fatal(err)
		}
		exchange = stretch.NewLogin("person1", exporter)
	}
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
	e := c.refused(&wire.LoginFinish{Scram: final, Record: record, DeviceSignature: ed25519.Sign(c.device, wire.EnrolInput(c.binding, record))})
	if e.Code != chat.CodeAuthFailed {
		t.Errorf("a new device: %v", e)
	}
	devices, err := c.w.store.Devices(t.Context(), a.account)
	if err != nil || slices.ContainsFunc(devices, func(d storage.Device) bool { return d.ID == chat.DeviceIDOf(c.device.Public().(ed25519.PublicKey)) }) {
		t.Errorf("it was enrolled: %v", err)
	}
}

// TestUnboundChallenge: the proof of the greeting is over what the client asked for, so
// that nobody can use one again. Without a challenge, or with one that is none, it is
// over zeros, which no client asks for.
func TestUnboundChallenge(t *testing.T) {
	w := newWorld(t, nil, Options{Proxies: loopback})
	_, _ = rand.Read(w.challenge[:])
	w.dial() // checks the proof
	for name, header := range map[string]string{"none": "", "too short": "AAAA", "not base64": strings.Repeat("*", 43)} {
		r, err := http.NewRequest(http.MethodGet, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(wire.HeaderChallenge, header)
		if challengeOf(r) != [wire.NonceLength]byte{} {
			t.Error(name)
		}
	}
}
