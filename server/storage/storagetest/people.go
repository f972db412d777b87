package storagetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"hearth/chat"
	"hearth/server/storage"
)

const now = int64(1_700_000_000_000)

func newInvite(uses int) storage.Invite {
	return storage.Invite{
		ID: chat.InviteID(chat.NewMID()), Key: []byte("public key of an invite"), Creator: chat.NewAccountID(),
		Created: now - 1000, Expires: now + 1000, Uses: uses, Owner: true,
	}
}

func newAccount(name string) (storage.Account, storage.Device) {
	a := storage.Account{
		ID: chat.NewAccountID(), Name: name, Display: "Zoë " + name, Owner: true, Verifier: []byte{0, 1, 2, 0xFF}, Created: now,
	}
	return a, newDevice(a.ID)
}

func newDevice(account chat.AccountID) storage.Device {
	return storage.Device{
		ID: chat.DeviceID(chat.NewMID()), Account: account, Key: []byte("thirty-two bytes of public key.."),
		Name: "desk", Platform: "linux", Created: now, Proven: now, Seen: now,
	}
}

func testCreateAccount(h *harness) {
	invite, revoked, expired := newInvite(2), newInvite(2), newInvite(2)
	expired.Expires = now
	h.must(h.PutInvite(h.ctx(), invite))
	h.must(h.PutInvite(h.ctx(), revoked))
	h.must(h.PutInvite(h.ctx(), expired))
	h.must(h.RevokeInvite(h.ctx(), revoked.ID))
	a, d := newAccount("alice")
	d.Account = chat.NewAccountID() // the account's all the same
	h.must(h.CreateAccount(h.ctx(), a, a.Name, d, invite.ID, now))
	d.Account = a.ID

	refused := func(want error, name string, device chat.DeviceID, invite chat.InviteID) {
		h.Helper()
		b, e := newAccount(name)
		if device != (chat.DeviceID{}) {
			e.ID = device
		}
		h.is(h.CreateAccount(h.ctx(), b, b.Name, e, invite, now), want)
		_, err := h.Account(h.ctx(), b.ID)
		h.is(err, storage.ErrNotFound)
		if device == (chat.DeviceID{}) {
			_, err = h.Device(h.ctx(), e.ID)
			h.is(err, storage.ErrNotFound)
		}
	}
	refused(storage.ErrInviteUnknown, "bob", chat.DeviceID{}, chat.InviteID{1})
	refused(storage.ErrInviteUnknown, "alice", d.ID, revoked.ID)
	refused(storage.ErrInviteExpired, "alice", d.ID, expired.ID)
	refused(storage.ErrNameTaken, "alice", d.ID, invite.ID)
	refused(storage.ErrDeviceTaken, "bob", d.ID, invite.ID)
	like, other := newAccount("a1ice")
	h.is(h.CreateAccount(h.ctx(), like, "alice", other, invite.ID, now), storage.ErrNameTaken)
	again := a
	again.Name = "alice2"
	h.is(h.CreateAccount(h.ctx(), again, again.Name, newDevice(a.ID), invite.ID, now), storage.ErrNameTaken)

	b, e := newAccount("bob")
	h.must(h.CreateAccount(h.ctx(), b, b.Name, e, invite.ID, now))
	refused(storage.ErrInviteUsed, "alice", d.ID, invite.ID)
	h.twice(func() {
		got, err := h.Account(h.ctx(), a.ID)
		h.must(err)
		h.same("account", got, a)
		got, err = h.AccountByName(h.ctx(), "bob")
		h.must(err)
		h.same("account", got, b)
		_, err = h.AccountByName(h.ctx(), "alice2")
		h.is(err, storage.ErrNotFound)
		dev, err := h.Device(h.ctx(), d.ID)
		h.must(err)
		h.same("device", dev, d)
		used, err := h.Invite(h.ctx(), invite.ID)
		h.must(err)
		invite.Used = 2
		h.same("invite", used, invite)
	})
}

// testCreateAccountAtOnce races for the last use of an invite and for a name.
func testCreateAccountAtOnce(h *harness) {
	const racers, uses = 20, 3
	ctx := h.ctx()
	invite, plenty := newInvite(uses), newInvite(1000)
	h.must(h.PutInvite(ctx, invite))
	h.must(h.PutInvite(ctx, plenty))
	var wg sync.WaitGroup
	var admitted, named atomic.Int64
	for i := range racers {
		wg.Go(func() {
			a, d := newAccount(fmt.Sprint("racer", i))
			err := h.CreateAccount(ctx, a, a.Name, d, invite.ID, now)
			if err == nil {
				admitted.Add(1)
			} else if !errors.Is(err, storage.ErrInviteUsed) {
				h.Errorf("racer: %v", err)
			}
			b, e := newAccount("the one name")
			err = h.CreateAccount(ctx, b, b.Name, e, plenty.ID, now)
			if err == nil {
				named.Add(1)
			} else if !errors.Is(err, storage.ErrNameTaken) {
				h.Errorf("racer: %v", err)
			}
		})
	}
	wg.Wait()
	if admitted.Load() != uses || named.Load() != 1 {
		h.Errorf("%d admitted with %d uses, %d with one name", admitted.Load(), uses, named.Load())
	}
	used, err := h.Invite(ctx, plenty.ID)
	h.must(err)
	if used.Used != 1 {
		h.Errorf("refused accounts have used the invite: %d", used.Used)
	}
}

