package server

import (
	"crypto/tls"
	"encoding/binary"
	"net"
	"sync"
	"time"
)

// flushBytes is how much goes out in one TLS write: a full record. Each gets the
// whole write timeout, so that a link of 16 kbit/s still counts as alive.
const flushBytes = 16 << 10

// conn is a TLS connection onto which the session's writer puts its frames
// itself, many in one TLS write: the system call is most of what a broadcast
// costs, and the WebSocket library makes one for each frame. What the library
// still writes (the handshake, answers to pings, the close frame) goes through
// Write and never into the middle of a frame.
//
// It is not a *tls.Conn on purpose: net/http then leaves the TLS handshake to
// the first read, inside the header deadline, and hands the connection out on
// hijack as it is.
type conn struct {
	*tls.Conn

	hush func() // fixed: it is counted as upgraded or gone from now on

	mu       sync.Mutex // held while frames are written
	deadline time.Time  // guarded by mu: the write deadline that is set
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
	_, err := c.Conn.Write(buf)
	return err
}

// renewLocked sets the write deadline. That costs as much as encrypting a
// message, so it is done only when less than half of the time is left.
func (c *conn) renewLocked() error {
	now := time.Now()
	if c.deadline.Sub(now) >= writeTimeout/2 {
		return nil
	}
	c.deadline = now.Add(writeTimeout)
	return c.Conn.SetWriteDeadline(c.deadline)
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
		if o := l.srv.o.Limits; !l.srv.gate.knock(key, o.Unauthenticated, o.UnauthPerAddress) {
			l.srv.metrics.turned.WithLabelValues("silent").Inc()
			_ = c.Close() // nothing was said on it
			continue
		}
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetKeepAliveConfig(keepAlive) // only a backstop
		}
		return &conn{Conn: tls.Server(c, l.srv.tls), hush: sync.OnceFunc(func() { l.srv.gate.hush(key) })}, nil
	}
}

// Close implements net.Conn. It goes below TLS, whose own farewell would wait up
// to five seconds for a peer that reads nothing; ours is the close frame.
func (c *conn) Close() error {
	c.hush()
	return c.NetConn().Close()
}
