package boltstore

import (
	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
	"hearth/server/storage"
)

// group is what the committer must remember between the requests of one
// transaction: what they have added to the journal, which the index learns only
// once it is on disk.
type group struct {
	tx      *bbolt.Tx // the transaction this belongs to; another one starts afresh
	journal *bbolt.Bucket
	next    uint64
	heads   map[chat.RoomID]chat.Seq
	added   map[chat.RoomID][]segment
}

// begin returns the group of a transaction. The index is read without its lock:
// this is the goroutine that changes it.
func (s *Store) begin(tx *bbolt.Tx) *group {
	g := &s.group
	if g.tx == tx {
		return g
	}
	events, bytes := s.o.JournalEvents, s.o.JournalBytes
	if s.flush && s.index.frozenPart() == nil {
		s.flush, events, bytes = false, 1, 1
	}
	if s.index.freeze(events, bytes) {
		s.archive()
	}
	g.tx, g.next, g.journal = tx, s.index.next, tx.Bucket(s.index.active.bucket)
	g.journal.FillPercent = 1 // only ever appended to
	if g.heads == nil {
		g.heads = make(map[chat.RoomID]chat.Seq, boltkit.MaxGroup)
		g.added = make(map[chat.RoomID][]segment, boltkit.MaxGroup)
	}
	clear(g.heads)
	clear(g.added)
	return g
}

// Append implements storage.Store. Everything is encoded on the caller's
// goroutine, so that the committer only compares, puts and syncs.
func (s *Store) Append(b *storage.Batch, done func(error)) {
	w := &write{s: s, batch: b, bad: b.Check(), done: done}
	if w.bad == nil {
		w.record = appendBatch(make([]byte, 0, batchSize(b)), b)
		w.sum = summarize(b, len(w.record))
		if b.State != nil {
			w.state = encodeState(b.State)
		}
	}
	s.db.Submit(w.run, w.finish)
}

// write is one Append on its way.
type write struct {
	s      *Store
	batch  *storage.Batch
	bad    error // why the batch cannot be stored at all
	record []byte
	state  []byte
	sum    *summary
	key    uint64   // set by run
	erased []midKey // set by run: of what the batch has erased
	done   func(error)
}

// run checks and writes the batch inside a transaction of the committer.
func (w *write) run(tx *bbolt.Tx) error {
	if w.bad != nil {
		return boltkit.Refuse(w.bad)
	}
	g := w.s.begin(tx)
	head, exists, err := w.s.headIn(tx, g, w.batch.Room)
	if err != nil {
		return boltkit.Refuse(err)
	}
	if head != w.batch.Expect {
		return boltkit.Refuse(storage.ErrConflict)
	}
	if err := w.erase(tx, g); err != nil {
		return err
	}
	if err := g.journal.Put(boltkit.Key64(g.next), w.record); err != nil {
		return err
	}
	if err := w.putRare(tx, exists); err != nil {
		return err
	}
	if err := w.putContents(tx); err != nil {
		return err
	}
	if err := w.putChanges(tx); err != nil {
		return err
	}
	w.key = g.next
	g.next++
	g.heads[w.batch.Room] = w.sum.head.Seq
	g.added[w.batch.Room] = append(g.added[w.batch.Room],
		segment{bucket: w.s.index.active.bucket, key: w.key, first: w.sum.first, events: w.sum.events})
	fault.Point(fault.ServerAppendInTx)
	return nil
}

// putRare writes what has its final place at once: a new room, its state, who
// has it in their list.
func (w *write) putRare(tx *bbolt.Tx, exists bool) error {
	room := w.batch.Room
	if !exists {
		if err := tx.Bucket(bucketRooms).Put(room[:], roomRecord{}.encode()); err != nil {
			return err
		}
	}
	if w.state != nil {
		if err := tx.Bucket(bucketStates).Put(room[:], w.state); err != nil {
			return err
		}
	}
	if len(w.batch.Joined)+len(w.batch.Left) == 0 {
		return nil
	}
	members := tx.Bucket(bucketMembers)
	for _, account := range w.batch.Joined {
		if err := members.Put(boltkit.Join(account[:], room[:]), []byte{recordVersion}); err != nil {
			return err
		}
	}
	for _, account := range w.batch.Left {
		if err := members.Delete(boltkit.Join(account[:], room[:])); err != nil {
			return err
		}
	}
	return nil
}

// headIn returns a room's head as the transaction sees it.
func (s *Store) headIn(tx *bbolt.Tx, g *group, room chat.RoomID) (head chat.Seq, exists bool, err error) {
	if seq, ok := g.heads[room]; ok {
		return seq, true, nil
	}
	if h, ok := s.index.head(room); ok {
		return h.Seq, true, nil
	}
	v := tx.Bucket(bucketRooms).Get(room[:])
	if v == nil {
		return 0, false, nil
	}
	r, err := decodeRoom(v)
	return r.head.Seq, true, err
}

// finish answers. The index learns of the batch first, so that whoever is told
// can read it.
func (w *write) finish(err error) {
	if err != nil {
		w.done(translate(err))
		return
	}
	w.s.index.committed(w.sum, w.key)
	w.s.index.erased(w.erased)
	w.done(nil)
}
