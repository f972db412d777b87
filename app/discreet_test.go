package app

import (
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// discreet makes a room of ann's that shows newcomers only what is written once they are
// in, in which something was said before anybody came.
func discreet(t *testing.T, ann *person, access chat.Access) chat.RoomID {
	t.Helper()
	room, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "discreet", Access: access, History: chat.HistoryJoined})
	must(t, err)
	ann.say(room, "before one", "before two")
	ann.sent()
	time.Sleep(time.Second)
	return room
}

// inside waits until the person is in a room of which everything they may see is here.
func (p *person) inside(room chat.RoomID, texts ...string) {
	p.w.t.Helper()
	p.until("the room", func(*View) bool {
		r := p.roomView(room)
		return r.Joined && r.Complete.MissingEvents == 0 && slices.Equal(p.texts(room), texts)
	})
	must(p.w.t, p.group.store.Check(p.w.t.Context()))
}

// agrees waits until two have the same log of a room, as far as each may see it.
func (p *person) agrees(other *person, room chat.RoomID) {
	p.w.t.Helper()
	p.until("agreement", func(*View) bool {
		a, b := p.roomView(room), other.roomView(room)
		return a.Head == b.Head && a.Chain == b.Chain && !a.Diverged && !b.Diverged
	})
}

// TestDiscreet: a newcomer, on this device and another, has what was written since they
// came and nothing else, knows that nothing is missing, and is told who brought them.
func TestDiscreet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		room := discreet(t, ann, chat.AccessClosed)
		first := ann.rows(room)[2].Seq
		must(t, ann.Pin(t.Context(), room, first, true))
		ann.sent()
		must(t, ann.AddMember(t.Context(), room, bob.account))
		ann.say(room, "after @bob")
		bob.inside(room, "after @bob")
		r := bob.roomView(room)
		if !r.Complete.Whole() || len(r.Complete.Void) != 1 || r.Complete.Void[0].From != 1 || r.Complete.Void[0].Reason != wire.VoidNotVisible || r.History != chat.HistoryJoined || len(r.Pins) != 0 || r.Unread != 1 {
			t.Errorf("bob sees %+v", r)
		}
		if !bob.told(NoticeAddedToRoom) {
			t.Error("bob was not told that he was added")
		}
		must(t, ann.EditMessage(t.Context(), room, first, "before, in other words"))
		must(t, ann.React(t.Context(), room, first, "🫖", true))
		ann.say(room, "and more")
		ann.sent()
		bob.inside(room, "after @bob", "and more")
		desk := w.another(bob, "desk").run().live()
		desk.inside(room, "after @bob", "and more")
		must(t, desk.Search(t.Context(), "before", func(h Hit) bool {
			t.Errorf("found %+v", h)
			return true
		}))
		// Nobody learns of the message by answering for it.
		must(t, bob.React(t.Context(), room, first, "🫖", true))
		bob.until("the refusal", func(v *View) bool { return v.Waiting == 0 })
		ann.agrees(bob, room)
		ann.agrees(desk, room)
		desk.quit()
		bob.quit()
		bob.run().live()
		bob.inside(room, "after @bob", "and more")
		bob.quit()
	})
}

// TestDiscreetReturn: who leaves and comes back keeps what they had, and gets nothing of
// what was said in between, also on a device that was away.
func TestDiscreetReturn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		room := discreet(t, ann, chat.AccessOpen)
		desk := w.another(bob, "desk").run().live()
		defer desk.quit()
		must(t, bob.JoinRoom(t.Context(), room))
		bob.inside(room)
		desk.inside(room)
		if bob.told(NoticeAddedToRoom) {
			t.Error("bob was told that he was added")
		}
		ann.say(room, "first")
		bob.inside(room, "first")
		desk.inside(room, "first")
		desk.quit()
		bob.say(room, "mine")
		bob.sent()
		must(t, bob.LeaveRoom(t.Context(), room))
		bob.until("the leave", func(*View) bool { return !bob.roomView(room).Joined })
		ann.say(room, "between")
		ann.sent()
		must(t, bob.JoinRoom(t.Context(), room))
		bob.until("being back", func(*View) bool { return bob.roomView(room).Joined })
		ann.say(room, "second")
		bob.inside(room, "first", "mine", "second")
		if v := bob.roomView(room).Complete; len(v.Void) != 2 || !v.Whole() {
			t.Errorf("complete: %+v", v)
		}
		desk.run().live()
		desk.inside(room, "first", "second") // it was away when "mine" was said, and nobody gives it now
		fresh := w.another(bob, "fresh").run().live()
		fresh.inside(room, "second")
		ann.agrees(bob, room)
		ann.agrees(desk, room)
		ann.agrees(fresh, room)
		fresh.quit()
		if bob.gaps+desk.gaps != 0 {
			t.Error("events were missing in the stream")
		}
	})
}

