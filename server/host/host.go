package host

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/net/wire"
	"hearth/server"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// Config says how to host. Dir is required; the rest has defaults.
type Config struct {
	// Dir is the data folder; made if there is none.
	Dir string
	// Name is the group's name. Default: the one the data remembers, or "Hearth".
	Name string
	// Listen are addresses to listen on, host:port. Default: all interfaces,
	// chat.DefaultPort.
	Listen []string
	// Public are addresses that others reach the server at. Default: those of
	// this machine's interfaces that are listened on.
	Public []string
	// Ops is the operator's listener; loopback only. Default 127.0.0.1:0.
	Ops string
	// Limits; default chat.DefaultLimits.
	Limits chat.Limits
	// Admissions is how many new connections a second are admitted; 0:
	// server.AdmissionsPerCore for each core.
	Admissions int
	// LeapRoom and LeapAll are how far behind a client may be in one room and in all
	// before it gets the state of rooms instead of their backlog, events; 0: the
	// server's defaults.
	LeapRoom, LeapAll int
	// KeepDays is for how many days messages are kept at most, whatever their room says;
	// 0: for ever.
	KeepDays int
	// Backups; default DefaultBackups.
	Backups Backups
	// Disk says how much of it must stay free.
	Disk Disk
	// NoReaders, NoTyping and NoPresence: see server.Options.
	NoReaders, NoTyping, NoPresence bool
	// RestoreIfDamaged puts the newest sound backup in place of data that are
	// damaged, instead of refusing to start. What was said since then is lost on
	// the server, but not with the clients that have it.
	RestoreIfDamaged bool
	// Rerun runs this program again, for looking at files in another process: Self
	// in a program whose main calls RunTask. Without it a damaged file may end this
	// process, and backups are only opened, not looked through.
	Rerun Rerun
	// CertFile and KeyFile (PEM) are a certificate of one's own for the server, shown
	// to clients that ask for one of its names; both or none. They are read again when
	// they change. Whoever asks for another name, or for none, gets the identity's.
	CertFile, KeyFile string
	// ACME is the name to get a certificate for by ACME, shown like CertFile; "": none.
	// ACMEDirectory is the authority's (default: Let's Encrypt), ACMECA a file (PEM) to
	// trust for it instead of the system's roots, ACMEHTTP where its checks are answered
	// (default :80). Where that fails everybody connects as without.
	ACME, ACMEDirectory, ACMECA, ACMEHTTP string
	// BehindProxy are the addresses (or prefixes) from which a proxy connects that ends
	// TLS; empty: there is none. Then the server listens without TLS, by default on
	// loopback alone, needs Public, and its links say that logins are not bound.
	BehindProxy []string
	// Changed is told, on a goroutine of the server's, that an account was suspended, let
	// in again or deleted by whoever runs the server, here or from the command line, and
	// that there is another backup.
	Changed func()
	// Log; default: discard.
	Log *slog.Logger
}

// Settings kept in storage.
const (
	nameSetting      = "name"
	defaultSetting   = "default_room"
	addressesSetting = "addresses" // JSON list: where it was reached last, for links made while it does not run
	unboundSetting   = "unbound"   // 1: it served behind a proxy that ends TLS last; likewise
)

const (
	ownerInviteLife = 7 * 24 * time.Hour // of the invite that makes the server's owner
	usualInviteLife = 7 * 24 * time.Hour // of an invite whose life nobody chose
)

// Host is an open data folder with a server on it.
type Host struct {
	// Fixed after Open.
	config    Config
	store     *boltstore.Store
	server    *server.Server
	listeners []net.Listener
	addresses []string
	certs     *certificates
	own       *ownCert  // nil: none
	acme      *acmeCert // nil: none
	proxies   []netip.Prefix
	ops       *ops
	meters    *meters
	log       *slog.Logger
	ctx       context.Context // ends when release begins
	cancel    context.CancelFunc

	filing  sync.Mutex  // held while a copy is added to the folder of backups
	backing sync.Mutex  // held while a backup is made
	looked  atomic.Bool // a whole copy of the data was looked through since the start
	harmed  atomic.Bool // and the last such look found damage
	serving sync.WaitGroup
	failed  chan error // the first listener that ended by itself

	closeOnce sync.Once
	closeErr  error
}

