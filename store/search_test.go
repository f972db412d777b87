package store_test

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/internal/textsearch"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// searched asks the store and lists what it found.
func searched(t interface{ Fatalf(string, ...any) }, s *store.Store, ctx context.Context, q store.Search, most int) (list []string) {
	err := s.Search(ctx, q, func(f store.Found) bool {
		list = append(list, fmt.Sprintf("%d %x/%d %s%s", f.Event.Time, f.Event.Room[:2], f.Event.Seq, f.Text, map[bool]string{true: " (lost)"}[f.Lost]))
		return len(list) < most
	})
	if err != nil {
		t.Fatalf("search: %v", err)
	}
	return list
}

func query(t interface{ Fatalf(string, ...any) }, text string) textsearch.Query {
	q, err := textsearch.Parse(text, time.UTC)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return q
}

// TestSearch: what a search finds is what looking at every message finds, newest
// first, whatever has been indexed, taken back or written meanwhile.
func TestSearch(t *testing.T) {
	dir := testkit.Dir(t)
	words := []string{"tea", "coffee", "größe", "谢谢", "meeting", "https://example.org/a", "x", "한국", "Ħobż", "release"}
	terms := []string{"tea", "TEA co", "grosse", "谢", "谢谢", "eti", "has:link", "example", "한국", "hobz", "absent", "x", "lease tea", "after:2023-11-15", "has:file", "has:file tea", "after:2023-11-14 absent", "before:2020", "before:2023-11-15 tea", `"tea coffee"`, "plan-2.pdf", "größenplan", "GROSSENPLAN 7.pdf", "has:file plan", "tea plan", `"release größ"`}
	rapid.Check(t, func(t *rapid.T) {
		own, err := os.MkdirTemp(dir, "search")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(own)
		s, err := store.Open(t.Context(), filepath.Join(own, "store.db"), secret.NewKey(), owner, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		logs := []*storetest.Log{storetest.NewLog(room1), storetest.NewLog(chat.RoomID{9})}
		var lost []chat.Event
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			l := rapid.SampledFrom(logs).Draw(t, "room")
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			default:
				from := l.Head() + 1
				seed := rapid.Uint32().Draw(t, "seed")
				for i := range rapid.IntRange(1, 400).Draw(t, "events") {
					n := int(seed>>8) + i*7
					text := strings.Join([]string{words[n%len(words)], words[n/3%len(words)], fmt.Sprint(n % 100)}, " ")
					author := []chat.AccountID{owner.Account, other}[n%2]
					if n%50 != 0 {
						l.Text(author, text)
						continue
					}
					body, err := json.Marshal(chat.Text{Text: text, Files: []chat.File{{Hash: chat.Hash{1}, Size: 1, Name: fmt.Sprintf("Größenplan-%d.pdf", n%9), Type: "text/plain"}}})
					if err != nil {
						t.Fatal(err)
					}
					l.Append(chat.KindMessage, author, chat.DeviceID{1}, chat.NewMID(), body)
				}
				events, chain := l.Part(from, l.Head())
				if _, err := s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: l.Room, Events: events, Chain: chain}}}); err != nil {
					t.Fatal(err)
				}
			case 4:
				if _, err := s.Index(t.Context(), rapid.IntRange(1, 4).Draw(t, "filters")); err != nil {
					t.Fatal(err)
				}
			case 5:
				if l.Head() == 0 {
					continue
				}
				to := chat.Seq(rapid.Uint64Range(0, uint64(l.Head())).Draw(t, "to"))
				if _, err := s.Rewind(t.Context(), l.Room, store.Rewinding{To: to}); err != nil {
					t.Fatal(err)
				}
				lost = append(lost, l.Events[to:]...)
				l.Cut(to)
			}
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		q := store.Search{Query: query(t, rapid.SampledFrom(terms).Draw(t, "terms"))}
		if rapid.Bool().Draw(t, "one room") {
			q.Rooms = map[chat.RoomID]bool{room1: true}
		}
		if rapid.Bool().Draw(t, "one author") {
			q.Authors = map[chat.AccountID]bool{other: true}
		}
		most := rapid.IntRange(1, 300).Draw(t, "most")
		have := searched(t, s, t.Context(), q, most)
		want := naive(logs, lost, q)
		if want = want[:min(most, len(want))]; !slices.Equal(have, want) {
			t.Fatalf("%+v found %d, want %d:\n%s\n%s", q, len(have), len(want), strings.Join(have, "\n"), strings.Join(want, "\n"))
		}
	})
}

