package boltstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/testkit"
	"hearth/server/storage"
	"hearth/server/storage/storagetest"
)

// fill makes a data folder with some hundred events, most of them archived.
func fill(t *testing.T, dir string, o Options) *storagetest.Writer {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	w, p := storagetest.NewWriter(chat.NewRoomID()), storagetest.NewPerson()
	for b := w.Found(p); w.Head.Seq < 500; b = w.Message(p, "one", "two", "three") {
		answer := make(chan error, 1)
		s.Append(b, func(err error) { answer <- err })
		if err := <-answer; err != nil {
			t.Fatal(err)
		}
	}
	// The last batch was made and not appended.
	head, err := s.Head(t.Context(), w.Room)
	if err != nil {
		t.Fatal(err)
	}
	w.Head = head
	if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestTornCopy cuts a copy of the file at many places, as a copy made without
// care or a disk that lies would: never a crash, never silence.
func TestTornCopy(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, Options{JournalEvents: 50})
	whole, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	whole = bytes.TrimRight(whole, "\x00")
	for cut := 1; cut < len(whole)-4096; cut += 4096*3 + 100 {
		torn := t.TempDir()
		if err := os.WriteFile(filepath.Join(torn, FileName), whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(torn, Options{})
		if !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if s != nil {
			t.Fatal("a store although there is an error")
		}
	}
}

// TestVerifyNotices breaks one record of each bucket behind the engine's back.
func TestVerifyNotices(t *testing.T) {
	flip := func(name []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(name).Cursor().Last()
			v = bytes.Clone(v)
			v[len(v)-1] ^= 1
			return tx.Bucket(name).Put(bytes.Clone(k), v)
		}
	}
	drop := func(name []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			k, _ := tx.Bucket(name).Cursor().Last()
			return tx.Bucket(name).Delete(bytes.Clone(k))
		}
	}
	for name, harm := range map[string]func(*bbolt.Tx) error{
		"event changed": flip(bucketEvents), "event gone": drop(bucketEvents),
		"message id changed": flip(bucketMIDs), "message id gone": drop(bucketMIDs),
		"message id added": func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(bucketMIDs).Cursor().Last()
			return tx.Bucket(bucketMIDs).Put(append(bytes.Clone(k[:47]), ^k[47]), v)
		},
		"head changed": flip(bucketRooms), "room gone": drop(bucketRooms),
		"state gone": drop(bucketStates), "member gone": drop(bucketMembers),
		"name gone": drop(bucketNames), "name changed": flip(bucketNames), "device gone": drop(bucketDevices),
		"list of devices gone": drop(bucketAccountDevices), "account gone": drop(bucketAccounts),
		"invite cut": func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(bucketInvites).Cursor().First()
			return tx.Bucket(bucketInvites).Put(bytes.Clone(k), v[:len(v)-1])
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, Options{JournalEvents: 50})
			addPeople(t, dir)
			s, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			waitArchived(t, s)
			if err := s.Verify(t.Context()); err != nil {
				t.Fatalf("before: %v", err)
			}
			if err := s.db.Update(t.Context(), harm); err != nil {
				t.Fatal(err)
			}
			if err := s.Verify(t.Context()); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("Verify: %v", err)
			} else {
				t.Log(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func addPeople(t *testing.T, dir string) {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	i := storage.Invite{ID: chat.InviteID{1}, Uses: 1, Expires: 100}
	a := storage.Account{ID: chat.NewAccountID(), Name: "alice"}
	err = errors.Join(s.PutInvite(t.Context(), i),
		s.CreateAccount(t.Context(), a, a.Name, storage.Device{ID: chat.DeviceID{1}}, i.ID, 1), s.Close())
	if err != nil {
		t.Fatal(err)
	}
}

// waitArchived waits until no journal is frozen.
func waitArchived(t *testing.T, s *Store) {
	t.Helper()
	testkit.Eventually(t, "the archiver's end", func() bool { return s.index.frozenPart() == nil })
}

// TestNoSpace fills a bounded file: refusals leave no trace and end when there is
// room, the archiver included.
func TestNoSpace(t *testing.T) {
	dir := t.TempDir()
	o := Options{JournalEvents: 50, MaxBytes: 6 << 20}
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	w, p := storagetest.NewWriter(chat.NewRoomID()), storagetest.NewPerson()
	put := func(b *storage.Batch) error {
		answer := make(chan error, 1)
		s.Append(b, func(err error) { answer <- err })
		return <-answer
	}
	if err := put(w.Found(p)); err != nil {
		t.Fatal(err)
	}
	big := string(make([]byte, 10_000))
	before := *w
	for err = nil; err == nil; {
		before = *w
		err = put(w.Message(p, big))
	}
	if !errors.Is(err, storage.ErrNoSpace) {
		t.Fatalf("a full file: %v", err)
	}
	*w = before
	for range 5 {
		// A refused batch is forgotten: another attempt meets no conflict. It may
		// even succeed, since archiving frees space.
		before = *w
		if err := put(w.Message(p, big)); errors.Is(err, storage.ErrNoSpace) {
			*w = before
		} else if err != nil {
			t.Errorf("again: %v", err)
		}
	}
	if err := s.Probe(t.Context()); err != nil && !errors.Is(err, storage.ErrNoSpace) {
		t.Errorf("probe: %v", err)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	o.MaxBytes = 0
	if s, err = Open(dir, o); err != nil {
		t.Fatal(err)
	}
	if err := put(w.Message(p, big)); err != nil {
		t.Errorf("with room again: %v", err)
	}
	waitArchived(t, s)
	if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
		t.Error(err)
	}
}

// TestJournalStaysShort appends far faster than small steps could archive.
func TestJournalStaysShort(t *testing.T) {
	const bound, batch, waiting = 100, 20, 10
	s, err := Open(t.TempDir(), Options{JournalEvents: bound})
	if err != nil {
		t.Fatal(err)
	}
	w, p := storagetest.NewWriter(chat.NewRoomID()), storagetest.NewPerson()
	texts := make([]string, batch)
	window := make(chan error, waiting)
	for range waiting {
		window <- nil
	}
	longest := 0
	for b := w.Found(p); w.Head.Seq < 20_000; b = w.Message(p, texts...) {
		if err := <-window; err != nil {
			t.Fatal(err)
		}
		s.Append(b, func(err error) { window <- err })
		s.index.mu.RLock()
		longest = max(longest, s.index.active.events)
		s.index.mu.RUnlock()
	}
	for range waiting {
		if err := <-window; err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("longest journal: %d events", longest)
	if longest > 2*bound+4*batch*waiting {
		t.Errorf("the journal has grown to %d events, the bound is %d", longest, bound)
	}
	if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
		t.Error(err)
	}
}

func TestOtherFiles(t *testing.T) {
	for _, test := range []struct {
		name, kind string
		more       []boltkit.Migration
		want       error
	}{
		{"newer", "hearth-server", []boltkit.Migration{func(*bbolt.Tx) error { return nil }}, storage.ErrNewer},
		{"a client's", "hearth-client", nil, storage.ErrDamaged},
	} {
		dir := t.TempDir()
		db, err := boltkit.Open(filepath.Join(dir, FileName), boltkit.Options{
			Kind: test.kind, Migrations: append(slices.Clone(migrations), test.more...),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{Timeout: 20 * time.Millisecond}); !errors.Is(err, storage.ErrInUse) {
		t.Errorf("second open: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
