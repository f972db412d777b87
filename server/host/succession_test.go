package host

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
)

// pinned checks a chain as a client does that knows one of its identities, and
// returns their fingerprints.
func pinned(t *testing.T, chain [][]byte) (ids []chat.ServerID) {
	t.Helper()
	var list []*x509.Certificate
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	if len(list) < 2 || len(list) > 8 {
		t.Fatalf("a chain of %d", len(list))
	}
	for i, c := range list[:len(list)-1] {
		if err := c.CheckSignatureFrom(list[i+1]); err != nil {
			t.Fatalf("certificate %d: %v", i, err)
		}
	}
	for _, c := range list[1:] {
		id, err := chat.ServerIDOf(c.PublicKey.(ed25519.PublicKey))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func shownBy(t *testing.T, h *Host) []chat.ServerID {
	t.Helper()
	c, err := h.certs.certificate()
	if err != nil {
		t.Fatal(err)
	}
	return pinned(t, c.Certificate)
}

func TestRotateIdentity(t *testing.T) {
	c := config(t, testkit.Dir(t))
	_, err := RotateIdentity(t.Context(), c)
	refused(t, err, KindAbsent)
	h := start(t, c)
	first := h.Link().Server
	_, err = RotateIdentity(t.Context(), c)
	refused(t, err, KindInUse)
	from := filepath.Join(t.TempDir(), "before.db")
	if _, err := h.Backup(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	stop(t, h)
	path := filepath.Join(c.Dir, identityFile)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	done, err := RotateIdentity(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(done.Aside); err != nil || !bytes.Equal(kept, old) || done.Old != first || done.New == first {
		t.Errorf("%+v %v", done, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	link, err := InviteFor(t.Context(), c, 1, time.Hour)
	if err != nil || link.Server != done.New {
		t.Errorf("an invite of %v: %v", link.Server, err)
	}
	h = start(t, c)
	if h.Link().Server != done.New || !slices.Equal(shownBy(t, h), []chat.ServerID{done.New, first}) {
		t.Errorf("it serves as %v and shows %v", h.Link().Server, shownBy(t, h))
	}
	stop(t, h)

	// A backup from before is still this server's, and the old key alone is not.
	if _, err := Restore(t.Context(), c, from); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, c))
	fresh, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, openRefused(t, c), KindIdentity, "another server")
	if err := os.WriteFile(path, fresh, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := RotateIdentity(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if again.Aside == done.Aside { // also within the same second
		t.Errorf("%s was written over", again.Aside)
	}
	if got := shownBy(t, start(t, c)); !slices.Equal(got, []chat.ServerID{again.New, done.New, first}) {
		t.Errorf("it shows %v", got)
	}
}

// TestRotationInterrupted: the file is replaced in one step, before the data know.
func TestRotationInterrupted(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	first := h.Link().Server
	stop(t, h)
	path := filepath.Join(c.Dir, identityFile)
	i, err := readIdentity(path)
	if err != nil {
		t.Fatal(err)
	}
	next, err := i.successor(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := next.write(path); err != nil {
		t.Fatal(err)
	}
	id, err := next.id()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		h := start(t, c)
		if h.Link().Server != id || !slices.Equal(shownBy(t, h), []chat.ServerID{id, first}) {
			t.Errorf("it serves as %v", h.Link().Server)
		}
		stop(t, h)
	}
}

// TestLineIsChecked: a file in which somebody has put other certificates behind
// the key is not served from.
func TestLineIsChecked(t *testing.T) {
	fresh := func() *identity {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return &identity{key: key}
	}
	follow := func(i *identity) *identity {
		next, err := i.successor(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	a := fresh()
	b := follow(a)
	other := follow(fresh())
	for name, line := range map[string][][]byte{
		"one alone": b.line[:1], "another's": other.line, "of two": {b.line[0], other.line[1]}, "the wrong way round": {b.line[1], b.line[0]},
		"nonsense": {b.line[0], []byte("x")}, "not to the end": {b.line[0], follow(other).line[0]},
	} {
		if err := (&identity{key: b.key, line: line}).checkLine(); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	path := filepath.Join(t.TempDir(), identityFile)
	if err := b.write(path); err != nil {
		t.Fatal(err)
	}
	if back, err := readIdentity(path); err != nil || !back.key.Equal(b.key) || len(back.line) != 2 {
		t.Errorf("%+v %v", back, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, "more"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readIdentity(path); err == nil {
		t.Error("something behind the certificates is accepted")
	}
}

// TestOldIdentityIsShown for 90 days at least and not for ever, through several
// rotations; and not through more than clients accept.
func TestOldIdentityIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(27 * 365 * 24 * time.Hour) // a bubble begins in 2000
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		first := &identity{key: key}
		second, err := first.successor(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		c, err := newCertificates(second)
		if err != nil {
			t.Fatal(err)
		}
		for day := range 200 {
			cert, err := c.certificate()
			if err != nil {
				t.Fatal(err)
			}
			ids := pinned(t, cert.Certificate)
			checkLeafSigner(t, cert.Certificate)
			if day <= 90 && len(ids) != 2 || day > 90+60 && len(ids) != 1 {
				t.Fatalf("%d identities on day %d", len(ids), day)
			}
			time.Sleep(24 * time.Hour)
		}
		last := second
		for n := 0; ; n++ {
			next, err := last.successor(time.Now())
			if err != nil {
				refused(t, err, KindRequest, "wait")
				if n != longestLine-1 {
					t.Errorf("refused after %d", n)
				}
				break
			}
			last = next
			time.Sleep(time.Hour)
		}
		time.Sleep(showOld + time.Hour)
		if next, err := last.successor(time.Now()); err != nil || len(next.line) != 2 {
			t.Errorf("after the time: %v", err)
		}
	})
}

func checkLeafSigner(t *testing.T, chain [][]byte) {
	t.Helper()
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	if time.Now().After(leaf.NotAfter) || time.Now().Before(leaf.NotBefore) {
		t.Error("the leaf is not valid now")
	}
}
