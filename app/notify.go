package app

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hearth/chat"
	"hearth/internal/textsearch"
	"hearth/internal/zone"
)

// NotifyLevel says which messages of a room are worth a notification.
type NotifyLevel string

// Levels. LevelDefault is no choice of its own.
const (
	LevelDefault  NotifyLevel = ""
	LevelAll      NotifyLevel = "all"
	LevelMentions NotifyLevel = "mentions" // of the person, of everybody, and keywords
	LevelNone     NotifyLevel = "none"
)

// NotifyShow says how much of a message a notification shows.
type NotifyShow string

// What notifications show.
const (
	ShowText    NotifyShow = "text"    // who, where and the beginning of the text
	ShowSender  NotifyShow = "sender"  // who and where
	ShowNothing NotifyShow = "nothing" // that there is something
)

// Bounds of the rules.
const (
	MaxKeywords     = 50
	MaxKeywordRunes = 60
	MaxQuiet        = 20
)

// NotifyRules are the person's rules about notifications, for one group and this
// device only. Values of it are never changed once others may see them.
type NotifyRules struct {
	// Level is for rooms without a choice of their own. "" is LevelAll: groups of
	// friends are small, and whoever finds one room too loud says so there.
	Level NotifyLevel `json:"level,omitzero"`
	// Rooms are the choices for single rooms.
	Rooms map[chat.RoomID]RoomNotify `json:"rooms,omitempty"`
	// Keywords count as a mention where they stand as a word in a message, whatever
	// case or accents they have.
	Keywords []string `json:"keywords,omitempty"`
	// Quiet are recurring times, in local time, in which nothing rings.
	Quiet []QuietHours `json:"quiet,omitempty"`
	// Paused: nothing rings before this time, in any room.
	Paused time.Time `json:"paused,omitzero"`
	// Show says how much of a message is shown. "" is ShowText.
	Show NotifyShow `json:"show,omitzero"`
	// Silent says that notifications make no sound.
	Silent bool `json:"silent,omitzero"`
}

// RoomNotify is the choice for one room.
type RoomNotify struct {
	Level NotifyLevel `json:"level,omitzero"`
	// Muted: nothing of the room rings before this time.
	Muted time.Time `json:"muted,omitzero"`
}

// QuietHours is a time of day at which nothing rings, on some days of the week. If
// To is not behind From it reaches into the next day; the same minute twice is a
// whole day.
type QuietHours struct {
	Days Weekdays  `json:"days"`
	From DayMinute `json:"from"`
	To   DayMinute `json:"to"`
}

// Weekdays is a set of days: bit 0 is Sunday, as in package time.
type Weekdays uint8

// EveryDay has all days.
const EveryDay Weekdays = 127

// Has reports whether a day is in the set.
func (w Weekdays) Has(d time.Weekday) bool { return w>>uint(d)&1 == 1 }

// With returns the set with a day in or out.
func (w Weekdays) With(d time.Weekday, in bool) Weekdays {
	if in {
		return w | 1<<uint(d)
	}
	return w &^ (1 << uint(d))
}

// DayMinute is a time of day in minutes since midnight, 0 to 1439.
type DayMinute int

const dayMinutes = 24 * 60

// Covers reports whether a moment, in its own zone, is within the quiet hours. It
// goes by the clock on the wall: where the clock is put forward or back, the hours
// are as much shorter or longer.
func (q QuietHours) Covers(t time.Time) bool {
	now := DayMinute(t.Hour()*60 + t.Minute())
	today, yesterday := t.Weekday(), (t.Weekday()+6)%7
	if q.From < q.To {
		return q.Days.Has(today) && q.From <= now && now < q.To
	}
	return q.Days.Has(today) && now >= q.From || q.Days.Has(yesterday) && now < q.To
}

// NotifyRule names the rule that decided about a message.
type NotifyRule string

// Rules, in the order in which they are asked. The first that applies decides.
const (
	RuleOwn       NotifyRule = "own"       // silent: the person wrote it
	RuleBlocked   NotifyRule = "blocked"   // silent: the person has blocked who wrote it
	RuleRead      NotifyRule = "read"      // silent: it was read already, on another device
	RuleOnScreen  NotifyRule = "on_screen" // silent: the person looks at it
	RulePaused    NotifyRule = "paused"    // silent: everything is paused
	RuleMuted     NotifyRule = "muted"     // silent: the room is muted for a time
	RuleNone      NotifyRule = "none"      // silent: the room is set to none
	RuleQuiet     NotifyRule = "quiet"     // silent: quiet hours
	RuleMention   NotifyRule = "mention"   // rings: it calls the person
	RuleEverybody NotifyRule = "everybody" // rings: it calls everybody
	RuleKeyword   NotifyRule = "keyword"   // rings: it has one of the keywords
	RuleDirect    NotifyRule = "direct"    // rings: a direct message
	RuleAll       NotifyRule = "all"       // rings: the room is set to all
	RuleMentions  NotifyRule = "mentions"  // silent: the room is set to mentions and this is none
)

// NotifyInput is what the rules need to know of a message.
type NotifyInput struct {
	Room      chat.RoomID
	Own       bool   // the person wrote it, on whatever device
	Blocked   bool   // its author is blocked
	Read      bool   // the person has seen it already
	OnScreen  bool   // its room is open, at its end, in a window that has the keyboard
	Mention   bool   // it calls the person by name
	Everybody bool   // it calls everybody in the room
	Direct    bool   // the room is a conversation between few
	Text      string // for the keywords
	Now       time.Time
}

// Decision is what the rules say about one message.
type Decision struct {
	Ring    bool
	Rule    NotifyRule // the rule that decided
	Keyword string     // the one found, with RuleKeyword
}

// Decide says whether a message is worth a notification, and by which rule. It
// depends on nothing but its arguments.
//
// Being muted, set to none, paused or in quiet hours is absolute: nothing that
// other people write can break through it.
func (r *NotifyRules) Decide(in *NotifyInput) Decision {
	room := r.Rooms[in.Room]
	level := cmp.Or(room.Level, r.Level, LevelAll)
	if in.Direct {
		level = cmp.Or(room.Level, LevelAll)
	}
	silent := func(rule NotifyRule) Decision { return Decision{Rule: rule} }
	switch {
	case in.Own:
		return silent(RuleOwn)
	case in.Blocked:
		return silent(RuleBlocked)
	case in.Read:
		return silent(RuleRead)
	case in.OnScreen:
		return silent(RuleOnScreen)
	case in.Now.Before(r.Paused):
		return silent(RulePaused)
	case in.Now.Before(room.Muted):
		return silent(RuleMuted)
	case level == LevelNone:
		return silent(RuleNone)
	case slices.ContainsFunc(r.Quiet, func(q QuietHours) bool { return q.Covers(in.Now) }):
		return silent(RuleQuiet)
	case in.Mention:
		return Decision{Ring: true, Rule: RuleMention}
	case in.Everybody:
		return Decision{Ring: true, Rule: RuleEverybody}
	}
	if word := findKeyword(r.Keywords, in.Text); word != "" {
		return Decision{Ring: true, Rule: RuleKeyword, Keyword: word}
	}
	switch {
	case level == LevelMentions:
		return silent(RuleMentions)
	case in.Direct && room.Level == LevelDefault:
		return Decision{Ring: true, Rule: RuleDirect}
	}
	return Decision{Ring: true, Rule: RuleAll}
}

// LevelOf returns the level in force for a room.
func (r *NotifyRules) LevelOf(room chat.RoomID) NotifyLevel {
	if room.Direct() {
		return cmp.Or(r.Rooms[room].Level, LevelAll)
	}
	return cmp.Or(r.Rooms[room].Level, r.Level, LevelAll)
}

// Quieted reports whether a room is muted for a time or set to none: its unread
// messages are counted, but not pressed upon the person.
func (r *NotifyRules) Quieted(room chat.RoomID, now time.Time) bool {
	return r.LevelOf(room) == LevelNone || now.Before(r.Rooms[room].Muted)
}

// Clone returns a copy that may be changed.
func (r *NotifyRules) Clone() NotifyRules {
	if r == nil {
		r = &NotifyRules{}
	}
	c := *r
	c.Rooms = make(map[chat.RoomID]RoomNotify, len(r.Rooms))
	for id, room := range r.Rooms {
		c.Rooms[id] = room
	}
	c.Keywords, c.Quiet = slices.Clone(r.Keywords), slices.Clone(r.Quiet)
	return c
}

// tidy brings rules into their form: bounds kept, what says nothing left out, what
// is over forgotten. Rules of a newer version that are not known become defaults.
func (r *NotifyRules) tidy(now time.Time) {
	known := func(l NotifyLevel) bool { return l == LevelAll || l == LevelMentions || l == LevelNone }
	if !known(r.Level) || r.Level == LevelAll {
		r.Level = LevelDefault
	}
	if r.Show != ShowSender && r.Show != ShowNothing {
		r.Show = ShowText
	}
	r.Paused = future(r.Paused, now)
	for id, room := range r.Rooms {
		if !known(room.Level) {
			room.Level = LevelDefault
		}
		room.Muted = future(room.Muted, now)
		r.Rooms[id] = room
		if room == (RoomNotify{}) {
			delete(r.Rooms, id)
		}
	}
	r.Keywords = tidyKeywords(r.Keywords)
	r.Quiet = slices.DeleteFunc(r.Quiet, func(q QuietHours) bool {
		return q.Days&EveryDay == 0 || q.From < 0 || q.From >= dayMinutes || q.To < 0 || q.To >= dayMinutes
	})
	r.Quiet = r.Quiet[:min(len(r.Quiet), MaxQuiet)]
}

// future returns a time as it is kept, zero if it is not ahead.
func future(t, now time.Time) time.Time {
	if !now.Before(t) {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// tidyKeywords drops empty and repeated ones.
func tidyKeywords(words []string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, w := range words {
		w = strings.Join(strings.Fields(strings.ToValidUTF8(w, "")), " ")
		if runes := []rune(w); len(runes) > MaxKeywordRunes {
			w = strings.TrimSpace(string(runes[:MaxKeywordRunes]))
		}
		if like := textsearch.Fold(w); like != "" && !seen[like] && len(kept) < MaxKeywords {
			seen[like] = true
			kept = append(kept, w)
		}
	}
	return kept
}

// nextEnd returns when a pause or a muting ends next; zero if there is none.
func (r *NotifyRules) nextEnd() (next time.Time) {
	consider := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	consider(r.Paused)
	for _, room := range r.Rooms {
		consider(room.Muted)
	}
	return next
}

// findKeyword returns the first keyword that stands as a word in a text.
func findKeyword(words []string, text string) string {
	if len(words) == 0 {
		return ""
	}
	folded := textsearch.Fold(text)
	for _, w := range words {
		if textsearch.HasWord(folded, textsearch.Fold(w)) {
			return w
		}
	}
	return ""
}

// findKeywords returns all keywords that stand as words in a text.
func findKeywords(words []string, text string) (found []string) {
	if len(words) == 0 {
		return nil
	}
	folded := textsearch.Fold(text)
	for _, w := range words {
		if textsearch.HasWord(folded, textsearch.Fold(w)) {
			found = append(found, w)
		}
	}
	return found
}

// Tomorrow is the morning until which "mute until tomorrow" lasts: eight o'clock,
// of the same day if it is still night. now is in the person's zone.
func Tomorrow(now time.Time) time.Time {
	y, m, d := now.Date()
	if now.Hour() >= 5 {
		d++
	}
	return zone.First(time.Date(y, m, d, 8, 0, 0, 0, time.UTC), now.Location())
}
