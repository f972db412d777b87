package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/storetest"
)

// rerun makes processes of this test program and counts them.
func rerun(count *int) boltkit.Rerun {
	return func(ctx context.Context, args ...string) *exec.Cmd {
		*count++
		return boltkit.Self(ctx, args...)
	}
}

func (d *db) openLooking(processes *int) (*store.Store, error) {
	return store.Open(d.t.Context(), d.path, d.key, owner, store.Options{Log: testkit.Logger(d.t), Rerun: rerun(processes)})
}

// TestPrecheck: a file that was closed properly is opened at once; after a crash,
// even one before anything was written, it is looked at first.
func TestPrecheck(t *testing.T) {
	d := newDB(t)
	processes := 0
	open := func(want int) *store.Store {
		t.Helper()
		s, err := d.openLooking(&processes)
		if err != nil {
			t.Fatal(err)
		}
		if processes != want {
			t.Errorf("%d processes, want %d", processes, want)
		}
		return s
	}
	s := open(0)
	filled(t, s, 20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(0)
	copied := filepath.Join(t.TempDir(), "store.db")
	whole, err := os.ReadFile(d.path) // as a crash leaves it
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	d.path = copied
	s = open(1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFlippedFoundations: where a bit of the format, or of the fingerprint of the key,
// is another one, the file is damaged: neither of a newer program nor under another key.
func TestFlippedFoundations(t *testing.T) {
	d := newDB(t)
	s := d.open()
	filled(t, s, 20)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	flip := func(bucket, key string, bit int) {
		t.Helper()
		d.change(func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte(bucket))
			v := bytes.Clone(b.Get([]byte(key)))
			v[bit/8] ^= 1 << (bit % 8)
			return b.Put([]byte(key), v)
		})
	}
	for _, record := range []struct {
		bucket, key string
		bits, step  int
	}{{"hearth", "format", 32, 1}, {"hearth", "check", 32, 7}, {"client", "key", 128, 7}} {
		for bit := 0; bit < record.bits; bit += record.step {
			flip(record.bucket, record.key, bit)
			s, err := store.Open(t.Context(), d.path, d.key, owner, store.Options{})
			if !errors.Is(err, store.ErrDamaged) {
				t.Errorf("bit %d of %s: %v", bit, record.key, err)
			}
			if err == nil {
				_ = s.Close()
			}
			flip(record.bucket, record.key, bit)
		}
	}
	if err := d.open().Close(); err != nil {
		t.Error(err)
	}
}

// TestSalvage: whatever happens to a file, opening it never ends this process, and
// what can be read of the outbox is what was written.
func TestSalvage(t *testing.T) {
	d := newDB(t)
	s := d.open()
	filled(t, s, 60)
	var want []chat.MID
	for i := range 200 {
		e, err := s.Enqueue(t.Context(), store.Submission{
			MID: chat.NewMID(), Room: room1, Kind: chat.KindMessage, Body: storetest.TextBody(fmt.Sprint(i)), Transmitted: i%3 == 0, DSeq: uint64(i),
		})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, e[0].MID)
	}
	// Of a room that nothing names it cannot be told whose the draft is.
	drafts := map[chat.RoomID]chat.Draft{room1: {Text: "half a thought", Reply: 5}}
	for id, d := range map[chat.RoomID]chat.Draft{room1: drafts[room1], chat.NewRoomID(): {Text: "another"}} {
		if err := s.SetDraft(t.Context(), id, d); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	processes := 0
	saved, err := store.Salvage(t.Context(), d.path, d.key, rerun(&processes), testkit.Logger(t))
	if err != nil || len(saved.Outbox) != len(want) || saved.Outbox[7].MID != want[7] || !saved.Outbox[3].Transmitted || saved.Outbox[3].DSeq != 3 || processes != 1 {
		t.Fatalf("of a whole file: %d saved, %v", len(saved.Outbox), err)
	}
	if len(saved.Drafts) != 1 || saved.Drafts[room1].Text != drafts[room1].Text || saved.Drafts[room1].Reply != 5 {
		t.Errorf("drafts of a whole file: %+v", saved.Drafts)
	}
	whole, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	used := len(bytes.TrimRight(whole, "\x00"))
	metas := 2 * os.Getpagesize()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	refused, some := 0, 0
	for range 20 {
		changed := bytes.Clone(whole)
		switch random.IntN(3) {
		case 0: // pages of rubbish
			for range 1 + random.IntN(3) {
				at := metas + random.IntN((used-metas)/4096)*4096
				for i := range 4096 {
					changed[at+i] = byte(random.Uint32())
				}
			}
		case 1: // pages in each other's place
			a, b := metas+random.IntN((used-metas)/4096)*4096, metas+random.IntN((used-metas)/4096)*4096
			copy(changed[a:a+4096], whole[b:b+4096])
		case 2: // bits
			for range 50 {
				changed[metas+random.IntN(used-metas)] ^= 1 << random.IntN(8)
			}
		}
		if err := os.WriteFile(d.path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(d.path + ".clean") // it crashed
		s, err := d.openLooking(&processes)
		switch {
		case err == nil:
			if err := s.Close(); err != nil && !errors.Is(err, store.ErrDamaged) {
				t.Error(err)
			}
		case !errors.Is(err, store.ErrDamaged):
			t.Errorf("refused with %v", err)
		default:
			refused++
		}
		saved, err := store.Salvage(t.Context(), d.path, d.key, rerun(&processes), testkit.Logger(t))
		if errors.Is(err, boltkit.ErrNoChild) {
			t.Error(err)
		}
		for _, e := range saved.Outbox {
			i := slices.Index(want, e.MID)
			if i < 0 || string(e.Body) != string(storetest.TextBody(fmt.Sprint(i))) {
				t.Errorf("saved what was never written: %+v", e)
			}
		}
		for id, d := range saved.Drafts {
			if want := drafts[id]; !d.Equal(&want) {
				t.Errorf("saved a draft that was never written: %+v", d)
			}
		}
		if len(saved.Outbox) > 0 {
			some++
		}
	}
	if refused < 5 || some < 5 {
		t.Errorf("of 20 damaged files %d were refused; of %d some of the outbox was saved", refused, some)
	}
	t.Logf("%d of 20 refused; of %d some or all of the outbox was saved", refused, some)
	if _, err := store.Salvage(t.Context(), d.path+".none", d.key, nil, testkit.Logger(t)); err != nil {
		t.Errorf("of no file: %v", err)
	}
}
