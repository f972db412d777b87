package server

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/net/wire"
)

// watcher is a device that connects, reads and goes, and keeps what it has seen.
// It holds the server to the rules of docs/protocol.md section 8.
type watcher struct {
	name string
	id   *raw // whose device it is; never connected itself

	mu     sync.Mutex
	heads  map[chat.RoomID]chat.Head // guarded by mu: what it has applied
	out    map[chat.RoomID]bool      // guarded by mu: has seen its own leave, or was told
	faults []string                  // guarded by mu
	digest chat.Digest               // guarded by mu: of the last hb.ok
	lives  int                       // guarded by mu: on this connection
	lags   int                       // guarded by mu: ever

	conn  *raw         // nil: not connected
	line  *memnet.Line // of conn
	ended chan struct{}
}

func (w *watcher) fault(format string, a ...any) {
	w.faults = append(w.faults, w.name+": "+fmt.Sprintf(format, a...))
}

// connect begins to listen where the device left off.
func (w *watcher) connect() {
	w.conn = w.id.again()
	w.line = w.conn.w.net.Last()
	w.ended = make(chan struct{})
	sync := &wire.Sync{Epoch: w.conn.binding.Epoch, Rooms: []wire.Cursor{}}
	w.mu.Lock()
	w.lives = 0
	for room, h := range w.heads {
		sync.Rooms = append(sync.Rooms, wire.Cursor{Room: room, Seq: h.Seq, Chain: h.Chain})
	}
	w.mu.Unlock()
	w.conn.ask(sync)
	go w.listen(w.conn, w.ended)
}

// disconnect goes without a word.
func (w *watcher) disconnect() {
	w.line.Cut()
	<-w.ended
	w.conn = nil
}

func (w *watcher) listen(c *raw, ended chan struct{}) {
	defer close(ended)
	started := false
	for {
		f, err := c.within(time.Hour)
		if err != nil {
			return
		}
		w.mu.Lock()
		switch f := f.(type) {
		case *wire.SyncStarted:
			started = true
			for _, r := range f.Rooms {
				if r.State == wire.SyncGone {
					w.out[r.Room] = true
				} else if r.State != wire.SyncOK {
					w.fault("state %s", r.State)
				}
			}
		case *wire.Events:
			if !started {
				w.fault("events before sync.started")
			}
			w.apply(f)
		case *wire.Live:
			w.lives++
			w.compare(f)
		case *wire.Lag:
			w.lags++
		case *wire.HeartbeatOK:
			w.digest = f.Digest
		case *wire.Error, *wire.Goodbye:
			w.fault("%+v", f)
		}
		w.mu.Unlock()
	}
}

// apply checks that every event comes once, in order, over the right chain.
func (w *watcher) apply(f *wire.Events) {
	h := w.heads[f.Room]
	for i := range f.Events {
		e := f.Events[i].Event(f.Room)
		if e.Seq == 1 && w.out[f.Room] { // came back: the room flows from the start
			h = chat.Head{}
		}
		if e.Seq != h.Seq+1 {
			w.fault("%d follows %d", e.Seq, h.Seq)
		}
		h = chat.Head{Seq: e.Seq, Chain: e.Chain(h.Chain)}
		body, bad := wire.ParseBody(e.Kind, e.Body)
		if bad != nil {
			w.fault("event %d: %v", e.Seq, bad)
		}
		switch b := body.(type) {
		case chat.Leave:
			if b.Account == w.id.account {
				w.out[f.Room] = true
			}
		case chat.Join:
			if b.Account == w.id.account {
				w.out[f.Room] = false
			}
		}
	}
	if f.Chain != h.Chain {
		w.fault("the chain breaks at %d", h.Seq)
	}
	w.heads[f.Room] = h
}

// compare holds "live" to what has come before it.
func (w *watcher) compare(f *wire.Live) {
	var sum chat.Digest
	for _, h := range f.Heads {
		own := w.heads[h.Room]
		if w.out[h.Room] && h.Seq == 0 { // came back this moment: it will flow from the start
			own = chat.Head{}
		}
		if own.Seq != h.Seq || own.Chain != h.Chain {
			w.fault("live at %d, but %d is the last that came", h.Seq, own.Seq)
		}
		sum = sum.Add(h.Room, h.Seq)
	}
	if sum != f.Digest {
		w.fault("the digest of live is not that of its heads")
	}
}

// settled checks that the watcher has everything its account may have, as the
// server's own state says.
func (w *watcher) settled(world *world, rooms []chat.RoomID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lives != 1 {
		w.fault("%d frames live", w.lives)
	}
	var sum chat.Digest
	for _, id := range rooms {
		v := world.room(id).view.Load()
		if _, in := v.state.Members[w.id.account]; !in {
			continue
		}
		if w.heads[id] != v.head {
			w.fault("at %d of %d", w.heads[id].Seq, v.head.Seq)
		}
		sum = sum.Add(id, v.head.Seq)
	}
	if w.digest != sum {
		w.fault("hb.ok has another digest than the account's rooms")
	}
}

// script is one storm, drawn before it begins: inside a bubble nothing may be.
type script struct {
	limits chat.Limits
	acts   []act
}

// act is one thing that may happen. What makes no sense when its turn comes, as
// leaving a room one is not in, is passed over or turned round.
type act struct {
	what   string
	device int
	person int
	room   int
	texts  []int // lengths
	pause  time.Duration
	settle bool // let everything that follows from it happen before the next
}

