package store_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/store"
	"hearth/store/storetest"
)

// A bit that changed on the disk is noticed or does no harm; it is never shown as
// what somebody wrote, and never ends the program.
func TestFlippedBits(t *testing.T) {
	if testkit.Race {
		t.Skip("the race detector brings checkptr, which ends the program where the engine reads a damaged page; without it the reading is refused")
	}
	d := newDB(t)
	s := d.open()
	filled(t, s, 60)
	_, err := s.Enqueue(t.Context(), store.Submission{MID: chat.NewMID(), Room: room1, Kind: "k", Body: storetest.TextBody("x")})
	if err = errors.Join(err, s.SetDraft(t.Context(), room1, chat.Draft{Text: "draft"})); err != nil {
		t.Fatal(err)
	}
	want, err := d.everything(s)
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	used := len(bytes.TrimRight(whole, "\x00"))
	// The two meta pages are left out: the engine falls back from a bad one to the
	// other, which is the state one commit before.
	metas := 2 * os.Getpagesize()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	noticed := 0
	for range 300 {
		changed := bytes.Clone(whole)
		at := metas + random.IntN(used-metas)
		changed[at] ^= 1 << random.IntN(8)
		if err := os.WriteFile(d.path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := d.openAndRead()
		switch {
		case err != nil:
			noticed++
		case !reflect.DeepEqual(got, want):
			t.Errorf("byte %d: something else was read without an error", at)
		}
	}
	if noticed == 0 {
		t.Error("no flip was noticed")
	}
	t.Logf("%d of 300 noticed, the others changed nothing that is read", noticed)
}

type content struct {
	rooms   []store.Room
	win     store.Window
	entries []store.Entry
}

func (d *db) everything(s *store.Store) (c content, err error) {
	var errs [3]error
	c.rooms, errs[0] = s.Rooms(d.t.Context())
	c.win, errs[1] = s.Messages(d.t.Context(), room1, store.Query{Limit: 1000})
	c.entries, errs[2] = s.Outbox(d.t.Context())
	return c, errors.Join(errs[:]...)
}

func (d *db) openAndRead() (content, error) {
	s, err := store.Open(d.t.Context(), d.path, d.key, owner, store.Options{})
	if err != nil {
		return content{}, err
	}
	c, err := d.everything(s)
	return c, errors.Join(err, s.Check(d.t.Context()), s.Close())
}
