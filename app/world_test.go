package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/link/linktest"
	"hearth/net/memnet"
	"hearth/net/wire"
	"hearth/server"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
	"hearth/store/profile"
	"hearth/store/secret"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// testAddress is where the server of a world is.
const testAddress = "hearth.test:7480"

// world is a server over a network in memory, and the people around it. Make it
// inside the bubble.
type world struct {
	t       testing.TB
	net     *memnet.Network
	address string
	data    storage.Store
	id      server.Identity
	sid     chat.ServerID
	line    []ed25519.PrivateKey // of its identities, the present one first
	options server.Options
	general chat.RoomID

	srv     *server.Server
	serving sync.WaitGroup
	end     context.CancelFunc
}

func newWorld(t testing.TB, limits func(*chat.Limits)) *world {
	return newWorldAt(t, testAddress, memnet.New(), limits)
}

// newWorldAt is newWorld at an address of a network that other worlds may share.
func newWorldAt(t testing.TB, address string, network *memnet.Network, limits func(*chat.Limits)) *world {
	w := &world{t: t, net: network, address: address, data: memstore.New(), general: chat.NewRoomID()}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.line = []ed25519.PrivateKey{key}
	cert := certificate(t, key)
	w.id = server.Identity{Key: key, Certificate: func() (*tls.Certificate, error) { return cert, nil }}
	if w.sid, err = chat.ServerIDOf(key.Public().(ed25519.PublicKey)); err != nil {
		t.Fatal(err)
	}
	w.options = server.Options{
		Name: "Bees", Addresses: []string{address}, Limits: chat.DefaultLimits(),
		Log: testkit.Logger(t), DefaultRooms: []chat.RoomID{w.general},
	}
	if limits != nil {
		limits(&w.options.Limits)
	}
	w.makeGeneral()
	w.start()
	return w
}

// certificate makes the chain leaf, root that a server presents.
func certificate(t testing.TB, key ed25519.PrivateKey) *tls.Certificate {
	t.Helper()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hearth"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(30, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "hearth"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(20, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, leafKey.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{leafDER, rootDER}, PrivateKey: leafKey}
}

// makeGeneral makes the room everybody is in, as the server's host does.
func (w *world) makeGeneral() {
	w.t.Helper()
	body := chat.RoomCreate{Name: "general", Access: chat.AccessOpen, History: chat.HistoryAll}
	raw, err := wire.EncodeBody(body)
	if err != nil {
		w.t.Fatal(err)
	}
	e := chat.Event{Room: w.general, Seq: 1, Kind: chat.KindRoomCreate, MID: chat.NewMID(), Time: time.Now().UnixMilli(), Body: raw}
	state := chat.NewRoom(w.general)
	state.Apply(&e, body)
	done := make(chan error, 1)
	w.data.Append(&storage.Batch{Room: w.general, Entries: []storage.Entry{{Event: e, Chain: e.Chain(chat.Hash{})}}, State: state},
		func(err error) { done <- err })
	if err := <-done; err != nil {
		w.t.Fatal(err)
	}
}

