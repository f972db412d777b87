package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"hearth/app"
	"hearth/chat"
)

// terminal is what a command works with: the options, the three streams and the
// running core.
type terminal struct {
	ctx     context.Context // ends on a signal; fixed
	options *options        // fixed
	in      io.Reader       // fixed
	out     io.Writer       // fixed
	err     io.Writer       // fixed
	// thorough looks through the whole store before anything else; set before the
	// core is made.
	thorough bool
	add      bool // the group is a new one beside those the profile has
}

// session is a running core and the command's subscription to it.
type session struct {
	*terminal
	ctx  context.Context // ends on a signal or --timeout; fixed
	core *app.App        // fixed
	sub  *app.Subscription
	// refused are the changes of messages that the server refused, failed is what else
	// it did; owned by whoever awaits.
	refused, failed []app.Notice
	toldFull        bool // that this disk is full; owned by whoever awaits
	needsSpace      bool // what is waited for needs it; set before
}

// take takes note of what has changed; it reports whether the core has ended.
func (s *session) take() (closed bool) {
	c, _ := s.sub.Take()
	for _, n := range c.Notices {
		switch n.Kind {
		case app.NoticeChangeRefused:
			s.refused = append(s.refused, n)
		case app.NoticeSendFailed:
			s.failed = append(s.failed, n)
		}
	}
	return c.Closed
}

// with starts the core, waits until the profile is open as far as it will, runs
// do, and ends the core again whatever happened.
func (t *terminal) with(timed bool, do func(*session) error) error {
	return t.withCore(timed, func(s *session) error {
		if err := s.awaitPhase(); err != nil {
			return err
		}
		err := do(s)
		if err == nil && s.readOnly() { // else the error says so
			fmt.Fprintln(t.err, "hearth-cli: "+reasonText(app.ReasonReadOnly))
		}
		return err
	})
}

// readOnly reports whether nothing can be written to the profile's folder.
func (s *session) readOnly() bool {
	return s.core.View().Connection.Reason == app.ReasonReadOnly
}

// withCore starts the core, runs do, and ends the core again whatever happened.
func (t *terminal) withCore(timed bool, do func(*session) error) (err error) {
	ctx, cancel := context.WithCancel(t.ctx)
	if timed && t.options.Timeout > 0 {
		ctx, cancel = context.WithTimeout(t.ctx, t.options.Timeout)
	}
	defer cancel()
	core, err := t.newCore()
	if err != nil {
		return err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	var ended sync.WaitGroup
	var runErr error
	ended.Go(func() { runErr = core.Run(run) })
	defer func() {
		stop()
		ended.Wait()
		if err == nil && runErr != nil && !errors.Is(runErr, context.Canceled) {
			err = runErr
		}
	}()
	s := &session{terminal: t, ctx: ctx, core: core, sub: core.Subscribe()}
	defer s.sub.End()
	if path := core.View().SettingsBroken; path != "" {
		fmt.Fprintf(t.err, "hearth-cli: the settings of this profile could not be read, so the usual ones hold; the file was kept: %s\n", visible(path))
	}
	if err := s.trust(t.options.CA); err != nil {
		return err
	}
	if t.options.Proxy {
		s.core.AllowUnbound(chat.ServerID{})
	}
	return do(s)
}

// trust gives the core the authority's file, if one was named.
func (s *session) trust(path string) error {
	if path == "" {
		return nil
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return usagef("--ca: %s", fileWords(err))
	}
	_, err = s.core.SetAuthority(s.ctx, file)
	var failed *app.Failed
	if errors.As(err, &failed) && failed.Field == "authority" {
		return usagef("--ca %s: %s", path, failed.Detail)
	}
	return err
}

// withGroup is with for commands that need a group to be open.
func (t *terminal) withGroup(timed bool, do func(*session) error) error {
	return t.with(timed, func(s *session) error {
		if s.core.View().Phase != app.PhaseOpen {
			return t.noGroup()
		}
		return do(s)
	})
}

func (t *terminal) noGroup() error {
	return exitError{exitProfile, fmt.Sprintf("profile %q has no group yet; use join or login first", t.options.Profile)}
}

// newCore makes the core for the profile of the command line.
func (t *terminal) newCore() (*app.App, error) {
	log := slog.New(slog.DiscardHandler)
	if t.options.Verbose {
		log = slog.New(slog.NewTextHandler(t.err, nil))
	}
	return openCore(t.options, log, t.thorough, t.add)
}

// passphrase reads the vault's passphrase, nil if no file was named.
func (o *options) passphrase() ([]byte, error) {
	if o.VaultFile == "" {
		return nil, nil
	}
	return readSecret(o.VaultFile, "--vault-file")
}

// readSecret reads a file's first line.
func readSecret(path, option string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("%s: %s", option, fileWords(err))
	}
	first, _, _ := bytes.Cut(b, []byte("\n"))
	first = bytes.TrimSuffix(first, []byte("\r"))
	if len(first) == 0 {
		return nil, usagef("%s: the first line of %s is empty", option, path)
	}
	return first, nil
}

