package shelf

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"

	"hearth/chat"
)

// Part is a content that is being fetched. Whole blocks of it survive a crash or a
// restart. Not for use by several goroutines.
type Part struct {
	w    *writer
	h    chat.Hash
	path string
}

// Part goes on with a content that is being fetched, or begins. The caller closes it.
func (s *Shelf) Part(h chat.Hash) (*Part, error) {
	path := s.path(h) + partSuffix
	f, err := os.OpenFile(path, os.O_RDWR, filePerm)
	if errors.Is(err, fs.ErrNotExist) {
		return s.newPart(h, path)
	}
	if err != nil {
		return nil, err
	}
	w, err := s.resume(f)
	if err != nil { // what is there cannot be used
		if err := errors.Join(f.Close(), os.Remove(path)); err != nil {
			return nil, err
		}
		return s.newPart(h, path)
	}
	return &Part{w: w, h: h, path: path}, nil
}

func (s *Shelf) newPart(h chat.Hash, path string) (*Part, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, filePerm)
	if err != nil {
		return nil, err
	}
	w, err := s.begin(f)
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return &Part{w: w, h: h, path: path}, nil
}

// resume finds how many whole blocks a file has and goes on behind them.
func (s *Shelf) resume(f *os.File) (*writer, error) {
	id, err := readHead(f)
	if err != nil {
		return nil, err
	}
	w := &writer{s: s, f: f, id: id}
	raw := make([]byte, sealed)
	var plain []byte
	for {
		if _, err := f.ReadAt(raw, headBytes+w.n*sealed); err != nil {
			break
		}
		if plain, err = s.open(plain[:0], raw, id, w.n, false); err != nil {
			break
		}
		w.n++
	}
	end := headBytes + w.n*sealed
	if err := f.Truncate(end); err != nil {
		return nil, err
	}
	_, err = f.Seek(end, io.SeekStart)
	return w, err
}

// Offset returns from where on the content is still wanted.
func (p *Part) Offset() int64 { return p.w.n*blockBytes + int64(len(p.w.rest)) }

// Write implements io.Writer.
func (p *Part) Write(b []byte) (int, error) { return p.w.Write(b) }

// Close keeps what there is for another time.
func (p *Part) Close() error {
	if p.w == nil {
		return nil
	}
	err := p.w.f.Close()
	p.w = nil
	return err
}

// Finish checks the hash of all there is and gives the content its place. With
// ErrContent nothing of it is kept. It closes the part.
func (p *Part) Finish() (err error) {
	f, s := p.w.f, p.w.s
	defer func() {
		if err != nil && !errors.Is(err, ErrContent) {
			err = errors.Join(err, p.Close())
		}
	}()
	if err := p.w.finish(); err != nil {
		return err
	}
	c, err := s.read(f)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(c, 0, c.Size())); err != nil {
		return err
	}
	right := chat.Hash(sum.Sum(nil)) == p.h
	if err := p.Close(); err != nil {
		return err
	}
	if !right {
		return errors.Join(ErrContent, os.Remove(p.path))
	}
	return s.place(p.path, s.path(p.h))
}
