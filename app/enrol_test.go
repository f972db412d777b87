package app

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/storage"
	"hearth/store/profile"
	"hearth/store/secret"
)

const goodPassword = "seven lanterns over the quiet harbour"

// invite makes an invite of the server's own.
func (w *world) invite() string {
	w.t.Helper()
	l := chat.Link{Addresses: []string{w.address}, Server: w.sid, Bound: true, Secret: chat.NewInviteSecret()}
	public := l.Secret.Key().Public().(ed25519.PublicKey)
	must(w.t, w.data.PutInvite(context.Background(), storage.Invite{
		ID: chat.InviteIDOf(public), Key: public, Uses: 1, Created: time.Now().UnixMilli(), Expires: time.Now().Add(time.Hour).UnixMilli(),
	}))
	return l.String()
}

// stranger is somebody with an empty profile.
func (w *world) stranger(name string) *person {
	return &person{w: w, name: name, dir: folder(w.t, name), ring: secret.NewMemory()}
}

func (p *person) welcomed() *person {
	p.w.t.Helper()
	p.until("the welcome", func(v *View) bool { return v.Phase == PhaseWelcome })
	return p
}

func password() []byte { return []byte(goodPassword) }

// TestJoin goes the way of a new user: invite, account, first message, restart.
func TestJoin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.stranger("ann").run().welcomed()
		ctx := t.Context()
		link := w.invite()
		info, err := ann.CheckInvite(ctx, link)
		must(t, err)
		if info.Group != "Bees" || info.UsesLeft != 1 || info.Fingerprint != w.sid.Groups() || info.Server != w.sid {
			t.Errorf("invite: %+v", info)
		}
		bad := []struct {
			r    JoinRequest
			code FailCode
		}{
			{JoinRequest{Link: "http://example.org", Display: "Ann", Password: password()}, FailBadLink},
			{JoinRequest{Link: chat.Link{Addresses: []string{testAddress}, Server: w.sid}.String(), Display: "Ann", Password: password()}, FailNotInvite},
			{JoinRequest{Link: link, Display: "Ann", Password: []byte("short")}, FailPasswordShort},
			{JoinRequest{Link: link, Display: "Ann", Name: "not a name!", Password: password()}, FailName},
			{JoinRequest{Link: link, Display: "Ann", Password: password(), Secret: SecretChoice{Mode: SecretVault}}, FailEmpty},
		}
		for _, b := range bad {
			if err := ann.Join(ctx, b.r); failCode(err) != b.code {
				t.Errorf("want %s, got %v", b.code, err)
			}
		}
		if left, err := os.ReadDir(filepath.Join(ann.dir, "groups")); err != nil || len(left) != 0 {
			t.Errorf("refused ways in left %v (%v)", left, err)
		}
		pass := password()
		must(t, ann.Join(ctx, JoinRequest{Link: link, Display: "Ann Smith", Password: pass}))
		if pass[0] != 0 {
			t.Error("the password was not wiped")
		}
		v := ann.View()
		if v.Phase != PhaseOpen || v.Me.Name != "ann" || v.Me.Display != "Ann Smith" || v.Group.Name != "Bees" || !v.Group.Verified {
			t.Errorf("after joining: %+v %+v %+v", v.Phase, v.Me, v.Group)
		}
		ann.live().say(w.general, "hello")
		ann.sent()
		if err := ann.Join(ctx, JoinRequest{Link: link, Display: "Ann", Password: password()}); failCode(err) != FailHasGroup {
			t.Errorf("joining twice: %v", err)
		}
		ann.quit()

		// The invite is used up; a taken name is a taken name.
		bob := w.stranger("bob").run().welcomed()
		if err := bob.Join(ctx, JoinRequest{Link: link, Display: "Bob", Password: password()}); failCode(err) != FailCode(chat.CodeInviteUsed) {
			t.Errorf("a used invite: %v", err)
		}
		if err := bob.Join(ctx, JoinRequest{Link: w.invite(), Display: "Bob", Name: "Ann", Password: password()}); failCode(err) != FailNameTaken {
			t.Errorf("a taken name: %v", err)
		}
		if err := bob.Join(ctx, JoinRequest{Link: w.invite(), Display: "Ann Miller", Password: password()}); failCode(err) != FailNameTaken {
			t.Errorf("a name made of a display name, and taken: %v", err)
		}
		must(t, bob.Join(ctx, JoinRequest{Link: w.invite(), Display: "Ann Miller", Name: "ann.miller", Password: password()}))
		bob.quit()

		// Everything is there again before any network.
		w.stop(true)
		ann.run()
		ann.until("the stored group", func(v *View) bool { return v.Phase == PhaseOpen })
		if v := ann.View(); v.Group.Name != "Bees" || v.Me.Display != "Ann Smith" || len(ann.texts(w.general)) != 1 {
			t.Errorf("after the restart: %+v %+v", v.Group, v.Me)
		}
		w.start()
		ann.live().quit()

		// A second device of the same person.
		second := w.stranger("second").run().welcomed()
		server := chat.Link{Addresses: []string{testAddress}, Server: w.sid, Bound: true}.String()
		if err := second.SignIn(ctx, SignInRequest{Link: server, Name: "ann", Password: []byte("another password than the right one")}); failCode(err) != FailPassword {
			t.Errorf("a wrong password: %v", err)
		}
		if err := second.SignIn(ctx, SignInRequest{Link: testAddress, Name: "ann", Password: password()}); failCode(err) != FailBadLink {
			t.Errorf("an address that nobody compared: %v", err)
		}
		seen, err := second.CheckServer(ctx, testAddress)
		must(t, err)
		if seen.Verified || seen.Server != w.sid {
			t.Errorf("the server of a bare address: %+v", seen)
		}
		must(t, second.SignIn(ctx, SignInRequest{Link: testAddress, Compared: seen.Server, Name: "ann", Password: password()}))
		second.live()
		if got := second.texts(w.general); len(got) != 1 || second.roomView(w.general).Unread != 0 {
			t.Errorf("a new device has %q, %d unread", got, second.roomView(w.general).Unread)
		}
		second.quit()
	})
}

