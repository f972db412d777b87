package app

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/store"
)

// TestRefused: what the server refuses for good is kept and shown; what follows
// is sent all the same, in order, under new numbers.
func TestRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		ctx := t.Context()
		for _, text := range []string{"", "  \n ", strings.Repeat("x", 16_001)} {
			if _, err := ann.Send(ctx, w.general, text); failCode(err) != FailEmpty && failCode(err) != FailTooLong {
				t.Errorf("sending %d characters: %v", len(text), err)
			}
		}
		w.stop(true)
		w.options.Limits.TextChars = 100
		long := strings.Repeat("long ", 40)
		ann.say(w.general, "one", long, "two", long+"!", "three")
		w.start()
		ann.live().sent()
		want := []string{"one", "two", "three", long + " (failed)", long + "! (failed)"}
		if got := ann.texts(w.general); !slices.Equal(got, want) {
			t.Errorf("texts %q", got)
		}
		v := ann.View()
		if r := ann.roomView(w.general); v.Failed != 2 || r.Failed != 2 || r.Waiting != 0 {
			t.Errorf("%d failed, room %+v", v.Failed, r)
		}
		n := ann.takeNotices()
		if !slices.ContainsFunc(n, func(n Notice) bool { return n.Kind == NoticeSendFailed && n.Code == chat.CodeTooLong }) {
			t.Errorf("notices %+v", n)
		}
		// They survive a restart; one is edited, one tried again in vain, then discarded.
		ann.quit()
		ann.run().live()
		rows := ann.rows(w.general)
		first, second := rows[len(rows)-2], rows[len(rows)-1]
		if first.Failure == nil || first.Failure.Code != chat.CodeTooLong {
			t.Errorf("failed row %+v", first)
		}
		if err := ann.EditWaiting(ctx, w.general, first.MID, strings.Repeat("y", 101)); failCode(err) != FailTooLong {
			t.Errorf("editing into too much: %v", err)
		}
		must(t, ann.EditWaiting(ctx, w.general, first.MID, "short"))
		ann.sent()
		must(t, ann.RetryMessage(ctx, w.general, second.MID))
		ann.sent()
		if v := ann.View(); v.Failed != 1 {
			t.Errorf("%d failed, want 1", v.Failed)
		}
		must(t, ann.DiscardMessage(ctx, w.general, second.MID))
		if err := ann.DiscardMessage(ctx, w.general, second.MID); failCode(err) != FailSettled {
			t.Errorf("discarding twice: %v", err)
		}
		if got := ann.texts(w.general); !slices.Equal(got, []string{"one", "two", "three", "short"}) || ann.View().Failed != 0 {
			t.Errorf("texts %q", got)
		}
	})
}

// TestBacklog drains a long outbox at the server's default rates without ever
// being told to slow down, and in order.
func TestBacklog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		ctx := t.Context()
		w.stop(true)
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "garden"})
		must(t, err)
		var want []string
		for i := range 150 {
			want = append(want, fmt.Sprint(i))
			ann.say(w.general, want[i])
			ann.say(garden, want[i])
		}
		w.start()
		start := time.Now()
		ann.TryNow()
		ann.live().sent()
		for _, id := range []chat.RoomID{w.general, garden} {
			if got := ann.texts(id); !slices.Equal(got, want) {
				t.Errorf("texts %q", got)
			}
		}
		if took := time.Since(start); took > 75*time.Second || took < 50*time.Second {
			t.Errorf("301 events at 5 a second took %v", took)
		}
		for _, line := range w.refusals() {
			t.Error("the server refused: ", line)
		}
	})
}

// refusals lists the refusals the server counted, by code.
func (w *world) refusals() (list []string) {
	w.t.Helper()
	families, err := w.srv.Metrics().Gather()
	must(w.t, err)
	for _, f := range families {
		if strings.Contains(f.GetName(), "refus") {
			for _, m := range f.GetMetric() {
				list = append(list, m.String())
			}
		}
	}
	return list
}

// TestAwayForLong: after more days than the server allows, what may have been
// sent is asked for, what was not is offered.
func TestAwayForLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		// The server stores one whose ack never comes back.
		w.net.Last().Down.Stall(true)
		ann.say(w.general, "arrived")
		time.Sleep(time.Second)
		// One leaves this computer and never arrives.
		w.net.Last().Up.Stall(true)
		ann.say(w.general, "lost")
		time.Sleep(time.Second)
		w.stop(true)
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive })
		ann.say(w.general, "never sent")
		ann.quit()
		time.Sleep(8 * 24 * time.Hour)
		w.start()
		ann.run().live()
		defer ann.quit()
		ann.sent()
		want := []string{"arrived", "lost (failed)", "never sent (failed)"}
		if got := ann.texts(w.general); !slices.Equal(got, want) {
			t.Errorf("texts %q, want %q", got, want)
		}
		rows := ann.rows(w.general)
		for _, m := range rows[len(rows)-2:] {
			if m.Failure == nil || m.Failure.Code != CodeHeld || m.Failure.Because != CodeAway {
				t.Errorf("row %+v", m)
			}
			must(t, ann.RetryMessage(t.Context(), w.general, m.MID))
		}
		ann.sent()
		if got := ann.texts(w.general); !slices.Equal(got, []string{"arrived", "lost", "never sent"}) {
			t.Errorf("texts %q", got)
		}
	})
}

