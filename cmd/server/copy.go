package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hearth/server/host"
)

type backupCmd struct {
	folder
	To string `help:"File to make; must not exist." type:"path" required:"" placeholder:"FILE"`
}

type restoreCmd struct {
	folder
	From string `help:"The backup; it stays as it is." type:"path" required:"" placeholder:"FILE"`
}

type rotateCmd struct{ folder }

type verifyCmd struct {
	folder
	File    string `help:"A backup, instead of the data in --data." type:"path" placeholder:"FILE"`
	NoFiles bool   `help:"Leave out the files that people sent: all of them are read, which may take long."`
	JSON    bool   `help:"Print one object." name:"json"`
}

func (f *folder) host(s *surroundings) (host.Config, error) {
	c, err := (&place{folder: *f}).host()
	c.Log = logger(s.stderr, slog.LevelWarn)
	return c, err
}

// Run makes a backup.
func (c *backupCmd) Run(s *surroundings) error {
	config, err := c.host(s)
	if err != nil {
		return err
	}
	report, err := host.BackupFor(s.ctx, config, c.To)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, "%s\nKeep a copy of identity.pem too: without it no member can connect.\n", summary(report))
	return err
}

// Run restores a backup.
func (c *restoreCmd) Run(s *surroundings) error {
	config, err := c.host(s)
	if err != nil {
		return err
	}
	done, err := host.Restore(s.ctx, config, c.From)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "restored %s\n", summary(done.Report))
	if done.Mended {
		fmt.Fprintln(s.stdout, "one of its two heads was not valid: the last commit may be missing; members whose own messages are, are offered to send them again")
	}
	if done.Aside != "" {
		fmt.Fprintf(s.stdout, "the data from before are now %s\n", done.Aside)
	}
	return nil
}

// Run gives the server a new identity.
func (c *rotateCmd) Run(s *surroundings) error {
	config, err := c.host(s)
	if err != nil {
		return err
	}
	done, err := host.RotateIdentity(s.ctx, config)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.stdout, `old identity: %s
new identity: %s
Members follow by themselves when they connect within 90 days; after that they need
a new link. Keep a copy of the new identity.pem. The old key is now
%s
Nothing needs it any more. Destroy it if you changed the identity because somebody
else may have it.
`, done.Old.Groups(), done.New.Groups(), done.Aside)
	return err
}

// Run looks through data or a backup. What is damaged goes to standard output,
// one line each.
func (c *verifyCmd) Run(s *surroundings) error {
	report, err := c.verify(s)
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(s.stdout).Encode(report)
	} else {
		for _, d := range report.Damage {
			fmt.Fprintf(s.stdout, "damage: %s\n", d)
		}
		_, err = fmt.Fprintln(s.stdout, summary(report))
	}
	if err == nil && len(report.Damage) > 0 {
		err = &host.Error{Kind: host.KindDamaged, Text: report.Path + " is damaged; nothing was changed"}
	}
	return err
}

func (c *verifyCmd) verify(s *surroundings) (*host.Report, error) {
	if c.File != "" {
		if c.Data != "" {
			return nil, usageError{errors.New("--data and --file exclude each other")}
		}
		return host.VerifyFile(s.ctx, host.Config{Rerun: host.Self}, c.File)
	}
	config, err := c.host(s)
	if err != nil {
		return nil, err
	}
	return host.VerifyFor(s.ctx, config, !c.NoFiles)
}

// summary is one line on what was looked through.
func summary(r *host.Report) string {
	state := "sound"
	if len(r.Damage) > 0 {
		state = "DAMAGED"
	}
	text := fmt.Sprintf("%s: %s; %d rooms, %d events, %d message ids, %d accounts, %d devices, %d invites; %.1f MiB in %v",
		r.Path, state, r.Rooms, r.Events, r.MessageIDs, r.Accounts, r.Devices, r.Invites, float64(r.Bytes)/(1<<20), r.Took.Round(time.Millisecond))
	if f := r.Files; f != nil {
		text += fmt.Sprintf("\nfiles: %d, %.1f MiB; %d named, %d missing, %d damaged; %d (%.1f MiB) that no event names",
			f.Contents, float64(f.Bytes)/(1<<20), f.Named, f.Missing, f.Damaged, f.Orphans, float64(f.OrphanBytes)/(1<<20))
	}
	return text
}
