package zone

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones, wherever this runs
)

func load(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// TestFirst: the first moment of a day, where clocks skip midnight, repeat it, or a whole
// day is left out.
func TestFirst(t *testing.T) {
	for _, c := range []struct{ zone, wall, want string }{
		{"UTC", "2026-11-22T00:00", "2026-11-22T00:00:00Z"},
		{"Europe/Berlin", "2026-03-29T00:00", "2026-03-29T00:00:00+01:00"},
		{"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:00:00+02:00"},
		{"Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:30:00+02:00"},
		{"America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T01:00:00-02:00"},
		{"America/Sao_Paulo", "2018-02-18T00:00", "2018-02-18T00:00:00-03:00"},
		{"Asia/Beirut", "2022-03-27T00:00", "2022-03-27T01:00:00+03:00"},
		{"Asia/Beirut", "2022-10-30T00:00", "2022-10-30T00:00:00+02:00"},
		{"America/Havana", "2022-11-06T00:00", "2022-11-06T00:00:00-04:00"},
		{"Pacific/Apia", "2011-12-29T00:00", "2011-12-29T00:00:00-10:00"},
		{"Pacific/Apia", "2011-12-30T00:00", "2011-12-31T00:00:00+14:00"},
		{"Pacific/Apia", "2011-12-30T08:00", "2011-12-31T00:00:00+14:00"},
		{"Pacific/Apia", "2011-12-31T00:00", "2011-12-31T00:00:00+14:00"},
		{"Pacific/Kiritimati", "2026-01-01T00:00", "2026-01-01T00:00:00+14:00"},
		{"Pacific/Kwajalein", "1993-08-21T00:00", "1993-08-22T00:00:00+12:00"},
	} {
		wall, err := time.Parse("2006-01-02T15:04", c.wall)
		if err != nil {
			t.Fatal(err)
		}
		if got := First(wall, load(t, c.zone)).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s begins at %s, want %s", c.wall, c.zone, got, c.want)
		}
	}
}

// TestStartsOfDays: the first moment of each day of a year is on that day or, where the
// day is left out, on the next; and the moment before it is on an earlier one.
func TestStartsOfDays(t *testing.T) {
	for name, year := range map[string]int{"America/Sao_Paulo": 2018, "Asia/Beirut": 2022, "Pacific/Apia": 2011, "Europe/London": 2026, "America/Havana": 2022} {
		loc := load(t, name)
		for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
			civil := func(at time.Time) time.Time {
				y, m, d := at.In(loc).Date()
				return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
			}
			at := First(day, loc)
			if got := civil(at); got.Before(day) || got.After(day.AddDate(0, 0, 1)) || got.After(day) && day.YearDay() != 364 {
				t.Errorf("%s: %s begins at %s", name, day.Format(time.DateOnly), at)
			}
			if before := at.Add(-time.Nanosecond); !civil(before).Before(day) {
				t.Errorf("%s: %s begins before %s", name, day.Format(time.DateOnly), at)
			}
		}
	}
}

// TestRules: what Windows says of a zone makes the same zone.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name string
		r    rules
	}{
		{"Europe/Berlin", rules{-60, 0, -60, turn{10, 5, 0, 3, 0, 0}, turn{3, 5, 0, 2, 0, 0}}},
		{"America/New_York", rules{300, 0, -60, turn{11, 1, 0, 2, 0, 0}, turn{3, 2, 0, 2, 0, 0}}},
		{"Australia/Sydney", rules{-600, 0, -60, turn{4, 1, 0, 3, 0, 0}, turn{10, 1, 0, 2, 0, 0}}},
		{"Australia/Lord_Howe", rules{-630, 0, -30, turn{4, 1, 0, 2, 0, 0}, turn{10, 1, 0, 2, 0, 0}}},
		{"Asia/Kathmandu", rules{bias: -345}},
		{"America/Phoenix", rules{bias: 420, daylightBias: -60}},
		{"America/St_Johns", rules{210, 0, -60, turn{11, 1, 0, 2, 0, 0}, turn{3, 2, 0, 2, 0, 0}}},
	} {
		p, err := ruled(c.r)
		if err != nil {
			t.Fatal(c.name, err)
		}
		want := load(t, c.name)
		const layout = "2006-01-02 15:04 -0700"
		for at := time.Date(2026, 1, 1, 0, 15, 0, 0, time.UTC); at.Year() < 2028; at = at.Add(30 * time.Minute) {
			if got, want := at.In(p.loc).Format(layout), at.In(want).Format(layout); got != want {
				t.Fatalf("%s: %s, want %s", c.name, got, want)
			}
		}
	}
}
