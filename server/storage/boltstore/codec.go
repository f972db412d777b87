package boltstore

import (
	"encoding/binary"
	"fmt"

	"hearth/server/storage"
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", storage.ErrDamaged, fmt.Sprintf(format, args...))
}

func appendBytes(b, part []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(part)))
	return append(b, part...)
}

func appendString(b []byte, s string) []byte { return appendBytes(b, []byte(s)) }

func appendInt(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

// decoder reads a record from the front. After the first mistake it returns zero
// values; end tells.
type decoder struct {
	b    []byte
	what string
	bad  bool
}

func (d *decoder) version(what string) {
	d.what = what
	if d.byte() != recordVersion {
		d.bad = true
	}
}

func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.b) {
		d.bad = true
		return nil
	}
	part := d.b[:n:n]
	d.b = d.b[n:]
	return part
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) int() int64 { return int64(d.uint64()) }

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if d.bad || n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads how many parts of at least size bytes follow.
func (d *decoder) count(size int) int {
	n := d.uvarint()
	if n > uint64(len(d.b)/size) {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *decoder) fixed(dst []byte) { copy(dst, d.take(len(dst))) }

// bytes reads a part behind its length; it points into the record.
func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	return d.take(int(n))
}

// copied reads a part behind its length into memory of its own; nil if empty.
func (d *decoder) copied() []byte { return append([]byte(nil), d.bytes()...) }

func (d *decoder) string() string { return string(d.bytes()) }

// end reports whether the record was well formed and nothing is left of it.
func (d *decoder) end() error {
	if d.bad || len(d.b) != 0 {
		return damaged("a record (%s) is malformed", d.what)
	}
	return nil
}
