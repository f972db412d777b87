package app

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// farWorld is a server that gives the state instead of more than 100 events.
func farWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(l *chat.Limits) {
		l.SendsPerSecond, l.SendBurst, l.RequestsPerSecond, l.RequestBurst = 500, 1000, 1000, 2000
	})
	w.stop(true)
	w.options.LeapRoom = 100
	w.start()
	return w
}

// says lets somebody say n numbered things.
func (p *person) says(id chat.RoomID, from, n int) (texts []string) {
	p.w.t.Helper()
	for i := range n {
		texts = append(texts, fmt.Sprint(from+i))
	}
	p.say(id, texts...)
	p.sent()
	return texts
}

func (p *person) complete(id chat.RoomID) Completeness { return p.roomView(id).Complete }

// TestFarBehind: somebody was away for long. The room is there at once with its
// newest part, what was stored before stays, what is between is shown as missing
// and comes by itself; in the end nothing is missing, and everything counts.
func TestFarBehind(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		want := ann.says(w.general, 0, 20)
		bob.until("the beginning", func(*View) bool { return bob.complete(w.general).Through == ann.complete(w.general).Through })
		if c := bob.complete(w.general); !c.Whole() || c.Through != 23 || len(c.Missing)+len(c.Void) != 0 {
			t.Errorf("before: %+v", c)
		}
		read := bob.roomView(w.general).Head
		bob.SetRead(w.general, read)
		time.Sleep(time.Second)
		bob.quit()
		want = append(want, ann.says(w.general, 20, 1000)...)
		must(t, ann.SetTopic(t.Context(), w.general, "long ago"))
		ann.sent()
		bob.run().live()
		r := bob.roomView(w.general)
		if r.Complete.Through != 1024 || r.Head != 1024 || r.Complete.Whole() || r.Topic != "long ago" || len(r.Members) != 2 {
			t.Errorf("at once: %+v", r)
		}
		// Nobody looks before the page: what follows a place that is looked at is loaded.
		bob.until("the newest part", func(*View) bool { return bob.complete(w.general).MissingEvents <= 801 })
		if r := bob.roomView(w.general); r.Unread < 100 || r.Unread > 300 || !r.UnreadMore {
			t.Errorf("%d unread, more %v", r.Unread, r.UnreadMore)
		}
		if at := bob.complete(w.general); at.Seen(read, 1020) != read || at.Seen(900, 1020) != 1020 || at.Seen(10, 20) != 20 {
			t.Errorf("seen counts as %d, %d and %d", at.Seen(read, 1020), at.Seen(900, 1020), at.Seen(10, 20))
		}
		if n := bob.complete(w.general).MissingEvents; n != 801 {
			t.Errorf("with the newest part: %d missing", n)
		}
		page, err := bob.Messages(t.Context(), w.general, Window{Limit: 500})
		must(t, err)
		if len(page.Gaps) != 1 || page.Gaps[0] != (Gap{From: 24, To: 824, Missing: true}) {
			t.Errorf("gaps %+v", page.Gaps)
		}
		if got := bob.texts(w.general); len(got) < 200 || got[0] != "0" || got[19] != "19" || got[len(got)-1] != "1019" {
			t.Errorf("with the newest part: %q", got)
		}
		// A crash in between changes nothing.
		bob.crash()
		bob.live()
		bob.until("all of it", func(*View) bool { c := bob.complete(w.general); return c.Whole() })
		if got := bob.texts(w.general); !slices.Equal(got, want) {
			t.Errorf("texts %q", got)
		}
		if n := bob.roomView(w.general).Unread; n != 1000 {
			t.Errorf("%d unread, want 1000", n)
		}
		ann.same(bob)
		must(t, bob.group.store.Check(t.Context()))
		bob.quit()
	})
}

// TestScrollIntoHole: where somebody looks, it is loaded at once, from the side
// they come from.
func TestScrollIntoHole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		ann.says(w.general, 0, 20)
		bob.until("the beginning", func(*View) bool { return len(bob.texts(w.general)) == 20 })
		bob.quit()
		ann.says(w.general, 20, 1500)
		bob.run().live()
		defer bob.quit()
		bob.until("the newest part", func(*View) bool { return bob.complete(w.general).MissingEvents <= 1300 })
		time.Sleep(100 * time.Millisecond)
		start, before := time.Now(), bob.complete(w.general).MissingEvents
		// Down from the old part.
		page, err := bob.Messages(t.Context(), w.general, Window{After: 3, Limit: 20})
		must(t, err)
		if n := len(page.Messages); n != 20 || page.Messages[n-1].Text != "19" || len(page.Gaps) != 1 || page.Gaps[0].From != 24 || !page.Newer {
			t.Fatalf("page of %d, gaps %+v", n, page.Gaps)
		}
		bob.until("what follows", func(*View) bool {
			page, err := bob.Messages(t.Context(), w.general, Window{Around: 30, Limit: 10})
			must(t, err)
			return len(page.Messages) == 10 && page.Messages[5].Text == "26" && len(page.Gaps) == 0
		})
		// Up from the new part.
		c := bob.complete(w.general)
		if len(c.Missing) != 1 || c.Missing[0].From != 224 {
			t.Fatalf("%+v", c)
		}
		top := c.Missing[0].To + 1
		_, err = bob.Messages(t.Context(), w.general, Window{Before: top + 20, Limit: 20})
		must(t, err)
		bob.until("what was before", func(*View) bool {
			page, err := bob.Messages(t.Context(), w.general, Window{Before: top, Limit: 10})
			must(t, err)
			return len(page.Messages) == 10 && page.Messages[9].Seq == top-1
		})
		took, loaded := time.Since(start), before-bob.complete(w.general).MissingEvents
		if took > 900*time.Millisecond || loaded > 900 {
			t.Errorf("%d events in %v", loaded, took)
		}
	})
}

