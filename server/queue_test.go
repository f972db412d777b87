package server

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/memnet"
	"hearth/net/wire"
)

// TestQueueBound: what is being written to somebody who does not read counts as
// waiting (I13), and all of it is given back.
func TestQueueBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.QueueBytes, l.QueueFrames = 200<<10, 40
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		room, _ := ann.found(chat.AccessOpen)
		b := ann.second()
		b.sync()
		expect[*wire.Live](b)
		s := w.server.hub.device(b.deviceID())
		w.net.Last().Down.Stall(true)
		most, frames := 0, 0
		for range 100 {
			ann.text(room, strings.Repeat("m", 10_000))
			synctest.Wait()
			s.mu.Lock()
			most = max(most, s.out.bytes+s.out.flyingBytes)
			frames = max(frames, len(s.out.waiting)+s.out.flying)
			s.mu.Unlock()
		}
		if most > l.QueueBytes || most < l.QueueBytes/2 || frames > l.QueueFrames {
			t.Errorf("up to %d bytes and %d frames wait for one connection", most, frames)
		}
		if n := w.server.queued.Load(); n <= 0 || n > int64(l.QueueBytes) {
			t.Errorf("%d bytes count as waiting in all", n)
		}
		w.net.Last().Down.Stall(false)
		frames = 0
		for got := 0; got < 100; {
			f := expect[*wire.Events](b)
			got += len(f.Events)
		}
		synctest.Wait()
		if n := w.server.queued.Load(); n != 0 {
			t.Errorf("%d bytes still count as waiting", n)
		}
		// Cut off while something is being written: that is given back, too.
		w.net.Last().Down.Stall(true)
		for range 30 {
			ann.text(room, strings.Repeat("m", 10_000))
		}
		synctest.Wait()
		w.net.Last().Cut()
		synctest.Wait()
		if n := w.server.queued.Load(); n != 0 {
			t.Errorf("%d bytes of a connection that is gone count as waiting", n)
		}
	})
}

// TestLargeAnswersWait: nobody fills the memory by asking and not reading.
func TestLargeAnswersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.QueueBytes = 200 << 10
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		room, _ := ann.found(chat.AccessOpen)
		for range 10 {
			ann.text(room, strings.Repeat("m", 10_000))
		}
		b := ann.second()
		s := w.server.hub.device(b.deviceID())
		w.net.Last().Down.Stall(true)
		for range 50 {
			b.ask(&wire.History{Room: room, From: 1, To: 100})
			synctest.Wait()
			s.mu.Lock()
			if n := s.out.bytes + s.out.flyingBytes; n > l.QueueBytes+l.TransportBytes {
				t.Errorf("%d bytes wait", n)
			}
			s.mu.Unlock()
		}
		w.net.Last().Down.Stall(false)
		pages, refused := 0, 0
		for range 50 {
			f, err := b.within(time.Second)
			if err != nil {
				t.Fatalf("after %d pages and %d refusals: %v", pages, refused, err)
			}
			switch f := f.(type) {
			case *wire.HistoryPage:
				pages++
			case *wire.Error:
				if f.Err().Code == chat.CodeRateLimited && f.Err().Retryable {
					refused++
				}
			}
		}
		if pages < 2 || refused == 0 || pages+refused != 50 {
			t.Errorf("%d pages, %d refused", pages, refused)
		}
	})
}

// TestQueueTotal: what waits for all connections together is bounded, too; who
// finds no space left reads the log instead.
func TestQueueTotal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.QueueTotalBytes = 300 << 10
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		room, _ := ann.found(chat.AccessOpen)
		var all []*raw
		for range 5 {
			c := ann.second()
			c.sync()
			expect[*wire.Live](c)
			w.net.Last().Down.Stall(true)
			all = append(all, c)
		}
		for range 50 {
			ann.text(room, strings.Repeat("m", 10_000))
			synctest.Wait()
			if n := w.server.queued.Load(); n > int64(l.QueueTotalBytes) {
				t.Fatalf("%d bytes wait in all", n)
			}
		}
		var late []*memnet.Line
		for range 10 { // who comes now holds a small page, which ends behind the event that fills it
			c := ann.second()
			w.net.Last().Down.Stall(true)
			c.ask(&wire.Sync{Rooms: []wire.Cursor{{Room: room}}, Only: true})
			synctest.Wait()
			late = append(late, w.net.Last())
		}
		if n := w.server.queued.Load(); n > int64(l.QueueTotalBytes+10*(scarcePage+12_000)) {
			t.Errorf("%d bytes wait in all", n)
		}
		for _, line := range late {
			line.Cut()
		}
		for _, line := range w.net.Lines() {
			line.Down.Stall(false)
		}
		for _, c := range all {
			for next := chat.Seq(3); next <= 52; {
				if e := expect[*wire.Events](c); e.Room == room {
					if e.Events[0].Seq != next {
						t.Fatalf("%d comes where %d should", e.Events[0].Seq, next)
					}
					next = e.Events[len(e.Events)-1].Seq + 1
				}
			}
		}
		synctest.Wait()
		if n := w.server.queued.Load(); n != 0 {
			t.Errorf("%d bytes still count as waiting", n)
		}
	})
}

// TestLargestLagsFirst: when all queues together are full, those who do not read
// give way. Who reads is pushed everything as before, and who was shed finds all
// of it in the log, in order, once.
func TestLargestLagsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.QueueTotalBytes = 400 << 10
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		room, _ := ann.found(chat.AccessOpen)
		open := func() *raw {
			c := ann.second()
			c.sync()
			expect[*wire.Live](c)
			return c
		}
		reader := open()
		var stalled []*raw
		for range 3 {
			stalled = append(stalled, open())
			w.net.Last().Down.Stall(true)
		}
		late := open() // reads what comes, but late
		line := w.net.Last()
		const all = 120
		for i := range chat.Seq(all) {
			line.Down.Stall(i%4 != 3)
			ann.text(room, strings.Repeat("m", 10_000))
			if told, _ := reader.collect(room, i+3, 1); told {
				t.Fatal("who reads at once is told of lag")
			}
			synctest.Wait()
			if n := w.server.queued.Load(); n > int64(l.QueueTotalBytes) {
				t.Fatalf("%d bytes wait in all", n)
			}
			if i%4 != 3 {
				continue
			}
			if told, _ := late.collect(room, i, 4); told {
				t.Fatal("who reads late is told of lag, though others have more waiting")
			}
		}
		for _, line := range w.net.Lines() {
			line.Down.Stall(false)
		}
		for i, c := range stalled {
			if told, got := c.collect(room, 3, all); got != all || !told {
				t.Errorf("connection %d: %d of %d events, told of lag: %v", i, got, all, told)
			}
		}
		synctest.Wait()
		if n := w.server.queued.Load(); n != 0 {
			t.Errorf("%d bytes still count as waiting", n)
		}
	})
}

// collect reads n events of a room from next on, which must come in order and
// once, and reports whether the connection was told of lag.
func (c *raw) collect(room chat.RoomID, next chat.Seq, n int) (told bool, got int) {
	for got < n {
		f, err := c.read()
		if err != nil {
			c.t.Fatal(err)
		}
		switch f := f.(type) {
		case *wire.Lag:
			told = true
		case *wire.Events:
			for i := range f.Events {
				if f.Room != room {
					continue
				}
				if f.Events[i].Seq != next {
					c.t.Fatalf("%d comes where %d should", f.Events[i].Seq, next)
				}
				next++
				got++
			}
		}
	}
	return told, got
}
