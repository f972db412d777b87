package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"hearth/chat"
	"hearth/store"
)

// Outbox implements Commands.
func (a *App) Outbox(ctx context.Context) ([]OutboxEntry, error) {
	return ask(ctx, a, func() ([]OutboxEntry, error) {
		g := a.group
		if g == nil {
			return nil, &Failed{Code: FailNoRoom, Detail: "no group is open"}
		}
		all := make([]*outgoing, 0, len(g.out))
		for _, o := range g.out {
			if o.State != store.EntryAcknowledged {
				all = append(all, o)
			}
		}
		slices.SortFunc(all, func(x, y *outgoing) int { return cmp.Compare(x.Order, y.Order) })
		list := make([]OutboxEntry, 0, len(all))
		for _, part := range g.lostParts() { // what is known of the person stands before what they wrote
			list = append(list, g.partEntry(part))
		}
		for _, o := range all {
			list = append(list, o.listed(g))
		}
		return list, nil
	})
}

// Landing are the person's own events that are on the server's disk and not in the log
// here yet, with their rooms: no part of Outbox, as nothing can be done about them, and
// not among the messages of a program that is ended now.
func (a *App) Landing(ctx context.Context) (map[chat.MID]chat.RoomID, error) {
	return ask(ctx, a, func() (map[chat.MID]chat.RoomID, error) {
		landing := map[chat.MID]chat.RoomID{}
		if a.group != nil {
			for mid, o := range a.group.out {
				if o.State == store.EntryAcknowledged {
					landing[mid] = o.Room
				}
			}
		}
		return landing, nil
	})
}

// Placed tells where those of the person's own events stand that the server has: the place
// it acknowledged, or 0 once they have left the outbox, as they are in the log here. What
// still waits or was refused is left out.
func (a *App) Placed(ctx context.Context, mids []chat.MID) (map[chat.MID]chat.Seq, error) {
	return ask(ctx, a, func() (map[chat.MID]chat.Seq, error) {
		placed := map[chat.MID]chat.Seq{}
		if a.group == nil {
			return placed, nil
		}
		for _, mid := range mids {
			switch o := a.group.out[mid]; {
			case o == nil:
				placed[mid] = 0
			case o.State == store.EntryAcknowledged:
				placed[mid] = o.Seq
			}
		}
		return placed, nil
	})
}

// listed is the entry as the person sees it in the outbox.
func (o *outgoing) listed(g *group) OutboxEntry {
	r := g.room(o.Room)
	e := OutboxEntry{
		Room: o.Room, Message: *o.view(g, r.state), Transmitted: o.Transmitted,
		MayEdit: o.mayEdit(), MayCancel: o.mayCancel(), MayRetry: o.mayRetry(),
	}
	if o.Room.Direct() {
		e.RoomName = r.makeShot(g).view.Name
	} else if r.state != nil {
		e.RoomName = r.state.Name
	} else if c := r.creating(); c != nil {
		e.RoomName = c.view(g, nil).Value
	} else {
		e.RoomName = g.called[o.Room]
	}
	return e
}

// mayEdit reports whether the text may be replaced: only as long as the server
// cannot hold the old one.
func (o *outgoing) mayEdit() bool {
	return (o.Kind == chat.KindMessage || o.Kind == chat.KindEdit) && o.State != store.EntryAcknowledged && (!o.Transmitted || o.State == store.EntryFailed) && !o.vain()
}

// mayRetry reports whether a second try, which the person has to ask for, may help.
func (o *outgoing) mayRetry() bool { return o.refused() && !o.vain() }

// vain reports whether the entry changes a message that is gone, or was sent and will never
// be seen: no second try helps.
func (o *outgoing) vain() bool {
	return o.State == store.EntryFailed && (o.Kind == chat.KindEdit && o.Code == chat.CodeMessageGone || o.Code == store.CodeUnkept || o.Code == store.CodeUnseen)
}

// mayCancel reports whether the entry may be dropped. One that is on its way
// cannot be taken back by forgetting it here.
func (o *outgoing) mayCancel() bool {
	return o.refused() || !o.Transmitted && o.State != store.EntryAcknowledged
}

// RetryAll implements Commands.
func (a *App) RetryAll(ctx context.Context) (int, error) {
	return ask(ctx, a, func() (int, error) {
		if a.group == nil {
			return 0, &Failed{Code: FailNoRoom, Detail: "no group is open"}
		}
		var mids []chat.MID
		for mid, o := range a.group.out {
			if o.mayRetry() {
				mids = append(mids, mid)
			}
		}
		var parts []ProfilePart
		for _, part := range a.group.lostParts() {
			if !a.group.showing[part].Lost.Wanted {
				parts = append(parts, part)
			}
		}
		return len(mids) + len(parts), errors.Join(a.retry(mids...), a.wantShowing(parts...))
	})
}

// retry queues entries that wait for a decision again.
func (a *App) retry(mids ...chat.MID) error {
	if len(mids) == 0 {
		return nil
	}
	if err := a.group.store.Retry(a.disk, mids...); err != nil {
		return storeFailed(err)
	}
	for _, mid := range mids {
		o := a.group.out[mid]
		o.State, o.Seq, o.Code, o.Message, o.row = store.EntryQueued, 0, "", "", nil
		o.retried()
		a.touchWaiting(o.Room)
	}
	return nil
}
