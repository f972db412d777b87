package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"hearth/chat"
)

// savedPerm is that of a file that was saved: to be read, never to be run.
const savedPerm = 0o644

// SaveFile implements Commands.
func (a *App) SaveFile(ctx context.Context, f chat.File, path string, replace bool) error {
	content, err := a.OpenFile(ctx, f)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	if replace {
		return saveOver(ctx, content, path)
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, savedPerm)
	switch {
	case errors.Is(err, fs.ErrExist):
		return &Failed{Code: FailExists, Field: "path", Detail: path, Err: err}
	case err != nil:
		return savedFailed(err, path)
	}
	err = saveTo(ctx, out, content)
	if err = errors.Join(err, out.Close()); err != nil {
		_ = os.Remove(path) // half a file is none
		return savedFailed(err, path)
	}
	return nil
}

// saveOver puts a whole copy in the place of what is there, which stays if that fails.
func saveOver(ctx context.Context, content FileContent, path string) error {
	beside, err := os.CreateTemp(filepath.Dir(path), ".hearth-*.tmp")
	if err != nil {
		return savedFailed(err, path)
	}
	err = saveTo(ctx, beside, content)
	if err == nil && runtime.GOOS != "windows" {
		err = beside.Chmod(savedPerm)
	}
	if err = errors.Join(err, beside.Close()); err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		_ = os.Remove(beside.Name())
		return savedFailed(err, path)
	}
	return nil
}

// saveTo marks a file before anything is in it, and fills it.
func saveTo(ctx context.Context, out *os.File, content FileContent) error {
	if err := quarantine(out); err != nil {
		return err
	}
	buf := make([]byte, 256<<10)
	for at := int64(0); at < content.Size(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := content.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if _, err := out.Write(buf[:n]); err != nil {
			return err
		}
		at += int64(n)
	}
	return out.Sync()
}

// savedFailed words a failure of a place that the person chose.
func savedFailed(err error, path string) error {
	failed := shelfFailed(err)
	var f *Failed
	if errors.As(failed, &f) && f.Code == FailStore {
		f.Field, f.Problem = "path", &Problem{Kind: ProblemDisk, Path: path, Detail: err.Error()}
	}
	return failed
}
