package storagetest

import (
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/server/storage"
)

// testCards: avatars and statuses replace one another, keep apart, and their
// revision grows whatever the clock says.
func testCards(h *harness) {
	invite := newInvite(2)
	h.must(h.PutInvite(h.ctx(), invite))
	a, d := newAccount("alice")
	h.must(h.CreateAccount(h.ctx(), a, a.Name, d, invite.ID, now))
	_, err := h.PutAvatar(h.ctx(), chat.NewAccountID(), []byte("x"), now)
	h.is(err, storage.ErrNotFound)
	_, err = h.PutStatus(h.ctx(), chat.NewAccountID(), storage.Status{}, now)
	h.is(err, storage.ErrNotFound)
	_, err = h.EndStatus(h.ctx(), chat.NewAccountID(), now)
	h.is(err, storage.ErrNotFound)
	none, err := h.EndStatus(h.ctx(), a.ID, now)
	h.must(err)
	h.same("no card", none, storage.Card{Account: a.ID})
	_, err = h.Avatar(h.ctx(), a.ID)
	h.is(err, storage.ErrNotFound)

	picture := []byte("a picture")
	want := storage.Card{Account: a.ID, Rev: uint64(now), Avatar: chat.AvatarHash(picture)}
	check := func(got storage.Card, err error) {
		h.Helper()
		h.must(err)
		h.same("card", got, want)
		h.twice(func() {
			all, err := h.Cards(h.ctx())
			h.must(err)
			h.same("cards", all, []storage.Card{want})
			p, err := h.Avatar(h.ctx(), a.ID)
			if want.Avatar.IsZero() {
				h.is(err, storage.ErrNotFound)
				return
			}
			h.must(err)
			h.same("avatar", string(p), string(picture))
		})
	}
	check(h.PutAvatar(h.ctx(), a.ID, picture, now))
	want.Rev, want.Status = want.Rev+1, storage.Status{Text: "Tee, 世界", Emoji: "🫖", Until: now + 5}
	check(h.PutStatus(h.ctx(), a.ID, want.Status, now-1000))
	want.Rev, want.Avatar = uint64(now+1000), chat.Hash{}
	check(h.PutAvatar(h.ctx(), a.ID, nil, now+1000))
	want.Rev, want.Status = want.Rev+1, storage.Status{}
	check(h.PutStatus(h.ctx(), a.ID, want.Status, now))

	// The end of a status ends no other.
	want.Rev, want.Status = want.Rev+1, storage.Status{Text: "lunch", Until: now + 5}
	check(h.PutStatus(h.ctx(), a.ID, want.Status, now))
	check(h.EndStatus(h.ctx(), a.ID, now+4))
	want.Rev, want.Status = want.Rev+1, storage.Status{}
	check(h.EndStatus(h.ctx(), a.ID, now+5))
	check(h.EndStatus(h.ctx(), a.ID, now+5))
	want.Rev, want.Status = want.Rev+1, storage.Status{Text: "back"}
	check(h.PutStatus(h.ctx(), a.ID, want.Status, now))
	check(h.EndStatus(h.ctx(), a.ID, now+1_000_000))
}

// cards changes a card and looks at all of them.
func (m *machine) cards(t *rapid.T) {
	id := chat.NewAccountID()
	if len(m.accounts) > 0 {
		id = rapid.SampledFrom(m.accounts).Draw(t, "account").ID
	}
	at := now + rapid.Int64Range(-5, 5).Draw(t, "at")
	switch rapid.IntRange(0, 3).Draw(t, "what") {
	case 0:
		picture := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "picture")
		both(m, t, "PutAvatar", func(s storage.Store) (storage.Card, error) { return s.PutAvatar(m.ctx, id, picture, at) })
	case 1:
		both(m, t, "EndStatus", func(s storage.Store) (storage.Card, error) { return s.EndStatus(m.ctx, id, at) })
	default:
		status := storage.Status{Text: rapid.StringN(0, 5, 20).Draw(t, "text"), Emoji: "🫖", Until: rapid.SampledFrom([]int64{0, now - 2, now, now + 2}).Draw(t, "until")}
		both(m, t, "PutStatus", func(s storage.Store) (storage.Card, error) { return s.PutStatus(m.ctx, id, status, at) })
	}
	both(m, t, "Cards", func(s storage.Store) ([]storage.Card, error) {
		all, err := s.Cards(m.ctx)
		return sorted(all), err
	})
	both(m, t, "Avatar", func(s storage.Store) ([]byte, error) { return s.Avatar(m.ctx, id) })
}
