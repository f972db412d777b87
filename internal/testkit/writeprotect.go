package testkit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Protectable makes a folder and returns what makes everything in it unwritable, and
// writable again: a disk of its own where this user may mount one, which root must, as it
// may write to any file; else by the permissions.
func Protectable(t testing.TB) (dir string, protect func(on bool)) {
	t.Helper()
	dir = Dir(t)
	if os.Geteuid() == 0 {
		return dir, mountProtectable(t, dir)
	}
	t.Cleanup(func() { _ = permit(dir, false) }) // or it could not be removed
	return dir, func(on bool) {
		t.Helper()
		if err := permit(dir, on); err != nil {
			t.Fatal(err)
		}
	}
}

// permit takes away the right to write below a folder, or gives it back.
func permit(dir string, protect bool) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		mode := fs.FileMode(0o600)
		if e != nil && e.IsDir() {
			mode = 0o700
		}
		if protect {
			mode &^= 0o200
		}
		return errors.Join(err, os.Chmod(path, mode))
	})
}
