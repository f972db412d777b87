package app

import (
	"slices"
	"testing"
	"time"

	"hearth/chat"
)

// readTo is the newest message that somebody knows others to have read.
func readTo(p *person, room chat.RoomID) chat.Seq {
	if spans := p.roomView(room).Seen; len(spans) > 0 {
		return spans[len(spans)-1].To
	}
	return 0
}

// TestRoomHidesReadings: whoever owns a room hides from all how far others have read, also
// offline; what was known of it goes, on all devices and after a restart, until that is
// taken back. Nobody else may.
func TestRoomHidesReadings(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		id, err := ann.CreateRoom(ctx, RoomRequest{Name: "quiet", Access: chat.AccessClosed, Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.say(id, "one", "two")
		ann.sent()
		head := ann.roomView(id).Head
		bob.until("all", func(*View) bool { return bob.roomView(id).Head == head })
		ann.SetActive(id, true)
		bob.SetRead(id, head)
		ann.until("who has read", func(*View) bool { return readTo(ann, id) == head })

		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		must(t, ann.HideReadings(ctx, id, true))
		must(t, ann.HideReadings(ctx, id, true)) // twice is once
		if r := ann.roomView(id); !r.HideReadings || len(r.Seen) != 0 {
			t.Errorf("offline it is not hidden: %v %v", r.HideReadings, r.Readers)
		}
		w.start()
		ann.live().sent()
		bob.live().until("the wish", func(*View) bool { return bob.roomView(id).HideReadings })
		bob.say(id, "three")
		bob.sent()
		bob.SetActive(id, true)
		newest := bob.roomView(id).Head
		ann.SetRead(id, newest)
		time.Sleep(5 * time.Second)
		for _, p := range []*person{ann, bob} {
			if r := p.roomView(id); len(r.Seen) != 0 || len(r.ReadBy(head)) != 0 {
				t.Errorf("%s knows %v", p.name, r.Readers)
			}
		}

		must(t, bob.HideReadings(ctx, id, false))
		bob.until("the refusal", func(v *View) bool { return v.Waiting == 0 && v.Failed == 0 && bob.told(NoticeChangeRefused) })
		if !bob.roomView(id).HideReadings {
			t.Error("somebody who does not own it shows it")
		}
		bob.quit()
		bob.run().until("the stored room", func(v *View) bool { return v.Phase == PhaseOpen && bob.roomView(id).HideReadings })
		bob.live()

		must(t, ann.HideReadings(ctx, id, false))
		ann.until("what was shown before", func(*View) bool { return readTo(ann, id) == head })
		bob.SetRead(id, bob.roomView(id).Head)
		ann.until("who reads on", func(*View) bool { return readTo(ann, id) >= newest })
	})
}

// TestReadStays: that somebody has read a message stays so when they leave the room, here,
// on another device and after a restart without the server; who they were is told of nobody
// who is no member. Where the room hides who has read it goes, on the disk as well.
func TestReadStays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob, eve := w.member("ann").run().live(), w.member("bob").run().live(), w.member("eve").run().live()
		defer bob.quit()
		defer eve.quit()
		ctx := t.Context()
		id, err := ann.CreateRoom(ctx, RoomRequest{Name: "quiet", Access: chat.AccessClosed, History: chat.HistoryJoined, Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.say(id, "one", "two")
		ann.sent()
		head := ann.roomView(id).Head
		bob.until("all", func(*View) bool { return bob.roomView(id).Head == head })
		ann.SetActive(id, true)
		bob.SetRead(id, head)
		ann.until("who has read", func(*View) bool { return readTo(ann, id) == head })
		must(t, ann.RemoveMember(ctx, id, bob.account))
		ann.until("the removal", func(*View) bool { return len(ann.roomView(id).Members) == 1 })
		is := func(what string, p *person, want chat.Seq) {
			t.Helper()
			p.until(what, func(*View) bool { return readTo(p, id) == want })
			if r := p.roomView(id); len(r.ReadBy(1)) != 0 || len(r.Readers) != 0 {
				t.Errorf("%s: read by %+v", what, r.Readers)
			}
		}
		is("they are gone", ann, head)
		second := w.another(ann, "ann2").run().live()
		second.until("the room", func(*View) bool { return second.roomView(id).Head >= head })
		second.SetActive(id, true)
		is("another device", second, head)
		second.quit()

		// Who comes later, and sees nothing of before, is told nothing of who was there.
		must(t, ann.AddMember(ctx, id, eve.account))
		eve.until("the room", func(*View) bool { return eve.roomView(id).Joined })
		eve.SetActive(id, true)
		time.Sleep(5 * time.Second)
		if got := readTo(eve, id); got >= head { // that is as far as bob was; ann has not read her own
			t.Errorf("a newcomer is told of somebody who has read up to %d", got)
		}

		ann.say(id, "to eve")
		ann.sent()
		head = ann.roomView(id).Head
		eve.until("all", func(*View) bool { return eve.roomView(id).Head == head })
		eve.SetRead(id, head) // as its window does; to be added is not to have read
		ann.until("eve, who has it open", func(*View) bool { return readTo(ann, id) == head })
		ann.quit()
		w.stop(true)
		ann.run().until("the room", func(v *View) bool { return v.Phase == PhaseOpen })
		is("without the server", ann, head)
		must(t, ann.HideReadings(ctx, id, true))
		is("hidden", ann, 0)
		w.start()
		ann.live().sent()
		ann.quit()
		w.stop(true)
		ann.run().until("the room", func(v *View) bool { return v.Phase == PhaseOpen })
		is("hidden for good", ann, 0)
		if n := len(ann.group.seen); n != 0 {
			t.Errorf("%d rooms are still on the disk", n)
		}
		ann.quit()
		w.start()
	})
}

