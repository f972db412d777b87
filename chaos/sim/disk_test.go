package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"hearth/chat"
	"hearth/server/storage"
	"hearth/server/storage/boltstore"
)

// disk is what the server's data lies on, in one life of the server: a real
// database whose commits take time, that may be full, and that a power cut may
// hit before or after any commit. From then on nothing reaches it and nothing is
// answered but that it is closed; what a new life finds is the image taken then.
type disk struct {
	storage.Store
	epoch chat.Epoch // what it says of itself
	blow  func()     // tells of a power cut
	// remember is told before anything is purged; fixed before the server starts.
	remember func(s storage.Store, room chat.RoomID, through chat.Seq)
	ended    chan struct{}

	mu      sync.Mutex
	r       *rand.Rand // guarded by mu, like everything below
	wake    sync.Cond
	waiting []write
	closing bool
	dead    bool
	full    bool
	fuse    int  // commits until a power cut; 0: never
	late    bool // the power cut comes after the commit, not before
	slow    time.Duration
	heads   map[chat.RoomID]chat.Seq // what is synced
	purging fuse                     // of steps of a purge
	people  fuse                     // of changes of accounts
}

type write struct {
	b    *storage.Batch
	done func(error)
}

var _ storage.Store = (*disk)(nil)

// openDisk opens the data in a folder. A zero epoch means its own.
func openDisk(ctx context.Context, dir string, epoch chat.Epoch, r *rand.Rand, blow func()) (*disk, error) {
	s, err := boltstore.Open(dir, boltstore.Options{JournalEvents: 24 + r.IntN(200)})
	if err != nil {
		return nil, err
	}
	d := &disk{Store: s, epoch: epoch, blow: blow, ended: make(chan struct{}), r: r, slow: 3 * time.Millisecond, heads: map[chat.RoomID]chat.Seq{}}
	if epoch.IsZero() {
		d.epoch = s.Epoch()
	}
	d.wake.L = &d.mu
	ids, err := s.RoomIDs(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		h, err := s.Head(ctx, id)
		if err != nil {
			return nil, err
		}
		d.heads[id] = h.Seq
	}
	go d.run()
	return d, nil
}

// durable returns how far a room's log is synced.
func (d *disk) durable(id chat.RoomID) chat.Seq {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.heads[id]
}

// Epoch implements storage.Store.
func (d *disk) Epoch() chat.Epoch { return d.epoch }

// Append implements storage.Store.
func (d *disk) Append(b *storage.Batch, done func(error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead || d.closing {
		go done(storage.ErrClosed)
		return
	}
	d.waiting = append(d.waiting, write{b, done})
	d.wake.Signal()
}

// run is the disk's one head: it takes what waits, and takes its time.
func (d *disk) run() {
	defer close(d.ended)
	for {
		d.mu.Lock()
		for len(d.waiting) == 0 && !d.closing {
			d.wake.Wait()
		}
		if len(d.waiting) == 0 {
			d.mu.Unlock()
			return
		}
		group := d.waiting
		d.waiting = nil
		d.mu.Unlock()
		d.commit(group)
	}
}

// spin waits as long as a disk takes.
func (d *disk) spin() {
	d.mu.Lock()
	wait := time.Duration(d.r.Int64N(int64(d.slow) + 1))
	d.mu.Unlock()
	time.Sleep(wait)
}

// burn counts a commit; late tells its two sides apart.
func (d *disk) burn(late bool) {
	d.mu.Lock()
	if d.fuse == 0 || d.late != late {
		d.mu.Unlock()
		return
	}
	d.fuse--
	blown := d.fuse == 0
	d.mu.Unlock()
	if blown {
		d.blow()
	}
}

// state says what a write meets now.
func (d *disk) state() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.dead:
		return storage.ErrClosed
	case d.full:
		return fmt.Errorf("%w: simulated", storage.ErrNoSpace)
	}
	return nil
}

func (d *disk) commit(group []write) {
	d.spin()
	d.burn(false)
	errs := make([]error, len(group))
	if err := d.state(); err != nil {
		for i := range errs {
			errs[i] = err
		}
	} else {
		d.hand(group, errs)
		d.burn(true)
		d.spin()
	}
	for i, w := range group {
		if d.state() == storage.ErrClosed { //nolint:errorlint // ours
			errs[i] = storage.ErrClosed
		}
		w.done(errs[i])
	}
}

// hand gives the batches to the database and waits until all are committed.
func (d *disk) hand(group []write, errs []error) {
	var all sync.WaitGroup
	all.Add(len(group))
	for i, w := range group {
		d.Store.Append(w.b, func(err error) {
			if errs[i] = err; err == nil {
				d.mu.Lock()
				d.heads[w.b.Room] = w.b.Entries[len(w.b.Entries)-1].Event.Seq
				d.mu.Unlock()
			}
			all.Done()
		})
	}
	all.Wait()
}

