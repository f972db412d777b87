package link

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/net/wire"
)

// TestGreeting breaks every promise of the handshake in turn. Whatever is
// broken, the client must say which, and must not have sent one frame.
func TestGreeting(t *testing.T) {
	other := newKey(t)
	for _, test := range []struct {
		name  string
		spoil func(*host)
		want  Kind
	}{
		{"as it should be", func(*host) {}, ""},
		{"another identity's certificate", func(h *host) {
			h.chain = func() tls.Certificate { return issue(t, other, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)) }
		}, KindPinMismatch},
		{"right root shown, leaf of another", func(h *host) {
			h.chain = func() tls.Certificate {
				mine := issue(t, h.identity, time.Now(), time.Now().Add(time.Hour))
				c := issue(t, other, time.Now(), time.Now().Add(time.Hour))
				c.Certificate[1] = mine.Certificate[1]
				return c
			}
		}, KindPinMismatch},
		{"no root shown", func(h *host) {
			h.chain = func() tls.Certificate {
				c := issue(t, h.identity, time.Now(), time.Now().Add(time.Hour))
				c.Certificate = c.Certificate[:1]
				return c
			}
		}, KindPinMismatch},
		{"a chain of three", func(h *host) {
			h.chain = func() tls.Certificate {
				c := issue(t, h.identity, time.Now(), time.Now().Add(time.Hour))
				c.Certificate = append(c.Certificate[:1:1], c.Certificate[0], c.Certificate[1])
				return c
			}
		}, KindPinMismatch},
		{"proof by another key", func(h *host) { h.prove = other }, KindNotBound},
		{"proof for another connection", func(h *host) { h.relabel = func([]byte) []byte { return make([]byte, 32) } }, KindNotBound},
		{"hello changed under way", func(h *host) {
			h.mangle = func(f *wire.Hello) {
				f.Hello = strings.Replace(f.Hello, `"max_version":1`, `"max_version":9`, 1)
			}
		}, KindNotBound},
		{"proof missing", func(h *host) { h.mangle = func(f *wire.Hello) { f.Proof = nil } }, KindNotBound},
		{"greeting of another identity", func(h *host) { h.edit = func(g *wire.Greeting) { g.Identity = wire.Bytes(publicOf(other)) } }, KindPinMismatch},
		{"fingerprint that is not the identity's", func(h *host) { h.edit = func(g *wire.Greeting) { g.Server[0] ^= 1 } }, KindPinMismatch},
		{"identity too short", func(h *host) { h.edit = func(g *wire.Greeting) { g.Identity = g.Identity[:31] } }, KindNotHearth},
		{"nonce too short", func(h *host) {
			h.mangle = func(f *wire.Hello) { f.Hello = strings.Replace(f.Hello, `"nonce":"`, `"nonce":"","x":"`, 1) }
		}, KindNotHearth},
		{"greeting that is no object", func(h *host) { h.mangle = func(f *wire.Hello) { f.Hello = "[]" } }, KindNotHearth},
		{"older versions only", func(h *host) { h.edit = func(g *wire.Greeting) { g.MinVersion, g.MaxVersion = 0, 0 } }, KindTooOld},
		{"newer versions only", func(h *host) { h.edit = func(g *wire.Greeting) { g.MinVersion, g.MaxVersion = 2, 3 } }, KindTooNew},
		{"newer versions too", func(h *host) { h.edit = func(g *wire.Greeting) { g.MinVersion, g.MaxVersion = 1, 3 } }, ""},
		{"not bound", func(h *host) { h.edit = func(g *wire.Greeting) { g.Bound = false } }, KindNotBound},
		{"certificate expired by the server's clock", func(h *host) {
			h.edit = func(g *wire.Greeting) { g.Time = time.Now().AddDate(1, 0, 0).UnixMilli() }
		}, KindCertificate},
		{"certificate not yet valid by the server's clock", func(h *host) {
			h.edit = func(g *wire.Greeting) { g.Time = time.Now().AddDate(-1, 0, 0).UnixMilli() }
		}, KindCertificate},
		{"certificate expired by our clock only", func(h *host) {
			at := time.Now().AddDate(-5, 0, 0)
			h.chain = func() tls.Certificate { return issue(t, h.identity, at.Add(-time.Hour), at.Add(time.Hour)) }
			h.edit = func(g *wire.Greeting) { g.Time = at.UnixMilli() }
		}, ""},
		{"other ALPN", func(h *host) { h.alpn = []string{"imap"} }, KindNotHearth},
		{"no subprotocol", func(h *host) { h.subproto = nil }, KindNotHearth},
		{"redirect", func(h *host) {
			h.answer = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://"+home+wire.Path+"?again", http.StatusTemporaryRedirect)
			}
		}, KindNotHearth},
		{"a web page", func(h *host) {
			h.answer = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }
		}, KindNotHearth},
		{"a newer subprotocol wanted", func(h *host) {
			h.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Sec-WebSocket-Protocol", "hearth.2")
				w.WriteHeader(http.StatusBadRequest)
			}
		}, KindTooNew},
		{"full", func(h *host) {
			h.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "17")
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}, KindBusy},
		{"an error instead of a hello", func(h *host) {
			h.answer = first(t, h, func(ws *websocket.Conn, r *http.Request) {
				ws.Write(r.Context(), websocket.MessageText, []byte(`{"t":"error","code":"capacity.connections","message":"full","retry_after_ms":17000}`))
			})
		}, KindBusy},
		{"another frame instead of a hello", func(h *host) {
			h.answer = first(t, h, func(ws *websocket.Conn, r *http.Request) {
				ws.Write(r.Context(), websocket.MessageText, []byte(`{"t":"ok"}`))
			})
		}, KindNotHearth},
		{"binary instead of text", func(h *host) {
			h.answer = first(t, h, func(ws *websocket.Conn, r *http.Request) {
				ws.Write(r.Context(), websocket.MessageBinary, []byte(`{}`))
			})
		}, KindNotHearth},
		{"an endless hello", func(h *host) {
			h.answer = first(t, h, func(ws *websocket.Conn, r *http.Request) {
				ws.Write(r.Context(), websocket.MessageText, bytes.Repeat([]byte("x"), 1<<20))
			})
		}, KindNotHearth},
		{"silence instead of a hello", func(h *host) {
			h.answer = first(t, h, func(ws *websocket.Conn, r *http.Request) { ws.Read(r.Context()) })
		}, KindTimeout},
		{"silence instead of an upgrade", func(h *host) {
			h.answer = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		}, KindTimeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				test.spoil(h)
				h.start()
				g, err := greet(t.Context(), h.link(), h.options().withDefaults())
				if err == nil {
					g.hangUp(t.Context())
				}
				if got := KindOf(err); got != test.want {
					t.Fatalf("got %q (%v), want %q", got, err, test.want)
				}
				var e *Error
				if errors.As(err, &e) {
					check(t, e, h, test.want)
				}
				if seen := h.seen(); len(seen) != 0 || h.asked() > 1 {
					t.Errorf("the client sent %v in %d requests", seen, h.asked())
				}
			})
		})
	}
}

