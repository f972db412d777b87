package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// Rewinding says how far to take a room's log back.
type Rewinding struct {
	// To is the last place that the server has, too.
	To chat.Seq
	// State is the room's state there; nil at 0. Not kept.
	State *chat.Room
	// Offer turns an event of this device that the server has lost into what would
	// be sent again, or says that there is nothing to send. It must not keep the
	// event, and may be called more than once. nil: nothing is offered.
	Offer func(e *chat.Event) (kind chat.Kind, body []byte, ok bool)
	// Edited words a lost message as its author's edit, lost with it, left it: in these
	// words it may come back. nil, or no words: it comes back as it was only.
	Edited func(message, edit *chat.Event) (body []byte)
}

// Rewound is what Rewind did.
type Rewound struct {
	Counters
	// Lost is how many events were put aside.
	Lost int
	// Offered are the own ones among them that wait in the outbox now, held, under
	// their old ids and in their old order.
	Offered []Entry
	// Moved are the entries that have a later place in the outbox now: what was never seen
	// stands among Offered as it did in the log, everything else behind, as what
	// stood in the log was sent before it.
	Moved []Entry
	// Dropped are the waiting changes of messages behind To: at their places other
	// messages may stand soon, which they must never touch.
	Dropped []chat.MID
	// Left is how many more could be offered if the outbox had space.
	Left int
}

// Rewind takes back a room's log to a common prefix with the server, after the
// server lost or changed what follows (new epoch, divergence). The events behind
// To are kept as strays ("no longer on the server") until they come back;
// cursor, counters and read marker go back to To. Own events are offered for
// sending again in the same transaction, and entries acknowledged or purged unseen
// (CodeUnkept) behind To become EntryHeld. Errors: ErrNotFound; ErrInvalid if To lies beyond the cursor
// or inside a gap.
func (s *Store) Rewind(ctx context.Context, room chat.RoomID, re Rewinding) (done Rewound, err error) {
	var encoded []byte
	if re.State != nil {
		encoded = appendState(nil, re.State)
	}
	err = s.update(ctx, func(w *writer) error {
		done = Rewound{}
		c, err := w.change(room, func(t tag, c *Counters) (bool, error) {
			chain, err := w.chainAt(&t, room, re.To)
			if errors.Is(err, ErrNotFound) || re.To > c.Cursor.Seq {
				return false, boltkit.Refuse(ErrInvalid)
			}
			if err != nil {
				return false, err
			}
			own, err := w.stray(&t, c, &re, &done)
			if err != nil {
				return false, err
			}
			if err := w.offer(room, own, &re, &done); err != nil {
				return false, err
			}
			if err := w.putState(t, encoded); err != nil {
				return false, err
			}
			return true, w.rewindCounters(&t, c, chat.Head{Seq: re.To, Chain: chain})
		})
		if err != nil {
			return err
		}
		done.Counters = c
		if err := w.dropBehind(room, re.To, &done); err != nil {
			return err
		}
		_, err = w.doubt(func(e *Entry) bool { return e.Room == room && e.stoodBehind(re.To) })
		return err
	})
	if err != nil {
		return Rewound{}, err
	}
	return done, nil
}

// dropBehind forgets changes in the outbox of messages that the server has lost.
func (w *writer) dropBehind(room chat.RoomID, to chat.Seq, done *Rewound) error {
	gone, err := w.entries(func(e *Entry) bool {
		change := chat.Event{Room: room, Seq: everywhere, Kind: e.Kind, Body: e.Body}
		return e.Room == room && change.Target() > to
	})
	if err != nil {
		return err
	}
	for i := range gone {
		done.Dropped = append(done.Dropped, gone[i].MID)
		if err := w.removeEntry(&gone[i]); err != nil {
			return err
		}
	}
	return nil
}

// offer puts own events that the server has lost into the outbox, held. What
// waits there already under the same id is the same thing. So is what stood behind To and
// was never seen: the server has lost that as well.
func (w *writer) offer(room chat.RoomID, own []chat.Event, re *Rewinding, done *Rewound) error {
	unseen, err := w.stoodBehind(room, re.To)
	if err != nil || re.Offer == nil {
		return err
	}
	start := w.bucket(bucketOutbox).Sequence()
	for i := range own {
		e := &own[i]
		kind, body, ok := re.Offer(e)
		switch {
		case !ok || w.hasMID(e.MID):
			continue
		case w.outboxHasMoreThan(int(w.s.limit.Load()) - 1):
			done.Left++
			continue
		}
		for len(unseen) > 0 && unseen[0].Seq < e.Seq {
			if err := w.moveLast(&unseen[0], done); err != nil {
				return err
			}
			unseen = unseen[1:]
		}
		entry, err := w.enqueue(&Submission{MID: e.MID, Room: e.Room, Kind: kind, Body: body, Created: e.Time, Held: true, Because: CodeLost})
		if err != nil {
			return err
		}
		done.Offered = append(done.Offered, entry)
	}
	if len(done.Offered) == 0 {
		return nil
	}
	later, err := w.entries(func(e *Entry) bool { return e.Room == room && e.Order <= start && e.isLater() })
	if err != nil {
		return err
	}
	for _, e := range append(unseen, later...) {
		if err := w.moveLast(&e, done); err != nil {
			return err
		}
	}
	return nil
}

