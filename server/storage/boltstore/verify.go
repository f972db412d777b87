package boltstore

import (
	"bytes"
	"context"
	"errors"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// Verify implements storage.Store: first the pages of the file, then every room
// and every index. Writes may go on meanwhile; each room is looked at in one
// transaction.
func (s *Store) Verify(ctx context.Context) error {
	if err := s.db.Check(ctx); err != nil {
		return translate(err)
	}
	rooms, err := s.RoomIDs(ctx)
	if err != nil {
		return err
	}
	for _, room := range rooms {
		err := s.viewLog(ctx, room, false, (*logView).verify)
		// A room that is being created this instant is no damage.
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
	}
	if err := s.view(ctx, verifyStray); err != nil {
		return err
	}
	return s.view(ctx, verifyPeople)
}

// verify walks a room's log and compares the indexes with it.
func (l *logView) verify() error {
	v := storage.NewVerifier(l.room)
	archived, err := archivedHead(l.tx, l.room)
	if err != nil {
		return err
	}
	mids := 0
	err = l.each(1, l.head.Seq, func(seq chat.Seq, b []byte) (bool, error) {
		e, err := decodeEntry(b, l.room, seq)
		if err != nil {
			return false, err
		}
		if err := v.Next(&e); err != nil {
			return false, err
		}
		if seq == archived.Seq && e.Chain != archived.Chain {
			return false, damaged("room %s: the recorded head at %d has another chain", l.room, seq)
		}
		if seq > archived.Seq || e.Event.MID.IsZero() {
			return true, nil
		}
		mids++
		key := midKey{l.room, e.Event.Author, e.Event.MID}
		if n, _ := boltkit.Uint64(l.tx.Bucket(bucketMIDs).Get(key.bytes())); chat.Seq(n) != seq {
			return false, damaged("room %s: the message id of %d leads to %d", l.room, seq, n)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	return l.verifyEnds(v, archived, mids)
}

// verifyEnds checks that nothing lies behind the end of the log.
func (l *logView) verifyEnds(v *storage.Verifier, archived chat.Head, mids int) error {
	if k, _ := l.tx.Bucket(bucketEvents).Cursor().Seek(eventKey(l.room, archived.Seq+1)); bytes.HasPrefix(k, l.room[:]) {
		return damaged("room %s: the archive goes on behind its head at %d", l.room, archived.Seq)
	}
	if v.Head() != l.head {
		return damaged("room %s: the head is %d, the log ends at %d", l.room, l.head.Seq, v.Head().Seq)
	}
	listed := 0
	err := boltkit.ScanPrefix(l.tx.Bucket(bucketMIDs), l.room[:], func(_, n []byte) (bool, error) {
		if seq, _ := boltkit.Uint64(n); chat.Seq(seq) <= l.head.Seq {
			listed++
		}
		return true, nil
	})
	if err == nil && listed != mids {
		err = damaged("room %s: %d message ids are listed, the archive holds %d", l.room, listed, mids)
	}
	return err
}

// verifyStray looks for what belongs to no room, and compares the lists of rooms
// with the members the rooms' states name.
func verifyStray(tx *bbolt.Tx) error {
	rooms := tx.Bucket(bucketRooms)
	for _, name := range [...][]byte{bucketEvents, bucketMIDs, bucketDSeqs, bucketStates} {
		c := tx.Bucket(name).Cursor()
		for k, _ := c.First(); k != nil; {
			if len(k) < 16 || rooms.Get(k[:16]) == nil {
				return damaged("%s holds something of a room that does not exist", name)
			}
			after := append(bytes.Clone(k[:16]), bytes.Repeat([]byte{0xFF}, 64)...)
			k, _ = c.Seek(after)
		}
	}
	listed := map[chat.RoomID]map[chat.AccountID]bool{}
	err := tx.Bucket(bucketMembers).ForEach(func(k, _ []byte) error {
		if len(k) != 32 {
			return damaged("the list of members has a bad key")
		}
		room := chat.RoomID(k[16:])
		if listed[room] == nil {
			listed[room] = map[chat.AccountID]bool{}
		}
		listed[room][chat.AccountID(k[:16])] = true
		return nil
	})
	if err != nil {
		return err
	}
	return rooms.ForEach(func(k, _ []byte) error {
		room := chat.RoomID(k)
		var state *chat.Room
		if v := tx.Bucket(bucketStates).Get(k); v != nil {
			var err error
			if state, err = decodeState(room, v); err != nil {
				return err
			}
		}
		return storage.VerifyMembers(room, state, listed[room])
	})
}

// verifyPeople decodes all accounts, devices and invites and checks their lists.
func verifyPeople(tx *bbolt.Tx) error {
	names, devices := 0, 0
	err := tx.Bucket(bucketAccounts).ForEach(func(k, v []byte) error {
		a, err := decodeAccount(chat.AccountID(k), v)
		if err != nil {
			return err
		}
		if !bytes.Equal(tx.Bucket(bucketNames).Get(nameKey(a.Name)), k) {
			return damaged("account %s is not listed by its name", a.ID)
		}
		names++
		own, err := accountDevices(tx, a.ID)
		devices += len(own)
		for i := range own {
			if own[i].Account != a.ID {
				return damaged("device %s is listed with another account", own[i].ID)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	err = tx.Bucket(bucketNames).ForEach(func(k, v []byte) error {
		if !bytes.HasPrefix(k, alikeKey("")) {
			return nil
		}
		if tx.Bucket(bucketAccounts).Get(v) == nil {
			return damaged("the like of a name belongs to no account")
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, count := range [...]struct {
		bucket []byte
		want   int
	}{{bucketNames, 2 * names}, {bucketAccountDevices, devices}, {bucketDevices, devices}} {
		have := 0
		if err := tx.Bucket(count.bucket).ForEach(func(_, _ []byte) error { have++; return nil }); err != nil {
			return err
		}
		if have != count.want {
			return damaged("%s has %d records, %d follow from the accounts", count.bucket, have, count.want)
		}
	}
	return tx.Bucket(bucketInvites).ForEach(func(k, v []byte) error {
		_, err := decodeInvite(chat.InviteID(k), v)
		return err
	})
}
