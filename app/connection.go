package app

import (
	"context"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/link"
	"hearth/net/wire"
)

// queueLength is how many frames may wait for the loop. Behind it the link's
// reader pauses, and the server pages instead of pushing.
const queueLength = 64

// connection ties the loop to a running link: it carries what the link's
// goroutines report over to the loop, in order, and waits with them when the
// loop is busy.
type connection struct {
	// Fixed after startLink.
	app    *App
	link   *link.Link
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{} // closed when Run of the link has returned
	queue  chan delivery
	space  *space // of what waits in queue

	// Owned by the loop.
	session  *link.Session // nil while not connected
	status   link.Status
	naming   *lostShowing // is being sent
	live     bool         // everything the server had when we connected is here
	behind   int          // events still to come, as far as known
	asked    bool         // sync.started has come
	epoch    chat.Epoch   // of the server, as of sync.started
	holdback bool         // nothing is sent until the fate of old messages is known
	doubtful []chat.MID   // acknowledged on an earlier connection, without their events
	repairs  int          // how often the heads differed on this connection
	skewTold bool
	full     bool     // the server's disk, as it answered last
	mending  *mend    // the room whose history is compared at present, nil: none
	toMend   []*room  // those that wait for it
	fill     *filling // what is being loaded of a hole, nil: nothing
	wants    []want   // what somebody waits for, the newest last
	nextFill time.Time
	again    map[alarmName]bool // requests that wait to be made again, see insist
	unfit    map[chat.MID]bool  // asked for, as no frame can carry them any more
	marks    ownMarks
	blocking blocking
	watch    watching
}

// delivery is one thing the link has for the loop. Exactly one of up, down, frame
// and run is set.
type delivery struct {
	from  *connection
	up    *link.Session
	down  bool
	frame wire.Frame
	run   func()
}

var _ link.Handler = (*connection)(nil)

func (c *connection) deliver(d delivery) {
	d.from = c
	if !c.space.take(c.ctx, d.weight()) {
		return
	}
	select {
	case c.queue <- d:
	case <-c.ctx.Done():
	}
}

// State implements link.Handler.
func (c *connection) State(s link.Status) {
	c.app.do(func() {
		if g := c.app.group; g != nil && g.net == c {
			c.status = s
			c.app.viewConnection()
		}
	})
}

// Up implements link.Handler.
func (c *connection) Up(s *link.Session) { c.deliver(delivery{up: s}) }

// Push implements link.Handler.
func (c *connection) Push(_ *link.Session, f wire.Frame) { c.deliver(delivery{frame: f}) }

// Down implements link.Handler.
func (c *connection) Down(*link.Session, *link.Error) { c.deliver(delivery{down: true}) }

// frames returns where the link's reports arrive; nil, which nothing ever
// arrives on, while there is no link.
func (a *App) frames() chan delivery {
	if a.group == nil || a.group.net == nil {
		return nil
	}
	return a.group.net.queue
}

// linkOptions are the same for the lasting link and the ways in.
func (a *App) linkOptions() link.Options {
	o := link.Options{Log: a.log, Dial: a.o.Dial, Software: a.o.Software}
	if own := a.authority.Load(); own != nil {
		o.Roots = own.pool
	}
	return o
}

// device returns what the server knows this installation by.
func (a *App) device(g *group) link.Device {
	return link.Device{Key: g.seed.PrivateKey(), Name: a.o.DeviceName}
}

// startLink begins to keep a connection for the open group.
func (a *App) startLink() {
	g := a.group
	if g == nil || g.net != nil || a.closing || a.phase != PhaseOpen || g.store.ReadOnly() {
		return
	}
	c := &connection{app: a, queue: make(chan delivery, queueLength), space: newSpace(), ended: make(chan struct{}), again: map[alarmName]bool{}}
	c.ctx, c.cancel = context.WithCancel(a.ctx)
	l := link.New(link.Config{Link: g.link(), Device: a.device(g), Handler: c}, a.linkOptions())
	c.link = l
	g.net = c
	if a.conn.State == ConnStopped { // said of the link before, or of another device
		a.conn, a.viewNew = ConnectionView{State: ConnConnecting, Since: time.Now()}, true
	}
	a.savePower()
	a.spawn(func(context.Context) {
		defer close(c.ended)
		if err := l.Run(c.ctx); err != nil && c.ctx.Err() == nil {
			a.log.Warn("the link has ended", "err", err)
		}
	})
}

// stopLink ends the connection and waits until none of its goroutines is left.
func (a *App) stopLink() {
	g := a.group
	if g == nil || g.net == nil {
		return
	}
	a.applyPending()
	c := g.net
	if c == nil { // the disk failed on the way
		return
	}
	c.cancel()
	<-c.ended
	a.disconnected()
	g.net = nil
	g.pending = batch{}
}

// pin returns the identity that the server must show.
func (g *group) pin() chat.ServerID {
	if g.account.Pin.IsZero() {
		return g.owner.Server
	}
	return g.account.Pin
}

// link returns where the group's server is and who it must be.
func (g *group) link() chat.Link {
	return chat.Link{Addresses: g.addresses(), Server: g.pin(), Bound: g.account.Bound}
}

// maxAddresses bounds the addresses that are tried.
const maxAddresses = 8

// addresses are where to try: a server on this machine first, then those of the
// account, then what the server says of itself.
func (g *group) addresses() []string {
	return tidyAddresses(g.near, g.account.Addresses, g.info.Addresses)
}

