package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
)

// fill is how full pages of a log get: sequences only grow.
const fill = 0.95

// Void declares sequences From to To as holding nothing for this reader, or, as a
// hole, as not loaded yet.
type Void struct {
	From, To chat.Seq
	Reason   string    // as the server says: wire.VoidPurged, wire.VoidNotVisible; VoidUnloaded; "" for holes
	Chain    chat.Hash // after To
	// Hole: there are events, too many to load them now. See FillHole.
	Hole bool
	// Begins: the reader's log begins anew behind it. Holes before it are void from then
	// on, VoidUnloaded or purged as it is itself: nobody gives what is in them.
	Begins bool
}

// VoidUnloaded is the reason of what the reader might have loaded while they were in a
// room and had not when they left.
const VoidUnloaded = "unloaded"

// voidPurged is wire.VoidPurged, for holes that nobody will fill.
const voidPurged = "purged"

// RoomUpdate continues one room's log: with events, or with a void.
type RoomUpdate struct {
	Room chat.RoomID
	// Events are contiguous and continue the cursor; leading ones at or below it
	// are duplicates, counted and ignored. The store does not keep the slice.
	Events []chat.Event
	// Chain is the value after the last event, as the server stated it. The store
	// computes its own and refuses the update if they differ.
	Chain chat.Hash
	// Void takes the place of Events. A part at or below the cursor is ignored.
	Void *Void
	// State is the room's state after the update; nil if it has not changed.
	// Stored as it is, not kept.
	State *chat.Room
	// Notified raises Counters.Notified; 0 leaves it.
	Notified chat.Seq
}

// Update is one batch. Several updates of one room are applied in order.
type Update struct {
	Rooms []RoomUpdate
}

// Applied is what an update did.
type Applied struct {
	Events     int // new events stored
	Duplicates int // events that were there already
	// Resolved are the outbox entries whose events arrived (or which, acknowledged, are
	// deleted, or no messages and in a void); they are gone. In no particular order.
	// Messages in a void are not gone, see CodeUnkept and CodeUnseen, nor is anything in a
	// hole.
	Resolved []chat.MID
	// Rooms are the numbers of each room the update names, once each, after it.
	Rooms []Counters
}

// Apply stores a batch in one transaction. Errors: *GapError, *ChainError,
// ErrInvalid, ErrNoSpace; with any error nothing has changed.
func (s *Store) Apply(ctx context.Context, u Update) (Applied, error) {
	states := make([][]byte, len(u.Rooms))
	for i := range u.Rooms {
		ru := &u.Rooms[i]
		if ru.Room == (chat.RoomID{}) || ru.Void != nil && len(ru.Events) > 0 {
			return Applied{}, ErrInvalid
		}
		if ru.State != nil {
			states[i] = appendState(nil, ru.State)
		}
	}
	if fault.Bug(fault.CursorBeforeEvents) {
		if err := s.cursorsFirst(ctx, u, states); err != nil {
			return Applied{}, err
		}
	}
	var done Applied
	err := s.update(ctx, func(w *writer) error {
		a := applier{w: w, rooms: map[chat.RoomID]*roomWork{}}
		for i := range u.Rooms {
			if err := a.plan(&u.Rooms[i], states[i]); err != nil {
				return boltkit.Refuse(err)
			}
		}
		if err := a.write(); err != nil {
			return err
		}
		done = a.done
		return nil
	})
	if err != nil {
		return Applied{}, err
	}
	return done, nil
}

// applier applies one batch: first everything is planned and checked, then it is
// written.
type applier struct {
	w     *writer
	rooms map[chat.RoomID]*roomWork
	order []*roomWork // as the update names them
	done  Applied
}

// roomWork is what a batch does to one room.
type roomWork struct {
	tag     tag
	c       Counters
	steps   []step // in the order of the log
	events  int    // among steps
	filling bool   // a hole, and not continuing the log
	state   []byte // nil: as it was
}

// step continues a log: by an event with the chain after it, or by a void.
type step struct {
	e     *chat.Event
	chain chat.Hash
	void  *Void
}

// work returns the room's plan so far.
func (a *applier) work(room chat.RoomID) (*roomWork, error) {
	if rw := a.rooms[room]; rw != nil {
		return rw, nil
	}
	rw := &roomWork{tag: a.w.roomTag(room)}
	c, found, err := a.w.counters(rw.tag)
	if err != nil {
		return nil, err
	}
	if !found {
		c = Counters{Room: room, NextDSeq: 1}
	}
	rw.c = c
	a.rooms[room] = rw
	a.order = append(a.order, rw)
	return rw, nil
}

func (a *applier) plan(ru *RoomUpdate, state []byte) error {
	rw, err := a.work(ru.Room)
	if err != nil {
		return err
	}
	if ru.Void != nil {
		err = rw.planVoid(*ru.Void)
	} else {
		err = a.planEvents(rw, ru)
	}
	if err != nil {
		return err
	}
	if rw.c.Cursor.Seq == 0 {
		return ErrInvalid // nothing is known of the room, and this tells nothing
	}
	if state != nil {
		rw.state = state
	}
	rw.c.Notified = max(rw.c.Notified, ru.Notified)
	return nil
}

