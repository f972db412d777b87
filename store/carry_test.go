package store_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// waitingEntry is an entry of another store.
func waitingEntry(state store.EntryState) store.Entry {
	return store.Entry{MID: chat.NewMID(), Room: room1, Kind: chat.KindMessage, Body: storetest.TextBody("words"), Created: 77, State: state}
}

// TestCarry: entries of another store are there in the state they were in, behind what
// waits, however many; what is there already is left alone, and so it can be repeated.
func TestCarry(t *testing.T) {
	s := newDB(t).open()
	defer s.Close()
	l := filled(t, s, 3)
	mine := l.Append(chat.KindMessage, owner.Account, owner.Device, chat.NewMID(), storetest.TextBody("mine"))
	apply(t, s, l, mine.Seq, mine.Seq)
	s.LimitOutbox(1)
	here, err := s.Enqueue(t.Context(), store.Submission{MID: chat.NewMID(), Room: room1, Kind: chat.KindMessage, Body: storetest.TextBody("x")})
	if err != nil {
		t.Fatal(err)
	}
	queued, sent := waitingEntry(store.EntryQueued), waitingEntry(store.EntryQueued)
	sent.Transmitted, sent.DSeq = true, 5
	held, failed, ended := waitingEntry(store.EntryHeld), waitingEntry(store.EntryFailed), waitingEntry(store.EntryFailed)
	held.Transmitted, held.Code = true, store.CodeAway
	failed.Transmitted, failed.Code, failed.Message = true, chat.CodeForbidden, "why"
	ended.Transmitted, ended.Code, ended.Seq = true, store.CodeUnkept, 2
	coming, come := waitingEntry(store.EntryAcknowledged), waitingEntry(store.EntryAcknowledged)
	coming.Transmitted, coming.Seq = true, 9
	come.MID, come.Transmitted, come.Seq = mine.MID, true, mine.Seq
	list := []store.Entry{queued, held, failed, ended, coming, come, sent}
	added, err := s.Carry(t.Context(), append(list, here[0]))
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Entry{here[0]}
	for _, e := range list {
		if e.MID != come.MID { // its event is here
			e.Order = here[0].Order + uint64(len(want))
			if e.MID == sent.MID {
				e.Order++ // one place was taken by what has come
			}
			want = append(want, e)
		}
	}
	check := func() {
		t.Helper()
		now, err := s.Outbox(t.Context())
		if err != nil || !reflect.DeepEqual(now, want) {
			t.Fatalf("%v, the outbox has\n%+v, want\n%+v", err, now, want)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	check()
	if !reflect.DeepEqual(added, want[1:]) {
		t.Errorf("told were\n%+v, want\n%+v", added, want[1:])
	}
	if added, err = s.Carry(t.Context(), list); err != nil || len(added) > 0 {
		t.Errorf("for the second time: %+v, %v", added, err)
	}
	check()
}

// TestCarryAllOrNone: a disk that is full, or an entry that is none, refuses all.
func TestCarryAllOrNone(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(testkit.Dir(t), "store.db"), secret.NewKey(), owner, store.Options{MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	large, nobody := waitingEntry(store.EntryFailed), waitingEntry(store.EntryFailed)
	large.Body, nobody.MID = make([]byte, 4<<20), chat.MID{}
	for want, last := range map[error]store.Entry{store.ErrNoSpace: large, store.ErrInvalid: nobody} {
		if _, err := s.Carry(t.Context(), []store.Entry{waitingEntry(store.EntryFailed), waitingEntry(store.EntryAcknowledged), last}); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
		if now, err := s.Outbox(t.Context()); err != nil || len(now) > 0 {
			t.Errorf("%v, there are %+v", err, now)
		}
	}
}
