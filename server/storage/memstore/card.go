package memstore

import (
	"context"
	"maps"
	"slices"

	"hearth/chat"
	"hearth/server/storage"
)

func (s *Store) changeCard(ctx context.Context, id chat.AccountID, now int64, nothing bool, change func(*storage.Card)) (c storage.Card, err error) {
	err = s.with(ctx, func() error {
		if _, ok := s.accounts[id]; !ok || s.isDeleted(id) && !nothing {
			return storage.ErrNotFound
		}
		c = s.cards[id]
		c.Account, c.Rev = id, c.Next(now)
		change(&c)
		s.cards[id] = c
		return nil
	})
	return c, err
}

// PutAvatar implements storage.Store.
func (s *Store) PutAvatar(ctx context.Context, id chat.AccountID, picture []byte, now int64) (storage.Card, error) {
	return s.changeCard(ctx, id, now, len(picture) == 0, func(c *storage.Card) {
		delete(s.avatars, id)
		c.Avatar = chat.Hash{}
		if len(picture) > 0 {
			c.Avatar = chat.AvatarHash(picture)
			s.avatars[id] = slices.Clone(picture)
		}
	})
}

// PutStatus implements storage.Store.
func (s *Store) PutStatus(ctx context.Context, id chat.AccountID, status storage.Status, now int64) (storage.Card, error) {
	return s.changeCard(ctx, id, now, status == storage.Status{}, func(c *storage.Card) { c.Status = status })
}

// EndStatus implements storage.Store.
func (s *Store) EndStatus(ctx context.Context, id chat.AccountID, now int64) (c storage.Card, err error) {
	err = s.with(ctx, func() error {
		if _, ok := s.accounts[id]; !ok {
			return storage.ErrNotFound
		}
		c = s.cards[id]
		c.Account = id
		if c.Status.Over(now) {
			c.Rev, c.Status = c.Next(now), storage.Status{}
			s.cards[id] = c
		}
		return nil
	})
	return c, err
}

// Cards implements storage.Store.
func (s *Store) Cards(ctx context.Context) (all []storage.Card, err error) {
	err = s.with(ctx, func() error {
		all = slices.Collect(maps.Values(s.cards))
		return nil
	})
	return all, err
}

// Avatar implements storage.Store.
func (s *Store) Avatar(ctx context.Context, id chat.AccountID) (picture []byte, err error) {
	err = s.with(ctx, func() error {
		p, ok := s.avatars[id]
		if !ok {
			return storage.ErrNotFound
		}
		picture = slices.Clone(p)
		return nil
	})
	return picture, err
}
