package boltstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// FileName is the name of the file in a data folder.
const FileName = "hearth.db"

// Top-level buckets, see docs/storage.md.
var (
	bucketServer         = []byte("server")
	bucketRooms          = []byte("rooms")
	bucketStates         = []byte("states")
	bucketMembers        = []byte("members")
	bucketDSeqs          = []byte("dseqs")
	bucketEvents         = []byte("events")
	bucketMIDs           = []byte("mids")
	bucketAccounts       = []byte("accounts")
	bucketNames          = []byte("names")
	bucketDevices        = []byte("devices")
	bucketAccountDevices = []byte("account_devices")
	bucketInvites        = []byte("invites")
	bucketSettings       = []byte("settings")
	bucketMarkers        = []byte("markers")
	bucketCards          = []byte("cards")
	bucketAvatars        = []byte("avatars")
	bucketContents       = []byte("contents")
	bucketContentBytes   = []byte("content bytes")
	bucketChanges        = []byte("changes")
	bucketPurged         = []byte("purged")

	// Two journals; each is active and frozen in turn.
	bucketJournals = [2][]byte{[]byte("journal0"), []byte("journal1")}
)

// summed is all that is not log, index of the logs or picture: what a flipped bit could
// change into something as plausible (docs/adr/0016).
var summed = []string{
	string(bucketServer), string(bucketRooms), string(bucketStates), string(bucketMembers), string(bucketDSeqs), string(bucketAccounts),
	string(bucketNames), string(bucketDevices), string(bucketAccountDevices), string(bucketInvites), string(bucketSettings),
	string(bucketMarkers), string(bucketCards), string(bucketContentBytes),
}

// Keys of bucketServer.
var (
	keyEpoch = []byte("epoch") // 16 bytes
	keyProbe = []byte("probe") // 8 bytes: how often Probe has committed
)

// Options are the choices of Open; the zero value works.
type Options struct {
	// Timeout is how long to wait for another process to let go of the file.
	// Default 500 ms.
	Timeout time.Duration
	// MaxBytes bounds the size of the file; writes beyond it are answered with
	// ErrNoSpace. Default: the disk is the bound.
	MaxBytes int
	// JournalEvents is how many events the journal takes before it is moved to the
	// archive. A longer one makes moving cheaper and opening slower. Default 8192.
	JournalEvents int
	// JournalBytes is the same bound in bytes. Default 8 MiB.
	JournalBytes int
	// ReadOnly opens data that exist and changes nothing: reading and verifying
	// work, everything else is refused.
	ReadOnly bool
	// Log receives what an operator should know, never content. Default: nothing.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.JournalEvents <= 0 {
		o.JournalEvents = 8192
	}
	if o.JournalBytes <= 0 {
		o.JournalBytes = 8 << 20
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Store implements storage.Store over one file.
type Store struct {
	// Fixed after Open.
	db    *boltkit.DB
	o     Options
	epoch chat.Epoch

	index index    // the journal in memory
	group group    // owned by the committer
	arch  archiver // owned by the committer
	flush bool     // owned by the committer: the journal is to be archived although it is not full

	closeOnce sync.Once
	closeErr  error // guarded by closeOnce
}

var _ storage.Store = (*Store)(nil)

// migrations of the file; append only.
var migrations = []boltkit.Migration{makeBuckets, makeMarkers, makeContents, makeChanges, makeCards, makePurged}

func makeBuckets(tx *bbolt.Tx) error {
	for _, name := range [][]byte{
		bucketServer, bucketRooms, bucketStates, bucketMembers, bucketDSeqs, bucketEvents, bucketMIDs, bucketAccounts,
		bucketNames, bucketDevices, bucketAccountDevices, bucketInvites, bucketSettings, bucketJournals[0], bucketJournals[1],
	} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	epoch := chat.NewEpoch()
	return tx.Bucket(bucketServer).Put(keyEpoch, epoch[:])
}

// makeMarkers makes the place of read positions (format 2).
func makeMarkers(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket(bucketMarkers)
	return err
}

// mapAhead is more than one file will ever have: a copy of the file may take
// long, and a commit that had to map the file anew would wait for it.
const mapAhead = 64 << 30

// Open opens the data in folder dir, making folder and file if there are none.
// Errors: ErrInUse, ErrDamaged, ErrNewer, ErrNoSpace, or what the file system says.
func Open(dir string, o Options) (*Store, error) {
	if !o.ReadOnly {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	return openFile(filepath.Join(dir, FileName), o)
}

func openFile(path string, o Options) (*Store, error) {
	o = o.withDefaults()
	db, err := boltkit.Open(path, boltkit.Options{
		Kind: "hearth-server", Migrations: migrations, Timeout: o.Timeout, MaxBytes: o.MaxBytes, Log: o.Log,
		ReadOnly: o.ReadOnly, MapAhead: mapAhead, Summed: summed,
	})
	if err != nil {
		return nil, translate(err)
	}
	s := &Store{db: db, o: o}
	if err := db.View(s.load); err != nil {
		return nil, errors.Join(translate(err), db.Close())
	}
	if s.index.frozen != nil && !o.ReadOnly {
		// On the committer's goroutine, like everything that follows.
		s.db.Submit(func(*bbolt.Tx) error { return boltkit.Refuse(errBegin) }, func(error) { s.archive() })
	}
	return s, nil
}

// errBegin is the answer to a request that only wants to be called.
var errBegin = errors.New("begin archiving")

// load reads the epoch and rebuilds the index from the journals.
func (s *Store) load(tx *bbolt.Tx) error {
	epoch := tx.Bucket(bucketServer).Get(keyEpoch)
	if len(epoch) != len(s.epoch) {
		return damaged("no epoch is recorded")
	}
	s.epoch = chat.Epoch(epoch)
	return s.index.load(tx)
}

// Epoch implements storage.Store.
func (s *Store) Epoch() chat.Epoch { return s.epoch }

// Probe implements storage.Store.
func (s *Store) Probe(ctx context.Context) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketServer)
		n, _ := boltkit.Uint64(b.Get(keyProbe))
		return b.Put(keyProbe, boltkit.Key64(n+1))
	})
}

// Close implements storage.Store. What the journal holds stays there.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.closeErr = translate(s.db.Close())
	})
	return s.closeErr
}

// view runs fn in a read transaction, unless ctx has ended.
func (s *Store) view(ctx context.Context, fn func(tx *bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return translate(s.db.View(fn))
}

func (s *Store) update(ctx context.Context, fn func(tx *bbolt.Tx) error) error {
	return translate(s.db.Update(ctx, fn))
}

// translate replaces the errors of boltkit by those of package storage.
func translate(err error) error {
	for _, pair := range [...][2]error{
		{boltkit.ErrInUse, storage.ErrInUse},
		{boltkit.ErrFailed, nil}, // keeps its text: nothing in storage fits, and that is the point
		{boltkit.ErrDamaged, storage.ErrDamaged},
		{boltkit.ErrWrongKind, storage.ErrDamaged},
		{boltkit.ErrNewer, storage.ErrNewer},
		{boltkit.ErrNoSpace, storage.ErrNoSpace},
		{boltkit.ErrClosed, storage.ErrClosed},
	} {
		if !errors.Is(err, pair[0]) {
			continue
		}
		if pair[1] == nil {
			return err
		}
		return fmt.Errorf("%w: %w", pair[1], err)
	}
	return err
}
