package app

import (
	"context"
	"slices"

	"hearth/chat"
	"hearth/store"
)

// What the person has sent may lie in a hole: its answer was lost, and the device was far
// behind when it came back. The server has it, and its place is known, but of the log here
// it is no part before the hole is loaded. Until then it stays in the outbox, counts as
// sent, and is shown at its place.

// lodged reports whether an entry is on the server, in a part of the log that is not here.
func (r *room) lodged(o *outgoing) bool {
	return o.State == store.EntryAcknowledged && slices.ContainsFunc(r.gaps, func(g store.Gap) bool {
		return g.Hole && g.From <= o.Seq && o.Seq <= g.To
	})
}

// lodgedEvents are the rows among what is lodged, in the order of the log.
func (r *room) lodgedEvents(g *group) (events []chat.Event) {
	for _, o := range r.out {
		if !o.Kind.Changes() && r.lodged(o) {
			events = append(events, o.Event(g.owner))
		}
	}
	slices.SortFunc(events, func(x, y chat.Event) int { return int(x.Seq) - int(y.Seq) }) //nolint:gosec // sequences are below 2^53
	return events
}

// settled takes note that the server has an entry: one that lies in a hole leaves the end
// of the conversation for its place there.
func (a *App) settled(r *room, o *outgoing) {
	o.row = nil
	a.group.touch(r)
	a.changes.addRoom(r.id, RoomChange{Waiting: true, Reload: r.lodged(o), Changed: o.Kind.Changes()})
}

// about is store.About, with what is lodged at those places.
func (s *snapshot) about(ctx context.Context, r *roomShot, seqs ...chat.Seq) (events map[chat.Seq]chat.Event, changes map[chat.Seq][]chat.Event, err error) {
	events, changes, err = s.store.About(ctx, r.view.ID, seqs...)
	if err != nil {
		return nil, nil, err
	}
	for i := range r.lodged {
		e := &r.lodged[i]
		if _, here := events[e.Seq]; !here && slices.Contains(seqs, e.Seq) {
			events[e.Seq] = *e
		}
	}
	return events, changes, nil
}

// lodge puts what is lodged in the holes of a page among its rows, and parts the holes
// there. A row in a hole belongs to what stands behind it, as the hole does, so that of two
// pages that meet only one has it.
func (a *App) lodge(ctx context.Context, s *snapshot, r *roomShot, page *Page, w Window) error {
	newest := chat.Seq(0)
	if n := len(page.Messages); n > 0 {
		newest = page.Messages[n-1].Seq
	}
	var here []chat.Event
	var seqs []chat.Seq
	for i := range r.lodged {
		e := &r.lodged[i]
		missing := slices.ContainsFunc(page.Gaps, func(g Gap) bool { return g.Missing && g.From <= e.Seq && e.Seq <= g.To })
		asked := e.Seq > w.After && (w.Before == 0 || e.Seq < w.Before)
		if missing && asked && (!page.Newer || e.Seq < newest || w.Before > 0) {
			here, seqs = append(here, *e), append(seqs, e.Seq)
		}
	}
	if len(here) == 0 {
		return nil
	}
	_, changes, err := s.store.About(ctx, r.view.ID, seqs...)
	if err != nil {
		return a.readFailed(err)
	}
	m := s.maker(r, nil, changes)
	if w.Log {
		m.own = nil
	}
	for i := range here {
		row := m.row(&here[i], 0)
		row.Unloaded = true
		at := slices.IndexFunc(page.Messages, func(x MessageView) bool { return x.Seq > row.Seq })
		if at < 0 {
			at = len(page.Messages)
		}
		page.Messages = slices.Insert(page.Messages, at, row)
		page.Gaps = partGaps(page.Gaps, row.Seq)
	}
	return nil
}

// partGaps takes a place out of the hole that it lies in.
func partGaps(gaps []Gap, seq chat.Seq) []Gap {
	parted := make([]Gap, 0, len(gaps)+1)
	for _, g := range gaps {
		if !g.Missing || seq < g.From || g.To < seq {
			parted = append(parted, g)
			continue
		}
		older, newer := g, g
		older.To, newer.From = seq-1, seq+1
		for _, part := range []Gap{older, newer} {
			if part.From <= part.To {
				parted = append(parted, part)
			}
		}
	}
	return parted
}
