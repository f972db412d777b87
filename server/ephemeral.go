package server

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"hearth/chat"
	"hearth/net/wire"
)

// Rates of what is not stored in a log.
const (
	signalsPerSecond = 10 // requests of these kinds, of one connection
	signalBurst      = 60
	typingPause      = wire.TypingEveryMS * 4 / 5 * time.Millisecond // between two of one person in a room; clients' clocks differ
	typingStale      = wire.TypingForMS / 2 * time.Millisecond       // what could not be written for so long is not any more
	typistsTold      = 32                                            // at a time, to one connection
	typingsPerSecond = 20_000                                        // told to all connections together
)

// signals are what a connection shall hear that stands in no log. Nothing is queued:
// only that something has changed is kept, and what is written is how it stands at
// that moment. It is written when nothing else waits, so that under pressure it is
// what comes last, and takes no space however long it waits. The session's mutex
// guards it.
type signals struct {
	own     map[chat.RoomID]struct{}    // rooms whose position another connection of the account has moved
	blocks  bool                        // whom the account has blocked has changed
	privacy bool                        // what the account hides has changed
	people  map[chat.AccountID]struct{} // who are watched and whose presence has changed
	readers map[chat.AccountID]struct{} // of the watched room, who have read on
	typing  map[typist]time.Time        // since when
	cards   map[chat.AccountID]struct{} // who shows something else, see card.go

	watched chat.RoomID // the room the person has open; zero: none
}

// typist is somebody who writes in a room.
type typist struct {
	room    chat.RoomID
	account chat.AccountID
}

func newSignals() signals {
	return signals{
		own: map[chat.RoomID]struct{}{}, people: map[chat.AccountID]struct{}{}, readers: map[chat.AccountID]struct{}{},
		typing: map[typist]time.Time{}, cards: map[chat.AccountID]struct{}{},
	}
}

// any reports whether there is something to tell.
func (w *signals) any() bool {
	return len(w.own)+len(w.people)+len(w.readers)+len(w.typing)+len(w.cards) > 0 || w.privacy || w.blocks
}

// signal notes something to be told.
func (s *session) signal(note func(*signals)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.expelled.Load() {
		return
	}
	note(&s.signals)
	s.wakeLocked()
}

// signalsDueLocked reports whether it is time to tell: nothing more important waits.
func (s *session) signalsDueLocked() bool {
	return s.signals.any() && s.sync == syncRunning && len(s.out.waiting) == 0 && len(s.behind) == 0 && s.closing == nil
}

// takeSignals adds to batch what is to be told now.
func (s *session) takeSignals(batch []frame) []frame {
	s.telling.mu.Lock()
	defer s.telling.mu.Unlock()
	s.mu.Lock()
	if !s.signalsDueLocked() {
		s.mu.Unlock()
		return batch
	}
	w := s.signals
	s.signals = newSignals()
	s.signals.watched = w.watched
	s.mu.Unlock()
	var frames []wire.Frame
	if w.privacy {
		frames = append(frames, s.privacyFrame()...)
	}
	if w.blocks {
		frames = append(frames, s.blockFrames()...)
	}
	frames = append(frames, s.ownFrames(w.own)...)
	frames = append(frames, s.watchedFrames(&w)...)
	frames = append(frames, s.typingFrames(w.typing)...)
	frames = append(frames, s.cardFrames(w.cards)...)
	if s.expelled.Load() {
		return batch // what is told here may be younger than the removal
	}
	for _, f := range frames {
		if b, err := wire.Encode(f); err == nil {
			page := frameOf(b)
			s.fly(page)
			batch = append(batch, page)
		}
	}
	return batch
}

func (s *session) privacyFrame() []wire.Frame {
	me, e := s.me()
	if e != nil {
		return nil
	}
	return []wire.Frame{privacyAt(&me)}
}

