//go:build window

package window

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// Names of what a desktop offers programs on its bus.
const (
	notifyName  = "org.freedesktop.Notifications"
	notifyPath  = dbus.ObjectPath("/org/freedesktop/Notifications")
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = dbus.ObjectPath("/StatusNotifierWatcher")
	menuPath    = dbus.ObjectPath("/StatusNotifierItem/menu")
	menuName    = "com.canonical.dbusmenu"
)

// desktop is the desktop's end of the bus: it shows notifications and icons.
type desktop struct {
	t    *testing.T
	conn *dbus.Conn

	mu     sync.Mutex
	shown  []notification // guarded by mu
	closed []uint32       // guarded by mu
	item   string         // guarded by mu: who has an icon
}

type notification struct {
	id, replaces  uint32
	summary, body string
	actions       []string
}

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	d := &desktop{t: t, conn: conn}
	for name, path := range map[string]dbus.ObjectPath{notifyName: notifyPath, watcherName: watcherPath} {
		if err := conn.Export(d, path, name); err != nil {
			t.Fatal(err)
		}
		if r, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
			t.Fatalf("no name %s: %v, %v", name, r, err)
		}
	}
	return d
}

func (d *desktop) GetCapabilities() ([]string, *dbus.Error) {
	return []string{"body", "body-markup", "actions"}, nil
}

func (d *desktop) Notify(_ string, replaces uint32, _, summary, body string, actions []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := replaces
	if id == 0 {
		id = uint32(len(d.shown) + 1)
	}
	d.shown = append(d.shown, notification{id, replaces, summary, body, actions})
	return id, nil
}

func (d *desktop) CloseNotification(id uint32) *dbus.Error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = append(d.closed, id)
	return nil
}

func (d *desktop) RegisterStatusNotifierItem(sender dbus.Sender, _ string) *dbus.Error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.item = string(sender)
	return nil
}

// waits waits for so many notifications and returns the last.
func (d *desktop) waits(n int) notification {
	d.t.Helper()
	var last notification
	until(d.t, "a notification", patience, func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		if len(d.shown) > 0 {
			last = d.shown[len(d.shown)-1]
		}
		return len(d.shown) >= n
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.shown) > n {
		d.t.Errorf("%d notifications instead of %d: %+v", len(d.shown), n, d.shown)
	}
	return last
}

func (d *desktop) took(id uint32) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.closed {
		if c == id {
			return true
		}
	}
	return false
}

func (d *desktop) click(id uint32) {
	if err := d.conn.Emit(notifyPath, notifyName+".ActionInvoked", id, "default"); err != nil {
		d.t.Error(err)
	}
}

// menu returns the entries of the icon's menu by label.
func (d *desktop) menu() map[string]int32 {
	d.mu.Lock()
	item := d.item
	d.mu.Unlock()
	entries := map[string]int32{}
	if item == "" {
		return entries
	}
	type node struct {
		ID       int32
		Props    map[string]dbus.Variant
		Children []dbus.Variant
	}
	var revision uint32
	var root node
	if d.conn.Object(item, menuPath).Call(menuName+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root) != nil {
		return entries
	}
	for _, c := range root.Children {
		var n node
		if dbus.Store([]any{c.Value()}, &n) == nil {
			if label, ok := n.Props["label"].Value().(string); ok {
				entries[label] = n.ID
			}
		}
	}
	return entries
}

// choose waits for an entry and clicks it.
func (d *desktop) choose(label string) {
	d.t.Helper()
	var id int32
	until(d.t, "the entry "+label, patience, func() bool {
		entries := d.menu()
		found, ok := entries[label]
		id = found
		return ok
	})
	d.mu.Lock()
	item := d.item
	d.mu.Unlock()
	if err := d.conn.Object(item, menuPath).Call(menuName+".Event", 0, id, "clicked", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
		d.t.Fatal(err)
	}
}

// profileDir is where a profile lies.
func profileDir(t testing.TB, name string) string {
	t.Helper()
	config, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(config, "hearth", "profiles", name)
}

