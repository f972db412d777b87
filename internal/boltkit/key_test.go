package boltkit

import (
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

func TestBefore(t *testing.T) {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "keys.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("b"))
		if err != nil {
			return err
		}
		if k, _ := Before(b.Cursor(), Key64(7)); k != nil {
			t.Errorf("in an empty bucket: %x", k)
		}
		for _, n := range []uint64{3, 5, 9} {
			if err := b.Put(Key64(n), []byte{byte(n)}); err != nil {
				return err
			}
		}
		for below, want := range map[uint64]uint64{0: 0, 3: 0, 4: 3, 5: 3, 6: 5, 9: 5, 10: 9, 1 << 60: 9} {
			k, v := Before(b.Cursor(), Key64(below))
			if got, _ := Uint64(k); got != want || k != nil && v[0] != byte(want) {
				t.Errorf("below %d: %d, want %d", below, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
