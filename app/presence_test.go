package app

import (
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// stateOf is how a person shows to another.
func (p *person) stateOf(who *person) PresenceView { return p.View().Presence[who.account] }

// TestTyping: the others see who writes, for as long as it lasts, and no longer than
// until what was written comes.
func TestTyping(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob, eve := w.member("ann").run(), w.member("bob").run(), w.member("eve").run()
		lap := w.another(ann, "anns-laptop").run()
		for _, p := range []*person{ann, bob, eve, lap} {
			p.live()
		}
		time.Sleep(time.Second)
		shows := func(who *person, names ...string) {
			t.Helper()
			if got := who.roomView(w.general).Typing; !slices.Equal(got, names) {
				t.Errorf("%s sees %q writing, want %q", who.name, got, names)
			}
		}
		ann.Typing(w.general)
		time.Sleep(100 * time.Millisecond)
		shows(bob, "ann")
		shows(ann)
		shows(lap) // of the same account
		time.Sleep(2 * time.Second)
		eve.Typing(w.general)
		time.Sleep(100 * time.Millisecond)
		shows(bob, "ann", "eve")
		time.Sleep(4 * time.Second)
		shows(bob, "eve")
		time.Sleep(2 * time.Second)
		shows(bob)
		for range 100 { // ten seconds of writing
			ann.Typing(w.general)
			time.Sleep(100 * time.Millisecond)
			if n := len(bob.roomView(w.general).Typing); n != 1 {
				t.Fatalf("%d are writing", n)
			}
		}
		ann.say(w.general, "done")
		ann.sent()
		time.Sleep(100 * time.Millisecond)
		shows(bob)
		closed, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "closed", Members: []chat.AccountID{bob.account}})
		must(t, err)
		time.Sleep(time.Second)
		bob.Typing(closed)
		time.Sleep(100 * time.Millisecond)
		if got := ann.roomView(closed).Typing; len(got) != 1 {
			t.Errorf("bob writes unseen: %q", got)
		}
		must(t, ann.ArchiveRoom(t.Context(), closed, true))
		time.Sleep(100 * time.Millisecond)
		if got := ann.roomView(closed).Typing; len(got) != 0 {
			t.Errorf("%q are writing in an archived room", got)
		}
		must(t, ann.SetPrivacy(t.Context(), Privacy{HideTyping: true}))
		time.Sleep(5 * time.Second)
		ann.Typing(w.general)
		must(t, askRaw(ann, &wire.Typing{Room: w.general})) // and the server passes nothing on either
		time.Sleep(100 * time.Millisecond)
		shows(bob)
		for _, p := range []*person{ann, bob, eve, lap} {
			p.quit()
		}
		w.close()
	})
}

// TestPresence: online, away, gone for a moment, offline with the time last seen,
// hidden.
func TestPresence(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob := w.member("ann").run(), w.member("bob").run()
		ann.live()
		bob.live()
		ann.SetActive(w.general, true)
		bob.SetActive(w.general, true)
		is := func(want PresenceState) {
			t.Helper()
			if got := ann.stateOf(bob); got.State != want {
				t.Errorf("bob is %q, want %q", got.State, want)
			}
		}
		time.Sleep(time.Second)
		is(PresenceOnline)
		bob.SetActive(w.general, false)
		time.Sleep(awayAfter - time.Second)
		is(PresenceOnline)
		time.Sleep(3 * time.Second)
		is(PresenceAway)
		lap := w.another(bob, "bobs-laptop").run().live()
		lap.SetActive(w.general, true)
		time.Sleep(time.Second)
		is(PresenceOnline) // on one of the devices
		lap.quit()
		time.Sleep(time.Second)
		is(PresenceAway)
		// A short break is none.
		bob.quit()
		time.Sleep(10 * time.Second)
		is(PresenceAway)
		bob.run().live()
		bob.SetActive(w.general, true)
		time.Sleep(20 * time.Second)
		is(PresenceOnline)
		bob.quit()
		left := time.Now()
		time.Sleep(14 * time.Second)
		is(PresenceOnline)
		time.Sleep(3 * time.Second)
		is(PresenceOffline)
		if seen := ann.stateOf(bob).Seen; left.Sub(seen) < 0 || left.Sub(seen) > time.Minute+time.Second {
			t.Errorf("last seen %v, left %v", seen, left)
		}
		bob.run().live()
		must(t, bob.SetPrivacy(t.Context(), Privacy{HidePresence: true}))
		time.Sleep(time.Second)
		is("")
		bob.quit()
		time.Sleep(time.Minute)
		is("")
		// Nothing is known without a connection.
		bob.run().live()
		must(t, bob.SetPrivacy(t.Context(), Privacy{}))
		bob.SetActive(w.general, true)
		time.Sleep(time.Second)
		is(PresenceOnline)
		w.stop(true)
		time.Sleep(time.Second)
		is("")
		ann.quit()
		bob.quit()
		w.start()
		w.close()
	})
}

