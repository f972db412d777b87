package storagetest

import (
	"bytes"

	"hearth/chat"
	"hearth/server/storage"
)

// forgetful makes an account with a device and an invite for it.
func (h *harness) forgetful(name string) (storage.Account, storage.Device, storage.Invite) {
	h.Helper()
	invite := newInvite(1)
	h.must(h.PutInvite(h.ctx(), invite))
	a, d := newAccount(name)
	h.must(h.CreateAccount(h.ctx(), a, a.Name, d, invite.ID, now))
	return a, d, h.resetFor(a)
}

func (h *harness) resetFor(a storage.Account) storage.Invite {
	h.Helper()
	i := newInvite(1)
	i.Owner, i.For = false, a.ID
	h.must(h.PutInvite(h.ctx(), i))
	return i
}

// testResetAccount: a device gets in once, and again only itself.
func testResetAccount(h *harness) {
	a, old, invite := h.forgetful("ann")
	fresh, thief := newDevice(chat.AccountID{}), newDevice(chat.AccountID{})
	reset := func(d storage.Device, verifier string, others bool, most int) ([]chat.DeviceID, bool, error) {
		return h.ResetAccount(h.ctx(), invite.ID, []byte(verifier), d, others, most, now)
	}
	other, device := newAccount("bob")
	h.is(h.CreateAccount(h.ctx(), other, other.Name, device, invite.ID, now), storage.ErrInviteUnknown)
	_, _, err := reset(fresh, "new", false, 1)
	h.is(err, storage.ErrTooMany)
	_, _, err = reset(old, "new", false, 9)
	h.is(err, storage.ErrDeviceTaken)
	same, err := h.Account(h.ctx(), a.ID)
	h.must(err)
	h.same("account", same, a)

	ended, again, err := reset(fresh, "new", true, 1)
	h.must(err)
	h.same("ended", ended, []chat.DeviceID{old.ID})
	h.same("again", again, false)
	_, _, err = reset(thief, "thief", true, 9)
	h.is(err, storage.ErrInviteUsed)
	ended, again, err = reset(fresh, "newer", true, 1)
	h.must(err)
	if len(ended) != 0 || !again {
		h.Errorf("a repetition ended %v, again %v", ended, again)
	}
	h.twice(func() {
		got, err := h.Account(h.ctx(), a.ID)
		h.must(err)
		if !bytes.Equal(got.Verifier, []byte("newer")) {
			h.Errorf("the verifier is %q", got.Verifier)
		}
		d, err := h.Device(h.ctx(), fresh.ID)
		h.must(err)
		want := fresh
		want.Account, want.Reset = a.ID, true
		h.same("device", d, want)
		used, err := h.Invite(h.ctx(), invite.ID)
		h.must(err)
		if used.Used != 1 || used.By != fresh.ID || used.For != a.ID {
			h.Errorf("the invite is %+v", used)
		}
		if d, err = h.Device(h.ctx(), old.ID); err != nil || !d.Revoked {
			h.Errorf("the old device: %+v, %v", d, err)
		}
		_, err = h.Device(h.ctx(), thief.ID)
		h.is(err, storage.ErrNotFound)
	})
	h.must(h.RevokeDevice(h.ctx(), fresh.ID))
	_, _, err = reset(fresh, "after", false, 9)
	h.is(err, storage.ErrDeviceTaken)
}

// testResetAccountEnds: a newer invite for the account, a change of the password,
// time and revoking end one; an ordinary invite is none.
func testResetAccountEnds(h *harness) {
	a, d, first := h.forgetful("ann")
	b, _, bobs := h.forgetful("bob")
	try := func(i storage.Invite, at int64) error {
		_, _, err := h.ResetAccount(h.ctx(), i.ID, []byte("new"), newDevice(chat.AccountID{}), false, 9, at)
		return err
	}
	second := h.resetFor(a)
	h.is(try(first, now), storage.ErrInviteUnknown)
	h.is(try(second, second.Expires), storage.ErrInviteExpired)
	h.must(h.SetVerifier(h.ctx(), a.ID, nil, []byte("remembered"), d.ID, now))
	h.is(try(second, now), storage.ErrInviteUnknown)
	third := h.resetFor(a)
	h.must(h.RevokeInvite(h.ctx(), third.ID))
	h.is(try(third, now), storage.ErrInviteUnknown)
	usual := newInvite(1)
	h.must(h.PutInvite(h.ctx(), usual))
	h.is(try(usual, now), storage.ErrInviteUnknown)
	h.is(try(newInvite(1), now), storage.ErrInviteUnknown)
	h.must(try(bobs, now)) // nothing of it concerned him
	got, err := h.Account(h.ctx(), b.ID)
	h.must(err)
	h.same("verifier", string(got.Verifier), "new")
}
