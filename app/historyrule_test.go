package app

import (
	"testing"

	"hearth/chat"
	"hearth/net/wire"
)

// TestHistoryRule: what newcomers see is changed offline, too, and holds for who comes
// behind it: they have what is written from the change on and know that nothing else is
// missing. Who was there keeps what they have, on new devices as well.
func TestHistoryRule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob, cid := w.member("ann").run().live(), w.member("bob").run().live(), w.member("cid").run().live()
		defer ann.quit()
		defer bob.quit()
		defer cid.quit()
		ctx := t.Context()
		room := discreet(t, ann, chat.AccessClosed)
		must(t, ann.AddMember(ctx, room, bob.account))
		ann.say(room, "between")
		bob.inside(room, "between")
		if err := bob.SetHistory(ctx, room, chat.HistoryAll); err == nil {
			t.Error("somebody who does not own it changes it")
		}

		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		must(t, ann.SetHistory(ctx, room, chat.HistoryAll))
		must(t, ann.SetHistory(ctx, room, chat.HistoryAll)) // twice is once
		ann.say(room, "open")
		if r := ann.roomView(room); r.History != chat.HistoryAll || r.Ruled != 0 {
			t.Errorf("offline the rule is %s since %d", r.History, r.Ruled)
		}
		w.start()
		ann.live().sent()
		bob.live().inside(room, "between", "open")
		ruled := bob.roomView(room).Ruled
		if r := bob.roomView(room); r.History != chat.HistoryAll || ruled == 0 || r.From >= ruled || ann.roomView(room).From != 1 {
			t.Errorf("bob is told %s since %d and sees from %d", r.History, r.Ruled, r.From)
		}

		cid.live()
		must(t, ann.AddMember(ctx, room, cid.account))
		cid.inside(room, "open")
		r := cid.roomView(room)
		if !r.Complete.Whole() || len(r.Complete.Void) != 1 || r.Complete.Void[0].To != ruled-1 || r.Complete.Void[0].Reason != wire.VoidNotVisible || r.From != ruled {
			t.Errorf("cid sees %+v", r)
		}
		ann.agrees(cid, room)
		desk := w.another(bob, "desk").run().live()
		defer desk.quit()
		desk.inside(room, "between", "open")

		// Narrower again: cid keeps what came before they did.
		must(t, ann.SetHistory(ctx, room, chat.HistoryJoined))
		ann.say(room, "closed")
		ann.sent()
		cid.inside(room, "open", "closed")
		tab := w.another(cid, "tab").run().live()
		defer tab.quit()
		tab.inside(room, "open", "closed")
		must(t, cid.LeaveRoom(ctx, room))
		cid.until("the leave", func(*View) bool { return !cid.roomView(room).Joined })
		ann.say(room, "meanwhile")
		ann.sent()
		must(t, ann.AddMember(ctx, room, cid.account))
		ann.say(room, "again")
		cid.inside(room, "open", "closed", "again")
		tab.inside(room, "open", "closed", "again")
		phone := w.another(cid, "phone").run().live()
		defer phone.quit()
		phone.inside(room, "again")
		cid.quit()
		cid.run().live()
		if r := cid.roomView(room); r.History != chat.HistoryJoined || r.From != phone.roomView(room).From {
			t.Errorf("from the disk the rule is %s and cid sees from %d", r.History, r.From)
		}
	})
}
