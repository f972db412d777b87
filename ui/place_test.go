package ui

import (
	"strings"
	"testing"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/ui/narrate"
	"hearth/ui/timeline"
)

// TestPlaceWords: a link to a message is shown by what it leads to.
func TestPlaceWords(t *testing.T) {
	newGallery(t, "main,light,en")
	now := time.Now()
	at := time.Date(now.Year(), time.March, 4, 16, 3, 0, 0, time.Local)
	for _, c := range []struct {
		place app.PlaceView
		want  string
	}{
		{app.PlaceView{Known: true, Room: "garden", Name: "Ann", Time: at}, "#garden › Ann, 4 March, 16:03"},
		{app.PlaceView{Known: true, Room: "garden", Name: "Ann", Time: at.AddDate(-1, 0, 0)}, "#garden › Ann, 4 March " + at.AddDate(-1, 0, 0).Format("2006") + ", 16:03"},
		{app.PlaceView{Known: true, Room: "Ann", Direct: true, Name: "نور", Time: at}, "Ann › \u2068نور\u2069, 4 March, 16:03"},
		{app.PlaceView{Known: true, Room: "garden", Mark: "@bob"}, "#garden (@bob) › a message"},
		{app.PlaceView{}, "a message you cannot see"},
		{app.PlaceView{Other: true}, "a message in another group"},
	} {
		if got := placeWords(&c.place); got != c.want {
			t.Errorf("%+v: %q", c.place, got)
		}
	}
	link := chat.PlaceLink{Server: chat.ServerID{1}, Room: chat.RoomID{2}, Seq: 12}.String()
	long := strings.Repeat("x", 60)
	for line, want := range map[string]string{
		link:                            "a link to a message",
		"see " + link + ", please":      "see a link to a message, please",
		"(" + link + ")":                "(a link to a message)",
		"see " + link[:70]:              "see a link to a message",
		"see " + link[:70] + "…":        "see a link to a message…",
		"hearth:message/nowhere":        "hearth:message/nowhere",
		"hearth:message/" + long + " x": "hearth:message/" + long + " x",
		"nothing of it":                 "nothing of it",
	} {
		if got := narrate.NameLinks(line); got != want {
			t.Errorf("%q is shown as %q", line, got)
		}
	}
}

// TestPlaceShown: in the bubble there are the words, copying gives the address, and a
// click goes there.
func TestPlaceShown(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	room := g.u.home.room
	list := g.core.messages[room]
	m := &list[len(list)-1]
	target := list[2]
	link := chat.PlaceLink{Server: g.u.view.Group.Server, Room: room, Seq: target.Seq}.String()
	m.Text = "As said in " + link
	m.Places = []app.PlaceView{{Link: link, Known: true, Room: "release-room", Name: "Ann", Time: m.Time}}
	g.u.home.pane.timeline.Changed(timeline.All)
	q.until(t, "the words", func() bool { return drawn(g.u, "#release-room") && drawn(g.u, "Ann") })
	if drawn(g.u, "hearth:message") {
		t.Error("the address is drawn")
	}
	r := rowOf(*m)
	if r.Text != m.Text || len(r.Titles) != 1 {
		t.Errorf("the row is %+v", r)
	}
}
