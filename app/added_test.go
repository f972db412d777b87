package app

import (
	"testing"
	"time"

	"hearth/chat"
)

// TestAddedIsNew: a room that somebody has added the person to is new on all of their
// devices, also after a restart and on one that signs in later, until one of them opens
// it. What they have begun or gone into themselves is not.
func TestAddedIsNew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		lap := w.another(bob, "bobs-laptop").run().live()
		room := func(name string, access chat.Access, members ...chat.AccountID) chat.RoomID {
			id, err := ann.CreateRoom(t.Context(), RoomRequest{Name: name, Access: access, Members: members})
			must(t, err)
			ann.sent()
			return id
		}
		closed := room("Closed", chat.AccessClosed, bob.account)
		added := room("Open", chat.AccessOpen)
		must(t, ann.AddMember(t.Context(), added, bob.account))
		entered := room("Entered", chat.AccessOpen)
		must(t, bob.JoinRoom(t.Context(), entered))
		own, err := bob.CreateRoom(t.Context(), RoomRequest{Name: "Own", Access: chat.AccessClosed})
		must(t, err)
		bob.sent()
		shows := func(p *person, news ...chat.RoomID) {
			t.Helper()
			want := map[chat.RoomID]bool{}
			for _, id := range news {
				want[id] = true
			}
			p.until("what is new", func(v *View) bool {
				for _, id := range []chat.RoomID{closed, added, entered, own, w.general} {
					if r := p.roomView(id); !r.Joined || v.Fresh || r.Added != want[id] || r.News() != want[id] || r.Unread != 0 {
						return false
					}
				}
				return true
			})
		}
		shows(bob, closed, added)
		shows(lap, closed, added)
		time.Sleep(5 * time.Second) // the server has their positions
		shows(bob, closed, added)
		bob.quit()
		shows(bob.run().live(), closed, added)
		desk := w.another(bob, "bobs-desk").run().live()
		shows(desk, closed, added)
		time.Sleep(5 * time.Second) // a device that signs in takes nothing from the others
		shows(bob, closed, added)

		lap.SetRead(closed, lap.roomView(closed).Head)
		for _, p := range []*person{bob, lap, desk} {
			shows(p, added)
		}
		ann.say(added, "hello")
		bob.until("a message in it", func(*View) bool { r := bob.roomView(added); return r.Unread == 1 && r.Added })
		bob.SetRead(added, bob.roomView(added).Head)
		for _, p := range []*person{bob, lap, desk} {
			shows(p)
		}
		bob.quit()
		shows(bob.run().live())
		if r := ann.roomView(closed); r.Added {
			t.Error("the room is new to whoever began it")
		}

		// Who was taken out and is added anew has not seen it yet.
		must(t, ann.RemoveMember(t.Context(), closed, bob.account))
		bob.until("the removal", func(*View) bool { r := bob.roomView(closed); return r.Removed && !r.Added })
		must(t, ann.AddMember(t.Context(), closed, bob.account))
		shows(bob, closed)
		for _, p := range []*person{ann, bob, lap, desk} {
			p.quit()
		}
	})
}

// TestAddedWithoutHistory is the same where newcomers see nothing of before, so that the
// state of the room comes first and who brought the person later.
func TestAddedWithoutHistory(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		closed, entered := discreet(t, ann, chat.AccessClosed), discreet(t, ann, chat.AccessOpen)
		must(t, ann.AddMember(t.Context(), closed, bob.account))
		must(t, bob.JoinRoom(t.Context(), entered))
		for range 2 {
			bob.inside(closed)
			bob.inside(entered)
			time.Sleep(5 * time.Second)
			if a, b := bob.roomView(closed), bob.roomView(entered); !a.Added || a.Unread != 0 || b.Added || b.Unread != 0 {
				t.Fatalf("added: new %v, %d unread; entered: new %v, %d unread", a.Added, a.Unread, b.Added, b.Unread)
			}
			bob.quit()
			bob.run().live()
		}
		bob.SetRead(closed, bob.roomView(closed).Head)
		bob.until("it is seen", func(*View) bool { return !bob.roomView(closed).Added })
		bob.quit()
	})
}
