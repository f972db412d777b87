package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// logView is one room's log at one instant: the archive of a transaction and
// what the journal held before that transaction began.
type logView struct {
	tx   *bbolt.Tx
	room chat.RoomID
	roomTail
	floor chat.Head // purged up to here
}

// viewLog runs fn over a room's log; ErrNotFound if there is none. The order
// matters: a segment that is archived between the two steps is missing from the
// journal and present in the archive, never the other way round.
func (s *Store) viewLog(ctx context.Context, room chat.RoomID, withDSeqs bool, fn func(*logView) error) error {
	l := &logView{room: room, roomTail: s.index.tail(room, withDSeqs)}
	return s.view(ctx, func(tx *bbolt.Tx) error {
		l.tx = tx
		r, err := archivedRoom(tx, room)
		if err != nil {
			return err
		}
		l.floor = r.floor
		if l.head.Seq == 0 {
			l.head = r.head
			// Zero: the first batch was committed an instant ago and is not in the
			// index yet, so nobody has been told of the room.
			if l.head.Seq == 0 {
				return storage.ErrNotFound
			}
		}
		return fn(l)
	})
}

// archivedHead returns how far the archive goes; ErrNotFound if there is no room.
func archivedHead(tx *bbolt.Tx, room chat.RoomID) (chat.Head, error) {
	r, err := archivedRoom(tx, room)
	return r.head, err
}

// archivedRoom returns a room's record; ErrNotFound if there is no room.
func archivedRoom(tx *bbolt.Tx, room chat.RoomID) (roomRecord, error) {
	v := tx.Bucket(bucketRooms).Get(room[:])
	if v == nil {
		return roomRecord{}, storage.ErrNotFound
	}
	return decodeRoom(v)
}

// overtaken reports whether the transaction holds more of the room than the tail.
func (l *logView) overtaken() (bool, error) {
	if h, err := archivedHead(l.tx, l.room); err != nil || h.Seq > l.head.Seq {
		return true, err
	}
	for _, name := range bucketJournals {
		c := l.tx.Bucket(name).Cursor()
		for k, v := c.Seek(boltkit.Key64(l.next)); k != nil; k, v = c.Next() {
			if len(v) > len(l.room) && chat.RoomID(v[1:1+len(l.room)]) == l.room {
				return true, nil
			}
		}
	}
	return false, nil
}

// each calls visit with the encoded entries from first to last, in order.
func (l *logView) each(first, last chat.Seq, visit func(seq chat.Seq, entry []byte) (more bool, err error)) error {
	for seq := first; seq <= last; {
		next, more, err := l.run(seq, last, visit)
		if err != nil || !more {
			return err
		}
		if next == seq {
			return damaged("room %s: sequence %d is missing", l.room, seq)
		}
		seq = next
	}
	return nil
}

// run visits entries from one place: a record of the journal, or the archive up
// to where the journal begins.
func (l *logView) run(seq, last chat.Seq, visit func(chat.Seq, []byte) (bool, error)) (next chat.Seq, more bool, err error) {
	s, ok, before := l.find(seq)
	if !ok {
		return l.archived(seq, min(last, before-1), visit)
	}
	last = min(last, s.end()-1)
	entries, err := l.journalEntries(s)
	if err != nil {
		return seq, false, err
	}
	if entries == nil {
		return l.archived(seq, last, visit)
	}
	for ; seq <= last; seq++ {
		if more, err := visit(seq, entries[seq-s.first]); err != nil || !more {
			return seq, false, err
		}
	}
	return seq, true, nil
}

// journalEntries returns a segment's entries, nil if it is in the archive by now.
func (l *logView) journalEntries(s segment) ([][]byte, error) {
	v := l.tx.Bucket(s.bucket).Get(boltkit.Key64(s.key))
	if v == nil {
		return nil, nil
	}
	r, err := decodeBatch(v)
	if err != nil {
		return nil, err
	}
	if r.room != l.room || r.expect+1 != s.first || len(r.entries) != s.events {
		return nil, damaged("room %s: the journal has something else at %d", l.room, s.first)
	}
	return r.entries, nil
}

