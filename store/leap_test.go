package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// far is nearly as far as a log can reach.
const far = chat.Seq(1) << 52

// TestLeap: a server declares a part of a log void that nobody could have written in a
// lifetime. What follows is stored, and found, as quickly as anything.
func TestLeap(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey(), owner, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // for ever, otherwise
	defer cancel()
	l := storetest.NewLog(room1)
	for range 600 {
		l.Text(other, "tea")
	}
	events, chain := l.Part(1, l.Head())
	apply := func(updates ...store.RoomUpdate) {
		t.Helper()
		if _, err := s.Apply(ctx, store.Update{Rooms: updates}); err != nil {
			t.Fatal(err)
		}
	}
	apply(store.RoomUpdate{Room: room1, Events: events, Chain: chain})
	if made, err := s.Index(ctx, 100); err != nil || made != 2 {
		t.Fatalf("%d filters, %v", made, err)
	}
	one := l.Text(other, "coffee")
	next := chat.Event{Room: room1, Seq: far + 1, Kind: chat.KindMessage, Author: other, MID: chat.NewMID(), Time: one.Time + 1, Body: storetest.TextBody("coffee")}
	behind := chat.Hash{7}
	apply(
		store.RoomUpdate{Room: room1, Events: []chat.Event{one}, Chain: l.Chain(l.Head())},
		store.RoomUpdate{Room: room1, Void: &store.Void{From: l.Head() + 1, To: far, Reason: "purged", Chain: behind}},
		store.RoomUpdate{Room: room1, Events: []chat.Event{next}, Chain: next.Chain(behind)},
	)
	for _, indexed := range []bool{false, true} {
		if indexed {
			if _, err := s.Index(ctx, 100); err != nil {
				t.Fatal(err)
			}
		}
		for text, want := range map[string]int{"coffee": 2, "tea": 600, "absent": 0} {
			if got := searched(t, s, ctx, store.Search{Query: query(t, text)}, 1000); len(got) != want {
				t.Errorf("%q was found %d times, want %d", text, len(got), want)
			}
		}
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
}
