package app

import (
	"context"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/blob"
)

// TestCacheBound: what was not looked at for longest goes until the bound is kept, and
// can be fetched again; what waits, and what is in a room one has left, stays. Clearing
// frees as much as was said.
func TestCacheBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann, ben := w.member("ann").run().live(), w.member("ben").run().live()
		defer ann.quit()
		defer ben.quit()
		garden, err := ann.CreateRoom(ctx, RoomRequest{Name: "garden", Access: chat.AccessOpen})
		must(t, err)
		ann.sent()
		must(t, ben.JoinRoom(ctx, garden))
		ben.until("joining", func(*View) bool { r, ok := ben.roomNamed("garden"); return ok && r.Joined })
		send := func(room chat.RoomID, n int) FileView {
			t.Helper()
			_, err := ann.SendFiles(ctx, room, Outgoing{}, []LocalFile{bytesFile("f.bin", noise(n))})
			must(t, err)
			ann.sent()
			ben.until("the file", func(*View) bool { return ben.roomView(room).Head == ann.roomView(room).Head })
			f := ben.last(room).Files[0]
			must(t, ben.LoadFile(ctx, room, f.File))
			return f
		}
		left := send(garden, 90_000)
		older, newer := send(w.general, 100_000), send(w.general, 110_000)
		must(t, ben.LeaveRoom(ctx, garden))
		ben.until("leaving", func(*View) bool { return !ben.roomView(garden).Joined })
		s := ben.shot.Load()
		has := func(f FileView) bool { return s.stock.shelf.Has(f.Hash) }
		for _, f := range []FileView{left, newer, older} { // looked at last: the first one that came
			_, err := ben.content(f.File)
			must(t, err)
			time.Sleep(time.Second)
		}
		before, err := ben.FileUsage(ctx)
		must(t, err)
		if n, err := s.stock.evict(ctx, s.store, s.unread(chat.RoomID{}), before.Bytes); n != 0 || err != nil {
			t.Errorf("%d contents went within the bound, %v", n, err)
		}
		n, err := s.stock.evict(ctx, s.store, s.unread(chat.RoomID{}), before.Bytes-1)
		if n != 1 || err != nil || has(newer) || !has(older) || !has(left) {
			t.Errorf("%d went, %v; newer here %v, looked at %v, left %v", n, err, has(newer), has(older), has(left))
		}
		must(t, ben.LoadFile(ctx, w.general, newer.File))

		// What waits to be sent is in nobody's hands but ours.
		w.stop(true)
		_, err = ben.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("own.bin", noise(120_000))})
		must(t, err)
		own := ben.last(w.general).Files[0]
		if n, err := s.stock.evict(ctx, s.store, s.unread(chat.RoomID{}), 0); n != 2 || err != nil || !has(own) || !has(left) || has(older) {
			t.Errorf("%d went, %v; own here %v, left %v", n, err, has(own), has(left))
		}
		w.start()
		ben.live().sent()
		usage, err := ben.FileUsage(ctx)
		must(t, err)
		freed, err := ben.ClearFiles(ctx, chat.RoomID{})
		if err != nil || freed != usage.Spare || freed < 120_000 || has(own) || !has(left) {
			t.Errorf("freed %d of %+v, %v; left %v", freed, usage, err, has(left))
		}
		if again, err := ben.FileUsage(ctx); err != nil || again.Spare != 0 || again.Bytes != usage.Bytes-freed {
			t.Errorf("afterwards %+v, %v", again, err)
		}
		must(t, ben.LoadFile(context.WithoutCancel(ctx), w.general, own.File))
	})
}

// TestCacheSetting: the bound is kept in the profile, and nonsense is the default.
func TestCacheSetting(t *testing.T) {
	for given, want := range map[int]int{0: DefaultCacheMB, 3: DefaultCacheMB, 250: 250, NoCacheLimit: NoCacheLimit, -7: DefaultCacheMB} {
		s := DefaultSettings()
		s.CacheMB = given
		if got := s.Sane().CacheMB; got != want {
			t.Errorf("%d becomes %d, want %d", given, got, want)
		}
	}
	if cacheBytes(Settings{CacheMB: NoCacheLimit}) != -1 || cacheBytes(Settings{CacheMB: 250}) != 250_000_000 {
		t.Error("the bound in bytes is wrong")
	}
}

// TestCacheLowered: a bound that is lowered holds a little later, and not only once something
// else comes; who takes the choice back at once loses nothing.
func TestCacheLowered(t *testing.T) {
	defer func(sizes []int) { CacheSizes = sizes }(CacheSizes)
	CacheSizes = append(slices.Clone(CacheSizes), 1)
	bubble(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, nil)
		defer w.close()
		w.keepsFiles(blob.Limits{})
		ann, ben := w.member("ann").run().live(), w.member("ben").run().live()
		defer ann.quit()
		defer ben.quit()
		var files []FileView
		for _, n := range []int{700_000, 710_000} {
			_, err := ann.SendFiles(ctx, w.general, Outgoing{}, []LocalFile{bytesFile("f.bin", noise(n))})
			must(t, err)
			ann.sent()
			ben.until("the file", func(*View) bool { return ben.roomView(w.general).Head == ann.roomView(w.general).Head })
			files = append(files, ben.last(w.general).Files[0])
			must(t, ben.LoadFile(ctx, w.general, files[len(files)-1].File))
		}
		time.Sleep(time.Minute)
		s := ben.shot.Load()
		here := func() (n int) {
			for _, f := range files {
				if s.stock.shelf.Has(f.Hash) {
					n++
				}
			}
			return n
		}
		choose := func(mb int) {
			v := DefaultSettings()
			v.CacheMB = mb
			must(t, ben.SetSettings(v))
		}
		choose(1)
		choose(250)
		time.Sleep(time.Minute)
		if here() != 2 {
			t.Error("something went although the choice was taken back")
		}
		choose(1)
		time.Sleep(time.Minute)
		if here() != 1 {
			t.Errorf("%d files are here", here())
		}
	})
}