// Open opens the folder and begins to serve. Everything that can be refused is
// refused here, in words for a person (*Error); nothing is left half-done.
func Open(ctx context.Context, c Config) (*Host, error) {
	h := &Host{config: c, failed: make(chan error, 1), meters: newMeters(), log: logOf(c)}
	h.config.Log, h.config.Backups, h.config.Disk = h.log, c.Backups.withDefaults(c.Dir), c.Disk.withDefaults()
	h.ctx, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if h.config.Limits == (chat.Limits{}) {
		h.config.Limits = chat.DefaultLimits()
	}
	err := h.check()
	if err == nil {
		err = h.limitConnections()
	}
	if err != nil {
		h.cancel()
		return nil, err
	}
	if len(h.config.Listen) == 0 {
		h.config.Listen = []string{":" + strconv.Itoa(chat.DefaultPort)}
		if len(h.proxies) > 0 {
			h.config.Listen[0] = "127.0.0.1" + h.config.Listen[0]
		}
	}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.release(ctx))
	}
	h.serve()
	return h, nil
}

// check refuses what can be seen to be wrong before anything is touched.
func (h *Host) check() (err error) {
	if h.config.Name != "" {
		if h.config.Name, err = CheckName(h.config.Name, h.config.Limits); err != nil {
			return personal(KindRequest, err, "the group's name: %v", err)
		}
	}
	for _, addr := range h.config.Listen {
		if addr == "" { // would be any port of all interfaces
			return personal(KindRequest, nil, "an address to listen on is empty; give host:port, or :port for all interfaces")
		}
	}
	h.proxies, err = checkProxy(&h.config)
	return err
}

// CheckName returns a group's name without the blanks around it, or what is wrong
// with it: 1 to name_chars characters on one line, as names of rooms.
func CheckName(name string, l chat.Limits) (string, error) {
	name = strings.TrimSpace(name)
	if strings.ContainsRune(name, utf8.RuneError) { // also what stands for a broken character
		return "", errors.New("not valid UTF-8")
	}
	if bad := wire.CheckName(name, "", l); bad != nil {
		return "", errors.New(bad.Message)
	}
	return name, nil
}

func (h *Host) open(ctx context.Context) error {
	dir := h.config.Dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return madeError(err, dir)
	}
	if err := h.openStore(ctx); err != nil {
		return err
	}
	tighten(dir, h.log)
	identity, err := loadIdentity(ctx, dir, h.store)
	if err != nil {
		return storeError(err, dir)
	}
	if h.certs, err = newCertificates(identity); err != nil {
		return err
	}
	if err := errors.Join(h.openOwn(), h.openACME(ctx)); err != nil {
		return err
	}
	if err := h.listen(ctx); err != nil {
		return err
	}
	if err := rememberAddresses(ctx, h.store, h.addresses, len(h.proxies) > 0); err != nil {
		return storeError(err, dir)
	}
	name, err := h.name(ctx)
	if err != nil {
		return storeError(err, dir)
	}
	general, err := h.defaultRoom(ctx)
	if err != nil {
		return storeError(err, dir)
	}
	files, err := openFiles(dir, h.config.Limits)
	if err != nil {
		return storeError(err, dir)
	}
	h.server, err = server.New(ctx, h.store, h.identity(identity), server.Options{
		Name: name, Addresses: h.addresses, LeapRoom: h.config.LeapRoom, LeapAll: h.config.LeapAll, Limits: h.config.Limits, Log: h.log, DefaultRooms: []chat.RoomID{general},
		Admissions: h.config.Admissions, Proxies: h.proxies,
		DiskFull:  func() bool { return h.config.Disk.full(dir) },
		FilesFull: func() bool { return h.config.Disk.fullForFiles(dir) }, Files: files,
		NoReaders: h.config.NoReaders, NoTyping: h.config.NoTyping, NoPresence: h.config.NoPresence,
		KeepDays: h.config.KeepDays,
	})
	if err != nil {
		return personal(KindRequest, err, "the limits contradict each other: %v", err)
	}
	if err := h.server.EnsureRoom(ctx, general, "general"); err != nil {
		return storeError(err, dir)
	}
	h.ops, err = openOps(ctx, h)
	return err
}

