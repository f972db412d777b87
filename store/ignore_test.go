package store_test

import (
	"errors"
	"testing"

	"hearth/chat"
	"hearth/store"
	"hearth/store/storetest"
)

// TestIgnored: who is ignored makes nothing unread and calls nobody, and counts again
// at once when that ends; so it stays for what comes, is erased or read, and over a
// restart. A room that is read is not touched.
func TestIgnored(t *testing.T) {
	d := newDB(t)
	s := d.open()
	third := chat.AccountID{33}
	l, quiet := storetest.NewLog(room1), storetest.NewLog(chat.RoomID{77})
	say := func(l *storetest.Log, author chat.AccountID, text string) {
		t.Helper()
		l.Append(chat.KindMessage, author, chat.DeviceID{1}, chat.NewMID(), []byte(text))
		apply(t, s, l, l.Head(), l.Head())
	}
	me := owner.Account.String()
	call := `{"text":"you","mentions":{"accounts":["` + me + `"]}}`
	say(quiet, other, call)
	if _, err := s.SetRead(t.Context(), quiet.Room, 1); err != nil {
		t.Fatal(err)
	}
	is := func(unread, mentions int) {
		t.Helper()
		r, err := s.Room(t.Context(), room1)
		if err != nil || r.Unread != unread || r.Mentions != mentions {
			t.Errorf("%d unread, %d calls, %v; want %d and %d", r.Unread, r.Mentions, err, unread, mentions)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	ignore := func(rooms int, accounts ...chat.AccountID) {
		t.Helper()
		changed, err := s.SetIgnored(t.Context(), accounts)
		if err != nil || len(changed) != rooms {
			t.Errorf("%d rooms changed, %v; want %d", len(changed), err, rooms)
		}
	}
	say(l, other, call)
	say(l, third, `{"text":"a"}`)
	say(l, other, `{"text":"b"}`)
	is(3, 1)
	ignore(1, other)
	is(1, 0)
	ignore(0, other, other)
	say(l, other, call)
	say(l, third, call)
	is(2, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = d.open()
	defer func() { _ = s.Close() }()
	is(2, 1)
	l.Append(chat.KindDelete, other, chat.DeviceID{1}, chat.NewMID(), []byte(`{"seq":1}`)) // takes nothing from the numbers
	apply(t, s, l, l.Head(), l.Head())
	is(2, 1)
	if c, err := s.SetRead(t.Context(), room1, 2); err != nil || c.Unread != 1 || c.Mentions != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	ignore(1, other, third)
	is(0, 0)
	if c, err := s.MarkUnread(t.Context(), room1, 1); err != nil || c.Unread != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	ignore(1)
	is(4, 2) // the erased one aside
	if err := s.SetSetting(t.Context(), "ignored", nil); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("the list can be overwritten: %v", err)
	}
}
