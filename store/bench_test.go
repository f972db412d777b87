package store_test

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// text100 is a message of 100 bytes, as in the baselines of the project.
func text100(i int) []byte { return storetest.TextBody(fmt.Sprintf("%088d", i)) }

// chains makes n messages of one room, as a server would.
func chains(room chat.RoomID, n int) *storetest.Log {
	l := storetest.NewLog(room)
	for i := range n {
		l.Append(chat.KindMessage, other, chat.DeviceID{1}, chat.NewMID(), text100(i))
	}
	return l
}

func benchStore(b *testing.B, path string, key secret.Key) *store.Store {
	b.Helper()
	s, err := store.Open(b.Context(), path, key, owner, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func benchApply(b *testing.B, s *store.Store, l *storetest.Log, from, to chat.Seq) {
	events, chain := l.Part(from, to)
	_, err := s.Apply(b.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: l.Room, Events: events, Chain: chain}}})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkApply128 stores bursts of 128 messages: hashing, sealing, writing,
// fsync. BenchmarkApply128_baseline writes as many bytes into a bare bbolt file,
// with the same hashing: the price of the promise itself.
func BenchmarkApply128(b *testing.B) {
	s := benchStore(b, filepath.Join(b.TempDir(), "db"), secret.NewKey())
	defer s.Close()
	l := chains(room1, 128*b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		benchApply(b, s, l, chat.Seq(i*128+1), chat.Seq(i*128+128))
	}
	perMessage(b, 128)
}

func BenchmarkApply128_baseline(b *testing.B) {
	raw, err := bbolt.Open(filepath.Join(b.TempDir(), "db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	raw.AllocSize = 4 << 20
	l := chains(room1, 128*b.N)
	value := make([]byte, 300)
	b.ResetTimer()
	for i := range b.N {
		err := raw.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("events"))
			if err != nil {
				return err
			}
			bucket.FillPercent = 0.95
			var chain chat.Hash
			for at := i * 128; at < i*128+128; at++ {
				chain = l.Events[at].Chain(chain)
				key := sha256.Sum256(chain[:])
				copy(key[:8], []byte(fmt.Sprintf("%08d", at)))
				if err := bucket.Put(key[:8], value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	perMessage(b, 128)
}

func perMessage(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n)/1000, "µs/message")
}

// BenchmarkApply1 is one message that arrives alone.
func BenchmarkApply1(b *testing.B) {
	s := benchStore(b, filepath.Join(b.TempDir(), "db"), secret.NewKey())
	defer s.Close()
	l := chains(room1, b.N)
	b.ResetTimer()
	for i := range b.N {
		benchApply(b, s, l, chat.Seq(i+1), chat.Seq(i+1))
	}
}

// BenchmarkEnqueue is what a person waits for after Enter.
func BenchmarkEnqueue(b *testing.B) {
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "db"), secret.NewKey(), owner, store.Options{OutboxEntries: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ResetTimer()
	for i := range b.N {
		_, err := s.Enqueue(b.Context(), store.Submission{MID: chat.NewMID(), Room: room1, Kind: chat.KindMessage, Body: text100(i)})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// stored makes a database of 100 rooms with 100,000 messages in all.
func stored(b *testing.B) (path string, key secret.Key, rooms []chat.RoomID) {
	b.Helper()
	path, key = filepath.Join(b.TempDir(), "db"), secret.NewKey()
	s := benchStore(b, path, key)
	defer s.Close()
	for r := range 100 {
		l := chains(chat.RoomID{byte(r), 1}, 1000)
		rooms = append(rooms, l.Room)
		benchApply(b, s, l, 1, l.Head())
		state := chat.NewRoom(l.Room)
		state.Name = fmt.Sprint("room ", r)
		for i := range 50 {
			account := chat.AccountID{byte(i), 3}
			state.Members[account] = chat.Member{Account: account, Name: fmt.Sprint("name", i), Display: fmt.Sprint("Display ", i), Role: chat.RoleMember, Joined: 1}
		}
		if _, err := s.Apply(b.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: l.Room, State: state}}}); err != nil {
			b.Fatal(err)
		}
	}
	return path, key, rooms
}

// BenchmarkOpen_100000 opens the file and reads everything the first window needs:
// all rooms, the outbox, and the newest 100 messages of one room.
func BenchmarkOpen_100000(b *testing.B) {
	path, key, rooms := stored(b)
	b.ResetTimer()
	for range b.N {
		s := benchStore(b, path, key)
		if got, err := s.Rooms(b.Context()); err != nil || len(got) != len(rooms) {
			b.Fatal(err)
		}
		if _, err := s.Outbox(b.Context()); err != nil {
			b.Fatal(err)
		}
		benchWindow(b, s, rooms[7])
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func benchWindow(b *testing.B, s *store.Store, room chat.RoomID) {
	if w, err := s.Messages(b.Context(), room, store.Query{Limit: 100}); err != nil || len(w.Events) != 100 {
		b.Fatal(err)
	}
}

// BenchmarkWindow reads the newest 100 messages of a room.
func BenchmarkWindow(b *testing.B) {
	path, key, rooms := stored(b)
	s := benchStore(b, path, key)
	defer s.Close()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		benchWindow(b, s, rooms[i%len(rooms)])
	}
}

// BenchmarkRooms reads 100 rooms of 50 members.
func BenchmarkRooms(b *testing.B) {
	path, key, _ := stored(b)
	s := benchStore(b, path, key)
	defer s.Close()
	b.ResetTimer()
	for range b.N {
		if _, err := s.Rooms(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheck_100000 walks 100,000 messages.
func BenchmarkCheck_100000(b *testing.B) {
	path, key, _ := stored(b)
	s := benchStore(b, path, key)
	defer s.Close()
	b.ResetTimer()
	for range b.N {
		if err := s.Check(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRowsBehindChanges reads the newest 50 rows behind 20,000 reactions: as much
// of it as one read may pass over.
func BenchmarkRowsBehindChanges(b *testing.B) {
	s := benchStore(b, filepath.Join(b.TempDir(), "db"), secret.NewKey())
	defer s.Close()
	l := chains(room1, 100)
	for i := range 20_000 {
		l.Append(chat.KindReactionAdd, chat.AccountID{byte(i), byte(i >> 8)}, chat.DeviceID{1}, chat.NewMID(), fmt.Appendf(nil, `{"seq":%d,"emoji":"x"}`, 1+i%100))
	}
	for from := chat.Seq(1); from <= l.Head(); from += 2000 {
		benchApply(b, s, l, from, min(l.Head(), from+1999))
	}
	for b.Loop() {
		if w, err := s.Messages(b.Context(), room1, store.Query{Rows: true, Limit: 50}); err != nil || !w.MoreBefore {
			b.Fatal(err)
		}
	}
}
