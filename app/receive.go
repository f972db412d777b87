package app

import (
	"errors"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/store"
)

// Bounds of one transaction (protocol.md 8): as many events, or as long a wait.
const (
	batchEvents = 128
	batchTime   = 20 * time.Millisecond
)

// batch gathers what the server pushed until it goes to disk in one transaction.
// Owned by the loop.
type batch struct {
	updates []store.RoomUpdate
	rooms   map[*room]*roomBatch
	events  int
}

// roomBatch is what a batch does to one room.
type roomBatch struct {
	updates  []int          // indices in batch.updates
	cursor   chat.Seq       // after the batch
	state    *chat.Room     // working copy; nil as long as nothing changes it
	last     *chat.Event    // newest message of the batch
	others   int            // events that deserve a notice
	notified chat.Seq       // the newest of them
	news     []News         // the last few of them
	joined   chat.Seq       // where the person came in, 0 if not in this batch
	by       chat.AccountID // who brought them in
	ousted   chat.AccountID // who took them out, if the person was removed in this batch
	names    bool           // display names changed
	people   bool           // members, or what they are called, changed
	rows     bool           // there are new rows
	wrote    bool           // messages of the person's own
	changed  bool           // rows above change
	retold   bool           // the newest message may have another text, or be gone
	erases   bool           // messages are erased, and perhaps files with them
	gap      bool           // a part of the log is declared empty or left out
}

// receive takes one thing the connection has for us, and whatever else is there
// already, up to the bounds of a batch.
func (a *App) receive(first delivery) {
	started := time.Now()
	a.handle(first)
	for a.group != nil && a.group.net != nil && a.group.pending.events < batchEvents && time.Since(started) < batchTime {
		select {
		case d := <-a.group.net.queue:
			a.handle(d)
			continue
		default:
		}
		break
	}
	a.applyPending()
}

// handle deals with one delivery. Events only gather; everything else sees a
// store that has all events before it.
func (a *App) handle(d delivery) {
	g := a.group
	d.from.space.give(d.weight())
	if g == nil || d.from != g.net || a.trouble != nil {
		return // of a connection that is no more, or soon will not be
	}
	switch f := d.frame.(type) {
	case *wire.Events:
		a.gatherEvents(f)
		return
	case *wire.Void:
		a.gatherVoid(f)
		return
	}
	if d.run != nil { // answers do not depend on the log
		d.run()
		return
	}
	if a.applyPending(); a.trouble != nil {
		return
	}
	switch {
	case d.up != nil:
		a.connected(d.up)
	case d.down:
		a.disconnected()
	case d.frame != nil:
		a.control(d.frame)
	}
}

// control handles pushes that are not events.
func (a *App) control(f wire.Frame) {
	switch f := f.(type) {
	case *wire.Live:
		a.live(f)
	case *wire.HeartbeatOK:
		a.compareDigest(f.Digest)
	case *wire.Lag:
		a.log.Debug("the server pages instead of pushing", "rooms", len(f.Rooms))
		for _, id := range f.Rooms {
			if r := a.group.rooms[id]; r != nil {
				r.paged = true
			}
		}
	case *wire.DeviceAdded:
		a.deviceAdded(f)
	case *wire.RecoveryReplaced:
		a.recoveryReplaced(f)
	case *wire.ReadAt:
		a.readAt(f)
	case *wire.ReadBy:
		a.readBy(f)
	case *wire.TypingAt:
		a.typingAt(f)
	case *wire.PresenceAt:
		a.presenceAt(f.People, false)
	case *wire.BlocksAt:
		a.blocksAt(f)
	case *wire.PrivacyAt:
		a.privacyTold(Privacy(f.Privacy))
	case *wire.CardAt:
		a.cardAt(f)
	case *wire.Snapshot:
		a.snapshot(f)
	case *wire.Error:
		a.log.Warn("the server reports an error", "code", f.Code, "path", f.Path)
	}
}

func (a *App) gatherEvents(f *wire.Events) {
	if len(f.Events) == 0 {
		return
	}
	r := a.follow(f.Room)
	if r == nil || r.diverged {
		return
	}
	events := make([]chat.Event, len(f.Events))
	for i := range f.Events {
		events[i] = f.Events[i].Event(f.Room)
	}
	a.recheck(r, events[0].Seq)
	rb, ok := a.gather(r, events[0].Seq)
	if !ok {
		return
	}
	for i := range events {
		if e := &events[i]; e.Seq > rb.cursor {
			rb.cursor = e.Seq
			rb.fold(a.group, r, e)
			a.keepWords(r, e)
			a.nameChanged(e)
			a.spoke(r, e.Author)
		}
	}
	a.group.pending.add(rb, store.RoomUpdate{Room: f.Room, Events: events, Chain: f.Chain}, len(events))
}

