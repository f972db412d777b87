package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/cmdline"
)

// roomCmd is what the commands that change a room share. They return once the server
// has taken the change.
type roomCmd struct {
	Room string `arg:"" help:"Name or id of the room."`
	JSON bool   `help:"Print the room as rooms --json does." name:"json"`
}

// run makes the change, waits until nothing of the room is left in the outbox, and
// prints the room if that is wanted.
func (c *roomCmd) run(t *terminal, change func(s *session, room chat.RoomID) error) error {
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		if err := s.changeRoom(room, func() error { return change(s, room) }); err != nil || !c.JSON {
			return err
		}
		return s.printRoom(room)
	})
}

// changeRoom makes a change that goes through the outbox and waits for the server. What
// failed in the room before is no refusal of this.
func (s *session) changeRoom(room chat.RoomID, change func() error) error {
	find := func() (r app.RoomView, found bool) {
		for _, r := range s.core.View().Rooms {
			if r.ID == room {
				return r, true
			}
		}
		return r, false
	}
	before, _ := find()
	if err := change(); err != nil {
		return err
	}
	err := s.await(func() (bool, error) {
		s.take()
		for _, n := range s.failed {
			if n.Room == room {
				return false, exitError{exitRefused, "the server refused it: " + codeWords(n.Code)}
			}
		}
		r, found := find()
		if found && r.Failed > before.Failed {
			return false, s.refusal(room)
		}
		if c := s.core.View().Connection; c.State == app.ConnStopped {
			return false, stopped(c)
		}
		return found && r.Waiting == 0 && !r.Pending, nil
	})
	if refused := s.refusedChoice(room); refused != nil {
		return refused
	}
	if err != nil && s.ctx.Err() != nil {
		return exitError{exitOffline, waitWords(s.core.View(), 0)}
	}
	if err != nil {
		return err
	}
	return s.awaitRoom(room) // the event is a moment behind the answer
}

// refusedChoice is the refusal of a choice about a room, which is told once and kept
// nowhere; nil if there was none.
func (s *session) refusedChoice(room chat.RoomID) error {
	s.take()
	for _, n := range s.refused {
		if n.Room == room && n.Target == 0 {
			return exitError{exitRefused, "the server refused it: " + codeWords(n.Code)}
		}
	}
	return nil
}

func (s *session) printRoom(room chat.RoomID) error {
	rooms := s.core.View().Rooms
	for i := range rooms {
		if rooms[i].ID == room {
			return s.printJSON(roomRecordOf(&rooms[i]))
		}
	}
	return nil
}

// browseCmd lists the rooms that anybody may enter.
type browseCmd struct {
	JSON bool `help:"One object a line." name:"json"`
}

// openRecord is one of them with --json.
type openRecord struct {
	Room    string `json:"room"`
	Name    string `json:"name"`
	Topic   string `json:"topic"`
	Members int    `json:"members"`
	Joined  bool   `json:"joined"`
}

// Run implements the command.
func (c *browseCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		list, err := s.openRooms()
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		if !c.JSON {
			fmt.Fprintln(w, "ID\tNAME\tMEMBERS\tJOINED\tTOPIC")
		}
		for _, r := range list {
			if c.JSON {
				if err := s.printJSON(openRecord{r.ID.String(), r.Name, r.Topic, r.Members, r.Joined}); err != nil {
					return err
				}
				continue
			}
			joined := "no"
			if r.Joined {
				joined = "yes"
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", r.ID, oneLine(r.Name), r.Members, joined, oneLine(r.Topic))
		}
		return w.Flush()
	})
}

func (s *session) openRooms() ([]app.OpenRoom, error) {
	if err := s.awaitLive(); err != nil {
		return nil, err
	}
	return s.core.OpenRooms(s.ctx)
}

// removedFrom reports whether an owner took the person out of a room with this name.
func (s *session) removedFrom(name string) bool {
	rooms := s.core.View().Rooms
	id, err := findRoom(rooms, name)
	return err == nil && slices.ContainsFunc(rooms, func(r app.RoomView) bool { return r.ID == id && r.Removed })
}

// enterCmd joins a room that is open to all.
type enterCmd struct {
	Room string `arg:"" help:"Name or id of the room, as browse prints it."`
	JSON bool   `help:"Print the room as rooms --json does." name:"json"`
}

// Run implements the command.
func (c *enterCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		list, err := s.openRooms()
		if err != nil {
			return err
		}
		var views []app.RoomView
		for _, r := range list {
			views = append(views, app.RoomView{ID: r.ID, Name: r.Name, Joined: r.Joined})
		}
		room, err := findRoom(views, c.Room)
		if errors.Is(err, errNoRoom) {
			if s.removedFrom(c.Room) {
				return &app.Failed{Code: app.FailCode(chat.CodeRemoved)}
			}
			err = usagef("there is no open room %q; \"hearth-cli browse\" lists them", c.Room)
		}
		if err != nil {
			return err
		}
		for _, r := range views {
			if r.ID == room && !r.Joined {
				err = s.changeRoom(room, func() error { return s.core.JoinRoom(s.ctx, room) })
			}
		}
		if err != nil || !c.JSON {
			return err
		}
		return s.printRoom(room)
	})
}