// TestPinMismatch: another server answers where ours was. Nothing is sent, both
// fingerprints are shown, all data stays readable.
func TestPinMismatch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		ann := w.member("ann").run().live()
		ann.say(w.general, "before")
		ann.sent()
		w.close()
		other := newWorld(t, nil)
		l, err := w.net.Listen(testAddress)
		must(t, err)
		other.serving.Go(func() { must(t, other.srv.Serve(l)) })
		ann.TryNow()
		ann.until("the alarm", func(v *View) bool { return v.Connection.State == ConnStopped })
		c := ann.View().Connection
		if c.Reason != ReasonPinMismatch || c.Expected != w.sid.Groups() || c.Presented != other.sid.Groups() {
			t.Errorf("connection: %+v", c)
		}
		ann.say(w.general, "waiting")
		if got := ann.texts(w.general); len(got) != 2 {
			t.Errorf("texts: %q", got)
		}
		ann.quit()
		other.close()
	})
}

// TestSoftLogout: the session expires; data and outbox stay, and the password
// brings everything back.
func TestSoftLogout(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		ann := w.stranger("ann").run().welcomed()
		ctx := t.Context()
		must(t, ann.Join(ctx, JoinRequest{Link: w.invite(), Display: "Ann", Password: password()}))
		ann.live().say(w.general, "before")
		ann.sent().quit()
		w.stop(true) // months of its heartbeat would be minutes of work
		time.Sleep(100 * 24 * time.Hour)
		w.start()
		ann.run()
		ann.until("the expiry", func(v *View) bool { return v.Connection.State == ConnStopped })
		if c := ann.View().Connection; c.Reason != ReasonExpired {
			t.Fatalf("connection: %+v", c)
		}
		ann.say(w.general, "while expired")
		if got := ann.texts(w.general); len(got) != 2 || ann.View().Phase != PhaseOpen {
			t.Errorf("texts: %q", got)
		}
		if err := ann.SignIn(ctx, SignInRequest{Name: "ann", Password: []byte("another password than the right one")}); failCode(err) != FailPassword {
			t.Errorf("a wrong password: %v", err)
		}
		must(t, ann.SignIn(ctx, SignInRequest{Password: password()}))
		ann.live().sent()
		// Away for so long, what never left the computer is not sent silently.
		if v := ann.View(); v.Failed != 1 {
			t.Errorf("%d messages wait for a decision, want 1", v.Failed)
		}
		rows := ann.rows(w.general)
		last := rows[len(rows)-1]
		if last.Failure == nil || last.Failure.Code != CodeHeld {
			t.Errorf("the held message: %+v", last)
		}
		must(t, ann.RetryMessage(ctx, w.general, last.MID))
		ann.sent()
		ann.until("no failures", func(v *View) bool { return v.Failed == 0 })
		if got := ann.texts(w.general); len(got) != 2 || got[1] != "while expired" {
			t.Errorf("texts: %q", got)
		}
		ann.quit()
	})
}