// recheck: a room that the server had closed to us speaks again, from a place we
// have. It may be another room under the old id, made again after a backup was
// restored: ask whether the histories fit, instead of passing over what looks
// known.
func (a *App) recheck(r *room, from chat.Seq) {
	if !r.c.Gone || r.rechecked || from > r.c.Cursor.Seq {
		return
	}
	r.rechecked = true
	a.resync(r)
}

func (a *App) gatherVoid(f *wire.Void) {
	r := a.follow(f.Room)
	if r == nil || r.diverged {
		return
	}
	a.recheck(r, f.From)
	rb, ok := a.gather(r, f.From)
	if !ok {
		return
	}
	rb.cursor, rb.gap = max(rb.cursor, f.To), true
	void := &store.Void{From: f.From, To: f.To, Reason: f.Reason, Chain: f.Chain, Begins: f.Reason == wire.VoidNotVisible}
	a.group.pending.add(rb, store.RoomUpdate{Room: f.Room, Void: void}, 1)
}

// gather returns the room's part of the batch; false if what begins at from does
// not continue it, which on one ordered stream never happens: then the server is
// asked again from our cursor on.
func (a *App) gather(r *room, from chat.Seq) (*roomBatch, bool) {
	b := &a.group.pending
	rb := b.rooms[r]
	if rb == nil {
		rb = &roomBatch{cursor: r.c.Cursor.Seq}
	}
	if from > rb.cursor+1 {
		if r.settling {
			return nil, false // of the feed that the server is about to end
		}
		a.applyPending()
		a.gap(r, from)
		return nil, false
	}
	r.settling = false
	if b.rooms == nil {
		b.rooms = map[*room]*roomBatch{}
	}
	b.rooms[r] = rb
	return rb, true
}

func (b *batch) add(rb *roomBatch, u store.RoomUpdate, n int) {
	rb.updates = append(rb.updates, len(b.updates))
	b.updates = append(b.updates, u)
	b.events += n
}

// fold takes one new event into the room's working state.
func (rb *roomBatch) fold(g *group, r *room, e *chat.Event) {
	me := g.me()
	rb.rows = rb.rows || !e.Kind.Hidden()
	rb.changed = rb.changed || e.Kind.Changes()
	rb.retold = rb.retold || e.Kind == chat.KindEdit || e.Kind == chat.KindDelete
	rb.erases = rb.erases || e.Kind == chat.KindDelete
	if e.Kind == chat.KindMessage {
		rb.wrote = rb.wrote || e.Author == me
		if !e.Erased && !g.blocked[e.Author] {
			rb.last = e
		}
		r.noteKeyword(g, e)
		if store.Counts(e, me) && e.Seq > r.c.Notified && rb.member(r, me, e.Seq) && !g.fresh {
			rb.judge(g, r, e)
		}
		return
	}
	body, bad := wire.ParseBody(e.Kind, e.Body)
	if bad != nil {
		return // kept as it is, shown as not understood
	}
	switch body.(type) {
	case chat.Unknown, chat.Edit, chat.Reaction, chat.Unreaction:
		return // no part of the state, which is copied whenever it changes
	}
	if rb.state == nil {
		if r.state != nil {
			rb.state = r.state.Clone()
		} else {
			rb.state = chat.NewRoom(r.id)
		}
	}
	before, was := rb.state.Members[me]
	rb.state.Apply(e, body)
	if now, is := rb.state.Members[me]; is && (!was || now.Joined != before.Joined) {
		rb.joined, rb.by = e.Seq, e.Author
	}
	switch b := body.(type) {
	case chat.Remove:
		if rb.people = true; was && b.Account == me {
			rb.ousted = e.Author
		}
	case chat.Name, chat.Join, chat.Gone:
		rb.names, rb.people = true, true
	case chat.RoomCreate, chat.Leave, chat.SetRole:
		rb.people = true
	}
}

// member reports whether the person was in the room when an event came.
func (rb *roomBatch) member(r *room, me chat.AccountID, seq chat.Seq) bool {
	state := rb.state
	if state == nil {
		state = r.state
	}
	if state == nil {
		return false
	}
	m, in := state.Members[me]
	return in && seq > m.Joined
}

