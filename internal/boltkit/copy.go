package boltkit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// copyPiece is how much of a copy reaches the disk at a time. After each piece
// the copy rests some times as long as the piece took: a sync of the database
// never waits behind much more than one piece, and most do not meet any. Where a
// piece takes long, others keep the disk busy, and the copy has to end all the same:
// it never rests longer than copyPause.
const (
	copyPiece = 1 << 20
	copyRests = 3
	copyPause = 3 * time.Second
)

// CopyTo writes a consistent copy of the file to path: all or nothing, durable
// when it returns, readable by the owner only, never over an existing file. It
// takes its time, so that commits hardly notice; they go on meanwhile, and the
// file grows by what they replace. Options.MapAhead must be larger than the file
// will become, or a commit may have to wait for the copy.
func (db *DB) CopyTo(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("copy to %s: %w", path, os.ErrExist)
	}
	half := path + ".half"
	f, err := os.OpenFile(half, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	to := &pacedWriter{ctx: ctx, f: f, rests: !db.readOnly}
	err = db.View(func(tx *bbolt.Tx) error {
		out := bufio.NewWriterSize(to, copyPiece)
		_, err := tx.WriteTo(out)
		return errors.Join(err, out.Flush())
	})
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(half, path)
	}
	if err != nil {
		return fmt.Errorf("copy: %w", errors.Join(openError(err), os.Remove(half)))
	}
	return syncFolder(filepath.Dir(path))
}

// pacedWriter syncs each piece and then rests.
type pacedWriter struct {
	ctx context.Context //nolint:containedctx // of the one copy it serves
	f   interface {     // a file
		io.Writer
		Sync() error
	}
	rests bool
}

// Write implements io.Writer.
func (w *pacedWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		if err = w.ctx.Err(); err != nil {
			break
		}
		start := time.Now()
		var m int
		m, err = w.f.Write(p[:min(len(p), copyPiece)])
		n, p = n+m, p[m:]
		if err == nil && w.rests {
			err = w.f.Sync()
			rest(w.ctx, min(copyRests*time.Since(start), copyPause))
		}
	}
	return n, err
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
