package server

import (
	"crypto/tls"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"hearth/internal/fault"
)

// flushBytes is how much goes out in one TLS write: a full record. Each gets the
// whole write timeout, so that a link of 16 kbit/s still counts as alive.
const flushBytes = 16 << 10

// conn is a TLS connection, or behind a proxy that ends TLS a TCP one, onto which the session's writer puts its frames
// itself, many in one TLS write: the system call is most of what a broadcast
// costs, and the WebSocket library makes one for each frame. What the library
// still writes (the handshake, answers to pings, the close frame) goes through
// Write and never into the middle of a frame.
//
// It is not a *tls.Conn on purpose: net/http then leaves the TLS handshake to
// the first read, inside the header deadline, and hands the connection out on
// hijack as it is.
type conn struct {
	net.Conn
	tls  *tls.Conn // fixed: what Conn is; nil behind a proxy
	from net.Addr  // set before the upgrade: who is behind the proxy; nil: the peer

	hush func() // fixed: it is counted as upgraded or gone from now on

	mu       sync.Mutex   // held while frames are written
	deadline atomic.Int64 // the write deadline that is set, Unix milliseconds; 0: none
	last     atomic.Bool  // the deadline stays as it is: the connection ends
}

// gathers lends buffers for the moments in which frames are written, so that an
// idle connection keeps none.
var gathers = sync.Pool{New: func() any { b := make([]byte, 0, flushBytes); return &b }}

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.renewLocked(); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// writeFrames writes frames in as few TLS writes as they fit into.
func (c *conn) writeFrames(batch []frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	lent := gathers.Get().(*[]byte)
	defer gathers.Put(lent)
	buf := (*lent)[:0]
	for _, f := range batch {
		for len(f) > 0 {
			n := min(len(f), flushBytes-len(buf))
			buf = append(buf, f[:n]...)
			f = f[n:]
			if len(buf) < flushBytes {
				continue
			}
			if err := c.flushLocked(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	return c.flushLocked(buf)
}

func (c *conn) flushLocked(buf []byte) error {
	if len(buf) == 0 {
		return nil
	}
	if err := c.renewLocked(); err != nil {
		return err
	}
	fault.Point(fault.ServerWriteBefore)
	_, err := c.Conn.Write(buf)
	fault.Point(fault.ServerWriteAfter)
	return err
}

// renewLocked sets the write deadline. That costs as much as encrypting a
// message, so it is set half as far again as it must be, and anew only when less
// than the write timeout is left.
func (c *conn) renewLocked() error {
	now := time.Now()
	if c.last.Load() || c.deadline.Load()-now.UnixMilli() >= writeTimeout.Milliseconds() {
		return nil
	}
	if err := c.SetWriteDeadline(now.Add(writeTimeout + writeTimeout/2)); err != nil || !c.last.Load() {
		return err
	}
	c.hurry() // came between the two lines above
	return nil
}

// SetWriteDeadline implements net.Conn. Others set deadlines too: net/http takes
// its own away when it hands the connection over.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.note(t)
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	c.note(t)
	return c.Conn.SetDeadline(t)
}

func (c *conn) note(t time.Time) {
	if t.IsZero() {
		c.deadline.Store(0)
		return
	}
	c.deadline.Store(t.UnixMilli())
}

// hurry bounds everything that still happens on the connection, the close
// handshake above all.
func (c *conn) hurry() {
	c.last.Store(true)
	_ = c.SetDeadline(time.Now().Add(time.Second)) // fails only on a closed connection
}

// frameOf puts the header of an unmasked WebSocket text frame (RFC 6455 section
// 5.2) before an encoded frame.
func frameOf(payload []byte) frame {
	out := append(make([]byte, 0, len(payload)+10), 0x81) // final fragment, text
	switch n := len(payload); {
	case n < 126:
		out = append(out, byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, 126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, 127), uint64(n))
	}
	return append(out, payload...)
}

// listener wraps accepted connections in TLS.
type listener struct {
	net.Listener
	srv *Server
}

// keepAlive is the backstop below the heartbeats.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 3}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		key := addressKey(c.RemoteAddr())
		if l.srv.trusted(c.RemoteAddr()) {
			key = netip.Prefix{} // it stands for everybody
		}
		if o := l.srv.o.Limits; !l.srv.gate.knock(key, o.Unauthenticated, o.UnauthPerAddress) {
			l.srv.metrics.turned.WithLabelValues("silent").Inc()
			l.srv.turnOut(c)
			continue
		}
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetKeepAliveConfig(keepAlive) // only a backstop
		}
		c, ok := l.srv.paced(c, key)
		if !ok {
			l.srv.gate.hush(key)
			l.srv.metrics.turned.WithLabelValues("pace").Inc()
			l.srv.turnOut(c)
			continue
		}
		hush := sync.OnceFunc(func() { l.srv.gate.hush(key) })
		if l.srv.unbound() {
			return &conn{Conn: c, hush: hush}, nil
		}
		t := tls.Server(c, l.srv.tls)
		return &conn{Conn: t, tls: t, hush: hush}, nil
	}
}

// RemoteAddr implements net.Conn: who the client is, as far as that is known.
func (c *conn) RemoteAddr() net.Addr {
	if c.from != nil {
		return c.from
	}
	return c.Conn.RemoteAddr()
}

// Close implements net.Conn. It goes below TLS, whose own farewell would wait up
// to five seconds for a peer that reads nothing; ours is the close frame.
func (c *conn) Close() error {
	c.hush()
	if c.tls != nil {
		return c.tls.NetConn().Close()
	}
	return c.Conn.Close()
}
