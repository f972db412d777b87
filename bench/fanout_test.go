package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/wire"
)

// readFull is io.ReadFull; a name of its own keeps raw_test.go short.
func readFull(r io.Reader, b []byte) (int, error) { return io.ReadFull(r, b) }

// client is one connection of the load generator. Frames are counted below the
// WebSocket library, after the handshake.
type client struct {
	ws    *websocket.Conn
	net   net.Conn
	room  chat.RoomID
	dseq  uint64
	id    uint64
	fixed []byte // what a baseline's client sends
}

// dial opens a WebSocket over TLS. The benchmark's own server is on the other
// side of loopback: nothing is verified.
func dial(b testing.TB, address string, protocols []string) (*client, tls.ConnectionState) {
	b.Helper()
	c := &client{}
	transport := &http.Transport{DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		d := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}}}
		conn, err := d.DialContext(ctx, network, addr)
		c.net = conn
		return conn, err
	}}
	ws, _, err := websocket.Dial(b.Context(), "wss://"+address+wire.Path, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport}, Subprotocols: protocols, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		b.Fatal(err)
	}
	ws.SetReadLimit(1 << 20)
	c.ws = ws
	b.Cleanup(func() { _ = ws.CloseNow() })
	return c, c.net.(*tls.Conn).ConnectionState()
}

