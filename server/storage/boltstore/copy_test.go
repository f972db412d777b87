package boltstore

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/server/storage"
	"hearth/server/storage/storagetest"
)

// BenchmarkAckDuringCopy compares how long a message takes to be durable while
// nothing else happens and while the file, of some hundred megabytes, is copied
// again and again.
func BenchmarkAckDuringCopy(b *testing.B) {
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
	for _, copying := range []bool{false, true} {
		name := "alone"
		if copying {
			name = "copying"
		}
		b.Run(name, func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan int, 1)
			dir := b.TempDir()
			go func() {
				n := 0
				for ; copying && ctx.Err() == nil; n++ {
					if err := s.CopyTo(ctx, filepath.Join(dir, time.Now().Format(time.RFC3339Nano))); err != nil && ctx.Err() == nil {
						b.Error(err)
						break
					}
				}
				done <- n
			}()
			took := make([]time.Duration, 0, b.N)
			for b.Loop() {
				took = append(took, ack(w.Message(p, "hello")))
			}
			cancel()
			<-done
			slices.Sort(took)
			for _, q := range []struct {
				name string
				at   float64
			}{{"p50-µs", 0.5}, {"p99-µs", 0.99}, {"max-µs", 1}} {
				b.ReportMetric(float64(took[int(q.at*float64(len(took)-1))].Microseconds()), q.name)
			}
		})
	}
}
