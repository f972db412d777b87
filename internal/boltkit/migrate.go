package boltkit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"hearth/internal/fault"
)

// The bucket of this package and its keys.
var (
	ownBucket = []byte("hearth")
	keyKind   = []byte("kind")   // text
	keyFormat = []byte("format") // 4 bytes, big-endian: number of migrations that have run
	keyCheck  = []byte("check")  // 4 bytes, big-endian: formatCheck; absent where an older program wrote
)

// formatCheck is a checksum of a format, lest a flipped bit be taken for a newer
// version, or for an older one that is to be migrated again.
func formatCheck(kind string, format []byte) []byte {
	return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(append([]byte(kind), format...)))
}

// migrate brings the file to the newest format. Before it changes a file that
// holds data it copies it.
func (db *DB) migrate(path string, o Options) error {
	format, err := db.format(o.Kind)
	if err != nil {
		return err
	}
	newest := len(o.Migrations)
	switch {
	case format == newest:
		return nil
	case format > newest:
		return fmt.Errorf("%w: format %d, this program knows %d", ErrNewer, format, newest)
	case db.readOnly:
		return fmt.Errorf("%w: format %d, this program writes %d", ErrOlder, format, newest)
	case format > 0:
		if err := db.copyAside(path, format); err != nil {
			return err
		}
	}
	for ; format < newest; format++ {
		db.log.Info("migrating database", "kind", o.Kind, "from", format, "to", format+1)
		if err := db.step(o.Migrations[format], o.Kind, format+1); err != nil {
			return fmt.Errorf("migrate to format %d: %w", format+1, openError(err))
		}
		fault.Point(fault.BoltMigrateDone)
	}
	return nil
}

// format reads the format of the file; 0 if it is new.
func (db *DB) format(kind string) (format int, err error) {
	err = db.View(func(tx *bbolt.Tx) error {
		own := tx.Bucket(ownBucket)
		if own == nil {
			if name, _ := tx.Cursor().First(); name != nil {
				return ErrWrongKind
			}
			return nil
		}
		if have := own.Get(keyKind); string(have) != kind {
			return fmt.Errorf("%w: %q instead of %q", ErrWrongKind, have, kind)
		}
		v := own.Get(keyFormat)
		if check := own.Get(keyCheck); check != nil && !bytes.Equal(check, formatCheck(kind, v)) {
			return fmt.Errorf("%w: the format recorded is not what was written", ErrDamaged)
		}
		if len(v) == 4 {
			format = int(binary.BigEndian.Uint32(v))
		}
		if format == 0 { // it is recorded from the first migration on
			return fmt.Errorf("%w: no format is recorded", ErrDamaged)
		}
		return nil
	})
	return format, err
}

// step runs one migration. The committer does not run yet.
func (db *DB) step(migration Migration, kind string, format int) error {
	return guard(func() error {
		return db.bolt.Update(func(tx *bbolt.Tx) error {
			own, err := tx.CreateBucketIfNotExists(ownBucket)
			if err != nil {
				return err
			}
			if err := migration(tx); err != nil {
				return err
			}
			fault.Point(fault.BoltMigrate)
			record := binary.BigEndian.AppendUint32(nil, uint32(format))
			return errors.Join(
				own.Put(keyKind, []byte(kind)),
				own.Put(keyFormat, record),
				own.Put(keyCheck, formatCheck(kind, record)))
		})
	})
}

// copyAside writes a copy of the file as it is to path.format-N, all or nothing.
// A copy that exists is replaced: the migration it was made for did not end.
func (db *DB) copyAside(path string, format int) error {
	target := fmt.Sprintf("%s.format-%d", path, format)
	half := target + ".half"
	err := db.View(func(tx *bbolt.Tx) error {
		f, err := os.OpenFile(half, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
		if err != nil {
			return err
		}
		_, err = tx.WriteTo(f)
		return errors.Join(err, f.Sync(), f.Close())
	})
	if err == nil {
		err = os.Rename(half, target)
	}
	if err != nil {
		return fmt.Errorf("copy before migration: %w", errors.Join(err, os.Remove(half)))
	}
	if err := syncFolder(filepath.Dir(target)); err != nil { // or a power cut leaves the migrated file alone
		return fmt.Errorf("copy before migration: %w", err)
	}
	db.log.Info("copied database before migration", "copy", target)
	return nil
}
