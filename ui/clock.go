package ui

import (
	"context"
	"time"

	"hearth/internal/zone"
)

// lookPeriod is how often the window looks at the clock. The timers of a machine that
// sleeps stand still: what was to happen at midnight would happen as much later as it
// slept, so nothing is waited for that long in one go.
const lookPeriod = 5 * time.Second

// moment is what words about time depend on: where and on which day they are read, and
// how long ago something is.
type moment struct {
	zone   *time.Location
	day    time.Time
	minute int64
}

func momentOf(t time.Time) moment { return moment{zone.Get(), zone.Day(t), t.Unix() / 60} }

// timely is something shown that names a time.
type timely struct {
	shown func() bool // it is forgotten once it is not
	set   func()      // says it anew, where that differs
}

// timely has set called when what it says of a time may have changed: a minute is over,
// or a day, or the person is in another time zone; as long as shown says that it is.
func (w *Window) timely(shown func() bool, set func()) {
	w.timelies = append(w.timelies, timely{shown, set})
}

// shown is whether the dialog is open, for timely.
func (d *dialog) shown() bool { return d.isOpen }

// keepTime says what names times anew as time passes and the zone changes, until the
// window's end. The zone is read each minute by the clock on the wall, thus also after a
// sleep; and when the window gets the keyboard, because who travels comes back to it.
func (w *Window) keepTime() {
	now := time.Now()
	if now.Unix()/60 != w.moment.minute {
		w.lookAtClock()
	}
	minute := now.Truncate(time.Minute).Add(time.Minute).Sub(now)
	w.life.after(min(lookPeriod, minute), w.keepTime)
}

// lookAtClock reads the zone anew and shows what follows from it and from the time.
func (w *Window) lookAtClock() {
	w.life.work(func(context.Context) func() {
		zone.Refresh()
		return w.retime
	})
}

// retime shows the time as it is now.
func (w *Window) retime() {
	now, old := momentOf(time.Now()), w.moment
	if now == old {
		return
	}
	w.moment = now
	if now.zone != old.zone || now.day != old.day {
		for _, u := range w.all {
			if u.home != nil && u.view != nil {
				u.home.newDay()
			}
		}
		if w.viewer != nil {
			w.viewer.label()
		}
		w.tray.apply()
	}
	for _, u := range w.all {
		if u.home != nil {
			u.home.side.sayQuiet()
		}
	}
	w.rail.apply()
	list := w.timelies
	w.timelies = nil
	for _, t := range list {
		if t.shown() {
			w.timelies = append(w.timelies, t)
			t.set()
		}
	}
}
