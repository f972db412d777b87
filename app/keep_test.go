package app

import (
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// TestKeep: what the server no longer keeps stays with who has it and cannot be changed
// any more; who comes later is told that it is gone, and nobody misses anything.
func TestKeep(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		room, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "forgetful", Access: chat.AccessClosed, History: chat.HistoryAll})
		must(t, err)
		must(t, ann.AddMember(t.Context(), room, bob.account))
		ann.say(room, "old one", "old two")
		ann.sent()
		bob.inside(room, "old one", "old two")
		bob.quit()
		ann.say(room, "old three")
		ann.sent()
		old := ann.roomView(room).Head
		must(t, ann.Pin(t.Context(), room, old, true))
		must(t, ann.KeepRoom(t.Context(), room, 1))
		ann.sent()
		ann.quit()
		time.Sleep(20 * time.Hour)
		ann.run().live()
		ann.say(room, "fresh")
		ann.sent()
		ann.quit()
		time.Sleep(10 * time.Hour)

		ann.run().live()
		ann.until("the purge", func(*View) bool { return ann.roomView(room).Purged >= old })
		ann.inside(room, "old one", "old two", "old three", "fresh")
		if r := ann.roomView(room); r.Keep != 1 || r.Kept != 1 || len(r.Pins) != 0 || !r.Complete.Whole() || len(r.Complete.Void) != 0 {
			t.Errorf("ann sees %+v", r)
		}
		for what, err := range map[string]error{
			"edit":   ann.EditMessage(t.Context(), room, old, "new"),
			"delete": ann.DeleteMessage(t.Context(), room, old),
			"react":  ann.React(t.Context(), room, old, "🫖", true),
			"pin":    ann.Pin(t.Context(), room, old, true),
		} {
			if failCode(err) != FailPurged {
				t.Errorf("%s of what is purged: %v", what, err)
			}
		}
		bob.run().live()
		bob.inside(room, "old one", "old two", "fresh")
		if r := bob.roomView(room); len(r.Complete.Void) != 1 || r.Complete.Void[0].Reason != wire.VoidPurged {
			t.Errorf("bob sees %+v", r)
		}
		desk := w.another(bob, "desk").run().live()
		desk.inside(room, "fresh")
		ann.agrees(bob, room)
		ann.agrees(desk, room)
		bob.quit()
		desk.quit()
		ann.quit()
	})
}

// TestKeepRefused: a choice about a room that the server refuses is told, and leaves
// nothing behind.
func TestKeepRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		room, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "ours", Access: chat.AccessClosed, History: chat.HistoryAll})
		must(t, err)
		must(t, ann.AddMember(t.Context(), room, bob.account))
		ann.say(room, "hello")
		ann.sent()
		bob.inside(room, "hello")
		bob.takeNotices()
		for what, ask := range map[string]func() error{
			"keep":     func() error { return bob.KeepRoom(t.Context(), room, 7) },
			"readings": func() error { return bob.HideReadings(t.Context(), room, true) },
		} {
			must(t, ask())
			bob.sent()
			var told []chat.Code
			for _, n := range bob.takeNotices() {
				if n.Kind == NoticeChangeRefused && n.Room == room {
					told = append(told, n.Code)
				}
			}
			if len(told) != 1 || told[0] != chat.CodeForbidden {
				t.Errorf("%s: told %v", what, told)
			}
		}
		if list, err := bob.Outbox(t.Context()); err != nil || len(list) != 0 || bob.View().Failed != 0 {
			t.Errorf("in the outbox: %+v, %v", list, err)
		}
		if r := bob.roomView(room); r.Keep != 0 || r.HideReadings || len(r.Members) != 2 {
			t.Errorf("bob sees %+v", r)
		}
		bob.inside(room, "hello")
		bob.quit()
		ann.quit()
	})
}

// TestKeepHoles: a hole of which the server keeps nothing any more is closed.
func TestKeepHoles(t *testing.T) {
	c := newBenchCore(t, 1)
	l := c.logs[0]
	r := c.group.room(l.Room)
	for range 300 {
		l.Text(c.other, "x")
	}
	state, err := wire.EncodeState(r.state)
	must(t, err)
	snapshot, err := wire.Encode(&wire.Snapshot{Room: l.Room, At: 303, Chain: l.Chain(303), HoleFrom: 4, State: state})
	must(t, err)
	c.take(t, snapshot)
	f := &filling{room: r, from: 104, to: 303}
	c.group.net.fill = f
	c.purged(f, &wire.HistoryPage{Room: l.Room, Void: wire.VoidPurged, VoidTo: 250, Chain: l.Chain(250)})
	if got := r.completeness(); got.VoidEvents != 247 || got.MissingEvents != 53 || got.Void[0].Reason != wire.VoidPurged {
		t.Errorf("after a part: %+v", got)
	}
	events, chain := l.Part(251, 303)
	c.filled(&filling{room: r, from: 251, to: 303, events: events, before: l.Chain(250), chain: chain})
	if got := r.completeness(); got.VoidEvents != 247 || got.MissingEvents != 0 || r.diverged {
		t.Errorf("after the rest: %+v", got)
	}
	must(t, c.group.store.Check(t.Context()))
	c.purged(f, &wire.HistoryPage{Room: l.Room, Void: wire.VoidPurged, VoidTo: 260, Chain: l.Chain(260)})
	if !r.unfillable {
		t.Error("a void of nothing is taken for an answer")
	}
}

