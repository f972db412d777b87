package boltstore

import (
	"context"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// RecoverAccount implements storage.Store.
func (s *Store) RecoverAccount(ctx context.Context, id chat.AccountID, key []byte, r storage.Comeback, d storage.Device, others bool, most int, now int64) (ended []chat.DeviceID, again bool, err error) {
	d.Account, d.Recovered = id, true
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		a, err := getAccount(tx, id)
		if err != nil && err != storage.ErrNotFound {
			return boltkit.Refuse(err)
		}
		if again, err = a.Recovers(err == nil, key, d.ID, now); err != nil {
			return boltkit.Refuse(err)
		}
		if err := comesBack(tx, d.ID, again); err != nil {
			return boltkit.Refuse(err)
		}
		if ended, err = endDevices(tx, &d, others, again, most); err != nil {
			return err
		}
		a = a.Recovered(key, r, d.ID, now)
		if err := tx.Bucket(bucketAccounts).Put(id[:], encodeAccount(&a)); err != nil {
			return err
		}
		if err := endResets(tx, id); err != nil || again {
			return err
		}
		return putNewDevice(tx, &d)
	})
	if err != nil {
		return nil, false, err
	}
	return ended, again, nil
}

// SetRecovery implements storage.Store.
func (s *Store) SetRecovery(ctx context.Context, id chat.AccountID, was, key []byte, device chat.DeviceID, now int64) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		a, d, err := stillProven(tx, id, was, device)
		if err != nil {
			return boltkit.Refuse(err)
		}
		a.Recovery, d.Proven = storage.Recovery{Key: key, Made: now}, now
		if err := tx.Bucket(bucketAccounts).Put(id[:], encodeAccount(&a)); err != nil {
			return err
		}
		return tx.Bucket(bucketDevices).Put(device[:], encodeDevice(&d))
	})
}
