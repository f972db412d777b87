package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
	"hearth/server/storage/storagetest"
)

// TestRandomDamage writes nonsense into a server's data at random and starts it.
// It must either refuse with the way out, or serve and close in order; this
// process must outlive all of it. What it serves from may still be damaged where
// no page shows it: then looking through it says so.
func TestRandomDamage(t *testing.T) {
	rounds := 25
	if testing.Short() {
		rounds = 5
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 7))
	c := config(t, testkit.Dir(t))
	c.Log, c.Backups.Every = slog.New(slog.NewTextHandler(io.Discard, nil)), -1
	h := start(t, c)
	talk(t, h.store, 3000)
	stop(t, h)
	path := filepath.Join(c.Dir, boltstore.FileName)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	used := len(bytes.TrimRight(sound, "\x00"))
	refusals, unseen := 0, 0
	for range rounds {
		wrong := bytes.Clone(sound)
		for range 1 + dice.IntN(3) {
			at, n := dice.IntN(used), 1+dice.IntN(300)
			for i := at; i < min(at+n, used); i++ {
				wrong[i] = byte(dice.Uint32())
			}
		}
		if err := os.WriteFile(path, wrong, 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := Open(t.Context(), c)
		if err != nil {
			refusals++
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindDamaged && e.Kind != KindIdentity && e.Kind != KindOther {
				t.Errorf("not a reason for a person: %v", err)
			}
			continue
		}
		if err := h.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Logf("close: %v", err)
		}
		report, err := VerifyFor(t.Context(), c, true)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Damage) == 0 {
			unseen++ // it hit what is not in use, or the text of a setting
		}
	}
	t.Logf("%d of %d refused, %d where nothing shows", refusals, rounds, unseen)
	if refusals+unseen == 0 || unseen > rounds*2/3 {
		t.Errorf("damage is hardly noticed")
	}
}

// TestFlippedBits flips single bits of what a server that was stopped in order has
// stored besides its logs and pictures: in keys, values, and the pages around them. It
// refuses, or each person, room and setting is as before.
func TestFlippedBits(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 8
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 13))
	c := config(t, testkit.Dir(t))
	c.Log, c.Backups.Every = slog.New(slog.NewTextHandler(io.Discard, nil)), -1
	h := start(t, c)
	talk(t, h.store, 20)
	people(t, h.store)
	stop(t, h)
	path := filepath.Join(c.Dir, boltstore.FileName)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before := known(t, path)
	refusals := 0
	for range rounds {
		wrong := bytes.Clone(sound)
		var flips []string
		for range 1 + dice.IntN(4) {
			at := dice.IntN(len(wrong))
			for wrong[at] == 0 {
				at = dice.IntN(len(wrong))
			}
			bit := byte(1) << dice.IntN(8)
			wrong[at] ^= bit
			flips = append(flips, fmt.Sprintf("%d^%#x", at, bit))
		}
		if err := os.WriteFile(path, wrong, 0o600); err != nil {
			t.Fatal(err)
		}
		err := boltstore.Precheck(t.Context(), Self, c.Dir, c.Log)
		if err != nil {
			refusals++
			if !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("%v: %v", flips, err)
			}
			refused(t, openRefused(t, c), KindDamaged)
			continue
		}
		if after := known(t, path); after != before {
			t.Errorf("%v: not refused, and not as before:\n%s\nbefore:\n%s", flips, after, before)
		}
	}
	t.Logf("%d of %d refused", refusals, rounds)
	if refusals == 0 {
		t.Error("nothing was hit, so nothing was shown")
	}
	if err := os.WriteFile(path, sound, 0o600); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, c)) // or refusing would show nothing
}

// people makes accounts that are members, with devices, read positions and a status.
func people(t *testing.T, s storage.Store) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	invite := storage.Invite{ID: chat.InviteID{1}, Uses: 90, Expires: 1 << 50, Key: bytes.Repeat([]byte{3}, 32)}
	must(s.PutInvite(ctx, invite))
	for i := range 40 {
		w, p := storagetest.NewWriter(chat.NewRoomID()), storagetest.NewPerson()
		name := fmt.Sprintf("person %d", i)
		a := storage.Account{ID: p.Account, Name: name, Display: strings.ToUpper(name), Verifier: bytes.Repeat([]byte{byte(i + 1)}, 64), Created: 1 << 40}
		d := storage.Device{ID: p.Device, Key: bytes.Repeat([]byte{7}, 32), Name: "desk", Platform: "linux", Created: 1 << 40}
		must(s.CreateAccount(ctx, a, name, d, invite.ID, 1))
		must(put(s, w.Found(p)))
		must(s.SetSetting(ctx, "of "+name, []byte("a value of "+name)))
	}
}

// known is everything but messages that the data tell, as the store answers it.
func known(t *testing.T, path string) string {
	t.Helper()
	s, err := boltstore.OpenCopy(path, boltstore.Options{})
	if err != nil {
		return err.Error()
	}
	defer s.Close()
	ctx := t.Context()
	var b strings.Builder
	say := func(v any, err error) {
		text, e := json.Marshal(v)
		fmt.Fprintf(&b, "%s %v %v\n", text, err, e)
	}
	say(s.Epoch(), nil)
	accounts, err := s.Accounts(ctx)
	say(accounts, err)
	for _, a := range accounts {
		say(s.AccountByName(ctx, a.Name))
		say(s.Devices(ctx, a.ID))
		say(s.AccountRooms(ctx, a.ID))
		say(s.Setting(ctx, "of "+a.Name))
	}
	say(s.Invites(ctx))
	rooms, err := s.RoomIDs(ctx)
	say(rooms, err)
	for _, room := range rooms {
		log, err := s.Room(ctx, room)
		say(err, nil)
		if err == nil {
			say(log.State, nil)
			say(log.Head, nil)
		}
	}
	return b.String()
}

// TestLookAfterStart: a damaged message in the middle of a log keeps nobody from being
// served. Looking through the data soon after the start finds it, and the operator is
// told.
func TestLookAfterStart(t *testing.T) {
	c := config(t, testkit.Dir(t))
	var log bytes.Buffer
	c.Log, c.Backups.Every = slog.New(slog.NewTextHandler(&log, nil)), -1
	h := start(t, c)
	talk(t, h.store, 300)
	if err := h.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code, text := h.call(t, "GET", "/readyz", "", nil); code != 200 {
		t.Errorf("sound data: %d %s", code, text)
	}
	stop(t, h)
	path := filepath.Join(c.Dir, boltstore.FileName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.ReplaceAll(data, []byte("said said said"), []byte("said sAid said"))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	log.Reset()
	h = start(t, c)
	if err := h.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code, text := h.call(t, "GET", "/readyz", "", nil); code != 503 || !strings.Contains(text, "damaged") {
		t.Errorf("damaged data: %d %s", code, text)
	}
	if _, text := h.call(t, "GET", "/metrics", "", nil); !strings.Contains(text, "hearth_data_damages 1\n") {
		t.Error("no metric says so")
	}
	if left, _ := filepath.Glob(filepath.Join(c.Dir, verifyPrefix+"*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	stop(t, h)
	if !strings.Contains(log.String(), "The data are damaged") {
		t.Errorf("the log does not say so: %s", log.String())
	}
}
