package app

import (
	"context"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
)

// TestLostRoomAlwaysListed: a room that two restored backups in turn do not have is made
// again by whoever made it. Somebody else has it in their list all the time, also where
// they read only from joining on, and in a program that is ended at any moment.
func TestLostRoomAlwaysListed(t *testing.T) {
	for name, history := range map[string]chat.History{"all of it": chat.HistoryAll, "from joining": chat.HistoryJoined} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { testLostRoomAlwaysListed(t, history) })
		})
	}
}

func testLostRoomAlwaysListed(t *testing.T, history chat.History) {
	w := newWorld(t, nil)
	defer w.close()
	ann, bob := w.member("ann").run().live(), w.member("bob")
	bob.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := w.net.Dial(ctx, network, address)
		if err == nil { // so that what happens between two answers is seen
			line := w.net.Last()
			line.Up.Delay(100 * time.Millisecond)
			line.Down.Delay(100 * time.Millisecond)
		}
		return c, err
	}
	bob.run().live()
	defer ann.quit()
	time.Sleep(time.Second)
	backup := w.heads()
	garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", History: history})
	must(t, err)
	ann.say(garden, "before")
	ann.sent()
	must(t, ann.AddMember(t.Context(), garden, bob.account))
	ann.sent()
	bob.until("the garden", func(v *View) bool {
		return slices.ContainsFunc(v.Rooms, func(r RoomView) bool { return r.ID == garden && r.Joined })
	})
	bob.say(garden, "mine")
	bob.sent()
	listed := func(when string) RoomView {
		t.Helper()
		synctest.Wait()
		r := bob.roomView(garden)
		if r.Name != "garden" {
			t.Fatalf("%s the garden is %+v", when, r)
		}
		return r
	}
	for _, ends := range []bool{false, true} {
		ann.same(bob)
		w.stop(true)
		w.restore(backup, true, ann, bob)
		ann.TryNow()
		ann.live().retryHeld(garden)
		ann.sent()
		bob.TryNow()
		empty := false
		for range 200 {
			time.Sleep(50 * time.Millisecond)
			if r := listed("while it comes back"); r.Head == 0 && !r.Joined {
				if empty = true; ends {
					break
				}
			}
		}
		if !empty {
			t.Error("nothing was seen of the time between the two histories")
		}
		if ends {
			bob.quit()
			w.stop(true)
			bob.run()
			listed("away from the server")
			w.start()
			bob.TryNow()
		}
		bob.live()
		time.Sleep(5 * time.Second)
		listed("then")
		bob.retryHeld(garden)
		bob.sent()
	}
	ann.until("what was said", func(*View) bool { return len(ann.texts(garden)) == 2 })
	bob.quit()
}

// TestChoicesLost: what the owner of a room has decided since the backup is offered, stands
// in the outbox, holds only once it is sent again, and then in the order of the decisions.
func TestChoicesLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ctx := t.Context()
		ann := w.member("ann").run().live()
		defer ann.quit()
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "garden", History: chat.HistoryAll})
		must(t, err)
		ann.sent()
		time.Sleep(time.Second)
		backup := w.heads()
		must(t, ann.HideReadings(ctx, garden, true))
		must(t, ann.SetHistory(ctx, garden, chat.HistoryJoined))
		must(t, ann.KeepRoom(ctx, garden, 30))
		must(t, ann.ArchiveRoom(ctx, garden, true))
		must(t, ann.ArchiveRoom(ctx, garden, false))
		ann.sent()
		chosen := func() bool {
			r := ann.roomView(garden)
			return r.HideReadings && r.History == chat.HistoryJoined && r.Keep == 30 && !r.Archived
		}
		ann.until("the choices", func(*View) bool { return chosen() })
		w.stop(true)
		w.restore(backup, true, ann)
		ann.TryNow()
		ann.live()
		ann.until("the offer", func(*View) bool { return len(ann.held(garden)) == 5 })
		if r := ann.roomView(garden); r.HideReadings || r.History != chat.HistoryAll || r.Keep != 0 || r.Archived {
			t.Errorf("without a word the room is %+v", r)
		}
		entries, err := ann.Outbox(ctx)
		must(t, err)
		if len(entries) != 5 {
			t.Errorf("the outbox has %d", len(entries))
		}
		ann.retryHeld(garden)
		ann.sent()
		ann.until("the choices again", func(*View) bool { return chosen() })
		if r := ann.roomView(garden); r.Failed != 0 || r.Lost != 0 {
			t.Errorf("in the end %+v", r)
		}
	})
}

// TestDeletedWhileLost: a message is deleted while the server is away that comes back from a
// backup without it. It is not offered: sent again with everything else it would be there
// once more.
func TestDeletedWhileLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		backup := w.heads()
		ann.say(w.general, "lost", "regretted")
		ann.sent()
		w.stop(true)
		rows := ann.rows(w.general)
		must(t, ann.DeleteMessage(t.Context(), w.general, rows[len(rows)-1].Seq))
		w.restore(backup, true, ann)
		ann.TryNow()
		ann.live()
		ann.until("the offer", func(*View) bool { return len(ann.held(w.general)) > 0 })
		ann.retryHeld(w.general)
		ann.sent()
		if got := texts(w, w.general); !slices.Equal(got, []string{"lost"}) {
			t.Errorf("the server has %q", got)
		}
		if v := ann.View(); v.Failed != 0 || v.Waiting != 0 {
			t.Errorf("%d failed, %d waiting", v.Failed, v.Waiting)
		}
	})
}
