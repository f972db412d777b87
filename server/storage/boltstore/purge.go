package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
	"hearth/server/storage"
)

// Purging (docs/adr/0038) takes events from the beginning of a room's archive, a step a
// transaction. Of each a stub stays for a time: when, whose, which message id, and the
// chain value. The journal is never purged; what is to go is archived first.

// mostPurgedEdits ends a step early: edits stand anywhere, and each is rewritten.
const mostPurgedEdits = 256

// journalPatience is how long purging waits before it looks again whether the journal
// has been archived.
const journalPatience = 5 * time.Millisecond

var (
	errPurgedAlready = errors.New("nothing is left to purge")
	errInJournal     = errors.New("what is to be purged is in the journal")
)

// makePurged makes the place of stubs (format 6).
func makePurged(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket(bucketPurged)
	return err
}

// stub is what stays of an event that was purged.
type stub struct {
	time, at int64
	author   chat.AccountID
	mid      chat.MID
	chain    chat.Hash
}

func (p *stub) encode() []byte {
	b := append(make([]byte, 0, 81), recordVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(p.time))
	b = binary.BigEndian.AppendUint64(b, uint64(p.at))
	b = append(b, p.author[:]...)
	b = append(b, p.mid[:]...)
	return append(b, p.chain[:]...)
}

func decodeStub(b []byte) (p stub, err error) {
	d := decoder{b: b}
	d.version("purged event")
	p.time, p.at = d.int(), d.int()
	d.fixed(p.author[:])
	d.fixed(p.mid[:])
	d.fixed(p.chain[:])
	return p, d.end()
}

func (p *stub) sent(seq chat.Seq) storage.Sent {
	return storage.Sent{Seq: seq, Time: p.time, Chain: p.chain, Erased: true}
}

// purgedAt returns what is left of an event that was purged.
func purgedAt(tx *bbolt.Tx, room chat.RoomID, seq chat.Seq) (p stub, found bool, err error) {
	v := tx.Bucket(bucketPurged).Get(eventKey(room, seq))
	if v == nil {
		return p, false, nil
	}
	p, err = decodeStub(v)
	return p, err == nil, err
}

// purge is one step on its way.
type purge struct {
	s       *Store
	room    chat.RoomID
	through chat.Seq
	now     int64
	most    int
	floor   chat.Head // set by run
	erased  []midKey  // set by run: of edits
}

// Purge implements storage.Store.
func (s *Store) Purge(ctx context.Context, room chat.RoomID, through chat.Seq, now int64, most int) (chat.Head, error) {
	for {
		p := &purge{s: s, room: room, through: through, now: now, most: most}
		answer := make(chan error, 1)
		s.db.Submit(p.run, func(err error) {
			if err == nil {
				s.index.erased(p.erased)
			}
			answer <- err
		})
		var err error
		select {
		case err = <-answer:
		case <-ctx.Done():
			return chat.Head{}, ctx.Err()
		}
		switch {
		case err == nil || errors.Is(err, errPurgedAlready):
			return p.floor, nil
		case !errors.Is(err, errInJournal):
			return chat.Head{}, translate(err)
		}
		select {
		case <-time.After(journalPatience):
		case <-ctx.Done():
			return chat.Head{}, ctx.Err()
		}
	}
}

// run does the step inside a transaction of the committer.
func (p *purge) run(tx *bbolt.Tx) error {
	p.erased = p.erased[:0]
	g := p.s.begin(tx)
	head, exists, err := p.s.headIn(tx, g, p.room)
	switch {
	case err != nil:
		return boltkit.Refuse(err)
	case !exists:
		return boltkit.Refuse(storage.ErrNotFound)
	case p.through >= head:
		return boltkit.Refuse(storage.ErrBadBatch)
	}
	r, err := archivedRoom(tx, p.room)
	if err != nil {
		return boltkit.Refuse(err)
	}
	if p.floor = r.floor; p.through <= r.floor.Seq {
		return boltkit.Refuse(errPurgedAlready)
	}
	last := min(p.through, p.s.archivedBefore(g, p.room, r.head.Seq+1)-1)
	if last <= r.floor.Seq {
		p.s.flush = true
		return boltkit.Refuse(errInJournal)
	}
	if err := p.take(tx, g, last); err != nil {
		return err
	}
	r.floor = p.floor
	fault.Point(fault.ServerPurgeInTx)
	return tx.Bucket(bucketRooms).Put(p.room[:], r.encode())
}

// archivedBefore is where a room's journal begins; behind the archive if nothing of the
// room is in it.
func (s *Store) archivedBefore(g *group, room chat.RoomID, behind chat.Seq) chat.Seq {
	t := s.index.tail(room, false)
	for _, segments := range [...][]segment{t.segments[0], t.segments[1], g.added[room]} {
		if len(segments) > 0 {
			behind = min(behind, segments[0].first)
		}
	}
	return behind
}

