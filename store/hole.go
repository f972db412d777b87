package store

import (
	"context"
	"errors"
	"fmt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/fault"
)

// Fill is a contiguous part of a hole, as the server gave it.
type Fill struct {
	Room chat.RoomID
	// Events lie in one hole and touch at least one end of it. The store does not
	// keep the slice.
	Events []chat.Event
	// Before is the chain value before the first event, Chain the one after the
	// last, as the server stated them.
	Before, Chain chat.Hash
}

// Filled is what FillHole did.
type Filled struct {
	Counters
	// Resolved are the outbox entries whose events were among those loaded, or which one
	// of these deletes.
	Resolved []chat.MID
	// Doubted are those that were acknowledged at one of the places, where something else
	// stands: they are EntryHeld now.
	Doubted []chat.MID
	// Last says that the newest message of the room is among them.
	Last bool
}

// FillHole stores events that were left out when the room was too far behind. What
// joins the log on either side must have the chain value known there, so that a
// hole, once it is full, is as certain as the rest. Errors: *ChainError, ErrInvalid
// (no such hole, or not at an end of it), ErrNoSpace; with any error nothing has
// changed.
func (s *Store) FillHole(ctx context.Context, f Fill) (done Filled, err error) {
	if len(f.Events) == 0 {
		return Filled{}, ErrInvalid
	}
	err = s.update(ctx, func(w *writer) error {
		done = Filled{}
		t := w.roomTag(f.Room)
		a := applier{w: w, rooms: map[chat.RoomID]*roomWork{}}
		c, found, err := w.counters(t)
		if err != nil {
			return err
		}
		if !found {
			return boltkit.Refuse(ErrInvalid)
		}
		hole, err := w.holeOf(&t, &f)
		if err != nil {
			return boltkit.Refuse(err)
		}
		rw := &roomWork{tag: t, c: c, events: len(f.Events), filling: true}
		y, err := w.tally()
		if err != nil {
			return err
		}
		if err := rw.planFill(&f, &hole, y); err != nil {
			return boltkit.Refuse(err)
		}
		if err := a.writeLog(rw, w.outboxWaits()); err != nil {
			return err
		}
		if err := w.shrink(&t, &hole, &f, rw.steps[len(rw.steps)-1].chain); err != nil {
			return err
		}
		first, last := f.Events[0].Seq, f.Events[len(f.Events)-1].Seq
		doubted, err := w.doubt(func(e *Entry) bool {
			return e.State == EntryAcknowledged && e.Room == f.Room && first <= e.Seq && e.Seq <= last
		})
		if err != nil {
			return err
		}
		done = Filled{Counters: rw.c, Resolved: a.done.Resolved, Doubted: doubted, Last: rw.c.LastMessage != c.LastMessage}
		return w.putCounters(t, &rw.c)
	})
	if err != nil {
		return Filled{}, err
	}
	return done, nil
}

