package blob

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth/chat"
)

func account(n byte) chat.AccountID { return chat.AccountID{n} }

func sum(b []byte) chat.Hash { return chat.Hash(sha256.Sum256(b)) }

func open(t testing.TB, dir string, l Limits) *Store {
	t.Helper()
	s, err := Open(dir, l)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// send uploads content in pieces from where the upload is.
func send(t testing.TB, s *Store, who chat.AccountID, content []byte, piece int) Upload {
	t.Helper()
	u, err := s.Create(who, sum(content), int64(len(content)))
	for err == nil && !u.Done {
		end := min(len(content), int(u.Offset)+piece)
		part := content[u.Offset:end]
		u, err = s.Append(who, sum(content), u.Offset, part, sum(part))
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func read(t testing.TB, s *Store, h chat.Hash) []byte {
	t.Helper()
	f, err := s.Open(h)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func wants(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestUpload(t *testing.T) {
	s := open(t, t.TempDir(), Limits{Piece: 4})
	content := []byte("hello, world")
	h := sum(content)
	if _, err := s.Find(account(1), h); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if s.Offered(account(1), h) {
		t.Error("offered before it was there")
	}
	send(t, s, account(1), content, 4)
	if got := read(t, s, h); !bytes.Equal(got, content) {
		t.Errorf("%q", got)
	}
	if n, err := s.Size(h); n != int64(len(content)) || err != nil {
		t.Error(n, err)
	}
	if !s.Offered(account(1), h) || s.Offered(account(2), h) {
		t.Error("who uploads may name it, and nobody else")
	}
	// Another account sends equal content: it is stored once.
	send(t, s, account(2), content, 3)
	if s.Used() != int64(len(content)) || !s.Offered(account(2), h) {
		t.Errorf("used %d", s.Used())
	}
	// Nothing at all is content, too.
	send(t, s, account(1), nil, 4)
	if n, err := s.Size(sum(nil)); n != 0 || err != nil {
		t.Error(n, err)
	}
	if damaged, err := s.Verify(); len(damaged) != 0 || err != nil {
		t.Error(damaged, err)
	}
	path := s.contentPath(h)
	if err := os.WriteFile(path, []byte("hello, World"), 0o600); err != nil {
		t.Fatal(err)
	}
	if damaged, err := s.Verify(); len(damaged) != 1 || damaged[0] != h || err != nil {
		t.Error(damaged, err)
	}
}

func TestRefusals(t *testing.T) {
	s := open(t, t.TempDir(), Limits{Piece: 4, Total: 20, Uploads: 2})
	content := []byte("hello, world")
	h, me := sum(content), account(1)
	_, err := s.Append(me, h, 0, content[:4], sum(content[:4]))
	wants(t, err, ErrNotFound)
	if _, err := s.Create(me, h, 12); err != nil {
		t.Fatal(err)
	}
	_, err = s.Create(me, h, 13)
	wants(t, err, ErrContent)
	_, err = s.Append(me, h, 0, content[:4], sum(content[:3]))
	wants(t, err, ErrPiece)
	_, err = s.Append(me, h, 0, content[:5], sum(content[:5]))
	wants(t, err, ErrTooLarge)
	u, err := s.Append(me, h, 4, content[4:8], sum(content[4:8]))
	wants(t, err, ErrOffset)
	if u.Offset != 0 {
		t.Errorf("%+v", u)
	}
	if u, err = s.Append(me, h, 0, content[:4], sum(content[:4])); err != nil || u.Offset != 4 {
		t.Fatal(u, err)
	}
	u, err = s.Append(me, h, 0, content[:4], sum(content[:4])) // its answer was lost
	wants(t, err, ErrOffset)
	if u.Offset != 4 {
		t.Errorf("%+v", u)
	}
	_, err = s.Create(account(2), sum([]byte("x")), 9)
	wants(t, err, ErrQuota)
	if _, err = s.Create(me, sum([]byte("y")), 1); err != nil {
		t.Fatal(err)
	}
	_, err = s.Create(me, sum([]byte("z")), 1)
	wants(t, err, ErrTooMany)
	if err := s.Cancel(me, sum([]byte("y"))); err != nil || s.Used() != 12 {
		t.Fatal(err, s.Used())
	}

	// Content that is not what was announced is not kept, and gives its place back.
	lie := sum([]byte("lie"))
	if _, err := s.Create(me, lie, 3); err != nil {
		t.Fatal(err)
	}
	_, err = s.Append(me, lie, 0, []byte("lio"), sum([]byte("lio")))
	wants(t, err, ErrContent)
	if _, err := s.Find(me, lie); !errors.Is(err, ErrNotFound) || s.Used() != 12 {
		t.Error(err, s.Used())
	}
	if _, err := s.Size(lie); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestResume: pieces survive a restart; of the last one nothing is believed.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Limits{Piece: 4})
	content := []byte("hello, world")
	h, me := sum(content), account(1)
	send(t, s, me, []byte("done"), 4)
	if _, err := s.Create(me, h, 12); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{0, 4} {
		part := content[at : at+4]
		if _, err := s.Append(me, h, at, part, sum(part)); err != nil {
			t.Fatal(err)
		}
	}
	// A crash in the middle of the third piece; pieces of an upload that never was;
	// a record that is none.
	pieces := s.piecesPath(s.uploads[key{me, h}])
	if err := os.WriteFile(pieces, []byte("hello, w\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"stray", "bad.json"} {
		if err := os.WriteFile(filepath.Join(dir, uploadsDir, name), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir, Limits{Piece: 4})
	u, err := s.Find(me, h)
	if err != nil || u.Offset != 6 || u.Done || s.Used() != 16 {
		t.Fatalf("%+v %v, used %d", u, err, s.Used())
	}
	if !s.Offered(me, sum([]byte("done"))) {
		t.Error("forgot what may be named")
	}
	send(t, s, me, content, 4)
	if got := read(t, s, h); !bytes.Equal(got, content) || s.Used() != 16 {
		t.Errorf("%q, used %d", got, s.Used())
	}
	if left, err := os.ReadDir(filepath.Join(dir, uploadsDir)); err != nil || len(left) != 2 {
		t.Errorf("%v %v", left, err)
	}
}

func TestSweep(t *testing.T) {
	s := open(t, t.TempDir(), Limits{})
	named, free, fresh := []byte("named"), []byte("free"), []byte("fresh")
	for _, c := range [][]byte{named, free, fresh} {
		send(t, s, account(1), c, 4)
	}
	if _, err := s.Create(account(1), sum([]byte("half")), 4); err != nil {
		t.Fatal(err)
	}
	none := func(chat.Hash) (bool, error) { return false, nil }
	if n, err := s.Sweep(none); n != 0 || err != nil {
		t.Fatalf("%d %v: all is young", n, err)
	}
	old := time.Now().Add(-25 * time.Hour)
	for _, c := range [][]byte{named, free} {
		if err := os.Chtimes(s.contentPath(sum(c)), old, old); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range s.uploads {
		u.touched = old
	}
	s.uploads[key{account(1), sum(fresh)}].touched = time.Now()
	n, err := s.Sweep(func(h chat.Hash) (bool, error) { return h == sum(named), nil })
	if err != nil || n != 4 { // three uploads, one content
		t.Errorf("%d %v", n, err)
	}
	for h, want := range map[chat.Hash]error{sum(named): nil, sum(free): ErrNotFound, sum(fresh): nil} {
		if _, err := s.Size(h); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if want := int64(len(named) + len(fresh)); s.Used() != want {
		t.Errorf("used %d, want %d", s.Used(), want)
	}
	// What the index cannot tell stays.
	if err := os.Chtimes(s.contentPath(sum(named)), old, old); err != nil {
		t.Fatal(err)
	}
	trouble := errors.New("disk")
	if _, err := s.Sweep(func(chat.Hash) (bool, error) { return false, trouble }); !errors.Is(err, trouble) {
		t.Error(err)
	}
	if _, err := s.Size(sum(named)); err != nil {
		t.Error(err)
	}
}

// A complete upload whose content is gone counts as none: it is sent again.
func TestContentIsGone(t *testing.T) {
	for name, see := range map[string]func(*Store, []byte) bool{
		"created": func(s *Store, c []byte) bool {
			u, err := s.Create(account(1), sum(c), int64(len(c)))
			return err != nil || u.Done
		},
		"found": func(s *Store, c []byte) bool {
			_, err := s.Find(account(1), sum(c))
			return !errors.Is(err, ErrNotFound)
		},
		"offered": func(s *Store, c []byte) bool { return s.Offered(account(1), sum(c)) },
	} {
		s, c := open(t, t.TempDir(), Limits{}), []byte("content")
		send(t, s, account(1), c, 4)
		if err := os.Remove(s.contentPath(sum(c))); err != nil {
			t.Fatal(err)
		}
		if see(s, c) {
			t.Errorf("%s although it is gone", name)
		}
		send(t, s, account(1), c, 4)
		if got, err := os.ReadFile(s.contentPath(sum(c))); err != nil || !bytes.Equal(got, c) || !s.Offered(account(1), sum(c)) {
			t.Errorf("%s, then sent again: %q %v", name, got, err)
		}
	}
}

// TestAnyWay: whatever happens in whatever order, contents are what their names
// say and the books agree with the disk.
func TestAnyWay(t *testing.T) {
	base := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(base, "")
		if err != nil {
			t.Fatal(err)
		}
		l := Limits{Piece: 3, Total: 24, Uploads: 3}
		s, err := Open(dir, l)
		if err != nil {
			t.Fatal(err)
		}
		contents := [][]byte{{}, []byte("a"), []byte("abc"), []byte("abcdefg"), []byte("0123456789")}
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				c := rapid.SampledFrom(contents).Draw(t, "content")
				_, _ = s.Create(account(byte(rapid.IntRange(1, 2).Draw(t, "account"))), sum(c), int64(len(c)))
			},
			"append": func(t *rapid.T) {
				c, who := rapid.SampledFrom(contents).Draw(t, "content"), account(byte(rapid.IntRange(1, 2).Draw(t, "account")))
				u, err := s.Find(who, sum(c))
				if err != nil || u.Done {
					return
				}
				part := c[u.Offset:min(len(c), int(u.Offset)+rapid.IntRange(0, 3).Draw(t, "n"))]
				if _, err := s.Append(who, sum(c), u.Offset, part, sum(part)); err != nil {
					t.Fatal(err)
				}
			},
			"cancel": func(t *rapid.T) {
				c := rapid.SampledFrom(contents).Draw(t, "content")
				if err := s.Cancel(account(1), sum(c)); err != nil {
					t.Fatal(err)
				}
			},
			"restart": func(t *rapid.T) {
				used := s.Used()
				if s, err = Open(dir, l); err != nil {
					t.Fatal(err)
				}
				if s.Used() != used {
					t.Fatalf("used %d, before the restart %d", s.Used(), used)
				}
			},
			"": func(t *rapid.T) {
				if damaged, err := s.Verify(); len(damaged) > 0 || err != nil {
					t.Fatal(damaged, err)
				}
				if s.Used() > l.Total {
					t.Fatalf("used %d", s.Used())
				}
			},
		})
	})
}

// TestFinishFails: an upload whose content is in place when the disk fails begins
// again; nothing is mistaken for another content, and the books agree.
func TestFinishFails(t *testing.T) {
	for _, there := range []bool{false, true} {
		dir := t.TempDir()
		s := open(t, dir, Limits{Piece: 4})
		content := []byte("hello, world")
		h, me := sum(content), account(1)
		if there {
			send(t, s, account(2), content, 4)
		}
		if _, err := s.Create(me, h, 12); err != nil {
			t.Fatal(err)
		}
		for _, at := range []int64{0, 4} {
			if _, err := s.Append(me, h, at, content[at:at+4], sum(content[at:at+4])); err != nil {
				t.Fatal(err)
			}
		}
		record := s.recordPath(&record{Account: me, Hash: h})
		raw, err := os.ReadFile(record)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Remove(record), os.Mkdir(record, 0o700), os.Mkdir(filepath.Join(record, "x"), 0o700)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Append(me, h, 8, content[8:], sum(content[8:])); err == nil {
			t.Fatal("a record that cannot be written")
		}
		if err := errors.Join(os.RemoveAll(record), os.WriteFile(record, raw, 0o600)); err != nil {
			t.Fatal(err)
		}
		if u, err := s.Find(me, h); err != nil || u.Done || u.Offset != 0 || s.Offered(me, h) {
			t.Errorf("%+v %v", u, err)
		}
		used := s.Used()
		if again := open(t, dir, Limits{Piece: 4}).Used(); again != used {
			t.Errorf("used %d, after a restart %d", used, again)
		}
		send(t, s, me, content, 4)
		if got := read(t, s, h); !bytes.Equal(got, content) || s.Used() != 12 || !s.Offered(me, h) {
			t.Errorf("%q, used %d", got, s.Used())
		}
	}
}
