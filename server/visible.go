package server

import (
	"maps"
	"slices"

	"hearth/chat"
	"hearth/net/wire"
)

// What of a room is not for who came later (docs/adr/0027): begins says where what an
// account may see begins, and here is what keeps the rest from it.

// stateFor is a room's state for somebody whose log begins there: as it is now, but
// for what only speaks of before. Pins of messages they cannot see are left out, and
// the names of people who left before they came. Who left later was a member when they
// came, and their leave is among what they see.
func stateFor(state *chat.Room, begin chat.Seq) *chat.Room {
	if begin <= 1 {
		return state
	}
	seen := state.Clone()
	seen.Pins = slices.DeleteFunc(seen.Pins, func(seq chat.Seq) bool { return seq < begin })
	maps.DeleteFunc(seen.Former, func(_ chat.AccountID, m chat.Member) bool { return m.Left < begin && m.Joined < begin })
	return seen
}

// withhold takes the words out of what is shown to somebody whose log begins there,
// where they repeat what was said before: an edit says the whole message again. The
// event stays in its place, as an erased one does, so that the chain holds.
func withhold(events []chat.Event, begin chat.Seq) {
	for i := range events {
		if e := &events[i]; e.Kind == chat.KindEdit && !e.Erased && e.Target() < begin {
			e.Erase()
		}
	}
}

// lowestEdited is the first message among those that the events edit; behind every log
// if they edit none.
func lowestEdited(events []chat.Event) chat.Seq {
	lowest := nowhereSeq
	for i := range events {
		if e := &events[i]; e.Kind == chat.KindEdit && !e.Erased {
			lowest = min(lowest, e.Target())
		}
	}
	return lowest
}

// declare puts a Void in the place of a part of a feed. Called by the writer without
// locks.
func (s *session) declare(f *feed, from, to chat.Seq, reason string) (frame, error) {
	chain, err := s.srv.store.ChainAt(s.ctx, f.room.id, to)
	if err != nil {
		return nil, err
	}
	out, err := wire.Encode(&wire.Void{Room: f.room.id, From: from, To: to, Reason: reason, Chain: chain})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	if f.dropped || f.next != from {
		s.mu.Unlock()
		return nil, nil
	}
	f.next, f.chain = to+1, chain
	s.mu.Unlock()
	s.settle(f)
	return frameOf(out), nil
}
