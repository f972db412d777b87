package app

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"hearth/internal/testkit"
)

// runSo is run with choices of its own.
func (p *person) runSo(change func(*Options)) *person {
	p.w.t.Helper()
	o := Options{Profile: p.dir, Keyring: p.ring, Dial: p.w.net.Dial, Log: testkit.Logger(p.w.t).With("who", p.name)}
	change(&o)
	a, err := New(o)
	must(p.w.t, err)
	ctx, cancel := context.WithCancel(p.w.t.Context())
	p.App, p.cancel, p.done, p.sub = a, cancel, make(chan error, 1), a.Subscribe()
	go func() { p.done <- a.Run(ctx) }()
	return p
}

// noticed waits until the core knows that its connection is dead, and returns how
// long that took; the next connection may be there at once.
func (p *person) noticed(lines int) time.Duration {
	p.w.t.Helper()
	start := time.Now()
	for p.View().Connection.State == ConnLive && len(p.w.net.Lines()) == lines {
		if time.Sleep(time.Millisecond); time.Since(start) > time.Minute {
			p.w.t.Fatal("the loss was never noticed")
		}
	}
	return time.Since(start)
}

// TestSystemWakes: the system says that the machine woke; a link that died
// meanwhile is noticed within two seconds and replaced at once.
func TestSystemWakes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		says := make(chan struct{})
		ann := w.member("ann").runSo(func(o *Options) {
			o.Wakes = func(ctx context.Context, wake func()) {
				for {
					select {
					case <-ctx.Done():
						return
					case <-says:
						wake()
					}
				}
			}
		}).live()
		defer ann.quit()
		time.Sleep(time.Minute)
		w.net.Last().Stall(true)
		start, lines := time.Now(), len(w.net.Lines())
		says <- struct{}{}
		if took := ann.noticed(lines); took > 2100*time.Millisecond {
			t.Errorf("noticed after %v", took)
		}
		ann.live()
		if took := time.Since(start); took > 8*time.Second {
			t.Errorf("back after %v", took)
		}
		// Where the wait is long, word of a network shortens it.
		w.stop(true)
		time.Sleep(10 * time.Minute)
		w.start()
		ann.until("a long wait", func(v *View) bool {
			return v.Connection.State == ConnWaiting && time.Until(v.Connection.NextTry) > 5*time.Second || v.Connection.State == ConnLive
		})
		start = time.Now()
		says <- struct{}{}
		ann.live()
		if took := time.Since(start); took > time.Second {
			t.Errorf("back %v after the word", took)
		}
	})
}

// TestBattery: whether the battery pays is asked only while nobody looks.
func TestBattery(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		var asked atomic.Int32
		ann := w.member("ann").runSo(func(o *Options) {
			o.OnBattery = func() bool { asked.Add(1); return true }
		}).live()
		defer ann.quit()
		ann.SetActive(w.general, true)
		time.Sleep(2 * powerPeriod)
		before := asked.Load()
		time.Sleep(10 * powerPeriod)
		if n := asked.Load(); n != before {
			t.Errorf("asked %d times although somebody looks", n-before)
		}
		ann.SetActive(w.general, false)
		time.Sleep(10*powerPeriod + time.Second)
		if n := asked.Load() - before; n != 11 {
			t.Errorf("asked %d times while nobody looked, want 11", n)
		}
	})
}

// TestLookBack: a window that comes back after more than a minute has its
// connection probed; one that was gone for a moment does not.
func TestLookBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		look := func(away time.Duration) (noticed time.Duration) {
			ann.live()
			ann.SetActive(w.general, true)
			time.Sleep(time.Second)
			ann.SetActive(w.general, false)
			time.Sleep(away)
			w.net.Last().Stall(true)
			lines := len(w.net.Lines())
			ann.SetActive(w.general, true)
			return ann.noticed(lines)
		}
		if took := look(2 * time.Minute); took > 2100*time.Millisecond {
			t.Errorf("after two minutes: noticed after %v", took)
		}
		if took := look(10 * time.Second); took < 2500*time.Millisecond {
			t.Errorf("after a moment: noticed after %v, by a probe", took)
		}
	})
}