func (rw *roomWork) planVoid(v Void) error {
	if v.From < 1 || v.To < v.From {
		return ErrInvalid
	}
	if v.To <= rw.c.Cursor.Seq || fault.Bug(fault.VoidIgnored) {
		return nil // known already
	}
	if v.From > rw.c.Cursor.Seq+1 {
		return &GapError{Room: rw.c.Room, Have: rw.c.Cursor.Seq, Got: v.From}
	}
	v.From = rw.c.Cursor.Seq + 1
	rw.steps = append(rw.steps, step{void: &v})
	rw.c.Cursor = chat.Head{Seq: v.To, Chain: v.Chain}
	return nil
}

func (a *applier) planEvents(rw *roomWork, ru *RoomUpdate) error {
	y, err := a.w.tally()
	if err != nil {
		return err
	}
	for i := range ru.Events {
		e := &ru.Events[i]
		if e.Room != ru.Room || e.Seq < 1 || i > 0 && e.Seq != ru.Events[i-1].Seq+1 {
			return ErrInvalid
		}
		if e.Seq <= rw.c.Cursor.Seq {
			a.done.Duplicates++
			if fault.Bug(fault.DuplicateCounted) {
				rw.c.count(e, y)
			}
			continue
		}
		if e.Seq != rw.c.Cursor.Seq+1 {
			return &GapError{Room: ru.Room, Have: rw.c.Cursor.Seq, Got: e.Seq}
		}
		rw.c.Cursor = chat.Head{Seq: e.Seq, Chain: e.Chain(rw.c.Cursor.Chain)}
		rw.steps = append(rw.steps, step{e: e, chain: rw.c.Cursor.Chain})
		rw.events++
		rw.c.count(e, y)
	}
	// Duplicates further back than the cursor say nothing about the chain there.
	n := len(ru.Events)
	if n > 0 && ru.Events[n-1].Seq == rw.c.Cursor.Seq && ru.Chain != rw.c.Cursor.Chain && !fault.Bug(fault.ChainNotChecked) {
		return &ChainError{Room: ru.Room, Seq: rw.c.Cursor.Seq}
	}
	return nil
}

// count takes one more event into the numbers that follow from the log.
func (c *Counters) count(e *chat.Event, y *tally) {
	if c.First == 0 {
		c.First = e.Seq
	}
	if e.Seq > c.Floor() && y.counts(e) {
		c.Unread++
		if calls(e, y.me) {
			c.Mentions++
		}
	}
	if c.First == e.Seq {
		c.Activity = e.Time
	}
	switch {
	case e.Kind != chat.KindMessage || e.Erased:
	case !y.ignores(e):
		c.LastMessage, c.Unheeded, c.Activity = e.Seq, 0, e.Time
	case c.LastMessage == 0:
		c.Unheeded = e.Seq
	}
}

func (a *applier) write() error {
	waiting := a.w.outboxWaits()
	for _, rw := range a.order {
		if err := a.writeLog(rw, waiting); err != nil {
			return err
		}
		fault.Point(fault.ClientApplyMid)
		if rw.state != nil {
			if err := a.w.put(place{kind: bucketStates, key: rw.tag[:]}, rw.state); err != nil {
				return err
			}
		}
		if err := a.w.putCounters(rw.tag, &rw.c); err != nil {
			return err
		}
		a.done.Events += rw.events
		a.done.Rooms = append(a.done.Rooms, rw.c)
	}
	return nil
}

// writeLog writes a room's steps; waiting says that the outbox is not empty.
func (a *applier) writeLog(rw *roomWork, waiting bool) error {
	events, gaps, err := a.logBuckets(rw)
	if err != nil {
		return err
	}
	if b := a.w.roomBucket(bucketSearch, rw.tag); b != nil && rw.events > 0 {
		if err := a.w.unindexSteps(b, rw.steps); err != nil {
			return err
		}
	}
	var strays *bbolt.Bucket
	if rw.c.Strays > 0 {
		strays = a.w.roomBucket(bucketStrays, rw.tag)
	}
	var plain []byte
	var erased []chat.Seq
	for i := range rw.steps {
		st := &rw.steps[i]
		if st.void != nil {
			if err := a.writeVoid(gaps, rw, st.void, waiting); err != nil {
				return err
			}
			continue
		}
		key := seqKey(st.e.Seq)
		plain = appendEvent(plain[:0], st.e, st.chain)
		if err := events.Put(key, a.w.s.seal.seal(eventPlace(&rw.tag, key), plain)); err != nil {
			return err
		}
		if strays != nil {
			if err := a.w.unstray(strays, &rw.tag, &rw.c, st.e); err != nil {
				return err
			}
		}
		if err := a.w.changed(&rw.tag, &rw.c, st.e, rw.filling); err != nil {
			return err
		}
		if !waiting {
			continue
		}
		if st.e.Kind == chat.KindDelete && st.e.Target() > 0 {
			erased = append(erased, st.e.Target())
		}
		if err := a.resolve(rw, st.e); err != nil {
			return err
		}
	}
	return a.resolveErased(rw.c.Room, erased)
}

