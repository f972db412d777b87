package server

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/internal/stretch"
	"hearth/internal/testkit"
	"hearth/net/memnet"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// world is a real server over a loopback listener, or over a network in memory.
type world struct {
	t       *testing.T
	net     *memnet.Network // nil: loopback
	connect func(context.Context) (net.Conn, error)
	server  *Server
	store   storage.Store
	address string
	invite  chat.InviteSecret
	general chat.RoomID
	people  int
	served  chan error
	down    atomic.Bool
	relayed bool // somebody sits between client and server, see relay

	forwarded []string               // X-Forwarded-For of connections to come
	challenge [wire.NonceLength]byte // of connections to come, where they are unbound
}

// identityOf makes an identity whose certificate is the bare key: the raw
// clients of these tests do not judge it, net/link's tests do.
func identityOf(t *testing.T) Identity {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return Identity{Key: key, Certificate: func() (*tls.Certificate, error) { return &cert, nil }}
}

// roomy raises what would slow tests down.
func roomy() chat.Limits {
	l := chat.DefaultLimits()
	l.SendsPerSecond, l.SendBurst, l.RequestsPerSecond, l.RequestBurst = 1e6, 1e6, 1e6, 1e6
	l.HistoryPagesPerSec = 1000
	return l
}

// newWorld starts a server on loopback.
func newWorld(t *testing.T, store storage.Store, o Options) *world {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if o.Idle == 0 {
		o.Idle = 10 * patience // nobody beats here, however long a busy machine takes; who is silent is for bubbles
	}
	w := serve(t, store, o, l)
	w.address = l.Addr().String()
	w.connect = func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", w.address)
	}
	return w
}

// newBubble starts a server on a network in memory, for synctest. Whatever a line
// holds back in one direction is a few frames.
func newBubble(t *testing.T, store storage.Store, o Options) *world {
	t.Helper()
	network := memnet.New()
	network.Buffer = 16 << 10
	const address = "hearth.test:7480"
	l, err := network.Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	w := serve(t, store, o, l)
	w.net, w.address = network, address
	w.connect = func(ctx context.Context) (net.Conn, error) { return network.Dial(ctx, "tcp", address) }
	return w
}

// serve makes a server with a first room and an invite for everybody.
func serve(t *testing.T, store storage.Store, o Options, l net.Listener) *world {
	t.Helper()
	if store == nil {
		store = memstore.New()
	}
	if o.Limits == (chat.Limits{}) {
		o.Limits = roomy()
	}
	w := &world{t: t, store: store, invite: chat.NewInviteSecret(), general: chat.NewRoomID(), served: make(chan error, 1)}
	o.DefaultRooms = []chat.RoomID{w.general}
	s, err := New(t.Context(), store, identityOf(t), o)
	if err != nil {
		t.Fatal(err)
	}
	w.server = s
	if err := s.EnsureRoom(t.Context(), w.general, "general"); err != nil {
		t.Fatal(err)
	}
	key := w.invite.Key().Public().(ed25519.PublicKey)
	now := time.Now()
	if err := store.PutInvite(t.Context(), storage.Invite{ID: chat.InviteIDOf(key), Key: key, Created: now.UnixMilli(), Expires: now.Add(time.Hour).UnixMilli(), Uses: 1000}); err != nil {
		t.Fatal(err)
	}
	go func() { w.served <- s.Serve(l) }()
	t.Cleanup(w.stop)
	return w
}

// stop shuts the server down and checks that it ends.
func (w *world) stop() {
	if !w.down.CompareAndSwap(false, true) {
		return
	}
	if err := w.server.Shutdown(context.WithoutCancel(w.t.Context())); err != nil {
		w.t.Errorf("shutdown: %v", err)
	}
	if err := <-w.served; err != nil {
		w.t.Errorf("serve: %v", err)
	}
	_ = w.store.Close()
}

// raw is a client that says what the test wants.
type raw struct {
	w       *world
	t       *testing.T
	ws      *websocket.Conn
	tls     *tls.Conn // below ws; nil where that is unbound
	state   tls.ConnectionState
	binding wire.Binding
	device  ed25519.PrivateKey
	account chat.AccountID
	id      uint64
	dseq    map[chat.RoomID]uint64
	heard   *bytes.Buffer // everything the server has said, if somebody wants it
}

// dial connects and reads the hello.
func (w *world) dial() *raw {
	w.t.Helper()
	c, _, err := w.try()
	if err != nil {
		w.t.Fatal(err)
	}
	c.greet()
	return c
}

