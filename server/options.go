package server

import (
	"crypto/ed25519"
	"crypto/tls"
	"log/slog"
	"net/netip"
	"runtime"
	"time"

	"hearth/chat"
	"hearth/internal/version"
	"hearth/server/blob"
)

// Identity is who the server is: the key that invites pin, and the certificates
// it presents.
type Identity struct {
	Key ed25519.PrivateKey
	// Certificate returns the chain leaf, root for a new connection.
	Certificate func() (*tls.Certificate, error)
	// Public returns a certificate that authorities vouch for, to present instead to a
	// client that asks for its name; nil if there is none for it. May be nil. The
	// greeting proves the identity to whoever gets it.
	Public func(*tls.ClientHelloInfo) *tls.Certificate
	// Line are the certificates by which identities before this one vouch for it, DER,
	// for the greeting: what Certificate has behind the leaf. May be nil.
	Line func() [][]byte
}

// Options are the server's settings; the zero value works.
type Options struct {
	// Name is the group's name. Default "Hearth".
	Name string
	// Addresses are where clients reach the server, host:port, told to members
	// for making links.
	Addresses []string
	// Limits; default chat.DefaultLimits.
	Limits chat.Limits
	// Log; default: discard.
	Log *slog.Logger
	// Heartbeat is the interval clients shall keep. Default 15 s.
	Heartbeat time.Duration
	// Idle is how long a connection may be silent. Default 45 s.
	Idle time.Duration
	// Admissions is how many new connections a second are admitted. Default
	// AdmissionsPerCore for each core that this process may use.
	Admissions int
	// LeapRoom and LeapAll are how many events a client may be behind in one room
	// and in all before it gets the room's state instead of them, to load what it
	// lacks when there is time. Defaults DefaultLeapRoom and DefaultLeapAll.
	LeapRoom, LeapAll int
	// NoReaders, NoTyping and NoPresence keep people from learning how far others have
	// read, that they are writing, and whether they are there.
	NoReaders, NoTyping, NoPresence bool
	// KeepDays is for how many days messages are kept at most, whatever their room says;
	// 0: for ever.
	KeepDays int
	// Proxies, unless empty, says that the server is reached through a proxy that ends
	// TLS, and from where that connects: listeners then speak HTTP without TLS, for those
	// addresses alone, logins are bound to no connection and the greeting says so
	// (docs/adr/0036).
	Proxies []netip.Prefix
	// DefaultRooms are joined by every new account.
	DefaultRooms []chat.RoomID
	// OnOwner is called once an account owns the server. Must not block.
	OnOwner func()
	// Files keeps the contents that messages name; nil: messages without files only.
	Files *blob.Store
	// DiskFull reports that nothing new may be stored. Asked every few seconds.
	// Default: never.
	DiskFull func() bool
	// FilesFull reports that no files may be taken although messages are. Asked every
	// few seconds. Default: never.
	FilesFull func() bool
}

// AdmissionsPerCore is how many new connections a second one core admits: with both
// ends on two cores 600 whole handshakes a second were measured.
const AdmissionsPerCore = 250

// Defaults of Options.LeapRoom and LeapAll.
const (
	DefaultLeapRoom = 5_000
	DefaultLeapAll  = 20_000
)

// Fixed deadlines of the transport (docs/protocol.md section 2).
const (
	headerTimeout   = 5 * time.Second // TLS and HTTP header
	firstTimeout    = 5 * time.Second
	readyTimeout    = 10 * time.Second
	stretchTimeout  = 60 * time.Second // ready, once a password is being stretched
	writeTimeout    = 10 * time.Second
	behindTimeout   = 120 * time.Second // behind without progress
	sweepInterval   = 5 * time.Second
	beatInterval    = 2 * time.Second  // at least so often the sweeper shows that it turns
	liveFor         = 5 * time.Second  // and if it has not for so long, the process does not
	readyFor        = 10 * time.Second // since the last commit, which every sweep probes
	shutdownTimeout = 10 * time.Second
	heartbeatReply  = 8 * time.Second
)

func (o Options) withDefaults() Options {
	if o.Name == "" {
		o.Name = "Hearth"
	}
	if o.Limits == (chat.Limits{}) {
		o.Limits = chat.DefaultLimits()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.Idle <= 0 {
		o.Idle = 45 * time.Second
	}
	if o.Admissions <= 0 {
		o.Admissions = AdmissionsPerCore * runtime.GOMAXPROCS(0)
	}
	if o.LeapRoom <= 0 {
		o.LeapRoom = DefaultLeapRoom
	}
	if o.LeapAll <= 0 {
		o.LeapAll = DefaultLeapAll
	}
	if o.OnOwner == nil {
		o.OnOwner = func() {}
	}
	if o.DiskFull == nil {
		o.DiskFull = func() bool { return false }
	}
	if o.FilesFull == nil {
		o.FilesFull = func() bool { return false }
	}
	return o
}

// software is how the server names itself to clients.
func software() string { return "hearth-server/" + version.Number }
