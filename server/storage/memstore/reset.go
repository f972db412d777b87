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
		if old, known := s.devices[d.ID]; known && (!again || old.Revoked) {
			return storage.ErrDeviceTaken
		}
		var rest []chat.DeviceID
		for id, other := range s.devices {
			if other.Account == a.ID && !other.Revoked && id != d.ID {
				rest = append(rest, id)
			}
		}
		if !others && !again && len(rest) >= most {
			return storage.ErrTooMany
		}
		if others {
			ended = rest
			for _, id := range rest {
				other := s.devices[id]
				other.Revoked = true
				s.devices[id] = other
			}
		}
		a.Verifier = slices.Clone(verifier)
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
