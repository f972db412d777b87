package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
	"hearth/ui/narrate"
	"hearth/ui/tr"
)

// filesCmd lists the files of a room.
type filesCmd struct {
	Room  string `arg:"" help:"Name or id of the room."`
	Limit int    `help:"Stop after this many files; 0: all." default:"50"`
	JSON  bool   `help:"One object a line, for each file." name:"json"`
}

// fileRecord is one file of a message with --json.
type fileRecord struct {
	Room string `json:"room"`
	Seq  uint64 `json:"seq"`
	N    int    `json:"n"` // which of the message's files, from 1
	Name string `json:"name"`
	Type string `json:"type"` // as its sender says
	Size int64  `json:"size"` // bytes
	Hash string `json:"hash"` // SHA-256, base64url
	Here bool   `json:"here"` // on this disk
}

func fileRecords(room chat.RoomID, m *app.MessageView) (list []fileRecord) {
	for i := range m.Files {
		f := &m.Files[i]
		list = append(list, fileRecord{
			Room: room.String(), Seq: uint64(m.Seq), N: i + 1, Name: f.Name, Type: f.Type, Size: f.Size, Hash: f.Hash.String(), Here: f.Here,
		})
	}
	return list
}

// Run implements the command.
func (c *filesCmd) Run(t *terminal) error {
	if c.Limit < 0 {
		return usagef("--limit: %d is less than 0", c.Limit)
	}
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		for before, left := chat.Seq(0), c.Limit; ; {
			page := pageSize
			if c.Limit > 0 {
				page = min(page, left) // each message has one at least
			}
			list, err := s.core.RoomFiles(s.ctx, room, before, page)
			if err != nil || len(list) == 0 {
				return err
			}
			for i := range list {
				files := fileRecords(room, &list[i])
				if c.Limit > 0 {
					files = files[:min(left, len(files))]
				}
				if err := s.printFiles(&list[i], files, c.JSON); err != nil {
					return err
				}
				if left -= len(files); c.Limit > 0 && left == 0 {
					return nil
				}
				before = list[i].Seq
			}
		}
	})
}

func (s *session) printFiles(m *app.MessageView, files []fileRecord, asJSON bool) error {
	for _, f := range files {
		if asJSON {
			if err := s.printJSON(f); err != nil {
				return err
			}
			continue
		}
		here := ""
		if f.Here {
			here = "  (here)"
		}
		_, err := fmt.Fprintf(s.out, "%6d %2d  %s  %s: %s, %s, %s%s\n", f.Seq, f.N, zone.In(m.Time).Format(time.DateTime),
			oneLine(m.Name), oneLine(f.Name), oneLine(f.Type), sizeWords(f.Size), here)
		if err != nil {
			return err
		}
	}
	return nil
}

// fetchCmd saves a file of a message.
type fetchCmd struct {
	Room string   `arg:"" help:"Name or id of the room."`
	Seq  sequence `arg:"" help:"Sequence of the message."`
	N    int      `arg:"" optional:"" default:"1" help:"Which of its files, from 1."`
	To   string   `help:"File to write; nothing is ever replaced." type:"path" required:"" placeholder:"PATH"`
}

// Run implements the command.
func (c *fetchCmd) Run(t *terminal) error {
	switch _, err := os.Lstat(c.To); {
	case err == nil:
		return usagef("--to: %s exists", c.To)
	case !errors.Is(err, fs.ErrNotExist):
		return usagef("--to: %s", fileWords(err))
	}
	if err := inFolder("--to", c.To); err != nil {
		return err
	}
	return t.withGroup(true, func(s *session) error {
		s.needsSpace = true
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		f, err := c.find(s, room)
		if err != nil {
			return err
		}
		if !f.Here {
			if err := s.awaitLive(); err != nil {
				return err
			}
			if err := s.core.LoadFile(s.ctx, room, f.File); err != nil {
				return err
			}
		}
		if err := s.core.SaveFile(s.ctx, f.File, c.To, false); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.err, "%s written to %s\n", sizeWords(f.Size), visible(c.To))
		return err
	})
}

// inFolder refuses a file to be made where there is no folder for it.
func inFolder(option, path string) error {
	info, err := os.Stat(filepath.Dir(path))
	switch {
	case err != nil:
		return usagef("%s: the folder for %s: %s", option, path, fileWords(err))
	case !info.IsDir():
		return usagef("%s: %s is no folder", option, filepath.Dir(path))
	}
	return nil
}

// find finds the file, if need be after catching up.
func (c *fetchCmd) find(s *session, room chat.RoomID) (f app.FileView, err error) {
	for _, catchUp := range []bool{false, true} {
		if catchUp {
			if err := s.awaitLive(); err != nil {
				return f, err
			}
		}
		list, err := s.core.RoomFiles(s.ctx, room, chat.Seq(c.Seq)+1, 1)
		if err != nil {
			return f, err
		}
		if len(list) == 1 && list[0].Seq == chat.Seq(c.Seq) {
			if c.N < 1 || c.N > len(list[0].Files) {
				return f, usagef("message %d has %s", c.Seq, counted(len(list[0].Files), "file"))
			}
			return list[0].Files[c.N-1], nil
		}
	}
	return f, usagef("message %d has no files; \"hearth-cli files\" lists those that have", c.Seq)
}

// sizeWords is a size as the window and exports write it, in the language of all words here.
func sizeWords(n int64) string {
	tr.Use("en")
	return narrate.Size(n)
}

// filesLine tells of the files of a message behind its text.
func filesLine(m *app.MessageView) string {
	var b strings.Builder
	for i := range m.Files {
		fmt.Fprintf(&b, " [file %d: %s, %s]", i+1, m.Files[i].Name, sizeWords(m.Files[i].Size))
	}
	return b.String()
}
