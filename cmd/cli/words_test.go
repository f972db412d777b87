package main

import (
	"strings"
	"testing"
)

// TestWordsAsInWindow: who was added to a room did not come by themselves, and who signs in
// has joined before. What the server has lost is counted as people count.
func TestWordsAsInWindow(t *testing.T) {
	g := newRig(t)
	g.join("bob", g.do("ann", "invite"))
	g.do("ann", "create", "garden")
	g.do("ann", "add", "garden", "bob")
	if out := g.do("ann", "tail", "garden"); !strings.Contains(out, "* ann added bob") || strings.Contains(out, "bob joined") {
		t.Errorf("somebody was added:\n%s", out)
	}
	if out := g.do("ann", "tail", "general"); !strings.Contains(out, "* bob joined") {
		t.Errorf("somebody joined:\n%s", out)
	}
	if out := g.do("other", "login", g.do("ann", "invite"), "--name", "bob", "--password-file", g.password()); !strings.Contains(out, "signed in to ") || strings.Contains(out, "joined") {
		t.Errorf("signed in:\n%s", out)
	}

	backup := g.backup()
	g.do("ann", "send", "garden", "lost")
	g.do("ann", "tail", "garden")
	g.restore(backup)
	g.do("ann", "rooms", "--sync")
	if _, _, errs := g.try("ann", "tail", "garden"); !strings.Contains(errs, "1 event on this disk is no longer on the server") || !strings.Contains(errs, "--lost prints it\n") {
		t.Errorf("one event is lost: %s", errs)
	}
}

// TestPlural: one is no plural.
func TestPlural(t *testing.T) {
	for n, want := range []string{"0 events are", "1 event is", "2 events are"} {
		if got := plural(n, "1 event is", "%d events are"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
