package link

import (
	"sync"

	"hearth/net/wire"
)

// item is one thing for the handler: a frame, or the answer of a Go request.
type item struct {
	frame  wire.Frame
	call   *call
	answer answer
	size   int // bytes on the wire
}

// inbox joins reader and deliverer. It is bounded in bytes, so that a slow
// handler stops the reader and thereby, through TCP, the server.
type inbox struct {
	limit int // fixed after newInbox

	// Guarded by mu.
	mu      sync.Mutex
	items   []item
	bytes   int
	ended   bool // nothing more will be put
	stalled bool // the reader waits for space, or has not said yet that it goes on

	some  chan struct{} // capacity 1: there are items, or it ended
	space chan struct{} // capacity 1: there is space again
}

func newInbox(limit int) *inbox {
	return &inbox{limit: limit, some: make(chan struct{}, 1), space: make(chan struct{}, 1)}
}

// put adds an item. While the queue is full it waits, and calls resumed before
// it goes on. If stop closes first, the item is added all the same, so that no
// answer is lost, and put reports false.
func (q *inbox) put(i item, stop <-chan struct{}, resumed func()) bool {
	waited := false
	for !q.tryPut(i) {
		waited = true
		select {
		case <-q.space:
		case <-stop:
			q.mu.Lock()
			q.items, q.bytes, q.stalled = append(q.items, i), q.bytes+i.size, false
			q.mu.Unlock()
			return false
		}
	}
	if waited {
		resumed()
		q.mu.Lock()
		q.stalled = false // not before: what has not resumed yet looks dead
		q.mu.Unlock()
	}
	return true
}

func (q *inbox) tryPut(i item) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.bytes > 0 && q.bytes+i.size > q.limit {
		q.stalled = true
		return false
	}
	q.items, q.bytes = append(q.items, i), q.bytes+i.size
	signal(q.some)
	return true
}

// isStalled reports whether the reader waits for the handler.
func (q *inbox) isStalled() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stalled
}

// close says that nothing more will be put.
func (q *inbox) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended, q.stalled = true, false
	signal(q.some)
}

// next waits for the oldest item; false when there will be none or stop closed.
func (q *inbox) next(stop <-chan struct{}) (item, bool) {
	for {
		i, ok, ended := q.pop()
		if ok || ended {
			return i, ok
		}
		select {
		case <-q.some:
		case <-stop:
			return item{}, false
		}
	}
}

func (q *inbox) pop() (i item, ok, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return item{}, false, q.ended
	}
	i, q.items[0] = q.items[0], item{}
	q.items, q.bytes = q.items[1:], q.bytes-i.size
	signal(q.space)
	return i, true, false
}
