package sim

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"hearth/app"
	"hearth/chat"
	"hearth/server/storage"
	"hearth/store"
	"hearth/store/profile"
	"hearth/store/secret"
)

// person is a device with somebody at it. Its profile survives its programs.
type person struct {
	w      *world
	name   string
	stored storage.Account
	device storage.Device
	ring   *secret.Memory
	nic    *nic
	home   string // the profile
	store  string // the database in it, relative
	key    secret.Key
	life   *life // the running program, nil if none runs

	mu      sync.Mutex
	entries []*entry // guarded by mu for the watcher, written by the driver: everything the person ever wrote, in order
	wishes  []wish   // what the person did besides writing, in order; the driver's
	setBack bool     // an older profile was put in place
	fresh   bool     // made at the end, to be compared
	older   string   // a copy of an earlier profile, "" none
	olderAt int      // how many entries there were then
}

// life is one run of a program.
type life struct {
	p      *person
	app    *app.App
	dir    string
	cancel context.CancelFunc
	done   chan error
	watch  sync.WaitGroup
	doomed atomic.Bool // the power was cut: whatever it says now, nobody hears

	mu    sync.Mutex
	image string // what the power cut left on the disk
}

// entry is a message somebody wrote.
type entry struct {
	by      *person
	room    chat.RoomID
	text    string
	mid     chat.MID
	begun   time.Time
	settled bool // it was shown in the log
	certain bool // Send returned, and no power cut or restored profile has taken that back
	refused bool // Send said no: it must never appear
	logged  bool // this device has shown it in the log
	files   []chat.Hash
	failed  bool // it has files, or failed or was held on its way: order is not promised
}

// newAccount makes somebody with an account and a first device. The group belongs to the
// first.
func (w *world) newAccount(name string) *person {
	id := chat.NewAccountID()
	p := w.newDevice(name, storage.Account{
		ID: id, Name: name, Display: name, Verifier: []byte("none"), Created: time.Now().UnixMilli(),
		Owner: len(w.people) == 0,
	})
	w.admit(p)
	return p
}

// another makes a further device of somebody.
func (w *world) another(of *person, name string) *person {
	p := w.newDevice(name, of.stored)
	w.must(w.disk.AddDevice(w.ctx, p.device, nil, 20))
	return p
}

// newDevice makes a device and its profile, as joining does, without stretching
// a password.
func (w *world) newDevice(name string, account storage.Account) *person {
	p := &person{
		w: w, name: name, stored: account, home: w.folder(name), ring: secret.NewMemory(),
		nic: newNIC(w.net, rand.New(rand.NewPCG(w.r.Uint64(), 3))),
	}
	b := secret.NewBundle(w.sid)
	p.key = b.Key
	now := time.Now().UnixMilli()
	p.device = storage.Device{
		ID: b.Device, Account: account.ID, Key: b.Seed.PrivateKey().Public().(ed25519.PublicKey), Name: name, Created: now, Proven: now, Seen: now,
	}
	prof, err := profile.Open(p.home)
	w.must(err)
	a := profile.Account{
		Server: w.sid, Addresses: []string{address}, Bound: true, Verified: true, Account: account.ID,
		Device: b.Device, Name: account.Name, Display: account.Display, Group: "Bees", Secrets: profile.ModeKeyring,
	}
	g, err := prof.Begin(a)
	w.must(err)
	w.must(p.ring.Save(w.ctx, b))
	w.must(g.Complete(a))
	p.store, err = filepath.Rel(p.home, g.StorePath())
	w.must(err)
	w.people = append(w.people, p)
	w.mu.Lock()
	w.nics[name] = p.nic
	w.mu.Unlock()
	return p
}

// run starts the person's program.
func (p *person) run() {
	a, err := app.New(app.Options{Profile: p.home, Keyring: p.ring, Dial: p.nic.dial, Log: p.w.log.With("who", p.name), NoHosting: true})
	p.w.must(err)
	ctx, cancel := context.WithCancel(p.w.ctx)
	l := &life{p: p, app: a, dir: p.home, cancel: cancel, done: make(chan error, 1)}
	p.nic.begin(l.power)
	p.life = l
	sub := a.Subscribe()
	l.watch.Go(func() { p.w.book.watch(l, sub) })
	go func() { l.done <- a.Run(ctx) }()
}

