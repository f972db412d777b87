package server

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"hearth/chat"
	"hearth/net/wire"
	"hearth/server/storage"
)

// session is one connection: a reader, which answers requests, and once it is
// ready a writer. Nobody but the writer writes after that.
type session struct {
	// Fixed after the handshake.
	srv     *Server
	ws      *websocket.Conn
	conn    *conn
	peer    string // address for logs, truncated
	id      string // of the connection
	account chat.AccountID
	device  storage.Device
	log     *slog.Logger
	ctx     context.Context
	cancel  context.CancelFunc

	// Owned by the reader.
	requests *rate.Limiter
	sends    *rate.Limiter // of the device
	pages    *rate.Limiter // that are asked for
	together together      // of the account

	signalling *rate.Limiter // of what is not stored in a log
	pictures   *rate.Limiter // of avatars
	proof      *login        // between password.begin and password.set

	faults faults       // what could not be understood
	proven atomic.Int64 // when the password was proven last on this device, Unix milliseconds

	expelled atomic.Bool // the device was removed: nothing is answered or queued any more

	seen atomic.Int64 // when the last frame came, Unix milliseconds
	away atomic.Bool  // the person is not at this device

	wake chan struct{} // holds a token while the writer has something to do; fixed

	mu       sync.Mutex
	out      queue                 // guarded by mu
	feeds    map[chat.RoomID]*feed // guarded by mu
	behind   []*feed               // guarded by mu: want pages, in turn
	lagged   []chat.RoomID         // guarded by mu: to be told
	progress time.Time             // guarded by mu: last page while behind
	sync     syncPhase             // guarded by mu
	early    []*room               // guarded by mu: joined while the sync was prepared
	initial  int                   // guarded by mu: feeds of the sync not yet live
	liveDue  bool                  // guarded by mu: send "live" next
	signals  signals               // guarded by mu: to be told when nothing else waits
	telling  telling               // of people who are watched
	closing  *ending               // guarded by mu: say this, then close
	closed   bool                  // guarded by mu
}

// together are the rates of an account, whatever connection it uses.
type together struct{ requests, sends, pages, sent, fetched *rate.Limiter }

// togetherOf borrows the rates of an account; giveTogether takes them back.
func (s *Server) togetherOf(account chat.AccountID) together {
	return together{s.asking.borrow(account), s.saying.borrow(account), s.reading.borrow(account), s.sending.borrow(account), s.fetching.borrow(account)}
}

func (s *Server) giveTogether(account chat.AccountID) {
	s.asking.give(account)
	s.saying.give(account)
	s.reading.give(account)
	s.sending.give(account)
	s.fetching.give(account)
}

// syncPhase is how far a session's sync is.
type syncPhase string

// Sync phases.
const (
	syncNone      syncPhase = ""          // nothing was asked
	syncPreparing syncPhase = "preparing" // rooms are looked up; no feed exists yet
	syncRunning   syncPhase = "running"   // feeds follow the membership
)

// ending is how a session ends on purpose.
type ending struct {
	last frame // a goodbye or error; may be nil
	code wire.CloseCode
}

// roomLocked reports whether n more bytes may wait for this connection.
func (s *session) roomLocked(n int) bool {
	l := s.srv.o.Limits
	return !s.closed && !s.expelled.Load() && s.out.fits(n, l.QueueFrames, l.QueueBytes) && s.srv.queued.Load()+int64(n) <= int64(l.QueueTotalBytes)
}

// pushLocked queues a committed batch for a feed.
func (s *session) pushLocked(f *feed, p *push) {
	s.out.putPush(f, p)
	s.srv.queued.Add(int64(len(p.frame)))
	s.wakeLocked()
}

func (s *session) putLocked(f frame) {
	s.out.put(f)
	s.srv.queued.Add(int64(len(f)))
	s.wakeLocked()
}

func (s *session) wakeLocked() {
	select {
	case s.wake <- struct{}{}:
	default: // the token is there
	}
}

