package memstore

import (
	"context"
	"slices"

	"hearth/chat"
	"hearth/server/storage"
)

func cloneAccount(a storage.Account) storage.Account {
	a.Verifier = slices.Clone(a.Verifier)
	a.Recovery.Key, a.Recovery.Used = slices.Clone(a.Recovery.Key), slices.Clone(a.Recovery.Used)
	return a
}

func cloneDevice(d storage.Device) storage.Device {
	d.Key = slices.Clone(d.Key)
	return d
}

func cloneInvite(i storage.Invite) storage.Invite {
	i.Key = slices.Clone(i.Key)
	return i
}

// CreateAccount implements storage.Store.
func (s *Store) CreateAccount(ctx context.Context, a storage.Account, alike string, d storage.Device, invite chat.InviteID, now int64) error {
	return s.with(ctx, func() error {
		i, ok := s.invites[invite]
		if err := i.AdmitsNew(ok, now); err != nil {
			return err
		}
		if _, taken := s.accounts[a.ID]; taken || s.byName(a.Name) != nil || s.alike[alike] {
			return storage.ErrNameTaken
		}
		if _, taken := s.devices[d.ID]; taken {
			return storage.ErrDeviceTaken
		}
		i.Used++
		s.invites[invite] = i
		s.accounts[a.ID] = cloneAccount(a)
		s.alike[alike] = true
		d.Account = a.ID
		s.devices[d.ID] = cloneDevice(d)
		return nil
	})
}

func (s *Store) byName(name string) *storage.Account {
	for _, a := range s.accounts {
		if a.Name == name {
			return &a
		}
	}
	return nil
}

// Account implements storage.Store.
func (s *Store) Account(ctx context.Context, id chat.AccountID) (a storage.Account, err error) {
	err = s.with(ctx, func() error {
		found, ok := s.accounts[id]
		if !ok {
			return storage.ErrNotFound
		}
		a = cloneAccount(found)
		return nil
	})
	return a, err
}

// AccountByName implements storage.Store.
func (s *Store) AccountByName(ctx context.Context, name string) (a storage.Account, err error) {
	err = s.with(ctx, func() error {
		found := s.byName(name)
		if found == nil {
			return storage.ErrNotFound
		}
		a = cloneAccount(*found)
		return nil
	})
	return a, err
}

// Accounts implements storage.Store.
func (s *Store) Accounts(ctx context.Context) (all []storage.Account, err error) {
	err = s.with(ctx, func() error {
		for _, a := range s.accounts {
			all = append(all, cloneAccount(a))
		}
		return nil
	})
	return all, err
}

// isDeleted reports whether there is such an account and it is deleted.
func (s *Store) isDeleted(id chat.AccountID) bool {
	return s.accounts[id].Deletion != storage.DeletionNone
}

// changeOpen is changeAccount for accounts that are not deleted.
func (s *Store) changeOpen(ctx context.Context, id chat.AccountID, change func(*storage.Account)) error {
	return s.with(ctx, func() error {
		a, ok := s.accounts[id]
		if !ok || s.isDeleted(id) {
			return storage.ErrNotFound
		}
		change(&a)
		s.accounts[id] = a
		return nil
	})
}