// tidyAddresses joins lists: each address once, well-formed, not too many.
func tidyAddresses(lists ...[]string) (all []string) {
	for _, list := range lists {
		for _, address := range list {
			address, err := chat.ParseAddress(address)
			if err == nil && len(all) < maxAddresses && !slices.Contains(all, address) {
				all = append(all, address)
			}
		}
	}
	return all
}

// longAway is after what time out of sight the connection is worth a probe when the
// person comes back.
const longAway = time.Minute

// lookedAway takes note of whether the person looks at the window.
func (a *App) lookedAway(looking bool) {
	g := a.group
	switch {
	case looking == g.looking:
	case !looking:
		g.since = time.Now()
	case g.net != nil && !g.since.IsZero() && time.Since(g.since) > longAway:
		g.net.link.Wake()
	}
}

// powerPeriod is how often to look, while nobody does, whether the machine is
// still plugged in.
const powerPeriod = time.Minute

// savePower makes heartbeats rarer while nobody looks and the battery pays.
func (a *App) savePower() {
	g := a.group
	if g == nil || g.net == nil || a.o.OnBattery == nil {
		return
	}
	g.net.link.SetQuiet(!g.looking && a.o.OnBattery())
	if !g.looking {
		a.alarm.set(alarmPower, powerPeriod, a.savePower)
	}
}

// TryNow implements Commands.
func (a *App) TryNow() {
	a.do(func() {
		switch {
		case a.group == nil:
		case a.group.store.ReadOnly(): // until it is opened again
			p := &pending{folder: a.group.folder, from: a.group.from}
			a.closeGroupLogged()
			a.reopen(p)
		case a.group.net != nil:
			a.group.net.link.TryNow()
		default: // the disk was full
			a.alarm.clear(alarmReopen)
			a.startLink()
		}
	})
}

// Wake implements Commands.
func (a *App) Wake() {
	a.do(func() {
		if a.group != nil && a.group.net != nil {
			a.group.net.link.Wake()
		}
	})
}

// largeSkew is from when on a wrong clock is worth a notice.
const largeSkew = 2 * time.Minute

// viewConnection makes what the state line says of what the link said last.
func (a *App) viewConnection() {
	g := a.group
	if g == nil || g.net == nil {
		return
	}
	c := g.net
	s := c.status
	v := ConnectionView{
		State: connState(s.State), RTT: steadyRTT(a.conn.RTT, s.RTT), Address: s.Address, Since: s.Since, ClockSkew: smallIsZero(s.ClockSkew),
	}
	if s.Reason != nil && s.State != link.StateLive {
		v.Reason = reasonOf(s.Reason.Kind)
		if v.Reason == ReasonSuspended && fault.Bug(fault.SuspendedDropped) {
			a.dropOutbox()
		}
		if v.Reason == ReasonEnded {
			a.noteEnded(true)
		}
		v.Detail = s.Reason.Error()
		if s.Reason.Kind == link.KindPinMismatch {
			v.Expected = s.Reason.Expected.Groups()
			if !s.Reason.Presented.IsZero() {
				v.Presented = s.Reason.Presented.Groups()
			}
		}
	}
	switch s.State {
	case link.StateWaiting:
		v.NextTry = s.Next
	case link.StateLive:
		v.State, v.Behind, v.Unbound = ConnSyncing, -1, s.Unbound
		if c.asked {
			v.Behind = c.behind
		}
		if c.live {
			v.State, v.Behind = ConnLive, 0
		}
		for _, r := range g.rooms {
			if r.diverged {
				v.Reason, v.Detail = ReasonHistory, "the server's history of a room does not fit what is stored here"
			}
		}
	}
	if !c.skewTold && v.ClockSkew.Abs() >= largeSkew {
		c.skewTold = true
		a.notice(Notice{Kind: NoticeClockSkew})
	}
	if v.State == a.conn.State && v.Reason == a.conn.Reason && !a.conn.Since.IsZero() {
		v.Since = a.conn.Since
	} else {
		v.Since = time.Now()
	}
	if v != a.conn { // most heartbeats change nothing that anybody sees
		a.conn, a.viewNew = v, true
	}
}

// steadyRTT keeps a round-trip time that has hardly changed: each change that is
// shown has the whole window painted anew.
func steadyRTT(shown, measured time.Duration) time.Duration {
	if shown > 0 && measured > 0 && (measured-shown).Abs() < max(2*time.Millisecond, shown/5) {
		return shown
	}
	return measured
}

// smallIsZero hides what network delay can explain.
func smallIsZero(skew time.Duration) time.Duration {
	if skew.Abs() < 2*time.Second {
		return 0
	}
	return skew
}

func connState(s link.State) ConnState {
	switch s {
	case link.StateDialling, link.StateGreeting:
		return ConnConnecting
	case link.StateLive:
		return ConnSyncing
	case link.StateWaiting:
		return ConnWaiting
	case link.StateStopped:
		return ConnStopped
	}
	return ConnOffline
}

// reasonOf translates what the link met into what the window has words for.
func reasonOf(k link.Kind) Reason {
	switch k {
	case link.KindUnreachable, link.KindRefused, link.KindTimeout, link.KindUnknownName, link.KindNoRoute,
		link.KindLost, link.KindRestart, link.KindBusy, link.KindDisplaced, link.KindNotHearth, link.KindTooOld,
		link.KindTooNew, link.KindPinMismatch, link.KindAuthority, link.KindNotBound, link.KindCertificate, link.KindExpired, link.KindRevoked, link.KindSuspended, link.KindDeleted, link.KindEnded, link.KindUnknown, link.KindWeakStretch:
		return Reason(k) // the two lists share their values; a test holds them together
	case link.KindClosed:
		return ReasonNone
	}
	return ReasonInternal
}
