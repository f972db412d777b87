package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// outbox returns what the person sees of the outbox, a line an entry.
func (p *person) outbox() (lines []string) {
	p.w.t.Helper()
	list, err := p.Outbox(p.w.t.Context())
	must(p.w.t, err)
	for _, e := range list {
		line := e.RoomName + ": " + e.Message.Text + e.Message.Value + " " + string(e.Message.State)
		if e.Message.Failure != nil {
			line += " " + string(e.Message.Failure.Code)
		}
		for _, may := range []struct {
			ok   bool
			word string
		}{{e.Transmitted, "transmitted"}, {e.MayEdit, "edit"}, {e.MayCancel, "cancel"}, {e.MayRetry, "retry"}} {
			if may.ok {
				line += " " + may.word
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func (p *person) wantOutbox(want ...string) {
	p.w.t.Helper()
	if got := p.outbox(); !slices.Equal(got, want) {
		p.w.t.Errorf("the outbox of %s:\n%s\nwant\n%s", p.name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestOutbox goes through everything the person can do to what waits, across
// rooms: see, edit, cancel, retry one and all, confirm.
func TestOutbox(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		ctx := t.Context()
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "garden"})
		must(t, err)
		ann.sent()
		// One leaves this computer and never arrives.
		w.net.Last().Up.Stall(true)
		ann.say(w.general, "on its way")
		time.Sleep(time.Second)
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		long := strings.Repeat("x", 200)
		ann.say(w.general, "typo", long)
		ann.say(garden, "never mind")
		_, err = ann.CreateRoom(ctx, RoomRequest{Name: "shed"})
		must(t, err)
		ann.wantOutbox(
			"general: on its way waiting transmitted",
			"general: typo waiting edit cancel",
			"general: "+long+" waiting edit cancel",
			"garden: never mind waiting edit cancel",
			"shed: shed waiting cancel",
		)
		list, err := ann.Outbox(ctx)
		must(t, err)
		for at, id := range map[int]chat.RoomID{2: w.general, 3: garden} { // the list of rooms shows the time of what it shows
			if v := ann.roomView(id); !v.Last.Written.Equal(list[at].Message.Time) || v.Activity.Before(v.Last.Written) {
				t.Errorf("%s: %+v, active at %v, written at %v", v.Name, v.Last, v.Activity, list[at].Message.Time)
			}
		}
		if err := ann.EditWaiting(ctx, w.general, list[0].Message.MID, "no"); failCode(err) != FailTransmitted {
			t.Errorf("editing what may be on the server: %v", err)
		}
		if err := ann.DiscardMessage(ctx, w.general, list[0].Message.MID); failCode(err) != FailTransmitted {
			t.Errorf("cancelling what may be on the server: %v", err)
		}
		must(t, ann.EditWaiting(ctx, w.general, list[1].Message.MID, "no typo"))
		must(t, ann.DiscardMessage(ctx, garden, list[3].Message.MID))
		// Longer away than the server allows: nothing is sent silently any more.
		ann.quit()
		time.Sleep(8 * 24 * time.Hour)
		w.options.Limits.TextChars = 100
		w.start()
		ann.run().live()
		defer ann.quit()
		ann.until("the decision", func(v *View) bool { return v.Waiting == 0 && v.Failed == 4 })
		ann.wantOutbox(
			"general: on its way failed outbox.held transmitted cancel retry",
			"general: no typo failed outbox.held edit cancel retry",
			"general: "+long+" failed outbox.held edit cancel retry",
			"shed: shed failed outbox.held cancel retry",
		)
		// New ones are not held up by those.
		ann.say(garden, "new")
		ann.sent()
		list, err = ann.Outbox(ctx)
		must(t, err)
		must(t, ann.RetryMessage(ctx, w.general, list[1].Message.MID))
		ann.sent()
		n, err := ann.RetryAll(ctx)
		must(t, err)
		if n != 3 {
			t.Errorf("%d tried again, want 3", n)
		}
		ann.sent()
		ann.wantOutbox("general: " + long + " failed too_long transmitted edit cancel retry")
		if got := texts(w, w.general); !slices.Equal(got, []string{"no typo", "on its way"}) {
			t.Errorf("the server has %q", got)
		}
		if _, made := ann.roomNamed("shed"); !made {
			t.Error("the room was not made")
		}
		list, err = ann.Outbox(ctx)
		must(t, err)
		must(t, ann.EditWaiting(ctx, w.general, list[0].Message.MID, "short"))
		ann.sent()
		ann.wantOutbox()
		if got := ann.texts(w.general); !slices.Equal(got, []string{"no typo", "on its way", "short"}) {
			t.Errorf("texts %q", got)
		}
	})
}

// TestStatusRefused: the server does not want to be asked so often. What may have
// been sent long ago is resolved all the same, and what is new is not held up.
func TestStatusRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		rooms := []chat.RoomID{w.general}
		for range 12 {
			id, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "r"})
			must(t, err)
			rooms = append(rooms, id)
		}
		ann.sent()
		time.Sleep(10 * time.Second)
		w.net.Last().Up.Stall(true)
		for _, id := range rooms {
			ann.say(id, "lost")
		}
		time.Sleep(time.Second)
		w.stop(true)
		ann.quit()
		time.Sleep(8 * 24 * time.Hour)
		w.options.Limits.RequestsPerSecond, w.options.Limits.RequestBurst = 1, 4
		w.start()
		ann.run().live()
		defer ann.quit()
		ann.say(w.general, "new")
		ann.sent()
		transmitted := 0
		list, err := ann.Outbox(t.Context())
		must(t, err)
		for _, e := range list {
			if e.Message.Failure == nil || e.Message.Failure.Code != CodeHeld {
				t.Errorf("entry %+v", e)
			}
			if e.Transmitted {
				transmitted++
			}
		}
		if len(w.refusals()) == 0 {
			t.Error("the server has refused nothing: this tests nothing")
		}
		if len(list) != len(rooms) || transmitted < 2 {
			t.Errorf("%d held, %d of them transmitted", len(list), transmitted)
		}
	})
}

