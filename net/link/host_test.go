package link

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"log/slog"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/memnet"
	"hearth/net/wire"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const home = "home.test:7480"

// host is a scripted server for what a real one never does, and for tests of
// timing that need every frame under control. The real server has its turn in
// server_test.go.
type host struct {
	t        *testing.T
	net      *memnet.Network
	address  string
	identity ed25519.PrivateKey
	id       chat.ServerID

	// What it does otherwise than it should; set before start.
	chain    func() tls.Certificate                   // nil: leaf and root of identity
	edit     func(*wire.Greeting)                     // nil: as it is
	prove    ed25519.PrivateKey                       // nil: identity
	relabel  func(exporter []byte) []byte             // nil: as it is
	answer   func(http.ResponseWriter, *http.Request) // nil: upgrade
	mangle   func(hello *wire.Hello)                  // nil: as it is, after signing
	subproto []string
	script   func(*peer) // nil: (*peer).serve
	alpn     []string
	roots    *x509.CertPool                // clients' of authorities
	open     bool                          // its links say b=0
	unbound  func(challenge string) string // nil: bound; what the proof is over instead of the exporter

	mu       sync.Mutex
	got      []wire.Type // frames of clients, in order
	sessions int
	requests int // HTTP requests, before anything of ours
	rejects  []string
}

// newHost starts nothing yet.
func newHost(t *testing.T, n *memnet.Network) *host {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, err := chat.ServerIDOf(publicOf(key))
	if err != nil {
		t.Fatal(err)
	}
	return &host{t: t, net: n, address: home, identity: key, id: id, subproto: []string{wire.Subprotocol}, alpn: []string{"http/1.1"}}
}

func (h *host) link() chat.Link {
	return chat.Link{Addresses: []string{h.address}, Server: h.id, Bound: !h.open}
}

func (h *host) options() Options {
	return Options{Roots: h.roots, Dial: h.net.Dial, Route: func() bool { return true }, Log: testkit.Logger(h.t)}
}

// start serves until the test ends.
func (h *host) start() *host {
	h.t.Helper()
	l, err := h.net.Listen(h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	certificate := issue(h.t, h.identity, time.Now().Add(-time.Hour), time.Now().Add(90*24*time.Hour))
	if h.chain != nil {
		certificate = h.chain()
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	srv := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			running.Add(1)
			defer running.Done()
			h.mu.Lock()
			h.requests++
			h.mu.Unlock()
			h.upgrade(ctx, w, r)
		}),
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0),
		TLSConfig: &tls.Config{
			MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate}, NextProtos: h.alpn, SessionTicketsDisabled: true,
		},
		Protocols: new(http.Protocols),
	}
	srv.Protocols.SetHTTP1(true)
	running.Go(func() { _ = srv.Serve(tls.NewListener(l, srv.TLSConfig)) })
	h.t.Cleanup(func() {
		stop()
		_ = srv.Close()
		h.net.CutAll()
		running.Wait()
	})
	return h
}

func (h *host) upgrade(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	if h.answer != nil {
		h.answer(w, r)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: h.subproto})
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(1 << 20)
	exporter, err := r.TLS.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
	if err != nil {
		h.t.Error(err)
		return
	}
	p := &peer{h: h, ws: ws, ctx: ctx, heads: 7, challenge: r.Header.Get(wire.HeaderChallenge)}
	if !p.greet(exporter) {
		return
	}
	h.mu.Lock()
	h.sessions++
	h.mu.Unlock()
	if h.script != nil {
		h.script(p)
		return
	}
	p.serve()
}

// seen returns the types of all frames clients have sent.
func (h *host) seen() []wire.Type {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// asked returns how many HTTP requests came.
func (h *host) asked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.requests
}

func (h *host) count(t wire.Type) int {
	n := 0
	for _, got := range h.seen() {
		if got == t {
			n++
		}
	}
	return n
}

// peer is the server's end of one scripted connection.
type peer struct {
	h       *host
	ws      *websocket.Conn
	ctx     context.Context
	binding wire.Binding
	heads   chat.Digest

	challenge string
	mute      bool // answers nothing any more
}

func (p *peer) greet(exporter []byte) bool {
	h := p.h
	g := wire.Greeting{
		Server: h.id, Identity: wire.Bytes(publicOf(h.identity)), Epoch: chat.Epoch{1}, MinVersion: 1, MaxVersion: 1,
		Features: []string{}, Mechanisms: []string{wire.MechanismScram}, Bound: true, Nonce: random(32), Time: time.Now().UnixMilli(),
		Heartbeat: wire.HeartbeatPlan{IntervalMS: 15_000, ReplyMS: 8_000, IdleMS: 45_000}, Limits: chat.DefaultLimits(), Software: "scripted",
	}
	if h.unbound != nil {
		g.Bound, g.Mechanisms = false, []string{wire.MechanismScramUnbound}
	}
	if h.edit != nil {
		h.edit(&g)
	}
	text, err := wire.EncodeRecord(g)
	if err != nil {
		h.t.Error(err)
		return false
	}
	if h.relabel != nil {
		exporter = h.relabel(exporter)
	}
	key := h.identity
	if h.prove != nil {
		key = h.prove
	}
	p.binding = wire.Binding{
		Server: g.Server, Epoch: g.Epoch, Exporter: [32]byte(exporter), Nonce: [32]byte(random(32)), Hello: wire.HashHello(text),
	}
	copy(p.binding.Nonce[:], g.Nonce)
	hello := &wire.Hello{Hello: text, Proof: signWith(key, wire.HelloInput(p.binding.Exporter, text))}
	if h.unbound != nil {
		raw, _ := base64.RawURLEncoding.DecodeString(h.unbound(p.challenge))
		var challenge [wire.NonceLength]byte
		copy(challenge[:], raw)
		p.binding.Unbound, p.binding.Exporter = true, [wire.ExporterLength]byte{}
		hello.Proof = signWith(key, wire.HelloUnboundInput(challenge, text))
	}
	if h.mangle != nil {
		h.mangle(hello)
	}
	return p.send(hello)
}

