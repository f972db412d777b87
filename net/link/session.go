package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"hearth/chat"
	"hearth/internal/fault"
	"hearth/net/wire"
)

// Bounds of one connection.
const (
	maxQueuedBytes = 8 << 20          // requests waiting for the socket
	maxPending     = 4096             // requests without an answer
	maxBeats       = 64               // heartbeats without one that are remembered
	writeTimeout   = 60 * time.Second // one frame, into the socket's buffer
	deliverBytes   = 1 << 20          // frames waiting for the handler; one more may always enter
	requestTimeout = 2 * time.Minute  // an answer; beats go on meanwhile
	lastWords      = time.Second      // for the reader, after writing failed
)

// Session is one live connection, from ready until it ends; it never comes
// back. Its methods may be called by any goroutine.
type Session struct {
	// Fixed after newSession.
	g       *greeted
	ready   wire.Ready
	handler Handler
	log     *slog.Logger
	down    chan struct{} // closed when the connection has ended

	// Guarded by mu.
	mu      sync.Mutex
	queue   [][]byte // encoded, waiting for the writer
	queued  int      // bytes in queue
	pending map[uint64]*call
	lastID  uint64
	beating []uint64 // those of pending that are heartbeats, the oldest first
	passed  uint64   // the newest heartbeat whose answer is not waited for any more
	reason  *Error   // why it ends; the first one counts
	goodbye *wire.Goodbye
	fatal   *chat.Error // the server said why it will close

	writable chan struct{} // capacity 1: queue is not empty
	kick     chan struct{} // capacity 1: the pulse looks again
	inbox    *inbox
	beats    chan beatAnswer // from reader to pulse
	strays   atomic.Int64    // answers nobody waits for
	skipped  atomic.Int64    // frames of unknown type
}

// call is a request that waits for its one answer.
type call struct {
	sent time.Time
	// done is called by the deliverer in the order of the stream; nil for Do.
	done func(wire.Reply, error)
	// answer takes what Do waits for, straight from the reader; capacity 1.
	answer chan answer
	beat   bool // a heartbeat: the pulse wants to know
}

type answer struct {
	reply wire.Reply
	err   error
}

func newSession(g *greeted, ready *wire.Ready, h Handler, log *slog.Logger) *Session {
	return &Session{
		g: g, ready: *ready, handler: h, log: log, down: make(chan struct{}), lastID: g.lastID,
		pending: map[uint64]*call{}, writable: make(chan struct{}, 1), kick: make(chan struct{}, 1),
		inbox: newInbox(deliverBytes), beats: make(chan beatAnswer, 16),
	}
}

// Ready returns what the server said when it accepted this device.
func (s *Session) Ready() wire.Ready { return s.ready }

// Greeting returns the server's hello.
func (s *Session) Greeting() wire.Greeting { return s.g.greeting }

// Limits returns the server's limits, with defaults where it named none.
func (s *Session) Limits() chat.Limits { return s.g.limits }

// Address returns the host:port in use.
func (s *Session) Address() string { return s.g.address }

// Done is closed when the connection has ended.
func (s *Session) Done() <-chan struct{} { return s.down }

// Strays returns how many answers came that nobody waited for: second answers,
// or answers to nothing. It is 0 with a correct server.
func (s *Session) Strays() int64 { return s.strays.Load() }

// Drop ends the connection because its owner has found it useless (a gap that
// is never filled). The link reconnects as after any loss.
func (s *Session) Drop(why string) {
	s.end(&Error{Kind: KindLost, Address: s.g.address, Err: errors.New(why)})
}

// Go sends a request without waiting. done is called exactly once, by the
// goroutine that also calls Handler.Push, in the order in which the server
// answered among its pushes: with the reply, with a *chat.Error if the server
// refused, or with an *Error if the connection ended first, in which case
// nobody knows whether the server acted. If Go itself returns an error, done is
// not called. The request belongs to the session until then. done may be nil.
func (s *Session) Go(r wire.Request, done func(wire.Reply, error)) error {
	_, err := s.submit(r, &call{done: done})
	return err
}

