package main

import (
	"errors"
	"fmt"

	"hearth/app"
	"hearth/chat"
)

// storageCmd says what takes how much on this disk, and clears files.
type storageCmd struct {
	Clear bool   `help:"Remove the files that the server can give again."`
	Room  string `help:"With --clear: only those of this room." placeholder:"ROOM"`
	JSON  bool   `help:"One object." name:"json"`
}

// storageRecord is the answer with --json, in bytes.
type storageRecord struct {
	Folder   string `json:"folder"`
	Messages int64  `json:"messages"`
	Files    int64  `json:"files"`
	Spare    int64  `json:"spare"` // of the files, what --clear would free
	Aside    int64  `json:"aside"`
	Server   int64  `json:"server"`
	All      int64  `json:"all"`
	Freed    int64  `json:"freed"`
}

// Run implements the command.
func (c *storageCmd) Run(t *terminal) error {
	if c.Room != "" && !c.Clear {
		return usagef("--room needs --clear")
	}
	return t.withGroup(true, func(s *session) error {
		var freed int64
		if c.Clear {
			var room chat.RoomID
			var err error
			if c.Room != "" {
				if room, err = s.room(c.Room); err != nil {
					return err
				}
			}
			if freed, err = s.core.ClearFiles(s.ctx, room); err != nil {
				return err
			}
		}
		u, err := s.core.Storage(s.ctx)
		files, bad := s.core.FileUsage(s.ctx)
		if err = errors.Join(err, bad); err != nil {
			return err
		}
		return c.print(s, &u, files.Spare, freed)
	})
}

func (c *storageCmd) print(s *session, u *app.Storage, spare, freed int64) error {
	if c.JSON {
		return s.printJSON(storageRecord{u.Folder, u.Messages, u.Files, spare, u.Aside, u.Server, u.All, freed})
	}
	if c.Clear {
		if _, err := fmt.Fprintf(s.err, "%s freed\n", sizeWords(freed)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.out, "folder    %s\nmessages  %d\nfiles     %d  (%d can be fetched again)\naside     %d\nserver    %d\nall       %d\n",
		visible(u.Folder), u.Messages, u.Files, spare, u.Aside, u.Server, u.All)
	return err
}
