package boltkit

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// MaxGroup is the most requests that are committed together.
const MaxGroup = 256

const (
	fileMode = 0o600
	// mapBytes is mapped ahead, so that a growing file is mapped anew only once a
	// gigabyte.
	mapBytes = 1 << 30
	// growBytes is what a full file grows by. Each growth costs a sync of its own.
	growBytes = 4 << 20
)

// Options are the choices of Open.
type Options struct {
	// Kind says what the file is for, as a short word. It is written into a new
	// file and compared with an old one: ErrWrongKind. Required.
	Kind string
	// Migrations bring a file from format i to format i+1; a new file runs all of
	// them, so the first one makes the buckets. At least one. Append only.
	Migrations []Migration
	// Timeout is how long to wait for another process to let go of the file.
	// Default 500 ms.
	Timeout time.Duration
	// MaxBytes bounds the size of the file; writes beyond it are answered with
	// ErrNoSpace. Default: the disk is the bound.
	MaxBytes int
	// ReadOnly leaves the file as it is: others may read it too, writes are
	// answered with ErrReadOnly, and a file of an older format is refused with
	// ErrOlder.
	ReadOnly bool
	// MapAhead is how much of the file is mapped ahead, in bytes. A file that
	// outgrows it is mapped anew, and that waits for all readers: who reads for
	// long, as a copy does, says more than the file will ever have. It costs
	// address space, not memory. Default 1 GiB.
	MapAhead int64
	// Summed are names of buckets whose sums closing notes in the file's mark, so that
	// Precheck knows any change of what nobody wrote: small ones, since closing and the
	// next opening read all of them. Default: none.
	Summed []string
	// Log receives migrations, copies and failures, never content. Default: nothing.
	Log *slog.Logger
}

// Migration changes a file to the next format. It runs once, in a transaction of
// its own that also records the new format.
type Migration func(tx *bbolt.Tx) error

// DB is an open file. All methods may be called from any goroutine.
type DB struct {
	// Fixed after Open.
	bolt     *bbolt.DB
	log      *slog.Logger
	path     string
	readOnly bool
	summed   []string

	suspect atomic.Bool // something in the file was found damaged
	committer
}

// Open opens the file at path, making it if there is none; its folder must exist.
// A file in an older format is copied to path.format-N and then migrated. Errors:
// ErrInUse, ErrDamaged, ErrNewer, ErrWrongKind, or what the file system says. The
// file is changed only if all is well with it.
func Open(path string, o Options) (*DB, error) {
	if o.Timeout <= 0 {
		o.Timeout = 500 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Kind == "" || len(o.Migrations) == 0 {
		return nil, errors.New("open database: kind and migrations are required")
	}
	o.MapAhead = max(o.MapAhead, mapBytes)
	_, statErr := os.Stat(path)
	if err := checkFile(path); err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	if o.ReadOnly && statErr != nil {
		return nil, statErr
	}
	db := &DB{log: o.Log, path: path, readOnly: o.ReadOnly, summed: o.Summed}
	err := db.openBolt(path, o)
	if errors.Is(err, syscall.ENOMEM) && o.MapAhead > mapBytes { // a machine with little address space
		o.MapAhead = mapBytes
		err = db.openBolt(path, o)
	}
	if err != nil {
		db.logPanic(err)
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), openError(err))
	}
	db.bolt.AllocSize = growBytes
	if errors.Is(statErr, fs.ErrNotExist) {
		err = syncFolder(filepath.Dir(path)) // or a power cut loses the file with all that was acknowledged
	}
	if err == nil && !o.ReadOnly {
		err = dropFalseMark(path)
	}
	if err == nil {
		err = db.migrate(path, o)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), errors.Join(err, db.bolt.Close()))
	}
	db.startCommitter()
	return db, nil
}

func (db *DB) openBolt(path string, o Options) error {
	err := guard(func() (err error) {
		db.bolt, err = bbolt.Open(path, fileMode, boltOptions(o))
		return err
	})
	if err != nil {
		return err
	}
	if err := checkTrees(path, smallFile); err != nil { // now that nobody else writes
		return errors.Join(err, db.bolt.Close())
	}
	return nil
}

func boltOptions(o Options) *bbolt.Options {
	b := &bbolt.Options{Timeout: o.Timeout, FreelistType: bbolt.FreelistMapType, MaxSize: o.MaxBytes, NoStatistics: true, ReadOnly: o.ReadOnly}
	// Windows gives a file the size of its mapping; 32 bits have no room for it.
	if runtime.GOOS != "windows" && strconv.IntSize == 64 {
		b.InitialMmapSize = int(o.MapAhead)
	}
	return b
}

func openError(err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return ErrInUse
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case IsNoSpace(err):
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

// syncFolder makes the name of a new file durable.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there; NTFS journals names
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// logPanic writes the stack of a panic that was turned into an error.
func (db *DB) logPanic(err error) {
	var p *panicError
	if errors.As(err, &p) {
		db.suspect.Store(true)
		db.log.Error("database engine panicked", "panic", fmt.Sprint(p.value), "stack", string(p.stack))
	}
}