// Do sends a request and waits for its reply. The errors are those of Go's
// callback, and the context's.
func (s *Session) Do(ctx context.Context, r wire.Request) (wire.Reply, error) {
	c := &call{answer: make(chan answer, 1)}
	id, err := s.submit(r, c)
	if err != nil {
		return nil, err
	}
	select {
	case a := <-c.answer:
		return a.reply, a.err
	case <-ctx.Done():
		s.forget(id)
		return nil, ctx.Err()
	case <-s.down: // at once, however long the handler still takes
	}
	select {
	case a := <-c.answer:
		return a.reply, a.err
	default:
		return nil, s.why()
	}
}

// submit numbers, encodes and queues a request.
func (s *Session) submit(r wire.Request, c *call) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reason != nil {
		return 0, s.reason
	}
	if !c.beat && (len(s.pending) >= maxPending || s.queued >= maxQueuedBytes) {
		return 0, &Error{Kind: KindFull, Address: s.g.address}
	}
	r.SetRequestID(s.lastID + 1)
	data, err := wire.Encode(r)
	if err != nil {
		return 0, &Error{Kind: KindInternal, Err: err}
	}
	if len(data) > s.g.limits.FrameBytes {
		return 0, &Error{Kind: KindTooLarge, Err: fmt.Errorf("%d bytes; at most %d are accepted", len(data), s.g.limits.FrameBytes)}
	}
	s.lastID++
	c.sent = time.Now()
	s.pending[s.lastID] = c
	if c.beat {
		s.remember(s.lastID)
	}
	s.queue, s.queued = append(s.queue, data), s.queued+len(data)
	signal(s.writable)
	signal(s.kick)
	return s.lastID, nil
}

// remember takes note of a heartbeat, and lets go of the oldest if there are too many: a
// server that sends and sends, and never answers, is alive, and costs no more memory for
// that. mu is held.
func (s *Session) remember(id uint64) {
	if len(s.beating) == maxBeats {
		s.passed = s.beating[0]
		delete(s.pending, s.passed)
		s.beating = slices.Delete(s.beating, 0, 1)
	}
	s.beating = append(s.beating, id)
}

// isLate reports whether an answer to a heartbeat is to one that was let go.
func (s *Session) isLate(id uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return id <= s.passed
}

// forget lets an answer that may still come pass as expected.
func (s *Session) forget(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.pending[id]; c != nil {
		c.answer = nil
	}
}

// isBeat reports whether id is of a heartbeat that waits for its answer.
func (s *Session) isBeat(id uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.pending[id]
	return c != nil && c.beat
}

// take removes the request an answer belongs to.
func (s *Session) take(id uint64) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.pending[id]
	delete(s.pending, id)
	if i := slices.Index(s.beating, id); i >= 0 {
		s.beating = slices.Delete(s.beating, i, i+1)
	}
	return c
}

// end stops the connection abruptly: a polite close would wait for a peer that
// may be gone. The first reason counts.
func (s *Session) end(why *Error) {
	s.mu.Lock()
	first := s.reason == nil
	if first {
		s.reason = why
	}
	s.mu.Unlock()
	if first {
		close(s.down)
		s.g.abandon()
	}
}

// why returns the reason of the end, once there is one.
func (s *Session) why() *Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason
}

// read is the reader: it ends with the connection.
func (s *Session) read(ctx context.Context) {
	defer s.inbox.close()
	for {
		typ, data, err := s.g.ws.Read(ctx)
		if err != nil {
			s.end(s.closedBy(err))
			return
		}
		if typ != websocket.MessageText {
			s.end(&Error{Kind: KindLost, Address: s.g.address, Err: errors.New("the server sent a frame that is not text")})
			return
		}
		f, err := wire.DecodeServer(data)
		if err != nil {
			s.log.Warn("server sent a frame that cannot be read", "error", err)
			s.end(&Error{Kind: KindLost, Address: s.g.address, Err: fmt.Errorf("the server sent a frame that cannot be read: %w", err)})
			return
		}
		if f == nil {
			s.skipped.Add(1)
			continue
		}
		if !s.receive(f, cost(f, len(data))) {
			return
		}
	}
}

// cost is about what a frame takes in memory; events take much more than they
// must on the wire.
func cost(f wire.Frame, size int) int {
	const event = 256
	if e, ok := f.(*wire.Events); ok {
		return max(size, event*len(e.Events))
	}
	return size
}

