package server

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// TestGoodbyePromptly: a connection that has said nothing yet delays nobody's
// goodbye.
func TestGoodbyePromptly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		silent, err := w.connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		begin := time.Now()
		stopped := make(chan struct{})
		go func() { defer close(stopped); w.stop() }()
		expect[*wire.Goodbye](a)
		if d := time.Since(begin); d > time.Second {
			t.Errorf("the goodbye came %v after the server began to stop", d)
		}
		_ = a.ws.CloseNow()
		_ = silent.Close()
		<-stopped
	})
}

// TestGoodbyeSlots: everybody gets a slot of their own to come back in, spread over
// the time it takes to admit them all, and at least over two seconds.
func TestGoodbyeSlots(t *testing.T) {
	for name, c := range map[string]struct {
		admissions int
		spread     time.Duration
	}{"fast": {500, 2 * time.Second}, "slow": {4, 5 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 20
				w := newBubble(t, nil, Options{Admissions: c.admissions})
				all := []*raw{w.person()}
				for len(all) < n {
					time.Sleep(time.Second) // at the rate of admissions
					all = append(all, all[0].second())
				}
				stopped := make(chan struct{})
				go func() { defer close(stopped); w.stop() }()
				slots := map[int64]bool{}
				for _, a := range all {
					frames, code := a.over(10 * time.Second)
					bye, ok := frames[len(frames)-1].(*wire.Goodbye)
					if !ok || bye.Reason != wire.GoodbyeRestart || code != wire.CloseRestart {
						t.Fatalf("ended with %+v, code %d", frames[len(frames)-1], code)
					}
					slots[bye.AfterMS] = true
					if after := time.Duration(bye.AfterMS) * time.Millisecond; after <= 0 || after >= c.spread {
						t.Errorf("a slot after %v", after)
					}
				}
				if len(slots) != n {
					t.Errorf("%d connections share %d slots", n, len(slots))
				}
				<-stopped
			})
		})
	}
}

// TestGoodbyeForGood: who stops a server for good has it say so.
func TestGoodbyeForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		w.server.Ends()
		stopped := make(chan struct{})
		go func() { defer close(stopped); w.stop() }()
		frames, code := a.over(10 * time.Second)
		if bye, ok := frames[len(frames)-1].(*wire.Goodbye); !ok || bye.Reason != wire.GoodbyeEnded || code != wire.CloseRestart {
			t.Errorf("ended with %+v, code %d", frames[len(frames)-1], code)
		}
		<-stopped
	})
}

// TestShutdownAcknowledges: what was read before the end is committed, and its
// acknowledgement reaches the sender in front of the close.
func TestShutdownAcknowledges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := &gated{Store: memstore.New()}
		w := newBubble(t, data, Options{})
		a := w.person()
		data.set(func(*storage.Batch) { time.Sleep(2 * time.Second) }) // a slow disk
		const n = 5
		for range n {
			a.ask(a.post(w.general, chat.KindMessage, `{"text":"read, not answered"}`))
			a.dseq[w.general]++
		}
		synctest.Wait()
		stopped := make(chan struct{})
		go func() { defer close(stopped); w.stop() }()
		acks := 0
		frames, code := a.over(10 * time.Second)
		for _, f := range frames {
			if _, ok := f.(*wire.Ack); ok {
				acks++
			}
		}
		if acks != n || code != wire.CloseRestart {
			t.Errorf("%d acknowledgements of %d, code %d", acks, n, code)
		}
		<-stopped
	})
}

// TestShutdownHurries: a peer that reads nothing and a disk that hangs hold the end
// back for ten seconds at most.
func TestShutdownHurries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		a := w.person()
		a.sync()
		expect[*wire.Live](a)
		w.net.Last().Down.Stall(true)
		b := a.second()
		for range 10 {
			b.text(w.general, strings.Repeat("m", 10_000))
		}
		begin := time.Now()
		go func() { _, _ = b.over(time.Minute) }()
		w.stop()
		if took := time.Since(begin); took > shutdownTimeout {
			t.Errorf("took %v", took)
		}
		w.net.CutAll()
	})
}
