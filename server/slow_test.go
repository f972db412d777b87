package server

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// delays says things at steady intervals and returns how long each took to be
// acknowledged, and to reach somebody who reads, slowest first.
func delays(ann, reader *raw, room chat.RoomID, n int) (acks, pushes []time.Duration) {
	for range n {
		time.Sleep(50 * time.Millisecond)
		begin := time.Now()
		at := ann.text(room, strings.Repeat("m", 4_000)).Seq
		acks = append(acks, time.Since(begin))
		for seen := chat.Seq(0); seen < at; {
			if e := expect[*wire.Events](reader); e.Room == room {
				seen = e.Events[len(e.Events)-1].Seq
			}
		}
		pushes = append(pushes, time.Since(begin))
	}
	slices.SortFunc(acks, func(a, b time.Duration) int { return int(b - a) })
	slices.SortFunc(pushes, func(a, b time.Duration) int { return int(b - a) })
	return acks, pushes
}

// TestSlowDelaysNobody: readers that stall, or read a byte at a time over a bad
// line, change nothing for others: neither the acknowledgement nor the delivery of
// what is said takes any longer in virtual time.
func TestSlowDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.QueueBytes = 64 << 10
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		room, _ := ann.found(chat.AccessOpen)
		reader := ann.second()
		reader.beat(15 * time.Second)
		reader.sync()
		expect[*wire.Live](reader)
		acks, pushes := delays(ann, reader, room, 100)
		if acks[0] > 0 || pushes[0] > 0 {
			t.Fatalf("with nobody else: %v to acknowledge, %v to deliver", acks[0], pushes[0])
		}
		for i := range 10 {
			c := ann.second()
			c.sync()
			switch line := w.net.Last(); i % 3 {
			case 0:
				line.Down.Stall(true)
			case 1:
				line.Down.Slice(1)
				c.beat(15 * time.Second)
			default:
				line.Down.Delay(20 * time.Second) // in flight, and not arriving
			}
		}
		acks, pushes = delays(ann, reader, room, 200)
		if acks[2] > 0 || pushes[2] > 0 { // the third of 200: p99
			t.Errorf("beside slow readers: p99 %v to acknowledge, %v to deliver; at worst %v and %v", acks[2], pushes[2], acks[0], pushes[0])
		}
		w.net.CutAll()
	})
}

// TestBlockedWrite: a connection onto which nothing can be written is given up
// after the write timeout, without waiting for its heartbeats to be missed.
func TestBlockedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann := w.person()
		ann.beat(15 * time.Second)
		b := ann.second()
		b.sync()
		expect[*wire.Live](b)
		b.beat(5 * time.Second) // the way up is fine
		w.net.Last().Down.Stall(true)
		for range 10 {
			ann.text(w.general, strings.Repeat("m", 10_000))
		}
		begin := time.Now()
		for w.server.hub.device(b.deviceID()) != nil {
			if time.Sleep(time.Second); time.Since(begin) > time.Minute {
				t.Fatal("it is held for ever")
			}
		}
		if took := time.Since(begin); took < writeTimeout || took > 2*writeTimeout {
			t.Errorf("given up after %v", took)
		}
		w.net.CutAll()
	})
}

// TestLagThenSlow: who reads too slowly is told so and reads pages; who gets no
// further for two minutes, though the line is alive, is sent away as slow.
func TestLagThenSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.QueueFrames, l.CatchUps = 5, 1
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		ann.beat(15 * time.Second)
		b := ann.second()
		b.sync()
		expect[*wire.Live](b)
		b.beat(15 * time.Second)
		line := w.net.Last()
		line.Down.Stall(true)
		for range 30 {
			ann.text(w.general, strings.Repeat("m", 2_000))
		}
		line.Down.Stall(false)
		var told bool
		for got := 0; got < 30; {
			f, err := b.read()
			if err != nil {
				t.Fatal(err)
			}
			switch f := f.(type) {
			case *wire.Lag:
				told = true
			case *wire.Events:
				got += len(f.Events)
			}
		}
		if !told {
			t.Error("lag was not told")
		}
		// Behind once more, and this time the pages do not come.
		w.server.catchUps <- struct{}{}
		line.Down.Stall(true)
		for range 30 {
			ann.text(w.general, strings.Repeat("m", 2_000))
		}
		synctest.Wait()
		line.Down.Stall(false)
		begin := time.Now()
		frames, code := b.over(5 * time.Minute)
		bye, ok := frames[len(frames)-1].(*wire.Goodbye)
		if !ok || bye.Reason != wire.GoodbyeSlow || code != wire.CloseSlow {
			t.Errorf("ended with %+v, code %d", frames[len(frames)-1], code)
		}
		if took := time.Since(begin); took < behindTimeout-sweepInterval || took > behindTimeout+2*sweepInterval {
			t.Errorf("ended after %v", took)
		}
		<-w.server.catchUps
	})
}