// try connects as far as WebSocket.
func (w *world) try() (*raw, *http.Response, error) {
	var conn *tls.Conn
	header := http.Header{"X-Forwarded-For": w.forwarded}
	if w.server.unbound() {
		header.Set(wire.HeaderChallenge, base64.RawURLEncoding.EncodeToString(w.challenge[:]))
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return w.connect(ctx) }, DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		nc, err := w.connect(ctx)
		if err != nil {
			return nil, err
		}
		conn = tls.Client(nc, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
		return conn, conn.HandshakeContext(ctx)
	}}
	scheme := "wss://"
	if w.server.unbound() && !w.relayed {
		scheme = "ws://"
	}
	ws, resp, err := websocket.Dial(w.t.Context(), scheme+w.address+wire.Path, &websocket.DialOptions{
		HTTPHeader: header, HTTPClient: &http.Client{Transport: transport}, Subprotocols: []string{wire.Subprotocol}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, resp, err
	}
	ws.SetReadLimit(1 << 20)
	w.t.Cleanup(func() { _ = ws.CloseNow() })
	c := &raw{w: w, t: w.t, ws: ws, tls: conn, dseq: map[chat.RoomID]uint64{}}
	if conn != nil {
		c.state = conn.ConnectionState()
	}
	return c, resp, nil
}

func (c *raw) greet() {
	c.t.Helper()
	hello := expect[*wire.Hello](c)
	g, err := wire.DecodeGreeting(hello.Hello)
	if err != nil {
		c.t.Fatal(err)
	}
	c.binding = wire.Binding{Server: g.Server, Epoch: g.Epoch, Unbound: !g.Bound, Nonce: [32]byte(g.Nonce), Hello: wire.HashHello(hello.Hello)}
	if c.binding.Unbound {
		if !c.w.server.unbound() || !slices.Equal(g.Mechanisms, []string{wire.MechanismScramUnbound}) {
			c.t.Fatalf("greeted as unbound, %v", g.Mechanisms)
		}
		if !ed25519.Verify(ed25519.PublicKey(g.Identity), wire.HelloUnboundInput(c.w.challenge, hello.Hello), hello.Proof) {
			c.t.Fatal("the hello's proof does not fit the challenge")
		}
		return
	}
	exporter, err := c.state.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
	if err != nil {
		c.t.Fatal(err)
	}
	c.binding.Exporter = [32]byte(exporter)
	if fits := ed25519.Verify(ed25519.PublicKey(g.Identity), wire.HelloInput(c.binding.Exporter, hello.Hello), hello.Proof); fits == c.w.relayed {
		c.t.Fatalf("the hello's proof fits this connection: %v", fits)
	}
}

// exchange begins a proof of a password as this kind of connection wants it.
func (c *raw) exchange(name string) *stretch.Login {
	if c.binding.Unbound {
		return stretch.NewUnboundLogin(name)
	}
	return stretch.NewLogin(name, c.binding.Exporter[:])
}

// loopback is where the proxy of these tests connects from.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// onBoth runs a test on both kinds of connections.
func onBoth(t *testing.T, test func(t *testing.T, o Options)) {
	t.Run("bound", func(t *testing.T) { test(t, Options{}) })
	t.Run("unbound", func(t *testing.T) { test(t, Options{Proxies: loopback}) })
}

// patience is how long a client waits for what comes at once, but for a busy machine.
const patience = time.Minute

// read reads one frame, or fails with the error the connection ended with.
func (c *raw) read() (wire.Frame, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	_, data, err := c.ws.Read(ctx)
	if err != nil {
		return nil, err
	}
	if c.heard != nil {
		c.heard.Write(data)
	}
	return wire.DecodeServer(data)
}

// expect reads frames until one of type T comes.
func expect[T wire.Frame](c *raw) T {
	c.t.Helper()
	for {
		f, err := c.read()
		if err != nil {
			c.t.Fatalf("waiting for %T: %v", *new(T), err)
		}
		if want, ok := f.(T); ok {
			return want
		}
		if e, ok := f.(*wire.Error); ok {
			c.t.Fatalf("waiting for %T: %v", *new(T), e.Err())
		}
	}
}

// bytes sends exact bytes.
func (c *raw) bytes(b []byte) {
	c.t.Helper()
	if err := c.ws.Write(c.t.Context(), websocket.MessageText, b); err != nil {
		c.t.Fatal(err)
	}
}

// ask numbers and sends a request.
func (c *raw) ask(r wire.Request) uint64 {
	c.t.Helper()
	c.id++
	r.SetRequestID(c.id)
	b, err := wire.Encode(r)
	if err != nil {
		c.t.Fatal(err)
	}
	c.bytes(b)
	return c.id
}

