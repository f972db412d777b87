// Package wake hears from the system when this machine woke from sleep, when its
// networks changed, and whether it runs on battery. It owns the talk with the
// system about that: logind's signal where there is a bus, the kernel's
// notifications about addresses on Linux, and a cheap look at the interfaces
// elsewhere. It decides nothing and is never needed: where the system says
// nothing, nothing is told, and whoever listens still has clocks and heartbeats.
// It never keeps the machine awake and never delays its sleep.
package wake

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// Cause is what happened.
type Cause string

// Causes.
const (
	Woke    Cause = "woke"    // the machine was asleep
	Network Cause = "network" // it is in other networks than before, or in none
)

// Options are the choices of Watch; the zero value works.
type Options struct {
	// Log receives what does not work. Default: nothing.
	Log *slog.Logger
	// Bus connects to the system's bus. Default: the real one.
	Bus func(ctx context.Context) (*dbus.Conn, error)
	// Networks describes the networks the machine is in. Default: Networks.
	Networks func() string
}

const (
	// settle is how long a change of networks may take: they come address by address.
	settle = 300 * time.Millisecond
	// pollPeriod is how often to look where the kernel does not tell.
	pollPeriod = 2 * time.Second
	// busAgain is when to look for a bus again that was not there or has gone.
	busAgain = time.Minute
)

// filled fills in what was left out.
func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Bus == nil {
		o.Bus = func(ctx context.Context) (*dbus.Conn, error) { return dbus.ConnectSystemBus(dbus.WithContext(ctx)) }
	}
	if o.Networks == nil {
		o.Networks = Networks
	}
	return o
}

// Watch calls notify for everything that happens until the context ends, then
// returns, with nothing it started left. notify must not block; it is called from
// several goroutines.
func Watch(ctx context.Context, o Options, notify func(Cause)) {
	o = o.filled()
	var running sync.WaitGroup
	if hasLogind {
		running.Go(func() { watchSleep(ctx, o, notify) })
	}
	running.Go(func() { watchNetworks(ctx, o, notify) })
	running.Wait()
}

// watchNetworks tells when the networks change, by the kernel's word where there
// is one.
func watchNetworks(ctx context.Context, o Options, notify func(Cause)) {
	kernel, err := listen()
	if err != nil {
		o.Log.Debug("the kernel does not tell of networks; looking instead", "err", err)
		follow(ctx, o, nil, pollPeriod, notify)
		return
	}
	changes := make(chan struct{}, 1)
	var listening sync.WaitGroup
	listening.Go(func() { kernel.run(ctx, changes) })
	follow(ctx, o, changes, 0, notify)
	listening.Wait()
}

// follow compares the networks a moment after each token in changes and, if period
// is not 0, that often.
func follow(ctx context.Context, o Options, changes <-chan struct{}, period time.Duration, notify func(Cause)) {
	var poll <-chan time.Time
	if period > 0 {
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		poll = ticker.C
	}
	last := o.Networks()
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-changes:
			quiet = time.After(settle)
			continue
		case <-quiet:
			quiet = nil
		case <-poll:
		}
		if now := o.Networks(); now != last {
			last = now
			notify(Network)
		}
	}
}

// Names of logind on the bus.
const (
	logindPath      = "/org/freedesktop/login1"
	logindInterface = "org.freedesktop.login1.Manager"
	sleepSignal     = "PrepareForSleep"
)

// watchSleep tells when logind says that a sleep is over.
func watchSleep(ctx context.Context, o Options, notify func(Cause)) {
	for ctx.Err() == nil {
		if err := followLogind(ctx, o, notify); err != nil {
			o.Log.Debug("the system does not tell of sleep", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(busAgain):
		}
	}
}

// followLogind listens until the bus or the context ends.
func followLogind(ctx context.Context, o Options, notify func(Cause)) error {
	conn, err := o.Bus(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // nothing more is wanted of it
	signals := make(chan *dbus.Signal, 8)
	conn.Signal(signals) // before it is asked for, lest the first be lost
	err = conn.AddMatchSignalContext(ctx, dbus.WithMatchObjectPath(logindPath), dbus.WithMatchInterface(logindInterface), dbus.WithMatchMember(sleepSignal))
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-conn.Context().Done():
			return dbus.ErrClosed
		case s, ok := <-signals:
			if !ok {
				return dbus.ErrClosed
			}
			if s.Name != logindInterface+"."+sleepSignal || len(s.Body) == 0 {
				continue
			}
			if begins, ok := s.Body[0].(bool); ok && !begins {
				notify(Woke)
			}
		}
	}
}