// applyPending writes what has gathered. If one room's part does not fit, the
// others are written all the same.
func (a *App) applyPending() {
	g := a.group
	if g == nil || len(g.pending.updates) == 0 {
		return
	}
	b := g.pending
	g.pending = batch{}
	for _, rb := range b.rooms {
		if len(rb.updates) == 0 {
			continue
		}
		u := &b.updates[rb.updates[len(rb.updates)-1]]
		u.State, u.Notified = rb.state, rb.notified
	}
	done, err := g.store.Apply(a.disk, store.Update{Rooms: b.updates})
	if err == nil {
		a.applied(&b, &done)
		return
	}
	if len(b.rooms) == 1 {
		for r := range b.rooms {
			a.notApplied(r, err)
		}
		return
	}
	for r, rb := range b.rooms {
		a.applyRoom(&b, r, rb)
	}
}

// applyRoom writes one room's part of a batch.
func (a *App) applyRoom(b *batch, r *room, rb *roomBatch) {
	var u store.Update
	for _, i := range rb.updates {
		u.Rooms = append(u.Rooms, b.updates[i])
	}
	done, err := a.group.store.Apply(a.disk, u)
	if err != nil {
		a.notApplied(r, err)
		return
	}
	a.applied(b, &done)
}

// gapPatience is how long a gap may stay open before the connection is given up.
const gapPatience = 5 * time.Second

// gap asks for what is missing before an event. On one ordered stream nothing
// ever is, so that any occurrence is a fault worth a line in the log.
func (a *App) gap(r *room, before chat.Seq) {
	a.log.Error("events are missing in the stream", "room", r.id, "have", r.c.Cursor.Seq, "got", before)
	a.gaps++
	if fault.Bug(fault.GapUnrepaired) {
		return
	}
	a.resync(r)
	name := alarmOf(alarmGap, r)
	if r.lacks <= r.c.Cursor.Seq { // an earlier one is closed, or there was none
		r.lacks = before
		a.alarm.clear(name)
	}
	g, session := a.group, a.group.net.session
	a.alarm.set(name, gapPatience, func() {
		if a.group == g && g.net != nil && g.net.session == session && session != nil && !r.diverged && r.c.Cursor.Seq < r.lacks {
			session.Drop("missing events did not come")
		}
	})
}

// notApplied deals with a batch that could not be stored.
func (a *App) notApplied(r *room, err error) {
	var chain *store.ChainError
	var gap *store.GapError
	switch {
	case errors.As(err, &chain), errors.Is(err, store.ErrInvalid):
		a.diverge(r, err)
	case errors.As(err, &gap):
		a.gap(r, gap.Got)
	default:
		a.storeTrouble(err)
	}
}

// applied takes over what a transaction has made true.
func (a *App) applied(b *batch, done *store.Applied) {
	g := a.group
	fault.Point(fault.ClientApplyAfter)
	if !g.net.live {
		fault.Point(fault.ClientPageApplied)
	}
	entered := false
	for i := range done.Rooms {
		c := &done.Rooms[i]
		r := g.room(c.Room)
		rb := b.rooms[r]
		was := r.synced(g.me())
		if was {
			g.digest = g.digest.Remove(r.id, r.c.Cursor.Seq)
		}
		found := c.Strays != r.c.Strays // something that was lost has come back
		r.c = *c
		r.send.next = max(r.send.next, c.NextDSeq)
		if rb.state != nil {
			a.stateChanged(r, rb)
		}
		if r.synced(g.me()) {
			g.digest = g.digest.Add(r.id, r.c.Cursor.Seq)
			entered = entered || !was
		}
		if rb.retold {
			g.doubtKeywords(r)
			a.readLast(r)
		} else if rb.last != nil {
			r.setLast(rb.last, textOf(rb.last), g.me())
		}
		if rb.gap {
			a.readGaps(r)
		}
		g.touch(r)
		if g.net.marks.unmerged[r.id] {
			a.alarm.set(alarmMarks, 0, a.mergeMarks)
		}
		a.changes.addRoom(r.id, RoomChange{Tail: rb.rows || rb.gap, Names: rb.names, Changed: rb.changed, Reload: found})
		if rb.erases {
			a.sweepSoon(g.stock)
		}
		if rb.wrote {
			a.acquaint(r)
		}
		a.alarm.set(alarmIndex, indexAfter, a.indexSome)
		a.news(r, rb)
	}
	if entered {
		a.offerReads()
	}
	if !g.net.live && g.net.behind > 0 {
		g.net.behind = max(0, g.net.behind-done.Events)
		a.viewConnection()
	}
	if len(done.Resolved) > 0 {
		a.serverFull(false)
		a.dropEntries(done.Resolved)
	}
	for r, rb := range b.rooms {
		if rb.gap {
			a.voidedUnseen(r)
		}
	}
}

