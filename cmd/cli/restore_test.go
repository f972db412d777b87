package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth/internal/testkit"
	"hearth/server/host"
)

// rig is a server and the profiles of some people, in one process.
type rig struct {
	t      *testing.T
	dir    string
	server *scriptServer
}

func newRig(t *testing.T) *rig {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	dir := t.TempDir()
	g := &rig{t: t, dir: dir, server: &scriptServer{dir: filepath.Join(dir, "server")}}
	t.Cleanup(g.server.stop)
	g.check(g.server.start())
	for name, text := range map[string]string{"password": "seven lanterns over the quiet harbour\n", "phrase": "a passphrase for the vault\n"} {
		g.check(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	invite, _, err := g.server.host.OwnerInvite(t.Context())
	g.check(err)
	g.join("ann", invite.String())
	return g
}

func (g *rig) check(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *rig) args(who string, args []string) []string {
	return append([]string{"--profile", filepath.Join(g.dir, who), "--vault-file", filepath.Join(g.dir, "phrase")}, args...)
}

func (g *rig) password() string { return filepath.Join(g.dir, "password") }

func (g *rig) join(who, invite string) {
	g.t.Helper()
	g.do(who, "join", invite, "--name", who, "--password-file", g.password())
}

// try runs a command and returns its exit code and what it printed.
func (g *rig) try(who string, args ...string) (code int, out, errs string) {
	g.t.Helper()
	var o, e strings.Builder
	code = run(g.t.Context(), g.args(who, args), strings.NewReader(""), &o, &e)
	return code, strings.TrimSpace(o.String()), e.String()
}

// do is try for commands that must succeed.
func (g *rig) do(who string, args ...string) string {
	g.t.Helper()
	code, out, errs := g.try(who, args...)
	if code != exitOK {
		g.t.Fatalf("%s %q: exit code %d: %s%s", who, args, code, out, errs)
	}
	return out
}

// backup stops the server, copies its data, and starts it again.
func (g *rig) backup() (path string) {
	g.t.Helper()
	g.server.stop()
	data, err := os.ReadFile(filepath.Join(g.server.dir, "hearth.db"))
	g.check(err)
	path = filepath.Join(g.dir, "backup.db")
	g.check(os.WriteFile(path, data, 0o600))
	g.check(g.server.start())
	return path
}

// restore puts a backup in place of what the server has.
func (g *rig) restore(path string) {
	g.t.Helper()
	g.server.stop()
	_, err := host.Restore(g.t.Context(), host.Config{Dir: g.server.dir, Log: slog.New(slog.DiscardHandler)}, path)
	g.check(err)
	g.check(g.server.start())
}

// heard is what a command that goes on has printed.
type heard struct {
	more chan struct{} // has something after each writing
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case h.more <- struct{}{}:
	default:
	}
	return h.text.Write(b)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// await waits until something was printed.
func (h *heard) await(t *testing.T, text string) {
	t.Helper()
	late := time.After(2 * time.Minute)
	for !strings.Contains(h.String(), text) {
		select {
		case <-h.more:
		case <-late:
			t.Fatalf("%q was not printed, only:\n%s\nWhat goes on:\n%s", text, h.String(), testkit.GoesOn())
		}
	}
}

// ongoing is a command that goes on.
type ongoing struct {
	in        *io.PipeWriter
	out, errs heard
	ended     chan int
	stop      context.CancelFunc
}

func (g *rig) start(who string, args ...string) *ongoing {
	o := &ongoing{ended: make(chan int, 1)}
	o.out.more, o.errs.more = make(chan struct{}, 1), make(chan struct{}, 1)
	typed, typing := io.Pipe()
	o.in = typing
	ctx, stop := context.WithCancel(g.t.Context())
	o.stop = stop
	var running sync.WaitGroup
	running.Go(func() {
		o.ended <- run(ctx, g.args(who, args), typed, &o.out, &o.errs)
		_ = typed.Close()
	})
	g.t.Cleanup(func() {
		stop()
		_ = typing.Close()
		running.Wait()
	})
	return o
}

// TestGoBack: an older backup takes the place of the server's data while somebody
// follows a room and somebody else talks in it. Both print everything that stands
// there now, also at places that they have printed before.
func TestGoBack(t *testing.T) {
	g := newRig(t)
	for _, who := range []string{"bob", "carl"} {
		g.join(who, g.do("ann", "invite"))
	}
	g.do("ann", "send", "general", "kept")
	backup := g.backup()
	follows := g.start("bob", "tail", "general", "--follow", "--json")
	chats := g.start("ann", "chat", "general")
	for _, text := range []string{"lost 1", "lost 2", "lost 3"} {
		_, err := io.WriteString(chats.in, text+"\n")
		g.check(err)
	}
	follows.out.await(t, "lost 3")
	chats.out.await(t, "lost 3")

	g.restore(backup)
	fresh := []string{"new 1", "new 2", "new 3", "new 4"}
	for _, text := range fresh {
		g.do("carl", "send", "general", text)
	}
	for _, who := range []*ongoing{follows, chats} {
		who.out.await(t, "new 4")
		var seen []string
		for line := range strings.Lines(who.out.String()) {
			for _, text := range fresh {
				if strings.Contains(line, text) {
					seen = append(seen, text)
				}
			}
		}
		if !slices.Equal(seen, fresh) {
			t.Errorf("printed %q, want %q:\n%s", seen, fresh, who.out.String())
		}
		if !strings.Contains(who.errs.String(), "gone back to ") {
			t.Errorf("not said: %s", who.errs.String())
		}
	}
	_, after, found := strings.Cut(follows.out.String(), `"kind":"hearth.back","lost":3}`)
	if !found || strings.Count(after, "\n") < 4 {
		t.Errorf("a program cannot see it:\n%s", follows.out.String())
	}
	g.check(chats.in.Close())
	if code := <-chats.ended; code != exitOK {
		t.Errorf("chat ended with %d: %s", code, chats.errs.String())
	}
	follows.stop()
	if code := <-follows.ended; code != exitOK {
		t.Errorf("tail ended with %d: %s", code, follows.errs.String())
	}
}

// TestLostIsKept: what a server has lost is found and exported, marked, and what waits
// because of it cannot be edited, which is said.
func TestLostIsKept(t *testing.T) {
	g := newRig(t)
	g.join("bob", g.do("ann", "invite"))
	g.do("ann", "send", "general", "kept")
	backup := g.backup()
	g.do("ann", "send", "general", "written since")
	g.do("bob", "rooms", "--sync")
	g.restore(backup)
	g.do("bob", "rooms", "--sync")
	g.do("ann", "rooms", "--sync")
	if out := g.do("bob", "search", "written"); !strings.HasSuffix(out, "ann: written since  (no longer on the server)") {
		t.Errorf("found: %s", out)
	}
	if out := g.do("bob", "search", "written", "--json"); !strings.Contains(out, `"lost":true`) {
		t.Errorf("found: %s", out)
	}
	if _, behind, found := strings.Cut(g.do("bob", "export", "general"), "No longer on the server"); !found || !strings.Contains(behind, "ann: written since") {
		t.Errorf("exported: %s", behind)
	}
	id, _, _ := strings.Cut(g.do("ann", "outbox"), " ")
	if code, _, errs := g.try("ann", "outbox", "edit", id, "other words"); code != exitUsage || !strings.Contains(errs, "it may be on the server already") {
		t.Errorf("editing what may be there: %d, %s", code, errs)
	}
}

// TestLostRoomIsKept: a room that the server has lost whole stays readable, in the room,
// by search and in an export, also once nothing of it waits any more.
func TestLostRoomIsKept(t *testing.T) {
	g := newRig(t)
	g.join("bob", g.do("ann", "invite"))
	g.do("ann", "send", "general", "kept")
	backup := g.backup()
	g.do("ann", "create", "Attic")
	g.do("ann", "add", "Attic", "bob")
	g.do("ann", "send", "Attic", "boxes of ann")
	g.do("bob", "rooms", "--sync")
	g.do("bob", "send", "Attic", "boxes of bob")
	g.do("ann", "rooms", "--sync")
	g.restore(backup)
	for _, who := range []string{"ann", "bob"} {
		g.do(who, "rooms", "--sync")
		g.do(who, "outbox", "cancel", "--all")
		for range 2 { // the second time beside a server that knows nothing of it
			if out := g.do(who, "rooms"); !strings.Contains(out, "Attic") {
				t.Errorf("%s sees no room:\n%s", who, out)
			}
			out := g.do(who, "tail", "Attic", "--lost")
			for _, words := range []string{"boxes of ann", "boxes of bob"} {
				if !strings.Contains(out, words) {
					t.Errorf("%s cannot read %q:\n%s", who, words, out)
				}
			}
			if out := g.do(who, "search", "boxes"); strings.Count(out, "(no longer on the server)") != 2 {
				t.Errorf("%s finds:\n%s", who, out)
			}
			if out := g.do(who, "export", "Attic"); !strings.Contains(out, "boxes of bob") {
				t.Errorf("%s exports:\n%s", who, out)
			}
			g.do(who, "rooms", "--sync")
		}
		if code, _, errs := g.try(who, "send", "Attic", "more"); code == exitOK || errs == "" {
			t.Errorf("%s writes into a room that is no more: %d %s", who, code, errs)
		}
	}
}