// openStore opens the data once another process has looked at them.
func (h *Host) openStore(ctx context.Context) error {
	c := h.config
	if err := interrupted(c.Dir); err != nil {
		return err
	}
	err := h.tryStore(ctx)
	if errors.Is(err, storage.ErrDamaged) && c.RestoreIfDamaged {
		h.log.Error("The data are damaged", "err", err)
		done, err := restoreBest(ctx, c, errors.Is(err, boltkit.ErrHead))
		if err == nil {
			h.log.Warn("Restored; what is newer is lost here", "from", done.From, "damaged_data", done.Aside)
			return storeError(h.tryStore(ctx), c.Dir)
		}
		if !errors.Is(err, errNoBackup) {
			return err
		}
	}
	if err != nil {
		return openError(ctx, err, c)
	}
	// Left over from a "verify" that was killed.
	for _, suffix := range [...]string{".db", ".db.half"} {
		if err := removeAll(c.Dir, verifyPrefix, suffix); err != nil {
			return storeError(err, c.Dir)
		}
	}
	return nil
}

func (h *Host) tryStore(ctx context.Context) (err error) {
	if err := orphaned(h.config.Dir); err != nil {
		return err
	}
	if h.config.Rerun != nil {
		if err := boltstore.Precheck(ctx, h.config.Rerun, h.config.Dir, h.log); err != nil {
			return err
		}
	}
	h.store, err = boltstore.Open(h.config.Dir, boltstore.Options{Log: h.log})
	return err
}

func logOf(c Config) *slog.Logger {
	if c.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Log
}

// listen binds every address and works out where others reach them.
func (h *Host) listen(ctx context.Context) error {
	lc := net.ListenConfig{KeepAlive: -1} // the server's own, once it has taken a connection
	for _, addr := range h.config.Listen {
		l, err := lc.Listen(ctx, "tcp", addr)
		if err != nil {
			return listenError(err, addr, "--listen")
		}
		h.listeners = append(h.listeners, l)
	}
	for _, p := range h.config.Public {
		addr, err := chat.ParseAddress(p)
		if err != nil {
			return personal(KindRequest, err, "--public %s: %v", p, err)
		}
		h.addresses = append(h.addresses, addr)
	}
	if len(h.addresses) == 0 {
		h.addresses = reachable(h.listeners)
	}
	return nil
}

// name is the configured name, remembered; or the remembered one.
func (h *Host) name(ctx context.Context) (string, error) {
	if h.config.Name != "" {
		return h.config.Name, h.store.SetSetting(ctx, nameSetting, []byte(h.config.Name))
	}
	b, err := h.store.Setting(ctx, nameSetting)
	if errors.Is(err, storage.ErrNotFound) {
		return "Hearth", nil
	}
	return string(b), err
}

// defaultRoom returns the id of the room that everybody joins. It is remembered
// before the room is made, so that a crash in between makes no second one.
func (h *Host) defaultRoom(ctx context.Context) (chat.RoomID, error) {
	b, err := h.store.Setting(ctx, defaultSetting)
	if err == nil && len(b) == len(chat.RoomID{}) {
		return chat.RoomID(b), nil
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return chat.RoomID{}, err
	}
	id := chat.NewRoomID()
	return id, h.store.SetSetting(ctx, defaultSetting, id[:])
}

// serve runs the accept loops.
func (h *Host) serve() {
	for _, l := range h.listeners {
		h.serving.Go(func() {
			if err := h.server.Serve(l); err != nil {
				select {
				case h.failed <- err:
				default:
				}
			}
		})
	}
	h.serving.Go(h.ops.serve)
	h.serving.Go(h.backupLoop)
	h.serving.Go(h.lookOnce)
	if h.own != nil {
		h.serving.Go(func() { h.own.watch(h.ctx) })
	}
	if h.acme != nil {
		h.serving.Go(func() { h.acme.run(h.ctx) })
	}
}

// identity is who the server is, with all it can show for it.
func (h *Host) identity(i *identity) server.Identity {
	id := server.Identity{Key: i.key, Certificate: h.certs.certificate, Line: h.certs.succession}
	if h.own != nil {
		id.Public = h.own.shown
	}
	if h.acme != nil {
		id.Public = h.acme.shown
	}
	return id
}

