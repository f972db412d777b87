package ui

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"hearth/app"
	"hearth/chaos/proxy"
	"hearth/chat"
	"hearth/internal/testkit"
	"hearth/server/host"
	"hearth/store/secret"
	"hearth/ui/tr"
)

// group is a real server on the loopback interface that can be stopped and
// started again on its data and port.
type group struct {
	t    testing.TB
	dir  string
	addr string
	name string
	host *host.Host
}

func newGroup(t *testing.T) *group { return newGroupNamed(t, "Bees") }

func newGroupNamed(t testing.TB, name string) *group {
	t.Helper()
	address, err := proxy.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	g := &group{t: t, dir: t.TempDir(), addr: address, name: name}
	g.start()
	t.Cleanup(g.stop)
	return g
}

func (g *group) start() {
	g.t.Helper()
	h, err := host.Open(g.t.Context(), host.Config{
		Dir: g.dir, Name: g.name, Listen: []string{g.addr}, Public: []string{g.addr}, Log: testkit.Logger(g.t),
	})
	if err != nil {
		g.t.Fatal(err)
	}
	g.host = h
}

func (g *group) stop() {
	if g.host != nil {
		if err := g.host.Close(context.WithoutCancel(g.t.Context())); err != nil {
			g.t.Error(err)
		}
		g.host = nil
	}
}

func (g *group) invite() string {
	g.t.Helper()
	link, ok, err := g.host.OwnerInvite(g.t.Context())
	if err != nil || !ok {
		g.t.Fatal("no invite for the owner: ", err)
	}
	return link.String()
}

