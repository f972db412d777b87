package server

import (
	"errors"
	"time"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
	"hearth/server/storage"
)

// feed is what a session has of one room: live, or behind at next. While live,
// commits are put into the session's queue; while behind, the session's writer
// reads pages from the log. Both deliver each sequence once: a push that is not
// exactly the next one is either in the pages already or turns the feed behind.
// All fields but room are guarded by the session's mutex.
type feed struct {
	room    *room     // fixed
	next    chat.Seq  // the first sequence not yet handed to the connection
	chain   chat.Hash // chain value before next
	live    bool
	initial bool     // still counts towards the frame "live"
	until   chat.Seq // deliver up to here, then end; 0: no end
	listed  bool     // stands in session.behind
	dropped bool     // ended; the writer skips it
	leap    bool     // begin with the room's state instead of the backlog
	after   uint64   // pages come behind what the queue held up to this place
}

// push is one committed batch on its way to the feeds of a room.
type push struct {
	room        *room
	first, last chat.Seq
	before      chat.Hash // chain value before first
	chain       chat.Hash // after last
	frame       frame     // nil: too large for one frame, read pages
}

// push offers a committed batch to a feed. It never waits: a queue that is full
// turns the feed behind, and the log is the queue.
func (s *session) push(f *feed, p *push) {
	s.srv.relieve(len(p.frame))
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.dropped || p.last < f.next {
		return // delivered by a page already
	}
	if f.live && f.next == p.first && p.frame != nil && s.roomLocked(len(p.frame)) {
		f.next, f.chain = p.last+1, p.chain
		if fault.Every(fault.InjectPushLost, 40) || fault.Bug(fault.InjectPushesLost) {
			return
		}
		if fault.Every(fault.InjectPushTwice, 10) {
			s.pushLocked(f, p)
		}
		s.pushLocked(f, p)
		return
	}
	if f.live {
		if fault.Bug(fault.LagDropsEvents) {
			f.next, f.chain = p.last+1, p.chain
			return
		}
		f.live = false
		s.lagged = append(s.lagged, p.room.id)
	}
	s.listLocked(f)
	s.wakeLocked()
}

// listLocked notes that a feed wants pages.
func (s *session) listLocked(f *feed) {
	if f.listed || f.dropped {
		return
	}
	if len(s.behind) == 0 {
		s.progress = time.Now()
	}
	f.listed, f.after = true, s.out.placed
	s.behind = append(s.behind, f)
}

// endFeed lets a feed deliver up to at, which is where its account left, and no
// further. Called with the room's mutex held.
func (s *session) endFeed(f *feed, at chat.Seq) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.until, f.live = at, false
	s.listLocked(f)
	s.wakeLocked()
}

// fallBehind makes a feed read pages instead of taking pushes. Called with the room's
// mutex held.
func (s *session) fallBehind(f *feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.live = false
	s.listLocked(f)
	s.wakeLocked()
}

// follow starts a feed of a room the account has just joined. If the session
// has not asked for events yet, its sync will find the room.
func (s *session) follow(r *room) {
	s.mu.Lock()
	if s.closed || s.sync == syncNone {
		s.mu.Unlock()
		return
	}
	if s.sync == syncPreparing { // beginFeeds looks whether the sync has found it
		s.early = append(s.early, r)
		s.mu.Unlock()
		return
	}
	if old, ok := s.feeds[r.id]; ok && !old.dropped && old.until == 0 {
		s.mu.Unlock()
		return
	}
	f := &feed{room: r, next: 1}
	if old, ok := s.feeds[r.id]; ok { // left and came back: go on where it ended
		f.next, f.chain, f.initial = old.next, old.chain, old.initial
		old.dropped, old.initial = true, false
		s.out.inherit(old, f)
	}
	s.feeds[r.id] = f
	s.mu.Unlock()
	s.startFeed(f)
}

