//go:build window

package window

import (
	"strings"
	"testing"
)

// TestDirectAndArchive: two people talk beside the rooms, found by the switcher on
// both sides; a room is archived by its owner and stays readable.
func TestDirectAndArchive(t *testing.T) {
	_, cli := group(t, "jon", "kim")
	cli("jon", "create", "old plans")
	cli("jon", "send", "old plans", "what we once wanted")
	jon, kim := open(t, "jon"), open(t, "kim")
	jon.titled("old plans – Big – Hearth", patience) // the newest
	kim.titled("general – Big – Hearth", patience)
	jon.front()
	jon.steady(shortly)
	jon.goes("kim", "kim – Big – Hearth")
	jon.steady(shortly)
	jon.says("psst, a word")
	jon.picture("60-direct")
	kim.titled("(1) general – Big – Hearth", patience)
	kim.front()
	kim.goes("jon", "jon – Big – Hearth")
	kim.steady(shortly)
	kim.says("I hear you")
	kim.picture("61-direct-answer")
	jon.titled("(1) kim – Big – Hearth", patience)

	jon.front()
	jon.titled("kim – Big – Hearth", patience)
	jon.goes("old pl", "old plans – Big – Hearth")
	jon.steady(shortly)
	jon.changes(shortly, func() { jon.key("ctrl+k") })
	jon.changes(shortly, func() { jon.typed("archive") })
	jon.changes(shortly, func() { jon.key("Return") })
	jon.picture("62-archive")
	jon.changes(shortly, func() { jon.key("Return") })
	jon.steady(shortly)
	jon.picture("63-archived")
	jon.stop()
	archived := false
	for line := range strings.Lines(cli("jon", "rooms", "--json")) {
		archived = archived || strings.Contains(line, `"old plans"`) && strings.Contains(line, `"archived":true`)
	}
	if !archived {
		t.Error("the room is not archived")
	}
	jon = open(t, "jon")
	jon.titled("old plans – Big – Hearth", patience)
	jon.steady(shortly)
	jon.picture("64-archived-after-a-restart")
	jon.stop()
	kim.stop()
}