// secret says where a new group's secrets shall live.
func (o *options) secret() (app.SecretChoice, error) {
	phrase, err := o.passphrase()
	if err != nil || phrase == nil {
		return app.SecretChoice{}, err
	}
	return app.SecretChoice{Mode: app.SecretVault, Passphrase: phrase}, nil
}

// awaitPhase waits until the core has opened the profile, unlocking the vault on
// the way if it can.
func (s *session) awaitPhase() error {
	tried := false
	return s.await(func() (bool, error) {
		v := s.core.View()
		switch v.Phase {
		case app.PhaseOpen, app.PhaseWelcome:
			return true, nil
		case app.PhaseFailed:
			return false, &app.Failed{Code: app.FailStore, Problem: v.Problem}
		case app.PhaseLocked:
			if v.Problem.Kind != app.ProblemPassphrase || tried {
				return false, &app.Failed{Code: app.FailSecrets, Problem: v.Problem}
			}
			tried = true
			return false, s.unlock(v.Problem)
		}
		return false, nil
	})
}

func (s *session) unlock(p *app.Problem) error {
	phrase, err := s.options.passphrase()
	if err != nil {
		return err
	}
	if phrase == nil {
		return &app.Failed{Code: app.FailSecrets, Problem: p}
	}
	return s.core.Unlock(s.ctx, phrase)
}