// logBuckets makes the buckets that a room's steps need.
func (a *applier) logBuckets(rw *roomWork) (events, gaps *bbolt.Bucket, err error) {
	if rw.events > 0 {
		if events, err = a.w.makeRoomBucket(bucketEvents, rw.tag); err != nil {
			return nil, nil, err
		}
	}
	if rw.events < len(rw.steps) {
		gaps, err = a.w.makeRoomBucket(bucketGaps, rw.tag)
	}
	return events, gaps, err
}

// resolve removes the outbox entry that an own event fulfils, if there is one.
func (a *applier) resolve(rw *roomWork, e *chat.Event) error {
	if e.Author != a.w.s.owner.Account {
		return nil
	}
	entry, found, err := a.w.entryByMID(e.MID)
	if err != nil || !found || entry.Room != e.Room {
		return err
	}
	if e.Device == a.w.s.owner.Device {
		rw.c.NextDSeq = max(rw.c.NextDSeq, entry.DSeq+1)
	}
	a.done.Resolved = append(a.done.Resolved, entry.MID)
	return a.w.removeEntry(&entry)
}

func (a *applier) writeVoid(b *bbolt.Bucket, rw *roomWork, v *Void, waiting bool) error {
	g := gapRecord{Kind: gapVoid, To: v.To, Reason: v.Reason, Chain: v.Chain}
	if v.Hole {
		g.Kind = gapHole
	}
	if v.Begins {
		if err := a.closeHoles(b, rw, v, waiting); err != nil {
			return err
		}
	}
	if v.Hole && fault.Bug(fault.HoleForgotten) {
		return nil
	}
	if err := a.w.putGap(b, &rw.tag, v.From, g); err != nil || !waiting {
		return err
	}
	return a.resolveVoid(rw.c.Room, v)
}

// closeHoles makes the holes before a void places that hold nothing.
func (a *applier) closeHoles(b *bbolt.Bucket, rw *roomWork, v *Void, waiting bool) error {
	holes := map[chat.Seq]gapRecord{}
	err := a.w.scanGaps(&rw.tag, func(from chat.Seq, g *gapRecord) error {
		if g.Kind == gapHole && from < v.From {
			holes[from] = *g
		}
		return nil
	})
	for from, g := range holes {
		g.Kind, g.Reason = gapVoid, VoidUnloaded
		if v.Reason == voidPurged {
			g.Reason = v.Reason
		}
		err = errors.Join(err, a.w.putGap(b, &rw.tag, from, g))
		if waiting {
			err = errors.Join(err, a.resolveVoid(rw.c.Room, &Void{From: from, To: g.To, Reason: g.Reason}))
		}
	}
	return err
}

// resolveErased removes what deletions erase of what lies in holes: messages, and edits of
// them.
func (a *applier) resolveErased(room chat.RoomID, targets []chat.Seq) error {
	if len(targets) == 0 {
		return nil
	}
	entries, err := a.w.entries(func(e *Entry) bool {
		return e.State == EntryAcknowledged && e.Room == room && slices.Contains(targets, e.says())
	})
	for i := range entries {
		a.done.Resolved = append(a.done.Resolved, entries[i].MID)
		err = errors.Join(err, a.w.removeEntry(&entries[i]))
	}
	return err
}

// resolveVoid deals with the entries that were acknowledged at a place whose event we
// shall never see: of messages the words are kept, anything else is gone. In a hole the
// event is still to come, and until then these are the only words here.
func (a *applier) resolveVoid(room chat.RoomID, v *Void) error {
	if v.Hole {
		return nil
	}
	entries, err := a.w.entries(func(e *Entry) bool {
		return e.State == EntryAcknowledged && e.Room == room && v.From <= e.Seq && e.Seq <= v.To
	})
	if err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		if !v.Hole && e.Kind == chat.KindMessage {
			if err := a.w.keepWords(e, e.Seq, v.Reason); err != nil {
				return err
			}
			continue
		}
		a.done.Resolved = append(a.done.Resolved, e.MID)
		if err := a.w.removeEntry(e); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) putGap(b *bbolt.Bucket, t *tag, from chat.Seq, g gapRecord) error {
	plain, err := json.Marshal(g)
	if err != nil {
		return fmt.Errorf("encode a gap: %w", err)
	}
	key := seqKey(from)
	return b.Put(key, w.s.seal.seal(gapPlace(t, key), plain))
}

func (w *writer) makeRoomBucket(kind string, room tag) (*bbolt.Bucket, error) {
	b, err := w.bucket(kind).CreateBucketIfNotExists(room[:])
	if err != nil {
		return nil, err
	}
	b.FillPercent = fill
	return b, nil
}