// send queues a reply. A client that asks and never reads is closed as slow.
func (s *session) send(f wire.Frame) {
	b, err := wire.Encode(f)
	if err != nil {
		s.log.Error("Encoding a frame failed", "type", f.Type(), "err", err)
		s.end(wire.CloseInternal, nil)
		return
	}
	s.queueReply(frameOf(b))
}

func (s *session) queueReply(b frame) {
	s.srv.relieve(len(b))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.expelled.Load() {
		return
	}
	l := s.srv.o.Limits
	// Replies may use somewhat more space than pushes: they are bounded by the rate
	// of requests, large ones are not made while much waits, and refusing one would
	// leave a request without its answer.
	if !s.out.fits(len(b), 2*l.QueueFrames+64, l.QueueBytes+l.TransportBytes) {
		s.endLocked(wire.CloseSlow, &wire.Goodbye{Reason: wire.GoodbyeSlow})
		return
	}
	s.putLocked(b)
}

// crowded reports whether so much waits for the connection that nothing large may
// be asked for: answers are never thrown away as pushes are.
func (s *session) crowded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.bytes+s.out.flyingBytes >= s.srv.o.Limits.QueueBytes
}

// refuse answers a request with an error.
func (s *session) refuse(re uint64, e *chat.Error) {
	s.faults.note(e.Code, time.Now())
	s.srv.metrics.refused(e.Code)
	if e.Fatal {
		s.end(wire.CloseFor(e.Code), wire.FromError(re, e))
		return
	}
	s.send(wire.FromError(re, e))
}

// end closes the session after what is queued and a last frame.
func (s *session) end(code wire.CloseCode, last wire.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLocked(code, last)
}

func (s *session) endLocked(code wire.CloseCode, last wire.Frame) {
	if s.closing != nil || s.closed {
		return
	}
	s.closing = &ending{code: code}
	if last != nil {
		if b, err := wire.Encode(last); err == nil {
			s.closing.last = frameOf(b)
		}
	}
	s.wakeLocked()
}

// writer sends what is queued, then pages for feeds that are behind, until the
// session ends. It is the only one that writes.
func (s *session) writer() {
	defer s.srv.end()
	defer s.shut()
	var batch []frame
	stop := context.AfterFunc(s.ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.wakeLocked()
	})
	defer stop()
	for range s.wake {
		for s.ctx.Err() == nil {
			var more bool
			var err error
			if batch, more, err = s.round(batch); err != nil {
				s.log.Debug("Writing ended", "err", err)
				if errors.Is(err, os.ErrDeadlineExceeded) && !s.conn.last.Load() {
					s.srv.metrics.ends.WithLabelValues("slow").Inc() // a write was blocked for too long
				}
				return
			}
			if !more {
				break
			}
		}
		if s.ctx.Err() != nil {
			return
		}
	}
}

// round writes what is queued and at most one page; more says that there is work left.
func (s *session) round(batch []frame) (_ []frame, more bool, err error) {
	s.mu.Lock()
	lagged := s.lagged
	s.lagged = nil
	closing := s.closing
	most := takenBytes
	if closing != nil {
		most = math.MaxInt // there is no further round
	}
	batch = s.out.take(batch, most)
	var f *feed
	if closing == nil {
		f = s.turnLocked()
	}
	s.mu.Unlock()
	if len(lagged) > 0 {
		if b, err := wire.Encode(&wire.Lag{Rooms: lagged}); err == nil {
			batch = append(batch, frameOf(b))
		}
	}
	if f != nil {
		// Answers and heartbeats do not wait for a page.
		if err := s.write(batch); err != nil {
			return batch, false, err
		}
		batch = emptied(batch)
		page, err := s.nextPage(f)
		if errors.Is(err, errWoken) {
			return batch, true, nil
		}
		if err != nil {
			return batch, false, err
		}
		if page != nil {
			s.fly(page)
			batch = append(batch, page)
		}
	}
	if b := s.takeLive(); b != nil {
		batch = append(batch, b)
	}
	batch = s.takeSignals(batch)
	if closing != nil {
		return batch, false, s.finish(batch, closing)
	}
	if err := s.write(batch); err != nil {
		return batch, false, err
	}
	batch = emptied(batch)
	s.mu.Lock()
	defer s.mu.Unlock()
	return batch, len(s.behind) > 0 || len(s.out.waiting) > 0 || s.liveDue || s.signalsDueLocked() || s.closing != nil, nil
}

