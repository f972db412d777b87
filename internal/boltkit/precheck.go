package boltkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// smallFile is looked at from end to end at each start: it costs less than the
// process that does it.
const smallFile = 32 << 20

// cleanSuffix is behind the name of the file that says a database was closed.
const cleanSuffix = ".clean"

// cleanMark says what a database was like when it was closed properly. Whoever
// writes to it afterwards makes the mark untrue by that.
type cleanMark struct {
	TXID  uint64 `json:"txid"`
	Bytes int64  `json:"bytes"`
	// Sums are of the buckets in Options.Summed, by their names.
	Sums map[string]string `json:"sums,omitempty"`
}

// Precheck looks at an existing file before this process opens it. A damaged page
// can end a process in ways that no recover catches, so it happens in another one
// and in proportion to what may have happened: every page and key of a small file
// or of one that was not closed properly, the ends of every bucket of a large one
// that was (docs/adr/0016). Errors are those of Open; a check that could not be
// made is none, but is logged.
func Precheck(ctx context.Context, rerun Rerun, path string, log *slog.Logger) error {
	return PrecheckBy(ctx, rerun, pagesTask, path, log)
}

// PrecheckBy is Precheck by a task of the program's own, which begins with CheckPages
// and then looks at what only the program understands.
func PrecheckBy(ctx context.Context, rerun Rerun, task, path string, log *slog.Logger) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := checkFile(path); err != nil {
		return fmt.Errorf("check %s: %w", filepath.Base(path), err)
	}
	if info.Size() == 0 { // made, but never written to: there is nothing to look at
		return nil
	}
	start := time.Now()
	err = InChild(ctx, rerun, task, path, TimeFor(info.Size()), nil)
	if errors.Is(err, ErrNoChild) {
		log.Warn("the database could not be checked before opening", "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("check %s: %w", filepath.Base(path), err)
	}
	log.Debug("database checked", "bytes", info.Size(), "took", time.Since(start))
	return nil
}

// TimeFor is how much processor time a task that reads a whole file may use: many
// times of what a slow machine needs.
func TimeFor(bytes int64) time.Duration {
	return time.Minute + time.Duration(bytes>>20)*500*time.Millisecond
}

// checkPagesTask is the child's half of Precheck.
func checkPagesTask(ctx context.Context, path string, _ func(any)) error {
	return CheckPages(ctx, path)
}

// CheckPages does in this process, which may end over it, what Precheck has another
// one do. Only for tasks.
func CheckPages(ctx context.Context, path string) error {
	mark, clean, err := readMark(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	whole := !clean || info.Size() <= smallFile
	if whole {
		if err := readAhead(ctx, path); err != nil {
			return err
		}
	}
	db, err := bbolt.Open(path, fileMode, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: 500 * time.Millisecond})
	if err != nil {
		return openError(err)
	}
	if err := checkTrees(path, smallFile); err != nil {
		return errors.Join(err, db.Close())
	}
	tx, err := db.Begin(false)
	if err != nil {
		return openError(err)
	}
	if !whole {
		return errors.Join(ends(tx), checkSums(ctx, tx, mark), tx.Rollback(), db.Close())
	}
	// The first error is enough: over a page that leads to itself bbolt finds
	// errors for minutes. Its goroutine still reads then, so nothing is closed; the
	// process ends anyway.
	for err := range tx.Check() {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	err = walkAll(ctx, tx)
	if err == nil && clean {
		err = checkSums(ctx, tx, mark)
	}
	return errors.Join(err, tx.Rollback(), db.Close())
}

// closedProperly reports whether the file is as its last owner left it when it
// closed the file.
func closedProperly(path string) (bool, error) {
	_, clean, err := readMark(path)
	return clean, err
}

// readMark returns the file's mark and whether it is true.
func readMark(path string) (mark cleanMark, clean bool, err error) {
	text, err := os.ReadFile(path + cleanSuffix)
	if err != nil || json.Unmarshal(text, &mark) != nil {
		return mark, false, nil //nolint:nilerr // no mark is an answer
	}
	now, err := stateOf(path)
	return mark, err == nil && now.TXID == mark.TXID && now.Bytes == mark.Bytes, err
}

// stateOf reads what a mark would say now.
func stateOf(path string) (cleanMark, error) {
	f, err := os.Open(path)
	if err != nil {
		return cleanMark{}, err
	}
	defer f.Close() // read only: nothing to lose
	h, err := readHeads(f)
	if err != nil {
		return cleanMark{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return cleanMark{}, err
	}
	return cleanMark{TXID: h.newest.txid, Bytes: info.Size()}, nil
}

// markClosed writes the mark. It need not be durable: without it the next start
// looks at more.
func markClosed(path string, sums map[string]string) error {
	mark, err := stateOf(path)
	if err != nil {
		return err
	}
	mark.Sums = sums
	text, err := json.Marshal(mark)
	if err != nil {
		return err
	}
	return os.WriteFile(path+cleanSuffix, text, fileMode)
}

// readAhead reads the file in order, so that walking it in the order of its keys
// finds it in memory. Page by page a disk takes ten times as long.
func readAhead(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // read only: nothing to lose
	buffer := make([]byte, 4<<20)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch _, err := f.Read(buffer); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
}

// ends goes from the root of every bucket to its first and its last key.
func ends(tx *bbolt.Tx) error {
	return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
		c := b.Cursor()
		first, v := c.First()
		touch(first)
		touch(v)
		last, v := c.Last()
		touch(v)
		if string(first) > string(last) {
			return fmt.Errorf("%w: keys out of order", ErrDamaged)
		}
		return nil
	})
}
