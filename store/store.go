package store

import (
	"context"
	"log/slog"
	"time"

	"hearth/chat"
	"hearth/store/secret"
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
	// OutboxEntries bounds the outbox. Default chat.DefaultLimits().
	OutboxEntries int
	// Log receives what is worth knowing, never content. Default: nothing.
	Log *slog.Logger
}

// Store is an open database. All methods may be called from any goroutine.
type Store struct{}

// Open opens the database of one group, making it if there is none. The owner is
// recorded on the first opening; later a different server or account is refused
// and a different device is recorded. Errors: ErrInUse, ErrWrongKey, ErrDamaged,
// ErrNewer, ErrOtherOwner, or what the file system says.
func Open(ctx context.Context, path string, key secret.Key, owner Owner, o Options) (*Store, error) {
	return nil, ErrClosed
}

// Owner returns whose data this is.
func (s *Store) Owner() Owner { return Owner{} }

// Check walks the whole file: every page, every record, every sequence and chain,
// every counter. It returns a *DamageError for the first thing that is wrong.
func (s *Store) Check(ctx context.Context) error { return ErrClosed }

// Close finishes what was handed over and closes the file. Calling it again does
// nothing.
func (s *Store) Close() error { return nil }
