package storagetest

import (
	"hearth/chat"
	"hearth/server/storage"
)

func comeback(verifier, key string) storage.Comeback {
	return storage.Comeback{Verifier: []byte(verifier), Recovery: []byte(key), Until: now + 10}
}

// recoverable makes an account with a device and a recovery key.
func (h *harness) recoverable(name string) (storage.Account, storage.Device) {
	h.Helper()
	invite := newInvite(1)
	h.must(h.PutInvite(h.ctx(), invite))
	a, d := newAccount(name)
	a.Recovery = storage.Recovery{Key: []byte("first key of " + name), Made: now}
	h.must(h.CreateAccount(h.ctx(), a, a.Name, d, invite.ID, now))
	return a, d
}

// testRecoverAccount: a device gets in by the key once, and again only itself; the new
// key is another's to use.
func testRecoverAccount(h *harness) {
	a, old := h.recoverable("ann")
	fresh, thief := newDevice(chat.AccountID{}), newDevice(chat.AccountID{})
	come := func(d storage.Device, key, verifier, next string, others bool, most int, at int64) ([]chat.DeviceID, bool, error) {
		return h.RecoverAccount(h.ctx(), a.ID, []byte(key), comeback(verifier, next), d, others, most, at)
	}
	const first = "first key of ann"
	for _, c := range []struct {
		id   chat.AccountID
		key  string
		d    storage.Device
		want error
	}{
		{chat.NewAccountID(), first, fresh, storage.ErrNotFound},
		{a.ID, "another key", fresh, storage.ErrProofOld},
		{a.ID, "", fresh, storage.ErrProofOld},
		{a.ID, first, old, storage.ErrDeviceTaken},
	} {
		_, _, err := h.RecoverAccount(h.ctx(), c.id, []byte(c.key), comeback("new", "second"), c.d, true, 9, now)
		h.is(err, c.want)
	}
	_, _, err := come(fresh, first, "new", "second", false, 1, now)
	h.is(err, storage.ErrTooMany)
	same, err := h.Account(h.ctx(), a.ID)
	h.must(err)
	h.same("account", same, a)

	ended, again, err := come(fresh, first, "new", "second", true, 1, now)
	h.must(err)
	h.same("ended", ended, []chat.DeviceID{old.ID})
	h.same("again", again, false)
	_, _, err = come(thief, first, "thief", "thief", true, 9, now)
	h.is(err, storage.ErrProofOld)
	_, again, err = come(fresh, first, "newer", "third", true, 1, now+9)
	h.must(err)
	h.same("again", again, true)
	a.Verifier = []byte("newer")
	a.Recovery = storage.Recovery{Key: []byte("third"), Made: now + 9, Used: []byte(first), By: fresh.ID, Until: now + 10}
	h.twice(func() {
		got, err := h.Account(h.ctx(), a.ID)
		h.must(err)
		h.same("account", got, a)
		d, err := h.Device(h.ctx(), fresh.ID)
		h.must(err)
		want := fresh
		want.Account, want.Recovered = a.ID, true
		h.same("device", d, want)
		if d, err = h.Device(h.ctx(), old.ID); err != nil || !d.Revoked {
			h.Errorf("the old device: %+v, %v", d, err)
		}
		_, err = h.Device(h.ctx(), thief.ID)
		h.is(err, storage.ErrNotFound)
	})
	_, _, err = come(fresh, first, "late", "late", true, 9, now+10)
	h.is(err, storage.ErrProofOld)
	_, _, err = come(fresh, "second", "x", "x", true, 9, now)
	h.is(err, storage.ErrProofOld) // that of the repetition took its place
	_, again, err = come(thief, "third", "by another device", "fourth", false, 9, now)
	h.must(err)
	h.same("again", again, false)
}

// testRecoverAccountEnds: another recovery key and another password end that a device
// may come again, and coming by a key ends the invites for the account.
func testRecoverAccountEnds(h *harness) {
	a, d := h.recoverable("ann")
	come := func(d storage.Device, key, next string) error {
		_, _, err := h.RecoverAccount(h.ctx(), a.ID, []byte(key), comeback("new", next), d, false, 9, now)
		return err
	}
	link := h.resetFor(a)
	one, two := newDevice(chat.AccountID{}), newDevice(chat.AccountID{})
	h.must(come(one, "first key of ann", "second"))
	_, _, err := h.ResetAccount(h.ctx(), link.ID, []byte("x"), two, false, 9, now)
	h.is(err, storage.ErrInviteUnknown)
	h.must(h.SetVerifier(h.ctx(), a.ID, []byte("new"), []byte("changed"), d.ID, now))
	h.is(come(one, "first key of ann", "x"), storage.ErrProofOld)

	h.must(come(two, "second", "third"))
	h.is(h.SetRecovery(h.ctx(), a.ID, []byte("changed"), []byte("x"), d.ID, now), storage.ErrProofOld)
	h.is(h.SetRecovery(h.ctx(), a.ID, nil, []byte("x"), chat.DeviceID{9}, now), storage.ErrNotFound)
	h.is(h.SetRecovery(h.ctx(), chat.NewAccountID(), nil, []byte("x"), d.ID, now), storage.ErrNotFound)
	h.must(h.SetRecovery(h.ctx(), a.ID, []byte("new"), []byte("printed"), d.ID, now+7))
	h.is(come(two, "second", "x"), storage.ErrProofOld)
	h.is(come(newDevice(chat.AccountID{}), "third", "x"), storage.ErrProofOld)
	h.twice(func() {
		got, err := h.Account(h.ctx(), a.ID)
		h.must(err)
		h.same("recovery", got.Recovery, storage.Recovery{Key: []byte("printed"), Made: now + 7})
		dev, err := h.Device(h.ctx(), d.ID)
		h.must(err)
		h.same("proven", dev.Proven, int64(now+7))
	})
	three := newDevice(chat.AccountID{})
	h.must(come(three, "printed", "fifth"))
	_, _, err = h.ResetAccount(h.ctx(), h.resetFor(a).ID, []byte("by a link"), newDevice(chat.AccountID{}), false, 9, now)
	h.must(err)
	h.is(come(three, "printed", "x"), storage.ErrProofOld)
	h.must(come(newDevice(chat.AccountID{}), "fifth", "sixth")) // a link leaves the key
}
