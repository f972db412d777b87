package memstore

import (
	"context"
	"slices"

	"hearth/chat"
	"hearth/server/storage"
)

// ResetAccount implements storage.Store.
func (s *Store) ResetAccount(ctx context.Context, invite chat.InviteID, verifier []byte, d storage.Device, others bool, most int, now int64) (ended []chat.DeviceID, again bool, err error) {
	err = s.with(ctx, func() error {
		i, ok := s.invites[invite]
		var err error
		if again, err = i.Resets(ok, d.ID, now); err != nil {
			return err
		}
		a, ok := s.accounts[i.For]
		if !ok || a.Disabled {
			return storage.ErrInviteUnknown
		}
		if ended, err = s.comeBack(a.ID, d.ID, others, again, most); err != nil {
			return err
		}
		a.Verifier, a.Recovery = slices.Clone(verifier), a.Recovery.Secured()
		s.accounts[a.ID] = a
		if again {
			return nil
		}
		i.By = d.ID
		i.Used++
		s.invites[invite] = i
		d.Account, d.Reset = a.ID, true
		s.devices[d.ID] = cloneDevice(d)
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return ended, again, nil
}

// comeBack makes room for a device that comes with a new password, and ends the others
// if they are to end.
func (s *Store) comeBack(account chat.AccountID, device chat.DeviceID, others, again bool, most int) (ended []chat.DeviceID, err error) {
	if old, known := s.devices[device]; known && (!again || old.Revoked) {
		return nil, storage.ErrDeviceTaken
	}
	var rest []chat.DeviceID
	for id, other := range s.devices {
		if other.Account == account && !other.Revoked && id != device {
			rest = append(rest, id)
		}
	}
	if !others {
		if !again && len(rest) >= most {
			return nil, storage.ErrTooMany
		}
		return nil, nil
	}
	for _, id := range rest {
		other := s.devices[id]
		other.Revoked = true
		s.devices[id] = other
	}
	return rest, nil
}

// RecoverAccount implements storage.Store.
func (s *Store) RecoverAccount(ctx context.Context, id chat.AccountID, key []byte, r storage.Comeback, d storage.Device, others bool, most int, now int64) (ended []chat.DeviceID, again bool, err error) {
	err = s.with(ctx, func() error {
		a, ok := s.accounts[id]
		var err error
		if again, err = a.Recovers(ok, key, d.ID, now); err != nil {
			return err
		}
		if ended, err = s.comeBack(id, d.ID, others, again, most); err != nil {
			return err
		}
		s.accounts[id] = cloneAccount(a.Recovered(key, r, d.ID, now))
		s.endResets(id)
		if !again {
			d.Account, d.Recovered = id, true
			s.devices[d.ID] = cloneDevice(d)
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return ended, again, nil
}

// SetRecovery implements storage.Store.
func (s *Store) SetRecovery(ctx context.Context, id chat.AccountID, was, key []byte, device chat.DeviceID, now int64) error {
	return s.with(ctx, func() error {
		a, ok := s.accounts[id]
		d, known := s.devices[device]
		if !ok || !known || d.Account != id {
			return storage.ErrNotFound
		}
		if err := a.ProvenBy(was); err != nil {
			return err
		}
		a.Recovery, d.Proven = storage.Recovery{Key: slices.Clone(key), Made: now}, now
		s.accounts[id], s.devices[device] = a, d
		return nil
	})
}

// endResets ends the invites for an account.
func (s *Store) endResets(account chat.AccountID) {
	if account.IsZero() {
		return
	}
	for id, i := range s.invites {
		if i.For == account {
			i.Revoked = true
			s.invites[id] = i
		}
	}
}
