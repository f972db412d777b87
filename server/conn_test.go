package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/wire"
)

// TestPingLater: what the WebSocket library answers by itself still goes out after
// the writer has been quiet for longer than its deadline.
func TestPingLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.answer(a.ask(&wire.Heartbeat{})) // the writer has written
		ended := make(chan struct{})
		go func() { // a reader, so that pongs are seen
			defer close(ended)
			_, _, _ = a.ws.Read(t.Context())
		}()
		for range 3 {
			time.Sleep(writeTimeout + time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			if err := a.ws.Ping(ctx); err != nil {
				t.Errorf("a WebSocket ping after a long silence: %v", err)
			}
			cancel()
		}
		_ = a.ws.CloseNow()
		<-ended
	})
}

// TestFloods: whoever sends more than is answered is read slowly, pings and pongs as well
// as requests, and still gets the answers that are due.
func TestFloods(t *testing.T) {
	const flood = 3000
	for name, control := range map[string]byte{"pings": 0x89, "pongs": 0x8a, "requests": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t, nil, Options{Limits: chat.DefaultLimits()})
				c := w.person()
				begin, before := time.Now(), w.net.Last().Down.Carried()
				if control == 0 {
					for range flood {
						c.answer(c.ask(&wire.Heads{}))
					}
				} else {
					c.under(bytes.Repeat([]byte{control, 0x80, 0, 0, 0, 0}, flood))
				}
				c.answer(c.ask(&wire.Heartbeat{}))
				rest := lingering
				if control == 0 {
					rest = lingeringLonger
				}
				if took := time.Since(begin); took < flood*rest/2 {
					t.Errorf("%d were read within %v", flood, took)
				}
				if sent := w.net.Last().Down.Carried() - before; control != 0 && sent > 64*pingBurst {
					t.Errorf("%d bytes were sent in answer", sent)
				}
			})
		})
	}
}

// TestHandshakeDeadlines: whoever does not go on is cut off in time, and told why
// as soon as there is a way to tell it.
func TestHandshakeDeadlines(t *testing.T) {
	for name, c := range map[string]struct {
		stop func(c *step) // goes as far as it goes, and no further
		most time.Duration
		told bool
	}{
		"nothing at all":     {func(c *step) {}, 5 * time.Second, false},
		"TLS half done":      {func(c *step) { c.write(c.plain(), "\x16\x03\x01\x02\x00") }, 5 * time.Second, false},
		"TLS and nothing":    {func(c *step) { c.secure() }, 5 * time.Second, false},
		"HTTP half done":     {func(c *step) { c.write(c.secure(), "GET /hearth HTTP/1.1\r\nHost: x\r\n") }, 5 * time.Second, false},
		"no first frame":     {func(c *step) { c.dial() }, 5 * time.Second, true},
		"half a first frame": {func(c *step) { c.write(c.dial().tls, "\x81\xfe\x01\x00") }, 5 * time.Second, true},
		"no proof": {func(c *step) {
			r := c.dial()
			r.bytes([]byte(`{"t":"nothing","id":1}`))
		}, 10 * time.Second, true},
		"no end of a login": {func(c *step) {
			r := c.dial()
			r.answer(r.ask(&wire.LoginBegin{Version: 1, HelloHash: r.binding.Hello, Name: "x", Scram: "p=tls-exporter,,n=x,r=0123456789abcdef"}))
		}, 60 * time.Second, true},
		"does not read": {func(c *step) {
			c.dial()
			c.w.net.Last().Down.Stall(true)
		}, 6 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t, nil, Options{})
				s := &step{t: t, w: w}
				begin := time.Now()
				c.stop(s)
				if s.conn == nil {
					s.plain()
				}
				w.eventuallyNone()
				if took := time.Since(begin); took < c.most-time.Second || took > c.most+time.Second {
					t.Errorf("cut off after %v", took)
				}
				if !c.told {
					return
				}
				frames, code := s.raw.over(time.Minute)
				if e := lastError(frames); e == nil || e.Code != chat.CodeTimeout || !e.Fatal || code != wire.CloseTimeout {
					t.Errorf("ended with %v, code %d", e, code)
				}
			})
		})
	}
}

// step is a client that stops on its way in.
type step struct {
	t    *testing.T
	w    *world
	conn net.Conn
	raw  *raw
}

func (s *step) plain() net.Conn {
	c, err := s.w.connect(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	s.conn = c
	return c
}

func (s *step) secure() net.Conn {
	c := tls.Client(s.plain(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
	if err := c.HandshakeContext(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *step) dial() *raw {
	s.raw = s.w.dial()
	s.conn = s.raw.tls
	return s.raw
}

func (s *step) write(c net.Conn, text string) {
	if _, err := c.Write([]byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

// eventuallyNone waits until the server holds no connection of any kind.
func (w *world) eventuallyNone() {
	g := w.server.gate
	for range 1000 {
		synctest.Wait()
		g.mu.Lock()
		n := g.total + g.silent
		g.mu.Unlock()
		if n == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.t.Fatal("the server still holds a connection")
}

// TestIdleGoroutines: a connection at rest has a reader and a writer (I13).
func TestIdleGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		ann.sync()
		expect[*wire.Live](ann)
		synctest.Wait()
		before := runtime.NumGoroutine()
		const n = 10
		for range n {
			c := ann.second()
			c.sync()
			expect[*wire.Live](c)
		}
		synctest.Wait()
		if each := (runtime.NumGoroutine() - before) / n; each > 4 {
			t.Errorf("%d goroutines a connection, those of the client included", each)
		}
	})
}

// TestOnlyRequestsCount: neither WebSocket pings nor a frame that comes a byte at a
// time keep a connection that says nothing.
func TestOnlyRequestsCount(t *testing.T) {
	for name, noise := range map[string]func(c *raw) error{
		"pings": func(c *raw) error { _, err := c.tls.Write([]byte{0x89, 0x80, 0, 0, 0, 0}); return err },
		"drops": func(c *raw) error { _, err := c.tls.Write([]byte{' '}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t, nil, Options{})
				c := w.person()
				if name == "drops" {
					c.under([]byte{0x81, 0xfe, 0x10, 0, 0, 0, 0, 0}) // a frame of 4 KiB
				}
				ended := make(chan struct{})
				var code wire.CloseCode
				var took time.Duration
				go func() {
					defer close(ended)
					begin := time.Now()
					_, code = c.over(2 * time.Minute)
					took = time.Since(begin)
				}()
				for noise(c) == nil {
					select {
					case <-time.After(time.Second):
						continue
					case <-ended:
					}
					break
				}
				<-ended
				if most := w.server.o.Idle + sweepInterval + time.Second; code != wire.CloseIdle || took > most {
					t.Errorf("ended with code %d after %v", code, took)
				}
			})
		})
	}
}

// TestEndlessFragments: a message without an end is cut off at the transport's
// limit, however small its pieces are.
func TestEndlessFragments(t *testing.T) {
	for name, size := range map[string]int{"small": 100, "large": 10_000} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t, nil, Options{})
				c := w.person()
				most := w.server.o.Limits.TransportBytes
				piece := append([]byte{0x00, 0xfe, byte(size >> 8), byte(size), 0, 0, 0, 0}, make([]byte, size)...)
				start := append([]byte{0x01}, piece[1:]...)
				c.under(start)
				for sent := size; sent <= most+2*size; sent += size {
					if _, err := c.tls.Write(piece); err != nil {
						break // the server has closed already
					}
				}
				if _, err := c.read(); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
					t.Errorf("have %v, want close code 1009", err)
				}
			})
		})
	}
}