// read reads one frame of the server.
func (c *client) read(b testing.TB) wire.Frame {
	b.Helper()
	_, data, err := c.ws.Read(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	f, err := wire.DecodeServer(data)
	if err != nil {
		b.Fatal(err)
	}
	if e, ok := f.(*wire.Error); ok {
		b.Fatal(e.Err())
	}
	return f
}

func (c *client) write(b testing.TB, r wire.Request) {
	b.Helper()
	c.id++
	r.SetRequestID(c.id)
	data, err := wire.Encode(r)
	if err != nil {
		b.Fatal(err)
	}
	if err := c.ws.Write(b.Context(), websocket.MessageText, data); err != nil {
		b.Fatal(err)
	}
}

// joinHearth makes an account through the invite and catches up with its rooms.
// The verifier is random: nobody logs in with a password here.
func joinHearth(b testing.TB, link chat.Link, n int) *client {
	b.Helper()
	c, state := dial(b, link.Addresses[0], []string{wire.Subprotocol})
	hello, ok := c.read(b).(*wire.Hello)
	if !ok {
		b.Fatal("no hello")
	}
	g, err := wire.DecodeGreeting(hello.Hello)
	if err != nil {
		b.Fatal(err)
	}
	exporter, err := state.ExportKeyingMaterial(wire.ExporterLabel, nil, wire.ExporterLength)
	if err != nil {
		b.Fatal(err)
	}
	binding := wire.Binding{Server: g.Server, Epoch: g.Epoch, Exporter: [32]byte(exporter), Nonce: [32]byte(g.Nonce), Hello: wire.HashHello(hello.Hello)}
	public, device, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	bytes32 := func() wire.Bytes { v := make([]byte, 32); _, _ = rand.Read(v); return v }
	record, err := wire.EncodeRecord(wire.Registration{
		Name: fmt.Sprintf("load%d", n), Display: fmt.Sprintf("Load %d", n),
		Verifier: wire.Verifier{
			Stretch: wire.Stretch{Alg: wire.StretchArgon2id, Salt: bytes32(), MemoryKiB: wire.MinStretchKiB, Passes: wire.MinStretchPasses, Lanes: wire.MinStretchLanes},
			Salt:    bytes32(), Iterations: wire.DefaultIterations, StoredKey: bytes32(), ServerKey: bytes32(),
		},
		Device: wire.Device{Key: wire.Bytes(public), Name: "bench", Platform: "bench"},
	})
	if err != nil {
		b.Fatal(err)
	}
	invite := link.Secret.Key()
	c.write(b, &wire.Register{
		Version: wire.Version, HelloHash: binding.Hello, Invite: chat.InviteIDOf(invite.Public().(ed25519.PublicKey)), Record: record,
		InviteSignature: ed25519.Sign(invite, wire.InviteInput(binding, record)), DeviceSignature: ed25519.Sign(device, wire.EnrolInput(binding, record)),
	})
	if _, ok := c.read(b).(*wire.Ready); !ok {
		b.Fatal("not ready")
	}
	c.write(b, &wire.Sync{Rooms: []wire.Cursor{}})
	for {
		switch f := c.read(b).(type) {
		case *wire.SyncStarted:
			c.room = f.Rooms[0].Room
		case *wire.Live:
			return c
		}
	}
}

// words is a message of 100 bytes that carries a number.
func words(n int) string { return fmt.Sprintf("%-100d", n) }

// send sends message n.
func (c *client) send(b *testing.B, n int) {
	if c.fixed != nil {
		data := append(append([]byte(nil), c.fixed...), words(n)...)
		if err := c.ws.Write(b.Context(), websocket.MessageText, data); err != nil {
			b.Fatal(err)
		}
		return
	}
	c.dseq++
	c.write(b, &wire.Send{MID: chat.NewMID(), Room: c.room, DSeq: c.dseq, Kind: chat.KindMessage, Body: `{"text":"` + words(n) + `"}`})
}

// fleet is the load generator: one sender and n receivers, the sender being one
// of them.
type fleet struct {
	b       *testing.B
	kind    string
	p       *process
	clients []*client
	marker  []byte // stands before a message's number in a frame

	got   atomic.Int64 // deliveries
	mu    sync.Mutex
	sent  map[int]time.Time // guarded by mu
	delay []time.Duration   // guarded by mu
	wake  chan struct{}
}

func newFleet(b *testing.B, kind string, n int) *fleet {
	b.Helper()
	f := &fleet{b: b, kind: kind, p: startChild(b, kind), sent: map[int]time.Time{}, wake: make(chan struct{}, 1)}
	for i := range n {
		if kind == "hearth" {
			link, err := chat.ParseLink(f.p.first.Link)
			if err != nil {
				b.Fatal(err)
			}
			f.clients = append(f.clients, joinHearth(b, link, i))
			continue
		}
		c, _ := dial(b, f.p.first.Address, nil)
		// As many bytes as an events frame of Hearth with the same text.
		c.fixed = append(bytes.Repeat([]byte("x"), 392), `text`...)
		f.clients = append(f.clients, c)
	}
	f.marker = []byte(`{\"text\":\"`)
	if kind != "hearth" {
		f.marker = []byte("xtext")
	}
	for i, c := range f.clients {
		go f.receive(c, i == 0)
	}
	if kind == "hearth" {
		beats := make(chan struct{})
		b.Cleanup(func() { close(beats) })
		go f.beat(beats)
	}
	return f
}

// beat keeps the receivers alive in the server's eyes.
func (f *fleet) beat(stop <-chan struct{}) {
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		for _, c := range f.clients[1:] {
			c.id++
			data, err := wire.Encode(&wire.Heartbeat{Req: wire.Req{ID: c.id}})
			if err == nil {
				err = c.ws.Write(f.b.Context(), websocket.MessageText, data)
			}
			if err != nil {
				return // the run ends and says so
			}
		}
	}
}

// receive counts deliveries; one client in each fleet also takes times.
func (f *fleet) receive(c *client, timed bool) {
	r := bufio.NewReaderSize(c.net, 32<<10)
	_ = countFrames(r, func(payload []byte) {
		n := bytes.Count(payload, f.marker)
		if n == 0 {
			return
		}
		f.got.Add(int64(n))
		if timed {
			f.arrived(payload)
		}
		select {
		case f.wake <- struct{}{}:
		default:
		}
	})
}

// arrived notes how long the messages in a frame took.
func (f *fleet) arrived(payload []byte) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		i := bytes.Index(payload, f.marker)
		if i < 0 {
			return
		}
		payload = payload[i+len(f.marker):]
		end := bytes.IndexByte(payload, ' ')
		n, err := strconv.Atoi(string(payload[:max(end, 0)]))
		if err != nil {
			continue
		}
		if at, ok := f.sent[n]; ok {
			f.delay = append(f.delay, now.Sub(at))
			delete(f.sent, n)
		}
	}
}

