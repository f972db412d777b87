package app

import (
	"errors"
	"slices"

	"hearth/chat"
	"hearth/store"
)

// renameOutbox is the bug fault.NewMIDOnRetry: on a new connection everything
// that waits goes out under new ids, in the old order.
func (a *App) renameOutbox() {
	g := a.group
	for _, r := range g.rooms {
		for _, o := range slices.Clone(r.out) {
			if o.State != store.EntryQueued {
				continue
			}
			err := g.store.Discard(a.disk, o.MID)
			g.dropEntry(o.MID)
			entries, enqueued := g.store.Enqueue(a.disk, store.Submission{
				MID: chat.NewMID(), Room: o.Room, Kind: o.Kind, Body: o.Body, Created: o.Created,
			})
			if err = errors.Join(err, enqueued); err != nil {
				a.storeTrouble(err)
				return
			}
			g.addEntry(&entries[0])
		}
	}
}

// dropOutbox is the bug fault.SuspendedDropped: what waits is forgotten.
func (a *App) dropOutbox() {
	for mid := range a.group.out {
		if err := a.group.store.Discard(a.disk, mid); err != nil {
			a.storeTrouble(err)
			return
		}
		a.group.dropEntry(mid)
	}
}
