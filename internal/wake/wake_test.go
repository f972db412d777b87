package wake

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hearth/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// watched runs Watch and gathers what it tells.
type watched struct {
	cancel context.CancelFunc
	done   chan struct{}
	told   chan Cause
}

func watch(t *testing.T, run func(ctx context.Context, notify func(Cause))) *watched {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &watched{cancel: cancel, done: make(chan struct{}), told: make(chan Cause, 100)}
	go func() {
		defer close(w.done)
		run(ctx, func(c Cause) { w.told <- c })
	}()
	return w
}

// end ends it and returns what was told and not taken.
func (w *watched) end() (rest []Cause) {
	w.cancel()
	<-w.done
	for {
		select {
		case c := <-w.told:
			rest = append(rest, c)
		default:
			return rest
		}
	}
}

// TestPoll: where the kernel does not tell, a change is found by looking, and told
// once.
func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var here atomic.Value
		here.Store("home")
		o := Options{Networks: func() string { return here.Load().(string) }}
		ctx, cancel := context.WithCancel(t.Context())
		var told atomic.Int32
		var running sync.WaitGroup
		running.Go(func() {
			follow(ctx, o, nil, pollPeriod, func(Cause) { told.Add(1) })
		})
		for _, step := range []struct {
			where string
			want  int32
		}{{"home", 0}, {"", 1}, {"", 1}, {"work", 2}} {
			here.Store(step.where)
			time.Sleep(2*pollPeriod + time.Millisecond)
			if n := told.Load(); n != step.want {
				t.Errorf("in %q: told %d times, want %d", step.where, n, step.want)
			}
		}
		cancel()
		running.Wait()
	})
}

// TestBurst: an interface that comes up address by address is told of once.
func TestBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n, told atomic.Int32
		o := Options{Networks: func() string { return string(rune('a' + n.Load())) }}
		ctx, cancel := context.WithCancel(t.Context())
		changes := make(chan struct{}, 1)
		var running sync.WaitGroup
		running.Go(func() { follow(ctx, o, changes, 0, func(Cause) { told.Add(1) }) })
		synctest.Wait()
		for range 5 {
			n.Add(1)
			changes <- struct{}{}
			time.Sleep(settle / 2)
		}
		time.Sleep(time.Second)
		changes <- struct{}{} // words without a change
		time.Sleep(time.Second)
		if got := told.Load(); got != 1 {
			t.Errorf("told %d times, want 1", got)
		}
		cancel()
		running.Wait()
	})
}
