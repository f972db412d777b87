package zone

import "syscall"

// read asks the system for the rules of this year, as package time does at the start of a
// program. The variable TZ means nothing on Windows.
func read() (*place, error) {
	var i syscall.Timezoneinformation
	if _, err := syscall.GetTimeZoneInformation(&i); err != nil {
		return nil, err
	}
	change := func(s syscall.Systemtime) turn {
		return turn{int(s.Month), int(s.Day), int(s.DayOfWeek), int(s.Hour), int(s.Minute), int(s.Second)}
	}
	return ruled(rules{
		bias: int(i.Bias), standardBias: int(i.StandardBias), daylightBias: int(i.DaylightBias),
		standard: change(i.StandardDate), daylight: change(i.DaylightDate),
	})
}
