package store_test

import (
	"errors"
	"path/filepath"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// TestManyAtOnce: what is written of many rooms at once is what is written of each.
func TestManyAtOnce(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey(), owner, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	reads, unread := map[chat.RoomID]chat.Seq{}, map[chat.RoomID]int{}
	for i := range 20 {
		l := storetest.NewLog(chat.NewRoomID())
		for range 10 {
			l.Text(other, "tea")
		}
		events, chain := l.Part(1, l.Head())
		if _, err := s.Apply(t.Context(), store.Update{Rooms: []store.RoomUpdate{{Room: l.Room, Events: events, Chain: chain}}}); err != nil {
			t.Fatal(err)
		}
		reads[l.Room], unread[l.Room] = chat.Seq(i), max(0, 10-i)
	}
	reads[chat.NewRoomID()] = 3 // of which nothing is known
	all, err := s.SetReads(t.Context(), reads)
	if err != nil || len(all) != 20 {
		t.Fatalf("%d rooms, %v", len(all), err)
	}
	for i := range all {
		if c := &all[i]; c.Read != reads[c.Room] || c.Unread != unread[c.Room] {
			t.Errorf("read up to %d: %d unread, read %d", reads[c.Room], c.Unread, c.Read)
		}
	}
	if err := s.SetSettings(t.Context(), map[string][]byte{"a": []byte("1"), "b": []byte("2"), "c": nil}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"a": "1", "b": "2"} {
		if got, err := s.Setting(t.Context(), key); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", key, got, err)
		}
	}
	if err := s.SetSettings(t.Context(), map[string][]byte{"a": []byte("3"), "ignored": nil}); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("what is the store's own: %v", err)
	}
	if got, err := s.Setting(t.Context(), "a"); err != nil || string(got) != "1" {
		t.Errorf("a is %q, %v", got, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