// startFeed subscribes a feed and lets the writer read what it lacks. An account
// that left since the feed was made gets the log up to its leave.
func (s *session) startFeed(f *feed) {
	until := f.until
	goes := f.room.subscribe(s, f, until)
	if !goes {
		at := s.leftAt(f.room, f.next-1)
		s.mu.Lock()
		f.until, f.dropped = at, f.dropped || at == 0 // gone without a trace: it was never in
		s.mu.Unlock()
		if at != 0 {
			f.room.subscribe(s, f, at)
		}
	}
	if _, in := membership(f.room, s.account); in && (!goes || until != 0) {
		s.follow(f.room) // came back before the feed had its end: nobody was there to go on
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.dropped && s.feeds[f.room.id] == f {
		delete(s.feeds, f.room.id)
		s.arrivedLocked(f)
	}
	s.listLocked(f)
	s.wakeLocked()
}

// errWoken says that something wants to be written while the writer waits for
// its turn to read.
var errWoken = errors.New("woken")

// nextPage reads the next page of a feed that is behind and returns it encoded;
// nil if the feed had nothing more and is live, or has ended. Called by the
// writer without locks.
func (s *session) nextPage(f *feed) (frame, error) {
	// The head first: a head that lies behind the end of the feed is only to be
	// seen once that end is set, see room.show.
	v := f.room.view.Load()
	begin, reason := beginning(v.state, s.account)
	s.mu.Lock()
	from, until, dropped, leap := f.next, f.until, f.dropped, f.leap
	s.mu.Unlock()
	if dropped {
		s.unlist(f)
		return nil, nil
	}
	if begin == nowhereSeq { // no feed outlives a membership, and nobody is fed without one
		s.unlist(f)
		return nil, nil
	}
	if leap || until == 0 && from <= begin && begin > 1 {
		return s.takeLeap(f)
	}
	last := v.head.Seq
	if until != 0 {
		last = min(until, last)
	}
	if from < begin && from <= last {
		// Of who has left meanwhile; members get it together with the room's state.
		return s.declare(f, from, min(begin-1, last), reason)
	}
	if from > last {
		s.settle(f)
		return nil, nil
	}
	if err := s.awaitPage(); err != nil {
		return nil, err
	}
	l := s.srv.o.Limits
	page, err := s.srv.store.Read(s.ctx, f.room.id, from, last, l.PageEvents, s.srv.pageBytes())
	<-s.srv.catchUps
	fault.Point(fault.ServerPageRead)
	if errors.Is(err, storage.ErrDamaged) {
		s.srv.harm.found(s.log, f.room.id, from, err)
		return s.declare(f, from, from, wire.VoidDamaged)
	}
	if errors.Is(err, storage.ErrPurged) && begins(f.room.view.Load().state, s.account) > from {
		return nil, nil // meanwhile; the next turn says so
	}
	if err != nil {
		return nil, err
	}
	n := len(page.Events)
	if n == 0 {
		return nil, errors.New("the log has a hole")
	}
	withhold(page.Events, begin)
	out, err := wire.AppendEvents(nil, f.room.id, page.Events, page.Chain)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	if f.dropped || s.expelled.Load() { // replaced while the page was read, by one that starts here too
		s.unlistLocked(f)
		s.mu.Unlock()
		return nil, nil
	}
	f.next, f.chain = page.Events[n-1].Seq+1, page.Chain
	if fault.Bug(fault.SubscribeAfterSnapshot) && f.next > last {
		f.next = f.room.head() + 1
	}
	s.progress = time.Now()
	s.mu.Unlock()
	s.settle(f)
	return frameOf(out), nil
}

// awaitPage waits until the writer may read a page: when the account's turn has come, and
// not too many read at the same time. errWoken says that there is something else to write.
func (s *session) awaitPage() error {
	turn := s.together.pages.Reserve()
	if wait := turn.Delay(); wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-s.wake:
			turn.Cancel()
			return errWoken
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
	select {
	case s.srv.catchUps <- struct{}{}:
		return nil
	case <-s.wake:
		turn.Cancel()
		return errWoken
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// scarcePage is the size of a page, in bytes, while much waits for all connections
// together: ten thousand that do not read hold a page each.
const scarcePage = 8 << 10

// pageBytes is how large a page of a feed may be at the moment.
func (s *Server) pageBytes() int {
	l := s.o.Limits
	if s.queued.Load() > int64(l.QueueTotalBytes)/2 {
		return min(scarcePage, l.PageBytes/2)
	}
	return l.PageBytes / 2
}

// readPage reads from the log for a request, under the server-wide bound on catch-ups.
func (s *session) readPage(room chat.RoomID, first, last chat.Seq) (storage.Page, error) {
	select {
	case s.srv.catchUps <- struct{}{}:
		defer func() { <-s.srv.catchUps }()
	case <-s.ctx.Done():
		return storage.Page{}, s.ctx.Err()
	}
	l := s.srv.o.Limits
	return s.srv.store.Read(s.ctx, room, first, last, l.PageEvents, l.PageBytes/2)
}

// settle makes a feed live if it has reached the head, or ends it if it has
// reached its end. A commit that happens meanwhile finds either a live feed at
// exactly its sequence, or one that is behind and sees the new head here.
func (s *session) settle(f *feed) {
	s.mu.Lock()
	ended := f.until != 0 && f.next > f.until
	switch {
	case ended:
		f.dropped = true
		if s.feeds[f.room.id] == f {
			delete(s.feeds, f.room.id)
		}
		s.unlistLocked(f)
		s.arrivedLocked(f)
	case f.until == 0 && f.next > f.room.head():
		f.live = true
		s.unlistLocked(f)
		s.arrivedLocked(f)
	}
	s.mu.Unlock()
	if ended {
		f.room.unsubscribe(s, f)
	}
}

func (s *session) unlist(f *feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unlistLocked(f)
}

func (s *session) unlistLocked(f *feed) {
	if !f.listed {
		return
	}
	f.listed = false
	for i, other := range s.behind {
		if other == f {
			s.behind = append(s.behind[:i], s.behind[i+1:]...)
			return
		}
	}
}

// arrivedLocked counts a feed's first arrival; the last one completes the sync.
func (s *session) arrivedLocked(f *feed) {
	if !f.initial {
		return
	}
	f.initial = false
	s.initial--
	if s.initial == 0 {
		s.liveDue = true
	}
}
