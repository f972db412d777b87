package boltstore

import (
	"bytes"
	"cmp"
	"context"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// CreateAccount implements storage.Store.
func (s *Store) CreateAccount(ctx context.Context, a storage.Account, alike string, d storage.Device, invite chat.InviteID, now int64) error {
	d.Account = a.ID
	return s.update(ctx, func(tx *bbolt.Tx) error {
		i, err := getInvite(tx, invite)
		exists := err == nil
		if err != nil && err != storage.ErrNotFound {
			return boltkit.Refuse(err)
		}
		if err := i.AdmitsNew(exists, now); err != nil {
			return boltkit.Refuse(err)
		}
		switch {
		case tx.Bucket(bucketAccounts).Get(a.ID[:]) != nil, tx.Bucket(bucketNames).Get(nameKey(a.Name)) != nil,
			tx.Bucket(bucketNames).Get(alikeKey(alike)) != nil:
			return boltkit.Refuse(storage.ErrNameTaken)
		case tx.Bucket(bucketDevices).Get(d.ID[:]) != nil:
			return boltkit.Refuse(storage.ErrDeviceTaken)
		}
		i.Used++
		if err := tx.Bucket(bucketInvites).Put(i.ID[:], encodeInvite(&i)); err != nil {
			return err
		}
		if err := tx.Bucket(bucketNames).Put(nameKey(a.Name), a.ID[:]); err != nil {
			return err
		}
		if err := tx.Bucket(bucketNames).Put(alikeKey(alike), a.ID[:]); err != nil {
			return err
		}
		if err := tx.Bucket(bucketAccounts).Put(a.ID[:], encodeAccount(&a)); err != nil {
			return err
		}
		return putNewDevice(tx, &d)
	})
}

// nameKey keeps the empty name from being an empty key, which bbolt refuses.
func nameKey(name string) []byte { return append([]byte{'='}, name...) }

// alikeKey is where it is noted that a name's like is taken.
func alikeKey(alike string) []byte { return append([]byte{'~'}, alike...) }

func putNewDevice(tx *bbolt.Tx, d *storage.Device) error {
	if err := tx.Bucket(bucketAccountDevices).Put(boltkit.Join(d.Account[:], d.ID[:]), []byte{recordVersion}); err != nil {
		return err
	}
	return tx.Bucket(bucketDevices).Put(d.ID[:], encodeDevice(d))
}

func getAccount(tx *bbolt.Tx, id chat.AccountID) (storage.Account, error) {
	v := tx.Bucket(bucketAccounts).Get(id[:])
	if v == nil {
		return storage.Account{}, storage.ErrNotFound
	}
	return decodeAccount(id, v)
}

func getDevice(tx *bbolt.Tx, id chat.DeviceID) (storage.Device, error) {
	v := tx.Bucket(bucketDevices).Get(id[:])
	if v == nil {
		return storage.Device{}, storage.ErrNotFound
	}
	return decodeDevice(id, v)
}

func getInvite(tx *bbolt.Tx, id chat.InviteID) (storage.Invite, error) {
	v := tx.Bucket(bucketInvites).Get(id[:])
	if v == nil {
		return storage.Invite{}, storage.ErrNotFound
	}
	return decodeInvite(id, v)
}

// accountDevices returns an account's devices.
func accountDevices(tx *bbolt.Tx, account chat.AccountID) (all []storage.Device, err error) {
	err = boltkit.ScanPrefix(tx.Bucket(bucketAccountDevices), account[:], func(k, _ []byte) (bool, error) {
		if len(k) != 32 {
			return false, damaged("the list of devices has a bad key")
		}
		d, err := getDevice(tx, chat.DeviceID(k[16:]))
		if err == storage.ErrNotFound {
			err = damaged("device %s is listed and does not exist", chat.DeviceID(k[16:]))
		}
		all = append(all, d)
		return true, err
	})
	return all, err
}

// Account implements storage.Store.
func (s *Store) Account(ctx context.Context, id chat.AccountID) (a storage.Account, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		a, err = getAccount(tx, id)
		return err
	})
	return a, err
}

// AccountByName implements storage.Store.
func (s *Store) AccountByName(ctx context.Context, name string) (a storage.Account, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucketNames).Get(nameKey(name))
		if v == nil {
			return storage.ErrNotFound
		}
		if len(v) != len(a.ID) {
			return damaged("the list of names has a bad value")
		}
		a, err = getAccount(tx, chat.AccountID(v))
		return err
	})
	return a, err
}

