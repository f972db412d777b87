package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/cmdline"
)

// joinCmd makes an account.
type joinCmd struct {
	Link         string `arg:"" optional:"" help:"The invite, hearth://…/join…; \"-\" reads it from standard input: what stands on the command line others on this computer can see."`
	LinkFile     string `type:"path" help:"File whose first line is the invite." placeholder:"F"`
	Name         string `required:"" help:"Login name."`
	Display      string `help:"Name that people read; the login name if left out."`
	PasswordFile string `required:"" type:"path" help:"File whose first line is the password." placeholder:"F"`
	RecoveryKey  bool   `help:"Print the account's recovery key, by which one gets back in without the password. Without this nobody sees it."`
	Add          bool   `help:"Beside the groups that the profile has."`
}

// Run implements the command.
func (c *joinCmd) Run(t *terminal) error {
	t.add = c.Add
	link, err := t.invite(c.Link, c.LinkFile)
	if err != nil {
		return err
	}
	password, secret, err := t.credentials(c.PasswordFile)
	if err != nil {
		return err
	}
	display := c.Display
	if display == "" {
		display = c.Name
	}
	return t.with(true, func(s *session) error {
		before, err := s.before(app.ReasonUnknown)
		if err != nil {
			return err
		}
		err = s.core.Join(s.ctx, app.JoinRequest{Link: link, Name: c.Name, Display: display, Password: password, Secret: secret})
		if err != nil {
			return err
		}
		s.tellBefore(before)
		if c.RecoveryKey {
			if err := s.printRecovery(); err != nil {
				return err
			}
		}
		return s.welcome("joined")
	})
}

// invite is the link of the command line, of a file, or of standard input.
func (t *terminal) invite(link, file string) (string, error) {
	switch {
	case (link == "") == (file == ""):
		return "", usagef("give the link, or \"-\" for standard input, or --link-file")
	case file != "":
		b, err := readSecret(file, "--link-file")
		return string(b), err
	case link != "-":
		return link, nil
	}
	line, err := bufio.NewReader(io.LimitReader(t.in, longestLine)).ReadString('\n')
	if line = strings.TrimSpace(line); line == "" {
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("standard input cannot be read: %w", err)
		}
		return "", usagef("there is no link on standard input")
	}
	return line, nil
}

// before waits, in a profile that has a group, until it is known whether the server lets
// this device in. It returns where the group lies if the reason why not is one that the
// command is a way out of.
func (s *session) before(reasons ...app.Reason) (dir string, err error) {
	if s.core.View().Phase != app.PhaseOpen {
		return "", nil
	}
	if err := s.settle(false); err != nil {
		return "", err
	}
	c := s.core.View().Connection
	if c.State != app.ConnStopped || !slices.Contains(reasons, c.Reason) {
		return "", nil // the core refuses, and says why
	}
	local, err := s.core.Storage(s.ctx)
	return local.Folder, err
}

// tellBefore says what has become of what the profile had.
func (s *session) tellBefore(dir string) {
	if dir == "" {
		return
	}
	fmt.Fprintf(s.err, "hearth-cli: what this profile stored before stays in %s, in a folder of its own\n", oneLine(dir))
	if v := s.core.View(); v.Waiting+v.Failed > 0 {
		fmt.Fprintf(s.err, "hearth-cli: %s taken over into the outbox; \"hearth-cli outbox\" lists what is there, \"outbox retry\" sends what is held\n",
			plural(v.Waiting+v.Failed, "1 message was", "%d messages were"))
	}
}

// loginCmd enrols this profile for an account that exists.
type loginCmd struct {
	Link         string `arg:"" name:"link|addr" help:"Server link, or an address."`
	Name         string `required:"" help:"Login name."`
	PasswordFile string `required:"" type:"path" help:"File whose first line is the password." placeholder:"F"`
	Fingerprint  string `help:"The server's fingerprint, compared by you, where only an address is known."`
	Add          bool   `help:"Beside the groups that the profile has."`
}

