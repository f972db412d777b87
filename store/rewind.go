package store

import (
	"context"
	"encoding/binary"
	"errors"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// Rewind takes back a room's log to a common prefix with the server, after the
// server lost or changed what follows (new epoch, divergence). The events behind
// to are kept as strays ("no longer on the server"); cursor, counters and read
// marker go back to to, state becomes the room's state there (nil at 0). Entries
// acknowledged behind to become EntryHeld. It returns the strays written by this
// device, oldest first, for offering to send them again under the same ids (see
// Submission.Held). Errors: ErrNotFound; ErrInvalid if to lies beyond the cursor
// or inside a void.
func (s *Store) Rewind(ctx context.Context, room chat.RoomID, to chat.Seq, state *chat.Room) ([]chat.Event, error) {
	var encoded []byte
	if state != nil {
		encoded = appendState(nil, state)
	}
	var own []chat.Event
	err := s.update(ctx, func(w *writer) error {
		own = nil
		_, err := w.change(room, func(t tag, c *Counters) (bool, error) {
			chain, err := w.chainAt(&t, room, to)
			if errors.Is(err, ErrNotFound) || to > c.Cursor.Seq {
				return false, boltkit.Refuse(ErrInvalid)
			}
			if err != nil {
				return false, err
			}
			if own, err = w.stray(&t, c, to); err != nil {
				return false, err
			}
			if err := w.putState(t, encoded); err != nil {
				return false, err
			}
			return true, w.rewindCounters(&t, c, chat.Head{Seq: to, Chain: chain})
		})
		if err != nil {
			return err
		}
		return w.doubt(func(e *Entry) bool { return e.Room == room && e.Seq > to })
	})
	if err != nil {
		return nil, err
	}
	return own, nil
}

func (w *writer) putState(t tag, encoded []byte) error {
	p := place{kind: bucketStates, key: t[:]}
	if encoded == nil {
		return w.remove(p)
	}
	return w.put(p, encoded)
}

// stray moves the events behind to among the strays and removes the gaps there.
func (w *writer) stray(t *tag, c *Counters, to chat.Seq) (own []chat.Event, err error) {
	strays, err := w.makeRoomBucket(bucketStrays, *t)
	if err != nil {
		return nil, err
	}
	var gone []chat.Seq
	err = w.scan(t, c.Room, to+1, func(e *chat.Event, chain chat.Hash) (bool, error) {
		n, err := strays.NextSequence()
		if err != nil {
			return false, err
		}
		key := boltkit.Key64(n)
		plain := appendEvent(binary.BigEndian.AppendUint64(nil, uint64(e.Seq)), e, chain)
		gone = append(gone, e.Seq)
		c.Strays++
		if e.Device == w.s.owner.Device && e.Author == w.s.owner.Account {
			own = append(own, *e)
		}
		return true, strays.Put(key, w.s.seal.seal(place{kind: bucketStrays, room: t[:], key: key}, plain))
	})
	if err != nil {
		return nil, err
	}
	for _, seq := range gone {
		if err := w.roomBucket(bucketEvents, *t).Delete(seqKey(seq)); err != nil {
			return nil, err
		}
	}
	return own, w.dropGaps(t, to)
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
		Room: c.Room, Cursor: head, Read: min(c.Read, head.Seq), Notified: min(c.Notified, head.Seq),
		NextDSeq: c.NextDSeq, Gone: c.Gone, Strays: c.Strays,
	}
	err := w.scan(t, c.Room, 1, func(e *chat.Event, _ chat.Hash) (bool, error) {
		fresh.count(e, w.s.owner.Account)
		return true, nil
	})
	*c = fresh
	return err
}

// doubt holds back the acknowledged entries that match: their events may be lost.
func (w *writer) doubt(match func(e *Entry) bool) error {
	doubted, err := w.entries(func(e *Entry) bool { return e.State == EntryAcknowledged && match(e) })
	if err != nil {
		return err
	}
	for i := range doubted {
		e := &doubted[i]
		e.State, e.Seq = EntryHeld, 0
		if err := w.putEntry(e); err != nil {
			return err
		}
	}
	return nil
}

// Strays returns the events of a room that the server has lost, in the order
// they were put aside.
func (s *Store) Strays(ctx context.Context, room chat.RoomID) (events []chat.Event, err error) {
	err = s.view(ctx, func(r *reader) error {
		t := r.roomTag(room)
		return r.scanStrays(&t, room, func(e *chat.Event) { events = append(events, *e) })
	})
	if err != nil {
		return nil, err
	}
	return events, nil
}

func (r *reader) scanStrays(t *tag, room chat.RoomID, visit func(e *chat.Event)) error {
	b := r.roomBucket(bucketStrays, *t)
	if b == nil {
		return nil
	}
	return b.ForEach(func(key, sealed []byte) error {
		p := place{kind: bucketStrays, room: t[:], key: key}
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
		visit(&e)
		return nil
	})
}
