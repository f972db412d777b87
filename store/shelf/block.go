package shelf

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/crypto/chacha20poly1305"

	"hearth/chat"
)

// bind is what a block is tied to: its file, its number, whether it is the last.
func bind(id [idBytes]byte, n int64, last bool) []byte {
	ad := append([]byte("hearth-shelf-block-1\x00"), id[:]...)
	ad = binary.BigEndian.AppendUint64(ad, uint64(n))
	if last {
		return append(ad, 1)
	}
	return append(ad, 0)
}

// writer seals what is written to it, block by block. The last block, which may be
// empty, is written by finish.
type writer struct {
	s    *Shelf
	f    *os.File
	id   [idBytes]byte
	n    int64  // blocks written
	rest []byte // not a whole block yet
	out  []byte // scratch
}

// begin starts a file.
func (s *Shelf) begin(f *os.File) (*writer, error) {
	w := &writer{s: s, f: f, id: newID()}
	_, err := f.Write(append([]byte{version}, w.id[:]...))
	return w, err
}

// Write implements io.Writer. A whole block waits until more comes: it may be the last.
func (w *writer) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		if len(w.rest) == blockBytes {
			if err := w.flush(false); err != nil {
				return total - len(p), err
			}
		}
		n := min(len(p), blockBytes-len(w.rest))
		w.rest = append(w.rest, p[:n]...)
		p = p[n:]
	}
	return total, nil
}

func (w *writer) flush(last bool) error {
	if cap(w.out) < sealed {
		w.out = make([]byte, 0, sealed)
	}
	nonce := w.out[:chacha20poly1305.NonceSizeX]
	_, _ = rand.Read(nonce) // never fails
	out := w.s.aead.Seal(nonce, nonce, w.rest, bind(w.id, w.n, last))
	if _, err := w.f.Write(out); err != nil {
		return err
	}
	w.n++
	w.rest = w.rest[:0]
	return nil
}

// finish writes the last block and syncs.
func (w *writer) finish() error {
	if err := w.flush(true); err != nil {
		return err
	}
	return w.f.Sync()
}

// Content is an open content. Its methods may be called from one goroutine at a time.
type Content struct {
	// Fixed after Open.
	s      *Shelf
	f      *os.File
	id     [idBytes]byte
	size   int64
	blocks int64

	// The block read last.
	at    int64 // -1: none
	plain []byte
	raw   []byte
	next  int64 // of Read
}

// Open opens a whole content; ErrNotFound, ErrDamaged. The caller closes it.
func (s *Shelf) Open(h chat.Hash) (*Content, error) {
	path := s.path(h)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	c, err := s.read(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	touch(path)
	return c, nil
}

func (s *Shelf) read(f *os.File) (*Content, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	c := &Content{s: s, f: f, at: -1}
	if c.id, err = readHead(f); err != nil {
		return nil, err
	}
	body := info.Size() - headBytes
	c.blocks = (body + sealed - 1) / sealed
	if c.blocks < 1 || body-(c.blocks-1)*sealed < overhead {
		return nil, ErrDamaged
	}
	c.size = body - c.blocks*overhead
	return c, nil
}

func readHead(f *os.File) (id [idBytes]byte, err error) {
	var head [headBytes]byte
	if _, err := f.ReadAt(head[:], 0); err != nil || head[0] != version {
		return id, ErrDamaged
	}
	copy(id[:], head[1:])
	return id, nil
}

// Size returns the length.
func (c *Content) Size() int64 { return c.size }

// Close closes the content.
func (c *Content) Close() error { return c.f.Close() }

// ReadAt implements io.ReaderAt.
func (c *Content) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("a negative offset")
	}
	for n < len(p) && off < c.size {
		if err := c.load(off / blockBytes); err != nil {
			return n, err
		}
		m := copy(p[n:], c.plain[off%blockBytes:])
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Read implements io.Reader.
func (c *Content) Read(p []byte) (int, error) {
	n, err := c.ReadAt(p, c.next)
	c.next += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// load reads a block.
func (c *Content) load(n int64) error {
	if c.at == n {
		return nil
	}
	c.at = -1
	if c.raw == nil {
		c.raw = make([]byte, sealed)
	}
	last := n == c.blocks-1
	m, err := c.f.ReadAt(c.raw, headBytes+n*sealed)
	if err != nil && (!last || !errors.Is(err, io.EOF)) {
		return err
	}
	plain, err := c.s.open(c.plain[:0], c.raw[:m], c.id, n, last)
	if err != nil {
		return err
	}
	c.plain, c.at = plain, n
	return nil
}

// open unseals a block.
func (s *Shelf) open(dst, raw []byte, id [idBytes]byte, n int64, last bool) ([]byte, error) {
	if len(raw) < overhead {
		return nil, ErrDamaged
	}
	nonce, text := raw[:chacha20poly1305.NonceSizeX], raw[chacha20poly1305.NonceSizeX:]
	plain, err := s.aead.Open(dst, nonce, text, bind(id, n, last))
	if err != nil {
		return nil, fmt.Errorf("%w: block %d", ErrDamaged, n)
	}
	return plain, nil
}