func testAccounts(h *harness) {
	invite := newInvite(10)
	h.must(h.PutInvite(h.ctx(), invite))
	a, d := newAccount("alice")
	b, e := newAccount("")
	b.Verifier, b.Display = nil, ""
	h.must(h.CreateAccount(h.ctx(), a, a.Name, d, invite.ID, now))
	h.must(h.CreateAccount(h.ctx(), b, b.Name, e, invite.ID, now))
	h.must(h.SetDisplay(h.ctx(), a.ID, "Alice A."))
	h.must(h.SetSettled(h.ctx(), a.ID))
	a.Display, a.Settled = "Alice A.", true
	h.is(h.SetDisplay(h.ctx(), chat.NewAccountID(), "x"), storage.ErrNotFound)
	h.is(h.SetSettled(h.ctx(), chat.NewAccountID()), storage.ErrNotFound)
	h.twice(func() {
		all, err := h.Accounts(h.ctx())
		h.must(err)
		h.same("accounts", sorted(all), sorted([]storage.Account{a, b}))
		got, err := h.AccountByName(h.ctx(), "")
		h.must(err)
		h.same("account", got, b)
		got, err = h.Account(h.ctx(), a.ID)
		h.must(err)
		clear(got.Verifier) // ours
		got, err = h.Account(h.ctx(), a.ID)
		h.must(err)
		h.same("account", got, a)
	})
}

func testDevices(h *harness) {
	invite := newInvite(10)
	h.must(h.PutInvite(h.ctx(), invite))
	a, first := newAccount("alice")
	h.must(h.CreateAccount(h.ctx(), a, a.Name, first, invite.ID, now))
	second, third := newDevice(a.ID), newDevice(a.ID)
	h.must(h.AddDevice(h.ctx(), second, nil, 2))
	h.is(h.AddDevice(h.ctx(), third, nil, 2), storage.ErrTooMany)
	h.is(h.AddDevice(h.ctx(), second, nil, 1), storage.ErrDeviceTaken)
	h.is(h.AddDevice(h.ctx(), newDevice(chat.NewAccountID()), nil, 9), storage.ErrNotFound)
	h.must(h.ProveDevice(h.ctx(), second.ID, nil, 777))
	h.is(h.ProveDevice(h.ctx(), chat.DeviceID{1}, nil, 777), storage.ErrNotFound)
	h.must(h.RevokeDevice(h.ctx(), second.ID))
	h.must(h.RevokeDevice(h.ctx(), second.ID))
	second.Revoked, second.Proven = true, 777
	h.is(h.RevokeDevice(h.ctx(), chat.DeviceID{1}), storage.ErrNotFound)
	h.is(h.AddDevice(h.ctx(), second, nil, 9), storage.ErrDeviceTaken)
	h.must(h.AddDevice(h.ctx(), third, nil, 2))
	h.must(h.TouchDevices(h.ctx(), map[chat.DeviceID]storage.Touch{first.ID: {Seen: now + 5, Peer: "192.0.2.0/24"}, third.ID: {Seen: now + 7}, {9}: {Seen: now}}))
	h.must(h.TouchDevices(h.ctx(), map[chat.DeviceID]storage.Touch{first.ID: {Seen: now + 6}}))
	first.Seen, first.Peer, third.Seen = now+6, "192.0.2.0/24", now+7
	h.twice(func() {
		all, err := h.Devices(h.ctx(), a.ID)
		h.must(err)
		h.same("devices", sorted(all), sorted([]storage.Device{first, second, third}))
		all, err = h.Devices(h.ctx(), chat.NewAccountID())
		h.must(err)
		h.same("devices of nobody", all, []storage.Device{})
		_, err = h.Device(h.ctx(), chat.DeviceID{9})
		h.is(err, storage.ErrNotFound)
	})
}

