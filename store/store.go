package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/store/secret"
)

// fileKind is what boltkit writes into our files.
const fileKind = "hearth-client"

// clearBucket holds what must be readable without the key: a fingerprint of it.
var (
	clearBucket = []byte("client")
	keyPrint    = []byte("key")
)

// Owner is whose data a file holds.
type Owner struct {
	Server  chat.ServerID  `json:"server"`
	Account chat.AccountID `json:"account"`
	Device  chat.DeviceID  `json:"device"`
}

// Options are the choices of Open; the zero value works.
type Options struct {
	// Timeout is how long to wait for another process to let go of the file.
	// Default 500 ms.
	Timeout time.Duration
	// OutboxEntries bounds the outbox until LimitOutbox. Default chat.DefaultLimits().
	OutboxEntries int
	// MaxBytes bounds the size of the file; writes beyond it are answered with
	// ErrNoSpace. Default: the disk is the bound.
	MaxBytes int
	// Log receives what is worth knowing, never content. Default: nothing.
	Log *slog.Logger
	// Rerun makes a process that looks at the file first, if it was not closed
	// properly: a damaged page can end the process that meets it. The program's main
	// must call boltkit.RunTask with Tasks. Default: nobody looks.
	Rerun boltkit.Rerun
	// Thorough looks through all of the file, pages and records, however it was
	// closed: seconds for a large one. For whoever suspects it.
	Thorough bool
	// Expected says that the file was made before: if it is missing or empty it is not
	// made anew, but ErrMissing.
	Expected bool
}

// Store is an open database. All methods may be called from any goroutine.
type Store struct {
	// Fixed after Open.
	db       *boltkit.DB
	seal     *sealer
	owner    Owner
	path     string
	tagged   map[string]tag
	limit    atomic.Int64 // of the outbox; see LimitOutbox
	readOnly bool         // see ReadOnly
	// doubtful: the file was not closed properly, or damage was found in it before.
	doubtful bool
}

// Open opens the database of one group, making it if there is none. The owner is
// recorded on the first opening; later a different server or account is refused
// and a different device is recorded. One that this user cannot write to, as on a disk
// that is mounted to be read, is opened to be read: see ReadOnly. Errors: ErrInUse,
// ErrWrongKey, ErrDamaged, ErrNewer, ErrOlder, ErrOtherOwner, ErrNoSpace, or what the
// file system says.
func Open(ctx context.Context, path string, key secret.Key, owner Owner, o Options) (*Store, error) {
	if key.IsZero() || owner.Server.IsZero() || owner.Account.IsZero() || owner.Device.IsZero() {
		return nil, errors.New("open the stored data: key and owner are required")
	}
	if o.OutboxEntries <= 0 {
		o.OutboxEntries = chat.DefaultLimits().OutboxEntries
	}
	if info, err := os.Stat(path); o.Expected && (errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0) {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), ErrMissing)
	}
	seal, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	s := &Store{seal: seal, owner: owner, path: path, tagged: map[string]tag{}}
	s.LimitOutbox(o.OutboxEntries)
	for _, kind := range buckets {
		s.tagged[kind] = seal.tag("bucket", []byte(kind))
	}
	if s.doubtful, err = precheck(ctx, path, o); err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), translate(err))
	}
	if err := s.openFile(o); err != nil {
		return nil, err
	}
	err = s.view(ctx, func(r *reader) error { return s.checkKey(r.tx) })
	if err == nil {
		err = s.settleOwner(ctx)
	}
	if err == nil && o.Thorough {
		err = s.Check(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), errors.Join(err, s.db.Close()))
	}
	return s, nil
}

// openFile opens the file, to be read where it cannot be written.
func (s *Store) openFile(o Options) (err error) {
	how := boltkit.Options{Kind: fileKind, Migrations: s.migrations(), Timeout: o.Timeout, MaxBytes: o.MaxBytes, Log: o.Log}
	s.db, err = boltkit.Open(s.path, how)
	if info, bad := os.Stat(s.path); boltkit.IsUnwritable(err) && bad == nil && info.Size() > 0 {
		how.ReadOnly, s.readOnly = true, true
		s.db, err = boltkit.Open(s.path, how)
	}
	return translate(err)
}

