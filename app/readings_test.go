package app

import (
	"testing"
	"time"

	"hearth/chat"
)

// readTo is the newest message that somebody knows others to have read.
func readTo(p *person, room chat.RoomID) chat.Seq {
	r := p.roomView(room)
	return r.ReadByAny()
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
		if r := ann.roomView(id); !r.HideReadings || r.ReadByAny() != 0 {
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
			if r := p.roomView(id); r.ReadByAny() != 0 || len(r.ReadBy(head)) != 0 {
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
