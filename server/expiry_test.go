package server

import (
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/net/wire"
)

// TestExpiresWhileConnected: the life of a proof ends for who is connected, too,
// unless the password was proven anew on this device meanwhile.
func TestExpiresWhileConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		ann, ben := w.person(), w.person()
		life := time.Duration(w.server.o.Limits.SessionAbsoluteDays) * 24 * time.Hour
		for _, c := range []*raw{ann, ben} {
			c.protect("old")
			if err := w.store.ProveDevice(t.Context(), c.deviceID(), nil, time.Now().Add(time.Minute-life).UnixMilli()); err != nil {
				t.Fatal(err)
			}
		}
		ann, ben = ann.again(), ben.again()
		if _, f := ben.change("person2", "old", "new", false); refusal(f) != "" {
			t.Fatalf("the password was not changed: %+v", f)
		}
		ann.beat(15 * time.Second)
		ben.beat(15 * time.Second)
		begin := time.Now()
		frames, code := ann.over(2 * time.Minute)
		if e := lastError(frames); e == nil || e.Code != chat.CodeAuthExpired || !e.Fatal || code != wire.CloseAuthExpired {
			t.Errorf("ended with %v, code %d", e, code)
		}
		if took := time.Since(begin); took < time.Minute-time.Second || took > time.Minute+sweepInterval+time.Second {
			t.Errorf("ended after %v", took)
		}
		time.Sleep(time.Minute)
		if w.server.hub.device(ben.deviceID()) == nil {
			t.Error("a fresh proof did not count")
		}
	})
}

// TestIdleEviction: who says nothing for 45 s is gone at the next sweep, and told.
func TestIdleEviction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, nil, Options{})
		quiet, alive := w.person(), w.person()
		alive.beat(15 * time.Second)
		begin := time.Now()
		frames, code := quiet.over(2 * time.Minute)
		took := time.Since(begin)
		bye, ok := frames[len(frames)-1].(*wire.Goodbye)
		if !ok || bye.Reason != wire.GoodbyeIdle || code != wire.CloseIdle {
			t.Errorf("ended with %+v, code %d", frames[len(frames)-1], code)
		}
		if took < 45*time.Second || took > 45*time.Second+sweepInterval+time.Second {
			t.Errorf("ended after %v", took)
		}
		time.Sleep(5 * time.Minute)
		if w.server.hub.device(alive.deviceID()) == nil {
			t.Error("a connection with heartbeats was ended")
		}
	})
}
