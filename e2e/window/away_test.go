//go:build window

package window

import (
	"slices"
	"testing"
	"time"
)

// said lists what has been written in a room, as somebody has it once they are up to date.
func said(t *testing.T, cli cliAs, who, room string) (texts []string) {
	t.Helper()
	cli(who, "rooms", "--sync")
	for _, e := range log(t, cli, who, room) {
		if e.Kind == "message" {
			texts = append(texts, e.Text)
		}
	}
	return texts
}

// TestAwayAndBack: without the server somebody writes three messages, takes one back
// and changes another in the list of what waits; the window comes back as it was, filling
// the screen, in the same room; what waits is sent once there is a server, and what a
// closed room refused is sent again when it is open.
func TestAwayAndBack(t *testing.T) {
	fresh(t)
	s, cli := group(t, "wes", "xia")
	cli("wes", "create", "den")
	cli("xia", "create", "hall")
	cli("xia", "add", "hall", "wes")
	wes := open(t, "wes")
	wes.front()
	wes.steady(shortly)
	wes.maximizes()
	until(t, "it fills the screen", patience, wes.maximized)
	wes.goes("general", "general – Big – Hearth")
	wes.steady(shortly)
	s.stop()
	wes.away = true
	for _, text := range []string{"one", "two", "three"} {
		wes.says(text)
	}
	wes.changes(shortly, func() { wes.key("ctrl+shift+b") })
	wes.picture("130-waiting")
	wes.changes(shortly, func() { wes.key("shift+Tab") }) // do not send the last
	wes.changes(shortly, func() { wes.key("Return") })
	wes.picture("131-take-back")
	wes.changes(shortly, func() { wes.key("Tab") }) // from "Cancel"
	wes.changes(shortly, func() { wes.key("Return") })
	wes.steady(shortly)
	wes.changes(shortly, func() { wes.key("Escape") })
	wes.changes(shortly, func() { wes.key("ctrl+shift+b") })
	wes.changes(shortly, func() { wes.key("shift+Tab", "shift+Tab") }) // edit the last
	wes.changes(shortly, func() { wes.key("Return") })
	wes.picture("132-edits")
	wes.changes(shortly, func() { wes.key("ctrl+a") })
	wes.says("two, and better")
	wes.goes("den", "den – Big – Hearth")
	wes.picture("133-fills-the-screen")
	wes.stop()
	var kept struct{ Maximized bool }
	settled(t, "wes", &kept)
	if !kept.Maximized {
		t.Error("the settings do not say that the window filled the screen")
	}
	var waits []string
	for _, e := range outbox(t, cli, "wes") {
		waits = append(waits, e.Text)
	}
	if slices.Sort(waits); !slices.Equal(waits, []string{"one", "two, and better"}) {
		t.Fatalf("waiting: %q", waits)
	}
	cli("wes", "send", "hall", "--queue", "late")
	s.start()
	cli("xia", "archive", "hall")

	wes = open(t, "wes")
	wes.titled("den – Big – Hearth", patience)
	until(t, "it fills the screen again", patience, wes.maximized)
	until(t, "what waited", patience, func() bool {
		got := said(t, cli, "xia", "general")
		slices.Sort(got)
		return slices.Equal(got, waits)
	})
	wes.front()
	wes.steady(shortly)
	wes.picture("134-back-as-it-was")
	cli("xia", "archive", "hall", "--undo")
	pictured := false
	until(t, "what was refused", patience, func() bool {
		wes.key("Escape", "ctrl+shift+b")
		time.Sleep(time.Second) // it is being read
		if !pictured {
			wes.picture("135-refused")
			pictured = true
		}
		wes.key("Tab", "Return") // from Close to Try all again, if there is anything; or it closes
		return slices.Contains(said(t, cli, "xia", "hall"), "late")
	})
	wes.stop()
	if left := outbox(t, cli, "wes"); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
}

// outbox lists what somebody's profile has not sent.
func outbox(t *testing.T, cli cliAs, who string) (all []eventFact) {
	t.Helper()
	return events(t, cli(who, "outbox", "--json"))
}
