package tr

import (
	"fmt"
	"time"
)

// weekdays and months are the keys of names, in the order of package time.
var (
	weekdays = [7]Key{"day.sunday", "day.monday", "day.tuesday", "day.wednesday", "day.thursday", "day.friday", "day.saturday"}
	months   = [12]Key{
		"month.1", "month.2", "month.3", "month.4", "month.5", "month.6",
		"month.7", "month.8", "month.9", "month.10", "month.11", "month.12",
	}
	shortDays = [7]Key{
		"day.sunday.short", "day.monday.short", "day.tuesday.short", "day.wednesday.short",
		"day.thursday.short", "day.friday.short", "day.saturday.short",
	}
)

// Clock is the time of day, 24 hours.
func Clock(t time.Time) string { return t.Format("15:04") }

// Day names the day of t for a reader at now: today, yesterday, a weekday within
// the week, a date otherwise. The zone of t is the reader's.
func Day(t, now time.Time) string {
	now = now.In(t.Location())
	switch n := daysBetween(t, now); {
	case n == 0:
		return S("day.today")
	case n == 1:
		return S("day.yesterday")
	case n > 1 && n < 7:
		return S(weekdays[t.Weekday()])
	}
	return Date(t, t.Year() != now.Year())
}

// Short is the shortest useful form for a list: time today, weekday this week,
// date otherwise. The zone of t is the reader's.
func Short(t, now time.Time) string {
	now = now.In(t.Location())
	switch n := daysBetween(t, now); {
	case t.IsZero():
		return ""
	case n == 0:
		return Clock(t)
	case n > 0 && n < 7:
		return S(shortDays[t.Weekday()])
	case t.Year() == now.Year():
		return F("date.short", "D", t.Day(), "M", int(t.Month()))
	}
	return F("date.numeric", "D", t.Day(), "M", int(t.Month()), "Y", t.Year())
}

// Date is day and month in words, with the year where asked for.
func Date(t time.Time, year bool) string {
	if year {
		return F("date.long", "D", t.Day(), "Month", S(months[t.Month()-1]), "Y", t.Year())
	}
	return F("date.day", "D", t.Day(), "Month", S(months[t.Month()-1]))
}

// Moment is date and time in full.
func Moment(t time.Time) string {
	return F("date.moment", "Date", Date(t, true), "Time", t.Format("15:04:05"))
}

// Minute is date and time of day.
func Minute(t time.Time) string {
	return F("date.moment", "Date", Date(t, true), "Time", Clock(t))
}

// Until says how long something still lasts, in the largest unit that fits.
func Until(d time.Duration) string {
	switch {
	case d <= 0:
		return S("time.over")
	case d < time.Hour:
		return N("time.minutes", int(d/time.Minute)+1)
	case d < 48*time.Hour:
		return N("time.hours", int((d+30*time.Minute)/time.Hour))
	}
	return N("time.days", int((d+12*time.Hour)/(24*time.Hour)))
}

// Milliseconds is a round-trip time.
func Milliseconds(d time.Duration) string {
	if d < time.Millisecond {
		return S("time.rtt_low")
	}
	return F("time.rtt", "N", fmt.Sprint(d.Round(time.Millisecond).Milliseconds()))
}

// daysBetween counts midnights from t to now, both in one zone; negative for the future.
func daysBetween(t, now time.Time) int {
	day := func(t time.Time) int64 {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	return int(day(now) - day(t))
}

// Ago says how long something has been, in the largest unit that fits.
func Ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return S("ago.now")
	case d < time.Hour:
		return N("ago.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return N("ago.hours", int(d/time.Hour))
	}
	return N("ago.days", int(d/(24*time.Hour)))
}

// Length is a stretch of time in its largest unit, rounded.
func Length(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return N("time.seconds", int((d+time.Second/2)/time.Second))
	case d < 2*time.Hour:
		return N("time.minutes", int((d+30*time.Second)/time.Minute))
	case d < 48*time.Hour:
		return N("time.hours", int((d+30*time.Minute)/time.Hour))
	}
	return N("time.days", int((d+12*time.Hour)/(24*time.Hour)))
}