func (s *session) ownFrames(rooms map[chat.RoomID]struct{}) (frames []wire.Frame) {
	if len(rooms) == 0 {
		return nil
	}
	list, err := s.srv.markers.of(s.ctx, s.account)
	if err != nil {
		s.log.Warn("Reading positions failed", "err", err)
		return nil
	}
	moved := list[:0]
	for _, m := range list {
		if _, ok := rooms[m.Room]; ok {
			moved = append(moved, m)
		}
	}
	for part := range slices.Chunk(moved, wire.MaxMarkers) {
		frames = append(frames, readAt(part, false))
	}
	return frames
}

// watchedFrames tells of the people the connection watches, and how far those in the
// room that is open have read, if the account still is one of them. Holds telling.mu.
func (s *session) watchedFrames(w *signals) (frames []wire.Frame) {
	if len(w.people)+len(w.readers) == 0 {
		return nil
	}
	news := s.newsOf(w.people)
	if w.watched.IsZero() {
		return s.subjectFrames(news, nil)
	}
	for { // what is told is not younger than the right to hear it
		rm, state, e := s.allowed(OpWatch, w.watched)
		if e != nil {
			s.leaveWatched()
			return s.subjectFrames(news, nil)
		}
		var readers []wire.Frame
		if !state.HideReadings {
			readers = s.readerFrames(w, state)
		}
		if rm.lasts(state, s.account) {
			return append(s.subjectFrames(news, state.Members), readers...)
		}
	}
}

// readerFrames tells how far members have read, and of those who have left, in what the
// account may see, the one who has read furthest, so that what was read stays read.
func (s *session) readerFrames(w *signals, state *chat.Room) []wire.Frame {
	if len(w.readers) == 0 || len(state.Members) > wire.MaxReaders {
		return nil
	}
	from := begins(state, s.account)
	in := slices.DeleteFunc(slices.Collect(maps.Keys(w.readers)), func(a chat.AccountID) bool {
		_, is := state.Members[a]
		m, was := state.Former[a]
		return !is && (!was || m.Deleted || m.Left < from)
	})
	list, err := s.srv.markers.in(s.ctx, w.watched, in)
	if err != nil {
		s.log.Warn("Reading positions failed", "err", err)
	}
	f := &wire.ReadBy{Room: w.watched}
	var former wire.Reader
	for _, m := range list {
		if m.Public == 0 || m.Account == s.account || s.srv.shuns(s.ctx, m.Account, s.account) {
			continue
		}
		if _, is := state.Members[m.Account]; is {
			f.Readers = append(f.Readers, wire.Reader{Account: m.Account, Seq: m.Public})
		} else if m.Public > former.Seq {
			former = wire.Reader{Account: m.Account, Seq: m.Public}
		}
	}
	if former.Seq > 0 {
		f.Readers = append(f.Readers, former)
	}
	if len(f.Readers) == 0 {
		return nil
	}
	return []wire.Frame{f}
}

// lately lists those who have left a room, and whose accounts there are, the last ones
// first; at most as many as a room may have members whose reading is told.
func lately(state *chat.Room) []chat.AccountID {
	list := slices.DeleteFunc(slices.Collect(maps.Values(state.Former)), func(m chat.Member) bool { return m.Deleted })
	slices.SortFunc(list, func(a, b chat.Member) int {
		return cmp.Or(cmp.Compare(b.Left, a.Left), slices.Compare(a.Account[:], b.Account[:]))
	})
	var ids []chat.AccountID
	for _, m := range list[:min(len(list), wire.MaxReaders)] {
		ids = append(ids, m.Account)
	}
	return ids
}

func (s *session) typingFrames(typing map[typist]time.Time) (frames []wire.Frame) {
	byRoom := map[chat.RoomID][]chat.AccountID{}
	for t, since := range typing {
		if time.Since(since) < typingStale {
			byRoom[t.room] = append(byRoom[t.room], t.account)
		}
	}
	for room, accounts := range byRoom {
		if _, _, e := s.allowed(OpTyping, room); e == nil {
			frames = append(frames, &wire.TypingAt{Room: room, Accounts: accounts})
		}
	}
	return frames
}

