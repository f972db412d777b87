//go:build window

package window

import (
	"strings"
	"testing"
	"time"
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
	alice.titled("general – Nimbus – Hearth", 30*time.Second)
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
	alice.changes(400*time.Millisecond, func() { alice.key("Return") })
	alice.picture("16-alice")
	bob.front()
	bob.steady(600 * time.Millisecond)
	bob.picture("17-bob")
	alice.front()
	if title := bob.title(); !strings.Contains(title, "general") {
		t.Errorf("bob's window is called %q", title)
	}
}
