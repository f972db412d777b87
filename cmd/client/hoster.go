package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"hearth/app"
	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/host"
	"hearth/server/storage/boltstore"
)

// hoster runs the bundled server for the core: exactly what hearth-server runs.
type hoster struct {
	log *slog.Logger // fixed

	mu   sync.Mutex
	host *host.Host // guarded by mu; nil while none runs
}

// Start implements app.Hoster. Without a wanted port it takes the default one or,
// where that is in use, any free one.
func (h *hoster) Start(ctx context.Context, dir string, c app.HostConfig, changed func()) (app.HostInfo, error) {
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
	opened, err := h.open(life, dir, c, port, changed)
	if errors.Is(err, syscall.EADDRINUSE) && c.Port == 0 {
		opened, err = h.open(life, dir, c, 0, changed)
	}
	if err != nil {
		return app.HostInfo{}, worded(err)
	}
	h.host = opened
	return info(ctx, opened)
}

func (h *hoster) open(ctx context.Context, dir string, c app.HostConfig, port int, changed func()) (*host.Host, error) {
	return host.Open(ctx, host.Config{
		Dir: dir, Name: c.Name, Log: h.log.With("part", "server"), Rerun: host.Self, Changed: changed,
		Listen: []string{listenAt(c, port)},
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

// Backups implements app.Hoster.
func (h *hoster) Backups(dir string) (app.HostBackups, error) {
	b, err := host.BackupsIn(dir)
	list := app.HostBackups{Dir: b.Dir}
	for _, f := range b.List {
		list.List = append(list.List, app.HostBackup(f))
	}
	return list, err
}

// Check implements app.Hoster.
func (*hoster) Check(ctx context.Context, dir, path string) error {
	report, err := host.VerifyFile(ctx, host.Config{Dir: dir, Rerun: host.Self}, path)
	switch {
	case errors.Is(err, boltkit.ErrOlder): // it is looked through when it is brought up to date
		return nil
	case err != nil:
		return worded(err)
	case len(report.Damage) > 0:
		return fmt.Errorf("%w: %s", app.ErrHostDamaged, report.Damage[0])
	}
	return nil
}

// Restore implements app.Hoster.
func (h *hoster) Restore(ctx context.Context, dir, path string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host != nil {
		return "", errors.New("the server runs")
	}
	if path == "" {
		path = filepath.Join(dir, boltstore.FileName)
	}
	done, err := host.Restore(ctx, host.Config{Dir: dir, Log: h.log.With("part", "server"), Rerun: host.Self}, path)
	var reason *host.Error
	if errors.As(err, &reason) && reason.Kind == host.KindIdentity { // another server's
		err = fmt.Errorf("%w: %w", app.ErrHostDamaged, err)
	}
	if done == nil {
		return "", worded(err)
	}
	return done.Aside, worded(err)
}

// worded tells the core of what sort a reason is, where it has words for that.
func worded(err error) error {
	var reason *host.Error
	if !errors.As(err, &reason) {
		return err
	}
	switch reason.Kind {
	case host.KindSpace:
		return fmt.Errorf("%w: %w", app.ErrNoSpace, err)
	case host.KindDamaged:
		if errors.Is(err, boltkit.ErrHead) {
			err = fmt.Errorf("%w: %w", app.ErrHostHead, err)
		}
		return fmt.Errorf("%w: %w", app.ErrHostDamaged, err)
	}
	return err
}

// running is the server, for what takes long: nothing else waits for it. What is closed
// meanwhile says so.
func (h *hoster) running() (*host.Host, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host == nil {
		return nil, errors.New("the server does not run")
	}
	return h.host, nil
}

// Backup implements app.Hoster.
func (h *hoster) Backup(ctx context.Context) (string, error) {
	running, err := h.running()
	if err != nil {
		return "", err
	}
	report, err := running.BackupAsked(ctx)
	if err != nil {
		return "", worded(err)
	}
	return report.Path, nil
}

// Stock implements app.Hoster.
func (h *hoster) Stock(ctx context.Context) (app.HostStock, error) {
	running, err := h.running()
	if err != nil {
		return app.HostStock{}, err
	}
	s, err := running.Stock(ctx)
	return app.HostStock(s), err
}

// Stop implements app.Hoster.
func (h *hoster) Stop(ctx context.Context) error { return h.end(ctx, (*host.Host).Close) }

// End implements app.Hoster.
func (h *hoster) End(ctx context.Context) error { return h.end(ctx, (*host.Host).End) }

// Describe implements app.Hoster.
func (*hoster) Describe(dir string, c app.HostConfig) error {
	return host.Describe(dir, []string{listenAt(c, cmp.Or(c.Port, chat.DefaultPort))})
}

// Occupied implements app.Hoster.
func (*hoster) Occupied(dir string) bool { return host.Occupied(dir) }

// Unused implements app.Hoster.
func (h *hoster) Unused(ctx context.Context, dir string) bool {
	return host.Unused(ctx, host.Config{Dir: dir, Log: h.log})
}

// Disk implements app.Hoster.
func (h *hoster) Disk(dir string) app.HostDisk {
	d := app.HostDisk{Dir: dir}
	running, err := h.running()
	if err != nil {
		return d
	}
	full, missing := running.Missing()
	d.Full, d.Missing = full, int64(missing)
	return d
}

// listenAt is where a server that shall run like this listens.
func listenAt(c app.HostConfig, port int) string {
	interfaces := ""
	if c.Local {
		interfaces = "127.0.0.1"
	}
	return net.JoinHostPort(interfaces, strconv.Itoa(port))
}

func (h *hoster) end(ctx context.Context, do func(*host.Host, context.Context) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host == nil {
		return nil
	}
	err := do(h.host, ctx)
	h.host = nil
	return err
}
