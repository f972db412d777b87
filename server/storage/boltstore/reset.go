package boltstore

import (
	"context"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// ResetAccount implements storage.Store.
func (s *Store) ResetAccount(ctx context.Context, invite chat.InviteID, verifier []byte, d storage.Device, others bool, most int, now int64) (ended []chat.DeviceID, again bool, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		var i storage.Invite
		var a storage.Account
		var err error
		if i, a, again, err = resetting(tx, invite, d.ID, now); err != nil {
			return boltkit.Refuse(err)
		}
		d.Account, d.Reset = i.For, true
		if ended, err = endDevices(tx, &d, others, again, most); err != nil {
			return err
		}
		a.Verifier, a.Recovery, i.By = verifier, a.Recovery.Secured(), d.ID
		if err := tx.Bucket(bucketAccounts).Put(a.ID[:], encodeAccount(&a)); err != nil || again {
			return err
		}
		i.Used++
		if err := tx.Bucket(bucketInvites).Put(i.ID[:], encodeInvite(&i)); err != nil {
			return err
		}
		return putNewDevice(tx, &d)
	})
	if err != nil {
		return nil, false, err
	}
	return ended, again, nil
}

// resetting returns what an invite for an account leads to.
func resetting(tx *bbolt.Tx, invite chat.InviteID, device chat.DeviceID, now int64) (i storage.Invite, a storage.Account, again bool, err error) {
	i, err = getInvite(tx, invite)
	if err != nil && err != storage.ErrNotFound {
		return i, a, false, err
	}
	if again, err = i.Resets(err == nil, device, now); err != nil {
		return i, a, false, err
	}
	a, err = getAccount(tx, i.For)
	if err == storage.ErrNotFound || err == nil && a.Disabled {
		err = storage.ErrInviteUnknown
	}
	if err != nil {
		return i, a, false, err
	}
	return i, a, again, comesBack(tx, device, again)
}

// comesBack reports whether a device may be enrolled with a new password, or is the one
// that was.
func comesBack(tx *bbolt.Tx, device chat.DeviceID, again bool) error {
	old, err := getDevice(tx, device)
	switch {
	case err == nil && (!again || old.Revoked):
		return storage.ErrDeviceTaken
	case err == storage.ErrNotFound && !again:
		return nil
	}
	return err
}

// endDevices revokes the others of an account or, if they stay, makes sure that
// there is room for one more.
func endDevices(tx *bbolt.Tx, d *storage.Device, others, again bool, most int) (ended []chat.DeviceID, err error) {
	all, err := accountDevices(tx, d.Account)
	if err != nil {
		return nil, boltkit.Refuse(err)
	}
	stay := 0
	for i := range all {
		switch other := &all[i]; {
		case other.Revoked || other.ID == d.ID:
		case !others:
			stay++
		default:
			other.Revoked = true
			if err := tx.Bucket(bucketDevices).Put(other.ID[:], encodeDevice(other)); err != nil {
				return nil, err
			}
			ended = append(ended, other.ID)
		}
	}
	if !others && stay >= most && !again {
		return nil, boltkit.Refuse(storage.ErrTooMany)
	}
	return ended, nil
}

// endResets ends the invites for an account: another takes their place, or its
// password was changed.
func endResets(tx *bbolt.Tx, account chat.AccountID) error {
	if account.IsZero() {
		return nil
	}
	return revokeInvites(tx, func(i *storage.Invite) bool { return i.For == account })
}