// await calls done after every change until it is true or fails.
func (s *session) await(done func() (bool, error)) error {
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if err := s.faceFull(); err != nil {
			return err
		}
		select {
		case <-s.sub.Ready():
			if s.take() {
				return &app.Failed{Code: app.FailClosed}
			}
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}

// faceFull says once that a full disk is what is waited for, and not only at the end; to
// whoever needs space it is an error.
func (s *session) faceFull() error {
	if s.toldFull || s.core.View().Connection.Reason != app.ReasonDiskFull {
		return nil
	}
	if s.needsSpace {
		return &app.Failed{Code: app.FailNoSpace}
	}
	s.toldFull = true
	fmt.Fprintln(s.err, "hearth-cli: this disk is full; waiting until there is space")
	return nil
}

// landPatience is what coming back may take for what the server has. On a line that works
// it takes no time; what lies in a part of the log that is still to be loaded takes longer
// than anybody wants to wait.
const landPatience = 10 * time.Second

// awaitLanded waits until what the server has acknowledged is in the log on this disk,
// where the next command looks for it, or says that it is not.
func (s *session) awaitLanded(meant func(chat.MID, chat.RoomID) bool) error {
	patience := time.NewTimer(landPatience)
	defer patience.Stop()
	for {
		open := 0
		landing, err := s.core.Landing(s.ctx)
		for mid, room := range landing {
			if meant(mid, room) {
				open++
			}
		}
		if err != nil && s.ctx.Err() == nil || open == 0 && err == nil {
			return err
		}
		c := s.core.View().Connection
		if c.State != app.ConnStopped && err == nil {
			select {
			case <-s.sub.Ready():
				if s.take() {
					return &app.Failed{Code: app.FailClosed}
				}
				continue
			case <-patience.C:
			case <-s.ctx.Done():
			}
		}
		fmt.Fprintln(s.err, "hearth-cli: the server has it; the log on this disk has not yet, and gets it with the next command that is connected")
		return nil
	}
}

// mendPatience is what going back to what the server still has may take. It takes a
// few round trips; a server that gives another history for good is said to.
const mendPatience = 10 * time.Second

// awaitMended waits until rooms whose history the server has not any more, as after it was
// restored, have gone back and on from there, and it has told what it shows of the person.
func (s *session) awaitMended() error {
	patience := time.NewTimer(mendPatience)
	defer patience.Stop()
	mending := func(r app.RoomView) bool { return r.Diverged || r.Back.Times > 0 && r.Complete.Behind > 0 }
	for s.core.View().CardDue || slices.ContainsFunc(s.core.View().Rooms, mending) {
		select {
		case <-s.sub.Ready():
			if s.take() {
				return &app.Failed{Code: app.FailClosed}
			}
		case <-patience.C:
			return nil
		case <-s.ctx.Done():
			return nil // the connection is there, and that was asked
		}
	}
	return nil
}

// awaitLive waits until everything the server has is here. It fails at once when
// the core will not try by itself any more.
func (s *session) awaitLive() error {
	err := s.await(func() (bool, error) {
		c := s.core.View().Connection
		switch c.State {
		case app.ConnLive:
			return true, nil
		case app.ConnStopped:
			return false, stopped(c)
		}
		return false, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		c := s.core.View().Connection
		return exitError{exitOffline, fmt.Sprintf("no connection within %v: %s", s.options.Timeout, because(c))}
	}
	if err == nil {
		err = s.awaitMended()
	}
	return err
}

func stopped(c app.ConnectionView) error {
	code := exitOffline
	switch c.Reason {
	case app.ReasonReadOnly:
		code = exitProfile
	case app.ReasonExpired, app.ReasonRevoked, app.ReasonSuspended, app.ReasonDeleted, app.ReasonEnded, app.ReasonUnknown, app.ReasonPinMismatch, app.ReasonUnsafe, app.ReasonNotBound, app.ReasonAuthority:
		code = exitRefused
	}
	return exitError{code, because(c)}
}

func because(c app.ConnectionView) string {
	switch {
	case c.Expected != "":
		return another(c.Expected, c.Presented)
	case c.Reason != app.ReasonNone:
		return reasonText(c.Reason)
	}
	return string(c.State)
}

// room finds a room by id or name. A name that is not here yet may be on its
// way: it waits for the connection before it gives up.
func (s *session) room(name string) (chat.RoomID, error) {
	id, err := findRoom(s.core.View().Rooms, name)
	if !errors.Is(err, errNoRoom) {
		return id, err
	}
	if s.readOnly() { // nothing comes
		return id, noRoom(name)
	}
	if err := s.awaitLive(); err != nil {
		return id, err
	}
	id, err = findRoom(s.core.View().Rooms, name)
	if errors.Is(err, errNoRoom) {
		return id, noRoom(name)
	}
	return id, err
}

func noRoom(name string) error {
	return usagef("there is no room %q; \"hearth-cli rooms\" lists them", name)
}

var errNoRoom = errors.New("no such room")

func findRoom(rooms []app.RoomView, name string) (chat.RoomID, error) {
	var found []app.RoomView
	for _, r := range rooms {
		if r.ID.String() == name {
			return r.ID, nil
		}
		if strings.EqualFold(r.Name, strings.TrimPrefix(name, "#")) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return chat.RoomID{}, errNoRoom
	case 1:
		return found[0].ID, nil
	}
	var ids []string
	for _, r := range found {
		ids = append(ids, r.ID.String())
	}
	return chat.RoomID{}, usagef("%d rooms are called %q; use an id: %s", len(found), name, strings.Join(ids, " "))
}