// stoodBehind returns what stood behind a place of a room and was never seen, as it stood
// in the log.
func (w *writer) stoodBehind(room chat.RoomID, to chat.Seq) ([]Entry, error) {
	all, err := w.entries(func(e *Entry) bool { return e.Room == room && e.stoodBehind(to) })
	slices.SortStableFunc(all, func(x, y Entry) int { return cmp.Compare(x.Seq, y.Seq) })
	return all, err
}

// stoodBehind reports whether the entry was acknowledged behind a place of its room, and is
// still to come or never will, or, as far as an older store tells, maybe there.
func (e *Entry) stoodBehind(to chat.Seq) bool {
	switch e.State {
	case EntryAcknowledged:
		return e.Seq > to
	case EntryFailed:
		return (e.Code == CodeUnkept || e.Code == CodeUnseen) && (e.Seq == 0 || e.Seq > to)
	}
	return false
}

// moveLast gives an entry the last place in the outbox.
func (w *writer) moveLast(e *Entry, done *Rewound) (err error) {
	if err = w.removeEntry(e); err != nil {
		return err
	}
	if e.Order, err = w.bucket(bucketOutbox).NextSequence(); err != nil {
		return err
	}
	done.Moved = append(done.Moved, *e)
	return w.addEntry(e)
}

// isLater reports whether an entry was written after everything of its room that is in
// the log: it would have gone out by itself. An entry that was refused, or offered by an
// earlier Rewind, may be older.
func (e *Entry) isLater() bool {
	switch e.State {
	case EntryQueued:
		return true
	case EntryHeld:
		return !e.Transmitted || e.DSeq > 0
	}
	return false
}

func (w *writer) putState(t tag, encoded []byte) error {
	p := place{kind: bucketStates, key: t[:]}
	if encoded == nil {
		return w.remove(p)
	}
	return w.put(p, encoded)
}

// stray moves the events behind to among the strays and removes the gaps there.
// It returns those that this device wrote.
func (w *writer) stray(t *tag, c *Counters, re *Rewinding, done *Rewound) (own []chat.Event, err error) {
	strays, err := w.makeRoomBucket(bucketStrays, *t)
	if err != nil {
		return nil, err
	}
	if err := strays.SetSequence((strays.Sequence()>>runBits + 1) << runBits); err != nil {
		return nil, err
	}
	var gone []chat.Seq
	edited := edits{of: map[chat.Seq]*edit{}, keys: map[chat.Seq][]byte{}}
	err = w.scan(t, c.Room, re.To+1, func(e *chat.Event, chain chat.Hash) (bool, error) {
		if err := w.unstray(strays, t, c, e); err != nil { // an older copy
			return false, err
		}
		n, err := strays.NextSequence()
		if err != nil {
			return false, err
		}
		key := boltkit.Key64(n)
		plain := appendEvent(binary.BigEndian.AppendUint64(nil, uint64(e.Seq)), e, chain)
		gone = append(gone, e.Seq)
		if re.Edited != nil {
			edited.note(e, key)
		}
		if err := errors.Join(w.unindexChange(t, e), w.unindexFiles(t, e)); err != nil {
			return false, err
		}
		c.Strays++
		done.Lost++
		if e.Device == w.s.owner.Device && e.Author == w.s.owner.Account {
			own = append(own, *e)
		}
		if err := strays.Put(key, w.s.seal.seal(strayPlace(t, key), plain)); err != nil {
			return false, err
		}
		name := w.strayName(e)
		return true, strays.Put(name, w.s.seal.seal(strayPlace(t, name), key))
	})
	if err != nil {
		return nil, err
	}
	if err := w.nameEdited(strays, t, c.Room, edited, re); err != nil {
		return nil, err
	}
	for _, seq := range gone {
		if err := w.roomBucket(bucketEvents, *t).Delete(seqKey(seq)); err != nil {
			return nil, err
		}
	}
	return own, w.dropGaps(t, re.To)
}

// edits are those of messages that are put aside together with them.
type edits struct {
	of   map[chat.Seq]*edit  // by message
	keys map[chat.Seq][]byte // of messages among the strays
}

// edit is the last one of a message, and where it and those before it stand.
type edit struct {
	last chat.Event
	keys []byte
}

// note takes note of an event that is put aside, and of its key there.
func (x *edits) note(e *chat.Event, key []byte) {
	switch {
	case e.Kind == chat.KindMessage:
		x.keys[e.Seq] = key
	case e.Kind == chat.KindEdit && !e.Erased && x.keys[e.Target()] != nil:
		of := x.of[e.Target()]
		if of == nil {
			of = &edit{}
			x.of[e.Target()] = of
		}
		of.last, of.keys = *e, append(of.keys, key...)
	}
}

