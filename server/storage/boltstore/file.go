package boltstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// Precheck looks at the data in folder dir in another process before this one
// opens them: see boltkit.Precheck and Lists. Errors are those of Open.
func Precheck(ctx context.Context, rerun boltkit.Rerun, dir string, log *slog.Logger) error {
	return translate(boltkit.PrecheckBy(ctx, rerun, ListsTask, filepath.Join(dir, FileName), log))
}

// ListsTask is the task that Precheck runs.
const ListsTask = "lists"

// Lists is the task's half that runs in another process: first the pages of the file,
// then who there is and in which rooms, all but the logs.
func Lists(ctx context.Context, path string, _ func(any)) error {
	if err := boltkit.CheckPages(ctx, path); err != nil {
		return err
	}
	s, err := OpenCopy(path, Options{})
	if errors.Is(err, boltkit.ErrOlder) {
		return nil // opening brings it up to date
	}
	if err != nil {
		return untranslate(err)
	}
	return untranslate(errors.Join(s.view(ctx, verifyLists), s.verifyTails(ctx), s.Close()))
}

// untranslate gives damage the name that it keeps from one process to the other.
func untranslate(err error) error {
	if errors.Is(err, storage.ErrDamaged) && !errors.Is(err, boltkit.ErrDamaged) {
		return fmt.Errorf("%w: %w", boltkit.ErrDamaged, err)
	}
	return err
}

// OpenCopy opens a copy that CopyTo made, wherever it is, only to be read.
func OpenCopy(path string, o Options) (*Store, error) {
	o.ReadOnly = true
	return openFile(path, o)
}

// CopyTo writes a consistent copy of the data to a file, while others go on
// reading and writing; see boltkit.CopyTo.
func (s *Store) CopyTo(ctx context.Context, path string) error {
	return translate(s.db.CopyTo(ctx, path))
}

// RenewEpoch begins a new epoch: the data are an older state than clients may
// have seen. Nobody else may use the store, and it must be opened anew afterwards.
func (s *Store) RenewEpoch(ctx context.Context) error {
	epoch := chat.NewEpoch()
	return s.update(ctx, func(tx *bbolt.Tx) error { return tx.Bucket(bucketServer).Put(keyEpoch, epoch[:]) })
}

// Failed is closed when the disk has failed: no write is accepted any more, and
// Err says why.
func (s *Store) Failed() <-chan struct{} { return s.db.Failed() }

// Err returns why no write is accepted any more, nil while they are.
func (s *Store) Err() error { return translate(s.db.Err()) }

// SurveyTask is the task that SurveyFile runs.
const SurveyTask = "survey"

// surveyLine is what the task reports.
type surveyLine struct {
	Damage  string   `json:"damage,omitempty"`
	Summary *Summary `json:"summary,omitempty"`
}

// Survey is the task's half that runs in another process.
func Survey(ctx context.Context, path string, report func(any)) error {
	boltkit.Yield()
	s, err := OpenCopy(path, Options{})
	if err != nil {
		return err
	}
	sum, err := s.Survey(ctx, func(damage error) { report(surveyLine{Damage: damage.Error()}) })
	if err != nil {
		return err // without closing: a check of bbolt's may still be reading
	}
	report(surveyLine{Summary: &sum})
	return s.Close()
}

// SurveyFile surveys data that no process writes to, in a process of its own.
// Every damage is reported; the error is that of the file itself, and matches
// ErrDamaged if looking at it was too much for that process.
func SurveyFile(ctx context.Context, rerun boltkit.Rerun, path string, report func(damage string)) (sum Summary, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return sum, err
	}
	err = boltkit.InChild(ctx, rerun, SurveyTask, path, boltkit.TimeFor(info.Size()), func(line json.RawMessage) {
		var l surveyLine
		switch {
		case json.Unmarshal(line, &l) != nil:
		case l.Summary != nil:
			sum = *l.Summary
		default:
			report(l.Damage)
		}
	})
	return sum, translate(err)
}