// TestPurgedUnseen: a message that reached the server, whose answer was lost, and that is
// purged before its author comes back, stays on the author's device, as what it is: sent,
// and kept nowhere else. It is offered to be dropped, not to be sent again.
func TestPurgedUnseen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer bob.quit()
		ctx := t.Context()
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "garden", Members: []chat.AccountID{bob.account}})
		must(t, err)
		bob.until("the garden", func(*View) bool { return bob.roomView(garden).Joined })
		must(t, ann.KeepRoom(ctx, garden, 1))
		ann.sent()
		for _, line := range w.net.Lines() {
			line.Down.Stall(true)
		}
		_, err = ann.Send(ctx, garden, "unheard of")
		must(t, err)
		time.Sleep(2 * time.Second)
		ann.quit()
		bob.away(60 * time.Hour)
		ann.run().live()
		defer ann.quit()
		ann.until("what became of it", func(*View) bool {
			rows := ann.rows(garden)
			last := rows[len(rows)-1]
			return last.Text == "unheard of" && last.State == StateFailed && last.Failure.Code == CodeUnkept
		})
		if n, err := ann.RetryAll(ctx); n != 0 || err != nil {
			t.Errorf("%d are sent again: %v", n, err)
		}
		list, err := ann.Outbox(ctx)
		must(t, err)
		if len(list) != 1 || list[0].MayRetry || !list[0].MayCancel {
			t.Errorf("the outbox is %+v", list)
		}
		must(t, ann.DiscardMessage(ctx, garden, list[0].Message.MID))
		ann.until("nothing", func(v *View) bool { return v.Failed == 0 })
	})
}

// TestPurgedUnseenThenRestored: as TestPurgedUnseen, and then the server comes back from a
// backup of before the purge. Where it lacks the message as well, that is lost like
// anything else: it waits for its author's word, and is there once if they want it.
// Where it has it, it is shown to who was told that nobody keeps it.
func TestPurgedUnseenThenRestored(t *testing.T) {
	const before, with, behind = "a backup of before", "a backup with it", "a backup with what came later"
	for _, what := range []string{before, with, behind} {
		t.Run(what, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, nil)
				defer w.close()
				ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
				defer bob.quit()
				ctx := t.Context()
				garden, err := bob.CreateRoom(ctx, RoomRequest{Name: "garden", Members: []chat.AccountID{ann.account}, History: chat.HistoryAll})
				must(t, err)
				ann.until("the garden", func(*View) bool { return ann.roomView(garden).Joined })
				ann.say(garden, "heard of")
				ann.sent()
				ann.same(bob)
				heads, want := w.heads(), []string{"heard of", "unheard of"}
				for _, line := range w.net.Lines() {
					line.Down.Stall(true)
				}
				_, err = ann.Send(ctx, garden, "unheard of")
				must(t, err)
				time.Sleep(2 * time.Second)
				ann.quit()
				for _, line := range w.net.Lines() {
					line.Down.Stall(false)
				}
				bob.live()
				bob.until("the message", func(*View) bool { return slices.Contains(bob.texts(garden), "unheard of") })
				if what == behind {
					bob.away(50 * time.Hour)
					bob.say(garden, "younger")
					bob.sent()
					want = append(want, "younger")
				}
				if what != before {
					heads = w.heads()
				}
				backup := w.backup(heads)
				must(t, bob.KeepRoom(ctx, garden, 1))
				bob.sent()
				bob.away(20 * time.Hour)
				if what != behind {
					bob.away(40 * time.Hour)
				}
				ann.run().live()
				defer ann.quit()
				failed := func() chat.Code {
					rows := ann.rows(garden)
					if f := rows[len(rows)-1].Failure; f != nil && rows[len(rows)-1].Text == "unheard of" {
						return f.Code
					}
					return ""
				}
				ann.until("what became of it", func(*View) bool { return failed() == CodeUnkept })
				bob.say(garden, "later")
				bob.sent()
				ann.same(bob)

				w.stop(true)
				w.putBack(backup, true, ann, bob)
				ann.TryNow()
				bob.TryNow()
				ann.live()
				bob.live()
				if what == before {
					ann.until("it is lost", func(*View) bool { return failed() == CodeHeld })
					time.Sleep(time.Minute)
					if got := texts(w, garden); !slices.Equal(got, []string{"heard of"}) {
						t.Errorf("the server has %q without anybody's consent", got)
					}
					if n, err := ann.RetryAll(ctx); n != 1 || err != nil {
						t.Errorf("%d are sent again: %v", n, err)
					}
				}
				for _, p := range []*person{ann, bob} {
					p.until("all of it", func(*View) bool {
						return slices.Equal(slices.DeleteFunc(p.texts(garden), func(s string) bool { return s == "later (failed)" }), want)
					})
				}
				ann.sent()
				if got := texts(w, garden); !slices.Equal(got, want) {
					t.Errorf("the server has %q", got)
				}
				if list, err := ann.Outbox(ctx); err != nil || len(list) != 0 {
					t.Errorf("the outbox is %+v, %v", list, err)
				}
				if c := ann.roomView(garden).Complete; !c.Whole() || len(c.Void) != 0 {
					t.Errorf("%+v", c)
				}
				must(t, ann.group.store.Check(ctx))
			})
		})
	}
}
