package app

import (
	"slices"
	"testing"
	"time"

	"hearth/chat"
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

// TestKeywordsFollow: as many unread messages are counted as are marked: after edits, where
// read ones are marked as unread again, even in another run, and by whatever words.
func TestKeywordsFollow(t *testing.T) {
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
		is := func(when string, want ...string) {
			t.Helper()
			if got := ann.calledIn(room); !slices.Equal(got, want) {
				t.Errorf("%s: %q are marked, want %q", when, got, want)
			}
			if got := ann.roomView(room).Mentions; got != len(want) {
				t.Errorf("%s: %d are counted, want %d", when, got, len(want))
			}
		}
		words("bees")
		ann.hears(bob, "the bees")
		ann.hears(bob, "the tea")
		ann.hears(bob, "the soup")
		rows := bob.rows(room)
		bees, tea := rows[len(rows)-3].Seq, rows[len(rows)-2].Seq
		edit := func(seq chat.Seq, text string) {
			t.Helper()
			must(t, bob.EditMessage(ctx, room, seq, text))
			bob.sent()
			ann.until("the edit", func(*View) bool { return slices.Contains(ann.texts(room), text) })
		}
		is("as it came", "the bees")
		edit(tea, "the tea and bees")
		is("a word more", "the bees", "the tea and bees")
		edit(bees, "the wasps")
		is("a word less", "the tea and bees")
		edit(tea, "@ann, the bees")
		is("a word and a call", "@ann, the bees")
		edit(tea, "you, the bees")
		is("no call any more", "you, the bees")
		words("soup", "wasps")
		is("other words", "the wasps", "the soup")
		words("soup", "bees", "the")
		for _, m := range ann.rows(room) {
			if m.Text == "the soup" && !slices.Equal(m.Keywords, []string{"soup", "the"}) {
				t.Errorf("%q has %q", m.Text, m.Keywords)
			}
		}
		words("soup", "bees")
		is("other words again", "you, the bees", "the soup")

		ann.SetRead(room, ann.roomView(room).Head)
		ann.until("read", func(*View) bool { return ann.roomView(room).Unread == 0 })
		time.Sleep(2 * decisionPatience)
		ann.quit()
		ann.run().live()
		defer ann.quit()
		if n := ann.roomView(room).Mentions; n != 0 {
			t.Errorf("%d read messages are counted", n)
		}
		must(t, ann.MarkUnread(ctx, room, bees))
		ann.until("unread again", func(*View) bool { return ann.roomView(room).Unread == 3 })
		is("unread again", "you, the bees", "the soup")
		must(t, bob.DeleteMessage(ctx, room, tea))
		bob.sent()
		ann.until("the deletion", func(*View) bool { return ann.roomView(room).Unread == 2 })
		is("deleted", "the soup")
	})
}
