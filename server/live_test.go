package server

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hearth/server/storage"
	"hearth/server/storage/memstore"
)

// slowProbe is data whose probes wait until they may go on.
type slowProbe struct {
	storage.Store
	hold atomic.Pointer[chan struct{}]
}

func (s *slowProbe) Probe(ctx context.Context) error {
	if c := s.hold.Load(); c != nil {
		select {
		case <-*c:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.Store.Probe(ctx)
}

// TestLiveAndReady: the loop shows every few seconds that it turns and the disk is probed
// by a commit; a disk that takes long makes the server unready within ten seconds of its
// last commit, and is no reason to take the process for stuck.
func TestLiveAndReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &slowProbe{Store: memstore.New()}
		w := newBubble(t, disk, Options{})
		s := w.server
		for range 120 {
			time.Sleep(500 * time.Millisecond)
			synctest.Wait()
			if age := time.Now().UnixMilli() - s.ticked.Load(); !s.Live() || age > 2000 {
				t.Fatalf("the loop turned %d ms ago", age)
			}
			if age := time.Since(time.UnixMilli(s.probed.Load())); s.Ready() != nil || age > 5*time.Second {
				t.Fatalf("the last commit was %v ago: %v", age, s.Ready())
			}
		}
		hold := make(chan struct{})
		disk.hold.Store(&hold)
		last := time.UnixMilli(s.probed.Load())
		time.Sleep(time.Until(last.Add(9900 * time.Millisecond)))
		if err := s.Ready(); err != nil {
			t.Errorf("9.9 s after the last commit: %v", err)
		}
		time.Sleep(time.Until(last.Add(10100 * time.Millisecond)))
		if s.Ready() == nil {
			t.Error("ready 10.1 s after the last commit")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !s.Live() {
			t.Error("a slow disk stops the loop")
		}
		disk.hold.Store(nil)
		close(hold)
		time.Sleep(sweepInterval)
		synctest.Wait()
		if err := s.Ready(); err != nil {
			t.Errorf("with the disk back: %v", err)
		}
		s.ticked.Store(time.Now().Add(-5001 * time.Millisecond).UnixMilli())
		if s.Live() {
			t.Error("alive although its loop has not turned for 5 s")
		}
	})
}

// TestAdmissionsPerCore: nobody's setting is so many for each core.
func TestAdmissionsPerCore(t *testing.T) {
	if got, want := (Options{}).withDefaults().Admissions, 250*runtime.GOMAXPROCS(0); got != want {
		t.Errorf("%d, want %d", got, want)
	}
	if got := (Options{Admissions: 7}).withDefaults().Admissions; got != 7 {
		t.Errorf("7 became %d", got)
	}
}
