package boltkit

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// FuzzMigrate: whatever a file says of its kind and format, opening it ends with
// the newest format and the old content, or with one of the package's errors and
// the file as it was.
func FuzzMigrate(f *testing.F) {
	f.Add([]byte("test"), binary.BigEndian.AppendUint32(nil, 1), true)
	f.Add([]byte("test"), binary.BigEndian.AppendUint32(nil, 2), true)
	f.Add([]byte("test"), binary.BigEndian.AppendUint32(nil, 3), true)
	f.Add([]byte("test"), binary.BigEndian.AppendUint32(nil, 1<<31), true)
	f.Add([]byte("test"), []byte{1}, false)
	f.Add([]byte("test"), []byte{0, 0, 0, 0}, true)
	f.Add([]byte("other"), binary.BigEndian.AppendUint32(nil, 1), true)
	f.Add([]byte{}, []byte{}, false)
	path := filepath.Join(f.TempDir(), "file.db")
	second := func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put([]byte("second"), []byte("ran")) }
	f.Fuzz(func(t *testing.T, kind, format []byte, filled bool) {
		for _, left := range []string{path, path + ".format-1"} {
			if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
		}
		plant(t, path, kind, format, filled)
		db, err := Open(path, Options{Kind: "test", Migrations: []Migration{makeBucket, second}})
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) && !errors.Is(err, ErrWrongKind) {
				t.Fatalf("kind %q, format %x: %v", kind, format, err)
			}
			return
		}
		defer db.Close()
		if string(kind) != "test" || len(format) != 4 {
			t.Fatalf("opened kind %q, format %x", kind, format)
		}
		if !filled {
			return // what is missing is the owner's to notice, see the packages' Verify
		}
		if err := db.View(func(tx *bbolt.Tx) error {
			if string(tx.Bucket(bucket).Get([]byte("old"))) != "content" {
				t.Error("the old content is gone")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// plant makes a file as some program may have left it.
func plant(t *testing.T, path string, kind, format []byte, filled bool) {
	t.Helper()
	raw, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err == nil {
		err = raw.Update(func(tx *bbolt.Tx) error {
			own, err := tx.CreateBucket(ownBucket)
			if err != nil {
				return err
			}
			if err := errors.Join(own.Put(keyKind, kind), own.Put(keyFormat, format)); err != nil || !filled {
				return err
			}
			b, err := tx.CreateBucket(bucket)
			if err != nil {
				return err
			}
			return b.Put([]byte("old"), []byte("content"))
		})
		err = errors.Join(err, raw.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}
