package app

import (
	"slices"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/store"
)

// What the server has acknowledged and not shown us yet is drawn as sent and never
// sent again. If the server then loses it, as when an older copy of its files is put
// in place, and does not say so by a new epoch, nothing in its log differs from what
// is stored here: the log is only as short as ours. So each connection asks.

// unseen lists what was acknowledged and has not come.
func (g *group) unseen() (mids []chat.MID) {
	for mid, o := range g.out {
		if o.State == store.EntryAcknowledged {
			mids = append(mids, mid)
		}
	}
	return mids
}

// askUnseen asks what became of what was acknowledged on an earlier connection, once
// everything that the server has is here: the events should be as well.
func (a *App) askUnseen() {
	g := a.group
	asks := map[chat.RoomID][]chat.MID{}
	for _, mid := range g.net.doubtful {
		if o := g.out[mid]; o != nil && o.State == store.EntryAcknowledged {
			asks[o.Room] = append(asks[o.Room], mid)
		}
	}
	g.net.doubtful = nil
	for room, mids := range asks {
		for part := range slices.Chunk(mids, wire.MaxMIDs) {
			name := alarmOf(alarmUnseen, g.room(room)) + alarmName(part[0].String())
			request := func() wire.Request { return &wire.SendStatus{Room: room, MIDs: part} }
			a.insist(name, request, func(reply wire.Reply) {
				if f, ok := reply.(*wire.SendState); ok {
					a.unseenAnswered(room, part, f)
				}
			}, func(error) {}) // the next connection asks again
		}
	}
}

// unseenAnswered offers again what the server does not know any more, under the old
// ids. What it does know lies in a part of the log that is not here, or in a room that
// we may not read.
func (a *App) unseenAnswered(room chat.RoomID, asked []chat.MID, f *wire.SendState) {
	g := a.group
	known := map[chat.MID]chat.Seq{}
	for _, item := range f.Items {
		known[item.MID] = item.Seq
	}
	r := g.room(room)
	var lost []chat.MID
	for _, mid := range asked {
		o := g.out[mid]
		switch seq := known[mid]; {
		case o == nil || o.State != store.EntryAcknowledged:
		case seq == 0:
			lost = append(lost, mid)
		case seq <= r.c.Cursor.Seq:
			stands, err := a.standsElse(r, seq, mid)
			if err != nil {
				a.storeTrouble(err)
				return
			}
			if stands {
				lost = append(lost, mid)
				continue
			}
			o.Seq = seq
			g.acked = append(g.acked, mid)
		}
	}
	a.flushAcks()
	if len(lost) == 0 {
		return
	}
	if err := g.store.Doubt(a.disk, lost...); err != nil {
		a.storeTrouble(err)
		return
	}
	a.reloadOutbox()
	a.log.Warn("the server has lost what it had acknowledged", "room", room, "offered", len(lost))
	a.notice(Notice{Kind: NoticeLost, Room: room, Count: len(lost)})
}

// standsElse reports whether another event stands at a place of the log here.
func (a *App) standsElse(r *room, seq chat.Seq, mid chat.MID) (bool, error) {
	near, err := a.group.store.Messages(a.disk, r.id, store.Query{Place: store.Around, Seq: seq, Limit: 1})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(near.Events, func(e chat.Event) bool { return e.Seq == seq && e.MID != mid }), nil
}
