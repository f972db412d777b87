package app

import (
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// meanwhile is somebody who was away from a room for so long that there is a hole in it, and
// whose question for its newest part the server has read and not answered yet.
type meanwhile struct {
	t        *testing.T
	w        *world
	ann, bob *person
	room     chat.RoomID
	last     chat.Seq // the newest place when it was read
	slow     *slowRead
}

// inMeanwhile plays one order: what does happens behind the reading and before the answer.
func inMeanwhile(t *testing.T, history chat.History, does func(t *testing.T, m *meanwhile)) {
	t.Helper()
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		slow := &slowRead{reached: make(chan struct{}), release: make(chan struct{})}
		w.stop(true)
		slow.Store, w.data = w.data, slow
		w.start()
		m := &meanwhile{t: t, w: w, slow: slow, ann: w.member("ann").run().live(), bob: w.member("bob").run().live()}
		defer m.ann.quit()
		room, err := m.ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", Access: chat.AccessOpen, History: history, Members: []chat.AccountID{m.bob.account}})
		must(t, err)
		m.room = room
		m.ann.says(room, 0, 20)
		m.bob.until("the beginning", func(*View) bool { return len(m.bob.texts(room)) == 20 })
		m.bob.quit()
		m.ann.says(room, 20, 300)
		m.ann.away(30 * time.Hour)
		m.ann.says(room, 320, 30)
		m.last = m.ann.roomView(room).Head
		slow.at.Store(uint64(m.last - 40))
		m.bob.run()
		defer m.bob.quit()
		<-slow.reached
		does(t, m)
		must(t, m.bob.group.store.Check(t.Context()))
	})
}

// answer lets the answer go out that was read before all that happened.
func (m *meanwhile) answer() { close(m.slow.release) }

// out and in take bob out of the room, and bring him back.
func (m *meanwhile) out() {
	must(m.t, m.ann.RemoveMember(m.t.Context(), m.room, m.bob.account))
	m.ann.sent()
	m.ann.say(m.room, "a canary")
	m.ann.sent()
}

func (m *meanwhile) in() {
	must(m.t, m.ann.AddMember(m.t.Context(), m.room, m.bob.account))
	m.ann.say(m.room, "welcome back")
	m.ann.sent()
}

// back waits until bob has what was said behind his return.
func (m *meanwhile) back() {
	m.t.Helper()
	m.bob.until("what is said behind the return", func(*View) bool {
		texts := m.bob.texts(m.room)
		return len(texts) > 0 && texts[len(texts)-1] == "welcome back"
	})
}

// filled waits until nothing is missing, on the connection that there is.
func (m *meanwhile) filled() {
	m.t.Helper()
	began := m.bob.View().Connection.Since
	m.bob.until("what is missing", func(*View) bool { c := m.bob.complete(m.room); return c.Whole() })
	if m.bob.View().Connection.Since != began {
		m.t.Error("only on another connection")
	}
}

// stored is what bob's disk has of the room.
func (m *meanwhile) stored() []chat.Event {
	m.t.Helper()
	all, err := m.bob.group.store.Messages(m.t.Context(), m.room, store.Query{Place: store.After, Limit: 1000})
	must(m.t, err)
	return all.Events
}

// noCanary: what was said while bob was not in the room is nowhere.
func (m *meanwhile) noCanary() {
	m.t.Helper()
	for _, e := range m.stored() {
		if strings.Contains(string(e.Body), "canary") {
			m.t.Errorf("on the disk at %d: %s", e.Seq, e.Body)
		}
	}
}

// TestPageBehindRemoval: a part of the log that was read for somebody who is removed before
// the answer goes out has nothing from behind the removal. What is missing still is said to
// be, and comes when they are back, without another connection.
func TestPageBehindRemoval(t *testing.T) {
	inMeanwhile(t, chat.HistoryAll, func(t *testing.T, m *meanwhile) {
		m.out()
		m.bob.until("the removal", func(*View) bool { return !m.bob.roomView(m.room).Joined })
		m.answer()
		time.Sleep(10 * time.Second)
		m.noCanary()
		if c := m.bob.complete(m.room); c.Through != m.last+1 || c.Whole() {
			t.Errorf("out of the room: %+v", c)
		}
		m.in()
		m.back()
		m.filled()
		m.ann.agrees(m.bob, m.room)
	})
}

// TestPageBehindReturn: the same where they come back before the answer does.
func TestPageBehindReturn(t *testing.T) {
	inMeanwhile(t, chat.HistoryAll, func(t *testing.T, m *meanwhile) {
		m.out()
		m.in()
		m.back()
		m.answer()
		m.filled()
		m.ann.agrees(m.bob, m.room)
	})
}

// TestPageBehindNarrowReturn: they come back into a room in which one sees what is written
// from then on. What was asked for before is not theirs to ask for any more, the answer is
// let go, and what was said meanwhile never comes.
func TestPageBehindNarrowReturn(t *testing.T) {
	inMeanwhile(t, chat.HistoryJoined, func(t *testing.T, m *meanwhile) {
		m.out()
		m.in()
		m.back()
		m.answer()
		time.Sleep(10 * time.Second)
		m.noCanary()
		if c := m.bob.complete(m.room); c.MissingEvents != 0 || c.VoidEvents < 300 {
			t.Errorf("back: %+v", c)
		}
		if room := m.bob.group.rooms[m.room]; room.unfillable || room.diverged {
			t.Error("what is missing in the room would not be asked for any more")
		}
		if texts := m.bob.texts(m.room); texts[0] != "0" || texts[19] != "19" {
			t.Errorf("of before: %q", texts[:20])
		}
	})
}

