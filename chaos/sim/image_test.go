package sim

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// metaBytes holds both meta pages of a database: a commit ends by writing one.
const metaBytes = 2 * 4096

// image copies a folder as a power cut at one instant leaves it: a database that
// is being written is copied as of one of its commits. Programs go on meanwhile, so what
// is written later is copied first: contents are there before a record says so, and
// before a message in the database names them.
func image(from, to string) error {
	const contents = "contents"
	kind := func(path string) int {
		switch rel, _ := filepath.Rel(from, path); {
		case strings.HasSuffix(path, ".db"):
			return 0
		case slices.Contains(strings.Split(rel, string(filepath.Separator)), contents):
			return 2
		}
		return 1
	}
	for pass := range 3 {
		if err := imagePart(from, to, func(path string) bool { return kind(path) == pass }); err != nil {
			return err
		}
	}
	return nil
}

// imagePart copies the folders, and those files that belong to the part.
func imagePart(from, to string, part func(path string) bool) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return gone(err)
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o700)
		case !part(path):
			return nil
		case strings.HasSuffix(path, ".db"):
			return imageDB(path, target)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return gone(err)
		}
		info, err := d.Info()
		if err != nil {
			return gone(err)
		}
		return errors.Join(os.WriteFile(target, b, 0o600), os.Chtimes(target, info.ModTime(), info.ModTime()))
	})
}

// gone forgives what was removed while it was looked at: a temporary file that had its
// new name a moment later, or what nobody needed.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// imageDB copies a database until no commit ended meanwhile. A transaction under
// way only writes pages that the newest commit does not use, so the copy is what
// a crash before the commit leaves on the disk.
func imageDB(from, to string) error {
	for {
		before, err := metas(from)
		if err != nil {
			return err
		}
		if err := copySparse(from, to); err != nil {
			return err
		}
		after, err := metas(from)
		if err != nil {
			return err
		}
		copied, err := metas(to)
		if err != nil {
			return err
		}
		if bytes.Equal(before, after) && bytes.Equal(before, copied) {
			return nil
		}
	}
}

func metas(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b := make([]byte, metaBytes)
	_, err = io.ReadFull(f, b)
	return b, errors.Join(err, f.Close())
}

var zeros [1 << 16]byte

// copySparse copies a file without its stretches of zeros.
func copySparse(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	b := make([]byte, len(zeros))
	var at int64
	for {
		n, rerr := io.ReadFull(in, b)
		if n > 0 && !bytes.Equal(b[:n], zeros[:n]) {
			if _, err = out.WriteAt(b[:n], at); err != nil {
				break
			}
		}
		at += int64(n)
		if rerr != nil {
			break
		}
	}
	return errors.Join(err, out.Truncate(at), out.Close(), in.Close())
}