// start starts the server over its data.
func (w *world) start() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	w.end = cancel
	srv, err := server.New(ctx, w.data, w.id, w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := w.net.Listen(w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.srv = srv
	w.serving.Go(func() {
		if err := srv.Serve(l); err != nil {
			w.t.Error(err)
		}
	})
}

// rotate gives the server, which must not run, a new identity that the ones before vouch
// for, as hearth-server rotate-identity does; forged: nobody does.
func (w *world) rotate(forged bool) {
	w.t.Helper()
	w.line = append([]ed25519.PrivateKey{linktest.NewKey(w.t)}, w.line...)
	cert := linktest.Succeeded(w.t, w.line...)
	if forged {
		cert = linktest.Succeeded(w.t, w.line[0])
		cert.Certificate = append(cert.Certificate, linktest.Succeeded(w.t, w.line[1]).Certificate[1])
	}
	w.id = server.Identity{Key: w.line[0], Certificate: func() (*tls.Certificate, error) { return &cert, nil }}
	var err error
	w.sid, err = chat.ServerIDOf(w.line[0].Public().(ed25519.PublicKey))
	must(w.t, err)
}

// stop ends the server; gently with a goodbye, else like a crash.
func (w *world) stop(gently bool) {
	if !gently {
		w.net.CutAll()
	}
	if err := w.srv.Shutdown(context.WithoutCancel(w.t.Context())); err != nil {
		w.t.Error("shutdown:", err)
	}
	w.serving.Wait()
	w.end()
}

// close ends the world; everybody must have quit.
func (w *world) close() {
	w.stop(true)
	must(w.t, w.data.Close())
}

// person is somebody with a profile that survives its program.
type person struct {
	w       *world
	name    string
	account chat.AccountID
	stored  storage.Account // what the server knows
	device  storage.Device
	dir     string
	ring    *secret.Memory
	log     *slog.Logger                                                         // nil: the test's
	dial    func(ctx context.Context, network, address string) (net.Conn, error) // nil: the world's
	*App
	done   chan error
	cancel context.CancelFunc
	sub    *Subscription
}

// member makes somebody with an account, a device and a profile, as joining does,
// without stretching a password.
func (w *world) member(name string) *person {
	w.t.Helper()
	ctx := context.Background()
	p := &person{w: w, name: name, account: chat.NewAccountID(), dir: folder(w.t, name), ring: secret.NewMemory()}
	b := secret.NewBundle(w.sid)
	public := b.Seed.PrivateKey().Public().(ed25519.PublicKey)
	now := time.Now().UnixMilli()
	p.stored = storage.Account{ID: p.account, Name: name, Display: name, Verifier: []byte("none"), Created: now}
	p.device = storage.Device{ID: b.Device, Account: p.account, Key: public, Name: "test", Created: now, Proven: now, Seen: now}
	w.admit(p)
	prof, err := profile.Open(p.dir)
	must(w.t, err)
	a := profile.Account{
		Server: w.sid, Addresses: []string{w.address}, Bound: true, Verified: true, Account: p.account,
		Device: b.Device, Name: name, Display: name, Group: "Bees", Secrets: profile.ModeKeyring,
	}
	g, err := prof.Begin(a)
	must(w.t, err)
	must(w.t, p.ring.Save(ctx, b))
	must(w.t, g.Complete(a))
	return p
}

// another makes a second device of somebody.
func (w *world) another(p *person, name string) *person {
	w.t.Helper()
	ctx := context.Background()
	q := &person{w: w, name: name, account: p.account, stored: p.stored, dir: folder(w.t, name), ring: secret.NewMemory()}
	b := secret.NewBundle(w.sid)
	q.device = p.device
	q.device.ID, q.device.Key = b.Device, b.Seed.PrivateKey().Public().(ed25519.PublicKey)
	must(w.t, w.data.AddDevice(ctx, q.device, nil, 20))
	prof, err := profile.Open(q.dir)
	must(w.t, err)
	a := profile.Account{
		Server: w.sid, Addresses: []string{w.address}, Bound: true, Verified: true, Account: p.account,
		Device: b.Device, Name: p.name, Display: p.name, Group: "Bees", Secrets: profile.ModeKeyring,
	}
	g, err := prof.Begin(a)
	must(w.t, err)
	must(w.t, q.ring.Save(ctx, b))
	must(w.t, g.Complete(a))
	return q
}

// admit makes the server know somebody.
func (w *world) admit(p *person) {
	w.t.Helper()
	ctx, now := context.Background(), time.Now().UnixMilli()
	invite := storage.Invite{ID: chat.InviteID(chat.NewMID()), Key: p.device.Key, Uses: 1, Expires: now + 1000}
	must(w.t, w.data.PutInvite(ctx, invite))
	must(w.t, w.data.CreateAccount(ctx, p.stored, p.stored.Name, p.device, invite.ID, now))
}

func folder(t testing.TB, name string) string {
	dir := filepath.Join(t.TempDir(), name)
	must(t, os.MkdirAll(dir, 0o700))
	return dir
}

// fataler is what helpers need of a test or of a property.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run starts the person's program.
func (p *person) run() *person {
	p.w.t.Helper()
	log := p.log
	if log == nil {
		log = testkit.Logger(p.w.t).With("who", p.name)
	}
	dial := p.dial
	if dial == nil {
		dial = p.w.net.Dial
	}
	a, err := New(Options{Profile: p.dir, Keyring: p.ring, Dial: dial, Log: log})
	must(p.w.t, err)
	ctx, cancel := context.WithCancel(p.w.t.Context())
	p.App, p.cancel, p.done, p.sub = a, cancel, make(chan error, 1), a.Subscribe()
	ended := make(chan struct{})
	go func(done chan<- error) {
		defer close(ended)
		done <- a.Run(ctx)
	}(p.done)
	// Who does not quit ends with the test, before their folder goes.
	p.w.t.Cleanup(func() {
		cancel()
		<-ended
	})
	return p
}

// quit ends the program and waits for it.
func (p *person) quit() {
	p.w.t.Helper()
	p.cancel()
	if err := <-p.done; err != nil {
		p.w.t.Errorf("%s: %v", p.name, err)
	}
}

// away lets time go by without the program: days of its heartbeat are seconds of work.
func (p *person) away(d time.Duration) {
	p.w.t.Helper()
	p.quit()
	time.Sleep(d)
	p.run().live()
}

// until waits for a condition on the view, in fake time. It looks only while everything
// rests: what a test reads from the store is then no newer than the view.
func (p *person) until(what string, ok func(v *View) bool) {
	p.w.t.Helper()
	look := func() bool { synctest.Wait(); return ok(p.View()) }
	for deadline := time.Now().Add(10 * time.Minute); !look(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			v := p.View()
			p.w.t.Errorf("%s waited in vain for %s: phase %s, connection %+v, %d waiting, %d failed", p.name, what, v.Phase, v.Connection, v.Waiting, v.Failed)
			for _, r := range v.Rooms {
				p.w.t.Errorf("room %s: head %d, %d unread, %d waiting, %d failed", r.Name, r.Head, r.Unread, r.Waiting, r.Failed)
			}
			p.w.t.FailNow()
		}
	}
}

