package app

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/link"
	"hearth/net/wire"
	"hearth/store"
)

// digestPatience is how long our heads may differ from the server's before we
// believe that the feed is dead although the socket is alive.
const digestPatience = 3 * time.Second

// maxRepairs is how often that may be repaired on one connection; then it is
// given up.
const maxRepairs = 3

// connected begins a connection: asks for everything behind our cursors.
func (a *App) connected(s *link.Session) {
	g := a.group
	c := g.net
	a.noteEnded(false)
	if fault.Bug(fault.NewMIDOnRetry) {
		a.renameOutbox()
	}
	c.session, c.live, c.asked, c.behind, c.repairs = s, false, false, 0, 0
	c.mending, c.toMend, c.fill, c.unfit = nil, nil, nil, map[chat.MID]bool{}
	c.marks, c.blocking, c.watch, c.naming = newOwnMarks(), newBlocking(), watching{}, nil
	for _, r := range g.rooms {
		r.diverged, r.settling, r.paged, r.mends = false, false, false, 0 // perhaps the server has its history back
		r.unfillable, r.serverHead, r.rechecked = false, 0, false
		r.send.sure = false
		r.send.trouble, r.send.until = 0, time.Time{} // what was in the way may be gone
		a.hindered(r, "")
	}
	a.cardsOffline()
	g.port.online(s)
	ready := s.Ready()
	g.pace.setLimits(s.Limits())
	a.learn(s, &ready)
	a.holdOld(&ready)
	a.hear(&ready)
	c.doubtful = g.unseen()
	request := func() wire.Request {
		return &wire.Sync{Epoch: g.epoch, Rooms: a.cursors(s.Limits().FrameBytes), Holes: true}
	}
	a.insist(alarmSync, request, func(r wire.Reply) {
		if f, ok := r.(*wire.SyncStarted); ok {
			a.syncStarted(f, false)
		}
	}, func(error) { s.Drop("the server does not say how far it is") })
	a.viewConnection()
}

// disconnected ends a connection: what was on its way has an unknown fate.
func (a *App) disconnected() {
	g := a.group
	if g == nil || g.net == nil || g.net.session == nil {
		return
	}
	a.applyPending()
	a.flushAcks() // the next connection may be to a server that has lost them
	g.net.session, g.net.live, g.net.holdback = nil, false, false
	a.serverFull(false)
	g.port.online(nil)
	g.net.mending, g.net.toMend, g.net.fill = nil, nil, nil
	a.alarm.clear(alarmDigest)
	a.alarm.clear(alarmHeard)
	for name := range g.net.again {
		a.alarm.clear(name)
	}
	clear(g.net.again)
	a.forgetPeople()
	a.cardsOffline()
	g.pace.flying = 0
	for _, r := range g.rooms {
		r.lacks = 0 // the next connection begins behind what is here
		a.alarm.clear(alarmOf(alarmGap, r))
		if len(r.out) == 0 && r.send.flying == 0 {
			continue
		}
		r.send.flying, r.send.realign = 0, false
		for _, o := range r.out {
			o.met = false
			if o.flying && !fault.Bug(fault.ResendForgotten) {
				o.flying, o.row = false, nil
			}
		}
		g.touch(r)
		a.changes.addRoom(r.id, RoomChange{Waiting: true})
	}
	a.viewConnection()
}

// learn keeps what the server says of itself and of us.
func (a *App) learn(s *link.Session, ready *wire.Ready) {
	g := a.group
	info := store.Info{
		Group: ready.Group, Name: ready.Name, Display: ready.Display, Addresses: ready.Addresses, May: ready.May,
		Limits: s.Limits(), Software: s.Greeting().Software, Seen: ready.Time, KeepDays: ready.KeepDays,
		Recovery: ready.Recovery.Key, RecoveryMade: ready.Recovery.Made,
	}
	g.keepsRecovery = a.group.net.has(wire.FeatureRecovery)
	a.recoveryTold(&ready.Recovery, g.info.Seen == 0)
	info.RecoveryOwed = g.info.RecoveryOwed
	g.setInfo(info)
	a.storeResult(g.store.SetInfo(a.disk, info))
	account := g.account
	account.Group, account.Name, account.Display = ready.Group, ready.Name, ready.Display
	if id := s.Greeting().Server; id != g.pin() {
		account.Pin = id // the link has seen that it has succeeded the pin
	}
	if !sameAccount(&account, &g.account) {
		if err := g.folder.Update(account); err != nil {
			a.log.Warn("the account file was not brought up to date", "err", err)
		}
		g.account = account
	}
	a.noteShowing(true, PartName)
	a.viewNew = true
}

// request sends a request whose refusal is only worth a log line, and has its
// reply dealt with in the loop, after everything pushed before it.
func (a *App) request(r wire.Request, done func(wire.Reply)) {
	c := a.group.net
	err := c.session.Go(r, func(reply wire.Reply, err error) {
		c.deliver(delivery{run: func() {
			if err != nil {
				if c.session != nil {
					c.app.log.Warn("request refused", "type", r.Type(), "code", chat.CodeOf(err))
				}
				return
			}
			c.app.applyPending()
			if c.app.group != nil && c.app.group.net == c {
				done(reply)
			}
		}})
	})
	if err != nil {
		a.log.Warn("request not sent", "type", r.Type(), "err", err)
	}
}

