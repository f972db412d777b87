//go:build keyring && linux

// These tests need a session bus of their own, as stage "keyring" of the tests
// gives (scripts/with-keyring.sh). They put a real notification service on it.

package desktop

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"hearth/internal/testkit"
)

// service is a notification service: the other side of the bus.
type service struct {
	t    *testing.T
	conn *dbus.Conn
	can  []string
	dies bool // in the first call, without an answer; fixed before any

	mu     sync.Mutex
	last   uint32   // guarded by mu
	calls  []shown  // guarded by mu
	closed []uint32 // guarded by mu
	news   chan struct{}
}

// shown is one call of Notify.
type shown struct {
	ID, Replaces  uint32
	App, Icon     string
	Summary, Body string
	Actions       []string
	Hints         map[string]any
	Expire        int32
}

// serve puts a service on the bus.
func serve(t *testing.T, can ...string) *service {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	s := &service{t: t, conn: conn, can: can, news: make(chan struct{}, 100)}
	if err := conn.Export(s, busPath, busFace); err != nil {
		t.Fatal(err)
	}
	if r, err := conn.RequestName(busName, dbus.NameFlagDoNotQueue); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("no name for the service: %v, %v", r, err)
	}
	t.Cleanup(s.end)
	return s
}

func (s *service) end() { _ = s.conn.Close() }

func (s *service) GetCapabilities() ([]string, *dbus.Error) { return s.can, nil }

func (s *service) Notify(app string, replaces uint32, icon, summary, body string, actions []string, hints map[string]dbus.Variant, expire int32) (uint32, *dbus.Error) {
	if s.dies {
		s.end()
		s.news <- struct{}{}
		return 0, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := replaces
	if id == 0 {
		s.last++
		id = s.last
	}
	values := map[string]any{}
	for k, v := range hints {
		values[k] = v.Value()
	}
	s.calls = append(s.calls, shown{id, replaces, app, icon, summary, body, actions, values, expire})
	s.news <- struct{}{}
	return id, nil
}

func (s *service) CloseNotification(id uint32) *dbus.Error {
	s.mu.Lock()
	s.closed = append(s.closed, id)
	s.mu.Unlock()
	s.emit("NotificationClosed", id, uint32(3))
	s.news <- struct{}{}
	return nil
}

func (s *service) emit(name string, args ...any) {
	if err := s.conn.Emit(busPath, busFace+"."+name, args...); err != nil {
		s.t.Error(err)
	}
}

// wait waits for the next call.
func (s *service) wait() {
	s.t.Helper()
	select {
	case <-s.news:
	case <-time.After(10 * time.Second):
		s.t.Fatal("the service was not called")
	}
}

func (s *service) newest() shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[len(s.calls)-1]
}

// notifying runs a notifier and returns what was opened, and a function that ends it.
func notifying(t *testing.T, log *slog.Logger) (n Notifier, opened chan string, end func()) {
	t.Helper()
	opened = make(chan string, 10)
	n = NewNotifier(NotifierOptions{App: "Hearth", ID: "org.hearth.Hearth", Log: log, Opened: func(tag string) { opened <- tag }})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); n.Run(ctx) }()
	end = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(end)
	return n, opened, end
}

