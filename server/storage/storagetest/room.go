package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hearth/chat"
	"hearth/server/storage"
)

func testEpoch(h *harness) {
	first := h.Epoch()
	if first == (chat.Epoch{}) {
		h.Error("the epoch is zero")
	}
	h.reopen()
	h.same("epoch after reopening", h.Epoch(), first)
	other, err := h.engine.Open(h.TempDir())
	h.must(err)
	if other.Epoch() == first {
		h.Error("two stores have one epoch")
	}
	h.must(other.Close())
}

func testAppend(h *harness) {
	alice, bob := NewPerson(), NewPerson()
	w := NewWriter(chat.NewRoomID())
	var all []*storage.Batch
	all = append(all, h.put(w.Found(alice, bob)))
	all = append(all, h.put(w.Message(alice, "one", "two", "three")))
	all = append(all, h.put(w.Message(bob, "四")))
	h.twice(func() {
		h.same("events", h.read(w.Room), eventsOf(all...))
		head, err := h.Head(h.ctx(), w.Room)
		h.must(err)
		h.same("head", head, w.Head)
	})
	all = append(all, h.put(w.Message(alice, "after")))
	h.same("events", h.read(w.Room), eventsOf(all...))
}

func testAppendRefused(h *harness) {
	alice := NewPerson()
	w := NewWriter(chat.NewRoomID())
	stale := *w
	stale.State = w.State.Clone()
	founded := h.put(w.Found(alice))
	want := eventsOf(founded, h.put(w.Message(alice, "one")))

	again := stale.Found(alice, NewPerson())
	again.DSeqs[alice.Device] = 77
	h.is(h.append(again), storage.ErrConflict)
	ahead := w.begin()
	ahead.Expect += 5
	ahead.Entries = []storage.Entry{{Event: chat.Event{Room: w.Room, Seq: w.Head.Seq + 6}}}
	h.is(h.append(ahead), storage.ErrConflict)
	missing := &storage.Batch{Room: chat.NewRoomID(), Expect: 3}
	missing.Entries = []storage.Entry{{Event: chat.Event{Room: missing.Room, Seq: 4}}}
	h.is(h.append(missing), storage.ErrConflict)

	h.is(h.append(w.begin()), storage.ErrBadBatch)
	gap := w.begin()
	gap.Entries = []storage.Entry{{Event: chat.Event{Room: w.Room, Seq: w.Head.Seq + 2}}}
	h.is(h.append(gap), storage.ErrBadBatch)
	foreign := w.begin()
	foreign.Entries = []storage.Entry{{Event: chat.Event{Room: chat.NewRoomID(), Seq: w.Head.Seq + 1}}}
	h.is(h.append(foreign), storage.ErrBadBatch)

	h.twice(func() {
		h.same("events", h.read(w.Room), want)
		log, err := h.Room(h.ctx(), w.Room)
		h.must(err)
		h.same("room", log, &storage.RoomLog{State: w.State, Head: w.Head, DSeqs: w.DSeqs})
		rooms, err := h.RoomIDs(h.ctx())
		h.must(err)
		h.same("rooms", rooms, []chat.RoomID{w.Room})
	})
}

