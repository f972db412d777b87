package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"hearth/app"
	"hearth/chat"
)

// roomsCmd lists the rooms; it needs no network.
type roomsCmd struct {
	JSON bool `help:"One object a line." name:"json"`
	Sync bool `help:"Bring everything up to date first, also what other devices have read."`
}

// roomRecord is one room with --json.
type roomRecord struct {
	Room     string `json:"room"`
	Name     string `json:"name"`
	Topic    string `json:"topic"`
	Access   string `json:"access"` // open, closed or direct
	Archived bool   `json:"archived"`
	Members  int    `json:"members"`
	Unread   int    `json:"unread"`
	More     bool   `json:"unread_more"` // of what is not loaded yet there is more
	Read     uint64 `json:"read"`        // newest message seen, or what lies before a mark as unread
	Head     uint64 `json:"head"`
	Chain    string `json:"chain"`
	Joined   bool   `json:"joined"`
	Waiting  int    `json:"waiting"`
	Failed   int    `json:"failed"`
	Missing  int    `json:"missing"`       // events not loaded yet
	Behind   int    `json:"behind"`        // events the server has behind head, as far as known
	Lost     int    `json:"lost"`          // events stored here that are no longer on the server
	Keep     int    `json:"keep"`          // days that the server keeps messages; 0: for ever
	Purged   uint64 `json:"purged"`        // the server keeps nothing up to here
	Hidden   bool   `json:"hide_readings"` // nobody in the room is shown how far others have read
	History  string `json:"history"`       // what newcomers see: all, joined; empty: not known
	Ruled    uint64 `json:"ruled"`         // where that was changed the last time; 0: never
	From     uint64 `json:"from"`          // where what oneself sees begins; 0: not known
}

func roomRecordOf(r *app.RoomView) roomRecord {
	rec := roomRecord{
		Room: r.ID.String(), Name: r.Name, Topic: r.Topic, Access: string(r.Access), History: string(r.History), Ruled: uint64(r.Ruled), From: uint64(r.From), Archived: r.Archived, Members: len(r.Members), Unread: r.Unread, More: r.UnreadMore, Read: uint64(r.Read),
		Head: uint64(r.Head), Joined: r.Joined, Waiting: r.Waiting, Failed: r.Failed,
		Missing: r.Complete.MissingEvents, Behind: r.Complete.Behind, Lost: r.Lost,
		Keep: r.Kept, Purged: uint64(r.Purged), Hidden: r.HideReadings,
	}
	if !r.Chain.IsZero() {
		rec.Chain = r.Chain.String()
	}
	return rec
}

// Run implements the command.
func (c *roomsCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		if c.Sync {
			if err := s.awaitLive(); err != nil {
				return err
			}
		}
		rooms := slices.DeleteFunc(slices.Clone(s.core.View().Rooms), func(r app.RoomView) bool { return r.Hidden })
		if c.JSON {
			for i := range rooms {
				if err := s.printJSON(roomRecordOf(&rooms[i])); err != nil {
					return err
				}
			}
			return nil
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tNAME\tMEMBERS\tUNREAD\tHEAD")
		for _, r := range rooms {
			unread := strconv.Itoa(r.Unread)
			if r.UnreadMore {
				unread += "+"
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d%s\n", r.ID, oneLine(r.Name), len(r.Members), unread, r.Head, lostWords("\t", r.Lost))
		}
		return w.Flush()
	})
}

// lostWords mentions, behind a separator, what a server no longer has of a room; "" if
// nothing.
func lostWords(before string, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s%d more are no longer on the server (tail --lost)", before, n)
}

// createCmd makes a room.
type createCmd struct {
	Name   string `arg:"" help:"The room's name."`
	Topic  string `help:"What it is about."`
	Closed bool   `help:"Only members add people; otherwise anybody of the group may join."`
	// History is as in the protocol.
	History string `default:"all" enum:"all,joined" help:"What newcomers see: all of it, or what is written once they have joined. See the command history."`
}

// Run implements the command.
func (c *createCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		access := chat.AccessOpen
		if c.Closed {
			access = chat.AccessClosed
		}
		id, err := s.core.CreateRoom(s.ctx, app.RoomRequest{Name: c.Name, Topic: c.Topic, Access: access, History: chat.History(c.History)})
		if err != nil {
			return err
		}
		if err := s.awaitSent(id); err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, id)
		return err
	})
}

// archiveCmd closes a room for writing.
type archiveCmd struct {
	Room string `arg:"" help:"Name or id of the room."`
	Undo bool   `help:"Open it again."`
}