// testRevokeOtherDevices keeps one device, leaves other accounts alone, and says
// whom it ended.
func testRevokeOtherDevices(h *harness) {
	invite := newInvite(10)
	h.must(h.PutInvite(h.ctx(), invite))
	a, first := newAccount("alice")
	b, theirs := newAccount("bob")
	h.must(h.CreateAccount(h.ctx(), a, a.Name, first, invite.ID, now))
	h.must(h.CreateAccount(h.ctx(), b, b.Name, theirs, invite.ID, now))
	second, third := newDevice(a.ID), newDevice(a.ID)
	h.must(h.AddDevice(h.ctx(), second, nil, 9))
	h.must(h.AddDevice(h.ctx(), third, nil, 9))
	h.must(h.RevokeDevice(h.ctx(), third.ID))
	ended, err := h.RevokeOtherDevices(h.ctx(), a.ID, second.ID)
	h.must(err)
	h.same("ended", ended, []chat.DeviceID{first.ID})
	ended, err = h.RevokeOtherDevices(h.ctx(), a.ID, second.ID)
	h.must(err)
	h.same("ended again", ended, []chat.DeviceID{})
	_, err = h.RevokeOtherDevices(h.ctx(), chat.NewAccountID(), second.ID)
	h.is(err, storage.ErrNotFound)
	first.Revoked, third.Revoked = true, true
	h.twice(func() {
		all, err := h.Devices(h.ctx(), a.ID)
		h.must(err)
		h.same("devices", sorted(all), sorted([]storage.Device{first, second, third}))
		got, err := h.Device(h.ctx(), theirs.ID)
		h.must(err)
		h.same("somebody else's", got, theirs)
	})
}

func testSetVerifier(h *harness) {
	invite := newInvite(10)
	h.must(h.PutInvite(h.ctx(), invite))
	a, d := newAccount("alice")
	b, e := newAccount("bob")
	h.must(h.CreateAccount(h.ctx(), a, a.Name, d, invite.ID, now))
	h.must(h.CreateAccount(h.ctx(), b, b.Name, e, invite.ID, now))
	fresh := []byte("fresh")
	h.must(h.SetVerifier(h.ctx(), a.ID, a.Verifier, fresh, d.ID, now+9))
	clear(fresh)
	h.is(h.SetVerifier(h.ctx(), a.ID, a.Verifier, []byte("x"), d.ID, now), storage.ErrProofOld)
	h.is(h.AddDevice(h.ctx(), newDevice(a.ID), a.Verifier, 9), storage.ErrProofOld)
	h.is(h.ProveDevice(h.ctx(), d.ID, a.Verifier, now), storage.ErrProofOld)
	h.must(h.ProveDevice(h.ctx(), d.ID, []byte("fresh"), now+9))
	h.is(h.SetVerifier(h.ctx(), chat.NewAccountID(), nil, []byte("x"), d.ID, now), storage.ErrNotFound)
	h.is(h.SetVerifier(h.ctx(), a.ID, nil, []byte("x"), e.ID, now), storage.ErrNotFound)
	h.is(h.SetVerifier(h.ctx(), a.ID, nil, []byte("x"), chat.DeviceID{9}, now), storage.ErrNotFound)
	a.Verifier, d.Proven = []byte("fresh"), now+9
	h.twice(func() {
		got, err := h.Account(h.ctx(), a.ID)
		h.must(err)
		h.same("account", got, a)
		dev, err := h.Device(h.ctx(), d.ID)
		h.must(err)
		h.same("device", dev, d)
		other, err := h.Device(h.ctx(), e.ID)
		h.must(err)
		h.same("somebody else's", other, e)
	})
}

func testInvites(h *harness) {
	one, two := newInvite(1), newInvite(5)
	two.Creator, two.Owner = chat.AccountID{}, false
	h.must(h.PutInvite(h.ctx(), one))
	h.must(h.PutInvite(h.ctx(), two))
	renewed := one
	renewed.Uses = 100
	h.must(h.PutInvite(h.ctx(), renewed))
	h.is(h.RevokeInvite(h.ctx(), chat.InviteID{7}), storage.ErrInviteUnknown)
	h.twice(func() {
		all, err := h.Invites(h.ctx())
		h.must(err)
		h.same("invites", sorted(all), sorted([]storage.Invite{one, two}))
		_, err = h.Invite(h.ctx(), chat.InviteID{7})
		h.is(err, storage.ErrNotFound)
	})
	h.must(h.RevokeInvite(h.ctx(), one.ID))
	h.must(h.PutInvite(h.ctx(), renewed))
	one.Revoked = true
	h.twice(func() {
		all, err := h.Invites(h.ctx())
		h.must(err)
		h.same("invites", all, []storage.Invite{two})
		got, err := h.Invite(h.ctx(), one.ID)
		h.must(err)
		h.same("revoked invite", got, one)
	})
}

func testSettings(h *harness) {
	_, err := h.Setting(h.ctx(), "rooms")
	h.is(err, storage.ErrNotFound)
	value := []byte("general")
	h.must(h.SetSetting(h.ctx(), "rooms", value))
	h.must(h.SetSetting(h.ctx(), "", nil))
	clear(value)
	for range 2 {
		h.must(h.Probe(h.ctx()))
	}
	h.twice(func() {
		got, err := h.Setting(h.ctx(), "rooms")
		h.must(err)
		h.same("setting", string(got), "general")
		clear(got)
		got, err = h.Setting(h.ctx(), "")
		h.must(err)
		h.same("empty setting", got, []byte{})
	})
	h.must(h.SetSetting(h.ctx(), "rooms", []byte("lobby")))
	got, err := h.Setting(h.ctx(), "rooms")
	h.must(err)
	h.same("setting", string(got), "lobby")
}