// testAppendInOrder hands batches over without waiting: they apply in order, and
// one that is refused takes only itself away.
func testAppendInOrder(h *harness) {
	const n = 300
	people := []Person{NewPerson(), NewPerson()}
	writers := []*Writer{NewWriter(chat.NewRoomID()), NewWriter(chat.NewRoomID())}
	want := map[chat.RoomID][]chat.Event{}
	var mu sync.Mutex
	answers := map[string]error{}
	var order []string
	var wg sync.WaitGroup
	submit := func(name string, b *storage.Batch) {
		wg.Add(1)
		h.Append(b, func(err error) {
			mu.Lock()
			defer mu.Unlock()
			if _, twice := answers[name]; twice {
				h.Errorf("%s was answered twice", name)
			}
			answers[name] = err
			order = append(order, name)
			wg.Done()
		})
	}
	var names []string
	for i := range n {
		w := writers[i%2]
		var b *storage.Batch
		if i < 2 {
			b = w.Found(people[i])
		} else {
			b = w.Message(people[i%2], fmt.Sprint(i))
		}
		name := fmt.Sprint(i)
		submit(name, b)
		names = append(names, name)
		want[w.Room] = append(want[w.Room], eventsOf(b)...)
		if i%50 == 10 {
			name = fmt.Sprint("refused ", i)
			submit(name, b)
			names = append(names, name)
		}
	}
	wg.Wait()
	for name, err := range answers {
		if strings.HasPrefix(name, "refused") {
			h.is(err, storage.ErrConflict)
		} else {
			h.is(err, nil)
		}
	}
	h.same("order of answers", order, names)
	h.twice(func() {
		for _, w := range writers {
			h.same("events", h.read(w.Room), want[w.Room])
		}
	})
}

func testAppendCopies(h *harness) {
	alice := NewPerson()
	w := NewWriter(chat.NewRoomID())
	h.put(w.Found(alice))
	b := w.Message(alice, "original")
	want := append([]byte(nil), b.Entries[0].Event.Body...)
	h.put(b)
	clear(b.Entries[0].Event.Body)
	for range 2 {
		events := h.read(w.Room)
		h.same("body", events[len(events)-1].Body, want)
		clear(events[len(events)-1].Body) // ours to break
	}
	log, err := h.Room(h.ctx(), w.Room)
	h.must(err)
	clear(log.State.Members)
	clear(log.DSeqs)
	again, err := h.Room(h.ctx(), w.Room)
	h.must(err)
	h.same("state", again.State, w.State)
	h.same("counters", again.DSeqs, w.DSeqs)
}

func testRead(h *harness) {
	alice := NewPerson()
	w := NewWriter(chat.NewRoomID())
	other := NewWriter(chat.NewRoomID())
	batches := []*storage.Batch{h.put(w.Found(alice))}
	h.put(other.Found(alice))
	for i := range 20 {
		batches = append(batches, h.put(w.Message(alice, strings.Repeat("x", i), "second")))
		h.put(other.Message(alice, "elsewhere"))
	}
	var entries []storage.Entry
	for _, b := range batches {
		entries = append(entries, b.Entries...)
	}
	chainAt := func(seq chat.Seq) (c chat.Hash) {
		if seq > 0 {
			c = entries[min(seq, w.Head.Seq)-1].Chain
		}
		return c
	}
	const unlimited = 1 << 30
	h.twice(func() {
		for _, test := range []struct {
			first, last         chat.Seq
			maxEvents, maxBytes int
			want                chat.Seq // last that must come
		}{
			{1, w.Head.Seq, unlimited, unlimited, w.Head.Seq},
			{0, 3, unlimited, unlimited, 3},
			{5, 9, unlimited, unlimited, 9},
			{5, 5, unlimited, unlimited, 5},
			{30, 1 << 50, unlimited, unlimited, w.Head.Seq},
			{7, 1 << 50, 10, unlimited, 16},
			{7, 1 << 50, 1, unlimited, 7},
			{7, 1 << 50, 0, unlimited, 7},
			{7, 1 << 50, unlimited, 0, 7},
			{7, 1 << 50, unlimited, len(entries[6].Event.Body) + len(entries[7].Event.Body), 8},
			{w.Head.Seq, w.Head.Seq, unlimited, unlimited, w.Head.Seq},
			{w.Head.Seq + 1, 1 << 50, unlimited, unlimited, 0},
			{w.Head.Seq + 10, 1 << 50, unlimited, unlimited, 0},
			{9, 5, unlimited, unlimited, 0},
		} {
			p, err := h.Read(h.ctx(), w.Room, test.first, test.last, test.maxEvents, test.maxBytes)
			h.must(err)
			first := max(test.first, 1)
			want := storage.Page{Before: chainAt(first - 1), Chain: chainAt(first - 1)}
			for seq := first; seq <= test.want; seq++ {
				want.Events = append(want.Events, entries[seq-1].Event)
				want.Chain = entries[seq-1].Chain
			}
			h.same(fmt.Sprintf("page %+v", test), p, want)
		}
	})
}

