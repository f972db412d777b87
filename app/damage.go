package app

import (
	"context"
	"errors"
	"time"

	"hearth/store"
)

const (
	// checkAfter is how long after opening a group its store is looked through in the
	// background, when whoever opened it has what they came for; also how long it waits
	// for a better moment.
	checkAfter = 5 * time.Minute
	// checkEvery is how often: damage of a disk comes while nobody writes there, and
	// is found only by reading.
	checkEvery = 24 * time.Hour
	// checkShare bounds what it takes: a pause is so many times as long as the look
	// before it. A room of 100,000 messages takes a quarter of a second.
	checkShare = 400
	checkPause = 2 * time.Minute // the longest
)

// noteDamage makes damage that a command has met damage of the whole: the person
// must learn of it, and of the way out.
func (a *App) noteDamage(err error) {
	if a.group != nil && (errors.Is(err, store.ErrDamaged) || errors.Is(err, store.ErrFailed)) {
		a.storeTrouble(err)
	}
}

// readFailed is storeFailed for what is read beside the loop.
func (a *App) readFailed(err error) error {
	out := storeFailed(err)
	var f *Failed
	if errors.As(out, &f) && f.Problem != nil {
		if s := a.shot.Load().store; s != nil {
			f.Problem.Path = s.Path()
		}
	}
	if errors.Is(err, store.ErrDamaged) {
		a.do(func() { a.noteDamage(err) })
	}
	return out
}

// lookThrough looks through the store beside everything else, if that was not done
// for long.
func (a *App) lookThrough() {
	g := a.group
	if g == nil || a.trouble != nil {
		return
	}
	checked, err := g.store.Checked(a.disk)
	if err != nil {
		a.storeTrouble(err)
		return
	}
	if since := time.Since(checked); since >= 0 && since < checkEvery {
		a.alarm.set(alarmCheck, checkEvery-since, a.lookThrough)
		return
	}
	if a.conn.State == ConnConnecting || a.conn.State == ConnSyncing { // there is more to do
		a.alarm.set(alarmCheck, checkAfter, a.lookThrough)
		return
	}
	a.spawn(func(ctx context.Context) {
		began := time.Now()
		err := g.store.CheckInTurn(ctx, func(took time.Duration) error { return rest(ctx, min(took*checkShare, checkPause)) })
		a.do(func() { a.lookedThrough(g, time.Since(began), err) })
	})
}

func (a *App) lookedThrough(g *group, took time.Duration, err error) {
	if a.group != g {
		return
	}
	switch {
	case err == nil:
		a.log.Info("the store was looked through; nothing is wrong", "took", took)
		a.storeResult(g.store.SetChecked(a.disk, time.Now()))
	case errors.Is(err, store.ErrDamaged):
		a.log.Error("looking through the store found damage", "err", err)
		a.storeTrouble(err)
		return
	case a.ctx.Err() == nil:
		a.log.Warn("the store could not be looked through", "err", err)
	}
	a.alarm.set(alarmCheck, checkEvery, a.lookThrough)
}

// rest waits, or returns the context's error.
func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
