package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store/profile"
)

// Host implements Commands. Each step can be repeated after a crash: the server
// in the profile's folder is found again, and its owner's invite lives until
// somebody has used it.
func (a *App) Host(ctx context.Context, r HostRequest) error {
	if a.o.Hoster == nil {
		clear(r.Password)
		return &Failed{Code: FailHosting, Detail: "this program has no server built in"}
	}
	r.Group = strings.TrimSpace(r.Group)
	if bad := wire.CheckName(r.Group, "/group", chat.DefaultLimits()); bad != nil {
		clear(r.Password)
		return refusalFailed(bad)
	}
	if _, err := a.claim(ctx, PhaseWelcome); err != nil {
		clear(r.Password)
		return err
	}
	if err := a.hostsOther(); err != nil {
		a.release()
		clear(r.Password)
		return err
	}
	config := HostConfig{Name: r.Group, Local: r.Local, Port: r.Port}
	var info HostInfo
	err := a.inTurn(ctx, func() (err error) {
		info, err = a.startServer(ctx, config)
		return err
	})
	if err != nil {
		a.release()
		clear(r.Password)
		return hostingFailed(err)
	}
	if info.Invite == "" {
		a.release()
		clear(r.Password)
		return a.hostedAlready(ctx, info)
	}
	config.Port = info.Port
	err = a.enrol(ctx, enrolment{
		link: info.Invite, name: r.Name, display: r.Display, password: r.Password, secret: r.Secret,
		hosted: &config, host: &info,
	})
	if err != nil {
		a.stopUseless(ctx)
	}
	return err
}

// hostsOther refuses a second hosted group: a profile has one bundled server, and
// the one that runs must not be taken for the new one.
func (a *App) hostsOther() error {
	groups, _ := a.prof.Groups() // one that cannot be read is not served either
	for _, g := range groups {
		if account := g.Account(); account.Hosted && account.Complete {
			return &Failed{Code: FailHostsOther, Detail: "this profile hosts a group already: " + account.Group}
		}
	}
	return nil
}

// inTurn does something to the bundled server: one thing at a time, and nothing any more
// once the core has stopped it.
func (a *App) inTurn(ctx context.Context, do func() error) error {
	select {
	case a.serving <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-a.in.done:
		return &Failed{Code: FailClosed}
	}
	defer func() { <-a.serving }()
	return do()
}

// startServer starts the bundled server and notes that it is this core's to stop.
func (a *App) startServer(ctx context.Context, c HostConfig) (HostInfo, error) {
	a.hosts.Store(true)
	return a.o.Hoster.Start(ctx, a.prof.ServerDir(), c, func() {
		a.do(func() {
			a.accounts++
			if a.hosting != nil {
				shown := *a.hosting
				shown.Accounts = a.accounts
				a.hosting, a.viewNew = &shown, true
			}
		})
	})
}

// stopUseless ends a server that was started in vain.
func (a *App) stopUseless(ctx context.Context) {
	if err := a.o.Hoster.Stop(context.WithoutCancel(ctx)); err != nil {
		a.log.Error("the bundled server did not stop well", "err", err)
	}
}

// hostedAlready: the server in this profile has an owner.
func (a *App) hostedAlready(ctx context.Context, info HostInfo) error {
	a.stopUseless(ctx)
	return &Failed{Code: FailHosting, Detail: "the group in this profile has its owner already; sign in at " + info.Link}
}

func hostingFailed(err error) error {
	var failed *Failed
	switch {
	case errors.As(err, &failed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, ErrHostDamaged):
		return &Failed{Code: FailHostDamaged, Detail: err.Error(), Err: err}
	case errors.Is(err, syscall.EADDRINUSE):
		return &Failed{Code: FailPortInUse, Field: "port", Detail: err.Error(), Err: err}
	case errors.Is(err, syscall.EACCES):
		return &Failed{Code: FailPortDenied, Field: "port", Detail: err.Error(), Err: err}
	}
	return &Failed{Code: FailHosting, Detail: err.Error(), Err: err}
}

// hostAgain is how long to wait for a port that another program uses.
const hostAgain = 15 * time.Second

// startHosted starts the bundled server of the open group, which connects. Without
// the server there is nothing to connect to: what answers at its port is something
// else. The window says why, and a port that gets free is taken.
func (a *App) startHosted() {
	a.spawn(func(ctx context.Context) {
		err := a.StartHosting(ctx)
		if err == nil {
			return
		}
		a.log.Error("the bundled server did not start", "err", err)
		var failed *Failed
		if errors.As(err, &failed) && failed.Code == FailPortInUse {
			a.do(func() {
				if a.group != nil && a.hosting != nil && !a.hosting.Running && !a.hosting.Paused {
					a.alarm.set(alarmHost, hostAgain, a.startHosted)
				}
			})
		}
	})
}

// hostedHere returns how the open group is hosted here.
func (a *App) hostedHere(ctx context.Context) (HostConfig, error) {
	return ask(ctx, a, func() (HostConfig, error) {
		if a.group == nil || a.group.hosted == nil || a.o.Hoster == nil {
			return HostConfig{}, &Failed{Code: FailHosting, Detail: "no group is hosted here"}
		}
		return *a.group.hosted, nil
	})
}

