package shelf

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"hearth/chat"
	"hearth/internal/safefile"
	"hearth/store/secret"
)

// Errors. Anything else is the disk's.
var (
	ErrNotFound = errors.New("the file is not on this disk")
	ErrDamaged  = errors.New("the file on this disk is damaged")
	ErrContent  = errors.New("the content does not have its hash")
)

const (
	version    = 1
	idBytes    = 16
	headBytes  = 1 + idBytes
	blockBytes = 64 << 10 // of plain text
	overhead   = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
	sealed     = blockBytes + overhead

	dirPerm  = 0o700
	filePerm = 0o600

	partSuffix = ".part"
	newPrefix  = "new-"
)

var encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Shelf is a folder of sealed contents. Its methods may be called from any
// goroutine; one content is fetched by one goroutine at a time.
type Shelf struct {
	dir   string      // fixed
	aead  cipher.AEAD // fixed
	names []byte      // fixed: the key of names
}

// Open opens or makes the folder and clears away what a crash left of contents
// that were being taken in.
func Open(dir string, key secret.Key) (*Shelf, error) {
	s, err := OpenToRead(dir, key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, dirPerm); err != nil {
		return nil, err
	}
	left, err := filepath.Glob(filepath.Join(dir, newPrefix+"*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return s, err
}

// OpenToRead opens the folder and changes nothing in it: it need not be there.
func OpenToRead(dir string, key secret.Key) (*Shelf, error) {
	if key.IsZero() {
		return nil, errors.New("open the files: a key is required")
	}
	seal, err := hkdf.Key(sha256.New, key[:], nil, "hearth-shelf-seal-1", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive the key of files: %w", err)
	}
	defer clear(seal)
	names, err := hkdf.Key(sha256.New, key[:], nil, "hearth-shelf-name-1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of names: %w", err)
	}
	aead, err := chacha20poly1305.NewX(seal)
	if err != nil {
		return nil, fmt.Errorf("prepare sealing: %w", err)
	}
	return &Shelf{dir: dir, aead: aead, names: names}, nil
}

// path returns where a content lies.
func (s *Shelf) path(h chat.Hash) string {
	mac := hmac.New(sha256.New, s.names)
	mac.Write(h[:])
	return filepath.Join(s.dir, encoding.EncodeToString(mac.Sum(nil)[:20]))
}

// Put takes a content in and returns its hash and length. What is there already is
// not written twice.
func (s *Shelf) Put(content io.Reader) (h chat.Hash, size int64, err error) {
	f, err := os.CreateTemp(s.dir, newPrefix+"*")
	if err != nil {
		return h, 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	sum := sha256.New()
	w, err := s.begin(f)
	if err == nil {
		size, err = io.Copy(w, io.TeeReader(content, sum))
	}
	if err == nil {
		err = w.finish()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return h, 0, err
	}
	h = chat.Hash(sum.Sum(nil))
	return h, size, s.place(f.Name(), s.path(h))
}

// place gives a complete file its final name.
func (s *Shelf) place(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return safefile.SyncDir(s.dir)
}

// Has reports whether a content is there, whole.
func (s *Shelf) Has(h chat.Hash) bool {
	_, err := os.Stat(s.path(h))
	return err == nil
}

// Remove forgets a content and what was fetched of it.
func (s *Shelf) Remove(h chat.Hash) error {
	err := ignoreMissing(os.Remove(s.path(h)))
	return errors.Join(err, ignoreMissing(os.Remove(s.path(h)+partSuffix)))
}

// Usage returns the bytes on the disk and how many contents there are.
func (s *Shelf) Usage() (bytes int64, contents int, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, 0, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		bytes += info.Size()
		if !strings.HasSuffix(e.Name(), partSuffix) {
			contents++
		}
	}
	return bytes, contents, nil
}

// Trim removes contents that were not opened or taken in for longest, until no more
// than most bytes are left. Those to keep stay whatever the bound.
func (s *Shelf) Trim(most int64, keep []chat.Hash) (removed int, err error) {
	kept := map[string]bool{}
	for _, h := range keep {
		kept[filepath.Base(s.path(h))] = true
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, err
	}
	var infos []fs.FileInfo
	var total int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			infos = append(infos, info)
			total += info.Size()
		}
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range infos {
		name := info.Name()
		if total <= most {
			break
		}
		if kept[strings.TrimSuffix(name, partSuffix)] || strings.HasPrefix(name, newPrefix) {
			continue
		}
		if e := ignoreMissing(os.Remove(filepath.Join(s.dir, name))); e != nil {
			err = errors.Join(err, e)
			continue
		}
		total -= info.Size()
		removed++
	}
	return removed, err
}

// Spare returns how many bytes Trim would free at most: all but what is to be kept.
func (s *Shelf) Spare(keep []chat.Hash) (bytes int64, err error) {
	kept := map[string]bool{}
	for _, h := range keep {
		kept[filepath.Base(s.path(h))] = true
	}
	entries, err := os.ReadDir(s.dir)
	for _, e := range entries {
		name := e.Name()
		if kept[strings.TrimSuffix(name, partSuffix)] || strings.HasPrefix(name, newPrefix) {
			continue
		}
		if info, err := e.Info(); err == nil {
			bytes += info.Size()
		}
	}
	return bytes, err
}

// touch marks a content as used now.
func touch(path string) {
	now := time.Now()
	_ = os.Chtimes(path, now, now) // only decides what goes first
}

// newID returns what the blocks of one file are bound to.
func newID() (id [idBytes]byte) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