// TestNewDeviceFar: a device that has nothing yet starts with the newest part.
func TestNewDeviceFar(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		want := ann.says(w.general, 0, 700)
		must(t, ann.RenameRoom(t.Context(), w.general, "lobby"))
		ann.sent()
		desk := w.another(ann, "desk").run().live()
		defer desk.quit()
		r := desk.roomView(w.general)
		if r.Name != "lobby" || !r.Joined || len(r.Members) != 1 || r.Complete.Through != 703 {
			t.Errorf("at once: %+v", r)
		}
		desk.until("the newest part", func(*View) bool { return len(desk.texts(w.general)) > 0 })
		if r := desk.roomView(w.general); r.Last == nil || r.Last.Text != "699" || r.Unread != 0 {
			t.Errorf("with the newest part: %+v", r)
		}
		desk.says(w.general, 700, 1)
		desk.until("all of it", func(*View) bool { c := desk.complete(w.general); return c.Whole() })
		if got := desk.texts(w.general); !slices.Equal(got, append(want, "700")) {
			t.Errorf("texts %q", got)
		}
		ann.same(desk)
		must(t, desk.group.store.Check(t.Context()))
	})
}

// TestOwnInHole: an own message whose ack was lost lies in what was left out. It
// is not sent twice, and does not wait for ever.
func TestOwnInHole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		w.net.Last().Down.Stall(true)
		bob.say(w.general, "mine")
		time.Sleep(time.Second)
		bob.quit()
		ann.says(w.general, 0, 500)
		bob.run().live().sent()
		defer bob.quit()
		bob.until("all of it", func(*View) bool { c := bob.complete(w.general); return c.Whole() })
		if got := bob.texts(w.general); len(got) != 501 || got[0] != "mine" {
			t.Errorf("%d texts, %q", len(got), got)
		}
		bob.wantOutbox()
	})
}

// TestLossBehindHole: the server loses its newest events while a hole lies below
// them here. The room goes on with the right state.
func TestLossBehindHole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		ann.says(w.general, 0, 5)
		bob.until("the beginning", func(*View) bool { return len(bob.texts(w.general)) == 5 })
		bob.quit()
		ann.says(w.general, 5, 700)
		backup := w.heads()
		must(t, ann.SetTopic(t.Context(), w.general, "lost"))
		ann.says(w.general, 705, 10)
		bob.run().live()
		bob.until("the newest part", func(*View) bool { return bob.roomView(w.general).Topic == "lost" && len(bob.texts(w.general)) > 100 })
		w.stop(true)
		w.restore(backup, true, ann, bob)
		bob.TryNow()
		bob.live()
		// The word that the state must be asked for survives the program.
		w.stop(true)
		bob.do(func() { bob.setStale(bob.group.room(w.general), true) })
		bob.quit()
		bob.run()
		bob.until("the stored rooms", func(v *View) bool { return v.Phase == PhaseOpen })
		bob.do(func() {
			if r := bob.group.room(w.general); !r.stale && len(r.gaps) > 0 {
				t.Error("forgotten that the state must be asked for")
			}
		})
		w.start()
		bob.TryNow()
		bob.live()
		bob.until("the state of before", func(*View) bool {
			r := bob.roomView(w.general)
			return r.Topic == "" && r.Head == backup[w.general] && r.Lost == 11
		})
		bob.until("all of it", func(*View) bool { c := bob.complete(w.general); return c.Whole() })
		must(t, bob.group.store.Check(t.Context()))
		if got := bob.texts(w.general); len(got) != 705 {
			t.Errorf("%d texts", len(got))
		}
	})
}

// TestVoids: what the server declares empty is said to be, and nothing is missing.
func TestVoids(t *testing.T) {
	c := newBenchCore(t, 1)
	l := c.logs[0]
	for range 10 {
		l.Text(c.other, "x")
	}
	void, err := wire.Encode(&wire.Void{Room: l.Room, From: 4, To: 9, Reason: wire.VoidPurged, Chain: l.Chain(9)})
	must(t, err)
	c.take(t, void, c.frame(t, l, 10))
	v := c.view(l).Complete
	want := Completeness{Through: 13, Void: []Gap{{From: 4, To: 9, Reason: wire.VoidPurged}}, VoidEvents: 6}
	if d := cmp.Diff(want, v); d != "" || !v.Whole() {
		t.Errorf("whole %v (-want +got):\n%s", v.Whole(), d)
	}
	page, err := c.Messages(t.Context(), l.Room, Window{Limit: 100})
	must(t, err)
	if d := cmp.Diff(want.Void, page.Gaps); d != "" || len(page.Messages) != 7 {
		t.Errorf("%d rows, gaps (-want +got):\n%s", len(page.Messages), d)
	}
}

