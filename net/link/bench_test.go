package link

import (
	"context"
	"crypto/tls"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/net/wire"
	"hearth/server"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// benchServer serves over memory, without a bubble, until the benchmark ends.
func benchServer(b *testing.B) (chat.Link, Device, Options) {
	b.Helper()
	n := memnet.New()
	h := newBenchHost(b, n)
	limits := chat.DefaultLimits()
	limits.SendsPerSecond, limits.SendBurst, limits.RequestsPerSecond, limits.RequestBurst = 1e6, 1e6, 1e6, 1e6
	limits.UnauthPerAddress = 1000
	store := memstore.New()
	chain := issue(b, h.identity, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
	srv, err := server.New(b.Context(), store, server.Identity{
		Key: h.identity, Certificate: func() (*tls.Certificate, error) { return &chain, nil },
	}, server.Options{Limits: limits, Admissions: 1e6})
	if err != nil {
		b.Fatal(err)
	}
	l, err := n.Listen(home)
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	b.Cleanup(func() {
		_ = srv.Shutdown(context.WithoutCancel(b.Context()))
		if err := <-done; err != nil {
			b.Error(err)
		}
		_ = store.Close()
	})
	return h.link(), benchMember(b, store), Options{Dial: n.Dial, Route: func() bool { return true }}
}

func newBenchHost(b *testing.B, n *memnet.Network) *host {
	b.Helper()
	key := newKey(b)
	id, err := chat.ServerIDOf(publicOf(key))
	if err != nil {
		b.Fatal(err)
	}
	return &host{net: n, address: home, identity: key, id: id}
}

func benchMember(b *testing.B, store storage.Store) Device {
	b.Helper()
	key, now := newKey(b), time.Now()
	public := publicOf(key)
	invite := storage.Invite{ID: chat.InviteID(chat.NewMID()), Key: public, Uses: 1, Expires: now.Add(time.Hour).UnixMilli()}
	account := storage.Account{ID: chat.NewAccountID(), Name: "ada", Display: "Ada", Verifier: []byte("none"), Created: now.UnixMilli()}
	device := storage.Device{ID: chat.DeviceIDOf(public), Account: account.ID, Key: public, Name: "b", Created: now.UnixMilli(), Proven: now.UnixMilli(), Seen: now.UnixMilli()}
	if err := store.PutInvite(b.Context(), invite); err != nil {
		b.Fatal(err)
	}
	if err := store.CreateAccount(b.Context(), account, account.Name, device, invite.ID, now.UnixMilli()); err != nil {
		b.Fatal(err)
	}
	return Device{Key: key, Name: "b"}
}

// BenchmarkReconnect measures TCP to ready and hanging up: both ends' work.
func BenchmarkReconnect(b *testing.B) {
	l, device, o := benchServer(b)
	o = o.withDefaults()
	b.ReportAllocs()
	for b.Loop() {
		g, err := greet(b.Context(), l, o)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := authenticate(b.Context(), g, device); err != nil {
			b.Fatal(err)
		}
		g.hangUp(b.Context())
	}
}

// BenchmarkRoundTrip measures a request and its answer on a live session.
func BenchmarkRoundTrip(b *testing.B) {
	l, device, o := benchServer(b)
	up := make(chan *Session, 1)
	link := New(Config{Link: l, Device: device, Handler: benchHandler{up}}, o)
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(b.Context())
	go func() { done <- link.Run(ctx) }()
	s := <-up
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Do(ctx, &wire.Heads{}); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	cancel()
	<-done
}

type benchHandler struct{ up chan *Session }

func (benchHandler) State(Status)              {}
func (h benchHandler) Up(s *Session)           { h.up <- s }
func (benchHandler) Push(*Session, wire.Frame) {}
func (benchHandler) Down(*Session, *Error)     {}
