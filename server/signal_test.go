package server

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// fullDisk refuses read positions for a while, and remembers the last it took.
type fullDisk struct {
	storage.Store
	full atomic.Bool
	last atomic.Pointer[storage.Marker] // written last
}

func (s *fullDisk) PutMarkers(ctx context.Context, list []storage.Marker) error {
	if s.full.Load() {
		return storage.ErrNoSpace
	}
	for _, m := range list {
		s.last.Store(&m)
	}
	return s.Store.PutMarkers(ctx, list)
}

func (c *raw) done(r wire.Request) {
	c.t.Helper()
	if f := c.answer(c.ask(r)); f.Type() == wire.TypeError {
		c.t.Fatalf("%s: %+v", r.Type(), f)
	}
}

// stored returns what is on disk of an account's position in a room.
func (w *world) stored(account chat.AccountID, room chat.RoomID) storage.Marker {
	w.t.Helper()
	list, err := w.store.RoomMarkers(w.t.Context(), room, []chat.AccountID{account})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(list) == 0 {
		return storage.Marker{}
	}
	return list[0]
}

// TestMarkersReachDisk: within about a second, at once when the server ends, later if
// the disk is full, and never beyond the head.
func TestMarkersReachDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &fullDisk{Store: memstore.New()}
		w := newBubble(t, disk, Options{})
		ann := w.person()
		other := ann.second()
		other.sync()
		expect[*wire.Live](other)
		room, _ := ann.found(chat.AccessClosed)
		for range 5 {
			ann.text(room, "x")
		}
		head := w.room(room).head()
		ann.done(&wire.Read{Room: room, Seq: 2})
		if f := expect[*wire.ReadAt](other); len(f.Markers) != 1 || f.Markers[0].Seq != 2 {
			t.Errorf("the other device is told %+v", f)
		}
		if at := w.stored(ann.account, room); at.Read != 0 {
			t.Error("on disk at once: one commit for each")
		}
		time.Sleep(1100 * time.Millisecond)
		if at := w.stored(ann.account, room); at.Read != 2 || at.Public != 2 {
			t.Errorf("after a second: %+v", at)
		}
		disk.full.Store(true)
		ann.done(&wire.Read{Room: room, Seq: 999, Mark: 3, Rev: 1})
		if f := expect[*wire.ReadAt](other); f.Markers[0].Marker() != (chat.Marker{Read: head, Mark: 3, Rev: 1}) {
			t.Errorf("the other device is told %+v", f)
		}
		ann.done(&wire.Read{Room: room, Seq: 1}) // takes nothing back
		time.Sleep(5 * time.Second)
		third := ann.second()
		third.sync()
		if f := expect[*wire.ReadAt](third); len(f.Markers) != 1 || f.Markers[0].Seq != head {
			t.Errorf("while the disk is full: %+v", f)
		}
		disk.full.Store(false)
		time.Sleep(markerRetry)
		if at := w.stored(ann.account, room); at.Marker != (chat.Marker{Read: head, Mark: 3, Rev: 1}) {
			t.Errorf("once there is space: %+v", at)
		}
		ann.done(&wire.Read{Room: room, Seq: head, Rev: 2})
		w.stop()
		if at := disk.last.Load(); at.Mark != 0 || at.Rev != 2 {
			t.Errorf("after the end: %+v", at)
		}
	})
}

// crowd makes accounts that never connect.
func (w *world) crowd(n int) (accounts []chat.AccountID) {
	w.t.Helper()
	invite := storage.Invite{ID: chat.InviteID(chat.NewMID()), Key: []byte("k"), Uses: n, Expires: time.Now().Add(time.Hour).UnixMilli()}
	if err := w.store.PutInvite(w.t.Context(), invite); err != nil {
		w.t.Fatal(err)
	}
	for i := range n {
		a := storage.Account{ID: chat.NewAccountID(), Name: fmt.Sprint("crowd", i), Display: "x", Settled: true}
		d := storage.Device{ID: chat.DeviceID(chat.NewMID()), Account: a.ID, Key: []byte("k")}
		if err := w.store.CreateAccount(w.t.Context(), a, a.Name, d, invite.ID, time.Now().UnixMilli()); err != nil {
			w.t.Fatal(err)
		}
		accounts = append(accounts, a.ID)
	}
	return accounts
}

