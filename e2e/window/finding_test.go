//go:build window

package window

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth/chat"
)

// TestFindingTheWay: in two months of talk somebody finds a word and comes back, goes to
// a day, forwards what stands there, copies it and a link to it and follows the link,
// leaves a message for later as unread, and looks at what a message said before and who
// has seen it.
func TestFindingTheWay(t *testing.T) {
	fresh(t)
	s, cli := group(t, "una", "vic")
	s.stop()
	const days = 60
	dayText := func(day time.Time) string { return day.Format("on 2006-01-02 it rained") }
	begin := time.Now()
	noon := time.Date(begin.Year(), begin.Month(), begin.Day(), 12, 0, 0, 0, time.Local).AddDate(0, 0, -days)
	const before = 4 // what has happened in the room already
	writes(t, s.args[1], owner(t, cli, "una"), before+3*days, func(seq int) (string, time.Time) {
		i := seq - before - 1
		day := noon.AddDate(0, 0, max(i, 0)/3)
		switch {
		case i == 40:
			return "a needle in the hay", day.Add(2 * time.Hour)
		case i%3 == 0:
			return dayText(day), day
		}
		return fmt.Sprintf("and so on, %d", i), day.Add(time.Duration(i%3) * time.Hour)
	})
	s.start()
	cli("una", "send", "general", "the news of today")
	una, vic := open(t, "una"), open(t, "vic")
	until(t, "all of it", patience, func() bool { return strings.HasPrefix(vic.title(), "(") })
	vic.front()
	vic.steady(shortly)
	vic.picture("110-at-the-first-unread")
	until(t, "all is read", patience, func() bool {
		vic.key("Escape") // to the newest, which reads what came before
		return vic.title() == "general – Big – Hearth"
	})
	vic.steady(shortly)

	vic.changes(shortly, func() { vic.key("ctrl+f") })
	vic.changes(shortly, func() { vic.typed("needle") })
	vic.steady(shortly)
	vic.picture("111-found")
	vic.changes(shortly, func() { vic.key("Return") })
	vic.copies("a needle in the hay")
	vic.picture("112-at-the-hit")
	vic.changes(shortly, func() { vic.key("Escape") }) // back to where it was
	vic.marks()
	vic.copies("the news of today")

	const there = "the news of today"
	vic.begins()
	vic.changes(shortly, func() { vic.key("ctrl+j") })
	vic.picture("113-a-day")
	vic.changes(shortly, func() { vic.key("Return") }) // today
	vic.copies(there)
	vic.steady(shortly)
	vic.picture("113-on-that-day")
	vic.menu("f")
	vic.changes(shortly, func() { vic.typed("una") })
	vic.picture("114-forward")
	vic.changes(shortly, func() { vic.key("Return") })
	una.titled("(1) general – Big – Hearth", patience)

	clips(t, "UTF8_STRING", []byte("something else"))
	vic.changes(shortly, func() { vic.key("Menu") })
	vic.changes(shortly, func() { vic.key("c") })
	vic.picture("115-copy")
	vic.changes(shortly, func() { vic.key("Return") })
	until(t, "the copied text", patience, func() bool { return clipboard(t) == there })
	vic.menu("c", "c")
	link := ""
	until(t, "the copied link", patience, func() bool { link = clipboard(t); return strings.HasPrefix(link, "hearth") && link != there })
	vic.begins()
	vic.changes(shortly, func() { vic.key("ctrl+k") })
	clips(t, "UTF8_STRING", []byte(link))
	vic.changes(shortly, func() { vic.key("ctrl+v") })
	vic.picture("116-link-to-a-message")
	vic.changes(shortly, func() { vic.key("Return") })
	vic.copies(there)

	una.changedTheirMind(vic)
	until(t, "the change", patience, func() bool {
		vic.key("Escape", "Up", "ctrl+c")
		return clipboard(t) == "the weather of tomorrow"
	})
	vic.menu("v")
	vic.picture("119-versions")
	vic.changes(shortly, func() { vic.key("Escape") })
	vic.menu("m") // unread from here
	vic.picture("120-unread-again")
	una.stop()
	vic.stop()
	if r := rooms(t, cli, "vic")["general"]; r.Unread != 1 {
		t.Errorf("vic's room: %+v", r)
	}
	got := log(t, cli, "una", strings.Fields(cli("una", "direct", "vic"))[0])
	if !slices.ContainsFunc(got, func(e eventFact) bool { return e.Text == there && e.Name == "vic" }) {
		t.Errorf("what was forwarded is not there: %+v", got)
	}
	edits := slices.DeleteFunc(log(t, cli, "vic", "general"), func(e eventFact) bool { return e.Kind != "message.edit" })
	if len(edits) != 1 || edits[0].Text != "the weather of tomorrow" {
		t.Errorf("vic's edits: %+v", edits)
	}
}

// begins goes to the first message of the room, far from the newest.
func (c *client) begins() {
	c.t.Helper()
	c.changes(shortly, func() { c.key("Home") })
	until(c.t, "another message", patience, func() bool {
		c.key("Home", "Down", "ctrl+c")
		now := clipboard(c.t)
		return strings.HasPrefix(now, "and so on") || strings.HasPrefix(now, "on 2")
	})
	c.picture("114-first-message")
}

// changedTheirMind says something, sees that the other has seen it, and changes it.
func (c *client) changedTheirMind(other *client) {
	c.t.Helper()
	c.front()
	c.goes("general", "(1) general – Big – Hearth")
	c.steady(shortly)
	c.says("the weather of today")
	other.front()
	other.titled("general – Big – Hearth", patience)
	other.steady(shortly)
	c.front()
	c.steady(shortly)
	c.changes(shortly, func() { c.key("Up", "Up") }) // change it, and over to the messages
	c.changes(shortly, func() { c.key("Menu") })
	c.picture("117-seen")
	c.changes(shortly, func() { c.key("s", "s") }) // to "Select", and to what only somebody who has seen it makes
	c.changes(shortly, func() { c.key("Return") })
	c.picture("118-seen-by")
	c.changes(shortly, func() { c.key("Escape") })
	c.changes(shortly, func() { c.key("Escape") })
	c.changes(shortly, func() { c.key("Up") })
	c.changes(shortly, func() { c.key("ctrl+a") })
	c.says("the weather of tomorrow")
	other.front()
}

// owner is the account of somebody.
func owner(t *testing.T, cli cliAs, who string) (id chat.AccountID) {
	t.Helper()
	var status struct{ Account string }
	unjson(t, cli(who, "status", "--json"), &status)
	if err := id.UnmarshalText([]byte(status.Account)); err != nil {
		t.Fatal(err)
	}
	return id
}
