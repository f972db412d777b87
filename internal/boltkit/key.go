package boltkit

import (
	"bytes"
	"encoding/binary"

	"go.etcd.io/bbolt"
)

// Key64 returns n as eight bytes, big-endian, so that keys sort like numbers.
func Key64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Uint64 reads a number from the end of a key; false if the key is too short.
func Uint64(key []byte) (uint64, bool) {
	if len(key) < 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(key[len(key)-8:]), true
}

// Join returns the parts behind one another in one new slice. All parts but the
// last must be of fixed length, or keys become ambiguous.
func Join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// Before puts a cursor on the last key below another, whether or not there is
// anything at or above that; a nil key if there is none.
func Before(c *bbolt.Cursor, key []byte) (k, v []byte) {
	if next, _ := c.Seek(key); next == nil {
		return c.Last()
	}
	return c.Prev()
}

// ScanPrefix calls visit for every key of b that starts with prefix, in order,
// until visit returns false or an error. Keys and values are valid during the
// transaction only.
func ScanPrefix(b *bbolt.Bucket, prefix []byte, visit func(key, value []byte) (bool, error)) error {
	c := b.Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		more, err := visit(k, v)
		if err != nil || !more {
			return err
		}
	}
	return nil
}
