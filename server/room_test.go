package server

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

func TestIdempotentSend(t *testing.T) {
	w := newWorld(t, nil, Options{})
	c := w.person()
	s := c.post(w.general, chat.KindMessage, `{"text":"once"}`)
	first, ok := c.answer(c.ask(s)).(*wire.Ack)
	if !ok || first.Duplicate {
		t.Fatalf("have %+v", first)
	}
	// Even renumbered and on another connection, the same id is the same event.
	c = c.again()
	s.DSeq = 77
	second, ok := c.answer(c.ask(s)).(*wire.Ack)
	if !ok || !second.Duplicate || second.Seq != first.Seq || second.Chain != first.Chain || second.Time != first.Time {
		t.Fatalf("the repetition: %+v, want %+v", second, first)
	}
	s.Body = `{"text":"other"}`
	if e := c.refused(s); e.Code != chat.CodeIDConflict || e.Retryable {
		t.Fatalf("another content: %v", e)
	}
	// After leaving, the sender still learns that the message is there.
	c.dseq[w.general] = 1
	c.say(w.general, chat.KindLeave, `{}`)
	s.Body = `{"text":"once"}`
	if ack, ok := c.answer(c.ask(s)).(*wire.Ack); !ok || ack.Seq != first.Seq {
		t.Fatalf("after leaving: %+v", ack)
	}
	if e := c.refused(c.post(w.general, chat.KindMessage, `{"text":"new"}`)); e.Code != chat.CodeNotMember {
		t.Fatalf("a new message after leaving: %v", e)
	}
}

func TestOrder(t *testing.T) {
	w := newWorld(t, nil, Options{})
	c := w.person()
	c.say(w.general, chat.KindMessage, `{"text":"1"}`)
	late := c.post(w.general, chat.KindMessage, `{"text":"3"}`)
	late.DSeq = 3
	if e := c.refused(late); e.Code != chat.CodeOrderGap || e.Next != 2 {
		t.Fatalf("a gap: %v, next %d", e, e.Next)
	}
	stale := c.post(w.general, chat.KindMessage, `{"text":"1b"}`)
	stale.DSeq = 1
	if e := c.refused(stale); e.Code != chat.CodeOrderStale || e.Next != 2 {
		t.Fatalf("a stale number: %v, next %d", e, e.Next)
	}
	// A refusal for another reason uses up no number.
	bad := c.post(w.general, chat.KindMessage, `{"text":" "}`)
	if e := c.refused(bad); e.Code != chat.CodeEmpty {
		t.Fatal(e)
	}
	c.say(w.general, chat.KindMessage, `{"text":"2"}`)
}

func TestRoomLife(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben, eve := w.person(), w.person(), w.person()
	for _, c := range []*raw{ann, ben, eve} {
		c.sync()
		expect[*wire.Live](c)
	}
	room := chat.NewRoomID()
	// What stands behind a creation on the same connection is decided after it.
	create := ann.post(room, chat.KindRoomCreate, fmt.Sprintf(`{"name":"plans","access":"closed","history":"all","members":["%s"]}`, ben.account))
	ann.ask(create)
	ann.dseq[room] = 1
	if ack := ann.say(room, chat.KindMessage, `{"text":"first"}`); ack.Seq != 4 {
		t.Fatalf("the first message is at %d", ack.Seq)
	}
	// Ben was added: the room flows to him from the start.
	if e := feedOf(t, ben, room, 4); e[0].Kind != chat.KindRoomCreate || e[3].Kind != chat.KindMessage {
		t.Fatalf("ben has %+v", e)
	}
	if e := eve.refused(eve.post(room, chat.KindMessage, `{"text":"let me in"}`)); e.Code != chat.CodeNotMember {
		t.Fatal(e)
	}
	if e := eve.refused(eve.post(room, chat.KindJoin, `{}`)); e.Code != chat.CodeForbidden {
		t.Fatal(e)
	}
	if e := eve.refused(&wire.History{Room: room, From: 1, To: 4}); e.Code != chat.CodeNotMember {
		t.Fatal(e)
	}
	ben.say(room, chat.KindRename, `{"name":"better plans"}`)
	ben.say(room, chat.KindTopic, `{"topic":"soon"}`)
	ben.say(room, chat.KindLeave, `{}`)
	ann.say(room, chat.KindMessage, `{"text":"he is gone"}`)
	state := w.server.hub.rooms[room].view.Load().state
	if state.Name != "better plans" || state.Topic != "soon" || len(state.Members) != 1 {
		t.Fatalf("the room is %+v", state)
	}
	// Nothing behind the leave reaches ben; his heads no longer know the room.
	for _, h := range ben.answer(ben.ask(&wire.Heads{})).(*wire.HeadsAt).Heads {
		if h.Room == room {
			t.Error("a room that was left is still among the heads")
		}
	}
	ben = ben.again()
	started := ben.sync(wire.Cursor{Room: room, Seq: 4, Chain: chainAt(t, w, room, 4)})
	for _, r := range started.Rooms {
		if r.Room == room && (r.State != wire.SyncOK || r.Head != 7) {
			t.Fatalf("ben is told %+v, want everything up to his leave at 7", r)
		}
	}
	if e := feedOf(t, ben, room, 3); e[2].Kind != chat.KindLeave {
		t.Fatalf("ben has %+v", e)
	}
}

