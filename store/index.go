package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/textsearch"
)

// A room's log is searched in blocks of blockEvents sequences. A block that is
// behind the cursor gets a summary with a filter (package textsearch), which tells
// most searches that they need not open its events. A block without one is simply looked
// through: filters may lag, and nothing depends on them but time.
const blockEvents = 256

func blockOf(seq chat.Seq) uint64          { return uint64(seq) / blockEvents }
func firstOf(block uint64) chat.Seq        { return chat.Seq(block * blockEvents) }
func blockKey(block uint64) []byte         { return boltkit.Key64(block) }
func filterPlace(t *tag, key []byte) place { return place{kind: bucketSearch, room: t[:], key: key} }

// summary tells of a block what a search wants to know before it opens the events.
type summary struct {
	first, last int64 // times of its oldest and newest message; first > last: it has none
	filter      textsearch.Filter
}

// fileMark is the name under which a filter knows messages with files; authors are
// known by their ids, which are longer.
var fileMark = []byte("file")

// summary opens the summary of a block.
func (r *reader) summary(t *tag, block uint64, sealed []byte) (m summary, err error) {
	p := filterPlace(t, blockKey(block))
	plain, err := r.s.seal.open(p, sealed)
	if err != nil {
		return m, err
	}
	if len(plain) < 16 || !textsearch.Filter(plain[16:]).Valid() {
		return m, p.damage("not understood")
	}
	m.first, m.last = int64(binary.BigEndian.Uint64(plain)), int64(binary.BigEndian.Uint64(plain[8:])) //nolint:gosec // the bits
	m.filter = plain[16:]
	return m, nil
}

func (m *summary) bytes() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16+len(m.filter)), uint64(m.first)) //nolint:gosec // the bits
	b = binary.BigEndian.AppendUint64(b, uint64(m.last))                                   //nolint:gosec // the bits
	return append(b, m.filter...)
}

// summing gathers a summary, message by message.
type summing struct {
	summary
	gathered textsearch.Gatherer
}

func newSumming() *summing {
	return &summing{summary: summary{first: math.MaxInt64, last: math.MinInt64}}
}

func (s *summing) add(e *chat.Event, text string) {
	s.first, s.last = min(s.first, e.Time), max(s.last, e.Time)
	s.gathered.Add(foldedOf(e, text))
	s.gathered.AddName(e.Author[:])
	if hasFiles(e) {
		s.gathered.AddName(fileMark)
	}
}

func (s *summing) done() *summary {
	s.filter = s.gathered.Filter()
	return &s.summary
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
	g := newSumming()
	behind := firstOf(block + 1)
	err := w.scan(t, room, firstOf(block), func(e *chat.Event, _ chat.Hash) (bool, error) {
		if e.Seq < behind && e.Kind == chat.KindMessage && !e.Erased {
			text, err := w.newestText(t, e)
			if err != nil {
				return false, err
			}
			g.add(e, text)
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
	if err := b.Put(key, w.s.seal.seal(filterPlace(t, key), g.done().bytes())); err != nil {
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
	var drop [][]byte // those that are there: a server may declare any number of blocks void
	c := b.Cursor()
	for key, _ := c.Seek(blockKey(blockOf(from))); key != nil && string(key) <= string(blockKey(blockOf(to))); key, _ = c.Next() {
		drop = append(drop, bytes.Clone(key))
	}
	for _, key := range drop {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	if n := b.Sequence(); n > blockOf(from) {
		return b.SetSequence(blockOf(from))
	}
	return nil
}

// mayHave reports whether a summary lets searches for a message through.
func (m *summary) mayHave(e *chat.Event, folded string) bool {
	return e.Time >= m.first && e.Time <= m.last && m.filter.MayHold(folded) && m.filter.MayHoldName(e.Author[:]) &&
		(!hasFiles(e) || m.filter.MayHoldName(fileMark))
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
		m, err := r.summary(t, block, sealed)
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
			if err == nil && !m.mayHave(e, foldedOf(e, text)) {
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