// TestNewcomersPresence: somebody who joins the open room is known there too, and
// somebody who leaves it no longer.
func TestNewcomersPresence(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob := w.member("ann").run(), w.member("bob").run()
		ann.live()
		bob.live()
		id, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "tea", Access: chat.AccessClosed})
		must(t, err)
		ann.sent()
		ann.SetActive(id, true)
		must(t, ann.AddMember(t.Context(), id, bob.account))
		bob.until("the room", func(*View) bool { return bob.roomView(id).Head > 0 })
		bob.SetActive(id, true)
		ann.until("bob's presence", func(*View) bool { return ann.stateOf(bob).State == PresenceOnline })
		bob.until("ann's presence", func(*View) bool { return bob.stateOf(ann).State == PresenceOnline })
		must(t, bob.LeaveRoom(t.Context(), id))
		ann.until("bob gone", func(*View) bool { return ann.stateOf(bob) == (PresenceView{}) })
		bob.until("nothing known", func(*View) bool { return bob.stateOf(ann) == (PresenceView{}) })
		ann.quit()
		bob.quit()
		w.close()
	})
}

// TestReaders: who has read shows where the room is open, at most every two seconds,
// and only of those who let it be seen.
func TestReaders(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob, eve := w.member("ann").run(), w.member("bob").run(), w.member("eve").run()
		for _, p := range []*person{ann, bob, eve} {
			p.live()
		}
		must(t, eve.SetPrivacy(t.Context(), Privacy{HideReadings: true}))
		ann.say(w.general, "1", "2", "3", "4")
		ann.sent()
		head := ann.roomView(w.general).Head
		for _, p := range []*person{bob, eve} {
			p.until("all", func(*View) bool { return p.roomView(w.general).Head == head })
		}
		bob.SetRead(w.general, head-3)
		eve.SetRead(w.general, head)
		time.Sleep(3 * time.Second)
		ann.SetActive(w.general, true) // entering tells what was before
		time.Sleep(time.Second)
		r := ann.roomView(w.general)
		if got := r.ReadBy(head - 3); len(got) != 1 || got[0].Account != bob.account || len(r.ReadBy(head-2)) != 0 || readTo(ann, w.general) != head-3 {
			t.Errorf("read by %v", r.Readers)
		}
		bob.SetRead(w.general, head-2) // told at once
		time.Sleep(200 * time.Millisecond)
		if at := readTo(ann, w.general); at != head-2 {
			t.Errorf("read to %d", at)
		}
		bob.SetRead(w.general, head-1)
		time.Sleep(200 * time.Millisecond)
		bob.SetRead(w.general, head)
		time.Sleep(200 * time.Millisecond)
		if at := readTo(ann, w.general); at != head-2 {
			t.Errorf("told twice within two seconds: %d", at)
		}
		time.Sleep(2 * time.Second)
		if at := readTo(ann, w.general); at != head {
			t.Errorf("read to %d", at)
		}
		for _, p := range []*person{ann, bob, eve} {
			p.quit()
		}
		w.close()
	})
}
