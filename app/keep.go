package app

import (
	"context"
	"slices"
	"time"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// KeepRoom implements Commands.
func (a *App) KeepRoom(ctx context.Context, room chat.RoomID, days int) error {
	_, err := a.enqueue(ctx, room, chat.KindKeep, chat.Keep{Days: days}, nil)
	return err
}

// HideReadings implements Commands.
func (a *App) HideReadings(ctx context.Context, room chat.RoomID, hidden bool) error {
	_, err := a.enqueue(ctx, room, chat.KindReadings, chat.Readings{Hidden: hidden}, nil)
	return err
}

// SetHistory implements Commands.
func (a *App) SetHistory(ctx context.Context, room chat.RoomID, history chat.History) error {
	if r := a.shot.Load().room(room); r != nil && r.view.Joined && !r.view.owns() {
		return &Failed{Code: FailCode(chat.CodeForbidden), Field: "room"}
	}
	_, err := a.enqueue(ctx, room, chat.KindHistory, chat.SetHistory{History: history}, nil)
	return err
}

// history is what newcomers see, by the log and what the person has asked for since.
func (r *room) history() chat.History {
	history := r.state.History
	for _, o := range r.out {
		if o.Kind != chat.KindHistory || o.refused() || r.lodged(o) {
			continue
		}
		if body, bad := wire.ParseBody(o.Kind, o.Body); bad == nil {
			if b, ok := body.(chat.SetHistory); ok {
				history = b.History
			}
		}
	}
	return history
}

// hidesReadings reports whether nobody in the room is shown how far others have read, by
// the log and what the person has asked for since.
func (r *room) hidesReadings() bool {
	hidden := r.state != nil && r.state.HideReadings
	for _, o := range r.out {
		if o.Kind != chat.KindReadings || o.refused() || r.lodged(o) {
			continue
		}
		if body, bad := wire.ParseBody(o.Kind, o.Body); bad == nil {
			if b, ok := body.(chat.Readings); ok {
				hidden = b.Hidden
			}
		}
	}
	return hidden
}

// kept refuses a change of what the server no longer keeps: it would, too.
func (a *App) kept(room chat.RoomID, seq chat.Seq) error {
	if r := a.shot.Load().room(room); r != nil && seq <= r.view.Purged {
		return &Failed{Code: FailPurged, Field: "seq"}
	}
	return nil
}

// keptAgain looks again for what the server said it keeps no more, and now does not say any
// more: it was put back to before that. Where it keeps nothing all the same, it says so
// again. A part that begins before the person's own log does stays as it is.
func (a *App) keptAgain(r *room) {
	g := a.group
	if r.state == nil || r.stale || r.diverged || !r.synced(g.me()) {
		return
	}
	begins, known := r.state.Begins(g.me())
	if !known || !slices.ContainsFunc(r.gaps, func(gap store.Gap) bool {
		return gap.Reason == wire.VoidPurged && !gap.Hole && gap.From >= begins && gap.To > r.state.Purged
	}) {
		return
	}
	found, err := g.store.Reopen(a.disk, r.id, begins, r.state.Purged)
	if err != nil || !found {
		a.storeTrouble(err)
		return
	}
	a.log.Info("the server may have again what it said it keeps no more", "room", r.id, "purged", r.state.Purged)
	a.readGaps(r)
	g.touch(r)
	a.changes.addRoom(r.id, RoomChange{Reload: true})
	a.fillNext()
}

// keep is for how many days the room keeps messages, by the log and what the person has
// asked for since.
func (r *room) keep() int {
	keep := r.state.Keep
	for _, o := range r.out {
		if o.Kind != chat.KindKeep || o.refused() || r.lodged(o) {
			continue
		}
		if body, bad := wire.ParseBody(o.Kind, o.Body); bad == nil {
			if b, ok := body.(chat.Keep); ok {
				keep = b.Days
			}
		}
	}
	return keep
}

// Older is how much of a room is older than it would be kept.
type Older struct {
	Messages int
	More     bool // there are more than were counted, or the beginning is not here
}

// mostOlder bounds the count: nobody needs a greater number to think twice.
const mostOlder = 10_000

// Older implements Commands.
func (a *App) Older(ctx context.Context, id chat.RoomID, days int) (o Older, err error) {
	s := a.shot.Load()
	r := s.room(id)
	if s.store == nil || r == nil {
		return Older{}, &Failed{Code: FailNoRoom, Field: "room"}
	}
	before := time.Now().Add(-time.Duration(days) * 24 * time.Hour).UnixMilli()
	after := r.view.Purged
	for n := 0; ; {
		win, err := s.store.Messages(ctx, id, store.Query{Place: store.After, Seq: after, Limit: foldPage})
		if err != nil {
			return o, a.readFailed(err)
		}
		for i := range win.Gaps {
			o.More = o.More || win.Gaps[i].Hole
		}
		for i := range win.Events {
			e := &win.Events[i]
			if after = e.Seq; e.Time >= before {
				return o, nil
			}
			if e.Kind == chat.KindMessage && !e.Erased {
				o.Messages++
			}
		}
		if n += len(win.Events); n >= mostOlder && win.MoreAfter {
			o.More = true
			return o, nil
		}
		if !win.MoreAfter || len(win.Events) == 0 {
			return o, nil
		}
	}
}
