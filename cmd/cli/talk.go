package main

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"hearth/app"
	"hearth/chat"
)

// tailCmd prints a room's events.
type tailCmd struct {
	Room   string `arg:"" help:"Name or id of the room."`
	Since  uint64 `help:"Print events after this sequence." placeholder:"N"`
	Follow bool   `help:"Go on with new events until interrupted." short:"f"`
	Lost   bool   `help:"Print instead what is on this disk and no longer on the server, as after it was restored from an older backup."`
	JSON   bool   `help:"One object a line." name:"json"`
}

// Run implements the command.
func (c *tailCmd) Run(t *terminal) error {
	if c.Lost && (c.Follow || c.Since > 0) {
		return usagef("--lost goes with neither --follow nor --since")
	}
	err := t.withGroup(!c.Follow, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		if c.Lost {
			return s.printLost(room, c.JSON)
		}
		if err := s.tellBeyond(room, chat.Seq(c.Since)); err != nil {
			return err
		}
		r := &reader{s: s, room: room, next: chat.Seq(c.Since), whole: c.Follow}
		r.back = func(to chat.Seq) error { return s.tellBack(room, to, c.JSON) }
		print := func(m *app.MessageView) error { return s.printEvent(room, m, c.JSON) }
		if !c.Follow {
			return errors.Join(r.step(print, ahead(r, print)), s.tellMissing(room), s.tellLost(room))
		}
		link := &linkTeller{s: s, json: c.JSON}
		return s.await(func() (bool, error) {
			if err := errors.Join(r.step(print, nil), link.look()); err != nil {
				return false, err
			}
			if c := s.core.View().Connection; c.State == app.ConnStopped {
				return false, stopped(c) // nothing new will ever come
			}
			return false, nil
		})
	})
	if c.Follow && t.ctx.Err() != nil {
		return nil // interrupted: that is how following ends
	}
	return err
}

// ahead prints what is one's own, on the server, and not in the log on this disk yet, as
// while the disk is full.
func ahead(r *reader, print func(*app.MessageView) error) func(*app.MessageView) error {
	return func(m *app.MessageView) error {
		if m.Place <= r.next {
			return nil // it waits
		}
		row := *m
		row.Seq, row.Unloaded = m.Place, true
		return print(&row)
	}
}

// tellBeyond says that a place lies behind the end of a room, as after the server was
// restored from an older backup: nothing up to it will be printed.
func (s *session) tellBeyond(room chat.RoomID, since chat.Seq) error {
	for _, r := range s.core.View().Rooms {
		if r.ID != room || since <= r.Head {
			continue
		}
		_, err := fmt.Fprintf(s.err, "hearth-cli: the room ends at %d here; what comes is printed behind %d only (--since)\n", r.Head, since)
		return err
	}
	return nil
}

// tellMissing names what a room's log on this disk lacks.
func (s *session) tellMissing(room chat.RoomID) error {
	for _, r := range s.core.View().Rooms {
		if r.ID != room {
			continue
		}
		for _, g := range r.Complete.Missing {
			if _, err := fmt.Fprintf(s.err, "hearth-cli: events %d to %d are not on this disk yet; --follow waits for them\n", g.From, g.To); err != nil {
				return err
			}
		}
	}
	return nil
}

// printLost prints what a room's log here had and the server has lost.
func (s *session) printLost(room chat.RoomID, asJSON bool) error {
	list, err := s.core.LostMessages(s.ctx, room)
	if err != nil {
		return err
	}
	for i := range list {
		if err := s.printEvent(room, &list[i], asJSON); err != nil {
			return err
		}
	}
	return nil
}

// tellLost says that there is something which tail leaves out.
func (s *session) tellLost(room chat.RoomID) error {
	for _, r := range s.core.View().Rooms {
		if r.ID != room || r.Lost == 0 {
			continue
		}
		if _, err := fmt.Fprintf(s.err, "hearth-cli: %s no longer on the server, as after it was restored from an older backup; --lost prints %s\n",
			plural(r.Lost, "1 event on this disk is", "%d events on this disk are"), plural(r.Lost, "it", "them")); err != nil {
			return err
		}
	}
	return nil
}

// sendCmd sends messages.
type sendCmd struct {
	Room  string   `arg:"" help:"Name or id of the room."`
	Text  []string `arg:"" optional:"" help:"The message; \"-\" reads one a line from standard input. With --file it may be left out."`
	File  []string `help:"A file to send along; may be given up to ten times. Pictures are made smaller and lose what they tell of place and camera." type:"path" sep:"none" placeholder:"PATH"`
	Asis  bool     `help:"Send pictures as they are." name:"original"`
	Reply uint64   `help:"Sequence of the message that this answers." placeholder:"N"`
	Queue bool     `help:"Return once the messages are in the outbox, without waiting for the server."`
	JSON  bool     `help:"One object a line, for each message sent." name:"json"`
}

