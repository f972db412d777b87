package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/net/memnet"
	"hearth/store/profile"
	"hearth/store/secret"
)

// house is one profile with several groups, and its program.
type house struct {
	t    *testing.T
	dir  string
	ring *secret.Memory
	net  *memnet.Network
	log  *slog.Logger
	*Groups
	cancel context.CancelFunc
	done   chan error
}

func newHouse(t *testing.T, network *memnet.Network) *house {
	return &house{t: t, dir: folder(t, "house"), ring: secret.NewMemory(), net: network, log: testkit.Logger(t)}
}

// takeIn moves somebody's profile into the house, which must not run.
func (h *house) takeIn(p *person) *house {
	h.t.Helper()
	groups := filepath.Join(h.dir, "groups")
	must(h.t, os.MkdirAll(groups, 0o700))
	prof, err := profile.Open(p.dir)
	must(h.t, err)
	folders, err := prof.Groups()
	must(h.t, err)
	for _, f := range folders {
		b, err := p.ring.Load(h.t.Context(), refOf(f.Account()))
		must(h.t, err)
		must(h.t, h.ring.Save(h.t.Context(), b))
		must(h.t, os.Rename(f.Dir(), filepath.Join(groups, f.ID())))
	}
	return h
}

func (h *house) run() *house {
	h.t.Helper()
	g, err := NewGroups(Options{Profile: h.dir, Keyring: h.ring, Dial: h.net.Dial, Log: h.log})
	must(h.t, err)
	ctx, cancel := context.WithCancel(h.t.Context())
	h.Groups, h.cancel, h.done = g, cancel, make(chan error, 1)
	go func() { h.done <- g.Run(ctx) }()
	return h
}

func (h *house) quit() {
	h.t.Helper()
	h.cancel()
	must(h.t, <-h.done)
}

// of returns the account on a world's server as somebody to speak for; nil if the
// house has none.
func (h *house) of(w *world, name string) *person {
	for _, item := range h.Groups.Groups() {
		if v := item.Core.View(); v.Group.Server == w.sid && v.Me.Name == name {
			return &person{w: w, name: name, account: v.Me.Account, App: item.Core.(*App)}
		}
	}
	return nil
}

// until waits in fake time.
func (h *house) until(what string, ok func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			for _, item := range h.Groups.Groups() {
				v := item.Core.View()
				h.t.Errorf("%d %q %q: %s %+v", item.Key, item.Group, item.Account, v.Phase, v.Problem)
			}
			h.t.Fatal("waited in vain for", what)
		}
	}
}

// phases lists where the cores stand, in order.
func (h *house) phases() (list []Phase) {
	for _, item := range h.Groups.Groups() {
		list = append(list, item.Core.View().Phase)
	}
	return list
}

func (h *house) untilPhases(want ...Phase) {
	h.t.Helper()
	h.until("the phases", func() bool { return slices.Equal(h.phases(), want) })
}

// TestSeveralGroups keeps accounts on two servers, two of them on the same, in one
// profile: all receive, none knows of the others, and a restart brings all back.
func TestSeveralGroups(t *testing.T) {
	bubble(t, func(t *testing.T) {
		network := memnet.New()
		bees := newWorldAt(t, testAddress, network, nil)
		defer bees.close()
		ants := newWorldAt(t, "ants.test:7480", network, nil)
		defer ants.close()
		h := newHouse(t, network).takeIn(bees.member("ann")).takeIn(ants.member("ann")).takeIn(ants.member("eve"))
		bob, cid := bees.member("bob").run().live(), ants.member("cid").run().live()
		defer bob.quit()
		defer cid.quit()
		h.run().untilPhases(PhaseOpen, PhaseOpen, PhaseOpen)
		annB, annA, eve := h.of(bees, "ann").live(), h.of(ants, "ann").live(), h.of(ants, "eve").live()
		bob.say(bees.general, "buzz")
		cid.say(ants.general, "march")
		eve.say(ants.general, "on")
		for who, want := range map[*person]int{annB: 1, annA: 2, eve: 1} {
			who.until("what is unread", func(*View) bool { return who.roomView(who.w.general).Unread == want })
		}
		if got := annB.texts(bees.general); !slices.Equal(got, []string{"buzz"}) {
			t.Errorf("among the bees: %q", got)
		}
		annA.SetRead(ants.general, annA.roomView(ants.general).Head)
		annA.until("reading", func(*View) bool { return annA.roomView(ants.general).Unread == 0 })
		if n := eve.roomView(ants.general).Unread; n != 1 {
			t.Errorf("what one account has read is unread %d times for the other", n)
		}

		// The one shown and the order survive; settings are the profile's.
		items := h.Groups.Groups()
		h.Show(items[1].Key)
		h.Move(items[2].Key, 0)
		must(t, items[1].Core.SetSettings(Settings{Theme: "dark"}))
		h.until("the settings", func() bool { return items[0].Core.View().Settings.Theme == "dark" })
		want := []string{items[2].Account, items[0].Account, items[1].Account}
		h.quit()
		h.run()
		if got := h.names(); !slices.Equal(got, want) {
			t.Errorf("order %q, want %q", got, want)
		}
		if items := h.Groups.Groups(); h.Last() != items[2].Key {
			t.Errorf("begins with %d, want %d", h.Last(), items[2].Key)
		}
		h.untilPhases(PhaseOpen, PhaseOpen, PhaseOpen)
		h.of(ants, "eve").live()
		h.quit()
	})
}

