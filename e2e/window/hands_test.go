//go:build window

package window

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cliAs is how to run hearth-cli as somebody.
type cliAs = func(profile string, args ...string) string

// command has the switcher do what is called so, which changes the window.
func (c *client) command(name string) {
	c.t.Helper()
	c.changes(shortly, func() { c.key("ctrl+k") })
	c.changes(shortly, func() { c.typed(name) })
	c.changes(shortly, func() { c.key("Return") })
}

// marks goes from an empty composer to the lowest message in view.
func (c *client) marks() {
	c.t.Helper()
	c.changes(shortly, func() { c.key("Up") })
}

// menu opens the menu of the message the keys are about and takes the entry to which
// the letters lead: each goes to the next one that begins so.
func (c *client) menu(letters ...string) {
	c.t.Helper()
	c.changes(shortly, func() { c.key("Menu") })
	c.changes(shortly, func() { c.key(letters...) })
	c.changes(shortly, func() { c.key("Return") })
}

// copies waits until Ctrl+C on a message brings its text to the clipboard: that is
// how these tests know which message the window has come to.
func (c *client) copies(want string) {
	c.t.Helper()
	last := ""
	defer func() {
		if c.t.Failed() {
			c.t.Logf("on the clipboard: %q", last)
		}
	}()
	until(c.t, "the message "+want, patience, func() bool {
		c.key("ctrl+c")
		last = clipboard(c.t)
		return last == want
	})
}

// hears waits until that is the newest message of the room in view.
func (c *client) hears(want string) {
	c.t.Helper()
	last := ""
	defer func() {
		if c.t.Failed() {
			c.t.Logf("the newest message of %s: %q", c.profile, last)
		}
	}()
	until(c.t, "the newest message "+want, patience, func() bool {
		// To the composer; to a message, or to change one and over to a message; to the end.
		c.key("Escape", "Up", "Up", "End", "Up", "ctrl+c")
		c.painted()
		last = clipboard(c.t)
		return last == want
	})
	c.changes(shortly, func() { c.key("Escape") })
}

// roomFact is a room as hearth-cli prints it.
type roomFact struct {
	Name, Topic, Access              string
	Archived, Joined                 bool
	Members, Unread, Head, Read      int
	Waiting, Failed, Missing, Behind int
}

// rooms lists somebody's rooms by name, brought up to date if asked.
func rooms(t *testing.T, cli cliAs, who string, options ...string) map[string]roomFact {
	t.Helper()
	all := map[string]roomFact{}
	for line := range strings.Lines(cli(who, append([]string{"rooms", "--json"}, options...)...)) {
		var r roomFact
		unjson(t, line, &r)
		all[r.Name] = r
	}
	return all
}

// eventFact is a line of a room's log as hearth-cli prints it.
type eventFact struct {
	Seq, Target, Reply      int
	Kind, Name, Text, Emoji string
	Author, Value, State    string
	Erased                  bool
}

// log lists what happened in a room, as somebody's disk has it.
func log(t *testing.T, cli cliAs, who, room string) []eventFact {
	t.Helper()
	return events(t, cli(who, "tail", room, "--json"))
}

// events reads what hearth-cli printed.
func events(t *testing.T, lines string) (all []eventFact) {
	t.Helper()
	for line := range strings.Lines(lines) {
		var e eventFact
		unjson(t, line, &e)
		all = append(all, e)
	}
	return all
}

// settled reads what a profile's settings file holds.
func settled(t testing.TB, profile string, kept any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(profileDir(t, profile), "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	unjson(t, string(data), kept)
}

// unjson reads what a program printed.
func unjson(t testing.TB, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
