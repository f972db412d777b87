package server

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// Retention (docs/adr/0038). What is older than a room keeps goes in two steps: an event
// of the room says up to where, and from its commit on nobody is given anything of it;
// then storage removes it, a little at a time. A server that ends in between goes on at
// its next start, because the event says what is left to do.

const (
	purgeStep  = 64                   // events removed in one transaction
	purgePause = 5 * time.Millisecond // between two, at least
	purgeShare = 10                   // and at least so many times as long as the step took
	purgeHaste = 8                    // how much faster than time passes the purge clock may catch up
	forgetStep = 512                  // stubs forgotten in one transaction
)

// clockSetting is where the purge clock lies in storage: 8 bytes, milliseconds.
const clockSetting = "purge_clock"

// keeper purges. turn is the sweeper's; what it starts runs once at a time.
type keeper struct {
	srv *Server // fixed

	busy atomic.Bool
	last time.Time // owned by the sweeper: when it ran last

	mu  sync.Mutex
	now map[chat.RoomID]bool // guarded by mu: rooms that have just been told to keep less or more

	// Owned by the goroutine at work.
	clock   int64     // what the purge clock shows
	advance time.Time // when it was advanced last; zero: not since the start
}

// keepDay is a day of those that messages are kept.
func keepDay() time.Duration { return fault.Day(24 * time.Hour) }

// changed has a room looked at soon.
func (k *keeper) changed(room chat.RoomID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now == nil {
		k.now = map[chat.RoomID]bool{}
	}
	k.now[room] = true
}

// turn looks once an hour, and soon after a room was told how long to keep, for what is
// too old.
func (k *keeper) turn(now time.Time) {
	every := keepDay() / 24
	if k.last.IsZero() { // a start has other things to do first
		k.last = now.Add(min(every, time.Minute) - every)
	}
	k.mu.Lock()
	due := len(k.now) > 0
	k.mu.Unlock()
	if !due && now.Sub(k.last) < every || k.busy.Swap(true) {
		return
	}
	if !k.srv.begin() {
		return
	}
	k.last = now
	k.mu.Lock()
	at := k.now
	k.now = nil
	k.mu.Unlock()
	go func() {
		defer k.srv.end()
		defer k.busy.Store(false)
		if err := k.run(k.srv.ctx, now, at); err != nil && k.srv.ctx.Err() == nil {
			k.srv.log.Warn("Purging what is too old failed; it is tried again", "err", err)
		}
	}()
}