// Accounts implements storage.Store.
func (s *Store) Accounts(ctx context.Context) (all []storage.Account, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketAccounts).ForEach(func(k, v []byte) error {
			if len(k) != 16 {
				return damaged("the accounts have a bad key")
			}
			a, err := decodeAccount(chat.AccountID(k), v)
			all = append(all, a)
			return err
		})
	})
	return all, err
}

// openAccount returns an account that is not deleted.
func openAccount(tx *bbolt.Tx, id chat.AccountID) (storage.Account, error) {
	a, err := getAccount(tx, id)
	if err == nil && a.Deletion != storage.DeletionNone {
		err = storage.ErrNotFound
	}
	return a, err
}

// isDeleted reports whether there is such an account and it is deleted.
func isDeleted(tx *bbolt.Tx, id chat.AccountID) (bool, error) {
	a, err := getAccount(tx, id)
	if err == storage.ErrNotFound {
		return false, nil
	}
	return a.Deletion != storage.DeletionNone, err
}

// changeOpen is changeAccount for accounts that are not deleted.
func (s *Store) changeOpen(ctx context.Context, id chat.AccountID, change func(*storage.Account)) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		a, err := openAccount(tx, id)
		if err != nil {
			return boltkit.Refuse(err)
		}
		change(&a)
		return tx.Bucket(bucketAccounts).Put(id[:], encodeAccount(&a))
	})
}

func (s *Store) changeAccount(ctx context.Context, id chat.AccountID, change func(*storage.Account)) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		a, err := getAccount(tx, id)
		if err != nil {
			return boltkit.Refuse(err)
		}
		change(&a)
		return tx.Bucket(bucketAccounts).Put(id[:], encodeAccount(&a))
	})
}

// SetDisplay implements storage.Store.
func (s *Store) SetDisplay(ctx context.Context, id chat.AccountID, display string) error {
	return s.changeOpen(ctx, id, func(a *storage.Account) { a.Display = display })
}

// SetSettled implements storage.Store.
func (s *Store) SetSettled(ctx context.Context, id chat.AccountID) error {
	return s.changeAccount(ctx, id, func(a *storage.Account) { a.Settled = true })
}

// stillProven returns an account and one of its devices, if the account's password is still
// the one that was proven.
func stillProven(tx *bbolt.Tx, id chat.AccountID, was []byte, device chat.DeviceID) (a storage.Account, d storage.Device, err error) {
	if a, err = getAccount(tx, id); err != nil {
		return a, d, err
	}
	if d, err = getDevice(tx, device); err != nil {
		return a, d, err
	}
	if d.Account != id {
		return a, d, storage.ErrNotFound
	}
	return a, d, a.ProvenBy(was)
}

// SetVerifier implements storage.Store.
func (s *Store) SetVerifier(ctx context.Context, id chat.AccountID, was, verifier []byte, device chat.DeviceID, proven int64) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		a, d, err := stillProven(tx, id, was, device)
		if err != nil {
			return boltkit.Refuse(err)
		}
		a.Verifier, d.Proven, a.Recovery = verifier, proven, a.Recovery.Secured()
		if err := tx.Bucket(bucketAccounts).Put(id[:], encodeAccount(&a)); err != nil {
			return err
		}
		if err := endResets(tx, id); err != nil {
			return err
		}
		return tx.Bucket(bucketDevices).Put(device[:], encodeDevice(&d))
	})
}

// AddDevice implements storage.Store.
func (s *Store) AddDevice(ctx context.Context, d storage.Device, was []byte, most int) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		a, err := getAccount(tx, d.Account)
		if err == nil {
			err = a.ProvenBy(was)
		}
		if err != nil {
			return boltkit.Refuse(err)
		}
		if tx.Bucket(bucketDevices).Get(d.ID[:]) != nil {
			return boltkit.Refuse(storage.ErrDeviceTaken)
		}
		others, err := accountDevices(tx, d.Account)
		if err != nil {
			return boltkit.Refuse(err)
		}
		active := 0
		for i := range others {
			if !others[i].Revoked {
				active++
			}
		}
		if active >= most {
			return boltkit.Refuse(storage.ErrTooMany)
		}
		return putNewDevice(tx, &d)
	})
}

// Device implements storage.Store.
func (s *Store) Device(ctx context.Context, id chat.DeviceID) (d storage.Device, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		d, err = getDevice(tx, id)
		return err
	})
	return d, err
}

// Devices implements storage.Store.
func (s *Store) Devices(ctx context.Context, account chat.AccountID) (all []storage.Device, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		all, err = accountDevices(tx, account)
		return err
	})
	return all, err
}