// cursorBytes is about what one cursor takes in the request.
const cursorBytes = 128

// cursors lists how far we have each room, in the order in which the rooms are
// to be sent: the open one, those where the person was called, those with something
// unread, by activity. Rooms that
// we may no longer read come last and are left out if there is no space.
func (a *App) cursors(frameBytes int) []wire.Cursor {
	g := a.group
	rooms := make([]*room, 0, len(g.rooms))
	for _, r := range g.rooms {
		if r.c.Cursor.Seq > 0 && !r.diverged {
			rooms = append(rooms, r)
		}
	}
	open := g.active
	if open.IsZero() {
		open = g.lastRoom
	}
	rank := func(r *room) int {
		switch {
		case r.id == open:
			return 0
		case !r.synced(g.me()):
			return 4
		case r.c.Mentions > 0:
			return 1
		case r.c.Unread > 0:
			return 2
		}
		return 3
	}
	slices.SortFunc(rooms, func(x, y *room) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(y.c.Activity, x.c.Activity), slices.Compare(x.id[:], y.id[:]))
	})
	rooms = rooms[:min(len(rooms), max(1, frameBytes/cursorBytes))]
	list := make([]wire.Cursor, len(rooms))
	for i, r := range rooms {
		list[i] = r.wireCursor()
	}
	return list
}

// wireCursor is how far we have the room, as the server is told.
func (r *room) wireCursor() wire.Cursor {
	return wire.Cursor{Room: r.id, Seq: r.c.Cursor.Seq, Chain: r.c.Cursor.Chain, Snapshot: r.stale}
}

// syncStarted looks at how our cursors fit the server's log.
func (a *App) syncStarted(f *wire.SyncStarted, only bool) {
	g := a.group
	for i := range f.Rooms {
		s := &f.Rooms[i]
		r := a.follow(s.Room)
		if r == nil {
			continue
		}
		switch s.State {
		case wire.SyncOK:
			a.readable(r)
			a.fillAgain(r)
			if r.diverged {
				a.rejoined(r, s.Head)
			}
			r.serverHead = max(r.serverHead, s.Head)
			g.touch(r)
			if s.Head > r.c.Cursor.Seq {
				g.net.behind += int(s.Head - r.c.Cursor.Seq) //nolint:gosec // far below 2^63
			}
		case wire.SyncGone:
			if s.Left > 0 && r.state != nil && r.state.Members[g.me()].Joined < s.Left {
				a.gone(r) // left on another device, and that is no longer kept
				continue
			}
			// Whoever leaves, or is removed, is sent the log up to there. This server does
			// not know that we came in: it has an older state, whether it says so or not.
			told := f.Epoch != g.epoch && !g.epoch.IsZero()
			if (!told || !a.lostRoom(r)) && !a.lostMembership(r) {
				a.gone(r)
			}
		case wire.SyncDiverged, wire.SyncAhead, wire.SyncEpoch:
			if fault.Bug(fault.EpochIgnored) {
				continue
			}
			a.diverge(r, chat.Errorf(chat.CodeBadValue, "", "sync state %s", s.State))
		default:
			a.log.Warn("unknown state of a room", "room", s.Room, "state", string(s.State))
		}
	}
	if !only {
		g.net.asked = true
	}
	if f.Epoch != g.epoch && !g.epoch.IsZero() {
		a.log.Warn("the server's epoch has changed", "room_count", len(f.Rooms))
	}
	g.net.epoch = f.Epoch
	a.viewConnection()
}

// gone takes note that the server no longer lets us read a room.
func (a *App) gone(r *room) {
	g := a.group
	r.settling = false
	counted := r.synced(g.me())
	if r.diverged { // who may not read it cannot compare it either; when it speaks again, recheck does
		r.diverged, r.divergedTold = false, false
		g.touch(r)
		a.viewConnection()
	}
	if r.c.Gone || r.c.Cursor.Seq == 0 {
		return
	}
	if counted {
		g.digest = g.digest.Remove(r.id, r.c.Cursor.Seq)
	}
	a.storeResult(g.store.SetGone(a.disk, r.id, true))
	r.c.Gone = true
	g.touch(r)
	a.changes.addRoom(r.id, RoomChange{Reload: true})
}

// readable takes note that the server lets us read a room again.
func (a *App) readable(r *room) {
	if !r.c.Gone {
		return
	}
	a.storeResult(a.group.store.SetGone(a.disk, r.id, false))
	r.c.Gone = false
	if r.synced(a.group.me()) {
		a.group.digest = a.group.digest.Add(r.id, r.c.Cursor.Seq)
	}
	a.group.touch(r)
	a.changes.addRoom(r.id, RoomChange{Reload: true})
}

