package server

// frame is an encoded frame with its WebSocket header; broadcasts share one.
type frame []byte

// queue holds what waits for one connection, and counts what has been taken from
// it and is being written: a peer that reads nothing must not get twice the space.
// It has no lock of its own: the session's guards it.
type queue struct {
	frames []frame
	bytes  int

	flying      int // frames that are being written
	flyingBytes int
}

// keptFrames is how much space for frames an idle connection keeps.
const keptFrames = 64

// fits reports whether one more frame of n bytes stays within the bounds.
func (q *queue) fits(n, maxFrames, maxBytes int) bool {
	return len(q.frames)+q.flying < maxFrames && q.bytes+q.flyingBytes+n <= maxBytes
}

func (q *queue) put(f frame) {
	q.frames = append(q.frames, f)
	q.bytes += len(f)
}

// take moves what waits into into, which it returns; it counts until landed.
func (q *queue) take(into []frame) []frame {
	into = append(into[:0], q.frames...)
	q.flying += len(q.frames)
	q.flyingBytes += q.bytes
	clear(q.frames)
	if q.frames = q.frames[:0]; cap(q.frames) > keptFrames {
		q.frames = nil
	}
	q.bytes = 0
	return into
}

// fly counts a frame that is written without having waited.
func (q *queue) fly(f frame) {
	q.flying++
	q.flyingBytes += len(f)
}

// landed forgets what was being written and returns how many bytes that were.
func (q *queue) landed() (bytes int) {
	bytes = q.flyingBytes
	q.flying, q.flyingBytes = 0, 0
	return bytes
}

// drop empties the queue and returns how many bytes it held.
func (q *queue) drop() (bytes int) {
	bytes = q.bytes + q.flyingBytes
	*q = queue{}
	return bytes
}