// testReadLong reads every page of a log that is longer than any buffer, while
// it grows and after reopening.
func testReadLong(h *harness) {
	alice := NewPerson()
	w := NewWriter(chat.NewRoomID())
	var want []chat.Event
	want = append(want, eventsOf(h.put(w.Found(alice)))...)
	walk := func() {
		var got []chat.Event
		var chain chat.Hash
		for {
			p, err := h.Read(h.ctx(), w.Room, chat.Seq(len(got)+1), 1<<50, 97, 1<<20)
			h.must(err)
			if p.Before != chain {
				h.Fatalf("at %d: chains do not meet", len(got))
			}
			if len(p.Events) == 0 {
				break
			}
			chain = p.Chain
			got = append(got, p.Events...)
		}
		h.same("log", got, want)
	}
	for i := range 60 {
		texts := make([]string, 1+i%40)
		for j := range texts {
			texts[j] = strings.Repeat("a long story ", j)
		}
		want = append(want, eventsOf(h.put(w.Message(alice, texts...)))...)
		if i%15 == 0 {
			walk()
		}
	}
	h.twice(walk)
}

func testChainAt(h *harness) {
	alice := NewPerson()
	w := NewWriter(chat.NewRoomID())
	entries := append(h.put(w.Found(alice)).Entries, h.put(w.Message(alice, "a", "b", "c")).Entries...)
	h.twice(func() {
		got, err := h.ChainAt(h.ctx(), w.Room, 0)
		h.must(err)
		h.same("chain at 0", got, chat.Hash{})
		for _, e := range entries {
			got, err := h.ChainAt(h.ctx(), w.Room, e.Event.Seq)
			h.must(err)
			h.same(fmt.Sprintf("chain at %d", e.Event.Seq), got, e.Chain)
		}
		_, err = h.ChainAt(h.ctx(), w.Room, w.Head.Seq+1)
		h.is(err, storage.ErrNotFound)
	})
}

func testFindMID(h *harness) {
	alice, bob := NewPerson(), NewPerson()
	w, other := NewWriter(chat.NewRoomID()), NewWriter(chat.NewRoomID())
	h.put(other.Found(alice))
	entries := append(h.put(w.Found(alice, bob)).Entries, h.put(w.Message(alice, "a", "b", "c")).Entries...)
	before := w.Head.Chain
	same := w.Message(bob, "under a message id of alice")
	same.Entries[0].Event.MID = entries[4].Event.MID
	relink(w, before, same)
	entries = append(entries, h.put(same).Entries...)
	h.twice(func() {
		for i := range entries {
			e := &entries[i]
			sent, found, err := h.FindMID(h.ctx(), w.Room, e.Event.Author, e.Event.MID)
			h.must(err)
			if !found {
				h.Errorf("%d is not found", e.Event.Seq)
			}
			h.same("sent", sent, e.Sent())
		}
		m := &entries[3].Event
		for _, absent := range []struct {
			room    chat.RoomID
			account chat.AccountID
			mid     chat.MID
		}{
			{other.Room, m.Author, m.MID},
			{w.Room, bob.Account, m.MID},
			{w.Room, m.Author, chat.NewMID()},
			{chat.NewRoomID(), m.Author, m.MID},
			{w.Room, m.Author, chat.MID{}},
		} {
			sent, found, err := h.FindMID(h.ctx(), absent.room, absent.account, absent.mid)
			h.must(err)
			if found || sent != (storage.Sent{}) {
				h.Errorf("found %+v", sent)
			}
		}
	})
}

// relink recomputes the chain of a writer's last batch after a change. The batch
// has one entry.
func relink(w *Writer, before chat.Hash, b *storage.Batch) {
	e := &b.Entries[0]
	e.Chain = e.Event.Chain(before)
	w.Head.Chain = e.Chain
}

