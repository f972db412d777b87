package sim

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/server"
	"hearth/server/blob"
	"hearth/server/storage"
)

// address is where the server of a world is.
const address = "hearth.test:7480"

// violation is something that must never be, and which check noticed it.
type violation struct {
	check string
	text  string
}

func (v violation) String() string { return v.check + ": " + v.text }

// abort unwinds the run after a violation that makes going on pointless.
type abort struct{}

// world is one run: a server, its disk, a network and people.
type world struct {
	ctx     context.Context
	seed    uint64
	r       *rand.Rand // the driver's
	dir     string
	log     *slog.Logger
	start   time.Time
	net     *memnet.Network
	id      server.Identity
	sid     chat.ServerID
	general chat.RoomID
	options server.Options

	people []*person
	rooms  []chat.RoomID // that ever existed, or were to
	book   book
	gaps   gaps
	// deleted are the messages that somebody wanted to be deleted; written by the driver, with mu.
	deleted map[chat.MID]bool
	// contents are what was ever sent, in order.
	contents [][]byte
	aged     int // how often days have passed
	// gone are the accounts that were deleted.
	gone map[chat.AccountID]*farewell

	// Of the server's present life; owned by the driver but for what crashServer reads.
	disk     *disk
	blobs    *blob.Store
	srv      *server.Server
	listener *memnet.Listener
	serving  sync.WaitGroup
	end      context.CancelFunc
	folders  int
	home     string             // the data of the next life
	epoch    chat.Epoch         // of restored data; zero: its own
	restored time.Time          // when a backup was restored; zero: never
	swept    map[chat.Hash]bool // contents that restored data name and that had been swept before
	backup   string             // a copy of earlier data, "" none
	backupAt time.Time          // when it was made
	lag      time.Duration      // how far restored data may have put the purge clock back

	mu         sync.Mutex
	crashed    string          // image of a power cut not dealt with yet, "" none
	violations []violation     // guarded by mu
	story      []string        // guarded by mu: what happened, in order
	counts     map[string]int  // guarded by mu
	nics       map[string]*nic // guarded by mu
	// past is what was ever purged, by room, and shuts when accounts were shut out;
	// both guarded by mu.
	past  map[chat.RoomID]map[chat.Seq]chat.Event
	shuts map[chat.AccountID][]shut
}

// note adds a line to the story.
func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.story = append(w.story, fmt.Sprintf("%9.3fs ", time.Since(w.start).Seconds())+fmt.Sprintf(format, args...))
}

// unwanted takes note that somebody wants a message to be deleted.
func (w *world) unwanted(mid chat.MID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deleted[mid] = true
}

// wanted reports whether nobody has wanted a message to be deleted; for anybody.
func (w *world) wanted(mid chat.MID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.deleted[mid]
}

// count counts a fault or a deed for the table.
func (w *world) count(what string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what] += n
}

// violate records that an invariant does not hold.
func (w *world) violate(check, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := violation{check, fmt.Sprintf(format, args...)}
	w.violations = append(w.violations, v)
	w.story = append(w.story, fmt.Sprintf("%9.3fs !! %s", time.Since(w.start).Seconds(), v))
}

// must ends the run if something that cannot fail did.
func (w *world) must(err error) {
	if err != nil {
		w.violate("harness", "%v", err)
		panic(abort{})
	}
}

func newWorld(ctx context.Context, dir string, seed uint64, log *slog.Logger) *world {
	w := &world{
		deleted: map[chat.MID]bool{}, gone: map[chat.AccountID]*farewell{},
		past: map[chat.RoomID]map[chat.Seq]chat.Event{}, shuts: map[chat.AccountID][]shut{},
		ctx: ctx, seed: seed, r: rand.New(rand.NewPCG(seed, 1)), dir: dir, log: log, start: time.Now(),
		net: memnet.New(), general: chat.NewRoomID(), counts: map[string]int{}, nics: map[string]*nic{},
	}
	w.book.w, w.gaps.w = w, w
	w.log = slog.New(&ear{Handler: log.Handler(), w: w, who: "server"})
	log = w.log
	_, key, err := ed25519.GenerateKey(crand.Reader)
	w.must(err)
	cert := w.certificate(key)
	w.id = server.Identity{Key: key, Certificate: func() (*tls.Certificate, error) { return cert, nil }}
	w.sid, err = chat.ServerIDOf(key.Public().(ed25519.PublicKey))
	w.must(err)
	w.options = server.Options{
		Name: "Bees", Addresses: []string{address}, Limits: chat.DefaultLimits(), Log: log, DefaultRooms: []chat.RoomID{w.general},
	}
	l := &w.options.Limits
	l.SendsPerSecond, l.SendBurst, l.RequestsPerSecond, l.RequestBurst = 20, 40, 60, 120
	l.SendsInFlight = 1 + w.r.IntN(32)
	l.PieceBytes = pieceBytes
	l.PageEvents = 1 + w.r.IntN([]int{60, 3}[w.r.IntN(2)])
	if w.r.IntN(2) == 0 {
		l.QueueFrames = 2 + w.r.IntN(20) // readers fall behind soon
	}
	// How much is under way at once; with latency this is the bandwidth.
	w.net.Buffer = []int{0, 4 << 10, 1200, 1200}[w.r.IntN(4)]
	if seed%6 == 4 { // no draw of its own, so that known seeds do what they did
		w.options.KeepDays = 1
	}
	w.leapSoon()
	w.home = w.folder("server")
	w.rooms = []chat.RoomID{w.general}
	return w
}

