package storagetest

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/server/storage"
)

// Change returns a batch with one change to a message, as a person sends it.
func (w *Writer) Change(p Person, body chat.Body) *storage.Batch {
	b := w.begin()
	w.change(b, p, body)
	return b
}

// Delete returns the batch in which somebody deletes a message: edits are all
// places that edit it.
func (w *Writer) Delete(p Person, target chat.Seq, edits ...chat.Seq) *storage.Batch {
	b := w.Change(p, chat.Delete{Seq: target})
	b.Erase = append([]chat.Seq{target}, edits...)
	return b
}

func (w *Writer) change(b *storage.Batch, p Person, body chat.Body) {
	w.entry(b, p, kindOf(body), body)
	w.DSeqs[p.Device]++
	b.DSeqs[p.Device] = w.DSeqs[p.Device]
	if !slices.Equal(w.pins, w.State.Pins) {
		w.pins = slices.Clone(w.State.Pins)
		b.State = w.State.Clone()
	}
}

func kindOf(body chat.Body) chat.Kind {
	switch body.(type) {
	case chat.Edit:
		return chat.KindEdit
	case chat.Delete:
		return chat.KindDelete
	case chat.Reaction:
		return chat.KindReactionAdd
	case chat.Unreaction:
		return chat.KindReactionRemove
	case chat.Pin:
		return chat.KindPinAdd
	case chat.Unpin:
		return chat.KindPinRemove
	}
	panic(fmt.Sprintf("%T is no change", body))
}

// testChanges: which events change a message follows from the log, in its order.
func testChanges(h *harness) {
	ann, ben := NewPerson(), NewPerson()
	w, other := NewWriter(chat.NewRoomID()), NewWriter(chat.NewRoomID())
	h.put(other.Found(ann))
	h.put(w.Found(ann, ben))
	m := h.put(w.Message(ann, "one", "two")).Entries[0].Event.Seq
	var want []chat.Event
	for _, b := range []*storage.Batch{
		w.Change(ann, chat.Edit{Seq: m, Text: "uno"}),
		w.Change(ben, chat.Reaction{Seq: m, Emoji: "👍"}),
		w.Change(ben, chat.Pin{Seq: m}),
		w.Change(ben, chat.Unreaction{Seq: m, Emoji: "👍"}),
		w.Change(ann, chat.Edit{Seq: m, Text: "eins"}),
	} {
		want = append(want, eventsOf(h.put(b))...)
	}
	h.put(w.Change(ann, chat.Reaction{Seq: m + 1, Emoji: "🫖"}))
	h.put(w.Change(ann, chat.Reaction{Seq: w.Head.Seq + 9, Emoji: "🫖"})) // of what is not there: no change
	places := func(events []chat.Event) (list []chat.Seq) {
		for i := range events {
			list = append(list, events[i].Seq)
		}
		return list
	}
	edits := []chat.Event{want[0], want[4]}
	h.twice(func() {
		for _, c := range []struct {
			most  int
			kinds []chat.Kind
			want  []chat.Event
		}{
			{100, nil, want},
			{2, nil, want[3:]},
			{0, nil, nil},
			{100, []chat.Kind{chat.KindEdit}, edits},
			{1, []chat.Kind{chat.KindEdit}, edits[1:]},
			{100, []chat.Kind{chat.KindReactionAdd, chat.KindReactionRemove}, []chat.Event{want[1], want[3]}},
			{100, []chat.Kind{chat.KindDelete}, nil},
		} {
			got, err := h.About(h.ctx(), w.Room, m, c.most, c.kinds...)
			h.must(err)
			h.same(fmt.Sprint("about ", c.most, c.kinds), got, c.want)
			if c.most == 100 {
				at, err := h.AboutPlaces(h.ctx(), w.Room, m, c.kinds...)
				h.must(err)
				h.same("places", at, places(c.want))
			}
		}
		for target, n := range map[chat.Seq]int{0: 0, 1: 0, m: 5, m + 1: 1, m + 2: 0, w.Head.Seq + 8: 0} {
			got, err := h.AboutPlaces(h.ctx(), w.Room, target)
			h.must(err)
			h.same(fmt.Sprint("changes to ", target), len(got), n)
		}
		none, err := h.About(h.ctx(), other.Room, m, 9)
		h.must(err)
		h.same("elsewhere", none, []chat.Event(nil))
		_, err = h.About(h.ctx(), chat.NewRoomID(), m, 9)
		h.is(err, storage.ErrNotFound)
		_, err = h.AboutPlaces(h.ctx(), chat.NewRoomID(), m)
		h.is(err, storage.ErrNotFound)
		log, err := h.Room(h.ctx(), w.Room)
		h.must(err)
		h.same("pins", log.State.Pins, []chat.Seq{m})
	})
}

