package host

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// kept returns what storage holds of the invite in a link.
func kept(t *testing.T, s storage.Store, link chat.Link) storage.Invite {
	t.Helper()
	i, err := s.Invite(t.Context(), chat.InviteIDOf(publicKey(link.Secret.Key())))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// use makes an account through the invite, as registering does.
func use(t *testing.T, s storage.Store, link chat.Link, name string) error {
	t.Helper()
	i := kept(t, s, link)
	a := storage.Account{ID: chat.NewAccountID(), Name: name, Owner: i.Owner}
	d := storage.Device{ID: chat.DeviceID(chat.NewMID()), Account: a.ID}
	return s.CreateAccount(t.Context(), a, a.Name, d, i.ID, time.Now().UnixMilli())
}

func ownerInvite(t *testing.T, h *Host) (chat.Link, bool) {
	t.Helper()
	link, ok, err := h.OwnerInvite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return link, ok
}

// TestOwnerInvite: there is one until somebody has joined with it, and only the
// newest of them admits.
func TestOwnerInvite(t *testing.T) {
	dir := testkit.Dir(t)
	h := start(t, config(t, dir))
	first, ok := ownerInvite(t, h)
	if !ok {
		t.Fatal("a new server has no invite for its owner")
	}
	if first.Server != h.Link().Server || !first.Bound || first.Addresses[0] != h.Addresses()[0] {
		t.Errorf("the link leads elsewhere: %v", first)
	}
	stop(t, h)
	h = start(t, config(t, dir))
	second, ok := ownerInvite(t, h)
	if !ok || second.Secret == first.Secret {
		t.Fatalf("after a restart without an owner: %v", ok)
	}
	if !kept(t, h.store, first).Revoked {
		t.Error("the invite before still admits")
	}
	if err := use(t, h.store, second, "alice"); err != nil {
		t.Fatal(err)
	}
	if _, ok := ownerInvite(t, h); ok {
		t.Error("a second owner is invited")
	}
	stop(t, h)
	if _, ok := ownerInvite(t, start(t, config(t, dir))); ok {
		t.Error("a second owner is invited after a restart")
	}
}

func TestInviteForRunning(t *testing.T) {
	c := config(t, testkit.Dir(t))
	c.Limits = chat.DefaultLimits()
	c.Limits.InviteUses, c.Limits.InviteDays = 3, 2
	h := start(t, c)
	ask := Config{Dir: c.Dir, Limits: chat.DefaultLimits()} // as the program's flags alone give it

	link, err := InviteFor(t.Context(), ask, 3, 48*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if link.Addresses[0] != h.Addresses()[0] || link.Server != h.Link().Server {
		t.Errorf("the link leads elsewhere: %v", link)
	}
	if i := kept(t, h.store, link); i.Uses != 3 || i.Owner || i.Expires-i.Created != (48*time.Hour).Milliseconds() {
		t.Errorf("invite %+v", i)
	}
	// The running server's limits count, not the asking program's.
	_, err = InviteFor(t.Context(), ask, 4, time.Hour)
	refused(t, err, KindRequest, "invite_uses", "3")
	_, err = InviteFor(t.Context(), ask, 1, 49*time.Hour)
	refused(t, err, KindRequest, "invite_days", "2")
	// A life nobody chose is no reason to refuse.
	if link, err = InviteFor(t.Context(), ask, 1, 0); err != nil {
		t.Fatal(err)
	}
	if i := kept(t, h.store, link); i.Expires-i.Created != (48 * time.Hour).Milliseconds() {
		t.Errorf("invite %+v", i)
	}
}

// TestInviteForStopped: no port is taken, and the link names where the server was
// reached last, not a default.
func TestInviteForStopped(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	was, id := h.Addresses(), h.Link().Server
	stop(t, h)

	link, err := InviteFor(t.Context(), Config{Dir: c.Dir}, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(link.Addresses) != 1 || link.Addresses[0] != was[0] || link.Server != id || !link.Bound {
		t.Errorf("the link is %v, the server was %v at %v", link, id, was)
	}
	public, err := InviteFor(t.Context(), Config{Dir: c.Dir, Public: []string{"chat.example.org:7481"}}, 1, time.Hour)
	if err != nil || len(public.Addresses) != 1 || public.Addresses[0] != "chat.example.org:7481" {
		t.Errorf("with --public: %v, %v", public, err)
	}
	limits := chat.DefaultLimits()
	limits.InviteUses, limits.InviteDays = 3, 2
	_, err = InviteFor(t.Context(), Config{Dir: c.Dir, Limits: limits}, 4, time.Hour)
	refused(t, err, KindRequest, "invite_uses")
	_, err = InviteFor(t.Context(), Config{Dir: c.Dir, Limits: limits}, 1, 49*time.Hour)
	refused(t, err, KindRequest, "invite_days")
	_, err = InviteFor(t.Context(), Config{Dir: c.Dir, Public: []string{"?"}}, 1, time.Hour)
	refused(t, err, KindRequest, "--public")

	h = start(t, c)
	for name, l := range map[string]chat.Link{"alice": link, "bob": public} {
		if err := use(t, h.store, l, name); err != nil {
			t.Errorf("an invite made while the server was stopped: %v", err)
		}
	}
}

func TestInviteForNothing(t *testing.T) {
	dir := t.TempDir()
	_, err := InviteFor(t.Context(), Config{Dir: dir}, 1, time.Hour)
	refused(t, err, KindAbsent, dir)
	if link, err := InviteFor(t.Context(), Config{Dir: dir}, 1, time.Hour); err == nil {
		t.Errorf("made %v of nothing", link)
	}
}

// TestInviteForLeftOver: a server that was killed leaves its ops.json behind; the
// address in it may belong to anybody by now.
func TestInviteForLeftOver(t *testing.T) {
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	left := *h.ops
	stop(t, h)
	other := start(t, config(t, testkit.Dir(t)))
	for name, address := range map[string]string{"nobody": left.listener.Addr().String(), "another": other.ops.listener.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			writeOps(t, c.Dir, opsAddress{Address: address, Token: left.token})
			link, err := InviteFor(context.WithoutCancel(t.Context()), Config{Dir: c.Dir}, 1, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if link.Server == other.Link().Server {
				t.Error("the other server's invite")
			}
		})
	}
}

// silent listens, takes connections and never says a word.
func silent(t *testing.T) (address string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String() // the system takes connections by itself
}

// TestSilentLeftOver: the address left over from a kill belongs to a program that does
// not answer. Where no server runs nobody waits for it; where one runs that hangs, it is
// said within seconds.
func TestSilentLeftOver(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there the lock cannot be asked without opening the data")
	}
	c := config(t, testkit.Dir(t))
	h := start(t, c)
	at := opsAddress{Address: silent(t), Token: "A"}
	writeOps(t, c.Dir, at)
	_, err := BackupFor(t.Context(), Config{Dir: c.Dir}, filepath.Join(t.TempDir(), "copy"))
	refused(t, err, KindInUse, "did not answer")
	stop(t, h)
	writeOps(t, c.Dir, at)
	if _, err := BackupFor(t.Context(), Config{Dir: c.Dir}, filepath.Join(t.TempDir(), "copy")); err != nil {
		t.Errorf("backup: %v", err)
	}
	if _, err := InviteFor(t.Context(), Config{Dir: c.Dir}, 1, time.Hour); err != nil {
		t.Errorf("invite: %v", err)
	}
}

// TestUnused: a server is unused until somebody has an account there, and only while it
// can be looked at.
func TestUnused(t *testing.T) {
	dir := testkit.Dir(t)
	c := config(t, dir)
	unused := func(want bool) {
		t.Helper()
		if got := Unused(t.Context(), c); got != want {
			t.Errorf("unused: %v, want %v", got, want)
		}
	}
	unused(false) // there is none
	h := start(t, c)
	ownerInvite(t, h)
	if runtime.GOOS != "windows" {
		unused(false) // it runs
	}
	stop(t, h)
	unused(true)
	h = start(t, c)
	link, _ := ownerInvite(t, h)
	if err := use(t, h.store, link, "ann"); err != nil {
		t.Fatal(err)
	}
	stop(t, h)
	unused(false)
	path := filepath.Join(dir, boltstore.FileName)
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	unused(false)
}
