//go:build unix

package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/cputime"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// text is a message of the size all our figures are about.
var text = strings.Repeat("m", 100)

// sender is alone in a room and has one message in flight, as performance
// figures for durable acknowledgements are defined.
type sender struct {
	room   chat.RoomID
	author chat.AccountID
	device chat.DeviceID
	head   chat.Head
	dseq   uint64
}

func newSender() *sender {
	return &sender{room: chat.NewRoomID(), author: chat.NewAccountID(), device: chat.DeviceID(chat.NewMID())}
}

// next makes the sender's next n messages, with everything a server computes.
func (s *sender) next(n int) *storage.Batch {
	batch := &storage.Batch{Room: s.room, Expect: s.head.Seq, Entries: make([]storage.Entry, 0, n)}
	for range n {
		body, err := json.Marshal(chat.Text{Text: text})
		if err != nil {
			panic(err)
		}
		e := chat.Event{
			Room: s.room, Seq: s.head.Seq + 1, Kind: chat.KindMessage, Author: s.author, Device: s.device,
			MID: chat.NewMID(), Time: time.Now().UnixMilli(), Body: body, Salt: chat.Salt(chat.NewMID()),
		}
		s.head = chat.Head{Seq: e.Seq, Chain: e.Chain(s.head.Chain)}
		s.dseq++
		batch.Entries = append(batch.Entries, storage.Entry{Event: e, Chain: s.head.Chain, Content: chat.ContentHash(s.room, e.Kind, body)})
	}
	batch.DSeqs = map[chat.DeviceID]uint64{s.device: s.dseq}
	return batch
}

// acker is one side of the comparison: it returns once the sender's next message
// is on disk.
type acker interface {
	send(s *sender) error
	io.Closer
}

type boltstoreAcker struct{ *boltstore.Store }

func (a boltstoreAcker) send(s *sender) error {
	answer := make(chan error, 1)
	a.Append(s.next(1), func(err error) { answer <- err })
	return <-answer
}

// rawBolt is the physical limit: bbolt with a committer that takes what waits,
// the same bytes, one bucket a room or one for all.
type rawBolt struct {
	db        *bbolt.DB
	oneBucket bool
	requests  chan rawRequest
	ended     sync.WaitGroup
}

type rawRequest struct {
	bucket, key, value []byte
	answer             chan error
}

func openRaw(path string, oneBucket bool) (*rawBolt, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30, NoStatistics: true})
	if err != nil {
		return nil, err
	}
	r := &rawBolt{db: db, oneBucket: oneBucket, requests: make(chan rawRequest, 256)}
	r.ended.Go(r.run)
	return r, nil
}

func (r *rawBolt) run() {
	group := make([]rawRequest, 0, 256)
	for first := range r.requests {
		group = append(group[:0], first)
	gather:
		for len(group) < cap(group) {
			select {
			case next, ok := <-r.requests:
				if !ok {
					break gather
				}
				group = append(group, next)
			default:
				break gather
			}
		}
		err := r.db.Update(func(tx *bbolt.Tx) error { return rawPut(tx, group) })
		for i := range group {
			group[i].answer <- err
		}
	}
}

func rawPut(tx *bbolt.Tx, group []rawRequest) error {
	for i := range group {
		b, err := tx.CreateBucketIfNotExists(group[i].bucket)
		if err != nil {
			return err
		}
		b.FillPercent = 0.95
		if err := b.Put(group[i].key, group[i].value); err != nil {
			return err
		}
	}
	return nil
}

func (r *rawBolt) Close() error {
	close(r.requests)
	r.ended.Wait()
	return r.db.Close()
}

// rawRecord is as long as our record of one message in the journal.
var rawRecord = make([]byte, 16+16+340)

func (r *rawBolt) send(s *sender) error {
	s.head.Seq++
	q := rawRequest{bucket: s.room[:], key: eventKey(s, s.head.Seq), value: slices.Clone(rawRecord), answer: make(chan error, 1)}
	if r.oneBucket {
		q.bucket = []byte("all")
	}
	r.requests <- q
	return <-q.answer
}

