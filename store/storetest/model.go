package storetest

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"hearth/chat"
	"hearth/store"
)

// Model is the store as a few slices and maps: everything that can be computed
// is computed when asked. It is not safe for use by several goroutines.
type Model struct {
	owner store.Owner
	limit int

	rooms    map[chat.RoomID]*modelRoom
	drafts   map[chat.RoomID]chat.Draft
	outbox   []store.Entry
	orders   uint64
	info     store.Info
	epoch    chat.Epoch
	settings map[string][]byte
	ignored  []chat.AccountID
}

type modelRoom struct {
	id       chat.RoomID
	slots    []slot // slots[i] stands for sequence i + 1
	gaps     []store.Gap
	marker   chat.Marker
	notified chat.Seq
	next     uint64
	gone     bool
	strays   []chat.Event
	state    *chat.Room
}

// slot is one sequence: an event or, if nil, part of a void.
type slot struct {
	event *chat.Event
	chain chat.Hash // zero inside a void, but not at its end
}

// NewModel returns an empty model.
func NewModel(owner store.Owner, limit int) *Model {
	return &Model{
		owner: owner, limit: limit, rooms: map[chat.RoomID]*modelRoom{}, drafts: map[chat.RoomID]chat.Draft{},
		settings: map[string][]byte{},
	}
}

func (r *modelRoom) clone() *modelRoom {
	c := *r
	c.slots, c.gaps, c.strays = slices.Clone(r.slots), slices.Clone(r.gaps), slices.Clone(r.strays)
	return &c
}

func (r *modelRoom) cursor() chat.Head {
	if len(r.slots) == 0 {
		return chat.Head{}
	}
	return chat.Head{Seq: chat.Seq(len(r.slots)), Chain: r.slots[len(r.slots)-1].chain}
}

func (r *modelRoom) events() (events []chat.Event) {
	for _, s := range r.slots {
		if s.event != nil {
			events = append(events, *s.event)
		}
	}
	return events
}

func (r *modelRoom) counters(m *Model) store.Counters {
	c := store.Counters{
		Room: r.id, Cursor: r.cursor(), Read: r.marker.Read, Mark: r.marker.Mark, MarkRev: r.marker.Rev, Notified: r.notified, NextDSeq: r.next, Gone: r.gone, Strays: len(r.strays),
	}
	events := r.events()
	c.Unread = store.Unread(events, r.marker.Floor(), m.owner.Account, m.ignored...)
	for _, e := range events {
		if c.First == 0 {
			c.First, c.Activity = e.Seq, e.Time
		}
		switch ignored := slices.Contains(m.ignored, e.Author); {
		case e.Kind != chat.KindMessage || e.Erased:
		case !ignored:
			c.LastMessage, c.Unheeded, c.Activity = e.Seq, 0, e.Time
		case c.LastMessage == 0:
			c.Unheeded = e.Seq
		}
	}
	return c
}

// Apply implements Store.
func (m *Model) Apply(_ context.Context, u store.Update) (store.Applied, error) {
	work := map[chat.RoomID]*modelRoom{}
	outbox := slices.Clone(m.outbox)
	var done store.Applied
	var order []chat.RoomID
	for _, ru := range u.Rooms {
		if ru.Room.IsZero() || ru.Void != nil && len(ru.Events) > 0 {
			return store.Applied{}, store.ErrInvalid
		}
	}
	for _, ru := range u.Rooms {
		r := work[ru.Room]
		if r == nil {
			if r = m.rooms[ru.Room]; r != nil {
				r = r.clone()
			} else {
				r = &modelRoom{id: ru.Room, next: 1}
			}
			work[ru.Room] = r
			order = append(order, ru.Room)
		}
		if err := m.applyRoom(r, ru, &done, &outbox); err != nil {
			return store.Applied{}, err
		}
	}
	m.outbox = outbox
	for _, id := range order {
		m.rooms[id] = work[id]
		done.Rooms = append(done.Rooms, work[id].counters(m))
	}
	return done, nil
}

func (m *Model) applyRoom(r *modelRoom, ru store.RoomUpdate, done *store.Applied, outbox *[]store.Entry) error {
	head := r.cursor().Seq
	var err error
	if ru.Void != nil {
		err = r.applyVoid(*ru.Void)
	} else {
		err = m.applyEvents(r, ru, done, outbox)
	}
	if err != nil {
		return err
	}
	if len(r.slots) == 0 {
		return store.ErrInvalid
	}
	if ru.Void != nil && ru.Void.To > head {
		r.voided(outbox, &done.Resolved)
	}
	if ru.State != nil {
		r.state = ru.State.Clone()
	}
	r.notified = max(r.notified, ru.Notified)
	return nil
}

