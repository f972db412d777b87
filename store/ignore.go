package store

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"hearth/chat"
)

// People whose messages do not count: the reader wants nothing to do with them. Who
// they are stands in the file, and every room's numbers are true of it: a change of the
// one is one transaction with the others.

// keyIgnored is the setting that holds the ids, sorted, one after the other.
const keyIgnored = "ignored"

// tally is whose messages count for whom.
type tally struct {
	me      chat.AccountID
	ignored map[chat.AccountID]struct{} // never changed
}

// counts is Counts without what is ignored.
func (y *tally) counts(e *chat.Event) bool {
	return !y.ignores(e) && Counts(e, y.me)
}

// ignores reports whether somebody ignored has written an event.
func (y *tally) ignores(e *chat.Event) bool {
	_, ignored := y.ignored[e.Author]
	return ignored
}

// tally returns whose messages count.
func (r *reader) tally() (*tally, error) {
	if r.counting != nil {
		return r.counting, nil
	}
	plain, err := r.get(r.settingPlace(keyIgnored))
	if err != nil {
		return nil, err
	}
	y := &tally{me: r.s.owner.Account}
	if len(plain)%len(chat.AccountID{}) != 0 {
		return nil, place{kind: bucketSettings}.damage("not understood")
	}
	for id := range slices.Chunk(plain, len(chat.AccountID{})) {
		if y.ignored == nil {
			y.ignored = make(map[chat.AccountID]struct{}, len(plain)/len(id))
		}
		y.ignored[chat.AccountID(id)] = struct{}{}
	}
	r.counting = y
	return y, nil
}

// SetIgnored replaces whose messages do not count, and returns the numbers of the rooms
// that has changed, in no particular order.
func (s *Store) SetIgnored(ctx context.Context, accounts []chat.AccountID) (changed []Counters, err error) {
	fresh := slices.Clone(accounts)
	slices.SortFunc(fresh, func(a, b chat.AccountID) int { return bytes.Compare(a[:], b[:]) })
	fresh = slices.Compact(fresh)
	err = s.update(ctx, func(w *writer) error {
		changed = nil // a transaction may be tried again
		y, err := w.tally()
		if err != nil {
			return err
		}
		now := &tally{me: y.me, ignored: map[chat.AccountID]struct{}{}}
		var plain []byte
		for _, a := range fresh {
			plain = append(plain, a[:]...)
			now.ignored[a] = struct{}{}
		}
		if maps.Equal(y.ignored, now.ignored) {
			return nil
		}
		p := w.settingPlace(keyIgnored)
		if len(plain) == 0 {
			err = w.remove(p)
		} else {
			err = w.put(p, plain)
		}
		if err != nil {
			return err
		}
		w.counting = now
		changed, err = w.recount()
		return err
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// sumAgain makes the numbers of files of format 8 and older, in which the newest message
// was so whoever had written it, and of format 9, in which a message called whom it called
// before its edits.
func (s *Store) sumAgain(tx *bbolt.Tx) error {
	if err := s.checkPrint(tx); err != nil {
		return err
	}
	w := &writer{reader{s: s, tx: tx}}
	_, err := w.recount()
	return err
}

// recount makes the numbers of all rooms those of their logs. Of most nothing is
// unread, and nothing but the newest events is looked at.
func (w *writer) recount() (changed []Counters, err error) {
	var rooms []Counters
	err = w.bucket(bucketRooms).ForEach(func(key, _ []byte) error {
		c, _, err := w.counters(tag(key))
		rooms = append(rooms, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range rooms {
		c, was := &rooms[i], rooms[i]
		t := w.roomTag(c.Room)
		if err := w.findLast(&t, c); err != nil {
			return nil, err
		}
		if c.Floor() < c.Cursor.Seq {
			if c.Unread, c.Mentions, err = w.countUnread(&t, c.Room, c.Floor(), c.Cursor.Seq); err != nil {
				return nil, err
			}
		}
		if *c == was {
			continue
		}
		if err := w.putCounters(t, c); err != nil {
			return nil, err
		}
		changed = append(changed, *c)
	}
	return changed, nil
}
