package secret

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"hearth/internal/testkit"
)

func TestVault(t *testing.T) {
	path := filepath.Join(testkit.Dir(t), "vault")
	b := testBundle()
	v := NewVault(path, []byte("correct horse battery"))
	_, err := v.Load(t.Context(), b.Ref())
	wantKind(t, err, KindNotFound)
	if err := v.Save(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(first, b.Key[:]) || bytes.Contains(first, b.Seed[:]) {
		t.Fatal("a secret stands in the file")
	}
	if got := readStretching(first); got != (stretching{memoryKiB: 65536, passes: 3, lanes: 4}) {
		t.Errorf("a new vault costs %+v to open", got) // second choice of RFC 9106
	}

	again := NewVault(path, []byte("correct horse battery"))
	if got, err := again.Load(t.Context(), b.Ref()); err != nil || got != b {
		t.Fatalf("loaded something else: %v", err)
	}
	b.Account[0]++
	if err := again.Save(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if got, err := again.Load(t.Context(), b.Ref()); err != nil || got != b {
		t.Fatalf("after replacing: %v", err)
	}

	wrong := NewVault(path, []byte("correct horse"))
	_, err = wrong.Load(t.Context(), b.Ref())
	wantKind(t, err, KindWrongPassphrase)
	wantKind(t, wrong.Save(t.Context(), b), KindWrongPassphrase)
	wantKind(t, wrong.Delete(t.Context(), b.Ref()), KindWrongPassphrase)
	_, err = again.Load(t.Context(), Ref{})
	wantKind(t, err, KindUnreadable)
	wantKind(t, again.Save(t.Context(), testBundle()), KindUnreadable)

	if err := again.Delete(t.Context(), b.Ref()); err != nil {
		t.Fatal(err)
	}
	if err := again.Delete(t.Context(), b.Ref()); err != nil {
		t.Fatal(err)
	}
	again.Wipe()
	wantKind(t, again.Save(t.Context(), b), KindWrongPassphrase)
}

// Whatever byte of the file changes, it is called damaged, never a wrong
// passphrase, and it stays where it is.
func TestVaultDamage(t *testing.T) {
	path := filepath.Join(testkit.Dir(t), "vault")
	b := testBundle()
	v := NewVault(path, []byte("correct horse battery"))
	if err := v.Save(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(file []byte) {
		t.Helper()
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := v.Load(t.Context(), b.Ref())
		wantKind(t, err, KindUnreadable)
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, file) {
			t.Fatal("the damaged file was touched")
		}
	}
	for i := range whole {
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		try(changed)
	}
	try(whole[:len(whole)-1])
	try(append(bytes.Clone(whole), 0))
	try([]byte{})
}

func TestVaultRefusesAFolder(t *testing.T) {
	b := testBundle()
	v := NewVault(filepath.Join(testkit.Dir(t), "missing", "vault"), []byte("x"))
	wantKind(t, v.Save(t.Context(), b), KindRefused)
}