// Wait returns when the context ends (nil) or the server cannot go on.
func (h *Host) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-h.failed:
		return personal(KindStopped, err, "listening ended: %v", err)
	case err := <-h.server.Failed():
		return personal(KindStopped, err, "%v", err)
	case <-h.store.Failed():
		return personal(KindStopped, h.store.Err(), "the disk failed: %v", h.store.Err())
	}
}

// Close says goodbye to everybody, finishes what was begun and closes the data.
func (h *Host) Close(ctx context.Context) error {
	h.closeOnce.Do(func() { h.closeErr = h.release(ctx) })
	return h.closeErr
}

// End is Close for good: everybody is told that the group has ended. The data stay.
func (h *Host) End(ctx context.Context) error {
	h.closeOnce.Do(func() {
		h.server.Ends()
		h.closeErr = h.release(ctx)
	})
	return h.closeErr
}

func (h *Host) release(ctx context.Context) error {
	h.cancel()
	var errs []error
	if h.server != nil {
		errs = append(errs, h.server.Shutdown(context.WithoutCancel(ctx)))
	}
	if h.ops != nil {
		errs = append(errs, h.ops.close())
	}
	for _, l := range h.listeners {
		_ = l.Close() // closed by Shutdown if it was served
	}
	if h.acme != nil {
		_ = h.acme.listener.Close() // closed by run if that ran
	}
	h.serving.Wait()
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	return errors.Join(errs...)
}

// Link returns the server link: where it is and which identity it must prove.
func (h *Host) Link() chat.Link {
	return chat.Link{Addresses: h.addresses, Server: h.server.ID(), Bound: len(h.proxies) == 0}
}

// Addresses are where others reach the server.
func (h *Host) Addresses() []string { return append([]string(nil), h.addresses...) }

// Port is the port of the first listener.
func (h *Host) Port() int {
	if a, ok := h.listeners[0].Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// Invite makes an invite of the server's own. A life of 0 is the usual one.
func (h *Host) Invite(ctx context.Context, uses int, life time.Duration) (chat.Link, error) {
	life = inviteLife(life, h.config.Limits)
	if err := checkInvite(uses, life, h.config.Limits); err != nil {
		return chat.Link{}, err
	}
	return makeInvite(ctx, h.store, h.Link(), storage.Invite{Uses: uses}, life)
}

// inviteLife replaces a life nobody chose: a week, or less where the operator
// allows less.
func inviteLife(life time.Duration, l chat.Limits) time.Duration {
	if life != 0 {
		return life
	}
	return min(usualInviteLife, time.Duration(l.InviteDays)*24*time.Hour)
}

// checkInvite applies the operator's own limits, as the server does to members.
func checkInvite(uses int, life time.Duration, l chat.Limits) error {
	switch {
	case uses < 1 || uses > l.InviteUses:
		return personal(KindRequest, nil, "an invite has 1 to %d uses (invite_uses)", l.InviteUses)
	case life <= 0 || life > time.Duration(l.InviteDays)*24*time.Hour:
		return personal(KindRequest, nil, "an invite lives at most %d days (invite_days)", l.InviteDays)
	}
	return nil
}

// OwnerInvite makes the invite of the server's owner; ok is false once there is
// an owner. An earlier one that nobody used ends.
func (h *Host) OwnerInvite(ctx context.Context) (link chat.Link, ok bool, err error) {
	accounts, err := h.store.Accounts(ctx)
	if err != nil {
		return link, false, err
	}
	for _, a := range accounts {
		if a.Owner {
			return link, false, nil
		}
	}
	invites, err := h.store.Invites(ctx)
	if err != nil {
		return link, false, err
	}
	for _, i := range invites {
		if i.Owner && i.Used == 0 {
			if err := h.store.RevokeInvite(ctx, i.ID); err != nil {
				return link, false, err
			}
		}
	}
	link, err = makeInvite(ctx, h.store, h.Link(), storage.Invite{Uses: 1, Owner: true}, ownerInviteLife)
	return link, err == nil, err
}

func makeInvite(ctx context.Context, store storage.Store, link chat.Link, i storage.Invite, life time.Duration) (chat.Link, error) {
	link.Secret = chat.NewInviteSecret()
	now := time.Now()
	i.Key = publicKey(link.Secret.Key())
	i.ID, i.Created, i.Expires = chat.InviteIDOf(i.Key), now.UnixMilli(), now.Add(life).UnixMilli()
	return link, store.PutInvite(ctx, i)
}
