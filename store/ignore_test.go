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
	newest := func(room chat.RoomID, last, unheeded chat.Seq, at int64) {
		t.Helper()
		r, err := s.Room(t.Context(), room)
		if err != nil || r.LastMessage != last || r.Unheeded != unheeded || r.Activity != at || (r.Last != nil) != (last > 0) {
			t.Errorf("the newest is %d, unheeded %d, at %d, %v; want %d, %d, %d", r.LastMessage, r.Unheeded, r.Activity, err, last, unheeded, at)
		}
	}
	at := func(l *storetest.Log, seq chat.Seq) int64 { return l.Events[seq-1].Time }
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
	newest(room1, 3, 0, at(l, 3))
	newest(quiet.Room, 1, 0, at(quiet, 1))
	ignore(2, other)
	is(1, 0)
	newest(room1, 2, 0, at(l, 2))
	newest(quiet.Room, 0, 1, at(quiet, 1))
	ignore(0, other, other)
	say(quiet, other, call)
	say(quiet, other, call)
	newest(quiet.Room, 0, 3, at(quiet, 1))
	quiet.Append(chat.KindDelete, other, chat.DeviceID{1}, chat.NewMID(), []byte(`{"seq":3}`))
	apply(t, s, quiet, quiet.Head(), quiet.Head())
	newest(quiet.Room, 0, 2, at(quiet, 1))
	if _, err := s.SetRead(t.Context(), quiet.Room, quiet.Head()); err != nil {
		t.Fatal(err)
	}
	say(l, other, call)
	say(l, third, call)
	newest(room1, 5, 0, at(l, 5))
	say(l, other, call)
	newest(room1, 5, 0, at(l, 5))
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
	newest(room1, 0, 6, at(l, 1))
	ignore(2)
	is(5, 3) // the erased one aside
	newest(room1, 6, 0, at(l, 6))
	newest(quiet.Room, 2, 0, at(quiet, 2))
	if err := s.SetSetting(t.Context(), "ignored", nil); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("the list can be overwritten: %v", err)
	}
}
