package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/store"
)

// advance hands over what may be sent now. The loop calls it after everything
// that happens.
func (a *App) advance() {
	a.wantUploads()
	g := a.group
	if g == nil || len(g.out) == 0 {
		return
	}
	a.dropMet()
	a.failOrphans()
	if !g.maySend() {
		return
	}
	now := time.Now()
	most, again := g.pace.allowed(now)
	if most == 0 {
		a.lookAgain(now, again)
		return
	}
	list := a.sendable(now, most)
	if len(list) == 0 {
		return
	}
	var marks []store.Transmission
	for _, o := range list {
		r := g.room(o.Room)
		dseq := r.send.dseq()
		if !o.Transmitted || o.DSeq != dseq {
			body, _ := g.settleCalls(r, o)
			marks = append(marks, store.Transmission{MID: o.MID, DSeq: dseq, Body: body})
			o.says(body)
		}
		o.Transmitted, o.DSeq = true, dseq
		a.takeOff(r, o)
	}
	if len(marks) > 0 {
		// Before the bytes leave, the disk knows that they may have.
		if err := g.store.MarkTransmitted(a.disk, marks...); err != nil {
			a.storeTrouble(err)
			return
		}
		fault.Point(fault.ClientMarkAfter)
	}
	for _, o := range list {
		a.launch(o)
	}
}

// maySend reports whether anything may be sent at all: only once the server has
// said how our logs fit its own. A sequence in an ack would otherwise be one of
// another history.
func (g *group) maySend() bool {
	return g.net != nil && g.net.session != nil && g.net.asked && !g.net.holdback
}

// lookAgain winds the alarm for the next message; a zero time means that an
// answer will wake the loop.
func (a *App) lookAgain(now, at time.Time) {
	if !at.IsZero() {
		a.alarm.set(alarmPace, at.Sub(now), func() {}) // advance follows every ring
	}
}

// sendable returns the oldest entries that may go now, in order, at most most.
func (a *App) sendable(now time.Time, most int) []*outgoing {
	g := a.group
	var list, unfit []*outgoing
	for r := range g.busy {
		if len(r.out) == 0 {
			delete(g.busy, r)
			continue
		}
		if r.diverged {
			continue // it waits until the histories fit again
		}
		ok, again := r.send.ready(now)
		if !ok {
			a.lookAgain(now, again)
			continue
		}
		free := r.send.free(g.limits.SendsInFlight)
		creation := r.creating()
		for _, o := range r.out {
			if creation != nil && o != creation {
				continue // there is no room to send it to
			}
			if free <= 0 || o.flying && o.opens() {
				break
			}
			if o.State != store.EntryQueued || o.flying || o.met || g.uploading(o) {
				continue
			}
			if _, stranger := g.settleCalls(r, o); stranger && !g.upToDate(r) {
				break // who is called may have come in what is still to be synced
			}
			if !wire.Carries(o.Kind, o.Body, g.net.session.Limits()) {
				unfit = append(unfit, o)
				continue
			}
			list = append(list, o)
			if free--; o.opens() {
				break
			}
		}
	}
	a.refuseUnfit(unfit)
	slices.SortFunc(list, func(x, y *outgoing) int {
		if fault.Bug(fault.ClockOrdersOutbox) {
			return cmp.Compare(x.Created, y.Created)
		}
		return cmp.Compare(x.Order, y.Order)
	})
	if fault.Bug(fault.RetryReorders) {
		slices.Reverse(list)
	}
	return list[:min(len(list), most)]
}

// takeOff counts an entry as flying.
func (a *App) takeOff(r *room, o *outgoing) {
	o.flying, o.row = true, nil
	r.send.flying++
	a.group.pace.launched(1)
	a.group.touch(r)
	a.changes.addRoom(r.id, RoomChange{Waiting: true})
}

// launch hands an entry to the connection.
func (a *App) launch(o *outgoing) {
	c := a.group.net
	mid, room, dseq := o.MID, o.Room, o.DSeq
	err := c.session.Go(&wire.Send{MID: o.MID, Room: o.Room, DSeq: o.DSeq, Kind: o.Kind, Body: string(o.Body)}, func(r wire.Reply, err error) {
		c.deliver(delivery{run: func() {
			if ack, ok := r.(*wire.Ack); ok && !ack.Duplicate {
				c.app.group.room(room).send.confirmed(dseq)
			}
			c.app.answered(mid, r, err)
		}})
	})
	if err != nil {
		// The connection has ended or is full; what follows would be out of order.
		r := a.group.room(o.Room)
		a.land(r, o)
		r.send.pause(time.Now(), 0)
		return
	}
	if fault.Bug(fault.OutboxRemovedOnSend) {
		a.storeTrouble(a.group.store.Discard(a.disk, mid))
		a.group.dropEntry(mid)
	}
}