// take removes events up to last, as many as a step may.
func (p *purge) take(tx *bbolt.Tx, g *group, last chat.Seq) error {
	edits := 0
	for n := 0; p.floor.Seq < last && n < max(p.most, 1) && edits <= mostPurgedEdits; n++ {
		seq := p.floor.Seq + 1
		key := eventKey(p.room, seq)
		v := tx.Bucket(bucketEvents).Get(key)
		if v == nil {
			return damaged("room %s: sequence %d, which is to be purged, is missing", p.room, seq)
		}
		e, err := decodeEntry(bytes.Clone(v), p.room, seq)
		if err != nil {
			return err
		}
		if err := forget(tx, &e.Event); err != nil {
			return err
		}
		if err := tx.Bucket(bucketEvents).Delete(key); err != nil {
			return err
		}
		if err := p.keepStub(tx, &e); err != nil {
			return err
		}
		erased, err := p.eraseEdits(tx, g, seq)
		if err != nil {
			return err
		}
		edits += erased
		p.floor = chat.Head{Seq: seq, Chain: e.Chain}
	}
	return nil
}

func (p *purge) keepStub(tx *bbolt.Tx, e *storage.Entry) error {
	if fault.Bug(fault.PurgeForgetsDedupe) {
		k := midKey{p.room, e.Event.Author, e.Event.MID}
		return tx.Bucket(bucketMIDs).Delete(k.bytes())
	}
	left := stub{time: e.Event.Time, at: p.now, author: e.Event.Author, mid: e.Event.MID, chain: e.Chain}
	return tx.Bucket(bucketPurged).Put(eventKey(p.room, e.Event.Seq), left.encode())
}

// eraseEdits empties the edits of a message that is purged: they say it again.
func (p *purge) eraseEdits(tx *bbolt.Tx, g *group, target chat.Seq) (int, error) {
	var edits []chat.Seq
	prefix := targetPrefix(p.room, target)
	err := boltkit.ScanPrefix(tx.Bucket(bucketChanges), prefix, func(k, v []byte) (bool, error) {
		place, ok := boltkit.Uint64(k[len(prefix):])
		if !ok || len(v) != 2 {
			return false, damaged("room %s: the list of changes to %d is malformed", p.room, target)
		}
		if v[1] == changeKinds[chat.KindEdit] {
			edits = append(edits, chat.Seq(place))
		}
		return true, nil
	})
	if err != nil || len(edits) == 0 {
		return 0, err
	}
	w := &write{s: p.s, batch: &storage.Batch{Room: p.room, Erase: edits}}
	if err := w.erase(tx, g); err != nil {
		return 0, err
	}
	p.erased = append(p.erased, w.erased...)
	return len(edits), nil
}

// ForgetPurged implements storage.Store.
func (s *Store) ForgetPurged(ctx context.Context, room chat.RoomID, before int64, most int) (n int, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		n = 0
		if _, err := archivedRoom(tx, room); err != nil {
			return boltkit.Refuse(err)
		}
		old := map[chat.Seq]stub{}
		err := boltkit.ScanPrefix(tx.Bucket(bucketPurged), room[:], func(k, v []byte) (bool, error) {
			p, err := decodeStub(v)
			if err != nil || p.at >= before || len(old) >= most {
				return false, err
			}
			seq, _ := boltkit.Uint64(k[len(room):])
			old[chat.Seq(seq)] = p
			return true, nil
		})
		if err != nil {
			return boltkit.Refuse(err)
		}
		if n = len(old); n == 0 {
			return boltkit.Refuse(errPurgedAlready)
		}
		for seq, p := range old {
			k := midKey{room, p.author, p.mid}
			if err := errors.Join(tx.Bucket(bucketPurged).Delete(eventKey(room, seq)), tx.Bucket(bucketMIDs).Delete(k.bytes())); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errPurgedAlready) {
		err = nil
	}
	return n, err
}

// verifyPurged checks what is left of purged events and returns how many message ids
// they hold.
func (l *logView) verifyPurged(v *storage.Verifier) (mids int, err error) {
	err = boltkit.ScanPrefix(l.tx.Bucket(bucketPurged), l.room[:], func(k, raw []byte) (bool, error) {
		seq, ok := boltkit.Uint64(k[len(l.room):])
		p, err := decodeStub(raw)
		switch {
		case err != nil:
			return false, err
		case !ok:
			return false, damaged("room %s: the list of what was purged has a bad key", l.room)
		}
		if err := v.Purged(chat.Seq(seq), p.author, p.mid); err != nil || p.mid.IsZero() {
			return true, err
		}
		key := midKey{l.room, p.author, p.mid}
		if n, _ := boltkit.Uint64(l.tx.Bucket(bucketMIDs).Get(key.bytes())); n != seq {
			return false, damaged("room %s: the message id of %d, which was purged, leads to %d", l.room, seq, n)
		}
		mids++
		return true, nil
	})
	return mids, err
}