// Run implements the command.
func (c *sendCmd) Run(t *terminal) error {
	return t.withGroup(true, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		o := newOutgoing(s, room, c.JSON)
		o.queue, o.reply = c.Queue, chat.Seq(c.Reply)
		for _, path := range c.File {
			o.files = append(o.files, app.LocalFile{Path: path, Original: c.Asis})
		}
		if err := c.each(t, o.send); err != nil {
			if !c.Queue && s.ctx.Err() == nil && !errors.Is(err, errNoWayOut) {
				return errors.Join(err, o.wait()) // what was taken still goes out
			}
			return err
		}
		if c.Queue {
			return o.printQueued()
		}
		return o.wait()
	})
}

// each calls send for every message of the command line or standard input.
func (c *sendCmd) each(t *terminal, send func(string) error) error {
	if len(c.File) > 0 || len(c.Text) != 1 || c.Text[0] != "-" {
		text := strings.Join(c.Text, " ")
		if text == "" && len(c.File) > 0 {
			return send(text) // the files are enough
		}
		if err := checkText(text); err != nil {
			return err
		}
		return send(text)
	}
	return t.lines(send)
}

// lines calls do for each line of standard input that is not blank.
func (t *terminal) lines(do func(string) error) error {
	in := bufio.NewScanner(t.in)
	in.Buffer(make([]byte, 0, 64<<10), longestLine)
	n, taken := 0, 0
	for in.Scan() {
		n++
		text := in.Text()
		if strings.TrimSpace(text) == "" {
			continue
		}
		err := checkText(text)
		if err == nil {
			err = do(text)
		}
		if err != nil {
			return &lineError{n: n, taken: taken, err: err}
		}
		taken++
	}
	switch err := in.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return &lineError{n: n + 1, taken: taken, err: usagef("longer than %d bytes", longestLine)}
	case err != nil:
		return &lineError{n: n + 1, taken: taken, err: fmt.Errorf("standard input cannot be read: %w", err)}
	}
	return nil
}

// longestLine is more than any message may have.
const longestLine = 1 << 20

// lineError says which line of standard input stopped a command, so that the rest
// can be given again from there.
type lineError struct {
	n, taken int // counted from 1; lines that went into the outbox before
	err      error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.n, e.err) }
func (e *lineError) Unwrap() error { return e.err }

// checkText refuses bytes that are no text instead of sending something else.
func checkText(s string) error {
	if !utf8.ValidString(s) {
		return usagef("not valid UTF-8")
	}
	return nil
}

// outgoing follows what a command has sent until the server has it.
type outgoing struct {
	s     *session
	json  bool
	reply chat.Seq // what every message answers, 0: nothing
	queue bool     // do not wait for space in the outbox
	chat  bool     // wait for space however long it takes
	full  bool     // the disk is, and it was said; owned by the goroutine that sends
	met   bool     // there was a connection; owned by the goroutine that sends
	files []app.LocalFile
	read  reader
	began chat.Seq // where read did; fixed
	// sought: looked for behind the reader; owned by the goroutine that reads.
	sought map[chat.MID]bool

	mu      sync.Mutex
	open    map[chat.MID]bool // guarded by mu: sent, fate unknown
	early   map[chat.MID]bool // guarded by mu: own, seen in the log before send has noted them
	refused int               // guarded by mu
	last    chat.Code         // guarded by mu: why, of the last one refused
}

func newOutgoing(s *session, room chat.RoomID, asJSON bool) *outgoing {
	o := &outgoing{s: s, json: asJSON, open: map[chat.MID]bool{}, early: map[chat.MID]bool{}, sought: map[chat.MID]bool{}, read: reader{s: s, room: room}}
	for _, r := range s.core.View().Rooms {
		if r.ID == room {
			o.read.next, o.read.chain, o.began = r.Head, r.Chain, r.Head
		}
	}
	return o
}