// land counts an entry as no longer flying.
func (a *App) land(r *room, o *outgoing) {
	if !o.flying {
		return
	}
	o.flying, o.row = false, nil
	r.send.flying--
	a.group.pace.landed()
	a.group.touch(r)
	a.changes.addRoom(r.id, RoomChange{Waiting: true})
}

// answered deals with the one answer to a send.
func (a *App) answered(mid chat.MID, reply wire.Reply, err error) {
	o := a.group.out[mid]
	if o == nil || !o.flying {
		return // its event was here first
	}
	r := a.group.room(o.Room)
	var refusal *chat.Error
	switch {
	case errors.As(err, &refusal):
		a.land(r, o)
		a.refused(r, o, refusal)
	case err != nil:
		// The connection ended; its end resets everything that flew.
	default:
		if ack, ok := reply.(*wire.Ack); ok && a.plausible(r, o, ack) {
			a.acknowledged(r, o, ack)
		}
	}
}

// plausible reports whether an ack can be true. A server that says of a message
// that it stands where we have another one would make it vanish from here
// without a trace; so the person is told instead.
func (a *App) plausible(r *room, o *outgoing, ack *wire.Ack) bool {
	g := a.group
	if ack.MID != o.MID || ack.Room != o.Room || ack.Seq == 0 {
		g.net.session.Drop("the server acknowledged something that was not sent")
		return false
	}
	if ack.Seq > r.c.Cursor.Seq {
		return true // its event is still to come
	}
	stands, err := a.standsElse(r, ack.Seq, o.MID)
	if err != nil {
		a.storeTrouble(err)
		return false
	}
	if stands {
		a.land(r, o)
		a.failEntry(r, o, chat.Errorf(chat.CodeIDConflict, "", "the server claims that this message stands where another one does"))
		return false
	}
	return true // in a part of the log that is not here
}

// acknowledged: the event is on the server's disk. Usually it is here a moment
// later and removes the entry; only if it is not, the ack is written down.
func (a *App) acknowledged(r *room, o *outgoing, ack *wire.Ack) {
	fault.Point(fault.ClientAckBefore)
	a.land(r, o)
	a.serverFull(false)
	r.send.trouble = 0
	a.hindered(r, "")
	r.send.next = max(r.send.next, o.DSeq+1)
	o.State, o.Seq, o.Code, o.Message = store.EntryAcknowledged, ack.Seq, "", ""
	a.group.acked = append(a.group.acked, o.MID)
	a.settled(r, o)
	a.alarm.set(alarmAcks, ackPatience, a.flushAcks)
	if r.state == nil {
		a.awaitAbsent()
	}
}

// ackPatience is how long an ack waits for its event.
const ackPatience = time.Second

// flushAcks writes down the acks whose events have not come.
func (a *App) flushAcks() {
	g := a.group
	if g == nil {
		return
	}
	var acks []store.Ack
	slices.SortFunc(g.acked, func(a, b chat.MID) int { return bytes.Compare(a[:], b[:]) })
	// Held, tried again and acknowledged again within the patience, one is here twice.
	for _, mid := range slices.Compact(g.acked) {
		if o := g.out[mid]; o != nil && o.State == store.EntryAcknowledged {
			acks = append(acks, store.Ack{MID: mid, Seq: o.Seq})
		}
	}
	g.acked = nil
	if len(acks) == 0 {
		return
	}
	done, err := g.store.Acknowledge(a.disk, acks...)
	if err != nil {
		a.storeTrouble(err)
		return
	}
	fault.Point(fault.ClientAckAfter)
	a.dropEntries(done.Resolved)
	if len(done.Unkept) > 0 {
		a.reloadOutbox()
	}
}

// dropEntries forgets what is no longer in the outbox.
func (a *App) dropEntries(mids []chat.MID) {
	for _, mid := range mids {
		changes := a.group.out[mid] != nil && a.group.out[mid].Kind.Changes()
		if r := a.group.dropEntry(mid); r != nil {
			a.changes.addRoom(r.id, RoomChange{Waiting: true, Changed: changes})
		}
	}
}

