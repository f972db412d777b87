// Package safefile replaces small files so that a crash or a full disk leaves
// either the old content or the new, never a mixture or an empty file. It owns
// the temporary files it makes beside the target and must never follow or
// change anything else.
package safefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Write replaces the file at path; it has returned nil only when the new content
// and its name are on disk.
func Write(path string, data []byte, perm fs.FileMode) error {
	return WriteFrom(path, perm, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteFrom is Write for content that is made while it is written. If fill fails,
// the file at path is as it was.
func WriteFrom(path string, perm fs.FileMode, content func(io.Writer) error) error {
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	tmp, err := os.CreateTemp(dir, "."+base+".*.tmp")
	if err != nil {
		return err
	}
	if err := fill(tmp, perm, content); err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("write %s: %w", base, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		_ = os.Remove(tmp.Name())
		return err
	}
	return SyncDir(dir)
}

func fill(f *os.File, perm fs.FileMode, content func(io.Writer) error) error {
	err := content(f)
	if err == nil && runtime.GOOS != "windows" {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// SyncDir makes changes of names in dir durable, where the system can.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a directory cannot be opened for this; NTFS journals names
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