// StartHosting implements Commands.
func (a *App) StartHosting(ctx context.Context) error {
	return a.inTurn(ctx, func() error {
		config, err := a.hostedHere(ctx)
		if err != nil {
			return err
		}
		paused := config.Paused
		config.Paused = false
		if err := a.serve(ctx, config); err != nil || !paused {
			return err
		}
		return a.noteHosting(ctx, config)
	})
}

// serve starts the server and shows what came of it; the group connects to it.
func (a *App) serve(ctx context.Context, config HostConfig) error {
	info, err := a.startServer(ctx, config)
	return a.showServed(config, info, err)
}

// showServed shows what came of starting the server, and connects the group to it.
func (a *App) showServed(config HostConfig, info HostInfo, err error) error {
	shown := &HostingView{Running: err == nil, Addresses: info.Addresses, Local: config.Local, Port: cmp.Or(info.Port, config.Port)}
	if err != nil {
		err = hostingFailed(err)
		shown.Problem = err.Error()
		var failed *Failed
		if errors.As(err, &failed) {
			shown.Problem = failed.Detail
			shown.Damaged = failed.Code == FailHostDamaged
			shown.Mendable = shown.Damaged && errors.Is(err, ErrHostHead)
			if failed.Code == FailPortInUse {
				shown.PortTaken = cmp.Or(config.Port, chat.DefaultPort)
			}
		}
	}
	a.do(func() {
		shown.Accounts = a.accounts
		a.hosting, a.viewNew = shown, true
		a.watchDisk()
		g := a.group
		if g == nil || err != nil {
			return
		}
		g.near = near(&info)
		a.keepNear(g)
		if g.net != nil {
			g.net.link.SetAddresses(g.addresses())
			g.net.link.TryNow()
			return
		}
		a.startLink()
	})
	return err
}

// StopHosting implements Commands.
func (a *App) StopHosting(ctx context.Context) error {
	if a.o.Hoster == nil || !a.hosts.Load() {
		return nil
	}
	return a.inTurn(ctx, func() error { return a.stopServing(ctx, false) })
}

// stopServing ends the server and shows that it does not run. Of one that is paused no
// connection is tried any more until it runs again.
func (a *App) stopServing(ctx context.Context, paused bool) error {
	if a.hosts.Load() {
		if err := a.o.Hoster.Stop(ctx); err != nil {
			return hostingFailed(err)
		}
	}
	a.do(func() {
		if a.hosting != nil {
			stopped := *a.hosting
			stopped.Running, stopped.Paused, stopped.Problem, stopped.PortTaken = false, paused, "", 0
			stopped.Damaged, stopped.Mendable, stopped.Disk = false, false, nil
			a.hosting, a.viewNew = &stopped, true
			if paused {
				a.stopLink()
				a.conn = ConnectionView{State: ConnOffline, Since: time.Now()}
			}
		}
	})
	return nil
}

// stopHosting ends the bundled server with the core, also one that has started a
// moment ago without the loop having heard of it.
func (a *App) stopHosting() error {
	if a.o.Hoster == nil || !a.hosts.Load() { // another core of the profile may have one
		return nil
	}
	a.hosting = nil
	return a.o.Hoster.Stop(a.disk)
}

// keepNear keeps where the bundled server is reached now, and no place where it was before:
// links are made of it.
func (a *App) keepNear(g *group) {
	account := g.account
	if slices.Equal(account.Addresses, g.near) {
		return
	}
	account.Addresses = slices.Clone(g.near)
	if err := g.folder.Update(account); err != nil {
		a.log.Warn("where the hosted group is reached was not kept", "err", err)
	}
	g.account.Addresses = account.Addresses
}

// keepHosting records how the bundled server of a new group runs.
func (g *group) keepHosting(ctx context.Context, c *HostConfig) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	g.hosted = c
	return g.store.SetSetting(ctx, settingHosting, data)
}

// hostingView shows a server that has just been started for a new group.
func hostingView(c *HostConfig, info *HostInfo) *HostingView {
	return &HostingView{Running: true, Addresses: info.Addresses, Local: c.Local, Port: info.Port}
}

// hostConfigOf guesses how the bundled server of a group runs, for when that was
// not written down: on this machine only if no address leads to another, at the
// port of the addresses.
func hostConfigOf(account *profile.Account) *HostConfig {
	c := &HostConfig{Name: account.Group, Local: true}
	for _, address := range account.Addresses {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			continue
		}
		if c.Port == 0 {
			c.Port, _ = strconv.Atoi(port)
		}
		if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
			c.Local = false
		}
	}
	return c
}

// near is where this machine's own client finds the bundled server, whatever
// network the machine is in today.
func near(info *HostInfo) []string {
	loopback := net.JoinHostPort("127.0.0.1", strconv.Itoa(info.Port))
	return append([]string{loopback}, info.Addresses...)
}