// turnLocked returns the feed whose turn it is to read a page; nil if there is
// none. A page comes behind what was queued before its feed fell behind.
func (s *session) turnLocked() *feed {
	for i, f := range s.behind {
		if s.out.passed(f.after) {
			s.behind = append(slices.Delete(s.behind, i, i+1), f) // round-robin
			return f
		}
	}
	return nil
}

// emptied lets go of frames that have been written.
func emptied(batch []frame) []frame {
	if cap(batch) > keptFrames {
		return nil
	}
	clear(batch)
	return batch[:0]
}

// fly counts a page as waiting for the connection until it has been written.
func (s *session) fly(page frame) {
	s.srv.relieve(len(page))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.fly(page)
	s.srv.queued.Add(int64(len(page)))
}

// write sends frames, in as few TLS writes as they fit into. What was being
// written no longer counts as waiting afterwards.
func (s *session) write(batch []frame) error {
	s.srv.metrics.sent(len(batch))
	err := s.conn.writeFrames(batch)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.srv.queued.Add(-int64(s.out.landed()))
	return err
}

var errEnded = errors.New("the session was ended")

// finish writes the last frames and the close frame.
func (s *session) finish(batch []frame, e *ending) error {
	if e.last != nil {
		batch = append(batch, e.last)
	}
	if err := s.write(batch); err != nil {
		return err
	}
	s.conn.hurry() // do not wait long for the answer
	_ = s.ws.Close(websocket.StatusCode(e.code), "")
	return errEnded
}

// takeLive returns the frame "live" if it is due. It must stand behind all
// events it speaks of, which are in this very batch or were written before.
func (s *session) takeLive() frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.liveDue || len(s.out.waiting) > 0 {
		return nil
	}
	s.liveDue = false
	l := &wire.Live{Heads: make([]wire.RoomHead, 0, len(s.feeds))}
	for id, f := range s.feeds {
		l.Heads = append(l.Heads, wire.RoomHead{Room: id, Seq: f.next - 1, Chain: f.chain})
		l.Digest = l.Digest.Add(id, f.next-1)
	}
	b, err := wire.Encode(l)
	if err != nil {
		return nil
	}
	return frameOf(b)
}

// shut releases everything the session holds. Called by the writer at its end.
func (s *session) shut() {
	s.cancel()
	_ = s.ws.CloseNow()
	s.srv.hub.leave(s)
	s.srv.presence.gone(s)
	s.mu.Lock()
	s.closed = true
	feeds := s.feeds
	s.feeds = map[chat.RoomID]*feed{}
	s.behind = nil
	s.srv.queued.Add(-int64(s.out.drop()))
	s.mu.Unlock()
	for _, f := range feeds {
		f.room.unsubscribe(s, f)
	}
	s.srv.touch(s.device.ID, s.peer)
	s.srv.pacers.give(s.device.ID)
	s.srv.giveTogether(s.account)
	s.srv.metrics.sessions.Dec()
}

// digest sums the committed heads of the rooms the session is fed.
func (s *session) digest() (d chat.Digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, f := range s.feeds {
		if f.until == 0 {
			d = d.Add(id, f.room.head())
		}
	}
	return d
}

// truncate shortens an address for logs: /24 or /48.
func truncate(addr net.Addr) string {
	p := prefixOf(addr)
	return p.String()
}
