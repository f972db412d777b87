package app

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"hearth/chat"
)

func (p *person) with(t *testing.T, others ...*person) chat.RoomID {
	t.Helper()
	var people []MemberView
	for _, o := range others {
		people = append(people, MemberView{Account: o.account, Name: o.name, Display: o.name})
	}
	id, err := p.Direct(t.Context(), people)
	must(t, err)
	return id
}

// TestDirect: a conversation is found again however often it is begun, has the other's
// name, knocks at nobody's door before something is said, and never changes.
func TestDirect(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob, cid := w.member("ann").run().live(), w.member("bob").run().live(), w.member("cid").run().live()
		defer ann.quit()
		defer bob.quit()
		defer cid.quit()
		ctx := t.Context()
		id := ann.with(t, bob)
		if again := ann.with(t, bob, bob, ann); again != id {
			t.Errorf("begun again: %s, not %s", again, id)
		}
		ann.sent()
		bob.until("the room", func(*View) bool { return bob.roomView(id).Head > 0 })
		if r := bob.roomView(id); !r.Hidden || r.Name != "ann" {
			t.Errorf("before the first word: %+v", r)
		}
		if r := ann.roomView(id); r.Hidden || r.Name != "bob" || r.Access != chat.AccessDirect || !r.Joined || len(r.Members) != 2 {
			t.Errorf("for who began it: %+v", r)
		}
		// Who asks for it sees it.
		if bob.with(t, ann) != id || bob.roomView(id).Hidden {
			t.Error("it stays hidden from one who asks for it")
		}
		bob.takeNotices()
		must(t, bob.ChangeNotify(ctx, func(r *NotifyRules) { r.Level = LevelNone }))
		ann.say(id, "hello")
		bob.until("the message", func(*View) bool { return bob.roomView(id).Unread == 1 })
		time.Sleep(time.Second)
		if !slices.ContainsFunc(bob.takeNotices(), func(n Notice) bool { return n.Kind == NoticeMessages && n.Room == id }) {
			t.Error("it did not ring, although nothing was said of this conversation")
		}
		if why, err := bob.WhyNotified(ctx, id, bob.roomView(id).Head); err != nil || why.Rule != RuleDirect {
			t.Errorf("%+v, %v", why, err)
		}
		for name, err := range map[string]error{
			"renamed": ann.RenameRoom(ctx, id, "x"), "given a topic": ann.SetTopic(ctx, id, "x"),
			"left": ann.LeaveRoom(ctx, id), "joined": ann.AddMember(ctx, id, cid.account),
		} {
			if failCode(err) != FailCode(chat.CodeForbidden) {
				t.Errorf("it was %s: %v", name, err)
			}
		}
		if r := cid.roomView(id); r.Head != 0 {
			t.Errorf("cid has it: %+v", r)
		}
		three := ann.with(t, cid, bob)
		ann.say(three, "all")
		for _, p := range []*person{bob, cid} {
			p.until("the three", func(*View) bool { return p.roomView(three).Unread == 1 && !p.roomView(three).Hidden })
		}
		if r := ann.roomView(three); r.Name != "bob, cid" || three == id {
			t.Errorf("%+v", r)
		}
		if _, err := ann.Direct(ctx, []MemberView{{Account: ann.account}}); failCode(err) != FailBadValue {
			t.Errorf("with oneself: %v", err)
		}
		crowd := make([]MemberView, chat.MaxDirect)
		for i := range crowd {
			crowd[i].Account = chat.NewAccountID()
		}
		if _, err := ann.Direct(ctx, crowd); failCode(err) != FailCode(chat.CodeLimitReached) {
			t.Errorf("with a crowd: %v", err)
		}
	})
}

