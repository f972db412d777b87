package app

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"hearth/chat"
)

// noon is a Wednesday.
var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.FixedZone("CET", 3600))

// TestDecide goes through the rules in their order.
func TestDecide(t *testing.T) {
	loud, small, mute, off := chat.RoomID{1}, chat.RoomID{2}, chat.RoomID{3}, chat.RoomID{4}
	rules := NotifyRules{
		Rooms: map[chat.RoomID]RoomNotify{
			small: {Level: LevelMentions}, mute: {Muted: noon.Add(time.Minute)}, off: {Level: LevelNone},
		},
		Keywords: []string{"Ħobż", "蜂", "new york"},
		Quiet:    []QuietHours{{Days: EveryDay, From: 22 * 60, To: 7 * 60}},
	}
	night := noon.Add(11 * time.Hour)
	for name, c := range map[string]struct {
		in   NotifyInput
		want Decision
	}{
		"own":                         {NotifyInput{Room: loud, Own: true, Mention: true}, Decision{Rule: RuleOwn}},
		"read elsewhere":              {NotifyInput{Room: loud, Read: true}, Decision{Rule: RuleRead}},
		"on screen":                   {NotifyInput{Room: loud, OnScreen: true, Mention: true}, Decision{Rule: RuleOnScreen}},
		"all":                         {NotifyInput{Room: loud, Text: "hello"}, Decision{Ring: true, Rule: RuleAll}},
		"mention":                     {NotifyInput{Room: small, Mention: true, Everybody: true}, Decision{Ring: true, Rule: RuleMention}},
		"everybody":                   {NotifyInput{Room: small, Everybody: true}, Decision{Ring: true, Rule: RuleEverybody}},
		"no mention":                  {NotifyInput{Room: small, Text: "hello"}, Decision{Rule: RuleMentions}},
		"keyword without accents":     {NotifyInput{Room: small, Text: "more HOBZ?"}, Decision{Ring: true, Rule: RuleKeyword, Keyword: "Ħobż"}},
		"keyword in a word":           {NotifyInput{Room: small, Text: "hobza xhobz"}, Decision{Rule: RuleMentions}},
		"keyword, second place":       {NotifyInput{Room: small, Text: "hobza hobz"}, Decision{Ring: true, Rule: RuleKeyword, Keyword: "Ħobż"}},
		"keyword without spaces":      {NotifyInput{Room: small, Text: "我们的蜂巢"}, Decision{Ring: true, Rule: RuleKeyword, Keyword: "蜂"}},
		"keyword of two words":        {NotifyInput{Room: small, Text: "in New\n York!"}, Decision{Ring: true, Rule: RuleKeyword, Keyword: "new york"}},
		"muted, mention":              {NotifyInput{Room: mute, Mention: true}, Decision{Rule: RuleMuted}},
		"muting is over":              {NotifyInput{Room: mute, Now: noon.Add(time.Minute)}, Decision{Ring: true, Rule: RuleAll}},
		"none, mention":               {NotifyInput{Room: off, Mention: true}, Decision{Rule: RuleNone}},
		"night, mention":              {NotifyInput{Room: loud, Mention: true, Now: night}, Decision{Rule: RuleQuiet}},
		"night, muted room says more": {NotifyInput{Room: off, Now: night}, Decision{Rule: RuleNone}},
		"direct":                      {NotifyInput{Room: loud, Direct: true}, Decision{Ring: true, Rule: RuleDirect}},
		"direct, choice of its own":   {NotifyInput{Room: small, Direct: true}, Decision{Rule: RuleMentions}},
	} {
		if c.in.Now.IsZero() {
			c.in.Now = noon
		}
		if got := rules.Decide(&c.in); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	quiet := NotifyRules{Level: LevelMentions, Paused: noon.Add(time.Hour)}
	for name, c := range map[string]struct {
		in   NotifyInput
		want NotifyRule
	}{
		"paused":                      {NotifyInput{Room: loud, Mention: true, Now: noon}, RulePaused},
		"level of the group":          {NotifyInput{Room: loud, Now: noon.Add(time.Hour)}, RuleMentions},
		"direct rooms are not of it":  {NotifyInput{Room: loud, Direct: true, Now: noon.Add(time.Hour)}, RuleDirect},
		"nothing chosen, no messages": {NotifyInput{Room: loud, Now: noon.Add(time.Hour), Mention: true}, RuleMention},
	} {
		if got := quiet.Decide(&c.in); got.Rule != c.want {
			t.Errorf("%s: %s, want %s", name, got.Rule, c.want)
		}
	}
}

// TestQuietHours goes over midnight, week ends and changes of the clock.
func TestQuietHours(t *testing.T) {
	friday := QuietHours{Days: Weekdays(0).With(time.Friday, true), From: 22 * 60, To: 7 * 60}
	noonish := QuietHours{Days: EveryDay.With(time.Sunday, false), From: 12*60 + 30, To: 13 * 60}
	whole := QuietHours{Days: Weekdays(0).With(time.Saturday, true), From: 8 * 60, To: 8 * 60}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 59, 0, time.UTC) } // the 20th is a Friday
	for _, c := range []struct {
		q    QuietHours
		t    time.Time
		want bool
	}{
		{friday, at(20, 21, 59), false},
		{friday, at(20, 22, 0), true},
		{friday, at(20, 3, 0), false}, // the night from Thursday
		{friday, at(21, 6, 59), true},
		{friday, at(21, 7, 0), false},
		{friday, at(21, 23, 0), false},
		{noonish, at(20, 12, 29), false},
		{noonish, at(20, 12, 30), true},
		{noonish, at(20, 13, 0), false},
		{noonish, at(22, 12, 45), false}, // Sunday
		{whole, at(21, 7, 59), false},
		{whole, at(21, 8, 0), true},
		{whole, at(22, 7, 59), true},
		{whole, at(22, 8, 0), false},
	} {
		if got := c.q.Covers(c.t); got != c.want {
			t.Errorf("%+v at %s: %t", c.q, c.t.Format("Mon 15:04"), got)
		}
	}
}

