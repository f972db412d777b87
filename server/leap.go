package server

import (
	"cmp"
	"slices"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
)

// FeatureHoles is what the greeting calls the ability to leave out a backlog that
// is too long.
const FeatureHoles = "holes"

// leaps decides which feeds begin with the room's state instead of a backlog:
// those that are far behind, the longest ones first if it is all together that is
// too much, and those whose client asks for the state.
func (s *session) leaps(r *wire.Sync, feeds []*feed) {
	if !r.Holes {
		return
	}
	asked := map[chat.RoomID]bool{}
	for _, c := range r.Rooms {
		asked[c.Room] = c.Snapshot
	}
	var rest []*feed
	total := chat.Seq(0)
	for _, f := range feeds {
		switch n := f.backlog(); {
		case f.until != 0: // ends where the account left; there is no state for that place
		case asked[f.room.id] || n > chat.Seq(s.srv.o.LeapRoom): //nolint:gosec // a small positive number
			f.leap = true
		default:
			rest = append(rest, f)
			total += n
		}
	}
	slices.SortFunc(rest, func(a, b *feed) int { return cmp.Compare(b.backlog(), a.backlog()) })
	for _, f := range rest {
		if total <= chat.Seq(s.srv.o.LeapAll) || f.backlog() <= chat.Seq(s.srv.o.Limits.PageEvents) { //nolint:gosec // small positive numbers
			break
		}
		f.leap = true
		total -= f.backlog()
	}
}

// backlog is how many events a feed has still to deliver. Before it is started, or
// with the session's mutex held.
func (f *feed) backlog() chat.Seq {
	head := f.room.head()
	if head < f.next {
		return 0
	}
	return head - f.next + 1
}

// takeLeap returns the room's state in place of a feed's backlog; nil if it does
// not fit into a frame: then the feed reads pages like any other. Called by the
// writer without locks.
//
// Whoever came into a room that shows newcomers only what is written from then on has
// nothing to fold the state from, and gets it so in any case, together with the word
// that what lies before is not for them. So does whoever has not had what is purged.
func (s *session) takeLeap(f *feed) (frame, error) {
	v := f.room.view.Load()
	begin, reason := beginning(v.state, s.account)
	s.mu.Lock()
	f.leap = false
	from, ok := f.next, v.state != nil && v.head.Seq+1 >= max(f.next, begin) && f.until == 0 && !f.dropped
	s.mu.Unlock()
	if !ok {
		return nil, nil
	}
	snapshot := &wire.Snapshot{Room: f.room.id, At: v.head.Seq, Chain: v.head.Chain, HoleFrom: from}
	if from < begin && !fault.Bug(fault.VoidUndeclared) {
		chain, err := s.srv.store.ChainAt(s.ctx, f.room.id, begin-1)
		if err != nil {
			return nil, err
		}
		snapshot.VoidFrom, snapshot.HoleFrom, snapshot.VoidChain = from, begin, chain
		if reason != wire.VoidNotVisible {
			snapshot.VoidReason = reason
		}
	}
	var err error
	if snapshot.State, err = wire.EncodeState(stateFor(v.state, sees(v.state, s.account))); err != nil {
		return nil, err
	}
	out, err := wire.Encode(snapshot)
	if err != nil {
		return nil, err
	}
	if l := s.srv.o.Limits; len(out) > l.PageBytes+l.FrameBytes && (from > begin || begin == 1) {
		s.log.Warn("A room has too many people for a snapshot", "room", f.room.id, "bytes", len(out))
		return nil, nil
	}
	s.mu.Lock()
	if f.dropped || f.until != 0 || f.next != from || s.expelled.Load() {
		s.mu.Unlock()
		return nil, nil
	}
	f.next, f.chain = v.head.Seq+1, v.head.Chain
	s.progress = time.Now()
	s.mu.Unlock()
	s.settle(f)
	return frameOf(out), nil
}
