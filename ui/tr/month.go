package tr

import "time"

// Month is month and year in words.
func Month(t time.Time) string {
	return F("date.month", "Month", S(months[t.Month()-1]), "Y", t.Year(), "M", int(t.Month()))
}
