package link

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// FuzzHello: no hello is believed without the identity's proof over its exact
// bytes, and with it only one that says what the client can work with.
func FuzzHello(f *testing.F) {
	key := newKey(f)
	id, err := chat.ServerIDOf(publicOf(key))
	if err != nil {
		f.Fatal(err)
	}
	chain := issue(f, key, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
	v := verifier{pin: id}
	state := shaken(f, chain, v.config())
	greeting := func(change func(*wire.Greeting)) string {
		g := wire.Greeting{
			Server: id, Identity: wire.Bytes(publicOf(key)), Epoch: chat.Epoch{1}, MinVersion: 1, MaxVersion: 1, Features: []string{},
			Mechanisms: []string{wire.MechanismScram}, Bound: true, Nonce: random(wire.NonceLength), Time: time.Now().UnixMilli(), Limits: chat.DefaultLimits(),
		}
		change(&g)
		text, err := wire.EncodeRecord(g)
		if err != nil {
			f.Fatal(err)
		}
		return text
	}
	f.Add(greeting(func(*wire.Greeting) {}), []byte{})
	f.Add(greeting(func(g *wire.Greeting) { g.MaxVersion = 7 }), make([]byte, 64))
	f.Add(greeting(func(g *wire.Greeting) { g.Time = 1 << 62 }), make([]byte, 64))
	f.Add(greeting(func(g *wire.Greeting) { g.Limits.FrameBytes = -1 }), make([]byte, 64))
	f.Add(greeting(func(g *wire.Greeting) { g.Bound, g.Line = false, []wire.Bytes{chain.Certificate[1]} }), make([]byte, 64))
	f.Add(greeting(func(g *wire.Greeting) { g.Line = []wire.Bytes{{1, 2, 3}, chain.Certificate[0]} }), make([]byte, 64))
	f.Add(`{"server":"x"}`, []byte("proof"))
	f.Fuzz(func(t *testing.T, text string, proof []byte) {
		if _, _, err := v.hello(&state, &wire.Hello{Hello: text, Proof: proof}); err == nil {
			t.Fatalf("believed without a proof: %s", text)
		}
		exporter, err := state.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
		if err != nil {
			t.Fatal(err)
		}
		signed := &wire.Hello{Hello: text, Proof: signWith(key, wire.HelloInput([wire.ExporterLength]byte(exporter), text))}
		g, b, err := v.hello(&state, signed)
		if err != nil {
			return
		}
		if g.Server != id || b.Server != id || !g.Bound || g.MinVersion > wire.Version || g.MaxVersion < wire.MinVersion || b.Hello != wire.HashHello(text) {
			t.Fatalf("believed: %+v", g)
		}
		l := completed(g.Limits)
		if l.FrameBytes <= 0 || l.PreAuthFrameBytes <= 0 || readLimit(l) < leastReadLimit || readLimit(l) > mostReadLimit {
			t.Fatalf("limits: %+v", l)
		}
		if p := newPulse(g.Heartbeat, time.Now(), uniform); p.interval <= 0 || p.interval > maxInterval || p.reply < minReply {
			t.Fatalf("heartbeats: %+v from %+v", p, g.Heartbeat)
		}
	})
}

// shaken makes one TLS connection and returns the client's state of it.
func shaken(f *testing.F, chain tls.Certificate, config *tls.Config) tls.ConnectionState {
	f.Helper()
	here, there := net.Pipe()
	server := tls.Server(there, &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{chain}, NextProtos: []string{"http/1.1"}})
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	client := tls.Client(here, config)
	if err := client.Handshake(); err != nil {
		f.Fatal(err)
	}
	if err := <-done; err != nil {
		f.Fatal(err)
	}
	state := client.ConnectionState()
	_, _ = here.Close(), there.Close()
	return state
}
