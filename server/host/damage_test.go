package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hearth/internal/testkit"
	"hearth/server/storage/boltstore"
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
