package boltkit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// bbolt's pages, as far as we read them ourselves. Numbers are in the byte order of
// the machine that wrote the file.
const (
	pageHead    = 16 // number, kind, count of elements, pages it goes on over
	pageElement = 16
	branchKind  = 0x01
	leafKind    = 0x02
	bucketFlag  = 0x01 // of a leaf's element: its value is the head of a bucket
	bucketHead  = 16   // page of its root, or 0 if it follows here; a counter
	highestTree = 64   // levels; every page of a sound branch leads to two or more
	rootOfHeads = 16   // in a meta page: where the root bucket begins
)

// checkTrees follows the pointers of every bucket from its root to the leaves, and
// finds any page that two of them lead to. bbolt goes where a pointer says: one that
// leads back up is a cursor that never ends and takes all memory the machine has,
// or a recursion that ends the process, and neither can be caught. Leaves of a file
// above small bytes are read only where they hold buckets, so this costs one page in
// about a hundred. Nobody may write to the file meanwhile.
func checkTrees(path string, small int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // read only: nothing to lose
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return treesIn(f, info.Size(), info.Size() <= small)
}

func treesIn(f io.ReaderAt, bytes int64, leaves bool) error {
	h, err := readHeads(f)
	if err != nil || h.good == 0 {
		return err // checkFile says what is wrong with it
	}
	var root [8]byte
	if _, err := f.ReadAt(root[:], h.at+metaOffset+rootOfHeads); err != nil {
		return err
	}
	t := &trees{file: f, pageSize: int64(h.newest.pageSize), pages: h.newest.pages, leaves: leaves}
	if t.pages > uint64(bytes/t.pageSize) {
		return fmt.Errorf("%w: it is cut off", ErrDamaged)
	}
	t.seen = make([]uint64, t.pages/64+1)
	return t.bucket(binary.NativeEndian.Uint64(root[:]), true)
}

// trees is one walk of checkTrees.
type trees struct {
	file     io.ReaderAt
	pageSize int64
	pages    uint64   // one more than the highest page in use
	leaves   bool     // read all of them
	seen     []uint64 // one bit for each page that something leads to
}

// treePage is the head and the elements of a page.
type treePage struct {
	id       uint64
	kind     uint16
	bytes    int64 // with the pages it goes on over
	elements []byte
}

func (p *treePage) count() int           { return len(p.elements) / pageElement }
func (p *treePage) element(i int) []byte { return p.elements[i*pageElement:][:pageElement] }

// child returns where element i of a branch leads.
func (p *treePage) child(i int) uint64 { return binary.NativeEndian.Uint64(p.element(i)[8:]) }

// fits reports whether the key and value of element i lie in the page. bbolt computes
// their place in memory without looking; it may have copied the page to Go's own, where
// a pointer to elsewhere ends the process.
func (p *treePage) fits(i int) bool {
	e, order := p.element(i), binary.NativeEndian
	end := int64(pageHead + i*pageElement)
	if p.kind == branchKind {
		return end+int64(order.Uint32(e))+int64(order.Uint32(e[4:])) <= p.bytes
	}
	return end+int64(order.Uint32(e[4:]))+int64(order.Uint32(e[8:]))+int64(order.Uint32(e[12:])) <= p.bytes
}

// holds reports whether element i of a leaf is a bucket.
func (p *treePage) holds(i int) bool {
	return binary.NativeEndian.Uint32(p.element(i))&bucketFlag != 0
}

// bucket checks the tree under a root and those of the buckets in it. nested says
// that there are some; else the first leaf tells.
func (t *trees) bucket(root uint64, nested bool) error {
	height, first, err := t.height(root)
	if err != nil {
		return err
	}
	for i := range first.count() {
		nested = nested || first.holds(i)
	}
	return t.visit(root, height, nested)
}

// height returns how many levels a tree has above its leaves, which lie all on the
// same, and the first of them.
func (t *trees) height(id uint64) (height int, leaf *treePage, err error) {
	for range highestTree {
		p, err := t.read(id)
		if err != nil {
			return 0, nil, err
		}
		if p.kind == leafKind {
			return height, p, nil
		}
		if p.count() == 0 {
			return 0, nil, fmt.Errorf("%w: page %d leads nowhere", ErrDamaged, id)
		}
		height++
		id = p.child(0)
	}
	return 0, nil, fmt.Errorf("%w: page %d leads to itself", ErrDamaged, id)
}

