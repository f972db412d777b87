package server

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"hearth/net/wire"
)

// TestHonestEnds: no way in which a connection may end by itself, by the network or
// by the server counts as a breach of the rules.
func TestHonestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		ends := map[string]func(c *raw){
			"gone":                   func(c *raw) { _ = c.ws.CloseNow() },
			"said goodbye":           func(c *raw) { _ = c.ws.Close(websocket.StatusNormalClosure, "") },
			"said it without a code": func(c *raw) { c.under([]byte{0x88, 0x80, 0, 0, 0, 0}) },
			"cut":                    func(c *raw) { c.w.net.Last().Cut() },
			"gone below TLS":         func(c *raw) { _ = c.tls.NetConn().Close() },
			"gone within a frame": func(c *raw) {
				c.under([]byte{0x81, 0xfe, 1, 0, 0, 0, 0, 0, '{'})
				_ = c.tls.NetConn().Close()
			},
			"cut within a frame": func(c *raw) {
				c.under([]byte{0x81, 0xfe, 1, 0, 0, 0, 0, 0, '{'})
				c.w.net.Last().Cut()
			},
			"silent": func(*raw) { time.Sleep(2 * time.Minute) },
		}
		for name, end := range ends {
			for _, proven := range []bool{false, true} {
				c := w.dial()
				if proven {
					c.enrolFor(ann.account)
					if _, ok := c.answer(c.ask(c.auth(c))).(*wire.Ready); !ok {
						t.Fatal("not admitted")
					}
				}
				synctest.Wait()
				end(c)
				time.Sleep(time.Second)
				if n := w.server.breaches.failures(addressKey(c.tls.LocalAddr())); n != 0 {
					t.Fatalf("%s (proven: %v) counted as a breach", name, proven)
				}
			}
		}
		c := ann.again() // the older one was ended long ago; now this one, by the next
		c.again()
		c.over(time.Minute)
		time.Sleep(time.Second)
		if n := w.server.breaches.failures(addressKey(c.tls.LocalAddr())); n != 0 {
			t.Error("being displaced counted as a breach")
		}
	})
}
