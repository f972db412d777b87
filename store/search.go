package store

import (
	"cmp"
	"container/heap"
	"context"
	"math"
	"slices"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"hearth/chat"
	"hearth/internal/boltkit"
	"hearth/internal/textsearch"
)

// Search is a question to everything stored.
type Search struct {
	Query textsearch.Query // From and In are not looked at: see below
	// Rooms to look in; nil means all. Authors to look for; nil means anybody.
	Rooms   map[chat.RoomID]bool
	Authors map[chat.AccountID]bool
}

// Found is a message that a search found, the caller's own.
type Found struct {
	Event chat.Event
	Text  string // the newest
	Lost  bool   // the server has lost it, see Rewind; it may be an edit of a message that it has
	// Sent says that it is one's own, and its event is not here yet, as in a hole: see
	// EntryAcknowledged.
	Sent bool
}

// Search calls found for every message that fits, newest first over all rooms (by
// the server's time; within a room by its order), until found says false, the
// context ends or all has been seen. It reads in short transactions, so that a
// long search holds nothing up; what arrives meanwhile may be missing.
func (s *Store) Search(ctx context.Context, q Search, found func(Found) bool) error {
	var all hunt
	err := s.view(ctx, func(r *reader) error {
		return r.bucket(bucketRooms).ForEach(func(key, _ []byte) error {
			c, _, err := r.counters(tag(key))
			if err != nil || q.Rooms != nil && !q.Rooms[c.Room] {
				return err
			}
			if c.Cursor.Seq > 0 {
				all = append(all, &trail{tag: tag(key), room: c.Room, block: blockOf(c.Cursor.Seq), bound: math.MaxInt64})
			}
			if c.Strays > 0 {
				all = append(all, &trail{tag: tag(key), room: c.Room, aside: true, bound: math.MaxInt64})
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	all = append(all, &trail{sent: true, bound: math.MaxInt64})
	heap.Init(&all)
	reads := 0
	defer func() {
		if reads > forgetReads {
			s.forget()
		}
	}()
	for len(all) > 0 {
		t := all[0]
		switch {
		case len(t.found) > 0:
			if !found(t.found[0]) {
				return nil
			}
			t.found = t.found[1:]
		case t.done:
			heap.Pop(&all)
			continue
		default:
			reads++
			if err := s.view(ctx, func(r *reader) error { return r.follow(t, &q) }); err != nil {
				return err
			}
		}
		heap.Fix(&all, 0)
	}
	return nil
}

// trail is how far one room has been searched, from its end backwards.
type trail struct {
	tag   tag
	room  chat.RoomID
	block uint64 // the next to look at
	aside bool   // not the log, but what the server has lost
	sent  bool   // not a room, but what was acknowledged and is not here
	done  bool
	found []Found // newest first
	bound int64   // nothing that is still to be found is newer
}

// newest is the time of what the trail would give next, at most.
func (t *trail) newest() int64 {
	if len(t.found) > 0 {
		return t.found[0].Event.Time
	}
	return t.bound
}

// hunt is a heap of trails, that with the newest message on top.
type hunt []*trail

func (h hunt) Len() int { return len(h) }
func (h hunt) Less(i, j int) bool {
	if order := cmp.Or(cmp.Compare(h[j].newest(), h[i].newest()), cmp.Compare(string(h[i].room[:]), string(h[j].room[:]))); order != 0 {
		return order < 0
	}
	return !h[i].aside && h[j].aside
}
func (h hunt) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *hunt) Push(x any) { *h = append(*h, x.(*trail)) } //nolint:forcetypeassert // only trails are pushed

// Pop implements heap.Interface.
func (h *hunt) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// stride is how many blocks one transaction of a search passes over.
const stride = 256

// forgetReads is after how many reads a search gives back the memory of what it read:
// less is what the next search wants again.
const forgetReads = 256

// follow looks into the next block of a room that may hold something, or passes
// over many that cannot.
func (r *reader) follow(t *trail, q *Search) error {
	switch {
	case t.aside:
		return r.searchAside(t, q)
	case t.sent:
		return r.searchSent(t, q)
	}
	events := r.roomBucket(bucketEvents, t.tag)
	if events == nil {
		t.done = true
		return nil
	}
	filters := r.roomBucket(bucketSearch, t.tag)
	for range stride {
		if t.done {
			return nil
		}
		may, indexed := true, false
		if filters != nil {
			if sealed := filters.Get(blockKey(t.block)); sealed != nil {
				m, err := r.summary(&t.tag, t.block, sealed)
				if err != nil {
					return err
				}
				may = q.mayHold(&m)
				if after := q.Query.After; !after.IsZero() && m.first <= m.last && m.last < after.UnixMilli() {
					t.done = true // as its newest message would say
					return nil
				}
				indexed = true
			}
		}
		if !indexed && t.leap(events) {
			continue
		}
		here := t.block
		if here == 0 {
			t.done = true
		} else {
			t.block--
		}
		if may {
			return r.searchBlock(t, q, here)
		}
	}
	return nil
}

// leap goes on to the block of the next older event where a block has none: between them
// may lie any number of blocks that a server has declared void. It reports whether it
// went, or the room has no older event and all is done.
func (t *trail) leap(events *bbolt.Bucket) bool {
	key, _ := boltkit.Before(events.Cursor(), seqKey(firstOf(t.block+1)))
	seq, ok := boltkit.Uint64(key)
	if !ok {
		t.done, t.block = true, 0
		return true
	}
	at := blockOf(chat.Seq(seq))
	went := at != t.block
	t.block = at
	return went
}

// mayHold judges a block by its summary.
func (q *Search) mayHold(m *summary) bool {
	if before := q.Query.Before; m.first > m.last || !before.IsZero() && m.first >= before.UnixMilli() {
		return false
	}
	if q.Query.File && !m.filter.MayHoldName(fileMark) {
		return false
	}
	if q.Authors != nil {
		any := false
		for author := range q.Authors {
			if any = m.filter.MayHoldName(author[:]); any {
				break
			}
		}
		if !any {
			return false
		}
	}
	return q.Query.MayHold(m.filter)
}

// searchBlock looks at every event of a block, newest first.
func (r *reader) searchBlock(t *trail, q *Search, block uint64) error {
	b := r.roomBucket(bucketEvents, t.tag)
	first, behind := seqKey(firstOf(block)), seqKey(firstOf(block+1))
	c := b.Cursor()
	changed := r.anyChanged(&t.tag, firstOf(block), firstOf(block+1))
	for key, sealed := boltkit.Before(c, behind); key != nil && string(key) >= string(first); key, sealed = c.Prev() {
		e, _, err := r.event(&t.tag, t.room, key, sealed)
		if err != nil {
			return err
		}
		t.bound = min(t.bound, e.Time)
		if after := q.Query.After; !after.IsZero() && e.Time < after.UnixMilli() {
			t.done = true
			return nil
		}
		if !q.maySuit(&e) {
			continue
		}
		text := textOf(&e)
		if changed {
			if text, err = r.newestText(&t.tag, &e); err != nil {
				return err
			}
		}
		if q.Query.Match(foldedOf(&e, text)) {
			t.found = append(t.found, Found{Event: e, Text: text})
		}
	}
	return nil
}

// searchSent looks at the messages that were acknowledged and are not here.
func (r *reader) searchSent(t *trail, q *Search) error {
	t.done = true
	entries, err := r.entries(func(e *Entry) bool {
		return e.State == EntryAcknowledged && e.Kind == chat.KindMessage && (q.Rooms == nil || q.Rooms[e.Room])
	})
	if err != nil {
		return err
	}
	for i := range entries {
		e := entries[i].Event(r.s.owner)
		if after := q.Query.After; !q.maySuit(&e) || !after.IsZero() && e.Time < after.UnixMilli() {
			continue
		}
		room := r.roomTag(e.Room)
		text, err := r.newestText(&room, &e)
		if err != nil {
			return err
		}
		if q.Query.Match(foldedOf(&e, text)) {
			t.found = append(t.found, Found{Event: e, Text: text, Sent: true})
		}
	}
	slices.SortStableFunc(t.found, func(x, y Found) int { return cmp.Compare(y.Event.Time, x.Event.Time) })
	return nil
}

// maySuit judges an event without its text.
func (q *Search) maySuit(e *chat.Event) bool {
	if e.Kind != chat.KindMessage || e.Erased || q.Authors != nil && !q.Authors[e.Author] || q.Query.File && !hasFiles(e) {
		return false
	}
	before := q.Query.Before
	return before.IsZero() || e.Time < before.UnixMilli()
}

// What is around the text of a message that has nothing else.
const (
	bareStart = `{"text":"`
	bareEnd   = `"}`
)

// foldedOf is in what a message is found that has this text now: the text, and the names
// of the files, each on a line of its own, so that no phrase reaches from one to the
// next.
func foldedOf(e *chat.Event, text string) string {
	folded := textsearch.Fold(text)
	if _, bare := bareText(e.Body); bare {
		return folded
	}
	for _, name := range chat.FileNamesOf(e.Body) {
		folded += "\n" + textsearch.Fold(name)
	}
	return folded
}

// textOf is the text of a message or an edit; "" if its body is not understood.
func textOf(e *chat.Event) string {
	if text, ok := bareText(e.Body); ok {
		return text
	}
	return chat.WordsOf(e.Body)
}

// bareText takes the text out of a body with nothing else in it and nothing escaped,
// as most are: searches look at hundreds of thousands.
func bareText(body []byte) (string, bool) {
	if len(body) < len(bareStart)+len(bareEnd) || string(body[:len(bareStart)]) != bareStart || string(body[len(body)-len(bareEnd):]) != bareEnd {
		return "", false
	}
	text := body[len(bareStart) : len(body)-len(bareEnd)]
	for _, c := range text {
		if c == '"' || c == '\\' || c < ' ' {
			return "", false
		}
	}
	return string(text), utf8.Valid(text)
}

// hasFiles reports whether a message names files.
func hasFiles(e *chat.Event) bool { return len(e.Contents()) > 0 }
