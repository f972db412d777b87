package main

import (
	"fmt"

	"hearth/app"
)

// rebuildCmd starts over with what the server has.
type rebuildCmd struct {
	Force bool `help:"Also if nothing is found to be wrong."`
}

// Run implements the command. Whoever asks for it suspects something, so all of the
// store is looked through first.
func (c *rebuildCmd) Run(t *terminal) error {
	t.thorough = !c.Force
	return t.withCore(true, func(s *session) error {
		err := s.awaitPhase()
		p, rebuild := s.core.View().Problem, s.core.Rebuild
		switch {
		case p != nil && p.Kind == app.ProblemDamaged:
		case err != nil:
			return err
		case s.core.View().Phase != app.PhaseOpen:
			return s.noGroup()
		case !c.Force:
			_, err := fmt.Fprintln(s.out, "the whole message store was looked through; nothing is wrong with it, and nothing was changed (--force rebuilds it anyway)")
			return err
		default:
			rebuild = s.core.RebuildSound
		}
		if err := rebuild(s.ctx); err != nil {
			return err
		}
		v := s.core.View()
		if p != nil && p.Missing {
			_, err = fmt.Fprintln(s.out, "the store was missing or empty, so nothing that waited in it could be taken over; a new one was made")
		} else {
			_, err = fmt.Fprintf(s.out, "the %s store was put aside; %s taken over\n", c.word(p),
				plural(v.Waiting+v.Failed, "1 message that waited was", "%d messages that waited were"))
		}
		if err != nil {
			return err
		}
		return s.awaitLive()
	})
}

func (c *rebuildCmd) word(p *app.Problem) string {
	if p == nil {
		return "old"
	}
	return "damaged"
}