// folder names a folder that does not exist yet.
func (w *world) folder(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.folders++
	return filepath.Join(w.dir, fmt.Sprintf("%s-%d", name, w.folders))
}

// certificate makes the chain leaf, root that a server presents.
func (w *world) certificate(key ed25519.PrivateKey) *tls.Certificate {
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hearth"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(30, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	rootDER, err := x509.CreateCertificate(crand.Reader, root, root, key.Public(), key)
	w.must(err)
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	w.must(err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "hearth"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(20, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	leafDER, err := x509.CreateCertificate(crand.Reader, leaf, root, leafKey.Public(), key)
	w.must(err)
	return &tls.Certificate{Certificate: [][]byte{leafDER, rootDER}, PrivateKey: leafKey}
}

// mount opens the data of the next life.
func (w *world) mount() {
	d, err := openDisk(w.ctx, w.home, w.epoch, rand.New(rand.NewPCG(w.r.Uint64(), 2)), w.crashServer)
	w.must(err)
	d.remember = w.remember
	w.disk = d
	w.mountFiles()
}

// up starts the server over what is mounted.
func (w *world) up() {
	ctx, cancel := context.WithCancel(w.ctx)
	srv, err := server.New(ctx, w.disk, w.id, w.options)
	if err != nil {
		cancel()
		w.must(err)
	}
	l, err := w.net.Listen(address)
	w.must(err)
	w.srv, w.listener, w.end = srv, l, cancel
	w.serving.Go(func() { _ = srv.Serve(l) }) // its error is that the listener was closed
	w.must(srv.EnsureRoom(ctx, w.general, "general"))
}

// crashServer is a power cut of the server's machine. It may be called by
// anybody, also in the middle of a commit.
func (w *world) crashServer() {
	if !w.disk.die() {
		return
	}
	_ = w.listener.Close()
	w.net.CutAll()
	to := w.folder("server")
	err := image(w.home, to)
	w.net.CutAll() // who was accepted in between
	w.mu.Lock()
	w.crashed = to
	w.mu.Unlock()
	if err != nil {
		w.violate("harness", "image of the server: %v", err)
	}
	w.note("server: power cut")
	w.count("server power cuts", 1)
}

// down ends what is left of the server's life.
func (w *world) down() {
	if w.srv == nil {
		return
	}
	w.serverEnds(w.srv.Shutdown(context.WithoutCancel(w.ctx)))
	w.serving.Wait()
	w.end()
	if err := w.disk.Close(); err != nil {
		w.violate("harness", "close the server's data: %v", err)
	}
	w.srv = nil
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.crashed != "" {
		_ = os.RemoveAll(w.home)
		w.home, w.crashed = w.crashed, ""
	}
}

func (w *world) serverEnds(err error) {
	if err != nil {
		w.violate("shutdown", "the server did not end well: %v", err)
	}
}

// fell reports whether a power cut waits to be dealt with.
func (w *world) fell() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.crashed != ""
}

// rise starts the server again and looks whether it kept what it promised.
func (w *world) rise() {
	w.mount()
	w.book.kept(w.disk)
	w.up()
	w.note("server: up again")
}

// admit makes the server's data know an account and its devices.
func (w *world) admit(p *person) {
	now := time.Now().UnixMilli()
	invite := storage.Invite{ID: chat.InviteID(chat.NewMID()), Key: p.device.Key, Uses: 1, Expires: now + 1000}
	w.must(w.disk.PutInvite(w.ctx, invite))
	w.must(w.disk.CreateAccount(w.ctx, p.stored, p.stored.Name, p.device, invite.ID, now))
}

// close ends everything; it must work after any abort.
func (w *world) close() {
	for _, p := range w.people {
		p.quit()
	}
	w.down()
}
