package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/zone"
)

// outboxCmd shows and changes what waits to be sent, over all rooms.
type outboxCmd struct {
	List   outboxListCmd   `cmd:"" default:"withargs" help:"List what waits or failed: id, room, state, text."`
	Retry  outboxRetryCmd  `cmd:"" help:"Send again what failed or is held, and wait until the server has it."`
	Cancel outboxCancelCmd `cmd:"" help:"Drop messages that are not on the server."`
	Edit   outboxEditCmd   `cmd:"" help:"Replace the text of a message that was never sent, and queue it."`
}

// outboxListCmd lists the outbox; it needs no network.
type outboxListCmd struct {
	JSON bool `help:"One object a line." name:"json"`
}

// outboxRecord is one entry with --json: an event, and what may be done with it.
type outboxRecord struct {
	record
	RoomName    string `json:"room_name"`
	Transmitted bool   `json:"transmitted"` // it may have reached the server
	MayEdit     bool   `json:"may_edit"`
	MayCancel   bool   `json:"may_cancel"`
	MayRetry    bool   `json:"may_retry"`
	Profile     string `json:"profile,omitempty"` // no message: a part of the profile
}

// Run implements the command.
func (c *outboxListCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		list, err := s.core.Outbox(s.ctx)
		if err != nil {
			return err
		}
		for i := range list {
			if err := s.printEntry(&list[i], c.JSON); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *session) printEntry(e *app.OutboxEntry, asJSON bool) error {
	if asJSON {
		return s.printJSON(outboxRecord{
			record: recordOf(e.Room, &e.Message), RoomName: e.RoomName, Transmitted: e.Transmitted,
			MayEdit: e.MayEdit, MayCancel: e.MayCancel, MayRetry: e.MayRetry, Profile: string(e.Part),
		})
	}
	state := string(e.Message.State)
	if f := e.Message.Failure; f != nil {
		state = string(f.Code)
	}
	why := ""
	if f := e.Message.Failure; f != nil && words[app.FailCode(f.Why())] != "" {
		why = "  [" + words[app.FailCode(f.Why())] + "]"
	}
	if d := e.Message.Delay; d != nil {
		why = "  [not taken since " + zone.In(d.Since).Format(time.DateTime) + ", tried again by itself: " + codeWords(d.Code) + "]"
	}
	room := e.RoomName
	if room == "" {
		room = e.Room.String()
	}
	text := strings.TrimPrefix(line(&e.Message), e.Message.Name+": ")
	if e.Part != "" {
		room, text = "your "+string(e.Part), e.Message.Text
		switch {
		case e.Gone:
			text = "(taken away)"
		case e.Part == app.PartPicture:
			text = "(the newer one)"
		}
	}
	_, err := fmt.Fprintf(s.out, "%s  %s  %-14s  %s: %s%s\n", e.Message.MID, zone.In(e.Message.Time).Format(time.DateTime), state,
		oneLine(room), oneLine(text), why)
	return err
}

// entry finds an entry by the message id that "outbox" prints.
func entryOf(list []app.OutboxEntry, mid string) (*app.OutboxEntry, error) {
	i := slices.IndexFunc(list, func(e app.OutboxEntry) bool { return e.Message.MID.String() == mid })
	if i < 0 {
		return nil, usagef("nothing with the id %q waits; \"hearth-cli outbox\" lists what does", mid)
	}
	return &list[i], nil
}

// each calls do for every entry named; nothing is done if one is not there.
func (s *session) each(mids []string, do func(e *app.OutboxEntry) error) error {
	list, err := s.core.Outbox(s.ctx)
	if err != nil {
		return err
	}
	found := make([]*app.OutboxEntry, len(mids))
	for i, mid := range mids {
		if found[i], err = entryOf(list, mid); err != nil {
			return err
		}
	}
	for _, e := range found {
		if err := do(e); err != nil {
			return fmt.Errorf("%s: %w", e.Message.MID, err)
		}
	}
	return nil
}

// outboxRetryCmd sends again.
type outboxRetryCmd struct {
	MIDs  []string `arg:"" optional:"" name:"id" help:"Message ids, as \"outbox\" prints them."`
	All   bool     `help:"Everything that failed or is held; what waits is waited for as well."`
	Queue bool     `help:"Return once they are queued, without waiting for the server."`
	JSON  bool     `help:"One object a line for what is refused again." name:"json"`
}

// Run implements the command.
func (c *outboxRetryCmd) Run(t *terminal) error {
	if c.All == (len(c.MIDs) > 0) {
		return usagef("outbox retry: name messages, or use --all")
	}
	return t.withGroup(true, func(s *session) error {
		tried := map[string]bool{}
		if c.All {
			list, err := s.core.Outbox(s.ctx)
			if err != nil {
				return err
			}
			for _, e := range list {
				tried[e.Message.MID.String()] = true // what waits anyway is waited for
				if e.MayRetry {
					c.MIDs = append(c.MIDs, e.Message.MID.String())
				}
			}
		}
		err := s.each(c.MIDs, func(e *app.OutboxEntry) error {
			tried[e.Message.MID.String()] = true
			if e.Message.Failure != nil && !e.MayRetry {
				return nil // what it changes is gone, or it was sent: nothing helps
			}
			return s.core.RetryMessage(s.ctx, e.Room, e.Message.MID)
		})
		if err != nil || c.Queue {
			return err
		}
		return s.awaitOutcome(tried, c.JSON)
	})
}

// awaitOutcome waits until none of the entries waits any more, and says how many
// were refused.
func (s *session) awaitOutcome(tried map[string]bool, asJSON bool) error {
	var refused []app.OutboxEntry
	open := 0
	err := s.await(func() (bool, error) {
		list, err := s.core.Outbox(s.ctx)
		if err != nil {
			return false, err
		}
		refused, open = nil, 0
		for _, e := range list {
			switch {
			case !tried[e.Message.MID.String()]:
			case e.Message.Failure != nil:
				refused = append(refused, e)
			default:
				open++
			}
		}
		if c := s.core.View().Connection; open > 0 && c.State == app.ConnStopped {
			return false, stopped(c)
		}
		return open == 0, nil
	})
	switch {
	case err != nil && s.ctx.Err() != nil && open > 0:
		return exitError{exitOffline, waitWords(s.core.View(), open)}
	case err != nil:
		return err
	case len(refused) == 0:
		return s.awaitLanded(func(mid chat.MID, _ chat.RoomID) bool { return tried[mid.String()] })
	}
	for i := range refused {
		if err := s.printEntry(&refused[i], asJSON); err != nil {
			return err
		}
	}
	last := ""
	if f := refused[len(refused)-1].Message.Failure; f != nil {
		last = ": " + codeWords(f.Code)
	}
	return exitError{exitRefused, fmt.Sprintf("the server refused %s; kept in the outbox", counted(len(refused), "message")) + last}
}

// outboxCancelCmd drops entries.
type outboxCancelCmd struct {
	MIDs []string `arg:"" optional:"" name:"id" help:"Message ids, as \"outbox\" prints them."`
	All  bool     `help:"Everything that can be dropped."`
}

// Run implements the command. What is on its way cannot be dropped, and something
// always may be: so each is dropped that can be, and the others are named.
func (c *outboxCancelCmd) Run(t *terminal) error {
	if c.All == (len(c.MIDs) > 0) {
		return usagef("outbox cancel: name messages, or use --all")
	}
	return t.withGroup(true, func(s *session) error {
		list, err := s.core.Outbox(s.ctx)
		if err != nil {
			return err
		}
		if c.All {
			for i := range list {
				c.MIDs = append(c.MIDs, list[i].Message.MID.String())
			}
		}
		return s.cancel(list, c.MIDs, c.All)
	})
}

// Why an entry was not dropped.
const (
	sayUnknown = "nothing with the id waits; \"hearth-cli outbox\" lists what does"
	sayAway    = "it may be on the server already, so it cannot be taken back"
	saySent    = "it was sent in the meantime"
)

// cancel drops those entries of a list that have these ids. This profile is connected
// meanwhile and sends: what has gone since the list was made is no mistake where all that
// waits was meant, and one where it was named.
func (s *session) cancel(list []app.OutboxEntry, mids []string, all bool) error {
	var away []string // those that could not be dropped, and may be sent by now
	dropped, left, sent := 0, 0, 0
	for _, mid := range mids {
		why, err := s.drop(list, mid)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", mid, err)
		case why == "":
			dropped++
		case why == sayAway:
			away = append(away, mid)
		case why == saySent && all:
			sent++
		default:
			left++
			fmt.Fprintf(s.err, "hearth-cli: %s: %s\n", visible(mid), why)
		}
	}
	now, err := s.core.Outbox(s.ctx)
	if err != nil {
		return err
	}
	for _, mid := range away {
		if _, err := entryOf(now, mid); err != nil && all {
			sent++
			continue
		}
		left++
		fmt.Fprintf(s.err, "hearth-cli: %s: %s\n", visible(mid), sayAway)
	}
	if all {
		fmt.Fprintf(s.out, "%s dropped, %d sent in the meantime\n", counted(dropped, "message"), sent)
	}
	if left > 0 {
		return exitError{exitUsage, fmt.Sprintf("not dropped: %d of %d", left, len(mids))}
	}
	return nil
}

