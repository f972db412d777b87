package main

import (
	"errors"
	"strings"

	"hearth/app"
	"hearth/chat"
)

// changeCmd is what the commands that change a message of the log share. They return
// once the change is in the outbox and, without --queue, the server has taken it.
type changeCmd struct {
	Room  string `arg:"" help:"Name or id of the room."`
	Seq   uint64 `arg:"" help:"Sequence of the message, as tail prints it."`
	Queue bool   `help:"Return once the change is in the outbox, without waiting for the server."`
}

// run makes the change and waits until nothing of the room waits any more.
func (c *changeCmd) run(t *terminal, change func(s *session, room chat.RoomID, seq chat.Seq) error) error {
	return t.withGroup(!c.Queue, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		if err := change(s, room, chat.Seq(c.Seq)); err != nil || c.Queue {
			return err
		}
		return s.await(func() (bool, error) {
			for _, r := range s.core.View().Rooms {
				if r.ID == room {
					return r.Waiting == 0, refusedChange(s, room, chat.Seq(c.Seq))
				}
			}
			return false, nil
		})
	})
}

// refusedChange returns what the server said to an edit that it refused.
func refusedChange(s *session, room chat.RoomID, seq chat.Seq) error {
	list, err := s.core.Outbox(s.ctx)
	if err != nil {
		return err
	}
	for i := range list {
		m := &list[i].Message
		if list[i].Room == room && m.Target == seq && m.Failure != nil && m.Failure.Code != app.CodeHeld {
			return errors.New(string(m.Failure.Code) + ": " + m.Failure.Message)
		}
	}
	return nil
}

// editCmd gives a message another text.
type editCmd struct {
	changeCmd
	Text []string `arg:"" help:"The new text."`
}

// Run implements the command.
func (c *editCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID, seq chat.Seq) error {
		text := strings.Join(c.Text, " ")
		if err := checkText(text); err != nil {
			return err
		}
		return s.core.EditMessage(s.ctx, room, seq, text)
	})
}

// deleteCmd deletes a message for everyone.
type deleteCmd struct{ changeCmd }

// Run implements the command.
func (c *deleteCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID, seq chat.Seq) error { return s.core.DeleteMessage(s.ctx, room, seq) })
}

// reactCmd puts an emoji on a message, or takes it off.
type reactCmd struct {
	changeCmd
	Emoji  string `arg:"" help:"The emoji."`
	Remove bool   `help:"Take it off."`
}

// Run implements the command.
func (c *reactCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID, seq chat.Seq) error {
		return s.core.React(s.ctx, room, seq, c.Emoji, !c.Remove)
	})
}

// pinCmd pins a message.
type pinCmd struct{ changeCmd }

// Run implements the command.
func (c *pinCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID, seq chat.Seq) error { return s.core.Pin(s.ctx, room, seq, true) })
}

// unpinCmd takes a message off the pins.
type unpinCmd struct{ changeCmd }

// Run implements the command.
func (c *unpinCmd) Run(t *terminal) error {
	return c.run(t, func(s *session, room chat.RoomID, seq chat.Seq) error { return s.core.Pin(s.ctx, room, seq, false) })
}