// TestQuietWhereClocksChange: quiet hours go by the clock on the wall of where the person
// is, also in the nights in which it is put forward or back.
func TestQuietWhereClocksChange(t *testing.T) {
	night := QuietHours{Days: EveryDay, From: 22 * 60, To: 7 * 60}
	early := QuietHours{Days: EveryDay, From: 2*60 + 30, To: 3*60 + 30}
	for _, c := range []struct {
		place, at string // in UTC
		q         QuietHours
		want      bool
	}{
		{"Europe/Malta", "2026-03-29T00:59:00Z", early, false}, // 01:59, and then 03:00
		{"Europe/Malta", "2026-03-29T01:00:00Z", early, true},
		{"Europe/Malta", "2026-03-29T01:30:00Z", early, false},
		{"Europe/Malta", "2026-10-25T00:29:00Z", early, false}, // 02:29 for the first time
		{"Europe/Malta", "2026-10-25T00:30:00Z", early, true},
		{"Europe/Malta", "2026-10-25T01:00:00Z", early, false}, // 02:00 for the second time
		{"Europe/Malta", "2026-10-25T01:30:00Z", early, true},
		{"Europe/Malta", "2026-10-25T02:30:00Z", early, false},
		{"Europe/Malta", "2026-03-28T20:59:00Z", night, false},
		{"Europe/Malta", "2026-03-28T21:00:00Z", night, true},
		{"Europe/Malta", "2026-03-29T04:59:00Z", night, true}, // an hour shorter
		{"Europe/Malta", "2026-03-29T05:00:00Z", night, false},
		{"Asia/Kathmandu", "2026-03-28T16:15:00Z", night, true}, // 22:00
		{"Asia/Kathmandu", "2026-03-28T16:14:00Z", night, false},
		{"Pacific/Kiritimati", "2026-03-28T21:00:00Z", night, false}, // 11:00 of the next day
		{"Pacific/Apia", "2011-12-30T09:59:00Z", night, true},        // 23:59, and then the day after tomorrow
		{"Pacific/Apia", "2011-12-30T10:00:00Z", night, true},
	} {
		place, err := time.LoadLocation(c.place)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.q.Covers(at.In(place)); got != c.want {
			t.Errorf("%d to %d in %s at %s (%s): %t", c.q.From, c.q.To, c.place, c.at, at.In(place).Format("15:04"), got)
		}
	}
}

