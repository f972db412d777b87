package server

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// Server admits devices and runs rooms. Make one with New, give it listeners
// with Serve, end it with Shutdown.
type Server struct {
	// Fixed after New.
	o        Options
	store    storage.Store
	key      ed25519.PrivateKey
	line     func() [][]byte
	id       chat.ServerID
	secret   []byte // behind decoy answers and session ids
	tls      *tls.Config
	http     *http.Server
	log      *slog.Logger
	metrics  *metrics
	hub      *hub
	gate     *gate
	names    *guesses[string]
	addrs    *guesses[netip.Prefix]
	breaches *guesses[netip.Prefix]  // of the transport's rules
	pacers   *pacers[chat.DeviceID]  // of sends
	asking   *pacers[chat.AccountID] // of requests
	saying   *pacers[chat.AccountID] // of sends
	reading  *pacers[chat.AccountID] // of pages of feeds
	sending  *pacers[chat.AccountID] // of contents, KiB
	fetching *pacers[chat.AccountID] // of contents, KiB
	knocks   *pacers[netip.Prefix]   // of new connections
	arrivals *pacers[netip.Prefix]   // of new accounts
	markers  *markers
	blocks   *blocks
	cards    *cards
	typing   *typing
	presence *presence
	soon     *soon
	harm     harm
	keeper   *keeper
	catchUps chan struct{}
	ctx      context.Context // ends at the end of Shutdown
	cancel   context.CancelFunc

	grants    *grants
	sweeping  atomic.Bool // files are being swept
	deletions atomic.Bool // some are to be finished
	deleting  atomic.Bool // somebody is at it
	undeleted atomic.Bool // the last attempt failed: a disk may be full for a while
	chores    atomic.Bool // what writes to the disk in between is under way

	queued   atomic.Int64 // bytes waiting for all connections
	relief   relief
	posting  atomic.Int64 // posts handed to rooms and not yet answered
	ended    atomic.Bool  // it stops for good
	draining atomic.Bool
	broken   atomic.Bool  // the disk has failed; draining too
	full     atomic.Bool  // the disk has less left than must remain
	tight    atomic.Bool  // the disk has less left than must remain for files to be taken
	fullSaid atomic.Int64 // when the log was told last that files are refused for that
	probed   atomic.Int64 // last successful probe of the disk, Unix milliseconds
	ticked   atomic.Int64 // last turn of the sweeper, Unix milliseconds

	failure chan error // a fault of the disk, at most one

	touchMu sync.Mutex
	touched map[chat.DeviceID]storage.Touch // guarded by touchMu

	busyMu  sync.Mutex
	busy    int           // guarded by busyMu: goroutines of sessions and rooms
	stopped bool          // guarded by busyMu: no new ones
	idle    chan struct{} // guarded by busyMu: closed when stopped and busy is 0
}

// secretSetting is where the server's secret lies in storage.
const secretSetting = "secret"

