package server

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// TestOneAnswer: of many requests under way at once, good and bad, each gets one
// answer and no more (I14).
func TestOneAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.SendBurst, l.SendsPerSecond, l.HistoryPagesPerSec = 100, 1, 5
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		ann.sync()
		expect[*wire.Live](ann)
		const n = 600
		answers := make(chan map[uint64]int)
		go func() {
			got := map[uint64]int{}
			for {
				f, err := ann.within(5 * time.Second)
				if err != nil {
					break
				}
				if r, ok := f.(wire.Reply); ok && r.ReplyTo() != 0 {
					got[r.ReplyTo()]++
				}
			}
			answers <- got
		}()
		dseq := uint64(0)
		first := ann.id + 1
		for i := range n {
			if i%15 == 0 { // so many bad ones would mute the connection
				w.server.hub.device(ann.deviceID()).faults.pardon()
			}
			switch rand.IntN(7) {
			case 0, 1:
				dseq++ // beyond the rate it is refused, and then the order is wrong
				ann.ask(&wire.Send{MID: chat.NewMID(), Room: w.general, DSeq: dseq, Kind: chat.KindMessage, Body: `{"text":"x"}`})
			case 2:
				ann.ask(&wire.Send{MID: chat.NewMID(), Room: chat.NewRoomID(), DSeq: 1, Kind: chat.KindMessage, Body: `{"text":"x"}`})
			case 3:
				ann.ask(&wire.History{Room: w.general, From: 1, To: 9})
			case 4:
				ann.ask(&wire.Profile{MID: chat.NewMID(), Display: fmt.Sprintf("Ann %d", i)})
			case 5:
				ann.ask(&wire.Heartbeat{})
			case 6:
				ann.id++
				ann.bytes(fmt.Appendf(nil, `{"t":"send","id":%d}`, ann.id))
			}
		}
		got := <-answers
		for id := first; id < first+n; id++ {
			if got[id] != 1 {
				t.Errorf("request %d got %d answers", id, got[id])
			}
		}
	})
}

// TestRequestRate: requests beyond the rate are refused, may be repeated, and are
// no nonsense.
func TestRequestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := roomy()
		l.RequestBurst, l.RequestsPerSecond = 5, 2
		w := newBubble(t, nil, Options{Limits: l})
		ann := w.person()
		begin, done := time.Now(), 0
		for range 3 {
			for range 2 * faultsAllowed {
				switch f := ann.answer(ann.ask(&wire.Heartbeat{})).(type) {
				case *wire.HeartbeatOK:
					done++
				case *wire.Error:
					if e := f.Err(); e.Code != chat.CodeRateLimited || !e.Retryable || e.RetryAfter <= 0 || e.RetryAfter > time.Second {
						t.Fatalf("%v, again after %v", e, e.RetryAfter)
					}
				}
			}
			// Whoever asks too much is read slowly, so that time passes meanwhile.
			want := l.RequestBurst + int(time.Since(begin).Seconds()*float64(l.RequestsPerSecond))
			if done < want-1 || done > want {
				t.Errorf("%d were answered within %v, want %d", done, time.Since(begin), want)
			}
			time.Sleep(time.Second)
		}
	})
}
