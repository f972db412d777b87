package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Way is what happens to one direction of every connection. The zero value
// passes everything on at once.
type Way struct {
	Latency time.Duration // added to every chunk
	Jitter  time.Duration // a random addition up to this; the order stays
	Rate    int           // bytes a second; 0: unbounded
	Slice   int           // most bytes of one write; 0: as they came
	// Stall leaves bytes where they are, so that the sender's window fills.
	Stall bool
	// Discard takes bytes and loses them: a half-open connection. A connection
	// that has lost bytes never carries any again in this direction.
	Discard bool
}

// Conditions are those of the network now. They can change at any time and hold
// for connections that exist as well as for new ones.
type Conditions struct {
	Up   Way // from the client to the server
	Down Way // from the server to the client
	// Refuse resets whoever connects.
	Refuse bool
}

// BlackHole is a network that takes everything and answers nothing.
var BlackHole = Conditions{Up: Way{Discard: true}, Down: Way{Discard: true}}

// Proxy listens on one address and connects to another.
type Proxy struct {
	// Fixed after Start.
	target   string
	listener net.Listener
	ctx      context.Context
	cancel   context.CancelFunc
	work     sync.WaitGroup

	mu       sync.Mutex
	now      Conditions         // guarded by mu
	changed  chan struct{}      // guarded by mu: closed when now changes
	pairs    map[*pair]struct{} // guarded by mu
	accepted int                // guarded by mu
}

// Start listens on an address (port 0 takes a free one) for a target.
func Start(ctx context.Context, listen, target string) (*Proxy, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listener: l, changed: make(chan struct{}), pairs: map[*pair]struct{}{}}
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.work.Go(p.accept)
	return p, nil
}

// Addr is where clients connect.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Set changes the network.
func (p *Proxy) Set(c Conditions) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = c
	close(p.changed)
	p.changed = make(chan struct{})
}

// Reset ends all connections with a TCP reset on both sides.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		c.reset()
	}
}

// Open returns how many connections there are, and how many there have been.
func (p *Proxy) Open() (open, accepted int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pairs), p.accepted
}

// Close resets everything and waits for its end.
func (p *Proxy) Close() {
	p.cancel()
	_ = p.listener.Close()
	p.Reset()
	p.work.Wait()
}

// conditions returns the present ones and a channel closed at their end.
func (p *Proxy) conditions() (Conditions, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now, p.changed
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		if now, _ := p.conditions(); now.Refuse || p.ctx.Err() != nil {
			abort(c)
			continue
		}
		p.work.Go(func() { p.serve(c) })
	}
}

// serve carries one connection until an end of it is closed.
func (p *Proxy) serve(client net.Conn) {
	var dialer net.Dialer
	server, err := dialer.DialContext(p.ctx, "tcp", p.target)
	if err != nil {
		abort(client)
		return
	}
	narrow(client)
	narrow(server)
	c := &pair{client: client, server: server, ended: make(chan struct{})}
	p.mu.Lock()
	p.pairs[c] = struct{}{}
	p.accepted++
	p.mu.Unlock()
	if p.ctx.Err() != nil {
		c.reset()
	}
	var ways sync.WaitGroup
	ways.Go(func() { c.carry(p, server, client, func(n *Conditions) *Way { return &n.Up }) })
	ways.Go(func() { c.carry(p, client, server, func(n *Conditions) *Way { return &n.Down }) })
	ways.Wait()
	c.reset()
	p.mu.Lock()
	delete(p.pairs, c)
	p.mu.Unlock()
}

// pair is one connection and the one opened for it.
type pair struct {
	client, server net.Conn
	once           sync.Once
	ended          chan struct{} // closed by reset
}

func (c *pair) reset() {
	c.once.Do(func() {
		close(c.ended)
		abort(c.client)
		abort(c.server)
	})
}

// narrow keeps the system from taking more than we do.
func narrow(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetReadBuffer(2 * readBytes) // only a wish
		_ = t.SetWriteBuffer(2 * readBytes)
	}
}

// abort closes with a TCP reset.
func abort(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// chunk is what was read at once, and when it may go on.
type chunk struct {
	data []byte
	due  time.Time
}

var errEnded = errors.New("the connection has ended")
