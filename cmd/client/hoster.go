package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"syscall"

	"hearth/app"
	"hearth/chat"
	"hearth/server/host"
)

// hoster runs the bundled server for the core: exactly what hearth-server runs.
type hoster struct {
	log *slog.Logger // fixed

	mu   sync.Mutex
	host *host.Host // guarded by mu; nil while none runs
}

// Start implements app.Hoster. Without a wanted port it takes the default one or,
// where that is in use, any free one.
func (h *hoster) Start(ctx context.Context, dir string, c app.HostConfig) (app.HostInfo, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host != nil {
		return info(ctx, h.host)
	}
	port := c.Port
	if port == 0 {
		port = chat.DefaultPort
	}
	// The server outlives the command that starts it; Stop ends it.
	life := context.WithoutCancel(ctx)
	opened, err := h.open(life, dir, c, port)
	if errors.Is(err, syscall.EADDRINUSE) && c.Port == 0 {
		opened, err = h.open(life, dir, c, 0)
	}
	if err != nil {
		return app.HostInfo{}, err
	}
	h.host = opened
	return info(ctx, opened)
}

func (h *hoster) open(ctx context.Context, dir string, c app.HostConfig, port int) (*host.Host, error) {
	interfaces := ""
	if c.Local {
		interfaces = "127.0.0.1"
	}
	return host.Open(ctx, host.Config{
		Dir: dir, Name: c.Name, Log: h.log.With("part", "server"), Rerun: host.Self,
		Listen: []string{net.JoinHostPort(interfaces, strconv.Itoa(port))},
	})
}

// info describes a running server to the core.
func info(ctx context.Context, h *host.Host) (app.HostInfo, error) {
	i := app.HostInfo{Link: h.Link().String(), Addresses: h.Addresses(), Port: h.Port()}
	link, ok, err := h.OwnerInvite(ctx)
	if err == nil && ok {
		i.Invite = link.String()
	}
	return i, err
}

// Reset implements app.Hoster.
func (h *hoster) Reset(ctx context.Context, name string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host == nil {
		return "", errors.New("the server does not run")
	}
	link, err := h.host.Reset(ctx, name)
	if err != nil {
		return "", absent(err)
	}
	return link.String(), nil
}

// ChangeAccount implements app.Hoster.
func (h *hoster) ChangeAccount(ctx context.Context, name string, change app.AccountChange) (list []app.Heir, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host == nil {
		return nil, errors.New("the server does not run")
	}
	heirs, err := h.host.ChangeAccount(ctx, name, host.AccountChange(change))
	for _, x := range heirs {
		list = append(list, app.Heir(x))
	}
	return list, absent(err)
}

// People implements app.Hoster.
func (h *hoster) People(ctx context.Context) (list []app.HostedAccount, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host == nil {
		return nil, errors.New("the server does not run")
	}
	all, err := h.host.People(ctx)
	for _, p := range all {
		list = append(list, app.HostedAccount(p))
	}
	return list, err
}

// absent tells the core of a login name that nobody has.
func absent(err error) error {
	var reason *host.Error
	if errors.As(err, &reason) && (reason.Kind == host.KindAbsent || reason.Kind == host.KindRequest) {
		return errors.Join(app.ErrNoAccount, err)
	}
	return err
}

// Stop implements app.Hoster.
func (h *hoster) Stop(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host == nil {
		return nil
	}
	err := h.host.Close(ctx)
	h.host = nil
	return err
}
