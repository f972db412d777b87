//go:build window

package window

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// rings waits until so many notifications were shown, the last of which ends so.
func (d *desktop) rings(n int, end string) {
	d.t.Helper()
	if last := d.waits(n); !strings.HasSuffix(last.body, end) {
		d.t.Errorf("notification %d is %+v, want %q", n, last, end)
	}
}

// TestLeftInPeace: somebody mutes a room, wants mentions and a word of their own only,
// sets quiet hours, asks why something rang and something else did not, and blocks the
// other for a while. What another room rings for afterwards shows that nothing rang before.
func TestLeftInPeace(t *testing.T) {
	fresh(t)
	d := newDesktop(t)
	_, cli := group(t, "ada", "ben")
	cli("ada", "create", "garden")
	cli("ben", "enter", "garden")
	cli("ada", "create", "den")
	ada := open(t, "ada")
	until(t, "a room", patience, func() bool { return strings.HasSuffix(ada.title(), " – Big – Hearth") })
	ada.front()
	ada.goes("garden", "garden – Big – Hearth")

	ada.runs("notifications")
	ada.does(append(tabs(-4), "Return")...) // from Done back to an hour's peace
	ada.picture("140-muted")
	ada.key("Escape")
	ada.goes("den", "den – Big – Hearth")
	cli("ben", "send", "garden", "does not ring")
	cli("ben", "send", "general", "rings")
	d.rings(1, "rings")

	ada.wants("mentions", func() { ada.key("Right") }) // of the levels
	ada.wants("keywords", func() {
		ada.key(tabs(5)...) // what shows, sound, an hour, tomorrow, the words
		ada.typed("parsnip, swede")
		ada.key("Return")
	})
	cli("ben", "send", "general", "nothing special")
	cli("ben", "send", "general", "there is PARSNIP soup")
	d.rings(2, "there is PARSNIP soup")
	ada.goes("general", "general – Big – Hearth")
	ada.marks()
	ada.copies("there is PARSNIP soup")
	ada.menu("w")
	ada.picture("142-why-did-it-ring")
	ada.key("Escape", "Up")
	ada.copies("nothing special")
	ada.menu("w")
	ada.picture("143-why-did-it-not")
	ada.key("Escape")
	ada.goes("den", "den – Big – Hearth")

	ada.silent(d, cli)
	ada.blocks(d, cli)
	ada.stop()
	if list := cli("ada", "block", "--json"); strings.TrimSpace(list) != "" {
		t.Errorf("still blocked: %s", list)
	}
}

// wants opens the rules of notifications, goes to the first of them and does something.
func (c *client) wants(picture string, do func()) {
	c.t.Helper()
	c.runs("settings: notifications")
	c.key("Right")
	do()
	c.steady(shortly)
	c.picture("141-" + picture)
	c.key("Escape")
}

// silent sets quiet hours around now, and takes them away again.
func (c *client) silent(d *desktop, cli cliAs) {
	c.t.Helper()
	c.wants("add-quiet-hours", func() { c.key(append(tabs(6), "Return")...) })
	now := time.Now()
	const days, away = 6, 9
	c.wants("quiet-hours", func() {
		c.key(tabs(days + 1)...)
		for _, at := range []time.Time{now.Add(-2 * time.Hour), now.Add(2 * time.Hour)} {
			c.key("ctrl+a")
			c.typed(fmt.Sprintf("%02d:%02d", at.Hour(), at.Minute()))
			c.key("Tab")
		}
	})
	cli("ben", "send", "general", "swede in the night")
	c.titled("(1) den – Big – Hearth", patience)
	c.wants("no-quiet-hours", func() { c.key(append(tabs(away), "Return")...) })
	cli("ben", "send", "general", "swede in the morning")
	d.rings(3, "swede in the morning")
}

// blocks blocks ben and takes it back: what he writes meanwhile is folded away, and
// shows when it is asked for.
func (c *client) blocks(d *desktop, cli cliAs) {
	c.t.Helper()
	c.goes("general", "general – Big – Hearth")
	c.steady(shortly)
	c.does("ctrl+m")
	c.card()
	c.picture("144-card")
	c.does(append(tabs(-2), "Return")...) // Send a message, Close, Block
	c.picture("145-block")
	c.does("Tab", "Return") // behind Cancel
	c.card()
	c.picture("146-blocked-card")
	c.key("Escape")
	c.goes("den", "den – Big – Hearth")
	cli("ben", "send", "general", "swede, and you hear nothing")
	c.goes("general", "general – Big – Hearth")
	c.marks()
	c.picture("147-folded")
	c.menu("s")
	c.copies("swede, and you hear nothing")
	c.picture("148-unfolded")
	c.key("Escape")
	c.card()
	c.does(append(tabs(-2), "Return")...) // Send a message, Close, Unblock
	c.goes("den", "den – Big – Hearth")
	cli("ben", "send", "general", "swede again")
	d.rings(4, "swede again")
}

// card opens the page of the second in the list of people.
func (c *client) card() {
	c.t.Helper()
	c.clicks(1040, 142, 1)
}
