package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// Summary is what a store holds, as counted by Survey.
type Summary struct {
	Rooms      int `json:"rooms"`
	Events     int `json:"events"`
	MessageIDs int `json:"message_ids"`
	Accounts   int `json:"accounts"`
	Devices    int `json:"devices"`
	Invites    int `json:"invites"`
	Damages    int `json:"damages"` // how many rooms and lists do not follow from the events
}

// Verify implements storage.Store: first the pages of the file, then every room
// and every index. Writes may go on meanwhile; each room is looked at in one
// transaction. Pages that are damaged in the worst way end the process: a server
// does this to copies only, in another process.
func (s *Store) Verify(ctx context.Context) error {
	var first error
	_, err := s.Survey(ctx, func(damage error) {
		if first == nil {
			first = damage
		}
	})
	return cmp.Or(err, first)
}

// Survey does what Verify does, counts what there is, and goes on behind damage:
// each room or list that is damaged is reported once, with its name and the
// sequence where it is. The error is that of the file itself.
func (s *Store) Survey(ctx context.Context, report func(damage error)) (sum Summary, err error) {
	if err := s.db.Check(ctx); err != nil {
		return sum, translate(err)
	}
	rooms, err := s.RoomIDs(ctx)
	if err != nil {
		return sum, err
	}
	judge := func(err error) error {
		if errors.Is(err, storage.ErrDamaged) {
			sum.Damages++
			report(err)
			return nil
		}
		return err
	}
	book := newContentBook()
	for _, room := range rooms {
		var found Summary
		err := s.viewLog(ctx, room, false, func(l *logView) (err error) {
			found, err = l.verify(book)
			return l.named(err)
		})
		// A room that is being created this instant is no damage.
		if err = judge(err); err != nil && !errors.Is(err, storage.ErrNotFound) {
			return sum, err
		}
		sum.Rooms++
		sum.Events += found.Events
		sum.MessageIDs += found.MessageIDs
	}
	if err := judge(s.view(ctx, verifyStray)); err != nil {
		return sum, err
	}
	if err := judge(s.view(ctx, verifyMarkers)); err != nil {
		return sum, err
	}
	if err := judge(s.view(ctx, verifyCards)); err != nil {
		return sum, err
	}
	if err := judge(s.verifyContents(ctx, book)); err != nil {
		return sum, err
	}
	return sum, judge(s.view(ctx, func(tx *bbolt.Tx) error { return verifyPeople(tx, &sum) }))
}

// named adds the room's name, by which its people know it.
func (l *logView) named(err error) error {
	if !errors.Is(err, storage.ErrDamaged) {
		return err
	}
	if state, e := decodeState(l.room, l.tx.Bucket(bucketStates).Get(l.room[:])); e == nil && state.Name != "" {
		return fmt.Errorf("%w (the room is called %q)", err, state.Name)
	}
	return err
}

