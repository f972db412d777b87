package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"hearth/internal/testkit"
	"hearth/store/profile"
	"hearth/store/secret"
	"hearth/store/storetest"
)

// stubbornRing is a keyring that fails as it is told.
type stubbornRing struct {
	*secret.Memory
	kind atomic.Value // secret.Kind; "" works
}

func (r *stubbornRing) Load(ctx context.Context, ref secret.Ref) (secret.Bundle, error) {
	if k, _ := r.kind.Load().(secret.Kind); k != "" {
		return secret.Bundle{}, &secret.Error{Kind: k, Op: "load"}
	}
	return r.Memory.Load(ctx, ref)
}

func (r *stubbornRing) Save(ctx context.Context, b secret.Bundle) error {
	if k, _ := r.kind.Load().(secret.Kind); k != "" {
		return &secret.Error{Kind: k, Op: "save"}
	}
	return r.Memory.Save(ctx, b)
}

// TestKeyringFails walks through the ways a keyring fails: each is told, nothing
// is deleted, and trying again works.
func TestKeyringFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann")
		ann.run().live().say(w.general, "kept")
		ann.sent().quit()
		ring := &stubbornRing{Memory: ann.ring}
		for kind, want := range map[secret.Kind]ProblemKind{
			secret.KindLocked: ProblemKeyringLocked, secret.KindSlow: ProblemKeyringSlow, secret.KindAbsent: ProblemKeyringAbsent,
			secret.KindUnreadable: ProblemKeyringUnreadable, secret.KindNotFound: ProblemSecretMissing,
		} {
			ring.kind.Store(kind)
			ann.runWith(ring)
			ann.until("the lock", func(v *View) bool { return v.Phase == PhaseLocked })
			if p := ann.View().Problem; p == nil || p.Kind != want {
				t.Errorf("%s: %+v, want %s", kind, p, want)
			}
			if _, err := ann.Send(t.Context(), w.general, "x"); failCode(err) != FailNoRoom {
				t.Errorf("sending while locked: %v", err)
			}
			ann.Retry()
			ann.until("the lock", func(v *View) bool { return v.Phase == PhaseLocked })
			ring.kind.Store(secret.Kind(""))
			ann.Retry()
			ann.until("the group", func(v *View) bool { return v.Phase == PhaseOpen })
			if got := ann.texts(w.general); len(got) != 1 {
				t.Errorf("%s: texts %q", kind, got)
			}
			ann.quit()
		}
		// Joining with a keyring that fails says so and leaves nothing.
		ring.kind.Store(secret.KindAbsent)
		bob := w.stranger("bob")
		bob.runWith(ring)
		bob.welcomed()
		err := bob.Join(t.Context(), JoinRequest{Link: w.invite(), Display: "Bob", Password: password()})
		var f *Failed
		if !errors.As(err, &f) || f.Code != FailSecrets || f.Problem == nil || f.Problem.Kind != ProblemKeyringAbsent {
			t.Errorf("joining without a keyring: %v", err)
		}
		must(t, bob.Join(t.Context(), JoinRequest{Link: w.invite(), Display: "Bob", Password: password(), Secret: SecretChoice{Mode: SecretMemory}}))
		bob.live().quit()
		if left, err := os.ReadDir(filepath.Join(bob.dir, "groups")); err != nil && !errors.Is(err, fs.ErrNotExist) || len(left) != 0 {
			t.Errorf("a session in memory left %v (%v)", left, err)
		}
	})
}

// runWith is run with another keyring.
func (p *person) runWith(ring secret.Store) {
	p.w.t.Helper()
	a, err := New(Options{Profile: p.dir, Keyring: ring, Dial: p.w.net.Dial, Log: testkit.Logger(p.w.t)})
	must(p.w.t, err)
	ctx, cancel := context.WithCancel(p.w.t.Context())
	p.App, p.cancel, p.done, p.sub = a, cancel, make(chan error, 1), a.Subscribe()
	go func() { p.done <- a.Run(ctx) }()
}

// TestVault keeps the secrets in a file under a passphrase.
func TestVault(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.stranger("ann").run().welcomed()
		phrase := []byte("a passphrase")
		must(t, ann.Join(t.Context(), JoinRequest{
			Link: w.invite(), Display: "Ann", Password: password(), Secret: SecretChoice{Mode: SecretVault, Passphrase: bytes.Clone(phrase)},
		}))
		ann.live().quit()
		ann.run()
		ann.until("the question", func(v *View) bool { return v.Phase == PhaseLocked })
		if p := ann.View().Problem; p.Kind != ProblemPassphrase || p.Path == "" {
			t.Errorf("problem %+v", p)
		}
		var f *Failed
		if err := ann.Unlock(t.Context(), []byte("not that")); !errors.As(err, &f) || f.Problem == nil || f.Problem.Kind != ProblemWrongPassphrase {
			t.Errorf("a wrong passphrase: %v", err)
		}
		if p := ann.View().Problem; p.Kind != ProblemWrongPassphrase {
			t.Errorf("problem %+v", p)
		}
		must(t, ann.Unlock(t.Context(), phrase))
		if ann.View().Phase != PhaseOpen || ann.View().Me.Vault != SecretVault {
			t.Errorf("after unlocking: %+v", ann.View())
		}
		ann.live().quit()
	})
}

