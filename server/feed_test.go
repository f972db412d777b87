package server

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// hooked lets a test do something between the steps of a sync.
type hooked struct {
	storage.Store
	mu   sync.Mutex
	hook func(before bool) // guarded by mu: around the look-up of an account's rooms
}

func (h *hooked) set(hook func(before bool)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hook = hook
}

func (h *hooked) call(before bool) {
	h.mu.Lock()
	hook := h.hook
	h.mu.Unlock()
	if hook != nil {
		hook(before)
	}
}

func (h *hooked) AccountRooms(ctx context.Context, a chat.AccountID) ([]chat.RoomID, error) {
	h.call(true)
	ids, err := h.Store.AccountRooms(ctx, a)
	h.call(false)
	return ids, err
}

// TestLeaveDuringSync: the account leaves by another device while a sync is being
// prepared; nothing behind the leave is sent (I9).
func TestLeaveDuringSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := &hooked{Store: memstore.New()}
		w := newBubble(t, data, Options{})
		owner, dev1 := w.person(), w.person()
		room, _ := owner.found(chat.AccessClosed, dev1.account)
		dev2 := dev1.second()
		var once atomic.Bool
		data.set(func(before bool) {
			if !before && once.CompareAndSwap(false, true) {
				dev1.say(room, chat.KindLeave, `{}`)
			}
		})
		dev2.sync()
		secret := owner.text(room, "he is gone, here is the secret")
		for _, e := range eventsIn(dev2.tail(time.Second), room) {
			if e.Seq >= secret.Seq {
				t.Errorf("event %d was sent after the leave: %s", e.Seq, e.Body)
			}
		}
	})
}

// TestJoinDuringSync: a room that is joined by another device while a sync is
// being prepared comes once, behind sync.started, whether the sync has found it
// among the account's rooms or not.
func TestJoinDuringSync(t *testing.T) {
	for name, moment := range map[string]bool{"before the look-up": true, "after it": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { joinDuringSync(t, moment) })
		})
	}
}

func joinDuringSync(t *testing.T, moment bool) {
	data := &hooked{Store: memstore.New()}
	w := newBubble(t, data, Options{})
	owner, dev1 := w.person(), w.person()
	room, _ := owner.found(chat.AccessOpen)
	for range 20 {
		owner.text(room, "m")
	}
	dev2 := dev1.second()
	var once atomic.Bool // the join looks the rooms up, too
	data.set(func(before bool) {
		if before == moment && once.CompareAndSwap(false, true) {
			dev1.say(room, chat.KindJoin, `{}`)
		}
	})
	dev2.ask(&wire.Sync{Rooms: []wire.Cursor{}})
	frames := dev2.tail(time.Second)
	if _, ok := frames[0].(*wire.SyncStarted); !ok {
		t.Errorf("the first frame is %T, not sync.started", frames[0])
	}
	all := eventsIn(frames, room)
	if len(all) != int(w.room(room).head()) {
		t.Errorf("%d events of %d", len(all), w.room(room).head())
	}
	for i, e := range all {
		if e.Seq != chat.Seq(i+1) {
			t.Errorf("event %d at place %d", e.Seq, i+1)
		}
	}
}

// TestLiveAfterOnly: naming one room anew before "live" does not swallow it.
func TestLiveAfterOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.CatchUps = 1
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		room, founded := ann.found(chat.AccessOpen)
		ann.text(room, "m")
		b := ann.second()
		w.server.catchUps <- struct{}{} // somebody else reads old pages
		b.ask(&wire.Sync{Rooms: []wire.Cursor{}})
		b.ask(&wire.Sync{Rooms: []wire.Cursor{{Room: room, Seq: 1, Chain: founded.Chain}}, Only: true})
		b.ask(&wire.Heartbeat{})
		synctest.Wait()
		<-w.server.catchUps
		live := 0
		frames := b.tail(time.Second)
		for _, f := range frames {
			if _, ok := f.(*wire.Live); ok {
				live++
			}
		}
		if live != 1 {
			t.Errorf("%d frames live among %d", live, len(frames))
		}
	})
}

// TestAnswersBeforePages: answers do not wait for the turn to read pages.
func TestAnswersBeforePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.CatchUps = 1
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		ann.found(chat.AccessOpen)
		b := ann.second()
		w.server.catchUps <- struct{}{} // all turns are taken
		begin := time.Now()
		b.sync()
		b.answer(b.ask(&wire.Heartbeat{}))
		if d := time.Since(begin); d > 0 {
			t.Errorf("the heartbeat was answered after %v", d)
		}
		<-w.server.catchUps
		expect[*wire.Live](b)
	})
}

