package memstore

import (
	"context"
	"slices"

	"hearth/chat"
)

// About implements storage.Store.
func (s *Store) About(ctx context.Context, id chat.RoomID, target chat.Seq, most int, kinds ...chat.Kind) (events []chat.Event, err error) {
	err = s.with(ctx, func() error {
		r, err := s.room(id)
		if err != nil {
			return err
		}
		for _, e := range r.about(target, kinds) {
			e.Body = slices.Clone(e.Body)
			events = append(events, e)
		}
		events = events[max(0, len(events)-max(0, most)):]
		return nil
	})
	return events, err
}

// AboutPlaces implements storage.Store.
func (s *Store) AboutPlaces(ctx context.Context, id chat.RoomID, target chat.Seq, kinds ...chat.Kind) (places []chat.Seq, err error) {
	err = s.with(ctx, func() error {
		r, err := s.room(id)
		if err != nil {
			return err
		}
		for _, e := range r.about(target, kinds) {
			places = append(places, e.Seq)
		}
		return nil
	})
	return places, err
}

func (r *room) about(target chat.Seq, kinds []chat.Kind) (events []chat.Event) {
	for i := range r.entries {
		e := &r.entries[i].Event
		if target != 0 && e.Target() == target && (len(kinds) == 0 || slices.Contains(kinds, e.Kind)) {
			events = append(events, *e)
		}
	}
	return events
}
