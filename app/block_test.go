package app

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hearth/chat"
)

// blocks lists whom somebody has blocked.
func (p *person) blocks() (names []string) {
	for _, m := range p.View().Blocked {
		names = append(names, m.Display)
	}
	return names
}

// TestBlock: what a blocked person writes is there and marked, and tells nobody; it holds
// on all devices, also those that were away, and can be taken back offline.
func TestBlock(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, eve := w.member("ann").run().live(), w.member("eve").run().live()
		defer ann.quit()
		defer eve.quit()
		desk := w.another(ann, "desk").run().live()
		ann.SetActive(chat.RoomID{}, false)
		between, err := eve.Direct(t.Context(), []MemberView{{Account: ann.account, Name: "ann", Display: "ann"}})
		must(t, err)
		eve.say(between, "hello")
		eve.sent()
		ann.until("the message", func(*View) bool { return ann.roomView(between).Unread == 1 })
		desk.quit()
		ann.takeNotices()
		must(t, ann.Block(t.Context(), eve.account, true))
		if got := ann.blocks(); !slices.Equal(got, []string{"eve"}) {
			t.Errorf("blocked: %q", got)
		}
		eve.say(between, "why?")
		eve.say(w.general, "@ann", "who?")
		eve.sent()
		eve.Typing(between)
		ann.until("the messages", func(*View) bool { return len(ann.texts(between)) == 2 && len(ann.texts(w.general)) == 2 })
		time.Sleep(10 * time.Second)
		for _, n := range ann.takeNotices() {
			if n.Kind == NoticeMessages {
				t.Errorf("ann was told of %+v", n)
			}
		}
		r := ann.roomView(between)
		if r.Unread != 0 || r.Last == nil || !r.Last.Blocked || r.Last.Text != "" || len(r.Typing) != 0 {
			t.Errorf("the room is shown as %+v, last %+v", r, r.Last)
		}
		for _, m := range ann.rows(between) {
			if m.Kind == chat.KindMessage && !m.Blocked {
				t.Errorf("not marked: %+v", m)
			}
		}
		desk.run().live()
		defer desk.quit()
		desk.until("the word of the other device", func(v *View) bool { return len(v.Blocked) == 1 })
		// She is refused to bring ann anywhere, and is not told why. What was written in the
		// room that does not come to be does not wait for ever.
		trap, err := eve.CreateRoom(t.Context(), RoomRequest{Name: "trap", Access: chat.AccessClosed, Members: []chat.AccountID{ann.account}})
		must(t, err)
		eve.say(trap, "come in")
		eve.until("the refusal", func(v *View) bool { return v.Failed == 2 && v.Waiting == 0 })
		eve.say(trap, "anybody?")
		eve.until("the same for what comes later", func(v *View) bool { return v.Failed == 3 && v.Waiting == 0 })
		if eve.View().Blocked != nil {
			t.Error("eve was told")
		}
		// Taken back without a connection, and after another start.
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		must(t, ann.Block(t.Context(), eve.account, false))
		ann.quit()
		ann.run()
		ann.until("what is stored", func(v *View) bool { return v.Phase == PhaseOpen })
		if got := ann.blocks(); len(got) != 0 {
			t.Errorf("still blocked: %q", got)
		}
		w.start()
		ann.TryNow()
		ann.live()
		desk.TryNow()
		desk.until("the word of the other device", func(v *View) bool { return len(v.Blocked) == 0 })
		if r := desk.roomView(between); r.Last == nil || r.Last.Blocked || r.Last.Text != "why?" {
			t.Errorf("the room is shown as %+v", r.Last)
		}
		// What was refused goes its way with the room.
		eve.TryNow()
		eve.live()
		list, err := eve.Outbox(t.Context())
		if err != nil || len(list) != 3 || list[0].Message.Kind != chat.KindRoomCreate || list[1].Message.Failure.Code != chat.CodeForbidden {
			for _, o := range list {
				t.Logf("%s %q: %+v", o.Message.Kind, o.Message.Text, o.Message.Failure)
			}
			t.Fatal(err)
		}
		must(t, eve.RetryMessage(t.Context(), trap, list[0].Message.MID))
		eve.sent()
		if got := eve.texts(trap); !slices.Equal(got, []string{"come in", "anybody?"}) {
			t.Errorf("in the room stands %q", got)
		}
		var failed *Failed
		if err := ann.Block(t.Context(), ann.account, true); !errors.As(err, &failed) || failed.Code != FailOwnAccount {
			t.Errorf("blocking oneself: %v", err)
		}
	})
}