func eventKey(s *sender, seq chat.Seq) []byte {
	return fmt.Appendf(slices.Clone(s.room[:]), "%016x", seq)
}

// round is what one side reached in one round.
type round struct{ acks, cpu, p99 float64 }

// ackRound lets every sender send for a while.
func ackRound(b *testing.B, a acker, senders []*sender, length time.Duration) round {
	b.Helper()
	latencies := make([][]time.Duration, len(senders))
	failed := make(chan error, len(senders))
	cpu, start := cputime.All(), time.Now()
	var wg sync.WaitGroup
	for i, s := range senders {
		wg.Go(func() {
			for now := time.Now(); now.Sub(start) < length; {
				if err := a.send(s); err != nil {
					failed <- err
					return
				}
				then := now
				now = time.Now()
				latencies[i] = append(latencies[i], now.Sub(then))
			}
		})
	}
	wg.Wait()
	took, used := time.Since(start), cputime.All()-cpu
	select {
	case err := <-failed:
		b.Fatal(err)
	default:
	}
	all := slices.Concat(latencies...)
	slices.Sort(all)
	n := float64(len(all))
	return round{n / took.Seconds(), float64(used.Nanoseconds()) / 1e3 / n, float64(all[len(all)*99/100].Microseconds()) / 1e3}
}

func BenchmarkDurableAck_1(b *testing.B)   { benchmarkDurableAck(b, 1) }
func BenchmarkDurableAck_16(b *testing.B)  { benchmarkDurableAck(b, 16) }
func BenchmarkDurableAck_256(b *testing.B) { benchmarkDurableAck(b, 256) }

