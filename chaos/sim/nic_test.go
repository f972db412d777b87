package sim

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"

	"hearth/net/memnet"
)

// air is how a client's network is at present.
type air int

const (
	airGood    air = 1
	airHole    air = 2 // everything is swallowed, in both directions
	airHalfUp  air = 3 // what the client sends is swallowed
	airHalfDn  air = 4 // what the server sends is swallowed; also a reader that stopped reading
	airNoRoute air = 5 // attempts fail at once
)

// nic is a client's way into the network: it disturbs all of its lines, and cuts
// the client's power at a chosen byte.
type nic struct {
	net *memnet.Network

	mu      sync.Mutex
	r       *rand.Rand // guarded by mu, like everything below
	state   air
	changed chan struct{} // closed when state changes
	altered time.Time     // when any of what follows, or state, was changed last
	lo, hi  time.Duration // latency, one way
	slice   int
	lines   []*memnet.Line // of the present life
	fuse    int            // reads and writes until the power fails; 0: never
	blow    func()         // cuts the power
	bytes   int64          // that arrived
	dead    bool           // the power failed: nothing leaves or arrives
}

func newNIC(n *memnet.Network, r *rand.Rand) *nic {
	return &nic{net: n, r: r, state: airGood, changed: make(chan struct{}), lo: time.Millisecond, hi: 5 * time.Millisecond}
}

// dial is the client's app.Options.Dial.
func (n *nic) dial(ctx context.Context, network, address string) (net.Conn, error) {
	for {
		n.mu.Lock()
		state, changed, dead := n.state, n.changed, n.dead
		n.mu.Unlock()
		if dead || state == airNoRoute {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ENETUNREACH}
		}
		if state == airGood {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
		}
	}
	c, err := n.net.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	line := n.lineOf(c)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dead {
		line.Cut()
	}
	n.lines = append(n.lines, line)
	n.treat(line)
	return &tap{Conn: c, n: n, line: line}, nil
}

func (n *nic) lineOf(c net.Conn) *memnet.Line {
	lines := n.net.Lines()
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i].Client() == c {
			return lines[i]
		}
	}
	return nil // never: Dial made it
}

// treat makes a line as the air is. mu is held.
func (n *nic) treat(l *memnet.Line) {
	l.Up.Stall(n.state == airHole || n.state == airHalfUp)
	l.Down.Stall(n.state == airHole || n.state == airHalfDn)
	l.Down.Slice(n.slice)
	n.delay(l)
}

func (n *nic) delay(l *memnet.Line) {
	span := int64(n.hi-n.lo) + 1
	l.Up.Delay(n.lo + time.Duration(n.r.Int64N(span)))
	l.Down.Delay(n.lo + time.Duration(n.r.Int64N(span)))
}

// set changes the air; lines that exist follow.
func (n *nic) set(state air) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state, n.altered = state, time.Now()
	close(n.changed)
	n.changed = make(chan struct{})
	for _, l := range n.lines {
		n.treat(l)
	}
}

// speed changes latency and the size of what arrives at once; 0: unlimited.
func (n *nic) speed(lo, hi time.Duration, slice int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lo, n.hi, n.slice, n.altered = lo, hi, slice, time.Now()
	for _, l := range n.lines {
		n.treat(l)
	}
}

// calm reports whether the network has been good for so long that nothing is
// still on its way from before.
func (n *nic) calm() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.state == airGood && n.hi <= 5*time.Millisecond && time.Since(n.altered) > time.Minute
}

// heard returns how many bytes the client could read so far.
func (n *nic) heard() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.bytes
}

// cut resets every line.
func (n *nic) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cutLocked()
}

func (n *nic) cutLocked() {
	for _, l := range n.lines {
		l.Cut()
	}
	n.lines = nil
}

// arm makes the power fail at the count-th read or write from now on.
func (n *nic) arm(count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fuse = count
}

// begin is the start of a life: blow cuts its power.
func (n *nic) begin(blow func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dead, n.blow, n.fuse = false, blow, 0
	n.cutLocked()
}

// power cuts the power now, unless it has failed already.
func (n *nic) power() {
	n.mu.Lock()
	if n.dead {
		n.mu.Unlock()
		return
	}
	n.dead = true
	n.cutLocked()
	blow := n.blow
	n.mu.Unlock()
	blow()
}

// burn counts one read or write.
func (n *nic) burn(l *memnet.Line) {
	n.mu.Lock()
	n.delay(l)
	if n.fuse == 0 || n.dead {
		n.mu.Unlock()
		return
	}
	n.fuse--
	blown := n.fuse == 0
	n.mu.Unlock()
	if blown {
		n.power()
	}
}

// tap is a client's end of a line.
type tap struct {
	net.Conn
	n    *nic
	line *memnet.Line
}

// Write implements net.Conn.
func (t *tap) Write(b []byte) (int, error) {
	t.n.burn(t.line)
	return t.Conn.Write(b)
}

// Read implements net.Conn.
func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.n.mu.Lock()
	t.n.bytes += int64(n)
	t.n.mu.Unlock()
	t.n.burn(t.line)
	return n, err
}

// String names the state for the story.
func (a air) String() string {
	return [...]string{"", "network good", "black hole", "half-open, sends swallowed", "half-open, receives nothing", "no route"}[a]
}
