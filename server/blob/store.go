package blob

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"hearth/chat"
	"hearth/internal/safefile"
)

// Errors. Anything else is the disk's.
var (
	ErrNotFound = errors.New("no such file or upload")
	ErrOffset   = errors.New("not the offset of the upload")
	ErrPiece    = errors.New("the piece does not have the hash it came with")
	ErrContent  = errors.New("the content does not have the hash it was announced with")
	ErrTooLarge = errors.New("more than was announced, or than fits into a piece")
	ErrBusy     = errors.New("the upload is being written")
	ErrTooMany  = errors.New("too many unfinished uploads")
	ErrQuota    = errors.New("no room for files")
)

// Limits of a store; zero fields take the default.
type Limits struct {
	Total   int64         // bytes of contents and announced uploads; default 20 GiB
	Uploads int           // unfinished ones per account; default 32
	Piece   int           // bytes of one piece, at most; default 1 MiB
	Keep    time.Duration // of what is unfinished or not needed, since it was last touched; default 24 h
}

func (l Limits) withDefaults() Limits {
	if l.Total <= 0 {
		l.Total = 20 << 30
	}
	if l.Uploads <= 0 {
		l.Uploads = 32
	}
	if l.Piece <= 0 {
		l.Piece = 1 << 20
	}
	if l.Keep <= 0 {
		l.Keep = 24 * time.Hour
	}
	return l
}

// Store is a folder of contents and uploads. All methods may be called from any
// goroutine. One process at a time.
type Store struct {
	dir    string // fixed
	limits Limits // fixed

	mu      sync.Mutex
	uploads map[key]*upload // guarded by mu
	used    int64           // guarded by mu: bytes of contents, and of uploads as announced
}

// Upload is how far an upload has come.
type Upload struct {
	Offset int64 // on disk
	Length int64 // announced
	Done   bool  // the content is there, under its name
}

const (
	contentsDir = "contents"
	uploadsDir  = "uploads"
	filePerm    = 0o600
	dirPerm     = 0o700
)

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Open opens or makes the folder and takes up what a former process left.
func Open(dir string, l Limits) (*Store, error) {
	s := &Store{dir: dir, limits: l.withDefaults(), uploads: map[key]*upload{}}
	for _, d := range []string{dir, filepath.Join(dir, contentsDir), filepath.Join(dir, uploadsDir)} {
		if err := os.MkdirAll(d, dirPerm); err != nil {
			return nil, err
		}
	}
	if err := s.resume(); err != nil {
		return nil, err
	}
	err := s.contents(func(_ chat.Hash, _ string, info fs.FileInfo) error {
		s.used += info.Size()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Used returns the bytes of all contents and of the uploads as announced.
func (s *Store) Used() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

// Size returns the length of a content; ErrNotFound.
func (s *Store) Size(h chat.Hash) (int64, error) {
	info, err := os.Stat(s.contentPath(h))
	if err != nil {
		return 0, notFound(err)
	}
	return info.Size(), nil
}

// Touch keeps a content for another span although nothing may name it yet;
// ErrNotFound.
func (s *Store) Touch(h chat.Hash) error {
	now := time.Now()
	return notFound(os.Chtimes(s.contentPath(h), now, now))
}

// Open opens a content for reading; ErrNotFound. The caller closes it.
func (s *Store) Open(h chat.Hash) (*os.File, error) {
	f, err := os.Open(s.contentPath(h))
	if err != nil {
		return nil, notFound(err)
	}
	return f, nil
}

// Verify reads all contents and returns those that are damaged.
func (s *Store) Verify() (damaged []chat.Hash, err error) {
	err = s.contents(func(h chat.Hash, path string, _ fs.FileInfo) error {
		sum, err := hashFile(path)
		if err == nil && sum != h {
			damaged = append(damaged, h)
		}
		return err
	})
	return damaged, err
}

// Survey reads all contents in a folder, which a server may be using, and changes
// nothing. bad is ErrContent for one whose bytes have another hash than its name, or
// why it cannot be read. No folder has no contents.
func Survey(ctx context.Context, dir string, visit func(h chat.Hash, size int64, bad error)) error {
	s := &Store{dir: dir}
	return s.contents(func(h chat.Hash, path string, info fs.FileInfo) error {
		sum, err := hashFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return ctx.Err() // removed meanwhile
		case err == nil && sum != h:
			err = ErrContent
		}
		visit(h, info.Size(), err)
		return ctx.Err()
	})
}

// Sweep removes unfinished uploads and contents that nobody touched for Keep;
// contents only if needed says that nothing names them. It returns how many of both.
func (s *Store) Sweep(needed func(chat.Hash) (bool, error)) (removed int, err error) {
	limit := time.Now().Add(-s.limits.Keep)
	removed, err = s.sweepUploads(limit)
	if err != nil {
		return removed, err
	}
	err = s.contents(func(h chat.Hash, path string, info fs.FileInfo) error {
		if info.ModTime().After(limit) {
			return nil
		}
		if keep, err := needed(h); err != nil || keep {
			return err
		}
		ok, err := s.removeContent(path, limit)
		if ok {
			removed++
		}
		return err
	})
	return removed, err
}

// removeContent removes a content unless it was touched meanwhile.
func (s *Store) removeContent(path string, limit time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(path)
	if err != nil {
		return false, ignoreMissing(err)
	}
	if info.ModTime().After(limit) {
		return false, nil
	}
	if err := os.Remove(path); err != nil {
		return false, ignoreMissing(err)
	}
	s.used -= info.Size()
	return true, nil
}

// contents visits every content. Files of other names are not ours and stay.
func (s *Store) contents(visit func(h chat.Hash, path string, info fs.FileInfo) error) error {
	return filepath.WalkDir(filepath.Join(s.dir, contentsDir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return ignoreMissing(err)
		}
		h, ok := parseName(d.Name())
		if !ok {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return ignoreMissing(err)
		}
		return visit(h, path, info)
	})
}

// place moves a complete upload to its content's name.
func (s *Store) place(from string, h chat.Hash) error {
	to := s.contentPath(h)
	outer := filepath.Dir(to)
	for _, d := range []string{filepath.Dir(outer), outer} {
		if err := os.Mkdir(d, dirPerm); err == nil {
			err = safefile.SyncDir(filepath.Dir(d))
			if err != nil {
				return err
			}
		} else if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	now := time.Now()
	if err := os.Chtimes(to, now, now); err != nil {
		return err
	}
	return safefile.SyncDir(outer)
}

func (s *Store) contentPath(h chat.Hash) string { return filepath.Join(s.dir, Where(h)) }

// Where returns the path of a content inside the folder. Contents are spread over
// 1,024 × 1,024 folders at most.
func Where(h chat.Hash) string {
	name := nameOf(h)
	return filepath.Join(contentsDir, name[:2], name[2:4], name)
}

func nameOf(h chat.Hash) string { return encoding.EncodeToString(h[:]) }

func parseName(name string) (h chat.Hash, ok bool) {
	raw, err := encoding.DecodeString(name)
	if err != nil || len(raw) != len(h) || strings.ToLower(name) != name {
		return h, false
	}
	return chat.Hash(raw), true
}

func hashFile(path string) (chat.Hash, error) {
	f, err := os.Open(path)
	if err != nil {
		return chat.Hash{}, err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return chat.Hash{}, fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	return chat.Hash(h.Sum(nil)), nil
}

func notFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