// TestSalvage: the store fails while open; the outbox moves to the new one.
func TestSalvage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		ann.say(w.general, "one")
		ann.sent()
		w.stop(true)
		ann.say(w.general, "two", "three")
		ann.do(func() { ann.storeTrouble(store.ErrDamaged) })
		ann.until("the failure", func(v *View) bool { return v.Phase == PhaseFailed })
		must(t, ann.Rebuild(t.Context()))
		if v := ann.View(); v.Waiting != 2 {
			t.Errorf("%d waiting after rebuilding, want 2", v.Waiting)
		}
		w.start()
		ann.live().sent()
		if got := ann.texts(w.general); !slices.Equal(got, []string{"one", "two", "three"}) {
			t.Errorf("texts %q", got)
		}
	})
}

// TestDeadFeed: our heads and the server's differ although the socket lives. The
// core asks, and in the end connects anew.
func TestDeadFeed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		lines := len(w.net.Lines())
		ann.do(func() { ann.group.digest++ })
		// Three times it asks, 3 s after a heartbeat, which come 18 s apart at most; the
		// fourth time it is given up, and tried again within 5 s.
		begin := time.Now()
		ann.until("another connection", func(*View) bool { return len(w.net.Lines()) > lines })
		if took := time.Since(begin); took > 4*18*time.Second+3*time.Second+5*time.Second+time.Second {
			t.Errorf("that the feed is dead was noticed after %v", took)
		}
		ann.live()
		lines = len(w.net.Lines())
		time.Sleep(3 * time.Minute)
		if n := len(w.net.Lines()); n != lines {
			t.Errorf("the feed was not healed: %d lines, %d before", n, lines)
		}
	})
}

// TestFullDisk: the disk has no space for what the server sends; it comes once
// there is.
func TestFullDisk(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ann.say(w.general, "one")
		ann.sent()
		bob.do(func() { bob.storeTrouble(store.ErrNoSpace) })
		bob.until("the trouble", func(v *View) bool { return v.Connection.State == ConnWaiting })
		if c := bob.View().Connection; c.Detail == "" || c.NextTry.IsZero() {
			t.Errorf("connection %+v", c)
		}
		ann.say(w.general, "two")
		ann.sent()
		bob.live()
		ann.same(bob)
	})
}

// TestServerDiskFull: however long a server refuses what may pass, within 30
// seconds of its recovery everything is sent, and at once after a restart.
func TestServerDiskFull(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		var full atomic.Bool
		w.stop(true)
		w.options.DiskFull = full.Load
		w.start()
		ann := w.member("ann").run().live()
		defer ann.quit()
		for _, restart := range []bool{false, true} {
			full.Store(true)
			time.Sleep(10 * time.Second)
			ann.say(w.general, "one", "two")
			time.Sleep(10 * time.Minute)
			if v := ann.View(); v.Waiting != 2 || v.Failed != 0 {
				t.Fatalf("while the disk is full: %d waiting, %d failed", v.Waiting, v.Failed)
			}
			full.Store(false)
			begin, most := time.Now(), 30*time.Second
			if restart {
				w.stop(true)
				w.start()
				ann.TryNow()
				most = 3 * time.Second
			}
			ann.live().sent()
			if took := time.Since(begin); took > most {
				t.Errorf("sent %v after the disk had space again (restart %v), want %v", took, restart, most)
			}
		}
		if got := ann.texts(w.general); !slices.Equal(got, []string{"one", "two", "one", "two"}) {
			t.Errorf("texts %q", got)
		}
	})
}

// TestPacer: whatever the pattern of sends, answers and network delay, the
// server's bucket is never overdrawn.
func TestPacer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := chat.DefaultLimits()
		l.SendsPerSecond = rapid.IntRange(1, 100).Draw(t, "rate")
		l.SendBurst = rapid.IntRange(2, 200).Draw(t, "burst")
		l.RequestsPerSecond, l.RequestBurst = 10*l.SendsPerSecond, 10*l.SendBurst
		var p pacer
		p.setLimits(l)
		now := p.at
		bucket, filled := float64(l.SendBurst), now // the server's
		var road []time.Time                        // when each send under way arrives
		for range 300 {
			now = now.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "ms")) * time.Millisecond)
			for len(road) > 0 && !road[0].After(now) {
				at := road[0]
				road = road[1:]
				bucket = min(float64(l.SendBurst), bucket+at.Sub(filled).Seconds()*float64(l.SendsPerSecond))
				filled = at
				if bucket--; bucket < -1e-6 {
					t.Fatalf("overdrawn: %v", bucket)
				}
				p.landed()
			}
			n, _ := p.allowed(now)
			p.launched(n)
			for range n {
				at := now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "delay")) * time.Millisecond)
				if k := len(road); k > 0 && at.Before(road[k-1]) {
					at = road[k-1] // one stream keeps order
				}
				road = append(road, at)
			}
		}
	})
}

