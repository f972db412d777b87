package app

import (
	"context"
	"errors"
	"io"
	"time"

	"hearth/chat"
	"hearth/store"
)

// What a person has begun and not sent (docs/adr/0031): in memory as it is, on disk
// within draftPatience. When it is sent it goes in the transaction that puts the message
// into the outbox, so that after a crash it is either still begun or on its way.

// draftPatience is how long a draft may be only in memory.
const draftPatience = time.Second

// SetDraft implements Commands.
func (a *App) SetDraft(room chat.RoomID, d chat.Draft) {
	a.do(func() {
		g := a.group
		if g == nil || g.rooms[room] == nil || g.rooms[room].draft.Equal(&d) {
			return
		}
		a.replaceDraft(g.rooms[room], d)
	})
}

// replaceDraft replaces what was begun in a room, and arranges for it to be written.
func (a *App) replaceDraft(r *room, d chat.Draft) {
	g := a.group
	dropped := len(r.draft.Contents()) > 0
	g.setDraft(r, d)
	g.drafts[r.id] = true
	g.touch(r)
	a.alarm.set(alarmDrafts, draftPatience, a.flushDrafts)
	if dropped {
		a.sweepSoon(g.stock)
	}
}

// setDraft replaces what was begun in a room, in memory. Its contents are held.
func (g *group) setDraft(r *room, d chat.Draft) {
	if g.stock != nil {
		g.stock.hold(d.Contents()...)
		g.stock.release(r.draft.Contents()...)
	}
	for _, h := range d.Contents() {
		if n := g.brought[h]; n > 0 { // the draft holds it from here on
			delete(g.brought, h)
			for range n {
				g.stock.release(h)
			}
		}
	}
	r.draft = d
}

// loadDraft reads what was begun in a room that the store did not know when the group
// was opened.
func (g *group) loadDraft(ctx context.Context, r *room) error {
	d, err := g.store.Draft(ctx, r.id)
	if err != nil || d.IsZero() {
		return err
	}
	g.setDraft(r, d)
	g.touch(r)
	return nil
}

// shortenDrafts takes what is sent from the drafts of its rooms.
func (g *group) shortenDrafts(batch []*submission) {
	rest := map[chat.RoomID]*chat.Draft{}
	for _, s := range batch {
		if s.sent == nil {
			continue
		}
		now := rest[s.Room]
		if now == nil {
			now = &g.room(s.Room).draft
		}
		left := now.Without(s.sent)
		if s.sent == &wholeDraft {
			left = chat.Draft{}
		}
		if e := s.sent.Edit; now.Edit.Seq == e.Seq && now.Edit.MID == e.MID {
			left.Edit = chat.DraftEdit{}
		}
		rest[s.Room], s.Draft = &left, &left
	}
}

// withoutEdit is a draft in which a message is not being changed any more, as it has its
// new text; nil if it was another one, or none.
func withoutEdit(d chat.Draft, e chat.DraftEdit) *chat.Draft {
	if e.Seq == 0 && e.MID.IsZero() || d.Edit.Seq != e.Seq || d.Edit.MID != e.MID {
		return nil
	}
	d.Edit = chat.DraftEdit{}
	return &d
}

// flushDrafts writes what is only in memory.
func (a *App) flushDrafts() {
	g := a.group
	if g == nil {
		return
	}
	for id := range g.drafts {
		if !a.wrote(g.store.SetDraft(a.disk, id, g.room(id).draft), alarmDrafts, a.flushDrafts) {
			return
		}
		delete(g.drafts, id)
	}
}

// wrote is storeResult for what is in memory until it is on the disk, all of it: if that
// is full, flush is called again later, and the connection is not given up each time.
func (a *App) wrote(err error, name alarmName, flush func()) bool {
	g := a.group
	if errors.Is(err, store.ErrNoSpace) {
		if !g.full {
			a.storeTrouble(err)
		}
		g.full = true
		a.alarm.set(name, diskRetry, flush)
		return false
	}
	g.full = false
	a.storeResult(err)
	return true
}

// sent is what of the room's draft goes with a message.
func (m *Outgoing) sent() *chat.Draft {
	switch {
	case m.Forward != nil:
		return nil
	case m.Draft == nil:
		return &wholeDraft
	}
	return m.Draft
}

// wholeDraft says that a message is all that was begun.
var wholeDraft chat.Draft

// KeepContent implements Commands.
func (a *App) KeepContent(ctx context.Context, content io.Reader) (chat.Hash, error) {
	if err := a.writable(); err != nil {
		return chat.Hash{}, err
	}
	s := a.shot.Load()
	if s.stock == nil {
		return chat.Hash{}, &Failed{Code: FailNoRoom, Detail: "no group is open"}
	}
	src := &source{ctx: ctx, r: content, most: int64(s.base.Group.Limits.FileMiB) << 20}
	h, _, err := s.stock.put(src)
	if err != nil {
		return chat.Hash{}, src.failed(err, "")
	}
	// Whoever has given up meanwhile will never name it: it is held for nobody.
	err = tell(context.WithoutCancel(ctx), a, func() error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case a.group == nil || a.group.stock != s.stock:
			return &Failed{Code: FailNoRoom, Detail: "the group was closed"}
		}
		a.group.brought[h]++
		return nil
	})
	if err != nil {
		s.stock.release(h)
		a.do(func() { a.sweepSoon(s.stock) })
		return chat.Hash{}, err
	}
	return h, nil
}