// TestRetryWhatIsRefusedAgain: trying again what the server will not take costs
// nobody anything: however often, all of it is refused at once, and what is new
// does not wait behind it.
func TestRetryWhatIsRefusedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ctx := t.Context()
		id, err := ann.CreateRoom(ctx, RoomRequest{Name: "old", Access: chat.AccessClosed, Members: []chat.AccountID{bob.account}})
		must(t, err)
		const many = 12
		for i := range many {
			ann.say(id, fmt.Sprint("mine ", i))
		}
		ann.sent()
		bob.until("the messages", func(*View) bool { return bob.roomView(id).Unread == many })
		bob.say(id, "from now on many may fly at once")
		bob.sent()
		rows := bob.rows(id)
		for _, m := range rows[len(rows)-1-many : len(rows)-1] {
			must(t, bob.EditMessage(ctx, id, m.Seq, "not mine"))
		}
		bob.until("the refusals", func(v *View) bool { return v.Waiting == 0 && v.Failed == many })
		for round := range 12 {
			time.Sleep(time.Minute) // so that many may fly at once again
			begin := time.Now()
			n, err := bob.RetryAll(ctx)
			must(t, err)
			if n != many {
				t.Fatalf("round %d: %d tried again", round, n)
			}
			bob.until("the refusals", func(v *View) bool { return v.Waiting == 0 && v.Failed == many })
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("round %d took %v", round, took)
			}
		}
	})
}

// TestOutboxLimit: as many messages wait as the server allows, not as this program
// would; who meets the limit is told which one. What waited before is never refused.
func TestOutboxLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, func(l *chat.Limits) { l.OutboxEntries = 3 })
		defer w.close()
		ann := w.member("ann").run().live()
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		ann.say(w.general, "one", "two", "three")
		full := func() {
			t.Helper()
			_, err := ann.Send(t.Context(), w.general, "four")
			if f := asFailed(err); f.Code != FailOutboxFull || f.Limit != 3 || !strings.Contains(f.Detail, "outbox_entries") {
				t.Errorf("a fourth: %+v", f)
			}
		}
		full()
		ann.quit()
		ann.run() // not connected: the limit is the one of the last connection
		ann.until("open", func(v *View) bool { return v.Phase == PhaseOpen })
		full()
		// A store made anew begins with the limits of no server, and with what waited.
		must(t, ann.RebuildSound(t.Context()))
		ann.until("open again", func(v *View) bool { return v.Phase == PhaseOpen && v.Waiting == 3 })
		w.start()
		ann.live().sent()
		ann.say(w.general, "four")
		ann.sent()
		if got := ann.texts(w.general); !slices.Equal(got, []string{"one", "two", "three", "four"}) {
			t.Errorf("the timeline says %v", got)
		}
		ann.quit()
	})
}

// TestAcknowledgedTwice: an entry may be acknowledged, held because a backup was
// restored, and acknowledged again before the first ack was written down.
func TestAcknowledgedTwice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		ann.say(w.general, "twice")
		_, err := ask(t.Context(), ann.App, func() (int, error) {
			for mid, o := range ann.group.out {
				o.State, o.Seq = store.EntryAcknowledged, 1
				ann.group.acked = append(ann.group.acked, mid, mid)
			}
			ann.flushAcks()
			return 0, nil
		})
		must(t, err)
		ann.wantOutbox()
	})
}

// TestMarkedBeforeSent: what the disk does not take as sent does not leave (protocol 2.7):
// whoever took it back or changed it would otherwise be believed.
func TestMarkedBeforeSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		for i := range 40 {
			ann.say(w.general, fmt.Sprint(i))
		}
		// Some wait for their turn, as the server takes five a second, when the disk fails.
		done := make(chan error, 1)
		ann.do(func() { done <- ann.group.store.Close() })
		must(t, <-done)
		time.Sleep(time.Minute)
		w.stop(true)
		ann.quit()
		ann.run()
		ann.until("the stored messages", func(v *View) bool { return v.Phase == PhaseOpen })
		there := texts(w, w.general)
		unsent := 0
		for _, e := range ann.outboxStored() {
			if e.Transmitted {
				continue
			}
			unsent++
			body, bad := wire.ParseBody(e.Kind, e.Body)
			if bad != nil {
				t.Fatal(bad)
			}
			if text := body.(chat.Text).Text; slices.Contains(there, text) {
				t.Errorf("%q is on the server, and the disk says that it never left", text)
			}
		}
		if unsent == 0 {
			t.Error("nothing waited when the disk failed")
		}
		w.start()
		ann.TryNow()
		ann.live().sent()
		if got := texts(w, w.general); len(got) != 40 {
			t.Errorf("the server has %d messages, want 40", len(got))
		}
	})
}