// New makes a server over a store. Nothing runs until Serve.
func New(ctx context.Context, store storage.Store, identity Identity, o Options) (*Server, error) {
	o = o.withDefaults()
	if err := o.Limits.Validate(); err != nil {
		return nil, err
	}
	id, err := chat.ServerIDOf(identity.Key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	secret, err := loadSecret(ctx, store)
	if err != nil {
		return nil, err
	}
	s := &Server{
		o: o, store: store, key: identity.Key, line: identity.Line, id: id, secret: secret, log: o.Log,
		metrics: newMetrics(), hub: newHub(), failure: make(chan error, 1),
		gate:     &gate{admissions: rate.NewLimiter(rate.Limit(o.Admissions), 2*o.Admissions), byAddr: map[netip.Prefix]int{}, quiet: map[netip.Prefix]int{}},
		names:    &guesses[string]{most: 10_000, wait: nameDelay, keep: time.Hour, table: map[string]*guess{}},
		addrs:    &guesses[netip.Prefix]{most: 10_000, wait: addressDelay, keep: 15 * time.Minute, table: map[netip.Prefix]*guess{}},
		breaches: &guesses[netip.Prefix]{most: 10_000, wait: breachDelay, keep: breachWindow, table: map[netip.Prefix]*guess{}},
		pacers:   newPacers[chat.DeviceID](float64(o.Limits.SendsPerSecond), o.Limits.SendBurst),
		asking:   newPacers[chat.AccountID](accountShare*float64(o.Limits.RequestsPerSecond), accountShare*o.Limits.RequestBurst),
		saying:   newPacers[chat.AccountID](accountShare*float64(o.Limits.SendsPerSecond), accountShare*o.Limits.SendBurst),
		reading:  newPacers[chat.AccountID](feedShare*float64(o.Limits.HistoryPagesPerSec), feedBurst*o.Limits.HistoryPagesPerSec),
		knocks:   newPacers[netip.Prefix](float64(max(1, o.Admissions/knocksShare)), SilentShare*o.Limits.UnauthPerAddress),
		arrivals: newPacers[netip.Prefix](newcomersPerMinute/60.0, newcomersAtOnce),
		grants:   newGrants(), catchUps: make(chan struct{}, o.Limits.CatchUps), touched: map[chat.DeviceID]storage.Touch{}, idle: make(chan struct{}), soon: newSoon(), typing: newTyping(),
	}
	s.sending, s.fetching = carriers(o.Limits)
	s.presence = newPresence(s)
	if s.cards, err = loadCards(ctx, s); err != nil {
		return nil, err
	}
	s.blocks = &blocks{store: store}
	s.keeper = &keeper{srv: s}
	s.markers = &markers{srv: s, dirty: map[markerKey]storage.Marker{}}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.tls = tlsConfig(identity)
	s.http = &http.Server{
		Handler: http.HandlerFunc(s.accept), ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, MaxHeaderBytes: 8 << 10,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), DisableGeneralOptionsHandler: true,
	}
	fault.Point(fault.ServerStarted)
	s.begin()
	go s.sweeper()
	return s, s.resumeDeletions(ctx)
}

// tlsConfig is made once and shared by all connections; certificates change
// through the callback, never by changing it.
func tlsConfig(identity Identity) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}, SessionTicketsDisabled: true,
		// One record a write from the first on: small ones at the beginning of a
		// connection, meant for web pages, cost a system call each.
		DynamicRecordSizingDisabled: true,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if identity.Public != nil {
				if c := identity.Public(hello); c != nil {
					return c, nil
				}
			}
			return identity.Certificate()
		},
	}
}

func loadSecret(ctx context.Context, store storage.Store) ([]byte, error) {
	secret, err := store.Setting(ctx, secretSetting)
	if err == nil || !errors.Is(err, storage.ErrNotFound) {
		return secret, err
	}
	secret = make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return secret, store.SetSetting(ctx, secretSetting, secret)
}

// ID is the server's fingerprint.
func (s *Server) ID() chat.ServerID { return s.id }

// Limits are the limits that the server keeps to.
func (s *Server) Limits() chat.Limits { return s.o.Limits }

// Metrics is where the server's counters are gathered.
func (s *Server) Metrics() prometheus.Gatherer { return s.metrics.registry }

// Failed delivers an error after which nothing may be acknowledged any more.
// The owner of the server must Shutdown and say so.
func (s *Server) Failed() <-chan error { return s.failure }

// fail reports a fault of the disk, once.
func (s *Server) fail(err error) {
	s.log.Error("The disk failed", "err", err)
	s.broken.Store(true)
	s.draining.Store(true)
	select {
	case s.failure <- fmt.Errorf("the disk failed: %w", err):
	default:
	}
}

// stopping is why nothing is taken any more: the disk has failed, which is no matter of
// having too much to do, or the server ends.
func (s *Server) stopping() *chat.Error {
	if s.broken.Load() {
		return chat.Errorf(chat.CodeInternal, "", "the server's disk has failed; nothing is stored any more")
	}
	return chat.Errorf(chat.CodeBusy, "", "the server is stopping")
}

// Serve accepts connections of a listener until Shutdown; it returns nil then.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(&listener{Listener: l, srv: s}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// begin counts a goroutine that Shutdown waits for; false once it has begun.
func (s *Server) begin() bool {
	s.busyMu.Lock()
	defer s.busyMu.Unlock()
	if s.stopped {
		return false
	}
	s.busy++
	return true
}

// end is the other half of begin.
func (s *Server) end() {
	s.busyMu.Lock()
	defer s.busyMu.Unlock()
	s.busy--
	if s.stopped && s.busy == 0 {
		close(s.idle)
	}
}

// Ends makes what Shutdown does later one for good: the goodbye says that the group has
// ended, and clients do not come back by themselves.
func (s *Server) Ends() { s.ended.Store(true) }

