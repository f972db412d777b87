package app

import (
	"sync/atomic"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/storage"
)

// failing is a server's disk that does not take what is appended.
type failing struct {
	storage.Store
	broken atomic.Bool
}

func (f *failing) Append(b *storage.Batch, done func(error)) {
	if f.broken.Load() {
		go done(storage.ErrNoSpace)
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
