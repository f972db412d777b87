package app

import (
	"slices"
	"testing"

	"hearth/chat"
)

// TestRemoveMember: a removal that is asked for offline is done with the connection. Who
// is removed is told by whom, keeps what they have, gets nothing more, and comes back
// only when the owner adds them.
func TestRemoveMember(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob, cid := w.member("ann").run().live(), w.member("bob").run().live(), w.member("cid").run().live()
		for _, p := range []*person{ann, bob, cid} {
			defer p.quit()
		}
		ctx := t.Context()
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "garden", Members: []chat.AccountID{bob.account, cid.account}})
		must(t, err)
		ann.say(garden, "before")
		ann.sent()
		bob.until("the garden", func(*View) bool { return bob.roomView(garden).Unread == 1 })
		cid.until("the garden", func(*View) bool { return cid.roomView(garden).Unread == 1 })
		if err := bob.RemoveMember(ctx, garden, cid.account); failCode(err) != FailCode(chat.CodeForbidden) {
			t.Errorf("a member removes: %v", err)
		}
		if err := ann.RemoveMember(ctx, garden, ann.account); failCode(err) != FailBadValue {
			t.Errorf("ann removes herself: %v", err)
		}
		bob.takeNotices()

		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		must(t, ann.RemoveMember(ctx, garden, bob.account))
		ann.say(garden, "he is gone")
		w.start()
		ann.live().sent()
		bob.live().until("being removed", func(*View) bool { return bob.roomView(garden).Removed })
		r := bob.roomView(garden)
		if got := bob.texts(garden); r.Joined || slices.Contains(got, "he is gone") || !slices.Contains(got, "before") {
			t.Errorf("bob is in: %v, and reads %q", r.Joined, got)
		}
		if n := bob.takeNotices(); !slices.ContainsFunc(n, func(n Notice) bool { return n.Kind == NoticeRemoved && n.Room == garden && n.By == "ann" }) {
			t.Errorf("bob was not told: %+v", n)
		}
		line := bob.rows(garden)[len(bob.rows(garden))-1]
		if line.Kind != chat.KindRemove || line.Name != "ann" || line.Subject != "bob" {
			t.Errorf("the last row is %+v", line)
		}

		bob.takeNotices()
		must(t, bob.JoinRoom(ctx, garden)) // the window does not offer it
		bob.until("the refusal", func(v *View) bool { return v.Waiting == 0 })
		if n := bob.takeNotices(); len(n) != 1 || n[0].Kind != NoticeSendFailed || n[0].Code != chat.CodeRemoved {
			t.Errorf("bob wanted to come back: %+v", n)
		}
		if r := bob.roomView(garden); r.Joined || r.Failed > 0 {
			t.Errorf("afterwards %+v", r)
		}
		must(t, ann.RemoveMember(ctx, garden, bob.account)) // once more, as from another device
		ann.sent()
		if r := ann.roomView(garden); r.Failed > 0 {
			t.Error("what was so already waits for a decision")
		}
		must(t, ann.AddMember(ctx, garden, bob.account))
		bob.until("being back", func(*View) bool {
			r := bob.roomView(garden)
			return r.Joined && !r.Removed && r.Head == ann.roomView(garden).Head
		})
	})
}

// TestOwnerLeaves: the room is the next one's, on every device, and after a start
// without a network as well.
func TestOwnerLeaves(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.sent()
		must(t, ann.LeaveRoom(t.Context(), garden))
		owns := func(*View) bool { r := bob.roomView(garden); return r.owns() }
		bob.until("owning it", owns)
		line := bob.rows(garden)[len(bob.rows(garden))-1]
		if line.Kind != chat.KindRole || line.Name != "" || line.Subject != "bob" || line.Value != string(chat.RoleOwner) {
			t.Errorf("the last row is %+v", line)
		}
		w.stop(true)
		bob.quit()
		bob.run()
		bob.until("owning it still", owns)
		if ann.roomView(garden).Removed {
			t.Error("who left was removed")
		}
	})
}
