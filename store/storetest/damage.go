package storetest

import (
	"bytes"
	"errors"

	"go.etcd.io/bbolt"
)

// FlipEvent changes a bit of an event in every longer log of a closed database, of
// one that is not the newest of its room: damage that shows only when somebody
// reads there.
func FlipEvent(path string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	flipped := 0
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, kind *bbolt.Bucket) error {
			// The logs are the buckets within buckets whose keys are sequences.
			return kind.ForEachBucket(func(name []byte) error {
				log := kind.Bucket(name)
				k, v := log.Cursor().First()
				if len(k) != 8 || len(v) < 100 || log.Stats().KeyN < 4 {
					return nil
				}
				v = bytes.Clone(v)
				v[len(v)-1] ^= 1
				flipped++
				return log.Put(bytes.Clone(k), v)
			})
		})
	})
	if err == nil && flipped == 0 {
		err = errors.New("no event found")
	}
	return errors.Join(err, db.Close())
}
