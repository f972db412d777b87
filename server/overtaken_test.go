package server

import (
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/wire"
	"hearth/server/storage"
)

// What was asked for is overtaken by what somebody else has been told is so.

// decided has a room decide what was prepared before something else happened.
func (c *raw) decided(room chat.RoomID, kind chat.Kind, body string, first func()) *chat.Error {
	c.t.Helper()
	req := c.post(room, kind, body)
	p := c.w.server.prepare(c.t.Context(), c.who(), c.deviceID(), req)
	first()
	rm, err := c.w.server.adopt(c.t.Context(), c.w.room(room))
	if err != nil {
		c.t.Fatal(err)
	}
	_, e := rm.wait(c.t.Context(), p)
	return e
}

// TestBlockedWhileAsked: whoever was told that somebody is blocked is not brought into a
// room by them any more, whatever was under way.
func TestBlockedWhileAsked(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben, cid := w.person(), w.person(), w.person()
	room, _ := ann.found(chat.AccessClosed, cid.account)
	block := func() { ben.done(&wire.BlockSet{Block: chat.Block{Account: ann.account, Blocked: true, Rev: 1}}) }
	if e := ann.decided(room, chat.KindJoin, `{"account":"`+ben.account.String()+`"}`, block); e == nil || e.Code != chat.CodeForbidden || e.Path != "/body/account" {
		t.Errorf("added: %v", e)
	}
	block = func() { cid.done(&wire.BlockSet{Block: chat.Block{Account: ann.account, Blocked: true, Rev: 1}}) }
	two, body := ann.directBody(cid)
	if e := ann.decided(two, chat.KindRoomCreate, body, block); e == nil || e.Code != chat.CodeForbidden || e.Path != "/body/members/0" {
		t.Errorf("founded with: %v", e)
	}
	for _, id := range []chat.RoomID{room, two} {
		if _, in := membership(w.room(id), ben.account); in || w.room(two).head() != 0 {
			t.Error("in a room by whom they have blocked")
		}
	}
}

// TestNamedWhileAsked: whoever is added under way of changing their name has the new one.
func TestNamedWhileAsked(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann, ben := w.person(), w.person()
	room, _ := ann.found(chat.AccessClosed)
	other, body := ann.directBody(ben)
	rename := func(to string) func() {
		return func() { ben.done(&wire.Profile{MID: chat.NewMID(), Display: to}) }
	}
	if e := ann.decided(room, chat.KindJoin, `{"account":"`+ben.account.String()+`"}`, rename("Ben One")); e != nil {
		t.Fatal(e)
	}
	if e := ann.decided(other, chat.KindRoomCreate, body, rename("Ben Two")); e != nil {
		t.Fatal(e)
	}
	for _, id := range []chat.RoomID{room, other} {
		if m, _ := membership(w.room(id), ben.account); m.Display != "Ben Two" {
			t.Errorf("called %q", m.Display)
		}
	}
}

// TestNameOfRemoved: a device that was removed while it told the rooms a name tells none.
func TestNameOfRemoved(t *testing.T) {
	w := newWorld(t, nil, Options{})
	ann := w.person()
	if err := w.store.SetDisplay(t.Context(), ann.account, "late"); err != nil {
		t.Fatal(err)
	}
	s := ann.server()
	s.expelled.Store(true)
	if e := s.tellName(chat.NewMID()); e == nil || e.Code != chat.CodeAuthRevoked {
		t.Errorf("told: %v", e)
	}
	if m, _ := membership(w.room(w.general), ann.account); m.Display == "late" {
		t.Error("the room knows it")
	}
}

// TestDeletedBesideDeletion: an account that is deleted while another deletion goes on,
// which may take long, is shut out at once and shows nothing more.
func TestDeletedBesideDeletion(t *testing.T) {
	w, m := during(t, Options{})
	ann, ben, cid := w.person(), w.person(), w.person()
	cid.protect("right")
	room, _ := ann.found(chat.AccessClosed, ben.account, cid.account)
	other := cid.second()
	for _, c := range []*raw{ben, cid} {
		c.done(&wire.StatusSet{Status: wire.Status{Text: "here"}})
	}
	_, final := cid.proof("person3", "right")
	held, goOn := make(chan struct{}), make(chan struct{})
	m.appends.Store(new(func() { close(held); <-goOn }))
	if err := w.server.DeleteAccount(t.Context(), ann.account, true); err != nil {
		t.Fatal(err)
	}
	<-held // its first room is being told
	if err := w.server.DeleteAccount(t.Context(), ben.account, false); err != nil {
		t.Fatal(err)
	}
	cid.ask(&wire.AccountDelete{Scram: final})
	for _, c := range []*raw{ben, cid, other} {
		if last, code, _ := c.ended(); last == nil || last.Code != chat.CodeAccountDeleted || code != wire.CloseDeleted {
			t.Errorf("ended with %v, %d", last, code)
		}
	}
	for _, c := range []*raw{ben, cid} {
		if card := w.server.cards.of(c.account); !card.Status.None(0) {
			t.Errorf("shows %+v", card)
		}
		if !w.deletion(c.account).Pending() {
			t.Error("the rooms know it already: nothing was held")
		}
	}
	close(goOn)
	testkit.Eventually(t, "all rooms told", func() bool {
		return !w.deletion(ann.account).Pending() && !w.deletion(ben.account).Pending() && !w.deletion(cid.account).Pending()
	})
	if n := len(w.room(room).view.Load().state.Members); n != 0 {
		t.Errorf("%d members", n)
	}
}

