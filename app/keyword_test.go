package app

import (
	"testing"
	"time"
)

// TestKeywords: a message with a keyword is marked and counted as one that calls the
// person, whether it rang or not, until it is read, deleted, or the word is none any more.
func TestKeywords(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer bob.quit()
		ctx, room := t.Context(), w.general
		ann.until("the room", func(*View) bool { return ann.roomView(room).Joined })
		bob.until("the room", func(*View) bool { return bob.roomView(room).Joined })
		words := func(words ...string) {
			t.Helper()
			must(t, ann.ChangeNotify(ctx, func(r *NotifyRules) { r.Keywords = words }))
		}
		is := func(count int, marked ...bool) {
			t.Helper()
			if got := ann.roomView(room).Mentions; got != count {
				t.Errorf("%d messages call, want %d", got, count)
			}
			rows := ann.rows(room)
			rows = rows[len(rows)-len(marked):]
			for i, want := range marked {
				if rows[i].MentionsMe != want {
					t.Errorf("%q is marked: %v", rows[i].Text, !want)
				}
			}
		}
		words("bees")
		ann.hears(bob, "the BEES!")
		ann.hears(bob, "beeswax")
		is(1, true, false)
		must(t, ann.ChangeNotify(ctx, func(r *NotifyRules) { r.Rooms[room] = RoomNotify{Muted: time.Now().Add(time.Hour)} }))
		if rung := ann.hears(bob, "bees, quietly"); len(rung) != 0 {
			t.Errorf("it rang %+v", rung)
		}
		ann.hears(bob, "@ann bees") // called once
		is(3, true, false, true, true)

		time.Sleep(2 * decisionPatience)
		ann.quit()
		ann.run().live()
		defer ann.quit()
		is(3, true, false, true, true)

		words("wasps")
		is(1, false, false, false, true)
		words("wasps", "bees")
		is(3, true, false, true, true)
		must(t, ann.Block(ctx, bob.account, true))
		is(0, false, false, false, false)
		must(t, ann.Block(ctx, bob.account, false))
		is(3, true, false, true, true)

		rows := bob.rows(room)
		quiet := rows[len(rows)-2].Seq
		must(t, bob.DeleteMessage(ctx, room, quiet))
		bob.sent()
		ann.until("the deletion", func(*View) bool { return ann.roomView(room).Unread == 3 })
		is(2)
		ann.SetRead(room, ann.roomView(room).Head)
		ann.until("read", func(*View) bool { return ann.roomView(room).Unread == 0 })
		is(0)
		must(t, ann.MarkUnread(ctx, room, quiet-2))
		ann.until("unread again", func(*View) bool { return ann.roomView(room).Unread == 3 })
		is(2)
	})
}