// TestHideRoom: a conversation is out of the list until somebody says something in it,
// also after a restart; asking for it, or for the list, brings it back.
func TestHideRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		id := ann.with(t, bob)
		bob.until("the room", func(*View) bool { return bob.roomView(id).Head > 0 })
		ann.say(id, "one")
		bob.until("a message", func(*View) bool { return bob.roomView(id).Unread == 1 })
		ann.sent()
		for _, p := range []*person{ann, bob} {
			must(t, p.HideRoom(ctx, id, true))
			if r := p.roomView(id); !r.Hidden || r.Unread != 0 {
				t.Errorf("%s has put it aside: %+v", p.name, r)
			}
			p.crash()
			if !p.roomView(id).Hidden {
				t.Errorf("after a restart of %s it is back", p.name)
			}
			p.live()
		}
		if err := ann.HideRoom(ctx, w.general, true); failCode(err) != FailCode(chat.CodeForbidden) {
			t.Errorf("a room one is in was hidden: %v", err)
		}
		// Offline: the own word brings it back at once, the other's when it comes.
		w.stop(true)
		ann.say(id, "two")
		if r := ann.roomView(id); r.Hidden || !bob.roomView(id).Hidden {
			t.Errorf("while it waits: %+v", r)
		}
		w.start()
		ann.TryNow()
		bob.TryNow()
		ann.live().sent()
		bob.until("the message", func(*View) bool { return bob.roomView(id).Unread == 1 && !bob.roomView(id).Hidden })
		bob.SetRead(id, bob.roomView(id).Head)
		bob.until("it is read", func(*View) bool { return bob.roomView(id).Unread == 0 })
		if bob.roomView(id).Hidden || ann.roomView(id).Hidden {
			t.Error("it hides again by itself")
		}
		// What only one device put aside, and who asks for it.
		must(t, bob.HideRoom(ctx, id, true))
		if bob.with(t, ann) != id || bob.roomView(id).Hidden {
			t.Error("it stays hidden from one who asks for it")
		}
		must(t, bob.HideRoom(ctx, id, true))
		must(t, bob.HideRoom(ctx, id, false))
		bob.crash()
		if bob.roomView(id).Hidden {
			t.Error("it is hidden although that was taken back")
		}
		// A room one has left goes the same way.
		must(t, bob.LeaveRoom(ctx, w.general))
		bob.live().sent()
		bob.until("he has left", func(*View) bool { return !bob.roomView(w.general).Joined })
		must(t, bob.HideRoom(ctx, w.general, true))
		if !bob.roomView(w.general).Hidden {
			t.Error("a room one has left stays in the list")
		}
		must(t, bob.JoinRoom(ctx, w.general))
		bob.until("he is back", func(*View) bool { return bob.roomView(w.general).Joined })
		if bob.roomView(w.general).Hidden {
			t.Error("a room one has joined again is hidden")
		}
	})
}

// TestDirectBoth: two begin a conversation with each other while neither has a
// connection. It is one, nothing fails, and everything said is there.
func TestDirectBoth(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		w.stop(true)
		for _, p := range []*person{ann, bob} {
			p.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		}
		id, same := ann.with(t, bob), bob.with(t, ann)
		if id != same {
			t.Fatalf("%s and %s", id, same)
		}
		ann.say(id, "from ann", "and more")
		bob.say(id, "from bob", "and more")
		if r := ann.roomView(id); !r.Pending || r.Name != "bob" || r.Waiting != 3 {
			t.Errorf("offline: %+v", r)
		}
		// A restart offline changes nothing.
		bob.quit()
		bob.run()
		bob.until("the stored room", func(v *View) bool { return v.Phase == PhaseOpen && bob.roomView(id).Name == "ann" })
		w.start()
		ann.live().sent()
		bob.live().sent()
		for _, p := range []*person{ann, bob} {
			p.until("all", func(*View) bool { return len(p.texts(id)) == 4 && p.roomView(id).Unread == 2 })
			if v := p.View(); v.Failed != 0 || p.roomView(id).Pending {
				t.Errorf("%s: %d failed, %+v", p.name, v.Failed, p.roomView(id))
			}
		}
		if !slices.Equal(ann.texts(id), bob.texts(id)) {
			t.Errorf("ann %q, bob %q", ann.texts(id), bob.texts(id))
		}
		ann.say(id, "live")
		bob.until("the last", func(*View) bool { return len(bob.texts(id)) == 5 })
	})
}

// TestDirectAtOnce: two begin it within the time that a word needs to the server, again
// and again, so that also the one who comes second has asked already.
func TestDirectAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		for n := range 8 {
			third := w.member(fmt.Sprint("third", n))
			var both sync.WaitGroup
			var ids [2]chat.RoomID
			for i, p := range []*person{ann, bob} {
				both.Go(func() {
					ids[i] = p.with(t, map[*person]*person{ann: bob, bob: ann}[p], third)
					p.say(ids[i], p.name)
				})
			}
			both.Wait()
			for _, p := range []*person{ann, bob} {
				p.sent().until("both", func(v *View) bool { return len(p.texts(ids[0])) == 2 && v.Failed == 0 })
			}
		}
	})
}

// TestDirectSecondDevice: the same, on two devices of one person, at the same moment.
func TestDirectSecondDevice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		other := w.another(ann, "other").run().live()
		defer ann.quit()
		defer bob.quit()
		defer other.quit()
		w.net.CutAll()
		id := ann.with(t, bob)
		if other.with(t, bob) != id {
			t.Fatal("another room")
		}
		ann.say(id, "one")
		other.say(id, "two")
		for _, p := range []*person{ann, other, bob} {
			p.live().sent()
			p.until("both", func(v *View) bool { return len(p.texts(id)) == 2 && v.Failed == 0 })
		}
	})
}
