package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/look"
	"hearth/ui/tr"
)

// travel puts the machine into a time zone until the end of the test.
func travel(t *testing.T, to string) {
	t.Helper()
	t.Cleanup(func() { zone.Refresh() }) // after TZ is as it was
	t.Setenv("TZ", to)
}

// reads reports whether any text in the window is this one.
func reads(u *UI, want string) bool {
	found := false
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		switch o := o.(type) {
		case *canvas.Text:
			found = found || o.Text == want
		case *look.Line:
			found = found || o.Text() == want
		case *para:
			found = found || o.text == want
		}
	})
	return found
}

// TestZoneOfTheMachineChanges: whoever travels sees the times of where they are as soon as
// the window has the keyboard, and stays where they were in the conversation, also where a
// day began in the midst of it.
func TestZoneOfTheMachineChanges(t *testing.T) {
	for name, from := range map[string]string{"whenever": "UTC", "after midnight": earlyZone(time.Now())} {
		t.Run(name, func(t *testing.T) { changeZone(t, from) })
	}
}

// earlyZone is a time zone where it is less than an hour after midnight.
func earlyZone(now time.Time) string {
	if h := now.UTC().Hour(); h < 13 {
		return fmt.Sprintf("Etc/GMT+%d", h) // the sign says how far UTC is ahead
	}
	return fmt.Sprintf("Etc/GMT-%d", 24-now.UTC().Hour())
}

func changeZone(t *testing.T, from string) {
	travel(t, from)
	zone.Refresh()
	g, q := newGalleryOf(t, "main,light,en", withoutCode)
	g.loaded(t, q)
	g.u.win.Resize(fyne.NewSize(1000, 520)) // a view that is far from both ends of the room
	q.run()
	h := g.u.home
	list := g.core.messages[h.room]
	at := list[len(list)-1].Time
	before := tr.Clock(zone.In(at))
	if !reads(g.u, before) {
		t.Fatalf("%s is not shown", before)
	}
	h.pane.timeline.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 60)})
	q.run()
	place := h.pane.timeline.Place()
	text := list[slices.IndexFunc(list, func(m app.MessageView) bool { return uint64(m.Seq) == place.Seq })].Text
	lines := linesOf(g.u, text)
	if place.Follow || len(lines) == 0 {
		t.Fatalf("the conversation stands at %+v, of which %d lines are in view", place, len(lines))
	}
	h.showDates(h.room, time.Now())
	d, begin := g.u.dialogs[0], time.Now()

	travel(t, "Asia/Kathmandu") // quarters of an hour: no time is there by accident
	g.u.setActive(true)
	after := at.UTC().Add(5*time.Hour + 45*time.Minute).Format("15:04")
	q.until(t, "the times of Kathmandu", func() bool { return reads(g.u, after) })
	if got := linesOf(g.u, text); !maps.Equal(got, lines) {
		t.Errorf("the message stands at %v, want %v\n%+v\n%+v", got, lines, place, h.pane.timeline.Place())
	}
	if c := calendarOf(g.u); !c.today.Equal(zone.Day(begin)) && !c.today.Equal(zone.Day(time.Now())) {
		t.Errorf("the calendar takes %s for today", c.today)
	}
	d.Close()
	g.u.moment = moment{}
	g.u.retime()
	if n := len(g.u.timelies); n != 0 {
		t.Errorf("%d dialogs that are closed are kept", n)
	}
}

// linesOf finds where the lines of a message stand in the window, the shortest left out.
func linesOf(u *UI, message string) map[string]fyne.Position {
	lines := map[string]fyne.Position{}
	each(u, func(o fyne.CanvasObject, at fyne.Position, _ bounds) {
		if l, ok := o.(*canvas.Text); ok {
			if s := strings.TrimSpace(l.Text); len(s) > 5 && strings.Contains(message, s) {
				lines[s] = at
			}
		}
	})
	return lines
}

func calendarOf(u *UI) (c *calendar) {
	each(u, func(o fyne.CanvasObject, _ fyne.Position, _ bounds) {
		if x, ok := o.(*calendar); ok {
			c = x
		}
	})
	return c
}

// withoutCode takes code out of what was written: its colours keep a clock of their own,
// which outlives a bubble, and come when a busy machine has the time.
func withoutCode(g *Gallery) {
	i := slices.IndexFunc(g.screens, func(s screen) bool { return s.name == "main" })
	g.screens[i].set = func(c *invented, _ time.Time) {
		for _, list := range c.messages {
			for i := range list {
				list[i].Text = strings.ReplaceAll(list[i].Text, "```", "")
			}
		}
	}
}

