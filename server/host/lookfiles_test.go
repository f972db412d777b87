package host

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/blob"
	"hearth/server/storage/boltstore"
	"hearth/server/storage/storagetest"
)

// TestVerifyFiles: verify finds what is damaged and what is missing of the files that
// messages name, whether the server runs or not, and counts what nothing names.
func TestVerifyFiles(t *testing.T) {
	c := config(t, testkit.Dir(t))
	stop(t, start(t, c))
	contents := [][]byte{bytes.Repeat([]byte("one"), 1000), bytes.Repeat([]byte("two"), 1000), bytes.Repeat([]byte("three"), 1000), []byte("said by nobody")}
	who := storagetest.NewPerson()
	files, err := openFiles(c.Dir, chat.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range contents {
		h := chat.Hash(sha256.Sum256(b))
		if _, err := files.Create(who.Account, h, int64(len(b))); err != nil {
			t.Fatal(err)
		}
		if _, err := files.Append(who.Account, h, 0, b, h); err != nil {
			t.Fatal(err)
		}
	}
	s, err := boltstore.Open(c.Dir, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := storagetest.NewWriter(chat.NewRoomID())
	for _, b := range []func() error{
		func() error { return put(s, w.Found(who)) },
		func() error {
			var list []chat.File
			for _, b := range contents[:3] {
				list = append(list, chat.File{Hash: sha256.Sum256(b), Size: int64(len(b)), Name: "a.bin"})
			}
			return put(s, w.Files(who, list))
		},
		s.Close,
	} {
		if err := b(); err != nil {
			t.Fatal(err)
		}
	}

	look := func() *Report {
		t.Helper()
		r, err := VerifyFor(t.Context(), c, true)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := FilesReport{Contents: 4, Bytes: 3000 + 3000 + 5000 + 14, Named: 3, Orphans: 1, OrphanBytes: 14}
	if r := look(); r.Files == nil || *r.Files != want || len(r.Damage) > 0 {
		t.Errorf("sound: %+v, %v", r.Files, r.Damage)
	}
	path := func(i int) string { return filepath.Join(c.Dir, filesFolder, blob.Where(sha256.Sum256(contents[i]))) }
	flipped := bytes.Clone(contents[0])
	flipped[1500] ^= 1
	if err := os.WriteFile(path(0), flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path(1), 7); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path(2)); err != nil {
		t.Fatal(err)
	}
	want = FilesReport{Contents: 3, Bytes: 3000 + 7 + 14, Named: 3, Missing: 1, Damaged: 2, Orphans: 1, OrphanBytes: 14}
	check := func(when string, r *Report) {
		t.Helper()
		if r.Files == nil || *r.Files != want || len(r.Damage) != 3 || r.Damages != 3 {
			t.Fatalf("%s: %+v, %v", when, r.Files, r.Damage)
		}
		all := strings.Join(r.Damage, "\n")
		for _, words := range []string{blob.Where(sha256.Sum256(contents[0])), w.Room.String(), "has other bytes", "is missing"} {
			if !strings.Contains(all, words) {
				t.Errorf("%s: %q is not said in:\n%s", when, words, all)
			}
		}
	}
	check("stopped", look())
	h := start(t, c)
	check("running", look())
	stop(t, h)
	if r, err := VerifyFor(t.Context(), c, false); err != nil || r.Files != nil || len(r.Damage) > 0 {
		t.Errorf("without files: %+v, %v", r, err)
	}
}