// live: everything the server had when we asked is here and on disk.
func (a *App) live(f *wire.Live) {
	g := a.group
	fault.Point(fault.ClientLive)
	g.net.live, g.net.behind = true, 0
	g.sumHeads()
	for _, r := range g.rooms {
		a.keptAgain(r)
	}
	a.takeMarks()
	if g.fresh {
		a.firstSync() // before the epoch is kept: from then on the device is not fresh
	}
	a.keepEpoch()
	if len(g.out) > 0 {
		a.awaitAbsent()
	}
	a.offerReads()
	a.offerBlocks()
	a.watch()
	a.askCards()
	a.sendCard()
	a.sendShowing()
	a.tellMissed()
	a.resolveOld()
	a.askUnseen()
	g.net.nextFill = time.Now().Add(fillPause)
	a.fillNext()
	a.compareDigest(f.Digest)
	a.viewConnection()
}

// sumHeads computes the heads digest from scratch; between connections it is
// carried along event by event.
func (g *group) sumHeads() {
	g.digest = 0
	for _, r := range g.rooms {
		if r.synced(g.me()) {
			g.digest = g.digest.Add(r.id, r.c.Cursor.Seq)
		}
	}
}

// keepEpoch records the server's epoch once all cursors fit it. Until then the
// old one is offered again at each connection, so that nothing is forgotten.
func (a *App) keepEpoch() {
	g := a.group
	if g.net.epoch.IsZero() || g.net.epoch == g.epoch {
		return
	}
	for _, r := range g.rooms {
		if r.diverged {
			return
		}
	}
	if err := g.store.SetEpoch(a.disk, g.net.epoch); err != nil {
		a.storeTrouble(err)
		return
	}
	before := g.epoch
	g.epoch = g.net.epoch
	if !before.IsZero() {
		a.reloadOutbox()
	}
}

// compareDigest checks that we have what the server has. A difference is usual
// for a moment, while something is on its way.
func (a *App) compareDigest(theirs chat.Digest) {
	g := a.group
	if !g.net.live || fault.Bug(fault.DigestIgnored) {
		return
	}
	for _, r := range g.rooms {
		if r.diverged {
			return // it cannot be equal, and the person has been told
		}
	}
	if theirs == g.digest {
		g.net.repairs = 0
		a.alarm.clear(alarmDigest)
		for _, r := range g.rooms {
			r.paged = false
		}
		return
	}
	c, before := g.net, g.places()
	a.alarm.set(alarmDigest, digestPatience, func() {
		// Nothing that was pushed since has closed the difference: the digest may be
		// old by now, so the heads decide.
		if a.group == g && g.net == c && c.session != nil && g.digest != theirs {
			a.repair(before)
		}
	})
}

// places returns how far each room is here.
func (g *group) places() map[*room]chat.Seq {
	at := make(map[*room]chat.Seq, len(g.rooms))
	for _, r := range g.rooms {
		at[r] = r.c.Cursor.Seq
	}
	return at
}

// repair asks for the heads and pulls what is missing. Before is where the rooms
// were when the difference was first seen: whose events go on arriving is late, not
// cut off, and neither is a room that the server pages while others arrive.
func (a *App) repair(before map[*room]chat.Seq) {
	g := a.group
	if g.net.repairs++; g.net.repairs > maxRepairs {
		g.net.session.Drop("the heads differ again and again")
		return
	}
	a.request(&wire.Heads{}, func(reply wire.Reply) {
		f, ok := reply.(*wire.HeadsAt)
		if !ok {
			return
		}
		theirs := map[chat.RoomID]bool{}
		var behind, late []*room
		arriving := slices.ContainsFunc(slices.Collect(maps.Values(g.rooms)), func(r *room) bool { return r.c.Cursor.Seq > before[r] })
		for _, h := range f.Heads {
			theirs[h.Room] = true
			r := a.follow(h.Room)
			switch {
			case r == nil || r.diverged || h.Seq == r.c.Cursor.Seq && !r.c.Gone:
			case h.Seq > r.c.Cursor.Seq && (r.c.Cursor.Seq > before[r] || r.paged && arriving):
				late = append(late, r)
			default: // also if the server has fewer: it has lost something without a word
				behind = append(behind, r)
			}
		}
		for _, r := range g.rooms {
			if !theirs[r.id] && r.synced(g.me()) {
				behind = append(behind, r)
			}
		}
		if len(behind) == 0 && len(late) > 0 {
			g.net.repairs--
		}
		if len(behind) > 0 {
			a.log.Error("the socket was alive but the feed was not", "rooms", len(behind))
			a.resync(behind...)
		}
	})
}

// resync asks for single rooms again, from our cursors on.
func (a *App) resync(rooms ...*room) {
	g := a.group
	if g.net == nil || g.net.session == nil {
		return
	}
	request := func() wire.Request {
		s := &wire.Sync{Epoch: g.epoch, Only: true, Holes: true}
		for _, r := range rooms {
			s.Rooms = append(s.Rooms, r.wireCursor())
		}
		return s
	}
	a.insist(alarmOf(alarmResync, rooms[0]), request, func(reply wire.Reply) {
		if f, ok := reply.(*wire.SyncStarted); ok {
			a.syncStarted(f, true)
		}
	}, func(error) {})
}