// feedOf reads n events of a room from the stream and checks that they follow
// each other and that nothing of the room comes behind them at once.
func feedOf(t *testing.T, c *raw, room chat.RoomID, n int) (list []wire.Event) {
	t.Helper()
	for len(list) < n {
		f := expect[*wire.Events](c)
		if f.Room == room {
			list = append(list, f.Events...)
		}
	}
	if len(list) != n {
		t.Fatalf("%d events, want %d", len(list), n)
	}
	for i := 1; i < n; i++ {
		if list[i].Seq != list[i-1].Seq+1 {
			t.Fatalf("%d stands behind %d", list[i].Seq, list[i-1].Seq)
		}
	}
	return list
}

func chainAt(t *testing.T, w *world, room chat.RoomID, seq chat.Seq) chat.Hash {
	t.Helper()
	h, err := w.store.ChainAt(t.Context(), room, seq)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestProfile(t *testing.T) {
	w := newWorld(t, nil, Options{})
	c := w.person()
	mid := chat.NewMID()
	for range 2 { // the second is a retry
		if _, ok := c.answer(c.ask(&wire.Profile{MID: mid, Display: "New Name"})).(*wire.OK); !ok {
			t.Fatal("refused")
		}
	}
	r := w.server.hub.rooms[w.general]
	if m, _ := membership(r, c.account); m.Display != "New Name" || r.head() != 3 {
		t.Fatalf("the room has %+v at %d", m, r.head())
	}
}

// TestProfileKilled: the server was killed when the account had its new name and not
// every room had been told: the next connection of the account ends that.
func TestProfileKilled(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person()
	ben.sync()
	expect[*wire.Live](ben)
	if err := w.store.SetDisplay(t.Context(), ann.account, "New Name"); err != nil {
		t.Fatal(err)
	}
	again := ann.again()
	again.sync()
	if f := expect[*wire.Events](ben); len(f.Events) != 1 || f.Events[0].Kind != chat.KindName {
		t.Errorf("the room was told %+v", f.Events)
	}
	if m, _ := membership(w.room(w.general), ann.account); m.Display != "New Name" {
		t.Errorf("the room has %+v", m)
	}
	head := w.room(w.general).head()
	again = again.again() // and that once
	again.sync()
	expect[*wire.Live](again)
	again.answer(again.ask(&wire.Heartbeat{})) // answered behind the sync
	if got := w.room(w.general).head(); got != head {
		t.Errorf("told again, at %d", got)
	}
}

// slowStore lets a test decide when, and how, an append ends.
type slowStore struct {
	storage.Store
	gate chan error // each append takes one: nil goes on, an error is returned
}

func (s *slowStore) Append(b *storage.Batch, done func(error)) {
	err, controlled := <-s.gate
	if controlled && err != nil {
		done(err)
		return
	}
	s.Store.Append(b, done)
}

// TestAckAfterCommit: nothing is acknowledged or pushed before it is on disk.
func TestAckAfterCommit(t *testing.T) {
	store := &slowStore{Store: memstore.New(), gate: make(chan error, 100)}
	for range 4 { // the room, two joins, and one to spare
		store.gate <- nil
	}
	w := newWorld(t, store, Options{})
	ann, ben := w.person(), w.person()
	ben.sync()
	expect[*wire.Live](ben)
	<-store.gate // the spare one
	ann.ask(ann.post(w.general, chat.KindMessage, `{"text":"held"}`))
	got := make(chan wire.Frame, 1)
	go func() {
		f, _ := ben.read()
		got <- f
	}()
	select {
	case f := <-got:
		t.Fatalf("pushed before the commit: %+v", f)
	case <-time.After(200 * time.Millisecond):
	}
	store.gate <- nil
	if _, ok := (<-got).(*wire.Events); !ok {
		t.Fatal("not pushed after the commit")
	}
	expect[*wire.Ack](ann)
	ann.dseq[w.general] = 1

	// A full disk is said, and passes.
	store.gate <- storage.ErrNoSpace
	s := ann.post(w.general, chat.KindMessage, `{"text":"no space"}`)
	if e := ann.refused(s); e.Code != chat.CodeCapacityDisk || !e.Retryable {
		t.Fatalf("a full disk: %v", e)
	}
	store.gate <- nil
	if ack, ok := ann.answer(ann.ask(s)).(*wire.Ack); !ok || ack.Duplicate {
		t.Fatalf("after there was space again: %+v", ack)
	}
	ann.dseq[w.general] = 2

	// Any other error ends the server's writing.
	store.gate <- &fs.PathError{Op: "write", Path: "hearth.db", Err: syscall.EIO}
	if e := ann.refused(ann.post(w.general, chat.KindMessage, `{"text":"x"}`)); e.Code != chat.CodeInternal {
		t.Fatal(e)
	}
	select {
	case <-w.server.Failed():
	case <-time.After(5 * time.Second):
		t.Fatal("the fault was not reported")
	}
	if e := ann.refused(ann.post(w.general, chat.KindMessage, `{"text":"x"}`)); e.Code != chat.CodeInternal || !e.Retryable {
		t.Fatalf("after a fault of the disk: %v", e)
	}
	if err := w.server.Ready(); err == nil || !strings.Contains(err.Error(), "disk") {
		t.Errorf("ready: %v", err)
	}
	close(store.gate)
}

// TestRepetitionUnwritten: a message and its repetition that wait together are refused
// together if the disk takes neither: the repetition has no place in the log either.
func TestRepetitionUnwritten(t *testing.T) {
	store := &slowStore{Store: memstore.New(), gate: make(chan error, 100)}
	store.gate <- nil // the room
	store.gate <- nil // the join
	w := newWorld(t, store, Options{})
	ann := w.person()
	room := w.room(w.general)
	state := func(running bool, waiting int) func() bool {
		return func() bool {
			room.mu.Lock()
			defer room.mu.Unlock()
			return room.running == running && len(room.inbox) == waiting
		}
	}
	testkit.Eventually(t, "at rest", state(false, 0))
	ann.ask(ann.post(w.general, chat.KindMessage, `{"text":"keeps the disk busy"}`))
	ann.dseq[w.general] = 1
	testkit.Eventually(t, "the disk is busy", state(true, 0))
	s := ann.post(w.general, chat.KindMessage, `{"text":"said twice"}`)
	ann.ask(s)
	ann.ask(s)
	testkit.Eventually(t, "both wait", state(true, 2))
	store.gate <- nil
	store.gate <- storage.ErrNoSpace
	expect[*wire.Ack](ann)
	for range 2 {
		f, err := ann.read()
		if e, refused := f.(*wire.Error); err != nil || !refused || e.Code != chat.CodeCapacityDisk {
			t.Errorf("answered with %+v, %v", f, err)
		}
	}
	close(store.gate)
}

// TestRetryAtLimit: a retry of something stored is known before any limit.
func TestRetryAtLimit(t *testing.T) {
	l := roomy()
	l.RoomsPerAccount = 2 // general, and one more
	w := newWorld(t, nil, Options{Limits: l})
	c := w.person()
	s := c.post(chat.NewRoomID(), chat.KindRoomCreate, `{"name":"x","access":"open","history":"all"}`)
	if _, ok := c.answer(c.ask(s)).(*wire.Ack); !ok {
		t.Fatal("not created")
	}
	if ack, ok := c.answer(c.ask(s)).(*wire.Ack); !ok || !ack.Duplicate { // the first was lost
		t.Errorf("the retry: %+v", ack)
	}
	if e := c.refused(c.post(chat.NewRoomID(), chat.KindRoomCreate, `{"name":"x","access":"open","history":"all"}`)); e.Code != chat.CodeLimitReached {
		t.Errorf("one room too many: %v", e)
	}
}

// TestFullDefaultRoom: a default room that is full keeps nobody out of the server.
func TestFullDefaultRoom(t *testing.T) {
	l := roomy()
	l.MembersPerRoom = 1
	w := newWorld(t, nil, Options{Limits: l})
	w.person()
	w.person()
	if n := len(w.room(w.general).view.Load().state.Members); n != 1 {
		t.Errorf("%d members", n)
	}
}

// TestShells: a creation that is refused leaves nothing in memory.
func TestShells(t *testing.T) {
	w := newWorld(t, nil, Options{})
	c := w.person()
	for range 100 {
		s := c.post(chat.NewRoomID(), chat.KindRoomCreate, `{"name":"x","access":"open","history":"all"}`)
		s.DSeq = 7
		if e := c.refused(s); e.Code != chat.CodeOrderGap {
			t.Fatal(e)
		}
	}
	w.server.hub.mu.Lock()
	defer w.server.hub.mu.Unlock()
	if n := len(w.server.hub.rooms); n != 1 {
		t.Errorf("%d rooms are in memory, want general alone", n)
	}
}
