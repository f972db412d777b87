package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"hearth/app"
	"hearth/internal/cmdline"
	"hearth/internal/picture"
	"hearth/internal/zone"
)

// profileCmd shows or changes what the person shows to others.
type profileCmd struct {
	Display  *string        `help:"Another display name." placeholder:"NAME"`
	Status   *string        `help:"One line about what you are up to; \"\" takes it away." placeholder:"TEXT"`
	Emoji    string         `help:"With --status or alone: one emoji." placeholder:"E"`
	For      cmdline.Length `help:"With --status or --emoji: how long it is shown, for example 90m or 1d." placeholder:"D"`
	Avatar   string         `help:"A picture; its middle is cut out as a small square." type:"path" placeholder:"FILE" xor:"avatar"`
	NoAvatar bool           `help:"Take the picture away." xor:"avatar"`
	Queue    bool           `help:"Return once it is on this disk; it is sent when this profile is next connected."`
	JSON     bool           `help:"One object on a line." name:"json"`
}

// profileRecord is the answer with --json.
type profileRecord struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Display string `json:"display"`
	Status  string `json:"status"`
	Emoji   string `json:"emoji"`
	Until   int64  `json:"until"`  // milliseconds; 0 for good, or no status
	Avatar  string `json:"avatar"` // SHA-256 of the picture, base64url; "" none
	Waiting bool   `json:"waiting"`
}

// Run implements the command.
func (c *profileCmd) Run(t *terminal) error {
	status := c.Status != nil || c.Emoji != ""
	if c.For != 0 && !status {
		return usagef("--for goes with --status or --emoji")
	}
	var picture []byte
	if c.Avatar != "" {
		var err error
		if picture, err = readPicture(c.Avatar); err != nil {
			return err
		}
	}
	return t.withGroup(true, func(s *session) error {
		if c.Display != nil { // asks the server, so it comes first
			if err := s.awaitLive(); err != nil {
				return err
			}
			if err := s.core.SetDisplay(s.ctx, *c.Display); err != nil {
				return err
			}
		}
		if status {
			if err := s.core.SetStatus(s.ctx, c.status()); err != nil {
				return err
			}
		}
		if picture != nil || c.NoAvatar {
			err := s.core.SetAvatar(s.ctx, picture)
			var failed *app.Failed
			if errors.As(err, &failed) && failed.Code == app.FailPicture {
				return usagef("--avatar: %s", failed.Detail)
			}
			if err != nil {
				return err
			}
		}
		if !c.Queue && (status || picture != nil || c.NoAvatar) {
			if err := s.await(func() (bool, error) { return !s.core.View().CardWaiting, nil }); err != nil {
				return exitError{exitOffline, "it is kept, and will be sent when this profile is next connected to a server that takes it"}
			}
		}
		return c.print(s)
	})
}

// status is what the options say.
func (c *profileCmd) status() app.StatusView {
	s := app.StatusView{Emoji: c.Emoji}
	if c.Status != nil {
		s.Text = *c.Status
	}
	if c.For > 0 && !s.None() {
		s.Until = time.Now().Add(time.Duration(c.For))
	}
	return s
}

func (c *profileCmd) print(s *session) error {
	v := s.core.View()
	card := v.Cards[v.Me.Account]
	r := profileRecord{
		Account: v.Me.Account.String(), Name: v.Me.Name, Display: v.Me.Display,
		Status: card.Status.Text, Emoji: card.Status.Emoji, Waiting: v.CardWaiting,
	}
	if !card.Status.Until.IsZero() {
		r.Until = card.Status.Until.UnixMilli()
	}
	if !card.Avatar.IsZero() {
		r.Avatar = card.Avatar.String()
	}
	if c.JSON {
		return s.printJSON(r)
	}
	until := ""
	if r.Until != 0 {
		until = " until " + zone.In(card.Status.Until).Format(time.DateTime)
	}
	has := "none"
	if r.Avatar != "" {
		has = r.Avatar
	}
	_, err := fmt.Fprintf(s.out, "account  %s\nname     %s\ndisplay  %s\nstatus   %s\navatar   %s\nwaiting  %v\n",
		r.Account, oneLine(r.Name), oneLine(r.Display), oneLine(r.Emoji+" "+r.Status)+until, has, r.Waiting)
	return err
}

// readPicture reads a picture that is not too large to be one.
func readPicture(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("--avatar: %s", fileWords(err))
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, int64(picture.Chosen.Bytes)+1))
	if err == nil && len(data) == 0 {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return nil, usagef("--avatar: %s", fileWords(err))
	}
	return data, nil
}
