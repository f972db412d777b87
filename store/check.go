package store

import (
	"bytes"
	"context"
	"errors"
	"time"

	"hearth/chat"
)

// CheckPages lets the storage engine walk every page of the file. On a damaged
// file the engine's own check may fault on a goroutine of its own, which nobody
// can catch: call it in tests or in a process that may end, not in the window's.
// Writers wait meanwhile.
func (s *Store) CheckPages(ctx context.Context) error { return s.met(s.db.Check(ctx)) }

// Check walks every record, every sequence and chain, every counter. It returns a
// *DamageError for the first thing that is wrong. It takes about a quarter of a
// second for 100,000 messages; writing may go on meanwhile.
func (s *Store) Check(ctx context.Context) error {
	return s.view(ctx, func(r *reader) error {
		if err := r.checkOutside(ctx); err != nil {
			return err
		}
		return r.checkRooms(ctx)
	})
}

// CheckInTurn is Check in many short transactions, for a store that is in use: pause
// is called after each room with what it took, and ends the check with its error.
func (s *Store) CheckInTurn(ctx context.Context, pause func(took time.Duration) error) error {
	if err := s.view(ctx, func(r *reader) error { return r.checkOutside(ctx) }); err != nil {
		return err
	}
	var last []byte
	for {
		began := time.Now()
		err := s.view(ctx, func(r *reader) error {
			c := r.bucket(bucketRooms).Cursor()
			key, _ := c.Seek(last)
			if key != nil && bytes.Equal(key, last) {
				key, _ = c.Next()
			}
			if last = bytes.Clone(key); key == nil {
				return nil
			}
			return r.checkRoom(ctx, key)
		})
		if err != nil || last == nil {
			return err
		}
		s.forget()
		if err := pause(time.Since(began)); err != nil {
			return err
		}
	}
}

// forget gives back the memory of what was read and will not be needed again soon. If
// it cannot be, nothing is wrong but that.
func (s *Store) forget() { _ = s.db.Forget() }

