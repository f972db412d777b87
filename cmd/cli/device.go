package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
)

// devicesCmd lists the account's devices and removes them.
type devicesCmd struct {
	List   devicesListCmd   `cmd:"" default:"withargs" help:"List the devices that may connect (the default)."`
	Revoke devicesRevokeCmd `cmd:"" help:"Remove devices: they are signed out within a second and cannot come back with their key."`
}

type devicesListCmd struct {
	JSON bool `help:"One object a line." name:"json"`
}

// deviceRecord is one device with --json.
type deviceRecord struct {
	Device   string `json:"device"`
	Name     string `json:"name"`
	Platform string `json:"platform"`
	Created  int64  `json:"created"` // milliseconds since 1970-01-01 UTC, server's clock
	Seen     int64  `json:"seen"`
	Peer     string `json:"peer"` // address prefix, "" unknown
	Live     bool   `json:"live"`
	Current  bool   `json:"current"`
}

// Run implements the command.
func (c *devicesListCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		if err := s.awaitLive(); err != nil {
			return err
		}
		list, err := s.core.Devices(s.ctx)
		if err != nil {
			return err
		}
		if !c.JSON {
			return s.printDevices(list)
		}
		for _, d := range list {
			err := s.printJSON(deviceRecord{
				Device: d.ID.String(), Name: d.Name, Platform: d.Platform, Created: d.Created.UnixMilli(),
				Seen: d.Seen.UnixMilli(), Peer: d.Peer, Live: d.Live, Current: d.Current,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *session) printDevices(list []app.DeviceView) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tSYSTEM\tSINCE\tSEEN\tFROM")
	for _, d := range list {
		seen := zone.In(d.Seen).Format(time.DateTime)
		switch {
		case d.Current:
			seen = "this device"
		case d.Live:
			seen = "connected"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n",
			d.ID, oneLine(d.Name), oneLine(d.Platform), zone.In(d.Created).Format(time.DateTime), seen, oneLine(d.Peer))
	}
	return w.Flush()
}

type devicesRevokeCmd struct {
	Device []string `arg:"" optional:"" name:"id" help:"Devices to remove."`
	Others bool     `help:"Remove all devices but this one."`
}

// Run implements the command.
func (c *devicesRevokeCmd) Run(t *terminal) error {
	if c.Others != (len(c.Device) == 0) {
		return usagef("name the devices to remove, or give --others; \"hearth-cli devices\" lists them")
	}
	ids := make([]chat.DeviceID, len(c.Device))
	for i, text := range c.Device {
		if err := ids[i].UnmarshalText([]byte(text)); err != nil {
			return usagef("%q is not a device's id: %v", text, err)
		} else if ids[i].IsZero() {
			return usagef("%q is no device's id; \"hearth-cli devices\" lists them", text)
		}
	}
	return t.withGroup(true, func(s *session) error {
		if err := s.awaitLive(); err != nil {
			return err
		}
		if c.Others {
			return s.core.RemoveOtherDevices(s.ctx)
		}
		for _, id := range ids {
			if err := s.core.RemoveDevice(s.ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// passwdCmd changes the password.
type passwdCmd struct {
	PasswordFile    string `required:"" type:"path" help:"File whose first line is the present password." placeholder:"F"`
	NewPasswordFile string `required:"" type:"path" help:"File whose first line is the new password." placeholder:"F"`
	RevokeOthers    bool   `help:"Also remove all devices but this one."`
}

// Run implements the command.
func (c *passwdCmd) Run(t *terminal) error {
	present, err := readSecret(c.PasswordFile, "--password-file")
	if err != nil {
		return err
	}
	fresh, err := readSecret(c.NewPasswordFile, "--new-password-file")
	if err != nil {
		return err
	}
	return t.withGroup(true, func(s *session) error {
		if err := s.awaitLive(); err != nil {
			return err
		}
		return s.core.ChangePassword(s.ctx, app.PasswordRequest{Present: present, Fresh: fresh, RemoveOthers: c.RevokeOthers})
	})
}

// farewellCmd deletes the account.
type farewellCmd struct {
	PasswordFile string `required:"" type:"path" help:"File whose first line is the password." placeholder:"F"`
	Erase        bool   `help:"Erase everything the account wrote as well."`
	Yes          bool   `required:"" help:"It cannot be taken back; this says that it is meant."`
}

// Run implements the command.
func (c *farewellCmd) Run(t *terminal) error {
	password, err := readSecret(c.PasswordFile, "--password-file")
	if err != nil {
		return err
	}
	return t.withGroup(true, func(s *session) error {
		if err := s.awaitLive(); err != nil {
			return err
		}
		return s.core.DeleteAccount(s.ctx, app.DeleteRequest{Password: password, Erase: c.Erase})
	})
}
