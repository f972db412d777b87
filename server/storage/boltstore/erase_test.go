package boltstore

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/server/storage"
	"hearth/server/storage/storagetest"
)

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
		put := func(b *storage.Batch) {
			t.Helper()
			done := make(chan error, 1)
			s.Append(b, func(err error) { done <- err })
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
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
