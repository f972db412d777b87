package boltstore

import (
	"bytes"
	"context"
	"math"
	"slices"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// Which events change which message: a key is room, target and place of the change,
// its record the number of the kind.

// changeKinds are the numbers of kinds in bucketChanges.
var changeKinds = map[chat.Kind]byte{
	chat.KindEdit: 1, chat.KindDelete: 2, chat.KindReactionAdd: 3, chat.KindReactionRemove: 4, chat.KindPinAdd: 5, chat.KindPinRemove: 6,
}

func targetPrefix(room chat.RoomID, target chat.Seq) []byte { return eventKey(room, target) }

func changeKey(room chat.RoomID, target, place chat.Seq) []byte {
	return boltkit.Join(room[:], boltkit.Key64(uint64(target)), boltkit.Key64(uint64(place)))
}

// makeChanges makes the place of changes (format 4). Servers of the formats before
// refused such events, so that no log holds one.
func makeChanges(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket(bucketChanges)
	return err
}

// putChanges enters what the events of a batch change.
func (w *write) putChanges(tx *bbolt.Tx) error {
	for i := range w.batch.Entries {
		e := &w.batch.Entries[i].Event
		target := e.Target()
		if target == 0 {
			continue
		}
		if err := tx.Bucket(bucketChanges).Put(changeKey(e.Room, target, e.Seq), []byte{recordVersion, changeKinds[e.Kind]}); err != nil {
			return err
		}
	}
	return nil
}

// About implements storage.Store.
func (s *Store) About(ctx context.Context, room chat.RoomID, target chat.Seq, most int, kinds ...chat.Kind) (events []chat.Event, err error) {
	err = s.viewLog(ctx, room, false, func(l *logView) error {
		places, err := l.about(target, most, kinds)
		for _, seq := range places {
			e, err := l.entry(seq)
			if err != nil {
				return err
			}
			events = append(events, e.Event)
		}
		copyBodies(events)
		return err
	})
	return events, err
}

// AboutPlaces implements storage.Store.
func (s *Store) AboutPlaces(ctx context.Context, room chat.RoomID, target chat.Seq, kinds ...chat.Kind) (places []chat.Seq, err error) {
	err = s.viewLog(ctx, room, false, func(l *logView) (err error) {
		places, err = l.about(target, math.MaxInt, kinds)
		return err
	})
	return places, err
}

// about returns the newest places that change a message, in the order of the log.
func (l *logView) about(target chat.Seq, most int, kinds []chat.Kind) (places []chat.Seq, err error) {
	wanted := make([]byte, 0, len(kinds))
	for _, k := range kinds {
		wanted = append(wanted, changeKinds[k])
	}
	prefix := targetPrefix(l.room, target)
	c := l.tx.Bucket(bucketChanges).Cursor()
	k, v := boltkit.Before(c, changeKey(l.room, target, l.head.Seq+1)) // what came since is not in this view
	for ; bytes.HasPrefix(k, prefix) && len(places) < most; k, v = c.Prev() {
		place, ok := boltkit.Uint64(k[len(prefix):])
		if !ok || len(v) != 2 || v[0] != recordVersion {
			return nil, damaged("room %s: the list of changes to %d is malformed", l.room, target)
		}
		if len(wanted) == 0 || bytes.IndexByte(wanted, v[1]) >= 0 {
			places = append(places, chat.Seq(place))
		}
	}
	slices.Reverse(places)
	return places, nil
}

// verifyChange checks that an event that changes a message is listed.
func (l *logView) verifyChange(e *chat.Event) (listed int, err error) {
	target := e.Target()
	if target == 0 {
		return 0, nil
	}
	v := l.tx.Bucket(bucketChanges).Get(changeKey(l.room, target, e.Seq))
	if len(v) != 2 || v[0] != recordVersion || v[1] != changeKinds[e.Kind] {
		return 0, damaged("room %s: the list of changes to %d has nothing, or something else, for %d", l.room, target, e.Seq)
	}
	return 1, nil
}

// verifyChanges checks that nothing else is listed, want being what follows from
// the log up to the head.
func (l *logView) verifyChanges(want int) error {
	listed := 0
	err := boltkit.ScanPrefix(l.tx.Bucket(bucketChanges), l.room[:], func(k, _ []byte) (bool, error) {
		if len(k) != 32 {
			return false, damaged("room %s: the list of changes has a bad key", l.room)
		}
		if place, _ := boltkit.Uint64(k[24:]); chat.Seq(place) <= l.head.Seq {
			listed++
		}
		return true, nil
	})
	if err == nil && listed != want {
		err = damaged("room %s: %d changes are listed, the log holds %d", l.room, listed, want)
	}
	return err
}