// archived visits what the archive holds from seq to last without a gap.
func (l *logView) archived(seq, last chat.Seq, visit func(chat.Seq, []byte) (bool, error)) (next chat.Seq, more bool, err error) {
	c := l.tx.Bucket(bucketEvents).Cursor()
	key := eventKey(l.room, seq)
	for k, v := c.Seek(key); seq <= last && bytes.Equal(k, key); k, v = c.Next() {
		if more, err := visit(seq, v); err != nil || !more {
			return seq, false, err
		}
		seq++
		binary.BigEndian.PutUint64(key[16:], uint64(seq))
	}
	return seq, true, nil
}

func eventKey(room chat.RoomID, seq chat.Seq) []byte {
	return boltkit.Join(room[:], boltkit.Key64(uint64(seq)))
}

// entry returns one entry; its body is not to be used after the transaction.
func (l *logView) entry(seq chat.Seq) (e storage.Entry, err error) {
	err = l.each(seq, seq, func(seq chat.Seq, b []byte) (bool, error) {
		e, err = decodeEntry(b, l.room, seq)
		return true, err
	})
	return e, err
}

func (l *logView) chainAt(seq chat.Seq) (chat.Hash, error) {
	switch seq {
	case 0:
		return chat.Hash{}, nil
	case l.head.Seq:
		return l.head.Chain, nil
	case l.floor.Seq:
		return l.floor.Chain, nil
	}
	if seq < l.floor.Seq {
		p, found, err := purgedAt(l.tx, l.room, seq)
		if err == nil && !found {
			err = storage.ErrPurged
		}
		return p.chain, err
	}
	e, err := l.entry(seq)
	return e.Chain, err
}

// Room implements storage.Store. State, head and counters are of one instant.
func (s *Store) Room(ctx context.Context, room chat.RoomID) (log *storage.RoomLog, err error) {
	for log == nil && err == nil {
		err = s.viewLog(ctx, room, true, func(l *logView) error {
			if again, err := l.overtaken(); err != nil || again {
				return err // somebody appends right now; its owner never meets this
			}
			log, err = l.roomLog()
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	return log, nil
}

func (l *logView) roomLog() (log *storage.RoomLog, err error) {
	log = &storage.RoomLog{Head: l.head, Floor: l.floor, DSeqs: l.dseqs}
	if v := l.tx.Bucket(bucketStates).Get(l.room[:]); v != nil {
		if log.State, err = decodeState(l.room, v); err != nil {
			return nil, err
		}
	}
	err = boltkit.ScanPrefix(l.tx.Bucket(bucketDSeqs), l.room[:], func(k, v []byte) (bool, error) {
		dseq, ok := boltkit.Uint64(v)
		if !ok || len(k) != 32 {
			return false, damaged("room %s: a device counter is malformed", l.room)
		}
		device := chat.DeviceID(k[16:])
		if _, newer := l.dseqs[device]; !newer {
			l.dseqs[device] = dseq
		}
		return true, nil
	})
	return log, err
}

// RoomIDs implements storage.Store.
func (s *Store) RoomIDs(ctx context.Context) (ids []chat.RoomID, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketRooms).ForEach(func(k, _ []byte) error {
			if len(k) != 16 {
				return damaged("the list of rooms has a bad key")
			}
			ids = append(ids, chat.RoomID(k))
			return nil
		})
	})
	return ids, err
}

// AccountRooms implements storage.Store.
func (s *Store) AccountRooms(ctx context.Context, account chat.AccountID) (ids []chat.RoomID, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return boltkit.ScanPrefix(tx.Bucket(bucketMembers), account[:], func(k, _ []byte) (bool, error) {
			if len(k) != 32 {
				return false, damaged("the list of members has a bad key")
			}
			ids = append(ids, chat.RoomID(k[16:]))
			return true, nil
		})
	})
	return ids, err
}

