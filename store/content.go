package store

import (
	"context"
	"encoding/binary"
	"errors"

	"go.etcd.io/bbolt"

	"hearth/chat"
)

// The index of files: for each message of a log that names contents, a record under
// its place that lists them. It follows from the log alone (chat.Event.Contents) and
// is written in the transaction that writes the event.

const contentBytes = len(chat.Hash{}) + 8

func filesPlace(t *tag, key []byte) place { return place{kind: bucketFiles, room: t[:], key: key} }

// indexFiles writes the record of an event that names contents.
func (w *writer) indexFiles(t *tag, e *chat.Event) error {
	named := e.Contents()
	if len(named) == 0 {
		return nil
	}
	b, err := w.makeRoomBucket(bucketFiles, *t)
	if err != nil {
		return err
	}
	plain := make([]byte, 0, len(named)*contentBytes)
	for _, c := range named {
		plain = append(plain, c.Hash[:]...)
		plain = binary.BigEndian.AppendUint64(plain, uint64(c.Size)) //nolint:gosec // not negative
	}
	key := seqKey(e.Seq)
	return b.Put(key, w.s.seal.seal(filesPlace(t, key), plain))
}

// unindexFiles removes the record of an event that is about to go or to be erased.
func (w *writer) unindexFiles(t *tag, e *chat.Event) error {
	if e.Kind != chat.KindMessage || w.bucket(bucketFiles) == nil { // a migration from before there was one
		return nil
	}
	b := w.roomBucket(bucketFiles, *t)
	if b == nil {
		return nil
	}
	return b.Delete(seqKey(e.Seq))
}

// contents opens a record of the index.
func (r *reader) contents(t *tag, key, sealed []byte) (list []chat.Content, err error) {
	p := filesPlace(t, key)
	plain, err := r.s.seal.open(p, sealed)
	if err != nil {
		return nil, err
	}
	if len(plain) == 0 || len(plain)%contentBytes != 0 {
		return nil, p.damage("not understood")
	}
	for at := 0; at < len(plain); at += contentBytes {
		h := chat.Hash(plain[at : at+len(chat.Hash{})])
		size := binary.BigEndian.Uint64(plain[at+len(chat.Hash{}):])
		list = append(list, chat.Content{Hash: h, Size: int64(size)}) //nolint:gosec // was written from one
	}
	return list, nil
}

// Contents returns what the messages of a room name (zero: of all rooms), also those
// that a server has lost; one that several name is there several times.
func (s *Store) Contents(ctx context.Context, room chat.RoomID) (all []chat.Content, err error) {
	err = s.view(ctx, func(r *reader) error {
		return r.bucket(bucketRooms).ForEach(func(key, _ []byte) error {
			t := tag(key)
			c, _, err := r.counters(t)
			if err != nil || !room.IsZero() && c.Room != room {
				return err
			}
			named, err := r.roomContents(&t, &c)
			all = append(all, named...)
			return errors.Join(err, ctx.Err())
		})
	})
	return all, err
}

// OnlyHere returns what the server cannot give again: what the messages of rooms name
// that it does not let us read, and what messages name that it has lost.
func (s *Store) OnlyHere(ctx context.Context, unread map[chat.RoomID]bool) (all []chat.Content, err error) {
	err = s.view(ctx, func(r *reader) error {
		return r.bucket(bucketRooms).ForEach(func(key, _ []byte) error {
			t := tag(key)
			c, _, err := r.counters(t)
			switch {
			case err != nil:
				return err
			case unread[c.Room]:
				var named []chat.Content
				named, err = r.roomContents(&t, &c)
				all = append(all, named...)
			case c.Strays > 0:
				err = r.scanStrays(&t, c.Room, func(_ uint64, e *chat.Event) { all = append(all, e.Contents()...) })
			}
			return errors.Join(err, ctx.Err())
		})
	})
	return all, err
}

func (r *reader) roomContents(t *tag, c *Counters) (all []chat.Content, err error) {
	if b := r.roomBucket(bucketFiles, *t); b != nil {
		err = b.ForEach(func(key, sealed []byte) error {
			named, err := r.contents(t, key, sealed)
			all = append(all, named...)
			return err
		})
	}
	if err == nil && c.Strays > 0 {
		err = r.scanStrays(t, c.Room, func(_ uint64, e *chat.Event) { all = append(all, e.Contents()...) })
	}
	return all, err
}

// WithFiles returns the places of messages of a room that name contents, newest
// first: those before a place (0: all), at most limit.
func (s *Store) WithFiles(ctx context.Context, room chat.RoomID, before chat.Seq, limit int) (places []chat.Seq, err error) {
	err = s.view(ctx, func(r *reader) error {
		b := r.roomBucket(bucketFiles, r.roomTag(room))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		move := c.Last
		if before > 0 {
			if key, _ := c.Seek(seqKey(before)); key != nil {
				move = c.Prev
			}
		}
		for key, _ := move(); key != nil && len(places) < limit; key, _ = c.Prev() {
			places = append(places, chat.Seq(binary.BigEndian.Uint64(key)))
		}
		return nil
	})
	return places, err
}

// fileCheck compares the index of files with the log.
type fileCheck struct {
	r    *reader
	t    *tag
	room chat.RoomID
	n    int
}

func (x *fileCheck) event(e *chat.Event) error {
	named := e.Contents()
	if len(named) == 0 {
		return nil
	}
	x.n++
	key := seqKey(e.Seq)
	b := x.r.roomBucket(bucketFiles, *x.t)
	if b == nil || b.Get(key) == nil {
		return roomDamage(x.room, "files that are not in the index")
	}
	listed, err := x.r.contents(x.t, key, b.Get(key))
	if err == nil && (len(listed) != len(named) || listed[0] != named[0]) {
		err = roomDamage(x.room, "files that are others in the index")
	}
	return err
}

func (x *fileCheck) end() error {
	n := 0
	if b := x.r.roomBucket(bucketFiles, *x.t); b != nil {
		n = b.Stats().KeyN
	}
	if n != x.n {
		return roomDamage(x.room, "the index has files that are not in the log")
	}
	return nil
}

// addFiles makes place for the index, and indexes what older programs kept without
// understanding it.
func (s *Store) addFiles(tx *bbolt.Tx) error {
	return s.addIndex(tx, bucketFiles, (*writer).indexOldFiles)
}

// indexOldFiles indexes the log of a room.
func (w *writer) indexOldFiles(t *tag) error {
	c, _, err := w.counters(*t)
	if err != nil {
		return err
	}
	var with []chat.Event
	err = w.scan(t, c.Room, 1, func(e *chat.Event, _ chat.Hash) (bool, error) {
		if len(e.Contents()) > 0 {
			with = append(with, *e)
		}
		return true, nil
	})
	for i := range with {
		if err == nil {
			err = w.indexFiles(t, &with[i])
		}
	}
	return err
}
