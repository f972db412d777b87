package memnet

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Conn is one end of a line; it is a net.Conn.
type Conn struct {
	in, out       *Stream
	local, remote addr
	reading       deadline
	writing       deadline
	once          sync.Once
}

// Read implements net.Conn.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.in.read(b, &c.reading)
	return n, c.describe("read", err)
}

// Write implements net.Conn.
func (c *Conn) Write(b []byte) (int, error) {
	n, err := c.out.write(b, &c.writing)
	return n, c.describe("write", err)
}

// Close implements net.Conn: the peer reads what was written and then the end.
func (c *Conn) Close() error {
	err := c.describe("close", os.ErrClosed)
	c.once.Do(func() {
		c.out.end()
		c.in.leave()
		err = nil
	})
	return err
}

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	c.reading.set(t)
	c.writing.set(t)
	return nil
}

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.reading.set(t)
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.writing.set(t)
	return nil
}

// describe gives errors the form of the net package's; io.EOF stays itself.
func (c *Conn) describe(op string, err error) error {
	switch {
	case err == nil, err == io.EOF:
		return err
	case errors.Is(err, os.ErrClosed):
		err = net.ErrClosed
	}
	return &net.OpError{Op: op, Net: "mem", Source: c.local, Addr: c.remote, Err: err}
}

// deadline is when waiting ends with an error.
type deadline struct {
	mu      sync.Mutex
	at      time.Time
	changed chan struct{} // closed when at is set anew; made on demand
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = t
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

// past reports whether the deadline has passed.
func (d *deadline) past() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.at.IsZero() && !time.Now().Before(d.at)
}

// wait waits for a change of the stream, for a moment (unless zero), for the
// deadline, or for that to be set anew.
func (d *deadline) wait(changed <-chan struct{}, until time.Time) {
	d.mu.Lock()
	if d.changed == nil {
		d.changed = make(chan struct{})
	}
	at, moved := d.at, d.changed
	d.mu.Unlock()
	if until.IsZero() || !at.IsZero() && at.Before(until) {
		until = at
	}
	var timer <-chan time.Time
	if !until.IsZero() {
		t := time.NewTimer(time.Until(until))
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-changed:
	case <-moved:
	case <-timer:
	}
}