// TestMidnightComes: at midnight today is yesterday, with nobody at the window, also where
// the clock is put forward at midnight.
func TestMidnightComes(t *testing.T) {
	for _, c := range []struct {
		place, before string // a minute before midnight there
		then          tr.Key // what that day is called afterwards
	}{
		{"UTC", "2026-11-22T23:59:00Z", "day.yesterday"},
		{"America/Sao_Paulo", "2018-11-03T23:59:00-03:00", "day.yesterday"},
		{"Asia/Beirut", "2022-03-26T23:59:00+02:00", "day.yesterday"},
		{"Asia/Beirut", "2022-10-29T23:59:00+03:00", "day.today"}, // the hour before comes again
		{"Pacific/Apia", "2011-12-29T23:59:00-10:00", "day.thursday"},
	} {
		t.Run(c.place, func(t *testing.T) {
			travel(t, c.place)
			zone.Refresh()
			synctest.Test(t, func(t *testing.T) {
				begin, err := time.Parse(time.RFC3339, c.before)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Until(begin))
				g, q := newGalleryOf(t, "main,light,en", withoutCode)
				for g.u.home.pane.timeline.Top() == 0 {
					synctest.Wait()
					q.run()
				}
				g.u.Window.moment = momentOf(time.Now())
				g.u.Window.keepTime()
				pass := func(d time.Duration) {
					for end := time.Now().Add(d); time.Now().Before(end); {
						time.Sleep(time.Second)
						synctest.Wait()
						q.run()
					}
				}
				today := tr.S("day.today")
				if !reads(g.u, today) {
					t.Fatal("nothing was written today")
				}
				pass(50 * time.Second)
				if !reads(g.u, today) {
					t.Fatal("the day ends before midnight")
				}
				pass(11 * time.Second)
				if !reads(g.u, tr.S(c.then)) {
					t.Errorf("after midnight it is not %s", tr.S(c.then))
				}
				pass(time.Hour)
				if !reads(g.u, tr.S("day.yesterday")) && c.then != "day.thursday" {
					t.Error("an hour later it is not yesterday")
				}
			})
		})
	}
}

// TestCalendarWithoutMidnight: each day can be taken, and begins on that day, where the
// clock is put forward at midnight; a day that was left out leads to the next.
func TestCalendarWithoutMidnight(t *testing.T) {
	for _, c := range []struct {
		place      string
		year       int
		month      time.Month
		day        int
		leads      string
		from, till string
	}{
		{"America/Sao_Paulo", 2018, time.November, 4, "2018-11-04T01:00:00-02:00", "2018-10-01", "2018-12-01"},
		{"America/Sao_Paulo", 2018, time.November, 5, "2018-11-05T00:00:00-02:00", "2018-10-01", "2018-12-01"},
		{"Asia/Beirut", 2022, time.March, 27, "2022-03-27T01:00:00+03:00", "2022-03-01", "2022-04-01"},
		{"Pacific/Apia", 2011, time.December, 30, "2011-12-31T00:00:00+14:00", "2011-12-01", "2012-01-01"},
		{"Pacific/Apia", 2011, time.December, 31, "2011-12-31T00:00:00+14:00", "2011-12-01", "2012-01-01"},
	} {
		travel(t, c.place)
		zone.Refresh()
		bound := func(s string) time.Time {
			day, err := time.Parse(time.DateOnly, s)
			if err != nil {
				t.Fatal(err)
			}
			return zone.Start(day)
		}
		newGallery(t, "main,light,en")
		var got string
		cal := newCalendar(bound(c.from), bound(c.from), bound(c.till), func(day time.Time) { got = zone.Start(day).Format(time.RFC3339) })
		seen := map[string]bool{}
		for range 70 { // from the first day to the last, by the keyboard
			if seen[cal.day.String()] {
				break
			}
			seen[cal.day.String()] = true
			if y, m, d := cal.day.Date(); y == c.year && m == c.month && d == c.day {
				cal.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
			}
			cal.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
		}
		if got != c.leads {
			t.Errorf("%s: day %d leads to %q, want %s", c.place, c.day, got, c.leads)
		}
		if !cal.day.Equal(cal.last) {
			t.Errorf("%s: the arrow stops at %s", c.place, cal.day)
		}
	}
}

// TestMutedUntilIsOver: the dialog that says until when a room is muted offers to mute it
// once that is over, without the person doing anything.
func TestMutedUntilIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, q := newGalleryOf(t, "main,light,en", withoutCode)
		synctest.Wait()
		q.run()
		u := g.u
		u.moment = momentOf(time.Now())
		u.view.Notify = &app.NotifyRules{Rooms: map[chat.RoomID]app.RoomNotify{u.home.room: {Muted: time.Now().Add(90 * time.Second)}}}
		u.Window.keepTime()
		u.home.showRoomNotify(u.home.room)
		if !shows(u, tr.S("notify.unmute")) {
			t.Fatal("the room is not muted")
		}
		for range 125 {
			time.Sleep(time.Second)
			synctest.Wait()
			q.run()
		}
		if shows(u, tr.S("notify.unmute")) || !shows(u, tr.S("notify.for_hour")) {
			t.Error("what is over is still said")
		}
	})
}