// VoidHole takes note that the server has nothing for us at the first or the last places
// of a hole, and why. before and after are the chain values around them, as it stated
// them; where they meet what is known here they must be equal. Errors as of FillHole.
func (s *Store) VoidHole(ctx context.Context, room chat.RoomID, v Void, before chat.Hash) (resolved []chat.MID, err error) {
	if v.From == 0 || v.To < v.From {
		return nil, ErrInvalid
	}
	err = s.update(ctx, func(w *writer) error {
		t := w.roomTag(room)
		h, err := w.holeAt(&t, room, v.From, v.To)
		switch {
		case err != nil:
			return boltkit.Refuse(err)
		case v.From == h.from && before != h.before:
			return boltkit.Refuse(&ChainError{Room: room, Seq: h.from - 1})
		case v.To == h.To && v.Chain != h.Chain:
			return boltkit.Refuse(&ChainError{Room: room, Seq: v.To})
		}
		f := &Fill{Room: room, Before: before, Events: []chat.Event{{Seq: v.From}, {Seq: v.To}}}
		if err := w.shrink(&t, &h, f, v.Chain); err != nil {
			return err
		}
		g := gapRecord{Kind: gapVoid, To: v.To, Reason: v.Reason, Chain: v.Chain}
		if err := w.putGap(w.roomBucket(bucketGaps, t), &t, v.From, g); err != nil {
			return err
		}
		a := applier{w: w, rooms: map[chat.RoomID]*roomWork{}}
		if err := a.resolveVoid(room, &v); err != nil {
			return err
		}
		resolved = a.done.Resolved
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resolved, nil
}

// VoidBefore takes note that the server has nothing for us any more up to and including
// v.To, and why: holes before it become void, and of one that goes on behind it that part
// stays. v.Chain is the value there. It returns the entries that are gone, as they were
// acknowledged at such a place. ErrInvalid if there is no hole before v.To.
func (s *Store) VoidBefore(ctx context.Context, room chat.RoomID, v Void) (resolved []chat.MID, err error) {
	err = s.update(ctx, func(w *writer) error {
		t := w.roomTag(room)
		holes := map[chat.Seq]gapRecord{}
		err := w.scanGaps(&t, func(from chat.Seq, g *gapRecord) error {
			if g.Kind == gapHole && from <= v.To {
				holes[from] = *g
			}
			return nil
		})
		if err == nil && len(holes) == 0 {
			err = ErrInvalid
		}
		if err != nil {
			return boltkit.Refuse(err)
		}
		a, b := applier{w: w, rooms: map[chat.RoomID]*roomWork{}}, w.roomBucket(bucketGaps, t)
		for from, g := range holes {
			void := gapRecord{Kind: gapVoid, To: g.To, Reason: v.Reason, Chain: g.Chain}
			if g.To > v.To { // the rest has the chain value behind it, as before
				void.To, void.Chain = v.To, v.Chain
				err = errors.Join(err, w.putGap(b, &t, v.To+1, g))
			}
			err = errors.Join(err, w.putGap(b, &t, from, void), a.resolveVoid(room, &Void{From: from, To: void.To, Reason: v.Reason}))
		}
		resolved = a.done.Resolved
		return err
	})
	if err != nil {
		return nil, err
	}
	return resolved, nil
}

// hole is one as it stands in the file, with the chain value before it.
type hole struct {
	from   chat.Seq
	before chat.Hash
	gapRecord
}

// holeOf finds the hole that a part belongs to.
func (r *reader) holeOf(t *tag, f *Fill) (h hole, err error) {
	return r.holeAt(t, f.Room, f.Events[0].Seq, f.Events[len(f.Events)-1].Seq)
}

// holeAt finds the hole that places belong to, at one of its ends.
func (r *reader) holeAt(t *tag, room chat.RoomID, first, last chat.Seq) (h hole, err error) {
	err = r.scanGaps(t, func(from chat.Seq, g *gapRecord) error {
		if g.Kind == gapHole && from <= first && last <= g.To {
			h = hole{from: from, gapRecord: *g}
		}
		return nil
	})
	if err != nil {
		return h, err
	}
	if h.from == 0 || first != h.from && last != h.To {
		return h, ErrInvalid
	}
	h.before, err = r.chainAt(t, room, h.from-1)
	if errors.Is(err, ErrNotFound) {
		err = roomDamage(room, "nothing before a hole")
	}
	return h, err
}

// planFill checks the events and takes them into the numbers.
func (rw *roomWork) planFill(f *Fill, h *hole, y *tally) error {
	chain := f.Before
	if f.Events[0].Seq == h.from && f.Before != h.before {
		return &ChainError{Room: f.Room, Seq: h.from - 1}
	}
	for i := range f.Events {
		e := &f.Events[i]
		if e.Room != f.Room || i > 0 && e.Seq != f.Events[i-1].Seq+1 {
			return ErrInvalid
		}
		chain = e.Chain(chain)
		rw.steps = append(rw.steps, step{e: e, chain: chain})
		rw.c.fill(e, y)
		if fault.Bug(fault.HoleCountedTwice) {
			rw.c.fill(e, y)
		}
	}
	last := f.Events[len(f.Events)-1].Seq
	if chain != f.Chain || last == h.To && chain != h.Chain {
		return &ChainError{Room: f.Room, Seq: last}
	}
	return nil
}

// fill takes an event from somewhere in the log into the numbers that follow from
// it; count does that for the newest one.
func (c *Counters) fill(e *chat.Event, y *tally) {
	if c.First == 0 || e.Seq < c.First {
		c.First = e.Seq
		if c.LastMessage == 0 {
			c.Activity = e.Time
		}
	}
	if e.Seq > c.Floor() && y.counts(e) {
		c.Unread++
		if calls(e, y.me) {
			c.Mentions++
		}
	}
	switch {
	case e.Kind != chat.KindMessage || e.Erased || e.Seq <= c.LastMessage:
	case !y.ignores(e):
		c.LastMessage, c.Unheeded, c.Activity = e.Seq, 0, e.Time
	case c.LastMessage == 0:
		c.Unheeded = max(c.Unheeded, e.Seq)
	}
}

// shrink takes what was filled out of a hole.
func (w *writer) shrink(t *tag, h *hole, f *Fill, chain chat.Hash) error {
	b := w.roomBucket(bucketGaps, *t)
	first, last := f.Events[0].Seq, f.Events[len(f.Events)-1].Seq
	if err := b.Delete(seqKey(h.from)); err != nil {
		return fmt.Errorf("remove a hole: %w", err)
	}
	rest := h.gapRecord
	switch {
	case first == h.from && last == h.To:
		return nil
	case first == h.from:
		return w.putGap(b, t, last+1, rest)
	}
	rest.To, rest.Chain = first-1, f.Before
	return w.putGap(b, t, h.from, rest)
}

// Gaps returns the parts of a room's log that hold no events, in order.
func (s *Store) Gaps(ctx context.Context, room chat.RoomID) (gaps []Gap, err error) {
	err = s.view(ctx, func(r *reader) error {
		t := r.roomTag(room)
		gaps, err = r.gaps(&t)
		return err
	})
	return gaps, err
}

func (r *reader) gaps(t *tag) (gaps []Gap, err error) {
	err = r.scanGaps(t, func(from chat.Seq, g *gapRecord) error {
		gaps = append(gaps, g.gap(from))
		return nil
	})
	return gaps, err
}

func (g *gapRecord) gap(from chat.Seq) Gap {
	return Gap{From: from, To: g.To, Reason: g.Reason, Hole: g.Kind == gapHole}
}