func (p *peer) send(f wire.Frame) bool {
	data, err := wire.Encode(f)
	if err != nil {
		p.h.t.Error(err)
		return false
	}
	return p.raw(string(data))
}

func (p *peer) raw(text string) bool {
	return p.ws.Write(p.ctx, websocket.MessageText, []byte(text)) == nil
}

// next reads one request; nil when the connection ended.
func (p *peer) next() wire.Request {
	_, data, err := p.ws.Read(p.ctx)
	if err != nil {
		return nil
	}
	r, _, e := wire.DecodeRequest(data)
	if e != nil {
		p.h.mu.Lock()
		p.h.rejects = append(p.h.rejects, e.Error())
		p.h.mu.Unlock()
		return nil
	}
	p.h.mu.Lock()
	p.h.got = append(p.h.got, r.Type())
	p.h.mu.Unlock()
	return r
}

// serve answers as a good server does.
func (p *peer) serve() {
	for r := p.next(); r != nil; r = p.next() {
		if !p.mute && !p.reply(r) {
			return
		}
	}
}

func (p *peer) reply(r wire.Request) bool {
	re := wire.Rep{Re: r.RequestID()}
	switch r := r.(type) {
	case *wire.Auth:
		if r.HelloHash != p.binding.Hello {
			p.send(wire.FromError(r.ID, chat.Errorf(chat.CodeAuthBindingMismatch, "/hello_hash", "changed under way")))
			p.ws.Close(websocket.StatusCode(wire.CloseBinding), "")
			return false
		}
		return p.send(p.ready(re, r.Device))
	case *wire.Heartbeat:
		return p.send(&wire.HeartbeatOK{Rep: re, Digest: p.heads, Time: time.Now().UnixMilli()})
	case *wire.Send:
		return p.send(&wire.Ack{Rep: re, MID: r.MID, Room: r.Room, Seq: 1})
	case *wire.Heads:
		return p.send(&wire.HeadsAt{Rep: re})
	}
	return p.send(&wire.OK{Rep: re})
}

func (p *peer) ready(re wire.Rep, device chat.DeviceID) *wire.Ready {
	return &wire.Ready{Rep: re, Session: "s", Connection: "c", Account: chat.AccountID{1}, Device: device, Name: "ada", Group: "Home"}
}

// fatal sends an error and closes as the code asks.
func (p *peer) fatal(re uint64, code chat.Code) {
	p.send(wire.FromError(re, chat.Errorf(code, "", "scripted")))
	p.ws.Close(websocket.StatusCode(wire.CloseFor(code)), "")
}

// issue makes a leaf certificate signed by the identity, and its root.
func issue(t testing.TB, identity ed25519.PrivateKey, from, to time.Time) tls.Certificate {
	t.Helper()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: from, NotAfter: to.AddDate(50, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, publicOf(identity), identity)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"}, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, identity)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, rootDER}, PrivateKey: key}
}

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// watcher is a Handler that notes everything.
type watcher struct {
	mu     sync.Mutex
	states []Status
	frames []wire.Frame
	ups    []time.Time
	downs  []*Error
	live   *Session
	slow   func() // called in Push
}

func (w *watcher) State(s Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.states = append(w.states, s)
}

func (w *watcher) Up(s *Session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live, w.ups = s, append(w.ups, time.Now())
}

func (w *watcher) Push(_ *Session, f wire.Frame) {
	w.mu.Lock()
	w.frames = append(w.frames, f)
	slow := w.slow
	w.mu.Unlock()
	if slow != nil {
		slow()
	}
}

func (w *watcher) Down(_ *Session, e *Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live, w.downs = nil, append(w.downs, e)
}

func (w *watcher) session(t *testing.T) *Session {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.live == nil {
		t.Fatalf("not connected; states %s", w.textLocked())
	}
	return w.live
}

func (w *watcher) counts() (ups, downs int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.ups), len(w.downs)
}

// text names the states passed through, without repetitions.
func (w *watcher) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.textLocked()
}

func (w *watcher) textLocked() string {
	var out []string
	for _, s := range w.states {
		if n := len(out); n == 0 || out[n-1] != string(s.State) {
			out = append(out, string(s.State))
		}
	}
	return strings.Join(out, " ")
}

// runLink runs a link in the test's bubble; stop ends it and waits.
func runLink(t *testing.T, h *host, o Options) (l *Link, w *watcher, stop func()) {
	t.Helper()
	w = &watcher{}
	l = New(Config{Link: h.link(), Device: Device{Key: newKey(t), Name: "test"}, Handler: w}, o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return l, w, stop
}
