package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hearth/server/host"
)

// field returns a member of an object in JSON, as it stands there.
func field(t *testing.T, object, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(object, `"`+name+`":"`)
	value, _, ended := strings.Cut(rest, `"`)
	if !found || !ended {
		t.Fatalf("no %s in %s", name, object)
	}
	return value
}

// TestForgotten: somebody joined after the backup that a server was restored from. The
// server does not know them, which is said; with another invite they are back in the same
// profile, and what they had written waits there to be sent again. Others can read what
// the server has lost.
func TestForgotten(t *testing.T) {
	g := newRig(t)
	backup := g.backup()
	g.join("dora", g.do("ann", "invite"))
	for _, text := range []string{"one", "two", "three"} {
		g.do("dora", "send", "general", text)
	}
	if out := g.do("ann", "rooms", "--sync"); strings.Contains(out, "no longer") {
		t.Errorf("nothing is lost: %s", out)
	}
	g.do("ann", "tail", "general")
	g.restore(backup)

	code, out, errs := g.try("dora", "status", "--wait")
	if code != exitRefused || !strings.Contains(errs, "does not know this device") || strings.Contains(errs, "removed") {
		t.Errorf("status: %d %s %s", code, out, errs)
	}
	code, out, errs = g.try("dora", "join", g.do("ann", "invite"), "--name", "dora", "--password-file", g.password())
	if code != exitOK || !strings.Contains(errs, "3 messages were taken over") {
		t.Fatalf("join: %d %s %s", code, out, errs)
	}
	if out := g.do("dora", "groups"); strings.Count(out, "\n") != 0 {
		t.Errorf("groups: %s", out)
	}
	if out := g.do("dora", "outbox"); strings.Count(out, "outbox.held") != 3 || strings.Count(out, "the server has lost it") != 3 {
		t.Errorf("outbox: %s", out)
	}
	g.do("dora", "outbox", "retry", "--all")
	g.do("ann", "status", "--wait")
	_, said, _ := strings.Cut(g.do("ann", "tail", "general"), "dora joined")
	if one, two := strings.Index(said, "dora: one"), strings.Index(said, "dora: two"); one < 0 || two < one || strings.Index(said, "dora: three") < two {
		t.Errorf("the room: %s", said)
	}
	// The first dora's words stay with who has them.
	if out := g.do("ann", "rooms"); !strings.Contains(out, "4 more are no longer on the server") {
		t.Errorf("rooms: %s", out)
	}
	if out := g.do("ann", "status"); !strings.Contains(out, "4 more are no longer on the server") {
		t.Errorf("status: %s", out)
	}
	if _, _, errs := g.try("ann", "tail", "general"); !strings.Contains(errs, "4 events on this disk are no longer") || !strings.HasSuffix(errs, "--lost prints them\n") {
		t.Errorf("tail: %s", errs)
	}
	lost := g.do("ann", "tail", "general", "--lost")
	if strings.Count(lost, "\n") != 3 || strings.Count(lost, "(no longer on the server)") != 4 || !strings.Contains(lost, ": three") {
		t.Errorf("lost: %s", lost)
	}
	if out := g.do("ann", "tail", "general", "--lost", "--json"); strings.Count(out, `"lost":true`) != 4 {
		t.Errorf("lost: %s", out)
	}
}

// TestProfileOffered: the name and the status that a person took after the backup are
// offered in the outbox, and are there again once they are sent again; the device that
// was made after the backup, and so has to log in anew, offers them as well.
func TestProfileOffered(t *testing.T) {
	for _, after := range []bool{false, true} {
		g := newRig(t)
		g.do("ann", "profile", "--status", "reading")
		backup := g.backup()
		who := "ann"
		if after {
			who = "two"
			g.do(who, "login", g.server.host.Link().String(), "--name", "ann", "--password-file", g.password())
		}
		g.do(who, "profile", "--display", "Ann Renamed", "--status", "busy")
		g.restore(backup)
		if after {
			g.do(who, "login", g.server.host.Link().String(), "--name", "ann", "--password-file", g.password())
		}
		g.do(who, "rooms", "--sync")
		out := g.do(who, "outbox")
		if strings.Count(out, "\n") != 1 || !strings.Contains(out, "your name: Ann Renamed  [the server has lost it") || !strings.Contains(out, "your status: busy  [the server has lost it") {
			t.Errorf("after %v, outbox: %s", after, out)
		}
		if out := g.do(who, "outbox", "--json"); !strings.Contains(out, `"profile":"name"`) {
			t.Errorf("outbox: %s", out)
		}
		if out := g.do(who, "profile", "--json"); strings.Contains(out, "Renamed") {
			t.Errorf("sent without a word: %s", out)
		}
		g.do(who, "outbox", "retry", "--all")
		if out := g.do(who, "outbox"); out != "" {
			t.Errorf("outbox: %s", out)
		}
		g.do("ann", "rooms", "--sync")
		if out := g.do("ann", "profile"); !strings.Contains(out, "Ann Renamed") || !strings.Contains(out, "busy") {
			t.Errorf("profile: %s", out)
		}
	}
}

