package storagetest

import (
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/server/storage"
)

// purged purges a room up to a place, step by step, and returns where its log begins.
func (h *harness) purged(room chat.RoomID, through chat.Seq, now int64, most int) chat.Head {
	h.Helper()
	for {
		floor, err := h.Purge(h.ctx(), room, through, now, most)
		h.must(err)
		if floor.Seq >= through {
			return floor
		}
	}
}

// testPurge: what is purged is gone with all that followed from it, but for what tells
// a repetition and a place's chain value, until that is forgotten.
func testPurge(h *harness) {
	ann, ben := NewPerson(), NewPerson()
	w := NewWriter(chat.NewRoomID())
	file := chat.File{Hash: content("tea"), Size: 10, Name: "tea.txt", Type: "text/plain"}
	batches := []*storage.Batch{
		h.put(w.Found(ann, ben)), h.put(w.Files(ann, []chat.File{file})), h.put(w.Message(ann, "one", "two", "three")),
	}
	first, last := w.Head.Seq-3, w.Head.Seq-1 // the file, and "two"; "three" stays
	early := w.Change(ann, chat.Edit{Seq: first + 1, Text: "uno"})
	batches = append(batches, h.put(early), h.put(w.Change(ben, chat.Reaction{Seq: last + 1, Emoji: "👍"})))
	for range 30 { // into the archive, where the engine has one
		batches = append(batches, h.put(w.Message(ben, "more", "and more")))
	}
	late := w.Change(ann, chat.Edit{Seq: first + 1, Text: "eins"})
	batches = append(batches, h.put(late), h.put(w.Files(ben, []chat.File{file})))
	want := eventsOf(batches...)
	want[early.Entries[0].Event.Seq-1].Erase()
	want[late.Entries[0].Event.Seq-1].Erase()
	_, err := h.Purge(h.ctx(), w.Room, w.Head.Seq, 100, 2)
	h.is(err, storage.ErrBadBatch)
	floor := h.purged(w.Room, last, 100, 2)
	h.same("floor", floor, chat.Head{Seq: last, Chain: w.chains[last]})
	h.twice(func() {
		p, err := h.Read(h.ctx(), w.Room, last+1, 1<<50, 1<<20, 1<<30)
		h.must(err)
		h.same("events", p.Events, want[last:])
		h.same("before", p.Before, floor.Chain)
		_, err = h.Read(h.ctx(), w.Room, last, last+3, 9, 9)
		h.is(err, storage.ErrPurged)
		for seq := chat.Seq(1); seq <= last; seq++ {
			h.checkPurged(w, &want[seq-1], true)
		}
		for who, n := range map[chat.AccountID]int64{ann.Account: 0, ben.Account: 10} {
			got, err := h.NamedBytes(h.ctx(), who)
			h.must(err)
			h.same("bytes of files", got, n)
		}
		left, err := h.AboutPlaces(h.ctx(), w.Room, first+1)
		h.must(err)
		h.same("changes to what is gone", left, []chat.Seq(nil))
		log, err := h.Room(h.ctx(), w.Room)
		h.must(err)
		h.same("members", len(log.State.Members), 2)
		h.same("floor of the log", log.Floor, floor)
		h.must(h.Verify(h.ctx()))
	})
	n, err := h.ForgetPurged(h.ctx(), w.Room, 100, 1000)
	h.must(err)
	h.same("forgotten too early", n, 0)
	n, err = h.ForgetPurged(h.ctx(), w.Room, 101, 3)
	h.must(err)
	h.same("forgotten", n, 3)
	h.twice(func() {
		for seq := chat.Seq(1); seq < last; seq++ {
			h.checkPurged(w, &want[seq-1], seq > 3)
		}
	})
	h.same("nothing twice", h.purged(w.Room, 2, 500, 9), floor)
	_, err = h.Purge(h.ctx(), chat.NewRoomID(), 1, 1, 1)
	h.is(err, storage.ErrNotFound)
	_, err = h.ForgetPurged(h.ctx(), chat.NewRoomID(), 1, 1)
	h.is(err, storage.ErrNotFound)
}

// checkPurged checks what is left of an event.
func (h *harness) checkPurged(w *Writer, e *chat.Event, known bool) {
	h.Helper()
	sent, found, err := h.FindMID(h.ctx(), w.Room, e.Author, e.MID)
	h.must(err)
	chain, err := h.ChainAt(h.ctx(), w.Room, e.Seq)
	if !known {
		h.same("still found", found, false)
		h.is(err, storage.ErrPurged)
		return
	}
	h.must(err)
	h.same("chain", chain, w.chains[e.Seq])
	h.same("sent", sent, storage.Sent{Seq: e.Seq, Time: e.Time, Chain: w.chains[e.Seq], Erased: true})
	h.same("found", found, true)
}

// testPurgeJournal: what has just been written can be purged, too.
func testPurgeJournal(h *harness) {
	ann := NewPerson()
	w, other := NewWriter(chat.NewRoomID()), NewWriter(chat.NewRoomID())
	h.put(other.Found(ann))
	batch := h.put(w.Found(ann))
	for range 5 {
		h.put(w.Message(ann, "a", "b"))
		h.put(other.Message(ann, "elsewhere"))
	}
	through := w.Head.Seq - 1
	h.same("floor", h.purged(w.Room, through, 1, 4).Seq, through)
	h.put(w.Message(ann, "on it goes"))
	h.same("floor", h.purged(w.Room, through+1, 1, 4).Seq, through+1)
	h.twice(func() {
		p, err := h.Read(h.ctx(), w.Room, through+2, 1<<50, 9, 999)
		h.must(err)
		h.same("left", len(p.Events), 1)
		h.same("elsewhere", len(h.read(other.Room)), 2+5)
		h.checkPurged(w, &batch.Entries[0].Event, true)
	})
}

func (m *machine) purge(t *rapid.T) {
	w := pick(t, m.writers, "room")
	through := chat.Seq(rapid.Uint64Range(1, max(1, uint64(w.Head.Seq)-1)).Draw(t, "through"))
	m.clock += rapid.Int64Range(0, 3).Draw(t, "later")
	most := rapid.IntRange(1, 50).Draw(t, "most")
	both(m, t, "Purge", func(s storage.Store) (floor chat.Head, err error) {
		for floor.Seq < through && err == nil {
			floor, err = s.Purge(m.ctx, w.Room, through, m.clock, most)
		}
		return floor, err
	})
}

func (m *machine) forgetPurged(t *rapid.T) {
	room, _ := m.roomID(t)
	before := m.clock - rapid.Int64Range(-1, 3).Draw(t, "age")
	most := rapid.IntRange(1, 20).Draw(t, "most")
	both(m, t, "ForgetPurged", func(s storage.Store) (int, error) { return s.ForgetPurged(m.ctx, room, before, most) })
}
