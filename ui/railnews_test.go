package ui

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/driver/desktop"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/look"
)

// TestRailCounts: a tile counts what is for the person in its group, which are mentions
// and messages in conversations, each once, and its tooltip and a screen reader say so.
func TestRailCounts(t *testing.T) {
	g, _ := newGallery(t, "rail,light,en")
	find := func(group string) *railItem {
		for _, i := range g.u.rail.items {
			if i.u.groupName() == group {
				return i
			}
		}
		t.Fatalf("no tile of %q", group)
		return nil
	}
	for _, test := range []struct{ group, badge, says string }{
		{"Choir of Saint Cecilia", "3", "3 mentions and direct messages"},
		{"Night shift", "5", "5 mentions and direct messages"},
		{"读书会", "", "1 room with unread messages"},
		{"Allotments", "", ""},
	} {
		i := find(test.group)
		if i.facts.badge != test.badge || i.facts.unread != (test.says != "") {
			t.Errorf("%s shows %+v", test.group, i.facts)
		}
		i.MouseIn(&desktop.MouseEvent{})
		if tip := i.facts.fullTip(); !strings.Contains(tip, test.group) || !strings.HasSuffix(tip, test.says) || !drawn(g.u, test.says) {
			t.Errorf("%s says %q", test.group, tip)
		}
		i.MouseOut()
		if label := i.AccessibilityLabel(); !strings.Contains(label, test.says) {
			t.Errorf("%s is read as %q", test.group, label)
		}
	}

	// Who is called in a conversation is counted once; a room that one was added to makes a dot.
	u := find("Night shift").u
	u.view.Rooms[0].Mentions = 2
	if f := g.u.rail.facts(u); f.calls != 5 {
		t.Errorf("%d for the person", f.calls)
	}
	u.view.Rooms[0].Access, u.view.Rooms[0].Unread, u.view.Rooms[0].Added = chat.AccessClosed, 0, true
	u.view.Rooms[0].Mentions, u.view.Rooms[1].Mentions, u.view.Rooms[1].Unread = 0, 0, 0
	if f := g.u.rail.facts(u); !f.unread || f.badge != "" || f.rooms != 1 {
		t.Errorf("a new room shows %+v", f)
	}
}

// TestSilenceShows: who silenced a group sees that on its tile and over its rooms, and until
// when, as long as it is so; trouble with the connection keeps its own mark.
func TestSilenceShows(t *testing.T) {
	g, q := newGallery(t, "rail,light,en")
	g.pose(q)
	u, waits := g.u, g.u.all[4]
	silent := func(x *UI, until time.Time) railFacts {
		x.view.Notify = &app.NotifyRules{Paused: until}
		x.apply(app.Changes{View: true}, x.view)
		return u.rail.facts(x)
	}
	now := time.Now()
	until := now.Add(3 * 24 * time.Hour) // another day, whenever this runs
	words := "Nothing rings until " + shortTime(until, now) + "."
	f := silent(u, until)
	if f.mark != look.IconBellOff || f.bad || !strings.HasSuffix(f.fullTip(), words) {
		t.Errorf("the tile shows %+v and says %q", f, f.fullTip())
	}
	if b := u.home.side.quiet; !b.Visible() || b.Tip != words {
		t.Errorf("over the rooms shows %v: %q", b.Visible(), b.Tip)
	}
	if f := silent(waits, until); f.mark != look.IconOffline || !strings.HasSuffix(f.fullTip(), words) {
		t.Errorf("the tile of a group that waits shows %+v and says %q", f, f.fullTip())
	}

	// It is over without anything else happening.
	u.view.Notify = &app.NotifyRules{Paused: now}
	u.moment = moment{}
	u.retime()
	if f := u.rail.facts(u); f.mark != "" || f.quiet != "" || u.home.side.quiet.Visible() {
		t.Errorf("after the end of the silence the tile shows %+v", f)
	}
}

// TestAccountsOfOneGroup: accounts of one group in one window never look alike, on their
// tiles and in what the switcher offers.
func TestAccountsOfOneGroup(t *testing.T) {
	g, q := newGallery(t, "rail,light,en")
	g.pose(q)
	u, far, third := g.u, g.u.all[3], g.u.all[4]
	for _, test := range []struct{ here, there, last, tiles string }{
		{"Daniel", "Daniel (on call)", "Vera", "ND NC NV"},
		{"Bob", "Bob (work)", "Bert", "N1 NW N2"},
		{"Bob", "Bob", "Bob", "N1 N2 N3"},
		{"丹尼尔", "丹 (工作)", "丹", "N1 工 N2"},
	} {
		var tiles []string
		all := []*UI{u, far, third}
		for i, name := range []string{test.here, test.there, test.last} {
			v := all[i].view
			v.Group.Name, v.Group.Server, v.Me.Display = "Nimbus", chat.ServerID{9}, name
		}
		for _, x := range all {
			tiles = append(tiles, u.rail.facts(x).letters)
		}
		if got := strings.Join(tiles, " "); got != test.tiles {
			t.Errorf("the tiles of %q, %q and %q: %s, want %s", test.here, test.there, test.last, got, test.tiles)
		}
		s := &switcher{h: u.home}
		s.gatherGroups()
		notes := map[string]bool{}
		for _, a := range s.all {
			if a.kind == aimElsewhere {
				notes[a.note] = true
			}
		}
		if !notes[far.fullName()] || notes["Nimbus"] || !notes["Choir of Saint Cecilia"] {
			t.Errorf("the switcher names its groups %v", notes)
		}
	}
}
