package server

// frame is an encoded frame with its WebSocket header; broadcasts share one.
type frame []byte

// queue holds what waits for one connection, and counts what has been taken from
// it and is being written: a peer that reads nothing must not get twice the space.
// It has no lock of its own: the session's guards it.
type queue struct {
	waiting     []queued
	placed      uint64 // frames put so far
	bytes       int
	pushedBytes int // of bytes, what stands in the log as well

	flying      int // frames that are being written
	flyingBytes int
}

// queued is a frame that waits. That of a push knows its feed, so that it can be
// discarded: the log has it too.
type queued struct {
	frame frame
	feed  *feed // nil: no push, never discarded
	push  *push
	place uint64 // among all that were put
}

// keptFrames is how much space for frames an idle connection keeps.
const keptFrames = 32

// takenBytes is how much of a queue one round of writing takes. What is being
// written cannot be discarded any more, so it is little; and it is several full
// TLS records, so that taking more would make nothing faster.
const takenBytes = 4 * flushBytes

// fits reports whether one more frame of n bytes stays within the bounds.
func (q *queue) fits(n, maxFrames, maxBytes int) bool {
	return len(q.waiting)+q.flying < maxFrames && q.bytes+q.flyingBytes+n <= maxBytes
}

func (q *queue) put(f frame) {
	q.waiting = append(q.waiting, queued{frame: f, place: q.placed})
	q.placed++
	q.bytes += len(f)
}

// putPush adds what f is pushed; shed may take it back.
func (q *queue) putPush(f *feed, p *push) {
	q.waiting = append(q.waiting, queued{frame: p.frame, feed: f, push: p, place: q.placed})
	q.placed++
	q.bytes += len(p.frame)
	q.pushedBytes += len(p.frame)
}

// passed reports whether everything put before the place is out.
func (q *queue) passed(place uint64) bool { return len(q.waiting) == 0 || q.waiting[0].place >= place }

// take moves the first of what waits, about most bytes, into into, which it
// returns; it counts until landed.
func (q *queue) take(into []frame, most int) []frame {
	into = into[:0]
	n, size := 0, 0
	for ; n < len(q.waiting) && size < most; n++ {
		e := &q.waiting[n]
		into = append(into, e.frame)
		size += len(e.frame)
		if e.feed != nil {
			q.pushedBytes -= len(e.frame)
		}
	}
	q.flying += n
	q.flyingBytes += size
	q.bytes -= size
	q.keep(q.waiting[n:])
	return into
}

// keep makes rest, which is part of what waits, all of it, and lets go of the
// other frames and of space that an idle connection has no use for.
func (q *queue) keep(rest []queued) {
	if len(rest) == 0 && cap(q.waiting) > keptFrames {
		q.waiting = nil
		return
	}
	n := copy(q.waiting, rest)
	clear(q.waiting[n:])
	q.waiting = q.waiting[:n]
}

// shed discards the pushes that wait, turns their feeds back to the first of each
// and returns those feeds and how many bytes are free again.
func (q *queue) shed() (turned []*feed, bytes int) {
	rest := q.waiting[:0]
	for i := range q.waiting {
		e := q.waiting[i]
		if e.feed == nil {
			rest = append(rest, e)
			continue
		}
		if e.feed.next > e.push.first { // its first: later ones lie behind
			e.feed.next, e.feed.chain = e.push.first, e.push.before
			turned = append(turned, e.feed)
		}
		bytes += len(e.frame)
	}
	q.keep(rest)
	q.bytes -= bytes
	q.pushedBytes = 0
	return turned, bytes
}

// inherit makes what waits for the feed old that of f, which goes on where old ended.
func (q *queue) inherit(old, f *feed) {
	for i := range q.waiting {
		if q.waiting[i].feed == old {
			q.waiting[i].feed = f
		}
	}
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
