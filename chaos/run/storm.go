//go:build unix

package run

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"hearth/chaos/check"
	"hearth/chat"
	"hearth/net/link"
	"hearth/net/wire"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// crowd is many devices that only connect. Each is the client's own link; the
// rest of a client is left out, because 2,000 of it do not fit beside a server.
type crowd struct {
	devices []*onlooker
	work    sync.WaitGroup
	cancel  context.CancelFunc
	up      atomic.Int64 // connected at present
}

// onlooker is one of them.
type onlooker struct {
	of       *crowd
	key      ed25519.PrivateKey
	attempts atomic.Int64
	was      link.State // owned by the link's goroutine
}

// State implements link.Handler.
func (o *onlooker) State(s link.Status) {
	if s.State == link.StateDialling && o.was != link.StateDialling {
		o.attempts.Add(1)
	}
	o.was = s.State
}

// Up implements link.Handler.
func (o *onlooker) Up(s *link.Session) {
	o.of.up.Add(1)
	_ = s.Go(&wire.Sync{}, nil) // its failure ends the connection
}

// Push implements link.Handler.
func (*onlooker) Push(*link.Session, wire.Frame) {}

// Down implements link.Handler.
func (o *onlooker) Down(*link.Session, *link.Error) { o.of.up.Add(-1) }

// settleIn writes the crowd's accounts into a stopped server's data: making them
// by invite would take 2,000 times argon2id, which is not what is measured.
func (c *crowd) settleIn(ctx context.Context, data string, n int) (err error) {
	s, err := boltstore.Open(data, boltstore.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	secret := chat.NewInviteSecret()
	now := time.Now().UnixMilli()
	invite := storage.Invite{
		ID: chat.InviteID(secret.Key().Public().(ed25519.PublicKey)), Key: secret.Key().Public().(ed25519.PublicKey),
		Created: now, Expires: now + 3_600_000, Uses: n,
	}
	if err := s.PutInvite(ctx, invite); err != nil {
		return err
	}
	var work sync.WaitGroup
	failures := make([]error, n)
	for i := range n {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return err
		}
		c.devices = append(c.devices, &onlooker{of: c, key: key})
		name := fmt.Sprintf("crowd%d", i)
		public := key.Public().(ed25519.PublicKey)
		work.Go(func() {
			failures[i] = s.CreateAccount(ctx,
				storage.Account{ID: chat.NewAccountID(), Name: name, Display: name, Verifier: []byte("{}"), Created: now}, name,
				storage.Device{ID: chat.DeviceIDOf(public), Key: public, Name: name, Created: now, Proven: now, Seen: now}, invite.ID, now)
		})
	}
	work.Wait()
	return errors.Join(failures...)
}

// connect starts all links.
func (c *crowd) connect(ctx context.Context, l chat.Link) {
	ctx, c.cancel = context.WithCancel(ctx)
	for _, o := range c.devices {
		c.work.Go(func() {
			// The state says how it went.
			_ = link.New(link.Config{Link: l, Device: link.Device{Key: o.key, Name: "crowd"}, Handler: o}, link.Options{}).Run(ctx)
		})
	}
}

func (c *crowd) disperse() {
	c.cancel()
	c.work.Wait()
}

// all waits until everybody is connected.
func (c *crowd) all(ctx context.Context, most time.Duration) bool {
	return until(ctx, most, func() bool { return int(c.up.Load()) == len(c.devices) })
}

// stormPatience is what everybody's return may take.
const stormPatience = 60 * time.Second

// Storm kills a server under n connections, and measures everybody's return.
func Storm(ctx context.Context, programs Programs, dir string, n int, tally *Tally) []check.Violation {
	data := filepath.Join(dir, "storm", "data")
	w, err := newWorld(ctx, programs, filepath.Join(dir, "storm"), "storm", tally, setup{names: names[:2], data: data})
	if err != nil {
		return notStarted(err)
	}
	defer w.close()
	if err := w.server.stop(); err != nil {
		return notStarted(err)
	}
	c := &crowd{}
	if err := c.settleIn(ctx, data, n); err != nil {
		return notStarted(err)
	}
	if err := w.server.start(ctx); err != nil {
		return notStarted(err)
	}
	c.connect(ctx, chat.Link{Addresses: []string{w.server.listen}, Server: w.clients[0].owner.Server, Bound: true})
	defer c.disperse()
	if !c.all(ctx, 3*stormPatience) {
		return []check.Violation{{Check: "storm", Text: fmt.Sprintf("only %d of %d came", c.up.Load(), n)}}
	}
	for _, how := range []struct {
		name string
		end  func() error
	}{
		{"killed", func() error { w.server.kill(); return nil }},
		{"restarted", w.server.stop},
	} {
		before := c.attempts()
		if err := how.end(); err != nil {
			w.broken("shutdown", err)
		}
		began := time.Now()
		if err := w.server.start(ctx); err != nil {
			return notStarted(err)
		}
		if !c.all(ctx, 2*stormPatience) {
			w.broken("storm", fmt.Errorf("only %d of %d came back", c.up.Load(), n))
		}
		each := float64(c.attempts()-before) / float64(n)
		tally.fault(fmt.Sprintf("server %s under %d connections", how.name, n))
		tally.bound(Bound{Name: fmt.Sprintf("%d are back after it was %s", n, how.name), Most: stormPatience, Got: time.Since(began), Cases: n})
		tally.bound(Bound{Name: "attempts each", Most: 2500 * time.Millisecond, Got: time.Duration(each * float64(time.Second)), Cases: n, Plain: true})
	}
	return w.stormyTalk(ctx)
}

// stormyTalk: with the crowd around, two people still talk.
func (w *world) stormyTalk(ctx context.Context) []check.Violation {
	for _, c := range w.clients {
		if err := c.start(); err != nil {
			return notStarted(err)
		}
	}
	w.broken("storm", w.allType(ctx, 20))
	return w.finish(ctx)
}

func (c *crowd) attempts() (sum int64) {
	for _, o := range c.devices {
		sum += o.attempts.Load()
	}
	return sum
}
