package app

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
)

// TestLostNames: of a room that a restored server does not have at all, and of people whom
// it does not know any more, what was lost and what waits is shown with their names.
func TestLostNames(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer bob.quit()
		time.Sleep(time.Second)
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", Access: chat.AccessClosed})
		must(t, err)
		ann.sent()
		time.Sleep(time.Second)
		backup := w.heads()
		cellar, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "cellar", Members: []chat.AccountID{bob.account}})
		must(t, err)
		eve := w.member("eve").run().live()
		must(t, ann.AddMember(t.Context(), garden, eve.account))
		must(t, ann.AddMember(t.Context(), cellar, eve.account))
		eve.until("both rooms", func(*View) bool { return eve.roomView(garden).Joined && eve.roomView(cellar).Joined })
		eve.say(garden, "of eve")
		eve.say(cellar, "of eve")
		eve.sent()
		bob.until("the cellar", func(*View) bool { return len(bob.texts(cellar)) == 1 })
		bob.say(cellar, "of bob")
		bob.sent()
		ann.until("all", func(*View) bool { return len(ann.texts(cellar)) == 2 && len(ann.texts(garden)) == 1 })
		eve.quit()
		w.stop(true)
		w.restore(backup, true, ann, bob)
		ann.TryNow()
		ann.live()
		check := func(when string) {
			t.Helper()
			for room, want := range map[chat.RoomID][]string{
				garden: {"member.join ann eve ", "message eve  of eve"},
				cellar: {"room.create ann  ", "member.join ann ann ", "member.join ann bob ", "member.join ann eve ", "message eve  of eve", "message bob  of bob"},
			} {
				rows, err := ann.LostMessages(t.Context(), room)
				must(t, err)
				var got []string
				for _, m := range rows {
					got = append(got, fmt.Sprintf("%s %s %s %s", m.Kind, m.Name, m.Subject, m.Text))
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s: %s", when, d)
				}
			}
			list, err := ann.Outbox(t.Context())
			must(t, err)
			var got []string
			for _, e := range list {
				got = append(got, fmt.Sprintf("%s: %s %s", e.RoomName, e.Message.Kind, e.Message.Subject))
			}
			slices.Sort(got)
			if d := cmp.Diff([]string{"cellar: member.join eve", "cellar: room.create ", "garden: member.join eve"}, got); d != "" {
				t.Errorf("%s the outbox: %s", when, d)
			}
			hits := 0
			must(t, ann.Search(t.Context(), "of", func(h Hit) bool {
				if hits++; h.Message.Name != "eve" && h.Message.Name != "bob" {
					t.Errorf("%s found of %q: %s", when, h.Message.Name, h.Message.Text)
				}
				return true
			}))
			if hits != 3 {
				t.Errorf("%s found %d", when, hits)
			}
		}
		check("then")
		ann.quit()
		ann.run().live()
		defer ann.quit()
		check("after another start")
	})
}

// TestLostPeople: a room is made again without those whose accounts the restored server does
// not know; of adding them it is said why that cannot be.
func TestLostPeople(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		time.Sleep(time.Second)
		backup := w.heads()
		eve := w.member("eve").run().live()
		cellar, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "cellar", Members: []chat.AccountID{eve.account, bob.account}})
		must(t, err)
		ann.sent()
		eve.until("the cellar", func(*View) bool { return eve.roomView(cellar).Joined })
		must(t, ann.AddMember(t.Context(), w.general, eve.account))
		ann.until("that eve was there", func(v *View) bool { return v.Failed == 1 }) // she is in it already
		must(t, eve.LeaveRoom(t.Context(), w.general))
		eve.sent()
		must(t, ann.AddMember(t.Context(), w.general, eve.account))
		eve.until("general again", func(*View) bool { return eve.roomView(w.general).Joined })
		eve.quit()
		w.stop(true)
		w.restore(backup, true, ann, bob)
		for _, p := range []*person{ann, bob} {
			p.TryNow()
			p.live()
		}
		_, err = ann.RetryAll(t.Context())
		must(t, err)
		bob.until("the cellar", func(*View) bool { return bob.roomView(cellar).Joined })
		ann.until("the rest", func(v *View) bool { return v.Waiting == 0 })
		if n := len(ann.roomView(cellar).Members); n != 2 {
			t.Errorf("%d in the cellar", n)
		}
		list, err := ann.Outbox(t.Context())
		must(t, err)
		if len(list) == 0 {
			t.Error("nothing says that eve cannot be added")
		}
		for _, e := range list {
			if e.Message.Subject != "eve" || e.Message.Failure == nil || e.Message.Failure.Code != CodeNobody {
				t.Errorf("refused: %+v of %q", e.Message.Failure, e.Message.Subject)
			}
		}
	})
}
