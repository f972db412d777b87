package main

import (
	"fmt"

	"hearth/app"
)

// rebuildCmd starts over with what the server has.
type rebuildCmd struct{}

// Run implements the command.
func (*rebuildCmd) Run(t *terminal) error {
	return t.withCore(true, func(s *session) error {
		err := s.awaitPhase()
		if p := s.core.View().Problem; p == nil || p.Kind != app.ProblemDamaged {
			if err == nil {
				err = usagef("the message store of this profile is not damaged")
			}
			return err
		}
		if err := s.core.Rebuild(s.ctx); err != nil {
			return err
		}
		v := s.core.View()
		_, err = fmt.Fprintf(s.out, "the damaged store was put aside; %d messages that waited were taken over\n", v.Waiting+v.Failed)
		if err != nil {
			return err
		}
		return s.awaitLive()
	})
}