// allowed returns a room in which the account may do something, and its state as it was
// when that was so.
func (s *session) allowed(op Operation, id chat.RoomID) (*room, *chat.Room, *chat.Error) {
	r, err := s.srv.openRoom(s.ctx, id)
	if err != nil {
		return nil, nil, s.internal(err)
	}
	state := r.view.Load().state
	if state == nil {
		return nil, nil, chat.Errorf(chat.CodeRoomGone, "/room", "there is no such room")
	}
	return r, state, permit(op, state, s.account)
}

// unoffered answers a request for what the operator has switched off.
func unoffered() *chat.Error {
	return chat.Errorf(chat.CodeForbidden, "/t", "this server does not offer it")
}

// typing paces who is said to be writing.
type typing struct {
	told *rate.Limiter // fixed: to all connections

	mu   sync.Mutex
	last map[typist]time.Time // guarded by mu
}

func newTyping() *typing {
	return &typing{told: rate.NewLimiter(typingsPerSecond, typingsPerSecond), last: map[typist]time.Time{}}
}

// begin reports whether it is time to say again that somebody types.
func (y *typing) begin(t typist, now time.Time) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	if now.Sub(y.last[t]) < typingPause {
		return false
	}
	y.last[t] = now
	return true
}

// sweep forgets who has not been writing for a while.
func (y *typing) sweep(now time.Time) {
	y.mu.Lock()
	defer y.mu.Unlock()
	maps.DeleteFunc(y.last, func(_ typist, at time.Time) bool { return now.Sub(at) >= typingPause })
}

// onTyping tells the others who are connected, but for those it has blocked, that the
// account is writing. Nothing
// is told while much waits for all connections together.
func (s *session) onTyping(r *wire.Typing) *chat.Error {
	if s.srv.o.NoTyping {
		return unoffered()
	}
	if !s.signalling.Allow() {
		return tooFast(time.Second)
	}
	rm, _, e := s.allowed(OpTyping, r.Room)
	if e != nil {
		return e
	}
	me, e := s.me()
	if e != nil {
		return e
	}
	s.send(&wire.OK{Rep: wire.Rep{Re: r.ID}})
	if me.Privacy.Typing {
		return nil
	}
	blocked, err := s.srv.blocks.of(s.ctx, s.account)
	if err != nil {
		s.log.Warn("Reading whom an account has blocked failed", "err", err)
		return nil // who is not to know must not
	}
	now, t := time.Now(), typist{r.Room, s.account}
	pressed := s.srv.queued.Load() > int64(s.srv.o.Limits.QueueTotalBytes)/2
	if pressed || !s.srv.typing.begin(t, now) {
		return nil
	}
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if !s.srv.typing.told.AllowN(now, len(rm.subs)) {
		return nil
	}
	for other := range rm.subs {
		if i, known := find(blocked, other.account); other.account == s.account || known && blocked[i].Blocked {
			continue
		}
		other.signal(func(w *signals) {
			if _, told := w.typing[t]; told || len(w.typing) < typistsTold {
				w.typing[t] = now
			}
		})
	}
	return nil
}

// soon is the sweeper's alarm for what cannot wait for its next turn.
type soon struct {
	timer *time.Timer // fixed

	mu sync.Mutex
	at time.Time // guarded by mu: when it rings; zero: no time soon
}

func newSoon() *soon { return &soon{timer: time.NewTimer(time.Hour)} }

// by asks for a turn at t or before.
func (a *soon) by(t time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.at.IsZero() || t.Before(a.at) {
		a.at = t
		a.timer.Reset(max(0, time.Until(t)))
	}
}

// rang forgets what was asked for: it is dealt with now.
func (a *soon) rang() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = time.Time{}
	a.timer.Reset(time.Hour)
}

// shortly does what is due before the sweeper's next turn.
func (s *Server) shortly(now time.Time) {
	s.soon.rang()
	s.presence.expire(now)
	s.markers.flush(s.ctx)
}
