package app

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/storage"
)

// fullDisk is a server's data on a disk that has no space for settings for a while.
type fullDisk struct {
	storage.Store
	full atomic.Bool
}

func (d *fullDisk) SetSetting(ctx context.Context, key string, value []byte) error {
	if d.full.Load() {
		return storage.ErrNoSpace
	}
	return d.Store.SetSetting(ctx, key, value)
}

func (d *fullDisk) SetBlocks(ctx context.Context, id chat.AccountID, value []byte) error {
	if d.full.Load() {
		return storage.ErrNoSpace
	}
	return d.Store.SetBlocks(ctx, id, value)
}

// TestBlockedBesideFullServer: the server cannot store whom one has blocked for longer
// than any question is repeated. On the same connection it is told all the same, soon
// after it can.
func TestBlockedBesideFullServer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		w.stop(true)
		disk := &fullDisk{Store: w.data}
		w.data = disk
		w.start()
		ann, eve := w.member("ann").run().live(), w.member("eve").run().live()
		defer ann.quit()
		defer eve.quit()
		desk := w.another(ann, "desk").run().live()
		defer desk.quit()
		disk.full.Store(true)
		must(t, ann.Block(t.Context(), eve.account, true))
		time.Sleep(30 * persistAfter)
		if got := desk.blocks(); len(got) != 0 {
			t.Fatalf("a server that stores nothing told of %q", got)
		}
		disk.full.Store(false)
		time.Sleep(2 * persistAfter)
		if got := desk.blocks(); !slices.Equal(got, []string{"eve"}) {
			t.Errorf("the other device has blocked %q", got)
		}
	})
}

// TestReadWhileComingBack: a read position reaches the server when another device has
// just left the room, and is refused. Once the account is back, on the same connection,
// it is told again.
func TestReadWhileComingBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann, bob := w.member("ann").run().live(), w.member("bob").run().live()
		defer ann.quit()
		defer bob.quit()
		lap := w.another(bob, "bobs-laptop").run().live()
		ann.say(w.general, "1", "2", "3")
		ann.sent()
		agree(t, w.general, bob, lap)
		head := bob.roomView(w.general).Head
		bob.do(func() { // nothing that arrives is looked at meanwhile
			must(t, lap.LeaveRoom(t.Context(), w.general))
			time.Sleep(5 * time.Second)
			bob.group.reads[w.general] = head
			bob.flushReads()
		})
		bob.until("that it has left", func(*View) bool { return !bob.roomView(w.general).Joined })
		lap.quit()
		must(t, ann.AddMember(t.Context(), w.general, bob.account))
		bob.until("that it is back", func(*View) bool { return bob.roomView(w.general).Joined })
		time.Sleep(10 * time.Second)
		marks, err := w.data.AccountMarkers(t.Context(), bob.account)
		must(t, err)
		if i := slices.IndexFunc(marks, func(m storage.Marker) bool { return m.Room == w.general }); i < 0 || marks[i].Read < head {
			t.Errorf("the server has %+v, want %d", marks, head)
		}
	})
}
