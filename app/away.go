package app

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"hearth/net/wire"
	"hearth/store"
)

// How long one was away, for the rule that nothing old is sent silently. The server says
// it of the device. What waits may be older than that: it moved here from a device that
// was removed, or the profile was put back from a copy. So the store remembers as well
// when the server was heard last, by the server's clock.

const (
	settingHeard = "heard"   // 8 bytes, milliseconds
	heardEvery   = time.Hour // while connected
)

// loadHeard reads when the server was heard last; 0: an older program has not noted it.
func (g *group) loadHeard(ctx context.Context) error {
	raw, err := g.store.Setting(ctx, settingHeard)
	if errors.Is(err, store.ErrNotFound) || err == nil && len(raw) != 8 {
		return nil
	}
	if err == nil {
		g.heard = int64(binary.BigEndian.Uint64(raw)) //nolint:gosec // as it was written
	}
	return err
}

// keepHeard notes when the server was heard last.
func (g *group) keepHeard(ctx context.Context, at int64) error {
	g.heard = at
	return g.store.SetSetting(ctx, settingHeard, binary.BigEndian.AppendUint64(nil, uint64(at))) //nolint:gosec // bits
}

// away is for how long nothing was heard of the server here, milliseconds.
func (g *group) away(ready *wire.Ready) int64 {
	if g.heard == 0 {
		return ready.AwayMS
	}
	return max(ready.AwayMS, ready.Time-g.heard)
}

// hear notes that the server is heard, now and as long as this connection lasts. What
// follows from how long it was not has to be on the disk by then.
func (a *App) hear(ready *wire.Ready) {
	g, s, begun := a.group, a.group.net.session, time.Now()
	var note func()
	note = func() {
		if a.group != g || g.net == nil || g.net.session != s || a.trouble != nil {
			return
		}
		if err := g.keepHeard(a.disk, ready.Time+time.Since(begun).Milliseconds()); err != nil && !errors.Is(err, store.ErrNoSpace) {
			a.storeTrouble(err) // without it one is asked too often, never too seldom
		}
		a.alarm.set(alarmHeard, heardEvery, note)
	}
	note()
}
