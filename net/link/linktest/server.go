package linktest

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/net/wire"
)

// Server is a server under a test's control. Its fields are set before Start;
// what is nil is done honestly.
type Server struct {
	T       testing.TB
	Net     *memnet.Network
	Address string
	Key     ed25519.PrivateKey // its identity
	Epoch   chat.Epoch
	Book    *Book

	// Lies.
	Chain    func() tls.Certificate             // certificates shown
	Answer   http.HandlerFunc                   // instead of the upgrade
	Greet    func(*wire.Greeting)               // changes the greeting before it is signed
	Exporter func([]byte) []byte                // what the proof is bound to
	Prover   ed25519.PrivateKey                 // whose proof it is
	Mangle   func(*wire.Hello)                  // changes the hello after it was signed
	Handle   func(p *Peer, r wire.Request) bool // true: dealt with; false: as an honest server does

	tape    Tape
	mu      sync.Mutex
	peers   []*Peer // guarded by mu: all that were greeted
	running sync.WaitGroup
	stop    context.CancelFunc
	http    *http.Server
}

// New returns an honest server with a fresh identity at an address; it does
// nothing before Start.
func New(t testing.TB, n *memnet.Network, address string) *Server {
	return &Server{T: t, Net: n, Address: address, Key: NewKey(t), Epoch: chat.NewEpoch(), Book: NewBook()}
}

// NewKey makes an identity, or any Ed25519 key.
func NewKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// ID is the fingerprint of the server's identity.
func (s *Server) ID() chat.ServerID {
	id, err := chat.ServerIDOf(s.Key.Public().(ed25519.PublicKey))
	if err != nil {
		s.T.Fatal(err)
	}
	return id
}

// Link names the server as an honest link does.
func (s *Server) Link() chat.Link {
	return chat.Link{Addresses: []string{s.Address}, Server: s.ID(), Bound: true}
}

// Tape is everything clients have sent.
func (s *Server) Tape() *Tape { return &s.tape }

// Peers returns the connections that were greeted, oldest first.
func (s *Server) Peers() []*Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Peer(nil), s.peers...)
}

// Start serves until Stop, or the end of the test.
func (s *Server) Start() *Server {
	s.T.Helper()
	l, err := s.Net.Listen(s.Address)
	if err != nil {
		s.T.Fatal(err)
	}
	chain := Issue(s.T, s.Key)
	if s.Chain != nil {
		chain = s.Chain()
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{chain}, NextProtos: []string{"http/1.1"}, SessionTicketsDisabled: true}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.http = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.running.Add(1)
			defer s.running.Done()
			s.serve(ctx, w, r)
		}),
		ErrorLog:    slog.NewLogLogger(slog.DiscardHandler, 0),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
	s.running.Go(func() { _ = s.http.Serve(&listener{Listener: l, config: config, tape: &s.tape}) })
	s.T.Cleanup(s.Stop)
	return s
}

// Stop ends the server and all its connections.
func (s *Server) Stop() {
	if s.stop == nil {
		return
	}
	s.stop()
	_ = s.http.Close()
	for _, p := range s.Peers() {
		_ = p.ws.CloseNow()
	}
	s.running.Wait()
	s.stop = nil
}

type connKey struct{}

func (s *Server) serve(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	if s.Answer != nil {
		s.Answer(w, r)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(8 << 20)
	c, ok := r.Context().Value(connKey{}).(*tap)
	if !ok {
		return
	}
	state := c.ConnectionState()
	exporter, err := state.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
	if err != nil {
		s.T.Error(err)
		return
	}
	p := &Peer{Server: s, Ctx: ctx, Exporter: exporter, State: state, ws: ws, fed: map[chat.RoomID]bool{}}
	s.mu.Lock()
	s.peers = append(s.peers, p)
	s.mu.Unlock()
	if p.greet() {
		p.Serve()
	}
}

// greet sends the hello, with the lies the test asked for.
func (p *Peer) greet() bool {
	s := p.Server
	nonce := make([]byte, wire.NonceLength)
	_, _ = rand.Read(nonce)
	g := wire.Greeting{
		Server: s.ID(), Identity: wire.Bytes(s.Key.Public().(ed25519.PublicKey)), Epoch: s.Epoch, MinVersion: 1, MaxVersion: 1,
		Features: []string{}, Mechanisms: []string{wire.MechanismScram}, Bound: true, Nonce: nonce, Time: time.Now().UnixMilli(),
		Heartbeat: wire.HeartbeatPlan{IntervalMS: 15_000, ReplyMS: 8_000, IdleMS: 45_000}, Limits: chat.DefaultLimits(), Software: "linktest",
	}
	if s.Greet != nil {
		s.Greet(&g)
	}
	text, err := wire.EncodeRecord(g)
	if err != nil {
		s.T.Error(err)
		return false
	}
	exporter, key := p.Exporter, s.Key
	if s.Exporter != nil {
		exporter = s.Exporter(exporter)
	}
	if s.Prover != nil {
		key = s.Prover
	}
	hello := &wire.Hello{Hello: text, Proof: ed25519.Sign(key, wire.HelloInput([wire.ExporterLength]byte(exporter), text))}
	if s.Mangle != nil {
		s.Mangle(hello)
	}
	p.Binding = wire.Binding{Server: g.Server, Epoch: g.Epoch, Exporter: [wire.ExporterLength]byte(exporter), Hello: wire.HashHello(hello.Hello)}
	copy(p.Binding.Nonce[:], g.Nonce)
	return p.Send(hello)
}
