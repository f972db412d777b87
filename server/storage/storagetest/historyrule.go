package storagetest

import "hearth/chat"

// testHistoryRule: from where on each member reads outlives the store, whether the rule was
// ever changed or not.
func testHistoryRule(h *harness) {
	alice, bob, cid, dan := NewPerson(), NewPerson(), NewPerson(), NewPerson()
	w := NewWriter(chat.NewRoomID())
	h.put(w.Found(alice, bob))
	same := func() {
		h.Helper()
		h.twice(func() {
			log, err := h.Room(h.ctx(), w.Room)
			h.must(err)
			h.same("state", log.State, w.State)
		})
	}
	same()
	h.put(w.SetHistory(alice, chat.HistoryJoined))
	h.put(w.Message(bob, "one"))
	h.put(w.Join(cid))
	h.put(w.Leave(bob))
	same()
	h.put(w.SetHistory(alice, chat.HistoryAll))
	h.put(w.Join(dan))
	same()
	log, err := h.Room(h.ctx(), w.Room)
	h.must(err)
	for _, want := range []struct {
		p     Person
		begin chat.Seq
	}{{alice, 1}, {bob, 1}, {cid, 6}, {dan, 8}} {
		if from, known := log.State.Begins(want.p.Account); !known || from != want.begin {
			h.Errorf("%v begins at %d (%v), want %d", want.p.Account, from, known, want.begin)
		}
	}
}
