package testkit

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// update is the one flag that writes golden files anew:
//
//	go test ./net/wire -update
//
// Read the difference in version control before you commit it.
var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Updating reports whether golden files are being written, for tests that keep
// theirs in another form than [Golden] does.
func Updating() bool { return *update }

// Golden compares got with the file testdata/name, byte for byte, and shows
// the difference. With -update it writes the file.
func Golden(t testing.TB, name string, got []byte) {
	t.Helper()
	golden(t, filepath.Join("testdata", filepath.FromSlash(name)), got, *update)
}

func golden(t testing.TB, file string, got []byte, write bool) {
	t.Helper()
	if write {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is no golden file %s: look at what the test gives, then run it with -update", file)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	if utf8.Valid(got) && utf8.Valid(want) {
		t.Errorf("differs from %s (-file +got):\n%s", file, cmp.Diff(string(want), string(got)))
		return
	}
	t.Errorf("differs from %s (-file +got):\n%s", file, cmp.Diff(want, got))
}
