package boltstore

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/server/storage"
	"hearth/server/storage/storagetest"
)

// putting returns what appends a batch and waits until it is on disk.
func putting(t *testing.T, s *Store) func(*storage.Batch) {
	return func(b *storage.Batch) {
		t.Helper()
		done := make(chan error, 1)
		s.Append(b, func(err error) { done <- err })
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

// TestErasedBytes: nothing that the file holds says what was erased, neither in the
// journal nor in the archive nor in a copy from before the journal was emptied.
// Pages that are free may still have the bytes until they are used again; how
// many is logged, and docs/storage.md says so.
func TestErasedBytes(t *testing.T) {
	for _, o := range []Options{{}, {JournalEvents: 3}, {JournalEvents: 40}} {
		dir := t.TempDir()
		s, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		put := putting(t, s)
		ann := storagetest.NewPerson()
		w := storagetest.NewWriter(chat.NewRoomID())
		put(w.Found(ann))
		secret := "xyzzy-a-secret-that-is-nowhere-else"
		put(w.Message(ann, secret))
		target := w.Head.Seq
		put(w.Change(ann, chat.Edit{Seq: target, Text: secret + " edited"}))
		for range 60 {
			put(w.Message(ann, "more"))
		}
		if !inUse(t, s, secret) {
			t.Error("what was said is not found: the test sees nothing")
		}
		put(w.Delete(ann, target, target+1))
		if inUse(t, s, secret) {
			t.Errorf("journal of %d: what was erased is still in use", o.JournalEvents)
		}
		count := func() int {
			b, err := os.ReadFile(filepath.Join(dir, FileName))
			if err != nil {
				t.Fatal(err)
			}
			return bytes.Count(b, []byte(secret))
		}
		at := count()
		for range 200 {
			put(w.Message(ann, "and more"))
		}
		t.Logf("journal of %d: %d copies in free pages at once, %d after 200 more commits", o.JournalEvents, at, count())
		if err := s.Verify(context.Background()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEraseAsTheJournalEmpties: the archiver's last step and a batch that erases
// may share a transaction. The index still says then that the journal has the event.
func TestEraseAsTheJournalEmpties(t *testing.T) {
	s, err := Open(t.TempDir(), Options{JournalEvents: 5})
	if err != nil {
		t.Fatal(err)
	}
	put := putting(t, s)
	ann := storagetest.NewPerson()
	w := storagetest.NewWriter(chat.NewRoomID())
	put(w.Found(ann))
	// From here on the archiver waits for us.
	if err := s.db.Update(t.Context(), func(*bbolt.Tx) error { s.arch.busy = true; return nil }); err != nil {
		t.Fatal(err)
	}
	put(w.Message(ann, "to be erased"))
	target := w.Head.Seq
	for s.index.frozenPart() == nil {
		put(w.Message(ann, "more"))
	}
	// The step, as the committer runs it, and the batch in one transaction.
	erase := w.Delete(ann, target)
	done := make(chan error, 1)
	s.db.Submit(func(tx *bbolt.Tx) error {
		s.arch.of, s.arch.plan = s.index.frozen, planMoves(s.index.frozen)
		for left := len(s.arch.plan); left > 0; left -= s.arch.moved {
			s.arch.plan = s.arch.plan[s.arch.moved:]
			if err := s.step(tx); err != nil {
				return err
			}
		}
		x := &write{s: s, batch: erase, record: appendBatch(nil, erase), sum: summarize(erase, 1)}
		return x.run(tx)
	}, func(err error) { done <- err })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if inUse(t, s, "to be erased") {
		t.Error("what was erased is still in use")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// inUse reports whether any record of the file has the text.
func inUse(t *testing.T, s *Store, text string) (found bool) {
	t.Helper()
	var walk func(b *bbolt.Bucket) error
	walk = func(b *bbolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			if v == nil {
				return walk(b.Bucket(k))
			}
			found = found || bytes.Contains(v, []byte(text)) || bytes.Contains(k, []byte(text))
			return nil
		})
	}
	err := s.view(context.Background(), func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return walk(b) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestVerifyNoticesChanges breaks the list of changes, and brings back what was
// erased, behind the engine's back.
func TestVerifyNoticesChanges(t *testing.T) {
	var before []storage.Entry // of the deleted message and its edit
	restore := func(i int) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			e := before[i].Event
			return tx.Bucket(bucketEvents).Put(eventKey(e.Room, e.Seq), appendEntry(nil, &before[i]))
		}
	}
	last := func(fn func(b *bbolt.Bucket, k, v []byte) error) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketChanges)
			k, v := b.Cursor().Last()
			return fn(b, bytes.Clone(k), bytes.Clone(v))
		}
	}
	for name, harm := range map[string]func(*bbolt.Tx) error{
		"nothing":            nil,
		"change gone":        last(func(b *bbolt.Bucket, k, _ []byte) error { return b.Delete(k) }),
		"change of a kind":   last(func(b *bbolt.Bucket, k, v []byte) error { return b.Put(k, []byte{v[0], v[1] ^ 7}) }),
		"change added":       last(func(b *bbolt.Bucket, k, v []byte) error { k[31] ^= 4; return b.Put(k, v) }),
		"message came back":  restore(0),
		"its edit came back": restore(1),
		"content came back": func(tx *bbolt.Tx) error {
			e := before[0]
			e.Event.Erase()
			return tx.Bucket(bucketEvents).Put(eventKey(e.Event.Room, e.Event.Seq), appendEntry(nil, &e))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.TempDir(), Options{JournalEvents: 10})
			if err != nil {
				t.Fatal(err)
			}
			put := func(b *storage.Batch) *storage.Batch {
				t.Helper()
				done := make(chan error, 1)
				s.Append(b, func(err error) { done <- err })
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				return b
			}
			ann := storagetest.NewPerson()
			w := storagetest.NewWriter(chat.NewRoomID())
			put(w.Found(ann))
			m := put(w.Message(ann, "one")).Entries[0]
			edit := put(w.Change(ann, chat.Edit{Seq: m.Event.Seq, Text: "two"})).Entries[0]
			before = []storage.Entry{m, edit}
			put(w.Delete(ann, m.Event.Seq, edit.Event.Seq))
			for range 30 {
				put(w.Message(ann, "more"))
			}
			put(w.Change(ann, chat.Reaction{Seq: w.Head.Seq, Emoji: "🫖"}))
			waitArchived(t, s)
			if harm != nil {
				if err := s.db.Update(t.Context(), harm); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Verify(t.Context()); (harm == nil) != (err == nil) || harm != nil && !errors.Is(err, storage.ErrDamaged) {
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

// TestChangesOfOldFiles: data of the format before get a list of changes, and what
// is pinned and erased then stands after another start.
func TestChangesOfOldFiles(t *testing.T) {
	dir := t.TempDir()
	w := fill(t, dir, Options{JournalEvents: 50})
	old, err := Open(dir, Options{JournalEvents: 50})
	if err != nil {
		t.Fatal(err)
	}
	err = old.db.Update(t.Context(), func(tx *bbolt.Tx) error { // format 3 had all but the list
		own := tx.Bucket([]byte("hearth"))
		return errors.Join(tx.DeleteBucket(bucketChanges), tx.DeleteBucket(bucketCards), tx.DeleteBucket(bucketAvatars), tx.DeleteBucket(bucketPurged),
			own.Put([]byte("format"), []byte{0, 0, 0, 3}), own.Delete([]byte("check")))
	})
	if err := errors.Join(err, old.Close()); err != nil {
		t.Fatal(err)
	}
	p := storagetest.NewPerson()
	target := w.Head.Seq // an old message
	for i := range 2 {
		s, err := Open(dir, Options{JournalEvents: 50})
		if err != nil {
			t.Fatal(err)
		}
		log, err := s.Room(t.Context(), w.Room)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			w.State = log.State
			for _, b := range []*storage.Batch{w.Change(p, chat.Pin{Seq: target - 1}), w.Delete(p, target)} {
				done := make(chan error, 1)
				s.Append(b, func(err error) { done <- err })
				if err := <-done; err != nil {
					t.Fatal(err)
				}
			}
		} else {
			places, err := s.AboutPlaces(t.Context(), w.Room, target, chat.KindDelete)
			page, e := s.Read(t.Context(), w.Room, target, target, 1, 1)
			if err := errors.Join(err, e); err != nil || len(places) != 1 || !page.Events[0].Erased || len(log.State.Pins) != 1 {
				t.Errorf("after another start: %v, %+v, pinned %v, %v", places, page.Events, log.State.Pins, err)
			}
		}
		if err := errors.Join(s.Verify(t.Context()), s.Close()); err != nil {
			t.Error(err)
		}
	}
}
