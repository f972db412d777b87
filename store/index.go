package store

import (
	"context"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/textsearch"
)

// A room's log is searched in blocks of blockEvents sequences. A block that is
// behind the cursor gets a filter (package textsearch), which tells most searches
// that they need not open its events. A block without one is simply looked
// through: filters may lag, and nothing depends on them but time.
const blockEvents = 256

func blockOf(seq chat.Seq) uint64          { return uint64(seq) / blockEvents }
func firstOf(block uint64) chat.Seq        { return chat.Seq(block * blockEvents) }
func blockKey(block uint64) []byte         { return boltkit.Key64(block) }
func filterPlace(t *tag, key []byte) place { return place{kind: bucketSearch, room: t[:], key: key} }

// filter opens the filter of a block.
func (r *reader) filter(t *tag, block uint64, sealed []byte) (textsearch.Filter, error) {
	p := filterPlace(t, blockKey(block))
	plain, err := r.s.seal.open(p, sealed)
	if err != nil {
		return nil, err
	}
	if f := textsearch.Filter(plain); f.Valid() {
		return f, nil
	}
	return nil, p.damage("not understood")
}

// Index makes up to most filters that are missing, in one transaction, and says
// how many it made: fewer than asked means that all are there. It is for the
// quiet moments of whoever owns the store.
func (s *Store) Index(ctx context.Context, most int) (made int, err error) {
	any := false
	err = s.view(ctx, func(r *reader) error { // looking needs no turn of the committer
		return r.missing(ctx, func(tag, chat.RoomID, uint64) (bool, error) {
			any = true
			return false, nil
		})
	})
	if err != nil || !any || most < 1 {
		return 0, err
	}
	err = s.update(ctx, func(w *writer) error {
		made = 0
		return w.missing(ctx, func(t tag, room chat.RoomID, block uint64) (bool, error) {
			made++
			return made < most, w.index(&t, room, block)
		})
	})
	if err != nil {
		return 0, err
	}
	if made < most { // the last: all that was read for them is not needed again
		s.forget()
	}
	return made, nil
}

// missing visits the blocks of all rooms that want a filter, until visit says to
// stop. visit may make the filter.
func (r *reader) missing(ctx context.Context, visit func(t tag, room chat.RoomID, block uint64) (bool, error)) error {
	var rooms []tag
	err := r.bucket(bucketRooms).ForEach(func(key, _ []byte) error {
		rooms = append(rooms, tag(key))
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range rooms {
		c, _, err := r.counters(t)
		if err != nil {
			return err
		}
		more, err := r.missingIn(&t, &c, visit)
		if err != nil || !more {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// missingIn visits the whole blocks of a room that have events and no filter. The
// sequence of the room's bucket of filters says below which block there is none.
func (r *reader) missingIn(t *tag, c *Counters, visit func(t tag, room chat.RoomID, block uint64) (bool, error)) (bool, error) {
	events := r.roomBucket(bucketEvents, *t)
	if events == nil {
		return true, nil
	}
	from, whole := uint64(0), blockOf(c.Cursor.Seq+1) // blocks below whole are behind the cursor
	filters := r.roomBucket(bucketSearch, *t)
	if filters != nil {
		from = filters.Sequence()
	}
	for block := from; block < whole; block++ {
		key, _ := events.Cursor().Seek(seqKey(firstOf(block)))
		seq, ok := boltkit.Uint64(key)
		if block = blockOf(chat.Seq(seq)); !ok || block >= whole {
			break
		}
		if filters != nil && filters.Get(blockKey(block)) != nil {
			continue
		}
		if more, err := visit(*t, c.Room, block); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// index makes the filter of one block.
func (w *writer) index(t *tag, room chat.RoomID, block uint64) error {
	var g textsearch.Gatherer
	behind := firstOf(block + 1)
	err := w.scan(t, room, firstOf(block), func(e *chat.Event, _ chat.Hash) (bool, error) {
		if e.Seq < behind && e.Kind == chat.KindMessage && !e.Erased {
			text, err := w.newestText(t, e)
			if err != nil {
				return false, err
			}
			g.Add(textsearch.Fold(text))
		}
		return e.Seq < behind, nil
	})
	if err != nil {
		return err
	}
	b, err := w.makeRoomBucket(bucketSearch, *t)
	if err != nil {
		return err
	}
	key := blockKey(block)
	if err := b.Put(key, w.s.seal.seal(filterPlace(t, key), g.Filter())); err != nil {
		return err
	}
	return b.SetSequence(block + 1) // they are made from the oldest on
}

// unindexSteps is unindex for what is about to be written.
func (w *writer) unindexSteps(b *bbolt.Bucket, steps []step) error {
	var from, to chat.Seq
	for i := range steps {
		if e := steps[i].e; e != nil {
			if from == 0 {
				from = e.Seq
			}
			to = e.Seq
		}
	}
	return w.unindex(b, from, to)
}

// unindex forgets the filters of blocks that get an event they were made without.
func (w *writer) unindex(b *bbolt.Bucket, from, to chat.Seq) error {
	for block := blockOf(from); block <= blockOf(to); block++ {
		key := blockKey(block)
		if b.Get(key) == nil {
			continue
		}
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	if n := b.Sequence(); n > blockOf(from) {
		return b.SetSequence(blockOf(from))
	}
	return nil
}

// checkFilters finds filters that would hide a message from a search.
func (r *reader) checkFilters(ctx context.Context, t *tag, room chat.RoomID) error {
	b := r.roomBucket(bucketSearch, *t)
	if b == nil {
		return nil
	}
	return b.ForEach(func(key, sealed []byte) error {
		block, ok := boltkit.Uint64(key)
		if !ok {
			return roomDamage(room, "a filter of no block")
		}
		f, err := r.filter(t, block, sealed)
		if err != nil {
			return err
		}
		err = r.scan(t, room, firstOf(block), func(e *chat.Event, _ chat.Hash) (bool, error) {
			if e.Seq >= firstOf(block+1) {
				return false, nil
			}
			if e.Kind != chat.KindMessage || e.Erased {
				return true, nil
			}
			text, err := r.newestText(t, e)
			if err == nil && !f.MayHold(textsearch.Fold(text)) {
				err = roomDamage(room, "a filter that hides a message")
			}
			return err == nil, err
		})
		if err != nil {
			return err
		}
		return ctx.Err()
	})
}