// Sizes of a storm.
const (
	stormPeople  = 3
	stormDevices = 2 // that listen, each person
	stormRooms   = 2
)

func drawScript(rt *rapid.T) (s script) {
	s.limits = roomy()
	s.limits.QueueFrames = rapid.IntRange(1, 6).Draw(rt, "queue frames")
	s.limits.QueueBytes = rapid.IntRange(1<<10, 16<<10).Draw(rt, "queue bytes")
	s.limits.PageEvents = rapid.IntRange(1, 7).Draw(rt, "page")
	s.limits.CatchUps = rapid.IntRange(1, 2).Draw(rt, "catch-ups")
	what := rapid.SampledFrom([]string{"say", "say", "say", "move", "come", "come", "go", "stall", "flow", "time"})
	s.acts = rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) act {
		return act{
			what:   what.Draw(rt, "what"),
			device: rapid.IntRange(0, stormPeople*stormDevices-1).Draw(rt, "device"),
			person: rapid.IntRange(0, stormPeople-1).Draw(rt, "person"),
			room:   rapid.IntRange(0, stormRooms-1).Draw(rt, "room"),
			texts:  rapid.SliceOfN(rapid.IntRange(1, 600), 1, 12).Draw(rt, "texts"),
			pause:  time.Duration(rapid.IntRange(0, 200).Draw(rt, "pause")) * time.Millisecond,
			settle: rapid.Bool().Draw(rt, "settle"),
		}
	}), 5, 40).Draw(rt, "acts")
	return s
}

// TestSyncProperty: sessions with the tiniest queues come and go, stall and go on,
// while people write, leave and come back. Everybody gets everything once, in
// order, over the right chain, and nothing behind an own leave (I7, I9, I15).
func TestSyncProperty(t *testing.T) {
	// Whatever is drawn, one storm is sure to fill a queue.
	var sure int
	synctest.Test(t, func(t *testing.T) {
		var faults []string
		if faults, sure = stalled().run(t); len(faults) > 0 {
			t.Error(faults)
		}
	})
	if sure == 0 {
		t.Error("a line that stalls while people write filled no queue")
	}
	lags := 0
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScript(rt)
		var faults []string
		synctest.Test(t, func(t *testing.T) {
			var n int
			faults, n = s.run(t)
			lags += n
		})
		for _, f := range faults {
			rt.Error(f)
		}
	})
	t.Log("told of lag", lags, "times")
}

// stalled is a storm in which one line stalls while somebody writes more than it holds.
func stalled() *script {
	s := &script{limits: roomy()}
	s.limits.QueueFrames, s.limits.QueueBytes, s.limits.PageEvents, s.limits.CatchUps = 1, 1<<10, 3, 1
	for d := range stormPeople * stormDevices {
		s.acts = append(s.acts, act{what: "come", device: d, settle: true})
	}
	s.acts = append(s.acts, act{what: "stall", device: 0, settle: true})
	for range 8 {
		s.acts = append(s.acts, act{what: "say", person: 1, texts: slices.Repeat([]int{600}, 12), pause: 100 * time.Millisecond, settle: true})
	}
	return s
}

func (s *script) run(t *testing.T) (faults []string, lags int) {
	w := newBubble(t, nil, Options{Limits: s.limits})
	w.net.Buffer = 4 << 10 // what a stalled line does not hold, the queue must
	posters := make([]*raw, 0, stormPeople)
	for range stormPeople {
		posters = append(posters, w.person())
	}
	first, _ := posters[0].found(chat.AccessOpen, posters[1].account)
	rooms := []chat.RoomID{w.general, first}
	var all []*watcher
	for i, p := range posters {
		for j := range stormDevices {
			id := &raw{w: w, t: t, dseq: map[chat.RoomID]uint64{}}
			id.enrolFor(p.account)
			all = append(all, &watcher{
				name: fmt.Sprintf("person %d, device %d", i, j), id: id,
				heads: map[chat.RoomID]chat.Head{}, out: map[chat.RoomID]bool{},
			})
		}
	}
	for _, a := range s.acts {
		a.play(w, rooms[a.room], all[a.device], posters[a.person])
	}
	for _, x := range all {
		if x.conn == nil {
			x.connect()
		}
		x.line.Down.Stall(false)
	}
	time.Sleep(5 * time.Second)
	for _, x := range all {
		x.conn.ask(&wire.Heartbeat{})
	}
	synctest.Wait()
	for _, x := range all {
		x.settled(w, rooms)
		x.disconnect()
		faults = append(faults, x.faults...)
		lags += x.lags
	}
	return faults, lags
}

func (a *act) play(w *world, room chat.RoomID, x *watcher, p *raw) {
	_, in := w.room(room).view.Load().state.Members[p.account]
	switch {
	case a.what == "say" && in:
		for _, n := range a.texts {
			p.text(room, strings.Repeat("m", n))
		}
	case a.what == "move" && in:
		p.say(room, chat.KindLeave, `{}`)
	case a.what == "move":
		p.say(room, chat.KindJoin, `{}`)
	case a.what == "come" && x.conn == nil:
		x.connect()
	case a.what == "go" && x.conn != nil:
		x.disconnect()
	case a.what == "stall" && x.conn != nil:
		x.line.Down.Stall(true)
	case a.what == "flow" && x.conn != nil:
		x.line.Down.Stall(false)
	case a.what == "time":
		time.Sleep(a.pause)
	}
	if a.settle {
		synctest.Wait()
	}
}
