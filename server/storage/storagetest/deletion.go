package storagetest

import (
	"errors"

	"hearth/chat"
	"hearth/server/storage"
)

// testDeletion: what is left of an account that is deleted, and in which steps it goes.
func testDeletion(h *harness) {
	invite := newInvite(2)
	h.must(h.PutInvite(h.ctx(), invite))
	a, first := newAccount("alice")
	h.must(h.CreateAccount(h.ctx(), a, a.Name, first, invite.ID, now))
	d := first.ID
	room := chat.NewRoomID()
	h.must(h.PutMarkers(h.ctx(), []storage.Marker{{Account: a.ID, Room: room, Marker: chat.Marker{Read: 3}}}))
	before, err := h.PutAvatar(h.ctx(), a.ID, []byte("picture"), 7)
	h.must(err)
	h.must(h.SetBlocks(h.ctx(), a.ID, []byte("[]")))
	h.must(h.SetDisabled(h.ctx(), a.ID, true))
	if got, err := h.Account(h.ctx(), a.ID); err != nil || !got.Disabled || got.Display == "" {
		h.Errorf("suspended: %+v, %v", got, err)
	}
	h.must(h.SetDisabled(h.ctx(), a.ID, false))
	h.is(h.SetDisabled(h.ctx(), chat.NewAccountID(), true), storage.ErrNotFound)
	h.is(h.DeleteAccount(h.ctx(), chat.NewAccountID(), nil, true, 9), storage.ErrNotFound)
	h.is(h.DeleteAccount(h.ctx(), a.ID, []byte("another"), true, 9), storage.ErrProofOld)
	h.must(h.DeleteAccount(h.ctx(), a.ID, a.Verifier, false, 9))
	h.twice(func() {
		got, err := h.Account(h.ctx(), a.ID)
		if want := a.Bare(false); err != nil || got.ID != want.ID || got.Name != a.Name || got.Display != "" || got.Verifier != nil || !got.Disabled || got.Deletion != storage.DeletionRooms {
			h.Errorf("left: %+v, %v", got, err)
		}
		if dev, err := h.Device(h.ctx(), d); err != nil || len(dev.Key) > 0 || dev.Name != "" || !dev.Revoked {
			h.Errorf("left of the device: %+v, %v", dev, err)
		}
		if list, err := h.AccountMarkers(h.ctx(), a.ID); err != nil || len(list) > 0 {
			h.Errorf("read positions: %v, %v", list, err)
		}
		if _, err := h.Avatar(h.ctx(), a.ID); !errors.Is(err, storage.ErrNotFound) {
			h.Errorf("picture: %v", err)
		}
		if _, err := h.Setting(h.ctx(), storage.BlocksSetting(a.ID)); !errors.Is(err, storage.ErrNotFound) {
			h.Errorf("whom it blocked: %v", err)
		}
	})
	deletedAsks(h, a.ID, room)
	if cards, err := h.Cards(h.ctx()); err != nil || len(cards) != 1 || cards[0].Rev <= before.Rev || !cards[0].Avatar.IsZero() {
		h.Errorf("cards: %+v, %v", cards, err)
	}
	h.must(h.TouchDevices(h.ctx(), map[chat.DeviceID]storage.Touch{d: {Seen: 10, Peer: "192.0.2.0/24"}}))
	if dev, err := h.Device(h.ctx(), d); err != nil || dev.Peer != "" {
		h.Errorf("seen since: %+v, %v", dev, err)
	}
	h.is(h.SetDisabled(h.ctx(), a.ID, false), storage.ErrNotFound)
	for _, step := range []struct {
		do   func() error
		want storage.Deletion
	}{
		{func() error { return h.EndDeletion(h.ctx(), a.ID, storage.DeletionErases) }, storage.DeletionRooms}, // of another step
		{func() error { return h.EndDeletion(h.ctx(), a.ID, storage.DeletionRooms) }, storage.DeletionDone},
		{func() error { return h.DeleteAccount(h.ctx(), a.ID, nil, false, 11) }, storage.DeletionDone},
		{func() error { return h.DeleteAccount(h.ctx(), a.ID, nil, true, 11) }, storage.DeletionErases},
		{func() error { return h.EndDeletion(h.ctx(), a.ID, storage.DeletionErases) }, storage.DeletionErased},
		{func() error { return h.DeleteAccount(h.ctx(), a.ID, nil, true, 12) }, storage.DeletionErased},
	} {
		h.must(step.do())
		if got, err := h.Account(h.ctx(), a.ID); err != nil || got.Deletion != step.want {
			h.Errorf("step %d, want %d (%v)", got.Deletion, step.want, err)
		}
	}
}

// deletedAsks: what an account had asked for when it was deleted does not come behind it.
func deletedAsks(h *harness, id chat.AccountID, room chat.RoomID) {
	h.is(h.SetDisplay(h.ctx(), id, "late"), storage.ErrNotFound)
	h.is(h.SetPrivacy(h.ctx(), id, storage.Privacy{Typing: true}), storage.ErrNotFound)
	h.is(h.SetBlocks(h.ctx(), id, []byte("[]")), storage.ErrNotFound)
	h.is(h.SetBlocks(h.ctx(), chat.NewAccountID(), []byte("[]")), storage.ErrNotFound)
	_, err := h.PutAvatar(h.ctx(), id, []byte("late"), 10)
	h.is(err, storage.ErrNotFound)
	_, err = h.PutStatus(h.ctx(), id, storage.Status{Text: "late"}, 10)
	h.is(err, storage.ErrNotFound)
	_, err = h.PutStatus(h.ctx(), id, storage.Status{}, 10)
	h.must(err)
	invite := newInvite(1)
	invite.Creator = id
	h.is(h.PutInvite(h.ctx(), invite), storage.ErrNotFound)
	h.must(h.PutMarkers(h.ctx(), []storage.Marker{{Account: id, Room: room, Marker: chat.Marker{Read: 4}}}))
	h.twice(func() {
		if a, err := h.Account(h.ctx(), id); err != nil || a.Display != "" || a.Privacy != (storage.Privacy{}) {
			h.Errorf("behind its deletion: %+v, %v", a, err)
		}
		if _, err := h.Setting(h.ctx(), storage.BlocksSetting(id)); !errors.Is(err, storage.ErrNotFound) {
			h.Errorf("whom it blocked: %v", err)
		}
		if _, err := h.Avatar(h.ctx(), id); !errors.Is(err, storage.ErrNotFound) {
			h.Errorf("a picture: %v", err)
		}
		if _, err := h.Invite(h.ctx(), invite.ID); !errors.Is(err, storage.ErrNotFound) {
			h.Errorf("an invite: %v", err)
		}
		if list, err := h.AccountMarkers(h.ctx(), id); err != nil || len(list) > 0 {
			h.Errorf("read positions: %v, %v", list, err)
		}
	})
}
