package storagetest

import (
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/server/storage"
)

// testMarkers: positions merge, are found by account and by room, and keep apart.
func testMarkers(h *harness) {
	ann, bob, nobody := chat.NewAccountID(), chat.NewAccountID(), chat.NewAccountID()
	tea, work := chat.NewRoomID(), chat.NewRoomID()
	at := func(a chat.AccountID, r chat.RoomID, read, mark chat.Seq, rev uint64, public chat.Seq) storage.Marker {
		return storage.Marker{Account: a, Room: r, Marker: chat.Marker{Read: read, Mark: mark, Rev: rev}, Public: public}
	}
	h.must(h.PutMarkers(h.ctx(), nil))
	h.must(h.PutMarkers(h.ctx(), []storage.Marker{at(ann, tea, 5, 0, 0, 5), at(ann, work, 7, 2, 1, 0), at(bob, tea, 1, 0, 0, 1)}))
	h.must(h.PutMarkers(h.ctx(), []storage.Marker{at(ann, tea, 4, 3, 1, 2), at(ann, tea, 9, 0, 0, 6), at(ann, work, 1, 0, 2, 0)}))
	annTea, annWork, bobTea := at(ann, tea, 9, 3, 1, 6), at(ann, work, 7, 0, 2, 0), at(bob, tea, 1, 0, 0, 1)
	h.twice(func() {
		all, err := h.AccountMarkers(h.ctx(), ann)
		h.must(err)
		h.same("markers of an account", sorted(all), sorted([]storage.Marker{annTea, annWork}))
		all, err = h.AccountMarkers(h.ctx(), nobody)
		h.must(err)
		h.same("markers of nobody", all, []storage.Marker{})
		all, err = h.RoomMarkers(h.ctx(), tea, []chat.AccountID{bob, nobody, ann})
		h.must(err)
		h.same("markers of a room", sorted(all), sorted([]storage.Marker{annTea, bobTea}))
		all, err = h.RoomMarkers(h.ctx(), tea, nil)
		h.must(err)
		h.same("markers of none", all, []storage.Marker{})
	})
}

func testPrivacy(h *harness) {
	invite := newInvite(2)
	h.must(h.PutInvite(h.ctx(), invite))
	a, d := newAccount("alice")
	h.must(h.CreateAccount(h.ctx(), a, a.Name, d, invite.ID, now))
	h.is(h.SetPrivacy(h.ctx(), chat.NewAccountID(), storage.Privacy{}), storage.ErrNotFound)
	for _, p := range []storage.Privacy{{Presence: true}, {Readings: true}, {Typing: true}, {}} {
		h.must(h.SetPrivacy(h.ctx(), a.ID, p))
		a.Privacy = p
		h.twice(func() {
			got, err := h.Account(h.ctx(), a.ID)
			h.must(err)
			h.same("account", got, a)
		})
	}
}

// markers merges some positions and looks them up.
func (m *machine) markers(t *rapid.T) {
	var list []storage.Marker
	var accounts []chat.AccountID
	small := func(name string) uint64 { return rapid.Uint64Range(0, 300).Draw(t, name) }
	room, _ := m.roomID(t)
	for range rapid.IntRange(1, 4).Draw(t, "markers") {
		a := m.person(t).Account
		accounts = append(accounts, a)
		list = append(list, storage.Marker{Account: a, Room: room, Public: chat.Seq(small("public")), Marker: chat.Marker{
			Read: chat.Seq(small("read")), Mark: chat.Seq(small("mark")), Rev: rapid.Uint64Range(0, 3).Draw(t, "rev"),
		}})
	}
	m.do(t, "PutMarkers", func(s storage.Store) error { return s.PutMarkers(m.ctx, list) })
	both(m, t, "AccountMarkers", func(s storage.Store) ([]storage.Marker, error) {
		all, err := s.AccountMarkers(m.ctx, accounts[0])
		return sorted(all), err
	})
	both(m, t, "RoomMarkers", func(s storage.Store) ([]storage.Marker, error) {
		all, err := s.RoomMarkers(m.ctx, room, accounts)
		return sorted(all), err
	})
}