// check looks at what comes with some kinds.
func check(t *testing.T, e *Error, h *host, want Kind) {
	t.Helper()
	if e.Address != home {
		t.Errorf("address %q", e.Address)
	}
	switch want {
	case KindPinMismatch:
		if e.Expected != h.id {
			t.Errorf("expected %s, want %s", e.Expected, h.id)
		}
	case KindBusy:
		if e.RetryAfter != 17*time.Second {
			t.Errorf("retry after %v", e.RetryAfter)
		}
	}
}

// first upgrades and then does something else than to greet.
func first(t *testing.T, h *host, do func(*websocket.Conn, *http.Request)) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: h.subproto})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow()
		do(ws, r)
	}
}

// TestMismatchSendsNothing sees what crosses the line when another server
// answers: after the TLS handshake not one byte of ours.
func TestMismatchSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New()).start()
		stranger := h.link()
		stranger.Server[5] ^= 1
		_, err := CheckInvite(t.Context(), chat.Link{Addresses: stranger.Addresses, Server: stranger.Server, Secret: chat.NewInviteSecret()}, h.options())
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindPinMismatch || e.Expected != stranger.Server || e.Presented != h.id {
			t.Fatalf("got %v", err)
		}
		synctest.Wait()
		if seen := h.seen(); len(seen) != 0 || h.asked() != 0 {
			t.Errorf("the server saw %v in %d requests", seen, h.asked())
		}
	})
}

// TestNetworkErrors names what the network says.
func TestNetworkErrors(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		want Kind
	}{
		{"nobody listens", nil, KindRefused},
		{"no route", syscall.ENETUNREACH, KindNoRoute},
		{"no such host", &net.DNSError{Err: "no such host", Name: "home.test", IsNotFound: true}, KindUnknownName},
		{"no name server", &net.DNSError{Err: "server misbehaving", Name: "home.test", IsTemporary: true}, KindUnreachable},
		{"no way to the host", syscall.EHOSTUNREACH, KindUnreachable},
		{"timed out", syscall.ETIMEDOUT, KindTimeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				h.net.Fail(home, test.err)
				_, err := Probe(t.Context(), h.link(), h.options())
				if got := KindOf(err); got != test.want {
					t.Errorf("got %q (%v), want %q", got, err, test.want)
				}
			})
		})
	}
}

