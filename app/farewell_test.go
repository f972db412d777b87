package app

import (
	"slices"
	"testing"
	"time"

	"hearth/chat"
)

// TestDeleteAccount: a person deletes their account. Their own devices come to rest with
// the reason and keep what they have; others, also one that was off, read of somebody
// whose account was deleted, and what was to be erased is erased with them too.
func TestDeleteAccount(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").protect("right").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		two := bob.with(t, ann)
		bob.say(two, "between us")
		garden, err := bob.CreateRoom(ctx, RoomRequest{Name: "garden", Members: []chat.AccountID{ann.account}})
		must(t, err)
		bob.say(garden, "mine")
		bob.sent()
		ann.until("the garden", func(*View) bool { return ann.roomView(garden).Unread == 1 && ann.roomView(two).Unread == 1 })
		ann.quit()

		if err := bob.DeleteAccount(ctx, DeleteRequest{Password: []byte("wrong")}); failCode(err) != FailPassword {
			t.Errorf("with another password: %v", err)
		}
		must(t, bob.DeleteAccount(ctx, DeleteRequest{Password: []byte("right"), Erase: true}))
		bob.until("the end", func(v *View) bool {
			return v.Connection.State == ConnStopped && v.Connection.Reason == ReasonDeleted
		})
		if got := bob.texts(garden); !slices.Contains(got, "mine") {
			t.Errorf("bob keeps %q", got)
		}

		ann.run().live()
		ann.until("bob being gone", func(*View) bool {
			r, d := ann.roomView(garden), ann.roomView(two)
			return len(r.Members) == 1 && r.owns() && len(d.Members) == 2 && slices.ContainsFunc(d.Members, func(m MemberView) bool { return m.Deleted })
		})
		ann.until("the words being gone", func(*View) bool {
			return !slices.Contains(ann.texts(garden), "mine") && !slices.Contains(ann.texts(two), "between us")
		})
		if d := ann.roomView(two); d.Name != DeletedName {
			t.Errorf("the conversation is called %q", d.Name)
		}
		for _, m := range ann.rows(garden) {
			if m.Author == bob.account && (m.Name != DeletedName || m.Subject == "bob") {
				t.Errorf("a row of %q about %q", m.Name, m.Subject)
			}
		}
	})
}

// TestDeletedBeside: who looks on reads of somebody whose account was deleted at once, also
// in the list of rooms.
func TestDeletedBeside(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").protect("right").run().live()
		defer ann.quit()
		defer bob.quit()
		garden, err := bob.CreateRoom(t.Context(), RoomRequest{Name: "garden", Members: []chat.AccountID{ann.account}})
		must(t, err)
		bob.say(garden, "mine")
		bob.sent()
		ann.until("the message", func(*View) bool { return ann.roomView(garden).Unread == 1 })
		if last := ann.roomView(garden).Last; last == nil || last.Author != "bob" {
			t.Fatalf("the newest is %+v", last)
		}
		ann.takeNotices()
		must(t, bob.DeleteAccount(t.Context(), DeleteRequest{Password: []byte("right")}))
		ann.until("bob being gone", func(*View) bool { return len(ann.roomView(garden).Members) == 1 })
		if last := ann.roomView(garden).Last; last == nil || last.Author != DeletedName && last.Kind == chat.KindMessage {
			t.Errorf("the newest is %+v", last)
		}
		if c, _ := ann.sub.Take(); !c.Rooms[garden].Names {
			t.Errorf("rows are not shown anew: %+v", c.Rooms[garden])
		}
	})
}

// TestSuspended: a device of an account that is suspended comes to rest with the reason,
// stays so for as long as that holds, and comes back when the person wants it to or, once
// let in again, by itself.
func TestSuspended(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		_, err := w.srv.Suspend(t.Context(), ann.account, true)
		must(t, err)
		ann.until("the end", func(v *View) bool {
			return v.Connection.State == ConnStopped && v.Connection.Reason == ReasonSuspended
		})
		_, err = w.srv.Suspend(t.Context(), ann.account, false)
		must(t, err)
		ann.TryNow()
		ann.live()

		_, err = w.srv.Suspend(t.Context(), ann.account, true)
		must(t, err)
		suspended := func(v *View) bool {
			return v.Connection.State == ConnStopped && v.Connection.Reason == ReasonSuspended
		}
		ann.until("the second end", suspended)
		time.Sleep(time.Hour)
		ann.until("still being shut out", suspended)
		_, err = w.srv.Suspend(t.Context(), ann.account, false)
		must(t, err)
		time.Sleep(11 * time.Minute)
		ann.live()
	})
}
