package boltkit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"go.etcd.io/bbolt"
)

// RemoveMark takes the mark of a file away, as whoever puts another file in its place
// must: that could have the same size and number of transactions by chance.
func RemoveMark(path string) error {
	if err := os.Remove(path + cleanSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// dropFalseMark removes a mark that does not fit the file, as of one that somebody has
// put in the place of another: later it could fit by chance.
func dropFalseMark(path string) error {
	if _, clean, err := readMark(path); err != nil || clean {
		return err
	}
	return RemoveMark(path)
}

// sumsOf returns the sums of these buckets; those that do not exist have none.
func sumsOf(tx *bbolt.Tx, names []string) (map[string]string, error) {
	sums := make(map[string]string, len(names))
	for _, name := range names {
		if b := tx.Bucket([]byte(name)); b != nil {
			sum, err := sumOf(b, func() error { return nil })
			if err != nil {
				return nil, err
			}
			sums[name] = sum
		}
	}
	return sums, nil
}

// sumOf is a SHA-256 over all keys and values of a bucket, in order; stop may end it.
func sumOf(b *bbolt.Bucket, stop func() error) (string, error) {
	h := sha256.New()
	var head [8]byte
	n := 0
	err := b.ForEach(func(k, v []byte) error {
		if n++; n%4096 == 0 {
			if err := stop(); err != nil {
				return err
			}
		}
		binary.BigEndian.PutUint32(head[:4], uint32(len(k)))
		binary.BigEndian.PutUint32(head[4:], uint32(len(v)))
		h.Write(head[:])
		h.Write(k)
		h.Write(v)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// checkSums compares the buckets with what they were when the file was closed.
func checkSums(ctx context.Context, tx *bbolt.Tx, mark cleanMark) error {
	for _, name := range slices.Sorted(maps.Keys(mark.Sums)) {
		b := tx.Bucket([]byte(name))
		if b == nil {
			return fmt.Errorf("%w: %q is missing, which was there when the file was closed", ErrDamaged, name)
		}
		sum, err := sumOf(b, ctx.Err)
		if err != nil {
			return err
		}
		if sum != mark.Sums[name] {
			return fmt.Errorf("%w: %q is not what it was when the file was closed", ErrDamaged, name)
		}
	}
	return nil
}