// voided deals with entries that were acknowledged where the room has nothing for its
// reader now: messages stay as failed, all others go.
func (r *modelRoom) voided(outbox *[]store.Entry, resolved *[]chat.MID) {
	*outbox = slices.DeleteFunc(*outbox, func(e store.Entry) bool {
		g := r.gapAt(e.Seq)
		gone := e.Room == r.id && e.State == store.EntryAcknowledged && e.Kind != chat.KindMessage && g != nil && !g.Hole
		if gone {
			*resolved = append(*resolved, e.MID)
		}
		return gone
	})
	for i := range *outbox {
		if e := &(*outbox)[i]; e.Room == r.id && e.State == store.EntryAcknowledged {
			if g := r.gapAt(e.Seq); g != nil && !g.Hole {
				keepWords(e, e.Seq, g.Reason)
			}
		}
	}
}

func (r *modelRoom) applyVoid(v store.Void) error {
	head := r.cursor().Seq
	switch {
	case v.From < 1 || v.To < v.From:
		return store.ErrInvalid
	case v.To <= head:
		return nil
	case v.From > head+1:
		return &store.GapError{Room: r.id, Have: head, Got: v.From}
	}
	for i := range r.gaps {
		if g := &r.gaps[i]; v.Begins && g.Hole {
			g.Hole, g.Reason = false, store.VoidUnloaded
			if v.Reason == "purged" { // nor does anybody else give it
				g.Reason = v.Reason
			}
		}
	}
	r.gaps = append(r.gaps, store.Gap{From: head + 1, To: v.To, Reason: v.Reason, Hole: v.Hole})
	for seq := head + 1; seq <= v.To; seq++ {
		r.slots = append(r.slots, slot{})
	}
	r.slots[v.To-1].chain = v.Chain
	return nil
}

func (m *Model) applyEvents(r *modelRoom, ru store.RoomUpdate, done *store.Applied, outbox *[]store.Entry) error {
	for i := range ru.Events {
		e := ru.Events[i]
		head := r.cursor()
		switch {
		case e.Room != r.id || e.Seq < 1 || i > 0 && e.Seq != ru.Events[i-1].Seq+1:
			return store.ErrInvalid
		case e.Seq <= head.Seq:
			done.Duplicates++
			continue
		case e.Seq > head.Seq+1:
			return &store.GapError{Room: r.id, Have: head.Seq, Got: e.Seq}
		}
		r.slots = append(r.slots, slot{event: &e, chain: e.Chain(head.Chain)})
		done.Events++
		r.back(&e)
		m.arrived(r, &e, outbox, &done.Resolved)
	}
	n := len(ru.Events)
	if n > 0 && ru.Events[n-1].Seq == r.cursor().Seq && ru.Chain != r.cursor().Chain {
		return &store.ChainError{Room: r.id, Seq: r.cursor().Seq}
	}
	return nil
}

// FillHole implements Store.
func (m *Model) FillHole(_ context.Context, f store.Fill) (store.Filled, error) {
	if m.rooms[f.Room] == nil || len(f.Events) == 0 {
		return store.Filled{}, store.ErrInvalid
	}
	r := m.rooms[f.Room].clone()
	first, last := f.Events[0].Seq, f.Events[len(f.Events)-1].Seq
	i := slices.IndexFunc(r.gaps, func(g store.Gap) bool { return g.Hole && g.From <= first && last <= g.To })
	if i < 0 || r.gaps[i].From != first && r.gaps[i].To != last {
		return store.Filled{}, store.ErrInvalid
	}
	g := r.gaps[i]
	var behind chat.Hash
	if first > 1 {
		behind = r.slots[first-2].chain
	}
	if first == g.From && behind != f.Before {
		return store.Filled{}, &store.ChainError{Room: f.Room, Seq: first - 1}
	}
	chain := f.Before
	for j := range f.Events {
		e := f.Events[j]
		if e.Room != f.Room || j > 0 && e.Seq != f.Events[j-1].Seq+1 {
			return store.Filled{}, store.ErrInvalid
		}
		chain = e.Chain(chain)
		if e.Seq == last && (chain != f.Chain || last == g.To && chain != r.slots[last-1].chain) {
			return store.Filled{}, &store.ChainError{Room: f.Room, Seq: last}
		}
		r.slots[e.Seq-1] = slot{event: &e, chain: chain}
		r.back(&e)
	}
	before := m.rooms[f.Room].counters(m).LastMessage
	var done store.Filled
	for j := range f.Events {
		m.arrived(r, &f.Events[j], &m.outbox, &done.Resolved)
	}
	m.doubt(func(e *store.Entry) bool {
		is := e.State == store.EntryAcknowledged && e.Room == f.Room && first <= e.Seq && e.Seq <= last
		if is {
			done.Doubted = append(done.Doubted, e.MID)
		}
		return is
	})
	switch {
	case first == g.From && last == g.To:
		r.gaps = slices.Delete(r.gaps, i, i+1)
	case first == g.From:
		r.gaps[i].From = last + 1
	default:
		r.gaps[i].To = first - 1
		r.slots[first-2].chain = f.Before
	}
	m.rooms[f.Room] = r
	done.Counters = r.counters(m)
	done.Last = done.LastMessage != before
	return done, nil
}