// TestHalfway crashes between the steps of joining and looks what the next start
// makes of it.
func TestHalfway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		// The server knows the device, account.json does not say so.
		p := w.member("ann")
		half(t, p)
		p.run()
		p.until("the group that was found again", func(v *View) bool { return v.Phase == PhaseOpen })
		p.live()
		if p.View().Me.Account != p.account {
			t.Errorf("found account %v, want %v", p.View().Me.Account, p.account)
		}
		p.quit()
		// The server does not know it: nothing is left.
		q := w.stranger("bob")
		prof, err := profile.Open(q.dir)
		must(t, err)
		b := secret.NewBundle(w.sid)
		must(t, q.ring.Save(t.Context(), b))
		_, err = prof.Begin(profile.Account{Server: w.sid, Addresses: []string{testAddress}, Device: b.Device, Name: "bob", Secrets: profile.ModeKeyring})
		must(t, err)
		q.run().welcomed().quit()
		if groups, err := prof.Groups(); err != nil || len(groups) != 0 {
			t.Errorf("left behind: %v (%v)", groups, err)
		}
		if _, err := q.ring.Load(t.Context(), b.Ref()); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("the secret of a group that never was: %v", err)
		}
		// The secret was never stored: nothing is left, without asking anybody.
		r := w.stranger("eve")
		prof, err = profile.Open(r.dir)
		must(t, err)
		b = secret.NewBundle(w.sid)
		_, err = prof.Begin(profile.Account{Server: w.sid, Addresses: []string{testAddress}, Device: b.Device, Name: "eve", Secrets: profile.ModeKeyring})
		must(t, err)
		r.run().welcomed().quit()
		if groups, err := prof.Groups(); err != nil || len(groups) != 0 {
			t.Errorf("left behind: %v (%v)", groups, err)
		}
	})
}

// half makes a complete group look like one whose joining a crash cut short.
func half(t *testing.T, p *person) {
	t.Helper()
	prof, err := profile.Open(p.dir)
	must(t, err)
	groups, err := prof.Groups()
	must(t, err)
	a := groups[0].Account()
	must(t, groups[0].Discard())
	a.Account, a.Stored = chat.AccountID{}, false // nothing of it was on the disk yet
	_, err = prof.Begin(a)
	must(t, err)
}

// testHoster serves a world's server, as the program with the window serves the
// bundled one.
type testHoster struct {
	w       *world
	invite  string
	running bool
	starts  int
	as      HostConfig
	changed func()
	taken   int // a port that another program has

	mu   sync.Mutex
	fail error    // guarded by mu
	disk HostDisk // guarded by mu
}

func (h *testHoster) fails(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = err
}

func (h *testHoster) Start(_ context.Context, _ string, c HostConfig, changed func()) (HostInfo, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		return HostInfo{}, h.fail
	}
	if h.taken != 0 && c.Port == h.taken {
		return HostInfo{}, fmt.Errorf("listen: %w", syscall.EADDRINUSE)
	}
	h.as, h.changed = c, changed
	if !h.running {
		h.w.start()
		h.running = true
		h.starts++
	}
	link := chat.Link{Addresses: []string{testAddress}, Server: h.w.sid, Bound: true}
	return HostInfo{Invite: h.invite, Link: link.String(), Addresses: link.Addresses, Port: cmp.Or(c.Port, 7480)}, nil
}