func (h *house) names() (list []string) {
	for _, item := range h.Groups.Groups() {
		list = append(list, item.Account)
	}
	return list
}

// TestAddGroup adds a group beside another that goes on, gives an attempt up, and
// refuses the same account twice.
func TestAddGroup(t *testing.T) {
	bubble(t, func(t *testing.T) {
		network := memnet.New()
		bees := newWorldAt(t, testAddress, network, nil)
		defer bees.close()
		ants := newWorldAt(t, "ants.test:7480", network, nil)
		defer ants.close()
		h := newHouse(t, network).run()
		h.untilPhases(PhaseWelcome)
		if item := h.Add(); len(h.Groups.Groups()) != 1 || item.Key != h.Last() {
			t.Errorf("adding to nothing made %+v", h.Groups.Groups())
		}
		first := h.Add().Core
		must(t, first.Join(t.Context(), JoinRequest{Link: bees.invite(), Display: "Ann", Password: password()}))
		ann := h.of(bees, "ann").live()

		item := h.Add()
		if again := h.Add(); again.Key != item.Key || !item.Adding {
			t.Errorf("added twice: %+v, %+v", item, again)
		}
		h.untilPhases(PhaseOpen, PhaseWelcome)
		h.Show(item.Key)
		h.Cancel(item.Key)
		h.untilPhases(PhaseOpen)
		if h.Last() != h.Groups.Groups()[0].Key {
			t.Error("what was given up is shown")
		}
		if err := ann.SignIn(t.Context(), SignInRequest{}); failCode(err) != FailHasGroup {
			t.Errorf("signing in where a group is open: %v", err)
		}

		item = h.Add()
		h.untilPhases(PhaseOpen, PhaseWelcome)
		link := chat.Link{Addresses: []string{testAddress}, Server: bees.sid, Bound: true}.String()
		if err := item.Core.SignIn(t.Context(), SignInRequest{Link: link, Name: "Ann", Password: password()}); failCode(err) != FailSignedIn {
			t.Errorf("the same account twice: %v", err)
		}
		must(t, item.Core.Join(t.Context(), JoinRequest{Link: ants.invite(), Display: "Ann", Password: password()}))
		h.untilPhases(PhaseOpen, PhaseOpen)
		annA := h.of(ants, "ann").live()
		annA.say(ants.general, "here")
		annA.sent()
		ann.live().say(bees.general, "and here")
		ann.sent()
		h.Cancel(item.Key) // it is a group now
		h.untilPhases(PhaseOpen, PhaseOpen)
		h.quit()
		h.run().untilPhases(PhaseOpen, PhaseOpen)
		h.quit()
	})
}

