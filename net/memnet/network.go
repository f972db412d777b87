package memnet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"
)

// DefaultBuffer is how many bytes one direction of a line holds.
const DefaultBuffer = 64 << 10

// Network joins listeners and those who dial them.
type Network struct {
	// Buffer is the size of new lines' directions; 0: DefaultBuffer. Set it before
	// dialling.
	Buffer int

	mu        sync.Mutex
	listeners map[string]*Listener
	vanished  map[string]bool // addresses where nothing answers
	errors    map[string]error
	lines     []*Line
	dials     []Dial
	ports     uint16
}

// Dial is one attempt to connect.
type Dial struct {
	Address string
	At      time.Time
}

// New returns an empty network.
func New() *Network {
	return &Network{listeners: map[string]*Listener{}, vanished: map[string]bool{}, errors: map[string]error{}}
}

// Listen begins to accept at an address, host:port, which need not exist.
func (n *Network) Listen(address string) (*Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners[address] != nil {
		return nil, &net.OpError{Op: "listen", Net: "mem", Addr: addr(address), Err: syscall.EADDRINUSE}
	}
	l := &Listener{network: n, address: address, backlog: make(chan net.Conn, 1024), closed: make(chan struct{})}
	n.listeners[address] = l
	return l, nil
}

// Dial connects to a listener. Its signature is that of net.Dialer.DialContext.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dials = append(n.dials, Dial{Address: address, At: time.Now()})
	l, gone, err := n.listeners[address], n.vanished[address], n.errors[address]
	n.mu.Unlock()
	fail := func(err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: addr(address), Err: err}
	}
	switch {
	case gone:
		<-ctx.Done()
		return fail(ctx.Err())
	case err != nil:
		return fail(err)
	case l == nil:
		return fail(syscall.ECONNREFUSED)
	}
	line := n.join(address)
	select {
	case l.backlog <- line.server:
		return line.client, nil
	case <-l.closed:
		return fail(syscall.ECONNREFUSED)
	case <-ctx.Done():
		return fail(ctx.Err())
	}
}

// join makes a line.
func (n *Network) join(address string) *Line {
	n.mu.Lock()
	defer n.mu.Unlock()
	size := n.Buffer
	if size <= 0 {
		size = DefaultBuffer
	}
	n.ports++
	from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 49151+n.ports)
	up, down := newStream(size), newStream(size)
	line := &Line{Address: address, Up: up, Down: down}
	line.client = &Conn{in: down, out: up, local: addr(from.String()), remote: addr(address)}
	line.server = &Conn{in: up, out: down, local: addr(address), remote: addr(from.String())}
	n.lines = append(n.lines, line)
	return line
}

// Vanish makes an address swallow every attempt, as a machine that is off.
func (n *Network) Vanish(address string, gone bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.vanished[address] = gone
}

// Fail makes every attempt at an address fail with err; nil ends that.
func (n *Network) Fail(address string, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.errors[address] = err
}

// Lines returns all lines ever made, oldest first.
func (n *Network) Lines() []*Line {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.lines)
}

// Last returns the newest line; nil if there is none.
func (n *Network) Last() *Line {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.lines) == 0 {
		return nil
	}
	return n.lines[len(n.lines)-1]
}

// Dials returns all attempts to connect, oldest first.
func (n *Network) Dials() []Dial {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.dials)
}

// CutAll cuts every line.
func (n *Network) CutAll() {
	for _, l := range n.Lines() {
		l.Cut()
	}
}

// Line is a connection seen from outside: its two directions, each of which may
// be disturbed. Up leads from who dialled to who listens.
type Line struct {
	Address  string
	Up, Down *Stream

	client, server *Conn
}

// Cut resets the line: both ends fail at once, what is under way is lost.
func (l *Line) Cut() {
	l.Up.reset(syscall.ECONNRESET)
	l.Down.reset(syscall.ECONNRESET)
}

// Stall holds back everything in both directions, as a black hole does; nobody
// is told. With false, what was held back goes on its way.
func (l *Line) Stall(on bool) {
	l.Up.Stall(on)
	l.Down.Stall(on)
}

// Client and Server return the ends.
func (l *Line) Client() net.Conn { return l.client }

// Server returns the end that was accepted.
func (l *Line) Server() net.Conn { return l.server }

// Listener accepts connections; it is a net.Listener.
type Listener struct {
	network *Network
	address string
	backlog chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "mem", Addr: l.Addr(), Err: net.ErrClosed}
	default:
	}
	select {
	case c := <-l.backlog:
		return c, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "mem", Addr: l.Addr(), Err: net.ErrClosed}
	}
}

// Close implements net.Listener. Connections that were accepted live on; those
// that wait are reset.
func (l *Listener) Close() error {
	err := error(&net.OpError{Op: "close", Net: "mem", Addr: l.Addr(), Err: net.ErrClosed})
	l.once.Do(func() {
		err = nil
		l.network.mu.Lock()
		delete(l.network.listeners, l.address)
		l.network.mu.Unlock()
		close(l.closed)
		for {
			select {
			case c := <-l.backlog:
				err = errors.Join(err, c.Close())
			default:
				return
			}
		}
	})
	return err
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return addr(l.address) }

// addr is host:port.
type addr string

// Network implements net.Addr.
func (addr) Network() string { return "mem" }

// String implements net.Addr.
func (a addr) String() string { return string(a) }
