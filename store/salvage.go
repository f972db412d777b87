package store

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/store/secret"
)

// salvageTask reads what it can of a damaged database, in a process that may end
// over it. It knows no key: what it passes on is as sealed as the file.
const salvageTask = "client-salvage"

// Tasks are what a program that opens stores must be ready to run in a process of
// its own; see boltkit.RunTask.
func Tasks() map[string]boltkit.Task {
	return map[string]boltkit.Task{salvageTask: salvage}
}

// Bounds of salvaging. The outbox has at most a few thousand entries of a few KiB.
const (
	salvageTime   = time.Minute
	salvageBytes  = 256 << 20 // read of one bucket
	salvageRecord = 1 << 20
)

// scrap is one record of a damaged file.
type scrap struct {
	Bucket []byte `json:"bucket"`
	Key    []byte `json:"key"`
	Value  []byte `json:"value"`
}

// salvage reports the records of every bucket that holds records and not logs, as
// far as each can be read.
func salvage(ctx context.Context, path string, report func(any)) error {
	raw, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: 500 * time.Millisecond})
	if err != nil {
		return err
	}
	err = raw.View(func(tx *bbolt.Tx) error {
		var names [][]byte
		err := boltkit.Guard(func() error {
			return tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
				names = append(names, name)
				return nil
			})
		})
		for _, name := range names {
			err = errors.Join(err, boltkit.Guard(func() error { return salvageBucket(ctx, tx.Bucket(name), name, report) }))
		}
		return err
	})
	if errors.Is(err, boltkit.ErrDamaged) {
		return err // and nothing is closed: after a fault the engine may wait for ever
	}
	return errors.Join(err, raw.Close())
}

func salvageBucket(ctx context.Context, b *bbolt.Bucket, name []byte, report func(any)) error {
	total := 0
	return b.ForEach(func(key, value []byte) error {
		if value == nil || len(value) > salvageRecord {
			return ctx.Err()
		}
		if total += len(value); total > salvageBytes {
			return errors.New("more than there can be")
		}
		report(scrap{name, key, value})
		return ctx.Err()
	})
}

// Salvage returns what can be read of the outbox of a database that cannot be
// opened, in order. It changes nothing. With rerun the file is read in a process of
// its own, which may end over it; without, in this one. A file that is not there
// holds nothing. Whatever is returned can be used, also with an error.
func Salvage(ctx context.Context, path string, key secret.Key, rerun boltkit.Rerun, log *slog.Logger) ([]Entry, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	seal, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	outbox := seal.tag("bucket", []byte(bucketOutbox))
	r := &reader{s: &Store{seal: seal}}
	var entries []Entry
	seen := map[chat.MID]bool{}
	take := func(c *scrap) {
		if string(c.Bucket) != string(outbox[:]) {
			return
		}
		e, err := r.entry(c.Key, c.Value)
		switch {
		case err != nil:
			log.Warn("an entry of a damaged outbox cannot be read", "err", err)
		case !seen[e.MID]:
			seen[e.MID] = true
			entries = append(entries, e)
		}
	}
	if rerun == nil {
		err = boltkit.Guard(func() error {
			return salvage(ctx, path, func(v any) {
				if c, ok := v.(scrap); ok {
					take(&c)
				}
			})
		})
		return entries, translate(err)
	}
	err = boltkit.InChild(ctx, rerun, salvageTask, path, salvageTime, func(line json.RawMessage) {
		var c scrap
		if json.Unmarshal(line, &c) == nil {
			take(&c)
		}
	})
	return entries, translate(err)
}
