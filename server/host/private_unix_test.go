//go:build unix

package host

import (
	"bytes"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth/internal/testkit"
	"hearth/server/storage/boltstore"
)

// TestTighten: files that others can read are taken from them at the start, with a word.
func TestTighten(t *testing.T) {
	c := config(t, testkit.Dir(t))
	stop(t, start(t, c))
	own := map[string]fs.FileMode{identityFile: 0o644, boltstore.FileName: 0o666, filesFolder: 0o755}
	for name, mode := range own {
		if err := os.Chmod(filepath.Join(c.Dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(c.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	stop(t, start(t, c))
	for name := range own {
		info, err := os.Stat(filepath.Join(c.Dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if n := strings.Count(log.String(), "they no longer can"); n != len(own) || !strings.Contains(log.String(), "Others may write in the data folder") {
		t.Errorf("logged:\n%s", log.String())
	}
}

// TestFileNotAllowed: a file that may not be used is named, not its folder.
func TestFileNotAllowed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, boltstore.FileName)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, storeError(&fs.PathError{Op: "open", Path: file, Err: fs.ErrPermission}, dir), KindFolder, file+" cannot be")
	refused(t, storeError(&fs.PathError{Op: "open", Path: filepath.Join(dir, "new"), Err: fs.ErrPermission}, dir), KindFolder, "the folder "+dir)
}