// send puts one message into the outbox, waiting for space if it is full.
func (o *outgoing) send(text string) error {
	for {
		mid, err := o.put(app.Outgoing{Text: text, Reply: o.reply})
		if err == nil {
			o.full = false
			o.sent(mid)
			return nil
		}
		var failed *app.Failed
		if !errors.As(err, &failed) {
			return err
		}
		if o.chat && failed.Problem != nil && failed.Problem.Full {
			if err := o.awaitDisk(); err != nil {
				return err
			}
			continue
		}
		if failed.Code != app.FailOutboxFull || o.queue {
			return err
		}
		switch err := o.awaitSpace(); {
		case errors.Is(err, errNoWayOut):
			return fmt.Errorf("%w: %w", errNoWayOut, failed)
		case err != nil:
			return err
		}
	}
}

// put puts a message into the outbox.
func (o *outgoing) put(m app.Outgoing) (chat.MID, error) {
	if len(o.files) > 0 {
		return o.s.core.SendFiles(o.s.ctx, o.read.room, m, o.files)
	}
	return o.s.core.SendMessage(o.s.ctx, o.read.room, m)
}

// diskPause is how long a line waits before it is tried again on a full disk.
const diskPause = time.Second

// awaitDisk waits a little for space on the disk, and says so the first time. It is
// owned by the goroutine that sends.
func (o *outgoing) awaitDisk() error {
	if !o.full {
		o.full = true
		fmt.Fprintln(o.s.err, "hearth-cli: the disk is full; what is typed waits until there is space")
	}
	t := time.NewTimer(diskPause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-o.s.ctx.Done():
		return o.s.ctx.Err()
	}
}

// errNoWayOut reports an outbox that will not empty: it is full, and nothing has
// answered where the server should be.
var errNoWayOut = errors.New("the outbox is full and there is no connection")

// awaitSpace waits until something has left the outbox. It has a subscription of
// its own, because "chat" reads events meanwhile.
func (o *outgoing) awaitSpace() error {
	sub := o.s.core.Subscribe()
	defer sub.End()
	full := o.s.core.View().Waiting
	for {
		v := o.s.core.View()
		o.met = o.met || v.Connection.State == app.ConnLive
		switch {
		case v.Waiting < full:
			return nil
		case attempted(v.Connection) && !o.chat && (!o.met || v.Connection.State == app.ConnStopped):
			return errNoWayOut
		}
		select {
		case <-sub.Ready():
			if c, _ := sub.Take(); c.Closed {
				return &app.Failed{Code: app.FailClosed}
			}
		case <-o.s.ctx.Done():
			return o.s.ctx.Err()
		}
	}
}

// settle looks at what has become of the messages sent; true once all are in the
// log or refused.
func (o *outgoing) settle(also func(*app.MessageView) error) (bool, error) {
	placed, err := o.placed() // before: what is there by now is read, or was passed over
	if err == nil {
		err = o.read.step(func(m *app.MessageView) error { return o.landed(m, also) }, o.held)
	}
	if err == nil {
		err = o.passed(placed)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.open) == 0, err
}

// placed tells where those of the open messages stand that the server has.
func (o *outgoing) placed() (map[chat.MID]chat.Seq, error) {
	o.mu.Lock()
	open := slices.Collect(maps.Keys(o.open))
	o.mu.Unlock()
	if len(open) == 0 {
		return nil, nil
	}
	return o.s.core.Placed(o.s.ctx, open)
}

// passed settles messages that the reader has passed over: their answers were lost with the
// connection, it was far behind when it came back, and so they stand in what was not
// loaded when the reader went by. They are looked for from where the reader began. One that
// is found nowhere stays open: that it has left the outbox is no proof that the server has it.
func (o *outgoing) passed(placed map[chat.MID]chat.Seq) error {
	o.mu.Lock()
	maps.DeleteFunc(placed, func(mid chat.MID, seq chat.Seq) bool {
		return !o.open[mid] || o.sought[mid] || seq > o.read.next
	})
	o.mu.Unlock()
	if len(placed) == 0 {
		return nil
	}
	again := reader{s: o.s, room: o.read.room, next: o.began, times: o.read.times}
	err := again.step(func(m *app.MessageView) error {
		if _, is := placed[m.MID]; !is {
			return nil
		}
		return o.landed(m, nil)
	}, nil)
	for mid, seq := range placed {
		if seq == 0 && err == nil { // all of the log was looked at after it had left the outbox
			o.sought[mid] = true
		}
	}
	return err
}

// sent notes a message that is in the outbox. On a fast line another goroutine
// may have seen it in the log by now.
func (o *outgoing) sent(mid chat.MID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.early[mid] {
		delete(o.early, mid)
		return
	}
	o.open[mid] = true
}