// TestNewcomerHasNotSeen: a newcomer's position stands behind what was said before they
// came, and nobody is told that they have seen it, whether they could or not; what they
// read from then on, they have. Who goes and comes back has seen what was said before, not
// what was said meanwhile.
func TestNewcomerHasNotSeen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		id, err := ann.CreateRoom(ctx, RoomRequest{Name: "open", Access: chat.AccessOpen})
		must(t, err)
		ann.SetActive(id, true)
		say := func(text string) chat.Seq {
			ann.say(id, text)
			ann.sent()
			return ann.roomView(id).Head
		}
		seen := func(what string, seq chat.Seq, now, ever bool) {
			t.Helper()
			r := ann.roomView(id)
			if got := len(r.ReadBy(seq)) > 0; got != now {
				t.Errorf("%s: seen by somebody here: %v", what, got)
			}
			if got := slices.ContainsFunc(r.Seen, func(s Span) bool { return s.Has(seq) }); got != ever {
				t.Errorf("%s: seen: %v", what, got)
			}
		}
		enter := func() {
			bob.until("the room", func(*View) bool { return bob.roomView(id).Joined })
			bob.SetActive(id, true)
			bob.until("all", func(*View) bool { return bob.roomView(id).Head == ann.roomView(id).Head })
			bob.SetRead(id, bob.roomView(id).Head) // as its window does
			time.Sleep(5 * time.Second)
		}
		before := say("before")
		must(t, bob.JoinRoom(ctx, id))
		enter()
		seen("what was before", before, false, false)
		then := say("then")
		enter()
		seen("what came then", then, true, true)
		seen("what was before", before, false, false)

		must(t, bob.LeaveRoom(ctx, id))
		ann.until("he is gone", func(*View) bool { return len(ann.roomView(id).Members) == 1 })
		away := say("while he is away")
		must(t, bob.JoinRoom(ctx, id))
		enter()
		last := say("and back")
		enter()
		for range 2 {
			seen("what was before he came", before, false, false)
			seen("what he read", then, false, true)
			seen("what came while he was away", away, false, false)
			seen("what came last", last, true, true)
			ann.quit()
			ann.run().live()
			ann.SetActive(id, true)
			time.Sleep(5 * time.Second)
		}
	})
}

// TestSpans: parts that touch become one, those that lie apart stay so, and of too many the
// oldest goes.
func TestSpans(t *testing.T) {
	var list []Span
	for _, s := range []Span{{100, 110}, {2, 90}, {5, 5}, {20, 10}, {90, 95}, {3, 50}, {200, 210}} {
		list = withSpan(list, s)
	}
	if want := []Span{{2, 95}, {100, 110}, {200, 210}}; !slices.Equal(list, want) {
		t.Errorf("got %v", list)
	}
	if got := cutSpans(list, 105); !slices.Equal(got, []Span{{2, 95}, {100, 105}}) {
		t.Errorf("cut: %v", got)
	}
	if got := cutSpans(list, 100); !slices.Equal(got, []Span{{2, 95}}) {
		t.Errorf("cut: %v", got)
	}
	if got := withSpan(list, Span{50, 205}); !slices.Equal(got, []Span{{2, 210}}) {
		t.Errorf("joined: %v", got)
	}
	for i := range chat.Seq(2 * mostSpans) {
		list = withSpan(list, Span{1000 + 10*i, 1001 + 10*i})
	}
	if len(list) != mostSpans || list[0].After != 1000+10*mostSpans {
		t.Errorf("%d parts from %v", len(list), list[0])
	}
}

// TestReadingsOfNewRoom: who has a room open that they have just made, or from where they
// join it, is told how far others read there.
func TestReadingsOfNewRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		id, err := ann.CreateRoom(ctx, RoomRequest{Name: "open", Access: chat.AccessOpen})
		must(t, err)
		ann.SetActive(id, true)
		w.start()
		ann.live()
		bob.live()
		ann.say(id, "one")
		ann.sent()
		must(t, bob.JoinRoom(ctx, id))
		bob.until("the room", func(*View) bool { return bob.roomView(id).Joined })
		read := func(who, other *person, text string) {
			t.Helper()
			who.say(id, text)
			who.sent()
			head := who.roomView(id).Head
			other.until("all", func(*View) bool { return other.roomView(id).Head == head })
			other.SetRead(id, head)
			who.until("that it is read", func(*View) bool {
				r := who.roomView(id)
				return len(r.ReadBy(head)) == 1
			})
		}
		read(ann, bob, "two")
		must(t, bob.LeaveRoom(ctx, id))
		bob.until("he is gone", func(*View) bool { return !bob.roomView(id).Joined })
		bob.SetActive(id, true)
		time.Sleep(time.Minute)
		must(t, bob.JoinRoom(ctx, id))
		bob.until("he is back", func(*View) bool { return bob.roomView(id).Joined })
		read(bob, ann, "three")
	})
}
