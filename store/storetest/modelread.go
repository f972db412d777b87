package storetest

import (
	"bytes"
	"context"
	"slices"

	"hearth/chat"
	"hearth/store"
)

// Rooms implements Store.
func (m *Model) Rooms(ctx context.Context) (rooms []store.Room, err error) {
	for id := range m.rooms {
		r, err := m.Room(ctx, id)
		if err != nil {
			return nil, err
		}
		rooms = append(rooms, r)
	}
	return rooms, nil
}

// Room implements Store.
func (m *Model) Room(_ context.Context, id chat.RoomID) (store.Room, error) {
	r := m.rooms[id]
	if r == nil {
		return store.Room{}, store.ErrNotFound
	}
	room := store.Room{ID: id, Counters: r.counters(m), Draft: m.drafts[id], Gaps: slices.Clone(r.gaps)}
	if r.state != nil {
		room.State = r.state.Clone()
	}
	if room.LastMessage > 0 {
		e := *r.slots[room.LastMessage-1].event
		room.Last = &e
	}
	return room, nil
}

// Messages implements Store.
func (m *Model) Messages(_ context.Context, id chat.RoomID, q store.Query) (store.Window, error) {
	r := m.rooms[id]
	if r == nil {
		return store.Window{}, nil
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	all := r.events()
	at := func(seq chat.Seq) int { // index of the first event not below seq
		i, _ := slices.BinarySearchFunc(all, seq, func(e chat.Event, s chat.Seq) int { return int(int64(e.Seq) - int64(s)) })
		return i
	}
	from, to := 0, len(all)
	switch q.Place {
	case store.Newest:
		from = max(0, to-q.Limit)
	case store.Before:
		to = at(q.Seq)
		from = max(0, to-q.Limit)
	case store.After:
		from = at(q.Seq + 1)
		to = min(to, from+q.Limit)
	case store.Around:
		middle := at(q.Seq)
		to = min(to, middle+q.Limit-q.Limit/2)
		from = max(0, to-q.Limit)
		from = min(from, middle)
	}
	w := store.Window{Events: slices.Clone(all[from:to]), MoreBefore: from > 0, MoreAfter: to < len(all)}
	for _, e := range w.Events {
		w.Chains = append(w.Chains, r.slots[e.Seq-1].chain)
	}
	for _, g := range r.gaps {
		before := w.MoreBefore && len(w.Events) > 0 && g.To+1 < w.Events[0].Seq
		behind := w.MoreAfter && len(w.Events) > 0 && g.From > w.Events[len(w.Events)-1].Seq+1
		if !before && !behind {
			w.Gaps = append(w.Gaps, g)
		}
	}
	return w, nil
}

// Event implements Store.
func (m *Model) Event(_ context.Context, room chat.RoomID, seq chat.Seq) (chat.Event, error) {
	r := m.rooms[room]
	if r == nil || seq < 1 || seq > r.cursor().Seq || r.slots[seq-1].event == nil {
		return chat.Event{}, store.ErrNotFound
	}
	return *r.slots[seq-1].event, nil
}

// ChainAt implements Store.
func (m *Model) ChainAt(_ context.Context, room chat.RoomID, seq chat.Seq) (chat.Hash, error) {
	if seq == 0 {
		return chat.Hash{}, nil
	}
	r := m.rooms[room]
	if r == nil || seq > r.cursor().Seq || r.slots[seq-1].chain.IsZero() {
		return chat.Hash{}, store.ErrNotFound
	}
	return r.slots[seq-1].chain, nil
}

// Places implements Store.
func (m *Model) Places(ctx context.Context, room chat.RoomID, seqs []chat.Seq) (places []chat.Head, err error) {
	for _, seq := range seqs {
		if r := m.rooms[room]; r == nil {
			seq = 0
		} else {
			seq = min(seq, r.cursor().Seq)
		}
		for {
			chain, err := m.ChainAt(ctx, room, seq)
			if err == nil {
				places = append(places, chat.Head{Seq: seq, Chain: chain})
				break
			}
			seq--
		}
	}
	return places, nil
}

// Enqueue implements Store.
func (m *Model) Enqueue(_ context.Context, subs ...store.Submission) ([]store.Entry, error) {
	for _, sub := range subs {
		if sub.MID.IsZero() || sub.Room.IsZero() || sub.Kind == "" {
			return nil, store.ErrInvalid
		}
	}
	if len(m.outbox)+len(subs) > m.limit {
		return nil, store.ErrOutboxFull
	}
	var added []store.Entry
	for i, sub := range subs {
		again := slices.ContainsFunc(subs[:i], func(s store.Submission) bool { return s.MID == sub.MID })
		if again || m.find(sub.MID) != nil {
			return nil, store.ErrDuplicateMID
		}
	}
	for _, sub := range subs {
		m.orders++
		e := store.Entry{
			MID: sub.MID, Room: sub.Room, Kind: sub.Kind, Body: bytes.Clone(sub.Body), Order: m.orders,
			Created: sub.Created, State: store.EntryQueued,
		}
		if sub.Held {
			e.State, e.Transmitted, e.Code = store.EntryHeld, true, sub.Because
		} else if sub.Transmitted {
			e.Transmitted, e.DSeq = true, sub.DSeq
		}
		if sub.Draft != nil {
			m.setDraft(sub.Room, *sub.Draft)
		}
		added = append(added, e)
	}
	m.outbox = append(m.outbox, added...)
	return added, nil
}

func (m *Model) find(mid chat.MID) *store.Entry {
	for i := range m.outbox {
		if m.outbox[i].MID == mid {
			return &m.outbox[i]
		}
	}
	return nil
}

// Outbox implements Store.
func (m *Model) Outbox(context.Context) ([]store.Entry, error) { return slices.Clone(m.outbox), nil }

// MarkTransmitted implements Store.
func (m *Model) MarkTransmitted(_ context.Context, ts ...store.Transmission) error {
	for _, t := range ts {
		if e := m.find(t.MID); e != nil {
			if t.Body != nil && !e.Transmitted {
				e.Body = slices.Clone(t.Body)
			}
			e.Transmitted, e.DSeq = true, t.DSeq
		}
	}
	return nil
}

// Acknowledge implements Store.
func (m *Model) Acknowledge(ctx context.Context, acks ...store.Ack) (done store.Acknowledged, err error) {
	for _, a := range acks {
		e := m.find(a.MID)
		if e == nil {
			continue
		}
		r := m.rooms[e.Room]
		if r != nil {
			r.next = max(r.next, e.DSeq+1)
		}
		gap := r.gapAt(a.Seq)
		switch {
		case r == nil || r.cursor().Seq < a.Seq || gap != nil && gap.Hole:
			e.State, e.Seq, e.Code, e.Message = store.EntryAcknowledged, a.Seq, "", ""
		case gap != nil && e.Kind == chat.KindMessage:
			keepWords(e, a.Seq, gap.Reason)
			done.Unkept = append(done.Unkept, a.MID)
		default:
			_ = m.Discard(ctx, a.MID)
			done.Resolved = append(done.Resolved, a.MID)
		}
	}
	return done, nil
}

// gapAt returns the gap over a place; nil if there is none.
func (r *modelRoom) gapAt(seq chat.Seq) *store.Gap {
	if r == nil {
		return nil
	}
	for i := range r.gaps {
		if g := &r.gaps[i]; g.From <= seq && seq <= g.To {
			return g
		}
	}
	return nil
}

// keepWords is what becomes of a message whose author will never see it in the log.
func keepWords(e *store.Entry, at chat.Seq, reason string) {
	e.State, e.Seq, e.Code, e.Message = store.EntryFailed, at, store.CodeUnseen, ""
	if reason == "purged" {
		e.Code = store.CodeUnkept
	}
}

// Fail implements Store.
func (m *Model) Fail(_ context.Context, mid chat.MID, code chat.Code, message string) error {
	if e := m.find(mid); e != nil && e.State != store.EntryAcknowledged {
		e.State, e.Seq, e.Code, e.Message = store.EntryFailed, 0, code, message
	}
	return nil
}

// Hold implements Store.
func (m *Model) Hold(_ context.Context, mids ...chat.MID) error {
	for _, mid := range mids {
		if e := m.find(mid); e != nil && e.State == store.EntryQueued {
			e.State, e.Code = store.EntryHeld, store.CodeAway
		}
	}
	return nil
}

// Doubt implements Store.
func (m *Model) Doubt(_ context.Context, mids ...chat.MID) error {
	m.doubt(func(e *store.Entry) bool { return e.State == store.EntryAcknowledged && slices.Contains(mids, e.MID) })
	return nil
}

// Retry implements Store.
func (m *Model) Retry(_ context.Context, mids ...chat.MID) error {
	for _, mid := range mids {
		if e := m.find(mid); e != nil && (e.State == store.EntryFailed || e.State == store.EntryHeld) {
			e.State, e.Seq, e.Code, e.Message = store.EntryQueued, 0, "", ""
		}
	}
	return nil
}

// Discard implements Store.
func (m *Model) Discard(_ context.Context, mids ...chat.MID) error {
	m.outbox = slices.DeleteFunc(m.outbox, func(e store.Entry) bool { return slices.Contains(mids, e.MID) })
	return nil
}

// Edit implements Store.
func (m *Model) Edit(_ context.Context, mid, replacement chat.MID, kind chat.Kind, body []byte, draft *chat.Draft) (store.Entry, error) {
	e := m.find(mid)
	switch {
	case e == nil:
		return store.Entry{}, store.ErrNotFound
	case e.State == store.EntryAcknowledged || e.Transmitted && e.State != store.EntryFailed:
		return store.Entry{}, store.ErrTransmitted
	case replacement.IsZero() || m.find(replacement) != nil:
		return store.Entry{}, store.ErrDuplicateMID
	}
	*e = store.Entry{
		MID: replacement, Room: e.Room, Kind: kind, Body: bytes.Clone(body), Order: e.Order,
		Created: e.Created, State: store.EntryQueued,
	}
	if draft != nil {
		m.setDraft(e.Room, *draft)
	}
	return *e, nil
}

// Info implements Store.
func (m *Model) Info(context.Context) (store.Info, error) { return m.info, nil }

// SetInfo implements Store.
func (m *Model) SetInfo(_ context.Context, info store.Info) error {
	m.info = info
	return nil
}

// Epoch implements Store.
func (m *Model) Epoch(context.Context) (chat.Epoch, error) { return m.epoch, nil }

// SetEpoch implements Store.
func (m *Model) SetEpoch(_ context.Context, epoch chat.Epoch) error {
	if !m.epoch.IsZero() && epoch != m.epoch {
		m.doubt(func(e *store.Entry) bool { return e.State == store.EntryAcknowledged })
	}
	m.epoch = epoch
	return nil
}

func (m *Model) change(room chat.RoomID, fn func(r *modelRoom)) error {
	r := m.rooms[room]
	if r == nil {
		return store.ErrNotFound
	}
	fn(r)
	return nil
}

// SetRead implements Store.
func (m *Model) SetRead(_ context.Context, room chat.RoomID, seq chat.Seq) (c store.Counters, err error) {
	err = m.change(room, func(r *modelRoom) {
		r.marker = r.marker.Advance(seq)
		c = r.counters(m)
	})
	return c, err
}

// MarkUnread implements Store.
func (m *Model) MarkUnread(_ context.Context, room chat.RoomID, seq chat.Seq) (c store.Counters, err error) {
	err = m.change(room, func(r *modelRoom) {
		r.marker = r.marker.MarkUnread(seq)
		c = r.counters(m)
	})
	return c, err
}

// MergeMarkers implements Store.
func (m *Model) MergeMarkers(_ context.Context, markers map[chat.RoomID]chat.Marker) (all []store.Counters, _ error) {
	for id, theirs := range markers {
		if r := m.rooms[id]; r != nil {
			r.marker = r.marker.Merge(theirs)
			all = append(all, r.counters(m))
		}
	}
	return all, nil
}

// SetIgnored implements Store.
func (m *Model) SetIgnored(_ context.Context, accounts []chat.AccountID) (changed []store.Counters, _ error) {
	before := map[chat.RoomID]store.Counters{}
	for id, r := range m.rooms {
		before[id] = r.counters(m)
	}
	m.ignored = slices.Clone(accounts)
	for id, r := range m.rooms {
		if c := r.counters(m); c != before[id] {
			changed = append(changed, c)
		}
	}
	return changed, nil
}

// SetNotified implements Store.
func (m *Model) SetNotified(_ context.Context, room chat.RoomID, seq chat.Seq) error {
	return m.change(room, func(r *modelRoom) { r.notified = max(r.notified, seq) })
}

// SetNextDSeq implements Store.
func (m *Model) SetNextDSeq(_ context.Context, room chat.RoomID, next uint64) error {
	return m.change(room, func(r *modelRoom) { r.next = max(next, 1) })
}

// SetGone implements Store.
func (m *Model) SetGone(_ context.Context, room chat.RoomID, gone bool) error {
	return m.change(room, func(r *modelRoom) { r.gone = gone })
}

// Draft implements Store.
func (m *Model) Draft(_ context.Context, room chat.RoomID) (chat.Draft, error) {
	return m.drafts[room], nil
}

// SetDraft implements Store.
func (m *Model) SetDraft(_ context.Context, room chat.RoomID, d chat.Draft) error {
	m.setDraft(room, d)
	return nil
}

func (m *Model) setDraft(room chat.RoomID, d chat.Draft) {
	if delete(m.drafts, room); !d.IsZero() {
		m.drafts[room] = d
	}
}

// Setting implements Store.
func (m *Model) Setting(_ context.Context, key string) ([]byte, error) {
	value, ok := m.settings[key]
	if !ok {
		return nil, store.ErrNotFound
	}
	return bytes.Clone(value), nil
}

// SetSetting implements Store.
func (m *Model) SetSetting(_ context.Context, key string, value []byte) error {
	if delete(m.settings, key); value != nil {
		m.settings[key] = bytes.Clone(value)
	}
	return nil
}