// TestQuietLength: on any day quiet hours last as many minutes as they say, and
// begin on the days they say.
func TestQuietLength(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := QuietHours{
			Days: Weekdays(rapid.IntRange(0, 127).Draw(t, "days")),
			From: DayMinute(rapid.IntRange(0, dayMinutes-1).Draw(t, "from")), To: DayMinute(rapid.IntRange(0, dayMinutes-1).Draw(t, "to")),
		}
		length := (int(q.To-q.From)+dayMinutes-1)%dayMinutes + 1
		day := time.Date(2026, 3, rapid.IntRange(1, 28).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		begin := day.Add(time.Duration(q.From) * time.Minute)
		if !q.Days.Has(day.Weekday()) {
			alone := QuietHours{Days: EveryDay.With(day.Weekday(), false), From: q.From, To: q.To}
			before := alone.Covers(begin.Add(-time.Minute))
			if alone.Covers(begin) && !before {
				t.Fatalf("begins on a day it does not: %+v", alone)
			}
			return
		}
		for _, m := range []int{0, length / 2, length - 1} {
			if !q.Covers(begin.Add(time.Duration(m) * time.Minute)) {
				t.Fatalf("minute %d of %d is loud: %+v from %s", m, length, q, begin)
			}
		}
		one := q
		one.Days = Weekdays(0).With(day.Weekday(), true)
		if one.Covers(begin.Add(time.Duration(length)*time.Minute)) || one.Covers(begin.Add(-time.Minute)) && length < 7*dayMinutes {
			t.Fatalf("longer than %d minutes: %+v", length, one)
		}
	})
}

func drawRules(t *rapid.T) NotifyRules {
	level := rapid.SampledFrom([]NotifyLevel{LevelDefault, LevelAll, LevelMentions, LevelNone, "of a newer version"})
	when := rapid.Custom(func(t *rapid.T) time.Time {
		return noon.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "hours")) * time.Hour)
	})
	r := NotifyRules{Level: level.Draw(t, "level"), Rooms: map[chat.RoomID]RoomNotify{}}
	for range rapid.IntRange(0, 3).Draw(t, "rooms") {
		r.Rooms[chat.RoomID{byte(rapid.IntRange(1, 3).Draw(t, "room"))}] = RoomNotify{Level: level.Draw(t, "level"), Muted: when.Draw(t, "muted")}
	}
	r.Keywords = rapid.SliceOfN(rapid.SampledFrom([]string{"", " ", "bee", "BEE", "Ħ", "a  b", "\xff", "蜂"}), 0, 4).Draw(t, "keywords")
	for range rapid.IntRange(0, 2).Draw(t, "quiet") {
		r.Quiet = append(r.Quiet, QuietHours{
			Days: Weekdays(rapid.IntRange(0, 255).Draw(t, "days")),
			From: DayMinute(rapid.IntRange(-1, dayMinutes).Draw(t, "from")), To: DayMinute(rapid.IntRange(-1, dayMinutes).Draw(t, "to")),
		})
	}
	if rapid.Bool().Draw(t, "pause") {
		r.Paused = when.Draw(t, "paused")
	}
	return r
}

