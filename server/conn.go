package server

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// flushBytes is when a gathered write goes out by itself: a full TLS record. Each
// gets the whole write timeout, so that a link of 16 kbit/s still counts as alive.
const flushBytes = 16 << 10

// conn is a TLS connection that can gather writes: between cork and uncork what
// the WebSocket library writes frame by frame collects here and leaves in one
// TLS write, which is most of what a broadcast costs. It is not a *tls.Conn on
// purpose: net/http then leaves the handshake to the first read, inside the
// header deadline, and hands the connection out on hijack as it is.
type conn struct {
	*tls.Conn

	mu  sync.Mutex
	buf *[]byte // guarded by mu; not nil while writes are gathered
}

// gathers lends buffers for the moments in which writes are gathered, so that an
// idle connection keeps none.
var gathers = sync.Pool{New: func() any { b := make([]byte, 0, flushBytes+4096); return &b }}

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.buf == nil {
		return c.Conn.Write(p)
	}
	*c.buf = append(*c.buf, p...)
	if len(*c.buf) < flushBytes {
		return len(p), nil
	}
	return len(p), c.flushLocked()
}

// cork begins to gather.
func (c *conn) cork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf = gathers.Get().(*[]byte)
}

// uncork writes what was gathered.
func (c *conn) uncork() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.flushLocked()
	*c.buf = (*c.buf)[:0]
	gathers.Put(c.buf)
	c.buf = nil
	return err
}

func (c *conn) flushLocked() error {
	if len(*c.buf) == 0 {
		return nil
	}
	if err := c.Conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := c.Conn.Write(*c.buf)
	*c.buf = (*c.buf)[:0]
	return err
}

// listener wraps accepted connections in TLS that can gather.
type listener struct {
	net.Listener
	config *tls.Config
}

// keepAlive is the backstop below the heartbeats.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 3}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetKeepAliveConfig(keepAlive) // only a backstop
	}
	return &conn{Conn: tls.Server(c, l.config)}, nil
}