// testErase: what a batch erases says nothing any more, wherever it lay, and all
// that followed from it is gone too.
func testErase(h *harness) {
	ann := NewPerson()
	w := NewWriter(chat.NewRoomID())
	file := chat.File{Hash: content("tea"), Size: 10, Name: "tea.txt", Type: "text/plain"}
	batches := []*storage.Batch{h.put(w.Found(ann)), h.put(w.Files(ann, []chat.File{file}))}
	m := w.Head.Seq
	batches = append(batches, h.put(w.Message(ann, "between")))
	edit := w.Change(ann, chat.Edit{Seq: m, Text: "other"})
	batches = append(batches, h.put(edit))
	for range 20 { // into the archive, where the engine has one
		batches = append(batches, h.put(w.Message(ann, "more", "and more")))
	}
	h.reopen()
	late := w.Change(ann, chat.Edit{Seq: m, Text: "another"})
	batches = append(batches, h.put(late))
	batches = append(batches, h.put(w.Change(ann, chat.Pin{Seq: m})))
	erased := []chat.Seq{m, edit.Entries[0].Event.Seq, late.Entries[0].Event.Seq}
	batches = append(batches, h.put(w.Delete(ann, m, erased[1:]...)))
	want := eventsOf(batches...)
	mids := map[chat.Seq]chat.MID{}
	for _, seq := range erased {
		want[seq-1].Erase()
		mids[seq] = want[seq-1].MID
	}
	check := func() {
		h.same("events", h.read(w.Room), want)
		for seq, mid := range mids {
			sent, found, err := h.FindMID(h.ctx(), w.Room, ann.Account, mid)
			h.must(err)
			if !found || !sent.Erased || !sent.Content.IsZero() || sent.Seq != seq {
				h.Errorf("what was erased at %d is found as %+v, %v", seq, sent, found)
			}
		}
		left, err := h.AboutPlaces(h.ctx(), w.Room, m)
		h.must(err)
		h.same("changes", left, []chat.Seq{late.Entries[0].Event.Seq + 1, late.Entries[0].Event.Seq + 2})
		named, err := h.NamedAnywhere(h.ctx(), file.Hash)
		h.must(err)
		h.same("named", named, false)
		bytes, err := h.NamedBytes(h.ctx(), ann.Account)
		h.must(err)
		h.same("bytes", bytes, int64(0))
		h.must(h.Verify(h.ctx()))
	}
	h.twice(check)
	again := w.Message(ann, "after")
	again.Erase = erased // once more changes nothing
	want = append(want, eventsOf(h.put(again))...)
	h.twice(check)

	bad := w.Message(ann, "never")
	bad.Erase = []chat.Seq{bad.Entries[0].Event.Seq}
	h.is(h.append(bad), storage.ErrBadBatch)
	bad.Erase = []chat.Seq{0}
	h.is(h.append(bad), storage.ErrBadBatch)
}

// changed makes a random change to a message on both stores, with all that the
// server would do with it.
func (m *machine) changed(t *rapid.T) {
	w := pick(t, m.writers, "room")
	if w.Head.Seq == 0 {
		t.Skip("nothing was said")
	}
	page := both(m, t, "Read", func(s storage.Store) (storage.Page, error) { return s.Read(m.ctx, w.Room, 1, w.Head.Seq, 1<<20, 1<<30) })
	target := pick(t, messages(page.Events), "message")
	p := m.person(t)
	emoji := rapid.SampledFrom([]string{"👍", "🫖"}).Draw(t, "emoji")
	switch rapid.IntRange(0, 6).Draw(t, "change") {
	case 0, 1:
		m.append(t, w.Change(p, chat.Edit{Seq: target, Text: rapid.String().Draw(t, "text")}))
	case 2:
		m.append(t, w.Change(p, chat.Reaction{Seq: target, Emoji: emoji}))
	case 3:
		m.append(t, w.Change(p, chat.Unreaction{Seq: target, Emoji: emoji}))
	case 4:
		m.append(t, w.Change(p, chat.Pin{Seq: target}))
	case 5:
		m.append(t, w.Change(p, chat.Unpin{Seq: target}))
	case 6:
		edits := both(m, t, "AboutPlaces", func(s storage.Store) ([]chat.Seq, error) {
			return s.AboutPlaces(m.ctx, w.Room, target, chat.KindEdit)
		})
		m.append(t, w.Delete(p, target, edits...))
	}
	most := rapid.IntRange(0, 5).Draw(t, "most")
	both(m, t, "About", func(s storage.Store) ([]chat.Event, error) { return s.About(m.ctx, w.Room, target, most) })
	both(m, t, "About", func(s storage.Store) ([]chat.Event, error) {
		return s.About(m.ctx, w.Room, target, most, chat.KindEdit, chat.KindReactionAdd)
	})
}

// burstOfChanges hands over messages, edits of them and their deletion without
// waiting, so that one transaction erases what it has added.
func (m *machine) burstOfChanges(t *rapid.T) {
	w := pick(t, m.writers, "room")
	p := m.person(t)
	var batches []*storage.Batch
	for range rapid.IntRange(1, 8).Draw(t, "times") {
		said := w.Message(p, m.texts(t)...)
		target := said.Entries[0].Event.Seq
		edit := w.Change(p, chat.Edit{Seq: target, Text: "other"})
		batches = append(batches, said, edit, w.Delete(p, target, edit.Entries[0].Event.Seq))
	}
	for _, s := range []storage.Store{m.real, m.model} {
		answers := make(chan error, len(batches))
		for _, b := range batches {
			s.Append(b, func(err error) { answers <- err })
		}
		for range batches {
			if err := <-answers; err != nil {
				t.Fatalf("burst: %v", err)
			}
		}
	}
	for _, b := range batches {
		m.sent = append(m.sent, b.Entries...)
	}
}

// messages returns the places of messages that are not erased.
func messages(events []chat.Event) (list []chat.Seq) {
	for i := range events {
		if events[i].Kind == chat.KindMessage && !events[i].Erased {
			list = append(list, events[i].Seq)
		}
	}
	return list
}
