package boltstore

import (
	"bytes"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
	"hearth/server/storage"
)

// erase empties the events that the batch erases, inside its transaction: in the
// journal that holds them, and in the archive, where the frozen journal may have
// been copied to already.
func (w *write) erase(tx *bbolt.Tx, g *group) error {
	w.erased = w.erased[:0]
	if len(w.batch.Erase) == 0 {
		return nil
	}
	tail := w.s.index.tail(w.batch.Room, false)
	for _, seq := range w.batch.Erase {
		seg, ok := g.segment(w.batch.Room, seq)
		if !ok {
			seg, ok, _ = tail.find(seq)
		}
		before, err := w.eraseAt(tx, seg, ok, seq)
		if err != nil {
			return err
		}
		if before.Event.Erased {
			continue
		}
		if err := forget(tx, &before.Event); err != nil {
			return err
		}
		if !before.Event.MID.IsZero() {
			w.erased = append(w.erased, midKey{w.batch.Room, before.Event.Author, before.Event.MID})
		}
	}
	fault.Point(fault.ServerEraseInTx)
	return nil
}

// eraseAt empties one event and returns what it was. The journal counts, if it
// holds it; its copy in the archive says the same.
func (w *write) eraseAt(tx *bbolt.Tx, seg segment, inJournal bool, seq chat.Seq) (before storage.Entry, err error) {
	room, found := w.batch.Room, false
	key := eventKey(room, seq)
	if v := tx.Bucket(bucketEvents).Get(key); v != nil {
		entry, was, err := emptied(v, room, seq)
		if err != nil {
			return before, err
		}
		if err := tx.Bucket(bucketEvents).Put(key, entry); err != nil {
			return before, err
		}
		before, found = was, true
	}
	var v []byte // nil, too, if the archiver has emptied this journal in this very transaction
	if inJournal {
		v = bytes.Clone(tx.Bucket(seg.bucket).Get(boltkit.Key64(seg.key)))
	}
	if v != nil {
		r, err := decodeBatch(v)
		if err != nil {
			return before, err
		}
		if r.room != room || r.expect+1 != seg.first || seq >= seg.first+chat.Seq(len(r.entries)) {
			return before, damaged("room %s: the journal has something else at %d", room, seg.first)
		}
		var entry []byte
		if entry, before, err = emptied(r.entries[seq-seg.first], room, seq); err != nil {
			return before, err
		}
		r.entries[seq-seg.first], found = entry, true
		if err := tx.Bucket(seg.bucket).Put(boltkit.Key64(seg.key), r.encode()); err != nil {
			return before, err
		}
	}
	if !found {
		return before, damaged("room %s: sequence %d, which is to be erased, is missing", room, seq)
	}
	return before, nil
}

// emptied returns an encoded entry without what the event said, and what it was.
func emptied(v []byte, room chat.RoomID, seq chat.Seq) (entry []byte, before storage.Entry, err error) {
	before, err = decodeEntry(bytes.Clone(v), room, seq)
	if err != nil {
		return nil, before, err
	}
	after := before
	after.Erase()
	return appendEntry(make([]byte, 0, entrySize(&after)), &after), before, nil
}

// forget takes an event that is about to say nothing off the lists made of what it
// said.
func forget(tx *bbolt.Tx, e *chat.Event) error {
	if err := changeContents(tx, e, -1); err != nil {
		return err
	}
	if target := e.Target(); target != 0 {
		return tx.Bucket(bucketChanges).Delete(changeKey(e.Room, target, e.Seq))
	}
	return nil
}

// segment finds a place among what this transaction has added to the journal.
func (g *group) segment(room chat.RoomID, seq chat.Seq) (segment, bool) {
	for _, seg := range g.added[room] {
		if seq >= seg.first && seq < seg.end() {
			return seg, true
		}
	}
	return segment{}, false
}

// erased takes note of message ids whose events say nothing any more. Called by
// the committer.
func (x *index) erased(keys []midKey) {
	if len(keys) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range [...]*part{x.active, x.frozen} {
		if p == nil {
			continue
		}
		for _, k := range keys {
			if sent, ok := p.mids[k]; ok {
				sent.Erased, sent.Content = true, chat.Hash{}
				p.mids[k] = sent
			}
		}
	}
}
