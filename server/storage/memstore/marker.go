package memstore

import (
	"context"

	"hearth/chat"
	"hearth/server/storage"
)

type markerKey struct {
	account chat.AccountID
	room    chat.RoomID
}

// PutMarkers implements storage.Store.
func (s *Store) PutMarkers(ctx context.Context, markers []storage.Marker) error {
	return s.with(ctx, func() error {
		for _, m := range markers {
			if s.isDeleted(m.Account) {
				continue
			}
			k := markerKey{m.Account, m.Room}
			if old, ok := s.markers[k]; ok {
				m = old.Merge(m)
			}
			s.markers[k] = m
		}
		return nil
	})
}

// AccountMarkers implements storage.Store.
func (s *Store) AccountMarkers(ctx context.Context, account chat.AccountID) (all []storage.Marker, err error) {
	err = s.with(ctx, func() error {
		for k, m := range s.markers {
			if k.account == account {
				all = append(all, m)
			}
		}
		return nil
	})
	return all, err
}

// RoomMarkers implements storage.Store.
func (s *Store) RoomMarkers(ctx context.Context, room chat.RoomID, accounts []chat.AccountID) (all []storage.Marker, err error) {
	err = s.with(ctx, func() error {
		for _, a := range accounts {
			if m, ok := s.markers[markerKey{a, room}]; ok {
				all = append(all, m)
			}
		}
		return nil
	})
	return all, err
}

// SetPrivacy implements storage.Store.
func (s *Store) SetPrivacy(ctx context.Context, id chat.AccountID, p storage.Privacy) error {
	return s.changeOpen(ctx, id, func(a *storage.Account) { a.Privacy = p })
}