// VoidHole implements Store.
func (m *Model) VoidHole(_ context.Context, room chat.RoomID, v store.Void, before chat.Hash) (resolved []chat.MID, err error) {
	r := m.rooms[room]
	if r == nil || v.From == 0 || v.To < v.From {
		return nil, store.ErrInvalid
	}
	i := slices.IndexFunc(r.gaps, func(g store.Gap) bool { return g.Hole && g.From <= v.From && v.To <= g.To })
	if i < 0 || r.gaps[i].From != v.From && r.gaps[i].To != v.To {
		return nil, store.ErrInvalid
	}
	g := r.gaps[i]
	known := chat.Hash{}
	if g.From > 1 {
		known = r.slots[g.From-2].chain
	}
	switch {
	case v.From == g.From && before != known:
		return nil, &store.ChainError{Room: room, Seq: g.From - 1}
	case v.To == g.To && v.Chain != r.slots[g.To-1].chain:
		return nil, &store.ChainError{Room: room, Seq: v.To}
	}
	parts := []store.Gap{{From: v.From, To: v.To, Reason: v.Reason}}
	if g.From < v.From {
		r.slots[v.From-2].chain = before
		parts = append([]store.Gap{{From: g.From, To: v.From - 1, Reason: g.Reason, Hole: true}}, parts...)
	}
	if v.To < g.To {
		r.slots[v.To-1].chain = v.Chain
		parts = append(parts, store.Gap{From: v.To + 1, To: g.To, Reason: g.Reason, Hole: true})
	}
	r.gaps = slices.Replace(r.gaps, i, i+1, parts...)
	r.voided(&m.outbox, &resolved)
	return resolved, nil
}

// VoidBefore implements Store.
func (m *Model) VoidBefore(_ context.Context, room chat.RoomID, v store.Void) (resolved []chat.MID, err error) {
	r := m.rooms[room]
	if r == nil || !slices.ContainsFunc(r.gaps, func(g store.Gap) bool { return g.Hole && g.From <= v.To }) {
		return nil, store.ErrInvalid
	}
	var gaps []store.Gap
	for _, g := range r.gaps {
		if !g.Hole || g.From > v.To {
			gaps = append(gaps, g)
			continue
		}
		gaps = append(gaps, store.Gap{From: g.From, To: min(g.To, v.To), Reason: v.Reason})
		if g.To > v.To {
			r.slots[v.To-1].chain = v.Chain
			gaps = append(gaps, store.Gap{From: v.To + 1, To: g.To, Reason: g.Reason, Hole: true})
		}
	}
	r.gaps = gaps
	r.voided(&m.outbox, &resolved)
	return resolved, nil
}

// Gaps implements Store.
func (m *Model) Gaps(_ context.Context, room chat.RoomID) ([]store.Gap, error) {
	if r := m.rooms[room]; r != nil {
		return slices.Clone(r.gaps), nil
	}
	return nil, nil
}

// arrived removes the outbox entry that an event fulfils.
func (m *Model) arrived(r *modelRoom, e *chat.Event, outbox *[]store.Entry, resolved *[]chat.MID) {
	*outbox = slices.DeleteFunc(*outbox, func(o store.Entry) bool {
		if o.MID != e.MID || o.Room != e.Room || e.Author != m.owner.Account {
			return false
		}
		*resolved = append(*resolved, o.MID)
		if e.Device == m.owner.Device {
			r.next = max(r.next, o.DSeq+1)
		}
		return true
	})
}

