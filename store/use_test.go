package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// A full disk refuses and changes nothing; what was stored can be read.
func TestNoSpace(t *testing.T) {
	path, key := filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey()
	s, err := store.Open(t.Context(), path, key, owner, store.Options{MaxBytes: 5 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l := storetest.NewLog(room1)
	body := storetest.TextBody(fmt.Sprintf("%040000d", 0))
	var full error
	for range 40 {
		from := l.Head() + 1
		for range 10 {
			l.Append(chat.KindMessage, other, chat.DeviceID{1}, chat.NewMID(), body)
		}
		events, chain := l.Part(from, l.Head())
		ru := store.RoomUpdate{Room: room1, Events: events, Chain: chain}
		if _, full = s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{ru}}); full != nil {
			l.Cut(from - 1)
			break
		}
	}
	if !errors.Is(full, store.ErrNoSpace) {
		t.Fatalf("got %v", full)
	}
	mid := chat.NewMID()
	_, err = s.Enqueue(t.Context(), store.Submission{MID: mid, Room: room1, Kind: chat.KindMessage, Body: append(body, body...)})
	if err != nil && !errors.Is(err, store.ErrNoSpace) {
		t.Fatal(err)
	}
	r, err := s.Room(t.Context(), room1)
	if err != nil || r.Cursor.Seq != l.Head() || r.Unread != int(l.Head()) {
		t.Fatalf("%+v, %v; the log ends at %d", r.Counters, err, l.Head())
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Everybody at once: the order of each stays, nothing is lost or twice.
func TestConcurrentUse(t *testing.T) {
	testkit.NoLeaks(t)
	s := newDB(t).open()
	defer s.Close()
	var wg sync.WaitGroup
	each := func(n int, fn func(i int) error) {
		wg.Go(func() {
			for i := range n {
				if err := fn(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const n = 40
	for w := range 4 {
		each(n, func(i int) error {
			_, err := s.Enqueue(t.Context(), store.Submission{MID: chat.NewMID(), Room: room1, Kind: chat.KindMessage, Body: fmt.Append(nil, w, " ", i)})
			return err
		})
		l := storetest.NewLog(chat.RoomID{byte(w + 1)})
		each(n, func(int) error {
			l.Text(other, "x")
			events, chain := l.Part(l.Head(), l.Head())
			_, err := s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: l.Room, Events: events, Chain: chain}}})
			return err
		})
		each(n, func(int) error {
			_, err := s.Messages(t.Context(), l.Room, store.Query{})
			_, err2 := s.Rooms(t.Context())
			_, err3 := s.Outbox(t.Context())
			return errors.Join(err, err2, err3)
		})
	}
	wg.Wait()
	rooms, err := s.Rooms(t.Context())
	if err != nil || len(rooms) != 4 {
		t.Fatalf("%d rooms, %v", len(rooms), err)
	}
	for _, r := range rooms {
		if r.Cursor.Seq != n || r.Unread != n {
			t.Errorf("%+v", r.Counters)
		}
	}
	entries, err := s.Outbox(t.Context())
	if err != nil || len(entries) != 4*n {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	next := [4]int{}
	for _, e := range entries {
		var w, i int
		if _, err := fmt.Sscan(string(e.Body), &w, &i); err != nil || i != next[w] {
			t.Fatalf("entry %q out of order: %v", e.Body, err)
		}
		next[w]++
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A window is the caller's own: changing it changes nothing stored.
func TestResultsAreTheCallersOwn(t *testing.T) {
	s := newDB(t).open()
	filled(t, s, 3)
	w, err := s.Messages(t.Context(), room1, store.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range w.Events {
		clear(w.Events[i].Body)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := s.Room(t.Context(), room1)
	if err != nil || r.Last == nil || r.Last.Body[0] != '{' {
		t.Fatalf("%+v, %v", r.Last, err)
	}
}

// TestOutboxLimit: the limit is what was told last; what waited before under another id
// is never refused by it.
func TestOutboxLimit(t *testing.T) {
	s := newDB(t).open()
	defer s.Close()
	sub := func(carried bool) store.Submission {
		return store.Submission{MID: chat.NewMID(), Room: room1, Kind: chat.KindMessage, Body: storetest.TextBody("x"), Carried: carried}
	}
	s.LimitOutbox(2)
	if _, err := s.Enqueue(t.Context(), sub(false), sub(false)); err != nil {
		t.Fatal(err)
	}
	var full *store.OutboxFullError
	if _, err := s.Enqueue(t.Context(), sub(false)); !errors.As(err, &full) || full.Limit != 2 || !errors.Is(err, store.ErrOutboxFull) {
		t.Errorf("a third: %v", err)
	}
	if _, err := s.Enqueue(t.Context(), sub(true), sub(true)); err != nil {
		t.Errorf("what waited before: %v", err)
	}
	s.LimitOutbox(5)
	if _, err := s.Enqueue(t.Context(), sub(false), sub(false)); !errors.As(err, &full) || full.Limit != 5 {
		t.Errorf("two more than one: %v", err)
	}
	if _, err := s.Enqueue(t.Context(), sub(false)); err != nil {
		t.Error(err)
	}
}
