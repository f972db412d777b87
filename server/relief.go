package server

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// relief keeps what waits for all connections together within its bound: when it
// is reached, those for whom most waits read the log instead, so that a few who do
// not read cost the others nothing.
type relief struct {
	mu   sync.Mutex // held while space is made
	idle time.Time  // guarded by mu: not before, as too little could be found
}

// reliefPause is how long nobody looks for space once there was too little to be
// found: what is being written, and answers, cannot be discarded.
const reliefPause = 100 * time.Millisecond

// relieve makes space for n bytes more if all queues together have no space left,
// and for an eighth of the bound besides, so that this is rare. It must be called
// without any session's mutex.
func (s *Server) relieve(n int) {
	most := int64(s.o.Limits.QueueTotalBytes)
	if s.queued.Load()+int64(n) <= most || !s.relief.mu.TryLock() {
		return
	}
	defer s.relief.mu.Unlock()
	now := time.Now()
	if now.Before(s.relief.idle) {
		return
	}
	type load struct {
		s     *session
		bytes int
	}
	var loads []load
	for _, x := range s.hub.all() {
		x.mu.Lock()
		if x.out.pushedBytes > 0 {
			loads = append(loads, load{x, x.out.bytes + x.out.flyingBytes})
		}
		x.mu.Unlock()
	}
	slices.SortFunc(loads, func(a, b load) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, l := range loads {
		if s.queued.Load()+int64(n) <= most-most/8 {
			return
		}
		l.s.shed()
	}
	if s.queued.Load()+int64(n) > most {
		s.relief.idle = now.Add(reliefPause)
	}
}

// shed discards the pushes that wait for a connection and lets it read them from
// the log instead.
func (s *session) shed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	turned, bytes := s.out.shed()
	s.srv.queued.Add(-int64(bytes))
	if len(turned) == 0 {
		return
	}
	for _, f := range turned {
		if f.live && !f.dropped {
			f.live = false
			s.lagged = append(s.lagged, f.room.id)
		}
		s.listLocked(f)
	}
	s.wakeLocked()
}