// TestBlockedDoNotCount: what a blocked person writes is not unread and calls nobody, in
// rooms with others, on every device, and counts again at once when it is taken back.
func TestBlockedDoNotCount(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob, eve := w.member("ann").run().live(), w.member("bob").run().live(), w.member("eve").run().live()
		desk := w.another(ann, "desk").run().live()
		for _, p := range []*person{ann, bob, eve, desk} {
			defer p.quit()
		}
		is := func(unread, mentions int) {
			t.Helper()
			time.Sleep(3 * time.Second)
			for _, p := range []*person{ann, desk} {
				if r := p.roomView(w.general); r.Unread != unread || r.Mentions != mentions {
					t.Errorf("%s shows %d unread, %d calls; want %d and %d", p.name, r.Unread, r.Mentions, unread, mentions)
				}
			}
		}
		eve.say(w.general, "@ann 1", "2")
		eve.sent()
		bob.say(w.general, "@ann 3")
		bob.sent()
		is(3, 2)
		must(t, ann.Block(t.Context(), eve.account, true))
		is(1, 1)
		eve.say(w.general, "@ann 4", "5")
		eve.sent()
		is(1, 1)
		desk.quit() // what changes while it is away is made up for
		bob.say(w.general, "6")
		bob.sent()
		must(t, ann.Block(t.Context(), eve.account, false))
		desk.run().live()
		is(6, 3)
		must(t, ann.Block(t.Context(), eve.account, true))
		is(2, 1)
		ann.SetRead(w.general, ann.roomView(w.general).Head)
		is(0, 0)
		must(t, desk.Block(t.Context(), eve.account, false))
		is(0, 0)
		must(t, desk.MarkUnread(t.Context(), w.general, ann.roomView(w.general).Head-1)) // "5" or "6"
		is(2, 0)
	})
}

// TestReadCalls: reading a part takes those calls from the number that are in it.
func TestReadCalls(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		bob.say(w.general, "@ann 1", "@ann 2", "3")
		bob.sent()
		ann.until("the messages", func(*View) bool { return ann.roomView(w.general).Unread == 3 })
		ann.SetRead(w.general, ann.roomView(w.general).Head-2)
		ann.until("the calls", func(*View) bool { r := ann.roomView(w.general); return r.Unread == 2 && r.Mentions == 1 })
	})
}

// Who cannot be written down as blocked is not shown as blocked, and whoever asked for
// it is told.
func TestBlockThatCannotBeKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, eve := w.member("ann").run().live(), w.member("eve").run().live()
		defer ann.quit()
		defer eve.quit()
		done := make(chan error, 1)
		ann.do(func() { done <- ann.group.store.Close() })
		must(t, <-done)
		err := ann.Block(t.Context(), eve.account, true)
		var f *Failed
		if !errors.As(err, &f) {
			t.Errorf("blocking on a disk that takes nothing: %v", err)
		}
		if got := ann.blocks(); len(got) > 0 {
			t.Errorf("blocked: %q", got)
		}
	})
}

// TestBlockedMoveNothing: what a blocked person writes neither lifts a room in the list nor
// stands in it as the newest line, on every device, offline, after another start, and when
// the line before it goes; taken back, it does both again.
func TestBlockedMoveNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob, eve := w.member("ann").run().live(), w.member("bob").run().live(), w.member("eve").run().live()
		desk := w.another(ann, "desk").run().live()
		for _, p := range []*person{ann, bob, eve, desk} {
			defer p.quit()
		}
		between, err := eve.Direct(t.Context(), []MemberView{{Account: ann.account, Name: "ann", Display: "ann"}})
		must(t, err)
		eve.say(between, "hello")
		eve.sent()
		tea, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "tea", Access: chat.AccessOpen})
		must(t, err)
		bob.say(w.general, "first", "second")
		bob.sent()
		time.Sleep(time.Minute)
		ann.say(tea, "milk?")
		ann.sent()
		must(t, ann.Block(t.Context(), eve.account, true))
		devices := []*person{ann, desk}
		is := func(what string, first chat.RoomID, last string) {
			t.Helper()
			for _, p := range devices {
				p.until(what, func(v *View) bool {
					r := p.roomView(w.general)
					return v.Rooms[0].ID == first && r.Last != nil && r.Last.Text == last && !r.Last.Blocked
				})
			}
		}
		talk := func() {
			t.Helper()
			time.Sleep(time.Minute)
			eve.say(between, "hello?")
			eve.sent()
			time.Sleep(time.Minute)
			eve.say(w.general, "look", "at me")
			eve.sent()
			time.Sleep(10 * time.Second)
		}
		talk()
		is("the order before", tea, "second")
		for _, p := range devices {
			if r := p.roomView(between); r.Last == nil || !r.Last.Blocked || r.Last.Text != "" || r.Unread != 0 || r.Hidden {
				t.Errorf("%s: the conversation is shown as %+v, last %+v", p.name, r, r.Last)
			}
		}
		desk.quit()
		talk() // while one device is away
		desk.run().live()
		is("the same of the one that was away", tea, "second")
		for _, m := range bob.rows(w.general) {
			if m.Text == "second" {
				must(t, bob.DeleteMessage(t.Context(), w.general, m.Seq))
			}
		}
		is("the line before the one that went", tea, "first")
		w.stop(true)
		for _, p := range devices {
			p.quit()
			p.run()
		}
		is("the same, offline, after another start", tea, "first")
		must(t, ann.Block(t.Context(), eve.account, false))
		devices = devices[:1]
		is("what was left out", w.general, "at me")
		w.start()
		for _, p := range []*person{ann, desk} {
			p.TryNow()
			p.live()
		}
		devices = []*person{ann, desk}
		is("what was left out, on both", w.general, "at me")
	})
}
