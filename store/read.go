package store

import (
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// Place says which part of a log a window shows.
type Place uint8

// Places.
const (
	Newest Place = 0 // the last Limit events
	Before Place = 1 // the last Limit events below Seq
	After  Place = 2 // the first Limit events above Seq
	Around Place = 3 // about half of Limit below Seq, the rest from Seq on
)

const (
	defaultLimit = 100
	maxLimit     = 10_000
	maxSeq       = chat.Seq(1) << 53
)

// Query selects a window of a room's log.
type Query struct {
	Place Place
	Seq   chat.Seq // not used by Newest
	Limit int      // events; 0 means 100, at most 10,000
	// Rows leaves out what is no row of a timeline (chat.Kind.Hidden), without counting
	// it, and fills in Window.Changes. On either side so much is looked at, not more:
	// where very many changes lie between the rows, the window has fewer than Limit, or
	// none, says that there is more, and the caller asks on.
	Rows bool
}

const (
	// maxHidden is how many events that are no rows a window passes over on one side.
	maxHidden = 4096
	// hiddenTime is how long that may take where reading is slow; it is looked at
	// every hiddenStep events.
	hiddenTime = 50 * time.Millisecond
	hiddenStep = 256
)

// Gap is a part of the log that holds no events.
type Gap struct {
	From, To chat.Seq
	Reason   string
	Hole     bool // the server has events there that have not been loaded
}

// Window is a contiguous part of a room's log, oldest first.
type Window struct {
	Events []chat.Event // the caller's own
	Chains []chat.Hash  // the chain value after each of Events
	Gaps   []Gap        // those between the events, that touch them, and at an end where the log ends
	// Changes are those of Events, by what they change, in the order of the log, of each
	// at most the newest chat.MaxChanges. Only with Query.Rows.
	Changes map[chat.Seq][]chat.Event
	// More tells whether the log has events further on either side.
	MoreBefore, MoreAfter bool
	// Low and High are where to ask on for rows: Before Low where MoreBefore, After High
	// where MoreAfter. They matter where a window has fewer than its limit.
	Low, High chat.Seq
}

// Rooms returns every room, in no particular order. It reads one small record, the
// state and the newest message of each, never the log.
func (s *Store) Rooms(ctx context.Context) (rooms []Room, err error) {
	err = s.view(ctx, func(r *reader) error {
		return r.bucket(bucketRooms).ForEach(func(key, _ []byte) error {
			room, _, err := r.room(tag(key))
			if err == nil {
				rooms = append(rooms, room)
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return rooms, nil
}

// Room returns one room; ErrNotFound.
func (s *Store) Room(ctx context.Context, id chat.RoomID) (room Room, err error) {
	err = s.view(ctx, func(r *reader) error {
		var found bool
		if room, found, err = r.room(r.roomTag(id)); err == nil && !found {
			err = ErrNotFound
		}
		return err
	})
	return room, err
}

func (r *reader) room(t tag) (room Room, found bool, err error) {
	room.Counters, found, err = r.counters(t)
	if err != nil || !found {
		return Room{}, found, err
	}
	room.ID = room.Counters.Room
	state, err := r.get(place{kind: bucketStates, key: t[:]})
	if err != nil {
		return Room{}, true, err
	}
	if state != nil {
		if room.State, err = readState(state); err != nil {
			return Room{}, true, err
		}
	}
	if room.Draft, err = r.draft(t); err != nil {
		return Room{}, true, err
	}
	if room.Gaps, err = r.gaps(&t); err != nil {
		return Room{}, true, err
	}
	if room.LastMessage == 0 {
		return room, true, nil
	}
	room.Last, room.LastText, err = r.last(&t, &room.Counters)
	return room, true, err
}

// Messages returns a window of a room's log; empty for a room not known.
func (s *Store) Messages(ctx context.Context, room chat.RoomID, q Query) (win Window, err error) {
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	q.Limit = min(q.Limit, maxLimit)
	err = s.view(ctx, func(r *reader) error {
		win, err = r.window(room, q)
		return err
	})
	return win, err
}

func (r *reader) window(room chat.RoomID, q Query) (win Window, err error) {
	p := pager{r: r, t: r.roomTag(room), room: room, rows: q.Rows, highest: everywhere}
	if b := r.roomBucket(bucketEvents, p.t); b != nil {
		p.c = b.Cursor()
		switch q.Place {
		case Newest:
			win, err = p.backward(0, q.Limit)
		case Before:
			win, err = p.backward(max(q.Seq, 1), q.Limit)
		case After:
			win, err = p.forward(min(q.Seq, maxSeq)+1, q.Limit)
		case Around:
			win, err = p.around(q)
		default:
			err = ErrInvalid
		}
	}
	if err == nil {
		if len(win.Events) == 0 && !p.cut {
			p.lowest, p.highest = 0, everywhere
		}
		win.Gaps, err = p.gaps()
	}
	if err == nil && q.Rows {
		targets := make([]chat.Seq, 0, len(win.Events))
		for i := range win.Events {
			if win.Events[i].Kind == chat.KindMessage {
				targets = append(targets, win.Events[i].Seq)
			}
		}
		win.Changes, err = r.changeEvents(&p.t, room, targets)
	}
	if err != nil {
		return Window{}, err
	}
	return win, nil
}

// everywhere is behind every log.
const everywhere = ^chat.Seq(0)

// pager reads one window.
type pager struct {
	r    *reader
	t    tag
	room chat.RoomID
	rows bool
	c    *bbolt.Cursor
	// The part of the log that was looked at, with what touches it.
	lowest, highest chat.Seq
	cut             bool // before the limit, behind very many events that are no rows
}

// event opens what the cursor stands at; false if it is no row and only rows are
// wanted.
func (p *pager) event(key, sealed []byte) (e chat.Event, chain chat.Hash, row bool, err error) {
	e, chain, err = p.r.event(&p.t, p.room, key, sealed)
	return e, chain, !p.rows || !e.Kind.Hidden(), err
}

// enough reports whether so many events that are no rows have been passed over, since
// then, that a window ends.
func enough(hidden int, since time.Time) bool {
	return hidden >= maxHidden || hidden%hiddenStep == 0 && time.Since(since) > hiddenTime
}

// backward reads the last limit events below seq; 0 means all.
func (p *pager) backward(seq chat.Seq, limit int) (win Window, err error) {
	key, sealed := p.c.Last()
	if seq > 0 {
		if at, _ := p.c.Seek(seqKey(seq)); at != nil {
			key, sealed = p.c.Prev()
			win.MoreAfter = true
			if p.rows {
				win.High = seq - 1
			}
		} else {
			key, sealed = p.c.Last()
		}
	}
	begin, hidden := time.Now(), 0
	for ; key != nil; key, sealed = p.c.Prev() {
		e, chain, row, err := p.event(key, sealed)
		if err != nil {
			return win, err
		}
		if win.MoreAfter && p.highest == everywhere {
			p.highest = e.Seq + 1
		}
		if row && len(win.Events) == limit {
			win.MoreBefore = true
			if p.rows { // with the gaps up to the next row
				p.lowest, win.Low = e.Seq, e.Seq+1
			}
			break
		}
		if !row {
			if hidden++; enough(hidden, begin) {
				key, _ = p.c.Prev()
				win.MoreBefore = key != nil
				p.lowest, win.Low, p.cut = e.Seq-1, e.Seq, true
				break
			}
			continue
		}
		p.lowest = e.Seq - 1
		win.Events, win.Chains = append(win.Events, e), append(win.Chains, chain)
	}
	if !win.MoreBefore {
		p.lowest, win.Low = 0, 0
	}
	slices.Reverse(win.Events)
	slices.Reverse(win.Chains)
	return win, nil
}

// forward reads the first limit events from seq on.
func (p *pager) forward(seq chat.Seq, limit int) (win Window, err error) {
	if first, _ := p.c.First(); first != nil {
		n, _ := boltkit.Uint64(first)
		if win.MoreBefore = chat.Seq(n) < seq; win.MoreBefore && p.rows {
			win.Low = seq
		}
	}
	begin, hidden := time.Now(), 0
	for key, sealed := p.c.Seek(seqKey(seq)); key != nil; key, sealed = p.c.Next() {
		e, chain, row, err := p.event(key, sealed)
		if err != nil {
			return win, err
		}
		if win.MoreBefore && p.lowest == 0 {
			p.lowest = e.Seq - 1
		}
		if row && len(win.Events) == limit {
			win.MoreAfter = true
			if p.rows {
				p.highest, win.High = e.Seq, e.Seq-1
			}
			break
		}
		if !row {
			if hidden++; enough(hidden, begin) {
				key, _ = p.c.Next()
				win.MoreAfter = key != nil
				p.highest, win.High, p.cut = e.Seq+1, e.Seq, true
				break
			}
			continue
		}
		p.highest = e.Seq + 1
		win.Events, win.Chains = append(win.Events, e), append(win.Chains, chain)
	}
	if !win.MoreAfter {
		p.highest, win.High = everywhere, 0
	}
	return win, nil
}

// around reads the newer half first and fills up with older events where the log
// ends early.
func (p *pager) around(q Query) (Window, error) {
	newer, err := p.forward(q.Seq, q.Limit-q.Limit/2)
	if err != nil {
		return newer, err
	}
	highest := p.highest
	older, err := p.backward(max(q.Seq, 1), q.Limit-len(newer.Events))
	if err != nil {
		return older, err
	}
	p.highest = highest
	return Window{
		Events: append(older.Events, newer.Events...), Chains: append(older.Chains, newer.Chains...),
		MoreBefore: older.MoreBefore, MoreAfter: newer.MoreAfter, Low: older.Low, High: newer.High,
	}, nil
}

// gaps returns the gaps that lie in the part that was looked at, touch it, or lie
// beyond an end of it where the log ends.
func (p *pager) gaps() (gaps []Gap, err error) {
	err = p.r.scanGaps(&p.t, func(from chat.Seq, g *gapRecord) error {
		if g.To >= p.lowest && from <= p.highest {
			gaps = append(gaps, g.gap(from))
		}
		return nil
	})
	return gaps, err
}

// scanGaps visits all gaps of a room in order.
func (r *reader) scanGaps(t *tag, visit func(from chat.Seq, g *gapRecord) error) error {
	b := r.roomBucket(bucketGaps, *t)
	if b == nil {
		return nil
	}
	return b.ForEach(func(key, sealed []byte) error {
		p := gapPlace(t, key)
		plain, err := r.s.seal.open(p, sealed)
		if err != nil {
			return err
		}
		var g gapRecord
		if err := decodeJSON(p, plain, &g); err != nil {
			return err
		}
		from, _ := boltkit.Uint64(key)
		return visit(chat.Seq(from), &g)
	})
}

// scan visits the events of a room from a sequence on, until visit says to stop.
// The event is visit's own.
func (r *reader) scan(t *tag, room chat.RoomID, from chat.Seq, visit func(e *chat.Event, chain chat.Hash) (bool, error)) error {
	b := r.roomBucket(bucketEvents, *t)
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for key, sealed := c.Seek(seqKey(from)); key != nil; key, sealed = c.Next() {
		e, chain, err := r.event(t, room, key, sealed)
		if err != nil {
			return err
		}
		more, err := visit(&e, chain)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// Event returns one event; ErrNotFound.
func (s *Store) Event(ctx context.Context, room chat.RoomID, seq chat.Seq) (e chat.Event, err error) {
	err = s.view(ctx, func(r *reader) error {
		t := r.roomTag(room)
		var found bool
		if e, _, found, err = r.eventAt(&t, room, seq); err == nil && !found {
			err = ErrNotFound
		}
		return err
	})
	return e, err
}

// ChainAt returns the chain value at a place at or below the cursor; ErrNotFound
// inside a void, but not at its end. It is zero at 0.
func (s *Store) ChainAt(ctx context.Context, room chat.RoomID, seq chat.Seq) (chain chat.Hash, err error) {
	err = s.view(ctx, func(r *reader) error {
		t := r.roomTag(room)
		chain, err = r.chainAt(&t, room, seq)
		return err
	})
	return chain, err
}

// Places returns for each of seqs the highest place at or below it whose chain
// value is known here: an event, the end of a gap, or 0. For comparing a log with
// the server's.
func (s *Store) Places(ctx context.Context, room chat.RoomID, seqs []chat.Seq) (places []chat.Head, err error) {
	err = s.view(ctx, func(r *reader) error {
		places = make([]chat.Head, 0, len(seqs))
		t := r.roomTag(room)
		for _, seq := range seqs {
			p, err := r.placeBelow(&t, room, seq)
			if err != nil {
				return err
			}
			places = append(places, p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return places, nil
}

func (r *reader) placeBelow(t *tag, room chat.RoomID, seq chat.Seq) (at chat.Head, err error) {
	err = r.scanGaps(t, func(_ chat.Seq, g *gapRecord) error {
		if g.To <= seq && g.To > at.Seq {
			at = chat.Head{Seq: g.To, Chain: g.Chain}
		}
		return nil
	})
	b := r.roomBucket(bucketEvents, *t)
	if err != nil || b == nil {
		return at, err
	}
	c := b.Cursor()
	key, sealed := boltkit.Before(c, seqKey(min(seq, maxSeq)+1))
	if key == nil {
		return at, nil
	}
	e, chain, err := r.event(t, room, key, sealed)
	if err == nil && e.Seq > at.Seq {
		at = chat.Head{Seq: e.Seq, Chain: chain}
	}
	return at, err
}

func (r *reader) chainAt(t *tag, room chat.RoomID, seq chat.Seq) (chat.Hash, error) {
	if seq == 0 {
		return chat.Hash{}, nil
	}
	_, chain, found, err := r.eventAt(t, room, seq)
	if err != nil || found {
		return chain, err
	}
	err = r.scanGaps(t, func(_ chat.Seq, g *gapRecord) error {
		if g.To == seq {
			chain, found = g.Chain, true
		}
		return nil
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	return chain, err
}