// newCore runs a real core over a fresh profile until the test ends.
func newCore(t *testing.T) *app.App {
	t.Helper()
	core, err := app.New(app.Options{
		Profile: filepath.Join(t.TempDir(), "profile"), Keyring: secret.NewMemory(), Log: testkit.Logger(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := core.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return core
}

// drawn reports whether a text is drawn somewhere in the window.
func drawn(u *UI, want string) bool {
	found := false
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if t, ok := o.(*canvas.Text); ok && strings.Contains(t.Text, want) {
			found = true
		}
	})
	return found
}

// followLink goes on from the page of a link from outside, which asks nobody anything
// by itself.
func followLink(t *testing.T, u *UI, q *queue) {
	t.Helper()
	q.until(t, "the link", func() bool { return shows(u, tr.S("join.title")) })
	pressButton(t, u, tr.S("button.continue"))
}

// TestReal goes through a window over a real core and a real server: join by a
// link, talk, lose the server and find it again, make a room, invite.
func TestReal(t *testing.T) {
	g := newGroup(t)
	core := newCore(t)
	u, q := newWindow(t, core, Options{Link: g.invite()})
	u.Show(t.Context())

	// The link the program was started with shows what it leads to and joins
	// nothing by itself.
	followLink(t, u, q)
	q.until(t, "what the invite leads to", func() bool { return shows(u, "Who are you?") })
	if !drawn(u, "Bees") || core.View().Phase != app.PhaseWelcome {
		t.Error("the group is not named, or was joined without asking")
	}
	fields := entries(u)
	test.Type(fields[0], "Ana")
	test.Type(fields[1], "a long enough password")
	pressButton(t, u, "Join")
	q.until(t, "the first room", func() bool {
		return u.home != nil && !u.home.room.IsZero() && core.View().Connection.State == app.ConnLive
	})
	q.until(t, "the recovery key to be offered", func() bool { return shows(u, tr.S("banner.recovery")) })
	pressButton(t, u, tr.S("recovery.show"))
	pressButton(t, u, tr.S("recovery.kept"))
	q.until(t, "it is kept", func() bool { return !core.View().Me.Recovery.Owed && !u.home.pane.banner.object.Visible() })

	write := func(text string) {
		c := u.home.pane.composer
		test.Type(c.entry, text)
		c.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	write("hello there")
	q.until(t, "the own message in the window", func() bool { return drawn(u, "hello there") && core.View().Waiting == 0 })

	other := join(t, core, q)
	say := func(text string) {
		t.Helper()
		if _, err := other.Send(t.Context(), u.home.room, text); err != nil {
			t.Fatal(err)
		}
	}
	say("hello Ana")
	q.until(t, "the other's message", func() bool { return drawn(u, "hello Ana") })
	q.until(t, "it is read", func() bool { return core.View().Rooms[0].Unread == 0 })

	u.setLooking(false)
	say("are you there?")
	q.until(t, "an unread message in the title", func() bool { return u.win.Title() == "(1) general – Bees – Hearth" })
	u.setLooking(true)
	q.until(t, "a title without", func() bool { return u.win.Title() == "general – Bees – Hearth" })

	testOutage(t, g, u, q, write)
	testRooms(t, u, q)
}

// join brings a second person into the group of a core.
func join(t *testing.T, core *app.App, q *queue) *app.App {
	t.Helper()
	link, err := core.CreateInvite(t.Context(), 1, 1e9*3600)
	if err != nil {
		t.Fatal(err)
	}
	other := newCore(t)
	q.until(t, "the other core has started", func() bool { return other.View().Phase == app.PhaseWelcome })
	r := app.JoinRequest{Link: link.Link, Display: "Bob", Password: []byte("another long password")}
	if err := other.Join(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	q.until(t, "the other core has the room", func() bool { return len(other.View().Rooms) > 0 && other.View().Connection.State == app.ConnLive })
	return other
}

func testOutage(t *testing.T, g *group, u *UI, q *queue, write func(string)) {
	t.Helper()
	g.stop()
	q.until(t, "the state says that there is no connection", func() bool { return u.home.pane.banner.object.Visible() })
	write("written without a server")
	q.until(t, "the message waits in view", func() bool { return drawn(u, "written without a server") && u.view.Waiting == 1 })
	if !u.home.side.list.rows[0].Visible() || u.home.side.list.rows[0].facts.icon == "" {
		t.Error("the room list does not show that a message waits")
	}
	g.start()
	pressTryNow(t, u, q)
	q.until(t, "it is sent", func() bool { return u.view.Waiting == 0 && u.view.Connection.State == app.ConnLive })
	q.until(t, "the banner goes", func() bool { return !u.home.pane.banner.object.Visible() })
}

func pressTryNow(t *testing.T, u *UI, q *queue) {
	t.Helper()
	q.until(t, "Try now", func() bool {
		return u.home.pane.banner.shown.act == actTry && u.home.pane.banner.button.Visible() || u.view.Connection.State == app.ConnLive
	})
	u.home.pane.banner.press()
}

func testRooms(t *testing.T, u *UI, q *queue) {
	t.Helper()
	u.home.showNewRoom()
	q.until(t, "the people to add", func() bool { return len(u.dialogs) == 1 && len(entries(u)) >= 3 })
	fields := entries(u)
	name := fields[len(fields)-3]
	test.Type(name, "garden")
	pressButton(t, u, "Create the room")
	q.until(t, "the new room is open", func() bool {
		r := u.home.roomOf(u.home.room)
		return len(u.dialogs) == 0 && r != nil && r.Name == "garden" && !r.Pending
	})
	u.home.showRoomEdit(u.home.room)
	fields = entries(u)
	test.Type(fields[len(fields)-1], "What grows")
	pressButton(t, u, "Save")
	q.until(t, "the topic in the head of the room", func() bool {
		return u.home.pane.about.Text() == "1 member · What grows" && len(u.dialogs) == 0
	})

	u.home.showInvite()
	pressButton(t, u, "Make an invite")
	q.until(t, "the invite", func() bool { return shows(u, "The invite is ready") })
	pressButton(t, u, "Copy the link")
	link, err := chat.ParseLink(u.fyne.Clipboard().Content())
	if err != nil || !link.IsInvite() {
		t.Errorf("what was copied is no invite: %v", err)
	}
	key(u, fyne.KeyEscape)

	u.change(func(s *app.Settings) { s.TextSize = 1.3 })
	q.until(t, "the settings are kept", func() bool { return u.core.View().Settings.TextSize == 1.3 })
	q.until(t, "larger text", func() bool { return u.fyne.Settings().Theme().Size("text") > 14 })
}

// TestWrongInvite shows that a damaged link is refused at its field.
func TestWrongInvite(t *testing.T) {
	core := newCore(t)
	u, q := newWindow(t, core, Options{})
	u.Show(t.Context())
	q.until(t, "the first page", func() bool { return shows(u, "Welcome to Hearth") })
	u.showJoin("")
	test.Type(entries(u)[0], "hearth://somewhere/join?f=cut")
	pressButton(t, u, "Continue")
	q.until(t, "the complaint", func() bool { return drawn(u, "This is not a Hearth link") })
	u.showJoin("")
	test.Type(entries(u)[0], closedInvite(t))
	pressButton(t, u, "Continue")
	q.until(t, "nothing is there", func() bool { return shows(u, "The machine answers, but no server runs there.") })
}

// closedInvite is an invite to a port where nobody listens.
func closedInvite(t *testing.T) string {
	t.Helper()
	address, err := proxy.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	var id chat.ServerID
	id[0] = 1
	return chat.Link{Addresses: []string{address}, Server: id, Bound: true, Secret: chat.NewInviteSecret()}.String()
}

// TestNameTaken: somebody who calls themselves like a member hears of it, and
// chooses what to sign in with.
func TestNameTaken(t *testing.T) {
	g := newGroup(t)
	first := newCore(t)
	newQueue().until(t, "the profile is read", func() bool { return first.View().Phase == app.PhaseWelcome })
	r := app.JoinRequest{Link: g.invite(), Display: "Ana", Name: "ana", Password: []byte("a long enough password")}
	if err := first.Join(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	newQueue().until(t, "the member is connected", func() bool { return first.View().Connection.State == app.ConnLive })
	link, err := first.CreateInvite(t.Context(), 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	core := newCore(t)
	u, q := newWindow(t, core, Options{Link: link.Link})
	u.Show(t.Context())
	followLink(t, u, q)
	q.until(t, "what the invite leads to", func() bool { return shows(u, "Who are you?") })
	fields := entries(u)
	test.Type(fields[0], "Ana Borg")
	if !shows(u, tr.S("form.display.hint")+" "+tr.F("form.display.login", "Name", inSentence("ana"))) {
		t.Error("nobody says what one signs in with")
	}
	test.Type(fields[1], "a long enough password")
	pressButton(t, u, "Join")
	q.until(t, "the refusal", func() bool { return shows(u, tr.S("fail.name_taken")) })
	login, ok := u.win.Canvas().Focused().(*input)
	if !ok || login.Text() != "ana" {
		t.Fatalf("the keyboard is on %T", u.win.Canvas().Focused())
	}
	login.SetText("ana.borg")
	pressButton(t, u, "Join")
	q.until(t, "the group", func() bool { return core.View().Phase == app.PhaseOpen })
	if me := core.View().Me; me.Name != "ana.borg" || me.Display != "Ana Borg" {
		t.Errorf("joined as %+v", me)
	}
}

// TestPinMismatch puts another server in the place of the known one: the red page
// shows both fingerprints, and what is stored stays readable.
func TestPinMismatch(t *testing.T) {
	g := newGroup(t)
	core := newCore(t)
	u, q := newWindow(t, core, Options{})
	u.Show(t.Context())
	q.until(t, "the first page", func() bool { return shows(u, "Welcome to Hearth") })
	r := app.JoinRequest{Link: g.invite(), Display: "Ana", Password: []byte("a long enough password")}
	if err := core.Join(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	q.until(t, "connected", func() bool { return u.home != nil && u.view.Connection.State == app.ConnLive })
	known := u.view.Group.Fingerprint
	g.stop()
	g.dir = t.TempDir()
	g.start()
	core.TryNow()
	q.until(t, "the red page", func() bool { return len(u.dialogs) == 1 && shows(u, "This is not your server") })
	other := g.host.Link().Server.Groups()
	if !shows(u, known) || !shows(u, other) || known == other {
		t.Errorf("the page does not show both %q and %q", known, other)
	}
	pressButton(t, u, "Read what is here")
	if len(u.dialogs) != 0 || u.home == nil || !u.home.pane.banner.object.Visible() {
		t.Error("what is stored here cannot be read, or nothing warns any more")
	}
}

// coreAt runs a core over a profile with the system's keyring, which these tests
// make absent, until stop is called.
func coreAt(t *testing.T, dir string) (core *app.App, stop func()) {
	t.Helper()
	core, err := app.New(app.Options{Profile: dir, Log: testkit.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := core.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	t.Cleanup(stop)
	return core, stop
}

// TestNoKeyring joins on a machine without a keyring: the person chooses a vault,
// and opens it again after a wrong attempt.
func TestNoKeyring(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	g := newGroup(t)
	dir := filepath.Join(t.TempDir(), "profile")
	core, stop := coreAt(t, dir)
	u, q := newWindow(t, core, Options{Link: g.invite()})
	u.Show(t.Context())
	followLink(t, u, q)
	q.until(t, "what the invite leads to", func() bool { return shows(u, "Who are you?") })
	fields := entries(u)
	test.Type(fields[0], "Ana")
	test.Type(fields[1], "a long enough password")
	pressButton(t, u, "Join")
	q.until(t, "the choice", func() bool { return shows(u, "A file with a passphrase") })
	chooseOption(t, u, chooseVault)
	fields = entries(u)
	if len(fields) != 4 {
		t.Fatalf("%d fields after choosing the vault", len(fields))
	}
	test.Type(fields[2], "four words and more")
	test.Type(fields[3], "four words and less")
	pressButton(t, u, "Join")
	if !shows(u, "The two are not the same.") {
		t.Error("passphrases that differ are taken")
	}
	fields[3].SetText("four words and more")
	pressButton(t, u, "Join")
	q.until(t, "the group", func() bool { return u.home != nil && !u.home.room.IsZero() })
	if core.View().Me.Vault != app.SecretVault {
		t.Errorf("the secrets are in %q", core.View().Me.Vault)
	}
	u.End()
	stop()

	core, _ = coreAt(t, dir)
	u, q = newWindow(t, core, Options{})
	u.Show(t.Context())
	q.until(t, "the question for the passphrase", func() bool { return shows(u, "Your vault is locked") })
	test.Type(entries(u)[0], "something else")
	pressButton(t, u, "Unlock")
	q.until(t, "the refusal", func() bool { return shows(u, "That is not the passphrase.") })
	test.Type(entries(u)[0], "four words and more")
	pressButton(t, u, "Unlock")
	q.until(t, "the group again", func() bool { return u.home != nil && !u.home.room.IsZero() })
}

// chooseOption presses the option card with a number.
func chooseOption(t *testing.T, u *UI, i int) {
	t.Helper()
	var cards []*touch
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if c, ok := o.(*touch); ok {
			cards = append(cards, c)
		}
	})
	if i >= len(cards) {
		t.Fatalf("there are %d options", len(cards))
	}
	cards[i].Tapped(nil)
}

// TestSignIn brings an account to a second device: by a bare address, whose
// identity must be compared, with a wrong password first.
func TestSignIn(t *testing.T) {
	g := newGroup(t)
	first := newCore(t)
	u, q := newWindow(t, newCore(t), Options{})
	u.Show(t.Context())
	q.until(t, "the first page", func() bool { return shows(u, "Welcome to Hearth") && first.View().Phase == app.PhaseWelcome })
	r := app.JoinRequest{Link: g.invite(), Display: "Ana", Password: []byte("a long enough password")}
	if err := first.Join(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	q.until(t, "the account", func() bool { return first.View().Me.Name != "" })

	u.showSignIn("")
	test.Type(entries(u)[0], g.addr)
	pressButton(t, u, "Continue")
	q.until(t, "the comparison", func() bool { return shows(u, "Is this your server?") })
	if !shows(u, g.host.Link().Server.Groups()) {
		t.Error("the fingerprint to compare does not show")
	}
	pressButton(t, u, "They are the same")
	fields := entries(u)
	test.Type(fields[0], first.View().Me.Name)
	test.Type(fields[1], "not the password at all")
	pressButton(t, u, "Sign in")
	q.until(t, "the refusal", func() bool { return shows(u, "Name or password is wrong.") })
	fields[1].SetText("a long enough password")
	pressButton(t, u, "Sign in")
	q.until(t, "the group", func() bool { return u.home != nil && !u.home.room.IsZero() })
}