// Run implements the command.
func (c *archiveCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		return s.changeRoom(room, func() error { return s.core.ArchiveRoom(s.ctx, room, !c.Undo) })
	})
}

// keepCmd says for how long the server keeps messages of a room.
type keepCmd struct {
	Room string `arg:"" help:"Name or id of the room."`
	Days int    `arg:"" help:"For how many days; 0: for ever."`
}

// Run implements the command.
func (c *keepCmd) Run(t *terminal) error {
	if c.Days < 0 || c.Days > chat.MaxKeepDays {
		return usagef("give a number of days, 1 to %d, or 0 for ever", chat.MaxKeepDays)
	}
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		return s.changeRoom(room, func() error { return s.core.KeepRoom(s.ctx, room, c.Days) })
	})
}

// readingsCmd says whether members of a room see how far others have read.
type readingsCmd struct {
	Room string `arg:"" help:"Name or id of the room."`
	Do   string `arg:"" enum:"hide,show" help:"hide or show."`
}

// Run implements the command.
func (c *readingsCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		return s.changeRoom(room, func() error { return s.core.HideReadings(s.ctx, room, c.Do == "hide") })
	})
}

// historyCmd says what newcomers of a room see.
type historyCmd struct {
	Room    string `arg:"" help:"Name or id of the room."`
	History string `arg:"" enum:"all,joined" help:"all: what is written from now on, or since it is so; joined: what is written once they have joined. Who is in the room sees neither more nor less by it."`
}

// Run implements the command.
func (c *historyCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		return s.changeRoom(room, func() error { return s.core.SetHistory(s.ctx, room, chat.History(c.History)) })
	})
}

// directCmd finds or begins a conversation with a few.
type directCmd struct {
	Names []string `arg:"" name:"name" help:"Login names of the others, up to nine."`
}

// Run implements the command.
func (c *directCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		var people []app.MemberView
		for _, name := range c.Names {
			m, err := s.person(strings.TrimPrefix(name, "@"))
			if err != nil {
				return err
			}
			people = append(people, m)
		}
		id, err := s.core.Direct(s.ctx, people)
		if err != nil {
			return err
		}
		if err := s.awaitSent(id); err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, id)
		return err
	})
}

// person finds somebody by login name: in the rooms on this disk, else on the server.
func (s *session) person(name string) (app.MemberView, error) {
	named := func(m app.MemberView) bool { return strings.EqualFold(m.Name, name) }
	for _, r := range s.core.View().Rooms {
		if i := slices.IndexFunc(r.Members, named); i >= 0 {
			return r.Members[i], nil
		}
	}
	if err := s.awaitLive(); err != nil {
		return app.MemberView{}, err
	}
	all, err := s.core.People(s.ctx)
	if err != nil {
		return app.MemberView{}, err
	}
	if i := slices.IndexFunc(all, named); i >= 0 {
		return all[i], nil
	}
	return app.MemberView{}, usagef("there is nobody with the login name %q in this group", name)
}

