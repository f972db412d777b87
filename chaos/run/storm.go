//go:build unix

package run

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
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

// crowd is many devices that only read. Each is the client's own link; the rest
// of a client is left out, because 2,000 of it do not fit beside a server.
type crowd struct {
	devices []*onlooker
	work    sync.WaitGroup
	cancel  context.CancelFunc
	live    atomic.Int64 // connected at present, and with everything there is
}

// onlooker is one of them. Like any client it remembers how far it has read, and
// goes on there.
type onlooker struct {
	of       *crowd
	key      ed25519.PrivateKey
	attempts atomic.Int64

	known chan position // takes one: where it was when it first had read everything

	// Owned by the link's goroutine.
	was  link.State
	live bool
	position
}

// position is how far a device has read.
type position struct {
	epoch chat.Epoch
	read  map[chat.RoomID]chat.Head
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
	begin := &wire.Sync{Epoch: o.epoch, Rooms: make([]wire.Cursor, 0, len(o.read))}
	for room, h := range o.read {
		begin.Rooms = append(begin.Rooms, wire.Cursor{Room: room, Seq: h.Seq, Chain: h.Chain})
	}
	_ = s.Go(begin, func(r wire.Reply, _ error) { // its failure ends the connection
		if started, ok := r.(*wire.SyncStarted); ok {
			o.epoch = started.Epoch
		}
	})
}

// Push implements link.Handler.
func (o *onlooker) Push(s *link.Session, f wire.Frame) {
	switch f := f.(type) {
	case *wire.Events:
		last := f.Events[len(f.Events)-1].Seq
		if first, next := f.Events[0].Seq, o.read[f.Room].Seq+1; first != next {
			s.Drop(fmt.Sprintf("event %d in place of %d", first, next))
			return
		}
		o.read[f.Room] = chat.Head{Seq: last, Chain: f.Chain}
	case *wire.Void:
		o.read[f.Room] = chat.Head{Seq: f.To, Chain: f.Chain}
	case *wire.Live:
		if !o.live {
			o.live = true
			select {
			case o.known <- position{o.epoch, maps.Clone(o.read)}:
			default:
			}
			o.of.live.Add(1)
		}
	}
}

// Down implements link.Handler.
func (o *onlooker) Down(*link.Session, *link.Error) {
	if o.live {
		o.live = false
		o.of.live.Add(-1)
	}
}

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
		c.devices = append(c.devices, &onlooker{
			of: c, key: key, known: make(chan position, 1), position: position{read: map[chat.RoomID]chat.Head{}},
		})
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

// arrive lets everybody join and read once, one after another: 2,000 newcomers who
// all read 2,000 joins are another matter than a storm. In the end they know what
// the last one knows.
func (c *crowd) arrive(ctx context.Context, l chat.Link) bool {
	var last position
	for _, o := range c.devices {
		if last.read != nil {
			o.position = position{last.epoch, maps.Clone(last.read)}
		}
		visit, leave := context.WithTimeout(ctx, stormPatience)
		var work sync.WaitGroup
		work.Go(func() { o.connect(visit, l) })
		select {
		case last = <-o.known:
		case <-visit.Done():
		}
		ended := visit.Err() != nil
		leave()
		work.Wait()
		if ended {
			return false
		}
	}
	for _, o := range c.devices {
		o.position = position{last.epoch, maps.Clone(last.read)}
		o.attempts.Store(0)
	}
	return true
}

// connect starts all links.
func (c *crowd) connect(ctx context.Context, l chat.Link) {
	ctx, c.cancel = context.WithCancel(ctx)
	for _, o := range c.devices {
		c.work.Go(func() { o.connect(ctx, l) })
	}
}

// connect holds the connection until ctx ends. How it goes, the states say.
func (o *onlooker) connect(ctx context.Context, l chat.Link) {
	_ = link.New(link.Config{Link: l, Device: link.Device{Key: o.key, Name: "crowd"}, Handler: o}, link.Options{}).Run(ctx)
}

func (c *crowd) disperse() {
	c.cancel()
	c.work.Wait()
}

// all waits until everybody is connected and has everything.
func (c *crowd) all(ctx context.Context, most time.Duration) bool {
	return until(ctx, most, func() bool { return int(c.live.Load()) == len(c.devices) })
}

// stormPatience is what everybody's return may take.
const stormPatience = 60 * time.Second

// Storm kills a server under n connections, and measures until everybody is back
// and has read what was missed.
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
	l := chat.Link{Addresses: []string{w.server.listen}, Server: w.clients[0].owner.Server, Bound: true}
	if !c.arrive(ctx, l) {
		return []check.Violation{{Check: "storm", Text: "somebody did not come in for the first time"}}
	}
	c.connect(ctx, l)
	defer c.disperse()
	if !c.all(ctx, 3*stormPatience) {
		return []check.Violation{{Check: "storm", Text: fmt.Sprintf("only %d of %d came", c.live.Load(), n)}}
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
			w.broken("storm", fmt.Errorf("only %d of %d came back", c.live.Load(), n))
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
