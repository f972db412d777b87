package server

// frame is an encoded frame with its WebSocket header; broadcasts share one.
type frame []byte

// queue holds what waits for one connection. It has no lock of its own: the
// session's guards it.
type queue struct {
	frames []frame
	bytes  int
}

// fits reports whether one more frame of n bytes stays within the bounds.
func (q *queue) fits(n, maxFrames, maxBytes int) bool {
	return len(q.frames) < maxFrames && q.bytes+n <= maxBytes
}

func (q *queue) put(f frame) {
	q.frames = append(q.frames, f)
	q.bytes += len(f)
}

// take empties the queue into into, which it returns.
func (q *queue) take(into []frame) []frame {
	into = append(into[:0], q.frames...)
	clear(q.frames)
	q.frames = q.frames[:0]
	q.bytes = 0
	return into
}