// TestNotTLS: something else listens there.
func TestNotTLS(t *testing.T) {
	for name, talk := range map[string]func(net.Conn){
		"plain text":  func(c net.Conn) { io.WriteString(c, "220 mail.test ESMTP\r\n"); io.Copy(io.Discard, c) },
		"hangs up":    func(net.Conn) {},
		"old TLS":     func(c net.Conn) { c.Write([]byte{21, 3, 1, 0, 2, 2, 70}); io.Copy(io.Discard, c) },
		"never talks": func(c net.Conn) { io.Copy(io.Discard, c) },
	} {
		want := map[string]Kind{"hangs up": KindLost, "never talks": KindTimeout}[name]
		if want == "" {
			want = KindNotHearth
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				l, err := h.net.Listen(home)
				if err != nil {
					t.Fatal(err)
				}
				go func() {
					for {
						c, err := l.Accept()
						if err != nil {
							return
						}
						talk(c)
						c.Close()
					}
				}()
				_, err = Probe(t.Context(), h.link(), h.options())
				if got := KindOf(err); got != want {
					t.Errorf("got %q (%v), want %q", got, err, want)
				}
				l.Close()
				h.net.CutAll()
			})
		})
	}
}

// TestProbe: a bare address gives an identity to compare, a pin verifies it.
func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		h.edit = func(g *wire.Greeting) { g.Time = time.Now().Add(-time.Hour).Add(time.Minute).UnixMilli() }
		h.start()
		for _, pinned := range []bool{true, false} {
			l := h.link()
			if !pinned {
				l.Server = chat.ServerID{}
			}
			got, err := Probe(t.Context(), l, h.options())
			if err != nil {
				t.Fatal(err)
			}
			if got.Server != h.id || got.Verified != pinned || got.Address != home || !got.Bound || got.ClockSkew != 59*time.Minute {
				t.Errorf("pinned %v: %+v", pinned, got)
			}
		}
		unpinned := h.link()
		unpinned.Server, unpinned.Secret = chat.ServerID{}, chat.NewInviteSecret()
		device := Device{Key: newKey(t)}
		password := []byte("a password for this test")
		_, err1 := CheckInvite(t.Context(), unpinned, h.options())
		_, err2 := Register(t.Context(), unpinned, NewAccount{Password: password, Device: device}, h.options())
		_, err3 := Login(t.Context(), unpinned, Credentials{Password: password, Device: device}, h.options())
		err4 := New(Config{Link: unpinned, Device: device, Handler: &watcher{}}, h.options()).Run(t.Context())
		for i, err := range []error{err1, err2, err3, err4} {
			if KindOf(err) != KindBadLink {
				t.Errorf("%d: without a pin: %v", i+1, err)
			}
		}
		if len(h.seen()) != 0 {
			t.Errorf("the server saw %v", h.seen())
		}
	})
}

// TestSeveralAddresses: the right server wins wherever it answers, quickly.
func TestSeveralAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		h := newHost(t, n).start()
		stranger := newHost(t, n)
		stranger.address = "stranger.test:7480"
		stranger.start()
		n.Vanish("gone.test:1", true)
		n.Vanish("gone.test:2", true)
		for _, test := range []struct {
			addresses []string
			within    time.Duration
			want      Kind
		}{
			{[]string{home, "gone.test:1"}, 0, ""},
			{[]string{"gone.test:1", home}, stagger, ""},
			{[]string{"gone.test:1", "gone.test:2", home}, 2 * stagger, ""},
			{[]string{"nobody.test:1", home}, 0, ""},
			{[]string{stranger.address, home}, 0, ""},
			{[]string{"nobody.test:1", stranger.address, "gone.test:1"}, greetTimeout, KindPinMismatch},
			{[]string{"nobody.test:1", "gone.test:1"}, greetTimeout, KindTimeout},
		} {
			begin := time.Now()
			g, err := greet(t.Context(), chat.Link{Addresses: test.addresses, Server: h.id, Bound: true}, h.options().withDefaults())
			took := time.Since(begin)
			if err == nil {
				g.hangUp(t.Context())
			}
			if KindOf(err) != test.want || took > test.within {
				t.Errorf("%v: %v after %v, want %q within %v", test.addresses, err, took, test.want, test.within)
			}
		}
		synctest.Wait()
		if len(stranger.seen()) != 0 {
			t.Errorf("the stranger saw %v", stranger.seen())
		}
	})
}