// TestNotifications: a window in the background gets messages, the desktop shows
// them, a click opens room and message; closed to the tray, the window comes back
// by the tray, by a notification, and by a second start.
func TestNotifications(t *testing.T) {
	d := newDesktop(t)
	s := serve(t)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cli := func(profile string, args ...string) string {
		t.Helper()
		return run(t, bin(t, "hearth-cli"), append([]string{"--profile", profile}, args...)...)
	}
	cli("nora", "join", s.invite(), "--name", "nora", "--password-file", file)
	cli("otto", "join", strings.Fields(cli("nora", "invite"))[0], "--name", "otto", "--password-file", file)
	cli("nora", "create", "quiet place")
	settings, err := json.Marshal(map[string]any{"close_to_tray": true, "language": "en"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(profileDir(t, "nora"), "settings.json"), settings, 0o600); err != nil {
		t.Fatal(err)
	}

	nora := open(t, "nora")
	nora.front()
	until(t, "nora is in a room", patience, func() bool { return strings.HasSuffix(nora.title(), " – Big – Hearth") })
	if nora.title() == "general – Big – Hearth" {
		nora.key("alt+Down")
	}
	nora.titled("quiet place – Big – Hearth", patience)
	nora.steady(time.Second)

	// Another room rings although the window is in front; markup is none.
	cli("otto", "send", "general", "<b>hello</b> & welcome")
	n := d.waits(1)
	if n.summary != "general" || !strings.Contains(n.body, "otto") || !strings.HasSuffix(n.body, "&lt;b&gt;hello&lt;/b&gt; &amp; welcome") || len(n.actions) != 2 || n.actions[0] != "default" {
		t.Errorf("shown: %+v", n)
	}
	nora.titled("(1) quiet place – Big – Hearth", patience)
	run(t, "xdotool", "windowminimize", nora.id)
	cli("otto", "send", "general", "second")
	if m := d.waits(2); m.replaces != n.id || m.summary != "general (2)" || !strings.HasSuffix(m.body, "second") {
		t.Errorf("the second: %+v", m)
	}
	d.click(n.id)
	nora.titled("general – Big – Hearth", patience) // open, in front, read
	until(t, "the window is in front", patience, func() bool { return active() == nora.number() })
	nora.steady(time.Second)
	nora.picture("30-opened-by-notification")

	// What is on the screen does not ring.
	nora.changes(time.Second, func() { cli("otto", "send", "general", "on the screen") })
	d.waits(2)

	// Closing leaves it in the tray, which is said once; it goes on notifying.
	hidden := func() {
		t.Helper()
		nora.key("alt+F4")
		until(t, "the window is hidden", patience, func() bool { return !visible(nora) })
	}
	hidden()
	said := d.waits(3)
	d.choose("Show Hearth")
	until(t, "the window is back", patience, func() bool { return visible(nora) })
	until(t, "the hint goes", patience, func() bool { return d.took(said.id) })
	nora.findWindow(time.Now())
	nora.front()
	hidden()
	cli("otto", "send", "general", "in the tray")
	n = d.waits(4)
	if n.summary != "general" || !strings.HasSuffix(n.body, "in the tray") {
		t.Errorf("in the tray: %+v", n)
	}
	d.choose("general (1)")
	until(t, "the window is back", patience, func() bool { return visible(nora) })
	until(t, "what was read goes", patience, func() bool { return d.took(n.id) })
	nora.stop()

	// Started without a window, a second start shows it.
	c := start(t, "nora", "--hidden")
	d.mu.Lock()
	d.item = ""
	d.mu.Unlock()
	until(t, "its icon", patience, func() bool { return len(d.menu()) > 3 })
	cli("otto", "send", "general", "nobody looks")
	n = d.waits(5)
	if visible(c) {
		t.Error("the window shows")
	}
	if out, err := exec.Command(bin(t, "hearth"), "--profile", "nora").CombinedOutput(); err != nil {
		t.Fatalf("the second start: %v\n%s", err, out)
	}
	c.findWindow(time.Now())
	c.titled("general – Big – Hearth", patience)
	until(t, "what was read goes", patience, func() bool { return d.took(n.id) })
	c.picture("31-shown-by-second-start")
	d.choose("Quit")
	c.wait()
	for _, text := range []string{"welcome", "second", "in the tray", "nobody looks"} {
		if strings.Contains(nora.stderr.String()+c.stderr.String(), text) {
			t.Errorf("%q stands in the log", text)
		}
	}
}

// visible reports whether a client shows a window.
func visible(c *client) bool { return c.shows() != 0 }