func (h *testHoster) Backups(dir string) (HostBackups, error) {
	list, err := filepath.Glob(filepath.Join(dir, "backups", "*"))
	b := HostBackups{Dir: filepath.Join(dir, "backups")}
	for _, path := range list {
		b.List = append(b.List, HostBackup{Path: path})
	}
	return b, err
}

func (h *testHoster) Occupied(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "served-elsewhere"))
	return err == nil
}

func (h *testHoster) Unused(_ context.Context, dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "nobody"))
	return err == nil
}

func (h *testHoster) Disk(dir string) HostDisk {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.disk
	d.Dir = dir
	return d
}

func (h *testHoster) Check(context.Context, string, string) error { return nil }

func (h *testHoster) Restore(context.Context, string, string) (string, error) {
	return "", errors.New("it has no data of its own")
}

func (h *testHoster) Backup(context.Context) (string, error) {
	if !h.running {
		return "", errors.New("it does not run")
	}
	return "a copy", nil
}

func (h *testHoster) Stock(ctx context.Context) (s HostStock, err error) {
	list, err := h.People(ctx)
	return HostStock{Accounts: len(list), Rooms: 1, Messages: 1}, err
}

func (h *testHoster) Reset(ctx context.Context, name string) (string, error) {
	a, err := h.w.data.AccountByName(ctx, name)
	if err != nil {
		return "", ErrNoAccount
	}
	return h.w.reset(a.ID), nil
}

func (h *testHoster) ChangeAccount(ctx context.Context, name string, change AccountChange) (list []Heir, err error) {
	a, err := h.w.data.AccountByName(ctx, name)
	if err != nil {
		return nil, ErrNoAccount
	}
	if change != AccountSuspend && change != AccountUnsuspend {
		return nil, h.w.srv.DeleteAccount(ctx, a.ID, change == AccountErase)
	}
	defer h.changed()
	heirs, err := h.w.srv.Suspend(ctx, a.ID, change == AccountSuspend)
	for _, id := range heirs {
		heir, e := h.w.data.Account(ctx, id)
		must(h.w.t, e)
		list = append(list, Heir{Name: heir.Name, Display: heir.Display, Rooms: 1})
	}
	return list, err
}

func (h *testHoster) People(ctx context.Context) (list []HostedAccount, err error) {
	all, err := h.w.data.Accounts(ctx)
	for i := range all {
		if a := &all[i]; a.Deletion == storage.DeletionNone {
			list = append(list, HostedAccount{Account: a.ID, Name: a.Name, Display: a.Display, Owner: a.Owner, Suspended: a.Disabled})
		}
	}
	return list, err
}

func (h *testHoster) End(ctx context.Context) error {
	if h.running {
		h.w.srv.Ends()
	}
	return h.Stop(ctx)
}

func (h *testHoster) Describe(dir string, c HostConfig) error {
	return os.WriteFile(filepath.Join(dir, "served"), []byte(strconv.Itoa(c.Port)), 0o600)
}

func (h *testHoster) Stop(context.Context) error {
	if h.running {
		h.w.stop(true)
		h.running = false
	}
	return nil
}

