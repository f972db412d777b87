package boltstore

import (
	"bytes"
	"errors"
	"math"
	"slices"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/server/storage"
)

// archiveStep is how many events move in one request while the active journal is
// within its bound: a millisecond or two of the committer's time.
const archiveStep = 256

// archiver moves frozen journals to their permanent order.
type archiver struct {
	wake  chan struct{} // one is enough
	stop  chan struct{} // closed by Close
	ended chan struct{} // closed when its goroutine has ended

	// Owned by its goroutine: what is left of the frozen part.
	plan []move
	of   *part
}

// move is one segment that goes to the archive.
type move struct {
	room    chat.RoomID
	segment segment
}

func (s *Store) startArchiver() {
	s.arch = archiver{wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
	if s.index.frozenPart() != nil {
		s.arch.wakeUp()
	}
	go s.runArchiver()
}

func (s *Store) stopArchiver() {
	close(s.arch.stop)
	<-s.arch.ended
}

func (a *archiver) wakeUp() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

func (a *archiver) stopped() bool {
	select {
	case <-a.stop:
		return true
	default:
		return false
	}
}

func (s *Store) runArchiver() {
	defer close(s.arch.ended)
	for {
		select {
		case <-s.arch.stop:
			return
		case <-s.arch.wake:
		}
		// A failure is not final: nothing is lost while the journal stands, and the
		// next message wakes us again.
		if err := s.archive(); err != nil && !errors.Is(err, storage.ErrNoSpace) {
			s.o.Log.Error("archiving the journal failed", "err", err)
		}
	}
}

// archive moves the frozen part, if there is one, until it is done or Close asks
// to stop.
func (s *Store) archive() error {
	p := s.index.frozenPart()
	if p == nil {
		return nil
	}
	a := &s.arch
	if a.of != p {
		a.plan, a.of = planMoves(p), p
	}
	for len(a.plan) > 0 {
		if a.stopped() {
			return nil
		}
		n := stepLength(a.plan, s.stepEvents())
		step := a.plan[:n]
		if err := s.request(func(tx *bbolt.Tx) error { return moveAll(tx, step) }, nil); err != nil {
			return err
		}
		a.plan = a.plan[n:]
	}
	return s.request(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(p.bucket); err != nil {
			return err
		}
		_, err := tx.CreateBucket(p.bucket)
		return err
	}, s.index.thaw)
}

// stepEvents is how many events move next. Each commit carries at most one step,
// so when new events come faster than steps take them away, the rest goes at
// once: opening must never have to index more than a few journals.
func (s *Store) stepEvents() int {
	over := s.index.activeEvents() / s.o.JournalEvents
	if over >= 2 {
		return math.MaxInt
	}
	return archiveStep * (1 + over)
}

// request hands a function to the committer and waits. then runs on the
// committer's goroutine if it was committed.
func (s *Store) request(fn func(tx *bbolt.Tx) error, then func()) error {
	answer := make(chan error, 1)
	s.db.Submit(fn, func(err error) {
		if err == nil && then != nil {
			then()
		}
		answer <- err
	})
	return translate(<-answer)
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

// stepLength returns how many moves hold about so many events, at least one.
func stepLength(plan []move, events int) int {
	n := 0
	for i := range plan {
		if n += plan[i].segment.events; n >= events {
			return i + 1
		}
	}
	return len(plan)
}

// moveAll copies segments to the archive. It does the same when it is done again.
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
			if err := tx.Bucket(bucketRooms).Put(m.room[:], roomRecord{head}.encode()); err != nil {
				return err
			}
		}
	}
	return nil
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

func (x *index) activeEvents() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.active.events
}
