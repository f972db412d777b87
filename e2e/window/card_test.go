//go:build window

package window

import (
	"strings"
	"testing"
)

// TestStatusIsSeen: what somebody sets as their status by keyboard stands beside their
// name in the other's window, and goes from there when they clear it.
func TestStatusIsSeen(t *testing.T) {
	_, cli := group(t, "pam", "quin")
	pam, quin := open(t, "pam"), open(t, "quin")
	pam.titled("general – Big – Hearth", patience)
	quin.titled("general – Big – Hearth", patience)
	quin.front()
	quin.changes(shortly, func() { quin.key("ctrl+m") })
	quin.steady(shortly)
	// Where the second line of pam's entry begins: with her login name, or her status.
	line := area{997, 145, 30, 16}
	plain := quin.pixels(line)
	quin.picture("84-without-a-status")

	pam.front()
	pam.changes(shortly, func() { pam.key("ctrl+k") })
	pam.changes(shortly, func() { pam.typed("your profile") })
	pam.changes(shortly, func() { pam.key("Return") })
	pam.changes(shortly, func() { pam.key("Right") }) // from the list of parts to the picture
	pam.changes(shortly, func() { pam.key("Tab", "Tab", "Tab", "Tab") })
	pam.changes(shortly, func() { pam.typed("watering the garden") })
	pam.picture("85-status")
	pam.key("Return")
	quin.front()
	until(t, "quin sees the status", patience, func() bool { return !alike(quin.pixels(line), plain) })
	quin.steady(shortly)
	quin.picture("86-status-of-the-other")

	pam.front()
	pam.changes(shortly, func() { pam.key("Escape") })
	pam.stop()
	if shown := cli("pam", "profile", "--json"); !strings.Contains(shown, "watering the garden") {
		t.Errorf("pam's profile: %s", shown)
	}
	cli("pam", "profile", "--status", "", "--emoji", "")
	until(t, "quin sees it go", patience, func() bool { return alike(quin.pixels(line), plain) })
	quin.front()
	quin.steady(shortly)
	quin.picture("87-status-gone")
	quin.stop()
}
