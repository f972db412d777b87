package storetest

import (
	"bytes"
	"errors"
	"os"

	"go.etcd.io/bbolt"
)

// Flip changes one bit of a stored event in the middle of the longest log of a
// closed database, and nothing that tells of it: a disk that forgets does the same.
// Whoever opens the file sees no more than a sound one.
func Flip(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	var value []byte
	err = db.View(func(tx *bbolt.Tx) error {
		value = middleOfLongest(tx)
		return nil
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	whole, err := os.ReadFile(path) //nolint:gosec // a test's own file
	if err != nil {
		return err
	}
	found := false
	for at := 0; len(value) > 0; found = true { // also where older pages still hold it
		i := bytes.Index(whole[at:], value)
		if i < 0 {
			break
		}
		at += i + len(value)
		whole[at-1] ^= 1
	}
	if !found {
		return errors.New("there is no event to damage")
	}
	return os.WriteFile(path, whole, 0o600) //nolint:gosec // as above
}

func middleOfLongest(tx *bbolt.Tx) (value []byte) {
	most := 0
	_ = tx.ForEach(func(_ []byte, kind *bbolt.Bucket) error {
		return kind.ForEachBucket(func(name []byte) error {
			b := kind.Bucket(name)
			n, at := b.Stats().KeyN, 0
			if n <= most {
				return nil
			}
			most = n
			return b.ForEach(func(_, v []byte) error {
				if at++; at == (n+1)/2 {
					value = bytes.Clone(v)
				}
				return nil
			})
		})
	})
	return value
}
