package app

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/store"
)

// Read positions: what this device has read is on its disk at once, the server
// merges it with what the account's other devices have, and tells them. Nothing here
// ever waits for the server.

// readPatience gathers read markers that are raised line by line.
const readPatience = 50 * time.Millisecond

// settingPrivacy is where it stands what the account keeps to itself, JSON, as the
// server said last.
const settingPrivacy = "privacy"

// ownMarks is what a server keeps of our read positions. Owned by the loop.
type ownMarks struct {
	told     bool                        // the server has told all it has
	theirs   map[chat.RoomID]chat.Marker // what it has, as far as we know
	unmerged map[chat.RoomID]bool        // of theirs, what our store does not have yet
	refused  map[chat.RoomID]chat.Seq    // it does not want them, of a membership that began there
	asking   bool                        // one is on its way
}

func newOwnMarks() ownMarks {
	return ownMarks{theirs: map[chat.RoomID]chat.Marker{}, unmerged: map[chat.RoomID]bool{}, refused: map[chat.RoomID]chat.Seq{}}
}

// has reports whether the connected server has a feature.
func (c *connection) has(feature string) bool {
	if c == nil || c.session == nil {
		return false
	}
	greeting := c.session.Greeting()
	return greeting.Has(feature)
}

// SetRead implements Commands.
func (a *App) SetRead(room chat.RoomID, seq chat.Seq) {
	a.do(func() {
		g := a.group
		if g == nil || g.fresh || g.rooms[room] == nil || !g.rooms[room].reads(seq) {
			return
		}
		g.reads[room] = max(g.reads[room], min(seq, g.rooms[room].c.Cursor.Seq))
		a.alarm.set(alarmReads, readPatience, a.flushReads)
	})
}

// reads reports whether it is news that the person has seen everything up to seq.
func (r *room) reads(seq chat.Seq) bool {
	m := r.c.Marker()
	return m.Advance(seq) != m || fault.Bug(fault.ReadMarkerDecreases)
}

// flushReads writes read markers that were raised.
func (a *App) flushReads() {
	g := a.group
	if g == nil {
		return
	}
	for id, seq := range g.reads {
		if r := g.rooms[id]; r == nil || !r.reads(seq) {
			delete(g.reads, id)
		}
	}
	if len(g.reads) > 0 { // after a first sync, of all rooms
		all, err := g.store.SetReads(a.disk, g.reads)
		if a.wrote(err, alarmReads, a.flushReads) {
			clear(g.reads)
		}
		for i := range all {
			a.marked(g.rooms[all[i].Room], &all[i])
		}
	}
	a.offerReads()
}

// marked takes over a room's marker from the store.
func (a *App) marked(r *room, c *store.Counters) {
	floor := r.c.Floor()
	r.c.Read, r.c.Mark, r.c.MarkRev, r.c.Unread, r.c.Mentions = c.Read, c.Mark, c.MarkRev, c.Unread, c.Mentions
	a.group.touch(r)
	if r.c.Floor() < floor {
		a.group.doubtKeywords(r)
	}
}

// brought reports whether the person may have come into a room through somebody else:
// it is neither their own, nor everybody's, nor a conversation of a few.
func brought(state *chat.Room, me chat.AccountID) bool {
	return state != nil && state.Access != chat.AccessDirect && !state.Creator.IsZero() && state.Creator != me
}

// history is up to where what is in a room when the person comes in counts as read. Where
// somebody has added them their own join is left, and with it the room is new, until they
// open it on any of their devices.
func history(joined chat.Seq, added bool) chat.Seq {
	if added && joined > 0 {
		return joined - 1
	}
	return joined
}

// added reports whether somebody has added the person, who has not opened the room since.
func (r *room) added(g *group) bool {
	return brought(r.state, g.me()) && max(r.c.Read, g.reads[r.id]) < r.state.Members[g.me()].Joined
}

// MarkUnread implements Commands.
func (a *App) MarkUnread(ctx context.Context, room chat.RoomID, seq chat.Seq) error {
	if err := a.writable(); err != nil {
		return err
	}
	return tell(ctx, a, func() error {
		g := a.group
		if g == nil || g.rooms[room] == nil || g.rooms[room].c.Cursor.Seq == 0 {
			return &Failed{Code: FailNoRoom}
		}
		a.flushReads() // what was read before must not take the mark away
		c, err := g.store.MarkUnread(a.disk, room, min(seq, g.rooms[room].c.Cursor.Seq))
		if err != nil {
			return storeFailed(err)
		}
		a.marked(g.rooms[room], &c)
		a.offerReads()
		return nil
	})
}

// readAt takes over what the server says of our positions.
func (a *App) readAt(f *wire.ReadAt) {
	c := a.group.net
	limit := int(a.group.limits.RoomsPerAccount) * 4 // rooms that were left count as well
	for i := range f.Markers {
		m := &f.Markers[i]
		if _, known := c.marks.theirs[m.Room]; !known && len(c.marks.theirs) >= limit {
			continue
		}
		c.marks.theirs[m.Room] = c.marks.theirs[m.Room].Merge(m.Marker())
		c.marks.unmerged[m.Room] = true
	}
	c.marks.told = c.marks.told || !f.More
	a.mergeMarks()
	a.offerReads()
}

