package boltstore

import (
	"context"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// SetDisabled implements storage.Store.
func (s *Store) SetDisabled(ctx context.Context, id chat.AccountID, disabled bool) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		a, err := openAccount(tx, id)
		if err != nil {
			return boltkit.Refuse(err)
		}
		a.Disabled = disabled
		return tx.Bucket(bucketAccounts).Put(id[:], encodeAccount(&a))
	})
}

// SetBlocks implements storage.Store.
func (s *Store) SetBlocks(ctx context.Context, id chat.AccountID, value []byte) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		if _, err := openAccount(tx, id); err != nil {
			return boltkit.Refuse(err)
		}
		return tx.Bucket(bucketSettings).Put(nameKey(storage.BlocksSetting(id)), value)
	})
}

// DeleteAccount implements storage.Store.
func (s *Store) DeleteAccount(ctx context.Context, id chat.AccountID, was []byte, erase bool, now int64) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		a, err := getAccount(tx, id)
		if err == nil {
			err = a.ProvenBy(was)
		}
		if err != nil {
			return boltkit.Refuse(err)
		}
		bare := a.Bare(erase)
		if err := tx.Bucket(bucketAccounts).Put(id[:], encodeAccount(&bare)); err != nil || a.Deletion != storage.DeletionNone {
			return err
		}
		for _, step := range []func(*bbolt.Tx, chat.AccountID) error{bareDevices, endInvites, dropMarkers} {
			if err := step(tx, id); err != nil {
				return err
			}
		}
		if err := tx.Bucket(bucketSettings).Delete(nameKey(storage.BlocksSetting(id))); err != nil {
			return err
		}
		if err := tx.Bucket(bucketAvatars).Delete(id[:]); err != nil || tx.Bucket(bucketCards).Get(id[:]) == nil {
			return err
		}
		c, err := getCard(tx, id)
		if err != nil {
			return err
		}
		return tx.Bucket(bucketCards).Put(id[:], encodeCard(&storage.Card{Account: id, Rev: c.Next(now)}))
	})
}

// bareDevices leaves of an account's devices that their keys are used up.
func bareDevices(tx *bbolt.Tx, id chat.AccountID) error {
	all, err := accountDevices(tx, id)
	if err != nil {
		return boltkit.Refuse(err)
	}
	for i := range all {
		bare := all[i].Bare()
		if err := tx.Bucket(bucketDevices).Put(bare.ID[:], encodeDevice(&bare)); err != nil {
			return err
		}
	}
	return nil
}

// endInvites ends the invites that an account has made, and those for it.
func endInvites(tx *bbolt.Tx, id chat.AccountID) error {
	return revokeInvites(tx, func(i *storage.Invite) bool { return i.For == id || i.Creator == id })
}

// revokeInvites ends the invites that are meant.
func revokeInvites(tx *bbolt.Tx, meant func(*storage.Invite) bool) error {
	b := tx.Bucket(bucketInvites)
	var ended []storage.Invite // a bucket must not change while it is walked
	err := b.ForEach(func(k, v []byte) error {
		if len(k) != 16 {
			return damaged("the invites have a bad key")
		}
		i, err := decodeInvite(chat.InviteID(k), v)
		if err == nil && !i.Revoked && meant(&i) {
			i.Revoked = true
			ended = append(ended, i)
		}
		return err
	})
	if err != nil {
		return boltkit.Refuse(err)
	}
	for n := range ended {
		if err := b.Put(ended[n].ID[:], encodeInvite(&ended[n])); err != nil {
			return err
		}
	}
	return nil
}

// dropMarkers erases an account's read positions.
func dropMarkers(tx *bbolt.Tx, id chat.AccountID) error {
	b := tx.Bucket(bucketMarkers)
	var keys [][]byte
	err := boltkit.ScanPrefix(b, id[:], func(k, _ []byte) (bool, error) {
		keys = append(keys, append([]byte(nil), k...))
		return true, nil
	})
	if err != nil {
		return boltkit.Refuse(err)
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// EndDeletion implements storage.Store.
func (s *Store) EndDeletion(ctx context.Context, id chat.AccountID, at storage.Deletion) error {
	return s.changeAccount(ctx, id, func(a *storage.Account) {
		if a.Deletion == at {
			a.Deletion = at.End()
		}
	})
}