// benchmarkDurableAck compares our engine with bare bbolt, alternating. It runs
// for a fixed time and leaves b.N alone; ns/op is the median time an ack takes
// from the whole.
func benchmarkDurableAck(b *testing.B, n int) {
	const rounds, length = 15, 200 * time.Millisecond
	dir := b.TempDir()
	store, err := boltstore.Open(filepath.Join(dir, "store"), boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	raw, err := openRaw(filepath.Join(dir, "raw.db"), false)
	if err != nil {
		b.Fatal(err)
	}
	one, err := openRaw(filepath.Join(dir, "one.db"), true)
	if err != nil {
		b.Fatal(err)
	}
	sides := []acker{boltstoreAcker{store}, raw, one}
	senders := make([][]*sender, len(sides))
	results := make([][]round, len(sides))
	for i, side := range sides {
		for range n {
			senders[i] = append(senders[i], newSender())
		}
		ackRound(b, side, senders[i], length/4) // rooms exist, files have grown
	}
	for range rounds {
		for i, side := range sides {
			results[i] = append(results[i], ackRound(b, side, senders[i], length))
		}
	}
	ours, base, single := results[0], results[1], results[2]
	acks, cpu, p99 := func(r round) float64 { return r.acks }, func(r round) float64 { return r.cpu }, func(r round) float64 { return r.p99 }
	b.ReportMetric(1e9/median(each(ours, acks)), "ns/op")
	b.ReportMetric(median(each(ours, acks)), "acks/s")
	b.ReportMetric(median(each(ours, cpu)), "cpu-µs/ack")
	b.ReportMetric(median(each(ours, p99)), "p99-ms")
	b.ReportMetric(median(each(base, acks)), "raw-bolt-acks/s")
	b.ReportMetric(median(each(base, cpu)), "raw-bolt-cpu-µs/ack")
	b.ReportMetric(median(each(base, p99)), "raw-bolt-p99-ms")
	reportRatio(b, ours, base, acks, "acks-ratio")
	reportRatio(b, ours, base, cpu, "cpu-ratio")
	b.ReportMetric(median(ratios(ours, single, acks)), "acks-ratio-to-one-bucket")
	b.ReportMetric(median(ratios(ours, single, cpu)), "cpu-ratio-to-one-bucket")
	for _, side := range sides {
		if err := side.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func each(rs []round, f func(round) float64) (list []float64) {
	for _, r := range rs {
		list = append(list, f(r))
	}
	return list
}

// ratios compares two sides round by round.
func ratios(x, y []round, f func(round) float64) (list []float64) {
	for i := range x {
		list = append(list, f(x[i])/f(y[i]))
	}
	return list
}

// reportRatio reports the median ratio and the lowest and highest of all rounds.
func reportRatio(b *testing.B, x, y []round, f func(round) float64, name string) {
	b.Helper()
	list := ratios(x, y, f)
	b.ReportMetric(median(list), name)
	b.ReportMetric(slices.Min(list), name+"-min")
	b.ReportMetric(slices.Max(list), name+"-max")
}

// fillStore writes n events in one room and returns it.
func fillStore(b *testing.B, dir string, n int) *sender {
	b.Helper()
	store, err := boltstore.Open(dir, boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s := newSender()
	const waiting = 4
	answers := make(chan error, waiting)
	for range waiting {
		answers <- nil
	}
	for left := n; left > 0; left -= 500 {
		if err := <-answers; err != nil {
			b.Fatal(err)
		}
		store.Append(s.next(min(left, 500)), func(err error) { answers <- err })
	}
	for range waiting {
		if err := <-answers; err != nil {
			b.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkReadPage_200 reads pages of 200 at random places of 10,000 events.
func BenchmarkReadPage_200(b *testing.B) {
	const stored, page = 10_000, 200
	b.Run("store", func(b *testing.B) {
		dir := b.TempDir()
		s := fillStore(b, dir, stored)
		store, err := boltstore.Open(dir, boltstore.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			first := chat.Seq(1 + rand.IntN(stored-page))
			p, err := store.Read(b.Context(), s.room, first, first+page, page, 1<<20)
			if err != nil || len(p.Events) != page {
				b.Fatalf("%d events, %v", len(p.Events), err)
			}
		}
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("raw-bolt", func(b *testing.B) {
		raw, err := openRaw(filepath.Join(b.TempDir(), "raw.db"), false)
		if err != nil {
			b.Fatal(err)
		}
		s := newSender()
		err = raw.db.Update(func(tx *bbolt.Tx) error {
			var group []rawRequest
			for seq := range chat.Seq(stored) {
				group = append(group, rawRequest{bucket: s.room[:], key: eventKey(s, seq), value: rawRecord})
			}
			return rawPut(tx, group)
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			var values [][]byte
			err := raw.db.View(func(tx *bbolt.Tx) error {
				c := tx.Bucket(s.room[:]).Cursor()
				for k, v := c.Seek(eventKey(s, chat.Seq(rand.IntN(stored-page)))); k != nil && len(values) < page; k, v = c.Next() {
					values = append(values, slices.Clone(v))
				}
				return nil
			})
			if err != nil || len(values) != page {
				b.Fatalf("%d values, %v", len(values), err)
			}
		}
		if err := raw.Close(); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkOpen_10000(b *testing.B) { benchmarkOpen(b, 10_000) }

func BenchmarkOpen_1000000(b *testing.B) {
	large(b)
	benchmarkOpen(b, 1_000_000)
}

// benchmarkOpen opens a store of n events as the last process left it, up to the
// first answer, against opening the same file bare.
func benchmarkOpen(b *testing.B, n int) {
	dir := b.TempDir()
	s := fillStore(b, dir, n)
	file := filepath.Join(dir, boltstore.FileName)
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			store, err := boltstore.Open(dir, boltstore.Options{})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := store.Read(b.Context(), s.room, s.head.Seq-199, s.head.Seq, 200, 1<<20); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			err = store.Close()
			b.StartTimer()
			if err != nil {
				b.Fatal(err)
			}
		}
		if info, err := os.Stat(file); err == nil {
			b.ReportMetric(float64(info.Size())/float64(n), "file-B/event")
		}
	})
	b.Run("raw-bolt", func(b *testing.B) {
		for b.Loop() {
			db, err := bbolt.Open(file, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30})
			err = errors.Join(err, db.View(func(tx *bbolt.Tx) error { return tx.ForEach(func([]byte, *bbolt.Bucket) error { return nil }) }))
			b.StopTimer()
			err = errors.Join(err, db.Close())
			b.StartTimer()
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
