package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage/boltstore"
	"hearth/store"
	"hearth/store/profile"
)

// onDisk puts the world's data into files, which copyFolder can put aside.
func (w *world) onDisk(dir string) {
	w.t.Helper()
	w.stop(true)
	must(w.t, w.data.Close())
	w.open(dir)
	w.makeGeneral()
	w.start()
}

func (w *world) open(dir string) {
	w.t.Helper()
	data, err := boltstore.Open(dir, boltstore.Options{})
	must(w.t, err)
	w.data = data
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.RemoveAll(to))
	must(t, os.CopyFS(to, os.DirFS(from)))
	must(t, filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	}))
}

// TestAcknowledgedAndLost: the server acknowledges a message, the connection breaks
// before its event comes, and an older copy of the server's files is put back by hand:
// same epoch, and its head is no further than what is here, so no cursor tells. The
// message is found to be lost all the same, and goes out again under its id; one that
// the server still has, in a part of the log that comes later, is left alone.
func TestAcknowledgedAndLost(t *testing.T) {
	for name, overtaken := range map[string]bool{"at the old head": false, "others have written since": true} {
		t.Run(name, func(t *testing.T) { bubble(t, func(t *testing.T) { acknowledgedAndLost(t, overtaken, false) }) })
	}
	t.Run("the store is made anew", func(t *testing.T) { bubble(t, func(t *testing.T) { acknowledgedAndLost(t, true, true) }) })
}

func acknowledgedAndLost(t *testing.T, overtaken, rebuilt bool) {
	w := newWorld(t, nil)
	dir := filepath.Join(t.TempDir(), "data")
	w.onDisk(dir)
	ann := w.member("ann").run().live()
	bob := w.member("bob").run().live()
	defer bob.quit()
	ann.say(w.general, "kept")
	ann.sent()
	ann.same(bob)
	epoch := w.data.Epoch()
	w.stop(true)
	must(t, w.data.Close())
	older := filepath.Join(t.TempDir(), "older")
	copyFolder(t, dir, older)

	// The server stores what was said, but of that only the ack has reached ann.
	ann.say(w.general, "lost")
	ann.do(func() {
		g := ann.group
		for _, o := range g.out {
			ann.acknowledged(g.room(w.general), o, &wire.Ack{MID: o.MID, Room: o.Room, Seq: g.room(w.general).c.Cursor.Seq + 1})
		}
	})
	time.Sleep(2 * ackPatience)
	entries, err := ann.group.store.Outbox(t.Context())
	must(t, err)
	if len(entries) != 1 || entries[0].State != store.EntryAcknowledged {
		t.Fatalf("the ack is not on disk: %+v", entries)
	}
	mid := entries[0].MID
	waits, err := ann.Outbox(t.Context())
	must(t, err)
	landing, err := ann.Landing(t.Context())
	must(t, err)
	if room, ok := landing[mid]; len(waits) != 0 || len(landing) != 1 || !ok || room != w.general {
		t.Errorf("neither waiting nor here: %v, and there waits %+v", landing, waits)
	}
	ann.quit()
	if rebuilt {
		p, err := profile.Open(ann.dir)
		must(t, err)
		groups, err := p.Groups()
		must(t, err)
		_, err = groups[0].Aside("damaged")
		must(t, err)
	}

	copyFolder(t, older, dir)
	w.open(dir)
	if w.data.Epoch() != epoch {
		t.Fatal("this copy tells that it is one")
	}
	w.start()
	if overtaken {
		bob.TryNow()
		bob.live()
		bob.say(w.general, "since")
		bob.sent()
	}
	ann.run()
	defer func() { ann.quit(); w.close() }()
	ann.live()
	ann.until("the loss", func(v *View) bool { return v.Failed == 1 })
	if got := ann.held(w.general); !slices.Equal(got, []chat.MID{mid}) {
		t.Fatalf("held: %v, want %v", got, mid)
	}
	if !ann.told(NoticeLost) {
		t.Error("nobody was told")
	}
	must(t, ann.RetryMessage(t.Context(), w.general, mid))
	ann.sent()
	if !overtaken {
		bob.TryNow()
		bob.live()
	}
	ann.same(bob)
	want := []string{"kept", "lost"}
	if overtaken {
		want = []string{"kept", "since", "lost"}
	}
	if got := texts(w, w.general); !slices.Equal(got, want) {
		t.Errorf("the server has %q, want %q", got, want)
	}
	rows := ann.rows(w.general)
	if last := rows[len(rows)-1]; last.MID != mid {
		t.Errorf("sent again under another id: %v, was %v", last.MID, mid)
	}
	must(t, ann.group.store.Check(t.Context()))
}

// TestAcknowledgedAndThere: what the server still knows is not offered again, whatever
// has become of its event here.
func TestAcknowledgedAndThere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		garden, err := ann.CreateRoom(t.Context(), RoomRequest{Name: "garden"})
		must(t, err)
		ann.say(garden, "one")
		ann.sent()
		two := w.another(ann, "two").run().live()
		defer two.quit()
		mid, err := two.Send(t.Context(), garden, "two")
		must(t, err)
		two.sent()
		ann.until("both", func(*View) bool { return len(ann.texts(garden)) == 2 })
		// As if this device had sent it, and heard nothing but an ack.
		_, err = ann.group.store.Enqueue(t.Context(), store.Submission{MID: mid, Room: garden, Kind: chat.KindMessage, Body: []byte(`{"text":"two"}`), Transmitted: true, DSeq: 3})
		must(t, err)
		_, err = ann.group.store.Acknowledge(t.Context(), store.Ack{MID: mid, Seq: 100})
		must(t, err)
		ann.quit()
		ann.run().live()
		defer ann.quit()
		ann.until("an empty outbox", func(v *View) bool {
			entries, err := ann.group.store.Outbox(t.Context())
			must(t, err)
			return len(entries) == 0 && v.Failed == 0
		})
		if got := texts(w, garden); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("the server has %q", got)
		}
	})
}