func testErased(h *harness) {
	alice := NewPerson()
	w := NewWriter(chat.NewRoomID())
	h.put(w.Found(alice))
	b := w.Message(alice, "to be forgotten")
	e := &b.Entries[0]
	e.Erase()
	h.put(b)
	h.twice(func() {
		p, err := h.Read(h.ctx(), w.Room, e.Event.Seq, e.Event.Seq, 1, 1)
		h.must(err)
		h.same("erased event", p.Events, []chat.Event{e.Event})
		sent, found, err := h.FindMID(h.ctx(), w.Room, alice.Account, e.Event.MID)
		h.must(err)
		if !found || !sent.Erased || !sent.Content.IsZero() {
			h.Errorf("sent %+v, found %v", sent, found)
		}
	})
}

func testRoom(h *harness) {
	alice, bob, carol := NewPerson(), NewPerson(), NewPerson()
	w := NewWriter(chat.NewRoomID())
	check := func() {
		h.Helper()
		log, err := h.Room(h.ctx(), w.Room)
		h.must(err)
		h.same("room", log, &storage.RoomLog{State: w.State, Head: w.Head, DSeqs: w.DSeqs})
	}
	h.put(w.Found(alice, bob))
	h.twice(check)
	h.put(w.Message(alice, "a", "b"))
	h.put(w.Join(carol))
	h.twice(check)
	h.put(w.Message(carol, "c"))
	h.put(w.Message(alice, "d"))
	h.put(w.Leave(bob))
	h.twice(check)

	bare := NewWriter(chat.NewRoomID())
	b := bare.Message(alice, "no state was ever given")
	h.put(b)
	h.twice(func() {
		log, err := h.Room(h.ctx(), bare.Room)
		h.must(err)
		h.same("bare room", log, &storage.RoomLog{Head: bare.Head, DSeqs: bare.DSeqs})
	})
}

func testLists(h *harness) {
	alice, bob := NewPerson(), NewPerson()
	var rooms []chat.RoomID
	var writers []*Writer
	for range 5 {
		w := NewWriter(chat.NewRoomID())
		h.put(w.Found(alice, bob))
		rooms, writers = append(rooms, w.Room), append(writers, w)
	}
	h.put(writers[1].Leave(bob))
	h.put(writers[3].Leave(bob))
	h.put(writers[3].Join(bob))
	h.twice(func() {
		all, err := h.RoomIDs(h.ctx())
		h.must(err)
		h.same("rooms", sorted(all), sorted(rooms))
		of, err := h.AccountRooms(h.ctx(), alice.Account)
		h.must(err)
		h.same("rooms of alice", sorted(of), sorted(rooms))
		of, err = h.AccountRooms(h.ctx(), bob.Account)
		h.must(err)
		h.same("rooms of bob", sorted(of), sorted([]chat.RoomID{rooms[0], rooms[2], rooms[3], rooms[4]}))
		of, err = h.AccountRooms(h.ctx(), chat.NewAccountID())
		h.must(err)
		h.same("rooms of nobody", of, []chat.RoomID{})
	})
}

func testUnknownRoom(h *harness) {
	room := chat.NewRoomID()
	_, err := h.Room(h.ctx(), room)
	h.is(err, storage.ErrNotFound)
	_, err = h.Head(h.ctx(), room)
	h.is(err, storage.ErrNotFound)
	_, err = h.ChainAt(h.ctx(), room, 0)
	h.is(err, storage.ErrNotFound)
	_, err = h.Read(h.ctx(), room, 1, 10, 10, 10)
	h.is(err, storage.ErrNotFound)
	rooms, err := h.RoomIDs(h.ctx())
	h.must(err)
	h.same("rooms", rooms, []chat.RoomID{})
}

