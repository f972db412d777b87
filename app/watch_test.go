package app

import (
	"slices"
	"testing"
	"time"

	"hearth/chat"
)

// TestPresenceElsewhere: whether the partners of conversations of two are there is
// known whichever room is open, and of somebody else while it is asked for; of who is
// blocked it is not.
func TestPresenceElsewhere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob, eve := w.member("ann").run(), w.member("bob").run(), w.member("eve").run()
		for _, p := range []*person{ann, bob, eve} {
			p.live()
		}
		bob.SetActive(w.general, true)
		eve.SetActive(w.general, true)
		closed, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "alone", Access: chat.AccessClosed})
		must(t, err)
		ann.SetActive(closed, true)
		ann.sent()
		is := func(who *person, want PresenceState) {
			t.Helper()
			time.Sleep(2 * time.Second)
			if got := ann.stateOf(who); got.State != want {
				t.Errorf("%s is %q, want %q", who.name, got.State, want)
			}
		}
		is(bob, "")
		room, err := ann.Direct(t.Context(), []MemberView{{Account: bob.account}})
		must(t, err)
		ann.say(room, "hello")
		ann.sent()
		is(bob, PresenceOnline)
		is(eve, "")
		ann.Watch(eve.account)
		is(eve, PresenceOnline)
		bob.SetActive(w.general, false)
		time.Sleep(awayAfter)
		is(bob, PresenceAway)
		ann.Watch(chat.AccountID{})
		is(eve, "")
		is(bob, PresenceAway)
		ann.SetActive(w.general, true) // where both are
		is(eve, PresenceOnline)
		is(bob, PresenceAway)
		ann.SetActive(chat.RoomID{}, true)
		is(bob, PresenceAway)
		must(t, ann.Block(t.Context(), bob.account, true))
		is(bob, "")
		ann.SetActive(w.general, true)
		is(bob, "")
		is(eve, PresenceOnline)
		must(t, ann.Block(t.Context(), bob.account, false))
		is(bob, PresenceAway)
		must(t, bob.Block(t.Context(), ann.account, true)) // and the other way round
		is(bob, "")
		for _, p := range []*person{ann, bob, eve} {
			p.quit()
		}
		w.close()
	})
}

// TestMostWatched: of more conversations than there is space for the newest ones are
// watched, and always the same question is asked of the same rooms.
func TestMostWatched(t *testing.T) {
	g := &group{rooms: map[chat.RoomID]*room{}, blocked: map[chat.AccountID]bool{}}
	g.owner.Account = chat.NewAccountID()
	var people []chat.AccountID
	for i := range 100 {
		other := chat.NewAccountID()
		people = append(people, other)
		state := &chat.Room{Access: chat.AccessDirect, Members: map[chat.AccountID]chat.Member{g.me(): {}, other: {}}}
		r := &room{id: chat.DirectRoom(g.me(), other), state: state, wanted: true}
		r.c.Activity = int64(i)
		g.rooms[r.id] = r
	}
	g.blocked[people[99]] = true
	g.watched = people[3]
	list := g.subjects()
	in := map[chat.AccountID]bool{}
	for _, a := range list {
		in[a] = true
	}
	if len(list) != 64 || len(in) != 64 || in[people[99]] || !in[people[3]] || !in[people[98]] || !in[people[36]] || in[people[35]] {
		t.Errorf("%d people", len(list))
	}
	// What is in view in the list is told of, however old it is.
	g.listed = map[chat.RoomID]bool{chat.DirectRoom(g.me(), people[7]): true, chat.DirectRoom(g.me(), people[8]): true}
	list = g.subjects()
	if len(list) != 64 || !slices.Contains(list, people[7]) || !slices.Contains(list, people[8]) || !slices.Contains(list, people[98]) || slices.Contains(list, people[36]) {
		t.Errorf("with two of the list: %d people", len(list))
	}
}
