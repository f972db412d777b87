package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store/secret"
)

var formerRoom = chat.RoomID{9}

// former writes a file as the program of before there were changes did: events of
// their kinds stand in the log like any that are not understood, and nothing more.
func former(t testing.TB, path string, key secret.Key, log []chat.Event) (Owner, chat.Hash) {
	t.Helper()
	mine := Owner{Server: chat.ServerID{1}, Account: chat.AccountID{1}, Device: chat.DeviceID{8}}
	s, err := Open(t.Context(), path, key, mine, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var c Counters
	err = s.update(t.Context(), func(w *writer) error {
		tag := w.roomTag(formerRoom)
		c = Counters{Room: formerRoom, NextDSeq: 1}
		b, err := w.makeRoomBucket(bucketEvents, tag)
		if err != nil {
			return err
		}
		for i := range log {
			e := &log[i]
			c.Cursor = chat.Head{Seq: e.Seq, Chain: e.Chain(c.Cursor.Chain)}
			c.count(e, &tally{me: mine.Account})
			k := seqKey(e.Seq)
			if err := b.Put(k, s.seal.seal(eventPlace(&tag, k), appendEvent(nil, e, c.Cursor.Chain))); err != nil {
				return err
			}
		}
		c.Mentions = 0
		state := chat.NewRoom(formerRoom)
		state.Name = "former"
		if err := w.putState(tag, appendState(nil, state)); err != nil {
			return err
		}
		return w.putCounters(tag, &c)
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Update(func(tx *bbolt.Tx) error {
		name := s.tagged[bucketChanges]
		return errors.Join(PutFormat(tx, 2), tx.DeleteBucket(name[:]))
	})
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	return mine, c.Cursor.Chain
}

// entryOf is an event of the former log.
func entryOf(seq chat.Seq, author byte, kind chat.Kind, body string) chat.Event {
	return chat.Event{
		Room: formerRoom, Seq: seq, Kind: kind, Author: chat.AccountID{author}, Device: chat.DeviceID{3},
		MID: chat.MID{byte(seq), byte(seq >> 8), byte(seq >> 16), 1}, Time: 1000 + int64(seq), Salt: chat.Salt{byte(seq)}, Body: []byte(body),
	}
}

// TestFormerFile: what an older program kept without understanding it is understood
// after the migration as if it came now: index, erasing, pins, numbers, last message.
func TestFormerFile(t *testing.T) {
	say := func(seq chat.Seq, text string) chat.Event {
		return entryOf(seq, 2, chat.KindMessage, fmt.Sprintf(`{"text":%q,"mentions":{"accounts":["%s"]}}`, text, chat.AccountID{1}))
	}
	log := []chat.Event{
		say(1, "old words"), say(2, "secret"), say(3, "pinned"), say(4, "newest"),
		entryOf(5, 2, chat.KindEdit, `{"seq":1,"text":"new words"}`),
		entryOf(6, 2, chat.KindEdit, `{"seq":2,"text":"secret too"}`),
		entryOf(7, 1, chat.KindReactionAdd, `{"seq":1,"emoji":"x"}`),
		entryOf(8, 2, chat.KindDelete, `{"seq":2}`),
		entryOf(9, 2, chat.KindPinAdd, `{"seq":3}`),
		entryOf(10, 2, chat.KindPinAdd, `{"seq":4}`),
		entryOf(11, 2, chat.KindDelete, `{"seq":4}`),
		entryOf(12, 2, chat.KindEdit, `{"seq":2,"text":"secret after all"}`),
		entryOf(13, 2, "thing.unknown", `{"seq":3}`),
	}
	path, key := filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey()
	mine, chain := former(t, path, key, log)
	s, err := Open(t.Context(), path, key, mine, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := errors.Join(s.CheckPages(t.Context()), s.Check(t.Context())); err != nil {
		t.Fatal(err)
	}
	room, err := s.Room(t.Context(), formerRoom)
	if err != nil {
		t.Fatal(err)
	}
	if room.Cursor.Chain != chain || room.Unread != 2 || room.Mentions != 1 || room.LastMessage != 3 || room.LastText != "pinned" {
		t.Errorf("numbers %+v, last %q", room.Counters, room.LastText)
	}
	if d := cmp.Diff([]chat.Seq{3}, room.State.Pins); d != "" {
		t.Errorf("pins (-want +got):\n%s", d)
	}
	win, err := s.Messages(t.Context(), formerRoom, Query{Rows: true})
	if err != nil {
		t.Fatal(err)
	}
	erased := map[chat.Seq]bool{2: true, 4: true, 6: true, 12: true}
	for _, e := range log {
		got, err := s.Event(t.Context(), formerRoom, e.Seq)
		if err != nil || got.Erased != erased[e.Seq] || got.Erased && got.Body != nil {
			t.Errorf("%d is %+v, %v", e.Seq, got, err)
		}
	}
	if n := len(win.Changes[1]); n != 2 || len(win.Changes[2]) != 1 {
		t.Errorf("changes %+v", win.Changes)
	}
	// The same from the server anew.
	fresh, err := Open(t.Context(), path+"2", key, mine, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	if _, err := fresh.Apply(t.Context(), Update{Rooms: []RoomUpdate{{Room: formerRoom, Events: log, Chain: chain}}}); err != nil {
		t.Fatal(err)
	}
	now, err := fresh.Messages(t.Context(), formerRoom, Query{Rows: true})
	if d := cmp.Diff(now, win); d != "" || err != nil {
		t.Errorf("anew and migrated (-anew +migrated), %v:\n%s", err, d)
	}
	again, err := fresh.Room(t.Context(), formerRoom)
	if d := cmp.Diff(again.Counters, room.Counters); d != "" || err != nil {
		t.Errorf("numbers (-anew +migrated), %v:\n%s", err, d)
	}
}

// TestStraysAreErased: what was put aside of an earlier history goes with a deletion.
func TestStraysAreErased(t *testing.T) {
	log := []chat.Event{
		entryOf(1, 2, chat.KindMessage, `{"text":"first"}`), entryOf(2, 2, chat.KindMessage, `{"text":"secret"}`),
		entryOf(3, 2, chat.KindEdit, `{"seq":2,"text":"secret too"}`), entryOf(4, 2, chat.KindMessage, `{"text":"stays lost"}`),
	}
	mine := Owner{Server: chat.ServerID{1}, Account: chat.AccountID{1}, Device: chat.DeviceID{8}}
	s, err := Open(t.Context(), filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey(), mine, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var at chat.Head
	add := func(events ...chat.Event) {
		t.Helper()
		for i := range events {
			at = chat.Head{Seq: events[i].Seq, Chain: events[i].Chain(at.Chain)}
		}
		if _, err := s.Apply(t.Context(), Update{Rooms: []RoomUpdate{{Room: formerRoom, Events: events, Chain: at.Chain}}}); err != nil {
			t.Fatal(err)
		}
	}
	add(log[0])
	kept := at
	add(log[1:]...)
	done, err := s.Rewind(t.Context(), formerRoom, Rewinding{To: 1, State: chat.NewRoom(formerRoom)})
	if err != nil || done.Lost != 3 {
		t.Fatalf("%+v, %v", done, err)
	}
	// In the new history the message and its edit are erased already, at other places.
	at = kept
	said, edit := log[1], log[2]
	said.Seq, edit.Seq = 3, 4
	edit.Body = []byte(`{"seq":3,"text":"secret too"}`)
	edit.Erase()
	said.Erase()
	add(entryOf(2, 2, chat.KindMessage, `{"text":"other"}`), said, edit, entryOf(5, 2, chat.KindDelete, `{"seq":3}`))
	strays, err := s.Strays(t.Context(), formerRoom)
	if err != nil {
		t.Fatal(err)
	}
	if len(strays) != 1 || strays[0].MID != log[3].MID {
		t.Errorf("still put aside: %+v", strays)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// BenchmarkFormer is the migration of 100,000 events, every fourth of which changes a
// message.
func BenchmarkFormer(b *testing.B) {
	const n = 100_000
	log := make([]chat.Event, n)
	for i := range log {
		seq := chat.Seq(i + 1)
		switch {
		case i%4 != 3:
			log[i] = entryOf(seq, 2, chat.KindMessage, fmt.Sprintf(`{"text":"what people write is about this long, sometimes longer %d"}`, i))
		case i%40 == 39:
			log[i] = entryOf(seq, 2, chat.KindDelete, fmt.Sprintf(`{"seq":%d}`, seq-3))
		case i%20 == 19:
			log[i] = entryOf(seq, 2, chat.KindEdit, fmt.Sprintf(`{"seq":%d,"text":"edited"}`, seq-1))
		default:
			log[i] = entryOf(seq, 2, chat.KindReactionAdd, fmt.Sprintf(`{"seq":%d,"emoji":"x"}`, seq-2))
		}
	}
	path, key := filepath.Join(b.TempDir(), "db"), secret.NewKey()
	mine, _ := former(b, path, key, log)
	whole, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		s, err := Open(b.Context(), path, key, mine, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// TestRewindDropsChanges: a deletion that waits must not hit what comes to stand where
// its message was before the server lost it.
func TestRewindDropsChanges(t *testing.T) {
	mine := Owner{Server: chat.ServerID{1}, Account: chat.AccountID{1}, Device: chat.DeviceID{8}}
	s, err := Open(t.Context(), filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey(), mine, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	log := []chat.Event{entryOf(1, 2, chat.KindMessage, `{"text":"a"}`), entryOf(2, 2, chat.KindMessage, `{"text":"b"}`)}
	chain := log[1].Chain(log[0].Chain(chat.Hash{}))
	if _, err := s.Apply(t.Context(), Update{Rooms: []RoomUpdate{{Room: formerRoom, Events: log, Chain: chain}}}); err != nil {
		t.Fatal(err)
	}
	stays, goes := chat.NewMID(), chat.NewMID()
	_, err = s.Enqueue(t.Context(),
		Submission{MID: stays, Room: formerRoom, Kind: chat.KindDelete, Body: []byte(`{"seq":1}`)},
		Submission{MID: goes, Room: formerRoom, Kind: chat.KindDelete, Body: []byte(`{"seq":2}`)})
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.Rewind(t.Context(), formerRoom, Rewinding{To: 1, State: chat.NewRoom(formerRoom)})
	if d := cmp.Diff([]chat.MID{goes}, done.Dropped); d != "" || err != nil {
		t.Errorf("dropped (-want +got), %v:\n%s", err, d)
	}
	if left, err := s.Outbox(t.Context()); err != nil || len(left) != 1 || left[0].MID != stays {
		t.Errorf("left %+v, %v", left, err)
	}
}

// PutFormat records a format as programs did that knew no checksum of it.
func PutFormat(tx *bbolt.Tx, format byte) error {
	own := tx.Bucket([]byte("hearth"))
	return errors.Join(own.Put([]byte("format"), []byte{0, 0, 0, format}), own.Delete([]byte("check")))
}

// TestFormerNumbers: programs of format 8 and older took the newest message for it whoever
// had written it; those of format 9 and older counted the calls of before the edits.
func TestFormerNumbers(t *testing.T) {
	for _, format := range []byte{8, 9} {
		t.Run(fmt.Sprint(format), func(t *testing.T) { formerNumbers(t, format) })
	}
}

func formerNumbers(t *testing.T, format byte) {
	mine, eve := Owner{Server: chat.ServerID{1}, Account: chat.AccountID{1}, Device: chat.DeviceID{8}}, chat.AccountID{5}
	path, key := filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey()
	open := func() *Store {
		t.Helper()
		s, err := Open(t.Context(), path, key, mine, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	log := []chat.Event{entryOf(1, 2, chat.KindMessage, `{"text":"bob's"}`), entryOf(2, 5, chat.KindMessage, `{"text":"eve's"}`)}
	log = append(log, entryOf(3, 2, chat.KindEdit, fmt.Sprintf(`{"seq":1,"text":"bob's","mentions":{"accounts":["%s"]}}`, mine.Account)))
	chain := log[2].Chain(log[1].Chain(log[0].Chain(chat.Hash{})))
	_, err := s.Apply(t.Context(), Update{Rooms: []RoomUpdate{{Room: formerRoom, Events: log, Chain: chain}}})
	if err == nil {
		_, err = s.SetIgnored(t.Context(), []chat.AccountID{eve})
	}
	if err == nil {
		err = s.update(t.Context(), func(w *writer) error {
			tag := w.roomTag(formerRoom)
			c, _, err := w.counters(tag)
			c.LastMessage, c.Activity, c.Mentions = 2, log[1].Time, 0
			return errors.Join(err, w.putCounters(tag, &c))
		})
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	raw, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Update(func(tx *bbolt.Tx) error { return PutFormat(tx, format) })
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	s = open()
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	room, err := s.Room(t.Context(), formerRoom)
	if err != nil || room.LastMessage != 1 || room.Activity != log[0].Time || room.Unread != 1 || room.Mentions != 1 {
		t.Errorf("%+v, %v", room.Counters, err)
	}
}