// testConcurrent has writers of several rooms and readers who check that what
// they are told is always there.
func testConcurrent(h *harness) {
	const rooms, batches = 8, 60
	ctx := h.ctx()
	var wg sync.WaitGroup
	for range rooms {
		w := NewWriter(chat.NewRoomID())
		h.put(w.Found(NewPerson()))
		var acked atomic.Uint64
		acked.Store(uint64(w.Head.Seq))
		room, finished := w.Room, make(chan struct{})
		wg.Go(func() {
			defer close(finished)
			p := NewPerson()
			for i := range batches {
				b := w.Message(p, strings.Repeat("m", i*7%500), "x")
				if err := appendWait(ctx, h.Store, b); err != nil {
					h.Errorf("append: %v", err)
					return
				}
				acked.Store(uint64(w.Head.Seq))
				last := &b.Entries[1]
				if sent, found, err := h.FindMID(ctx, room, p.Account, last.Event.MID); err != nil || !found || sent != last.Sent() {
					h.Errorf("acknowledged and not found: %+v %v %v", sent, found, err)
				}
			}
		})
		wg.Go(func() { h.watch(ctx, room, &acked, finished) })
	}
	wg.Wait()
}

// watch reads a room that grows.
func (h *harness) watch(ctx context.Context, room chat.RoomID, acked *atomic.Uint64, finished <-chan struct{}) {
	for first := chat.Seq(1); ; {
		least := chat.Seq(acked.Load())
		log, err := h.Room(ctx, room)
		if err != nil || log.Head.Seq < least {
			h.Errorf("head %v below %d (%v)", log, least, err)
			return
		}
		p, err := h.Read(ctx, room, first, log.Head.Seq, 50, 1<<20)
		if err != nil || len(p.Events) == 0 && first <= log.Head.Seq {
			h.Errorf("read from %d: %d events, %v", first, len(p.Events), err)
			return
		}
		chain := p.Before
		for i := range p.Events {
			chain = p.Events[i].Chain(chain)
		}
		if chain != p.Chain {
			h.Errorf("the page at %d does not match its chain", first)
			return
		}
		if first += chat.Seq(len(p.Events)); first > log.Head.Seq {
			first = 1
		}
		select {
		case <-finished:
			return
		default:
		}
	}
}

// testCloseWhileWaiting closes while batches wait: each gets one answer, and what
// was acknowledged is there.
func testCloseWhileWaiting(h *harness) {
	alice := NewPerson()
	w := NewWriter(chat.NewRoomID())
	want := eventsOf(h.put(w.Found(alice)))
	const n = 500
	answers := make(chan error, 2*n)
	for range n {
		b := w.Message(alice, "soon")
		want = append(want, eventsOf(b)...)
		h.Append(b, func(err error) { answers <- err })
	}
	h.must(h.Close())
	h.must(h.Close())
	h.Append(w.Message(alice, "late"), func(err error) { answers <- err })
	acked := 0
	for i := range n + 1 {
		select {
		case err := <-answers:
			switch {
			case err == nil && i < n:
				acked++
			case !errors.Is(err, storage.ErrClosed):
				h.Errorf("answer %d: %v", i, err)
			}
		case <-time.After(patience):
			h.Fatalf("%d answers of %d", i, n+1)
		}
	}
	if acked != n {
		h.Errorf("%d of %d that were handed over before Close were finished", acked, n)
	}
	if h.engine.Keeps {
		h.open()
		h.same("log", h.read(w.Room), want)
	}
}

func testClosed(h *harness) {
	epoch := h.Epoch()
	w := NewWriter(chat.NewRoomID())
	h.put(w.Found(NewPerson()))
	h.must(h.Close())
	h.same("epoch", h.Epoch(), epoch)
	for name, err := range everyMethod(h.ctx(), h.Store, w.Room) {
		if !errors.Is(err, storage.ErrClosed) {
			h.Errorf("%s after Close: %v", name, err)
		}
	}
}

func testContext(h *harness) {
	w := NewWriter(chat.NewRoomID())
	h.put(w.Found(NewPerson()))
	ctx, cancel := context.WithCancel(h.Context())
	cancel()
	for name, err := range everyMethod(ctx, h.Store, w.Room) {
		if !errors.Is(err, context.Canceled) {
			h.Errorf("%s with an ended context: %v", name, err)
		}
	}
}

