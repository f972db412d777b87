package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// reader is a read transaction that opens what it finds.
type reader struct {
	s        *Store
	tx       *bbolt.Tx
	counting *tally // nil until it is asked for
}

// writer is a request to the committer. What it writes is seen by later requests
// at once; it may be run again, see boltkit.
type writer struct{ reader }

func (s *Store) view(ctx context.Context, fn func(r *reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.met(s.db.View(func(tx *bbolt.Tx) error { return fn(&reader{s: s, tx: tx}) }))
}

// met gives an error of the file its identity in this package. After damage the
// file is not marked as closed properly, so that the next opening looks at it.
func (s *Store) met(err error) error {
	if err = translate(err); errors.Is(err, ErrDamaged) {
		s.db.Distrust()
	}
	return err
}

func (s *Store) update(ctx context.Context, fn func(w *writer) error) error {
	return s.met(s.db.Update(ctx, func(tx *bbolt.Tx) error { return fn(&writer{reader{s: s, tx: tx}}) }))
}

// bucket returns one of the buckets that Open has found to be there.
func (r *reader) bucket(kind string) *bbolt.Bucket {
	name := r.s.tagged[kind]
	return r.tx.Bucket(name[:])
}

// roomBucket returns a room's bucket of a kind, nil if it has none.
func (r *reader) roomBucket(kind string, room tag) *bbolt.Bucket {
	return r.bucket(kind).Bucket(room[:])
}

func (r *reader) roomTag(room chat.RoomID) tag { return r.s.seal.tag("room", room[:]) }

// get returns the record at a place outside rooms, nil if there is none.
func (r *reader) get(p place) ([]byte, error) {
	sealed := r.bucket(p.kind).Get(p.key)
	if sealed == nil {
		return nil, nil
	}
	return r.s.seal.open(p, sealed)
}

// json reads the record at a place into v; false if there is none.
func (r *reader) json(p place, v any) (bool, error) {
	plain, err := r.get(p)
	if err != nil || plain == nil {
		return false, err
	}
	return true, decodeJSON(p, plain, v)
}

// decodeJSON must not pass on the decoder's error: it may quote content.
func decodeJSON(p place, plain []byte, v any) error {
	if json.Unmarshal(plain, v) != nil {
		return p.damage("not understood")
	}
	return nil
}

func (w *writer) put(p place, plain []byte) error {
	return w.bucket(p.kind).Put(p.key, w.s.seal.seal(p, plain))
}

func (w *writer) putJSON(p place, v any) error {
	plain, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", p.kind, err)
	}
	return w.put(p, plain)
}

func (w *writer) remove(p place) error { return w.bucket(p.kind).Delete(p.key) }

// counters returns a room's numbers; false if the room is not known.
func (r *reader) counters(t tag) (Counters, bool, error) {
	var rec roomRecord
	found, err := r.json(place{kind: bucketRooms, key: t[:]}, &rec)
	return rec.counters(), found, err
}

func (w *writer) putCounters(t tag, c *Counters) error {
	return w.putJSON(place{kind: bucketRooms, key: t[:]}, c.record())
}

// change reads a room's numbers, lets fn change them, and writes them back if
// fn says so. ErrNotFound if the room is not known.
func (w *writer) change(room chat.RoomID, fn func(t tag, c *Counters) (bool, error)) (Counters, error) {
	t := w.roomTag(room)
	c, found, err := w.counters(t)
	if err != nil {
		return c, err
	}
	if !found {
		return c, boltkit.Refuse(ErrNotFound)
	}
	changed, err := fn(t, &c)
	if err != nil || !changed {
		return c, err
	}
	return c, w.putCounters(t, &c)
}

// The records of the bucket meta.
const (
	metaOwner   = "owner"
	metaInfo    = "info"
	metaEpoch   = "epoch"
	metaChecked = "checked"
)

func metaPlace(name string) place { return place{kind: bucketMeta, key: []byte(name)} }

// eventPlace is where an event stands; key must be seqKey(seq).
func eventPlace(t *tag, key []byte) place { return place{kind: bucketEvents, room: t[:], key: key} }

func gapPlace(t *tag, key []byte) place { return place{kind: bucketGaps, room: t[:], key: key} }

func seqKey(seq chat.Seq) []byte { return boltkit.Key64(uint64(seq)) }

// event opens an event found under a key of a room's bucket.
func (r *reader) event(t *tag, room chat.RoomID, key, sealed []byte) (e chat.Event, chain chat.Hash, err error) {
	p := eventPlace(t, key)
	plain, err := r.s.seal.open(p, sealed)
	if err != nil {
		return e, chain, err
	}
	seq, ok := boltkit.Uint64(key)
	if !ok || !readEvent(plain, &e, &chain) {
		return e, chain, p.damage("not understood")
	}
	e.Room, e.Seq = room, chat.Seq(seq)
	return e, chain, nil
}

// eventAt returns the event at a sequence; false if there is none.
func (r *reader) eventAt(t *tag, room chat.RoomID, seq chat.Seq) (e chat.Event, chain chat.Hash, found bool, err error) {
	b := r.roomBucket(bucketEvents, *t)
	if b == nil {
		return e, chain, false, nil
	}
	key := seqKey(seq)
	sealed := b.Get(key)
	if sealed == nil {
		return e, chain, false, nil
	}
	e, chain, err = r.event(t, room, key, sealed)
	return e, chain, err == nil, err
}
