package memnet

import (
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// Stream is one direction of a line.
type Stream struct {
	size int // fixed: bytes under way at most

	// Guarded by mu; changed is replaced whenever anything changes.
	mu      sync.Mutex
	chunks  []chunk
	bytes   int
	carried int64 // bytes ever written
	ended   bool  // the writer closed; the reader learns it after the last byte
	gone    bool  // the reader closed
	broken  error // reset
	stalled bool
	delay   time.Duration
	slice   int
	changed chan struct{}
}

// chunk is what one write put on its way.
type chunk struct {
	data []byte
	at   time.Time // when it arrives
}

func newStream(size int) *Stream { return &Stream{size: size, changed: make(chan struct{})} }

// Stall holds back everything, also the end of the stream; false lets it go on.
func (s *Stream) Stall(on bool) { s.change(func() { s.stalled = on }) }

// Delay makes what is written from now on take so long to arrive. Order is kept.
func (s *Stream) Delay(d time.Duration) { s.change(func() { s.delay = d }) }

// Slice makes every read return at most n bytes; 0 ends that.
func (s *Stream) Slice(n int) { s.change(func() { s.slice = n }) }

// Carried returns how many bytes were written so far.
func (s *Stream) Carried() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.carried
}

func (s *Stream) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	s.changedLocked()
}

// changedLocked wakes everybody who waits.
func (s *Stream) changedLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// reset breaks the stream for both ends.
func (s *Stream) reset(err error) {
	s.change(func() {
		if s.broken == nil {
			s.broken, s.chunks, s.bytes = err, nil, 0
		}
	})
}

// end is the writer's close.
func (s *Stream) end() { s.change(func() { s.ended = true }) }

// leave is the reader's close. As with TCP, the writer learns it only through
// the line: not while that is stalled.
func (s *Stream) leave() { s.change(func() { s.gone = true }) }

// read waits for bytes, the end, or the deadline.
func (s *Stream) read(b []byte, d *deadline) (int, error) {
	for {
		if d.past() {
			return 0, os.ErrDeadlineExceeded
		}
		s.mu.Lock()
		n, ready, err := s.readLocked(b)
		changed, arrives := s.changed, s.arrivesLocked()
		s.mu.Unlock()
		if ready {
			return n, err
		}
		d.wait(changed, arrives)
	}
}

func (s *Stream) readLocked(b []byte) (n int, ready bool, err error) {
	switch {
	case s.broken != nil:
		return 0, true, s.broken
	case s.gone:
		return 0, true, os.ErrClosed
	case len(b) == 0:
		return 0, true, nil
	case s.stalled:
		return 0, false, nil
	case len(s.chunks) == 0 && s.ended:
		return 0, true, io.EOF
	case len(s.chunks) == 0 || time.Now().Before(s.chunks[0].at):
		return 0, false, nil
	}
	if s.slice > 0 && len(b) > s.slice {
		b = b[:s.slice]
	}
	n = copy(b, s.chunks[0].data)
	if s.chunks[0].data = s.chunks[0].data[n:]; len(s.chunks[0].data) == 0 {
		s.chunks = s.chunks[1:]
	}
	s.bytes -= n
	s.changedLocked()
	return n, true, nil
}

// arrivesLocked returns when the first chunk will have arrived; zero if waiting
// for time is pointless.
func (s *Stream) arrivesLocked() time.Time {
	if s.stalled || len(s.chunks) == 0 {
		return time.Time{}
	}
	return s.chunks[0].at
}

// write puts bytes on their way, waiting for space in the buffer.
func (s *Stream) write(b []byte, d *deadline) (int, error) {
	done := 0
	for {
		if d.past() {
			return done, os.ErrDeadlineExceeded
		}
		s.mu.Lock()
		n, err := s.writeLocked(b[done:])
		changed := s.changed
		s.mu.Unlock()
		done += n
		if err != nil || done == len(b) {
			return done, err
		}
		d.wait(changed, time.Time{})
	}
}

func (s *Stream) writeLocked(b []byte) (int, error) {
	switch {
	case s.broken != nil:
		return 0, s.broken
	case s.ended:
		return 0, os.ErrClosed
	case s.gone && !s.stalled:
		return 0, syscall.EPIPE
	}
	n := min(len(b), s.size-s.bytes)
	if n == 0 {
		return 0, nil
	}
	at := time.Now().Add(s.delay)
	if last := len(s.chunks) - 1; last >= 0 && s.chunks[last].at.After(at) {
		at = s.chunks[last].at
	}
	s.chunks = append(s.chunks, chunk{data: append([]byte(nil), b[:n]...), at: at})
	s.bytes, s.carried = s.bytes+n, s.carried+int64(n)
	s.changedLocked()
	return n, nil
}
