package server

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// toldOf returns what the connection is told of people within a while.
func (c *raw) toldOf(d time.Duration) (all []wire.Subject) {
	c.t.Helper()
	for _, f := range framesOf[*wire.PresenceAt](c.hears(d)) {
		all = append(all, f.People...)
	}
	return all
}

// hears returns everything the connection is told within a while.
func (c *raw) hears(d time.Duration) []wire.Frame {
	c.t.Helper()
	time.Sleep(d)
	id := c.ask(&wire.Heartbeat{})
	return c.until(func(f wire.Frame) bool { r, ok := f.(wire.Reply); return ok && r.ReplyTo() == id })
}

// watches asks for people and a room and returns how they are.
func (c *raw) watches(room chat.RoomID, people ...chat.AccountID) map[chat.AccountID]wire.PresenceState {
	c.t.Helper()
	f, ok := c.answer(c.ask(&wire.Presence{Room: room, People: people})).(*wire.PresenceList)
	if !ok {
		c.t.Fatalf("no answer about %d people in %s", len(people), room)
	}
	states := map[chat.AccountID]wire.PresenceState{}
	for _, one := range f.People {
		if _, twice := states[one.Account]; twice {
			c.t.Errorf("%s is listed twice", one.Account)
		}
		if one.Seen != 0 && one.State != wire.PresenceOffline {
			c.t.Errorf("%s is %s, last seen %d", one.Account, one.State, one.Seen)
		}
		states[one.Account] = one.State
	}
	return states
}

// alone takes people out of the room that everybody is in.
func (w *world) alone(people ...*raw) {
	w.t.Helper()
	for _, c := range people {
		c.sync()
		expect[*wire.Live](c)
		c.say(w.general, chat.KindLeave, `{}`)
	}
}

// TestWatchRules: somebody who is named is told of as the table says of the rooms that
// the two are in, and of anybody else there is nothing to be seen, not even whether
// there is such an account.
func TestWatchRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.RoomsPerAccount = 1000
		w := newBubble(t, nil, Options{Limits: l})
		stranger := w.person()
		w.alone(stranger)
		for op, a := range map[string]chat.Access{"open": chat.AccessOpen, "closed": chat.AccessClosed, "direct": chat.AccessDirect} {
			owner, member, former, removed, outsider := w.person(), w.person(), w.person(), w.person(), w.person()
			w.alone(owner, member, former, removed, outsider)
			if a == chat.AccessDirect {
				owner.direct(member)
			} else {
				room, _ := owner.found(a, member.account, former.account, removed.account)
				former.say(room, chat.KindLeave, `{}`)
				owner.remove(room, removed)
			}
			who := map[Standing]*raw{StandingOwner: owner, StandingMember: member, StandingFormer: former, StandingRemoved: removed, StandingOutsider: outsider}
			for _, x := range allStandings {
				for _, y := range allStandings {
					want := wire.PresenceHidden
					if x != y && expected(OpWatch, x, a) && within(y) {
						want = wire.PresenceOnline
					}
					got := who[x].watches(chat.RoomID{}, who[y].account, chat.NewAccountID(), stranger.account)
					if len(got) != 3 || got[who[y].account] != want || got[stranger.account] != wire.PresenceHidden {
						t.Errorf("%s: %s sees %v of %s, want %s", op, x, got, y, want)
					}
					time.Sleep(time.Second) // more requests than a person makes
				}
			}
		}
	})
}

// TestWatchNamed: people who are named are told of whichever room is open, and none; who
// hides, or has blocked whom it is told, is hidden, and their coming and going makes no
// sound.
func TestWatchNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob := w.person(), w.person()
		w.alone(ann, bob)
		ann.direct(bob)
		own, _ := ann.found(chat.AccessClosed)
		is := func(want ...wire.PresenceState) {
			t.Helper()
			var got []wire.PresenceState
			for _, one := range ann.toldOf(3 * time.Second) {
				if one.Account != bob.account {
					t.Errorf("told of %s", one.Account)
				}
				got = append(got, one.State)
			}
			if !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		for _, room := range []chat.RoomID{{}, own} {
			if got := ann.watches(room, bob.account); got[bob.account] != wire.PresenceOnline || len(got) != 1 {
				t.Errorf("%v", got)
			}
			is()
			bob.done(&wire.Presence{Away: true})
			is(wire.PresenceAway)
			bob.done(&wire.Presence{})
			is(wire.PresenceOnline)
		}
		second := bob.second() // on two devices is no news
		is()
		_ = second.ws.CloseNow()
		is()
		bob.done(&wire.PrivacySet{Privacy: wire.Privacy{HidePresence: true}})
		is(wire.PresenceHidden)
		bob.done(&wire.Presence{Away: true})
		bob.done(&wire.Presence{})
		is()
		bob.done(&wire.PrivacySet{})
		is(wire.PresenceOnline)
		bob.block(ann, true, 1)
		is(wire.PresenceHidden)
		_ = bob.ws.CloseNow()
		for range 7 { // until he is gone
			is()
		}
		bob = bob.again()
		is()
		if got := ann.watches(own, bob.account); got[bob.account] != wire.PresenceHidden {
			t.Errorf("blocked: %v", got)
		}
		bob.block(ann, false, 2)
		is(wire.PresenceOnline)
		ann.watches(own)
		bob.done(&wire.Presence{Away: true})
		is()
		if n := ann.server().watched(); n != 0 {
			t.Errorf("%d people are still watched", n)
		}
	})
}

