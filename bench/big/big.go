package big

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hearth/app"
	"hearth/chaos/proxy"
	"hearth/chat"
	"hearth/server/host"
	"hearth/store/profile"
	"hearth/store/secret"
)

// version is raised when what is made changes, so that nothing older is measured.
const version = 2

// Sizes of what is made.
const (
	// Messages are stored in all rooms together, and OneRoom in the first of them.
	Messages = 1_000_000
	OneRoom  = 100_000
	rooms    = 20
	people   = 8
)

// Group is what has been made.
type Group struct {
	// Dir holds everything; nobody else may use it at the same time.
	Dir string
	// Bundle are the secrets of the profile's device.
	Bundle secret.Bundle
	// First is the room with OneRoom messages.
	First chat.RoomID
}

// record is what is kept of a Group. Secrets say nothing of themselves to encoders,
// so that they are written out.
type record struct {
	First     chat.RoomID
	Server    chat.ServerID
	Account   chat.AccountID
	Device    chat.DeviceID
	Seed, Key []byte
}

func (g *Group) save() error {
	b := &g.Bundle
	data, err := json.Marshal(record{First: g.First, Server: b.Server, Account: b.Account, Device: b.Device, Seed: b.Seed[:], Key: b.Key[:]})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(g.Dir, kept), data, 0o600)
}