// readLast takes over the newest message of a room as it is now.
func (a *App) readLast(r *room) {
	e, text, err := a.group.store.Last(a.disk, r.id)
	if err != nil {
		a.storeTrouble(err)
		return
	}
	r.setLast(e, text, a.group.me())
}

// stateChanged takes over a room's new state.
func (a *App) stateChanged(r *room, rb *roomBatch) {
	g := a.group
	if since := rb.state.Members[g.me()].Joined; since > 0 && since != r.since(g.me()) {
		a.fillAgain(r)
	}
	r.state = rb.state
	if rb.people { // in a large room the rest takes much longer than a message
		a.setPeople(r)
		a.watchAgain(r)
		for _, o := range r.out {
			o.row = nil // it may show a name
		}
	}
	a.onlyMembers(r)
	if r.last != nil && rb.last == nil && rb.names {
		r.last = r.renamedLast()
	}
	if !rb.ousted.IsZero() && !r.joined(g.me()) {
		a.notice(Notice{Kind: NoticeRemoved, Room: r.id, By: distinctOf(r.state, r.alike, rb.ousted)})
	}
	if rb.joined == 0 {
		return
	}
	a.listed(r)
	// What was said before one came in is history, not news.
	if !g.fresh {
		added := rb.by != g.me() && brought(rb.state, g.me())
		g.reads[r.id] = max(g.reads[r.id], history(rb.joined, added))
		a.alarm.set(alarmReads, 0, a.flushReads)
		if added {
			a.notice(Notice{Kind: NoticeAddedToRoom, Room: r.id})
		}
	}
}

// diverge stops trusting the server's log of a room: nothing more of it is
// stored, everything stored is kept, the person is told, and the common part is
// looked for.
func (a *App) diverge(r *room, err error) {
	g := a.group
	if r.diverged {
		return
	}
	a.log.Error("the server's history of a room does not fit ours", "room", r.id, "at", r.c.Cursor.Seq, "err", err)
	if r.synced(g.me()) {
		g.digest = g.digest.Remove(r.id, r.c.Cursor.Seq)
	}
	r.diverged = true
	g.touch(r)
	if !r.divergedTold {
		r.divergedTold = true
		a.notice(Notice{Kind: NoticeDiverged, Room: r.id})
	}
	a.viewConnection()
	a.startMending(r)
}

// storeTrouble notes that the disk or a file fails. The loop deals with it at the
// end of its step, so that nothing on the way there loses its ground.
func (a *App) storeTrouble(err error) {
	if err != nil && a.trouble == nil && !errors.Is(err, store.ErrClosed) && !errors.Is(err, store.ErrReadOnly) {
		a.trouble = err
	}
}

// faceTrouble deals with what storeTrouble noted. A full disk may have room
// again: the connection is given up, so that everything comes once more.
func (a *App) faceTrouble() {
	err := a.trouble
	a.trouble = nil
	if err == nil || a.group == nil {
		return
	}
	a.stopLink()
	a.trouble = nil
	if !errors.Is(err, store.ErrNoSpace) {
		a.log.Error("the store has failed", "err", err)
		a.fail(storeProblem(err, a.group.folder.StorePath()))
		return
	}
	a.log.Error("the disk is full; disconnected", "err", err)
	if a.group.port != nil {
		a.group.port.noSpace()
	}
	now := time.Now()
	a.conn = ConnectionView{State: ConnWaiting, Reason: ReasonDiskFull, Detail: "the disk is full", Since: now, NextTry: now.Add(diskRetry)}
	a.viewNew = true
	a.alarm.set(alarmReopen, diskRetry, a.startLink)
}

// diskRetry is how long to wait before connecting again after the disk was full.
const diskRetry = 15 * time.Second

// storeResult is storeTrouble for writes that matter less than the next one.
func (a *App) storeResult(err error) {
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		a.storeTrouble(err)
	}
}