// landed takes note of an event of the log.
func (o *outgoing) landed(m *app.MessageView, also func(*app.MessageView) error) error {
	o.mu.Lock()
	mine := o.open[m.MID]
	if m.Own && !mine {
		o.early[m.MID] = true
	}
	delete(o.open, m.MID)
	o.mu.Unlock()
	if also != nil {
		return also(m)
	}
	if mine && o.json {
		return o.s.printEvent(o.read.room, m, true)
	}
	return nil
}

// held takes note of a message that is not in the log.
func (o *outgoing) held(m *app.MessageView) error {
	if m.State != app.StateFailed {
		return nil
	}
	o.mu.Lock()
	mine := o.open[m.MID]
	if mine {
		delete(o.open, m.MID)
		o.refused++
		if m.Failure != nil {
			o.last = m.Failure.Code
		}
	}
	o.mu.Unlock()
	if mine && o.json {
		return o.s.printEvent(o.read.room, m, true)
	}
	return nil
}

// wait returns once the server has everything, or says what it lacks.
func (o *outgoing) wait() error {
	err := o.s.await(func() (bool, error) {
		done, err := o.settle(nil)
		if err == nil && !done {
			if c := o.s.core.View().Connection; c.State == app.ConnStopped {
				err = stopped(c)
			}
		}
		return done, err
	})
	return o.verdict(err)
}

// verdict adds to err what became of the messages.
func (o *outgoing) verdict(err error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var ended exitError
	switch {
	case err != nil && o.s.ctx.Err() != nil && len(o.open) > 0:
		return exitError{exitOffline, waitWords(o.s.core.View(), len(o.open))}
	case errors.As(err, &ended) && len(o.open) > 0:
		return exitError{ended.code, ended.text + "\n  " + plural(len(o.open), "1 message stays in the outbox", "%d messages stay in the outbox")}
	case err != nil:
		return err
	case o.refused > 0:
		return exitError{exitRefused, fmt.Sprintf("the server refused %s; kept in the outbox", counted(o.refused, "message")) + ": " + codeWords(o.last)}
	}
	return nil
}

// printQueued tells with --json what lies in the outbox now.
func (o *outgoing) printQueued() error {
	if !o.json {
		return nil
	}
	show := func(m *app.MessageView) error {
		if !o.open[m.MID] {
			return nil
		}
		return o.s.printEvent(o.read.room, m, true)
	}
	return o.read.step(show, show)
}

// chatCmd is a conversation: lines in, events out.
type chatCmd struct {
	Room string `arg:"" help:"Name or id of the room."`
	JSON bool   `help:"One object a line." name:"json"`
}

// Run implements the command. It ends after the end of the input, once the
// server has everything that was sent.
func (c *chatCmd) Run(t *terminal) error {
	return t.withGroup(false, func(s *session) error {
		room, err := s.room(c.Room)
		if err != nil {
			return err
		}
		o := newOutgoing(s, room, c.JSON)
		o.chat = true
		o.read.back = func(to chat.Seq) error { return s.tellBack(room, to, c.JSON) }
		ended := make(chan error, 1)
		var typing sync.WaitGroup
		typing.Go(func() { ended <- t.lines(o.send) })
		print := func(m *app.MessageView) error { return s.printEvent(room, m, c.JSON) }
		err = s.converse(o, ended, print, &linkTeller{s: s, json: c.JSON})
		if err == nil {
			typing.Wait()
			if err = s.awaitRoom(room); err == nil { // what waited from before, too
				_, err = o.settle(print)
			}
		}
		// Otherwise the input may be a terminal nobody types at: the process ends
		// and the read with it.
		return o.verdict(err)
	})
}

// waiting counts what waits to be sent in a room, also from before the program began.
func (s *session) waiting(room chat.RoomID) int {
	for _, r := range s.core.View().Rooms {
		if r.ID == room {
			return r.Waiting
		}
	}
	return 0
}

// converse prints events until the input has ended and all is acknowledged.
func (s *session) converse(o *outgoing, ended <-chan error, print func(*app.MessageView) error, link *linkTeller) error {
	closed := false
	for {
		idle := s.waiting(o.read.room) == 0 // before: what has left the outbox by now is on the server
		done, err := o.settle(print)
		if err != nil || done && closed && idle {
			return err
		}
		if err := link.look(); err != nil {
			return err
		}
		if c := s.core.View().Connection; c.State == app.ConnStopped {
			return stopped(c) // what was typed waits in the outbox
		}
		select {
		case err := <-ended:
			if err != nil {
				return err
			}
			closed, ended = true, nil
		case <-s.sub.Ready():
			if c, _ := s.sub.Take(); c.Closed {
				return &app.Failed{Code: app.FailClosed}
			}
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}
