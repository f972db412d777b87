package main

import (
	"fmt"
	"strings"
	"time"

	"hearth/app"
	"hearth/internal/zone"
)

// searchCmd looks for messages on this disk.
type searchCmd struct {
	Query []string `arg:"" help:"Words or parts of words, \"phrases\", and from:NAME in:ROOM before:DAY after:DAY on:DAY has:link has:file. Days are 2026-11-21, 2026-11 or 2026."`
	Limit int      `help:"Stop after this many; 0: all." default:"50"`
	JSON  bool     `help:"One object a line." name:"json"`
}

// Run implements the command.
func (c *searchCmd) Run(t *terminal) error {
	if c.Limit < 0 {
		return usagef("--limit: %d is less than 0", c.Limit)
	}
	return t.withGroup(true, func(s *session) error {
		n := 0
		var failed error
		err := s.core.Search(s.ctx, c.query(), func(h app.Hit) bool {
			if c.JSON {
				failed = s.printJSON(recordOf(h.Room, &h.Message))
			} else {
				place := fmt.Sprint("#", h.Message.Seq)
				if h.Message.Lost {
					place = "(no longer on the server)"
				}
				_, failed = fmt.Fprintf(s.out, "%s  %s  %s  %s\n", zone.In(h.Message.Time).Format(time.DateTime), oneLine(h.RoomName), oneLine(line(&h.Message)), place)
			}
			n++
			return failed == nil && n != c.Limit
		})
		if failed != nil {
			return failed
		}
		return err
	})
}

// query puts the arguments together again: an argument with a blank was quoted.
func (c *searchCmd) query() string {
	parts := make([]string, len(c.Query))
	for i, p := range c.Query {
		parts[i] = p
		if name, value, ok := strings.Cut(p, ":"); ok && strings.ContainsAny(value, " \t") && !strings.Contains(value, `"`) {
			parts[i] = name + `:"` + value + `"`
		} else if strings.ContainsAny(p, " \t") && len(c.Query) > 1 && !strings.Contains(p, `"`) {
			parts[i] = `"` + p + `"`
		}
	}
	return strings.Join(parts, " ")
}
