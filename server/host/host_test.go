package host

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// TestMain also is the program that looks at files for these tests.
func TestMain(m *testing.M) {
	if code, ok := RunTask(context.Background(), os.Args[1:], os.Stdin, os.Stdout); ok {
		os.Exit(code)
	}
	testkit.Main(m)
}

// config hosts a folder on a free port of this machine.
func config(t *testing.T, dir string) Config {
	return Config{Dir: dir, Listen: []string{"127.0.0.1:0"}, Log: testkit.Logger(t), Rerun: Self}
}

// start opens a host that ends with the test at the latest.
func start(t *testing.T, c Config) *Host {
	t.Helper()
	h, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, h) })
	return h
}

func stop(t *testing.T, h *Host) {
	t.Helper()
	if err := h.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("close: %v", err)
	}
}

// refused checks that the folder is refused for a reason of this kind, in words
// that contain all of want.
func refused(t *testing.T, err error, kind Kind, want ...string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("not a reason for a person: %v", err)
	}
	if e.Kind != kind {
		t.Errorf("kind %q instead of %q: %v", e.Kind, kind, err)
	}
	for _, w := range want {
		if !strings.Contains(e.Text, w) {
			t.Errorf("%q does not say %q", e.Text, w)
		}
	}
}

// openRefused opens a folder that must be refused.
func openRefused(t *testing.T, c Config) error {
	t.Helper()
	h, err := Open(t.Context(), c)
	if err == nil {
		stop(t, h)
		t.Fatal("it was opened")
	}
	return err
}

func TestIdentityIsKept(t *testing.T) {
	dir := testkit.Dir(t)
	h := start(t, config(t, dir))
	first := h.Link().Server
	stop(t, h)
	info, err := os.Stat(filepath.Join(dir, identityFile))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the identity is readable for others: %v", info.Mode())
	}
	if again := start(t, config(t, dir)).Link().Server; again != first {
		t.Errorf("another identity after a restart: %v, %v", again, first)
	}
}

func TestIdentityTrouble(t *testing.T) {
	other := testkit.Dir(t)
	stop(t, start(t, config(t, other)))
	foreign, err := os.ReadFile(filepath.Join(other, identityFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		harm func(path string) error
		want string
	}{
		"missing": {os.Remove, "missing"},
		"foreign": {func(p string) error { return os.WriteFile(p, foreign, 0o600) }, "another server"},
		"unreadable": {
			func(p string) error {
				return os.WriteFile(p, []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), 0o600)
			},
			"cannot be read",
		},
		"empty": {func(p string) error { return os.Truncate(p, 0) }, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := testkit.Dir(t)
			h := start(t, config(t, dir))
			id := h.Link().Server
			stop(t, h)
			path := filepath.Join(dir, identityFile)
			own, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := test.harm(path); err != nil {
				t.Fatal(err)
			}
			harmed, _ := os.ReadFile(path)
			refused(t, openRefused(t, config(t, dir)), KindIdentity, test.want, identityFile)
			if after, _ := os.ReadFile(path); string(after) != string(harmed) {
				t.Error("the file was changed")
			}
			// Putting it back is all it takes.
			if err := os.WriteFile(path, own, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := start(t, config(t, dir)).Link().Server; got != id {
				t.Errorf("another identity: %v", got)
			}
		})
	}
}

func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := config(t, testkit.Dir(t))
	c.Listen = []string{"127.0.0.1:0", l.Addr().String()}
	refused(t, openRefused(t, c), KindAddress, l.Addr().String(), "in use", "--listen")
	// Nothing is left half-done: neither the port nor the data are taken.
	c.Listen = c.Listen[:1]
	start(t, c)
}

func TestForeignAddress(t *testing.T) {
	c := config(t, testkit.Dir(t))
	c.Listen = []string{"192.0.2.1:0"} // kept for documentation, so never ours
	refused(t, openRefused(t, c), KindAddress, "192.0.2.1:0", "--listen")
	c.Listen, c.Public = []string{"127.0.0.1:0"}, []string{"not an address"}
	refused(t, openRefused(t, c), KindRequest, "--public")
	c.Public, c.Ops = nil, "0.0.0.0:0"
	refused(t, openRefused(t, c), KindRequest, "--ops", "127.0.0.1")
}

func TestFolderTrouble(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, openRefused(t, config(t, file)), KindFolder, file, "--data")
	refused(t, openRefused(t, config(t, filepath.Join(file, "below"))), KindFolder, "--data")
	dir := readOnlyDir(t)
	refused(t, openRefused(t, config(t, dir)), KindFolder, dir, "cannot be written")
}

func TestLocked(t *testing.T) {
	dir := testkit.Dir(t)
	start(t, config(t, dir))
	refused(t, openRefused(t, config(t, dir)), KindInUse, dir, "already")
}

func TestDamagedAndNewer(t *testing.T) {
	dir := testkit.Dir(t)
	stop(t, start(t, config(t, dir)))
	path := filepath.Join(dir, boltstore.FileName)
	if err := os.Truncate(path, 12_000); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, openRefused(t, config(t, dir)), KindDamaged, dir, "damaged", "backup")
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the damaged file was changed")
	}
	refused(t, storeError(storage.ErrNewer, dir), KindNewer, "newer")
	refused(t, storeError(storage.ErrNoSpace, dir), KindSpace, "full")
}

func TestContradictingLimits(t *testing.T) {
	c := config(t, testkit.Dir(t))
	c.Limits = chat.DefaultLimits()
	c.Limits.TransportBytes = 1
	refused(t, openRefused(t, c), KindRequest, "transport_bytes")
}

func TestNameAndRoomAreRemembered(t *testing.T) {
	dir := testkit.Dir(t)
	c := config(t, dir)
	c.Name = "Bees"
	h := start(t, c)
	rooms, err := h.store.RoomIDs(t.Context())
	if err != nil || len(rooms) != 1 {
		t.Fatalf("rooms %v, %v", rooms, err)
	}
	stop(t, h)
	h = start(t, config(t, dir))
	if name, err := h.name(t.Context()); err != nil || name != "Bees" {
		t.Errorf("name %q, %v", name, err)
	}
	if again, err := h.store.RoomIDs(t.Context()); err != nil || len(again) != 1 || again[0] != rooms[0] {
		t.Errorf("rooms %v, %v", again, err)
	}
}

func TestAddresses(t *testing.T) {
	h := start(t, config(t, testkit.Dir(t)))
	if want := []string{"127.0.0.1:" + strconv.Itoa(h.Port())}; h.Addresses()[0] != want[0] || len(h.Addresses()) != 1 {
		t.Errorf("addresses %v, want %v", h.Addresses(), want)
	}
	c := config(t, testkit.Dir(t))
	c.Public = []string{"chat.example.org:443"}
	if got := start(t, c).Addresses(); len(got) != 1 || got[0] != "chat.example.org:443" {
		t.Errorf("addresses %v", got)
	}
	c = config(t, testkit.Dir(t))
	c.Listen = []string{":0"}
	for _, a := range start(t, c).Addresses() {
		host, _, err := net.SplitHostPort(a)
		if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsUnspecified() {
			t.Errorf("nobody reaches %s", a)
		}
	}
}