// drop drops an entry, or says why that cannot be.
func (s *session) drop(list []app.OutboxEntry, mid string) (why string, err error) {
	e, err := entryOf(list, mid)
	if err != nil {
		return sayUnknown, nil
	}
	err = s.core.DiscardMessage(s.ctx, e.Room, e.Message.MID)
	var failed *app.Failed
	switch {
	case !errors.As(err, &failed):
		return "", err
	case failed.Code == app.FailTransmitted:
		return sayAway, nil
	case failed.Code == app.FailSettled:
		return saySent, nil
	}
	return "", err
}

// outboxEditCmd replaces a text.
type outboxEditCmd struct {
	MID  string   `arg:"" name:"id" help:"Message id, as \"outbox\" prints it."`
	Text []string `arg:"" help:"The new text."`
}

// Run implements the command.
func (c *outboxEditCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		return s.each([]string{c.MID}, func(e *app.OutboxEntry) error {
			err := s.core.EditWaiting(s.ctx, e.Room, e.Message.MID, strings.Join(c.Text, " "))
			return inWords(err, "it is no message: it cannot be edited")
		})
	})
}

// inWords explains why an entry cannot be changed.
func inWords(err error, words string) error {
	var failed *app.Failed
	if errors.As(err, &failed) && failed.Code == app.FailBadValue {
		return exitError{exitUsage, words}
	}
	return err
}