func (p *person) live() *person {
	p.w.t.Helper()
	p.until("the connection", func(v *View) bool { return v.Connection.State == ConnLive })
	return p
}

func (p *person) sent() *person {
	p.w.t.Helper()
	p.until("an empty outbox", func(v *View) bool { return v.Waiting == 0 })
	return p
}

// roomView returns one room of the view; the zero value if it is not there.
func (p *person) roomView(id chat.RoomID) RoomView {
	for _, r := range p.View().Rooms {
		if r.ID == id {
			return r
		}
	}
	return RoomView{}
}

// rows returns a whole timeline.
func (p *person) rows(id chat.RoomID) (rows []MessageView) {
	p.w.t.Helper()
	w := Window{Around: 1, Limit: 500}
	for {
		page, err := p.Messages(context.Background(), id, w)
		must(p.w.t, err)
		rows = append(rows, page.Messages...)
		if !page.Newer {
			return rows
		}
		w = Window{After: rows[len(rows)-1].Seq, Limit: 500}
	}
}

// texts returns the messages of a timeline, each with its state unless sent.
func (p *person) texts(id chat.RoomID) (texts []string) {
	p.w.t.Helper()
	for _, m := range p.rows(id) {
		switch {
		case m.Kind != chat.KindMessage:
		case m.State == StateSent:
			texts = append(texts, m.Text)
		default:
			texts = append(texts, fmt.Sprintf("%s (%s)", m.Text, m.State))
		}
	}
	return texts
}

func (p *person) say(id chat.RoomID, texts ...string) {
	p.w.t.Helper()
	for _, text := range texts {
		if _, err := p.Send(p.w.t.Context(), id, text); err != nil {
			p.w.t.Fatalf("%s cannot say %q: %v", p.name, text, err)
		}
	}
}

// bubble runs a test in fake time.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}