// TouchDevices implements storage.Store.
func (s *Store) TouchDevices(ctx context.Context, seen map[chat.DeviceID]storage.Touch) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		for id, at := range seen {
			d, err := getDevice(tx, id)
			if err == storage.ErrNotFound || err == nil && len(d.Key) == 0 { // of an account that was deleted
				continue
			}
			if err != nil {
				return err
			}
			d.Seen = at.Seen
			if at.Peer != "" {
				d.Peer = at.Peer
			}
			if err := tx.Bucket(bucketDevices).Put(bytes.Clone(id[:]), encodeDevice(&d)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ProveDevice implements storage.Store.
func (s *Store) ProveDevice(ctx context.Context, id chat.DeviceID, was []byte, proven int64) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		d, err := getDevice(tx, id)
		if err != nil {
			return boltkit.Refuse(err)
		}
		if was != nil {
			a, err := getAccount(tx, d.Account)
			if err == nil {
				err = a.ProvenBy(was)
			}
			if err != nil {
				return boltkit.Refuse(err)
			}
		}
		d.Proven = proven
		return tx.Bucket(bucketDevices).Put(id[:], encodeDevice(&d))
	})
}

// RevokeDevice implements storage.Store.
func (s *Store) RevokeDevice(ctx context.Context, id chat.DeviceID) error {
	return s.changeDevice(ctx, id, func(d *storage.Device) { d.Revoked = true })
}

// RevokeOtherDevices implements storage.Store.
func (s *Store) RevokeOtherDevices(ctx context.Context, account chat.AccountID, keep chat.DeviceID) (revoked []chat.DeviceID, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		revoked = nil // a transaction may be tried again
		if _, err := getAccount(tx, account); err != nil {
			return boltkit.Refuse(err)
		}
		all, err := accountDevices(tx, account)
		if err != nil {
			return boltkit.Refuse(err)
		}
		for i := range all {
			d := &all[i]
			if d.Revoked || d.ID == keep {
				continue
			}
			d.Revoked = true
			if err := tx.Bucket(bucketDevices).Put(d.ID[:], encodeDevice(d)); err != nil {
				return err
			}
			revoked = append(revoked, d.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return revoked, nil
}

func (s *Store) changeDevice(ctx context.Context, id chat.DeviceID, change func(*storage.Device)) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		d, err := getDevice(tx, id)
		if err != nil {
			return boltkit.Refuse(err)
		}
		change(&d)
		return tx.Bucket(bucketDevices).Put(id[:], encodeDevice(&d))
	})
}

// PutInvite implements storage.Store.
func (s *Store) PutInvite(ctx context.Context, i storage.Invite) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketInvites)
		if b.Get(i.ID[:]) != nil {
			return nil
		}
		if gone, err := isDeleted(tx, i.Creator); err != nil || gone {
			return boltkit.Refuse(cmp.Or(err, storage.ErrNotFound))
		}
		if err := endResets(tx, i.For); err != nil {
			return err
		}
		return b.Put(i.ID[:], encodeInvite(&i))
	})
}

// Invite implements storage.Store.
func (s *Store) Invite(ctx context.Context, id chat.InviteID) (i storage.Invite, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		i, err = getInvite(tx, id)
		return err
	})
	return i, err
}

// Invites implements storage.Store.
func (s *Store) Invites(ctx context.Context) (all []storage.Invite, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketInvites).ForEach(func(k, v []byte) error {
			if len(k) != 16 {
				return damaged("the invites have a bad key")
			}
			i, err := decodeInvite(chat.InviteID(k), v)
			if !i.Revoked {
				all = append(all, i)
			}
			return err
		})
	})
	return all, err
}

// RevokeInvite implements storage.Store.
func (s *Store) RevokeInvite(ctx context.Context, id chat.InviteID) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		i, err := getInvite(tx, id)
		switch {
		case err == storage.ErrNotFound:
			return boltkit.Refuse(storage.ErrInviteUnknown)
		case err != nil:
			return boltkit.Refuse(err)
		}
		i.Revoked = true
		return tx.Bucket(bucketInvites).Put(id[:], encodeInvite(&i))
	})
}

// Setting implements storage.Store.
func (s *Store) Setting(ctx context.Context, key string) (value []byte, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucketSettings).Get(nameKey(key))
		if v == nil {
			return storage.ErrNotFound
		}
		value = append([]byte{}, v...)
		return nil
	})
	return value, err
}

// SetSetting implements storage.Store.
func (s *Store) SetSetting(ctx context.Context, key string, value []byte) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketSettings).Put(nameKey(key), value)
	})
}