// Read implements storage.Store.
func (s *Store) Read(ctx context.Context, room chat.RoomID, first, last chat.Seq, maxEvents, maxBytes int) (p storage.Page, err error) {
	err = s.viewLog(ctx, room, false, func(l *logView) error {
		if first, last = max(first, 1), min(last, l.head.Seq); first <= l.floor.Seq {
			return storage.ErrPurged
		}
		if p.Before, err = l.chainAt(min(first-1, l.head.Seq)); err != nil {
			return err
		}
		p.Chain = p.Before
		if first > last {
			return nil
		}
		p.Events = make([]chat.Event, 0, min(uint64(last-first)+1, uint64(max(maxEvents, 1)), 1024))
		bodies := 0
		err := l.each(first, last, func(seq chat.Seq, b []byte) (bool, error) {
			e, err := decodeEntry(b, room, seq)
			if err != nil {
				return false, err
			}
			if e.Event.Chain(p.Chain) != e.Chain {
				if len(p.Events) > 0 {
					return false, nil
				}
				return false, damaged("room %s: the chain breaks at %d", room, seq)
			}
			bodies += len(e.Event.Body)
			if len(p.Events) > 0 && (len(p.Events) >= maxEvents || bodies > maxBytes) {
				return false, nil
			}
			p.Events = append(p.Events, e.Event)
			p.Chain = e.Chain
			return true, nil
		})
		copyBodies(p.Events)
		return err
	})
	if err != nil {
		return storage.Page{}, err
	}
	return p, nil
}

// copyBodies moves the bodies of a page out of the mapped file, into one piece of
// memory: a page is used and dropped as a whole.
func copyBodies(events []chat.Event) {
	n := 0
	for i := range events {
		n += len(events[i].Body)
	}
	all := make([]byte, 0, n)
	for i := range events {
		e := &events[i]
		if e.Erased {
			continue // says nothing, as everywhere: no body at all, not an empty one
		}
		from := len(all)
		all = append(all, e.Body...)
		e.Body = all[from:len(all):len(all)]
	}
}

// Head implements storage.Store.
func (s *Store) Head(ctx context.Context, room chat.RoomID) (head chat.Head, err error) {
	err = s.viewLog(ctx, room, false, func(l *logView) error {
		head = l.head
		return nil
	})
	return head, err
}

// ChainAt implements storage.Store.
func (s *Store) ChainAt(ctx context.Context, room chat.RoomID, seq chat.Seq) (chain chat.Hash, err error) {
	err = s.viewLog(ctx, room, false, func(l *logView) error {
		if seq > l.head.Seq {
			return storage.ErrNotFound
		}
		chain, err = l.chainAt(seq)
		return err
	})
	return chain, err
}

// FindMID implements storage.Store.
func (s *Store) FindMID(ctx context.Context, room chat.RoomID, account chat.AccountID, mid chat.MID) (sent storage.Sent, found bool, err error) {
	key := midKey{room, account, mid}
	journal, inJournal := s.index.sent(key) // before the transaction, see viewLog
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		if inJournal {
			sent, found = journal, true
			return nil
		}
		n, ok := boltkit.Uint64(tx.Bucket(bucketMIDs).Get(key.bytes()))
		if !ok {
			return nil
		}
		seq := chat.Seq(n)
		v := tx.Bucket(bucketEvents).Get(eventKey(room, seq))
		if v == nil {
			p, purged, err := purgedAt(tx, room, seq)
			if sent, found = p.sent(seq), purged; err != nil || purged {
				return err
			}
			return damaged("room %s: a message id leads to %d, which is not there", room, seq)
		}
		e, err := decodeEntry(v, room, seq)
		sent, found = e.Sent(), true
		return err
	})
	if err != nil {
		return storage.Sent{}, false, err
	}
	return sent, found, nil
}

func (k midKey) bytes() []byte { return boltkit.Join(k.room[:], k.account[:], k.mid[:]) }