// TestRoomsInTurn: rooms of one connection take pages in turn, so that a long one
// does not keep the others waiting (protocol 2.6).
func TestRoomsInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.CatchUps, l.PageEvents = 1, 2
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		for range 3 {
			room, _ := ann.found(chat.AccessOpen)
			for range 9 {
				ann.text(room, "long")
			}
		}
		b := ann.second()
		w.server.catchUps <- struct{}{} // somebody else reads a page until all rooms are listed
		b.sync()
		synctest.Wait()
		<-w.server.catchUps
		var order []chat.RoomID
		b.until(func(f wire.Frame) bool {
			if e, ok := f.(*wire.Events); ok {
				order = append(order, e.Room)
			}
			_, ok := f.(*wire.Live)
			return ok
		})
		if len(order) < 15 {
			t.Fatalf("%d pages, want five of each room", len(order))
		}
		for i, room := range order {
			if i > 0 && i < 15 && slices.Contains(order[max(0, i-2):i], room) {
				t.Errorf("page %d is of a room that was given one of the two before it: %v", i, order)
				break
			}
		}
	})
}

// gated lets a test hold appends back.
type gated struct {
	storage.Store
	mu   sync.Mutex
	hook func(b *storage.Batch) // guarded by mu
}

func (g *gated) set(hook func(b *storage.Batch)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hook = hook
}

func (g *gated) Append(b *storage.Batch, done func(error)) {
	g.mu.Lock()
	hook := g.hook
	g.mu.Unlock()
	if hook != nil {
		hook(b)
	}
	g.Store.Append(b, done)
}

// TestLeaveWhileBehind: a reader that is behind never meets a head that lies
// behind its own leave (I9). The room's mutex is held while the batch with the
// leave is published, which opens the gap between its steps as far as it goes.
func TestLeaveWhileBehind(t *testing.T) {
	data := &gated{Store: memstore.New()}
	l := roomy()
	l.CatchUps = 1
	w := newWorld(t, data, Options{Limits: l})
	owner, dev1 := w.person(), w.person()
	room, _ := owner.found(chat.AccessClosed, dev1.account)
	dev2 := dev1.second()
	w.server.catchUps <- struct{}{} // dev2 cannot catch up yet
	dev2.ask(&wire.Sync{Rooms: []wire.Cursor{}})
	rm := w.room(room)
	size := func(what func() int) int {
		rm.mu.Lock()
		defer rm.mu.Unlock()
		return what()
	}
	testkit.Eventually(t, "subscribed", func() bool { return size(func() int { return len(rm.subs) }) == 1 })

	first, release, locked := make(chan struct{}), make(chan struct{}), make(chan struct{})
	n := 0
	data.set(func(*storage.Batch) {
		switch n++; n {
		case 1:
			close(first)
			<-release // the others gather
		case 2:
			rm.mu.Lock()
			close(locked)
		}
	})
	waiting := func(k int) {
		testkit.Eventually(t, "in the inbox", func() bool { return size(func() int { return len(rm.inbox) }) == k })
	}
	owner.ask(owner.post(room, chat.KindMessage, `{"text":"4"}`))
	owner.dseq[room]++
	<-first
	dev1.ask(dev1.post(room, chat.KindLeave, `{}`))
	waiting(1)
	owner.ask(owner.post(room, chat.KindMessage, `{"text":"secret"}`))
	owner.dseq[room]++
	waiting(2)
	close(release)
	<-locked
	// create, join, join, 4, leave, secret: dev2 reads before the batch is out.
	<-w.server.catchUps
	seen := expect[*wire.Events](dev2)
	for seen.Room != room || seen.Events[len(seen.Events)-1].Seq < 4 {
		seen = expect[*wire.Events](dev2)
	}
	rm.mu.Unlock()
	expect[*wire.Ack](owner)
	owner.text(room, "another")
	dev2.ask(&wire.Heartbeat{})
	var all []wire.Event
	for _, f := range dev2.until(func(f wire.Frame) bool { _, ok := f.(*wire.HeartbeatOK); return ok }) {
		all = append(all, eventsIn([]wire.Frame{f}, room)...)
	}
	for _, e := range append(all, seen.Events...) {
		if e.Seq > 5 {
			t.Errorf("event %d (%s) was sent; the account left at 5", e.Seq, e.Body)
		}
	}
}

// TestSlowLink: a link of 16 kbit/s that is slow but steady gets through.
func TestSlowLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		room, _ := ann.found(chat.AccessOpen)
		for range 10 {
			ann.text(room, strings.Repeat("m", 15_000))
		}
		w.pace(2 << 10)
		b := ann.second()
		b.beat(15 * time.Second)
		b.ask(&wire.Sync{Rooms: []wire.Cursor{}})
		for got := 0; got < 11; {
			f, err := b.within(time.Hour)
			if err != nil {
				t.Fatalf("after %d events: %v", got, err)
			}
			got += len(eventsIn([]wire.Frame{f}, room))
		}
	})
}

// TestStuckAtOnce: a reader that stops at once is gone after the write and idle
// timeouts, whatever was under way to it.
func TestStuckAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		room, _ := ann.found(chat.AccessOpen)
		for range 30 {
			ann.text(room, strings.Repeat("m", 15_000))
		}
		b := ann.second()
		_ = ann.ws.CloseNow()
		b.ask(&wire.Sync{Rooms: []wire.Cursor{}})
		w.net.Last().Down.Stall(true) // reads nothing any more, says nothing
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := w.server.hub.count(); n != 0 {
			t.Errorf("%d sessions are held 2 minutes after the peer stopped reading", n)
		}
		w.net.CutAll()
	})
}