// Shutdown ends the server: no new connections, a goodbye with a slot to
// everybody, what was read is committed and acknowledged, then all is closed. It
// takes at most ten seconds. The store stays open; it is the caller's.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	s.stopListening(ctx)
	s.farewell(ctx)
	s.busyMu.Lock()
	if !s.stopped && s.busy == 0 {
		close(s.idle)
	}
	s.stopped = true
	s.busyMu.Unlock()
	s.cancel()
	err := s.http.Close() // those who never got as far as a handshake
	select {
	case <-s.idle:
	case <-ctx.Done():
		err = errors.Join(err, errors.New("not all connections ended in time"))
	}
	s.flushTouched(ctx)
	s.markers.flush(ctx)
	fault.Point(fault.ServerShutdownClosed)
	return err
}

// stopListening closes the listeners and leaves connections alone. http.Shutdown
// would also wait for strangers who have not said anything yet; everybody else's
// goodbye does not wait for them.
func (s *Server) stopListening(ctx context.Context) {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_ = s.http.Shutdown(ended) // its error is that context's
}

// farewell says goodbye to everybody and waits until they are gone. Slots spread
// the return over the time it takes to admit them all.
func (s *Server) farewell(ctx context.Context) {
	sessions := s.hub.all()
	reason := wire.GoodbyeRestart
	if s.ended.Load() {
		reason = wire.GoodbyeEnded
	}
	spread := max(2*time.Second, time.Duration(len(sessions))*time.Second/time.Duration(s.o.Admissions))
	for i, session := range sessions {
		slot := spread * time.Duration(i+1) / time.Duration(len(sessions)+1)
		session.send(&wire.Goodbye{Reason: reason, AfterMS: slot.Milliseconds()})
	}
	fault.Point(fault.ServerGoodbye)
	posts, cancel := context.WithTimeout(ctx, shutdownTimeout*6/10)
	defer cancel()
	await(posts, func() bool { return s.posting.Load() == 0 })
	fault.Point(fault.ServerShutdownDrained)
	begin := time.Now()
	await(ctx, func() bool {
		left := s.hub.all() // also those whose handshake ended meanwhile
		for _, session := range left {
			session.end(wire.CloseRestart, nil)
			if time.Since(begin) > shutdownTimeout/5 && !session.conn.last.Load() {
				session.conn.hurry() // it does not read
			}
		}
		return len(left) == 0
	})
}

// await polls until done or the context ends.
func await(ctx context.Context, done func() bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// choresOf does what the sweeper's turn n has to write, beside the sweeper: a disk that
// takes long is told by Ready, and is no reason to take the process for stuck.
func (s *Server) choresOf(n int) {
	if s.chores.Swap(true) {
		return
	}
	if !s.begin() {
		return
	}
	go func() {
		defer s.end()
		defer s.chores.Store(false)
		s.probe()
		if n%12 == 0 {
			s.flushTouched(s.ctx)
		}
	}()
}

// sweeper ends silent connections, records when devices were seen, and probes
// the disk, every five seconds.
func (s *Server) sweeper() {
	defer s.end()
	beat := time.NewTicker(beatInterval)
	defer beat.Stop()
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	defer s.soon.timer.Stop()
	for n := 0; ; n++ {
		now := time.Now()
		s.ticked.Store(now.UnixMilli())
		s.evict(now)
		if full := s.o.DiskFull(); s.full.Swap(full) != full {
			s.log.Warn("The free space on the disk passed its mark", "full", full)
		}
		if tight := s.o.FilesFull(); s.tight.Swap(tight) != tight {
			s.log.Warn("The free space on the disk passed the mark of files", "files_refused", tight)
		}
		s.choresOf(n)
		s.keeper.turn(now)
		if n%int(sweepEvery/sweepInterval) == 1 {
			s.sweepFiles()
			s.cards.forget(now)
		}
		if n%12 == 0 {
			s.sweepPacers(now)
			s.typing.sweep(now)
			s.cards.sweep(now)
			s.forgetRooms(now)
			if s.undeleted.Load() {
				s.finishDeletions()
			}
		}
		if !s.pause(tick.C, beat.C) {
			return
		}
	}
}

func (s *Server) sweepPacers(now time.Time) {
	s.pacers.sweep(now)
	s.asking.sweep(now)
	s.saying.sweep(now)
	s.reading.sweep(now)
	s.sending.sweep(now)
	s.fetching.sweep(now)
	s.knocks.sweep(now)
	s.arrivals.sweep(now)
}

// pause waits for the sweeper's next turn and does what is due before it; false at
// the server's end.
func (s *Server) pause(tick, beat <-chan time.Time) bool {
	for {
		select {
		case <-tick:
			return true
		case now := <-beat:
			s.ticked.Store(now.UnixMilli())
		case now := <-s.soon.timer.C:
			s.shortly(now)
		case <-s.ctx.Done():
			return false
		}
	}
}

func (s *Server) evict(now time.Time) {
	for _, session := range s.hub.all() {
		if now.UnixMilli()-session.seen.Load() > s.o.Idle.Milliseconds() {
			s.metrics.ends.WithLabelValues("idle").Inc()
			session.end(wire.CloseIdle, &wire.Goodbye{Reason: wire.GoodbyeIdle})
			continue
		}
		if session.stuck(now) {
			s.metrics.ends.WithLabelValues("slow").Inc()
			session.end(wire.CloseSlow, &wire.Goodbye{Reason: wire.GoodbyeSlow})
			continue
		}
		// Who is connected is being seen: only the life of a proof can be over.
		d := session.device
		d.Seen, d.Proven = now.UnixMilli(), session.proven.Load()
		if e := s.alive(&d); e != nil {
			s.metrics.ends.WithLabelValues("expired").Inc()
			session.end(wire.CloseFor(e.Code), wire.FromError(0, e))
		}
	}
}

// stuck reports whether the session has been behind for long without progress.
func (s *session) stuck(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.behind) > 0 && now.Sub(s.progress) > behindTimeout
}

