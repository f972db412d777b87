package store_test

import (
	"errors"
	"testing"
	"time"

	"hearth/store"
	"hearth/store/storetest"
)

// TestLatentDamage: a record that nobody has read since its bit flipped. Opening the
// file does not show it; looking through it does, and then it is no longer taken for
// a file that was closed in good order.
func TestLatentDamage(t *testing.T) {
	d := newDB(t)
	processes := 0
	s, err := d.openLooking(&processes)
	if err != nil {
		t.Fatal(err)
	}
	filled(t, s, 200)
	pauses := 0
	pause := func(time.Duration) error { pauses++; return nil }
	if err := s.CheckInTurn(t.Context(), pause); err != nil || pauses != 1 {
		t.Fatalf("a sound store: %v, %d pauses", err, pauses)
	}
	now := time.UnixMilli(1_800_000_000_123)
	if err := errors.Join(s.SetChecked(t.Context(), now), s.Close(), storetest.Flip(d.path)); err != nil {
		t.Fatal(err)
	}
	s, err = d.openLooking(&processes)
	if err != nil || processes != 0 {
		t.Fatalf("%v, %d processes", err, processes)
	}
	if at, err := s.Checked(t.Context()); err != nil || !at.Equal(now) {
		t.Errorf("checked at %v, %v", at, err)
	}
	if err := s.CheckInTurn(t.Context(), pause); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("looking through it: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = d.openLooking(&processes)
	if err != nil || processes != 1 {
		t.Fatalf("%v, %d processes", err, processes)
	}
	if at, err := s.Checked(t.Context()); err != nil || !at.IsZero() {
		t.Errorf("a doubtful store was checked at %v, %v", at, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(t.Context(), d.path, d.key, owner, store.Options{Rerun: rerun(&processes), Thorough: true})
	if !errors.Is(err, store.ErrDamaged) || processes != 2 {
		t.Errorf("opened thoroughly: %v, %d processes", err, processes)
	}
}