// awaitSent waits until a room is there, and nothing of it waits in the outbox. What was
// refused there before is another matter.
func (s *session) awaitSent(id chat.RoomID) error {
	err := s.await(func() (bool, error) {
		v := s.core.View()
		for _, r := range v.Rooms {
			if r.ID != id {
				continue
			}
			if r.Failed > 0 {
				if err := s.notMade(id); err != nil {
					return false, err
				}
			}
			s.take() // a choice about the room is not kept when it is refused
			for _, n := range s.refused {
				if n.Room == id && n.Target == 0 {
					return false, refusedChange(n.Code, "")
				}
			}
			return r.Waiting == 0 && !r.Pending, nil
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	return s.awaitRoom(id)
}

// awaitRoom is awaitLanded for everything in a room.
func (s *session) awaitRoom(id chat.RoomID) error {
	return s.awaitLanded(func(_ chat.MID, room chat.RoomID) bool { return room == id })
}

// notMade says why a room was not made; nil if that was not refused.
func (s *session) notMade(id chat.RoomID) error {
	list, err := s.core.Outbox(s.ctx)
	for i := range list {
		if m := &list[i].Message; list[i].Room == id && m.Kind == chat.KindRoomCreate && m.Failure != nil {
			return exitError{exitRefused, "the server refused it: " + codeWords(m.Failure.Code)}
		}
	}
	return err
}

// refusal says why the newest of a room's entries was refused.
func (s *session) refusal(id chat.RoomID) error {
	list, err := s.core.Outbox(s.ctx)
	for i := len(list) - 1; i >= 0 && err == nil; i-- {
		if f := list[i].Message.Failure; list[i].Room == id && f != nil {
			return exitError{exitRefused, "the server refused it: " + codeWords(f.Code)}
		}
	}
	return cmp.Or(err, error(exitError{exitRefused, "the server refused it"}))
}

// statusCmd prints the state of connection and outbox.
type statusCmd struct {
	JSON bool `help:"One object on a line." name:"json"`
	Wait bool `help:"Wait until the connection is up (or --timeout) before printing."`
}

// statusRecord is the answer with --json.
type statusRecord struct {
	State   string       `json:"state"`
	Reason  string       `json:"reason"`
	Address string       `json:"address"`
	RTTms   float64      `json:"rtt_ms"`
	Server  string       `json:"server"`
	Group   string       `json:"group"`
	Account string       `json:"account"`
	Device  string       `json:"device"`
	Name    string       `json:"name"`
	Waiting int          `json:"waiting"`
	Failed  int          `json:"failed"`
	Full    bool         `json:"server_full,omitzero"` // some of waiting wait for space on the server's disk
	Proxy   bool         `json:"proxy,omitzero"`       // one in between ends TLS and can read along
	Rooms   []roomRecord `json:"rooms"`
}

// Run implements the command.
func (c *statusCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		if err := s.settle(c.Wait); err != nil {
			return err
		}
		s.measure()
		v := s.core.View()
		if c.JSON {
			return s.printJSON(statusOf(v))
		}
		state := string(v.Connection.State)
		if v.Connection.Reason != app.ReasonNone {
			state += " (" + string(v.Connection.Reason) + ")"
		}
		waiting := strconv.Itoa(v.Waiting)
		if v.ServerFull {
			waiting += " (the server's disk is full)"
		}
		fmt.Fprintf(s.out, "group    %s\nserver   %s\naccount  %s (%s)\nstate    %s\naddress  %s\nrtt      %v\nwaiting  %s\nfailed   %d\n",
			oneLine(v.Group.Name), v.Group.Fingerprint, oneLine(v.Me.Name), v.Me.Account, state, v.Connection.Address,
			v.Connection.RTT.Round(10_000), waiting, v.Failed)
		if v.Connection.Unbound {
			fmt.Fprintln(s.out, "through  a proxy that can read along")
		}
		for _, r := range v.Rooms {
			fmt.Fprintf(s.out, "room     %s  %s  head %d  chain %s%s\n", r.ID, oneLine(r.Name), r.Head, strings.TrimSpace(roomRecordOf(&r).Chain), lostWords("  ", r.Lost))
		}
		return nil
	})
}

// settle lets the first attempt to connect come to an end, so that "status" says
// something about the server and not only about itself.
func (s *session) settle(wait bool) error {
	if wait {
		return s.awaitLive()
	}
	return s.await(func() (bool, error) {
		c := s.core.View().Connection
		return c.State == app.ConnLive || attempted(c), nil
	})
}

// attempted reports whether an attempt to connect has ended without a connection.
func attempted(c app.ConnectionView) bool {
	switch c.State {
	case app.ConnWaiting, app.ConnStopped:
		return true
	case app.ConnOffline:
		return c.Reason != app.ReasonNone
	}
	return false
}

// measureTime is how long a connection is given to show its round-trip time.
const measureTime = 2 * time.Second

// measure has the round-trip time of a fresh connection measured at once, instead
// of at its first beat some seconds later. Without an answer it stays unknown.
func (s *session) measure() {
	if s.core.View().Connection.State != app.ConnLive {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, measureTime)
	defer cancel()
	probe := *s
	probe.ctx = ctx
	s.core.Wake()
	_ = probe.await(func() (bool, error) {
		c := s.core.View().Connection
		return c.RTT > 0 || c.State != app.ConnLive, nil
	})
}

func statusOf(v *app.View) statusRecord {
	r := statusRecord{
		State: string(v.Connection.State), Reason: string(v.Connection.Reason), Address: v.Connection.Address,
		RTTms: float64(v.Connection.RTT.Microseconds()) / 1000, Server: v.Group.Server.String(), Group: v.Group.Name,
		Account: v.Me.Account.String(), Device: v.Me.Device.String(), Name: v.Me.Name, Waiting: v.Waiting, Failed: v.Failed, Full: v.ServerFull,
		Proxy: v.Connection.Unbound,
		Rooms: []roomRecord{},
	}
	for i := range v.Rooms {
		r.Rooms = append(r.Rooms, roomRecordOf(&v.Rooms[i]))
	}
	return r
}

// squeeze removes the spaces people type into fingerprints.
func squeeze(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }
