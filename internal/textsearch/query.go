package textsearch

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hearth/internal/zone"
)

// Query is what somebody looks for: all of it must be true.
type Query struct {
	Terms []string // folded; parts of words, or phrases
	From  []string // names of authors, as typed; any of them
	In    []string // names of rooms, as typed; any of them
	After time.Time
	// Before is exclusive: the first moment that is too late. Zero values of both
	// mean no bound.
	Before time.Time
	Link   bool // has:link
	File   bool // has:file
}

// Empty reports a query that asks for nothing.
func (q *Query) Empty() bool {
	return len(q.Terms) == 0 && len(q.From) == 0 && len(q.In) == 0 && q.After.IsZero() && q.Before.IsZero() && !q.Link && !q.File
}

// BadFilter is a filter that was not understood.
type BadFilter struct{ Name, Value string }

func (e *BadFilter) Error() string {
	return "the filter " + e.Name + ":" + e.Value + " is not understood"
}

// Parse reads a query: words, "phrases in quotes", and the filters from:, in:,
// before:, after:, on: (dates as 2026-11-21, 2026-11 or 2026), has:link and has:file. Days
// are those of the given place. A filter with a bad value is a *BadFilter; what is
// no filter is a word. Colons, quotes and figures may be those that keyboards of other
// scripts and word processors give.
func Parse(s string, place *time.Location) (Query, error) {
	var q Query
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		var name, value string
		name, value, s = next(s)
		switch name {
		case "":
			if t := strings.TrimSpace(Fold(value)); t != "" {
				q.Terms = append(q.Terms, t)
			}
		case "from":
			q.From = append(q.From, value)
		case "in":
			q.In = append(q.In, strings.TrimPrefix(value, "#")) // as rooms are written
		case "has":
			switch Fold(value) {
			case "link":
				q.Link = true
			case "file":
				q.File = true
			default:
				return q, &BadFilter{name, value}
			}
		default:
			first, behind, ok := period(value, place)
			if !ok {
				return q, &BadFilter{name, value}
			}
			q.bound(name, first, behind)
		}
	}
	return q, nil
}

// bound narrows the time: before the period, after it, or in it.
func (q *Query) bound(name string, first, behind time.Time) {
	if name != "before" { // "after" is inclusive: whoever types a day means it, too
		if q.After.Before(first) {
			q.After = first
		}
	}
	switch {
	case name == "before" && (q.Before.IsZero() || first.Before(q.Before)):
		q.Before = first
	case name == "on" && (q.Before.IsZero() || behind.Before(q.Before)):
		q.Before = behind
	}
}

// filters are the names that make a word a filter.
var filters = map[string]bool{"from": true, "in": true, "has": true, "before": true, "after": true, "on": true}

// next cuts the first part off.
func next(s string) (name, value, rest string) {
	if i := strings.IndexAny(s, ":："); i > 0 && i <= longestFilter {
		_, colon := utf8.DecodeRuneInString(s[i:])
		name, behind := Fold(s[:i]), s[i+colon:]
		if first, _ := utf8.DecodeRuneInString(behind); filters[name] && behind != "" && !unicode.IsSpace(first) {
			value, rest = word(behind)
			return name, strings.TrimPrefix(value, "@"), rest
		}
	}
	value, rest = word(s)
	return "", value, rest
}

// longestFilter is the length of the longest name of a filter in full-width letters.
const longestFilter = len("before") * utf8.UTFMax

// quotes are the signs that a phrase may stand between.
const quotes = "\"“”„‟＂«»"

// word cuts off a word, or what stands in quotes. A quote without its other half
// reaches to the end: it is being typed.
func word(s string) (value, rest string) {
	if first, width := utf8.DecodeRuneInString(s); strings.ContainsRune(quotes, first) {
		value = s[width:]
		i := strings.IndexAny(value, quotes)
		if i < 0 {
			return value, ""
		}
		_, width = utf8.DecodeRuneInString(value[i:])
		return value[:i], value[i+width:]
	}
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// period reads a day, a month or a year.
func period(s string, place *time.Location) (first, behind time.Time, ok bool) {
	s = strings.NewReplacer("/", "-", ".", "-").Replace(Fold(s))
	for _, p := range []struct {
		layout              string
		years, months, days int
	}{{"2006-1-2", 0, 0, 1}, {"2006-1", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if t, err := time.Parse(p.layout, s); err == nil {
			return zone.First(t, place), zone.First(t.AddDate(p.years, p.months, p.days), place), true
		}
	}
	return first, behind, false
}

// Match reports whether a folded text has all the terms, and a link if wanted. Who
// asks looks for files.
func (q *Query) Match(folded string) bool {
	for _, t := range q.Terms {
		if !strings.Contains(folded, t) {
			return false
		}
	}
	return !q.Link || strings.Contains(folded, "https://") || strings.Contains(folded, "http://") || strings.Contains(folded, "www.")
}

// MayHold reports whether a part of a log can hold a match, by its text.
func (q *Query) MayHold(f Filter) bool {
	for _, t := range q.Terms {
		if !f.MayHold(t) {
			return false
		}
	}
	return !q.Link || f.MayHold("://") || f.MayHold("www.")
}
