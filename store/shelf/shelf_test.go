package shelf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/store/secret"
)

func open(t testing.TB, dir string) *Shelf {
	t.Helper()
	s, err := Open(dir, secret.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func sum(b []byte) chat.Hash { return chat.Hash(sha256.Sum256(b)) }

func all(t testing.TB, s *Shelf, h chat.Hash) ([]byte, error) {
	t.Helper()
	c, err := s.Open(h)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	return io.ReadAll(c)
}

// TestContents of every interesting length come back as they went in, whole and in
// parts, and the disk shows nothing of them.
func TestContents(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, n := range []int{0, 1, blockBytes - 1, blockBytes, blockBytes + 1, 3 * blockBytes, 5*blockBytes + 77} {
		content := noise(n)
		h, size, err := s.Put(bytes.NewReader(content))
		if err != nil || h != sum(content) || size != int64(n) {
			t.Fatalf("%d bytes: %d %v", n, size, err)
		}
		if got, err := all(t, s, h); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: %d came back, %v", n, len(got), err)
		}
		c, err := s.Open(h)
		if err != nil || c.Size() != int64(n) {
			t.Fatal(c.Size(), err)
		}
		for range 20 {
			from, to := rand.IntN(n+1), rand.IntN(n+1)
			from, to = min(from, to), max(from, to)
			part := make([]byte, to-from)
			if m, err := c.ReadAt(part, int64(from)); err != nil && !errors.Is(err, io.EOF) || m != len(part) || !bytes.Equal(part, content[from:to]) {
				t.Errorf("%d to %d of %d: %d %v", from, to, n, m, err)
			}
		}
		if m, err := c.ReadAt(make([]byte, 1), int64(n)); m != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("behind the end: %d %v", m, err)
		}
		_ = c.Close()
		raw, err := os.ReadFile(s.path(h))
		if err != nil || n >= 64 && bytes.Contains(raw, content[:64]) {
			t.Errorf("the disk shows it (%v)", err)
		}
	}
	if _, err := s.Open(chat.Hash{9}); !errors.Is(err, ErrNotFound) || s.Has(chat.Hash{9}) {
		t.Error(err)
	}
	other, err := Open(dir, secret.Key{2})
	if err != nil || other.Has(sum(nil)) {
		t.Errorf("with another key: %v", err)
	}
}

// TestDamage: no change of a file is taken for a content.
func TestDamage(t *testing.T) {
	s := open(t, t.TempDir())
	content := noise(3*blockBytes + 10)
	h, _, err := s.Put(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(s.path(h))
	if err != nil {
		t.Fatal(err)
	}
	swapped := bytes.Clone(good)
	copy(swapped[headBytes:], good[headBytes+sealed:headBytes+2*sealed])
	copy(swapped[headBytes+sealed:], good[headBytes:headBytes+sealed])
	for name, raw := range map[string][]byte{
		"cut":                good[:len(good)-1],
		"without its last":   good[:headBytes+3*sealed],
		"without a middle":   append(bytes.Clone(good[:headBytes+sealed]), good[headBytes+2*sealed:]...),
		"swapped":            swapped,
		"longer":             append(bytes.Clone(good), 0),
		"one more block":     append(bytes.Clone(good), good[headBytes:headBytes+sealed]...),
		"empty":              {},
		"a head":             good[:headBytes],
		"another version":    append([]byte{2}, good[1:]...),
		"of another file":    append([]byte{version, good[1] ^ 1}, good[2:]...),
		"flipped in a block": func() []byte { b := bytes.Clone(good); b[headBytes+100] ^= 1; return b }(),
	} {
		if err := os.WriteFile(s.path(h), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := all(t, s, h); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

// TestPart: a fetch that is broken off anywhere, by a crash too, goes on and ends as
// the content, or as nothing.
func TestPart(t *testing.T) {
	base := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(base, "")
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, secret.Key{1})
		if err != nil {
			t.Fatal(err)
		}
		content := noise(rapid.SampledFrom([]int{0, 5, blockBytes, 2*blockBytes + 9, 4 * blockBytes}).Draw(t, "n"))
		h := sum(content)
		for {
			p, err := s.Part(h)
			if err != nil {
				t.Fatal(err)
			}
			from := p.Offset()
			if from%blockBytes != 0 || from > int64(len(content)) {
				t.Fatalf("goes on at %d of %d", from, len(content))
			}
			n := rapid.IntRange(0, len(content)-int(from)).Draw(t, "got")
			if _, err := p.Write(content[from : int(from)+n]); err != nil {
				t.Fatal(err)
			}
			if int(from)+n == len(content) {
				if err := p.Finish(); err != nil {
					t.Fatal(err)
				}
				break
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if s.Has(h) {
				t.Fatal("a part counts as the whole")
			}
			if rapid.Bool().Draw(t, "torn") {
				path := s.path(h) + partSuffix
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(path, int64(rapid.IntRange(0, int(info.Size())).Draw(t, "to"))); err != nil {
					t.Fatal(err)
				}
			}
			if rapid.IntRange(0, 3).Draw(t, "enough") == 0 { // draw no more breaks than needed
				continue
			}
		}
		c, err := s.Open(h)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		if err = errors.Join(err, c.Close()); err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*"+partSuffix)); len(left) > 0 {
			t.Fatalf("left: %v", left)
		}
	})
	s := open(t, t.TempDir())
	p, err := s.Part(sum([]byte("right")))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = p.Write([]byte("wrong"))
	if err := p.Finish(); !errors.Is(err, ErrContent) {
		t.Error(err)
	}
	if n, _, err := s.Usage(); n != 0 || err != nil {
		t.Errorf("%d bytes are left, %v", n, err)
	}
}

// TestTrim: what was used last stays, and what must.
func TestTrim(t *testing.T) {
	s := open(t, t.TempDir())
	var hashes []chat.Hash
	for i := range 4 {
		h, _, err := s.Put(bytes.NewReader(noise(1000 + i)))
		if err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(s.path(h), at, at); err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, h)
	}
	if _, err := all(t, s, hashes[1]); err != nil { // used again
		t.Fatal(err)
	}
	if n, err := s.Trim(3500, hashes[:1]); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	for i, want := range []bool{true, true, false, true} {
		if s.Has(hashes[i]) != want {
			t.Errorf("content %d is there: %v", i, !want)
		}
	}
	if err := s.Remove(hashes[0]); err != nil || s.Has(hashes[0]) {
		t.Error(err)
	}
	if _, n, err := s.Usage(); n != 2 || err != nil {
		t.Error(n, err)
	}
}

// TestCrashWhileTakingIn: the folder is clean after the next start.
func TestCrashWhileTakingIn(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if err := os.WriteFile(filepath.Join(dir, newPrefix+"1"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if n, _, err := s.Usage(); n != 0 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}