// precheck has a file that was not closed properly looked at before it is opened,
// and reports whether it is one.
// A crash from now on is one the next start knows of.
func precheck(ctx context.Context, path string, o Options) (doubtful bool, err error) {
	if o.Rerun == nil {
		return false, nil
	}
	doubtful = !boltkit.TakeMark(path)
	if !doubtful && !o.Thorough {
		return false, nil
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return doubtful, boltkit.Precheck(ctx, o.Rerun, path, o.Log)
}

// migrations make the file (the first) and bring older ones up to date. Each but
// the first must begin with checkPrint: without the key nothing fits.
func (s *Store) migrations() []boltkit.Migration {
	return []boltkit.Migration{s.create, s.addSearch, s.addChanges, s.addFiles, s.dropFilters, s.widenDrafts, s.dropFilters, s.dropFilters, s.sumAgain, s.sumAgain}
}

func (s *Store) create(tx *bbolt.Tx) error {
	open, err := tx.CreateBucket(clearBucket)
	if err != nil {
		return err
	}
	id := s.seal.tag("key", nil)
	if err := open.Put(keyPrint, id[:]); err != nil {
		return err
	}
	for _, kind := range buckets {
		name := s.tagged[kind]
		if _, err := tx.CreateBucket(name[:]); err != nil {
			return err
		}
	}
	return nil
}

// addSearch makes place for the filters of package textsearch; they are made later.
func (s *Store) addSearch(tx *bbolt.Tx) error {
	if err := s.checkPrint(tx); err != nil {
		return err
	}
	name := s.tagged[bucketSearch]
	_, err := tx.CreateBucketIfNotExists(name[:])
	return err
}

// dropFilters drops the filters of older programs: those of format 4 and older knew of
// words only, those of format 6 and older of no names of files, those of format 7 and
// older did not fold as package textsearch does since. They are made again, as all are,
// in quiet moments.
func (s *Store) dropFilters(tx *bbolt.Tx) error {
	if err := s.checkPrint(tx); err != nil {
		return err
	}
	name := s.tagged[bucketSearch]
	if err := tx.DeleteBucket(name[:]); err != nil {
		return err
	}
	_, err := tx.CreateBucket(name[:])
	return err
}

// checkKey tells a wrong key from a damaged file.
func (s *Store) checkKey(tx *bbolt.Tx) error {
	if err := s.checkPrint(tx); err != nil {
		return err
	}
	for _, kind := range buckets {
		if name := s.tagged[kind]; tx.Bucket(name[:]) == nil {
			return &DamageError{Where: kind, What: "missing"}
		}
	}
	return nil
}

// checkPrint compares the key with the fingerprint in the file.
func (s *Store) checkPrint(tx *bbolt.Tx) error {
	open := tx.Bucket(clearBucket)
	if open == nil || len(open.Get(keyPrint)) != tagBytes {
		return &DamageError{Where: "key", What: "its fingerprint is missing"}
	}
	if id := s.seal.tag("key", nil); string(open.Get(keyPrint)) == string(id[:]) {
		return nil
	}
	for _, name := range s.tagged { // under another key they all have other names
		if tx.Bucket(name[:]) != nil {
			return &DamageError{Where: "key", What: "its fingerprint is not what was written"}
		}
	}
	return ErrWrongKey
}

// ReadOnly reports whether the file can only be read, for as long as the store is open:
// whatever writes is answered with ErrReadOnly. Others may read it at the same time.
func (s *Store) ReadOnly() bool { return s.readOnly }

// Path returns where the file is.
func (s *Store) Path() string { return s.path }

// settleOwner compares the owner with the one recorded and records it if it is new.
func (s *Store) settleOwner(ctx context.Context) error {
	var recorded Owner
	err := s.view(ctx, func(r *reader) error {
		_, err := r.json(metaPlace(metaOwner), &recorded)
		return err
	})
	if err != nil || recorded == s.owner {
		return err
	}
	if recorded != (Owner{}) && (recorded.Server != s.owner.Server || recorded.Account != s.owner.Account) {
		return ErrOtherOwner
	}
	if s.readOnly {
		return nil
	}
	return s.update(ctx, func(w *writer) error { return w.putJSON(metaPlace(metaOwner), s.owner) })
}

// Owner returns whose data this is.
func (s *Store) Owner() Owner { return s.owner }

// Close finishes what was handed over and closes the file. Calling it again does
// nothing.
func (s *Store) Close() error { return translate(s.db.Close()) }

// translate puts our errors in the place of boltkit's.
func translate(err error) error {
	for _, t := range []struct{ theirs, ours error }{
		{boltkit.ErrInUse, ErrInUse},
		{boltkit.ErrDamaged, ErrDamaged},
		{boltkit.ErrWrongKind, ErrDamaged},
		{boltkit.ErrNewer, ErrNewer},
		{boltkit.ErrOlder, ErrOlder},
		{boltkit.ErrReadOnly, ErrReadOnly},
		{boltkit.ErrNoSpace, ErrNoSpace},
		{boltkit.ErrFailed, ErrFailed},
		{boltkit.ErrClosed, ErrClosed},
	} {
		if errors.Is(err, t.theirs) {
			return fmt.Errorf("%w: %w", t.ours, err)
		}
	}
	return err
}
