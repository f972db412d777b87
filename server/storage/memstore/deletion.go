package memstore

import (
	"context"

	"hearth/chat"
	"hearth/server/storage"
)

// SetDisabled implements storage.Store.
func (s *Store) SetDisabled(ctx context.Context, id chat.AccountID, disabled bool) error {
	return s.changeOpen(ctx, id, func(a *storage.Account) { a.Disabled = disabled })
}

// SetBlocks implements storage.Store.
func (s *Store) SetBlocks(ctx context.Context, id chat.AccountID, value []byte) error {
	return s.with(ctx, func() error {
		if _, ok := s.accounts[id]; !ok || s.isDeleted(id) {
			return storage.ErrNotFound
		}
		s.settings[storage.BlocksSetting(id)] = append([]byte{}, value...)
		return nil
	})
}

// DeleteAccount implements storage.Store.
func (s *Store) DeleteAccount(ctx context.Context, id chat.AccountID, was []byte, erase bool, now int64) error {
	return s.with(ctx, func() error {
		a, ok := s.accounts[id]
		if !ok {
			return storage.ErrNotFound
		}
		if err := a.ProvenBy(was); err != nil {
			return err
		}
		s.accounts[id] = a.Bare(erase)
		if a.Deletion != storage.DeletionNone {
			return nil
		}
		for k, d := range s.devices {
			if d.Account == id {
				s.devices[k] = d.Bare()
			}
		}
		for k, i := range s.invites {
			if i.Creator == id || i.For == id {
				i.Revoked = true
				s.invites[k] = i
			}
		}
		for k := range s.markers {
			if k.account == id {
				delete(s.markers, k)
			}
		}
		delete(s.avatars, id)
		if c, ok := s.cards[id]; ok {
			s.cards[id] = storage.Card{Account: id, Rev: c.Next(now)}
		}
		delete(s.settings, storage.BlocksSetting(id))
		return nil
	})
}

// EndDeletion implements storage.Store.
func (s *Store) EndDeletion(ctx context.Context, id chat.AccountID, at storage.Deletion) error {
	return s.changeAccount(ctx, id, func(a *storage.Account) {
		if a.Deletion == at {
			a.Deletion = at.End()
		}
	})
}