func (s *Server) probe() {
	if err := s.store.Probe(s.ctx); err != nil {
		if s.ctx.Err() == nil {
			s.log.Error("Probing the disk failed", "err", err)
		}
		return
	}
	s.probed.Store(time.Now().UnixMilli())
}

// touch notes that a device was connected just now, and from where.
func (s *Server) touch(id chat.DeviceID, peer string) {
	s.touchMu.Lock()
	defer s.touchMu.Unlock()
	s.touched[id] = storage.Touch{Seen: time.Now().UnixMilli(), Peer: peer}
}

// lastTouch returns when a device was connected last, unless that is on disk
// already.
func (s *Server) lastTouch(id chat.DeviceID) (storage.Touch, bool) {
	s.touchMu.Lock()
	defer s.touchMu.Unlock()
	t, ok := s.touched[id]
	return t, ok
}

// flushTouched writes down when devices were seen, those connected included.
func (s *Server) flushTouched(ctx context.Context) {
	for _, session := range s.hub.all() {
		s.touch(session.device.ID, session.peer)
	}
	s.touchMu.Lock()
	seen := s.touched
	s.touched = map[chat.DeviceID]storage.Touch{}
	s.touchMu.Unlock()
	if len(seen) == 0 {
		return
	}
	err := s.store.TouchDevices(context.WithoutCancel(ctx), seen)
	if err == nil {
		return
	}
	s.log.Warn("Recording when devices were seen failed; it is tried again", "err", err)
	s.touchMu.Lock()
	defer s.touchMu.Unlock()
	for id, t := range seen {
		if _, later := s.touched[id]; !later {
			s.touched[id] = t
		}
	}
}

// Live reports whether the process turns at all: its loop did in the last five seconds.
func (s *Server) Live() bool {
	return time.Now().UnixMilli()-s.ticked.Load() <= liveFor.Milliseconds()
}

// Warning says in words what the operator should look after although the server is
// ready; empty: nothing.
func (s *Server) Warning() string {
	if s.tight.Load() {
		return "the disk is getting full; files are refused, messages are still taken"
	}
	return ""
}

// Ready reports whether the server can do its work: a commit succeeded in the last ten
// seconds, no damage was met, and it is not stopping.
func (s *Server) Ready() error {
	if s.broken.Load() {
		return errors.New("the disk has failed")
	}
	if s.draining.Load() {
		return errors.New("stopping")
	}
	if age := time.Since(time.UnixMilli(s.probed.Load())); age > readyFor {
		return errors.New("no commit succeeded lately")
	}
	if s.full.Load() {
		return errors.New("the disk is nearly full; nothing new is stored")
	}
	if s.harm.any() {
		return errors.New("stored data are damaged; see the log")
	}
	return nil
}
