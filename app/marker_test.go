package app

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/net/wire"
)

// marks is what a device shows of how far a room is read.
type marks struct {
	read   chat.Seq
	unread int
}

func (p *person) marks(id chat.RoomID) marks {
	r := p.roomView(id)
	return marks{r.Read, r.Unread}
}

// agree waits until all devices show the same as the first and returns it.
func agree(t testing.TB, id chat.RoomID, devices ...*person) marks {
	t.Helper()
	time.Sleep(5 * time.Second)
	want := devices[0].marks(id)
	for _, d := range devices[1:] {
		if got := d.marks(id); got != want {
			t.Fatalf("%s shows %+v, %s shows %+v", devices[0].name, want, d.name, got)
		}
	}
	return want
}

// unreadByLog counts by the log as it is shown, which is the definition.
func (p *person) unreadByLog(id chat.RoomID) (n int) {
	floor := p.roomView(id).Read
	for _, m := range p.rows(id) {
		if m.Kind == chat.KindMessage && !m.Own && m.Seq > floor {
			n++
		}
	}
	return n
}

// TestReadOnTwoDevices: what one device reads or marks, the other shows; also what
// happened while it was off, and after the server has died.
func TestReadOnTwoDevices(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob := w.member("ann").run(), w.member("bob").run()
		lap := w.another(bob, "bobs-laptop").run()
		for _, p := range []*person{ann, bob, lap} {
			p.live()
		}
		ann.say(w.general, "1", "2", "3", "4", "5")
		ann.sent()
		if m := agree(t, w.general, bob, lap); m.unread != 5 {
			t.Fatalf("%+v", m)
		}
		head := bob.roomView(w.general).Head
		bob.SetRead(w.general, head-2)
		if m := agree(t, w.general, bob, lap); m.unread != 2 {
			t.Errorf("after reading: %+v", m)
		}
		must(t, lap.MarkUnread(t.Context(), w.general, head-3))
		if r := lap.roomView(w.general); r.Unread != 4 || r.FirstUnread() != head-3 {
			t.Errorf("marked: %d unread, first %d", r.Unread, r.FirstUnread())
		}
		if m := agree(t, w.general, bob, lap); m.unread != 4 {
			t.Errorf("after marking: %+v", m)
		}
		// One is off while the other reads on; the server dies and comes back.
		lap.quit()
		bob.SetRead(w.general, head)
		time.Sleep(3 * time.Second)
		w.stop(false)
		w.start()
		bob.live()
		lap.run().live()
		if m := agree(t, w.general, bob, lap); m.unread != 0 || m.read != head {
			t.Errorf("after reading while the other was off: %+v", m)
		}
		// Marked and read while offline: told once there is a connection.
		w.stop(true)
		must(t, bob.MarkUnread(t.Context(), w.general, head-1))
		w.start()
		bob.live()
		lap.live()
		if m := agree(t, w.general, bob, lap); m.unread != 2 {
			t.Errorf("after marking offline: %+v", m)
		}
		must(t, lap.MarkUnread(t.Context(), w.general, 0))
		if m := agree(t, w.general, bob, lap); m.unread != 0 {
			t.Errorf("after taking the mark away: %+v", m)
		}
		for _, p := range []*person{ann, bob, lap} {
			p.quit()
		}
		w.close()
	})
}

// TestNewDeviceTakesOverRead: a new device of an account takes over what has been
// read, instead of calling everything history.
func TestNewDeviceTakesOverRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann, bob := w.member("ann").run(), w.member("bob").run()
		ann.live()
		bob.live()
		ann.say(w.general, "1", "2", "3", "4")
		ann.sent()
		bob.until("four", func(*View) bool { return bob.roomView(w.general).Unread == 4 })
		bob.SetRead(w.general, bob.roomView(w.general).Head-3)
		bob.until("three", func(*View) bool { return bob.roomView(w.general).Unread == 3 })
		time.Sleep(2 * time.Second)
		lap := w.another(bob, "bobs-laptop").run().live()
		if m := agree(t, w.general, bob, lap); m.unread != 3 {
			t.Errorf("%+v", m)
		}
		for _, p := range []*person{ann, bob, lap} {
			p.quit()
		}
		w.close()
	})
}

// TestNewDeviceOfUnread: a new device shows as unread what came in since the person did,
// in rooms that no device of theirs has opened, and calls nothing read before it knows.
func TestNewDeviceOfUnread(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann := w.member("ann").run().live()
		ann.say(w.general, "before bob", "also before")
		ann.sent()
		bob := w.member("bob").run().live()
		if m := bob.marks(w.general); m.unread != 0 {
			t.Errorf("a newcomer shows %+v", m)
		}
		late, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "Late", Members: []chat.AccountID{bob.account}})
		must(t, err)
		ann.sent()
		ann.say(w.general, "1", "2", "3")
		ann.say(late, "4", "5", "@bob 6", "7")
		ann.sent()
		agree(t, w.general, bob)

		lap := w.another(bob, "bobs-laptop").run()
		// Whoever looks at a room as soon as it is there has not read it yet.
		eager := func() {
			for _, id := range []chat.RoomID{w.general, late} {
				if head := lap.roomView(id).Head; head > 0 {
					lap.SetRead(id, head)
				}
			}
		}
		lap.until("the first sync", func(v *View) bool {
			if v.Phase != PhaseOpen {
				return false
			}
			for i := range v.Rooms {
				if r := &v.Rooms[i]; v.Fresh && r.Unread+r.Mentions > 0 {
					t.Errorf("%q shows %d unread before that is known", r.Name, r.Unread)
				}
			}
			if v.Fresh {
				eager()
			}
			return !v.Fresh
		})
		for id, want := range map[chat.RoomID]int{w.general: 3, late: 4} {
			if m := agree(t, id, bob, lap); m.unread != want || lap.unreadByLog(id) != want {
				t.Errorf("%+v, %d by the log instead of %d", m, lap.unreadByLog(id), want)
			}
		}
		if r := lap.roomView(late); r.FirstUnread() == 0 || r.FirstUnread() > r.Head-3 || r.Mentions != 1 {
			t.Errorf("%d is unread first of %d, and %d call", r.FirstUnread(), r.Head, r.Mentions)
		}
		for _, p := range []*person{ann, bob, lap} {
			p.quit()
		}
		w.close()
	})
}

