package store_test

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"hearth/internal/boltkit"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/secret"
)

// TestReadOnly: what cannot be written can be read, by several at once, and is refused
// where it would have to be brought up to date.
func TestReadOnly(t *testing.T) {
	dir, protect := testkit.Protectable(t)
	d := &db{t: t, path: filepath.Join(dir, "store.db"), key: secret.NewKey()}
	s := d.open()
	log := filled(t, s, 30)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	protect(true)
	for range 2 { // side by side
		s := d.open()
		if !s.ReadOnly() {
			t.Error("it does not know that it cannot be written")
		}
		win, err := s.Messages(t.Context(), room1, store.Query{Place: store.Newest, Limit: 100})
		if err != nil || len(win.Events) != len(log.Events) {
			t.Errorf("%d events, %v", len(win.Events), err)
		}
		if err := s.SetSetting(t.Context(), "x", []byte("y")); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("writing: %v", err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		defer s.Close()
	}
	// With a process that looks at it first, as after a crash, and for another device.
	another := owner
	another.Device[0]++
	looked, err := store.Open(t.Context(), d.path, d.key, another, store.Options{Rerun: boltkit.Self, Thorough: true})
	if err != nil {
		t.Fatal(err)
	}
	defer looked.Close()
	if _, err := store.Open(t.Context(), filepath.Join(dir, "none.db"), d.key, owner, store.Options{}); !boltkit.IsUnwritable(err) {
		t.Errorf("none is there to be read: %v", err)
	}
}

// TestReadOnlyOlder: a file of an older format is refused, and not changed.
func TestReadOnlyOlder(t *testing.T) {
	dir, protect := testkit.Protectable(t)
	d := &db{t: t, path: filepath.Join(dir, "store.db"), key: secret.NewKey()}
	if err := d.open().Close(); err != nil {
		t.Fatal(err)
	}
	d.change(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("hearth"))
		kind, format := slices.Clone(b.Get([]byte("kind"))), slices.Clone(b.Get([]byte("format")))
		binary.BigEndian.PutUint32(format, binary.BigEndian.Uint32(format)-1)
		sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(slices.Concat(kind, format)))
		return errors.Join(b.Put([]byte("format"), format), b.Put([]byte("check"), sum))
	})
	protect(true)
	if _, err := store.Open(t.Context(), d.path, d.key, owner, store.Options{}); !errors.Is(err, store.ErrOlder) {
		t.Errorf("%v", err)
	}
	protect(false)
	if s := d.open(); s.ReadOnly() {
		t.Error("it can be written again")
	}
}