func (g *Group) load() error {
	data, err := os.ReadFile(filepath.Join(g.Dir, kept))
	if err != nil {
		return err
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	g.First = r.First
	g.Bundle = secret.Bundle{Server: r.Server, Account: r.Account, Device: r.Device}
	copy(g.Bundle.Seed[:], r.Seed)
	copy(g.Bundle.Key[:], r.Key)
	return nil
}

// ProfileDir is the client's profile.
func (g *Group) ProfileDir() string { return filepath.Join(g.Dir, "profile") }

// ServerDir is the server's data.
func (g *Group) ServerDir() string { return filepath.Join(g.Dir, "server") }

// kept is the file with a Group: the last thing that is written.
const kept = "group.json"

// Open returns the group of about n messages, made now or kept since an earlier
// run. It takes a minute or two for a million that are not there yet.
func Open(ctx context.Context, n int) (*Group, error) {
	g := &Group{Dir: filepath.Join(os.TempDir(), "hearth-bench", fmt.Sprintf("big-%d-%d", version, n))}
	if err := g.load(); !errors.Is(err, os.ErrNotExist) {
		return g, err
	}
	if err := os.RemoveAll(g.Dir); err != nil { // half-made
		return nil, err
	}
	if err := os.MkdirAll(g.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := g.make(ctx, n); err != nil {
		return nil, err
	}
	return g, g.save()
}

// Serve runs the group's server on a free port of the loopback interface and has
// the profile look for it there. end stops it.
func (g *Group) Serve(ctx context.Context) (end func() error, err error) {
	h, err := g.host(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.change(func(a *profile.Account) { a.Addresses = h.Addresses() }); err != nil {
		return nil, errors.Join(err, h.Close(ctx))
	}
	return func() error { return h.Close(ctx) }, nil
}

func (g *Group) host(ctx context.Context) (*host.Host, error) {
	address, err := proxy.FreeAddress()
	if err != nil {
		return nil, err
	}
	limits := chat.DefaultLimits() // others may write as fast as they can
	limits.SendsPerSecond, limits.SendBurst, limits.RequestsPerSecond, limits.RequestBurst = 1e6, 1e6, 1e6, 1e6
	return host.Open(ctx, host.Config{
		Limits: limits,
		Dir:    g.ServerDir(), Name: "Big", Listen: []string{address}, Public: []string{address}, Log: slog.New(slog.DiscardHandler),
	})
}

// Run runs a core over the profile, with the log given or none; end stops it.
func (g *Group) Run(ctx context.Context, log *slog.Logger) (core *app.App, end func(), err error) {
	ring := secret.NewMemory()
	if err := ring.Save(ctx, g.Bundle); err != nil {
		return nil, nil, err
	}
	return run(ctx, app.Options{Profile: g.ProfileDir(), Keyring: ring, Log: log})
}

// run runs a core; what fails shows in its view.
func run(ctx context.Context, o app.Options) (core *app.App, end func(), err error) {
	if core, err = app.New(o); err != nil {
		return nil, nil, err
	}
	life, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = core.Run(life) })
	return core, func() {
		cancel()
		running.Wait()
	}, nil
}

// change rewrites the profile's account.
func (g *Group) change(f func(*profile.Account)) error {
	p, err := profile.Open(g.ProfileDir())
	if err != nil {
		return err
	}
	defer p.Close()
	folder, err := only(p)
	if err != nil {
		return err
	}
	a := folder.Account()
	f(&a)
	return folder.Update(a)
}

func only(p *profile.Profile) (*profile.Group, error) {
	groups, err := p.Groups()
	if err != nil {
		return nil, err
	}
	if len(groups) != 1 {
		return nil, fmt.Errorf("%d groups in the profile", len(groups))
	}
	return groups[0], nil
}

// make founds the group with its people and rooms, through real cores, and fills it.
func (g *Group) make(ctx context.Context, n int) error {
	ring := secret.NewMemory()
	if err := g.found(ctx, ring); err != nil {
		return fmt.Errorf("found the group: %w", err)
	}
	p, err := profile.Open(g.ProfileDir())
	if err != nil {
		return err
	}
	defer p.Close()
	folder, err := only(p)
	if err != nil {
		return err
	}
	a := folder.Account()
	if g.Bundle, err = ring.Load(ctx, secret.Ref{Server: a.Server, Device: a.Device}); err != nil {
		return err
	}
	if err := g.fill(ctx, folder, n); err != nil {
		return fmt.Errorf("fill the group: %w", err)
	}
	return nil
}

func (g *Group) found(ctx context.Context, ring secret.Store) error {
	h, err := g.host(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = h.Close(ctx) }() // what it holds is checked when it is filled
	link, ok, err := h.OwnerInvite(ctx)
	if err != nil || !ok {
		return fmt.Errorf("no invite for the owner: %w", err)
	}
	me, end, err := join(ctx, g.ProfileDir(), ring, link.String(), "Ana Borg")
	if err != nil {
		return err
	}
	defer end()
	invite, err := me.CreateInvite(ctx, people, time.Hour)
	if err != nil {
		return err
	}
	var others []chat.AccountID
	for i := range people - 1 {
		other, end, err := join(ctx, filepath.Join(g.Dir, fmt.Sprint("other", i)), secret.NewMemory(), invite.Link, names[i])
		if err != nil {
			return err
		}
		others = append(others, other.View().Me.Account)
		end()
		if err := os.RemoveAll(filepath.Join(g.Dir, fmt.Sprint("other", i))); err != nil {
			return err
		}
	}
	for i := range rooms - 1 {
		if _, err := me.CreateRoom(ctx, app.RoomRequest{Name: topics[i], Access: chat.AccessOpen, Members: others}); err != nil {
			return err
		}
	}
	return settle(ctx, "all rooms", func() bool {
		v := me.View()
		for i := range v.Rooms {
			if len(v.Rooms[i].Members) != people || v.Rooms[i].Pending {
				return false
			}
		}
		return len(v.Rooms) == rooms && v.Waiting == 0
	})
}

// join runs a core over a fresh profile and has it join; end stops it.
func join(ctx context.Context, dir string, ring secret.Store, link, display string) (core *app.App, end func(), err error) {
	if core, end, err = run(ctx, app.Options{Profile: dir, Keyring: ring}); err != nil {
		return nil, nil, err
	}
	err = settle(ctx, "a started core", func() bool { return core.View().Phase == app.PhaseWelcome })
	if err == nil {
		err = core.Join(ctx, app.JoinRequest{Link: link, Display: display, Password: []byte("a long enough password")})
	}
	if err == nil {
		err = settle(ctx, "the first room", func() bool {
			v := core.View()
			return len(v.Rooms) > 0 && v.Connection.State == app.ConnLive
		})
	}
	if err != nil {
		end()
		return nil, nil, err
	}
	return core, end, nil
}

// settle waits for a core.
func settle(ctx context.Context, what string, ok func() bool) error {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: not within a minute", what)
}
