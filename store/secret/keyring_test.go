package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hearth/chat"
	"hearth/internal/testkit"
)

// leakOptions excuse goroutines of libraries; the tests against a real keyring
// add to them.
var leakOptions []goleak.Option

func TestMain(m *testing.M) { testkit.Main(m, leakOptions...) }

func testBundle() Bundle {
	b := NewBundle(chat.ServerID{1, 2, 3})
	b.Account = chat.NewAccountID()
	return b
}

func wantKind(t *testing.T, err error, want Kind) {
	t.Helper()
	if KindOf(err) != want {
		t.Fatalf("got %v (kind %q), want kind %q", err, KindOf(err), want)
	}
}

func TestKeyringRoundTrip(t *testing.T) {
	ring := newFakeRing()
	k := NewKeyring(KeyringOptions{Ring: ring})
	b := testBundle()
	if err := k.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := k.Load(t.Context(), b.Ref())
	wantKind(t, err, KindNotFound)
	if err := k.Save(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	got, err := k.Load(t.Context(), b.Ref())
	if err != nil || got != b {
		t.Fatalf("loaded something else: %v", err)
	}
	for user, text := range ring.items {
		if len(text) > maxItemBytes {
			t.Errorf("item %s has %d bytes", user, len(text))
		}
	}
	if err := k.Delete(t.Context(), b.Ref()); err != nil {
		t.Fatal(err)
	}
	if err := k.Delete(t.Context(), b.Ref()); err != nil {
		t.Fatalf("deleting what is not there: %v", err)
	}
	if len(ring.items) != 0 {
		t.Errorf("%d items left", len(ring.items))
	}
}

func TestKeyringChangesOfTheStoredItem(t *testing.T) {
	ring := newFakeRing()
	k := NewKeyring(KeyringOptions{Ring: ring})
	b := testBundle()
	if err := k.Save(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	whole := maps.Clone(ring.items)
	for user, text := range whole {
		changes := map[string]string{
			"empty": "", "truncated": text[:len(text)/2], "one letter": "A" + text[1:], "not base64": "%%%%",
			"long": strings.Repeat("A", 100_000), "something else": "hunter2",
		}
		if text[0] == 'A' {
			changes["one letter"] = "B" + text[1:]
		}
		for name, changed := range changes {
			ring.items = maps.Clone(whole)
			ring.items[user] = changed
			_, err := k.Load(t.Context(), b.Ref())
			if wantKind(t, err, KindUnreadable); changed != "" && strings.Contains(err.Error(), changed) {
				t.Errorf("%s: the error quotes the item", name)
			}
			if len(ring.items) != 2 {
				t.Fatalf("%s: something was deleted", name)
			}
		}
	}
	other := testBundle()
	ring.items = maps.Clone(whole)
	swapped := other.Ref()
	ring.items["Hearth|"+swapped.device()] = whole["Hearth|"+b.Ref().device()]
	ring.items["Hearth|"+swapped.database()] = whole["Hearth|"+b.Ref().database()]
	_, err := k.Load(t.Context(), swapped)
	wantKind(t, err, KindUnreadable)

	delete(ring.items, "Hearth|"+b.Ref().database())
	_, err = k.Load(t.Context(), b.Ref())
	wantKind(t, err, KindUnreadable)
}

func TestKeyringComparesAfterWriting(t *testing.T) {
	ring := newFakeRing()
	ring.change = func(text string) string { return text[:len(text)-1] }
	wantKind(t, NewKeyring(KeyringOptions{Ring: ring}).Save(t.Context(), testBundle()), KindUnreadable)
}

func TestKeyringFailuresDeleteNothing(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{errFromRing, KindLocked},
		{errors.New(`exec: "dbus-launch": executable file not found in $PATH`), KindAbsent},
	} {
		if runtime.GOOS != "linux" {
			t.Skip("the texts are those of the Secret Service")
		}
		ring := newFakeRing()
		k := NewKeyring(KeyringOptions{Ring: ring})
		b := testBundle()
		if err := k.Save(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		ring.err = c.err
		_, err := k.Load(t.Context(), b.Ref())
		wantKind(t, err, c.want)
		wantKind(t, k.Save(t.Context(), b), c.want)
		wantKind(t, k.Delete(t.Context(), b.Ref()), c.want)
		wantKind(t, k.Probe(t.Context()), c.want)
		ring.err = nil
		if got, err := k.Load(t.Context(), b.Ref()); err != nil || got != b {
			t.Fatalf("after %v the secret was gone: %v", c.err, err)
		}
	}
}

func TestKeyringPanicOfTheLibrary(t *testing.T) {
	ring := newFakeRing()
	ring.panics = true
	k := NewKeyring(KeyringOptions{Ring: ring})
	if err := k.Probe(t.Context()); KindOf(err) == "" {
		t.Fatalf("got %v", err)
	}
	ring.set(func() { ring.panics = false })
	if err := k.Probe(t.Context()); err != nil {
		t.Fatalf("the turn was not given back: %v", err)
	}
}

// A prompt stands on the screen for a minute; the person retries meanwhile.
func TestKeyringSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := newFakeRing()
		k := NewKeyring(KeyringOptions{Ring: ring})
		b := testBundle()
		if err := k.Save(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		prompt := make(chan struct{})
		ring.set(func() { ring.block, ring.calls = prompt, 0 })
		for try := range 5 {
			from := time.Now()
			_, err := k.Load(t.Context(), b.Ref())
			wantKind(t, err, KindSlow)
			if waited := time.Since(from); waited != 10*time.Second {
				t.Errorf("try %d waited %v", try, waited)
			}
		}
		ring.set(func() {
			if ring.calls != 1 {
				t.Errorf("%d questions were open at once", ring.calls)
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := k.Probe(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		ring.set(func() { ring.block = nil })
		close(prompt) // the late answer
		got, err := k.Load(t.Context(), b.Ref())
		if err != nil || got != b {
			t.Fatalf("after the prompt was answered: %v", err)
		}
	})
}

func TestNothingPrintsASecret(t *testing.T) {
	b := testBundle()
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("x", "bundle", b, "key", b.Key, "seed", b.Seed, "pointer", &b)
	asJSON, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	printed := []string{log.String(), string(asJSON)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
		for _, value := range []any{b, &b, b.Key, &b.Key, b.Seed, &b.Seed} {
			printed = append(printed, fmt.Sprintf(verb, value))
		}
	}
	for _, text := range printed {
		for _, secret := range [][]byte{b.Key[:], b.Seed[:]} {
			for _, form := range []string{
				string(secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprint(secret),
				fmt.Sprintf("%#v", secret)[7:], itemToText(secret), fmt.Sprintf("%d", secret[:4]),
			} {
				if strings.Contains(text, form) {
					t.Errorf("a secret in %q", text)
				}
			}
		}
	}
}