// TestStoreTrouble: in use, damaged, from the future.
func TestStoreTrouble(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann")
		ann.run().live().say(w.general, "one", "two")
		ann.sent()

		// A second program on the same profile.
		twin := &person{w: w, name: "twin", dir: ann.dir, ring: ann.ring}
		twin.run()
		twin.until("the refusal", func(v *View) bool { return v.Phase == PhaseFailed })
		if p := twin.View().Problem; p.Kind != ProblemAlreadyOpen {
			t.Errorf("problem %+v", p)
		}
		ann.quit()
		twin.Retry()
		twin.until("the group", func(v *View) bool { return v.Phase == PhaseOpen })
		twin.quit()

		// A damaged file: told, put aside on demand, filled again from the server.
		path := storePath(t, ann)
		data, err := os.ReadFile(path)
		must(t, err)
		for i := range data {
			if i%7 == 0 {
				data[i] ^= 0x5a
			}
		}
		must(t, os.WriteFile(path, data, 0o600))
		ann.run()
		ann.until("the damage", func(v *View) bool { return v.Phase == PhaseFailed })
		if p := ann.View().Problem; p.Kind != ProblemDamaged || p.Path != path {
			t.Errorf("problem %+v", p)
		}
		must(t, ann.Rebuild(t.Context()))
		ann.live()
		if got := ann.texts(w.general); strings.Join(got, ",") != "one,two" {
			t.Errorf("after rebuilding: %q", got)
		}
		ann.say(w.general, "three") // its number comes from the server again
		ann.sent()
		if v := ann.View(); v.Failed != 0 {
			t.Errorf("%d failed", v.Failed)
		}
		ann.quit()
		aside, err := filepath.Glob(path + ".damaged-*")
		if err != nil || len(aside) != 1 {
			t.Errorf("put aside: %v (%v)", aside, err)
		}
	})
}

// TestStoreLost: a store that was there and is empty or gone is not made anew in
// silence: what waited in it is lost, and the person is told.
func TestStoreLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann").run().live()
		ann.say(w.general, "one")
		ann.sent()
		path := storePath(t, ann)
		for _, harm := range []func() error{
			func() error { return os.Truncate(path, 0) },
			func() error { return os.Remove(path) },
		} {
			ann.quit()
			must(t, harm())
			ann.run()
			ann.until("the loss", func(v *View) bool { return v.Phase == PhaseFailed })
			if p := ann.View().Problem; p.Kind != ProblemDamaged || !p.Missing || p.Path != path {
				t.Errorf("problem %+v", p)
			}
			must(t, ann.Rebuild(t.Context()))
			ann.live()
			if got := ann.texts(w.general); strings.Join(got, ",") != "one" {
				t.Errorf("after rebuilding: %q", got)
			}
		}
		ann.quit()
	})
}

// TestDamageInside: damage that no start looks for shows when it is read; the
// person is told, not shown an empty room.
func TestDamageInside(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.member("ann")
		ann.run().live()
		for i := range 5 {
			ann.say(w.general, fmt.Sprint("message ", i))
		}
		ann.sent()
		ann.quit()
		must(t, storetest.FlipEvent(storePath(t, ann)))
		ann.run()
		defer ann.quit()
		ann.until("the group", func(v *View) bool { return v.Phase == PhaseOpen })
		if _, err := ann.Messages(t.Context(), w.general, Window{}); failCode(err) != FailStore {
			t.Errorf("reading a damaged room: %v", err)
		}
		ann.until("the damage", func(v *View) bool { return v.Phase == PhaseFailed && v.Problem.Kind == ProblemDamaged })
		must(t, ann.Rebuild(t.Context()))
		ann.live()
		if got := ann.texts(w.general); len(got) != 5 {
			t.Errorf("after rebuilding: %q", got)
		}
	})
}

func storePath(t *testing.T, p *person) string {
	t.Helper()
	prof, err := profile.Open(p.dir)
	must(t, err)
	groups, err := prof.Groups()
	must(t, err)
	return groups[0].StorePath()
}

// TestProfileFolder: a folder that cannot be made is a problem, not a crash.
func TestProfileFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	a, err := New(Options{Profile: filepath.Join(file, "profile")})
	must(t, err)
	sub := a.Subscribe()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	for a.View().Phase != PhaseFailed {
		<-sub.Ready()
		sub.Take()
	}
	if p := a.View().Problem; p.Kind != ProblemDisk {
		t.Errorf("problem %+v", p)
	}
	if err := a.SetSettings(DefaultSettings()); failCode(err) != FailStore {
		t.Errorf("settings: %v", err)
	}
	cancel()
	must(t, <-done)
	if err := a.Run(t.Context()); err == nil {
		t.Error("a core runs once")
	}
}

// TestSettings are there before anything else and survive.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	a, err := New(Options{Profile: dir})
	must(t, err)
	if a.View().Settings != DefaultSettings() {
		t.Errorf("settings of a new profile: %+v", a.View().Settings)
	}
	want := Settings{Theme: "dark", Accent: "teal", Density: "compact", Still: true, TextSize: 1.2, Language: "mt", Width: 900, Height: 700, CacheMB: 250, Pictures: PicturesNever}
	must(t, a.SetSettings(want))
	b, err := New(Options{Profile: dir})
	must(t, err)
	if got := b.View().Settings; got != want {
		t.Errorf("settings %+v, want %+v", got, want)
	}
}

// TestSettingsBroken: settings that are not understood are said to be.
func TestSettingsBroken(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "settings.json"), []byte("garbage"), 0o600))
	a, err := New(Options{Profile: dir})
	must(t, err)
	v := a.View()
	if kept, err := os.ReadFile(v.SettingsBroken); err != nil || string(kept) != "garbage" || v.Settings != DefaultSettings() {
		t.Errorf("%q, %v, %+v", kept, err, v.Settings)
	}
	must(t, a.SetSettings(Settings{Theme: "dark"}))
	b, err := New(Options{Profile: dir})
	must(t, err)
	if v := b.View(); v.SettingsBroken != "" || v.Settings.Theme != "dark" {
		t.Errorf("the second time: %q, %+v", v.SettingsBroken, v.Settings)
	}
}
