package app

import (
	"cmp"
	"io/fs"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/storage"
)

// failing is a server's disk that does not take what is appended.
type failing struct {
	storage.Store
	broken atomic.Bool
	fault  error // nil: there is no space
}

func (f *failing) Append(b *storage.Batch, done func(error)) {
	if f.broken.Load() {
		go done(cmp.Or(f.fault, storage.ErrNoSpace))
		return
	}
	f.Store.Append(b, done)
}

// TestDelaySays: what a server without space refuses for hours waits, and says why and since when,
// also what is written meanwhile; once the server takes it nothing is said any more.
func TestDelaySays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		w.stop(true)
		disk := &failing{Store: w.data}
		w.data = disk
		w.start()
		ann := w.member("ann").run().live()
		defer ann.quit()
		disk.broken.Store(true)
		begun := time.Now()
		ann.say(w.general, "one")
		delays := func() (said []Delay) {
			list, err := ann.Outbox(t.Context())
			must(t, err)
			for _, e := range list {
				if e.Message.Delay != nil && e.Message.Failure == nil {
					said = append(said, *e.Message.Delay)
				}
			}
			return said
		}
		ann.until("the reason", func(*View) bool { return len(delays()) == 1 })
		time.Sleep(time.Hour)
		ann.say(w.general, "two")
		ann.until("both reasons", func(*View) bool { return len(delays()) == 2 })
		for _, d := range delays() {
			if d.Code != chat.CodeCapacityDisk || d.Since.Before(begun) || d.Since.After(begun.Add(time.Minute)) {
				t.Errorf("says %+v, begun at %v", d, begun)
			}
		}
		disk.broken.Store(false)
		ann.sent()
		if said := delays(); len(said) != 0 {
			t.Errorf("still %+v", said)
		}
	})
}

// TestDelayOfFault: the server's disk fails. What waits says so, of the first refusal and of
// all that follow, and never that the server has too much to do; it goes out once the server
// was started again on a disk that works.
func TestDelayOfFault(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		w.stop(true)
		disk := &failing{Store: w.data, fault: &fs.PathError{Op: "fdatasync", Path: "hearth.db", Err: syscall.EIO}}
		w.data = disk
		w.start()
		ann := w.member("ann").run().live()
		defer ann.quit()
		disk.broken.Store(true)
		ann.say(w.general, "one")
		seen := map[chat.Code]bool{}
		for range 120 {
			time.Sleep(time.Second)
			list, err := ann.Outbox(t.Context())
			must(t, err)
			for _, e := range list {
				if e.Message.Failure != nil {
					t.Fatalf("it has failed: %+v", e.Message.Failure)
				}
				if e.Message.Delay != nil {
					seen[e.Message.Delay.Code] = true
				}
			}
		}
		if len(seen) != 1 || !seen[chat.CodeInternal] {
			t.Errorf("it says %v", seen)
		}
		w.stop(true)
		disk.broken.Store(false)
		w.start()
		ann.TryNow()
		ann.live().sent()
		if got := texts(w, w.general); len(got) != 1 || got[0] != "one" {
			t.Errorf("the server has %q", got)
		}
	})
}