// Rewind implements Store.
func (m *Model) Rewind(_ context.Context, room chat.RoomID, re store.Rewinding) (store.Rewound, error) {
	r := m.rooms[room]
	if r == nil {
		return store.Rewound{}, store.ErrNotFound
	}
	if re.To > r.cursor().Seq || re.To > 0 && r.slots[re.To-1].chain.IsZero() {
		return store.Rewound{}, store.ErrInvalid
	}
	var done store.Rewound
	unkept, later := m.unkept(room, re.To), m.later(room)
	for _, e := range r.events() {
		if e.Seq <= re.To {
			continue
		}
		r.back(&e)
		r.strays = append(r.strays, e)
		done.Lost++
		if e.Author != m.owner.Account || e.Device != m.owner.Device || re.Offer == nil {
			continue
		}
		kind, body, ok := re.Offer(&e)
		switch {
		case !ok || m.find(e.MID) != nil:
		case len(m.outbox) >= m.limit:
			done.Left++
		default:
			for len(unkept) > 0 && m.find(unkept[0]).Seq < e.Seq {
				m.moveLast(unkept[0], &done)
				unkept = unkept[1:]
			}
			m.orders++
			entry := store.Entry{
				MID: e.MID, Room: room, Kind: kind, Body: body, Order: m.orders, Created: e.Time, State: store.EntryHeld, Transmitted: true, Code: store.CodeLost,
			}
			m.outbox = append(m.outbox, entry)
			done.Offered = append(done.Offered, entry)
		}
	}
	if len(done.Offered) > 0 {
		for _, mid := range append(unkept, later...) {
			m.moveLast(mid, &done)
		}
	}
	r.slots = r.slots[:re.To]
	r.gaps = slices.DeleteFunc(r.gaps, func(g store.Gap) bool { return g.From > re.To })
	r.marker.Read, r.notified, r.state = min(r.marker.Read, re.To), min(r.notified, re.To), nil
	if re.State != nil {
		r.state = re.State.Clone()
	}
	again := m.unkept(room, re.To)
	m.doubt(func(e *store.Entry) bool {
		return slices.Contains(again, e.MID)
	})
	done.Counters = r.counters(m)
	return done, nil
}

// unkept are the entries that stood behind a place and were never seen, as they stood in the
// log.
func (m *Model) unkept(room chat.RoomID, to chat.Seq) (mids []chat.MID) {
	for i := range m.outbox {
		e := &m.outbox[i]
		void := e.State == store.EntryFailed && (e.Code == store.CodeUnkept || e.Code == store.CodeUnseen)
		if e.Room == room && (void || e.State == store.EntryAcknowledged) && e.Seq > to {
			mids = append(mids, e.MID)
		}
	}
	slices.SortStableFunc(mids, func(x, y chat.MID) int { return cmp.Compare(m.find(x).Seq, m.find(y).Seq) })
	return mids
}

// later is what goes out by itself.
func (m *Model) later(room chat.RoomID) (mids []chat.MID) {
	for i := range m.outbox {
		e := &m.outbox[i]
		held := e.State == store.EntryHeld && (e.DSeq > 0 || !e.Transmitted)
		if e.Room == room && (held || e.State == store.EntryQueued) {
			mids = append(mids, e.MID)
		}
	}
	return mids
}

// moveLast gives an entry the last place in the outbox.
func (m *Model) moveLast(mid chat.MID, done *store.Rewound) {
	e := *m.find(mid)
	m.outbox = slices.DeleteFunc(m.outbox, func(x store.Entry) bool { return x.MID == mid })
	m.orders++
	e.Order = m.orders
	m.outbox = append(m.outbox, e)
	done.Moved = append(done.Moved, e)
}

// back forgets the stray of an event that is there again.
func (r *modelRoom) back(e *chat.Event) {
	r.strays = slices.DeleteFunc(r.strays, func(s chat.Event) bool {
		return s.MID == e.MID && s.Author == e.Author && s.Kind == e.Kind && s.Erased == e.Erased && (s.Erased || bytes.Equal(s.Body, e.Body))
	})
}

func (m *Model) doubt(match func(e *store.Entry) bool) {
	for i := range m.outbox {
		if e := &m.outbox[i]; match(e) {
			e.State, e.Seq, e.Code = store.EntryHeld, 0, store.CodeLost
		}
	}
}

// Strays implements Store.
func (m *Model) Strays(_ context.Context, room chat.RoomID) ([]chat.Event, error) {
	if r := m.rooms[room]; r != nil {
		return slices.Clone(r.strays), nil
	}
	return nil, nil
}

// Check implements Store; there is nothing that could be damaged.
func (m *Model) Check(context.Context) error { return nil }

// Close implements Store; the model can be used again.
func (m *Model) Close() error { return nil }
