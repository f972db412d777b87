// Package zone owns the time zone in which the person is shown times, and what a day is
// there. Package time reads the zone of the system once, at the start of the program;
// this package reads it anew when Refresh is called, so that a machine that travels shows
// the time of where it is. It decides nothing about what is shown, starts no goroutine, and
// never changes time.Local.
//
// Where the zone comes from is what package time does at its start: on Unix, macOS
// included, the variable TZ if it is set, else the file /etc/localtime; on Windows the
// rules of the system's zone of this year. A zone that cannot be read changes nothing.
package zone

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// place is a zone and what it was made from.
type place struct {
	loc    *time.Location
	source string
}

var (
	current atomic.Pointer[place]
	reading sync.Mutex // one at a time, so that the newest stays
)

// Get returns the zone in force. It is the same pointer until the zone changes.
func Get() *time.Location {
	if p := current.Load(); p != nil {
		return p.loc
	}
	Refresh()
	return current.Load().loc
}

// In returns t in the zone in force.
func In(t time.Time) time.Time { return t.In(Get()) }

// Now returns the present in the zone in force.
func Now() time.Time { return In(time.Now()) }

// Refresh reads the zone of the system anew and reports whether it has changed. It may
// read a small file. Any goroutine may call it.
func Refresh() (changed bool) {
	reading.Lock()
	defer reading.Unlock()
	old := current.Load()
	p, err := read()
	switch {
	case err != nil && old == nil:
		p = &place{loc: time.Local} // what package time made of it
	case err != nil:
		return false
	case old != nil && old.source == p.source:
		return false
	}
	current.Store(p)
	return old != nil
}

// Follow reads the zone each minute until the context ends, for programs without a window,
// which looks at the clock by itself.
func Follow(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			Refresh()
		}
	}
}

// Day returns the day that t is on in the zone in force, as midnight in UTC: days are
// counted, compared and shown in a calendar without a zone, which may lack an hour of a
// day, or a day.
func Day(t time.Time) time.Time {
	y, m, d := In(t).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Start returns the first moment of a day, given as Day returns it, in the zone in force.
func Start(day time.Time) time.Time {
	y, m, d := day.Date()
	return First(time.Date(y, m, d, 0, 0, 0, 0, time.UTC), Get())
}

// mostAhead is more than any zone is ahead of UTC, with more than any clock is set by.
const mostAhead = 40 * time.Hour

// First returns the first moment at which the clocks of a place show the time that wall
// shows in UTC, or a later one where they skip it: time.Date may return the hour before
// then, which is of the day before where a clock is put forward at midnight.
func First(wall time.Time, in *time.Location) time.Time {
	for at := wall.Add(-mostAhead).In(in); ; {
		_, ahead := at.Zone()
		t := wall.Add(-time.Duration(ahead) * time.Second).In(in)
		if t.Before(at) {
			t = at // it was skipped when this began
		}
		_, end := at.ZoneBounds()
		if end.IsZero() || t.Before(end) {
			return t
		}
		at = end
	}
}
