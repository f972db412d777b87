package store

import (
	"encoding/json"
	"fmt"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// The outbox on disk: entries by order, and the order by message id.

func entryPlace(key []byte) place { return place{kind: bucketOutbox, key: key} }

func (r *reader) midPlace(mid chat.MID) place {
	t := r.s.seal.tag("mid", mid[:])
	return place{kind: bucketMIDs, key: t[:]}
}

// entry opens an entry found under a key.
func (r *reader) entry(key, sealed []byte) (Entry, error) {
	p := entryPlace(key)
	plain, err := r.s.seal.open(p, sealed)
	if err != nil {
		return Entry{}, err
	}
	var rec entryRecord
	if err := decodeJSON(p, plain, &rec); err != nil {
		return Entry{}, err
	}
	order, ok := boltkit.Uint64(key)
	if !ok {
		return Entry{}, p.damage("key too short")
	}
	return rec.entry(order), nil
}

// entries returns the entries that match, in order.
func (r *reader) entries(match func(e *Entry) bool) (found []Entry, err error) {
	err = r.bucket(bucketOutbox).ForEach(func(key, sealed []byte) error {
		e, err := r.entry(key, sealed)
		if err == nil && match(&e) {
			found = append(found, e)
		}
		return err
	})
	return found, err
}

func (r *reader) hasMID(mid chat.MID) bool {
	return r.bucket(bucketMIDs).Get(r.midPlace(mid).key) != nil
}

// entryByMID returns the entry with a message id; false if there is none.
func (r *reader) entryByMID(mid chat.MID) (Entry, bool, error) {
	p := r.midPlace(mid)
	key, err := r.get(p)
	if err != nil || key == nil {
		return Entry{}, false, err
	}
	sealed := r.bucket(bucketOutbox).Get(key)
	if sealed == nil {
		return Entry{}, false, p.damage("it names no entry")
	}
	e, err := r.entry(key, sealed)
	return e, err == nil, err
}

// outboxWaits reports whether there is any entry.
func (r *reader) outboxWaits() bool {
	key, _ := r.bucket(bucketOutbox).Cursor().First()
	return key != nil
}

// outboxHasMoreThan reports whether there are more than n entries. Orders grow by
// one, so the span of the keys usually answers without counting.
func (r *reader) outboxHasMoreThan(n int) bool {
	if n < 0 {
		return true
	}
	c := r.bucket(bucketOutbox).Cursor()
	first, _ := c.First()
	if first == nil {
		return false
	}
	last, _ := c.Last()
	from, _ := boltkit.Uint64(first)
	to, _ := boltkit.Uint64(last)
	if to-from < uint64(n) {
		return false
	}
	for key, _ := c.First(); key != nil; key, _ = c.Next() {
		if n--; n < 0 {
			return true
		}
	}
	return false
}

func (w *writer) putEntry(e *Entry) error {
	plain, err := json.Marshal(e.record())
	if err != nil {
		return fmt.Errorf("encode an outbox entry: %w", err)
	}
	return w.put(entryPlace(boltkit.Key64(e.Order)), plain)
}

func (w *writer) addEntry(e *Entry) error {
	if err := w.put(w.midPlace(e.MID), boltkit.Key64(e.Order)); err != nil {
		return err
	}
	return w.putEntry(e)
}

func (w *writer) removeEntry(e *Entry) error {
	if err := w.remove(w.midPlace(e.MID)); err != nil {
		return err
	}
	return w.remove(entryPlace(boltkit.Key64(e.Order)))
}

// changeEntry lets fn change an entry; one that is gone is ignored.
func (w *writer) changeEntry(mid chat.MID, fn func(e *Entry) error) error {
	e, found, err := w.entryByMID(mid)
	if err != nil || !found {
		return err
	}
	if err := fn(&e); err != nil {
		return err
	}
	return w.putEntry(&e)
}

func (w *writer) changeEntries(mids []chat.MID, fn func(e *Entry) error) error {
	for _, mid := range mids {
		if err := w.changeEntry(mid, fn); err != nil {
			return err
		}
	}
	return nil
}