// answer returns the one answer to a request; pushes are passed over.
func (c *raw) answer(id uint64) wire.Frame {
	c.t.Helper()
	for {
		f, err := c.read()
		if err != nil {
			c.t.Fatalf("waiting for the answer to %d: %v", id, err)
		}
		if r, ok := f.(wire.Reply); ok && r.ReplyTo() == id {
			return f
		}
	}
}

// refused sends a request and returns the error it gets.
func (c *raw) refused(r wire.Request) *chat.Error {
	c.t.Helper()
	f := c.answer(c.ask(r))
	e, ok := f.(*wire.Error)
	if !ok {
		c.t.Fatalf("%T was accepted: %+v", r, f)
	}
	return e.Err()
}

func random32() wire.Bytes {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return b
}

// registration makes the record and its signatures for a new person.
func (c *raw) registration(name string) *wire.Register {
	c.t.Helper()
	if c.device == nil {
		_, c.device, _ = ed25519.GenerateKey(rand.Reader)
	}
	record, err := wire.EncodeRecord(wire.Registration{
		Name: name, Display: "Display of " + name,
		Verifier: wire.Verifier{
			Stretch: wire.Stretch{Alg: wire.StretchArgon2id, Salt: random32(), MemoryKiB: wire.MinStretchKiB, Passes: wire.MinStretchPasses, Lanes: wire.MinStretchLanes},
			Salt:    random32(), Iterations: wire.DefaultIterations, StoredKey: random32(), ServerKey: random32(),
		},
		Device: wire.Device{Key: wire.Bytes(c.device.Public().(ed25519.PublicKey)), Name: "test", Platform: "test"},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.signed(record)
}

func (c *raw) signed(record string) *wire.Register {
	key := c.w.invite.Key()
	return &wire.Register{
		Version: wire.Version, HelloHash: c.binding.Hello, Invite: chat.InviteIDOf(key.Public().(ed25519.PublicKey)), Record: record,
		InviteSignature: ed25519.Sign(key, wire.InviteInput(c.binding, record)),
		DeviceSignature: ed25519.Sign(c.device, wire.EnrolInput(c.binding, record)),
	}
}

// person registers somebody new.
func (w *world) person() *raw {
	w.t.Helper()
	w.people++
	c := w.dial()
	id := c.ask(c.registration(fmt.Sprintf("person%d", w.people)))
	ready, ok := c.answer(id).(*wire.Ready)
	if !ok {
		w.t.Fatal("not admitted")
	}
	c.account = ready.Account
	return c
}

// auth proves the device of an earlier connection on this one.
func (c *raw) auth(as *raw) *wire.Auth {
	c.device, c.account, c.dseq = as.device, as.account, as.dseq
	id := chat.DeviceIDOf(c.device.Public().(ed25519.PublicKey))
	nonce := random32()
	return &wire.Auth{
		Version: wire.Version, HelloHash: c.binding.Hello, Device: id, Nonce: nonce,
		Signature: ed25519.Sign(c.device, wire.AuthInput(c.binding, id, [32]byte(nonce))),
	}
}

// again connects the same device anew.
func (c *raw) again() *raw {
	c.t.Helper()
	n := c.w.dial()
	if _, ok := n.answer(n.ask(n.auth(c))).(*wire.Ready); !ok {
		c.t.Fatal("not admitted again")
	}
	return n
}

// post makes the next send of this device in a room.
func (c *raw) post(room chat.RoomID, kind chat.Kind, body string) *wire.Send {
	return &wire.Send{MID: chat.NewMID(), Room: room, DSeq: c.dseq[room] + 1, Kind: kind, Body: body}
}

// say sends a message and waits for its acknowledgement.
func (c *raw) say(room chat.RoomID, kind chat.Kind, body string) *wire.Ack {
	c.t.Helper()
	s := c.post(room, kind, body)
	switch f := c.answer(c.ask(s)).(type) {
	case *wire.Ack:
		c.dseq[room] = s.DSeq
		return f
	case *wire.Error:
		c.t.Fatalf("send %s: %v", kind, f.Err())
	}
	return nil
}

// sync starts the flow and waits until everything is there.
func (c *raw) sync(rooms ...wire.Cursor) *wire.SyncStarted {
	c.t.Helper()
	if rooms == nil {
		rooms = []wire.Cursor{}
	}
	c.ask(&wire.Sync{Epoch: c.binding.Epoch, Rooms: rooms})
	return expect[*wire.SyncStarted](c)
}

// counted returns a counter of the server's.
func (w *world) counted(name string) (n float64) {
	w.t.Helper()
	families, err := w.server.Metrics().Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() { // whatever its labels
			n += m.GetCounter().GetValue()
		}
	}
	return n
}