// voidedUnseen looks again at what was acknowledged and now lies where the server says
// that it has nothing for us; the store knows what becomes of it.
func (a *App) voidedUnseen(r *room) {
	for _, o := range r.out {
		if o.State == store.EntryAcknowledged && o.Seq <= r.c.Cursor.Seq && !r.lodged(o) {
			a.group.acked = append(a.group.acked, o.MID)
		}
	}
	if len(a.group.acked) > 0 {
		a.flushAcks()
	}
}

// refused deals with a refusal: order is mended, what may pass is tried again,
// anything else is kept for the person. The server says nothing after a refusal
// in this room can be accepted with its number, so the lane realigns.
func (a *App) refused(r *room, o *outgoing, e *chat.Error) {
	now := time.Now()
	switch {
	case e.Code == chat.CodeOrderGap || e.Code == chat.CodeOrderStale:
		r.send.realign = true
		if e.Next > 0 {
			r.send.next, r.send.sure = e.Next, true
			a.storeResult(a.group.store.SetNextDSeq(a.disk, r.id, e.Next))
		}
		if r.send.trouble++; r.send.trouble > 2*a.group.limits.SendsInFlight {
			r.send.pause(now, 0) // the server contradicts itself; do not spin
		}
	case e.Code == chat.CodeRateLimited:
		a.log.Warn("the server limits the rate although we keep to it", "after", e.RetryAfter)
		r.send.pause(now, e.RetryAfter)
		a.hindered(r, e.Code)
		a.group.pace.until = r.send.until
	case e.Code == chat.CodeRoomExists && o.Kind == chat.KindRoomCreate && r.id.Direct():
		r.met(o)
	case e.Retryable || e.Fatal:
		a.serverFull(e.Code == chat.CodeCapacityDisk)
		r.send.pause(now, e.RetryAfter)
		a.hindered(r, e.Code)
	case e.Code == chat.CodeFileGone && a.uploadAgain(o):
		r.send.realign = true
	default:
		r.send.realign, r.send.trouble = true, 0 // an answer for good: the lane moves on
		a.hindered(r, "")
		a.failEntry(r, o, e)
	}
}

// hindered takes note of why what waits in a room is not taken, and that it is again ("").
func (a *App) hindered(r *room, why chat.Code) {
	switch {
	case why == r.send.why && (why == "" || r.send.trouble > delayTells):
		return
	case r.send.why == "":
		r.send.since = time.Now()
	}
	r.send.why = why
	for _, o := range r.out {
		o.row = nil
	}
	a.touchWaiting(r.id)
}

// decides reports whether an event is a choice about a room, in which nobody wrote
// anything: refused, it is told and forgotten.
func decides(k chat.Kind) bool {
	return k == chat.KindKeep || k == chat.KindReadings || k == chat.KindHistory || k == chat.KindArchive || k == chat.KindRemove
}

// failEntry keeps a refused entry for the person to decide.
func (a *App) failEntry(r *room, o *outgoing, e *chat.Error) {
	a.log.Info("the server refused an event", "room", r.id, "kind", o.Kind, "code", e.Code, "path", e.Path)
	if o.Kind == chat.KindRemove && e.Code == chat.CodeMemberGone { // as was wanted
		a.dropChange(o)
		return
	}
	if o.Kind.Changes() && o.Kind != chat.KindEdit || decides(o.Kind) {
		n := Notice{Kind: NoticeChangeRefused, Room: r.id, Code: e.Code}
		if body, bad := wire.ParseBody(o.Kind, o.Body); bad == nil {
			n.Target = chat.TargetOf(body)
		}
		a.notice(n)
		a.dropChange(o)
		return
	}
	if a.madeWithout(o, e) {
		return
	}
	if o.Kind == chat.KindJoin && e.Code == chat.CodeBadValue && e.Path == "/body/account" {
		e = chat.Errorf(CodeNobody, e.Path, "%s", e.Message)
	}
	a.notice(Notice{Kind: NoticeSendFailed, Room: r.id, Code: e.Code})
	if o.Kind == chat.KindJoin && (r.state == nil || e.Code == chat.CodeRemoved) || fault.Bug(fault.RefusedEntryDropped) {
		// There is no room to show it in, or nothing a person could mend.
		if err := a.group.store.Discard(a.disk, o.MID); err != nil {
			a.storeTrouble(err)
			return
		}
		a.group.dropEntry(o.MID)
		return
	}
	if err := a.group.store.Fail(a.disk, o.MID, e.Code, e.Message); err != nil {
		a.storeTrouble(err)
		return
	}
	o.State, o.Code, o.Message, o.row = store.EntryFailed, e.Code, e.Message, nil
	a.group.touch(r)
	a.changes.addRoom(r.id, RoomChange{Waiting: true, Changed: o.Kind.Changes()})
}