// TestDiscreetLoss: the server comes back from a backup made before bob was in, and
// adds him again elsewhere in another history: nothing of bob's is lost, and nothing of
// before reaches him.
func TestDiscreetLoss(t *testing.T) {
	for _, tell := range []bool{true, false} {
		bubble(t, func(t *testing.T) {
			w := newWorld(t, nil)
			defer w.close()
			ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
			defer ann.quit()
			room := discreet(t, ann, chat.AccessClosed)
			backup := w.heads()
			ann.say(room, "lost")
			must(t, ann.AddMember(t.Context(), room, bob.account))
			bob.inside(room)
			bob.say(room, "mine", "too")
			bob.sent()
			bob.inside(room, "mine", "too")
			ann.until("both", func(*View) bool { return len(ann.texts(room)) == 5 })
			w.stop(true)
			w.restore(backup, tell, ann, bob)
			bob.TryNow()
			bob.live()
			bob.until("the loss", func(*View) bool { return !bob.roomView(room).Joined })
			if got := bob.lost(room); !slices.Equal(got, []string{"mine", "too"}) {
				t.Errorf("no longer on the server: %q", got)
			}
			bob.quit()
			bob.run().live()
			defer bob.quit()
			ann.TryNow()
			ann.live()
			ann.say(room, "other history")
			must(t, ann.AddMember(t.Context(), room, bob.account))
			bob.until("being back", func(*View) bool {
				r := bob.roomView(room)
				return r.Joined && !r.Diverged && r.Complete.MissingEvents == 0
			})
			for _, mid := range bob.held(room) {
				must(t, bob.RetryMessage(t.Context(), room, mid))
			}
			bob.sent()
			bob.inside(room, "mine", "too")
			ann.live()
			ann.agrees(bob, room)
		})
	}
}

// TestDiscreetPartLost: the backup is from within bob's time in the room.
func TestDiscreetPartLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		room := discreet(t, ann, chat.AccessClosed)
		must(t, ann.AddMember(t.Context(), room, bob.account))
		ann.say(room, "kept")
		bob.inside(room, "kept")
		backup := w.heads()
		ann.say(room, "lost")
		bob.inside(room, "kept", "lost")
		w.stop(true)
		w.restore(backup, true, ann, bob)
		ann.TryNow()
		bob.TryNow()
		bob.live()
		ann.live()
		bob.inside(room, "kept")
		ann.retryHeld(room)
		ann.sent()
		bob.inside(room, "kept", "lost")
		if r := bob.roomView(room); len(r.Members) != 2 || r.Name != "discreet" || r.Lost != 0 {
			t.Errorf("bob sees %+v", r)
		}
		ann.agrees(bob, room)
	})
}

// TestLyingBeginnings: what a server says of where the log begins is taken only if it
// follows from what is here.
func TestLyingBeginnings(t *testing.T) {
	c := newBenchCore(t, 1)
	l := c.logs[0]
	before := c.view(l)
	state, err := wire.EncodeState(c.group.rooms[l.Room].state)
	must(t, err)
	next := before.Head + 1
	for _, s := range []wire.Snapshot{
		{At: next + 5, HoleFrom: next + 3, VoidFrom: next + 4, State: state},
		{At: next + 5, HoleFrom: next + 9, VoidFrom: next, State: state},
		{At: next - 1, HoleFrom: next + 1, VoidFrom: next, State: state},
		{At: next + 5, HoleFrom: next + 3, VoidFrom: next, State: "{}"},
		{At: next + 5, HoleFrom: next + 3, VoidFrom: next, State: "nonsense"},
	} {
		s.Room = l.Room
		raw, err := wire.Encode(&s)
		must(t, err)
		c.group.rooms[l.Room].diverged = false
		c.take(t, raw)
		if got := c.view(l); got.Head != before.Head || len(got.Complete.Void) != 0 {
			t.Errorf("%+v was taken: %+v", s, got)
		}
	}
	must(t, c.group.store.Check(t.Context()))
}
