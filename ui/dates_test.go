package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/tr"
)

// TestJumpToDate: a day leads to its first message, one without messages to the next that
// there is, by the keyboard, and Escape leads back; where nothing came since, that is said.
func TestJumpToDate(t *testing.T) {
	g, q := newGallery(t, "main,light,en")
	g.pose(q)
	room := inventedRoom("release-room")
	today := zone.Day(time.Now())
	list := g.core.messages[room]
	for i := range list { // three a day, every other day
		day := today.AddDate(0, 0, -2-2*((len(list)-1-i)/3))
		list[i].Time = zone.Start(day).Add(12*time.Hour + time.Duration(i)*time.Minute)
	}
	first := func(days int) (seq chat.Seq) { // of those before today
		for i := range list {
			if !list[i].Time.Before(zone.Start(today.AddDate(0, 0, -days))) {
				return list[i].Seq
			}
		}
		return 0
	}
	u, h := g.u, g.u.home
	h.openRoom(inventedRoom("general"))
	g.arrived(t, q)
	u.win.Resize(fyne.NewSize(1000, 560)) // a part of the room
	h.openRoom(room)
	g.loaded(t, q)
	q.run()
	for days, want := range map[int]chat.Seq{4: first(4), 5: first(4)} {
		h.pane.timeline.ShowLatest()
		h.focus()
		g.arrived(t, q)
		h.showDates(room, time.Now())
		q.run()
		for range days {
			key(u, fyne.KeyLeft)
		}
		key(u, fyne.KeyReturn)
		q.until(t, "the day", func() bool { return len(u.dialogs) == 0 && u.win.Canvas().Focused() == h.pane.timeline })
		g.arrived(t, q)
		if lines := linesOf(u, list[want-1].Text); len(lines) == 0 || h.pane.timeline.AtEnd() {
			t.Errorf("%d days ago does not lead to %d, but to %d", days, want, h.pane.timeline.Top())
		}
		h.escape()
		g.arrived(t, q)
		if !h.pane.timeline.AtEnd() {
			t.Errorf("%d days ago: Escape does not lead back", days)
		}
	}
	h.showDates(room, time.Now())
	c := calendarOf(u)
	q.until(t, "the first day", func() bool { return c.first.Equal(zone.Day(list[0].Time)) })
	for range 3 {
		key(u, fyne.KeyPageUp)
	}
	if !c.day.Equal(zone.Day(list[0].Time)) {
		t.Errorf("the keys go to %s, before the first message", c.day)
	}
	key(u, fyne.KeyEscape)
	if len(u.dialogs) > 0 {
		t.Fatal("Escape does not close it")
	}
	h.goToDay(room, today)
	none := tr.F("date.none", "Date", tr.Date(today, true))
	q.until(t, "that nothing came", func() bool { return shows(u, none) })
}
