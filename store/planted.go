package store

import (
	"context"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
)

// cursorsFirst is the bug fault.CursorBeforeEvents: cursors get to the disk in a
// transaction before that of their events. For the program that goes on nothing
// has changed; for one that is killed in between everything has.
func (s *Store) cursorsFirst(ctx context.Context, u Update, states [][]byte) error {
	var before []*roomWork
	err := s.update(ctx, func(w *writer) error {
		a := applier{w: w, rooms: map[chat.RoomID]*roomWork{}}
		before = nil
		for i := range u.Rooms {
			if err := a.plan(&u.Rooms[i], states[i]); err != nil {
				return boltkit.Refuse(err)
			}
		}
		for _, rw := range a.order {
			c, found, err := w.counters(rw.tag)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			before = append(before, &roomWork{tag: rw.tag, c: c})
			if err := w.putCounters(rw.tag, &rw.c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil //nolint:nilerr // the true transaction meets it as well
	}
	fault.Point(fault.ClientApplyMid)
	return s.update(ctx, func(w *writer) error {
		for _, rw := range before {
			if err := w.putCounters(rw.tag, &rw.c); err != nil {
				return err
			}
		}
		return nil
	})
}
