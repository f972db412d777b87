//go:build window

package window

import (
	"slices"
	"strings"
	"testing"
)

// TestRoomsOfADay: a room is made, found, entered, renamed and left; another is closed
// and has people brought in; three talk beside the rooms; a conversation is hidden and
// comes back by itself. All by the keyboard of two windows; what came of it stands on
// three disks.
func TestRoomsOfADay(t *testing.T) {
	fresh(t)
	_, cli := group(t, "rosa", "sam", "tom")
	rosa, sam := open(t, "rosa"), open(t, "sam")
	rosa.titled("general – Big – Hearth", patience)
	sam.titled("general – Big – Hearth", patience)
	rosa.front()
	rosa.steady(shortly)
	rosa.founds("garden")
	sam.front()
	sam.changes(shortly, func() { sam.key("ctrl+o") })
	sam.steady(shortly) // the server has answered
	sam.picture("100-browse")
	sam.changes(shortly, func() { sam.key("Tab") }) // rooms one is not in come first
	sam.key("Return")
	sam.titled("garden – Big – Hearth", patience)

	rosa.front()
	rosa.command("name and topic")
	rosa.changes(shortly, func() { rosa.key("ctrl+a") })
	rosa.changes(shortly, func() { rosa.typed("orchard") })
	rosa.changes(shortly, func() { rosa.key("Return") })
	rosa.changes(shortly, func() { rosa.typed("apples and pears") })
	rosa.picture("101-name-and-topic")
	rosa.key("Return")
	rosa.titled("orchard – Big – Hearth", patience)
	sam.titled("orchard – Big – Hearth", patience)

	rosa.steady(shortly)
	rosa.founds("attic", "sam")
	rosa.steady(shortly)
	rosa.command("add people")
	rosa.changes(shortly, func() { rosa.typed("tom") })
	rosa.changes(shortly, func() { rosa.key("Return") }) // ticks him
	rosa.picture("102-add-people")
	rosa.changes(shortly, func() { rosa.key("Tab", "Tab", "Tab", "Return") }) // the list, Cancel, Add
	rosa.steady(shortly)
	rosa.says("what is up here stays up here")
	sam.front()
	sam.steady(shortly)
	sam.picture("103-brought-in")
	sam.goes("attic", "attic – Big – Hearth")

	sam.steady(shortly)
	sam.command("new message")
	for _, who := range []string{"rosa", "tom"} {
		sam.changes(shortly, func() { sam.typed(who) })
		sam.changes(shortly, func() { sam.key("Return") })
	}
	sam.picture("104-message-to-two")
	sam.key("Tab", "Tab", "Tab", "Return")
	sam.titled("rosa, tom – Big – Hearth", patience)
	sam.steady(shortly)
	sam.says("the three of us")
	rosa.front()
	rosa.goes("sam, tom", "sam, tom – Big – Hearth")
	rosa.steady(shortly)
	rosa.picture("105-three-of-us")
	rosa.command("hide the")
	rosa.titled("attic – Big – Hearth", patience)
	rosa.steady(shortly)
	rosa.picture("106-hidden")
	sam.front()
	sam.says("are you still there?")
	rosa.titled("(1) attic – Big – Hearth", patience)
	rosa.front()
	rosa.steady(shortly)
	rosa.picture("107-came-back")

	sam.front()
	sam.goes("orchard", "orchard – Big – Hearth")
	sam.steady(shortly)
	sam.command("leave the")
	sam.picture("108-leave")
	sam.changes(shortly, func() { sam.key("Tab", "Return") }) // behind Cancel
	until(t, "sam has left", patience, func() bool {
		return strings.Contains(cli("tom", "browse"), "orchard") && browsed(t, cli, "tom", "orchard") == 1
	})
	sam.steady(shortly)
	sam.picture("109-left")
	rosa.stop()
	sam.stop()
	made := rooms(t, cli, "rosa", "--sync")
	if r := made["orchard"]; r.Topic != "apples and pears" || r.Access != "open" || r.Members != 1 {
		t.Errorf("orchard is %+v", r)
	}
	for who, want := range map[string]map[string]bool{
		"sam": {"general": true, "orchard": false, "attic": true}, "tom": {"general": true, "attic": true},
	} {
		has := rooms(t, cli, who, "--sync")
		for name, joined := range want {
			if r, ok := has[name]; !ok || r.Joined != joined {
				t.Errorf("%s has %s as %+v", who, name, r)
			}
		}
		if _, ok := has["orchard"]; who == "tom" && ok {
			t.Error("tom has orchard")
		}
		if r := has["attic"]; r.Access != "closed" || r.Members != 3 {
			t.Errorf("%s has attic as %+v", who, r)
		}
		if !slices.ContainsFunc(log(t, cli, who, "attic"), func(e eventFact) bool { return e.Text == "what is up here stays up here" }) {
			t.Errorf("%s misses what was said in attic", who)
		}
		three := 0
		for _, r := range has {
			if r.Access == "direct" && r.Members == 3 {
				three++
			}
		}
		if three != 1 {
			t.Errorf("%s has %d conversations of three: %+v", who, three, has)
		}
	}
}

// founds makes a room: an open one, or with people a closed one.
func (c *client) founds(name string, people ...string) {
	c.t.Helper()
	c.changes(shortly, func() { c.key("ctrl+n") })
	c.changes(shortly, func() { c.typed(name) })
	c.changes(shortly, func() { c.key("Return") }) // to the topic
	if len(people) > 0 {
		c.changes(shortly, func() { c.key("Tab", "Tab", "space") }) // Closed
		c.changes(shortly, func() { c.key("Tab", "Tab") })          // what newcomers see, the filter
		for _, who := range people {
			c.changes(shortly, func() { c.typed(who) })
			c.changes(shortly, func() { c.key("Return") })
		}
		c.changes(shortly, func() { c.key("Tab", "Tab", "Tab") }) // the list, Cancel, Create
	}
	c.picture("99-new-room-" + name)
	c.key("Return")
	c.titled(name+" – Big – Hearth", patience)
}

// browsed is how many people are in an open room.
func browsed(t *testing.T, cli cliAs, who, room string) int {
	t.Helper()
	for line := range strings.Lines(cli(who, "browse", "--json")) {
		var r struct {
			Name    string
			Members int
		}
		unjson(t, line, &r)
		if r.Name == room {
			return r.Members
		}
	}
	return 0
}
