//go:build window

package window

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const password = "correct horse battery"

// TestFirstConversation goes the way of two new people: host, invite, join, talk,
// close, reopen without the server, write, and the server comes back.
func TestFirstConversation(t *testing.T) {
	fresh(t)
	alice := open(t, "alice")
	alice.front()
	alice.picture("01-welcome")
	alice.changes(400*time.Millisecond, func() { alice.key("Return") }) // the first card has the focus
	alice.typed("Nimbus")
	alice.key("Tab")
	alice.typed("Alice Borg")
	alice.key("Tab")
	alice.typed(password)
	alice.picture("02-host")
	alice.key("Return")
	alice.titled("general – Nimbus – Hearth", patience)

	link := invite(t, alice)
	bob := join(t, link)
	talk(t, alice, bob)
	offline(t, alice, bob)
}

// invite makes an invite and takes it from the clipboard.
func invite(t *testing.T, c *client) string {
	t.Helper()
	c.changes(400*time.Millisecond, func() { c.key("ctrl+shift+i") })
	c.changes(600*time.Millisecond, func() { c.key("Return") }) // make one; the button that copies gets the focus
	c.picture("03-invite")
	c.key("Return")
	link := ""
	until(t, "the link on the clipboard", patience, func() bool {
		link = clipboard(t)
		return strings.HasPrefix(link, "hearth://")
	})
	c.changes(400*time.Millisecond, func() { c.key("Escape") })
	return link
}

// join pastes an invite into a second profile.
func join(t *testing.T, link string) *client {
	t.Helper()
	bob := open(t, "bob")
	bob.front()
	bob.changes(400*time.Millisecond, func() { bob.key("Tab", "Return") })
	bob.changes(200*time.Millisecond, func() { bob.key("ctrl+v") })
	bob.picture("04-join")
	bob.changes(1500*time.Millisecond, func() { bob.key("Return") })
	bob.picture("05-join-confirm")
	bob.typed("Bob Żammit")
	bob.key("Tab")
	bob.typed(password)
	bob.picture("06-join-account")
	bob.key("Return")
	bob.titled("general – Nimbus – Hearth", patience)
	return bob
}

// talk has both write; who does not look has unread messages in the title.
func talk(t *testing.T, alice, bob *client) {
	t.Helper()
	bob.changes(600*time.Millisecond, func() {
		bob.typed("hello from bob")
		bob.key("Return")
	})
	alice.titled("(1) general – Nimbus – Hearth", patience)
	alice.front()
	alice.titled("general – Nimbus – Hearth", patience)
	alice.changes(600*time.Millisecond, func() {
		alice.typed("merħba 你好 from alice")
		alice.key("Return")
	})
	bob.titled("(1) general – Nimbus – Hearth", patience)
	alice.picture("07-talk-alice")
	bob.front()
	bob.titled("general – Nimbus – Hearth", patience)
	bob.picture("08-talk-bob")
	bob.typed("two lines:")
	bob.key("shift+Return")
	bob.changes(600*time.Millisecond, func() {
		bob.typed("this is the second")
		bob.key("Return")
	})
	alice.titled("(1) general – Nimbus – Hearth", patience)
}

// offline takes the server away and brings it back.
func offline(t *testing.T, alice, bob *client) {
	t.Helper()
	// Closing the window that hosts asks; the way back from "keep running" is to
	// start the program again.
	alice.front()
	alice.changes(500*time.Millisecond, func() { alice.key("alt+F4") })
	alice.picture("09-closing")
	alice.key("Return")
	until(t, "the window is hidden", patience, func() bool { return !visible(alice) })
	second := exec.Command(bin(t, "hearth"), "--profile", "alice")
	if out, err := second.CombinedOutput(); err != nil {
		t.Fatalf("the second start: %v\n%s", err, out)
	}
	alice.findWindow(time.Now())
	alice.front()
	alice.changes(500*time.Millisecond, func() { alice.key("alt+F4") })
	alice.key("shift+Tab", "Return") // stop and quit
	alice.wait()

	bob.front()
	bob.away = true
	bob.changes(400*time.Millisecond, func() {
		bob.typed("written while the server is away")
		bob.key("Return")
	})
	bob.picture("10-server-away")
	bob.key("alt+F4")
	bob.wait()

	bob = open(t, "bob")
	bob.away = true
	bob.titled("general – Nimbus – Hearth", patience)
	bob.front()
	bob.changes(400*time.Millisecond, func() {
		bob.typed("and one more after a restart")
		bob.key("Return")
	})
	bob.picture("11-reopened-offline")

	// Bob's next attempt may be some seconds away: Try now is in the details, which are
	// open before there is a server, so that the button is there however soon he is
	// connected. What waited goes out first.
	bob.changes(shortly, func() { bob.key("ctrl+d") })
	bob.picture("11-details")
	alice = open(t, "alice")
	alice.titled("general – Nimbus – Hearth", patience)
	bob.away = false
	bob.front()
	bob.changes(shortly, func() { bob.key("Return") })
	bob.typed("back again")
	bob.key("Return")
	// How many of the three she has not seen depends on when his window took the focus.
	until(t, "unread messages in the title", patience, func() bool {
		return strings.HasPrefix(alice.title(), "(") && strings.HasSuffix(alice.title(), ") general – Nimbus – Hearth")
	})
	alice.front()
	alice.titled("general – Nimbus – Hearth", patience)
	alice.hears("back again")
	alice.picture("12-server-back-alice")
	bob.front()
	bob.steady(shortly)
	bob.picture("13-server-back-bob")
	bob.stop()
	run(t, bin(t, "hearth-cli"), "--profile", "bob", "rooms", "--sync") // from alice's window, which hosts
	alice.stop()
	want := []string{
		"hello from bob", "merħba 你好 from alice", "two lines:\nthis is the second",
		"written while the server is away", "and one more after a restart", "back again",
	}
	for _, profile := range []string{"alice", "bob"} {
		if diff := cmp.Diff(want, stored(t, profile)); diff != "" {
			t.Errorf("what %s has stored (-want +got):\n%s", profile, diff)
		}
	}
}

// stored lists the messages in a profile's store, in order.
func stored(t *testing.T, profile string) []string {
	t.Helper()
	out := run(t, bin(t, "hearth-cli"), "--profile", profile, "tail", "general", "--json")
	var texts []string
	for line := range strings.Lines(out) {
		var m struct{ Kind, Text string }
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if m.Kind == "message" {
			texts = append(texts, m.Text)
		}
	}
	return texts
}