// TestLeaveOne removes one group; the other does not notice.
func TestLeaveOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		network := memnet.New()
		bees := newWorldAt(t, testAddress, network, nil)
		defer bees.close()
		ants := newWorldAt(t, "ants.test:7480", network, nil)
		defer ants.close()
		h := newHouse(t, network).takeIn(bees.member("ann")).takeIn(ants.member("ann")).run()
		h.untilPhases(PhaseOpen, PhaseOpen)
		b, a := h.of(bees, "ann").live(), h.of(ants, "ann").live()
		b.say(bees.general, "stays")
		b.sent()
		h.Show(h.Groups.Groups()[1].Key)
		must(t, a.DeleteLocal(t.Context()))
		h.untilPhases(PhaseOpen)
		if h.Last() != h.Groups.Groups()[0].Key {
			t.Error("a group that is gone is shown")
		}
		if n := len(ants.devices(a.account)); n != 0 {
			t.Errorf("the server knows %d devices", n)
		}
		if got := b.texts(bees.general); !slices.Equal(got, []string{"stays"}) || b.View().Connection.State != ConnLive {
			t.Errorf("the other group: %q, %+v", got, b.View().Connection)
		}
		h.quit()
		h.run().untilPhases(PhaseOpen)
		// The last one leaves the way in.
		must(t, h.of(bees, "ann").DeleteLocal(t.Context()))
		h.untilPhases(PhaseWelcome)
		h.quit()
		if left, err := os.ReadDir(filepath.Join(h.dir, "groups")); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v (%v)", left, err)
		}
	})
}

// devices lists what the server has of somebody.
func (w *world) devices(account chat.AccountID) []chat.DeviceID {
	w.t.Helper()
	list, err := w.data.Devices(context.Background(), account)
	must(w.t, err)
	var ids []chat.DeviceID
	for _, d := range list {
		if !d.Revoked {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// TestBrokenBeside has groups that cannot be opened beside one that can: a damaged
// account file, a store of a newer format, one that waits for its passphrase, one
// that a crash left half-made. None holds up the others, and they can be removed.
func TestBrokenBeside(t *testing.T) {
	bubble(t, func(t *testing.T) {
		network := memnet.New()
		bees := newWorldAt(t, testAddress, network, nil)
		defer bees.close()
		halfway := bees.member("half")
		half(t, halfway)
		h := newHouse(t, network).takeIn(bees.member("ann")).takeIn(bees.member("bob")).takeIn(bees.member("eve")).takeIn(halfway)
		h.run().until("three groups", func() bool { return len(h.Groups.Groups()) == 4 })
		h.untilPhases(PhaseOpen, PhaseOpen, PhaseOpen, PhaseOpen)
		if names := h.names(); !slices.Contains(names, "half") {
			t.Errorf("the half-made one was not finished: %q", names)
		}
		h.quit()

		prof, err := profile.Open(h.dir)
		must(t, err)
		folders, err := prof.Groups()
		must(t, err)
		by := map[string]*profile.Group{}
		for _, f := range folders {
			by[f.Account().Name] = f
		}
		must(t, os.WriteFile(filepath.Join(by["bob"].Dir(), "account.json"), []byte("{"), 0o600))
		vault := by["eve"].Account()
		vault.Secrets = profile.ModeVault
		bundle, err := h.ring.Load(t.Context(), refOf(vault))
		must(t, err)
		must(t, secret.NewVault(by["eve"].VaultPath(), []byte("phrase")).Save(t.Context(), bundle))
		must(t, by["eve"].Update(vault))
		must(t, os.WriteFile(by["half"].StorePath(), []byte("no database"), 0o600))

		h.run().until("what is broken", func() bool {
			got := h.phases()
			slices.Sort(got)
			return cmp.Equal(got, []Phase{PhaseFailed, PhaseFailed, PhaseLocked, PhaseOpen})
		})
		h.of(bees, "ann").live()
		for _, item := range h.Groups.Groups() {
			switch v := item.Core.View(); v.Phase {
			case PhaseLocked:
				must(t, item.Core.Unlock(t.Context(), []byte("phrase")))
			case PhaseFailed:
				must(t, item.Core.DeleteLocal(t.Context()))
			}
		}
		h.untilPhases(PhaseOpen, PhaseOpen)
		h.of(bees, "ann").live()
		h.quit()
	})
}

// TestReplacedFolder: who signs in again because this device was removed has the
// account once, not twice, and deleting it deletes both folders.
func TestReplacedFolder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		defer w.close()
		p := w.member("ann").protect(goodPassword)
		phone := w.another(p, "phone").run().live()
		defer phone.quit()
		h := newHouse(t, w.net).takeIn(p).run()
		h.untilPhases(PhaseOpen)
		ann := h.of(w, "ann").live()
		device := ann.View().Me.Device
		must(t, phone.RemoveDevice(t.Context(), device))
		ann.until("the removal", func(v *View) bool { return v.Connection.Reason == ReasonRevoked })
		must(t, ann.SignIn(t.Context(), SignInRequest{Password: password()}))
		ann.live()
		time.Sleep(time.Minute)
		if n := len(h.Groups.Groups()); n != 1 {
			t.Errorf("%d groups after signing in again", n)
		}
		h.quit()
		h.run().untilPhases(PhaseOpen)
		ann = h.of(w, "ann").live()
		if ann.View().Me.Device == device {
			t.Error("the folder that was replaced is back")
		}
		must(t, ann.DeleteLocal(t.Context()))
		h.untilPhases(PhaseWelcome)
		h.quit()
		if left, err := os.ReadDir(filepath.Join(h.dir, "groups")); err != nil || len(left) != 0 {
			t.Errorf("left behind: %v (%v)", left, err)
		}
	})
}