// TestReadsEndEqual: any interleaving of reading, marking, cuts, restarts of either
// device and crashes of the server ends with both equal, and with the count that
// follows from marker and log.
func TestReadsEndEqual(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const steps = 12
		plan := make([]string, rapid.IntRange(3, steps).Draw(rt, "steps"))
		who := make([]int, len(plan))
		seq := make([]int, len(plan))
		for i := range plan {
			plan[i] = rapid.SampledFrom([]string{"read", "read", "mark", "unmark", "say", "cut", "restart", "crash", "wait"}).Draw(rt, "what")
			who[i] = rapid.IntRange(0, 1).Draw(rt, "who")
			seq[i] = rapid.IntRange(1, 8).Draw(rt, "seq")
		}
		bubble(t, func(t *testing.T) { readsEndEqual(t, plan, who, seq) })
	})
}

func readsEndEqual(t *testing.T, plan []string, who, seq []int) {
	w := newWorld(t, nil)
	ann, bob := w.member("ann").run(), w.member("bob").run()
	devices := []*person{bob, w.another(bob, "bobs-laptop").run()}
	for _, p := range append(devices, ann) {
		p.live()
	}
	ann.say(w.general, "1", "2", "3", "4")
	ann.sent()
	for i, what := range plan {
		d := devices[who[i]]
		at := min(chat.Seq(seq[i]), d.roomView(w.general).Head)
		switch what {
		case "read":
			d.SetRead(w.general, at)
		case "mark":
			must(t, d.MarkUnread(t.Context(), w.general, at))
		case "unmark":
			must(t, d.MarkUnread(t.Context(), w.general, 0))
		case "say":
			ann.say(w.general, fmt.Sprint(i))
		case "cut":
			w.net.CutAll()
		case "restart":
			d.quit()
			d.run().until("its rooms", func(*View) bool { return d.roomView(w.general).Head > 0 })
		case "crash":
			w.stop(false)
			w.start()
		case "wait":
			time.Sleep(700 * time.Millisecond)
		}
	}
	ann.live().sent()
	for _, d := range devices {
		d.live()
		d.until("all messages", func(*View) bool { return d.roomView(w.general).Head == ann.roomView(w.general).Head })
	}
	m := agree(t, w.general, devices...)
	for _, d := range devices {
		if n := d.unreadByLog(w.general); n != m.unread {
			t.Errorf("%s shows %d unread, its log says %d", d.name, m.unread, n)
		}
	}
	for _, p := range append(devices, ann) {
		p.quit()
	}
	w.close()
}

// TestPrivacyOnAllDevices: what one device sets holds on the other, and is there
// before any network.
func TestPrivacyOnAllDevices(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		bob := w.member("bob").run()
		lap := w.another(bob, "bobs-laptop").run()
		bob.live()
		lap.live()
		want := Privacy{HidePresence: true, HideTyping: true}
		must(t, bob.SetPrivacy(t.Context(), want))
		lap.until("the setting", func(v *View) bool { return v.Privacy == want })
		w.stop(true)
		if err := lap.SetPrivacy(t.Context(), Privacy{}); failCode(err) != FailOffline {
			t.Errorf("offline: %v", err)
		}
		lap.quit()
		lap.run().until("the setting offline", func(v *View) bool { return v.Privacy == want })
		bob.quit()
		lap.quit()
		w.start()
		w.close()
	})
}

// TestOldServer: a server without any of this is asked for none of it.
func TestOldServer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.stop(true)
		w.options.NoReaders, w.options.NoTyping, w.options.NoPresence = true, true, true
		w.start()
		ann, bob := w.member("ann").run(), w.member("bob").run()
		ann.live()
		bob.live()
		ann.SetActive(w.general, true)
		bob.SetActive(w.general, true)
		ann.Typing(w.general)
		bob.say(w.general, "1")
		bob.sent()
		ann.until("it", func(*View) bool { return ann.roomView(w.general).Unread == 1 })
		ann.SetRead(w.general, ann.roomView(w.general).Head)
		time.Sleep(10 * time.Second)
		r := bob.roomView(w.general)
		if len(r.Typing)+len(ann.View().Presence)+len(r.Readers) > 0 {
			t.Errorf("told: %v %v %v", r.Typing, ann.View().Presence, r.Readers)
		}
		if err := askRaw(bob, &wire.Typing{Room: w.general}); chat.CodeOf(err) != chat.CodeForbidden {
			t.Errorf("typing at a server that does not offer it: %v", err)
		}
		ann.quit()
		bob.quit()
		w.close()
	})
}

// askRaw makes a request over the person's connection.
func askRaw(p *person, r wire.Request) error {
	s, err := p.connectedNow(context.Background())
	if err != nil {
		return err
	}
	_, err = s.Do(context.Background(), r)
	return err
}
