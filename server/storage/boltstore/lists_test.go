package boltstore

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// TestListsNotice: also where no mark says what the file was, as after a kill, nobody
// serves lists that contradict each other, or a journal with a gap.
func TestListsNotice(t *testing.T) {
	first := func(name []byte, do func(b *bbolt.Bucket, k, v []byte) error) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			k, v := tx.Bucket(name).Cursor().First()
			return do(tx.Bucket(name), bytes.Clone(k), bytes.Clone(v))
		}
	}
	drop := func(b *bbolt.Bucket, k, _ []byte) error { return b.Delete(k) }
	other := func(at int) func(b *bbolt.Bucket, k, v []byte) error {
		return func(b *bbolt.Bucket, k, v []byte) error {
			wrong := bytes.Clone(k)
			wrong[at] ^= 1
			return errors.Join(b.Delete(k), b.Put(wrong, v))
		}
	}
	value := func(at int) func(b *bbolt.Bucket, k, v []byte) error {
		return func(b *bbolt.Bucket, k, v []byte) error {
			v[(at+len(v))%len(v)] ^= 1
			return b.Put(k, v)
		}
	}
	for name, test := range map[string]struct {
		harm  func(*bbolt.Tx) error
		sound bool
	}{
		"nothing":            {func(*bbolt.Tx) error { return nil }, true},
		"member gone":        {first(bucketMembers, drop), false},
		"member's room":      {first(bucketMembers, other(20)), false},
		"member's account":   {first(bucketMembers, other(3)), false},
		"state gone":         {first(bucketStates, drop), false},
		"room's id":          {first(bucketRooms, other(3)), false},
		"name gone":          {first(bucketNames, drop), false},
		"account's id":       {first(bucketAccounts, other(3)), false},
		"device gone":        {first(bucketDevices, drop), false},
		"invite's encoding":  {first(bucketInvites, value(0)), false},
		"counter of no room": {first(bucketDSeqs, other(3)), false},
		"journal's room":     {inJournal(value(1)), false},
		"journal's place":    {inJournal(value(17)), false},
		"journal with a gap": {func(tx *bbolt.Tx) error {
			return inJournal(func(b *bbolt.Bucket, k, _ []byte) error {
				n, _ := boltkit.Uint64(k)
				return b.Delete(boltkit.Key64(n + 1))
			})(tx)
		}, false},
		"the last message": {func(tx *bbolt.Tx) error {
			b := journal(tx)
			k, v := b.Cursor().Last()
			return value(-1)(b, bytes.Clone(k), bytes.Clone(v))
		}, false},
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
			path := filepath.Join(dir, FileName)
			if err := errors.Join(s.db.Update(t.Context(), test.harm), s.Close(), boltkit.RemoveMark(path)); err != nil {
				t.Fatal(err)
			}
			err = Lists(t.Context(), path, nil)
			if test.sound != (err == nil) || err != nil && !(errors.Is(err, boltkit.ErrDamaged) && errors.Is(translate(err), storage.ErrDamaged)) {
				t.Error(err)
			}
			t.Log(err)
		})
	}
}

// journal is the one that holds something.
func journal(tx *bbolt.Tx) *bbolt.Bucket {
	for _, name := range bucketJournals {
		if k, _ := tx.Bucket(name).Cursor().First(); k != nil {
			return tx.Bucket(name)
		}
	}
	return nil
}

// inJournal does something to a record of the journal that others follow.
func inJournal(do func(b *bbolt.Bucket, k, v []byte) error) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		b := journal(tx)
		c := b.Cursor()
		c.First()
		k, v := c.Next()
		return do(b, bytes.Clone(k), bytes.Clone(v))
	}
}