// TestCrowd: in a large room nobody is told who has read, and not everybody's presence.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob := w.person(), w.person()
		for _, c := range []*raw{ann, bob} {
			c.sync()
			expect[*wire.Live](c)
		}
		room, _ := ann.found(chat.AccessClosed, append(w.crowd(wire.MaxSubjects+10), bob.account)...)
		list, ok := ann.answer(ann.ask(&wire.Presence{Room: room})).(*wire.PresenceList)
		if !ok || len(list.People) != wire.MaxSubjects || list.People[0].Account != bob.account || list.People[0].State != wire.PresenceOnline {
			t.Fatalf("%d people, the first %+v", len(list.People), list.People[0])
		}
		bob.done(&wire.Read{Room: room, Seq: 1})
		bob.done(&wire.Presence{Away: true})
		var told []wire.Frame
		for _, f := range ann.tail(5 * time.Second) {
			switch f.(type) {
			case *wire.ReadBy, *wire.PresenceAt:
				told = append(told, f)
			}
		}
		if len(told) != 1 || told[0].(*wire.PresenceAt).People[0].State != wire.PresenceAway {
			t.Errorf("told %+v", told)
		}
	})
}

// TestNoMoreSignals: somebody who has left a room hears nothing of its people any more,
// although the room is still what they have open.
func TestNoMoreSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob := w.person(), w.person()
		for _, c := range []*raw{ann, bob} {
			c.sync()
			expect[*wire.Live](c)
		}
		room, _ := ann.found(chat.AccessClosed, bob.account)
		bob.done(&wire.Presence{Room: room})
		ann.done(&wire.Typing{Room: room})
		if f := expect[*wire.TypingAt](bob); f.Room != room || len(f.Accounts) != 1 || f.Accounts[0] != ann.account {
			t.Errorf("%+v", f)
		}
		bob.say(room, chat.KindLeave, `{}`)
		time.Sleep(5 * time.Second)
		ann.done(&wire.Typing{Room: room})
		ann.done(&wire.Read{Room: room, Seq: 1})
		ann.done(&wire.Presence{Away: true})
		time.Sleep(5 * time.Second)
		if n := bob.server().watched(); n != 0 {
			t.Errorf("%d people are still watched", n)
		}
		for _, f := range bob.tail(5 * time.Second) {
			switch f.(type) {
			case *wire.TypingAt, *wire.ReadBy, *wire.PresenceAt:
				t.Errorf("told %+v", f)
			}
		}
	})
}

// server and watched look at the server's side of a connection.
func (c *raw) server() *session { return c.w.server.hub.device(c.deviceID()) }

func (s *session) watched() int {
	p := s.srv.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.subjects[s])
}

// TestSignalRate: reading and typing are paced like everything else, and whoever
// exceeds that is told, not cut off.
func TestSignalRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		room, _ := ann.found(chat.AccessClosed)
		refused := 0
		for range 2 * signalBurst {
			if e, ok := ann.answer(ann.ask(&wire.Read{Room: room, Seq: 1})).(*wire.Error); ok {
				if refused++; e.Code != chat.CodeRateLimited || !e.Retryable {
					t.Fatalf("%+v", e)
				}
			}
		}
		if refused == 0 || refused > signalBurst {
			t.Errorf("%d of %d refused", refused, 2*signalBurst)
		}
		time.Sleep(2 * time.Second)
		ann.done(&wire.Read{Room: room, Seq: 1})
		ann.done(&wire.Heartbeat{})
	})
}

// TestSignalsComeLast: they wait for everything else, and say how things stand then.
func TestSignalsComeLast(t *testing.T) {
	some := func() *session {
		s := &session{signals: newSignals(), sync: syncRunning}
		s.signals.own[chat.NewRoomID()] = struct{}{}
		return s
	}
	for name, busy := range map[string]func(*session){
		"a frame waits":   func(s *session) { s.out.put(frame("x")) },
		"a feed lags":     func(s *session) { s.behind = append(s.behind, &feed{}) },
		"no sync yet":     func(s *session) { s.sync = syncPreparing },
		"the end is near": func(s *session) { s.closing = &ending{} },
		"nothing to tell": func(s *session) { s.signals = newSignals() },
	} {
		s := some()
		if !s.signalsDueLocked() {
			t.Fatal("never due")
		}
		if busy(s); s.signalsDueLocked() {
			t.Errorf("due although %s", name)
		}
	}
}
