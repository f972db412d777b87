package main

import (
	"fmt"
	"path/filepath"

	"hearth/app"
)

// resetCmd chooses a new password for an account.
type resetCmd struct {
	Link         string `arg:"" optional:"" help:"The link for a new password, hearth://…/join…; \"-\" reads it from standard input: what stands on the command line others on this computer can see."`
	LinkFile     string `type:"path" help:"File whose first line is the link." placeholder:"F"`
	PasswordFile string `required:"" type:"path" help:"File whose first line is the new password." placeholder:"F"`
	KeepDevices  bool   `help:"Leave the account's other devices signed in."`
	Add          bool   `help:"Beside the groups that the profile has."`
}

// Run implements the command.
func (c *resetCmd) Run(t *terminal) error {
	t.add = c.Add
	link, err := t.invite(c.Link, c.LinkFile)
	if err != nil {
		return err
	}
	password, secret, err := t.credentials(c.PasswordFile)
	if err != nil {
		return err
	}
	return t.withCore(true, func(s *session) error {
		lost, err := s.awaitWayIn()
		if err != nil {
			return err
		}
		before, err := s.before(app.ReasonRevoked, app.ReasonUnknown, app.ReasonExpired)
		if err != nil {
			return err
		}
		err = s.core.ResetPassword(s.ctx, app.ResetRequest{Link: link, Password: password, RemoveOthers: !c.KeepDevices, Secret: secret})
		if err != nil {
			return err
		}
		if lost != nil {
			fmt.Fprintf(t.err, "hearth-cli: what this profile stored before stays in %s\n", oneLine(filepath.Dir(lost.Path)))
		}
		s.tellBefore(before)
		return s.welcome("signed in to")
	})
}