// TestNotify shows, replaces, clicks and closes over a real bus.
func TestNotify(t *testing.T) {
	s := serve(t, "body", "body-markup", "actions", "sound")
	n, opened, end := notifying(t, nil)
	evil := "<b>Bob</b> & \x00 <a href=\"file:///etc/passwd\">look</a>\xff"
	n.Show(Notification{Tag: "room 1", Title: "<i>General</i>\n&", Body: evil + "\nsecond", Open: "Open", Sound: true})
	s.wait()
	got := s.newest()
	want := shown{
		ID: 1, App: "Hearth", Icon: "org.hearth.Hearth", Summary: "‹i›General‹/i› &",
		Body:    "&lt;b&gt;Bob&lt;/b&gt; &amp;   &lt;a href=\"file:///etc/passwd\"&gt;look&lt;/a&gt;\uFFFD\nsecond",
		Actions: []string{"default", "Open"}, Expire: -1,
		Hints: map[string]any{"desktop-entry": "org.hearth.Hearth", "category": "im.received", "urgency": byte(1), "sound-name": "message-new-instant"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("shown (-want +got):\n%s", d)
	}

	n.Show(Notification{Tag: "room 1", Title: "General", Body: strings.Repeat("<", 500), Open: "Open"})
	s.wait()
	got = s.newest()
	if got.Replaces != 1 || got.Hints["suppress-sound"] != true || got.Hints["sound-name"] != nil {
		t.Errorf("replaced: %+v", got)
	}
	if got.Body != strings.Repeat("&lt;", maxBody-1)+"…" {
		t.Errorf("not cut at %d characters before escaping: %q", maxBody, got.Body)
	}
	n.Show(Notification{Tag: "room 2", Title: "Other", Body: "x", Open: "Open"})
	s.wait()
	if got = s.newest(); got.Replaces != 0 || got.ID != 2 {
		t.Errorf("another room: %+v", got)
	}

	s.emit("ActionInvoked", uint32(77), "default") // of another program
	s.emit("ActionInvoked", uint32(2), "other")
	s.emit("NotificationClosed", uint32(2), uint32(2))
	s.emit("ActionInvoked", uint32(2), "default") // the order some services have
	s.emit("ActionInvoked", uint32(1), "default")
	for _, want := range []string{"room 2", "room 1"} {
		select {
		case tag := <-opened:
			if tag != want {
				t.Errorf("opened %q, want %q", tag, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("a click on %q led nowhere", want)
		}
	}
	n.Close("room 1") // read elsewhere
	s.wait()
	n.Close("room 2") // has gone already
	n.Show(Notification{Tag: "room 3", Title: "Third"})
	s.wait()
	end()
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := cmp.Diff([]uint32{1, 3}, s.closed); d != "" {
		t.Errorf("closed (-want +got):\n%s", d)
	}
	if len(opened) != 0 {
		t.Errorf("opened %q as well", <-opened)
	}
}

// TestForgedClick: others on the bus cannot pretend that somebody clicked.
func TestForgedClick(t *testing.T) {
	s := serve(t, "body", "actions")
	n, opened, end := notifying(t, nil)
	n.Show(Notification{Tag: "room", Title: "General", Body: "a < b & c"})
	s.wait()
	if got := s.newest(); got.Body != "a < b & c" {
		t.Errorf("a service without markup shows %q", got.Body)
	}
	other, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Emit(busPath, busFace+".ActionInvoked", uint32(1), "default"); err != nil {
		t.Fatal(err)
	}
	if err := other.BusObject().Call("org.freedesktop.DBus.GetId", 0).Err; err != nil { // the bus has passed it on
		t.Fatal(err)
	}
	n.Show(Notification{Tag: "room", Title: "General"})
	s.wait()
	end()
	if len(opened) != 0 {
		t.Errorf("a forged click opened %q", <-opened)
	}
}

// TestServiceRestarts: another service is another one; numbers of the first mean
// nothing to it.
func TestServiceRestarts(t *testing.T) {
	for name, dies := range map[string]bool{"between calls": false, "in a call": true} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "body", "body-markup")
			s.dies = dies
			n, _, end := notifying(t, nil)
			defer end() // before the service goes
			n.Show(Notification{Tag: "room", Title: "one"})
			s.wait()
			s.end()
			s = serve(t, "body", "actions")
			defer s.end()
			testkit.Eventually(t, "what is new at the second service", func() bool {
				n.Show(Notification{Tag: "room", Title: "two", Body: "<"})
				select { // a wish that comes while the service is known to be gone is dropped
				case <-s.news:
					got := s.newest()
					return got.Body == "<" && got.Replaces == 0
				case <-time.After(50 * time.Millisecond):
					return false
				}
			})
		})
	}
}

// TestNoService: where nobody shows notifications, that is logged once, without
// what was to be shown.
func TestNoService(t *testing.T) {
	for name, address := range map[string]string{"no service": "", "no bus": "unix:path=/nowhere/bus"} {
		t.Run(name, func(t *testing.T) {
			if address != "" {
				t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
			}
			var out bytes.Buffer
			n, _, end := notifying(t, slog.New(slog.NewTextHandler(&out, nil)))
			b := n.(*busNotifier)
			for range 3 {
				n.Show(Notification{Tag: "room", Title: "canary", Body: "canary"})
				testkit.Eventually(t, "no wish left", func() bool {
					b.wishes.mu.Lock()
					defer b.wishes.mu.Unlock()
					return len(b.wishes.list) == 0
				})
			}
			n.Close("room")
			end()
			if lines := strings.Count(out.String(), "\n"); lines != 1 || strings.Contains(out.String(), "canary") {
				t.Errorf("logged:\n%s", out.String())
			}
		})
	}
}

// TestHasTray: a desktop has a tray when somebody on the bus watches for icons.
func TestHasTray(t *testing.T) {
	if HasTray(t.Context()) {
		t.Error("a tray, and nobody there")
	}
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.RequestName("org.kde.StatusNotifierWatcher", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	if !HasTray(t.Context()) {
		t.Error("no tray, and somebody watches")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
	if HasTray(t.Context()) {
		t.Error("a tray without a bus")
	}
}