// TestHiddenWhileLookedUp: whoever was told that they are hidden is not shown by what was
// looked up meanwhile.
func TestHiddenWhileLookedUp(t *testing.T) {
	w, m := during(t, Options{})
	ann, ben := w.person(), w.person()
	room, _ := ann.found(chat.AccessClosed, ben.account)
	ben.done(&wire.Presence{Away: true})
	m.account.Store(new(func() { // while it is looked up whether somebody hides
		if err := m.SetPrivacy(t.Context(), ben.account, storage.Privacy{Presence: true}); err != nil {
			t.Error(err)
		}
		ben.server().away.Store(false)
		w.server.presence.update(ben.account)
	}))
	s := ann.server()
	if list := s.srv.subjects(t.Context(), ann.account, []chat.AccountID{ben.account}); list[0].State == wire.PresenceOnline {
		t.Errorf("told of somebody who hides: %+v", list)
	}
	ann.done(&wire.Presence{Room: room})
}

// TestBackWhileFed: a device asks for a room just as its account, on another one, has left
// it and comes back. However the three fall together, it is fed that room from then on.
func TestBackWhileFed(t *testing.T) {
	for name, play := range map[string]func(s *session, f *feed, m *meanwhiles, comeBack func()){
		"back before the feed is started": func(s *session, f *feed, _ *meanwhiles, comeBack func()) {
			f.until = f.room.head()
			s.feeds[f.room.id] = f
			comeBack()
			s.startFeed(f)
		},
		"back before the feed is there": func(s *session, f *feed, _ *meanwhiles, comeBack func()) {
			f.until = f.room.head()
			comeBack()
			s.beginFeeds(&wire.SyncStarted{Rooms: []wire.SyncRoom{}}, []*feed{f}, nil)
		},
		"back while it is looked up where the feed ends": func(s *session, f *feed, m *meanwhiles, comeBack func()) {
			v := *f.room.view.Load()
			v.state = v.state.Clone()
			former := v.state.Former[s.account]
			former.Left = 0 // as in states of before it was written down
			v.state.Former[s.account] = former
			f.room.view.Store(&v)
			m.page.Store(&comeBack)
			s.beginFeeds(&wire.SyncStarted{Rooms: []wire.SyncRoom{}}, []*feed{f}, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, m := during(t, Options{})
			ann, ben := w.person(), w.person()
			room, _ := ann.found(chat.AccessOpen, ben.account)
			other := ben.second()
			ben.sync()
			expect[*wire.Live](ben)
			other.say(room, chat.KindLeave, `{}`)
			leave := w.room(room).head()
			ben.until(func(f wire.Frame) bool {
				e, ok := f.(*wire.Events)
				return ok && e.Room == room && e.Events[len(e.Events)-1].Seq == leave
			})
			s, rm := ben.server(), w.room(room)
			testkit.Eventually(t, "the feed has ended", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.feeds[room] == nil })
			play(s, &feed{room: rm, next: 1}, m, func() { other.say(room, chat.KindJoin, `{}`) })
			if m.page.Load() != nil {
				t.Fatal("nothing was looked up")
			}
			said := ann.text(room, "welcome back").Seq
			ben.until(func(f wire.Frame) bool {
				e, ok := f.(*wire.Events)
				return ok && e.Room == room && e.Events[len(e.Events)-1].Seq == said
			})
			s.mu.Lock()
			f := s.feeds[room]
			s.mu.Unlock()
			rm.mu.Lock()
			defer rm.mu.Unlock()
			if f == nil || rm.subs[s] != f {
				t.Errorf("the feed is %+v, subscribed is %+v", f, rm.subs[s])
			}
		})
	}
}
