package main

import (
	"fmt"
	"strconv"
	"strings"

	"hearth/app"
	"hearth/chat"
)

// sequence is the number of a message in its room, as people type it.
type sequence chat.Seq

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *sequence) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || n == 0 {
		return fmt.Errorf("%q is no sequence of a message: a number as tail prints it before each, without the #", text)
	}
	*s = sequence(n)
	return nil
}

// changeCmd is what the commands that change a message of the log share. They return
// once the change is in the outbox and, without --queue, the server has taken it.
type changeCmd struct {
	Room  string   `arg:"" help:"Name or id of the room."`
	Seq   sequence `arg:"" help:"Sequence of the message, as tail prints it."`
	Queue bool     `help:"Return once the change is in the outbox, without waiting for the server."`
	JSON  bool     `help:"One object on a line: the change as the log has it, or as it waits." name:"json"`
}

// run makes the change and waits until it is in the log, or waits no more. What it
// says is its text or its emoji.
func (c *changeCmd) run(t *terminal, kind chat.Kind, says string, change func(s *session, room chat.RoomID, seq chat.Seq) error) error {
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		o := &ordered{c: c, s: s, kind: kind, says: says, read: reader{s: s, room: room}}
		for _, r := range s.core.View().Rooms {
			if r.ID == room {
				o.read.next = r.Head
			}
		}
		if err := change(s, room, chat.Seq(c.Seq)); err != nil {
			return err
		}
		if c.Queue {
			return o.printQueued()
		}
		err = s.await(o.settled)
		if err != nil && s.ctx.Err() != nil && !o.done {
			return exitError{exitOffline, waitWords(s.core.View(), 0)}
		}
		return err
	})
}

// ordered is a change that the person ordered, on its way.
type ordered struct {
	c    *changeCmd
	s    *session
	kind chat.Kind
	says string
	read reader
	done bool
}

// settled reports whether the change is in the log, or was taken back by its opposite;
// a refusal is an error.
func (o *ordered) settled() (bool, error) {
	seen := func(m *app.MessageView) error {
		if o.done || !o.is(m) {
			return nil
		}
		o.done = true
		if !o.c.JSON {
			return nil
		}
		return o.s.printEvent(o.read.room, m, true)
	}
	if err := o.read.step(seen, nil); err != nil || o.done {
		return o.done, err
	}
	waits, err := o.waiting()
	if err != nil || waits != nil {
		if waits != nil && waits.Message.Failure != nil {
			err = refusedChange(waits.Message.Failure.Code, "; it is kept in the outbox")
		} else if v := o.s.core.View().Connection; err == nil && v.State == app.ConnStopped {
			err = stopped(v)
		}
		return false, err
	}
	o.s.take() // it may have been refused just now
	for _, n := range o.s.refused {
		if n.Room == o.read.room && n.Target == chat.Seq(o.c.Seq) {
			return false, refusedChange(n.Code, "")
		}
	}
	// What has left the outbox is refused, on its way back here, or was taken back by
	// its opposite.
	w := app.Window{Around: chat.Seq(o.c.Seq), Limit: 2}
	page, err := o.s.core.Messages(o.s.ctx, o.read.room, w)
	for i := range page.Messages {
		if m := &page.Messages[i]; m.Seq == chat.Seq(o.c.Seq) && m.Changing {
			return false, err
		}
	}
	if err == nil {
		err = o.read.step(seen, nil)
	}
	return true, err
}

// is reports whether a row of the log or an entry of the outbox is the change.
func (o *ordered) is(m *app.MessageView) bool {
	if !m.Own || m.Kind != o.kind || m.Target != chat.Seq(o.c.Seq) {
		return false
	}
	switch m.Kind {
	case chat.KindEdit:
		return m.Text == o.says
	case chat.KindReactionAdd, chat.KindReactionRemove:
		return m.Value == o.says
	}
	return true
}

// waiting returns the outbox entry of the change; nil if there is none.
func (o *ordered) waiting() (*app.OutboxEntry, error) {
	list, err := o.s.core.Outbox(o.s.ctx)
	if err != nil {
		return nil, err
	}
	for i := len(list) - 1; i >= 0; i-- {
		m := &list[i].Message
		if list[i].Room == o.read.room && o.is(m) {
			return &list[i], nil
		}
	}
	return nil, nil
}

func (o *ordered) printQueued() error {
	waits, err := o.waiting()
	if err != nil || waits == nil || !o.c.JSON {
		return err
	}
	return o.s.printEvent(o.read.room, &waits.Message, true)
}

// refusedChange says in words why the server did not take a change.
func refusedChange(code chat.Code, kept string) error {
	why := codeWords(code)
	if code == chat.CodeForbidden {
		why = "only its author may do that, or the room's owner (" + string(code) + ")"
	}
	return exitError{exitRefused, "the server refused it: " + why + kept}
}

// editCmd gives a message another text.
type editCmd struct {
	changeCmd
	Text []string `arg:"" help:"The new text."`
}

// Run implements the command.
func (c *editCmd) Run(t *terminal) error {
	text := strings.Join(c.Text, " ")
	return c.run(t, chat.KindEdit, text, func(s *session, room chat.RoomID, seq chat.Seq) error {
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
	return c.run(t, chat.KindDelete, "", func(s *session, room chat.RoomID, seq chat.Seq) error { return s.core.DeleteMessage(s.ctx, room, seq) })
}

// reactCmd puts an emoji on a message, or takes it off.
type reactCmd struct {
	changeCmd
	Emoji  string `arg:"" help:"The emoji."`
	Remove bool   `help:"Take it off."`
}

// Run implements the command.
func (c *reactCmd) Run(t *terminal) error {
	kind := chat.KindReactionAdd
	if c.Remove {
		kind = chat.KindReactionRemove
	}
	return c.run(t, kind, c.Emoji, func(s *session, room chat.RoomID, seq chat.Seq) error {
		return s.core.React(s.ctx, room, seq, c.Emoji, !c.Remove)
	})
}

// pinCmd pins a message.
type pinCmd struct{ changeCmd }

// Run implements the command.
func (c *pinCmd) Run(t *terminal) error {
	return c.run(t, chat.KindPinAdd, "", func(s *session, room chat.RoomID, seq chat.Seq) error { return s.core.Pin(s.ctx, room, seq, true) })
}

// unpinCmd takes a message off the pins.
type unpinCmd struct{ changeCmd }

// Run implements the command.
func (c *unpinCmd) Run(t *terminal) error {
	return c.run(t, chat.KindPinRemove, "", func(s *session, room chat.RoomID, seq chat.Seq) error { return s.core.Pin(s.ctx, room, seq, false) })
}