// run sends messages, at a rate or with a window of messages not yet delivered
// to all, and returns CPU µs of the server per delivery.
func (f *fleet) run(messages, rate, window int) (cpu float64) {
	n := len(f.clients)
	base, before := f.got.Load(), f.p.ask("cpu").CPU
	start := time.Now()
	for i := range messages {
		if rate > 0 {
			at := start.Add(time.Duration(i) * time.Second / time.Duration(rate))
			if wait := time.Until(at); wait > 0 {
				<-time.After(wait)
			}
		} else {
			f.await(base + int64((i-window)*n))
		}
		f.mu.Lock()
		f.sent[i] = time.Now()
		f.mu.Unlock()
		f.clients[0].send(f.b, i)
	}
	f.await(base + int64(messages*n))
	return (f.p.ask("cpu").CPU - before) / float64(messages*n)
}

// await waits until so many deliveries were made.
func (f *fleet) await(want int64) {
	deadline := time.After(60 * time.Second)
	for f.got.Load() < want {
		select {
		case <-f.wake:
		case <-deadline:
			f.b.Fatalf("%s: %d of %d deliveries after a minute", f.kind, f.got.Load(), want)
		}
	}
}

// p99 returns and forgets the latencies.
func (f *fleet) p99() float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.delay
	f.delay = nil
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return float64(list[len(list)*99/100].Microseconds()) / 1000
}

// BenchmarkFanout_200 and _1000 broadcast messages of 100 bytes to a room,
// steadily (100 messages a second) and saturated (32 messages under way), five
// rounds of each server in turn. It reports medians of the server process' CPU
// µs per delivery, and their ratios to raw-shard of the same round.
func BenchmarkFanout_200(b *testing.B)  { benchmarkFanout(b, 200, 300, 1500) }
func BenchmarkFanout_1000(b *testing.B) { benchmarkFanout(b, 1000, 60, 300) }

func benchmarkFanout(b *testing.B, n, steady, saturated int) {
	if testing.Short() {
		b.Skip("takes half a minute")
	}
	kinds := []string{"raw-shard", "raw-queue", "raw-bolt", "hearth"}
	if k := os.Getenv("HEARTH_BENCH_KINDS"); k != "" {
		kinds = strings.Split(k, ",")
	}
	fleets := map[string]*fleet{}
	for _, k := range kinds {
		fleets[k] = newFleet(b, k, n)
	}
	const rounds = 5
	cpu := map[string][]float64{}
	for b.Loop() {
		for range rounds {
			for _, k := range kinds {
				f := fleets[k]
				cpu[k+"-steady"] = append(cpu[k+"-steady"], f.run(steady, max(20, 20_000/n), 0))
				cpu[k+"-p99"] = append(cpu[k+"-p99"], f.p99())
				cpu[k+"-saturated"] = append(cpu[k+"-saturated"], f.run(saturated, 0, 32))
				f.p99()
			}
		}
	}
	for _, k := range kinds {
		b.ReportMetric(median(cpu[k+"-steady"]), k+"-steady-µs/delivery")
		b.ReportMetric(median(cpu[k+"-saturated"]), k+"-saturated-µs/delivery")
		b.ReportMetric(median(cpu[k+"-p99"]), k+"-p99-ms")
	}
	for _, load := range []string{"-steady", "-saturated"} {
		for _, base := range []string{"raw-shard", "raw-bolt"} {
			var r []float64
			for i, v := range cpu["hearth"+load] {
				if i < len(cpu[base+load]) {
					r = append(r, v/cpu[base+load][i])
				}
			}
			if len(r) == 0 {
				continue
			}
			b.ReportMetric(median(r), "hearth"+load+"-x-"+base)
		}
	}
}

// BenchmarkIdle_1000 reports what an idle connection costs the server: heap and
// stacks per authenticated connection in one room.
func BenchmarkIdle_1000(b *testing.B) {
	if testing.Short() {
		b.Skip("takes a while")
	}
	const n = 1000
	for b.Loop() {
		p := startChild(b, "hearth")
		link, err := chat.ParseLink(p.first.Link)
		if err != nil {
			b.Fatal(err)
		}
		before := p.ask("heap").Heap
		for i := range n {
			joinHearth(b, link, i)
		}
		<-time.After(3 * time.Second)
		b.ReportMetric(float64(p.ask("heap").Heap-before)/n/1024, "KiB/connection")
	}
}