// naive looks at every message.
func naive(logs []*storetest.Log, lost []chat.Event, q store.Search) []string {
	type message struct {
		chat.Event
		lost int // 1: it is
	}
	var all []message
	for _, l := range logs {
		if q.Rooms == nil || q.Rooms[l.Room] {
			for _, e := range l.Events {
				all = append(all, message{e, 0})
			}
		}
	}
	for _, e := range lost {
		if q.Rooms == nil || q.Rooms[e.Room] {
			all = append(all, message{e, 1})
		}
	}
	slices.SortStableFunc(all, func(a, b message) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(string(a.Room[:]), string(b.Room[:])), a.lost-b.lost)
	})
	var list []string
	for _, e := range all {
		var body chat.Text
		if err := json.Unmarshal(e.Body, &body); err != nil {
			panic(err) // we made it
		}
		if q.Query.File && len(body.Files) == 0 {
			continue
		}
		text, folded := body.Text, textsearch.Fold(body.Text)
		for _, f := range body.Files {
			folded += "\n" + textsearch.Fold(f.Name)
		}
		late := !q.Query.Before.IsZero() && e.Time >= q.Query.Before.UnixMilli()
		early := !q.Query.After.IsZero() && e.Time < q.Query.After.UnixMilli()
		if late || early || q.Authors != nil && !q.Authors[e.Author] || !q.Query.Match(folded) {
			continue
		}
		list = append(list, fmt.Sprintf("%d %x/%d %s%s", e.Time, e.Room[:2], e.Seq, text, []string{"", " (lost)"}[e.lost]))
	}
	return list
}

// A store of before there was a search, or of before there were summaries, gets what
// it needs.
func TestSearchMigration(t *testing.T) {
	t.Run("no search", func(t *testing.T) {
		testSearchMigration(t, 1, func(tx *bbolt.Tx, search []byte) error { return tx.DeleteBucket(search) })
	})
	former := func(tx *bbolt.Tx, search []byte) error {
		b, err := tx.Bucket(search).CreateBucketIfNotExists([]byte("a room's"))
		if err != nil {
			return err
		}
		return errors.Join(b.SetSequence(2), b.Put(make([]byte, 8), []byte("not what is understood now")))
	}
	t.Run("filters of words only", func(t *testing.T) { testSearchMigration(t, 4, former) })
	t.Run("filters of texts that were folded otherwise", func(t *testing.T) { testSearchMigration(t, 7, former) })
}

