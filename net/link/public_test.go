package link

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/link/linktest"
	"hearth/net/memnet"
	"hearth/net/wire"
	"hearth/server/blob"
)

// TestPublicCertificate: a server may show a certificate that authorities vouch for.
// It opens nothing by itself: the greeting must prove the pinned identity, and the
// authorities must be those to trust, for the name, at the server's time.
func TestPublicCertificate(t *testing.T) {
	const name = "home.test"
	authority, other, second, thief := linktest.NewAuthority(t), linktest.NewAuthority(t), newKey(t), newKey(t)
	challenge := func(c string) string { return c }
	line := func(keys ...ed25519.PrivateKey) (out []wire.Bytes) {
		if len(keys) == 0 {
			return nil
		}
		for _, der := range linktest.Succeeded(t, keys...).Certificate[1:] {
			out = append(out, der)
		}
		return out
	}
	succeeded := func(h *host, by ed25519.PrivateKey, shown ...ed25519.PrivateKey) {
		h.identity = by
		h.edit = func(g *wire.Greeting) {
			g.Server, _ = chat.ServerIDOf(publicOf(by))
			g.Identity, g.Line = wire.Bytes(publicOf(by)), line(shown...)
		}
	}
	for _, c := range []struct {
		name    string
		spoil   func(*host)
		unbound bool // the link allows it
		want    Kind
	}{
		{"as it should be", func(*host) {}, false, ""},
		{"for another name", func(h *host) {
			h.chain = func() tls.Certificate { return authority.Issue(t, "elsewhere.test") }
		}, false, KindPinMismatch},
		{"of an authority that is not trusted", func(h *host) {
			h.chain = func() tls.Certificate { return other.Issue(t, name) }
		}, false, KindAuthority},
		{"expired by the server's clock", func(h *host) {
			h.edit = func(g *wire.Greeting) { g.Time = time.Now().AddDate(2, 0, 0).UnixMilli() }
		}, false, KindCertificate},
		{"greeting of another identity", func(h *host) { succeeded(h, thief) }, false, KindPinMismatch},
		{"greeting of another identity that claims to be it", func(h *host) { h.prove = thief }, false, KindNotBound},
		{"identity succeeded", func(h *host) { succeeded(h, second, second, h.identity) }, false, ""},
		{"identity succeeded, vouched for by a thief", func(h *host) { succeeded(h, second, second, thief) }, false, KindPinMismatch},
		{"identity succeeded, line of somebody else", func(h *host) { succeeded(h, thief, second, h.identity) }, false, KindPinMismatch},
		{"identity succeeded, voucher not signed", func(h *host) {
			old := h.identity
			succeeded(h, second)
			h.edit = func(g *wire.Greeting) {
				g.Server, _ = chat.ServerIDOf(publicOf(second))
				g.Identity, g.Line = wire.Bytes(publicOf(second)), slices.Concat(line(second), line(old))
			}
		}, false, KindPinMismatch},
		{"line without end", func(h *host) {
			succeeded(h, second, slices.Repeat([]ed25519.PrivateKey{second}, mostCertificates)...)
		}, false, KindPinMismatch},
		{"line that is no certificate", func(h *host) {
			succeeded(h, second)
			edit := h.edit
			h.edit = func(g *wire.Greeting) { edit(g); g.Line = []wire.Bytes{{1, 2, 3}} }
		}, false, KindPinMismatch},
		{"proof for another connection", func(h *host) { h.relabel = func([]byte) []byte { return make([]byte, 32) } }, false, KindNotBound},
		{"unbound under a bound link", func(h *host) { h.unbound = challenge }, false, KindNotBound},

		{"bound under a link that allows either", func(*host) {}, true, ""},
		{"unbound", func(h *host) { h.unbound = challenge }, true, ""},
		{"unbound, over another challenge", func(h *host) {
			h.unbound = func(string) string { return "" }
		}, true, KindNotBound},
		{"unbound, by another key", func(h *host) { h.unbound, h.prove = challenge, thief }, true, KindNotBound},
		{"unbound, of another identity", func(h *host) { succeeded(h, thief); h.unbound = challenge }, true, KindPinMismatch},
		{"unbound, identity succeeded", func(h *host) { succeeded(h, second, second, h.identity); h.unbound = challenge }, true, ""},
		{"unbound, proof of the bound kind", func(h *host) {
			h.edit = func(g *wire.Greeting) { g.Bound = false }
		}, true, KindNotBound},
		{"bound, proof of the unbound kind", func(h *host) {
			h.unbound = challenge
			h.edit = func(g *wire.Greeting) { g.Bound = true }
		}, true, KindNotBound},
		{"unbound, of an authority that is not trusted", func(h *host) {
			h.unbound, h.chain = challenge, func() tls.Certificate { return other.Issue(t, name) }
		}, true, KindAuthority},
		{"unbound although the identity's own certificate is shown", func(h *host) {
			h.unbound, h.chain = challenge, func() tls.Certificate { return linktest.Issue(t, h.identity) }
		}, true, KindNotBound},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				h.chain = func() tls.Certificate { return authority.Issue(t, name) }
				time.Sleep(time.Until(time.Now().AddDate(50, 0, 0))) // the bubble's time begins long before the certificates'
				c.spoil(h)
				h.start()
				l := h.link()
				l.Bound = !c.unbound
				h.roots = authority.Pool(t)
				o := h.options()
				g, err := greet(t.Context(), l, o.withDefaults())
				if err == nil {
					if g.binding.Unbound != (h.unbound != nil) || g.leaf == nil {
						t.Errorf("unbound %v, leaf %v", g.binding.Unbound, g.leaf)
					}
					g.hangUp(t.Context())
				}
				if got := KindOf(err); got != c.want {
					t.Fatalf("got %q (%v), want %q", got, err, c.want)
				}
				if seen := h.seen(); len(seen) != 0 {
					t.Errorf("the client sent %v", seen)
				}
			})
		})
	}
}

