package boltstore

import (
	"bytes"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// miscount is the bug fault.ContentMiscounted: with the first event that goes, all
// others are forgotten that name the content.
func miscount(b *bbolt.Bucket, h chat.Hash) {
	var keys [][]byte
	_ = boltkit.ScanPrefix(b, h[:], func(k, _ []byte) (bool, error) {
		keys = append(keys, bytes.Clone(k))
		return true, nil
	})
	for _, k := range keys {
		_ = b.Delete(k)
	}
}