func drawInput(t *rapid.T) NotifyInput {
	yes := rapid.Bool()
	return NotifyInput{
		Room: chat.RoomID{byte(rapid.IntRange(1, 3).Draw(t, "room"))}, Own: yes.Draw(t, "own"), Read: yes.Draw(t, "read"),
		OnScreen: yes.Draw(t, "on screen"), Mention: yes.Draw(t, "mention"), Everybody: yes.Draw(t, "everybody"), Direct: yes.Draw(t, "direct"),
		Text: rapid.SampledFrom([]string{"", "a bee!", "beer", "蜂蜜", "ħ"}).Draw(t, "text"), Now: noon,
	}
}

// TestRules: whatever the rules are, silence is absolute, a decision names a rule
// that fits it, and bringing rules into their form changes no decision.
func TestRules(t *testing.T) {
	rings := []NotifyRule{RuleMention, RuleEverybody, RuleKeyword, RuleDirect, RuleAll}
	rapid.Check(t, func(t *rapid.T) {
		r, in := drawRules(t), drawInput(t)
		tidied := r.Clone()
		tidied.tidy(noon)
		d := tidied.Decide(&in)
		room := tidied.Rooms[in.Room]
		switch {
		case d.Ring != slices.Contains(rings, d.Rule):
			t.Fatalf("%+v does not fit its rule", d)
		case (d.Rule == RuleKeyword) != (d.Keyword != ""):
			t.Fatalf("%+v", d)
		case d.Ring && (in.Own || in.Read || in.OnScreen || room.Level == LevelNone || noon.Before(room.Muted) || noon.Before(tidied.Paused)):
			t.Fatalf("%+v breaks silence: %+v %+v", d, in, tidied)
		case !d.Ring && (in.Mention || in.Everybody) && d.Rule == RuleMentions:
			t.Fatalf("a mention is silent by %s", d.Rule)
		}
		known := func(l NotifyLevel) bool { return l != "of a newer version" }
		if known(r.Level) && known(r.Rooms[in.Room].Level) {
			valid := r.Clone()
			valid.Quiet = tidied.Quiet // those that make no sense are left out
			if was := valid.Decide(&in); was.Ring != d.Ring || was.Rule != d.Rule {
				t.Fatalf("tidying made %+v of %+v", d, was)
			}
		}
		again := tidied.Clone()
		again.tidy(noon)
		same := []cmp.Option{cmpopts.EquateEmpty()}
		if diff := cmp.Diff(tidied, again, same...); diff != "" {
			t.Fatalf("tidying twice (-once +twice):\n%s", diff)
		}
		data, err := json.Marshal(&tidied)
		if err != nil {
			t.Fatal(err)
		}
		var back NotifyRules
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tidied, back, same...); diff != "" {
			t.Fatalf("written and read (-want +got):\n%s", diff)
		}
	})
}

// TestTomorrow: late in the night "tomorrow" is the morning that comes.
func TestTomorrow(t *testing.T) {
	for hour, want := range map[int]time.Time{
		3: time.Date(2026, 11, 18, 8, 0, 0, 0, time.UTC), 5: time.Date(2026, 11, 19, 8, 0, 0, 0, time.UTC),
		23: time.Date(2026, 11, 19, 8, 0, 0, 0, time.UTC),
	} {
		if got := Tomorrow(time.Date(2026, 11, 18, hour, 30, 0, 0, time.UTC)); !got.Equal(want) {
			t.Errorf("at %d: %s", hour, got)
		}
	}
}

// TestTomorrowWhereADayIsLeftOut: the morning is ahead, also where tomorrow never comes.
func TestTomorrowWhereADayIsLeftOut(t *testing.T) {
	apia, err := time.LoadLocation("Pacific/Apia")
	if err != nil {
		t.Fatal(err)
	}
	got := Tomorrow(time.Date(2011, 12, 29, 20, 0, 0, 0, apia)).Format(time.RFC3339)
	if want := "2011-12-31T00:00:00+14:00"; got != want {
		t.Errorf("the morning after 29 December 2011 in Apia is %s, want %s", got, want)
	}
}