// TestLyingPages: a server whose old pages do not fit what is known is found out
// where they meet it, and nothing of the page is stored.
func TestLyingPages(t *testing.T) {
	c := newBenchCore(t, 1)
	l := c.logs[0]
	r := c.group.room(l.Room)
	for range 300 {
		l.Text(c.other, "x")
	}
	state, err := wire.EncodeState(r.state)
	must(t, err)
	snapshot, err := wire.Encode(&wire.Snapshot{Room: l.Room, At: 303, Chain: l.Chain(303), HoleFrom: 4, State: state})
	must(t, err)
	c.take(t, snapshot)
	if v := c.view(l); v.Head != 303 || v.Complete.MissingEvents != 300 {
		t.Fatalf("%+v", v)
	}
	page := func(from, to chat.Seq, change func(p *wire.HistoryPage)) *filling {
		f := &filling{room: r, from: from, to: to, up: from == 4}
		events, chain := l.Part(from, to)
		p := &wire.HistoryPage{Room: l.Room, Before: l.Chain(from - 1), Chain: chain}
		for i := range events {
			p.Events = append(p.Events, wire.FromEvent(&events[i]))
		}
		change(p)
		if !f.add(p, from) {
			return nil
		}
		return f
	}
	for name, lie := range map[string]*filling{
		"another text at the newer end": page(200, 303, func(p *wire.HistoryPage) { p.Events[3].Body = `{"text":"y"}` }),
		"another past at the older end": page(4, 20, func(p *wire.HistoryPage) { p.Before[0] ^= 1 }),
		"another chain":                 page(4, 20, func(p *wire.HistoryPage) { p.Chain[0] ^= 1 }),
	} {
		r.diverged = false
		c.filled(lie)
		if v := c.group.room(l.Room).completeness(); !r.diverged || v.MissingEvents != 300 {
			t.Errorf("%s: diverged %v, %+v", name, r.diverged, v)
		}
	}
	for name, change := range map[string]func(p *wire.HistoryPage){
		"of another room": func(p *wire.HistoryPage) { p.Room[0] ^= 1 },
		"nothing":         func(p *wire.HistoryPage) { p.Events = nil },
		"from elsewhere":  func(p *wire.HistoryPage) { p.Events = p.Events[1:] },
		"more than asked": func(p *wire.HistoryPage) { p.Events = append(p.Events, p.Events...) },
	} {
		if page(200, 303, change) != nil {
			t.Errorf("%s: taken", name)
		}
	}
	r.diverged = false
	c.filled(page(200, 303, func(*wire.HistoryPage) {}))
	c.filled(page(4, 199, func(*wire.HistoryPage) {}))
	if v := r.completeness(); r.diverged || !v.Whole() {
		t.Errorf("the truth: %+v", v)
	}
	must(t, c.group.store.Check(t.Context()))
}

// flawed is a store in which some events do not fit their chain any more.
type flawed struct {
	storage.Store
	bad map[chat.Seq]bool // fixed while it serves
}

func (f *flawed) Read(ctx context.Context, room chat.RoomID, first, last chat.Seq, maxEvents, maxBytes int) (storage.Page, error) {
	if f.bad[first] {
		return storage.Page{}, fmt.Errorf("%w: at %d", storage.ErrDamaged, first)
	}
	for seq := first; seq <= last; seq++ {
		if f.bad[seq] {
			last = seq - 1
		}
	}
	return f.Store.Read(ctx, room, first, last, maxEvents, maxBytes)
}

// TestHoleWithDamage: what a server cannot give of a hole any more is said to be
// missing there, and everything around it comes.
func TestHoleWithDamage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := farWorld(t)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		first := bob.roomView(w.general).Head + 1
		bob.quit()
		ann.says(w.general, 0, 1000)
		head := ann.roomView(w.general).Head
		w.stop(true)
		bad := map[chat.Seq]bool{first: true, first + 1: true, 300: true, 301: true, 500: true, head - 250: true}
		w.data = &flawed{Store: w.data, bad: bad}
		w.start()
		bob.run().live()
		defer bob.quit()
		bob.until("everything", func(*View) bool { return bob.complete(w.general).MissingEvents == 0 })
		c := bob.complete(w.general)
		if c.Through != head || c.VoidEvents != len(bad) {
			t.Errorf("%+v, want %d void", c, len(bad))
		}
		for _, g := range c.Void {
			if g.Reason != wire.VoidDamaged {
				t.Errorf("%+v", g)
			}
		}
		want, got := ann.texts(w.general), bob.texts(w.general)
		if len(want)-len(got) != len(bad) {
			t.Errorf("%d texts of %d", len(got), len(want))
		}
	})
}