// receive routes one frame; false if the connection ended meanwhile.
func (s *Session) receive(f wire.Frame, size int) bool {
	switch f := f.(type) {
	case *wire.HeartbeatOK:
		beat := s.isBeat(f.Re)
		if !beat && s.isLate(f.Re) {
			return s.deliver(item{frame: f, size: size})
		}
		return s.replied(f.Re, f, nil, size) && (!beat || s.deliver(item{frame: f, size: size}))
	case *wire.Goodbye:
		s.mu.Lock()
		s.goodbye = f
		s.mu.Unlock()
		return s.deliver(item{frame: f, size: size})
	case *wire.Error:
		return s.refused(f, size)
	case *wire.Hello:
		s.stray(f)
		return true
	case wire.Reply:
		return s.replied(f.ReplyTo(), f, nil, size)
	}
	return s.deliver(item{frame: f, size: size})
}

// refused handles an error frame: of one request, or of the connection. After a
// fatal one nothing follows but the close, which need not be waited for.
func (s *Session) refused(f *wire.Error, size int) bool {
	e := f.Err()
	var alive bool
	if f.Re == 0 {
		alive = s.deliver(item{frame: f, size: size})
	} else {
		alive = s.replied(f.Re, nil, e, size)
	}
	if !f.Fatal {
		return alive
	}
	s.mu.Lock()
	s.fatal = e
	s.mu.Unlock()
	s.end(s.closedBy(e))
	return false
}

// replied hands the one answer of a request to whoever waits for it.
func (s *Session) replied(id uint64, r wire.Reply, e *chat.Error, size int) bool {
	c := s.take(id)
	if c == nil {
		s.stray(r)
		return true
	}
	a := answer{reply: r}
	if e != nil {
		a.err = e
	}
	if c.beat {
		return s.beaten(id, c) // refused (too many), which also is a sign of life
	}
	if c.done != nil {
		return s.deliver(item{call: c, answer: a, size: size})
	}
	if c.answer != nil {
		c.answer <- a
	}
	return true
}

// beaten tells the pulse that a beat was answered.
func (s *Session) beaten(id uint64, c *call) bool {
	select {
	case s.beats <- beatAnswer{id: id, rtt: time.Since(c.sent)}:
		return true
	case <-s.down:
		return false
	}
}

func (s *Session) stray(f wire.Frame) {
	s.strays.Add(1)
	if f != nil {
		s.log.Warn("server answered what was not asked", "type", f.Type())
	}
}

// deliver queues something for the handler, waiting while the queue is full.
func (s *Session) deliver(i item) bool { return s.inbox.put(i, s.down, s.g.raw.touch) }

// closedBy says why the connection ended: what the server said, else the close
// code, else the error at hand.
func (s *Session) closedBy(err error) *Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	address := s.g.address
	switch {
	case s.goodbye != nil:
		return fromGoodbye(s.goodbye, address)
	case s.fatal != nil:
		e := fromRefusal(s.fatal, address)
		if e.Kind == KindWrongPassword {
			e.Kind = KindRevoked // there is no password here: the device is refused
		}
		return e
	}
	return fromClose(err, address)
}

// write is the writer: it ends with the connection.
func (s *Session) write(ctx context.Context) {
	for {
		select {
		case <-s.down:
			return
		case <-s.writable:
		}
		s.mu.Lock()
		batch := s.queue
		s.queue, s.queued = nil, 0
		s.mu.Unlock()
		for _, data := range batch {
			if err := s.writeFrame(ctx, data); err != nil {
				s.writeFailed(err)
				return
			}
		}
	}
}

// writeFailed ends the connection, but lets the reader go first: what the
// server said before it closed is a better reason than a broken pipe.
func (s *Session) writeFailed(err error) {
	t := time.NewTimer(lastWords)
	defer t.Stop()
	select {
	case <-s.down:
	case <-t.C:
		s.end(s.closedBy(err))
	}
}

func (s *Session) writeFrame(ctx context.Context, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	fault.Point(fault.ClientWriteBefore)
	err := s.g.ws.Write(ctx, websocket.MessageText, data)
	fault.Point(fault.ClientWriteAfter)
	return err
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