// verify walks a room's log and compares the indexes with it.
func (l *logView) verify(book *contentBook) (found Summary, err error) {
	v := storage.NewVerifier(l.room, l.floor)
	archived, err := archivedHead(l.tx, l.room)
	if err != nil {
		return found, err
	}
	mids, err := l.verifyPurged(v)
	if err != nil {
		return found, err
	}
	changes := 0
	err = l.each(l.floor.Seq+1, l.head.Seq, func(seq chat.Seq, b []byte) (bool, error) {
		e, err := decodeEntry(b, l.room, seq)
		if err != nil {
			return false, err
		}
		if err := v.Next(&e); err != nil {
			return false, err
		}
		book.add(&e.Event)
		listed, err := l.verifyChange(&e.Event)
		if err != nil {
			return false, err
		}
		changes += listed
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
	found.Events, found.MessageIDs = int(v.Head().Seq-l.floor.Seq), v.MIDs()
	if err != nil {
		return found, err
	}
	if err := l.verifyChanges(changes); err != nil {
		return found, err
	}
	return found, l.verifyEnds(v, archived, mids)
}

// verifyEnds checks that nothing lies behind the end of the log.
func (l *logView) verifyEnds(v *storage.Verifier, archived chat.Head, mids int) error {
	if k, _ := l.tx.Bucket(bucketEvents).Cursor().Seek(eventKey(l.room, 0)); bytes.HasPrefix(k, l.room[:]) && bytes.Compare(k, eventKey(l.room, l.floor.Seq)) <= 0 {
		return damaged("room %s: the archive holds what was purged up to %d", l.room, l.floor.Seq)
	}
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

// verifyStray looks for what belongs to no room, and does verifyMembers.
func verifyStray(tx *bbolt.Tx) error {
	if err := verifyOwned(tx, bucketEvents, bucketMIDs, bucketDSeqs, bucketStates, bucketChanges, bucketPurged); err != nil {
		return err
	}
	return verifyMembers(tx)
}

// verifyLists looks at all that is not log: a few pages, but for what people have read.
func verifyLists(tx *bbolt.Tx) error {
	if err := verifyOwned(tx, bucketStates, bucketDSeqs); err != nil {
		return err
	}
	if err := verifyMembers(tx); err != nil {
		return err
	}
	if err := verifyMarkers(tx); err != nil {
		return err
	}
	return verifyPeople(tx, &Summary{})
}

// verifyTails checks what the journal says about where each room's log ends: its records
// follow one another without a gap, and the last event fits its chain. The others are
// found damaged when they are read, and cost nobody more than themselves.
func (s *Store) verifyTails(ctx context.Context) error {
	rooms := map[chat.RoomID]bool{}
	for _, p := range [...]*part{s.index.frozen, s.index.active} {
		if p != nil {
			for room := range p.rooms {
				rooms[room] = true
			}
		}
	}
	for room := range rooms {
		err := s.viewLog(ctx, room, false, func(l *logView) error {
			archived, err := archivedHead(l.tx, room)
			if err != nil {
				return err
			}
			return l.follows(archived.Seq)
		})
		if errors.Is(err, storage.ErrNotFound) {
			return damaged("the journal holds something of room %s, which does not exist", room)
		}
		if err != nil {
			return err
		}
		head, err := s.Head(ctx, room)
		if err != nil {
			return err
		}
		if _, err = s.Read(ctx, room, head.Seq, head.Seq, 1, 0); err != nil && !errors.Is(err, storage.ErrPurged) {
			return err
		}
	}
	return nil
}

// follows checks that the journal's records continue the archive, which may hold some
// of them already.
func (l *logView) follows(archived chat.Seq) error {
	next := chat.Seq(0)
	for _, segments := range l.segments {
		for _, s := range segments {
			if next == 0 && s.first <= archived+1 {
				next = s.first
			}
			if s.first != next {
				return damaged("room %s: the journal goes on at %d, and what is before ends elsewhere", l.room, s.first)
			}
			next = s.end()
		}
	}
	if next != 0 && next != l.head.Seq+1 {
		return damaged("room %s: the journal ends at %d, not at its head %d", l.room, next-1, l.head.Seq)
	}
	return nil
}

// verifyOwned checks that the rooms exist whose things these buckets hold.
func verifyOwned(tx *bbolt.Tx, names ...[]byte) error {
	rooms := tx.Bucket(bucketRooms)
	for _, name := range names {
		c := tx.Bucket(name).Cursor()
		for k, _ := c.First(); k != nil; {
			if len(k) < 16 || rooms.Get(k[:16]) == nil {
				return damaged("%s holds something of a room that does not exist", name)
			}
			after := append(bytes.Clone(k[:16]), bytes.Repeat([]byte{0xFF}, 64)...)
			k, _ = c.Seek(after)
		}
	}
	return nil
}

// verifyMembers compares the lists of rooms with the members the rooms' states name.
func verifyMembers(tx *bbolt.Tx) error {
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
	return tx.Bucket(bucketRooms).ForEach(func(k, v []byte) error {
		if _, err := decodeRoom(v); err != nil || len(k) != 16 {
			return cmp.Or(err, damaged("the list of rooms has a bad key"))
		}
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
func verifyPeople(tx *bbolt.Tx, sum *Summary) error {
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
	sum.Accounts, sum.Devices = names, devices
	return tx.Bucket(bucketInvites).ForEach(func(k, v []byte) error {
		sum.Invites++
		_, err := decodeInvite(chat.InviteID(k), v)
		return err
	})
}