func (s *Store) changeAccount(ctx context.Context, id chat.AccountID, change func(*storage.Account)) error {
	return s.with(ctx, func() error {
		a, ok := s.accounts[id]
		if !ok {
			return storage.ErrNotFound
		}
		change(&a)
		s.accounts[id] = a
		return nil
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

// SetVerifier implements storage.Store.
func (s *Store) SetVerifier(ctx context.Context, id chat.AccountID, was, verifier []byte, device chat.DeviceID, proven int64) error {
	return s.with(ctx, func() error {
		a, ok := s.accounts[id]
		d, known := s.devices[device]
		if !ok || !known || d.Account != id {
			return storage.ErrNotFound
		}
		if err := a.ProvenBy(was); err != nil {
			return err
		}
		a.Verifier, d.Proven, a.Recovery = slices.Clone(verifier), proven, a.Recovery.Secured()
		s.accounts[id], s.devices[device] = a, d
		s.endResets(id)
		return nil
	})
}

// AddDevice implements storage.Store.
func (s *Store) AddDevice(ctx context.Context, d storage.Device, was []byte, most int) error {
	return s.with(ctx, func() error {
		a, ok := s.accounts[d.Account]
		if !ok {
			return storage.ErrNotFound
		}
		if err := a.ProvenBy(was); err != nil {
			return err
		}
		if _, taken := s.devices[d.ID]; taken {
			return storage.ErrDeviceTaken
		}
		active := 0
		for _, other := range s.devices {
			if other.Account == d.Account && !other.Revoked {
				active++
			}
		}
		if active >= most {
			return storage.ErrTooMany
		}
		s.devices[d.ID] = cloneDevice(d)
		return nil
	})
}

// Device implements storage.Store.
func (s *Store) Device(ctx context.Context, id chat.DeviceID) (d storage.Device, err error) {
	err = s.with(ctx, func() error {
		found, ok := s.devices[id]
		if !ok {
			return storage.ErrNotFound
		}
		d = cloneDevice(found)
		return nil
	})
	return d, err
}

// Devices implements storage.Store.
func (s *Store) Devices(ctx context.Context, account chat.AccountID) (all []storage.Device, err error) {
	err = s.with(ctx, func() error {
		for _, d := range s.devices {
			if d.Account == account {
				all = append(all, cloneDevice(d))
			}
		}
		return nil
	})
	return all, err
}

// TouchDevices implements storage.Store.
func (s *Store) TouchDevices(ctx context.Context, seen map[chat.DeviceID]storage.Touch) error {
	return s.with(ctx, func() error {
		for id, at := range seen {
			if d, ok := s.devices[id]; ok && len(d.Key) > 0 { // else of an account that was deleted
				d.Seen = at.Seen
				if at.Peer != "" {
					d.Peer = at.Peer
				}
				s.devices[id] = d
			}
		}
		return nil
	})
}

// ProveDevice implements storage.Store.
func (s *Store) ProveDevice(ctx context.Context, id chat.DeviceID, was []byte, proven int64) error {
	return s.with(ctx, func() error {
		d, ok := s.devices[id]
		if !ok {
			return storage.ErrNotFound
		}
		a := s.accounts[d.Account]
		if err := a.ProvenBy(was); err != nil {
			return err
		}
		d.Proven = proven
		s.devices[id] = d
		return nil
	})
}

// RevokeDevice implements storage.Store.
func (s *Store) RevokeDevice(ctx context.Context, id chat.DeviceID) error {
	return s.changeDevice(ctx, id, func(d *storage.Device) { d.Revoked = true })
}

// RevokeOtherDevices implements storage.Store.
func (s *Store) RevokeOtherDevices(ctx context.Context, account chat.AccountID, keep chat.DeviceID) (revoked []chat.DeviceID, err error) {
	err = s.with(ctx, func() error {
		if _, ok := s.accounts[account]; !ok {
			return storage.ErrNotFound
		}
		for id, d := range s.devices {
			if d.Account != account || d.Revoked || id == keep {
				continue
			}
			d.Revoked = true
			s.devices[id] = d
			revoked = append(revoked, id)
		}
		return nil
	})
	return revoked, err
}

func (s *Store) changeDevice(ctx context.Context, id chat.DeviceID, change func(*storage.Device)) error {
	return s.with(ctx, func() error {
		d, ok := s.devices[id]
		if !ok {
			return storage.ErrNotFound
		}
		change(&d)
		s.devices[id] = d
		return nil
	})
}

// PutInvite implements storage.Store.
func (s *Store) PutInvite(ctx context.Context, i storage.Invite) error {
	return s.with(ctx, func() error {
		if _, exists := s.invites[i.ID]; !exists {
			if s.isDeleted(i.Creator) {
				return storage.ErrNotFound
			}
			s.endResets(i.For)
			s.invites[i.ID] = cloneInvite(i)
		}
		return nil
	})
}

// Invite implements storage.Store.
func (s *Store) Invite(ctx context.Context, id chat.InviteID) (i storage.Invite, err error) {
	err = s.with(ctx, func() error {
		found, ok := s.invites[id]
		if !ok {
			return storage.ErrNotFound
		}
		i = cloneInvite(found)
		return nil
	})
	return i, err
}

// Invites implements storage.Store.
func (s *Store) Invites(ctx context.Context) (all []storage.Invite, err error) {
	err = s.with(ctx, func() error {
		for _, i := range s.invites {
			if !i.Revoked {
				all = append(all, cloneInvite(i))
			}
		}
		return nil
	})
	return all, err
}

// RevokeInvite implements storage.Store.
func (s *Store) RevokeInvite(ctx context.Context, id chat.InviteID) error {
	return s.with(ctx, func() error {
		i, ok := s.invites[id]
		if !ok {
			return storage.ErrInviteUnknown
		}
		i.Revoked = true
		s.invites[id] = i
		return nil
	})
}

// Setting implements storage.Store.
func (s *Store) Setting(ctx context.Context, key string) (value []byte, err error) {
	err = s.with(ctx, func() error {
		v, ok := s.settings[key]
		if !ok {
			return storage.ErrNotFound
		}
		value = slices.Clone(v)
		return nil
	})
	return value, err
}

// SetSetting implements storage.Store.
func (s *Store) SetSetting(ctx context.Context, key string, value []byte) error {
	return s.with(ctx, func() error {
		s.settings[key] = append([]byte{}, value...)
		return nil
	})
}
