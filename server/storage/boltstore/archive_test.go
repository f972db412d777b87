package boltstore

import (
	"errors"
	"testing"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/server/storage/storagetest"
)

// A restart amid archiving begins the journal's plan anew. The archive's head never goes
// back by that: whoever looks at the file between two steps, as each backup does, would
// find events behind it and call the room damaged.
func TestArchivingBeginsAnew(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put := putting(t, s)
	ann := storagetest.NewPerson()
	w := storagetest.NewWriter(chat.NewRoomID())
	put(w.Found(ann))
	for range 40 {
		put(w.Message(ann, "hello"))
	}
	plan := planMoves(s.index.active)
	if len(plan) < 10 {
		t.Fatalf("only %d segments", len(plan))
	}
	for _, moves := range [][]move{plan, plan[:5], plan[:20]} {
		if err := s.update(t.Context(), func(tx *bbolt.Tx) error { return moveAll(tx, moves) }); err != nil {
			t.Fatal(err)
		}
		var head chat.Head
		err := s.view(t.Context(), func(tx *bbolt.Tx) (err error) {
			head, err = archivedHead(tx, w.Room)
			return err
		})
		if err = errors.Join(err, s.Verify(t.Context())); err != nil || head != w.Head {
			t.Errorf("after %d moves the archive's head is %d of %d: %v", len(moves), head.Seq, w.Head.Seq, err)
		}
	}
}