// TestHiddenOrder: who of a room's members is told of first does not tell whether
// somebody is there who hides it.
func TestHiddenOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob, eve := w.person(), w.person(), w.person()
		room, _ := ann.found(chat.AccessClosed, append(w.crowd(wire.MaxSubjects+100), bob.account, eve.account)...)
		order := func() (list []chat.AccountID) {
			f, ok := ann.answer(ann.ask(&wire.Presence{Room: room})).(*wire.PresenceList)
			if !ok {
				t.Fatal("no answer")
			}
			for _, one := range f.People {
				list = append(list, one.Account)
			}
			return list
		}
		if got := order(); !slices.Contains(got[:2], bob.account) || !slices.Contains(got[:2], eve.account) {
			t.Error("who is there does not come first")
		}
		bob.done(&wire.PrivacySet{Privacy: wire.Privacy{HidePresence: true}})
		eve.block(ann, true, 1)
		hidden := order()
		_, _ = bob.ws.CloseNow(), eve.ws.CloseNow()
		for range 7 { // until they are gone
			if got := ann.toldOf(3 * time.Second); len(got) != 0 {
				t.Errorf("told %+v", got)
			}
		}
		if got := order(); !slices.Equal(got, hidden) {
			t.Error("the order tells who is there")
		}
	})
}

// TestWatchLimit: however many there are, a connection watches so many people, those
// that it has named among them, and nothing of it stays behind.
func TestWatchLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		crowd := w.crowd(2 * wire.MaxSubjects)
		room, _ := ann.found(chat.AccessClosed, crowd[:wire.MaxSubjects+50]...)
		other, _ := ann.found(chat.AccessClosed, crowd[wire.MaxSubjects+50:]...)
		for range 3 {
			for i, open := range []chat.RoomID{room, other, {}} {
				named := crowd[i : i+wire.MaxWatched]
				got := ann.watches(open, named...)
				want := wire.MaxSubjects
				if open.IsZero() {
					want = len(named)
				}
				for _, a := range named {
					if got[a] != wire.PresenceOffline {
						t.Fatalf("somebody who was named is %q", got[a])
					}
				}
				s := ann.server()
				if len(got) != want || s.watched() != want || len(s.telling.told) != want {
					t.Errorf("%d listed, %d watched, %d told, want %d", len(got), s.watched(), len(s.telling.told), want)
				}
			}
		}
		if e := ann.refused(&wire.Presence{People: crowd[:wire.MaxWatched+1]}); e.Code != chat.CodeTooLong || e.Path != "/people" {
			t.Errorf("%v", e)
		}
		_ = ann.ws.CloseNow()
		time.Sleep(time.Second)
		p := w.server.presence
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.subjects)+len(p.watchers)+len(p.watched)+len(p.rooms) != 0 {
			t.Errorf("left behind: %d, %d, %d, %d", len(p.subjects), len(p.watchers), len(p.watched), len(p.rooms))
		}
	})
}

// TestWatchAfterLeaving: of the people of a room that one has left nothing is told any
// more, but of those who were named and with whom another room is shared.
func TestWatchAfterLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, bob, eve, cid := w.person(), w.person(), w.person(), w.person()
		w.alone(ann, bob, eve, cid)
		room, _ := bob.found(chat.AccessClosed, ann.account, eve.account, cid.account)
		ann.direct(bob)
		ann.watches(room, bob.account, cid.account)
		ann.say(room, chat.KindLeave, `{}`)
		for _, c := range []*raw{bob, eve, cid} {
			c.done(&wire.Presence{Away: true})
		}
		got := ann.toldOf(3 * time.Second)
		if len(got) != 1 || got[0].Account != bob.account || got[0].State != wire.PresenceAway {
			t.Errorf("told %+v", got)
		}
		if n := ann.server().watched(); n > 2 {
			t.Errorf("%d people are still watched", n)
		}
	})
}

// TestNoWatch: a server that tells no presence does not say that it can, and takes the
// request.
func TestNoWatch(t *testing.T) {
	w := newWorld(t, nil, Options{NoPresence: true})
	ann, bob := w.person(), w.person()
	if got := ann.watches(w.general, bob.account); len(got) != 0 || ann.server().watched() != 0 {
		t.Errorf("told %v", got)
	}
	for _, f := range []string{wire.FeatureWatch, wire.FeaturePresence} {
		if slices.Contains(w.server.o.features(), f) {
			t.Errorf("it names %s", f)
		}
	}
}