// Run implements the command.
func (c *loginCmd) Run(t *terminal) error {
	t.add = c.Add
	password, secret, err := t.credentials(c.PasswordFile)
	if err != nil {
		return err
	}
	return t.withCore(true, func(s *session) error {
		lost, err := s.awaitWayIn()
		if err != nil {
			return err
		}
		compared, err := c.compared(s)
		if err != nil {
			return err
		}
		before, err := s.before(app.ReasonRevoked, app.ReasonUnknown, app.ReasonExpired)
		if err != nil {
			return err
		}
		again := s.core.View().Connection.Reason == app.ReasonExpired
		err = s.core.SignIn(s.ctx, app.SignInRequest{Link: c.Link, Compared: compared, Name: c.Name, Password: password, Secret: secret})
		if err != nil {
			return err
		}
		if lost != nil {
			fmt.Fprintf(t.err, "hearth-cli: what this profile stored before stays in %s\n", oneLine(filepath.Dir(lost.Path)))
		}
		if !again { // which keeps its folder
			s.tellBefore(before)
		}
		return s.welcome("signed in to")
	})
}

// reachCmd has the group looked for at another address, or by another way.
type reachCmd struct {
	Link string `arg:"" help:"Link of the group's server, or its address; an invite of the group is one, too." placeholder:"LINK|ADDR"`
}

// Run implements the command.
func (c *reachCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		if err := s.core.Follow(s.ctx, c.Link); err != nil {
			return err
		}
		if err := s.awaitLive(); err != nil {
			return err
		}
		v := s.core.View()
		fmt.Fprintf(s.out, "%s is reached at %s\n", oneLine(v.Group.Name), oneLine(v.Connection.Address))
		return nil
	})
}

// awaitWayIn waits until the profile is open as far as it will, and returns the
// problem that logging in is the way out of, if there is one.
func (s *session) awaitWayIn() (*app.Problem, error) {
	err := s.awaitPhase()
	var failed *app.Failed
	if errors.As(err, &failed) && failed.Problem.MaySignIn() {
		return failed.Problem, nil
	}
	return nil, err
}

// compared returns the identity to trust for a bare address. Nothing secret is
// sent to a server whose fingerprint nobody has compared.
func (c *loginCmd) compared(s *session) (id chat.ServerID, err error) {
	if _, err := chat.ParseLink(c.Link); err == nil {
		return id, nil // the link pins it
	}
	server, err := s.core.CheckServer(s.ctx, c.Link)
	if err != nil {
		return id, err
	}
	if c.Fingerprint == "" {
		return id, usagef("an address alone proves nothing. The server there shows the fingerprint\n  %s\n"+
			"Compare it with the one its owner tells you, then repeat with --fingerprint %s", server.Fingerprint, server.Server)
	}
	if err := id.UnmarshalText([]byte(squeeze(c.Fingerprint))); err != nil {
		return id, usagef("--fingerprint: %v", err)
	}
	if id != server.Server {
		return id, exitError{exitRefused, fmt.Sprintf("another server answers there; nothing was sent.\n  expected  %s\n  presented %s", id.Groups(), server.Fingerprint)}
	}
	return id, nil
}

// credentials reads the password and where the secrets shall live.
func (t *terminal) credentials(passwordFile string) ([]byte, app.SecretChoice, error) {
	password, err := readSecret(passwordFile, "--password-file")
	if err != nil {
		return nil, app.SecretChoice{}, err
	}
	secret, err := t.options.secret()
	return password, secret, err
}

// welcome waits for the first sync and tells who and where one is, and how one got there.
func (s *session) welcome(how string) error {
	if err := s.awaitLive(); err != nil {
		return err
	}
	v := s.core.View()
	fmt.Fprintf(s.out, how+" %s as %s (%s)\n", oneLine(v.Group.Name), oneLine(v.Me.Name), v.Me.Account)
	for _, r := range v.Rooms {
		fmt.Fprintf(s.out, "room %s  %s\n", r.ID, oneLine(r.Name))
	}
	return nil
}

// inviteCmd makes an invite.
type inviteCmd struct {
	Uses    int            `help:"How many people it admits." default:"1"`
	Expires cmdline.Length `help:"How long it lives, for example 12h or 7d." default:"7d" placeholder:"D"`
	JSON    bool           `help:"One object on a line." name:"json"`
}

// Run implements the command.
func (c *inviteCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		if err := s.awaitLive(); err != nil {
			return err
		}
		i, err := s.core.CreateInvite(s.ctx, c.Uses, time.Duration(c.Expires))
		if err != nil {
			return err
		}
		if !c.JSON {
			_, err = fmt.Fprintln(s.out, i.Link)
			return err
		}
		return s.printJSON(map[string]any{"link": i.Link, "id": i.ID.String(), "expires": i.Expires.UnixMilli(), "uses": i.Uses})
	})
}