// TestUnboundMechanism: on an unbound connection there is one way to prove a password,
// and a server that strips it, or offers the other, is not told anything.
func TestUnboundMechanism(t *testing.T) {
	authority := linktest.NewAuthority(t)
	for name, offered := range map[string][]string{"none": {}, "the bound one": {wire.MechanismScram}, "another": {"plain"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHost(t, memnet.New())
				time.Sleep(time.Until(time.Now().AddDate(50, 0, 0)))
				h.chain = func() tls.Certificate { return authority.Issue(t, "home.test") }
				h.unbound = func(c string) string { return c }
				h.edit = func(g *wire.Greeting) { g.Mechanisms = offered }
				h.start()
				l := h.link()
				l.Bound = false
				h.roots = authority.Pool(t)
				o := h.options()
				_, err := Login(t.Context(), l, Credentials{Name: "ann", Password: []byte("a long enough password"), Device: Device{Key: newKey(t)}}, o)
				if KindOf(err) != KindTooNew || len(h.seen()) != 0 {
					t.Errorf("%v; the client sent %v", err, h.seen())
				}
			})
		})
	}
}

// newPublic is the real server with a certificate of an authority, in a time in which
// both are valid.
func newPublic(t *testing.T) (*real, *linktest.Authority) {
	t.Helper()
	time.Sleep(time.Until(time.Now().AddDate(50, 0, 0)))
	authority := linktest.NewAuthority(t)
	r := newReal(t)
	r.roots = authority.Pool(t)
	certificate := authority.Issue(t, "home.test")
	r.public.Store(&certificate)
	return r, authority
}

// TestPublicServer: against the real server with a certificate of an authority, every
// way works as with the identity's own; and goes on working when the certificate is
// renewed with another key, or is gone.
func TestPublicServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, authority := newPublic(t)
		renew := func() {
			c := authority.Issue(t, "home.test")
			r.public.Store(&c)
		}
		files, err := blob.Open(t.TempDir(), blob.Limits{Piece: chat.DefaultLimits().PieceBytes})
		if err != nil {
			t.Fatal(err)
		}
		r.shutdown()
		r.files = files
		r.serve()
		device := r.member("ada") // by an invite
		w := &watcher{}
		l := New(Config{Link: r.link(), Device: device, Handler: w}, r.options())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(time.Second)
		for _, change := range []func(){func() {}, renew, func() { r.public.Store(nil) }} {
			change()
			s := w.session(t)
			content := []byte("file")
			send := func(c *Courier) error {
				return c.Send(ctx, bytes.NewReader(content), int64(len(content)), sha256.Sum256(content), func(int64) {})
			}
			c := courier(t, s, r) // the session is older than the certificate
			if err := send(c); err != nil {
				t.Error(err)
			}
			if r.public.Load() != nil { // somebody else with a certificate for the name
				c.Close()
				renew()
				if err := send(c); !errors.Is(err, ErrToken) {
					t.Errorf("another key: %v", err)
				}
			}
			r.net.CutAll()
			time.Sleep(10 * time.Second)
			if id, err := Probe(ctx, r.link(), r.options()); err != nil || id.Server != r.id || !id.Verified || !id.Bound {
				t.Errorf("%+v, %v", id, err)
			}
			if _, err := w.session(t).Do(ctx, &wire.Heads{}); err != nil {
				t.Error(err)
			}
		}
	})
}