// run does all rooms, one after the other.
func (k *keeper) run(ctx context.Context, now time.Time, at map[chat.RoomID]bool) error {
	if err := k.tick(ctx, now); err != nil {
		return err
	}
	rooms, err := k.srv.store.RoomIDs(ctx)
	for _, id := range rooms {
		if e := k.room(ctx, id, at[id]); e != nil && !errors.Is(e, storage.ErrNotFound) {
			err = errors.Join(err, e)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return err
}

// tick advances the purge clock, by which alone anything is purged or forgotten. It
// follows the wall clock, but not faster than purgeHaste times as fast as this process
// has seen time pass: a wall clock that was set to another year purges nothing before
// somebody has had a chance to notice.
func (k *keeper) tick(ctx context.Context, now time.Time) error {
	wall := fault.Clock(now).UnixMilli()
	if k.advance.IsZero() {
		k.clock = wall
		raw, err := k.srv.store.Setting(ctx, clockSetting)
		switch {
		case err == nil && len(raw) == 8:
			k.clock = int64(binary.BigEndian.Uint64(raw)) //nolint:gosec // as it was written
		case err != nil && !errors.Is(err, storage.ErrNotFound):
			return err
		}
		k.advance = now
	}
	k.clock = min(wall, k.clock+purgeHaste*now.Sub(k.advance).Milliseconds())
	k.advance = now
	return k.srv.store.SetSetting(ctx, clockSetting, binary.BigEndian.AppendUint64(nil, uint64(k.clock))) //nolint:gosec // bits
}

// room purges one room and forgets what was purged long enough ago.
func (k *keeper) room(ctx context.Context, id chat.RoomID, at bool) error {
	log, err := k.srv.store.Room(ctx, id)
	if err != nil || log.State == nil {
		return err
	}
	if keep := chat.Kept(log.State.Keep, k.srv.o.KeepDays); keep > 0 {
		if err := k.tell(ctx, log, keep, at); err != nil {
			return err
		}
	}
	if log.Floor.Seq < log.State.Purged {
		if err := k.remove(ctx, id, log.State.Purged); err != nil {
			return err
		}
		log.Floor.Seq = log.State.Purged
	}
	if log.Floor.Seq == 0 {
		return nil
	}
	return k.forget(ctx, id)
}

// tell finds up to where a room is too old and says so in its log. That need not be to
// the hour: unless somebody has just asked for it, a room is purged once a day at most.
func (k *keeper) tell(ctx context.Context, log *storage.RoomLog, days int, at bool) error {
	keep := time.Duration(days) * keepDay()
	cutoff, slack := k.clock-keep.Milliseconds(), min(keepDay(), keep/7).Milliseconds()
	if at {
		slack = 0
	}
	if fault.Bug(fault.PurgeTooYoung) {
		cutoff += keep.Milliseconds() / 2
	}
	through, err := k.ripe(ctx, log, cutoff, slack)
	if err != nil || through == 0 {
		return err
	}
	if fault.Bug(fault.PurgeWithoutVoid) {
		return k.remove(ctx, log.State.ID, through)
	}
	body := chat.Purge{Seq: through}
	raw, err := wire.EncodeBody(body)
	if err != nil {
		return err
	}
	rm, err := k.srv.openRoom(ctx, log.State.ID)
	if err != nil {
		return err
	}
	p := &post{body: body, req: &wire.Send{MID: chat.NewMID(), Room: log.State.ID, Kind: chat.KindPurge, Body: string(raw)}, keep: days}
	if _, e := rm.wait(ctx, p); e != nil {
		return e
	}
	fault.Point(fault.ServerPurgeTold)
	k.srv.log.Info("What is too old is purged", "room", log.State.ID, "through", through, "days", days)
	log.State.Purged = through
	return nil
}

// ripe returns the last place of those at the beginning of a log that are all older than
// cutoff; 0 if nothing is worth telling. An event of the future says nothing about its
// age: a clock was wrong.
func (k *keeper) ripe(ctx context.Context, log *storage.RoomLog, cutoff, slack int64) (through chat.Seq, err error) {
	from, worth := max(log.State.Purged, log.Floor.Seq)+1, false
	for most := 1; from <= log.Head.Seq; most = k.srv.o.Limits.PageEvents {
		page, err := k.srv.store.Read(ctx, log.State.ID, from, log.Head.Seq, most, k.srv.o.Limits.PageBytes/2)
		if err != nil || len(page.Events) == 0 {
			return 0, err
		}
		for i := range page.Events {
			e := &page.Events[i]
			if e.Time > k.clock+keepDay().Milliseconds() {
				continue
			}
			if e.Time >= cutoff || through == 0 && e.Time >= cutoff-slack {
				from = log.Head.Seq
				break
			}
			through, worth = e.Seq, worth || e.Kind != chat.KindPurge
		}
		if from == log.Head.Seq {
			break
		}
		from = page.Events[len(page.Events)-1].Seq + 1
	}
	if !worth {
		return 0, nil
	}
	return through, nil
}

// remove takes what is purged off the disk. Steps are small, and there is more time
// between them than in them: whoever waits for an acknowledgement does not notice.
func (k *keeper) remove(ctx context.Context, id chat.RoomID, through chat.Seq) error {
	for {
		start := time.Now()
		floor, err := k.srv.store.Purge(ctx, id, through, k.clock, purgeStep)
		if err != nil {
			return err
		}
		fault.Point(fault.ServerPurgeStep)
		if floor.Seq >= through {
			return nil
		}
		if !rest(ctx, max(purgePause, purgeShare*time.Since(start))) {
			return ctx.Err()
		}
	}
}

// forget drops what is left of events that were purged so long ago that nobody repeats
// them (invariant I16).
func (k *keeper) forget(ctx context.Context, id chat.RoomID) error {
	before := k.clock - (time.Duration(k.srv.o.Limits.DedupeDays) * 24 * time.Hour).Milliseconds()
	for {
		start := time.Now()
		n, err := k.srv.store.ForgetPurged(ctx, id, before, forgetStep)
		if err != nil || n < forgetStep {
			return err
		}
		if !rest(ctx, max(purgePause, purgeShare*time.Since(start))) {
			return ctx.Err()
		}
	}
}

// rest waits, unless the context ends.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
