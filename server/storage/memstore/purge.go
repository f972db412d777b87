package memstore

import (
	"context"
	"slices"

	"hearth/chat"
	"hearth/server/storage"
)

// purged is what is left of an event.
type purged struct {
	author chat.AccountID
	mid    chat.MID
	time   int64
	at     int64 // when it was purged
}

// Purge implements storage.Store.
func (s *Store) Purge(ctx context.Context, id chat.RoomID, through chat.Seq, now int64, most int) (floor chat.Head, err error) {
	err = s.with(ctx, func() error {
		r, err := s.room(id)
		if err != nil {
			return err
		}
		if through >= r.head().Seq {
			return storage.ErrBadBatch
		}
		for seq := r.floor.Seq + 1; seq <= through && most > 0; seq++ {
			most--
			e := &r.entries[seq-1]
			r.purged[seq] = purged{e.Event.Author, e.Event.MID, e.Event.Time, now}
			r.entries[seq-1] = storage.Entry{Chain: e.Chain}
			r.floor = chat.Head{Seq: seq, Chain: e.Chain}
			for _, edit := range r.about(seq, []chat.Kind{chat.KindEdit}) {
				r.entries[edit.Seq-1].Erase()
			}
		}
		floor = r.floor
		return nil
	})
	return floor, err
}

// ForgetPurged implements storage.Store.
func (s *Store) ForgetPurged(ctx context.Context, id chat.RoomID, before int64, most int) (n int, err error) {
	err = s.with(ctx, func() error {
		r, err := s.room(id)
		if err != nil {
			return err
		}
		var places []chat.Seq
		for seq := range r.purged {
			places = append(places, seq)
		}
		slices.Sort(places)
		for _, seq := range places {
			if n == most || r.purged[seq].at >= before {
				break
			}
			delete(r.purged, seq)
			n++
		}
		return nil
	})
	return n, err
}