// mergeMarks takes into the store what the account's other devices have read, of the
// rooms that are here.
func (a *App) mergeMarks() {
	g := a.group
	if g == nil || g.net == nil {
		return
	}
	marks := &g.net.marks
	fresh := map[chat.RoomID]chat.Marker{}
	for id := range marks.unmerged {
		r := g.rooms[id]
		if r == nil || r.c.Cursor.Seq == 0 {
			continue
		}
		delete(marks.unmerged, id)
		if m := r.c.Marker(); !m.Covers(marks.theirs[id]) {
			fresh[id] = marks.theirs[id]
		}
	}
	if len(fresh) == 0 {
		return
	}
	all, err := g.store.MergeMarkers(a.disk, fresh)
	if err != nil {
		a.storeResult(err)
		return
	}
	for i := range all {
		a.marked(g.rooms[all[i].Room], &all[i])
	}
}

// offerReads tells the server, one after the other, what it does not have.
func (a *App) offerReads() {
	g := a.group
	if g == nil || g.net == nil {
		return
	}
	c := g.net
	if !c.live || !c.marks.told || c.marks.asking || !c.has(wire.FeatureMarkers) {
		return
	}
	for _, r := range g.rooms {
		m := r.c.Marker()
		m.Read = min(m.Read, r.c.Cursor.Seq)
		if !r.synced(g.me()) || c.marks.theirs[r.id].Covers(m) {
			continue
		}
		if since, refused := c.marks.refused[r.id]; refused && since == r.state.Members[g.me()].Joined {
			continue
		}
		a.offerRead(c, r, m)
		return
	}
}

func (a *App) offerRead(c *connection, r *room, m chat.Marker) {
	c.marks.asking = true
	since := r.state.Members[a.group.me()].Joined
	request := func() wire.Request { return &wire.Read{Room: r.id, Seq: m.Read, Mark: m.Mark, Rev: m.Rev} }
	a.persist(alarmOf(alarmMarks, r), request, func(wire.Reply) {
		c.marks.asking = false
		c.marks.theirs[r.id] = c.marks.theirs[r.id].Merge(m)
		a.offerReads()
	}, func(error) {
		c.marks.asking = false
		c.marks.refused[r.id] = since
		a.offerReads()
	})
}

// firstSync decides, after the first sync of this device, what counts as read: what
// another device has read, and in rooms that none has, what was said before the person
// came in, as it is history. A server that keeps no positions does not know what others
// have read; then it is everything.
func (a *App) firstSync() {
	g := a.group
	a.mergeMarks()
	for _, r := range g.rooms {
		g.touch(r) // what is unread of it shows from now on
		if r.c.Cursor.Seq == 0 || g.net.marks.theirs[r.id].Read > 0 {
			continue
		}
		read := r.c.Cursor.Seq
		if r.state != nil && r.joined(g.me()) && g.net.has(wire.FeatureMarkers) {
			read = min(read, history(r.state.Members[g.me()].Joined, brought(r.state, g.me())))
		}
		g.reads[r.id] = max(g.reads[r.id], read)
	}
	g.fresh, a.viewNew = false, true
	a.flushReads()
}

// Privacy is what the person keeps from others, on all devices.
type Privacy struct {
	HidePresence bool `json:"hide_presence,omitzero"` // whether and when one was here
	HideReadings bool `json:"hide_readings,omitzero"` // how far one has read
	HideTyping   bool `json:"hide_typing,omitzero"`   // that one is writing
}

// SetPrivacy implements Commands.
func (a *App) SetPrivacy(ctx context.Context, p Privacy) error {
	offered, err := ask(ctx, a, func() (bool, error) {
		return a.group != nil && a.group.net.has(wire.FeaturePrivacy), nil
	})
	if err != nil {
		return err
	}
	if !offered {
		return &Failed{Code: FailOffline}
	}
	if _, err := query[*wire.OK](ctx, a, &wire.PrivacySet{Privacy: wire.Privacy(p)}); err != nil {
		return err
	}
	return tell(ctx, a, func() error {
		a.keepPrivacy(p)
		return nil
	})
}

// keepPrivacy takes over what the account keeps to itself.
func (a *App) keepPrivacy(p Privacy) {
	g := a.group
	if g == nil || g.net == nil || g.net.session == nil {
		return
	}
	epoch := g.net.session.Greeting().Epoch
	if g.privacy == p && g.privacyEpoch == epoch {
		return
	}
	g.privacy, g.privacyEpoch = p, epoch
	a.viewNew = true
	a.storeResult(g.setJSON(a.disk, settingPrivacy, privacyRecord{Privacy: p, Epoch: epoch}))
}

// loadPrivacy reads what the server said last. What cannot be read is nothing.
func (g *group) loadPrivacy(ctx context.Context) error {
	var kept privacyRecord
	data, err := g.store.Setting(ctx, settingPrivacy)
	if err == nil && json.Unmarshal(data, &kept) != nil {
		kept = privacyRecord{}
	}
	if err == nil && kept.Epoch.IsZero() {
		kept.Epoch = g.epoch // an older program has not noted it
	}
	g.privacy, g.privacyEpoch = kept.Privacy, kept.Epoch
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return err
}