// TestPlaceKept: who signs in again finds the group where it was, whether the person has
// ordered the groups or not, also after a restart, and after signing in once more.
func TestPlaceKept(t *testing.T) {
	for name, moved := range map[string]bool{"ordered": true, "as they came": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { testPlaceKept(t, moved) })
		})
	}
}

func testPlaceKept(t *testing.T, moved bool) {
	network := memnet.New()
	bees := newWorldAt(t, testAddress, network, nil)
	defer bees.close()
	ants := newWorldAt(t, "ants.test:7480", network, nil)
	defer ants.close()
	p := bees.member("ann").protect(goodPassword)
	phone := bees.another(p, "phone").run().live()
	defer phone.quit()
	time.Sleep(time.Second) // the bees are older
	h := newHouse(t, network).takeIn(p).takeIn(ants.member("eve")).run()
	h.untilPhases(PhaseOpen, PhaseOpen)
	want := []chat.ServerID{bees.sid, ants.sid}
	if moved {
		h.Move(h.Groups.Groups()[0].Key, 1)
		slices.Reverse(want)
	}
	check := func(when string) {
		t.Helper()
		var got []chat.ServerID
		for _, item := range h.Groups.Groups() {
			got = append(got, item.Server)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s the groups are %v, not %v", when, got, want)
		}
	}
	check("at first")
	for range 2 {
		ann := h.of(bees, "ann").live()
		must(t, phone.RemoveDevice(t.Context(), ann.View().Me.Device))
		ann.until("the removal", func(v *View) bool { return v.Connection.Reason == ReasonRevoked })
		must(t, ann.SignIn(t.Context(), SignInRequest{Password: password()}))
		check("signed in again,")
		ann.live()
		time.Sleep(time.Minute)
		check("a minute later")
		h.quit()
		h.run().untilPhases(PhaseOpen, PhaseOpen)
		check("started again,")
	}
	h.quit()
}

// TestOneHosted: a profile hosts one group; a second is refused, and the first
// server goes on.
func TestOneHosted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.stop(true)
		hoster := &testHoster{w: w, invite: w.invite()}
		ring := secret.NewMemory()
		g, err := NewGroups(Options{Profile: folder(t, "host"), Keyring: ring, Dial: w.net.Dial, Log: testkit.Logger(t), Hoster: hoster})
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- g.Run(ctx) }()
		h := &house{t: t, Groups: g, cancel: cancel, done: done}
		h.untilPhases(PhaseWelcome)
		request := HostRequest{Group: "Bees", Display: "Ann", Password: password()}
		must(t, g.Add().Core.Host(t.Context(), request))
		ann := h.of(w, "ann").live()
		item := g.Add()
		h.untilPhases(PhaseOpen, PhaseWelcome)
		request.Password = password()
		if err := item.Core.Host(t.Context(), request); failCode(err) != FailHostsOther {
			t.Errorf("hosting a second group: %v", err)
		}
		g.Cancel(item.Key)
		h.untilPhases(PhaseOpen)
		time.Sleep(time.Minute)
		if v := ann.View(); v.Connection.State != ConnLive || !v.Hosting.Running {
			t.Errorf("the hosted group: %+v, %+v", v.Connection, v.Hosting)
		}
		h.quit()
		if hoster.running {
			t.Error("the server still runs")
		}
		must(t, w.data.Close())
	})
}
