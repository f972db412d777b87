package boltstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
	"hearth/server/storage"
)

// Which events name which contents: a key is content, room and place, its record the
// author and the size. Beside it, how many bytes each account's events name.

func contentKey(h chat.Hash, room chat.RoomID, seq chat.Seq) []byte {
	return boltkit.Join(h[:], room[:], boltkit.Key64(uint64(seq)))
}

// putContents enters what the events of a batch name. The batch is new to the log,
// so nothing is counted twice.
func (w *write) putContents(tx *bbolt.Tx) error {
	for i := range w.batch.Entries {
		if err := changeContents(tx, &w.batch.Entries[i].Event, 1); err != nil {
			return err
		}
	}
	return nil
}

// changeContents enters (1) or removes (-1) what one event names.
func changeContents(tx *bbolt.Tx, e *chat.Event, sign int64) error {
	named := e.Contents()
	if len(named) == 0 {
		return nil
	}
	b, total := tx.Bucket(bucketContents), int64(0)
	for _, c := range named {
		key := contentKey(c.Hash, e.Room, e.Seq)
		total += c.Size
		if sign < 0 {
			if err := b.Delete(key); err != nil {
				return err
			}
			if fault.Bug(fault.ContentMiscounted) {
				miscount(b, c.Hash)
			}
			continue
		}
		record := binary.AppendUvarint(boltkit.Join([]byte{recordVersion}, e.Author[:]), uint64(max(0, c.Size)))
		if err := b.Put(key, record); err != nil {
			return err
		}
	}
	sums := tx.Bucket(bucketContentBytes)
	n, _ := boltkit.Uint64(sums.Get(e.Author[:]))
	return sums.Put(e.Author[:], boltkit.Key64(uint64(max(0, int64(n)+sign*total))))
}

// Named implements storage.Store.
func (s *Store) Named(ctx context.Context, room chat.RoomID, content chat.Hash, from chat.Seq) (bool, error) {
	return s.anyContent(ctx, boltkit.Join(content[:], room[:]), from)
}

// NamedAnywhere implements storage.Store.
func (s *Store) NamedAnywhere(ctx context.Context, content chat.Hash) (bool, error) {
	return s.anyContent(ctx, content[:], 0)
}

// anyContent looks for a reference from a place on; the place ends the key.
func (s *Store) anyContent(ctx context.Context, prefix []byte, from chat.Seq) (found bool, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return boltkit.ScanPrefix(tx.Bucket(bucketContents), prefix, func(k, _ []byte) (bool, error) {
			found = chat.Seq(binary.BigEndian.Uint64(k[len(k)-8:])) >= from
			return !found, nil
		})
	})
	return found, err
}

// NamedBytes implements storage.Store.
func (s *Store) NamedBytes(ctx context.Context, account chat.AccountID) (n int64, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		sum, _ := boltkit.Uint64(tx.Bucket(bucketContentBytes).Get(account[:]))
		n = int64(sum) //nolint:gosec // a sum of sizes that were int64
		return nil
	})
	return n, err
}

// EachContent visits everything that events name, ordered by content: once for each
// event that does, with the size that it states.
func (s *Store) EachContent(ctx context.Context, visit func(h chat.Hash, room chat.RoomID, seq chat.Seq, size int64)) error {
	return s.view(ctx, func(tx *bbolt.Tx) error {
		return boltkit.ScanPrefix(tx.Bucket(bucketContents), nil, func(k, v []byte) (bool, error) {
			d := decoder{b: v}
			d.version("content")
			var account chat.AccountID
			d.fixed(account[:])
			size := d.uvarint()
			room, seq, ok := contentPlace(k)
			if err := d.end(); err != nil || !ok {
				return false, cmp.Or(err, damaged("the list of files is not understood"))
			}
			visit(chat.Hash(k[:len(chat.Hash{})]), room, seq, int64(size)) //nolint:gosec // it was one
			return true, ctx.Err()
		})
	})
}

// makeContents makes the places of contents (format 3). Servers of the formats
// before had no files to name.
func makeContents(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketContents, bucketContentBytes} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return nil
}

// contentBook is what the logs name, as far as they have been walked.
type contentBook struct {
	keys  map[string]bool
	heads map[chat.RoomID]chat.Seq
}

func newContentBook() *contentBook {
	return &contentBook{keys: map[string]bool{}, heads: map[chat.RoomID]chat.Seq{}}
}

func (b *contentBook) add(e *chat.Event) {
	b.heads[e.Room] = e.Seq
	for _, c := range e.Contents() {
		b.keys[string(contentKey(c.Hash, e.Room, e.Seq))] = true
	}
}

// verifyContents compares the list with the book. Rooms went on since they were
// walked: what lies behind is not judged, and what is gone must have been erased.
func (s *Store) verifyContents(ctx context.Context, b *contentBook) error {
	var missing [][]byte
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		missing, err = b.verify(tx)
		return err
	})
	for _, key := range missing {
		room, seq, _ := contentPlace(key)
		page, e := s.Read(ctx, room, seq, seq, 1, 1)
		if errors.Is(e, storage.ErrPurged) {
			continue
		}
		if e != nil {
			return e
		}
		if err == nil && len(page.Events) == 1 && !page.Events[0].Erased {
			err = damaged("the list of files lacks what room %s names at %d", room, seq)
		}
	}
	return err
}

// verify judges what the list holds and returns what it lacks.
func (b *contentBook) verify(tx *bbolt.Tx) (missing [][]byte, err error) {
	sums := map[chat.AccountID]uint64{}
	contents := tx.Bucket(bucketContents)
	err = contents.ForEach(func(k, v []byte) error {
		d := decoder{b: v}
		d.version("content")
		var account chat.AccountID
		d.fixed(account[:])
		sums[account] += d.uvarint()
		if err := d.end(); err != nil {
			return err
		}
		room, seq, ok := contentPlace(k)
		if !ok || seq <= b.heads[room] && !b.keys[string(k)] {
			return damaged("the list of files names one that no event of room %s does at %d", room, seq)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for key := range b.keys {
		if contents.Get([]byte(key)) == nil {
			missing = append(missing, []byte(key))
		}
	}
	return missing, tx.Bucket(bucketContentBytes).ForEach(func(k, v []byte) error {
		if n, _ := boltkit.Uint64(v); len(k) != 16 || n != sums[chat.AccountID(k)] {
			return damaged("the bytes of an account's files do not follow from the list")
		}
		return nil
	})
}

func contentPlace(key []byte) (room chat.RoomID, seq chat.Seq, ok bool) {
	var h chat.Hash
	if len(key) != len(h)+len(room)+8 {
		return room, 0, false
	}
	n, ok := boltkit.Uint64(key[len(h)+len(room):])
	return chat.RoomID(key[len(h) : len(h)+len(room)]), chat.Seq(n), ok
}
