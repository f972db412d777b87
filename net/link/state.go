package link

import (
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// State is where the link stands.
type State string

// States. The app distinguishes catching up from live by the frames it gets.
const (
	StateOffline  State = "offline"  // no network route; looks again every 15 s
	StateDialling State = "dialling" // opening connections
	StateGreeting State = "greeting" // the server has proven itself; this device does
	StateLive     State = "live"     // connected and authenticated
	StateWaiting  State = "waiting"  // the next attempt is at Status.Next
	StateStopped  State = "stopped"  // will not try by itself; see Status.Reason
)

// Status is a snapshot of the link; immutable.
type Status struct {
	State State
	// Reason says why there is no connection, or why the last one ended; nil
	// while live and before the first attempt failed.
	Reason *Error
	// Since when this state lasts.
	Since time.Time
	// Next is when the next attempt begins, in StateWaiting.
	Next time.Time
	// Attempt counts attempts since the last stable connection.
	Attempt int
	// Address is in use or was tried last.
	Address string
	// RTT is the round trip of the newest heartbeat; 0 unknown. In StateLive.
	RTT time.Duration
	// ClockSkew is this machine's wall clock minus the server's, as of the last
	// greeting. It decides nothing; people may be told when it is large.
	ClockSkew time.Duration
	// Unbound says that a proxy in between ends TLS and can read along. In StateLive.
	Unbound bool
}

// Handler is told what happens. State is called by Run's goroutine and must not
// block. Up, Push and Down are called by one other goroutine, in order; Push
// may block, which slows the server down (see the package comment), but must
// return soon once Run's context has ended, because Run waits for it. Neither may
// call [Session.Do], which waits for that very goroutine's reader; [Session.Go]
// is what they use.
type Handler interface {
	// State tells that the status changed, or a round trip was measured.
	State(Status)
	// Up begins a connection: authenticated, nothing pushed yet.
	Up(*Session)
	// Push hands over one frame that answers no request: *wire.Events, *wire.Void,
	// *wire.Snapshot, *wire.Live, *wire.Lag, *wire.Goodbye, *wire.Error; and every
	// *wire.HeartbeatOK, whose digest is to be compared with what was pushed
	// before it.
	Push(*Session, wire.Frame)
	// Down ends a connection. Every callback of its Go requests has been called.
	Down(*Session, *Error)
}

// Config is what a Link needs; all of it is required.
type Config struct {
	// Link pins the server and says where it may be found. Its secret is not used.
	Link chat.Link
	// Device is the enrolled device.
	Device Device
	// Handler is told everything.
	Handler Handler
}
