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
	salvageTime   = time.Minute // of the processor
	salvageBytes  = 256 << 20   // read of one bucket
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

// Salvaged is what could be read of a damaged database and is nowhere else.
type Salvaged struct {
	Outbox []Entry                    // in order
	Drafts map[chat.RoomID]chat.Draft // of rooms that could be told, too
}

// salvager makes sense of scraps.
type salvager struct {
	r      *reader
	log    *slog.Logger
	outbox tag
	rooms  tag
	drafts tag
	found  Salvaged
	seen   map[chat.MID]bool
	known  map[chat.RoomID]bool
	begun  map[tag]chat.Draft // by the key of the room, which names it only to who knows it
}

func newSalvager(seal *sealer, log *slog.Logger) *salvager {
	return &salvager{
		r: &reader{s: &Store{seal: seal, tagged: map[string]tag{}}}, log: log,
		outbox: seal.tag("bucket", []byte(bucketOutbox)), rooms: seal.tag("bucket", []byte(bucketRooms)),
		drafts: seal.tag("bucket", []byte(bucketDrafts)),
		seen:   map[chat.MID]bool{}, known: map[chat.RoomID]bool{}, begun: map[tag]chat.Draft{},
	}
}

// take reads one record; one that cannot be read is left out.
func (s *salvager) take(c *scrap) {
	var err error
	switch string(c.Bucket) {
	case string(s.outbox[:]):
		var e Entry
		if e, err = s.r.entry(c.Key, c.Value); err == nil && !s.seen[e.MID] {
			s.seen[e.MID], s.known[e.Room] = true, true
			s.found.Outbox = append(s.found.Outbox, e)
		}
	case string(s.rooms[:]):
		p := place{kind: bucketRooms, key: c.Key}
		var plain []byte
		var rec roomRecord
		if plain, err = s.r.s.seal.open(p, c.Value); err == nil {
			if err = decodeJSON(p, plain, &rec); err == nil {
				s.known[rec.counters().Room] = true
			}
		}
	case string(s.drafts[:]):
		var d chat.Draft
		if d, err = s.r.s.seal.draft(place{kind: bucketDrafts, key: c.Key}, c.Value); err == nil && len(c.Key) == len(tag{}) {
			s.begun[tag(c.Key)] = d
		}
	}
	if err != nil {
		s.log.Warn("a record of a damaged store cannot be read", "err", err)
	}
}

// end finds out whose the drafts are.
func (s *salvager) end() Salvaged {
	s.found.Drafts = map[chat.RoomID]chat.Draft{}
	for room := range s.known {
		if d := s.begun[s.r.roomTag(room)]; !d.IsZero() {
			s.found.Drafts[room] = d
		}
	}
	return s.found
}

// Salvage returns what can be read of the outbox and the drafts of a database that
// cannot be opened. It changes nothing. With rerun the file is read in a process of
// its own, which may end over it; without, in this one. A file that is not there
// holds nothing. Whatever is returned can be used, also with an error.
func Salvage(ctx context.Context, path string, key secret.Key, rerun boltkit.Rerun, log *slog.Logger) (Salvaged, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return Salvaged{}, nil
	}
	seal, err := newSealer(key)
	if err != nil {
		return Salvaged{}, err
	}
	s := newSalvager(seal, log)
	if rerun == nil {
		err = boltkit.Guard(func() error {
			return salvage(ctx, path, func(v any) {
				if c, ok := v.(scrap); ok {
					s.take(&c)
				}
			})
		})
		return s.end(), translate(err)
	}
	err = boltkit.InChild(ctx, rerun, salvageTask, path, salvageTime, func(line json.RawMessage) {
		var c scrap
		if json.Unmarshal(line, &c) == nil {
			s.take(&c)
		}
	})
	return s.end(), translate(err)
}
