package boltstore

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
	"hearth/server/storage/storagetest"
)

// BenchmarkAckDuringCopy compares how long a message takes to be durable while
// nothing else happens, while the file, of some hundred megabytes, is copied again
// and again, and while a copy is looked through again and again. One operation is
// a turn of each, so that all three meet the same machine.
func BenchmarkAckDuringCopy(b *testing.B) {
	const turn = 300 // messages
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	w, p := storagetest.NewWriter(chat.NewRoomID()), storagetest.NewPerson()
	ack := func(batch *storage.Batch) time.Duration {
		answer := make(chan error, 1)
		start := time.Now()
		s.Append(batch, func(err error) { answer <- err })
		if err := <-answer; err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	ack(w.Found(p))
	texts := slices.Repeat([]string{strings.Repeat("x", 1000)}, 200)
	for range 1000 {
		ack(w.Message(p, texts...))
	}
	dir := b.TempDir()
	copied := filepath.Join(dir, "copy")
	if err := s.CopyTo(b.Context(), copied); err != nil {
		b.Fatal(err)
	}
	kinds := []struct {
		name string
		do   func(ctx context.Context) error
		took []time.Duration
	}{
		{name: "alone"},
		{name: "copying", do: func(ctx context.Context) error {
			return s.CopyTo(ctx, filepath.Join(dir, time.Now().Format(time.RFC3339Nano)))
		}},
		{name: "surveying", do: func(ctx context.Context) error {
			_, err := SurveyFile(ctx, boltkit.Self, copied, func(string) {})
			return err
		}},
	}
	for b.Loop() {
		for i := range kinds {
			k := &kinds[i]
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan bool)
			go func() {
				defer close(done)
				for k.do != nil && ctx.Err() == nil {
					if err := k.do(ctx); err != nil && ctx.Err() == nil {
						b.Error(err)
						return
					}
				}
			}()
			for range turn {
				k.took = append(k.took, ack(w.Message(p, "hello")))
			}
			cancel()
			<-done
		}
	}
	for _, k := range kinds {
		slices.Sort(k.took)
		b.ReportMetric(float64(k.took[len(k.took)/2].Microseconds()), k.name+"-p50-µs")
		b.ReportMetric(float64(k.took[len(k.took)*99/100].Microseconds()), k.name+"-p99-µs")
	}
}