// checkOutside checks everything but the logs of rooms.
func (r *reader) checkOutside(ctx context.Context) error {
	if err := r.s.checkKey(r.tx); err != nil {
		return err
	}
	for _, check := range []func(context.Context) error{r.checkSmall, r.checkOrphans, r.checkOutbox} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// checkSmall opens every record of the buckets that are not logs.
func (r *reader) checkSmall(context.Context) error {
	for _, kind := range []string{bucketMeta, bucketRooms, bucketStates, bucketDrafts, bucketOutbox, bucketMIDs, bucketSettings} {
		err := r.bucket(kind).ForEach(func(key, sealed []byte) error {
			p := place{kind: kind, key: key}
			if kind == bucketDrafts {
				_, err := r.s.seal.draft(p, sealed)
				return err
			}
			_, err := r.s.seal.open(p, sealed)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) checkRooms(ctx context.Context) error {
	return r.bucket(bucketRooms).ForEach(func(key, _ []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return r.checkRoom(ctx, key)
	})
}

func (r *reader) checkRoom(ctx context.Context, key []byte) error {
	t := tag(key)
	room, _, err := r.room(t)
	if err != nil {
		return err
	}
	if r.roomTag(room.ID) != t {
		return &DamageError{Where: bucketRooms, What: "a record of another room"}
	}
	if room.State != nil && room.State.ID != room.ID {
		return roomDamage(room.ID, "the state of another room")
	}
	if err := r.checkLog(ctx, t, room.Counters); err != nil {
		return err
	}
	return r.checkFilters(ctx, &t, room.ID)
}

func roomDamage(room chat.RoomID, what string) error {
	return &DamageError{Where: "room " + room.String(), What: what}
}

// checkLog follows a room's events and gaps from the start to the cursor.
func (r *reader) checkLog(ctx context.Context, t tag, c Counters) error {
	gaps := map[chat.Seq]gapRecord{}
	err := r.scanGaps(&t, func(from chat.Seq, g *gapRecord) error {
		gaps[from] = *g
		return nil
	})
	if err != nil {
		return err
	}
	at := chat.Head{}
	follow := func() error {
		for {
			g, ok := gaps[at.Seq+1]
			if !ok {
				return nil
			}
			if g.To <= at.Seq {
				return roomDamage(c.Room, "a gap that ends before it begins")
			}
			delete(gaps, at.Seq+1)
			at = chat.Head{Seq: g.To, Chain: g.Chain}
		}
	}
	again := Counters{
		Room: c.Room, Read: c.Read, Mark: c.Mark, MarkRev: c.MarkRev, Notified: c.Notified, NextDSeq: c.NextDSeq, Gone: c.Gone,
	}
	y, err := r.tally()
	if err != nil {
		return err
	}
	changes := changeCheck{r: r, t: &t, room: c.Room}
	files := fileCheck{r: r, t: &t, room: c.Room}
	err = r.scan(&t, c.Room, 0, func(e *chat.Event, chain chat.Hash) (bool, error) {
		if err := follow(); err != nil {
			return false, err
		}
		if e.Seq != at.Seq+1 {
			return false, roomDamage(c.Room, "a sequence is missing or there twice")
		}
		at = chat.Head{Seq: e.Seq, Chain: e.Chain(at.Chain)}
		if at.Chain != chain {
			return false, roomDamage(c.Room, "the chain does not follow from the events")
		}
		again.count(e, y)
		if err := errors.Join(changes.event(e), files.event(e)); err != nil {
			return false, err
		}
		return true, ctx.Err()
	})
	if err == nil {
		err = follow()
	}
	if err == nil {
		err = errors.Join(changes.end(), files.end())
	}
	if err != nil {
		return err
	}
	if len(gaps) > 0 {
		return roomDamage(c.Room, "a gap beside the log")
	}
	again.Cursor = at
	more, err := r.editedCalls(&t, c.Room, c.Floor(), at.Seq)
	if err != nil {
		return err
	}
	again.Mentions += more
	err = r.scanStrays(&t, c.Room, func(_ uint64, e *chat.Event) {
		again.Strays++
		if r.roomBucket(bucketStrays, t).Get(r.strayName(e)) == nil {
			again.Strays = -1 << 30 // it would stay for ever
		}
	})
	if err == nil && again != c {
		err = roomDamage(c.Room, "the counters do not follow from the log")
	}
	return err
}

// checkOrphans finds logs of rooms that are not known.
func (r *reader) checkOrphans(context.Context) error {
	known := r.bucket(bucketRooms)
	for _, kind := range []string{bucketEvents, bucketGaps, bucketStrays, bucketStates, bucketSearch, bucketChanges, bucketFiles} {
		err := r.bucket(kind).ForEach(func(key, _ []byte) error {
			if known.Get(key) == nil {
				return &DamageError{Where: kind, What: "of a room that is not known"}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) checkOutbox(context.Context) error {
	entries, err := r.checkEntries()
	if err != nil {
		return err
	}
	ids := 0
	err = r.bucket(bucketMIDs).ForEach(func(_, _ []byte) error {
		ids++
		return nil
	})
	if err == nil && ids != entries {
		err = &DamageError{Where: bucketMIDs, What: "an id without an entry"}
	}
	return err
}

func (r *reader) checkEntries() (n int, err error) {
	outbox := r.bucket(bucketOutbox)
	err = outbox.ForEach(func(key, sealed []byte) error {
		n++
		e, err := r.entry(key, sealed)
		if err != nil {
			return err
		}
		found, ok, err := r.entryByMID(e.MID)
		if err == nil && (!ok || found.Order != e.Order) {
			err = &DamageError{Where: bucketOutbox, What: "an entry its id does not lead to"}
		}
		if err == nil && e.Order > outbox.Sequence() {
			err = &DamageError{Where: bucketOutbox, What: "an order not yet given out"}
		}
		if err == nil && (e.State < EntryQueued || e.State > EntryAcknowledged) {
			err = &DamageError{Where: bucketOutbox, What: "unknown state"}
		}
		return err
	})
	return n, err
}
