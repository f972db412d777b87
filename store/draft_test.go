package store

import (
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store/secret"
)

// formerDrafts writes a file as the program of before drafts were more than text did.
func formerDrafts(t *testing.T, path string, key secret.Key, texts map[chat.RoomID]string) Owner {
	t.Helper()
	mine := Owner{Server: chat.ServerID{1}, Account: chat.AccountID{1}, Device: chat.DeviceID{8}}
	s, err := Open(t.Context(), path, key, mine, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.update(t.Context(), func(w *writer) error {
		for id, text := range texts {
			tag := w.roomTag(id)
			if err := w.putCounters(tag, &Counters{Room: id, NextDSeq: 1}); err != nil {
				return err
			}
			p := draftPlace(tag)
			sealed := append([]byte{1}, make([]byte, nonceBytes)...)
			sealed = s.seal.aead.Seal(sealed, sealed[1:], []byte(text), p.bind(nil, 1))
			if err := w.bucket(bucketDrafts).Put(p.key, sealed); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Update(func(tx *bbolt.Tx) error {
		return PutFormat(tx, 5)
	})
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	return mine
}

// TestFormerDrafts: drafts of an older program, which were texts, are there after the
// migration, and can be saved out of a file that was never migrated.
func TestFormerDrafts(t *testing.T) {
	texts := map[chat.RoomID]string{{1}: "half a thought", {2}: `{"text":"only looks like it"}`}
	path, key := filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey()
	mine := formerDrafts(t, path, key, texts)
	saved, err := Salvage(t.Context(), path, key, nil, testkit.Logger(t))
	if err != nil || len(saved.Drafts) != len(texts) {
		t.Errorf("saved %d drafts, %v", len(saved.Drafts), err)
	}
	s, err := Open(t.Context(), path, key, mine, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	for id, text := range texts {
		want := chat.Draft{Text: text}
		if d, err := s.Draft(t.Context(), id); err != nil || !d.Equal(&want) {
			t.Errorf("migrated: %+v, %v", d, err)
		}
		if d := saved.Drafts[id]; !d.Equal(&want) {
			t.Errorf("saved: %+v", d)
		}
		err := s.view(t.Context(), func(r *reader) error {
			if sealed := r.bucket(bucketDrafts).Get(draftPlace(r.roomTag(id)).key); sealed[0] != draftFormat {
				t.Errorf("still of format %d", sealed[0])
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if kept, _ := filepath.Glob(path + ".format-5"); len(kept) != 1 {
		t.Errorf("no copy from before the migration: %q", kept)
	}
}
