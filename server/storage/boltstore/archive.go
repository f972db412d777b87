package boltstore

import (
	"bytes"
	"errors"
	"math"
	"slices"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
)

// archiveStep is the fewest events that move in one request: a fraction of a
// millisecond of the committer's time, so that nobody notices who waits for an
// acknowledgement.
const archiveStep = 64

// archiver moves the frozen journal to its permanent order: a chain of requests
// to the committer, each submitted when the one before it has been answered. So
// every commit carries a step as long as a journal is frozen, however busy the
// machine is. Owned by the committer's goroutine.
type archiver struct {
	busy  bool   // a step is on its way
	of    *part  // what plan belongs to
	plan  []move // what is left of it
	moved int    // how much of plan the step on its way takes
	seen  int    // how many events the active journal held at the last step
}

// move is one segment that goes to the archive.
type move struct {
	room    chat.RoomID
	segment segment
}

// archive submits the next step, if there is anything to do. After a failure the
// next message begins the chain again: nothing is lost while the journal stands.
func (s *Store) archive() {
	p := s.index.frozenPart()
	if p == nil || s.arch.busy {
		return
	}
	if s.arch.of != p {
		s.arch.of, s.arch.plan, s.arch.seen = p, planMoves(p), 0
	}
	s.arch.busy = true
	s.db.Submit(s.step, s.stepped)
}

// step moves the next part of the plan. The last one empties the journal.
func (s *Store) step(tx *bbolt.Tx) error {
	a := &s.arch
	a.moved = stepLength(a.plan, s.stepEvents())
	if err := moveAll(tx, a.plan[:a.moved]); err != nil || a.moved < len(a.plan) {
		return err
	}
	if err := tx.DeleteBucket(a.of.bucket); err != nil {
		return err
	}
	_, err := tx.CreateBucket(a.of.bucket)
	return err
}

// stepped takes note of a step that is on disk and submits the next.
func (s *Store) stepped(err error) {
	if errors.Is(err, boltkit.ErrClosed) {
		return // not on the committer's goroutine, and over anyway
	}
	a := &s.arch
	a.busy = false
	if err != nil {
		if !errors.Is(err, boltkit.ErrNoSpace) {
			s.o.Log.Error("archiving the journal failed", "err", err)
		}
		return
	}
	if a.plan = a.plan[a.moved:]; len(a.plan) == 0 {
		a.of = nil
		s.index.thaw()
	}
	s.archive()
}

// stepEvents is how many events move next: twice as many as have arrived since
// the last step, so that the frozen journal is gone when the active one is half
// full. Should that not be enough, the rest goes at once: opening must never have
// to index more than a few journals.
func (s *Store) stepEvents() int {
	arrived := s.index.active.events - s.arch.seen
	s.arch.seen = s.index.active.events
	if s.arch.seen >= 2*s.o.JournalEvents {
		return math.MaxInt
	}
	return max(archiveStep, 2*arrived)
}

// planMoves orders a part's segments by room, each room's in order.
func planMoves(p *part) []move {
	rooms := make([]chat.RoomID, 0, len(p.rooms))
	n := 0
	for room, t := range p.rooms {
		rooms = append(rooms, room)
		n += len(t.segments)
	}
	slices.SortFunc(rooms, func(x, y chat.RoomID) int { return bytes.Compare(x[:], y[:]) })
	plan := make([]move, 0, n)
	for _, room := range rooms {
		for _, seg := range p.rooms[room].segments {
			plan = append(plan, move{room, seg})
		}
	}
	return plan
}

// stepLength returns how many moves hold about so many events, at least one if
// there is any.
func stepLength(plan []move, events int) int {
	n := 0
	for i := range plan {
		if n += plan[i].segment.events; n >= events {
			return i + 1
		}
	}
	return len(plan)
}

// moveAll copies segments to the archive. It does the same when it is done again: after
// a restart the plan begins at the journal's beginning, and what is there already stays
// behind the head.
func moveAll(tx *bbolt.Tx, moves []move) error {
	events := tx.Bucket(bucketEvents)
	events.FillPercent = 0.9 // a room's events are only ever added at its end
	for i, m := range moves {
		v := tx.Bucket(m.segment.bucket).Get(boltkit.Key64(m.segment.key))
		if v == nil {
			return damaged("room %s: the journal has lost sequence %d", m.room, m.segment.first)
		}
		r, err := decodeBatch(bytes.Clone(v))
		if err != nil {
			return err
		}
		head, err := moveRecord(tx, events, &r)
		if err != nil {
			return err
		}
		if i+1 == len(moves) || moves[i+1].room != m.room {
			if err := moveHead(tx, m.room, head); err != nil {
				return err
			}
		}
	}
	return nil
}

// moveHead records how far a room's archive goes, which is never less than before.
func moveHead(tx *bbolt.Tx, room chat.RoomID, head chat.Head) error {
	r, err := archivedRoom(tx, room)
	if err != nil || r.head.Seq >= head.Seq {
		return err
	}
	r.head = head
	return tx.Bucket(bucketRooms).Put(room[:], r.encode())
}

// moveRecord copies one record and returns the head behind it.
func moveRecord(tx *bbolt.Tx, events *bbolt.Bucket, r *journalRecord) (head chat.Head, err error) {
	mids := tx.Bucket(bucketMIDs)
	head.Seq = r.expect
	for _, entry := range r.entries {
		head.Seq++
		var k midKey
		k.room = r.room
		if k.account, k.mid, head.Chain, err = entryIDs(entry); err != nil {
			return head, err
		}
		if err := events.Put(eventKey(r.room, head.Seq), entry); err != nil {
			return head, err
		}
		if k.mid.IsZero() {
			continue
		}
		if err := mids.Put(k.bytes(), boltkit.Key64(uint64(head.Seq))); err != nil {
			return head, err
		}
	}
	for _, ds := range r.dseqs {
		if err := tx.Bucket(bucketDSeqs).Put(boltkit.Join(r.room[:], ds.device[:]), boltkit.Key64(ds.dseq)); err != nil {
			return head, err
		}
	}
	return head, nil
}

func (x *index) frozenPart() *part {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.frozen
}