// TestPacerOutlivesConnections: a new connection does not fill the bucket, as it does not
// fill the server's.
func TestPacerOutlivesConnections(t *testing.T) {
	var p pacer
	p.setLimits(chat.DefaultLimits())
	now := p.at
	n, _ := p.allowed(now)
	for p.launched(n); p.flying > 0; {
		p.landed()
	}
	p.setLimits(chat.DefaultLimits())
	if more, again := p.allowed(now); n == 0 || more != 0 || !again.After(now) {
		t.Errorf("%d at once, and %d more over another connection", n, more)
	}
}

// TestPauses: after refusals that may pass it is tried again ever later, and often enough
// for everything to be sent within 30 s once nothing is in the way; not before the server
// wants it.
func TestPauses(t *testing.T) {
	var l lane
	now := time.Unix(1000, 0)
	for n, want := range []time.Duration{1, 2, 4, 8, 16, 20, 20, 20} {
		if l.pause(now, 0); l.until.Sub(now) != want*time.Second {
			t.Errorf("refusal %d: waits for %v, want %v", n, l.until.Sub(now), want*time.Second)
		}
	}
	if l.pause(now, time.Minute); l.until.Sub(now) != time.Minute {
		t.Errorf("told to wait for a minute it waits for %v", l.until.Sub(now))
	}
}

// TestRestoredProfile: a profile comes back from a backup. What it has forgotten
// it gets from the server, its numbers too, and order is kept.
func TestRestoredProfile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer bob.quit()
		var want []string
		say := func(n int) {
			for range n {
				want = append(want, fmt.Sprint(len(want)))
				ann.say(w.general, want[len(want)-1])
			}
		}
		say(5)
		ann.sent()
		w.stop(true)
		say(5) // wait in the backup's outbox, too
		backup := ann.dir + ".backup"
		synctest.Wait()
		must(t, os.CopyFS(backup, os.DirFS(ann.dir)))
		w.start()
		ann.live().sent()
		say(5)
		ann.sent().quit()
		ann.dir = backup
		ann.run()
		ann.until("the old state", func(v *View) bool { return v.Phase == PhaseOpen })
		say(5)
		ann.live().sent()
		ann.same(bob)
		if got := bob.texts(w.general); !slices.Equal(got, want) {
			t.Errorf("texts %q", got)
		}
		ann.quit()
	})
}

// TestRestoredNumbers: a profile from before the last messages has old numbers and an empty
// outbox. Of what is written in it before it hears of the server the first message alone
// finds out which number is due: sent together with it, one behind would have that number
// and overtake.
func TestRestoredNumbers(t *testing.T) {
	for n := 1; n <= 4; n++ {
		bubble(t, func(t *testing.T) {
			w := newWorld(t, nil)
			defer w.close()
			ann := w.member("ann").run().live()
			ann.say(w.general, "before")
			ann.sent()
			ann.quit()
			backup := ann.dir + ".backup"
			must(t, os.CopyFS(backup, os.DirFS(ann.dir)))
			ann.run().live()
			want := []string{"before"}
			for i := range n {
				want = append(want, fmt.Sprint("forgotten ", i))
				ann.say(w.general, want[len(want)-1])
			}
			ann.sent().quit()
			w.stop(true)
			ann.dir = backup
			ann.run()
			ann.until("the old state", func(v *View) bool { return v.Phase == PhaseOpen })
			for i := range 6 {
				want = append(want, fmt.Sprint("new ", i))
				ann.say(w.general, want[len(want)-1])
			}
			w.start()
			ann.live().sent()
			if got := ann.texts(w.general); !slices.Equal(got, want) {
				t.Errorf("%d forgotten: %q", n, got)
			}
			ann.quit()
		})
	}
}

// TestSilentDays: whatever limits a server announces, nothing is sent silently
// once it may have forgotten the ids.
func TestSilentDays(t *testing.T) {
	for _, c := range []struct{ silent, dedupe, want int }{
		{7, 30, 7}, {29, 30, 29}, {60, 30, 7}, {7, 3, 2}, {7, 1, 0}, {0, 0, 7},
	} {
		g := &group{}
		limits := chat.DefaultLimits()
		limits.SilentResendDays, limits.DedupeDays = c.silent, c.dedupe
		g.setInfo(store.Info{Limits: limits})
		if got := g.silentDays(); got != c.want {
			t.Errorf("%+v: %d days", c, got)
		}
	}
}