// TestLoginAfterRemoval: a device that was removed becomes a new device of the account by
// logging in with the same profile, and what waited is sent.
func TestLoginAfterRemoval(t *testing.T) {
	g := newRig(t)
	g.do("ann", "send", "general", "before")
	link := g.server.host.Link().String()
	if code, _, errs := g.try("ann", "login", link, "--name", "ann", "--password-file", g.password()); code != exitProfile {
		t.Errorf("login of a device that is in: %d %s", code, errs)
	}
	g.do("ann", "devices", "revoke", field(t, g.do("ann", "status", "--json"), "device"))
	code, _, errs := g.try("ann", "send", "general", "after")
	if code != exitRefused || !strings.Contains(errs, "login") || !strings.Contains(errs, "1 message stays in the outbox") {
		t.Errorf("send: %d %s", code, errs)
	}
	g.do("ann", "login", link, "--name", "ann", "--password-file", g.password())
	if out := g.do("ann", "groups"); strings.Count(out, "\n") != 0 {
		t.Errorf("groups: %s", out)
	}
	g.do("ann", "outbox", "retry", "--all")
	out := g.do("ann", "tail", "general")
	if !strings.Contains(out, "ann: before") || strings.Count(out, "ann: after") != 1 {
		t.Errorf("the room: %s", out)
	}
}

// TestDrain: commands that say that they wait do so for everything that waits.
func TestDrain(t *testing.T) {
	g := newRig(t)
	for _, drain := range [][]string{{"outbox", "retry", "--all"}, {"chat", "general"}} {
		g.server.stop()
		g.do("ann", "send", "general", "--queue", "a text")
		g.do("ann", "send", "general", "--queue", "--file", g.password(), "with a file")
		g.check(g.server.start())
		out := g.do("ann", drain...)
		if left := g.do("ann", "outbox"); left != "" {
			t.Errorf("after %q there waits: %s (%s)", drain, left, out)
		}
	}
}

// rotate gives the server a new identity, as hearth-server rotate-identity does.
func (g *rig) rotate() {
	g.t.Helper()
	g.server.stop()
	_, err := host.RotateIdentity(g.t.Context(), host.Config{Dir: g.server.dir, Log: slog.New(slog.DiscardHandler)})
	g.check(err)
	g.check(g.server.start())
}

// TestLoginAfterRotation: the server has changed its identity, the device is removed, and
// somebody logs in again by a link of the new identity, or by one from before. There is one
// group, so that no command asks for --group, and what waited is sent once; also where an
// older version has left the group there twice.
func TestLoginAfterRotation(t *testing.T) {
	g := newRig(t)
	g.do("ann", "send", "general", "before")
	links := []string{g.server.host.Link().String()}
	g.rotate()
	g.do("ann", "send", "general", "followed")
	links = append(links, g.server.host.Link().String())
	for i, link := range links {
		text := "waiting " + strconv.Itoa(i)
		old := field(t, g.do("ann", "status", "--json"), "device")
		g.do("ann", "devices", "revoke", old)
		if code, _, errs := g.try("ann", "send", "general", text); code != exitRefused {
			t.Errorf("send: %d %s", code, errs)
		}
		g.do("ann", "login", link, "--name", "ann", "--password-file", g.password())
		if out := g.do("ann", "groups"); strings.Count(out, "\n") != 0 {
			t.Errorf("groups: %s", out)
		}
		g.do("ann", "outbox", "retry", "--all")
		if out := g.do("ann", "tail", "general"); strings.Count(out, "ann: "+text) != 1 {
			t.Errorf("the room: %s", out)
		}
		marks, err := filepath.Glob(filepath.Join(g.dir, "ann", "groups", "*", "replaced_by"))
		g.check(err)
		if len(marks) != i+1 {
			t.Fatalf("replaced: %v", marks)
		}
	}
	marks, err := filepath.Glob(filepath.Join(g.dir, "ann", "groups", "*", "replaced_by"))
	g.check(err)
	for _, mark := range marks {
		g.check(os.Remove(mark))
	}
	g.do("ann", "send", "general", "without --group")
	if out := g.do("ann", "tail", "general"); strings.Count(out, "ann: waiting") != 2 || strings.Count(out, "without --group") != 1 {
		t.Errorf("the room: %s", out)
	}
}