// failOrphans fails what waits for a room whose creation was refused, for the same
// reason: otherwise it would wait for ever, and nothing would say why.
func (a *App) failOrphans() {
	g := a.group
	for r := range g.busy {
		c := r.creating()
		if c == nil || c.State != store.EntryFailed {
			continue
		}
		for _, o := range r.out {
			if o.State != store.EntryQueued || o.flying {
				continue
			}
			if err := g.store.Fail(a.disk, o.MID, c.Code, c.Message); err != nil {
				a.storeTrouble(err)
				return
			}
			o.State, o.Code, o.Message, o.row = store.EntryFailed, c.Code, c.Message, nil
			a.touchWaiting(r.id)
		}
	}
}

// dropChange forgets a refused deletion, reaction or pin: what the log says is shown
// again, and there is nothing to decide.
func (a *App) dropChange(o *outgoing) {
	if err := a.group.store.Discard(a.disk, o.MID); err != nil {
		a.storeTrouble(err)
		return
	}
	r := a.group.dropEntry(o.MID)
	a.changes.addRoom(r.id, RoomChange{Waiting: true, Changed: true})
}

// dayMS is a day in milliseconds.
const dayMS = 24 * 60 * 60 * 1000

// silentDays is how long a device may be away and still send what waits without
// asking. Whatever a server says, that is a day less than it remembers ids: a
// retry must never outlive the memory that makes it harmless.
func (g *group) silentDays() int {
	days := g.limits.SilentResendDays
	if remembered := g.info.Limits.DedupeDays; remembered > 0 {
		days = min(days, remembered-1)
	}
	return days
}

// holdOld applies the rule for devices that were away for long (protocol.md 7):
// what never left this computer is offered for review; the fate of what may have
// left is asked for once everything is synced, and until then nothing is sent.
func (a *App) holdOld(ready *wire.Ready) {
	g := a.group
	g.net.holdback = false
	long := g.away(ready) > int64(g.silentDays())*dayMS
	if !long && !g.doubting {
		return
	}
	var held []chat.MID
	for mid, o := range g.out {
		switch {
		case o.State != store.EntryQueued:
		case o.Transmitted:
			g.net.holdback = true
		case long:
			held = append(held, mid)
		}
	}
	a.doubt(g.net.holdback)
	a.hold(held)
}

// settingDoubt stands there while messages wait whose fate is to be asked for, since the
// device was away for long. The next connection finds that it was here a moment ago.
const settingDoubt = "doubt"

// doubt keeps on disk whether that is so.
func (a *App) doubt(on bool) {
	g := a.group
	if g.doubting == on {
		return
	}
	var value []byte
	if on {
		value = []byte{1}
	}
	g.doubting = on
	a.storeResult(g.store.SetSetting(a.disk, settingDoubt, value))
}

// loadDoubt reads whether it was so when the program ended.
func (g *group) loadDoubt(ctx context.Context) error {
	_, err := g.store.Setting(ctx, settingDoubt)
	if g.doubting = err == nil; errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return err
}

// hold keeps entries back until the person decides.
func (a *App) hold(mids []chat.MID) {
	g := a.group
	if len(mids) == 0 {
		return
	}
	if err := g.store.Hold(a.disk, mids...); err != nil {
		a.storeTrouble(err)
		return
	}
	for _, mid := range mids {
		o := g.out[mid]
		o.State, o.Code, o.row = store.EntryHeld, store.CodeAway, nil
		r := g.room(o.Room)
		g.touch(r)
		a.changes.addRoom(r.id, RoomChange{Waiting: true})
	}
}

// resolveOld asks what became of messages that may have been sent long ago.
func (a *App) resolveOld() {
	g := a.group
	if !g.net.holdback {
		return
	}
	asks := map[chat.RoomID][]chat.MID{}
	for mid, o := range g.out {
		if o.State == store.EntryQueued && o.Transmitted {
			asks[o.Room] = append(asks[o.Room], mid)
		}
	}
	open := 0
	resolved := func() {
		g.net.holdback = false
		a.doubt(false)
	}
	answered := func() {
		if open--; open <= 0 {
			resolved()
		}
	}
	for room, mids := range asks {
		for part := range slices.Chunk(mids, wire.MaxMIDs) {
			open++
			a.askStatus(room, part, func(lost []chat.MID, _ bool) {
				a.hold(lost) // if the server will not say, the person decides as well
				answered()
			})
		}
	}
	if open == 0 {
		resolved()
	}
}