// TestRefusedWhileOut: asked for after the removal and before bob hears of it, so that the
// server refuses; then he is back.
func TestRefusedWhileOut(t *testing.T) {
	inMeanwhile(t, chat.HistoryAll, func(t *testing.T, m *meanwhile) {
		m.answer()
		m.bob.until("the newest part", func(*View) bool { c := m.bob.complete(m.room); return c.MissingEvents > 0 && c.MissingEvents < 300 })
		m.out()
		m.bob.until("the removal", func(*View) bool { return !m.bob.roomView(m.room).Joined })
		a := m.bob.App
		done := make(chan struct{})
		a.do(func() { // as if it had been on its way before the removal was heard of
			r := a.group.rooms[m.room]
			for _, h := range r.gaps {
				if h.Hole {
					a.fill(r, h, false)
				}
			}
			close(done)
		})
		<-done
		time.Sleep(5 * time.Second)
		m.in()
		m.back()
		m.filled()
		m.ann.agrees(m.bob, m.room)
	})
}

// TestPageBehindPurge: what was read is purged before the answer goes out. It stays with who
// was given it, as what they had before does; what they did not have is said to be gone.
func TestPageBehindPurge(t *testing.T) {
	inMeanwhile(t, chat.HistoryAll, func(t *testing.T, m *meanwhile) {
		must(t, m.ann.KeepRoom(t.Context(), m.room, 1))
		m.bob.until("the purge", func(*View) bool { return m.bob.roomView(m.room).Purged > 300 })
		m.answer()
		m.filled()
		c := m.bob.complete(m.room)
		if len(c.Void) != 1 || c.Void[0].Reason != wire.VoidPurged || c.Void[0].From != 24 {
			t.Errorf("purged: %+v", c)
		}
		texts := m.bob.texts(m.room)
		if texts[0] != "0" || texts[len(texts)-1] != "349" || len(texts) != 350-c.VoidEvents {
			t.Errorf("%d messages, %+v", len(texts), c)
		}
		if room := m.bob.group.rooms[m.room]; room.unfillable || room.diverged {
			t.Error("the room is in doubt")
		}
	})
}

// TestPageBehindBlock: its author is blocked before the answer goes out. The messages are
// there, and do not count.
func TestPageBehindBlock(t *testing.T) {
	inMeanwhile(t, chat.HistoryAll, func(t *testing.T, m *meanwhile) {
		must(t, m.bob.Block(t.Context(), m.ann.account, true))
		m.bob.until("the block", func(v *View) bool { return len(v.Blocked) == 1 })
		m.answer()
		m.filled()
		if r := m.bob.roomView(m.room); r.Unread != 0 || r.Mentions != 0 {
			t.Errorf("%d unread, %d of them call", r.Unread, r.Mentions)
		}
		for _, row := range m.bob.rows(m.room) {
			if row.Kind == chat.KindMessage && !row.Blocked {
				t.Errorf("%q counts as of somebody who is not blocked", row.Text)
			}
		}
		must(t, m.bob.Block(t.Context(), m.ann.account, false))
		m.bob.until("no block", func(v *View) bool { return len(v.Blocked) == 0 })
		if r := m.bob.roomView(m.room); r.Unread != 350 {
			t.Errorf("%d unread", r.Unread)
		}
	})
}

// TestSnapshotBehindPages: somebody comes back into a room of which they have the beginning.
// The server begins to send it to them from its beginning on, as it does to whoever comes; at
// the first page their program asks whether it is the room it knows, and what the server
// answers, a state with a hole, overlaps what has come meanwhile. That is no missing event.
func TestSnapshotBehindPages(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		w.stop(true)
		w.options.Limits.PageEvents = 5
		w.start()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		room, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden", Access: chat.AccessOpen, History: chat.HistoryAll, Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.says(room, 0, 7)
		bob.until("the beginning", func(*View) bool { return len(bob.texts(room)) == 7 })
		must(t, bob.LeaveRoom(t.Context(), room))
		bob.until("the leave", func(v *View) bool { return !bob.roomView(room).Joined && v.Waiting == 0 })
		bob.quit()
		ann.says(room, 7, 300)
		bob.run().live()
		defer bob.quit()
		for _, line := range w.net.Lines() {
			line.Down.Delay(30 * time.Millisecond)
		}
		must(t, bob.JoinRoom(t.Context(), room))
		bob.until("the room", func(*View) bool { c := bob.complete(room); return c.Whole() && len(bob.texts(room)) == 307 })
		if bob.gaps != 0 {
			t.Errorf("%d times events are said to be missing", bob.gaps)
		}
		ann.agrees(bob, room)
		must(t, bob.group.store.Check(t.Context()))
	})
}
