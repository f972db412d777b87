//go:build window

package window

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestChangingMessages reacts, answers, edits, pins and deletes by keyboard alone in
// one window and looks at them in another person's.
func TestChangingMessages(t *testing.T) {
	fresh(t)
	alice := open(t, "alice")
	alice.front()
	alice.changes(400*time.Millisecond, func() { alice.key("Return") })
	alice.typed("Nimbus")
	alice.key("Tab")
	alice.typed("Alice Borg")
	alice.key("Tab")
	alice.typed(password)
	alice.key("Return")
	alice.titled("general – Nimbus – Hearth", patience)
	bob := join(t, invite(t, alice))
	bob.changes(400*time.Millisecond, func() {
		bob.typed("hello @al")
		bob.key("Tab") // takes the name that is offered
		bob.typed("and welcome")
		bob.key("Return")
	})

	alice.front()
	say := func(text string) {
		alice.changes(400*time.Millisecond, func() {
			alice.typed(text)
			alice.key("Return")
		})
	}
	menu := func(keys ...string) { // of the newest message, from the composer
		alice.changes(300*time.Millisecond, func() { alice.key("Up", "Up") })
		alice.changes(300*time.Millisecond, func() { alice.key("Menu") })
		alice.changes(400*time.Millisecond, func() { alice.key(keys...) })
	}
	say("the first version")
	alice.changes(400*time.Millisecond, func() { alice.key("Up") })
	alice.picture("11-change")
	say(" and the second")
	menu("Right", "Return") // the first of the quick reactions
	alice.picture("12-reaction")
	alice.key("Escape") // back to the composer
	menu("p", "Return")
	alice.picture("13-pin")
	alice.key("Escape")
	menu("r", "r", "Return") // the second R is Reply
	say("an answer to it")
	alice.picture("14-answer")
	say("too much")
	menu("End", "Return")
	alice.picture("15-delete")
	alice.changes(400*time.Millisecond, func() { alice.key("Tab", "Return") }) // behind Cancel
	alice.picture("16-alice")
	bob.front()
	bob.steady(600 * time.Millisecond)
	bob.picture("17-bob")
	if title := bob.title(); !strings.Contains(title, "general") {
		t.Errorf("bob's window is called %q", title)
	}
	// From the deleted message upwards: the words of the two before it, each under a name.
	bob.changes(300*time.Millisecond, func() { bob.key("Escape", "Up", "Up") })
	bob.changes(300*time.Millisecond, func() { bob.key("shift+Up", "shift+Up") })
	bob.picture("18-selected")
	until(t, "two messages on the clipboard", patience, func() bool {
		bob.key("ctrl+c")
		first, second, both := strings.Cut(clipboard(t), "\n\n")
		return both && strings.HasPrefix(first, "Alice Borg, ") && strings.HasSuffix(first, "\nthe first version and the second") &&
			strings.HasPrefix(second, "Alice Borg, ") && strings.HasSuffix(second, "\nan answer to it")
	})
	// The same two as messages: chosen from the menu and with Shift, counted, copied.
	bob.changes(300*time.Millisecond, func() { bob.key("Menu") })
	bob.changes(300*time.Millisecond, func() { bob.key("s", "Return") })
	bob.picture("19-chosen")
	until(t, "nothing else on the clipboard", patience, func() bool {
		bob.key("ctrl+c")
		return strings.Count(clipboard(t), "Alice Borg, ") == 2
	})
	bob.changes(300*time.Millisecond, func() { bob.key("Down", "space") })
	until(t, "one message on the clipboard", patience, func() bool {
		bob.key("ctrl+c")
		return clipboard(t) == "the first version and the second"
	})
	bob.changes(400*time.Millisecond, func() { bob.key("Delete") }) // it is alice's
	bob.picture("20-stays")
	bob.changes(300*time.Millisecond, func() { bob.key("Escape") })
	bob.picture("21-over")
	bob.stop()
	until(t, "the deletion at bob", patience, func() bool { // from alice's window, which hosts
		run(t, bin(t, "hearth-cli"), "--profile", "bob", "rooms", "--sync")
		return strings.Contains(run(t, bin(t, "hearth-cli"), "--profile", "bob", "tail", "general", "--json"), "message.delete")
	})
	alice.stop()
	for _, profile := range []string{"alice", "bob"} {
		changed(t, profile)
	}
}

// changed looks whether all that was written and done is on a person's disk, once.
func changed(t *testing.T, profile string) {
	t.Helper()
	type event struct {
		Seq, Target, Reply int
		Kind, Text, Emoji  string
		Erased             bool
	}
	var got []event
	for line := range strings.Lines(run(t, bin(t, "hearth-cli"), "--profile", profile, "tail", "general", "--json")) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e.Kind != "room.create" && e.Kind != "member.join" {
			got = append(got, e)
		}
	}
	want := []event{
		{Seq: 4, Kind: "message", Text: "hello @alice and welcome"},
		{Seq: 5, Kind: "message", Text: "the first version"},
		{Seq: 6, Kind: "message.edit", Target: 5, Text: "the first version and the second"},
		{Seq: 7, Kind: "reaction.add", Target: 5, Emoji: "👍"},
		{Seq: 8, Kind: "pin.add", Target: 5},
		{Seq: 9, Kind: "message", Reply: 5, Text: "an answer to it"},
		{Seq: 10, Kind: "message", Erased: true},
		{Seq: 11, Kind: "message.delete", Target: 10},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("what %s has (-want +got):\n%s", profile, d)
	}
}
