package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
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
	info, err := a.startServer(ctx, config)
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

// startServer starts the bundled server and notes that it is this core's to stop.
func (a *App) startServer(ctx context.Context, c HostConfig) (HostInfo, error) {
	a.hosts.Store(true)
	return a.o.Hoster.Start(ctx, a.prof.ServerDir(), c)
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
	case errors.Is(err, syscall.EADDRINUSE):
		return &Failed{Code: FailPortInUse, Field: "port", Detail: err.Error(), Err: err}
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
				if a.group != nil && a.hosting != nil && !a.hosting.Running {
					a.alarm.set(alarmHost, hostAgain, a.startHosted)
				}
			})
		}
	})
}

// StartHosting implements Commands.
func (a *App) StartHosting(ctx context.Context) error {
	config, err := ask(ctx, a, func() (HostConfig, error) {
		if a.group == nil || a.group.hosted == nil || a.o.Hoster == nil {
			return HostConfig{}, &Failed{Code: FailHosting, Detail: "no group is hosted here"}
		}
		return *a.group.hosted, nil
	})
	if err != nil {
		return err
	}
	info, err := a.startServer(ctx, config)
	shown := &HostingView{Running: err == nil, Addresses: info.Addresses, Local: config.Local}
	if err != nil {
		err = hostingFailed(err)
		shown.Problem = err.Error()
		var failed *Failed
		if errors.As(err, &failed) {
			shown.Problem = failed.Detail
			if failed.Code == FailPortInUse {
				shown.PortTaken = cmp.Or(config.Port, chat.DefaultPort)
			}
		}
	}
	a.do(func() {
		a.hosting, a.viewNew = shown, true
		g := a.group
		if g == nil || err != nil {
			return
		}
		g.near = near(&info)
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
	if err := a.o.Hoster.Stop(ctx); err != nil {
		return hostingFailed(err)
	}
	a.do(func() {
		if a.hosting != nil {
			stopped := *a.hosting
			stopped.Running = false
			a.hosting, a.viewNew = &stopped, true
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
	return &HostingView{Running: true, Addresses: info.Addresses, Local: c.Local}
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