// A store whose filters were made before there were names of files in them finds those,
// and makes its filters anew.
func TestSearchMigrationOfFileNames(t *testing.T) {
	path, key := filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey()
	s, err := store.Open(t.Context(), path, key, owner, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := storetest.NewLog(room1)
	for l.Head() < 300 {
		l.Text(other, "words")
	}
	body, err := json.Marshal(chat.Text{Text: "the caption", Files: []chat.File{{Hash: chat.Hash{1}, Size: 1, Name: "Übersicht.pdf", Type: "application/pdf"}}})
	if err != nil {
		t.Fatal(err)
	}
	l.Append(chat.KindMessage, other, chat.DeviceID{1}, chat.NewMID(), body)
	for l.Head() < 1000 {
		l.Text(other, "words")
	}
	events, chain := l.Part(1, l.Head())
	_, err = s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: room1, Events: events, Chain: chain}}})
	made, err2 := s.Index(t.Context(), 10)
	if err := errors.Join(err, err2, s.Close()); err != nil || made != 3 {
		t.Fatal(made, err)
	}
	raw, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Update(func(tx *bbolt.Tx) error { return store.PutFormat(tx, 6) })
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(t.Context(), path, key, owner, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, made := range []int{3, 0} {
		for _, text := range []string{"ubersicht", "caption SICHT.pdf", "has:file"} {
			if got := searched(t, s, t.Context(), store.Search{Query: query(t, text)}, 9); len(got) != 1 || !strings.HasSuffix(got[0], "the caption") {
				t.Errorf("%q found %q", text, got)
			}
		}
		if n, err := s.Index(t.Context(), 10); n != made || err != nil {
			t.Errorf("%d filters made anew, %v", n, err)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func testSearchMigration(t *testing.T, format byte, former func(tx *bbolt.Tx, search []byte) error) {
	path, key := filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey()
	s, err := store.Open(t.Context(), path, key, owner, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := chains(room1, 600)
	events, chain := l.Part(1, 600)
	_, err = s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: room1, Events: events, Chain: chain}}})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Update(func(tx *bbolt.Tx) error {
		return errors.Join(store.PutFormat(tx, format), former(tx, searchName(key)))
	})
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(t.Context(), path, key, owner, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if made, err := s.Index(t.Context(), 10); made != 2 || err != nil {
		t.Errorf("%d filters, %v", made, err)
	}
	if made, err := s.Index(t.Context(), 10); made != 0 || err != nil {
		t.Errorf("again %d filters, %v", made, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// searchName is the name of the bucket in the file: package store derives it so.
func searchName(key secret.Key) []byte {
	names, err := hkdf.Key(sha256.New, key[:], nil, "hearth-store-name-1", sha256.Size)
	if err != nil {
		panic(err) // only for lengths
	}
	mac := hmac.New(sha256.New, names)
	mac.Write([]byte("bucket\x00search"))
	return mac.Sum(nil)[:16]
}

// BenchmarkSearch looks for what is everywhere, in one place, and nowhere, among
// 200,000 messages.
func BenchmarkSearch(b *testing.B) {
	const n = 200_000
	s := benchStore(b, filepath.Join(b.TempDir(), "db"), secret.NewKey())
	defer s.Close()
	l := storetest.NewLog(room1)
	words := strings.Fields("the quick brown fox jumps over a lazy dog while server clients message network window release build tonight maybe tomorrow lunch garden")
	for i := range n {
		text := words[i%len(words)] + " " + words[i*i%len(words)] + " " + words[i*7/3%len(words)] + " " + words[i*13/5%len(words)] + fmt.Sprint(" ", i)
		if i == 1000 {
			text += " 谢谢 zebrafish"
		}
		l.Text(other, text)
	}
	for from := 1; from <= n; from += 2000 {
		benchApply(b, s, l, chat.Seq(from), chat.Seq(from+1999))
	}
	search := func(b *testing.B, text string, most, want int) {
		q := store.Search{Query: query(b, text)}
		for b.Loop() {
			if have := searched(b, s, b.Context(), q, most); len(have) != want {
				b.Fatalf("%q: %d found", text, len(have))
			}
		}
	}
	b.Run("rare/scan", func(b *testing.B) { search(b, "zebrafish", 50, 1) })
	b.Run("index", func(b *testing.B) {
		for made := 1; b.Loop() && made > 0; {
			var err error
			if made, err = s.Index(b.Context(), 4); err != nil {
				b.Fatal(err)
			}
		}
	})
	for made := 1; made > 0; {
		made, _ = s.Index(b.Context(), 16)
	}
	b.Run("rare", func(b *testing.B) { search(b, "zebrafish", 50, 1) })
	b.Run("han", func(b *testing.B) { search(b, "谢谢", 50, 1) })
	b.Run("common", func(b *testing.B) { search(b, "network", 50, 50) })
	b.Run("absent", func(b *testing.B) { search(b, "submarine", 50, 0) })
	b.Run("worst", func(b *testing.B) { search(b, "dog fox zzz", 50, 0) })
}
