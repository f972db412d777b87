package ui

import (
	"slices"
	"strings"
	"testing"

	"hearth/app"
	"hearth/ui/look"
	"hearth/ui/timeline"
	"hearth/ui/tr"
)

// TestPurgedMenu: nothing is offered for a message that the server no longer keeps but what
// is done on this device.
func TestPurgedMenu(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	q.run()
	p := g.u.home.pane
	own := []look.MenuItem{{Text: "copy"}, {Text: "details"}}
	texts := func(fixed bool) (texts []string, emoji bool) {
		r := &timeline.Row{ID: "x", Seq: 5, Kind: timeline.Message, Text: "old", Fixed: fixed}
		for _, m := range p.messageMenu(r, own) {
			texts, emoji = append(texts, m.Text), emoji || len(m.Emoji) > 0
		}
		return texts, emoji
	}
	for _, fixed := range []bool{false, true} {
		have, emoji := texts(fixed)
		for _, key := range []tr.Key{"message.react", "message.pin"} {
			if slices.Contains(have, tr.S(key)) == fixed {
				t.Errorf("purged %v: %q in %q", fixed, tr.S(key), have)
			}
		}
		if emoji == fixed {
			t.Errorf("purged %v: emoji offered: %v", fixed, emoji)
		}
		if !slices.Contains(have, tr.S("message.reply")) || !slices.Contains(have, tr.S("message.forward")) {
			t.Errorf("purged %v: %q", fixed, have)
		}
	}
}

// TestReadingsOfLargeRooms: a room's page says from how many people on nobody sees who has
// read, and whether that is so here.
func TestReadingsOfLargeRooms(t *testing.T) {
	r := &app.RoomView{Members: make([]app.MemberView, app.MostReaders)}
	small := readingsText(r)
	r.Members = append(r.Members, app.MemberView{})
	large := readingsText(r)
	if small == large || !strings.Contains(small, "100") || !strings.Contains(large, "100") {
		t.Errorf("%q, %q", small, large)
	}
	r.HideReadings = true
	if readingsText(r) != tr.S("readings.hidden") {
		t.Error("the owner's word counts first")
	}
}