// power cuts the power of the machine the program runs on: what is on disk at
// this instant is all there is. The nic has cut the lines.
func (l *life) power() {
	l.doomed.Store(true)
	l.p.w.gaps.ended(l.p.name)
	to := l.p.w.folder(l.p.name)
	err := image(l.dir, to)
	l.mu.Lock()
	l.image = to
	l.mu.Unlock()
	if err != nil {
		l.p.w.violate("harness", "image of %s: %v", l.p.name, err)
	}
	l.p.w.note("%s: power cut", l.p.name)
	l.p.w.count("client power cuts", 1)
}

// quit ends the program, if one runs, and waits for it.
func (p *person) quit() {
	l := p.life
	if l == nil {
		return
	}
	l.cancel()
	p.w.gaps.ended(p.name)
	if err := <-l.done; err != nil {
		p.w.violate("quit", "%s: the program ended with %v", p.name, err)
	}
	l.watch.Wait()
	p.life = nil
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.image != "" {
		_ = os.RemoveAll(p.home)
		p.home = l.image
	}
}

// view returns what the person sees; nil without a program that is ready.
func (p *person) view() *app.View {
	if p.life == nil || p.life.doomed.Load() {
		return nil
	}
	if v := p.life.app.View(); v.Phase == app.PhaseOpen {
		return v
	}
	return nil
}

func (p *person) live() bool {
	v := p.view()
	return v != nil && v.Connection.State == app.ConnLive
}

// room returns one room of the view; the zero value if it is not there.
func (p *person) room(id chat.RoomID) app.RoomView {
	if v := p.view(); v != nil {
		for _, r := range v.Rooms {
			if r.ID == id {
				return r
			}
		}
	}
	return app.RoomView{}
}

// say writes a message.
func (p *person) say(room chat.RoomID) {
	l := p.life
	e := &entry{by: p, room: room, text: fmt.Sprintf("%s %d", p.name, len(p.entries)), begun: time.Now()}
	mid, err := l.app.Send(p.w.ctx, room, e.text)
	p.wrote(l, e, mid, err)
}

// wrote takes note of what became of a message that was written.
func (p *person) wrote(l *life, e *entry, mid chat.MID, err error) {
	p.w.count("messages", 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entries = append(p.entries, e)
	e.mid = mid
	switch {
	case l.doomed.Load():
	case err == nil:
		e.certain = true
	default:
		e.refused = true
		var f *app.Failed
		if !errors.As(err, &f) || f.Code != app.FailCode(chat.CodeNotMember) {
			p.w.violate("send", "%s cannot write: %v", p.name, err)
		}
	}
}

// until waits in fake time for a condition; it reports whether it came to be.
func (w *world) until(most time.Duration, ok func() bool) (time.Duration, bool) {
	begin := time.Now()
	for !ok() {
		if time.Since(begin) >= most {
			return time.Since(begin), false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(begin), true
}

// rows returns a whole timeline, oldest first, waiting messages last; as the log is,
// or as people see it, with its changes in place.
func (p *person) rows(id chat.RoomID, log bool) (rows []app.MessageView) {
	at := app.Window{Around: 1, Limit: 500, Log: log}
	for {
		page, err := p.life.app.Messages(p.w.ctx, id, at)
		if err != nil {
			p.w.violate("read", "%s: %v", p.name, err)
			return rows
		}
		rows = append(rows, page.Messages...)
		if !page.Newer || len(page.Messages) == 0 {
			return rows
		}
		at = app.Window{After: rows[len(rows)-1].Seq, Limit: 500, Log: log}
	}
}

// checkStore opens the stored data as nobody else does now, and walks all of it.
func (p *person) checkStore() {
	owner := store.Owner{Server: p.w.sid, Account: p.stored.ID, Device: p.device.ID}
	s, err := store.Open(p.w.ctx, filepath.Join(p.home, p.store), p.key, owner, store.Options{})
	if err != nil {
		p.w.violate("store", "%s: %v", p.name, err)
		return
	}
	if err := errors.Join(s.CheckPages(p.w.ctx), s.Check(p.w.ctx)); err != nil {
		p.w.violate("store", "%s: %v", p.name, err)
	}
	if err := s.Close(); err != nil {
		p.w.violate("store", "%s: %v", p.name, err)
	}
}