// nameEdited gives messages that were edited a second name: that of what their authors
// would send now. With it goes all that it says.
func (w *writer) nameEdited(strays *bbolt.Bucket, t *tag, room chat.RoomID, edited edits, re *Rewinding) error {
	for seq, of := range edited.of {
		e, _, found, err := w.eventAt(t, room, seq)
		if err != nil {
			return err
		}
		if !found || e.Erased || e.Author != of.last.Author {
			continue
		}
		if e.Body = re.Edited(&e, &of.last); len(e.Body) == 0 {
			continue
		}
		name := w.strayName(&e)
		keys := slices.Concat(edited.keys[seq], of.keys)
		if err := strays.Put(name, w.s.seal.seal(strayPlace(t, name), keys)); err != nil {
			return err
		}
	}
	return nil
}

// strayPlace is where a stray stands under its number, or that number under the
// name of the stray.
func strayPlace(t *tag, key []byte) place { return place{kind: bucketStrays, room: t[:], key: key} }

// strayName is by what a stray is found when its event comes back: whose it is,
// its id, and what it says.
func (r *reader) strayName(e *chat.Event) []byte {
	b := append(append(e.Author[:], e.MID[:]...), e.Kind...)
	if e.Erased {
		b = append(b, 0, 1)
	} else {
		b = append(append(b, 0, 0), e.Body...)
	}
	name := r.s.seal.tag("stray", b)
	return name[:]
}

// unstray removes the stray of an event, if there is one: the event is on the
// server again. One that comes back with other words is not that event: what was
// said first stays readable, whatever the server has made of it.
func (w *writer) unstray(strays *bbolt.Bucket, t *tag, c *Counters, e *chat.Event) error {
	name := w.strayName(e)
	sealed := strays.Get(name)
	if sealed == nil {
		return nil
	}
	keys, err := w.s.seal.open(strayPlace(t, name), sealed)
	if err != nil {
		return err
	}
	for key := range slices.Chunk(keys, 8) { // several: of a message and its edits
		if strays.Get(key) == nil {
			continue // it came back under its other name
		}
		c.Strays--
		if err := strays.Delete(key); err != nil {
			return err
		}
	}
	return strays.Delete(name)
}

func (w *writer) dropGaps(t *tag, to chat.Seq) error {
	var gone []chat.Seq
	err := w.scanGaps(t, func(from chat.Seq, _ *gapRecord) error {
		if from > to {
			gone = append(gone, from)
		}
		return nil
	})
	for _, from := range gone {
		err = errors.Join(err, w.roomBucket(bucketGaps, *t).Delete(seqKey(from)))
	}
	return err
}

// rewindCounters makes the numbers those of the log up to head.
func (w *writer) rewindCounters(t *tag, c *Counters, head chat.Head) error {
	fresh := Counters{
		Room: c.Room, Cursor: head, Read: min(c.Read, head.Seq), Mark: c.Mark, MarkRev: c.MarkRev, Notified: min(c.Notified, head.Seq),
		NextDSeq: c.NextDSeq, Gone: c.Gone, Strays: c.Strays,
	}
	y, err := w.tally()
	if err != nil {
		return err
	}
	err = w.scan(t, c.Room, 1, func(e *chat.Event, _ chat.Hash) (bool, error) {
		fresh.count(e, y)
		return true, nil
	})
	if err != nil {
		return err
	}
	more, err := w.editedCalls(t, c.Room, fresh.Floor(), head.Seq)
	fresh.Mentions += more
	*c = fresh
	return err
}

// doubt holds back the entries that match: their events may be lost.
func (w *writer) doubt(match func(e *Entry) bool) (mids []chat.MID, err error) {
	doubted, err := w.entries(match)
	if err != nil {
		return nil, err
	}
	for i := range doubted {
		e := &doubted[i]
		e.State, e.Seq, e.Code = EntryHeld, 0, CodeLost
		if err := w.putEntry(e); err != nil {
			return nil, err
		}
		mids = append(mids, e.MID)
	}
	return mids, nil
}

// Strays returns the events of a room that the server has lost and that have not
// come back, in the order they were put aside.
func (s *Store) Strays(ctx context.Context, room chat.RoomID) (events []chat.Event, err error) {
	err = s.view(ctx, func(r *reader) error {
		t := r.roomTag(room)
		return r.scanStrays(&t, room, func(_ uint64, e *chat.Event) { events = append(events, *e) })
	})
	if err != nil {
		return nil, err
	}
	return events, nil
}

func (r *reader) scanStrays(t *tag, room chat.RoomID, visit func(number uint64, e *chat.Event)) error {
	b := r.roomBucket(bucketStrays, *t)
	if b == nil {
		return nil
	}
	return b.ForEach(func(key, sealed []byte) error {
		if len(key) == tagBytes {
			return nil // the name of one
		}
		p := strayPlace(t, key)
		plain, err := r.s.seal.open(p, sealed)
		if err != nil {
			return err
		}
		var e chat.Event
		var chain chat.Hash
		if len(plain) < 8 || !readEvent(plain[8:], &e, &chain) {
			return p.damage("not understood")
		}
		e.Room, e.Seq = room, chat.Seq(binary.BigEndian.Uint64(plain))
		number, _ := boltkit.Uint64(key)
		visit(number, &e)
		return nil
	})
}
