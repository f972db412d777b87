package app

import (
	"slices"
	"testing"

	"hearth/chat"
)

// calledIn returns the messages of a room that call somebody, in order.
func (p *person) calledIn(room chat.RoomID) (texts []string) {
	p.w.t.Helper()
	for _, m := range p.rows(room) {
		if m.Kind == chat.KindMessage && m.MentionsMe {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// TestCallsNewcomer: whom a message calls is decided when it leaves. It waits until the
// room is up to date if it calls somebody who is nobody here, and what stands behind it
// waits with it; what was sent when it was written is not touched.
func TestCallsNewcomer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		ann.say(w.general, "before @bob")
		ann.sent()
		ann.quit()
		bob := w.member("bob").run().live()
		defer bob.quit()
		bob.say(w.general, "here I am")
		bob.sent()

		w.stop(true)
		ann.run().until("the refusal", func(v *View) bool { return v.Connection.State == ConnWaiting })
		ann.say(w.general, "hello @bob from ann", "and @nobody", "last")
		w.start()
		ann.live().sent()
		defer ann.quit()
		bob.until("the last", func(*View) bool { texts := bob.texts(w.general); return texts[len(texts)-1] == "last" })
		if got, want := bob.calledIn(w.general), []string{"hello @bob from ann"}; !slices.Equal(got, want) {
			t.Errorf("bob is called by %q, want %q", got, want)
		}
		if got, want := bob.texts(w.general), []string{"before @bob", "here I am", "hello @bob from ann", "and @nobody", "last"}; !slices.Equal(got, want) {
			t.Errorf("the order is %q, want %q", got, want)
		}
		if n := bob.roomView(w.general).Mentions; n != 1 {
			t.Errorf("%d calls are counted", n)
		}
		must(t, ann.shot.Load().store.Check(t.Context()))
	})
}

// TestCallsWhoLeft: whom a message called when it was written is called although they
// have left the room meanwhile; somebody else's words call nobody.
func TestCallsWhoLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob, eve := w.member("ann").run().live(), w.member("bob").run().live(), w.member("eve").run().live()
		defer eve.quit()
		defer bob.quit()
		ctx := t.Context()
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "garden", Access: chat.AccessOpen})
		must(t, err)
		ann.sent()
		must(t, ann.AddMember(ctx, garden, bob.account))
		bob.until("the room", func(*View) bool { return bob.roomView(garden).Joined })
		bob.say(garden, "is @eve here?")
		bob.sent()
		ann.until("bob's words", func(*View) bool { return slices.Contains(ann.texts(garden), "is @eve here?") })
		ann.quit()
		must(t, bob.LeaveRoom(ctx, garden))
		must(t, eve.JoinRoom(ctx, garden))
		bob.sent()
		eve.sent()

		w.stop(true)
		ann.run().until("the refusal", func(v *View) bool { return v.Connection.State == ConnWaiting })
		ann.say(garden, "@bob and @eve, hello")
		question := ann.rows(garden)
		i := slices.IndexFunc(question, func(m MessageView) bool { return m.Text == "is @eve here?" })
		_, err = ann.Forward(ctx, garden, question[i].Seq, garden)
		must(t, err)
		w.start()
		ann.live().sent()
		defer ann.quit()
		for _, m := range ann.rows(garden) {
			var names []string
			for _, call := range m.Mentions {
				names = append(names, call.Name)
			}
			switch want := []string{"bob", "eve"}; {
			case m.Text == "@bob and @eve, hello" && !slices.Equal(names, want):
				t.Errorf("it calls %q, want %q", names, want)
			case m.Text == "is @eve here?" && names != nil:
				t.Errorf("%q calls %q", m.Text, names)
			}
		}
		eve.until("the call", func(*View) bool { return slices.Equal(eve.calledIn(garden), []string{"@bob and @eve, hello"}) })
	})
}

// TestCallsInNewRoom: a room made without a connection knows its people once it is there,
// and what was written in it calls them then.
func TestCallsInNewRoom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(*chat.Limits) {})
		defer w.close()
		bob := w.member("bob").run().live()
		defer bob.quit()
		ann := w.member("ann").run().live()
		defer ann.quit()
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", Access: chat.AccessClosed, Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.say(garden, "@bob, look")
		bob.until("the call", func(*View) bool { return slices.Equal(bob.calledIn(garden), []string{"@bob, look"}) })
	})
}

// TestCallsEdited: as many unread messages are counted as say that they call, whatever
// their author makes of them; an edit rings nowhere.
func TestCallsEdited(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer bob.quit()
		room := w.general
		ann.until("the room", func(*View) bool { return ann.roomView(room).Joined })
		bob.until("the room", func(*View) bool { return bob.roomView(room).Joined })
		ann.hears(bob, "hello")
		ann.hears(bob, "hello @ann")
		rows := bob.rows(room)
		plain, call := rows[len(rows)-2].Seq, rows[len(rows)-1].Seq
		edit := func(seq chat.Seq, text string, want ...string) {
			t.Helper()
			must(t, bob.EditMessage(t.Context(), room, seq, text))
			bob.sent()
			ann.until("the edit", func(*View) bool { return slices.Contains(ann.texts(room), text) })
			if got := ann.calledIn(room); !slices.Equal(got, want) {
				t.Errorf("%q call, want %q", got, want)
			}
			if r := ann.roomView(room); r.Mentions != len(want) || r.Unread != 2 {
				t.Errorf("%d of %d unread messages call, want %d of 2", r.Mentions, r.Unread, len(want))
			}
			if why, err := ann.WhyNotified(t.Context(), room, seq); err != nil || why.Ring && why.Rule == RuleMention && seq != call {
				t.Errorf("the edit rang: %+v, %v", why, err)
			}
		}
		edit(plain, "hello, @ann", "hello, @ann", "hello @ann")
		edit(call, "hello everybody", "hello, @ann")
		edit(plain, "hello, @room", "hello, @room")
		edit(plain, "hello, all")
		edit(call, "@ann after all", "@ann after all")
		ann.quit()
		ann.run().live()
		defer ann.quit()
		if n := ann.roomView(room).Mentions; n != 1 {
			t.Errorf("%d call after a restart", n)
		}
		must(t, bob.DeleteMessage(t.Context(), room, call))
		bob.sent()
		ann.until("the deletion", func(*View) bool { return ann.roomView(room).Unread == 1 })
		if n := ann.roomView(room).Mentions; n != 0 {
			t.Errorf("%d call after the deletion", n)
		}
		must(t, ann.shot.Load().store.Check(t.Context()))
	})
}