// TestHost hosts a group, quits, and comes back to it.
func TestHost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.stop(true)
		h := &testHoster{w: w, invite: w.invite()}
		ann := w.stranger("ann")
		run := func() {
			a, err := New(Options{Profile: ann.dir, Keyring: ann.ring, Dial: w.net.Dial, Log: testkit.Logger(t), Hoster: h})
			must(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			ann.App, ann.cancel, ann.done = a, cancel, make(chan error, 1)
			go func() { ann.done <- a.Run(ctx) }()
		}
		run()
		ann.welcomed()
		ctx := t.Context()
		h.fails(errors.New("no port"))
		if err := ann.Host(ctx, HostRequest{Group: "Bees", Display: "Ann", Password: password()}); failCode(err) != FailHosting {
			t.Errorf("a server that does not start: %v", err)
		}
		h.fails(nil)
		must(t, ann.Host(ctx, HostRequest{Group: "Bees", Display: "Ann", Password: password()}))
		if v := ann.View(); v.Phase != PhaseOpen || v.Hosting == nil || !v.Hosting.Running {
			t.Errorf("after hosting: %s %+v", v.Phase, v.Hosting)
		}
		ann.live().say(w.general, "first")
		ann.sent()
		changeAccounts(t, w, ann)
		h.invite = ""
		ann.quit()
		if h.running {
			t.Error("the server runs on after its program has ended")
		}
		run()
		ann.until("the server again", func(v *View) bool { return v.Hosting != nil && v.Hosting.Running })
		ann.live()
		if got := ann.texts(w.general); len(got) != 1 || h.starts != 2 {
			t.Errorf("texts %q, %d starts", got, h.starts)
		}
		// A crash between the server's word and the profile's: found again.
		ann.quit()
		half(t, ann)
		run()
		ann.until("the group that was found again", func(v *View) bool { return v.Phase == PhaseOpen })
		ann.live()
		if got := ann.texts(w.general); len(got) != 1 {
			t.Errorf("texts %q", got)
		}
		must(t, ann.StopHosting(ctx))
		ann.until("the loss", func(v *View) bool { return v.Connection.State != ConnLive && !v.Hosting.Running })
		must(t, ann.StartHosting(ctx))
		ann.live().quit()

		// Something else sits on the port: nobody talks to it, and when it is gone
		// the group is back.
		h.fails(fmt.Errorf("listen: %w", syscall.EADDRINUSE))
		w.start() // it even speaks the protocol
		run()
		ann.until("the reason", func(v *View) bool { return v.Hosting != nil && v.Hosting.PortTaken > 0 })
		time.Sleep(time.Minute)
		if v := ann.View(); v.Connection.State == ConnLive || v.Hosting.Running {
			t.Errorf("connected to a stranger: %+v", v.Connection)
		}
		w.stop(true)
		h.fails(nil)
		ann.live().quit()
		must(t, w.data.Close())
	})
}

// changeAccounts: who hosts a group suspends accounts on it, lets them in again and
// deletes them, all but their own.
func changeAccounts(t *testing.T, w *world, ann *person) {
	t.Helper()
	ctx := t.Context()
	bob := w.member("bob").run().live()
	defer bob.quit()
	for name, code := range map[string]FailCode{" ": FailEmpty, "nobody": FailNoAccount, "Ann": FailOwnAccount} {
		if _, err := ann.ChangeAccount(ctx, name, AccountErase); failCode(err) != code {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := bob.ChangeAccount(ctx, "ann", AccountDelete); failCode(err) != FailHosting {
		t.Errorf("by somebody who hosts nothing: %v", err)
	}
	stops := func(r Reason) {
		t.Helper()
		bob.until(string(r), func(v *View) bool { return v.Connection.State == ConnStopped && v.Connection.Reason == r })
	}
	change := func(name string, to AccountChange, want ...Heir) {
		t.Helper()
		heirs, err := ann.ChangeAccount(ctx, name, to)
		if err != nil || !slices.Equal(heirs, want) {
			t.Errorf("%s of %q: %+v, %v", to, name, heirs, err)
		}
	}
	_, err := bob.CreateRoom(ctx, RoomRequest{Name: "bob's", Access: chat.AccessOpen, Members: []chat.AccountID{ann.View().Me.Account}})
	must(t, err)
	bob.sent()
	change("bob", AccountSuspend, Heir{Name: "ann", Display: "Ann", Rooms: 1})
	stops(ReasonSuspended)
	suspended := func(want ...string) {
		t.Helper()
		list, err := ann.Accounts(ctx)
		list = slices.DeleteFunc(list, func(a HostedAccount) bool { return !a.Suspended })
		if err != nil || len(list) != len(want) || len(want) > 0 && list[0].Name != want[0] {
			t.Errorf("suspended: %+v, %v", list, err)
		}
	}
	suspended("bob")
	if _, err := bob.Accounts(ctx); failCode(err) != FailHosting {
		t.Errorf("listed by somebody who hosts nothing: %v", err)
	}
	change(" bob ", AccountUnsuspend)
	suspended()
	bob.TryNow()
	bob.live()
	change("bob", AccountDelete)
	stops(ReasonDeleted)
}
