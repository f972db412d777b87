package boltkit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestSums: of a file that was closed properly, Precheck knows every change of what
// was summed, however large the file is, and none of the rest.
func TestSums(t *testing.T) {
	for name, size := range map[string]int{"small": 100, "large": 1200} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			o := options()
			o.Summed = []string{string(bucket), "not there"}
			db := open(t, path, o)
			for i := range size {
				db.Submit(put(fmt.Sprintf("%08d", i), fmt.Sprintf("value %08d", i)+string(make([]byte, 32_000))), func(error) {})
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			sound, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if large := len(sound) > smallFile; large != (name == "large") {
				t.Fatalf("%d bytes", len(sound))
			}
			if err := precheck(t, path); err != nil {
				t.Errorf("sound: %v", err)
			}
			// In all its copies: those on pages that are free, from which a commit has moved
			// it, are not summed, and where they lie depends on how many went into each.
			wrong := bytes.ReplaceAll(sound, []byte("value 00000050"), []byte("value 00000051"))
			if bytes.Equal(wrong, sound) {
				t.Fatal("the value is not there")
			}
			if err := os.WriteFile(path, wrong, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := precheck(t, path); !errors.Is(err, ErrDamaged) {
				t.Errorf("a flipped bit: %v", err)
			}
			if err := RemoveMark(path); err != nil {
				t.Fatal(err)
			}
			if err := precheck(t, path); err != nil {
				t.Errorf("without a mark nobody knows what it was: %v", err)
			}
		})
	}
}

// TestFalseMark: another file in the place of one that was closed properly is not
// measured by the mark of that, now or when it happens to have as many transactions.
func TestFalseMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	o := options()
	o.Summed = []string{string(bucket)}
	if err := open(t, path, o).Close(); err != nil {
		t.Fatal(err)
	}
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, path, o)
	if err := errors.Join(db.Update(t.Context(), put("a", "1")), db.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := precheck(t, path); err != nil {
		t.Errorf("another file: %v", err)
	}
	db = open(t, path, o)
	if _, err := os.Stat(path + cleanSuffix); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the mark of another file is still there: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