// everyMethod calls all methods that take a context.
func everyMethod(ctx context.Context, s storage.Store, room chat.RoomID) map[string]error {
	m := map[string]error{}
	_, m["Room"] = s.Room(ctx, room)
	_, m["RoomIDs"] = s.RoomIDs(ctx)
	_, m["AccountRooms"] = s.AccountRooms(ctx, chat.AccountID{})
	_, m["Read"] = s.Read(ctx, room, 1, 1, 1, 1)
	_, m["Head"] = s.Head(ctx, room)
	_, m["ChainAt"] = s.ChainAt(ctx, room, 1)
	_, _, m["FindMID"] = s.FindMID(ctx, room, chat.AccountID{}, chat.NewMID())
	m["CreateAccount"] = s.CreateAccount(ctx, storage.Account{}, "", storage.Device{}, chat.InviteID{}, 0)
	_, m["Account"] = s.Account(ctx, chat.AccountID{})
	_, m["AccountByName"] = s.AccountByName(ctx, "")
	_, m["Accounts"] = s.Accounts(ctx)
	m["SetDisplay"] = s.SetDisplay(ctx, chat.AccountID{}, "")
	m["SetSettled"] = s.SetSettled(ctx, chat.AccountID{})
	m["SetDisabled"] = s.SetDisabled(ctx, chat.AccountID{}, true)
	m["DeleteAccount"] = s.DeleteAccount(ctx, chat.AccountID{}, nil, false, 0)
	m["EndDeletion"] = s.EndDeletion(ctx, chat.AccountID{}, storage.DeletionRooms)
	m["SetPrivacy"] = s.SetPrivacy(ctx, chat.AccountID{}, storage.Privacy{})
	_, m["PutAvatar"] = s.PutAvatar(ctx, chat.AccountID{}, nil, 0)
	_, m["PutStatus"] = s.PutStatus(ctx, chat.AccountID{}, storage.Status{}, 0)
	_, m["Cards"] = s.Cards(ctx)
	_, m["Avatar"] = s.Avatar(ctx, chat.AccountID{})
	m["PutMarkers"] = s.PutMarkers(ctx, []storage.Marker{{}})
	_, m["AccountMarkers"] = s.AccountMarkers(ctx, chat.AccountID{})
	_, m["RoomMarkers"] = s.RoomMarkers(ctx, room, nil)
	m["SetVerifier"] = s.SetVerifier(ctx, chat.AccountID{}, nil, nil, chat.DeviceID{}, 0)
	m["SetRecovery"] = s.SetRecovery(ctx, chat.AccountID{}, nil, nil, chat.DeviceID{}, 0)
	_, _, m["RecoverAccount"] = s.RecoverAccount(ctx, chat.AccountID{}, nil, storage.Comeback{}, storage.Device{}, false, 1, 0)
	m["AddDevice"] = s.AddDevice(ctx, storage.Device{}, nil, 1)
	_, m["Device"] = s.Device(ctx, chat.DeviceID{})
	_, m["Devices"] = s.Devices(ctx, chat.AccountID{})
	m["TouchDevices"] = s.TouchDevices(ctx, nil)
	m["ProveDevice"] = s.ProveDevice(ctx, chat.DeviceID{}, nil, 1)
	m["RevokeDevice"] = s.RevokeDevice(ctx, chat.DeviceID{})
	_, m["RevokeOtherDevices"] = s.RevokeOtherDevices(ctx, chat.AccountID{}, chat.DeviceID{})
	m["PutInvite"] = s.PutInvite(ctx, storage.Invite{})
	_, m["Invite"] = s.Invite(ctx, chat.InviteID{})
	_, m["Invites"] = s.Invites(ctx)
	m["RevokeInvite"] = s.RevokeInvite(ctx, chat.InviteID{})
	_, m["Setting"] = s.Setting(ctx, "")
	m["SetSetting"] = s.SetSetting(ctx, "", nil)
	m["Probe"] = s.Probe(ctx)
	m["Verify"] = s.Verify(ctx)
	return m
}
