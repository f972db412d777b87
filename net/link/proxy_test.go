package link

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/link/linktest"
	"hearth/net/wire"
)

// newProxied is the real server behind a real proxy that ends TLS, with a certificate of
// an authority that clients trust.
func newProxied(t *testing.T) (*real, *linktest.Authority) {
	t.Helper()
	time.Sleep(time.Until(time.Now().AddDate(50, 0, 0))) // see newPublic
	authority := linktest.NewAuthority(t)
	r := newReal(t)
	r.shutdown()
	r.open, r.inner, r.proxies, r.roots = true, "inner.test:80", []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, authority.Pool(t)
	r.serve()
	r.proxy(authority.Issue(t, "home.test"))
	return r, authority
}

// proxy ends TLS at home and hands everything to the server.
func (r *real) proxy(certificate tls.Certificate) {
	r.t.Helper()
	l, err := r.net.Listen(home)
	if err != nil {
		r.t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return r.net.Dial(ctx, network, r.inner)
	}}
	silent := slog.NewLogLogger(slog.DiscardHandler, 0)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: r.inner})
			p.Out.Header["X-Forwarded-For"] = p.In.Header["X-Forwarded-For"]
			p.SetXForwarded()
		},
		Transport: transport, FlushInterval: -1, ErrorLog: silent,
	}
	srv := &http.Server{Handler: proxy, ErrorLog: silent}
	var running sync.WaitGroup
	running.Go(func() {
		_ = srv.Serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS13}))
	})
	r.t.Cleanup(func() {
		_ = srv.Close()
		r.net.CutAll()
		transport.CloseIdleConnections()
		running.Wait()
	})
}

// TestThroughProxy: every way in works through a proxy that ends TLS for those whose
// link says so, and for nobody else.
func TestThroughProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newProxied(t)
		ctx, o := t.Context(), r.options()
		l := r.invite(2, time.Hour, true)
		info, err := CheckInvite(ctx, l, o)
		if err != nil || info.Bound || !info.Verified || info.Server != r.id {
			t.Fatalf("%+v, %v", info, err)
		}
		device := Device{Key: newKey(t)}
		account, err := Register(ctx, l, NewAccount{Name: "ada", Display: "Ada", Password: []byte(goodPassword), Device: device}, o)
		if err != nil || account.Greeting.Bound {
			t.Fatal(err)
		}
		if _, err := Login(ctx, l, Credentials{Name: "ada", Password: []byte(goodPassword), Device: Device{Key: newKey(t)}}, o); err != nil {
			t.Error(err)
		}
		if _, err := Login(ctx, l, Credentials{Name: "ada", Password: []byte("another good password"), Device: Device{Key: newKey(t)}}, o); KindOf(err) != KindWrongPassword {
			t.Errorf("a wrong password: %v", err)
		}

		w := &watcher{}
		run := New(Config{Link: r.link(), Device: device, Handler: w}, o)
		ctx, cancel := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() { done <- run.Run(ctx) }()
		time.Sleep(time.Second)
		if s := run.Status(); s.State != StateLive || !s.Unbound {
			t.Errorf("%+v", s)
		}
		if err := w.session(t).ChangePassword(ctx, []byte(goodPassword), []byte("another good password"), false); err != nil {
			t.Error(err)
		}
		if _, err := w.session(t).Do(ctx, &wire.Heads{}); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}

		bound := l
		bound.Bound = true
		other := l
		other.Server = chat.ServerID{1}
		trusting := o
		trusting.Roots = nil
		for name, test := range map[string]struct {
			l    chat.Link
			o    Options
			want Kind
		}{
			"a link that promises bound logins": {bound, o, KindNotBound},
			"a link to another server":          {other, o, KindPinMismatch},
			"an authority that is not trusted":  {l, trusting, KindAuthority},
		} {
			if _, err := CheckInvite(t.Context(), test.l, test.o); KindOf(err) != test.want {
				t.Errorf("%s: %v, want %s", name, err, test.want)
			}
		}
	})
}

// TestRecoverThroughProxy: who forgot the password comes back by the recovery key through a
// proxy that ends TLS, once, and only by a link that says that there is one.
func TestRecoverThroughProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newProxied(t)
		ctx, o := t.Context(), r.options()
		key, next := chat.NewRecoverySecret(), chat.NewRecoverySecret()
		made := NewAccount{Name: "ada", Display: "Ada", Password: []byte(goodPassword), Device: Device{Key: newKey(t)}, Recovery: key}
		account, err := Register(ctx, r.invite(1, time.Hour, true), made, o)
		if err != nil {
			t.Fatal(err)
		}
		const fresh = "another good password"
		comeback := func(s chat.RecoverySecret) Comeback {
			return Comeback{Name: "ada", Key: s, Next: next, Password: []byte(fresh), Device: Device{Key: newKey(t)}}
		}
		bound := r.link()
		bound.Bound = true
		if _, err := Recover(ctx, bound, comeback(key), o); KindOf(err) != KindNotBound {
			t.Errorf("by a link that promises bound logins: %v", err)
		}
		if _, err := Recover(ctx, r.link(), comeback(chat.NewRecoverySecret()), o); KindOf(err) != KindWrongPassword {
			t.Errorf("by another key: %v", err)
		}
		back, err := Recover(ctx, r.link(), comeback(key), o)
		if err != nil || back.Greeting.Bound || back.Ready.Account != account.Ready.Account || !RecoveryCounts(&back.Ready.Recovery, next) {
			t.Fatalf("%+v, %v", back, err)
		}
		if _, err := Recover(ctx, r.link(), comeback(key), o); KindOf(err) != KindWrongPassword {
			t.Errorf("a second time, on another device: %v", err)
		}
		for password, want := range map[string]Kind{goodPassword: KindWrongPassword, fresh: ""} {
			if _, err := Login(ctx, r.link(), Credentials{Name: "ada", Password: []byte(password), Device: Device{Key: newKey(t)}}, o); KindOf(err) != want {
				t.Errorf("%s: %v", password, err)
			}
		}
	})
}

// TestStaleGreeting: somebody with a certificate for the name who has heard a greeting
// once is not taken for the server: the proof is over another challenge.
func TestStaleGreeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, authority := newProxied(t)
		heard := ""
		h := newHost(t, r.net)
		h.address, h.identity, h.id, h.open, h.roots = "other.test:7480", r.identity, r.id, true, r.roots
		h.chain = func() tls.Certificate { return authority.Issue(t, "other.test") }
		h.unbound = func(challenge string) string {
			if heard == "" {
				heard = challenge
			}
			return heard // what was signed for somebody else
		}
		h.start()
		if _, err := Probe(t.Context(), h.link(), h.options()); err != nil {
			t.Fatal(err)
		}
		if _, err := Probe(t.Context(), h.link(), h.options()); KindOf(err) != KindNotBound {
			t.Errorf("%v", err)
		}
	})
}