// fuse makes the power fail around the count-th write of a kind.
type fuse struct {
	count int  // until a power cut; 0: never
	late  bool // it comes after the write, not before
}

// strike is one side of a write of a kind.
func (d *disk) strike(f *fuse, late bool) error {
	d.mu.Lock()
	blown := false
	if f.count > 0 && f.late == late {
		f.count--
		blown = f.count == 0
	}
	d.mu.Unlock()
	if blown {
		d.blow()
	}
	return d.state()
}

// around is a write of a kind, with what may happen before and after it.
func (d *disk) around(f *fuse, write func() error) error {
	if err := d.strike(f, false); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	if err := d.strike(f, true); errors.Is(err, storage.ErrClosed) {
		return err
	}
	return nil
}

// Purge implements storage.Store.
func (d *disk) Purge(ctx context.Context, room chat.RoomID, through chat.Seq, now int64, most int) (floor chat.Head, err error) {
	d.remember(d.Store, room, through)
	err = d.around(&d.purging, func() error {
		floor, err = d.Store.Purge(ctx, room, through, now, most)
		return err
	})
	return floor, err
}

// ForgetPurged implements storage.Store.
func (d *disk) ForgetPurged(ctx context.Context, room chat.RoomID, before int64, most int) (n int, err error) {
	err = d.around(&d.purging, func() error {
		n, err = d.Store.ForgetPurged(ctx, room, before, most)
		return err
	})
	return n, err
}

// SetDisabled implements storage.Store.
func (d *disk) SetDisabled(ctx context.Context, id chat.AccountID, disabled bool) error {
	return d.around(&d.people, func() error { return d.Store.SetDisabled(ctx, id, disabled) })
}

// DeleteAccount implements storage.Store.
func (d *disk) DeleteAccount(ctx context.Context, id chat.AccountID, was []byte, erase bool, now int64) error {
	return d.around(&d.people, func() error { return d.Store.DeleteAccount(ctx, id, was, erase, now) })
}

// EndDeletion implements storage.Store.
func (d *disk) EndDeletion(ctx context.Context, id chat.AccountID, at storage.Deletion) error {
	return d.around(&d.people, func() error { return d.Store.EndDeletion(ctx, id, at) })
}

// PutStatus implements storage.Store.
func (d *disk) PutStatus(ctx context.Context, id chat.AccountID, s storage.Status, now int64) (c storage.Card, err error) {
	err = d.around(&d.people, func() error {
		c, err = d.Store.PutStatus(ctx, id, s, now)
		return err
	})
	return c, err
}

// armPurge and armPeople make the power fail at the count-th step of a purge, or change
// of an account.
func (d *disk) armPurge(count int, late bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.purging = fuse{count, late}
}

func (d *disk) armPeople(count int, late bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people = fuse{count, late}
}

// die cuts the power; it reports whether it was on.
func (d *disk) die() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := !d.dead
	d.dead = true
	return was
}

// Close implements storage.Store.
func (d *disk) Close() error {
	d.mu.Lock()
	d.closing = true
	d.wake.Signal()
	d.mu.Unlock()
	<-d.ended
	return d.Store.Close()
}

// The other writes go through as long as there is power and space.

// TouchDevices implements storage.Store.
func (d *disk) TouchDevices(ctx context.Context, seen map[chat.DeviceID]storage.Touch) error {
	if err := d.state(); err != nil {
		return err
	}
	return d.Store.TouchDevices(ctx, seen)
}

// SetSetting implements storage.Store.
func (d *disk) SetSetting(ctx context.Context, key string, value []byte) error {
	if err := d.state(); err != nil {
		return err
	}
	return d.Store.SetSetting(ctx, key, value)
}

// SetBlocks implements storage.Store.
func (d *disk) SetBlocks(ctx context.Context, id chat.AccountID, value []byte) error {
	if err := d.state(); err != nil {
		return err
	}
	return d.Store.SetBlocks(ctx, id, value)
}

// SetDisplay implements storage.Store.
func (d *disk) SetDisplay(ctx context.Context, id chat.AccountID, display string) error {
	if err := d.state(); err != nil {
		return err
	}
	return d.Store.SetDisplay(ctx, id, display)
}

// SetSettled implements storage.Store.
func (d *disk) SetSettled(ctx context.Context, id chat.AccountID) error {
	if err := d.state(); err != nil {
		return err
	}
	return d.Store.SetSettled(ctx, id)
}

// Probe implements storage.Store.
func (d *disk) Probe(ctx context.Context) error {
	if err := d.state(); err != nil {
		return err
	}
	return d.Store.Probe(ctx)
}

// arm makes the power fail at the count-th commit from now on, before or after
// it is on the disk.
func (d *disk) arm(count int, late bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fuse, d.late = count, late
	if count == 0 {
		d.purging, d.people = fuse{}, fuse{}
	}
}

// be changes how the disk is.
func (d *disk) be(full bool, slow time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full, d.slow = full, slow
}
