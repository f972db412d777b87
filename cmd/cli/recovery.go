package main

import (
	"fmt"
	"path/filepath"

	"hearth/app"
	"hearth/chat"
)

// recoverCmd chooses a new password for an account by its recovery key.
type recoverCmd struct {
	Link         string `arg:"" name:"link|addr" help:"Server link, or an address."`
	Name         string `required:"" help:"Login name."`
	KeyFile      string `required:"" type:"path" help:"File whose first line is the recovery key." placeholder:"F"`
	PasswordFile string `required:"" type:"path" help:"File whose first line is the new password." placeholder:"F"`
	Fingerprint  string `help:"The server's fingerprint, compared by you, where only an address is known."`
	KeepDevices  bool   `help:"Leave the account's other devices signed in."`
	Add          bool   `help:"Beside the groups that the profile has."`
}

// Run implements the command.
func (c *recoverCmd) Run(t *terminal) error {
	t.add = c.Add
	key, err := readSecret(c.KeyFile, "--key-file")
	if err != nil {
		return err
	}
	defer clear(key)
	password, secret, err := t.credentials(c.PasswordFile)
	if err != nil {
		return err
	}
	return t.withCore(true, func(s *session) error {
		lost, err := s.awaitWayIn()
		if err != nil {
			return err
		}
		login := loginCmd{Link: c.Link, Fingerprint: c.Fingerprint}
		compared, err := login.compared(s)
		if err != nil {
			return err
		}
		before, err := s.before(app.ReasonRevoked, app.ReasonUnknown, app.ReasonExpired)
		if err != nil {
			return err
		}
		err = s.core.Recover(s.ctx, app.RecoverRequest{
			Link: c.Link, Compared: compared, Name: c.Name, Key: string(key), Password: password, RemoveOthers: !c.KeepDevices, Secret: secret,
		})
		if err != nil {
			return err
		}
		if lost != nil {
			fmt.Fprintf(t.err, "hearth-cli: what this profile stored before stays in %s\n", oneLine(filepath.Dir(lost.Path)))
		}
		s.tellBefore(before)
		if err := s.printRecovery(); err != nil {
			return err
		}
		return s.welcome("signed in to")
	})
}

// recoveryKeyCmd makes a new recovery key.
type recoveryKeyCmd struct {
	PasswordFile string `required:"" type:"path" help:"File whose first line is the present password." placeholder:"F"`
}

// Run implements the command.
func (c *recoveryKeyCmd) Run(t *terminal) error {
	password, err := readSecret(c.PasswordFile, "--password-file")
	if err != nil {
		return err
	}
	return t.withGroup(true, func(s *session) error {
		if err := s.awaitLive(); err != nil {
			return err
		}
		if err := s.core.NewRecoveryKey(s.ctx, password); err != nil {
			return err
		}
		return s.printRecovery()
	})
}

// printRecovery prints the recovery key that was just made. Who reads it has it.
func (s *session) printRecovery() error {
	key := s.core.View().Me.Recovery.Key
	if key == (chat.RecoverySecret{}) {
		fmt.Fprintln(s.err, "hearth-cli: this server keeps no recovery keys, or an earlier attempt made one; \"hearth-cli recovery-key\" makes another")
		return nil
	}
	fmt.Fprintln(s.out, "recovery-key: "+key.Sheet())
	return s.core.RecoveryKept(s.ctx)
}
