package app

import (
	"slices"
	"testing"

	"hearth/chat"
)

// TestArchive: an archived room is for reading, at once and offline, on all devices and
// after a restart, until its owner takes that back.
func TestArchive(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		id, err := ann.CreateRoom(ctx, RoomRequest{Name: "old", Access: chat.AccessClosed, Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.say(id, "one")
		ann.sent()
		bob.until("the room", func(*View) bool { return bob.roomView(id).Unread == 1 })
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		bob.say(id, "too late")
		must(t, ann.ArchiveRoom(ctx, id, true))
		if !ann.roomView(id).Archived {
			t.Error("offline it is not archived")
		}
		if _, err := ann.Send(ctx, id, "x"); failCode(err) != FailCode(chat.CodeReadOnly) {
			t.Errorf("sending: %v", err)
		}
		bob.quit()
		w.start()
		ann.live().sent()
		bob.run().live()
		bob.until("the archive", func(v *View) bool { return bob.roomView(id).Archived && v.Waiting == 0 })
		// What came too late is kept for the person to decide.
		if v := bob.View(); v.Failed != 1 {
			t.Errorf("%d failed", v.Failed)
		}
		for _, m := range bob.rows(id) {
			if m.Seq > 0 && (m.MayEdit || m.MayDelete) {
				t.Errorf("may be changed: %+v", m)
			}
		}
		bob.takeNotices()
		if err := bob.ArchiveRoom(ctx, id, false); err != nil {
			t.Fatal(err)
		}
		bob.until("the refusal", func(v *View) bool { return v.Waiting == 0 })
		if told := bob.takeNotices(); bob.View().Failed != 1 || !slices.ContainsFunc(told, func(n Notice) bool {
			return n.Kind == NoticeChangeRefused && n.Room == id && n.Code == chat.CodeForbidden
		}) {
			t.Errorf("a choice about the room that is refused is told and left: %d failed, %+v", bob.View().Failed, told)
		}
		if !bob.roomView(id).Archived {
			t.Error("somebody who does not own it opened it")
		}
		bob.quit()
		bob.run()
		bob.until("the stored room", func(v *View) bool { return v.Phase == PhaseOpen && bob.roomView(id).Archived })
		bob.live()
		must(t, ann.ArchiveRoom(ctx, id, false))
		bob.until("the end of it", func(*View) bool { return !bob.roomView(id).Archived })
		n, err := bob.RetryAll(ctx)
		must(t, err)
		bob.until("what waited", func(v *View) bool { return n == 1 && v.Waiting == 0 && len(bob.texts(id)) >= 2 })
	})
}
