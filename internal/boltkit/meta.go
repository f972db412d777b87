package boltkit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// bbolt's meta page, as far as we check it before the file is mapped. Numbers are
// in the byte order of the machine that wrote the file.
const (
	metaOffset   = 16 // behind the page header
	metaSize     = 64
	metaMagic    = 0xED0CDAED
	metaVersion  = 2
	smallestPage = 1 << 10
	largestPage  = 1 << 24
)

// boltMeta is a meta page whose checksum holds.
type boltMeta struct {
	pageSize uint32
	pages    uint64 // one more than the highest page in use
	txid     uint64
}

// checkFile compares the size of an existing file with what its newest meta page
// promises, without mapping it. A process that writes to the file meanwhile does
// no harm: it makes the file longer before it writes the meta page, and a page
// that is half written does not count.
func checkFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() // read only: nothing to lose

	newest, found, err := newestMeta(f)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	switch want := newest.pages * uint64(newest.pageSize); {
	case info.Size() == 0:
		return nil // made, but never written to
	case !found:
		return fmt.Errorf("%w: it has no valid head", ErrDamaged)
	case uint64(info.Size()) < want:
		return fmt.Errorf("%w: it is cut off at %d of %d bytes", ErrDamaged, info.Size(), want)
	}
	return nil
}

// newestMeta reads both meta pages and returns the valid one of the highest
// transaction. The second lies one page behind the first, whose size only a valid
// meta page tells, so all sizes are tried.
func newestMeta(r io.ReaderAt) (newest boltMeta, found bool, err error) {
	take := func(offset int64) error {
		m, ok, err := readMeta(r, offset)
		if err != nil || !ok {
			return err
		}
		if !found || m.txid > newest.txid {
			newest, found = m, true
		}
		return nil
	}
	if err := take(0); err != nil {
		return boltMeta{}, false, err
	}
	if found {
		return newest, true, take(int64(newest.pageSize))
	}
	for size := int64(smallestPage); size <= largestPage && !found; size *= 2 {
		if err := take(size); err != nil {
			return boltMeta{}, false, err
		}
	}
	return newest, found, nil
}

func readMeta(r io.ReaderAt, offset int64) (boltMeta, bool, error) {
	var b [metaSize]byte
	if _, err := r.ReadAt(b[:], offset+metaOffset); errors.Is(err, io.EOF) {
		return boltMeta{}, false, nil
	} else if err != nil {
		return boltMeta{}, false, err
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	m := boltMeta{pageSize: order.Uint32(b[8:]), pages: order.Uint64(b[40:]), txid: order.Uint64(b[48:])}
	ok := order.Uint32(b[:]) == metaMagic && order.Uint32(b[4:]) == metaVersion &&
		order.Uint64(b[56:]) == sum.Sum64() && m.pageSize >= smallestPage && m.pageSize <= largestPage
	return m, ok, nil
}