func (t *trees) visit(id uint64, above int, nested bool) error {
	if err := t.mark(id); err != nil {
		return err
	}
	if above == 0 && !nested && !t.leaves {
		return nil
	}
	p, err := t.read(id)
	if err != nil {
		return err
	}
	if (p.kind == leafKind) != (above == 0) {
		return fmt.Errorf("%w: page %d lies on another level than was written", ErrDamaged, id)
	}
	for i := range p.count() {
		switch {
		case !p.fits(i):
			err = fmt.Errorf("%w: element %d of page %d lies outside of it", ErrDamaged, i, id)
		case p.kind == branchKind:
			err = t.visit(p.child(i), above-1, nested)
		case p.holds(i):
			err = t.inner(p, i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inner checks the bucket that element i of a leaf holds.
func (t *trees) inner(p *treePage, i int) error {
	e, order := p.element(i), binary.NativeEndian
	at := int64(pageHead+i*pageElement) + int64(order.Uint32(e[4:])) + int64(order.Uint32(e[8:]))
	room := int64(order.Uint32(e[12:]))
	if room < bucketHead {
		return fmt.Errorf("%w: a bucket of page %d is none", ErrDamaged, p.id)
	}
	head := make([]byte, min(room, bucketHead+pageHead))
	if _, err := t.file.ReadAt(head, int64(p.id)*t.pageSize+at); err != nil {
		return t.unread(p.id, err)
	}
	if id := order.Uint64(head); id != 0 {
		return t.bucket(id, false)
	}
	return t.inline(p.id, int64(p.id)*t.pageSize+at, room)
}

// inline checks a small bucket, whose only page lies in the value of its element, at
// this place of the file. In a branch there every pointer would lead to itself.
func (t *trees) inline(id uint64, at, room int64) error {
	bad := fmt.Errorf("%w: a small bucket of page %d is none", ErrDamaged, id)
	if room < bucketHead+pageHead {
		return bad
	}
	value := make([]byte, room)
	if _, err := t.file.ReadAt(value, at); err != nil {
		return t.unread(id, err)
	}
	order := binary.NativeEndian
	page := value[bucketHead:]
	p := &treePage{id: id, kind: order.Uint16(page[8:]), bytes: int64(len(page))}
	end := pageHead + int(order.Uint16(page[10:]))*pageElement
	if p.kind != leafKind || end > len(page) {
		return bad
	}
	p.elements = page[pageHead:end]
	for i := range p.count() {
		if p.holds(i) || !p.fits(i) { // bbolt puts no bucket there
			return bad
		}
	}
	return nil
}

// mark takes note of a pointer to a page.
func (t *trees) mark(id uint64) error {
	if id < 2 || id >= t.pages {
		return fmt.Errorf("%w: something leads to page %d, which there is not", ErrDamaged, id)
	}
	word, bit := &t.seen[id/64], uint64(1)<<(id%64)
	if *word&bit != 0 {
		return fmt.Errorf("%w: two pages lead to page %d", ErrDamaged, id)
	}
	*word |= bit
	return nil
}

// read reads the head and the elements of a page.
func (t *trees) read(id uint64) (*treePage, error) {
	if id < 2 || id >= t.pages {
		return nil, fmt.Errorf("%w: something leads to page %d, which there is not", ErrDamaged, id)
	}
	buffer := make([]byte, t.pageSize)
	if _, err := t.file.ReadAt(buffer, int64(id)*t.pageSize); err != nil {
		return nil, t.unread(id, err)
	}
	order := binary.NativeEndian
	p := &treePage{id: id, kind: order.Uint16(buffer[8:])}
	count, overflow := int(order.Uint16(buffer[10:])), uint64(order.Uint32(buffer[12:]))
	if order.Uint64(buffer) != id || p.kind != branchKind && p.kind != leafKind || id+overflow >= t.pages {
		return nil, fmt.Errorf("%w: page %d is none of a bucket", ErrDamaged, id)
	}
	p.bytes = int64(overflow+1) * t.pageSize
	end := pageHead + count*pageElement
	if int64(end) > p.bytes {
		return nil, fmt.Errorf("%w: page %d holds more than it has room for", ErrDamaged, id)
	}
	if end > len(buffer) { // at most a megabyte
		buffer = make([]byte, end)
		if _, err := t.file.ReadAt(buffer, int64(id)*t.pageSize); err != nil {
			return nil, t.unread(id, err)
		}
	}
	p.elements = buffer[pageHead:end]
	return p, nil
}

// unread is the error of a page that the disk does not give.
func (t *trees) unread(id uint64, err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: page %d lies behind the end", ErrDamaged, id)
	}
	return fmt.Errorf("%w: page %d: %w", ErrDamaged, id, err)
}
