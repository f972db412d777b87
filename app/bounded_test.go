package app

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store/profile"
)

// TestWeights: what a frame takes in memory while it waits for the loop is known of all
// that can be large, so that it is bounded.
func TestWeights(t *testing.T) {
	const n = 10_000
	for _, f := range []wire.Frame{
		&wire.Events{Events: make([]wire.Event, n)}, &wire.Live{Heads: make([]wire.RoomHead, n)}, &wire.Lag{Rooms: make([]chat.RoomID, n)},
		&wire.Snapshot{State: string(make([]byte, 16*n))}, &wire.ReadAt{Markers: make([]wire.RoomMarker, n)}, &wire.ReadBy{Readers: make([]wire.Reader, n)},
		&wire.TypingAt{Accounts: make([]chat.AccountID, n)}, &wire.PresenceAt{People: make([]wire.Subject, n)},
		&wire.BlocksAt{Blocks: make([]chat.Block, n)}, &wire.CardAt{Cards: make([]wire.Card, n)},
	} {
		if d := (&delivery{frame: f}); d.weight() < 16*n {
			t.Errorf("a %s of %d weighs %d", f.Type(), n, d.weight())
		}
	}
}

// TestOneSweep: reasons to look for files that nothing names come faster than looking
// takes. One goroutine looks, and once more in the end.
func TestOneSweep(t *testing.T) {
	c := newBenchCore(t, 1)
	g := c.group
	before := runtime.NumGoroutine()
	g.stock.sweeping.Lock()
	for range 50 {
		c.sweepNow(g)
	}
	if n := runtime.NumGoroutine() - before; n > 1 {
		t.Errorf("%d goroutines wait for the files", n)
	}
	g.stock.sweeping.Unlock()
	c.tasks.Wait()
	c.runTasks()
	if _, again := c.alarm.due[alarmSweep]; !again || g.sweeping {
		t.Error("nobody looks once more")
	}
}

// TestStatusKeepsNoFiles: what somebody is up to leaves no file behind, and is no reason to
// look for one; a picture is.
func TestStatusKeepsNoFiles(t *testing.T) {
	c := newBenchCore(t, 1)
	c.alarm.clear(alarmSweep)
	tell := func(card wire.Card) bool {
		c.cardAt(&wire.CardAt{Cards: []wire.Card{card}})
		_, sweeps := c.alarm.due[alarmSweep]
		c.alarm.clear(alarmSweep)
		return sweeps
	}
	if tell(wire.Card{Account: c.other, Rev: 1, Status: wire.Status{Text: "away"}}) {
		t.Error("a status has the files looked through")
	}
	if !tell(wire.Card{Account: c.other, Rev: 2, Avatar: chat.Hash{1}}) {
		t.Error("a picture has not")
	}
}

// TestStatusOverAfterSleep: a status is over while the machine sleeps, and the clock by
// which alarms ring stands still. It does not stay for as long once more.
func TestStatusOverAfterSleep(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		defer ann.quit()
		must(t, ann.SetStatus(t.Context(), StatusView{Text: "out", Until: time.Now().Add(9 * time.Hour)}))
		synctest.Wait()
		var rings time.Duration
		look := func() {
			must(t, tell(t.Context(), ann.App, func() error {
				rings = time.Until(ann.alarm.due[alarmCards].at)
				return nil
			}))
			if rings <= 0 || rings > time.Minute {
				t.Errorf("the next look is in %s", rings)
			}
		}
		look()
		time.Sleep(time.Hour)
		look()
		if got := ann.View().Cards[ann.account].Status.Text; got != "out" {
			t.Errorf("after an hour the status is %q", got)
		}
		time.Sleep(8*time.Hour + time.Second)
		if got := ann.View().Cards[ann.account].Status.Text; got != "" {
			t.Errorf("in the end the status is %q", got)
		}
	})
}

// TestSettingsOnSlowDisk: while settings are written nobody waits who only reads them, as
// every loop does.
func TestSettingsOnSlowDisk(t *testing.T) {
	c := newBenchCore(t, 1)
	begun, gate, written, read := make(chan struct{}), make(chan struct{}), make(chan error, 1), make(chan struct{})
	go func() {
		written <- c.changeSettings(func(s *profile.Settings) {
			close(begun)
			<-gate
			s.Theme = "dark"
		})
	}()
	<-begun
	go func() {
		c.presentSettings()
		close(read)
	}()
	select {
	case <-read:
	case <-time.After(30 * time.Second):
		t.Error("reading waits for the disk")
	}
	close(gate)
	must(t, <-written)
	if c.presentSettings().Theme != "dark" {
		t.Error("it was not kept")
	}
}