// leaveCmd leaves a room.
type leaveCmd struct{ roomCmd }

// Run implements the command.
func (c *leaveCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID) error { return s.core.LeaveRoom(s.ctx, room) })
}

// renameCmd names a room anew.
type renameCmd struct {
	roomCmd
	Name string `arg:"" help:"The new name."`
}

// Run implements the command.
func (c *renameCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID) error { return s.core.RenameRoom(s.ctx, room, c.Name) })
}

// topicCmd says what a room is about.
type topicCmd struct {
	roomCmd
	Topic []string `arg:"" optional:"" help:"The new topic; left out it takes the topic away."`
}

// Run implements the command.
func (c *topicCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID) error {
		return s.core.SetTopic(s.ctx, room, strings.Join(c.Topic, " "))
	})
}

// addCmd brings somebody into a room.
type addCmd struct {
	roomCmd
	Name string `arg:"" help:"Login name of whom to add."`
}

// Run implements the command.
func (c *addCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID) error {
		m, err := s.person(strings.TrimPrefix(c.Name, "@"))
		if err != nil {
			return err
		}
		return s.core.AddMember(s.ctx, room, m.Account)
	})
}

// removeCmd takes somebody out of a room.
type removeCmd struct {
	roomCmd
	Name string `arg:"" help:"Login name of whom to remove. Only an owner of the room can add them again."`
}

// Run implements the command.
func (c *removeCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID) error {
		m, err := s.person(strings.TrimPrefix(c.Name, "@"))
		if err != nil {
			return err
		}
		return s.core.RemoveMember(s.ctx, room, m.Account)
	})
}

// hideCmd leaves a conversation out of lists.
type hideCmd struct {
	Room string `arg:"" help:"Name or id of the conversation."`
	Undo bool   `help:"List it again."`
}

// Run implements the command.
func (c *hideCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		return s.core.HideRoom(s.ctx, room, !c.Undo)
	})
}

// forgetCACmd forgets the authority of the group's server.
type forgetCACmd struct{}

// Run implements the command.
func (c *forgetCACmd) Run(t *terminal) error {
	if t.options.CA != "" {
		return usagef("forget-ca: not with --ca")
	}
	return t.withGroup(true, func(s *session) error { return s.core.RemoveAuthority(s.ctx) })
}

// muteCmd says what of a room notifies. The rules are this profile's.
type muteCmd struct {
	Room     string         `arg:"" help:"Name or id of the room."`
	For      cmdline.Length `help:"For this long only; otherwise until --undo." placeholder:"D"`
	Mentions bool           `help:"Go on telling of what calls the person."`
	Undo     bool           `help:"Let everything notify that the profile's rules say."`
}

// Run implements the command.
func (c *muteCmd) Run(t *terminal) error {
	if c.For < 0 || c.Undo && (c.For > 0 || c.Mentions) || c.For > 0 && c.Mentions {
		return usagef("mute: one of --for (above zero), --mentions and --undo")
	}
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		return s.core.ChangeNotify(s.ctx, func(r *app.NotifyRules) {
			choice := r.Rooms[room]
			switch {
			case c.Undo:
				choice = app.RoomNotify{}
			case c.For > 0:
				choice.Muted = time.Now().Add(time.Duration(c.For))
			case c.Mentions:
				choice.Level = app.LevelMentions
			default:
				choice.Level = app.LevelNone
			}
			if r.Rooms == nil {
				r.Rooms = map[chat.RoomID]app.RoomNotify{}
			}
			r.Rooms[room] = choice
		})
	})
}

// blockCmd blocks somebody, or lists who is blocked.
type blockCmd struct {
	Name string `arg:"" optional:"" help:"Login name; left out, who is blocked is listed."`
	Undo bool   `help:"Block them no longer."`
	JSON bool   `help:"One object a line for each who is blocked." name:"json"`
}

// blockedRecord is one of them with --json.
type blockedRecord struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Display string `json:"display"`
}

// Run implements the command.
func (c *blockCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		if c.Name == "" && c.Undo {
			return usagef("block: name whom to block no longer")
		}
		if c.Name != "" {
			account, err := s.blockable(strings.TrimPrefix(c.Name, "@"))
			if err == nil {
				err = s.core.Block(s.ctx, account, !c.Undo)
			}
			if err != nil || !c.JSON {
				return err
			}
		}
		for _, m := range s.core.View().Blocked {
			var err error
			if c.JSON {
				err = s.printJSON(blockedRecord{m.Account.String(), m.Name, m.Display})
			} else {
				_, err = fmt.Fprintf(s.out, "%s  %s\n", oneLine(cmp.Or(m.Name, m.Account.String())), oneLine(m.Display))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// blockable finds somebody by login name, also among those who are blocked.
func (s *session) blockable(name string) (chat.AccountID, error) {
	for _, m := range s.core.View().Blocked {
		if strings.EqualFold(m.Name, name) {
			return m.Account, nil
		}
	}
	m, err := s.person(name)
	return m.Account, err
}
