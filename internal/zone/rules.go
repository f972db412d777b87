package zone

import (
	"encoding/binary"
	"fmt"
	"time"
)

// rules are a zone as Windows tells of it: minutes that UTC is ahead, and when in a year
// the clocks are put forward and back.
type rules struct {
	bias, standardBias, daylightBias int
	standard, daylight               turn // when each begins; month 0: never
}

// turn is when clocks are changed: on a day of the week, the first to fourth or last (5)
// in a month.
type turn struct{ month, week, weekday, hour, minute, second int }

// ruled makes a zone of rules, which hold in every year.
func ruled(r rules) (*place, error) {
	tz := posix(r)
	loc, err := time.LoadLocationFromTZData("Local", tzif(tz))
	if err != nil {
		return nil, err
	}
	return &place{loc, tz}, nil
}

// posix writes rules as the variable TZ has them in POSIX.
func posix(r rules) string {
	if r.standard.month == 0 || r.daylight.month == 0 {
		return "<std>" + offset(r.bias)
	}
	return "<std>" + offset(r.bias+r.standardBias) + "<dst>" + offset(r.bias+r.daylightBias) +
		"," + r.daylight.posix() + "," + r.standard.posix()
}

// offset writes how many minutes UTC is ahead.
func offset(minutes int) string {
	sign := ""
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return fmt.Sprintf("%s%d:%02d", sign, minutes/60, minutes%60)
}

func (t turn) posix() string {
	return fmt.Sprintf("M%d.%d.%d/%d:%02d:%02d", t.month, t.week, t.weekday, t.hour, t.minute, t.second)
}

// tzif writes a file of a zone (RFC 9636, version 2) that has nothing but a rule.
func tzif(tz string) []byte {
	var data []byte
	for range 2 { // the block of version 1, which is skipped, and that of version 2
		data = append(data, "TZif2"...)
		data = append(data, make([]byte, 15)...)
		for _, n := range []uint32{0, 0, 0, 0, 1, 4} { // one zone, four bytes of its name
			data = binary.BigEndian.AppendUint32(data, n)
		}
		data = append(data, 0, 0, 0, 0, 0, 0) // never in force: the rule is
		data = append(data, "std\x00"...)
	}
	return append(data, "\n"+tz+"\n"...)
}
