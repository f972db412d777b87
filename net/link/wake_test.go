package link

import (
	"testing"
	"testing/synctest"
	"time"

	"hearth/net/memnet"
)

// TestWokenLeftovers: what was under way when the machine woke is no sign of life
// for longer than it keeps arriving, be it the answer to an earlier probe.
func TestWokenLeftovers(t *testing.T) {
	const bound = 2 * time.Second
	for name, test := range map[string]struct {
		die  func(*Link, *memnet.Line) time.Time // returns when the last byte arrived, or we woke
		most time.Duration
	}{
		"the answer to an earlier probe": {func(l *Link, line *memnet.Line) time.Time {
			line.Down.Delay(400 * time.Millisecond)
			l.Wake() // this one is answered
			time.Sleep(200 * time.Millisecond)
			line.Up.Stall(true)
			l.Wake() // this one is not
			time.Sleep(200 * time.Millisecond)
			return time.Now()
		}, bound},
		"bytes in our own buffers": {func(l *Link, line *memnet.Line) time.Time {
			line.Stall(true)
			l.Wake()
			line.Down.Stall(false) // at once
			time.Sleep(time.Millisecond)
			line.Down.Stall(true)
			return time.Now()
		}, bound},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range 20 {
				synctest.Test(t, func(t *testing.T) {
					h := newHost(t, memnet.New())
					h.start()
					l, w, _ := runLink(t, h, h.options())
					time.Sleep(time.Duration(30_000+i*777) * time.Millisecond)
					s := w.session(t)
					last := test.die(l, h.net.Last())
					<-s.Done()
					if took := time.Since(last); took > test.most {
						t.Errorf("noticed after %v, want %v at most", took, test.most)
					}
				})
			}
		})
	}
}

// TestStoodStill: a program that stood still asks before it judges: the answer to
// what is overdue may lie in its own buffers, whichever event it sees first.
func TestStoodStill(t *testing.T) {
	begin := time.Now()
	watch := clockWatch{}
	watch.jumped(begin)
	if watch.jumped(begin.Add(clockPeriod)) {
		t.Error("an ordinary look counts as waking")
	}
	if !watch.jumped(begin.Add(clockPeriod + 4*time.Second)) {
		t.Error("four seconds without a look are not noticed")
	}
	if clockPeriod+probeReply > 2*time.Second {
		t.Errorf("noticing and asking take %v", clockPeriod+probeReply)
	}
}

// TestWokenAttempt: an attempt that another network swallowed is replaced a moment
// after waking, and only once.
func TestWokenAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, memnet.New())
		h.start()
		h.net.Vanish(home, true)
		l, w, _ := runLink(t, h, h.options())
		time.Sleep(2 * time.Second) // it dials, and nobody answers
		h.net.Vanish(home, false)
		l.Wake()
		time.Sleep(freshAfter + 100*time.Millisecond)
		w.session(t)
	})
}
