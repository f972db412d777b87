package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"hearth/app"
	"hearth/internal/safefile"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// exportCmd writes a room out; it needs no network.
type exportCmd struct {
	Room   string `arg:"" help:"Name or id of the room."`
	Format string `help:"text, json (one object a line) or html." enum:"text,json,html" default:"text"`
	Output string `help:"File to write; standard output if left out." short:"o" type:"path" placeholder:"F"`
	Lang   string `help:"Language of what the export says itself: en, zh or mt." enum:"en,zh,mt" default:"en"`
	Files  string `help:"Folder that gets copies of the files that are on this disk; the export names them." type:"path" placeholder:"DIR"`
	Fetch  bool   `help:"With --files: fetch those that are not on this disk from the server first."`
	Force  bool   `help:"Replace the file if it exists."`
}

// Run implements the command.
func (c *exportCmd) Run(t *terminal) error {
	if c.Output != "" && !c.Force {
		if _, err := os.Lstat(c.Output); !errors.Is(err, fs.ErrNotExist) {
			return usagef("--output: %s exists; --force replaces it", c.Output)
		}
	}
	if err := c.check(); err != nil {
		return err
	}
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		tr.Use(c.Lang)
		r := app.ExportRequest{Room: room, Format: app.ExportFormat(c.Format), Words: narrate.Export(), Folder: c.Files, Fetch: c.Fetch}
		if c.Fetch {
			if err := s.awaitLive(); err != nil {
				return err
			}
		}
		if c.Output == "" {
			_, err := s.core.Export(s.ctx, s.out, r)
			return err
		}
		var done app.Exported
		err = safefile.WriteFrom(c.Output, 0o600, func(w io.Writer) (err error) {
			done, err = s.core.Export(s.ctx, w, r)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "%s written to %s\n", counted(done.Events, "event"), visible(c.Output))
		if done.Previews > 0 {
			fmt.Fprintf(s.err, "as a preview only: %s\n", counted(done.Previews, "picture"))
		}
		if done.Absent > 0 {
			fmt.Fprintf(s.err, "not on this computer, named only: %s\n", counted(done.Absent, "file"))
		}
		return nil
	})
}

// check refuses places that nothing can be written to.
func (c *exportCmd) check() error {
	if c.Fetch && c.Files == "" {
		return usagef("--fetch: say with --files where the files go")
	}
	if info, err := os.Stat(c.Files); c.Files != "" && err == nil && !info.IsDir() {
		return usagef("--files: %s is no folder", c.Files)
	}
	if c.Output == "" {
		return nil
	}
	return inFolder("--output", c.Output)
}
