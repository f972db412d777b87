package boltkit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"time"
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

// checkFile looks at both meta pages of an existing file, and compares its size
// with what the newest promises, without mapping it. bbolt itself goes on with one
// that is valid, which may be the older: what was acknowledged last would be gone
// without a word. A process that writes to the file meanwhile does no harm: it
// makes the file longer before it writes the meta page.
func checkFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close() // read only: nothing to lose

	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		return nil // made, but never written to
	}
	h, err := readHeads(f)
	for range headTries { // a half written one is whole a moment later
		if err != nil || h.good == 2 {
			break
		}
		<-time.After(headWait)
		h, err = readHeads(f)
	}
	if err != nil {
		return err
	}
	switch want := h.newest.pages * uint64(h.newest.pageSize); {
	case h.good == 0:
		return fmt.Errorf("%w: it has no valid head", ErrDamaged)
	case uint64(info.Size()) < want:
		return fmt.Errorf("%w: it is cut off at %d of %d bytes", ErrDamaged, info.Size(), want)
	case h.good == 1:
		return ErrHead
	}
	return nil
}

// Another process may be writing a head just then; its page is one write.
const (
	headTries = 3
	headWait  = 20 * time.Millisecond
)

// heads is what the two meta pages of a file say.
type heads struct {
	newest boltMeta // the valid one of the highest transaction
	at     int64    // where it begins
	good   int      // how many are valid
}

// bad returns where the one begins that is not valid; with good 1.
func (h heads) bad() int64 { return int64(h.newest.pageSize) - h.at }

// MendHead puts a copy of the valid head of a file in the place of the damaged one.
// It reports whether there was one. The last commit may be missing from then on,
// and nothing in the file says so: whoever calls this must see to it. Nobody may
// have the file open.
func MendHead(path string) (mended bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h, err := readHeads(f)
	if err != nil || h.good != 1 {
		return false, err
	}
	page := make([]byte, h.newest.pageSize)
	if _, err := f.ReadAt(page, h.at); err != nil {
		return false, err
	}
	binary.NativeEndian.PutUint64(page, uint64(h.bad())/uint64(h.newest.pageSize)) // its own number
	if _, err := f.WriteAt(page, h.bad()); err != nil {
		return false, err
	}
	return true, f.Sync()
}

// readHeads reads both meta pages. The second lies one page behind the first,
// whose size only a valid meta page tells, so all sizes are tried.
func readHeads(r io.ReaderAt) (h heads, err error) {
	take := func(offset int64) error {
		m, ok, err := readMeta(r, offset)
		if err != nil || !ok || offset != 0 && offset != int64(m.pageSize) {
			return err
		}
		h.good++
		if h.good == 1 || m.txid > h.newest.txid {
			h.newest, h.at = m, offset
		}
		return nil
	}
	if err := take(0); err != nil {
		return heads{}, err
	}
	if h.good == 1 {
		return h, take(int64(h.newest.pageSize))
	}
	for size := int64(smallestPage); size <= largestPage && h.good == 0; size *= 2 {
		if err := take(size); err != nil {
			return heads{}, err
		}
	}
	return h, nil
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
